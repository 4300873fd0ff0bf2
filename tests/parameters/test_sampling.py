"""Sampling: uniform numbers, correlation, derived parameters, the same draws every time."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from scipy.special import ndtri

from cea.assumptions import Correlation
from cea.model.evaluate import evaluate
from cea.parameters.draws import base_values, draws_with
from cea.parameters.sampling import (
    NotPositiveDefiniteError,
    correlate,
    correlation_matrix,
    sample,
    uniforms,
)
from tests.build import assumptions, cost, exponentials, parameter

SAMPLINGS = ("sobol", "latin_hypercube", "pseudo_random")
N = 2**12


def _assumptions(*parameters, correlations=(), **changes):
    return assumptions(
        exponentials("A"),
        parameters=parameters,
        correlations=[Correlation(*pair) for pair in correlations],
        **changes,
    )


def _normal(name, mean=0.0, sd=1.0, **cells):
    return parameter(name, mean, distribution="normal", se=sd, **cells)


# --- uniform numbers ------------------------------------------------------------------------


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("n", [1, 2, 7, 1000, 1024])
def test_uniforms(sampling, n):
    u = uniforms(n, 3, sampling, seed=5)
    assert u.shape == (n, 3)
    assert np.all((u > 0) & (u < 1))
    assert np.isfinite(ndtri(u)).all()
    np.testing.assert_array_equal(u, uniforms(n, 3, sampling, seed=5))
    assert not np.array_equal(u, uniforms(n, 3, sampling, seed=6))


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_uniforms_fill_the_unit_interval(sampling):
    u = uniforms(N, 8, sampling, seed=5)
    error = {"sobol": 1e-3, "latin_hypercube": 1e-3, "pseudo_random": 2e-2}[sampling]
    np.testing.assert_allclose(u.mean(axis=0), 0.5, atol=error)
    np.testing.assert_allclose(u.var(axis=0), 1 / 12, atol=error)
    off_diagonal = np.corrcoef(u.T)[~np.eye(8, dtype=bool)]
    assert np.abs(off_diagonal).max() < 0.06


@pytest.mark.parametrize("sampling", ["sobol", "latin_hypercube"])
def test_stratification(sampling):
    """One number in each of n equal bins, for every parameter."""
    u = uniforms(256, 5, sampling, seed=9)
    for column in u.T:
        assert sorted(np.floor(column * 256).astype(int)) == list(range(256))


def test_sobol_is_balanced_in_pairs():
    """The first 64 points put one into each of the 8 x 8 squares of neighbouring dimensions."""
    u = uniforms(64, 2, "sobol", seed=2)
    assert len({tuple(cell) for cell in np.floor(u * 8).astype(int)}) == 64


def test_sobol_of_any_n_begins_the_same_sequence():
    np.testing.assert_array_equal(uniforms(100, 4, "sobol", 3), uniforms(128, 4, "sobol", 3)[:100])


# Regenerate: python -c "from tests.parameters.test_sampling import pin; pin()"
PINNED = {
    "sobol": [
        [0.7204934461042285, 0.9679121915251017],
        [0.34202631935477257, 0.24256637133657932],
        [0.12743921857327223, 0.7184040201827884],
    ],
    "latin_hypercube": [
        [0.4498101422658262, 0.823476626835893],
        [0.2776363050284435, 0.1113329902787098],
        [0.9061967640996226, 0.6341639085714824],
    ],
    "pseudo_random": [
        [0.6758313379812818, 0.21432320123825765],
        [0.3094520308816917, 0.7994660967748332],
        [0.9958020988654668, 0.1422318152800518],
    ],
}


def pin():
    """Print the draws that the next test pins."""
    for sampling in SAMPLINGS:
        print(f'    "{sampling}": {uniforms(3, 2, sampling, seed=2024).tolist()},')


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_the_same_draws_on_every_machine(sampling):
    np.testing.assert_allclose(uniforms(3, 2, sampling, seed=2024), PINNED[sampling], rtol=1e-8)


# --- parameters -----------------------------------------------------------------------------


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_moments_of_the_draws(sampling):
    found = _assumptions(
        _normal("p_1", 10, 2),
        parameter("p_2", 5.0, distribution="gamma", se=1.0),
        parameter("p_3", 0.3, distribution="beta", se=0.05),
        parameter("p_4", 2.0, distribution="lognormal", se=0.3),
        parameter("p_5", 1.0),
        psa_sampling=sampling,
    )
    drawn = sample(found, N)
    assert [p.name for p in drawn.parameters] == ["p_1", "p_2", "p_3", "p_4"]
    assert drawn.values.shape == (N, 4)
    close = 0.003 if sampling != "pseudo_random" else 0.1
    mean, sd = drawn.values.mean(axis=0), drawn.values.std(axis=0)
    np.testing.assert_allclose(mean[:3], [10, 5, 0.3], rtol=close)
    np.testing.assert_allclose(sd[:3], [2, 1, 0.05], rtol=max(close, 0.01))
    assert np.median(drawn.values[:, 3]) == pytest.approx(2.0, rel=max(close, 0.01))
    assert drawn.draws.values["p_5"] == 1.0
    np.testing.assert_array_equal(drawn.draws.values["p_1"], drawn.values[:, 0])


def test_settings_are_the_defaults():
    found = _assumptions(_normal("p_1"), psa_draws=50, psa_seed=4, psa_sampling="latin_hypercube")
    expected = sample(found, 50, 4, "latin_hypercube").values
    np.testing.assert_array_equal(sample(found).values, expected)
    assert not np.array_equal(sample(found, seed=5).values, expected)
    assert not np.array_equal(sample(found, sampling="sobol").values, expected)


def test_nothing_to_sample():
    found = _assumptions(parameter("p_1", 1.0), _normal("p_2", in_psa=False))
    drawn = sample(found, 10)
    assert drawn.parameters == ()
    assert drawn.values.shape == (10, 0)
    assert drawn.draws.n == 10
    assert drawn.draws.values["p_2"] == 0.0


def test_a_parameter_out_of_the_psa_stays_at_its_base():
    drawn = sample(_assumptions(_normal("p_1", 7, in_psa=False), _normal("p_2", 1)), 64)
    assert [p.name for p in drawn.parameters] == ["p_2"]
    assert drawn.draws.values["p_1"] == 7.0


def test_dirichlet():
    """Shares add up to 1 in every draw, with the mean and the variance of their alphas."""
    alphas = {"s1": 30.0, "s2": 50.0, "s3": 20.0}
    others = {"t1": 3.0, "t2": 1.0}
    rows = [
        parameter(name, alpha / 100, distribution="dirichlet", par1=alpha, group="split")
        for name, alpha in alphas.items()
    ]
    rows += [
        parameter(name, alpha / 4, distribution="dirichlet", par1=alpha, group="other")
        for name, alpha in others.items()
    ]
    drawn = sample(_assumptions(*rows, _normal("p_1", group="split")), N)
    v = drawn.values
    np.testing.assert_allclose(v[:, :3].sum(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(v[:, 3:5].sum(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(v[:, :3].mean(axis=0), [0.3, 0.5, 0.2], rtol=2e-3)
    expected = [a * (100 - a) / 100**2 / 101 for a in alphas.values()]
    np.testing.assert_allclose(v[:, :3].var(axis=0), expected, rtol=2e-2)
    np.testing.assert_allclose(v[:, 3].mean(), 0.75, rtol=2e-3)
    assert v[:, 5].std() == pytest.approx(1.0, rel=1e-2)  # a normal of the same group is left alone


# --- correlation ----------------------------------------------------------------------------


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_correlation_of_the_normal_scores(sampling):
    """The scores of a lognormal and a beta are correlated as asked; their margins are not moved."""
    found = _assumptions(
        _normal("p_1"),
        parameter("p_2", 2.0, distribution="lognormal", se=0.5),
        _normal("p_3"),
        parameter("p_4", 0.4, distribution="beta", se=0.1),
        correlations=[("p_4", "P_2", 0.7), ("p_1", "p_4", -0.3)],
        psa_sampling=sampling,
    )
    drawn = sample(found, N)
    uniform = np.argsort(np.argsort(drawn.values, axis=0), axis=0)
    z = ndtri((uniform + 0.5) / N)
    expected = np.eye(4)
    expected[1, 3] = expected[3, 1] = 0.7
    expected[0, 3] = expected[3, 0] = -0.3
    np.testing.assert_allclose(np.corrcoef(z.T), expected, atol=0.05)
    assert drawn.values[:, 3].mean() == pytest.approx(0.4, rel=0.02)
    assert drawn.values[:, 3].std() == pytest.approx(0.1, rel=0.03)
    plain = sample(replace(found, correlations=()), N)
    np.testing.assert_array_equal(plain.values[:, 2], drawn.values[:, 2])  # p_3 has no part in it


def test_correlate():
    u = uniforms(N, 2, "sobol", 1)
    matrix = np.array([[1.0, -0.6], [-0.6, 1.0]])
    found = correlate(u, matrix)
    np.testing.assert_allclose(found[:, 0], u[:, 0], rtol=1e-12)
    z = ndtri(u)
    np.testing.assert_allclose(ndtri(found[:, 1]), -0.6 * z[:, 0] + 0.8 * z[:, 1], rtol=1e-9)
    np.testing.assert_allclose(correlate(u, np.eye(2)), u, rtol=1e-12)


def test_a_correlation_of_0_is_none():
    rows = (_normal("p_1"), _normal("p_2"))
    plain = sample(_assumptions(*rows), 64).values
    zero = sample(_assumptions(*rows, correlations=[("p_1", "p_2", 0.0)]), 64).values
    np.testing.assert_array_equal(plain, zero)


def test_correlation_matrix():
    found = correlation_matrix(["p_2", "p_1"], [Correlation("P_1", "p_2", 0.25)])
    assert found.tolist() == [[1.0, 0.25], [0.25, 1.0]]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_correlations_hold_together_whatever_their_order(order):
    """Two pairs at 0.9 hold only because the third is high as well: none is judged before all."""
    pairs = [Correlation(*pair, 0.9) for pair in (("p_1", "p_2"), ("p_2", "p_3"), ("p_1", "p_3"))]
    found = correlation_matrix(["p_1", "p_2", "p_3"], [pairs[k] for k in order])
    np.testing.assert_allclose(found, 0.9 + 0.1 * np.eye(3))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_impossible_correlations_name_a_pair_that_contradicts(order):
    """p_1 ~ p_2 and p_2 ~ p_3 strongly, but p_1 against p_3; p_4 and p_5 have no part in it."""
    pairs = [
        Correlation("p_1", "p_2", 0.9),
        Correlation("p_2", "p_3", 0.9),
        Correlation("p_1", "p_3", -0.9),
    ]
    innocent = [Correlation("p_4", "p_5", 0.95), Correlation("p_3", "p_4", 0.05)]
    pairs = [innocent[0], *(pairs[k] for k in order), innocent[1]]
    with pytest.raises(NotPositiveDefiniteError) as error:
        correlation_matrix([f"p_{k}" for k in range(1, 6)], pairs)
    assert error.value.pair in pairs[1:4]


def test_the_pair_named_is_the_one_out_of_line():
    """Two pairs at 0.5 agree; the one at -0.95 does not."""
    names = ["p_1", "p_2", "p_3"]
    odd = Correlation("p_1", "p_3", -0.95)
    agreed = [Correlation("p_1", "p_2", 0.5), Correlation("p_2", "p_3", 0.5)]
    correlation_matrix(names, agreed)
    with pytest.raises(NotPositiveDefiniteError) as error:
        correlation_matrix(names, [*agreed, odd])
    assert error.value.pair == odd


@pytest.mark.parametrize("rho", [1.0, -1.0])
def test_perfect_correlation_is_refused(rho):
    with pytest.raises(NotPositiveDefiniteError):
        correlation_matrix(["p_1", "p_2"], [Correlation("p_1", "p_2", rho)])


# --- derived parameters ---------------------------------------------------------------------

DERIVED = (
    parameter("c_month", 3000.0, distribution="gamma", se=300.0),
    parameter("rdi", 0.8, distribution="beta", se=0.05),
    parameter("c_dose", "c_month*rdi"),
    parameter("c_year", "12*c_dose"),
)


def _cost_of(*parameters):
    """Assumptions in which a patient costs c_dose at entry, and no more."""
    return replace(_assumptions(*parameters), costs=(cost("drug", "entry", "c_dose", "event"),))


def test_derived_parameters_move_with_what_they_are_made_of():
    drawn = sample(_assumptions(*DERIVED), 256)
    v = drawn.draws.values
    np.testing.assert_allclose(v["c_dose"], v["c_month"] * v["rdi"], rtol=1e-14)
    np.testing.assert_allclose(v["c_year"], 12 * v["c_month"] * v["rdi"], rtol=1e-14)
    assert [p.name for p in drawn.parameters] == ["c_month", "rdi"]


def test_freezing_a_derived_parameter_takes_its_variance_away():
    live = _cost_of(*DERIVED)
    moving = evaluate(live, sample(live, 1024).draws).cost[:, 0]
    expected = 2400**2 * ((300 / 3000) ** 2 + (0.05 / 0.8) ** 2 + (0.1 * 0.0625) ** 2)
    assert moving.var() == pytest.approx(expected, rel=0.02)
    frozen = _cost_of(*DERIVED[:2], parameter("c_dose", 2400.0), DERIVED[3])
    assert evaluate(frozen, sample(frozen, 1024).draws).cost.var() == 0
    # freezing an input takes its part of the variance only
    half = _cost_of(replace(DERIVED[0], in_psa=False), *DERIVED[1:])
    part = evaluate(half, sample(half, 1024).draws).cost[:, 0].var()
    assert part == pytest.approx(2400**2 * (0.05 / 0.8) ** 2, rel=0.02)


def test_a_formula_with_a_distribution_is_sampled_around_its_base_value():
    """It is a quantity of its own: centred on the formula's base value, not moving with it."""
    own = parameter("c_dose", "c_month*rdi", distribution="normal", se=100.0)
    drawn = sample(_assumptions(*DERIVED[:2], own, DERIVED[3]), N)
    v = drawn.draws.values
    assert v["c_dose"].mean() == pytest.approx(2400, rel=1e-3)
    assert v["c_dose"].std() == pytest.approx(100, rel=1e-2)
    assert abs(np.corrcoef(v["c_dose"], v["c_month"])[0, 1]) < 0.05
    np.testing.assert_allclose(v["c_year"], 12 * v["c_dose"])  # what is derived from it moves


