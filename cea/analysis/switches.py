"""Where the decision switches: values of an input at which two strategies are worth the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cea.analysis.pairs import Gains, Pair, gains
from cea.analysis.quantities import Quantity, evaluate_at
from cea.analysis.roots import find_roots
from cea.arrays import Array, IntArray, ReadOnly
from cea.assumptions import Assumptions
from cea.model.outcomes import Outcomes

_FLAT = 1e-10  # of the costs and valued QALYs: rounding
_NEAR = 0.5  # an extremum is looked at again where it may come this near to 0
_LEVELS, _FINER = 4, 12  # how often, and with how many points
_JUMP = 1e-7  # of the largest INMB of the scan


@dataclass(frozen=True)
class Switch:
    """A value at which another strategy becomes the better one.

    Attributes
    ----------
    value
        Of the quantity that is moved.
    below, above
        Places of the better strategy on either side.
    jump
        Whether net benefit jumps there, so that the two are never worth the same.
    """

    value: float
    below: int
    above: int
    jump: bool = False


@dataclass(frozen=True, eq=False)
class Scan(ReadOnly):
    """Outcomes along the range of one quantity: `values` rise, shape (m,)."""

    moved: Quantity
    values: Array
    outcomes: Outcomes


@dataclass(frozen=True)
class Line:
    """A pair of strategies at a willingness to pay, along one of the scans."""

    scan: int
    pair: Pair
    threshold: float


@dataclass(frozen=True)
class Found:
    """What was found along a line. `flat`: the quantity does not change the comparison."""

    switches: tuple[Switch, ...]
    flat: bool


def run_scans(
    assumptions: Assumptions, moved: Sequence[tuple[Quantity, Array]]
) -> list[Scan]:  # fmt: skip
    """Evaluate quantities, each at its own values, in one batch."""
    which = np.repeat(np.arange(len(moved)), [len(values) for _, values in moved])
    values = np.concatenate([values for _, values in moved])
    outcomes = evaluate_at(assumptions, [q for q, _ in moved], which, values)
    return [
        Scan(q, own, outcomes.take(np.flatnonzero(which == k)))
        for k, (q, own) in enumerate(moved)
    ]  # fmt: skip


def find_switches(
    assumptions: Assumptions, scans: Sequence[Scan], lines: Sequence[Line]
) -> list[Found]:
    """Find every switch along every line.

    Each change of sign of the incremental net benefit between two points of a scan is a bracket;
    where it comes near 0 without a change of sign, points are put in between. All brackets are
    then closed together. Two switches between neighbouring points that show in none of this are
    missed.
    """
    search = _Search(assumptions, scans, lines)
    points = [search.start(line) for line in lines]
    for _ in range(_LEVELS):
        wanted = [(k, x) for k, (x, f) in enumerate(points) for x in _between(x, f)]
        if not wanted:
            break
        at = np.array([k for k, _ in wanted])
        new = np.array([x for _, x in wanted])
        values = search.values(at, new)
        points = [
            _merged(*points[k], new[at == k], values[at == k]) for k in range(len(lines))
        ]  # fmt: skip
    return search.close(points)


@dataclass(frozen=True)
class _Search:
    assumptions: Assumptions
    scans: Sequence[Scan]
    lines: Sequence[Line]

    def start(self, line: Line) -> tuple[Array, Array]:
        """Return the points of a line's scan and the INMB there; 0 all along where it is flat."""
        scan = self.scans[line.scan]
        found = gains(scan.outcomes, line.pair)
        inmb = found.inmb(line.threshold)
        if _is_flat(found, line.threshold):
            inmb = np.zeros(len(inmb))
        return scan.values, inmb

    def values(self, which: IntArray, x: Array) -> Array:
        """Return the INMB of lines at points of their own."""
        scans = np.array([self.lines[k].scan for k in which])
        outcomes = evaluate_at(self.assumptions, [scan.moved for scan in self.scans], scans, x)
        found = np.empty(len(x))
        for k in np.unique(which):
            at, line = which == k, self.lines[k]
            found[at] = gains(outcomes, line.pair).inmb(line.threshold)[at]
        return found

    def close(self, points: Sequence[tuple[Array, Array]]) -> list[Found]:
        """Close every bracket."""
        brackets = [(k, *ends) for k, (x, f) in enumerate(points) for ends in _brackets(x, f)]
        found: list[list[Switch]] = [[] for _ in points]
        if brackets:
            which = np.array([bracket[0] for bracket in brackets])
            a, b, fa, fb = (np.array(end) for end in zip(*(x[1:] for x in brackets), strict=True))
            roots = find_roots(lambda live, x: self.values(which[live], x), a, b, fa, fb)
            left = np.abs(self.values(which, roots))
            for k, root, off, before in zip(which, roots, left, fa, strict=True):
                pair = self.lines[k].pair
                sides = (
                    (pair.strategy, pair.against) if before > 0 else (pair.against, pair.strategy)
                )
                jump = bool(off > _JUMP * np.abs(points[k][1]).max())
                found[k].append(Switch(float(root), *sides, jump))
        return [
            Found(tuple(switches), not f.any())
            for switches, (_, f) in zip(found, points, strict=True)
        ]


def _is_flat(found: Gains, threshold: float) -> bool:
    inmb = found.inmb(threshold)
    size = np.abs(threshold * found.qaly).max() + np.abs(found.cost).max()
    return bool(np.ptp(inmb) <= _FLAT * size)


def _brackets(x: Array, f: Array) -> list[tuple[float, float, float, float]]:
    """Return neighbours of opposite sign; points where the function is 0 lie inside a bracket."""
    at = np.flatnonzero(f)
    changes = np.flatnonzero(np.sign(f[at[:-1]]) != np.sign(f[at[1:]]))
    return [(x[i], x[j], f[i], f[j]) for i, j in zip(at[changes], at[changes + 1], strict=True)]


def _between(x: Array, f: Array) -> Array:
    """Return points around the places where a function may touch 0 between points of one sign.

    That is where the parabola through a least |f| and its neighbours comes near 0.
    """
    size = np.abs(f)
    least = (size[1:-1] < size[:-2]) & (size[1:-1] < size[2:])
    one_sign = (np.sign(f[1:-1]) == np.sign(f[:-2])) & (np.sign(f[1:-1]) == np.sign(f[2:]))
    new = [np.empty(0)]
    for i in np.flatnonzero(least & one_sign & (f[1:-1] != 0)) + 1:
        left, right = x[i] - x[i - 1], x[i + 1] - x[i]
        before, after = (size[i] - size[i - 1]) / left, (size[i + 1] - size[i]) / right
        bend = (after - before) / (left + right)  # above 0 at a least value
        slope = before + bend * left
        if size[i] - slope**2 / (4 * bend) < _NEAR * size[i]:
            new.append(np.linspace(x[i - 1], x[i + 1], _FINER + 2)[1:-1])
    return np.setdiff1d(np.concatenate(new), x)


def _merged(x: Array, f: Array, new: Array, values: Array) -> tuple[Array, Array]:
    order = np.argsort(np.append(x, new), kind="stable")
    return np.append(x, new)[order], np.append(f, values)[order]
