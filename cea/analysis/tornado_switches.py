"""For every bar of a tornado, the value at which the decision switches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cea.analysis.pairs import Pair
from cea.analysis.quantities import Quantity
from cea.analysis.ranges import search_range, tornado_range
from cea.analysis.switches import Found, Line, Scan, Switch, find_switches, run_scans
from cea.assumptions import Assumptions
from cea.errors import AnalysisError

_POINTS = 41


@dataclass(frozen=True)
class Searched:
    """Where the decision switches between `low` and `high`; `flat`: the input changes nothing."""

    low: float
    high: float
    switches: tuple[Switch, ...]
    flat: bool = False

    def nearest_first(self, base: float) -> tuple[float, ...]:
        """Return the values, the nearest to the base case first."""
        return tuple(sorted((s.value for s in self.switches), key=lambda x: abs(x - base)))


def switches_of(
    assumptions: Assumptions,
    quantities: Sequence[Quantity],
    pairs: Sequence[Pair],
    threshold: float,
) -> tuple[tuple[Searched, ...], ...]:
    """Search every quantity's range for every pair, in a few batches; by pair, then quantity."""
    scans = scan_all(assumptions, quantities)
    searched = [k for k, scan in enumerate(scans) if scan is not None]
    known = [scan for scan in scans if scan is not None]
    lines = [Line(k, pair, threshold) for pair in pairs for k in range(len(known))]
    found = _found(assumptions, known, lines)
    by_pair = []
    for p in range(len(pairs)):
        nothing = Searched(np.nan, np.nan, ())
        row = [nothing] * len(quantities)
        for k, scan in enumerate(known):
            one = found[p * len(known) + k]
            if one is None:
                continue
            low, high = float(scan.values[0]), float(scan.values[-1])
            row[searched[k]] = Searched(low, high, one.switches, one.flat)
        by_pair.append(tuple(row))
    return tuple(by_pair)


def _found(
    assumptions: Assumptions, scans: Sequence[Scan], lines: Sequence[Line]
) -> Sequence[Found | None]:
    """Search along all lines; None along one on which the model has no results somewhere."""
    try:
        return find_switches(assumptions, scans, lines)
    except AnalysisError:
        pass
    found: list[Found | None] = []
    for line in lines:
        try:
            found += find_switches(assumptions, scans, [line])
        except AnalysisError:
            found.append(None)
    return found


def scan_all(assumptions: Assumptions, quantities: Sequence[Quantity]) -> list[Scan | None]:
    """Scan every quantity over the range in which thresholds are looked for.

    Where the model has no results somewhere in it, the range of the tornado is scanned; None where
    there is no range, or no results in that one either.
    """
    asked, points = [], []
    for k, moved in enumerate(quantities):
        try:
            within = search_range(assumptions, moved)
        except AnalysisError:
            continue
        asked.append(k)
        points.append((moved, within.points(moved.base, _POINTS)))
    scans: list[Scan | None] = [None] * len(quantities)
    try:
        made: Sequence[Scan | None] = run_scans(assumptions, points) if points else []
    except AnalysisError:
        made = [_alone(assumptions, *point) for point in points]
    for k, scan in zip(asked, made, strict=True):
        scans[k] = scan
    return scans


def _alone(assumptions: Assumptions, moved: Quantity, values: np.ndarray) -> Scan | None:
    try:
        return run_scans(assumptions, [(moved, values)])[0]
    except AnalysisError:
        narrow = tornado_range(moved)
    if narrow is None:
        return None
    try:
        return run_scans(assumptions, [(moved, narrow.points(moved.base, _POINTS))])[0]
    except AnalysisError:
        return None
