"""Value of a study: closed forms, preposterior quadrature, limits, refusals."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cea
from cea.analysis.evsi import Evsi, StudyCost, evsi
from cea.analysis.population import Population
from cea.analysis.psa import Psa
from cea.analysis.studies import Estimate, survey
from cea.analysis.trial import trial
from cea.analysis.voi import voi
from cea.assumptions import Assumptions, Threshold
from cea.errors import AnalysisError
from cea.model.evaluate import evaluate
from cea.parameters.draws import draws_with
from tests.build import (
    assumptions,
    cost,
    exponentials,
    hazard_ratio,
    normal_value,
    parameter,
    parametric,
    tabulated,
    utilities,
)

SIZES = [5.0, 20.0, 80.0, 320.0]


def linear(*, threshold: float = 50_000.0, noise: float = 0.0) -> Assumptions:
    """QALYs are linear in the utility: with a normal prior everything has a closed form."""
    found = assumptions(
        [*exponentials("A"), hazard_ratio("B", "OS", 0.6), hazard_ratio("B", "PFS", 0.5)],
        parameters=[
            parameter("u", 0.6, distribution="normal", se=0.1),
            parameter("price", 30_000.0, distribution="normal", se=noise or 1.0),
            parameter("known", 1.0),
        ],
        costs=[cost("Drug", "entry", "price", "event", strategy="B")],
        utility=utilities("u", "u"),
        psa_draws=8192,
    )
    return replace(found, thresholds=(Threshold("Here", threshold),))


def moments(found: Assumptions) -> tuple[float, float]:
    """Mean of the incremental benefit, and its slope in u."""
    ends = evaluate(found, draws_with(found, {"u": np.array([0.6, 1.6])}, 2))
    benefit = ends.net_benefit(found.threshold.value)
    gain = benefit[:, 1] - benefit[:, 0]
    return float(gain[0]), float(gain[1] - gain[0])


@pytest.mark.parametrize("noise", [0.0, 5000.0])
def test_survey_against_the_closed_form(noise: float):
    """A normal mean: the preposterior SD is the prior's times sqrt(n / (n + n0))."""
    found = linear(noise=noise)
    sampled = cea.psa(found)
    mean, slope = moments(found)
    result = evsi(sampled, survey(sampled, ["u"], sizes=SIZES, sd=0.4))
    for k, n in enumerate(SIZES):
        prior = 0.4**2 / 0.1**2  # what is known is worth 16 patients
        expected = normal_value(mean, 0.1 * slope * math.sqrt(n / (n + prior)))
        assert abs(result.evsi[0, k] - expected) < 3 * result.std_error[0, k]
        assert result.std_error[0, k] < 0.04 * result.evppi[0]
    assert result.evppi[0] == pytest.approx(normal_value(mean, 0.1 * slope), rel=0.02)


def test_prior_size_is_another_way_to_state_the_spread():
    sampled = cea.psa(linear())
    by_sd = evsi(sampled, survey(sampled, ["u"], sizes=SIZES, sd=0.4))
    by_size = evsi(sampled, survey(sampled, ["u"], sizes=SIZES, prior_size=16.0))
    assert by_size.evsi == pytest.approx(by_sd.evsi, rel=1e-3)


def effect(se: float = 0.3) -> Assumptions:
    found = assumptions(
        [*exponentials("A"), hazard_ratio("B", "OS", "hr"), hazard_ratio("B", "PFS", 0.5)],
        parameters=[parameter("hr", 0.7, distribution="lognormal", se=se)],
        costs=[cost("Drug", "entry", 30_000.0, "event", strategy="B")],
        utility=utilities(0.8, 0.7),
        psa_draws=8192,
    )
    return replace(found, thresholds=(Threshold("Here", 40_000.0),))


