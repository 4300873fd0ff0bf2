"""Decision rules: increments and dominance, acceptability, value of perfect information."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cea.arrays import Array, IntArray, ReadOnly

if TYPE_CHECKING:
    import pandas as pd


class Verdict(StrEnum):
    """What a comparison of costs and effects says, in words.

    A ratio is printed for `TRADE_OFF` and `SAVING` only: elsewhere its sign and size mislead.
    """

    REFERENCE = "reference"
    TRADE_OFF = "more costly, more effective"
    SAVING = "less costly, less effective"
    DOMINANT = "dominant"
    DOMINATED = "dominated"
    EXTENDEDLY_DOMINATED = "extendedly dominated"
    EQUAL = "equal"


@dataclass(frozen=True)
class Increment:
    """One strategy against another. `icer` is None where a ratio has no meaning."""

    cost: float
    effect: float
    verdict: Verdict

    @property
    def icer(self) -> float | None:
        """Cost per unit of effect gained (or saved per unit forgone)."""
        if self.verdict in (Verdict.TRADE_OFF, Verdict.SAVING):
            return self.cost / self.effect
        return None


def increment(cost: float, effect: float) -> Increment:
    """Judge a difference in cost and effect, new minus comparator."""
    if cost == 0 and effect == 0:
        verdict = Verdict.EQUAL
    elif cost <= 0 and effect >= 0:
        verdict = Verdict.DOMINANT
    elif cost >= 0 and effect <= 0:
        verdict = Verdict.DOMINATED
    else:
        verdict = Verdict.TRADE_OFF if cost > 0 else Verdict.SAVING
    return Increment(cost, effect, verdict)


@dataclass(frozen=True)
class FrontierRow:
    """A row of the fully incremental table.

    `position` is the strategy's place in the input, `against` the place of the next cheaper
    strategy on the frontier (None for the cheapest and for dominated strategies).
    """

    position: int
    verdict: Verdict
    against: int | None = None
    icer: float | None = None


def frontier(costs: Sequence[float], effects: Sequence[float]) -> list[FrontierRow]:
    """Fully incremental analysis, sorted by cost.

    A strategy is dominated if another costs no more and does at least as well; extendedly
    dominated if a mixture of two others does, which shows as an ICER above the next strategy's
    (Johannesson & Weinstein 1993).
    """
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -effects[i], i))
    verdicts: dict[int, Verdict] = {}
    twins: dict[int, int] = {}
    on: list[int] = []
    for i in order:
        if not on or effects[i] > effects[on[-1]]:
            on.append(i)
        elif (costs[i], effects[i]) == (costs[on[-1]], effects[on[-1]]):
            twins[i] = on[-1]
        else:
            verdicts[i] = Verdict.DOMINATED

    def icer(lower: int, upper: int) -> float:
        return (costs[upper] - costs[lower]) / (effects[upper] - effects[lower])

    k = 1
    while k < len(on) - 1:
        if icer(on[k - 1], on[k]) >= icer(on[k], on[k + 1]):
            verdicts[on.pop(k)] = Verdict.EXTENDEDLY_DOMINATED
            k = max(1, k - 1)
        else:
            k += 1
    for i, twin in twins.items():
        verdicts[i] = verdicts.get(twin, Verdict.EQUAL)
    rows = {on[0]: FrontierRow(on[0], Verdict.REFERENCE)}
    for lower, upper in pairwise(on):
        rows[upper] = FrontierRow(upper, Verdict.TRADE_OFF, lower, icer(lower, upper))
    return [rows[i] if i in rows else FrontierRow(i, verdicts[i]) for i in order]


@dataclass(frozen=True, eq=False)
class Acceptability(ReadOnly):
    """Decision uncertainty at each threshold. Shapes (K,) and (K, S).

    Attributes
    ----------
    thresholds
        Willingness to pay, shape (K,).
    probability
        Share of draws in which each strategy has the highest net benefit; ties are shared.
    optimal
        Position of the strategy with the highest expected net benefit, shape (K,): choosing it
        gives the acceptability frontier (CEAF).
    expected_loss
        Expected net benefit forgone by choosing each strategy (Alarid-Escudero et al. 2019).
    evpi
        Expected value of perfect information: the loss of the optimal strategy, shape (K,).
    """

    thresholds: Array
    probability: Array
    optimal: IntArray
    expected_loss: Array
    evpi: Array

    @property
    def frontier(self) -> Array:
        """Probability that the optimal strategy is the most cost-effective (CEAF), shape (K,)."""
        return np.take_along_axis(self.probability, self.optimal[:, None], axis=1)[:, 0]


def acceptability(cost: Array, effect: Array, thresholds: Array) -> Acceptability:
    """Compute CEAC, CEAF, expected loss and EVPI.

    Parameters
    ----------
    cost, effect
        Shape (n, S).
    thresholds
        Shape (K,).
    """
    count, strategies = len(thresholds), cost.shape[1]
    won, loss = np.empty((count, strategies)), np.empty((count, strategies))
    # A row a strategy: comparing a few long rows is far quicker than many short ones.
    costs, effects = np.ascontiguousarray(cost.T), np.ascontiguousarray(effect.T)
    for k, threshold in enumerate(thresholds):
        benefit = threshold * effects - costs
        best = benefit.max(axis=0)
        winners = benefit == best
        won[k] = np.count_nonzero(winners, axis=1)
        if won[k].sum() > len(best):  # ties
            won[k] = (winners / winners.sum(axis=0)).sum(axis=1)
        loss[k] = np.subtract(best, benefit, out=benefit).mean(axis=1)
    probability = won / len(cost)
    optimal = loss.argmin(axis=1)
    return Acceptability(thresholds, probability, optimal, loss, loss.min(axis=1))


def acceptability_table(found: Acceptability, strategies: Sequence[str]) -> pd.DataFrame:
    """Return the curves with a row for each threshold and strategy.

    Columns: threshold, strategy, probability, on_frontier, expected_loss, evpi.
    """
    import pandas as pd

    names, count = list(strategies), len(found.thresholds)
    return pd.DataFrame(
        {
            "threshold": np.repeat(found.thresholds, len(names)),
            "strategy": names * count,
            "probability": found.probability.ravel(),
            "on_frontier": (found.optimal[:, None] == np.arange(len(names))).ravel(),
            "expected_loss": found.expected_loss.ravel(),
            "evpi": np.repeat(found.evpi, len(names)),
        }
    )
