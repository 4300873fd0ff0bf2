"""Draws: a value of every parameter, for every draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cea.arrays import Array, ReadOnly
from cea.assumptions import Assumptions
from cea.errors import AnalysisError
from cea.formula import Expression
from cea.parameters.values import dependency_order, resolve

DRAWS, POINTS = "draws", "points of the range"


@dataclass(frozen=True, eq=False)
class Draws(ReadOnly):
    """Values of every parameter for `n` draws.

    `values` maps the lower-case name to a float where all draws share it, else to shape (n,).
    `noun` is what messages call the draws of a deterministic analysis.
    """

    n: int
    values: Mapping[str, Any]
    noun: str = DRAWS
    _known: dict[Expression, Array] = field(default_factory=dict, repr=False, compare=False)

    def __reduce__(self) -> tuple[type[Draws], tuple[int, Mapping[str, Any], str]]:
        """Pickle without what is known: it can be computed again."""
        return Draws, (self.n, self.values, self.noun)

    def of(self, expression: Expression) -> Array:
        """Evaluate an expression for every draw, shape (n,).

        Raises
        ------
        AnalysisError
            A result is not finite, e.g. a division by zero.
        """
        if expression in self._known:
            return self._known[expression]
        value = np.broadcast_to(expression.evaluate(self.values), (self.n,))
        finite = np.isfinite(value)
        if not finite.all():
            bad = ~finite
            raise AnalysisError(
                f"{expression.where}: ={expression.text} has no finite value{self._share(bad)}; "
                "check for a division by zero or the logarithm of a number <= 0"
            )
        self._known[expression] = value
        return value

    def common(self, expression: Expression | None, default: float) -> Any:
        """Evaluate an expression that seldom differs between draws.

        Returns a float where all draws agree, else shape (n, 1), ready to broadcast over cycles.
        """
        if expression is None:
            return default
        value = self.of(expression)
        return float(value[0]) if (value == value[0]).all() else value[:, None]

    def outside(self, expression: Expression) -> str | None:
        """Say how many draws leave the range that the cell allows; None if none does."""
        outside = expression.bounds.violated(self.of(expression))
        if not outside.any():
            return None
        return f"{expression.where}: not {expression.bounds}{self._share(outside)}"

    def stay_inside(self, example: str) -> str:
        """Say how to keep a value inside its range; `example`: distributions that do."""
        if self.noun == DRAWS:
            return f"choose a distribution that stays inside, e.g. {example}"
        return "choose a range that stays inside"

    def _share(self, flagged: Array) -> str:
        """Say in how many draws, where there are several."""
        n = len(flagged)
        return "" if n == 1 else f" in {int(flagged.sum()):,} of {n:,} {self.noun}"


def base_values(assumptions: Assumptions) -> dict[str, float]:
    """Value of every parameter in the base case, by lower-case name."""
    values = resolve({p.key: p.base for p in assumptions.parameters})
    return {name: float(value) for name, value in values.items()}


def base_draw(assumptions: Assumptions) -> Draws:
    """Return the base case: one draw."""
    return Draws(1, base_values(assumptions))


def draws_with(
    assumptions: Assumptions, varied: Mapping[str, Array], n: int, noun: str = DRAWS
) -> Draws:
    """Draws in which some parameters vary.

    Parameters
    ----------
    assumptions
        Where everything else comes from.
    varied
        Lower-case name to values, shape (n,); NaN leaves the parameter alone in that draw.
    n
        Number of draws.
    noun
        What messages call them.

    Notes
    -----
    A derived parameter (a formula without a distribution) is recomputed in every draw from the
    values of that draw. Every other parameter that is not varied keeps its base-case value, even
    where its base is a formula: it is a quantity of its own, with a distribution of its own.
    """
    base = base_values(assumptions)
    values: dict[str, Any] = {}
    for name in dependency_order({p.key: p.base for p in assumptions.parameters}):
        parameter = assumptions.by_key[name]
        value = parameter.base.evaluate(values) if parameter.derived else base[name]
        if name in varied:
            value = np.where(np.isnan(varied[name]), value, varied[name])
        values[name] = value
    return Draws(n, values, noun)
