"""Fit simulated trials: ``python benchmarks/fit_simulation.py [--trials 500]``.

Every family is fitted to data of its own kind: 60 to 600 patients, 10% to 80% censored by uniform
censoring. Reported are the fits that failed, each with a reason; those that agree between all
starts; and the coverage of the 95% interval (estimate +- 1.96 delta-method standard errors) of the
mean restricted to the end of follow-up, by number of events.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from itertools import pairwise

import numpy as np

from cea.arrays import Array
from cea.survival.families import FAMILIES
from cea.survival.family import Family
from cea.survival.fit import Candidate, Failure, fit
from cea.survival.patients import Patients
from cea.survival.spline import Spline, SplineRequest

# Months. Splines are fitted with as many knots as they were made with, placed anew by the data.
TRUTHS: tuple[tuple[Family, tuple[float, ...]], ...] = (
    (FAMILIES["exponential"], (0.05,)),
    (FAMILIES["weibull"], (1.4, 20.0)),
    (FAMILIES["gompertz"], (0.03, 0.02)),
    (FAMILIES["lognormal"], (2.5, 0.9)),
    (FAMILIES["loglogistic"], (1.6, 14.0)),
    (FAMILIES["gamma"], (1.8, 0.1)),
    (FAMILIES["gengamma"], (2.7, 0.8, 0.6)),
    (FAMILIES["gengamma"], (2.7, 0.8, -0.7)),
    (Spline((0.0, 2.3, 4.0), "hazard"), (-4.0, 1.2, 0.02)),
    (Spline((0.0, 2.3, 4.0), "odds"), (-4.0, 1.2, -0.04)),
    (Spline((0.0, 2.3, 4.0), "normal"), (-2.4, 0.8, -0.02)),
)


def simulate(
    family: Family, theta: tuple[float, ...], n: int, censored: float, rng: np.random.Generator
) -> tuple[Patients, float]:
    """Draw a trial with the given expected share censored; also the end of follow-up."""
    parameters = tuple(np.array(value) for value in theta)

    def draw(count: int) -> tuple[Array, Array]:
        return family.quantile(rng.uniform(size=count), *parameters), rng.uniform(size=count)

    # A patient seen until u c is censored if u c < t, so this c censors the share asked for.
    t, u = draw(20_000)
    end = float(np.quantile(t / u, 1 - censored))
    t, u = draw(n)
    return Patients.of(np.minimum(t, u * end), t <= u * end), end


def candidate_of(family: Family) -> Candidate:
    if isinstance(family, Spline):
        return SplineRequest(len(family.knots) - 2, family.scale)
    return family


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=500)
    options = parser.parse_args()
    edges = (0, 25, 50, 100, 601)
    for number, (family, theta) in enumerate(TRUTHS):
        rng = np.random.default_rng([20240810, number])
        reasons: Counter[str] = Counter()
        agreeing, covered, events = 0, [], []
        begin = time.perf_counter()
        for _ in range(options.trials):
            n, censored = int(rng.integers(60, 601)), rng.uniform(0.1, 0.8)
            patients, end = simulate(family, theta, n, censored, rng)
            found = fit(patients, candidate_of(family))
            if isinstance(found, Failure):
                reasons[found.reason.split(" (")[0].split(" around")[0]] += 1
                continue
            columns = tuple(np.array([[value]]) for value in theta)
            truth = float(family.restricted_mean(end, *columns)[0])
            error = found.restricted_mean(end) - truth
            covered.append(abs(error) < 1.959964 * found.restricted_mean_se(end))
            events.append(found.events)
            agreeing += found.agreeing == found.starts
        seconds = time.perf_counter() - begin
        inside, count = np.array(covered), np.array(events)
        bands = ", ".join(
            f"{low}-{high - 1}: {100 * inside[band].mean():.1f}% of {band.sum()}"
            for low, high in pairwise(edges)
            if (band := (count >= low) & (count < high)).any()
        )
        print(
            f"{family.label} {theta}: {len(inside)} fitted, {sum(reasons.values())} failed, all "
            f"starts agree in {agreeing}; coverage {100 * inside.mean():.1f}% (by events {bands}); "
            f"{1e3 * seconds / options.trials:.1f} ms a trial"
        )
        for reason, times in reasons.items():
            print(f"    {times}: {reason}")


if __name__ == "__main__":
    main()
