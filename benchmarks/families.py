"""Time every survival family for every fitted curve: ``python benchmarks/families.py``.

km_example has four fitted curves and so 7^4 = 2,401 combinations of families, beside the grids.
The fits are forgotten before each repeat; the reconstruction of the patients is not, as reading
the workbook needs it anyway.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cea
from cea.survival import resolve

WORKBOOK = Path(__file__).parents[1] / "inputs" / "km_example.xlsx"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    assumptions = cea.read_workbook(WORKBOOK)
    times = []
    for _ in range(options.repeats):
        resolve._fit.cache_clear()
        begin = time.perf_counter()
        cea.families(assumptions)
        middle = time.perf_counter()
        found = cea.families(assumptions)  # with the fits at hand
        times.append((middle - begin, time.perf_counter() - middle))
    total, evaluating = (min(column) for column in zip(*times, strict=True))
    fits = sum(len(slot.fits) for slot in found.slots)
    print(
        f"{fits} fits and {len(found.choices):,} runs of the model, {found.combinations:,} "
        f"combinations of families among them: {total:.2f} s; with the fits at hand "
        f"{evaluating:.3f} s (best of {options.repeats})"
    )


if __name__ == "__main__":
    main()
