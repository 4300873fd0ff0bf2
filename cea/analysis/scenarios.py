"""Scenario analyses: the base case of edited assumptions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision import Increment, Verdict
from cea.analysis.pairs import Pair, gains
from cea.analysis.psa import Psa, psa
from cea.analysis.sampled import Sampled
from cea.assumptions import BASE, BASE_LABEL, Assumptions
from cea.model.evaluate import evaluate
from cea.model.outcomes import Outcomes
from cea.parallel import HERE, Progress, Workers
from cea.parameters.draws import base_draw
from cea.parameters.sampling import Recall

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Change:
    """How far a comparison moved: each change, and its share of what it was, NaN if unknown."""

    before: Increment
    after: Increment

    @property
    def cost(self) -> tuple[float, float]:
        """Change of the incremental cost."""
        return _moved(self.before.cost, self.after.cost)

    @property
    def qaly(self) -> tuple[float, float]:
        """Change of the incremental QALYs."""
        return _moved(self.before.effect, self.after.effect)

    @property
    def icer(self) -> tuple[float, float]:
        """Change of the ICER, where both are costs per QALY gained."""
        pair = self.before, self.after
        if any(one.verdict is not Verdict.TRADE_OFF for one in pair):
            return float("nan"), float("nan")
        return _moved(*(one.cost / one.effect for one in pair))


def _moved(before: float, after: float) -> tuple[float, float]:
    change = after - before
    return change, change / abs(before) if before else float("nan")


@dataclass(frozen=True, eq=False)
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
        return gains(self.outcomes, Pair(strategy, self.assumptions.reference)).increment(0)

    def inmb(self, strategy: int) -> float:
        """Incremental net benefit at this scenario's headline threshold."""
        pair = self.against_reference(strategy)
        return self.assumptions.threshold.value * pair.effect - pair.cost

    def sampled(self, strategy: int) -> Sampled | None:
        """What this scenario's PSA says of a strategy against the reference; None without one."""
        if self.psa is None:
            return None
        a, o = self.assumptions, self.psa.outcomes
        return Sampled.of(o.cost, o.total_qaly, strategy, a.reference, a.threshold.value)


@dataclass(frozen=True, eq=False)
class Scenarios:
    """Results of every scenario; the first is the base case."""

    assumptions: Assumptions
    results: tuple[ScenarioResult, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row for each scenario and strategy; the base case first.

        Columns: scenario, label, changes, strategy, cost, ly, qaly; incremental_cost,
        incremental_ly, incremental_qaly, icer, status and inmb against the scenario's reference
        strategy. Changes from the base case, blank where the comparator is another one:
        incremental_cost_change, incremental_qaly_change, icer_change (where both are costs per
        QALY gained) and inmb_change; all but the last also in percent, with ``_percent``.
        With a PSA also psa_incremental_cost, psa_incremental_qaly, psa_icer, psa_status and
        psa_inmb of the means, psa_inmb_low and psa_inmb_high (95% interval) and psa_probability,
        of being the most cost-effective at the headline threshold.
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
                    **self._changes(result, s),
                    "inmb_change": self.inmb_change(result, s),
                }
                if (drawn := result.sampled(s)) is not None:
                    row |= drawn.columns()
                    row["psa_status"] = "reference" if s == r else row["psa_status"]
                rows.append(row)
        return pd.DataFrame(rows)

    def inmb_change(self, result: ScenarioResult, strategy: int) -> float:
        """Change of the incremental net benefit from the base case.

        Not a number where the comparator is another one.
        """
        if result.assumptions.reference != self.assumptions.reference:
            return float("nan")
        return result.inmb(strategy) - self.results[0].inmb(strategy)

    def change(self, result: ScenarioResult, strategy: int) -> Change | None:
        """Changes from the base case; None where the comparator is another one."""
        if result.assumptions.reference != self.assumptions.reference:
            return None
        return Change(
            self.results[0].against_reference(strategy), result.against_reference(strategy)
        )

    def _changes(self, result: ScenarioResult, strategy: int) -> dict[str, object]:
        change = self.change(result, strategy)
        row: dict[str, object] = {}
        for name in ("cost", "qaly", "icer"):
            moved, share = (np.nan, np.nan) if change is None else getattr(change, name)
            column = "icer_change" if name == "icer" else f"incremental_{name}_change"
            row |= {column: moved, f"{column}_percent": 100 * share}
        return row

    def ranked(self, strategy: int) -> list[ScenarioResult]:
        """Scenarios with the base case's comparator, the largest change of the INMB first."""
        found = [
            result
            for result in self.results[1:]
            if result.assumptions.reference == self.assumptions.reference
        ]
        return sorted(found, key=lambda result: -abs(self.inmb_change(result, strategy)))

    def plot_scenarios(self, strategy: str | None = None, top: int = 16) -> Figure:
        """Tornado of the scenarios; of the first strategy but the reference by default."""
        from cea.report import charts

        return charts.scenarios(self, strategy, top)

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


def scenarios(
    assumptions: Assumptions,
    draws: int | None = None,
    *,
    seed: int | None = None,
    progress: Progress | None = None,
    workers: Workers = HERE,
) -> Scenarios:
    """Run the base case and every scenario of the workbook.

    Parameters
    ----------
    assumptions
        What is assumed, the scenarios among it.
    draws
        Draws of a probabilistic analysis of each, with the same seed; None: none.
    seed
        Takes the place of each scenario's psa_seed.
    progress
        Called with (scenarios sampled, scenarios in all) now and then.
    workers
        Who runs the probabilistic analyses, one scenario a task.

    Raises
    ------
    AnalysisError
        As `base_case` and `psa` do.
    """
    edited: list[tuple[str, str, tuple[str, ...], Assumptions]] = [
        (BASE, BASE_LABEL, (), assumptions),
        *((s.name, s.label, s.changes, s.assumptions) for s in assumptions.scenarios),
    ]
    sampled: list[Psa | None] = [None] * len(edited)
    if draws is not None:
        # Without the scenarios, which an analysis of one of them does not need.
        tasks = [replace(found, scenarios=()) for *_, found in edited]
        # Scenarios differ in few parameters: here, what is common is inverted once.
        recall: Recall | None = {} if workers is HERE else None
        made = workers.map(_sampled, tasks, draws, seed, recall, progress=progress)
        sampled = [
            replace(psa, assumptions=found) for psa, (*_, found) in zip(made, edited, strict=True)
        ]
    return Scenarios(
        assumptions,
        tuple(
            ScenarioResult(*one, evaluate(one[-1], base_draw(one[-1])), psa)
            for one, psa in zip(edited, sampled, strict=True)
        ),
    )


def _sampled(assumptions: Assumptions, draws: int, seed: int | None, recall: Recall | None) -> Psa:
    """Do one task: the probabilistic analysis of a scenario."""
    return psa(assumptions, draws, seed=seed, recall=recall)
