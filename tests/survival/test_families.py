"""Families against flexsurv, against each other, and at the ends of time."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from cea.survival.families import FAMILIES
from tests.build import REFERENCE

FITS = json.loads((REFERENCE / "flexsurv" / "flexsurv_fits.json").read_text())
FLEXSURV = {
    "exp": "exponential",
    "weibull": "weibull",
    "gompertz": "gompertz",
    "lnorm": "lognormal",
    "llogis": "loglogistic",
    "gamma": "gamma",
    "gengamma": "gengamma",
}

# Parameters that span what is met in practice, times in months.
_rate = st.floats(1e-4, 2.0)
_positive = st.floats(0.2, 5.0)
_scale = st.floats(0.5, 500.0)
_mu = st.floats(-1.0, 6.0)
PARAMETERS = {
    "exponential": st.tuples(_rate),
    "weibull": st.tuples(_positive, _scale),
    "gompertz": st.tuples(st.floats(-0.2, 0.2), _rate),
    "lognormal": st.tuples(_mu, _positive),
    "loglogistic": st.tuples(_positive, _scale),
    "gamma": st.tuples(_positive, _rate),
    "gengamma": st.tuples(_mu, _positive, st.floats(-3.0, 3.0)),
}
curves = st.sampled_from(sorted(PARAMETERS)).flatmap(
    lambda name: st.tuples(st.just(name), PARAMETERS[name])
)

EXAMPLES = {
    "exponential": (0.05,),
    "weibull": (1.4, 20.0),
    "gompertz": (0.03, 0.02),
    "lognormal": (2.5, 0.9),
    "loglogistic": (1.6, 14.0),
    "gamma": (1.8, 0.1),
    "gengamma": (2.7, 0.8, 0.6),
}
GENGAMMA = [(2.7, 0.8, -0.7), (2.7, 0.8, 1e-9), (2.7, 1.3, 2.2)]
ALL = [*EXAMPLES.items(), *(("gengamma", theta) for theta in GENGAMMA)]


def test_every_family_is_tested():
    assert set(PARAMETERS) == set(EXAMPLES) == set(FAMILIES)


@pytest.mark.parametrize("data", ["lung", "ovarian"])
@pytest.mark.parametrize("model", sorted(FLEXSURV))
def test_flexsurv(data, model):
    fit = FITS[data][model]
    family = FAMILIES[FLEXSURV[model]]
    theta = [fit["natural"][parameter.name] for parameter in family.parameters]
    t = np.array(fit["times"], dtype=float)
    np.testing.assert_allclose(family.survival(t, *theta), fit["survival"], rtol=1e-10)
    np.testing.assert_allclose(family.cumulative_hazard(t, *theta), fit["cumhaz"], rtol=1e-10)
    assert float(family.quantile(np.array(0.5), *theta)) == pytest.approx(fit["median"], rel=1e-9)


@pytest.mark.parametrize("data", ["lung", "ovarian"])
@pytest.mark.parametrize("model", sorted(FLEXSURV))
def test_restricted_mean_by_integration(data, model):
    fit = FITS[data][model]
    family = FAMILIES[FLEXSURV[model]]
    theta = [fit["natural"][parameter.name] for parameter in family.parameters]
    found = [
        quad(lambda t: float(family.survival(np.array([t]), *theta)[0]), 0, end, epsrel=1e-11)[0]
        for end in fit["times"]
    ]
    np.testing.assert_allclose(found, fit["rmst"], rtol=1e-7)


T = np.array([0.0, 0.01, 0.5, 1.0, 3.0, 12.0, 60.0, 240.0])


def _hazard(name, *theta):
    return FAMILIES[name].cumulative_hazard(T, *theta)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("weibull", 1.0, 1 / 0.05), ("exponential", 0.05)),
        (("gompertz", 0.0, 0.05), ("exponential", 0.05)),
        (("gamma", 1.0, 0.05), ("exponential", 0.05)),
        # generalised gamma (Prentice 1974; Cox et al. 2007)
        (("gengamma", 2.7, 0.8, 1.0), ("weibull", 1 / 0.8, np.exp(2.7))),
        (("gengamma", 2.7, 0.8, 0.0), ("lognormal", 2.7, 0.8)),
        (("gengamma", 2.7, 0.8, 0.8), ("gamma", 0.8**-2, 0.8**-2 * np.exp(-2.7))),
        (("gengamma", 2.7, 1.0, 1.0), ("exponential", np.exp(-2.7))),
    ],
    ids=lambda curve: curve[0],
)
def test_families_that_coincide(one, other):
    np.testing.assert_allclose(_hazard(*one), _hazard(*other), rtol=1e-9, atol=1e-14)


def test_log_logistic_odds():
    odds = np.expm1(_hazard("loglogistic", 1.6, 14.0))  # 1/S - 1
    np.testing.assert_allclose(odds, (T / 14.0) ** 1.6, rtol=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_generalised_gamma_tends_to_log_normal(sign):
    """The distance falls in proportion to Q, down to nothing."""
    normal = FAMILIES["lognormal"].survival(T, 2.7, 0.8)

    def distance(q):
        return np.abs(FAMILIES["gengamma"].survival(T, 2.7, 0.8, sign * q) - normal).max()

    assert distance(1e-2) == pytest.approx(10 * distance(1e-3), rel=0.05)
    assert distance(1e-3) == pytest.approx(100 * distance(1e-5), rel=0.05)
    assert distance(1e-5) == pytest.approx(1e4 * distance(1e-9), rel=0.05)
    assert distance(0) == 0


def test_gompertz_tends_to_exponential():
    exponential = _hazard("exponential", 0.05)
    for shape in (1e-12, -1e-12):
        np.testing.assert_allclose(_hazard("gompertz", shape, 0.05), exponential, rtol=1e-9)


@given(curves)
def test_starts_alive_and_never_rises(curve):
    name, theta = curve
    t = np.linspace(0.0, 600.0, 241)
    hazard = FAMILIES[name].cumulative_hazard(t, *theta)
    assert hazard[0] == 0
    # S may wobble by the rounding of its incomplete gamma function, no more
    assert np.diff(np.exp(-hazard)).max() < 1e-14
    assert np.all(hazard >= 0)


@given(curves, st.floats(0.001, 0.999))
def test_quantile_inverts_survival(curve, p):
    name, theta = curve
    family = FAMILIES[name]
    t = family.quantile(np.array([p]), *theta)
    if np.isinf(t[0]):  # Gompertz: some never have the event
        shape, rate = theta
        assert name == "gompertz"
        assert shape < 0
        assert p >= 1 - np.exp(rate / shape) - 1e-12
    else:
        np.testing.assert_allclose(family.survival(t, *theta), 1 - p, rtol=1e-8)


def test_gompertz_survivors():
    never = np.exp(0.02 / -0.05)
    gompertz = FAMILIES["gompertz"]
    assert gompertz.survival(np.array([1e6]), -0.05, 0.02)[0] == pytest.approx(never, rel=1e-12)
    p = np.array([1 - never - 1e-9, 1 - never + 1e-9])
    assert np.isfinite(gompertz.quantile(p, -0.05, 0.02)).tolist() == [True, False]


@given(curves)
def test_far_tails_are_numbers(curve):
    name, theta = curve
    t = np.array([0.0, 1e-300, 1e-12, 1e3, 1e6, 1e12])
    hazard = FAMILIES[name].cumulative_hazard(t, *theta)
    assert not np.isnan(hazard).any()
    survival = np.exp(-hazard)
    assert np.all((survival >= 0) & (survival <= 1))


@pytest.mark.parametrize(
    ("name", "theta"),
    [
        ("weibull", (60.0, 0.5)),
        ("gompertz", (50.0, 1e-3)),
        ("lognormal", (0.0, 1e-3)),
        ("loglogistic", (200.0, 0.5)),
        ("gamma", (1e4, 1e3)),
        ("gengamma", (0.0, 1e-2, 3.0)),
        ("gengamma", (0.0, 1e-2, -3.0)),
    ],
)
def test_steep_curves_go_to_infinity(name, theta):
    with np.errstate(over="ignore"):
        hazard = FAMILIES[name].cumulative_hazard(np.array([0.0, 1e-6, 1e6, 1e9]), *theta)
    assert not np.isnan(hazard).any()
    assert np.exp(-hazard[:2]) == pytest.approx(1.0, abs=1e-6)
    assert np.exp(-hazard[-1]) == pytest.approx(0.0, abs=1e-30)


@pytest.mark.parametrize(("name", "theta"), ALL)
def test_upper_tail_keeps_its_digits(name, theta):
    """-log S stays exact where S itself would round to 0 or lose its digits against 1 - S."""
    family = FAMILIES[name]
    t = family.quantile(np.array([1 - 1e-12]), *theta)
    assert family.cumulative_hazard(t, *theta)[0] == pytest.approx(-np.log(1e-12), rel=1e-4)
    further = family.cumulative_hazard(2 * t, *theta)[0]
    assert further > family.cumulative_hazard(t, *theta)[0]


@pytest.mark.parametrize(("name", "theta"), ALL)
def test_draws_broadcast_against_times(name, theta):
    """Parameters of shape (n, 1) and times of shape (m,) give (n, m), row by row the same."""
    family = FAMILIES[name]
    factors = np.array([1.0, 0.9, 1.2])[:, None]
    columns = [factors * parameter for parameter in theta]
    together = family.cumulative_hazard(T, *columns)
    assert together.shape == (3, len(T))
    for row, factor in zip(together, factors[:, 0], strict=True):
        alone = family.cumulative_hazard(T, *(factor * parameter for parameter in theta))
        np.testing.assert_allclose(row, alone, rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "theta", "which"),
    [(name, theta, which) for name, theta in EXAMPLES.items() for which in range(len(theta))],
)
def test_one_parameter_varies(name, theta, which):
    family = FAMILIES[name]
    mixed = list(theta)
    mixed[which] = np.full((2, 1), theta[which])
    found = family.cumulative_hazard(T, *mixed)
    np.testing.assert_allclose(found, np.tile(family.cumulative_hazard(T, *theta), (2, 1)))


@pytest.mark.parametrize(("name", "theta"), ALL)
def test_scalar_time(name, theta):
    family = FAMILIES[name]
    expected = family.cumulative_hazard(np.array([7.0]), *theta)[0]
    assert float(family.cumulative_hazard(np.float64(7.0), *theta)) == expected


def test_generalised_gamma_draws_of_every_sign():
    """One batch may hold all three branches of Q."""
    q = np.array([-0.7, 0.0, 1e-9, 0.5, 1.0])[:, None]
    family = FAMILIES["gengamma"]
    together = family.cumulative_hazard(T, 2.7, 0.8, q)
    for row, one in zip(together, q[:, 0], strict=True):
        np.testing.assert_array_equal(row, family.cumulative_hazard(T, 2.7, 0.8, one))
    p = np.full((5, 1), 0.3)
    np.testing.assert_allclose(
        family.survival(family.quantile(p, 2.7, 0.8, q), 2.7, 0.8, q), 0.7, rtol=1e-9
    )
