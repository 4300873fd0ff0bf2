"""Perfect and partial information: closed forms, oracles, nested simulation, properties."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

import cea
from cea.analysis.evppi import Question, regression_error, values
from cea.analysis.input_sets import ASSUMED, CURVE, SINGLE
from cea.analysis.own_psa import OwnPsa, own_psa
from cea.analysis.regression import Inputs, TooFewDrawsError, regress
from cea.analysis.smooth import smooth_functions
from cea.analysis.voi import Voi, question_of, voi
from cea.arrays import Array
from cea.assumptions import Assumptions, SetMember, Threshold
from cea.errors import AnalysisError
from cea.model.evaluate import evaluate
from cea.parameters.distributions import distribution_of
from cea.parameters.draws import base_values, draws_with
from cea.parameters.sampling import sample
from tests.build import (
    ORACLES,
    assumptions,
    cost,
    exponentials,
    hazard_ratio,
    normal_value,
    parameter,
    parametric,
    shipped,
    utilities,
)

CHEMO = ORACLES / "voi"


def decided_by(
    benefit: Array, sets: dict[str, tuple[str, ...]] | None = None, **x: Array
) -> OwnPsa:
    """Draws of two strategies whose incremental net benefit at a threshold of 1 is given."""
    zero = np.zeros(len(benefit))
    return own_psa(
        x, cost={"A": zero, "B": zero}, qaly={"A": zero, "B": benefit}, thresholds=(1.0,), sets=sets
    )


def worth(found: Voi, name: str) -> tuple[float, float]:
    """EVPPI and standard error at the headline threshold."""
    one = next(p for p in found.information if p.of.name == name)
    return float(one.evppi[0]), float(one.std_error[0])


def normals(count: int, n: int, seed: int) -> Array:
    return np.random.Generator(np.random.PCG64(seed)).standard_normal((count, n))


# --- closed forms -----------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [0.0, 0.6, -1.5])
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_linear_normal(mean: float, noise: float):
    """B = mean + 2 x + y, with or without noise that no input explains."""
    x, y, e = normals(3, 10_000, 4)
    found = voi(decided_by(mean + 2 * x + y + noise * e, {"both": ("x", "y")}, x=x, y=y))
    for name, sd in (("x", 2.0), ("y", 1.0), ("both", math.sqrt(5))):
        estimate, error = worth(found, name)
        assert abs(estimate - normal_value(mean, sd)) < 3 * error + 1e-4
        assert error < 0.05
    whole = normal_value(mean, math.sqrt(5 + noise**2))
    assert abs(found.evpi[0] - whole) < 3 * found.evpi_error[0]


def test_linear_normal_of_three_strategies():
    """Benefits x and y against a third: E max(0, x, y) is 3/(2 sqrt(pi)) sqrt(2)/2 for normals."""
    x, y = normals(2, 20_000, 5)
    zero = np.zeros(len(x))
    own = own_psa(
        {"x": x, "y": y},
        cost={"A": zero, "B": -x, "C": -y},
        qaly={"A": zero, "B": zero, "C": zero},
        thresholds=(1.0,),
        sets={"both": ("x", "y")},
    )
    found = voi(own)
    # The maximum of (0, x, y): by symmetry half of E max(x, y, 0) = (1 + 1/sqrt(2))/sqrt(2 pi).
    whole = (1 + 1 / math.sqrt(2)) / math.sqrt(2 * math.pi)
    for name, expected in (("both", whole), ("x", normal_value(0.0, 1.0))):
        estimate, error = worth(found, name)
        assert abs(estimate - expected) < 3 * error


def test_quadratic():
    """B = x^2 - 1 + noise: E max(0, x^2 - 1) is 2 phi(1) = 0.484, where a line finds nothing."""
    x, e = normals(2, 20_000, 6)
    found = voi(decided_by(x**2 - 1 + e, x=x))
    estimate, error = worth(found, "x")
    assert abs(estimate - math.sqrt(2 / math.pi) * math.exp(-0.5)) < 3 * error
    assert error < 0.01


def test_interaction():
    """B = x y: each input alone is worth nothing, both E|x y|/2 = 1/pi."""
    x, y, e = normals(3, 20_000, 7)
    found = voi(decided_by(x * y + 0.5 * e, {"both": ("x", "y")}, x=x, y=y))
    estimate, error = worth(found, "both")
    assert abs(estimate - 1 / math.pi) < 3 * error
    for name in "xy":
        estimate, error = worth(found, name)
        assert estimate < 3 * max(error, 0.002)


def test_product_of_three():
    """B = x y z with z of mean 0 too: pairs are worth nothing, all three E|x|^3/2."""
    x, y, z = normals(3, 20_000, 8)
    sets = {"pair": ("x", "y"), "all": ("x", "y", "z")}
    found = voi(decided_by(x * y * z, sets, x=x, y=y, z=z))
    estimate, error = worth(found, "all")
    assert abs(estimate - (2 / math.pi) ** 1.5 / 2) < 3 * error + 0.005
    assert worth(found, "pair")[0] < 0.01


def test_correlated_inputs():
    """Knowing y tells of x: E[x | y] = rho y, so y is worth what rho y is."""
    a, b, e = normals(3, 20_000, 9)
    rho = 0.6
    y = rho * a + math.sqrt(1 - rho**2) * b
    found = voi(decided_by(a + 0.3 * e, x=a, y=y))
    for name, sd in (("x", 1.0), ("y", rho)):
        estimate, error = worth(found, name)
        assert abs(estimate - normal_value(0.0, sd)) < 3 * error


def test_interaction_of_correlated_inputs():
    """B = x y - rho: given x it is rho (x^2 - 1), which no independent input would give."""
    a, b = normals(2, 20_000, 10)
    rho = 0.5
    y = rho * a + math.sqrt(1 - rho**2) * b
    found = voi(decided_by(a * y - rho, x=a, y=y))
    expected = rho * math.sqrt(2 / math.pi) * math.exp(-0.5)
    for name in "xy":
        estimate, error = worth(found, name)
        assert abs(estimate - expected) < 3 * error


def test_dependence_without_correlation():
    """y = x^2 is uncorrelated with x, and settles |x|: inputs related by a bend are found."""
    x, e = normals(2, 10_000, 11)
    y = x**2 + 0.1 * e
    found = voi(decided_by(x**2 - 1, x=x, y=y))
    assert worth(found, "y")[0] > 0.9 * worth(found, "x")[0]


def test_discrete_input():
    x = normals(1, 5000, 12)[0] > 0.5
    e = normals(1, 5000, 13)[0]
    found = voi(decided_by(np.where(x, 1.0, -1.0) + e, x=x.astype(float)))
    share = float(x.mean())
    estimate, error = worth(found, "x")
    assert abs(estimate - (share - max(0.0, 2 * share - 1))) < 3 * error


@pytest.mark.parametrize("known", [False, True])
def test_standard_error_and_bias_are_those_of_repeated_samples(known: bool):
    """The estimate is above the truth by its bias, and spreads by its standard error.

    So it does where the rest of the benefit is known to be due to another input.
    """
    estimates, errors = [], []
    for seed in range(60):
        x, e = normals(2, 400, 1000 + seed)
        found = voi(decided_by(0.3 + x + 2 * e, x=x, **({"e": e} if known else {})))
        one = found.information[0]
        estimates.append(float(one.evppi[0] - one.bias[0]))
        errors.append(float(one.std_error[0]))
    truth = normal_value(0.3, 1.0)
    spread = float(np.std(estimates))
    assert 0.7 < np.mean(errors) / spread < 1.4
    assert abs(np.mean(estimates) - truth) < 3 * spread / math.sqrt(len(estimates))


def test_noise_of_other_inputs_is_taken_off():
    """A weak input beside a strong one is found as if the strong one were not there."""
    x, y = normals(2, 4000, 14)
    benefit = x + 20 * y
    question = question_of(decided_by(benefit, x=x, y=y))
    plain = regress(question.inputs, [0], question.increments.outcomes)
    reduced, left_out = question.expectation([0])
    one = np.array([1.0])
    assert regression_error(reduced, one)[0][0] < 0.1 * regression_error(plain, one)[0][0]
    # The mean benefit is that of the sample, whose error the standard error holds.
    expected = normal_value(float(benefit.mean()), 1.0)
    assert values(reduced.fitted, one)[0] == pytest.approx(expected, abs=0.01)
    estimate, error = values(reduced.fitted, one)[0], question.uncertainty(reduced, left_out)[0][0]
    assert abs(estimate - normal_value(0.0, 1.0)) < 3 * error


def test_residuals_with_structure_are_said():
    """A comb of steps in one input is beyond smooth functions: the report says so."""
    x, e = normals(2, 20_000, 15)
    u = ndtr(x)
    benefit = np.where((u * 10).astype(int) % 2, 1.0, -1.0) + 0.1 * e
    found = voi(decided_by(benefit, x=u))
    assert found.information[0].structure == "x"
    assert any("residuals" in note and "x" in note for note in found.notes)
    smooth = voi(decided_by(x + e, x=x))
    assert smooth.information[0].structure == ""
    assert smooth.notes == ()


# --- properties -------------------------------------------------------------------------------

_weights = st.lists(st.floats(-2, 2), min_size=6, max_size=6)


@settings(max_examples=25, deadline=None)
@given(_weights, st.floats(-1, 1), st.integers(0, 10_000))
def test_bounds_and_nesting(weights: list[float], mean: float, seed: int):
    x, y, z, e = normals(4, 600, seed)
    a, b, c, d, f, g = weights
    benefit = mean + a * x + b * y + c * x * y + d * z**2 + f * np.sin(2 * z) + g * e
    sets = {"xy": ("x", "y"), "xyz": ("x", "y", "z")}
    found = voi(decided_by(benefit, sets, x=x, y=y, z=z, idle=normals(1, 600, seed + 1)[0]))
    estimates = {p.of.name: (float(p.evppi[0]), float(p.std_error[0])) for p in found.information}
    for one in found.information:
        assert (one.evppi >= 0).all()
        assert (one.evppi <= found.evpi + 1e-12).all()
        assert (one.curve <= found.decision.acceptability.evpi + 1e-12).all()
    slack = 0.02 * float(np.std(benefit)) + 1e-12
    for part, whole in (("x", "xy"), ("y", "xy"), ("xy", "xyz"), ("z", "xyz")):
        allowed = 3 * math.hypot(estimates[part][1], estimates[whole][1]) + slack
        assert estimates[part][0] <= estimates[whole][0] + allowed
    assert estimates["idle"][0] <= 3 * estimates["idle"][1] + slack


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 4), st.integers(0, 10_000))
def test_shares_sum_to_1_and_ties_are_shared(count: int, seed: int):
    n = 200
    draws = np.random.Generator(np.random.PCG64(seed)).integers(0, 3, (2, n, count)).astype(float)
    names = [f"S{k}" for k in range(count)]
    own = own_psa(
        {"x": draws[0, :, 0]},
        cost={name: draws[0, :, k] for k, name in enumerate(names)},
        qaly={name: draws[1, :, k] for k, name in enumerate(names)},
        thresholds=(1.0,),
    )
    assert own.acceptability.probability.sum(axis=1) == pytest.approx(1.0, abs=1e-12)


def test_identical_strategies():
    x = normals(1, 500, 16)[0]
    own = own_psa({"x": x}, cost={"A": x, "B": x}, qaly={"A": x, "B": x}, thresholds=(1.0,))
    assert (own.acceptability.probability == 0.5).all()
    found = voi(own)
    assert found.evpi[0] == 0
    assert worth(found, "x") == (0, 0)


def test_an_input_that_does_not_vary_is_worth_nothing():
    x, e = normals(2, 500, 17)
    found = voi(decided_by(x + e, x=x, still=np.full(500, 3.0)))
    assert worth(found, "still")[0] == pytest.approx(0.0, abs=1e-12)


def test_smooth_functions_are_orthonormal():
    for x in (normals(1, 500, 18)[0], np.exp(2 * normals(1, 500, 19)[0]), np.arange(500.0) % 4):
        made = smooth_functions(x)
        assert made.shape[1] >= 3
        assert made.mean(axis=0) == pytest.approx(0.0, abs=1e-10)
        assert made.T @ made / len(x) == pytest.approx(np.eye(made.shape[1]), abs=1e-6)
        assert np.corrcoef(made[:, 0], x)[0, 1] == pytest.approx(1.0)


def test_smooth_functions_get_rougher():
    """The m-th function changes its sign more often than the one before it."""
    x = np.linspace(-1, 1, 400)
    signs = np.sign(smooth_functions(x))
    changes = [int((np.diff(column) != 0).sum()) for column in signs.T]
    assert all(later > earlier for earlier, later in pairwise(changes))


# --- refusals ---------------------------------------------------------------------------------


def test_more_terms_than_draws_carry_are_refused():
    x = normals(8, 200, 20)
    names = [f"x{k}" for k in range(8)]
    own = decided_by(x.sum(axis=0), {"all": tuple(names)}, **dict(zip(names, x, strict=True)))
    found = voi(own)
    refused = next(p for p in found.information if p.of.name == "all")
    assert "needs 25 terms or more, which 200 draws do not carry: run 250" in refused.refused
    assert np.isnan(refused.evppi).all()
    assert any(refused.refused in note for note in found.notes)
    assert "all" in found.table["set"].to_list()
    with pytest.raises(TooFewDrawsError):
        regress(Inputs(x.T), range(8), x.T[:, :2])


def test_too_few_draws_are_refused():
    x = normals(1, 99, 21)[0]
    with pytest.raises(AnalysisError, match="99 draws are too few"):
        voi(decided_by(x, x=x))


# --- the chemotherapy example of voi and BCEA -------------------------------------------------


def _rows(name: str) -> list[dict[str, str]]:
    with (CHEMO / name).open(newline="") as file:
        return list(csv.DictReader(file))


def _columns(name: str) -> dict[str, Array]:
    rows = _rows(name)
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


@pytest.fixture(scope="module")
def chemo() -> OwnPsa:
    if not CHEMO.is_dir():
        pytest.skip("the reference data are not here: ../shared/oracles/voi")
    outcomes = _columns("chemo_eff_cost.csv")
    return own_psa(
        _columns("chemo_inputs.csv"),
        cost={"1": outcomes["cost_1"], "2": outcomes["cost_2"]},
        qaly={"1": outcomes["eff_1"], "2": outcomes["eff_2"]},
        thresholds=(20_000.0, 10_000.0, 30_000.0, 40_000.0, 50_000.0),
        sets={
            "p_side_effects_t1,logor_side_effects": ("p_side_effects_t1", "logor_side_effects"),
            "rate_longterm,c_death": ("rate_longterm", "c_death"),
        },
    )


def test_chemotherapy_evpi(chemo: OwnPsa):
    for row in _rows("chemo_evpi.csv"):
        found = chemo.acceptability_at(float(row["k"])).evpi[0]
        assert found == pytest.approx(float(row["evpi"]), abs=1e-8)


def test_chemotherapy_evppi(chemo: OwnPsa):
    """A regression lies within the spread of gam and earth, give or take its own noise.

    So does the estimate without the noise of other inputs: the spread is that of plain regression,
    whose 95% interval is taken on both sides.
    """
    theirs: dict[tuple[str, float], list[float]] = {}
    for row in _rows("chemo_evppi.csv"):
        if row["dataset"] == "chemo":
            key = row["pars"], float(row["k"])
            theirs.setdefault(key, []).append(float(row["evppi"]))
    question, found = question_of(chemo), voi(chemo)
    assert {p.of.name for p in found.information} == {name for name, _ in theirs}
    for p in found.information:
        plain = regress(question.inputs, p.of.columns, question.increments.outcomes)
        estimate = values(plain.fitted, question.thresholds)
        nothing = np.zeros_like(plain.fitted)
        sampling = question.sampling_errors(plain.fitted, nothing)
        error = np.hypot(regression_error(plain, question.thresholds)[0], sampling)
        for k, threshold in enumerate(question.thresholds.tolist()):
            low, high = min(theirs[p.of.name, threshold]), max(theirs[p.of.name, threshold])
            slack = 2 * error[k] + 0.5
            assert low - slack <= estimate[k] <= high + slack
            assert low - slack <= p.evppi[k] <= high + slack


# --- workbooks --------------------------------------------------------------------------------


def break_even() -> Assumptions:
    return replace(shipped("sor_tace"), thresholds=(Threshold("Break-even", 70_844.0),))


@pytest.fixture(scope="module")
def shipped_voi() -> Voi:
    return voi(cea.psa(break_even(), 4096))


@pytest.fixture(scope="module")
def shipped_question(shipped_voi: Voi) -> Question:
    return question_of(shipped_voi.decision)


def nested(found: Assumptions, name: str, correlated: dict[str, float]) -> float:
    """EVPPI of a parameter by nested simulation: 256 values of it, 512 draws of the others each.

    `correlated` parameters follow their conditional distribution, given the correlation of the
    normal scores.
    """
    outer, inner = 256, 512
    drawn = sample(found, inner, seed=3)
    base = base_values(found)
    z = np.repeat(ndtri((np.arange(outer) + 0.5) / outer), inner)

    def scores(key: str) -> Array:
        own = found.by_key[key]
        values = drawn.draws.values[key]
        low, high = np.full(len(values), -8.0), np.full(len(values), 8.0)
        for _ in range(60):  # the normal score of a draw, by bisection of its quantile
            middle = (low + high) / 2
            below = distribution_of(own, base).quantile(ndtr(middle)) < values
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return low

    varied = {p.key: np.tile(drawn.values[:, k], outer) for k, p in enumerate(drawn.parameters)}
    varied[name] = distribution_of(found.by_key[name], base).quantile(ndtr(z))
    for other, rho in correlated.items():
        # What a draw of the other has beyond what the first parameter told of it.
        rest = (scores(other) - rho * scores(name)) / math.sqrt(1 - rho**2)
        told = rho * z + math.sqrt(1 - rho**2) * np.tile(rest, outer)
        varied[other] = distribution_of(found.by_key[other], base).quantile(ndtr(told))
    outcomes = evaluate(found, draws_with(found, varied, outer * inner))
    benefit = outcomes.net_benefit(found.threshold.value)
    gain = (benefit[:, 1] - benefit[:, 0]).reshape(outer, inner).mean(axis=1)
    return float(np.maximum(gain, 0).mean() - max(0.0, gain.mean()))


@pytest.mark.parametrize(
    ("name", "correlated"),
    [("os_hr", {}), ("rdi_sorafenib", {}), ("os_shape", {"os_median_tace": 0.29})],
)
def test_nested_simulation(shipped_voi: Voi, name: str, correlated: dict[str, float]):
    found = break_even()
    label = found.by_key[name].label
    estimate, error = worth(shipped_voi, label)
    assert abs(nested(found, name, correlated) - estimate) < 3 * error
    assert error < 0.06 * estimate


def test_sobol_draws_do_not_mislead(shipped_voi: Voi, shipped_question: Question):
    """Eighteen inputs worth nothing: products of them follow others in a Sobol sample."""
    assert worth(shipped_voi, "Adverse events")[0] < 1
    question = shipped_question
    group = next(p.of for p in shipped_voi.information if p.of.name == "Adverse events")
    plain = regress(question.inputs, group.columns, question.increments.outcomes)
    assert values(plain.fitted, question.thresholds)[0] > 100  # what would be said without care


def test_everything_sampled_is_worth_the_evpi(shipped_voi: Voi, shipped_question: Question):
    fit, _ = shipped_question.expectation(range(shipped_question.inputs.count))
    assert values(fit.fitted, shipped_question.thresholds)[0] == pytest.approx(
        shipped_voi.evpi[0], rel=0.005
    )


def test_sets_of_the_shipped_workbook(shipped_voi: Voi):
    names = [p.of.name for p in shipped_voi.information]
    assert {"Overall survival", "Progression-free survival", "Survival", "Utility"} <= set(names)
    resting = next(p for p in shipped_voi.information if p.of.kind == ASSUMED)
    assert len(resting.of.parameters) == 7
    assert 0 < shipped_voi.assumption_share() < 1
    assert shipped_voi.assumption_share() == resting.evppi[0] / shipped_voi.evpi[0]


def test_a_fitted_curve_is_one_set():
    found = shipped("km_example")
    made = voi(cea.psa(found, 512))
    curves = [p.of for p in made.information if p.of.kind == CURVE]
    assert len(curves) == 4
    assert all(len(curve.columns) == 2 for curve in curves)
    fitted = {name for curve in curves for name in curve.parameters}
    singles = {name for p in made.information if p.of.kind == SINGLE for name in p.of.parameters}
    assert not fitted & singles


def small(**changes: object) -> Assumptions:
    found = assumptions(
        [*exponentials("A"), hazard_ratio("B", "OS", "hr"), hazard_ratio("B", "PFS", 0.7),
         parametric("B", "TOT", "exponential", 0.2)],
        parameters=[
            parameter("hr", 0.7, distribution="lognormal", se=0.2, group="Effect"),
            parameter("c_drug", 1500, distribution="gamma", se=400, evidence="assumption"),
            parameter("u_pf", 0.8, distribution="beta", se=0.05, evidence="trial"),
            parameter("fixed", 3.0, evidence="assumption"),
        ],
        costs=[cost("Drug", "on_treatment", "c_drug+fixed", strategy="B")],
        utility=utilities("u_pf", 0.5),
        **changes,
    )  # fmt: skip
    return replace(found, parameter_sets=(SetMember("Mine", "hr"), SetMember("Mine", "c_drug")))


def test_tables():
    made = voi(cea.psa(small(voi_incidence=1000.0, voi_horizon_years=10.0), 512))
    table = made.table
    assert list(table["kind"].unique()) != []
    assert set(table["set"]) == {
        "hr", "c_drug", "u_pf", "Effect", "Mine", "All inputs that rest on assumption"
    }  # fmt: skip
    mine = table[table["set"] == "Mine"].iloc[0]
    assert mine["parameters"] == "hr; c_drug"
    assert bool(mine["rests_on_assumption"])
    assert mine["population_evppi"] == pytest.approx(10_000 * mine["evppi"])
    assert mine["share_of_evpi"] == pytest.approx(mine["evppi"] / made.evpi[0])
    assert made.evpi_table["population_evpi"][0] == pytest.approx(10_000 * made.evpi[0])
    curves = made.curves
    at = curves[(curves["set"] == "Mine") & (curves["threshold"] == 50_000.0)]["evppi"]
    assert at.iloc[0] == pytest.approx(mine["evppi"])
    assert any("not sampled" in note and "fixed" in note for note in made.notes)


def test_own_draws_give_what_the_workbook_gives():
    sampled = cea.psa(small(), 1024)
    inputs = {p.name: sampled.sample.values[:, k] for k, p in enumerate(sampled.sample.parameters)}
    names = sampled.outcomes.strategies
    own = own_psa(
        inputs,
        cost={s: sampled.outcomes.cost[:, k] for k, s in enumerate(names)},
        qaly={s: sampled.outcomes.total_qaly[:, k] for k, s in enumerate(names)},
        thresholds=(50_000.0,),
        reference="A",
    )
    theirs, ours = voi(own), voi(sampled)
    assert theirs.evpi == pytest.approx(ours.evpi)
    for name in inputs:
        assert worth(theirs, name)[0] == pytest.approx(worth(ours, name)[0])


def test_own_draws_may_be_of_any_type_of_number():
    x = normals(1, 200, 22)[0]
    made = own_psa({"x": x.astype(object)}, cost={"A": x, "B": x.astype(object)},
                   qaly={"A": x, "B": x}, thresholds=(1.0,))  # fmt: skip
    assert made.values.dtype == made.outcomes.cost.dtype == float
    assert len(voi(made).singles) == 1


def test_own_draws_are_checked():
    x = normals(1, 200, 22)[0]
    two = {"A": x, "B": x}
    with pytest.raises(AnalysisError, match="needs two or more"):
        own_psa({"x": x}, cost={"A": x}, qaly={"A": x}, thresholds=(1.0,))
    with pytest.raises(AnalysisError, match="willingness to pay above 0"):
        own_psa({"x": x}, cost=two, qaly=two, thresholds=())
    with pytest.raises(AnalysisError, match="no strategy 'C'; use one of: A, B"):
        own_psa({"x": x}, cost=two, qaly=two, thresholds=(1.0,), reference="C")
    assert (
        own_psa(
            {"x": x}, cost=two, qaly=two, thresholds=(1.0,), reference="b"
        ).assumptions.reference
        == 1
    )
    with pytest.raises(AnalysisError, match="set 'S': no input 'y'"):
        own_psa({"x": x}, cost=two, qaly=two, thresholds=(1.0,), sets={"S": ("y",)})
