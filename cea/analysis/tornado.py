"""One-way sensitivity analysis: each input at its low and its high value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision import increment
from cea.analysis.variations import input_range as input_range
from cea.analysis.variations import variations
from cea.arrays import Array
from cea.assumptions import Assumptions, Parameter
from cea.errors import AnalysisError
from cea.model.evaluate import evaluate
from cea.model.outcomes import Outcomes
from cea.parameters.draws import draws_with

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Bar:
    """One input's bar: its values, and incremental results at both ends and at the base.

    `inmb`, `cost` and `qaly` are (low, high) against the reference strategy.
    """

    parameter: Parameter
    base: float
    low: float
    high: float
    inmb: tuple[float, float]
    cost: tuple[float, float]
    qaly: tuple[float, float]

    @property
    def swing(self) -> float:
        """Distance between the ends of the bar."""
        return abs(self.inmb[1] - self.inmb[0])

    @property
    def icers(self) -> tuple[float | None, float | None]:
        """ICER at both ends; None where it has no meaning."""
        low, high = (increment(c, q).icer for c, q in zip(self.cost, self.qaly, strict=True))
        return low, high


@dataclass(frozen=True)
class Tornado:
    """One-way sensitivity of the incremental net benefit at the headline threshold."""

    assumptions: Assumptions
    threshold: float
    outcomes: Outcomes  # draw 0 is the base case, then low and high of each parameter in turn
    parameters: tuple[Parameter, ...]
    inputs: Array  # shape (k, 3): base, low, high

    def base_inmb(self, strategy: int) -> float:
        """Incremental net benefit of a strategy (position) in the base case."""
        benefit = self.outcomes.net_benefit(self.threshold)[0]
        return float(benefit[strategy] - benefit[self.assumptions.reference])

    def bars(self, strategy: int) -> list[Bar]:
        """Bars of a strategy (position) against the reference, the widest first."""
        r = self.assumptions.reference
        cost = self.outcomes.cost[:, strategy] - self.outcomes.cost[:, r]
        qaly = self.outcomes.total_qaly[:, strategy] - self.outcomes.total_qaly[:, r]
        bars = []
        for k, parameter in enumerate(self.parameters):
            ends = slice(1 + 2 * k, 3 + 2 * k)
            (c_low, c_high), (q_low, q_high) = cost[ends].tolist(), qaly[ends].tolist()
            base, low, high = self.inputs[k].tolist()
            inmb = self.threshold * q_low - c_low, self.threshold * q_high - c_high
            bars.append(Bar(parameter, base, low, high, inmb, (c_low, c_high), (q_low, q_high)))
        return sorted(bars, key=lambda bar: -bar.swing)

    @property
    def table(self) -> pd.DataFrame:
        """One row for each strategy but the reference and each parameter, the widest bar first.

        Columns: strategy, parameter, label, group, evidence, base, low, high (inputs);
        inmb_base, inmb_low, inmb_high, swing; incremental_cost_low, ..._high,
        incremental_qaly_low, ..._high; icer_low, icer_high and status_low, status_high in words:
        an ICER without meaning is blank.
        """
        import pandas as pd

        rows = []
        for s, name in enumerate(self.assumptions.strategy_names):
            if s == self.assumptions.reference:
                continue
            for bar in self.bars(s):
                p = bar.parameter
                ends = [increment(c, q) for c, q in zip(bar.cost, bar.qaly, strict=True)]
                rows.append(
                    (name, p.name, p.label, p.group, p.evidence, bar.base, bar.low, bar.high,
                     self.base_inmb(s), *bar.inmb, bar.swing, *bar.cost, *bar.qaly,
                     *(np.nan if end.icer is None else end.icer for end in ends),
                     *(str(end.verdict) for end in ends))
                )  # fmt: skip
        return pd.DataFrame(
            rows,
            columns=[
                "strategy", "parameter", "label", "group", "evidence", "base", "low", "high",
                "inmb_base", "inmb_low", "inmb_high", "swing",
                "incremental_cost_low", "incremental_cost_high",
                "incremental_qaly_low", "incremental_qaly_high",
                "icer_low", "icer_high", "status_low", "status_high",
            ],
        )  # fmt: skip

    def plot_tornado(self, strategy: str | None = None, top: int = 15) -> Figure:
        """Tornado of a strategy against the reference; of the first other one by default."""
        from cea.report import charts

        return charts.tornado(self, strategy, top)


def tornado(assumptions: Assumptions) -> Tornado:
    """Vary each parameter, and each fitted curve, on its own, all in one batch of draws.

    Raises
    ------
    AnalysisError
        Nothing has a range.
    """
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
    return Tornado(
        assumptions,
        assumptions.threshold.value,
        evaluate(assumptions, draws_with(assumptions, varied, n)),
        tuple(variation.parameter for variation in found),
        np.array([variation.shown for variation in found]),
    )