def test_trial_of_a_hazard_ratio_against_quadrature():
    """The log hazard ratio is normal before and after: integrate over both.

    The reference curve is fixed, so only deaths of the other arm tell of the ratio. The variance
    1/d is that of the prior median in the integral, and that of each draw in the simulation; with
    400 patients an arm it moves by little.
    """
    found, n, months = effect(), 400.0, 36.0
    sampled = cea.psa(found)
    result = evsi(sampled, trial(sampled, patients=[n], months=[months]))
    variance = 1 / (n * -math.expm1(-0.04 * months * 0.7))
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    weights = weights / weights.sum()
    kept = math.sqrt(0.3**2 * variance / (0.3**2 + variance))  # SD after the trial
    moved = math.sqrt(0.3**2 - kept**2)  # SD of the posterior mean
    log_ratio = math.log(0.7) + moved * nodes[:, None] + kept * nodes
    outcomes = evaluate(found, draws_with(found, {"hr": np.exp(log_ratio.ravel())}, nodes.size**2))
    benefit = outcomes.net_benefit(40_000.0)
    gain = (benefit[:, 1] - benefit[:, 0]).reshape(log_ratio.shape) @ weights
    fine = np.linspace(nodes[0], nodes[-1], 20_001)  # the maximum has a kink: no quadrature rule
    smooth = np.polynomial.Polynomial.fit(nodes, gain, 15)(fine)
    density = np.exp(-(fine**2) / 2)
    density /= density.sum()
    expected = float(np.maximum(smooth, 0) @ density - max(0.0, smooth @ density))
    assert abs(result.evsi[0, 0] - expected) < 3 * result.std_error[0, 0]
    assert result.std_error[0, 0] < 0.05 * expected


def fitted_arms() -> Assumptions:
    found = assumptions(
        [
            parametric("A", "OS", "weibull", "shape", "scale"),
            parametric("A", "PFS", "exponential", 0.12),
            hazard_ratio("B", "OS", "hr"),
            tabulated("B", "PFS", [0, 12, 60], [1, 0.5, 0.05]),
        ],
        parameters=[
            parameter("median", 15.0, distribution="lognormal", se=0.1),
            parameter("shape", 1.4, distribution="lognormal", se=0.1),
            parameter("scale", "median/LN(2)^(1/shape)"),
            parameter("hr", 0.7, distribution="lognormal", se=0.25),
            parameter("price", 400.0, distribution="gamma", se=80.0),
        ],
        costs=[cost("Drug", "progression_free", "price*10", strategy="B")],
        utility=utilities(0.8, 0.7),
        psa_draws=4096,
    )
    return replace(found, thresholds=(Threshold("Here", 160_000.0), Threshold("There", 20_000.0)))


@pytest.fixture(scope="module")
def arms() -> Psa:
    return cea.psa(fitted_arms())


def test_a_trial_tells_of_the_parameters_behind_its_curves(arms: Psa):
    study = trial(arms, patients=SIZES, months=[24.0])
    names = [arms.sample.parameters[c].name for c in study.columns]
    assert names == ["median", "shape", "hr"]
    assert [e.truth.shape[1] for e in study.designs[0].estimates] == [3]
    assert [d.patients for d in study.designs] == [2 * n for n in SIZES]


def test_larger_and_longer_trials_are_worth_more_up_to_the_evppi(arms: Psa):
    larger = evsi(arms, trial(arms, patients=[10.0, 100.0, 1000.0, 100_000.0], months=[24.0]))
    longer = evsi(arms, trial(arms, patients=[200.0], months=[30.0, 48.0, 96.0], followed=24.0))
    for found in (larger, longer):
        steps = np.diff(found.evsi, axis=1)
        assert (steps >= -2 * found.std_error[:, 1:]).all()
        assert (found.evsi >= 0).all()
        assert (found.evsi <= found.evppi[:, None]).all()
    assert larger.evsi[0, -1] == pytest.approx(larger.evppi[0], rel=0.02)
    assert larger.evsi[0, 0] < 0.6 * larger.evppi[0]
    # No patient is recruited again: only what longer follow-up adds is counted.
    assert [design.patients for design in longer.study.designs] == [0.0, 0.0, 0.0]
    whole = evsi(arms, trial(arms, patients=[200.0], months=[96.0]))
    assert longer.evsi[0, -1] < whole.evsi[0, 0]


