"""Results by subgroup of the patients, and of all of them: weighted by the subgroups' shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision import (
    FrontierRow,
    Increment,
    frontier,
)
from cea.analysis.draws_notes import rising_utilities
from cea.analysis.pairs import Gains, Pair, gained
from cea.analysis.sampled import Sampled
from cea.arrays import Array, ReadOnly
from cea.assumptions import Assumptions
from cea.errors import AnalysisError
from cea.model.evaluate import evaluate
from cea.model.outcomes import Outcomes
from cea.parallel import Progress
from cea.parameters.draws import base_draw
from cea.parameters.sampling import sample_together

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

WEIGHTED = "weighted"


@dataclass(frozen=True, eq=False)
class Totals(ReadOnly):
    """Discounted totals of every strategy for n draws, shape (n, S) each."""

    cost: Array
    ly: Array
    qaly: Array

    @classmethod
    def of(cls, outcomes: Outcomes) -> Totals:
        """Take the totals of outcomes."""
        return cls(outcomes.cost, outcomes.total_ly, outcomes.total_qaly)

    def gains(self, strategy: int, against: int) -> Gains:
        """Return what one strategy (position) gains over another."""
        return gained(self.cost, self.qaly, self.ly, Pair(strategy, against))

    def net_benefit(self, threshold: float) -> Array:
        """Expected net benefit of each strategy, shape (S,)."""
        return np.asarray((threshold * self.qaly - self.cost).mean(axis=0))


@dataclass(frozen=True, eq=False)
class Group:
    """A subgroup, or all of them weighted: its base case, one draw, and its PSA if there is one."""

    name: str
    label: str
    weight: float
    changes: tuple[str, ...]
    base: Totals
    draws: Totals | None = None


@dataclass(frozen=True, eq=False)
class Subgroups:
    """Results of every subgroup, and weighted.

    Attributes
    ----------
    groups
        The subgroups, in the order of the workbook.
    weighted
        Costs and effects added up by weight, draw by draw. Ratios and probabilities follow from
        these sums: they are never averages of the subgroups' own.
    seed
        Of the PSA.
    warnings
        What a reviewer should know of the draws.
    """

    assumptions: Assumptions
    groups: tuple[Group, ...]
    weighted: Group
    seed: int
    warnings: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Group, ...]:
        """The subgroups, then the weighted results."""
        return *self.groups, self.weighted

    @property
    def n(self) -> int:
        """Number of PSA draws; 0 without a PSA."""
        return 0 if self.weighted.draws is None else len(self.weighted.draws.cost)

    @property
    def threshold(self) -> float:
        """The headline threshold, common to all subgroups."""
        return self.assumptions.threshold.value

    def increment(self, group: Group, strategy: int) -> Increment:
        """Judge a strategy (position) against the reference in the base case of a group."""
        return group.base.gains(strategy, self.assumptions.reference).increment(0)

    def place(self, group: Group, strategy: int) -> FrontierRow:
        """Place a strategy (position) in the fully incremental analysis of a group."""
        rows = frontier(group.base.cost[0].tolist(), group.base.qaly[0].tolist())
        return next(row for row in rows if row.position == strategy)

    def inmb(self, group: Group, strategy: int) -> float:
        """Incremental net benefit at the headline threshold in the base case of a group."""
        return float(group.base.gains(strategy, self.assumptions.reference).inmb(self.threshold)[0])

    def sampled(self, group: Group, strategy: int) -> Sampled | None:
        """What a group's PSA says of a strategy against the reference; None without one."""
        if group.draws is None:
            return None
        cost, qaly = group.draws.cost, group.draws.qaly
        return Sampled.of(cost, qaly, strategy, self.assumptions.reference, self.threshold)

    @cached_property
    def idle(self) -> tuple[str, ...]:
        """Labels of the subgroups whose edits leave every result of the base case as it is."""
        whole = Totals.of(evaluate(self.assumptions, base_draw(self.assumptions)))
        return tuple(
            group.label
            for group in self.groups
            if group.changes
            and all(
                np.array_equal(getattr(group.base, name), getattr(whole, name))
                for name in ("cost", "ly", "qaly")
            )
        )

    @cached_property
    def gain_of_choosing(self) -> float:
        """Net benefit for each patient of choosing by subgroup rather than for all alike.

        The static value of heterogeneity (Espinoza et al. 2014): sum over groups of weight x best
        net benefit, less the best of the weighted net benefits; never below 0. From the means of
        the PSA where there is one.
        """
        benefit = [
            (group.base if group.draws is None else group.draws).net_benefit(self.threshold)
            for group in self.groups
        ]
        by_group = sum(g.weight * b.max() for g, b in zip(self.groups, benefit, strict=True))
        alike = sum(g.weight * b for g, b in zip(self.groups, benefit, strict=True))
        return float(by_group - np.max(alike))

    @property
    def table(self) -> pd.DataFrame:
        """One row for each subgroup and strategy; the weighted results last.

        Columns: subgroup, label, weight, changes, strategy, cost, ly, qaly; incremental_cost,
        incremental_ly, incremental_qaly, icer, status and inmb against the reference;
        frontier_icer and frontier_status in the fully incremental analysis. With a PSA also
        psa_incremental_cost, psa_incremental_qaly, psa_icer, psa_status, psa_inmb, psa_inmb_low,
        psa_inmb_high and psa_probability, of being the most cost-effective at the headline
        threshold.
        """
        import pandas as pd

        return pd.DataFrame(
            [
                self._row(group, s, name)
                for group in self.rows
                for s, name in enumerate(self.assumptions.strategy_names)
            ]
        )

    def _row(self, group: Group, strategy: int, name: str) -> dict[str, object]:
        r, s = self.assumptions.reference, strategy
        pair, place = self.increment(group, s), self.place(group, s)
        cost, ly, qaly = (x[0] for x in (group.base.cost, group.base.ly, group.base.qaly))
        row: dict[str, object] = {
            "subgroup": group.name,
            "label": group.label,
            "weight": group.weight,
            "changes": "; ".join(group.changes),
            "strategy": name,
            "cost": cost[s],
            "ly": ly[s],
            "qaly": qaly[s],
            "incremental_cost": pair.cost,
            "incremental_ly": ly[s] - ly[r],
            "incremental_qaly": pair.effect,
            "icer": np.nan if pair.icer is None else pair.icer,
            "status": "reference" if s == r else str(pair.verdict),
            "inmb": self.inmb(group, s),
            "frontier_icer": np.nan if place.icer is None else place.icer,
            "frontier_status": str(place.verdict),
        }
        if (drawn := self.sampled(group, s)) is not None:
            row |= drawn.columns()
            row["psa_status"] = "reference" if s == r else row["psa_status"]
        return row

    def plot_subgroups(self, strategy: str | None = None) -> Figure:
        """Incremental net benefit by subgroup; of the first strategy but the reference."""
        from cea.report import charts

        return charts.subgroups(self, strategy)


