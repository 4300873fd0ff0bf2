"""Accuracy of reconstruction on simulated trials: ``python benchmarks/reconstruction.py``.

Two-arm trials are simulated, their Kaplan-Meier figures digitised the way people do it (clicks on a
grid or on the corners of the steps, an unsteady hand, rounding) and reconstructed. The hazard ratio
from the reconstructed patients is compared with that from the true ones.
"""

from __future__ import annotations

import argparse
import math
import time as clock
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cea.survival.cox import cox
from cea.survival.patients import Patients as Cohort
from cea.survival.reconstruct import reconstruct
from cea.survival.reconstruction_report import Published

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Patients = tuple[Array, Flags]

HAND = 0.003  # standard deviation of a click, in survival
HAND_X = 0.001  # and as a share of the time axis
CORNERS_UP_TO = 60  # steps that a patient person still clicks one by one


@dataclass(frozen=True)
class Figure:
    """A digitised arm: clicks, numbers at risk and the total of events."""

    time: Array
    survival: Array
    at_risk_time: Array
    at_risk: Array
    events: int


@dataclass(frozen=True)
class Result:
    """One trial: error of the log hazard ratio, and restricted means of each arm, shape (2,)."""

    patients: int
    censored: float
    error: float
    rmst_error: Array
    covered: Flags
    covered_true_data: Flags
    deviation: float


def kaplan_meier(patients: Patients) -> tuple[Array, Array, Array, Array]:
    """Event times, survival after each, events and patients at risk, shape (D,)."""
    time, event = patients
    at, d = np.unique(time[event], return_counts=True)
    left = len(time) - np.searchsorted(np.sort(time), at)
    return at, np.asarray(np.cumprod(1 - d / left), float), d.astype(float), left.astype(float)


def log_hazard_ratio(control: Patients, treated: Patients) -> float:
    """Cox log hazard ratio of the treated against the control."""
    time = np.concatenate((control[0], treated[0]))
    event = np.concatenate((control[1], treated[1]))
    arm = ["control"] * len(control[0]) + ["treated"] * len(treated[0])
    return cox(Cohort.of(time, event, arm), "treated", "control").log_hazard_ratio


def restricted_mean(patients: Patients, tau: float) -> tuple[float, float]:
    """Restricted mean to `tau` and its standard error (Greenwood)."""
    at, s, d, left = kaplan_meier(patients)
    inside = at < tau
    at, s, d, left = at[inside], s[inside], d[inside], left[inside]
    width = np.diff(np.concatenate(([0.0], at, [tau])))
    area = np.concatenate(([1.0], s)) * width
    after = np.cumsum(area[::-1])[::-1][1:]
    share = np.divide(d, left * (left - d), out=np.zeros_like(d), where=left > d)
    return float(area.sum()), math.sqrt(float(np.sum(after**2 * share)))


def simulate(rng: np.random.Generator) -> tuple[Patients, Patients, tuple[float, float, float]]:
    """One trial of 40-400 patients, control and treated, and the truth: shape, scales."""
    n = round(math.exp(rng.uniform(math.log(40), math.log(400))) / 2)
    shape, median, ratio = rng.uniform(0.8, 1.6), rng.uniform(6, 20), rng.uniform(0.5, 1.0)
    scale = median / math.log(2) ** (1 / shape)
    scales = (scale, scale * ratio ** (-1 / shape))
    heavy = rng.uniform() < 0.5
    accrual = median * rng.uniform(0.8, 1.5)
    follow_up = median * (rng.uniform(0.3, 0.8) if heavy else rng.uniform(1.5, 3.0))
    dropout = rng.uniform(3, 8) * median if heavy else 50 * median
    arms = []
    for at in scales:
        death = at * rng.exponential(size=n) ** (1 / shape)
        end = np.minimum(follow_up + accrual * rng.uniform(size=n), rng.exponential(dropout, n))
        arms.append((np.minimum(death, end), death <= end))
    return arms[0], arms[1], (shape, *scales)


