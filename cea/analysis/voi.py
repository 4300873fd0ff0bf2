"""Value of information: what it would be worth to know more before deciding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision_draws import DecisionDraws
from cea.analysis.evppi import (
    Increments,
    PartialInformation,
    Question,
    influence,
    net_benefit,
)
from cea.analysis.input_sets import (
    ASSUMED,
    CURVE,
    NAMED,
    SINGLE,
    InputSet,
    clusters,
    related_by_design,
    sets_of,
)
from cea.analysis.own_psa import OwnPsa
from cea.analysis.population import Population
from cea.analysis.psa import Psa
from cea.analysis.regression import Inputs, decompose
from cea.arrays import Array, ReadOnly
from cea.errors import AnalysisError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_LEAST_DRAWS = 100
_STRATIFIED = ("sobol", "latin_hypercube")
_BENDS = 4  # functions of an input that stratified draws integrate all but exactly


@dataclass(frozen=True, eq=False)
class Voi(ReadOnly):
    """Value of perfect information, whole and in part.

    Attributes
    ----------
    decision
        The draws and what they decide.
    information
        What each set of inputs is worth.
    evpi, evpi_error
        Per patient at the workbook's thresholds, with its standard error, shape (k,).
    population
        Whom the decision is about; None where that is not stated.
    unsampled
        Labels of the parameters that rest on assumption and are not sampled.
    """

    decision: DecisionDraws
    information: tuple[PartialInformation, ...]
    evpi: Array
    evpi_error: Array
    population: Population | None
    unsampled: tuple[str, ...] = ()

    @property
    def singles(self) -> tuple[PartialInformation, ...]:
        """Single parameters and fitted curves, the most valuable at the headline first."""
        return _ranked(p for p in self.information if p.of.kind in (SINGLE, CURVE))

    @property
    def groups(self) -> tuple[PartialInformation, ...]:
        """Groups, named sets and all assumptions, the most valuable first."""
        return _ranked(p for p in self.information if p.of.kind not in (SINGLE, CURVE))

    def assumption_share(self, position: int = 0) -> float:
        """Share of the EVPI at a threshold (position) that assumptions alone are worth.

        0 where no sampled input is an assumption; NaN where there is no EVPI or no estimate.
        """
        found = [p for p in self.information if p.of.kind == ASSUMED]
        if not self.evpi[position] > 0:
            return float("nan")
        return float(found[0].evppi[position] / self.evpi[position]) if found else 0.0

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the estimates."""
        said = [f"EVPPI of {p.of.name}: {p.refused}" for p in self.information if p.refused]
        said += [
            f"EVPPI of {p.of.name}: the residuals of the regression still vary with "
            f"{p.structure}, so the estimate is likely to be too low"
            for p in self.information
            if p.structure
        ]
        noisy = [p.of.name for p in self.information if _mostly_noise(p)]
        if noisy:
            said.append(
                "EVPPI estimates that are mostly noise of the regression, which raises them (run "
                f"more draws): {'; '.join(noisy)}"
            )
        if self.unsampled and any(p.of.kind == ASSUMED for p in self.information):
            said.append(
                "Inputs that rest on assumption and are not sampled, so that no value of "
                f"information counts them: {'; '.join(self.unsampled)}"
            )
        return tuple(said)

    @property
    def evpi_table(self) -> pd.DataFrame:
        """EVPI at the thresholds, one row each.

        Columns: label, threshold, evpi, standard_error, population_evpi (blank where no population
        is stated), assumption_share (of the EVPI, in the inputs that rest on assumption).
        """
        import pandas as pd

        thresholds = self.decision.assumptions.thresholds
        patients = np.nan if self.population is None else self.population.patients()
        return pd.DataFrame(
            {
                "label": [x.label for x in thresholds],
                "threshold": [x.value for x in thresholds],
                "evpi": self.evpi,
                "standard_error": self.evpi_error,
                "population_evpi": self.evpi * patients,
                "assumption_share": [self.assumption_share(k) for k in range(len(thresholds))],
            }
        )

    @property
    def table(self) -> pd.DataFrame:
        """One row for each threshold and set, the most valuable at that threshold first.

        Columns: label, threshold; kind, set, parameters; evppi, standard_error, bias (upward, not
        taken off), share_of_evpi, population_evppi; rests_on_assumption, terms, note.
        """
        import pandas as pd

        patients = np.nan if self.population is None else self.population.patients()
        rows = []
        for k, threshold in enumerate(self.decision.assumptions.thresholds):
            whole = float(self.evpi[k])
            rows += [
                (threshold.label, threshold.value, p.of.kind, p.of.name,
                 "; ".join(p.of.parameters), p.evppi[k], p.std_error[k], p.bias[k],
                 p.evppi[k] / whole if whole > 0 else np.nan, p.evppi[k] * patients,
                 p.of.assumed, p.terms, p.refused or _structure_note(p))
                for p in _ranked(self.information, k)
            ]  # fmt: skip
        return pd.DataFrame(
            rows,
            columns=[
                "label", "threshold", "kind", "set", "parameters", "evppi",
                "standard_error", "bias", "share_of_evpi", "population_evppi",
                "rests_on_assumption", "terms", "note",
            ],
        )  # fmt: skip

    @property
    def curves(self) -> pd.DataFrame:
        """EVPPI over willingness to pay: threshold, kind, set, evppi; kind evpi is the whole."""
        import pandas as pd

        grid = self.decision.ceac_thresholds
        lines = [("evpi", "", self.decision.acceptability.evpi)]
        lines += [(p.of.kind, p.of.name, p.curve) for p in self.information if not p.refused]
        return pd.DataFrame(
            {
                "threshold": np.tile(grid, len(lines)),
                "kind": np.repeat([kind for kind, _, _ in lines], len(grid)),
                "set": np.repeat([name for _, name, _ in lines], len(grid)),
                "evppi": np.concatenate([curve for _, _, curve in lines]),
            }
        )

    def plot_evppi(self, top: int = 15) -> Figure:
        """EVPPI of the most valuable inputs, and of groups, at the headline threshold."""
        from cea.report import charts

        return charts.evppi_bars(self, top)

    def plot_curves(self, top: int = 5) -> Figure:
        """EVPI and the most valuable inputs by willingness to pay."""
        from cea.report import charts

        return charts.evppi_curves(self, top)