def test_a_formula_with_a_distribution_out_of_the_psa_stays_at_its_base_value():
    own = parameter("c_dose", "c_month*rdi", distribution="normal", se=100.0, in_psa=False)
    v = sample(_assumptions(*DERIVED[:2], own), 64).draws.values
    assert v["c_dose"] == 2400.0


def test_base_values_follow_the_formulas_in_any_order():
    values = base_values(_assumptions(*DERIVED[::-1]))
    assert values == {"c_month": 3000.0, "rdi": 0.8, "c_dose": 2400.0, "c_year": 28800.0}


def test_draws_with_leaves_nan_alone():
    found = _assumptions(*DERIVED)
    varied = {"rdi": np.array([np.nan, 0.5, np.nan]), "c_dose": np.array([np.nan, np.nan, 1.0])}
    v = draws_with(found, varied, 3).values
    assert v["rdi"].tolist() == [0.8, 0.5, 0.8]
    assert v["c_dose"].tolist() == [2400.0, 1500.0, 1.0]
    assert v["c_year"].tolist() == [28800.0, 18000.0, 12.0]
    assert v["c_month"] == 3000.0


def test_names_ignore_case():
    found = _assumptions(_normal("P_1", 2), parameter("Q_2", "p_1*3"))
    v = sample(found, 8).draws.values
    np.testing.assert_allclose(v["q_2"], 3 * v["p_1"])
