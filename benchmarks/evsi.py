"""Hold the value of a trial to nested simulation with patients: ``python benchmarks/evsi.py``.

The trial of the shipped workbook, 24 months of follow-up, at a threshold near the ICER. Each
replicate takes one draw as the truth, simulates every patient of both arms, OS and PFS, and weights
all draws by their likelihood: no normal distribution, no information matrix, no regression. What
the other inputs do is averaged out by setting them to their means, in which net benefit is linear.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path

import numpy as np

import cea
from cea.analysis.psa import Psa
from cea.arrays import Array
from cea.assumptions import Threshold
from cea.model.evaluate import evaluate
from cea.parameters.draws import draws_with

WORKBOOK = Path(__file__).parents[1] / "inputs" / "sor_tace.xlsx"
MONTHS = 24.0
# Shape, scale and hazard ratio of an end point in every draw.
Truth = tuple[Array, Array, Array]


def truths(sampled: Psa) -> list[Truth]:
    """Return the Weibull curve and hazard ratio of OS and of PFS, shape (n,) each."""
    found, of = sampled.assumptions, sampled.sample.draws.of
    reference, other = found.strategy_names
    pairs = []
    for endpoint in ("OS", "PFS"):
        own, tied = found.curve(reference, endpoint), found.curve(other, endpoint)
        assert own is not None
        assert own.family == "weibull"
        assert tied is not None
        assert tied.hazard_ratio is not None
        pairs.append((*(of(cell) for cell in own.parameters), of(tied.hazard_ratio)))
    return pairs


def gain_given_survival(sampled: Psa, columns: tuple[int, ...]) -> Array:
    """Incremental net benefit of every draw, all inputs but `columns` at their means."""
    values = sampled.sample.values
    varied = {
        p.key: values[:, k] if k in columns else np.full(len(values), values[:, k].mean())
        for k, p in enumerate(sampled.sample.parameters)
    }
    outcomes = evaluate(sampled.assumptions, draws_with(sampled.assumptions, varied, len(values)))
    benefit = outcomes.net_benefit(sampled.assumptions.threshold.value)
    return np.asarray(benefit[:, 1] - benefit[:, 0])


def log_likelihood(truth: Truth, one: int, patients: int, rng: np.random.Generator) -> Array:
    """Of all draws, shape (n,), by the patients of both arms that draw `one` gives."""
    shape, scale, ratio = truth
    total = np.zeros(len(shape))
    for multiplier in (np.ones(len(shape)), ratio):
        hazard = rng.standard_exponential(patients) / multiplier[one]
        time = scale[one] * hazard ** (1 / shape[one])
        event, time = time < MONTHS, np.minimum(time, MONTHS)
        power = np.exp(np.outer(shape, np.log(time))).sum(axis=1)
        rate = multiplier * scale**-shape
        total += event.sum() * np.log(rate * shape)
        total += (shape - 1) * np.log(time[event]).sum() - rate * power
    return total


def nested(
    pairs: list[Truth], gain: Array, patients: int, replicates: int, seed: int
) -> tuple[float, float]:
    """Return the EVSI and its standard error."""
    rng = np.random.default_rng(seed)
    ones = rng.integers(len(gain), size=replicates)
    expected = np.empty(replicates)
    for k, one in enumerate(ones):
        total = sum(log_likelihood(truth, one, patients, rng) for truth in pairs)
        weight = np.exp(total - np.max(total))
        expected[k] = weight @ gain / weight.sum()
    # Control variates: quantities of which the mean over the draws is known.
    controls = np.column_stack(
        [
            expected - gain.mean(),
            gain[ones] - gain.mean(),
            np.maximum(gain, 0)[ones] - np.maximum(gain, 0).mean(),
        ]
    )
    design = np.column_stack((np.ones(replicates), controls))
    coefficients, *_ = np.linalg.lstsq(design, np.maximum(expected, 0))
    left = np.maximum(expected, 0) - design @ coefficients
    error = float(left.std(ddof=design.shape[1])) / math.sqrt(replicates)
    return float(coefficients[0]) - max(0.0, float(gain.mean())), error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, nargs="+", default=[50, 150])
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--threshold", type=float, default=70_000.0)
    options = parser.parse_args()
    found = replace(
        cea.read_workbook(WORKBOOK), thresholds=(Threshold("Near the ICER", options.threshold),)
    )
    sampled = cea.psa(found, options.draws)
    study = cea.trial(sampled, patients=options.patients, months=[MONTHS])
    result = cea.evsi(sampled, study)
    pairs, gain = truths(sampled), gain_given_survival(sampled, study.columns)
    whole = sampled.outcomes.net_benefit(options.threshold)
    print(f"mean gain {(whole[:, 1] - whole[:, 0]).mean():.0f}, by survival {gain.mean():.0f}")
    for k, patients in enumerate(options.patients):
        value, error = nested(pairs, gain, patients, options.replicates, seed=patients)
        print(
            f"{patients} patients an arm: EVSI {result.evsi[0, k]:.0f} "
            f"(SE {result.std_error[0, k]:.0f}), nested {value:.0f} (SE {error:.0f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
