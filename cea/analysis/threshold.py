"""Threshold analysis: the values of one input at which the decision switches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.pairs import Pair, gains, pairs_of, willingness
from cea.analysis.price import Price, value_based_price
from cea.analysis.psa import Psa
from cea.analysis.psa import psa as run_psa
from cea.analysis.quantities import Quantity, evaluate_at, quantity
from cea.analysis.ranges import Ends, Range, is_price, search_range
from cea.analysis.switches import Found, Line, Scan, Switch, find_switches
from cea.analysis.tornado import Direction, Tornado, tornado
from cea.assumptions import Assumptions, Threshold
from cea.errors import AnalysisError
from cea.model.evaluate import evaluate
from cea.model.outcomes import Outcomes
from cea.parallel import Progress
from cea.parameters.draws import base_draw

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_POINTS = 401
_TIE = 1e-7  # of the largest net benefit


@dataclass(frozen=True)
class Sampling:
    """A PSA that is run only if it is needed; `draws` and `seed` None: the workbook's."""

    draws: int | None = None
    seed: int | None = None
    progress: Progress | None = None

    def run(self, assumptions: Assumptions) -> Psa | None:
        """Run it; None where nothing is sampled."""
        if not any(parameter.sampled for parameter in assumptions.parameters):
            return None
        return run_psa(assumptions, self.draws, seed=self.seed, progress=self.progress)


