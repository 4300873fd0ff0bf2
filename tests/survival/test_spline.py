import json

import numpy as np
import pytest
from scipy.integrate import quad

from cea.survival.families import FAMILIES
from cea.survival.family import derivative
from cea.survival.spline import SCALES, Spline, SplineRequest
from tests.build import REFERENCE

FITS = json.loads((REFERENCE / "flexsurv" / "flexsurv_fits.json").read_text())
MODELS = [
    (data, model) for data in ("lung", "ovarian") for model in FITS[data] if "spline" in model
]
T = np.array([0.0, 0.01, 0.5, 1.0, 3.0, 12.0, 60.0, 240.0])
KNOTS = (0.0, 1.6, 2.7, 4.0)
EXAMPLES = {
    "hazard": (-4.0, 1.2, 0.02, -0.03),
    "odds": (-4.0, 1.2, -0.04, 0.05),
    "normal": (-2.4, 0.8, -0.02, 0.03),
}


def flexsurv(data, model):
    fit = FITS[data][model]
    spline = Spline(fit["knots"], fit["scale"])
    return fit, spline, tuple(fit["natural"][p.name] for p in spline.parameters)


@pytest.mark.parametrize(("data", "model"), MODELS)
def test_flexsurv(data, model):
    fit, spline, theta = flexsurv(data, model)
    t = np.array(fit["times"], dtype=float)
    np.testing.assert_allclose(spline.cumulative_hazard(t, *theta), fit["cumhaz"], rtol=1e-10)
    np.testing.assert_allclose(spline.survival(t, *theta), fit["survival"], rtol=1e-10)
    np.testing.assert_allclose(spline.hazard(t, *theta), fit["hazard"], rtol=1e-10)
    assert float(spline.quantile(np.array(0.5), *theta)) == pytest.approx(fit["median"], rel=1e-8)


@pytest.mark.parametrize(("data", "model"), MODELS)
def test_restricted_mean(data, model):
    fit, spline, theta = flexsurv(data, model)
    for end, expected in zip(fit["times"], fit["rmst"], strict=True):
        found = float(spline.restricted_mean(end, *(np.array([[g]]) for g in theta))[0])
        assert found == pytest.approx(expected, rel=1e-5)  # flexsurv's integral is no better
        inside = [float(t) for t in np.exp(fit["knots"]) if t < end]
        exact = quad(
            lambda t: float(spline.survival(np.array([t]), *theta)[0]),
            0, end, epsrel=1e-12, points=inside or None, limit=200,
        )[0]  # fmt: skip
        assert found == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    ("scale", "family"), [("hazard", "weibull"), ("odds", "loglogistic"), ("normal", "lognormal")]
)
def test_without_inner_knots(scale, family):
    gamma0, gamma1 = -3.1, 1.3
    scale_or_mean, shape_or_sd = np.exp(-gamma0 / gamma1), gamma1
    theta = (shape_or_sd, scale_or_mean)
    if family == "lognormal":
        theta = (-gamma0 / gamma1, 1 / gamma1)
    spline, other = Spline((0.0, 4.0), scale), FAMILIES[family]
    after = T[1:]
    for name in ("cumulative_hazard", "log_density"):
        found = getattr(spline, name)(after, gamma0, gamma1)
        np.testing.assert_allclose(found, getattr(other, name)(after, *theta), rtol=1e-12)
    p = np.array([0.01, 0.5, 0.999])
    np.testing.assert_allclose(
        spline.quantile(p, gamma0, gamma1), other.quantile(p, *theta), rtol=1e-12
    )


def test_basis():
    """The terms of the inner knots are 0 before, straight after, and smooth at every knot."""
    spline = Spline(KNOTS, "hazard")
    x = np.array([-30.0, -1.0, 0.0])
    assert np.all(spline.basis(x)[2:] == 0)
    after = spline.basis(np.array([4.0, 5.0, 6.0, 30.0]))
    slope = np.diff(after, axis=1) / np.array([1.0, 1.0, 24.0])
    np.testing.assert_allclose(slope, slope[:, :1] * np.ones(3), rtol=1e-11)
    for knot in KNOTS:
        for order in (0, 1):
            below, above = spline.basis(np.array([knot - 1e-9, knot + 1e-9]), order).T
            np.testing.assert_allclose(below, above, atol=1e-7)
    x = np.linspace(-1.0, 5.0, 31)
    slopes = (spline.basis(x + 1e-5) - spline.basis(x - 1e-5)) / 2e-5
    np.testing.assert_allclose(slopes, spline.basis(x, 1), atol=1e-8)