def _ranked(found: Iterable[PartialInformation], k: int = 0) -> tuple[PartialInformation, ...]:
    return tuple(sorted(found, key=lambda p: -np.nan_to_num(p.evppi[k], nan=-1.0)))


def _mostly_noise(found: PartialInformation) -> bool:
    return bool((found.bias > np.maximum(0.5 * found.evppi, 2 * found.std_error)).any())


def _structure_note(found: PartialInformation) -> str:
    return f"residuals vary with {found.structure}: likely too low" if found.structure else ""


def voi(psa: Psa | OwnPsa) -> Voi:
    """Compute EVPI and EVPPI from a PSA.

    Parameters
    ----------
    psa
        A PSA of a workbook, or draws of another tool.

    Raises
    ------
    AnalysisError
        Fewer than 100 draws.
    """
    sets, population = _sets(psa), _population(psa)
    question = question_of(psa)
    at = [psa.acceptability_at(x.value) for x in psa.assumptions.thresholds]
    benefits = [net_benefit(question.increments.outcomes, x) for x in question.thresholds]
    return Voi(
        psa,
        tuple(question.evppi(one) for one in sets),
        np.array([float(found.evpi[0]) for found in at]),
        question.sampling_error(np.column_stack([influence(benefit) for benefit in benefits])),
        population,
        _unsampled(psa),
    )


def too_few_draws(n: int) -> str:
    """Say why so many draws cannot be used; empty if they can."""
    if n >= _LEAST_DRAWS:
        return ""
    return (
        f"{n} draws are too few to say what partial information is worth: run {_LEAST_DRAWS} or "
        "more, better 1,000"
    )


def question_of(draws: Psa | OwnPsa) -> Question:
    """Prepare what every estimate needs: which inputs matter, and which go together.

    Raises
    ------
    AnalysisError
        Fewer than 100 draws.
    """
    if too_few := too_few_draws(draws.n):
        raise AnalysisError(too_few)
    if isinstance(draws, Psa):
        sampled = draws.sample.parameters
        inputs, labels = Inputs(draws.sample.values), [p.label for p in sampled]
        related = related_by_design(draws.assumptions, sampled)
    else:
        inputs, labels, related = Inputs(draws.values), list(draws.names), []
    increments = Increments.of(
        draws.outcomes.cost, draws.outcomes.total_qaly, draws.assumptions.reference
    )
    independent = clusters(inputs, related)
    return Question(
        inputs,
        increments,
        np.array([x.value for x in draws.assumptions.thresholds]),
        draws.ceac_thresholds,
        decompose(inputs, increments.outcomes),
        independent,
        labels,
        _strata(inputs, independent) if draws.sampling in _STRATIFIED else None,
    )


def _strata(inputs: Inputs, independent: Mapping[int, frozenset[int]]) -> Array | None:
    """Return orthonormal functions of the inputs that are sampled on their own, shape (n, p)."""
    alone = [c for c in range(inputs.count) if len(independent[c]) == 1]
    most = max(1, inputs.n // (4 * max(1, len(alone))))
    columns = [inputs.functions(c)[:, : min(_BENDS, most)] for c in alone]
    if not columns:
        return None
    return np.asarray(np.linalg.qr(np.hstack(columns))[0])


def _sets(draws: Psa | OwnPsa) -> Sequence[InputSet]:
    if isinstance(draws, Psa):
        return sets_of(draws.assumptions, draws.sample.parameters)
    place = {name: k for k, name in enumerate(draws.names)}
    return (
        *(InputSet(name, SINGLE, (k,), (name,)) for name, k in place.items()),
        *(
            InputSet(name, NAMED, tuple(sorted({place[x] for x in members})), members)
            for name, members in draws.sets.items()
        ),
    )


def _population(draws: Psa | OwnPsa) -> Population | None:
    if isinstance(draws, Psa):
        return Population.of(draws.assumptions)
    s = draws.assumptions.settings
    if s.voi_incidence is None or s.voi_horizon_years is None:
        return None
    return Population(s.voi_incidence, s.voi_horizon_years, s.voi_discount_rate or 0.0)


def _unsampled(draws: Psa | OwnPsa) -> tuple[str, ...]:
    if not isinstance(draws, Psa):
        return ()
    fixed = [p.label for p in draws.assumptions.parameters
             if p.evidence == "assumption" and not p.sampled and not p.derived]  # fmt: skip
    rows = [f"cost row {cost.item}" for cost in draws.assumptions.costs
            if cost.evidence == "assumption" and not cost.amount.names]  # fmt: skip
    return (*fixed, *rows)
