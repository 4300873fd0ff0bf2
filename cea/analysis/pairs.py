"""Pairs of strategies, and the outcomes in which one may be held against the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cea.analysis.decision import Increment, increment
from cea.analysis.decision_draws import Framing
from cea.arrays import Array, ReadOnly
from cea.assumptions import Assumptions
from cea.errors import AnalysisError, nearest
from cea.model.outcomes import Outcomes


class Measure(StrEnum):
    """A difference between two strategies."""

    INMB = "inmb"
    ICER = "icer"
    COST = "cost"
    QALY = "qaly"
    LY = "ly"

    @property
    def adds_up(self) -> bool:
        """Whether changes of it may be added: those of a ratio add up to no ratio."""
        return self is not Measure.ICER


@dataclass(frozen=True)
class Pair:
    """A strategy and what it is held against, as places in the order of display."""

    strategy: int
    against: int


@dataclass(frozen=True, eq=False)
class Gains(ReadOnly):
    """Discounted cost, QALYs and life-years of a pair: strategy minus comparator, shape (n,)."""

    cost: Array
    qaly: Array
    ly: Array

    def inmb(self, threshold: float) -> Array:
        """Incremental net monetary benefit, shape (n,): threshold x QALYs - cost."""
        return threshold * self.qaly - self.cost

    def increment(self, draw: int) -> Increment:
        """Judge one draw."""
        return increment(float(self.cost[draw]), float(self.qaly[draw]))

    @property
    def mean(self) -> Increment:
        """The means over all draws, judged."""
        return increment(float(self.cost.mean()), float(self.qaly.mean()))

    def measure(self, measure: Measure, threshold: float) -> Array:
        """Return one measure, shape (n,); an ICER only where it reads as the first draw's does.

        A ratio changes its meaning with the quadrant: elsewhere it is not a number.
        """
        match measure:
            case Measure.COST:
                return self.cost
            case Measure.QALY:
                return self.qaly
            case Measure.LY:
                return self.ly
            case Measure.INMB:
                return self.inmb(threshold)
        pairs = [self.increment(draw) for draw in range(len(self.cost))]
        alike = (pair.icer if pair.verdict is pairs[0].verdict else None for pair in pairs)
        return np.array([np.nan if ratio is None else ratio for ratio in alike])


def gains(outcomes: Outcomes, pair: Pair) -> Gains:
    """Return what a pair gains in every draw."""
    return gained(outcomes.cost, outcomes.total_qaly, outcomes.total_ly, pair)


def gained(cost: Array, qaly: Array, ly: Array, pair: Pair) -> Gains:
    """Return what a pair gains, from totals of every strategy, shape (n, S) each."""
    s, a = pair.strategy, pair.against
    return Gains(cost[:, s] - cost[:, a], qaly[:, s] - qaly[:, a], ly[:, s] - ly[:, a])


def willingness(threshold: float) -> float:
    """Return a willingness to pay that was asked for.

    Raises
    ------
    AnalysisError
        It is no amount of money.
    """
    if not 0 <= threshold < np.inf:
        raise AnalysisError(
            f"a willingness to pay of {threshold:g} per QALY makes no sense; give 0 or more"
        )
    return threshold


def strategy_at(assumptions: Framing, name: str) -> int:
    """Return the place of a strategy by its name or its label, whatever their case.

    Raises
    ------
    AnalysisError
        There is no such strategy.
    """
    names = assumptions.strategy_names
    if name in names:
        return names.index(name)
    labels = tuple(one.label for one in assumptions.strategies)
    key = name.strip().casefold()
    for known in (names, labels):
        folded = [one.casefold() for one in known]
        if folded.count(key) == 1:
            return folded.index(key)
    close = nearest(name, (*names, *labels))
    remedy = f"{close} There are: " if close.startswith("did you mean") else "use one of: "
    listed = (
        one.name if one.label == one.name else f"{one.name} ({one.label})"
        for one in assumptions.strategies
    )
    raise AnalysisError(f"no strategy '{name}'; {remedy}{', '.join(listed)}")


def pairs_of(
    assumptions: Assumptions, strategy: str | None = None, against: str | None = None
) -> tuple[Pair, ...]:
    """Return the pairs asked for.

    Parameters
    ----------
    assumptions
        Name the strategies.
    strategy
        Every other one if None.
    against
        The reference strategy if None.

    Raises
    ------
    AnalysisError
        There is no such strategy, or it is to be held against itself.
    """
    a = assumptions.reference if against is None else strategy_at(assumptions, against)
    if strategy is None:
        return tuple(Pair(s, a) for s in range(len(assumptions.strategies)) if s != a)
    s = strategy_at(assumptions, strategy)
    if s == a:
        name = assumptions.strategy_names[s]
        if against is None or s == assumptions.reference:
            raise AnalysisError(
                f"{name} is the reference strategy: name another one to compare with it, or "
                "another comparator"
            )
        raise AnalysisError(f"{name} cannot be compared with itself: name another strategy")
    return (Pair(s, a),)


def versus(assumptions: Assumptions, pair: Pair) -> str:
    """Name a comparison by its labels."""
    labels = assumptions.strategies
    return f"{labels[pair.strategy].label} versus {labels[pair.against].label}"