@settings(max_examples=8, deadline=None)
@given(st.floats(0.05, 1.0), st.integers(1, 1000), st.integers(0, 100))
def test_bounds(sd: float, n: int, seed: int):
    sampled = cea.psa(fitted_arms(), 512, seed=seed)
    result = evsi(sampled, survey(sampled, ["price"], sizes=[n], sd=sd * 400))
    whole = voi(sampled)
    assert (result.evsi >= 0).all()
    assert (result.evsi <= result.evppi[:, None]).all()
    assert (result.evppi <= whole.evpi + 1e-9).all()


def test_estimates_have_the_variance_asked_for():
    truth = np.zeros((40_000, 2))
    variance = np.array([[2.0, 0.6], [0.6, 0.5]])
    normal = np.random.Generator(np.random.PCG64(1)).standard_normal(truth.shape)
    found = np.cov(Estimate(truth, variance).simulated(normal).T)
    assert found == pytest.approx(variance, rel=0.05)
    each = Estimate(truth, np.broadcast_to(variance, (40_000, 2, 2)))
    assert each.simulated(normal) == pytest.approx(Estimate(truth, variance).simulated(normal))


# --- population and price -----------------------------------------------------------------------


def test_population_is_the_integral_over_the_horizon():
    t = (np.arange(100_000) + 0.5) / 100_000 * 12
    found = Population(800.0, 12.0, 0.035)
    assert found.patients() == pytest.approx(800 * 12 * np.mean(1.035**-t), rel=1e-8)
    later = 800 * 12 * np.mean(np.where(t > 3, 1.035**-t, 0.0))
    assert found.patients(3.0) == pytest.approx(later, rel=1e-4)
    assert found.patients(12.0) == found.patients(20.0) == 0
    assert Population(800.0, 12.0, 0.0).patients(2.0) == 8000


@pytest.mark.parametrize("wrong", [-1.0, float("inf"), float("nan")])
def test_amounts_of_a_study_and_of_a_population_are_finite(wrong: float):
    with pytest.raises(AnalysisError, match="cost of the study: 'per_patient' must be a finite"):
        StudyCost(per_patient=wrong)
    with pytest.raises(AnalysisError, match="population: 'horizon' must be a finite number"):
        Population(800.0, wrong, 0.035)


def test_population_of_the_settings():
    stated = linear()
    assert Population.of(stated) is None
    settings_ = replace(stated.settings, voi_incidence=10.0, voi_horizon_years=5.0)
    found = Population.of(replace(stated, settings=settings_))
    assert found == Population(10.0, 5.0, 0.0)  # the rate of costs
    settings_ = replace(settings_, voi_discount_rate=0.03)
    assert Population.of(replace(stated, settings=settings_)) == Population(10.0, 5.0, 0.03)


def _priced() -> Evsi:
    found = linear()
    found = replace(
        found, settings=replace(found.settings, voi_incidence=200.0, voi_horizon_years=10.0)
    )
    sampled = cea.psa(found, 1024)
    study = survey(sampled, ["u"], sizes=SIZES, sd=0.4)
    return evsi(sampled, study, cost=StudyCost(5_000.0, 200.0, 2.0))


def test_net_benefit_of_sampling():
    result = _priced()
    assert result.cost == pytest.approx([5_000 + 200 * n for n in SIZES])
    assert result.population_evsi == pytest.approx(result.evsi * 200 * 8)
    assert result.net_benefit == pytest.approx(result.evsi * 1600 - result.cost)
    best = result.best()
    assert best is not None
    assert result.net_benefit[0, best] == result.net_benefit.max()
    table = result.table
    assert table["net_benefit_of_sampling"].to_list() == pytest.approx(result.net_benefit[0])
    assert table["size"].to_list() == SIZES
    dear = replace(result, study_cost=StudyCost(1e12))
    assert dear.best() is None
    assert np.isnan(replace(result, population=None).net_benefit).all()


# --- refusals -----------------------------------------------------------------------------------


