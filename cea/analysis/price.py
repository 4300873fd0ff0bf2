"""Value-based price: the price at which the ICER equals the willingness to pay; and discounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.pairs import Pair, gains
from cea.analysis.price_draws import LINEAR, PriceDraws, price_draws
from cea.analysis.quantities import Quantity, evaluate_at
from cea.analysis.ranges import Range
from cea.analysis.switches import Found, Line, find_switches, run_scans
from cea.arrays import Array, ReadOnly
from cea.assumptions import Assumptions, Threshold
from cea.model.outcomes import Outcomes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from cea.analysis.psa import Psa

DISCOUNTS = np.arange(0, 95, 5) / 100
_CURVE = 81  # values of willingness to pay
_SCAN = 101


@dataclass(frozen=True, eq=False)
class Price(ReadOnly):
    """Prices of one cost parameter, others at base or as the PSA draws them.

    Attributes
    ----------
    moved
        The cost parameter.
    thresholds, pairs
        Willingness to pay of the discount table, and the strategies compared.
    wtp
        Willingness to pay of the curves, shape (K,).
    linear
        Whether costs are linear in the price and QALYs do not depend on it; prices are then exact.
    value
        Price at which the ICER equals the willingness to pay, by pair, shape (P, K); not a number
        where there is none, or none of 0 or more.
    drawn
        The same in the PSA, and the probabilities; None without one.
    discounted
        Outcomes at the base price less `DISCOUNTS`.
    """

    assumptions: Assumptions
    moved: Quantity
    thresholds: tuple[Threshold, ...]
    pairs: tuple[Pair, ...]
    wtp: Array
    linear: bool
    value: Array
    drawn: PriceDraws | None
    discounted: Outcomes

    @property
    def method(self) -> str:
        """Say how prices were found."""
        if self.linear:
            words = "Costs are linear in it and QALYs do not depend on it, so prices are exact"
        else:
            words = "Net benefit is not linear in it, so prices were solved for"
        if self.drawn is None or self.drawn.linear:
            return words
        return f"{words}; in the PSA draw by draw, for the first {self.drawn.n:,} draws"

    @property
    def table(self) -> pd.DataFrame:
        """Value-based prices, one row for each pair and willingness to pay.

        Columns: parameter, strategy, against, threshold, price; from the PSA psa_mean, psa_low,
        psa_high (mean and 95% interval of the prices of the draws) and psa_expected (the price at
        which the expected incremental net benefit is 0). Each is blank where there is none of 0 or
        more.
        """
        import pandas as pd

        names = self.assumptions.strategy_names
        tables = []
        for p, pair in enumerate(self.pairs):
            drawn = self.drawn
            tables.append(pd.DataFrame({
                "parameter": self.moved.name,
                "strategy": names[pair.strategy],
                "against": names[pair.against],
                "threshold": self.wtp,
                "price": self.value[p],
                "psa_mean": np.nan if drawn is None else drawn.mean[p],
                "psa_low": np.nan if drawn is None else drawn.low[p],
                "psa_high": np.nan if drawn is None else drawn.high[p],
                "psa_expected": np.nan if drawn is None else drawn.expected[p],
            }))  # fmt: skip
        return pd.concat(tables, ignore_index=True)

    @property
    def discounts(self) -> pd.DataFrame:
        """One row for each pair, discount and threshold.

        Columns: parameter, strategy, against, discount, price, incremental_cost,
        incremental_qaly, icer, status, threshold_label, threshold, inmb and probability (of the
        strategy being the most cost-effective of all, in the PSA).
        """
        import pandas as pd

        names = self.assumptions.strategy_names
        rows = []
        for pair in self.pairs:
            s, a = pair.strategy, pair.against
            gained = gains(self.discounted, pair)
            for d, discount in enumerate(DISCOUNTS.tolist()):
                found = gained.increment(d)
                for k, one in enumerate(self.thresholds):
                    rows.append((
                        self.moved.name, names[s], names[a], discount,
                        self.moved.base * (1 - discount), found.cost, found.effect,
                        np.nan if found.icer is None else found.icer, str(found.verdict),
                        one.label, one.value, one.value * found.effect - found.cost,
                        np.nan if self.drawn is None else self.drawn.probability[d, k, s],
                    ))  # fmt: skip
        return pd.DataFrame(
            rows,
            columns=["parameter", "strategy", "against", "discount", "price", "incremental_cost",
                     "incremental_qaly", "icer", "status", "threshold_label", "threshold", "inmb",
                     "probability"],
        )  # fmt: skip

    def plot_price(self, strategy: str | None = None) -> Figure:
        """Value-based price by willingness to pay, of the first pair by default."""
        from cea.report import charts

        return charts.price(self, strategy)


def value_based_price(
    assumptions: Assumptions,
    moved: Quantity,
    pairs: Sequence[Pair],
    thresholds: Sequence[Threshold],
    within: Range,
    psa: Psa | None = None,
) -> Price:
    """Find the value-based prices of a cost parameter, and what discounts do.

    Parameters
    ----------
    assumptions
        What is assumed.
    moved
        A parameter that enters costs.
    pairs, thresholds
        The strategies compared, and the thresholds of the discount table.
    within
        Where prices are looked for if costs are not linear in it.
    psa
        Gives the interval and the probabilities.
    """
    (scan,) = run_scans(assumptions, [(moved, np.linspace(within.low, within.high, _SCAN))])
    top = assumptions.settings.ceac_max
    wtp = np.union1d(np.linspace(0, top, _CURVE), [t.value for t in thresholds])
    cost, qaly = scan.outcomes.cost, scan.outcomes.total_qaly
    slope = (cost[-1] - cost[0]) / (scan.values[-1] - scan.values[0])
    line = cost[0] + slope * (scan.values - scan.values[0])[:, None]
    size = LINEAR * np.abs(cost).max()
    linear = bool(
        np.abs(cost - line).max() <= size
        and np.ptp(qaly, axis=0).max() <= LINEAR * np.abs(qaly).max()
    )
    value = np.full((len(pairs), len(wtp)), np.nan)
    if linear:
        free = cost[0] - slope * scan.values[0]
        for p, pair in enumerate(pairs):
            s, a = pair.strategy, pair.against
            if abs(slope[s] - slope[a]) * (scan.values[-1] - scan.values[0]) > size:
                gained = wtp * (qaly[0, s] - qaly[0, a]) - (free[s] - free[a])
                value[p] = gained / (slope[s] - slope[a])
    else:
        lines = [Line(0, pair, one) for pair in pairs for one in wtp.tolist()]
        found = find_switches(assumptions, [scan], lines)
        value = np.array([_limit(one, line.pair) for one, line in zip(found, lines, strict=True)])
        value = value.reshape(len(pairs), len(wtp))
    value[value < 0] = np.nan  # no price
    at = moved.base * (1 - DISCOUNTS)
    discounted = evaluate_at(assumptions, [moved], np.zeros(len(at), dtype=int), at)
    drawn = None
    if psa is not None:
        own = [one.value for one in thresholds]
        drawn = price_draws(psa, moved, pairs, wtp, own, within, DISCOUNTS, linear=linear)
    return Price(
        assumptions, moved, tuple(thresholds), tuple(pairs), wtp, linear, value, drawn, discounted
    )  # fmt: skip


def _limit(found: Found, pair: Pair) -> float:
    """Return the highest price at which a strategy is the better one, else the lowest."""
    ends = [s.value for s in found.switches if s.below == pair.strategy]
    starts = [s.value for s in found.switches if s.above == pair.strategy]
    return max(ends) if ends else min(starts) if starts else float("nan")