@pytest.mark.parametrize("scale", SCALES)
def test_like_every_family(scale):
    spline, theta = Spline(KNOTS, scale), EXAMPLES[scale]
    hazard = spline.cumulative_hazard(T, *theta)
    assert hazard[0] == 0
    assert np.all(np.diff(hazard) > 0)
    columns = [factor * np.array([[1.0], [0.9], [1.1]]) for factor in theta]
    together = spline.cumulative_hazard(T, *columns)
    assert together.shape == (3, len(T))
    np.testing.assert_allclose(together[0], hazard, rtol=1e-13)
    mixed = [*theta[:-1], np.full((2, 1), theta[-1])]
    np.testing.assert_allclose(spline.cumulative_hazard(T, *mixed)[1], hazard, rtol=1e-13)
    assert float(spline.cumulative_hazard(np.float64(12.0), *theta)) == pytest.approx(hazard[5])
    p = np.array([1e-6, 0.01, 0.3, 0.6, 0.99, 1 - 1e-9])
    np.testing.assert_allclose(
        spline.survival(spline.quantile(p, *theta), *theta), 1 - p, rtol=1e-7
    )
    quantiles = spline.quantile(p[:, None], *(np.full((1, 2), g) for g in theta))
    np.testing.assert_allclose(quantiles[:, 1], spline.quantile(p, *theta), rtol=1e-13)


@pytest.mark.parametrize("scale", SCALES)
def test_far_tails_are_numbers(scale):
    t = np.array([0.0, 1e-300, 1e-12, 1e3, 1e6, 1e12])
    hazard = Spline(KNOTS, scale).cumulative_hazard(t, *EXAMPLES[scale])
    assert not np.isnan(hazard).any()
    assert np.all(np.diff(hazard) >= 0)


@pytest.mark.parametrize("scale", SCALES)
def test_hazard_is_the_slope_of_the_cumulative_hazard(scale):
    spline, theta = Spline(KNOTS, scale), EXAMPLES[scale]
    t = np.array([0.3, 2.0, 7.0, 30.0, 90.0])
    slope = derivative(lambda x: spline.cumulative_hazard(np.exp(x), *theta), np.log(t)) / t
    np.testing.assert_allclose(spline.hazard(t, *theta), slope, rtol=1e-7)


@pytest.mark.parametrize("scale", SCALES)
def test_unit_of_time(scale):
    spline, theta, factor = Spline(KNOTS, scale), EXAMPLES[scale], 30.4375
    days = spline.change_unit(np.array(theta), factor)
    found = spline.in_unit(factor).cumulative_hazard(T * factor, *days)
    np.testing.assert_allclose(found, spline.cumulative_hazard(T, *theta), rtol=1e-11)


def test_knots_from_the_data():
    times = np.exp(np.array([1.0, 2.0, 4.0, 7.0, 11.0]))
    spline = SplineRequest(1, "odds").place(times)
    assert spline.knots == pytest.approx((1, 4, 11))
    assert spline.label == SplineRequest(1, "odds").label == "spline, 1 knot, odds"
    assert SplineRequest(3, "hazard").place(times).knots == pytest.approx((1, 2, 4, 7, 11))
    with pytest.raises(ValueError, match="2 distinct times of events are too few for 3 knots"):
        SplineRequest(1, "odds").place(np.array([3.0, 3.0, 5.0, 5.0, 5.0]))


@pytest.mark.parametrize("knots", [(1.0,), (1.0, 1.0), (2.0, 1.0, 3.0)])
def test_knots_must_rise(knots):
    with pytest.raises(ValueError, match="knots that rise"):
        Spline(knots, "hazard")


def test_a_curve_that_rises_is_no_survival_curve():
    spline = Spline((0.0, 2.0, 4.0), "hazard")
    assert spline.defect(-4.0, 1.2, 0.02) == ""
    assert spline.defect(-4.0, 1.2, 0.5).startswith("the fitted curve rises around time")
    assert spline.defect(-4.0, -0.1, 0.0) != ""
    bent = np.array([np.exp(3.0)])
    assert spline.log_density(bent, -4.0, 1.2, 0.5) == -np.inf
