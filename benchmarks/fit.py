"""Time the fits of one data set: ``python benchmarks/fit.py [--patients 700]``.

All seven families and nine splines, to simulated Weibull times of which two in five are censored,
without arms and jointly for two.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from cea.survival.fit import CANDIDATES, Fit, fit, fit_all
from cea.survival.patients import Patients


def trial(n: int) -> Patients:
    """Two arms with a hazard ratio of 0.7, followed for up to 36 months."""
    rng = np.random.default_rng(1)
    arm = np.arange(n) % 2
    t = 20 * (rng.exponential(size=n) / np.where(arm, 0.7, 1.0)) ** (1 / 1.3)
    end = rng.uniform(6, 36, size=n)
    labels = np.where(arm, "new", "old").tolist()
    return Patients.of(np.minimum(t, end), t <= end, labels, ("old", "new"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=700)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    both = trial(options.patients)
    for title, patients in (("one curve", both.one_arm()), ("two arms jointly", both)):
        seconds: dict[str, float] = {}
        for candidate in CANDIDATES:
            times = []
            for _ in range(options.repeats):
                begin = time.perf_counter()
                found = fit(patients, candidate)
                times.append(time.perf_counter() - begin)
            assert isinstance(found, Fit), found
            seconds[candidate.label] = statistics.median(times)
        begin = time.perf_counter()
        fit_all(patients)
        total = time.perf_counter() - begin
        print(f"{title}, {patients.n} patients, {patients.events} events: {total:.3f} s for all")
        for label, median in seconds.items():
            print(f"    {label:26} {1e3 * median:7.1f} ms")


if __name__ == "__main__":
    main()
