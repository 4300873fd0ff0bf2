"""Trials: what one fit of all arms estimates, and the value against nested simulation."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cea
from cea.analysis.evsi import evsi
from cea.analysis.psa import Psa
from cea.analysis.trial import trial
from cea.arrays import Array
from cea.assumptions import Parameter, SurvivalCurve, Threshold
from cea.errors import AnalysisError
from tests.build import (
    assumptions,
    cost,
    hazard_ratio,
    parameter,
    parametric,
    tabulated,
    utilities,
)

SHIPPED = Path(__file__).parents[2] / "inputs" / "sor_tace.xlsx"
RATE = parameter("rate", 0.05, distribution="lognormal", se=0.3)
HR = parameter("hr", 0.7, distribution="lognormal", se=0.3)
OTHER = parameter("other", 0.9, distribution="lognormal", se=0.3)


def of(
    *curves: SurvivalCurve, parameters: tuple[Parameter, ...], draws: int = 64, **changes: float
) -> Psa:
    """Draws of arms with these OS curves; PFS counts for nothing."""
    names = dict.fromkeys(curve.strategy for curve in curves)
    progression = [parametric(name, "PFS", "exponential", 0.5) for name in names]
    found = assumptions(
        [*curves, *progression],
        parameters=parameters,
        costs=[cost("Drug", "entry", changes.get("price", 20_000.0), "event", strategy="B")],
        utility=utilities(0.8, 0.8),
        psa_draws=draws,
    )
    return cea.psa(replace(found, thresholds=(Threshold("Here", 40_000.0),)))


def variance(sampled: Psa, n: float = 50.0, months: float = 24.0) -> Array:
    """Of the only estimate of a trial, shape (draws, q, q)."""
    (estimate,) = trial(sampled, patients=[n], months=[months]).designs[0].estimates
    return estimate.variance


def events(hazard: Array, months: float = 24.0, n: float = 50.0) -> Array:
    return np.asarray(-n * np.expm1(-hazard * months))


def values(sampled: Psa, *names: str) -> list[Array]:
    return [np.asarray(sampled.sample.draws.values[name]) for name in names]


def test_the_reference_arm_s_events_are_in_both_estimates():
    """Exponential arms: log HR has variance 1/d0 + 1/d1, and covariance -1/d0 with the log rate."""
    sampled = of(
        parametric("A", "OS", "exponential", "rate"), hazard_ratio("B", "OS", "hr"),
        parameters=(RATE, HR),
    )  # fmt: skip
    rate, ratio = values(sampled, "rate", "hr")
    d0, d1 = events(rate), events(rate * ratio)
    closed = np.array([[1 / d0, -1 / d0], [-1 / d0, 1 / d0 + 1 / d1]])
    assert variance(sampled) == pytest.approx(closed.transpose(2, 0, 1), rel=1e-6)


@pytest.mark.parametrize("through", ["A", "B"])
def test_two_ratios_share_a_reference_or_make_a_chain(through: str):
    """Log rates of exponential arms are independent, variance 1/d each; ratios are differences."""
    sampled = of(
        parametric("A", "OS", "exponential", "rate"),
        hazard_ratio("C", "OS", "other", reference=through),  # listed before what it refers to
        hazard_ratio("B", "OS", "hr"),
        parameters=(RATE, HR, OTHER),
    )
    rate, ratio, other = values(sampled, "rate", "hr", "other")
    hazards = [rate, rate * ratio, rate * other * (ratio if through == "B" else 1)]
    each = np.array([1 / events(hazard) for hazard in hazards])
    of_c = [-1, 0, 1] if through == "A" else [0, -1, 1]
    differences = np.array([[1, 0, 0], of_c, [-1, 1, 0]])
    closed = np.einsum("ik,kn,jk->nij", differences, each, differences)
    assert variance(sampled) == pytest.approx(closed, rel=1e-6)


def test_what_draws_agree_on_is_known():
    """A fixed ratio tells of the rate; a fixed rate, or a table, leaves the arm's own events."""
    rate = parametric("A", "OS", "exponential", "rate")
    (drawn,) = values(fixed := of(rate, hazard_ratio("B", "OS", 0.7), parameters=(RATE,)), "rate")
    told = events(drawn) + events(0.7 * drawn)
    assert variance(fixed)[:, 0, 0] == pytest.approx(1 / told, rel=1e-6)
    for reference in (
        parametric("A", "OS", "exponential", 0.05),
        tabulated("A", "OS", [0.0, 60.0], [1.0, math.exp(-3.0)]),
    ):
        sampled = of(reference, hazard_ratio("B", "OS", "hr"), parameters=(HR,))
        (ratio,) = values(sampled, "hr")
        assert variance(sampled)[:, 0, 0] == pytest.approx(1 / events(0.05 * ratio), rel=1e-6)


