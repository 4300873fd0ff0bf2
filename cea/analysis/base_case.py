"""The base case: one draw, with everything it consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision import FrontierRow, Increment, frontier
from cea.analysis.pairs import Pair, gains
from cea.arrays import Array, ReadOnly, read_only, seal
from cea.assumptions import Assumptions
from cea.formula import Expression
from cea.model.evaluate import Cohort, Model, evaluate
from cea.model.grid import TimeGrid, average_occupancy
from cea.model.outcomes import LY_PARTS, QALY_PARTS, Outcomes
from cea.parameters.draws import Draws, base_draw

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class BaseCase(ReadOnly):
    """Deterministic results, discounted and not, with the cohorts behind them.

    Attributes
    ----------
    assumptions, draws
        What was run: one draw, at the base-case values.
    outcomes, undiscounted
        Costs and effects with the discount rates of the settings, and at 0%.
    cohorts
        Curves, occupancies and transition probabilities by strategy, each of shape (1, ...).
    input_curves
        Survival before background mortality and the cap at OS, by (strategy, end point),
        shape (T+1,).
    grid
        Cycle boundaries.
    """

    assumptions: Assumptions
    draws: Draws
    outcomes: Outcomes
    undiscounted: Outcomes
    cohorts: Mapping[str, Cohort]
    input_curves: Mapping[tuple[str, str], Array]
    grid: TimeGrid

    def __post_init__(self) -> None:
        """Take read-only views of the arrays; the engine makes too many cohorts to do it there."""
        super().__post_init__()
        for cohort in self.cohorts.values():
            for part in (cohort, cohort.curves, cohort.transitions):
                if part is not None:
                    seal(part)

    @property
    def cost(self) -> Array:
        """Discounted cost of each strategy, shape (S,)."""
        return np.asarray(self.outcomes.cost[0])

    @property
    def ly(self) -> Array:
        """Discounted life-years of each strategy, shape (S,)."""
        return np.asarray(self.outcomes.total_ly[0])

    @property
    def qaly(self) -> Array:
        """Discounted QALYs of each strategy, shape (S,)."""
        return np.asarray(self.outcomes.total_qaly[0])

    def against_reference(self, strategy: int) -> Increment:
        """Judge a strategy (position) against the reference strategy."""
        return gains(self.outcomes, Pair(strategy, self.assumptions.reference)).increment(0)

    @cached_property
    def frontier(self) -> tuple[FrontierRow, ...]:
        """The fully incremental analysis, sorted by cost."""
        return tuple(frontier(self.cost.tolist(), self.qaly.tolist()))

    @cached_property
    def implied_os(self) -> Mapping[str, Array]:
        """Overall survival that the cohort shows, by strategy, shape (T+1,)."""
        return {name: read_only(cohort.alive[0]) for name, cohort in self.cohorts.items()}

    @property
    def totals(self) -> pd.DataFrame:
        """One row a strategy: discounted totals, then what they consist of, then undiscounted.

        Columns: strategy, cost, ly, qaly, cost_<category>..., ly_<state>..., qaly_<part>...,
        undiscounted_cost, undiscounted_ly, undiscounted_qaly.
        """
        import pandas as pd

        names = list(self.outcomes.strategies)
        table = pd.DataFrame(
            {"strategy": names, "cost": self.cost, "ly": self.ly, "qaly": self.qaly}
        )
        by_category = self.costs.pivot_table(
            index="strategy", columns="category", values="discounted", aggfunc="sum", sort=False
        ).reindex(names)
        for category in by_category.columns:
            table[f"cost_{category}"] = by_category[category].fillna(0.0).to_numpy()
        for measure, parts, values in (
            ("ly", LY_PARTS, self.outcomes.ly[0]),
            ("qaly", QALY_PARTS, self.outcomes.qaly[0]),
        ):
            for k, part in enumerate(parts):
                table[f"{measure}_{part}"] = values[:, k]
        table["undiscounted_cost"] = self.undiscounted.cost[0]
        table["undiscounted_ly"] = self.undiscounted.total_ly[0]
        table["undiscounted_qaly"] = self.undiscounted.total_qaly[0]
        return table

    @property
    def costs(self) -> pd.DataFrame:
        """One row a cost line: strategy, category, item, place, discounted, undiscounted."""
        import pandas as pd

        return pd.DataFrame(
            {
                "strategy": [line.strategy for line in self.outcomes.lines],
                "category": [line.category for line in self.outcomes.lines],
                "item": [line.item for line in self.outcomes.lines],
                "place": [line.place for line in self.outcomes.lines],
                "discounted": self.outcomes.costs[0],
                "undiscounted": self.undiscounted.costs[0],
            }
        )

    @property
    def effects(self) -> pd.DataFrame:
        """Life-years and QALYs by part: strategy, measure, part, discounted, undiscounted."""
        import pandas as pd

        rows = []
        for s, name in enumerate(self.outcomes.strategies):
            for measure, parts, found, flat in (
                ("LY", LY_PARTS, self.outcomes.ly, self.undiscounted.ly),
                ("QALY", QALY_PARTS, self.outcomes.qaly, self.undiscounted.qaly),
            ):
                rows += [
                    (name, measure, part, found[0, s, k], flat[0, s, k])
                    for k, part in enumerate(parts)
                ]
        return pd.DataFrame(
            rows, columns=["strategy", "measure", "part", "discounted", "undiscounted"]
        )

    @property
    def incremental(self) -> pd.DataFrame:
        """The fully incremental table, sorted by cost.

        Columns: strategy, cost, ly, qaly; incremental_cost, incremental_ly, incremental_qaly and
        icer against the next cheaper strategy on the frontier, with status in words; the same
        against the reference strategy, with ``_vs_reference``. An ICER without meaning is blank.
        """
        import pandas as pd

        names, r = self.outcomes.strategies, self.assumptions.reference
        rows = []
        for row in self.frontier:
            i, against = row.position, row.against
            step = [np.nan] * 3 if against is None else [
                float(x[i] - x[against]) for x in (self.cost, self.ly, self.qaly)
            ]  # fmt: skip
            pair = self.against_reference(i)
            rows.append(
                (
                    names[i], self.cost[i], self.ly[i], self.qaly[i], *step,
                    np.nan if row.icer is None else row.icer,
                    "" if row.verdict == "reference" else str(row.verdict),
                    pair.cost, float(self.ly[i] - self.ly[r]), pair.effect,
                    np.nan if pair.icer is None else pair.icer,
                    "reference" if i == r else str(pair.verdict),
                )
            )  # fmt: skip
        step_columns = ["incremental_cost", "incremental_ly", "incremental_qaly", "icer", "status"]
        return pd.DataFrame(
            rows,
            columns=[
                "strategy", "cost", "ly", "qaly", *step_columns,
                *(f"{column}_vs_reference" for column in step_columns),
            ],
        )  # fmt: skip

    @property
    def net_benefit(self) -> pd.DataFrame:
        """Net benefit at each threshold.

        Columns: label, threshold, strategy, nmb (threshold x QALY - cost), nhb (QALY - cost /
        threshold; blank at a threshold of 0), inmb and inhb against the reference strategy.
        """
        import pandas as pd

        r = self.assumptions.reference
        rows = []
        for threshold in self.assumptions.thresholds:
            nmb = threshold.value * self.qaly - self.cost
            nhb = self.qaly - self.cost / threshold.value if threshold.value else nmb * np.nan
            rows += [
                (threshold.label, threshold.value, name, nmb[s], nhb[s], nmb[s] - nmb[r],
                 nhb[s] - nhb[r])
                for s, name in enumerate(self.outcomes.strategies)
            ]  # fmt: skip
        return pd.DataFrame(
            rows, columns=["label", "threshold", "strategy", "nmb", "nhb", "inmb", "inhb"]
        )

    @property
    def trace(self) -> pd.DataFrame:
        """The Markov trace: strategy, cycle, month, progression_free, progressed, dead."""
        import pandas as pd

        tables = [
            pd.DataFrame(
                {
                    "strategy": name,
                    "cycle": np.arange(self.grid.cycles + 1),
                    "month": self.grid.t,
                    "progression_free": cohort.progression_free[0],
                    "progressed": cohort.progressed[0],
                    "dead": 1.0 - cohort.alive[0],
                }
            )
            for name, cohort in self.cohorts.items()
        ]
        return pd.concat(tables, ignore_index=True)

    @property
    def transitions(self) -> pd.DataFrame:
        """Transition probabilities and average occupancy of each cycle.

        Columns: strategy, cycle, month, pf_to_pd, pf_to_dead, pd_to_dead (blank in partitioned
        survival, which has none), average_progression_free, average_progressed.
        """
        import pandas as pd

        rule = self.assumptions.settings.within_cycle_correction
        tables = []
        for name, cohort in self.cohorts.items():
            made = cohort.transitions
            table = {
                "strategy": name,
                "cycle": np.arange(self.grid.cycles),
                "month": self.grid.t[:-1],
                "pf_to_pd": np.nan if made is None else made.pf_to_pd[0],
                "pf_to_dead": np.nan if made is None else made.pf_to_dead[0],
                "pd_to_dead": np.nan if made is None else made.pd_to_dead[0],
                "average_progression_free": average_occupancy(rule, cohort.progression_free)[0],
                "average_progressed": average_occupancy(rule, cohort.progressed)[0],
            }
            tables.append(pd.DataFrame(table))
        return pd.concat(tables, ignore_index=True)

    def plot_survival(self) -> Figure:
        """Survival curves of every strategy, with the cap of PFS at OS where it binds."""
        from cea.report import charts

        return charts.survival(self)

    def plot_trace(self, strategy: str | None = None) -> Figure:
        """Markov trace of a strategy; of all side by side without one."""
        from cea.report import charts

        return charts.trace(self, strategy)

    def plot_costs(self) -> Figure:
        """Costs of every strategy by category."""
        from cea.report import charts

        return charts.costs(self)

    def plot_frontier(self) -> Figure:
        """Efficiency frontier."""
        from cea.report import charts

        return charts.efficiency_frontier(self)


def base_case(assumptions: Assumptions) -> BaseCase:
    """Run the model at the base-case values.

    Raises
    ------
    AnalysisError
        An input has no finite value, or a curve does not exist.
    """
    draws = base_draw(assumptions)
    none = Expression.constant(0.0)
    flat = replace(
        assumptions,
        settings=replace(
            assumptions.settings, discount_rate_costs=none, discount_rate_effects=none
        ),
    )
    model, everything = Model(assumptions, draws), slice(0, 1)
    hazards = model.curve_model.hazards(everything)
    return BaseCase(
        assumptions,
        draws,
        evaluate(assumptions, draws),
        evaluate(flat, draws),
        {
            name: model.cohort(name, hazards, everything, transitions=True)
            for name in assumptions.strategy_names
        },
        {key: np.exp(-hazard[0]) for key, hazard in hazards.items()},
        model.grid,
    )