def digitise(patients: Patients, rng: np.random.Generator) -> Figure:
    """Click along the Kaplan-Meier curve of one arm and copy its numbers at risk."""
    time, event = patients
    at, s, _, _ = kaplan_meier(patients)
    end = float(time.max())
    every = 3.0 if end < 24 else 6.0
    # Some tables end with a 0 after the curve's end, others at the last tick before it.
    table = np.arange(0.0, end + (every if rng.uniform() < 0.5 else 0.0), every)
    at, s = np.append(0.0, at), np.append(1.0, s)
    if len(at) <= CORNERS_UP_TO and rng.uniform() < 0.5:
        x = np.concatenate((at, at[1:], [end]))
        y = np.concatenate((s, s[:-1], s[-1:]))
    else:
        x = np.append(np.arange(0.0, end, end / rng.integers(60, 140)), end)
        y = s[np.searchsorted(at, x, side="right") - 1]
    order = np.lexsort((-y, x))
    x = x[order] + rng.normal(0, HAND_X * end, len(x))
    y = y[order] + rng.normal(0, HAND, len(y))
    return Figure(
        np.asarray(np.round(x, 2), float),
        np.asarray(np.round(np.clip(y, 0, 1), 3), float),
        table,
        np.array([np.sum(time >= a) for a in table], dtype=float),
        int(event.sum()),
    )


def true_restricted_mean(shape: float, scale: float, tau: float) -> float:
    t = np.linspace(0, tau, 4001)
    return float(np.trapezoid(np.exp(-((t / scale) ** shape)), t))


def trial(seed: int, *, with_events: bool = False) -> Result:
    """Simulate, digitise and reconstruct one trial."""
    rng = np.random.default_rng([20120, seed])
    *true, (shape, *scales) = simulate(rng)
    made: list[Patients] = []
    deviation = 0.0
    for arm in true:
        figure = digitise(arm, rng)
        found = reconstruct(
            figure.time,
            figure.survival,
            figure.at_risk,
            figure.at_risk_time,
            Published(events=figure.events if with_events else None),
        )
        made.append((found.patients.time, found.patients.event))
        deviation = max(deviation, found.report.max_deviation)
    tau = 0.9 * min(float(time.max()) for time, _ in true)
    means = np.array([[restricted_mean(arm, tau) for arm in arms] for arms in (made, true)])
    truth = np.array([true_restricted_mean(shape, scale, tau) for scale in scales])
    covered = np.abs(means[..., 0] - truth) <= 1.96 * means[..., 1]
    return Result(
        sum(len(time) for time, _ in true),
        1 - float(np.mean(np.concatenate([event for _, event in true]))),
        log_hazard_ratio(made[0], made[1]) - log_hazard_ratio(true[0], true[1]),
        means[0, :, 0] - means[1, :, 0],
        covered[0],
        covered[1],
        deviation,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=200)
    options = parser.parse_args()
    for with_events in (False, True):
        begin = clock.perf_counter()
        results = [trial(seed, with_events=with_events) for seed in range(options.trials)]
        seconds = clock.perf_counter() - begin
        print(f"{options.trials} trials, total events {'given' if with_events else 'not given'}")
        for label, chosen in (
            ("all", results),
            ("n < 120", [r for r in results if r.patients < 120]),
            ("n >= 120", [r for r in results if r.patients >= 120]),
            ("censored >= 40%", [r for r in results if r.censored >= 0.4]),
            ("censored < 40%", [r for r in results if r.censored < 0.4]),
        ):
            error = np.abs([r.error for r in chosen])
            signed = np.mean([r.error for r in chosen])
            rmst = np.concatenate([r.rmst_error for r in chosen])
            covered = np.concatenate([r.covered for r in chosen])
            ideal = np.concatenate([r.covered_true_data for r in chosen])
            print(
                f"  {label:16s} {len(chosen):3d}: |log HR error| median {np.median(error):.4f}, "
                f"90% {np.quantile(error, 0.9):.4f}, mean error {signed:+.4f}; restricted mean off "
                f"by {np.median(np.abs(rmst)):.3f} months (mean {rmst.mean():+.3f}), covered "
                f"{covered.mean():.1%} (true data {ideal.mean():.1%})"
            )
        worst = max(r.deviation for r in results)
        print(f"  largest deviation from a click {worst:.3f}; {seconds:.1f} s")


if __name__ == "__main__":
    main()
