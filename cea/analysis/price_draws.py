"""Value-based prices and discounts in every draw of a PSA."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cea.analysis.decision import acceptability
from cea.analysis.pairs import Pair, gains
from cea.analysis.psa import INTERVAL, Psa
from cea.analysis.quantities import Quantity
from cea.analysis.ranges import Range
from cea.analysis.roots import find_roots
from cea.arrays import Array, IntArray, ReadOnly
from cea.model.evaluate import evaluate
from cea.model.outcomes import Outcomes
from cea.parameters.draws import draws_with

_CHECKED = 256  # draws in which linearity is checked
_SOLVED = 500  # draws solved one by one
_SOLVED_AT = 3  # values of willingness to pay, beside the thresholds
LINEAR = 1e-9  # of the costs: rounding


@dataclass(frozen=True, eq=False)
class PriceDraws(ReadOnly):
    """Prices in the PSA. Shapes (P, K): pairs by willingness to pay.

    `mean`, `low` and `high` are of the prices at which each draw's ICER equals the willingness to
    pay; `expected` is the price at which the expected incremental net benefit is 0. All are not a
    number where they are below 0, and so no price, or were not found. `probability`,
    shape (D, thresholds, S), is that of being the most cost-effective at each discount, taken off
    the price that the draw has. `n` draws have prices.
    """

    linear: bool
    n: int
    mean: Array
    low: Array
    high: Array
    expected: Array
    probability: Array


def price_draws(
    psa: Psa,
    moved: Quantity,
    pairs: Sequence[Pair],
    wtp: Array,
    thresholds: Sequence[float],
    within: Range,
    discounts: Array,
    *,
    linear: bool,
) -> PriceDraws:
    """Find the prices of every draw.

    Costs that are linear in the price, checked in some draws, take one more evaluation of the PSA;
    others are solved for in fewer draws.
    """
    prices = _PsaPrices(psa, moved)
    if linear and prices.linear_in(within):
        return _linear(prices, pairs, wtp, thresholds, discounts)
    return _solved(prices, pairs, wtp, thresholds, within, discounts)


@dataclass(frozen=True)
class _PsaPrices:
    psa: Psa
    moved: Quantity

    @property
    def own(self) -> Array:
        """Price in every draw, shape (n,)."""
        value = self.psa.sample.draws.values[self.moved.parameter.key]
        return np.broadcast_to(np.asarray(value, dtype=float), (self.psa.n,))

    def outcomes(self, draws: IntArray, prices: Array) -> Outcomes:
        """Evaluate some draws at other prices."""
        sample = self.psa.sample
        varied = {p.key: sample.values[draws, i] for i, p in enumerate(sample.parameters)}
        varied[self.moved.parameter.key] = prices
        assumptions = self.psa.assumptions
        return evaluate(assumptions, draws_with(assumptions, varied, len(draws)))

    def slope(self, draws: IntArray) -> Array:
        """Change of each strategy's cost per unit of price, shape (m, S)."""
        step = self.moved.base or 1.0
        more = self.outcomes(draws, self.own[draws] + step).cost
        return np.asarray((more - self.psa.outcomes.cost[draws]) / step)

    def linear_in(self, within: Range) -> bool:
        """Whether costs of some draws lie on their lines at both ends of a range."""
        draws = np.arange(min(_CHECKED, self.psa.n))
        slope, own = self.slope(draws), self.own[draws]
        cost, qaly = self.psa.outcomes.cost[draws], self.psa.outcomes.total_qaly[draws]
        for end in (within.low, within.high):
            found = self.outcomes(draws, np.full(len(draws), end))
            line = cost + slope * (end - own)[:, None]
            size = np.abs(cost).max() + np.abs(found.cost).max()
            if np.abs(found.cost - line).max() > LINEAR * size:
                return False
            if np.abs(found.total_qaly - qaly).max() > LINEAR * np.abs(qaly).max():
                return False
        return True


