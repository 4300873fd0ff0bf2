"""One-way sensitivity analysis: each input at its low and its high value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.bars import Bar as Bar
from cea.analysis.bars import Direction as Direction
from cea.analysis.bars import direction_of
from cea.analysis.bars import summed as summed
from cea.analysis.curve_means import restricted_means
from cea.analysis.decision import increment
from cea.analysis.pairs import Gains, Measure, Pair, gains, pairs_of, versus, willingness
from cea.analysis.quantities import quantity
from cea.analysis.tornado_switches import Searched, switches_of
from cea.analysis.variations import input_range as input_range
from cea.analysis.variations import variations
from cea.arrays import Array, ReadOnly
from cea.assumptions import Assumptions, Parameter
from cea.errors import AnalysisError, nearest
from cea.model.evaluate import evaluate
from cea.model.outcomes import Outcomes
from cea.parameters.draws import draws_with

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

TOP = 15  # bars drawn


@dataclass(frozen=True, eq=False)
class Tornado(ReadOnly):
    """One-way sensitivity of one outcome, for one or several pairs of strategies.

    Attributes
    ----------
    threshold
        Willingness to pay of the incremental net benefit, and of the switches.
    outcomes
        Draw 0 is the base case; then come low and high of each parameter in turn.
    parameters, inputs
        What was varied, and (base, low, high) of each, shape (k, 3).
    measure, pairs
        The outcome asked for, and which strategies are held against which.
    months
        Restricted means, shape (k, 3), not a number where there are none.
    searched
        Where the decision switches, by pair and parameter.
    top
        How many bars are drawn on their own.
    """

    assumptions: Assumptions
    threshold: float
    outcomes: Outcomes
    parameters: tuple[Parameter, ...]
    inputs: Array
    measure: Measure
    pairs: tuple[Pair, ...]
    months: Array
    searched: tuple[tuple[Searched, ...], ...]
    top: int = TOP

    def pair(self, strategy: int) -> Pair:
        """Return the pair of a strategy (position)."""
        return next(pair for pair in self.pairs if pair.strategy == strategy)

    def _gains(self, strategy: int) -> Gains:
        return gains(self.outcomes, self.pair(strategy))

    def base_inmb(self, strategy: int) -> float:
        """Incremental net benefit of a strategy (position) in the base case."""
        return float(self._gains(strategy).inmb(self.threshold)[0])

    def base_result(self, strategy: int) -> float:
        """Outcome asked for of a strategy (position) in the base case."""
        return float(self._gains(strategy).measure(self.measure, self.threshold)[0])

    def bars(self, strategy: int) -> list[Bar]:
        """Bars of a strategy (position), the widest first; without a meaning last."""
        pair = self.pair(strategy)
        found = gains(self.outcomes, pair)
        inmb = found.inmb(self.threshold)
        result = found.measure(self.measure, self.threshold)
        widest = float(np.nanmax(np.abs(result - result[0])))

        def ends(values: Array, k: int) -> tuple[float, float]:
            low, high = values[1 + 2 * k : 3 + 2 * k].tolist()
            return low, high

        searched = self.searched[self.pairs.index(pair)]
        bars = []
        for k, parameter in enumerate(self.parameters):
            base, low, high = self.inputs[k].tolist()
            in_base, at_low, at_high = self.months[k].tolist()
            moved = ends(result, k)
            bars.append(
                Bar(
                    parameter, base, low, high,
                    ends(inmb, k), ends(found.cost, k), ends(found.qaly, k), ends(found.ly, k),
                    float(result[0]), moved, direction_of(float(result[0]), moved, widest),
                    None if np.isnan(in_base) else (in_base, at_low, at_high), searched[k],
                )
            )  # fmt: skip
        return sorted(bars, key=lambda bar: -bar.swing if np.isfinite(bar.swing) else 1.0)

    @property
    def table(self) -> pd.DataFrame:
        """One row for each pair and parameter, the widest bar first.

        Columns: strategy, parameter, label, group, evidence, base, low, high (inputs); the
        outcome at base, low and high, with its name before (inmb_base, ...), and swing;
        incremental cost, qaly and inmb at low and high; icer_low, icer_high and status_low,
        status_high in words: an ICER without meaning is blank; against; direction; incremental_ly;
        restricted_mean_base, ..._low, ..._high of the curve that the input belongs to, in months;
        switch, the value nearest to the base at which the decision switches, switches (how many
        there are), searched_from and searched_to.
        """
        import pandas as pd

        names = self.assumptions.strategy_names
        table = pd.DataFrame(
            self._row(bar) | {"strategy": names[pair.strategy], "against": names[pair.against]}
            for pair in self.pairs
            for bar in self.bars(pair.strategy)
        )
        return table[["strategy", *table.columns.drop(["strategy"])]]

    def _row(self, bar: Bar) -> dict[str, object]:
        p, searched = bar.parameter, bar.searched
        ends = [increment(c, q) for c, q in zip(bar.cost, bar.qaly, strict=True)]
        row: dict[str, object] = {
            "parameter": p.name, "label": p.label, "group": p.group, "evidence": p.evidence,
            "base": bar.base, "low": bar.low, "high": bar.high,
        }  # fmt: skip
        name = self.measure if self.measure in (Measure.INMB, Measure.ICER) else (
            f"incremental_{self.measure}"
        )  # fmt: skip
        row |= {
            f"{name}_base": bar.at_base,
            f"{name}_low": bar.ends[0],
            f"{name}_high": bar.ends[1],
        }
        row["swing"] = bar.swing
        for measure, (low, high) in (
            ("inmb", bar.inmb), ("incremental_cost", bar.cost), ("incremental_qaly", bar.qaly),
        ):  # fmt: skip
            row |= {f"{measure}_low": low, f"{measure}_high": high}
        for side, end in zip(("low", "high"), ends, strict=True):
            row[f"icer_{side}"] = np.nan if end.icer is None else end.icer
        for side, end in zip(("low", "high"), ends, strict=True):
            row[f"status_{side}"] = str(end.verdict)
        row["against"] = ""
        row["direction"] = str(bar.direction)
        row |= {"incremental_ly_low": bar.ly[0], "incremental_ly_high": bar.ly[1]}
        for k, side in enumerate(("base", "low", "high")):
            row[f"restricted_mean_{side}"] = np.nan if bar.months is None else bar.months[k]
        values = searched.nearest_first(bar.base)
        row["switch"] = values[0] if values else np.nan
        row["switches"] = len(values)
        row["searched_from"] = searched.low
        row["searched_to"] = searched.high
        return row

    def plot_tornado(self, strategy: str | None = None, top: int | None = None) -> Figure:
        """Tornado of a strategy; of the first pair by default."""
        from cea.report import charts

        return charts.tornado(self, strategy, top)


def measure_of(name: str) -> Measure:
    """Return the outcome of a name, whatever its case.

    Raises
    ------
    AnalysisError
        There is no such outcome.
    """
    names = [str(measure) for measure in Measure]
    if name.strip().lower() not in names:
        raise AnalysisError(f"no outcome '{name}'; {nearest(name, names)}")
    return Measure(name.strip().lower())


def tornado(
    assumptions: Assumptions,
    outcome: str = "inmb",
    *,
    strategy: str | None = None,
    against: str | None = None,
    threshold: float | None = None,
    top: int = TOP,
) -> Tornado:
    """Vary each parameter, and each fitted curve, on its own, all in one batch of draws.

    Parameters
    ----------
    assumptions
        What is assumed.
    outcome
        ``inmb``, ``icer``, ``cost``, ``qaly`` or ``ly``: a difference between two strategies.
    strategy
        Every strategy but the comparator if None.
    against
        The comparator; the reference strategy if None.
    threshold
        Willingness to pay; the headline threshold if None.
    top
        How many bars are drawn on their own; the rest are summed.

    Raises
    ------
    AnalysisError
        Nothing has a range; no such outcome or strategy; a threshold that is no amount of money; an
        ICER without meaning in the base case.
    """
    measure = measure_of(outcome)
    value = assumptions.threshold.value if threshold is None else willingness(threshold)
    pairs = pairs_of(assumptions, strategy, against)
    found = variations(assumptions)
    if not found:
        raise AnalysisError(
            "no parameter can be varied: give at least one In DSA yes and Low and High, or a "
            "Distribution, in the Parameters sheet"
        )
    n = 1 + 2 * len(found)
    varied: dict[str, Array] = {}
    for k, variation in enumerate(found):
        for name, ends in variation.columns.items():
            varied.setdefault(name, np.full(n, np.nan))[1 + 2 * k : 3 + 2 * k] = ends
    draws = draws_with(assumptions, varied, n, "ends of bars")
    outcomes = evaluate(assumptions, draws)
    if measure is Measure.ICER:
        _refuse_ratios(assumptions, outcomes, pairs)
    parameters = tuple(variation.parameter for variation in found)
    curves = {fit.name for fit in assumptions.fits.values()}
    fitted = {v.parameter.name: np.array(v.shown) for v in found if v.parameter.name in curves}
    moved = [quantity(assumptions, parameter.name) for parameter in parameters]
    return Tornado(
        assumptions,
        value,
        outcomes,
        parameters,
        np.array([variation.shown for variation in found]),
        measure,
        pairs,
        restricted_means(assumptions, parameters, draws, fitted),
        switches_of(assumptions, moved, pairs, value),
        top,
    )


def _refuse_ratios(assumptions: Assumptions, outcomes: Outcomes, pairs: Sequence[Pair]) -> None:
    """Refuse a tornado of the ICER where the base case has none."""
    for pair in pairs:
        base = gains(outcomes, pair).increment(0)
        if base.icer is None:
            raise AnalysisError(
                f"{versus(assumptions, pair)}: {base.verdict} in the base case, so the ICER has no "
                "meaning; choose --outcome inmb, or another pair with --strategy and --against"
            )
