"""Time a large probabilistic analysis, part by part: ``python benchmarks/psa.py [--draws 100000]``.

The goal is 100,000 draws of the shipped workbook in less than 3 seconds: draws, model, summary and
acceptability curves together.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cea
from cea.model.evaluate import evaluate
from cea.parallel import cores
from cea.parameters.draws import Draws
from cea.parameters.sampling import sample

WORKBOOK = Path(__file__).parents[1] / "inputs" / "sor_tace.xlsx"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    shipped = cea.read_workbook(WORKBOOK)
    warm = cea.psa(shipped, 100)
    warm.summary, warm.ceac  # noqa: B018 (imports)
    for threads in sorted({1, 2, cores()}):
        best: dict[str, float] = {}
        for _ in range(options.repeats):
            parts, last = {}, time.perf_counter()

            def lap(name: str) -> None:
                nonlocal last
                now = time.perf_counter()
                parts[name], last = now - last, now  # noqa: B023 (called at once)

            drawn = sample(shipped, options.draws, threads=threads)
            lap("draws")
            evaluate(shipped, Draws(drawn.draws.n, drawn.draws.values), threads=threads)
            lap("model")
            found = cea.psa(shipped, options.draws, threads=threads)
            lap("both")
            found.summary  # noqa: B018
            lap("summary")
            found.ceac  # noqa: B018
            lap("curves")
            parts["all"] = sum(parts[name] for name in ("both", "summary", "curves"))
            best = {name: min(best.get(name, x), x) for name, x in parts.items()}
        said = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in best.items())
        print(f"{options.draws:,} draws, {threads} threads: {said}")


if __name__ == "__main__":
    main()
