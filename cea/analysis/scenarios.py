"""Scenario analyses: the base case of edited assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision import Increment, increment
from cea.assumptions import Assumptions
from cea.model.evaluate import evaluate
from cea.model.outcomes import Outcomes
from cea.parameters.draws import base_draw

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ScenarioResult:
    """One scenario's outcomes, one draw."""

    name: str
    label: str
    changes: tuple[str, ...]
    assumptions: Assumptions
    outcomes: Outcomes

    def against_reference(self, strategy: int) -> Increment:
        """Judge a strategy (position) against this scenario's reference strategy."""
        r = self.assumptions.reference
        cost, qaly = self.outcomes.cost[0], self.outcomes.total_qaly[0]
        return increment(float(cost[strategy] - cost[r]), float(qaly[strategy] - qaly[r]))

    def inmb(self, strategy: int) -> float:
        """Incremental net benefit at this scenario's headline threshold."""
        pair = self.against_reference(strategy)
        return self.assumptions.threshold.value * pair.effect - pair.cost


@dataclass(frozen=True)
class Scenarios:
    """Results of every scenario; the first is the base case."""

    assumptions: Assumptions
    results: tuple[ScenarioResult, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row for each scenario and strategy; the base case first.

        Columns: scenario, label, changes, strategy, cost, ly, qaly; incremental_cost,
        incremental_ly, incremental_qaly, icer, status and inmb against the scenario's reference
        strategy; inmb_change from the base case.
        """
        import pandas as pd

        rows = []
        for result in self.results:
            o, r = result.outcomes, result.assumptions.reference
            for s, name in enumerate(o.strategies):
                pair = result.against_reference(s)
                rows.append(
                    (result.name, result.label, "; ".join(result.changes), name, o.cost[0, s],
                     o.total_ly[0, s], o.total_qaly[0, s], pair.cost,
                     o.total_ly[0, s] - o.total_ly[0, r], pair.effect,
                     np.nan if pair.icer is None else pair.icer,
                     "reference" if s == r else str(pair.verdict),
                     result.inmb(s), result.inmb(s) - self.results[0].inmb(s))
                )  # fmt: skip
        return pd.DataFrame(
            rows,
            columns=["scenario", "label", "changes", "strategy", "cost", "ly", "qaly",
                     "incremental_cost", "incremental_ly", "incremental_qaly", "icer", "status",
                     "inmb", "inmb_change"],
        )  # fmt: skip


def scenarios(assumptions: Assumptions) -> Scenarios:
    """Run the base case and every scenario of the workbook."""

    def run(name: str, label: str, changes: tuple[str, ...], edited: Assumptions) -> ScenarioResult:
        return ScenarioResult(name, label, changes, edited, evaluate(edited, base_draw(edited)))

    return Scenarios(
        assumptions,
        (
            run("base", "Base case", (), assumptions),
            *(run(s.name, s.label, s.changes, s.assumptions) for s in assumptions.scenarios),
        ),
    )
