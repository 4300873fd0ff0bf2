"""The grid behind a two-way analysis: its axes, its outcomes, and where INMB is 0 on its lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from cea.analysis.contour import Crossing, Edge, edges_crossed
from cea.analysis.pairs import Pair, gains
from cea.analysis.quantities import Quantity, columns, quantity
from cea.analysis.ranges import Ends, search_range, tornado_range
from cea.analysis.roots import find_roots
from cea.analysis.settings_axis import SettingAxis, is_setting, names, setting_axis
from cea.arrays import Array, IntArray, ReadOnly
from cea.assumptions import Assumptions
from cea.errors import AnalysisError, nearest
from cea.model.evaluate import evaluate
from cea.model.outcomes import Outcomes
from cea.parameters.draws import draws_with

_POINTS = "points of the grid"


@dataclass(frozen=True, eq=False)
class ParameterAxis(ReadOnly):
    """A parameter, or a fitted curve, and the values it takes."""

    moved: Quantity
    values: Array
    choices: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    percent: bool = False

    @property
    def name(self) -> str:
        """Its name."""
        return self.moved.name

    @property
    def base(self) -> float:
        """Its value in the base case."""
        return self.moved.base

    @property
    def label(self) -> str:
        """Name for tables and charts, with its unit."""
        unit, label = self.moved.parameter.unit.strip(), self.moved.label
        return f"{label} ({unit})" if unit and unit not in label else label


Axis: TypeAlias = ParameterAxis | SettingAxis


def axis_of(
    assumptions: Assumptions,
    name: str,
    ends: Ends,
    steps: int,
    options: tuple[str, str] = ("--from", "--to"),
) -> Axis:
    """Return a parameter, a fitted curve or a setting as an axis.

    An end that is None is that of the range of the tornado, else of the range in which thresholds
    are looked for. `options` are what messages call the two ends.

    Raises
    ------
    AnalysisError
        There is none of this name, or no such range.
    """
    if is_setting(name) and name.strip().lower() not in assumptions.by_key:
        return setting_axis(assumptions, name, *ends, steps, options)
    known = [one.lower() for one in names(assumptions)]
    if name.strip().lower() not in known:
        raise AnalysisError(
            f"no parameter or setting '{name}'; {nearest(name, names(assumptions))}"
        )
    moved = quantity(assumptions, name)
    default = tornado_range(moved)
    within = search_range(assumptions, moved, *ends, default=default, options=options)
    return ParameterAxis(moved, within.points(moved.base, steps + 1))


@dataclass(frozen=True, eq=False)
class Grid:
    """Two axes, and the INMB of a pair over them."""

    assumptions: Assumptions
    x: Axis
    y: Axis
    pair: Pair
    threshold: float

    def outcomes(self, x: Array, y: Array) -> Outcomes:
        """Evaluate points, shape (n,) each: one batch for each value of a setting."""
        n = len(x)
        axes = ((self.x, x), (self.y, y))
        varied = moved_by(*axes)
        settings = [(axis, at) for axis, at in axes if isinstance(axis, SettingAxis)]
        if not settings:
            return evaluate(self.assumptions, draws_with(self.assumptions, varied, n, _POINTS))
        keys = np.stack([at for _, at in settings], axis=1)
        parts, where = [], []
        for key in np.unique(keys, axis=0):
            rows = np.flatnonzero((keys == key).all(axis=1))
            changed = self.assumptions
            for (axis, _), value in zip(settings, key.tolist(), strict=True):
                changed = axis.assumptions(changed, value)
            some = {name: column[rows] for name, column in varied.items()}
            parts.append(evaluate(changed, draws_with(changed, some, len(rows), _POINTS)))
            where.append(rows)
        return _joined(parts, np.concatenate(where))

    def inmb(self, x: Array, y: Array) -> Array:
        """Incremental net benefit at points, shape (n,)."""
        return gains(self.outcomes(x, y), self.pair).inmb(self.threshold)

    def crossings(self, inmb: Array) -> dict[Edge, Crossing]:
        """Find where edges cross 0: solved for along a parameter, interpolated along a setting.

        Nothing lies between the choices of a setting.
        """
        x, y = self.x.values, self.y.values
        solved: list[Edge] = []
        found: dict[Edge, Crossing] = {}
        for edge in edges_crossed(inmb):
            way, c, r = edge
            axis = self.x if way == "x" else self.y
            if isinstance(axis, ParameterAxis):
                solved.append(edge)
            elif not axis.choices:
                other = inmb[r, c + 1] if way == "x" else inmb[r + 1, c]
                share = inmb[r, c] / (inmb[r, c] - other)
                if way == "x":
                    at = (x[c] + share * (x[c + 1] - x[c]), y[r])
                else:
                    at = (x[c], y[r] + share * (y[r + 1] - y[r]))
                found[edge] = Crossing(float(at[0]), float(at[1]), exact=False)
        if not solved:
            return found
        along = np.array([way == "x" for way, _, _ in solved])
        cs = np.array([c for _, c, _ in solved])
        rs = np.array([r for _, _, r in solved])
        a = np.where(along, x[cs], y[rs])
        b = np.where(along, x[np.minimum(cs + along, len(x) - 1)],
                     y[np.minimum(rs + ~along, len(y) - 1)])  # fmt: skip
        fa, fb = inmb[rs, cs], inmb[rs + ~along, cs + along]

        def function(live: IntArray, at: Array) -> Array:
            return self.inmb(
                np.where(along[live], at, x[cs[live]]), np.where(along[live], y[rs[live]], at)
            )

        roots = find_roots(function, a, b, fa, fb)
        for k, edge in enumerate(solved):
            place = (roots[k], y[rs[k]]) if along[k] else (x[cs[k]], roots[k])
            found[edge] = Crossing(float(place[0]), float(place[1]), exact=True)
        return found


def moved_by(*axes: tuple[Axis, Array]) -> dict[str, Array]:
    """Values of every parameter that moves with some axes, by lower-case name.

    Raises
    ------
    AnalysisError
        Two axes move the same parameter, or shares of a group add up to more than 1.
    """
    return columns([(axis.moved, at) for axis, at in axes if isinstance(axis, ParameterAxis)])


def _joined(parts: list[Outcomes], where: IntArray) -> Outcomes:
    """Put outcomes of batches back in the order of their draws."""
    fields = ("costs", "ly", "qaly", "background_cycles", "pfs_capped", "tot_capped")
    together: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in fields
    }
    return replace(parts[0], warnings=(), **together).take(np.argsort(where))