def subgroups(
    assumptions: Assumptions,
    draws: int | None = None,
    *,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Subgroups:
    """Run every subgroup, and weigh the results, in the base case and in every draw.

    Parameters
    ----------
    assumptions
        With subgroups.
    draws, seed
        Take the place of psa_draws and psa_seed. Without a sampled parameter there is no PSA.
    progress
        Called with (draws done, draws in all), anew for each subgroup.

    Raises
    ------
    AnalysisError
        There are no subgroups; fewer than 2 draws; or as `evaluate` does.
    """
    if not assumptions.subgroups:
        raise AnalysisError(
            "the workbook has no subgroups: list them in the sheet Subgroups, each with its share "
            "of the patients and the cells that differ"
        )
    if draws is not None and draws < 2:
        raise AnalysisError(f"a PSA of {draws} draws says nothing; ask for 2 or more")
    settings = assumptions.settings
    n, seed = draws or settings.psa_draws, settings.psa_seed if seed is None else seed
    parts = [group.assumptions for group in assumptions.subgroups]
    base = [Totals.of(evaluate(part, base_draw(part))) for part in parts]
    sampled: list[Totals | None] = [None] * len(parts)
    warnings: list[str] = []
    if any(parameter.sampled for part in parts for parameter in part.parameters):
        samples = sample_together(parts, n, seed, progress)
        for k, (part, drawn) in enumerate(zip(parts, samples, strict=True)):
            outcomes = evaluate(part, drawn.draws, progress)
            sampled[k] = Totals.of(outcomes)
            label = assumptions.subgroups[k].label
            every = *rising_utilities(part, drawn.draws), *drawn.notes, *outcomes.warnings
            warnings += [f"{label}: {said}" for said in every]
    groups = tuple(
        Group(group.name, group.label, group.weight, group.changes, one, many)
        for group, one, many in zip(assumptions.subgroups, base, sampled, strict=True)
    )
    return Subgroups(assumptions, groups, _weighted(groups), seed, tuple(dict.fromkeys(warnings)))


def _weighted(groups: tuple[Group, ...]) -> Group:
    """Add up costs and effects by weight."""

    def total(values: Callable[[Group], Totals]) -> Totals:
        parts = [(group.weight, values(group)) for group in groups]
        cost, ly, qaly = (
            np.sum([w * getattr(part, name) for w, part in parts], axis=0)
            for name in ("cost", "ly", "qaly")
        )
        return Totals(cost, ly, qaly)

    draws = None
    if all(group.draws is not None for group in groups):
        draws = total(_draws)
    weight = sum(group.weight for group in groups)
    return Group(WEIGHTED, "All, weighted", weight, (), total(lambda group: group.base), draws)


def _draws(group: Group) -> Totals:
    assert group.draws is not None
    return group.draws