def test_refusals(arms: Psa):
    with pytest.raises(AnalysisError, match="either the standard deviation"):
        survey(arms, ["price"], sizes=SIZES)
    with pytest.raises(AnalysisError, match="either the standard deviation"):
        survey(arms, ["price"], sizes=SIZES, sd=1.0, prior_size=2.0)
    with pytest.raises(AnalysisError, match="must be above 0"):
        survey(arms, ["price"], sizes=SIZES, sd=-1.0)
    with pytest.raises(AnalysisError, match="no parameter 'hrr'; did you mean 'hr'"):
        survey(arms, ["hrr"], sizes=SIZES, sd=1.0)
    with pytest.raises(AnalysisError, match="scale is not sampled"):
        survey(arms, ["scale"], sizes=SIZES, sd=1.0)
    with pytest.raises(AnalysisError, match="sizes above 0"):
        survey(arms, ["price"], sizes=[0.0, 10.0], sd=1.0)
    for names in (["price", "price"], ["price", "PRICE"]):
        with pytest.raises(AnalysisError, match="is named twice"):
            survey(arms, names, sizes=SIZES, sd=1.0)
    for wrong in (math.inf, math.nan):
        with pytest.raises(AnalysisError, match="finite sizes above 0"):
            survey(arms, ["price"], sizes=[10.0, wrong], sd=1.0)
        with pytest.raises(AnalysisError, match="must be above 0 and finite"):
            survey(arms, ["price"], sizes=SIZES, sd=wrong)
        with pytest.raises(AnalysisError, match="finite sizes above 0"):
            trial(arms, patients=[wrong], months=[12.0])
        with pytest.raises(AnalysisError, match="finite months of follow-up"):
            trial(arms, patients=[10.0], months=[wrong])
        with pytest.raises(AnalysisError, match="followed already must be finite"):
            trial(arms, patients=[10.0], months=[12.0], followed=wrong)
    with pytest.raises(AnalysisError, match="not both"):
        trial(arms, patients=[10.0, 20.0], months=[12.0, 24.0])
    with pytest.raises(AnalysisError, match="adds nothing"):
        trial(arms, patients=[10.0], months=[12.0], followed=12.0)
    only_costs = cea.psa(linear(), 128)
    with pytest.raises(AnalysisError, match="no OS or PFS curve has a sampled parameter"):
        trial(only_costs, patients=[10.0], months=[12.0])
    with pytest.raises(AnalysisError, match="hr is behind the survival curve OS of"):
        survey(cea.psa(effect(), 128), ["hr"], sizes=SIZES, sd=1.0)
    with pytest.raises(AnalysisError, match="99 draws are too few"):
        evsi(cea.psa(effect(), 99), trial(cea.psa(effect(), 99), patients=SIZES, months=[12.0]))


def share(mean: float, distribution: str = "beta") -> Psa:
    found = linear()
    rest = tuple(p for p in found.parameters if p.key != "u")
    u = parameter("u", mean, distribution=distribution, se=0.05)
    return cea.psa(replace(found, parameters=(u, *rest)), 256)


def test_values_between_0_and_1_vary_by_so_much_at_most():
    known = share(0.8)
    for wrong in ({"sd": 25.0}, {"sd": 0.41}, {"prior_size": 70.0}):
        with pytest.raises(AnalysisError, match=r"with a mean of 0\.8 their SD is 0\.4 at most"):
            survey(known, ["u"], sizes=SIZES, **wrong)
    with pytest.raises(AnalysisError, match=r"^--sd 25: u has the distribution beta, so.*0\.4 or"):
        survey(known, ["u"], sizes=SIZES, sd=25.0)
    with pytest.raises(AnalysisError, match=r"^--prior-size 400 means an SD of 0\.998 .* 64\.3 or"):
        survey(known, ["u"], sizes=SIZES, prior_size=400.0)
    for right in ({"sd": 0.4}, {"prior_size": 63.0}):
        assert survey(known, ["u"], sizes=SIZES, **right).designs
    assert survey(share(0.8, "normal"), ["u"], sizes=SIZES, sd=25.0).designs
    with pytest.raises(AnalysisError, match=r"^20\.5 patients: give whole numbers of patients"):
        survey(known, ["u"], sizes=[20.5], sd=0.3)
