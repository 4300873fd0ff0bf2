"""Time the engine against its floor: ``python benchmarks/engine.py``.

The floor is the time of the exponentials alone: the same number of `np.exp` evaluations, in blocks
that stay in the second-level cache, measured in the same run. The work is the shipped workbook's
PSA with 240 monthly cycles: everything that psa_outcomes.csv and the cost categories need.
"""

from __future__ import annotations

import argparse
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

import cea
from cea.assumptions import Assumptions
from cea.formula import Expression, parse
from cea.model.evaluate import evaluate
from cea.parameters.draws import Draws
from cea.parameters.sampling import sample

BLOCK = 32_768  # doubles: 256 KiB
WORKBOOK = Path(__file__).parents[1] / "inputs" / "sor_tace.xlsx"


def own_curves(assumptions: Assumptions) -> Assumptions:
    """Give every strategy curves of its own: two exponentials for each curve and time."""

    def weibull(endpoint: str, ratio: str) -> tuple[Expression, ...]:
        shape = f"{endpoint}_shape"
        scale = f"{endpoint}_median_tace/LN(2)^(1/{shape})*{ratio}^(-1/{shape})"
        return parse(f"={shape}"), parse(f"={scale}")

    curves = tuple(
        replace(
            curve,
            method="parametric",
            family="weibull",
            hazard_ratio=None,
            parameters=weibull(
                curve.endpoint.lower(),
                "1" if curve.hazard_ratio is None else f"{curve.endpoint.lower()}_hr",
            ),
        )
        for curve in assumptions.curves
    )
    return replace(assumptions, curves=curves)


def floor(count: int) -> None:
    """Evaluate `count` exponentials, block by block."""
    source = np.linspace(-8, 0, BLOCK)
    target = np.empty(BLOCK)
    for _ in range(count // BLOCK):
        np.exp(source, out=target)
    np.exp(source[: count % BLOCK], out=target[: count % BLOCK])


def seconds(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=25)
    options = parser.parse_args()
    shipped = cea.read_workbook(WORKBOOK)
    shipped = replace(shipped, settings=replace(shipped.settings, horizon_years=20.0))
    for title, assumptions, exponentials in (
        ("own Weibull curves (8 exp a cycle)", own_curves(shipped), 8),
        ("shipped workbook, hazard ratios (6 exp a cycle)", shipped, 6),
    ):
        draws = sample(assumptions, options.draws).draws
        count = options.draws * exponentials * 240
        evaluate(assumptions, draws)
        pairs = []
        for _ in range(options.repeats):
            # In turn, so that a drift of the machine's speed meets both; fresh draws know nothing.
            fresh = Draws(draws.n, draws.values)
            bottom = seconds(partial(floor, count))
            pairs.append((bottom, seconds(partial(evaluate, assumptions, fresh))))
        bottom, engine = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(e / f for f, e in pairs)
        tracemalloc.start()
        outcomes = evaluate(assumptions, draws)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        kept = outcomes.costs.nbytes + outcomes.ly.nbytes + outcomes.qaly.nbytes
        print(
            f"{title}: {options.draws:,} draws x 2 strategies x 240 cycles\n"
            f"  floor {bottom * 1e3:.1f} ms, engine {engine * 1e3:.1f} ms, "
            f"ratio {ratio:.2f}; peak memory {peak / 2**20:.1f} MiB, "
            f"of which outputs {kept / 2**20:.1f} MiB"
        )


if __name__ == "__main__":
    main()
