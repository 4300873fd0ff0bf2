"""Time the value of information, and hold it to nested simulation: ``python benchmarks/voi.py``.

The first part times EVPPI of every single parameter of the shipped workbook, and of all groups and
sets, from draws that are at hand. The second compares EVPPI with nested simulation at a threshold
near the ICER: 1,024 values of an input, 2,048 draws of all others for each. With --repeats it also
shows how the estimate spreads over seeds beside its standard error.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import cea
from cea.analysis.input_sets import SINGLE, sets_of
from cea.analysis.voi import question_of, voi
from cea.assumptions import Assumptions, Threshold
from cea.model.evaluate import evaluate
from cea.parameters.distributions import distribution_of
from cea.parameters.draws import base_values, draws_with
from cea.parameters.sampling import sample

WORKBOOK = Path(__file__).parents[1] / "inputs" / "sor_tace.xlsx"
INDEPENDENT = ("os_hr", "rdi_sorafenib", "c_sorafenib_month", "u_pf", "u_pd", "pfs_hr")


def nested(found: Assumptions, name: str, outer: int, inner: int) -> float:
    """Return the EVPPI of an independent parameter by nested simulation."""
    drawn = sample(found, inner, seed=11)
    parameter = found.by_key[name]
    levels = (np.arange(outer) + 0.5) / outer
    values = distribution_of(parameter, base_values(found)).quantile(levels)
    gain = np.empty(outer)
    for start in range(0, outer, 32):
        part = values[start : start + 32]
        varied = {
            p.key: np.tile(drawn.values[:, k], len(part)) for k, p in enumerate(drawn.parameters)
        }
        varied[name] = np.repeat(part, inner)
        outcomes = evaluate(found, draws_with(found, varied, len(part) * inner))
        benefit = outcomes.net_benefit(found.threshold.value)
        gain[start : start + 32] = (benefit[:, 1] - benefit[:, 0]).reshape(-1, inner).mean(axis=1)
    return float(np.maximum(gain, 0).mean() - max(0.0, gain.mean()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--timings", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=0)
    options = parser.parse_args()
    shipped = cea.read_workbook(WORKBOOK)
    sampled = cea.psa(shipped, options.draws)
    singles = [s for s in sets_of(shipped, sampled.sample.parameters) if s.kind == SINGLE]
    times: dict[str, list[float]] = {"singles": [], "everything": [], "of the processor": []}
    for _ in range(options.timings):
        begin, used = time.perf_counter(), time.process_time()
        question = question_of(sampled)
        for one in singles:
            question.evppi(one)
        times["singles"].append(time.perf_counter() - begin)
        times["of the processor"].append(time.process_time() - used)
        begin = time.perf_counter()
        found = voi(sampled)
        times["everything"].append(time.perf_counter() - begin)
    print(
        f"{options.draws:,} draws, {len(singles)} single parameters: "
        f"best {min(times['singles']):.2f} s, median {statistics.median(times['singles']):.2f} s; "
        f"of the processor {min(times['of the processor']):.2f} s"
    )
    print(
        f"with groups, sets and curves, {len(found.information)} in all: "
        f"best {min(times['everything']):.2f} s, "
        f"median {statistics.median(times['everything']):.2f} s"
    )

    at = replace(shipped, thresholds=(Threshold("Near the ICER", 70_844.0),))
    found = voi(cea.psa(at, options.draws))
    print(f"EVPI at 70,844: {found.evpi[0]:.1f} (SE {found.evpi_error[0]:.1f})")
    seeds = [
        {
            p.of.name: float(p.evppi[0])
            for p in voi(cea.psa(at, options.draws, seed=seed)).information
        }
        for seed in range(1, options.repeats + 1)
    ]
    for name in INDEPENDENT:
        label = at.by_key[name].label
        one = next(p for p in found.information if p.of.name == label)
        line = f"{name:20} EVPPI {one.evppi[0]:8.1f}  SE {one.std_error[0]:6.1f}"
        line += f"  nested {nested(at, name, 1024, 2048):8.1f}"
        if seeds:
            line += f"  SD over {len(seeds)} seeds {np.std([s[label] for s in seeds], ddof=1):6.1f}"
        print(line)


if __name__ == "__main__":
    main()
