"""How exact Sobol draws are, and how well their error is known: ``python benchmarks/sampling.py``.

1. The standard deviation, over repeated analyses of the shipped workbook, of the incremental cost
   and QALYs (numerator and denominator of the ICER), the INMB and the probability of being most
   cost-effective: pseudo-random, Latin hypercube and Sobol draws. The goal is 5 times less for the
   first two with 1,024 Sobol draws.
2. How often the 95% interval of 16 replicated scramblings holds the truth, which is a run of 2^20
   draws in 16 replicates of 2^16. The goal is 90 to 99% of 200 repeats.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

import cea
from cea.analysis.precision import Precision
from cea.analysis.psa import psa
from cea.assumptions import Assumptions

WORKBOOK = Path(__file__).parents[1] / "inputs" / "sor_tace.xlsx"
QUANTITIES = ("incremental cost", "incremental QALYs", "INMB", "probability")


def sampled(assumptions: Assumptions, draws: int, seed: int) -> list[float]:
    """Incremental cost, incremental QALYs, INMB and probability of the second strategy."""
    found = psa(assumptions, draws, seed=seed)
    cost, qaly = found.increments(1)
    gain = assumptions.threshold.value * qaly - cost
    return [cost.mean(), qaly.mean(), gain.mean(), (gain > 0).mean()]


def spread(shipped: Assumptions, draws: int, repeats: int) -> None:
    print(f"standard deviation over {repeats} analyses of {draws:,} draws")
    print(f"  {'':16}" + "".join(f"{name:>19}" for name in QUANTITIES))
    found = {}
    for sampling in ("pseudo_random", "latin_hypercube", "sobol"):
        edited = replace(shipped, settings=replace(shipped.settings, psa_sampling=sampling))
        values = [sampled(edited, draws, seed) for seed in range(repeats)]
        found[sampling] = np.std(values, axis=0, ddof=1)
        print(f"  {sampling:16}" + "".join(f"{x:19.6g}" for x in found[sampling]))
    ratio = found["pseudo_random"] / found["sobol"]
    print(f"  {'pseudo / Sobol':16}" + "".join(f"{x:19.1f}" for x in ratio))


def coverage(shipped: Assumptions, repeats: int, replicates: int, size: int, best: int) -> None:
    sums = np.zeros(4)
    for r in range(16):  # one scrambling at a time: 2^20 draws at once would fill the memory
        sums += sampled(shipped, best // 16, 1_000_003 + r)
    cost, qaly, inmb, probability = sums / 16
    truth = dict(zip(QUANTITIES, (cost, qaly, inmb, probability), strict=True)) | {
        "ICER": cost / qaly
    }
    hits = dict.fromkeys(truth, 0)
    for seed in range(repeats):
        measured = Precision(psa(shipped, replicates * size, seed=seed, replicates=replicates))
        for name, true in truth.items():
            e = measured.of(name, 1)
            hits[name] += e is not None and abs(e.value - true) <= e.half_width
    print(f"95% intervals of {replicates} x {size} draws that hold the truth, of {repeats}")
    for name, count in hits.items():
        print(f"  {name:18} {count:4d}  {count / repeats:.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=1024)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--replicates", type=int, default=16)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--best", type=int, default=2**20)
    options = parser.parse_args()
    shipped = cea.read_workbook(WORKBOOK)
    spread(shipped, options.draws, options.repeats)
    coverage(shipped, options.repeats, options.replicates, options.size, options.best)


if __name__ == "__main__":
    main()