def _linear(
    prices: _PsaPrices,
    pairs: Sequence[Pair],
    wtp: Array,
    thresholds: Sequence[float],
    discounts: Array,
) -> PriceDraws:
    cost, qaly = prices.psa.outcomes.cost, prices.psa.outcomes.total_qaly
    slope, own = prices.slope(np.arange(prices.psa.n)), prices.own
    free = cost - slope * own[:, None]
    mean, low, high, expected = (np.full((len(pairs), len(wtp)), np.nan) for _ in range(4))
    for p, pair in enumerate(pairs):
        s, a = pair.strategy, pair.against
        per_unit, rest = slope[:, s] - slope[:, a], free[:, s] - free[:, a]
        gained = qaly[:, s] - qaly[:, a]
        if not (np.abs(per_unit) * own.max() > LINEAR * np.abs(cost).max()).all():
            continue
        for k, worth in enumerate(wtp.tolist()):
            each = (worth * gained - rest) / per_unit
            mean[p, k] = each.mean()
            low[p, k], high[p, k] = np.percentile(each, INTERVAL)
            expected[p, k] = (worth * gained.mean() - rest.mean()) / per_unit.mean()
    at = np.array(thresholds)
    probability = np.stack([
        acceptability(free + slope * (own * (1 - d))[:, None], qaly, at).probability
        for d in discounts.tolist()
    ])  # fmt: skip
    return PriceDraws(True, prices.psa.n, *_of_0_or_more(mean, low, high, expected), probability)


def _solved(
    prices: _PsaPrices,
    pairs: Sequence[Pair],
    wtp: Array,
    thresholds: Sequence[float],
    within: Range,
    discounts: Array,
) -> PriceDraws:
    n = min(_SOLVED, prices.psa.n)
    draws = np.arange(n)
    at = np.unique([*np.linspace(0, len(wtp) - 1, _SOLVED_AT).astype(int),
                    *np.searchsorted(wtp, thresholds)])  # fmt: skip
    mean, low, high, expected = (np.full((len(pairs), len(wtp)), np.nan) for _ in range(4))
    ends = [prices.outcomes(draws, np.full(n, end)) for end in (within.low, within.high)]
    for p, pair in enumerate(pairs):
        for k in at.tolist():
            each = _roots(prices, pair, float(wtp[k]), within, ends)
            if np.isfinite(each).all():
                mean[p, k] = each.mean()
            with np.errstate(invalid="ignore"):  # between a price and no price
                low[p, k], high[p, k] = np.percentile(each, INTERVAL)
    everything = np.arange(prices.psa.n)
    probability = []
    for d in discounts.tolist():
        found = prices.outcomes(everything, prices.own * (1 - d))
        probability.append(
            acceptability(found.cost, found.total_qaly, np.array(thresholds)).probability
        )
    return PriceDraws(False, n, *_of_0_or_more(mean, low, high, expected), np.stack(probability))


def _of_0_or_more(
    mean: Array, low: Array, high: Array, expected: Array
) -> tuple[Array, Array, Array, Array]:
    """Leave out what is no price: below 0, or beyond the range."""

    def kept(values: Array) -> Array:
        return np.where(np.isfinite(values) & (values >= 0), values, np.nan)

    return kept(mean), kept(low), kept(high), kept(expected)


def _roots(
    prices: _PsaPrices, pair: Pair, worth: float, within: Range, ends: Sequence[Outcomes]
) -> Array:
    """Price at which a pair's INMB is 0 in every draw; infinite beyond the range."""
    below, above = (gains(end, pair).inmb(worth) for end in ends)
    found = np.where(below < 0, -np.inf, np.inf) * np.where(below < above, -1, 1)
    open_ = np.flatnonzero(below * above <= 0)
    if len(open_):

        def inmb(live: IntArray, x: Array) -> Array:
            return gains(prices.outcomes(open_[live], x), pair).inmb(worth)

        a, b = np.full(len(open_), within.low), np.full(len(open_), within.high)
        found[open_] = find_roots(inmb, a, b, below[open_], above[open_])
    return found
