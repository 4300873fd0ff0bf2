"""Expected value of sample information: what a study would be worth before it is done.

For every draw of the PSA the study's estimates are simulated; the regression of the net benefit on
them is the net benefit expected after the study (Strong, Oakley, Brennan and Breeze, Med Decis
Making 2015;35:570). What is regressed is not the net benefit itself but what the study's inputs
leave of it, E[B | inputs], already known from the EVPPI: the data tell of nothing else, and the
noise of all other inputs is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cea.analysis.decision_draws import DecisionDraws
from cea.analysis.evppi import regression_error, values
from cea.analysis.population import Population, require_amounts
from cea.analysis.psa import Psa
from cea.analysis.regression import (
    DRAWS_A_TERM,
    Inputs,
    Regression,
    TooFewDrawsError,
    regress,
)
from cea.analysis.studies import Design, Study
from cea.analysis.voi import question_of
from cea.arrays import Array, ReadOnly
from cea.errors import AnalysisError
from cea.parallel import HERE, Progress, Workers

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_SEED = 20_150_601


@dataclass(frozen=True)
class StudyCost:
    """What a study costs, and when its results are used.

    Attributes
    ----------
    fixed, per_patient
        Cost of the study whatever its size, and of each patient recruited.
    years
        Years until decisions use the results; patients until then gain nothing.

    Raises
    ------
    AnalysisError
        A value is below 0 or not finite.
    """

    fixed: float = 0.0
    per_patient: float = 0.0
    years: float = 0.0

    def __post_init__(self) -> None:
        require_amounts(self, "cost of the study")


@dataclass(frozen=True, eq=False)
class Evsi(ReadOnly):
    """Value of a study at several sizes.

    Attributes
    ----------
    decision
        The draws and what they decide.
    study
        What would be done.
    evsi, std_error
        Per patient at the workbook's thresholds, shape (k, m) for m sizes.
    evppi
        What a study without end would be worth, shape (k,).
    population
        Whom the decision is about; None where that is not stated.
    study_cost
        What the study costs, and when its results are used.
    """

    decision: DecisionDraws
    study: Study
    evsi: Array
    std_error: Array
    evppi: Array
    population: Population | None
    study_cost: StudyCost

    @property
    def sizes(self) -> Array:
        """Sizes of the study, shape (m,)."""
        return np.array([design.size for design in self.study.designs])

    @property
    def cost(self) -> Array:
        """Cost of the study at each size, shape (m,)."""
        patients = np.array([design.patients for design in self.study.designs])
        return np.asarray(self.study_cost.fixed + self.study_cost.per_patient * patients)

    @property
    def population_evsi(self) -> Array:
        """Value to those who come after the results, shape (k, m); NaN without a population."""
        if self.population is None:
            return self.evsi * np.nan
        return self.evsi * self.population.patients(self.study_cost.years)

    @property
    def net_benefit(self) -> Array:
        """Expected net benefit of sampling, shape (k, m): population EVSI less the cost."""
        return self.population_evsi - self.cost

    def best(self, position: int = 0) -> int | None:
        """Position of the best size for the population; None if none is worth its cost."""
        found = self.net_benefit[position]
        if self.population is None or not found.max() > 0:
            return None
        return int(found.argmax())

    @property
    def table(self) -> pd.DataFrame:
        """One row for each threshold and size.

        Columns: study, label, threshold, size, unit, patients, evsi, standard_error,
        evppi, population_evsi, cost, net_benefit_of_sampling; population_evsi and the last are
        blank without a population.
        """
        import pandas as pd

        rows = []
        for k, threshold in enumerate(self.decision.assumptions.thresholds):
            for m, design in enumerate(self.study.designs):
                rows.append(
                    (self.study.label, threshold.label, threshold.value, design.size,
                     self.study.unit, design.patients, self.evsi[k, m], self.std_error[k, m],
                     self.evppi[k], self.population_evsi[k, m], self.cost[m],
                     self.net_benefit[k, m])
                )  # fmt: skip
        return pd.DataFrame(
            rows,
            columns=[
                "study", "label", "threshold", "size", "unit", "patients", "evsi",
                "standard_error", "evppi", "population_evsi", "cost", "net_benefit_of_sampling",
            ],
        )  # fmt: skip

    def plot_evsi(self) -> Figure:
        """EVSI, and the net benefit of sampling, by size at the headline threshold."""
        from cea.report import charts

        return charts.evsi(self)


def evsi(
    psa: Psa,
    study: Study,
    *,
    cost: StudyCost | None = None,
    progress: Progress | None = None,
    workers: Workers = HERE,
) -> Evsi:
    """Compute what a study would be worth.

    Parameters
    ----------
    psa
        The draws: what is known now.
    study
        What would be done: what `cea.survey` or `cea.trial` describes.
    cost
        What it costs; nothing without one.
    progress
        Called with (sizes done, sizes in all) now and then.
    workers
        Who simulates the study and regresses on its data, one size a task.

    Raises
    ------
    AnalysisError
        The draws do not carry the regression.
    """
    question = question_of(psa)
    thresholds = question.thresholds
    try:
        known, left_out = question.expectation(study.columns)
        expected = known.fitted
        found = workers.map(_fit, study.designs, expected, progress=progress)
    except TooFewDrawsError as few:
        raise AnalysisError(
            f"{study.label}: the regression needs {few.terms} terms or more, which {few.draws:,} "
            f"draws do not carry; run {few.terms * DRAWS_A_TERM:,} or more"
        ) from None
    # Neither can exceed the value of what it is part of; estimates may err.
    evppi = np.minimum(
        values(expected, thresholds), values(question.increments.outcomes, thresholds)
    )
    worth = np.array([values(fit.fitted, thresholds) for fit in found]).T
    # Three sources of error: the regression on the inputs, that on the data, and the draws.
    first = regression_error(known, thresholds)[0]
    errors = [
        np.sqrt(
            first**2
            + regression_error(fit, thresholds)[0] ** 2
            + question.sampling_errors(fit.fitted, left_out) ** 2
        )
        for fit in found
    ]
    return Evsi(
        psa,
        study,
        np.minimum(worth, evppi[:, None]),
        np.array(errors).T,
        evppi,
        Population.of(psa.assumptions),
        cost or StudyCost(),
    )


def _fit(design: Design, expected: Array) -> Regression:
    # The same random numbers at every size: curves over sizes are smooth.
    rng = np.random.Generator(np.random.PCG64(_SEED))
    data = [e.simulated(rng.standard_normal(e.truth.shape)) for e in design.estimates]
    inputs = Inputs(np.hstack(data))
    return regress(inputs, range(inputs.count), expected)