def test_what_is_the_same_in_all_draws_is_not_estimated():
    still = parameter("still", "0*hr + 1.3")
    sampled = of(
        parametric("A", "OS", "weibull", "still", "20/rate*0.05"), hazard_ratio("B", "OS", "hr"),
        parameters=(RATE, HR, still),
    )  # fmt: skip
    study = trial(sampled, patients=[50], months=[24])
    assert [e.truth.shape for e in study.designs[0].estimates] == [(64, 2)]
    nothing = of(parametric("A", "OS", "exponential", 0.05), hazard_ratio("B", "OS", "0*hr + 1"),
                 parameters=(HR,))  # fmt: skip
    with pytest.raises(AnalysisError, match="no OS or PFS curve has a sampled parameter"):
        trial(nothing, patients=[50], months=[24])


def test_next_to_no_events_still_have_a_variance():
    sampled = of(
        parametric("A", "OS", "gompertz", "rate", 1e-6), hazard_ratio("B", "OS", "hr"),
        parameters=(RATE, HR),
    )  # fmt: skip
    (estimate,) = trial(sampled, patients=[1], months=[0.01]).designs[0].estimates
    simulated = estimate.simulated(np.ones(estimate.truth.shape))
    assert np.isfinite(simulated).all()


def nested(sampled: Psa, n: int, months: float, replicates: int) -> tuple[float, float]:
    """EVSI and its standard error with simulated patients of exponential arms.

    Events and time at risk are all that the patients tell. Draws are weighted by their likelihood.
    """
    rng = np.random.default_rng(7)
    rate, ratio = values(sampled, "rate", "hr")
    truth = rng.integers(len(rate), size=replicates)
    fit = np.zeros((replicates, len(rate)))
    for hazard in (rate, rate * ratio):
        time = rng.standard_exponential((replicates, n)) / hazard[truth, None]
        died = (time < months).sum(axis=1)
        at_risk = np.minimum(time, months).sum(axis=1)
        fit += np.outer(died, np.log(hazard)) - np.outer(at_risk, hazard)
    weight = np.exp(fit - fit.max(axis=1, keepdims=True))
    benefit = sampled.outcomes.net_benefit(40_000.0)
    gain = benefit[:, 1] - benefit[:, 0]
    expected = weight @ gain / weight.sum(axis=1)
    # Quantities of which the mean over the draws is known take off much of the noise.
    at = np.column_stack((expected, gain[truth], np.maximum(gain, 0)[truth]))
    known = np.array([gain.mean(), gain.mean(), np.maximum(gain, 0).mean()])
    design = np.column_stack((np.ones(replicates), at - known))
    coefficients, *_ = np.linalg.lstsq(design, np.maximum(expected, 0))
    left = np.maximum(expected, 0) - design @ coefficients
    error = float(left.std()) / math.sqrt(replicates)
    return float(coefficients[0]) - max(0.0, float(gain.mean())), error


@pytest.mark.parametrize("n", [20, 60])
def test_evsi_against_simulated_patients(n: int):
    sampled = of(
        parametric("A", "OS", "exponential", "rate"), hazard_ratio("B", "OS", "hr"),
        parameters=(RATE, HR), draws=4096,
    )  # fmt: skip
    found = evsi(sampled, trial(sampled, patients=[n], months=[24.0]))
    expected, error = nested(sampled, n, 24.0, 2000)
    assert abs(found.evsi[0, 0] - expected) < 3 * math.hypot(error, found.std_error[0, 0])
    assert error < 0.03 * expected
    assert found.std_error[0, 0] < 0.05 * expected


def test_evsi_of_the_shipped_workbook_against_simulated_patients():
    """`python benchmarks/evsi.py`: 2,345 (standard error 38) with 50 patients an arm."""
    found = cea.read_workbook(SHIPPED)
    sampled = cea.psa(replace(found, thresholds=(Threshold("Near the ICER", 70_000.0),)), 4096)
    result = evsi(sampled, trial(sampled, patients=[50], months=[24.0]))
    assert abs(result.evsi[0, 0] - 2345) < 3 * math.hypot(38, result.std_error[0, 0])
    assert result.std_error[0, 0] < 100


def test_a_trial_of_three_tied_arms_tends_to_the_evppi():
    sampled = of(
        parametric("A", "OS", "exponential", "rate"),
        hazard_ratio("B", "OS", "hr"),
        hazard_ratio("C", "OS", "other", reference="B"),
        parameters=(RATE, HR, OTHER),
        draws=2048,
    )
    found = evsi(sampled, trial(sampled, patients=[20, 1_000_000], months=[24.0]))
    assert found.evsi[0, 1] == pytest.approx(found.evppi[0], rel=0.02)
    assert found.evsi[0, 0] < 0.95 * found.evppi[0]


def test_patients_are_whole_numbers():
    sampled = of(parametric("A", "OS", "exponential", "rate"),
                 parametric("B", "OS", "exponential", 0.03), parameters=(RATE,))  # fmt: skip
    with pytest.raises(AnalysisError, match=r"^50\.5 patients: give whole numbers"):
        trial(sampled, patients=[20, 50.5], months=[24.0])
    assert [d.size for d in trial(sampled, patients=[50.0], months=[12.5, 24]).designs] == [
        12.5,
        24,
    ]
