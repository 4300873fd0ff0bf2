"""Scenario analyses: the base case of edited assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision import Increment, increment
from cea.analysis.psa import Psa, psa
from cea.assumptions import Assumptions
from cea.model.evaluate import evaluate
from cea.model.outcomes import Outcomes
from cea.parameters.draws import base_draw

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ScenarioResult:
    """One scenario's outcomes, one draw, and its probabilistic analysis where asked for."""

    name: str
    label: str
    changes: tuple[str, ...]
    assumptions: Assumptions
    outcomes: Outcomes
    psa: Psa | None = None

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
        strategy; inmb_change from the base case, blank where the comparator is another one.
        With a PSA also psa_incremental_cost, psa_incremental_qaly, psa_icer, psa_inmb (of the
        means) and psa_probability, of being the most cost-effective at the headline threshold.
        """
        import pandas as pd

        rows = []
        for result in self.results:
            o, r = result.outcomes, result.assumptions.reference
            for s, name in enumerate(o.strategies):
                pair = result.against_reference(s)
                row: dict[str, object] = {
                    "scenario": result.name,
                    "label": result.label,
                    "changes": "; ".join(result.changes),
                    "strategy": name,
                    "cost": o.cost[0, s],
                    "ly": o.total_ly[0, s],
                    "qaly": o.total_qaly[0, s],
                    "incremental_cost": pair.cost,
                    "incremental_ly": o.total_ly[0, s] - o.total_ly[0, r],
                    "incremental_qaly": pair.effect,
                    "icer": np.nan if pair.icer is None else pair.icer,
                    "status": "reference" if s == r else str(pair.verdict),
                    "inmb": result.inmb(s),
                    "inmb_change": self._change(result, s),
                }
                if result.psa is not None:
                    row |= _psa_columns(result.psa, s)
                rows.append(row)
        return pd.DataFrame(rows)

    def _change(self, result: ScenarioResult, strategy: int) -> float:
        """Change of the incremental net benefit from the base case."""
        if result.assumptions.reference != self.assumptions.reference:
            return float("nan")
        return result.inmb(strategy) - self.results[0].inmb(strategy)

    @property
    def idle(self) -> tuple[str, ...]:
        """Names of the scenarios that leave every result of the base case as it is."""
        base = self.results[0].outcomes
        return tuple(
            result.name
            for result in self.results[1:]
            if np.array_equal(result.outcomes.cost, base.cost)
            and np.array_equal(result.outcomes.qaly, base.qaly)
        )


def _psa_columns(psa: Psa, strategy: int) -> dict[str, object]:
    pair = psa.mean_increment(strategy)
    threshold = psa.assumptions.threshold.value
    return {
        "psa_incremental_cost": pair.cost,
        "psa_incremental_qaly": pair.effect,
        "psa_icer": np.nan if pair.icer is None else pair.icer,
        "psa_inmb": threshold * pair.effect - pair.cost,
        "psa_probability": psa.acceptability_at(threshold).probability[0, strategy],
    }


def scenarios(assumptions: Assumptions, draws: int | None = None) -> Scenarios:
    """Run the base case and every scenario of the workbook.

    Parameters
    ----------
    assumptions
        What is assumed, the scenarios among it.
    draws
        Draws of a probabilistic analysis of each, with the same seed; None: none.

    Raises
    ------
    AnalysisError
        As `base_case` and `psa` do.
    """

    def run(name: str, label: str, changes: tuple[str, ...], edited: Assumptions) -> ScenarioResult:
        outcomes = evaluate(edited, base_draw(edited))
        sampled = None if draws is None else psa(edited, draws)
        return ScenarioResult(name, label, changes, edited, outcomes, sampled)

    return Scenarios(
        assumptions,
        (
            run("base", "Base case", (), assumptions),
            *(run(s.name, s.label, s.changes, s.assumptions) for s in assumptions.scenarios),
        ),
    )
