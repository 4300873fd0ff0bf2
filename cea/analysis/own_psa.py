"""Draws of another tool, as an analysis of the same decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision import Acceptability, acceptability, acceptability_table
from cea.analysis.pairs import strategy_at, willingness
from cea.arrays import Array, ReadOnly, read_only
from cea.assumptions import Strategy, Threshold
from cea.errors import AnalysisError, nearest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_STEPS = 100  # of the curves over willingness to pay


@dataclass(frozen=True)
class OwnSettings:
    """What the draws themselves do not say."""

    currency: str = ""
    voi_incidence: float | None = None
    voi_horizon_years: float | None = None
    voi_discount_rate: float | None = None


@dataclass(frozen=True)
class OwnDecision:
    """The decision that the draws are about."""

    settings: OwnSettings
    thresholds: tuple[Threshold, ...]
    strategies: tuple[Strategy, ...]
    reference: int

    @property
    def threshold(self) -> Threshold:
        """The headline threshold."""
        return self.thresholds[0]

    @property
    def strategy_names(self) -> tuple[str, ...]:
        """Names of the strategies."""
        return tuple(strategy.name for strategy in self.strategies)


@dataclass(frozen=True, eq=False)
class OwnOutcomes(ReadOnly):
    """Costs and QALYs of every draw, shape (n, S) each."""

    cost: Array
    total_qaly: Array


@dataclass(frozen=True, eq=False)
class OwnPsa(ReadOnly):
    """A PSA made elsewhere.

    Attributes
    ----------
    assumptions
        The decision.
    outcomes
        Costs and QALYs.
    names, values
        The inputs, shape (n, k).
    sets
        Named sets of inputs.
    """

    assumptions: OwnDecision
    outcomes: OwnOutcomes
    names: tuple[str, ...]
    values: Array
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of draws."""
        return len(self.values)

    @property
    def sampling(self) -> str:
        """Not known."""
        return ""

    @cached_property
    def ceac_thresholds(self) -> Array:
        """From 0 to twice the highest threshold, the thresholds among them, shape (K,)."""
        own = [threshold.value for threshold in self.assumptions.thresholds]
        return read_only(np.unique(np.append(np.linspace(0, 2 * max(own), _STEPS + 1), own)))

    @cached_property
    def acceptability(self) -> Acceptability:
        """CEAC, CEAF, expected loss and EVPI on `ceac_thresholds`."""
        return acceptability(self.outcomes.cost, self.outcomes.total_qaly, self.ceac_thresholds)

    def acceptability_at(self, threshold: float) -> Acceptability:
        """Return the same at one threshold."""
        at = np.array([threshold], dtype=float)
        return acceptability(self.outcomes.cost, self.outcomes.total_qaly, at)

    @property
    def ceac(self) -> pd.DataFrame:
        """The acceptability curves, one row for each threshold and strategy."""
        return acceptability_table(self.acceptability, self.assumptions.strategy_names)

    def plot_ceac(self) -> Figure:
        """Acceptability curves and frontier."""
        from cea.report import charts

        return charts.ceac(self)

    def plot_evpi(self) -> Figure:
        """Expected value of perfect information by threshold."""
        from cea.report import charts

        return charts.evpi(self)


def own_psa(
    inputs: dict[str, Array],
    *,
    cost: dict[str, Array],
    qaly: dict[str, Array],
    thresholds: tuple[float, ...],
    reference: str = "",
    settings: OwnSettings | None = None,
    sets: dict[str, tuple[str, ...]] | None = None,
) -> OwnPsa:
    """Make an analysis of draws from any tool.

    Parameters
    ----------
    inputs
        Draws of each input, shape (n,).
    cost, qaly
        Draws of each strategy's total, shape (n,), the same strategies in both.
    thresholds
        Willingness to pay per QALY; the first is the headline.
    reference
        The strategy compared with; the first one if blank.
    settings
        Currency and population.
    sets
        Inputs to learn together, by the name of the set.

    Raises
    ------
    AnalysisError
        No input; fewer than two strategies, or not the same in cost and qaly; draws that are not
        finite numbers, or not as many of each; no threshold above 0; an unknown reference or input;
        a set of none.
    """
    names = tuple(cost)
    if len(names) < 2:
        raise AnalysisError(f"draws of {len(names)} strategy: a decision needs two or more")
    if set(names) != set(qaly):
        raise AnalysisError(
            f"costs of {', '.join(names)}, but QALYs of {', '.join(qaly)}; give both of every "
            "strategy"
        )
    if not inputs:
        raise AnalysisError("no input: give the draws of one or more")
    _refuse_unequal(inputs, cost, qaly)
    if not max((willingness(threshold) for threshold in thresholds), default=0.0) > 0:
        raise AnalysisError("give at least one willingness to pay above 0, e.g. 30000")
    for name, members in (sets or {}).items():
        if not members:
            raise AnalysisError(f"set '{name}': no input; name one or more, or leave the set out")
        for member in members:
            if member not in inputs:
                raise AnalysisError(
                    f"set '{name}': no input '{member}'; {nearest(member, list(inputs))}"
                )
    decision = OwnDecision(
        settings or OwnSettings(),
        tuple(Threshold(f"Threshold {k + 1}" if len(thresholds) > 1 else "Threshold", x)
              for k, x in enumerate(thresholds)),
        tuple(Strategy(name, name) for name in names),
        0,
    )  # fmt: skip
    if reference:
        decision = replace(decision, reference=strategy_at(decision, reference))
    outcomes = OwnOutcomes(
        _columns(cost[name] for name in names), _columns(qaly[name] for name in names)
    )
    values = _columns(inputs.values())
    return OwnPsa(decision, outcomes, tuple(inputs), values, dict(sets or {}))


def _columns(draws: Iterable[Array]) -> Array:
    return np.column_stack([np.asarray(column, dtype=float) for column in draws])


def _refuse_unequal(
    inputs: dict[str, Array], cost: dict[str, Array], qaly: dict[str, Array]
) -> None:
    """Refuse draws that are not finite numbers, or not the same number of each."""
    size: int | None = None
    for what, columns in (("input", inputs), ("cost of", cost), ("QALYs of", qaly)):
        for name, column in columns.items():
            try:
                draws = np.asarray(column, dtype=float)
            except (TypeError, ValueError):
                raise AnalysisError(f"{what} '{name}': not numbers") from None
            if draws.ndim != 1:
                raise AnalysisError(f"{what} '{name}': give one number a draw, shape (n,)")
            size = len(draws) if size is None else size
            if len(draws) != size:
                raise AnalysisError(
                    f"{what} '{name}': {len(draws):,} draws, but of '{next(iter(inputs))}' "
                    f"{size:,}; give every draw one of each"
                )
            wrong = np.flatnonzero(~np.isfinite(draws))
            if len(wrong):
                raise AnalysisError(
                    f"{what} '{name}': {draws[wrong[0]]} in draw {wrong[0] + 1}; every draw needs "
                    "a finite number"
                )
    if size is not None and size < 2:
        raise AnalysisError(f"{size} draw{'s' * (size != 1)}: nothing varies; give 2 or more")