@dataclass(frozen=True, eq=False)
class ThresholdAnalysis:
    """Where the decision switches as one input moves, all others at their base-case values.

    Attributes
    ----------
    moved, within
        The input, and the range in which switches are looked for.
    scan
        Outcomes along the range.
    base
        Outcomes of the base case, one draw.
    thresholds, pairs
        Willingness to pay, and the strategies that are compared.
    pairwise
        What was found for each threshold and pair.
    best
        Where the strategy with the highest net benefit changes, for each threshold.
    price
        Value-based price and discounts; None where the input is no amount of money.
    sampled
        The PSA behind the price; None without one.
    """

    assumptions: Assumptions
    moved: Quantity
    within: Range
    scan: Scan
    base: Outcomes
    thresholds: tuple[Threshold, ...]
    pairs: tuple[Pair, ...]
    pairwise: tuple[tuple[Found, ...], ...]
    best: tuple[tuple[Switch, ...], ...]
    price: Price | None = None
    sampled: Psa | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reviewer should know about the values in the range."""
        return self.scan.outcomes.warnings

    def status(self, found: Found) -> str:
        """Say in words what was found."""
        if found.flat:
            return "the input does not change it"
        if not found.switches:
            return "no switch in the range"
        count = len(found.switches)
        words = "switches" if count == 1 else f"switches {count} times"
        return f"{words}, by a jump" if any(s.jump for s in found.switches) else words

    def better(self, threshold: float, pair: Pair, draw: int | None = None) -> int:
        """Return the better strategy of a pair: in the base case, or at a point of the scan."""
        outcomes = self.base if draw is None else self.scan.outcomes
        inmb = gains(outcomes, pair).inmb(threshold)[draw or 0]
        return pair.strategy if inmb >= 0 else pair.against

    @property
    def table(self) -> pd.DataFrame:
        """One row for each threshold, pair and switch; one without a value where there is none.

        Columns: parameter, label (of the parameter), threshold_label, threshold, strategy,
        against, base, searched_from, searched_to, inmb_base, switch, preferred_below and
        preferred_above (the better of the two on either side of the switch, or throughout), status.
        With more than two strategies, rows with strategy ``any`` and against ``all`` have the
        switches of the strategy with the highest net benefit.
        """
        import pandas as pd

        rows = []
        for k, threshold in enumerate(self.thresholds):
            for pair, found in zip(self.pairs, self.pairwise[k], strict=True):
                rows += self._rows(threshold, pair, found)
            if len(self.assumptions.strategies) > 2:
                rows += self._best_rows(threshold, self.best[k])
        return pd.DataFrame(
            rows,
            columns=["parameter", "label", "threshold_label", "threshold", "strategy", "against",
                     "base", "searched_from", "searched_to", "inmb_base", "switch",
                     "preferred_below", "preferred_above", "status"],
        )  # fmt: skip

    def _rows(self, threshold: Threshold, pair: Pair, found: Found) -> list[tuple[object, ...]]:
        names = self.assumptions.strategy_names
        inmb = float(gains(self.base, pair).inmb(threshold.value)[0])
        compared = names[pair.strategy], names[pair.against], inmb
        if found.flat or not found.switches:
            better = names[self.better(threshold.value, pair, None if found.flat else 0)]
            return [self._row(threshold, *compared, np.nan, better, better, self.status(found))]
        return [
            self._row(threshold, *compared, switch.value, names[switch.below],
                      names[switch.above], self.status(found))
            for switch in found.switches
        ]  # fmt: skip

    def _best_rows(
        self, threshold: Threshold, switches: Sequence[Switch]
    ) -> list[tuple[object, ...]]:  # fmt: skip
        names = self.assumptions.strategy_names
        if not switches:
            benefit = self.scan.outcomes.net_benefit(threshold.value)[0]
            best = names[int(benefit.argmax())]
            return [self._row(threshold, "any", "all", np.nan, np.nan, best, best,
                              "no switch in the range")]  # fmt: skip
        return [
            self._row(threshold, "any", "all", np.nan, switch.value, names[switch.below],
                      names[switch.above], "the strategy with the highest net benefit changes")
            for switch in switches
        ]  # fmt: skip

    def _row(
        self, threshold: Threshold, strategy: str, against: str, inmb: float, *found: object
    ) -> tuple[object, ...]:
        return (
            self.moved.name, self.moved.label, threshold.label, threshold.value, strategy, against,
            self.moved.base, self.within.low, self.within.high, inmb, *found,
        )  # fmt: skip

    def plot_threshold(self, strategy: str | None = None) -> Figure:
        """Incremental net benefit along the range, with the switches; of the first pair."""
        from cea.report import charts

        return charts.threshold(self, strategy)


def threshold_analysis(
    assumptions: Assumptions,
    parameter: str | None = None,
    *,
    within: Ends = (None, None),
    strategy: str | None = None,
    against: str | None = None,
    threshold: float | None = None,
    psa: Psa | Sampling | None = None,
) -> ThresholdAnalysis:
    """Find every value of an input at which the decision switches, and the value-based price.

    Parameters
    ----------
    assumptions
        What is assumed.
    parameter
        Name of a parameter, or of a fitted curve (its restricted mean in months is moved then);
        the price with the widest bar of the tornado if None.
    within
        From where to where to look; an end that is None is chosen by `search_range`.
    strategy, against
        Which strategies are compared: every other one with the reference if None.
    threshold
        Willingness to pay, instead of the workbook's thresholds.
    psa
        Gives the value-based price its interval and the discounts their probabilities: a PSA at
        hand, or how to run one where there is a price.

    Raises
    ------
    AnalysisError
        No such parameter or strategy, no range, no results somewhere in it, or a threshold that is
        no amount of money.
    """
    thresholds = assumptions.thresholds
    if threshold is not None:
        thresholds = (Threshold("as asked for", willingness(threshold)),)
    if parameter is None:
        parameter = main_price(
            tornado(assumptions, "inmb", strategy=strategy, against=against, threshold=threshold)
        )
        if parameter is None:
            raise AnalysisError(
                "no parameter in the tornado is a price (it would enter costs alone, and its Unit "
                "name the currency); name one with --parameter"
            )
    moved = quantity(assumptions, parameter)
    searched = search_range(assumptions, moved, *within)
    pairs = pairs_of(assumptions, strategy, against)
    points = searched.points(moved.base, _POINTS)
    outcomes = evaluate_at(assumptions, [moved], np.zeros(len(points), dtype=int), points)
    scan = Scan(moved, points, outcomes)
    count = len(assumptions.strategies)
    every = [*pairs]
    if count > 2:
        every += [Pair(s, a) for a, s in combinations(range(count), 2)]
    lines = [Line(0, pair, one.value) for one in thresholds for pair in every]
    found = find_switches(assumptions, [scan], lines)
    by_threshold = [found[k : k + len(every)] for k in range(0, len(found), len(every))]
    best = [
        _of_the_best(assumptions, moved, one.value, row[len(pairs) :])
        for one, row in zip(thresholds, by_threshold, strict=True)
    ]
    price, sampled = None, None
    if is_price(assumptions, moved):
        sampled = psa.run(assumptions) if isinstance(psa, Sampling) else psa
        price = value_based_price(assumptions, moved, pairs, thresholds, searched, sampled)
    return ThresholdAnalysis(
        assumptions, moved, searched, scan, evaluate(assumptions, base_draw(assumptions)),
        thresholds, pairs, tuple(tuple(row[: len(pairs)]) for row in by_threshold), tuple(best),
        price, sampled,
    )  # fmt: skip


def _of_the_best(
    assumptions: Assumptions, moved: Quantity, threshold: float, found: Sequence[Found]
) -> tuple[Switch, ...]:
    """Return, of the switches of all pairs, those between the two best strategies of all."""
    switches = sorted({s.value: s for one in found for s in one.switches}.values(), key=_value)
    if not switches:
        return ()
    values = np.array([s.value for s in switches])
    outcomes = evaluate_at(assumptions, [moved], np.zeros(len(values), dtype=int), values)
    benefit = outcomes.net_benefit(threshold)
    best = benefit.max(axis=1)
    size = _TIE * np.abs(benefit).max()
    kept = []
    for k, one in enumerate(switches):
        own = benefit[k, one.below], benefit[k, one.above]
        if (max(own) if one.jump else min(own)) >= best[k] - size:
            kept.append(one)
    return tuple(kept)


def _value(switch: Switch) -> float:
    return switch.value


def main_price(varied: Tornado) -> str | None:
    """Return the name of the price with the widest bar of a tornado's first pair; None without.

    One that speaks against the strategy, and so is its own, goes before one of the comparator's.
    """
    bars = varied.bars(varied.pairs[0].strategy)
    for wanted in (Direction.FALLS, Direction.RISES):
        for bar in bars:
            moved = quantity(varied.assumptions, bar.parameter.name)
            if bar.direction is wanted and is_price(varied.assumptions, moved):
                return bar.parameter.name
    return None
