"""What deterministic sensitivity analysis may move: a parameter, or a fitted curve as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.roots import find_roots
from cea.analysis.variations import (
    dirichlet_group,
    input_range,
    of_curve,
    restricted_mean_direction,
)
from cea.arrays import Array, IntArray
from cea.assumptions import MONTHS_PER_YEAR, Assumptions, Parameter
from cea.errors import AnalysisError, nearest
from cea.model.evaluate import evaluate
from cea.parameters.draws import POINTS, base_values, draws_with
from cea.survival.resolve import CurveFit

if TYPE_CHECKING:
    from cea.model.outcomes import Outcomes

_REACH = 12.0  # standard errors of a restricted mean: as far as a fitted curve is moved


@dataclass(frozen=True)
class Quantity:
    """A quantity that moves on its own, all others at their base-case values.

    Attributes
    ----------
    parameter
        What is moved, as the Parameters sheet states it, or would.
    base
        Its value in the base case.
    ends
        Its low and high value in the tornado; None without a range.
    fit
        The fit, where a fitted curve is moved: its value is then the restricted mean in months.
    """

    assumptions: Assumptions = field(repr=False, compare=False)
    parameter: Parameter
    base: float
    ends: tuple[float, float] | None
    fit: CurveFit | None = None

    @property
    def name(self) -> str:
        """Name for formulas and for the command line."""
        return self.parameter.name

    @property
    def label(self) -> str:
        """Name for tables and charts."""
        return self.parameter.label or self.parameter.name

    @cached_property
    def group(self) -> tuple[Parameter, ...]:
        """The Dirichlet group that has to add up to 1; empty for any other quantity."""
        if self.fit is not None or self.parameter.distribution != "dirichlet":
            return ()
        return tuple(dirichlet_group(self.assumptions, self.parameter))

    def estimates(self, values: Array) -> Mapping[str, Array]:
        """Return the estimates of a fitted curve that has these restricted means.

        They move along the curve's own uncertainty, as in the tornado.

        Raises
        ------
        AnalysisError
            No move along it reaches the value.
        """
        assert self.fit is not None
        found, horizon = self.fit, self.assumptions.settings.horizon_years * MONTHS_PER_YEAR
        direction = restricted_mean_direction(found, horizon)

        def points(z: Array) -> Array:
            return np.asarray(found.fit.fitted + z[:, None] * direction)

        def away(which: IntArray, z: Array) -> Array:
            return found.restricted_mean(points(z), horizon) - values[which]

        everything = np.arange(len(values))
        low, high = np.full(len(values), -_REACH), np.full(len(values), _REACH)
        below, above = away(everything, low), away(everything, high)
        if (below * above > 0).any():
            worst = values[np.flatnonzero(below * above > 0)[0]]
            least, most = found.restricted_mean(points(np.array([-_REACH, _REACH])), horizon)
            raise AnalysisError(
                f"{self.name}: a restricted mean of {worst:.4g} months lies beyond what the fit "
                f"can be moved to, {least:.4g} to {most:.4g} months; name a range inside"
            )
        moved = points(find_roots(away, low, high, below, above))
        return dict(zip(found.parameters, moved.T, strict=True))


def quantity(assumptions: Assumptions, name: str) -> Quantity:
    """Find a parameter, or a fitted curve such as ``fit_NEW_OS``, whatever the case of its name.

    Raises
    ------
    AnalysisError
        There is none of this name.
    """
    key = name.strip().lower()
    if key in assumptions.by_key:
        parameter = assumptions.by_key[key]
        base = base_values(assumptions)[key]
        return Quantity(assumptions, parameter, base, input_range(assumptions, parameter))
    for fit in assumptions.fits.values():
        if fit.name.lower() == key:
            moved = of_curve(assumptions, fit)
            base, low, high = moved.shown
            return Quantity(assumptions, moved.parameter, base, (low, high), fit)
    names = [*(p.name for p in assumptions.parameters),
             *(fit.name for fit in assumptions.fits.values())]  # fmt: skip
    raise AnalysisError(f"no parameter '{name}'; {nearest(name, names)}")


def columns(moved: Sequence[tuple[Quantity, Array]]) -> dict[str, Array]:
    """Values of every parameter that moves with some quantities, by lower-case name.

    Where shares of a Dirichlet group are moved, the others move in proportion, so that the group
    still adds up to 1.

    Parameters
    ----------
    moved
        Quantities and their values, shape (n,) each, at the same draws.

    Raises
    ------
    AnalysisError
        Two of them move the same parameter, or shares add up to more than 1.
    """
    found: dict[str, Array] = {}
    for q, values in moved:
        own = {q.parameter.key: values} if q.fit is None else q.estimates(values)
        if found.keys() & own.keys():
            names = " and ".join(one.name for one, _ in moved)
            raise AnalysisError(f"{names} move the same parameter; choose two that do not")
        found |= own
    for group in dict.fromkeys(q.group for q, _ in moved if q.group):
        found |= _others(group, [(q, values) for q, values in moved if q.group == group])
    return found


def _others(
    group: Sequence[Parameter], moved: Sequence[tuple[Quantity, Array]]
) -> dict[str, Array]:
    """Return the shares of a group that are not moved themselves, in proportion to the rest."""
    total = np.sum([values for _, values in moved], axis=0)
    if (total > 1 + 1e-12).any():
        names = " and ".join(q.name for q, _ in moved)
        raise AnalysisError(
            f"{names}: shares of {total.max():.4g} where the group {group[0].group} adds up to 1; "
            "name a range that leaves room for the other shares"
        )
    assumptions = moved[0][0].assumptions
    base = base_values(assumptions)
    rest = 1 - sum(q.base for q, _ in moved)
    keys = {q.parameter.key for q, _ in moved}
    return {
        other.key: base[other.key] * np.maximum(1 - total, 0.0) / rest
        for other in group
        if other.key not in keys
    }


def evaluate_at(
    assumptions: Assumptions, quantities: Sequence[Quantity], which: IntArray, values: Array
) -> Outcomes:
    """Evaluate one quantity at a time, all in one batch.

    Parameters
    ----------
    assumptions
        Where everything else comes from.
    quantities
        What may be moved.
    which
        Position of the quantity moved in each draw, shape (n,).
    values
        The value it takes there, shape (n,).
    """
    varied: dict[str, Array] = {}
    for k in np.unique(which):
        at = np.flatnonzero(which == k)
        for name, column in columns([(quantities[k], values[at])]).items():
            varied.setdefault(name, np.full(len(values), np.nan))[at] = column
    return evaluate(assumptions, draws_with(assumptions, varied, len(values), POINTS))
