"""Time joint bootstrap refits: ``python benchmarks/bootstrap.py [--refits 1000]``.

Two arms of 350 simulated patients and two end points, each of the four curves fitted on its own
and refitted to every resample. The goal is 1,000 resamples in under 60 seconds on 2 cores.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import cea
from cea.assumptions import Assumptions, DataSet, FitRequest, SurvivalCurve
from cea.survival.bootstrap import MOST, bootstrap_draws
from cea.survival.resolve import GROUP, resolve

WORKBOOK = Path(__file__).parents[1] / "inputs" / "km_example.xlsx"


def trial(patients: int) -> dict[tuple[int, str], DataSet]:
    """PFS and OS of two arms, followed for 6 to 36 months."""
    rng = np.random.default_rng(1)
    found = {}
    for arm, ratio in enumerate((1.0, 0.7)):
        end = rng.uniform(6, 36, size=patients)
        progression, death = (
            scale * (rng.exponential(size=patients) / ratio) ** (1 / 1.3) for scale in (12, 25)
        )
        for endpoint, t in (("PFS", np.minimum(progression, death)), ("OS", death)):
            times = zip(np.minimum(t, end).tolist(), (t <= end).tolist(), strict=True)
            name = f"{endpoint} {arm}"
            found[arm, endpoint] = DataSet(name, name, patients=tuple(times))
    return found


def fitted(start: Assumptions, data: dict[tuple[int, str], DataSet], family: str) -> Assumptions:
    """Fit the curves to the trial instead of the workbook's evidence."""
    curves = tuple(
        SurvivalCurve(
            start.strategy_names[arm], endpoint, "fit", start.settings.reference_strategy,
            request=FitRequest(one, family, inner=2),
        )
        for (arm, endpoint), one in data.items()
    )  # fmt: skip
    kept = tuple(p for p in start.parameters if p.group != GROUP)
    return resolve(replace(start, curves=curves, parameters=kept, correlations=()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=350)
    parser.add_argument("--refits", type=int, default=MOST)
    parser.add_argument("--families", nargs="+", default=["weibull", "spline"])
    options = parser.parse_args()
    start, data = cea.read_workbook(WORKBOOK), trial(options.patients)
    for family in options.families:
        assumptions = fitted(start, data, family)
        begin = time.perf_counter()
        found = bootstrap_draws(assumptions, options.refits, 1)
        seconds = time.perf_counter() - begin
        label = next(iter(assumptions.fits.values())).fit.label
        print(f"{label}: {options.refits:,} resamples of 4 curves: {seconds:.1f} s")
        for note in found.notes:
            print(f"    {note}")


if __name__ == "__main__":
    main()
