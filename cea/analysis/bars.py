"""The bars of a tornado, and what several of them add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cea.analysis.decision import increment
from cea.analysis.tornado_switches import Searched
from cea.assumptions import Parameter

_ROUNDING = 1e-9  # of the widest bar: a smaller change is none


class Direction(StrEnum):
    """What an outcome does as the input rises from its low to its high value."""

    RISES = "rises"
    FALLS = "falls"
    NONE = "no effect"
    TURNS = "turns: the base case lies outside both ends"
    BROKEN = "the ratio loses its meaning"


@dataclass(frozen=True)
class Bar:
    """One input's bar.

    Attributes
    ----------
    parameter, base, low, high
        The input and its values.
    inmb, cost, qaly, ly
        Increments of the pair at (low, high).
    at_base, ends
        The outcome asked for in the base case, and at (low, high); not a number where an ICER has
        no meaning, or not the same as in the base case.
    direction
        What the outcome does as the input rises.
    months
        Restricted mean of the curve that the input belongs to, at (base, low, high); None if it
        belongs to none, or to several.
    searched
        Where the decision switches; from and to not a number where nothing was searched.
    """

    parameter: Parameter
    base: float
    low: float
    high: float
    inmb: tuple[float, float]
    cost: tuple[float, float]
    qaly: tuple[float, float]
    ly: tuple[float, float]
    at_base: float
    ends: tuple[float, float]
    direction: Direction
    months: tuple[float, float, float] | None
    searched: Searched

    @property
    def swing(self) -> float:
        """Width of the bar, from the least to the greatest of its ends and the base case."""
        found = (self.at_base, *self.ends)
        return max(found) - min(found) if np.isfinite(found).all() else float("nan")

    @property
    def icers(self) -> tuple[float | None, float | None]:
        """ICER at both ends; None where it has no meaning."""
        low, high = (increment(c, q).icer for c, q in zip(self.cost, self.qaly, strict=True))
        return low, high


@dataclass(frozen=True)
class Rest:
    """Bars that are not shown on their own, summed.

    `low` and `high` are the outcome where the downward, or the upward, moves of all of them are
    added to the base case. Each input is moved alone: it is not the range of moving them together.
    """

    count: int
    low: float
    high: float


def summed(bars: Sequence[Bar]) -> Rest:
    """Sum the moves of some bars from the base case; those without a meaning count as none."""
    moves = np.array([[end - bar.at_base for end in bar.ends] for bar in bars])
    moves = moves[np.isfinite(moves).all(axis=1)]
    base = bars[0].at_base
    down = np.minimum(moves.min(axis=1), 0).sum() if len(moves) else 0.0
    up = np.maximum(moves.max(axis=1), 0).sum() if len(moves) else 0.0
    return Rest(len(bars), float(base + down), float(base + up))


def direction_of(base: float, ends: tuple[float, float], widest: float) -> Direction:
    """Say what an outcome does from the low to the high value.

    Parameters
    ----------
    base, ends
        The outcome in the base case, and at (low, high).
    widest
        The largest change among all bars, against which rounding is told.
    """
    if not np.isfinite((base, *ends)).all():
        return Direction.BROKEN
    low, high = (
        0.0 if abs(end - base) <= _ROUNDING * max(widest, abs(base) * _ROUNDING) else end - base
        for end in ends
    )
    if low == high == 0:
        return Direction.NONE
    if low * high > 0:
        return Direction.TURNS
    return Direction.RISES if high > low else Direction.FALLS
