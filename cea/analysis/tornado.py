"""One-way sensitivity analysis: each parameter at its low and its high value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision import increment
from cea.assumptions import Assumptions, Parameter
from cea.errors import AnalysisError
from cea.formula import Array
from cea.model.evaluate import evaluate
from cea.model.outcomes import Outcomes
from cea.parameters.distributions import Beta, distribution_of
from cea.parameters.draws import base_values, draws_with

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Bar:
    """One parameter's bar: input values, and incremental results at both ends and at the base.

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


def input_range(assumptions: Assumptions, parameter: Parameter) -> tuple[float, float] | None:
    """Low and high value of a parameter; None if it has no range.

    The Low and High cells, or the 2.5% and 97.5% quantiles of the distribution where blank.
    """
    base = base_values(assumptions)
    ends = [
        None if cell is None else float(cell.evaluate(base))
        for cell in (parameter.low, parameter.high)
    ]
    if None in ends and parameter.distribution != "fixed":
        distribution = distribution_of(parameter, base)
        if parameter.distribution == "dirichlet":
            alphas = [
                distribution_of(p, base).mean
                for p in assumptions.parameters
                if (p.distribution, p.group) == ("dirichlet", parameter.group)
            ]
            distribution = Beta(distribution.mean, sum(alphas) - distribution.mean)
        quantiles = distribution.quantile(np.array([0.025, 0.975])).tolist()
        ends = [q if end is None else end for end, q in zip(ends, quantiles, strict=True)]
    low, high = ends
    return None if low is None or high is None else (low, high)


def tornado(assumptions: Assumptions) -> Tornado:
    """Vary each parameter on its own, all in one batch of draws.

    Where one share of a Dirichlet group is varied, the others move in proportion, so that the
    group still adds up to 1.

    Raises
    ------
    AnalysisError
        No parameter has a range.
    """
    base = base_values(assumptions)
    ranges = [
        (p, found)
        for p in assumptions.parameters
        if p.in_dsa and (found := input_range(assumptions, p)) is not None
    ]
    if not ranges:
        raise AnalysisError(
            "no parameter can be varied: give at least one In DSA yes and Low and High, or a "
            "Distribution, in the Parameters sheet"
        )
    n = 1 + 2 * len(ranges)
    varied: dict[str, Array] = {}
    for k, (parameter, ends) in enumerate(ranges):
        draws = slice(1 + 2 * k, 3 + 2 * k)
        column = varied.setdefault(parameter.key, np.full(n, np.nan))
        column[draws] = ends
        if parameter.distribution == "dirichlet":
            for other in assumptions.parameters:
                if other.key != parameter.key and (other.distribution, other.group) == (
                    "dirichlet",
                    parameter.group,
                ):
                    rest = 1 - base[parameter.key]
                    moved = varied.setdefault(other.key, np.full(n, np.nan))
                    moved[draws] = base[other.key] * (1 - np.array(ends)) / rest
    outcomes = evaluate(assumptions, draws_with(assumptions, varied, n))
    inputs = np.array([(base[p.key], *ends) for p, ends in ranges])
    return Tornado(
        assumptions,
        assumptions.threshold.value,
        outcomes,
        tuple(p for p, _ in ranges),
        inputs,
    )
