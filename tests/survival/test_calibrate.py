"""Calibration to an abstract's figures: the trial's values, quadrature, and simulated patients."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize

from cea.errors import UserError
from cea.survival.calibrate import Figures, calibrate_gompertz, calibrate_weibull
from cea.survival.families import FAMILIES

OS = Figures(15.1, 22.2, 0.55)
PFS = Figures(11.8, 16.2, 0.54)
CALIBRATE = {"weibull": calibrate_weibull, "gompertz": calibrate_gompertz}


@pytest.mark.parametrize(
    ("figures", "shape", "se_median", "se_shape", "correlation"),
    [(OS, 1.5512, 0.086, 0.111, 0.29), (PFS, 1.9443, 0.067, 0.094, 0.48)],
)
def test_sor_tace_weibull(figures, shape, se_median, se_shape, correlation):
    """The shipped workbook's values: 81 patients an arm, censored at 24 months."""
    found = calibrate_weibull(figures, patients=81, censoring=24.0)
    assert found.shape == pytest.approx(shape, abs=5e-5)
    assert found.se_log_median == pytest.approx(se_median, abs=5e-4)
    assert found.se_shape == pytest.approx(se_shape, abs=5e-4)
    assert found.correlation == pytest.approx(correlation, abs=5e-3)


@pytest.mark.parametrize(
    ("figures", "shape", "control", "treated"),
    [(OS, 0.0516727, 0.0303010, 0.0166655), (PFS, 0.1092400, 0.0287986, 0.0155513)],
)
def test_sor_tace_gompertz(figures, shape, control, treated):
    """The structural alternative, as the scenario of the shipped workbook has it."""
    found = calibrate_gompertz(figures, patients=81, censoring=24.0)
    np.testing.assert_allclose(found.control, (shape, control), rtol=5e-6)
    np.testing.assert_allclose(found.treated, (shape, treated), rtol=5e-6)


def hazard_to(found, parameters, t):
    family = FAMILIES[found.family]
    return float(family.cumulative_hazard(np.array(t), *map(np.array, parameters)))


def survival(found, parameters, t):
    return math.exp(-hazard_to(found, parameters, t))


@pytest.mark.parametrize("family", CALIBRATE)
@given(st.floats(1.0, 60.0), st.floats(1.05, 3.0), st.floats(0.05, 0.95), st.booleans())
def test_reproduces_medians_and_ratio(family, median, longer, ratio, harmful):
    assume(0.2 < -math.log(ratio) / math.log(longer) < 4)
    medians, hr = (median, median * longer), ratio
    if harmful:
        medians, hr = medians[::-1], 1 / ratio
    found = CALIBRATE[family](Figures(*medians, hr), patients=100, censoring=2 * median)
    for parameters, middle in zip((found.control, found.treated), medians, strict=True):
        assert survival(found, parameters, middle) == pytest.approx(0.5, rel=1e-9)
    for t in (median / 3, median, 1.2 * median):
        hazards = [hazard_to(found, p, t) for p in (found.control, found.treated)]
        assert hazards[1] / hazards[0] == pytest.approx(hr, rel=1e-8)
    assert np.all(np.linalg.eigvalsh(found.covariance) > 0)


@pytest.mark.parametrize("family", CALIBRATE)
def test_ratio_of_the_medians_is_exponential(family):
    found = CALIBRATE[family](Figures(12.0, 16.0, 0.75), patients=50, censoring=30.0)
    assert found.shape == pytest.approx({"weibull": 1.0, "gompertz": 0.0}[family], abs=1e-12)
    for parameters, median in ((found.control, 12.0), (found.treated, 16.0)):
        t = 20.0
        assert survival(found, parameters, t) == pytest.approx(0.5 ** (t / median))


def log_hazard(family, theta, t):
    """From (log median, log shape or shape)."""
    median = math.exp(theta[0])
    if family == "weibull":
        shape = math.exp(theta[1])
        return math.log(shape * math.log(2)) + (shape - 1) * math.log(t) - shape * theta[0]
    shape = theta[1]
    growth = math.expm1(shape * median) / shape if abs(shape) > 1e-9 else median
    return math.log(math.log(2) / growth) + shape * t


@pytest.mark.parametrize("family", CALIBRATE)
@pytest.mark.parametrize("figures", [OS, PFS, Figures(10.0, 14.0, 0.8), Figures(10.0, 14.0, 0.9)])
@pytest.mark.parametrize("censoring", [6.0, 24.0, 400.0])
def test_information_against_numerical_differentiation(family, figures, censoring):
    found = CALIBRATE[family](figures, patients=81, censoring=censoring)
    shape = math.log(found.shape) if family == "weibull" else found.shape
    theta, step = np.array([math.log(figures.median_control), shape]), 1e-5

    def integrand(x, i, j):
        # t = c x^16 tames the logarithm and the infinite density at 0.
        t = censoring * x**16
        gradient = [
            (log_hazard(family, theta + e, t) - log_hazard(family, theta - e, t)) / (2 * step)
            for e in np.eye(2) * step
        ]
        density = math.exp(log_hazard(family, theta, t)) * survival(found, found.control, t)
        return gradient[i] * gradient[j] * density * censoring * 16 * x**15

    information = np.array(
        [
            [quad(integrand, 1e-9, 1, args=(i, j), limit=200, epsabs=1e-9)[0] for j in (0, 1)]
            for i in (0, 1)
        ]
    )
    np.testing.assert_allclose(np.linalg.inv(81 * information), found.covariance, rtol=1e-5)


@pytest.mark.parametrize("family", CALIBRATE)
def test_covariance_is_that_of_fitted_curves(family):
    """Maximum-likelihood fits of 200 simulated arms of 400 scatter as expected."""
    n, censoring = 400, 24.0
    found = CALIBRATE[family](OS, patients=n, censoring=censoring)
    rng = np.random.default_rng(8)
    estimates = []
    for _ in range(200):
        u = rng.uniform(size=n)
        t = FAMILIES[family].quantile(1 - u, *map(np.array, found.control))
        event, time = t <= censoring, np.minimum(t, censoring)

        def loss(theta, time=time, event=event):
            median = math.exp(theta[0])
            if family == "weibull":
                k = math.exp(theta[1])
                hazard = math.log(2) * (time / median) ** k
                log_h = np.log(k * hazard / time)
            else:
                rate = math.log(2) * theta[1] / math.expm1(theta[1] * median)
                hazard = rate / theta[1] * np.expm1(theta[1] * time)
                log_h = np.log(rate) + theta[1] * time
            return hazard.sum() - log_h[event].sum()

        shape = math.log(found.shape) if family == "weibull" else found.shape
        start = [math.log(OS.median_control), shape]
        estimates.append(minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-5}).x)
    spread = np.cov(np.array(estimates).T)
    # The standard error of a standard deviation from 200 is 5%.
    np.testing.assert_allclose(
        np.sqrt(np.diag(spread)), [found.se_log_median, found.se_shape], rtol=0.15
    )
    correlation = spread[0, 1] / math.sqrt(spread[0, 0] * spread[1, 1])
    assert correlation == pytest.approx(found.correlation, abs=0.2)


@pytest.mark.parametrize("family", CALIBRATE)
@pytest.mark.parametrize(
    ("figures", "message"),
    [
        (Figures(12, 12, 0.8), "equal medians mean a hazard ratio of 1"),
        (Figures(12, 12, 1.0), "leave the shape open"),
        (Figures(12, 18, 1.3), "longer .* must be below 1, not 1.3"),
        (Figures(18, 12, 0.7), "shorter .* must be above 1, not 0.7"),
        (Figures(12, 18, 1.0), "must be below 1"),
        (Figures(0, 18, 0.7), "median of the control arm is 0"),
        (Figures(12, math.inf, 0.7), "median of the treated arm is inf"),
        (Figures(12, 18, -0.7), "hazard ratio is -0.7"),
        (Figures(1e-300, 1e300, 0.5), "is 1e-300; give it in months"),
    ],
)
def test_impossible_figures(family, figures, message):
    with pytest.raises(UserError, match=message):
        CALIBRATE[family](figures, patients=81, censoring=24.0)


@pytest.mark.parametrize("family", CALIBRATE)
@pytest.mark.parametrize(
    "figures",
    [
        Figures(12, 12.0001, 0.7), Figures(30, 30.001, 0.3), Figures(12, 18, 0.999),
        Figures(12, 12 + 1e-14, 0.5), Figures(12.1, 12, 1e9), Figures(10, 1, 1 + 1e-15),
        Figures(3.9131160202211164, 39.13116020221116, 0.9999999999999976),
    ],
)  # fmt: skip
def test_implausible_figures(family, figures):
    with pytest.raises(UserError, match=r"ask for a \w+ shape .* is plausible"):
        CALIBRATE[family](figures, patients=100, censoring=12.0)


@pytest.mark.parametrize("family", CALIBRATE)
@given(
    st.floats(0.1, 100.0), st.floats(1.0, 10.0), st.floats(1e-6, 1.0), st.floats(1e-3, 1e3),
    st.booleans(),
)  # fmt: skip
def test_a_calibration_is_finite_or_refused(family, median, longer, ratio, censoring, harmful):
    medians, hr = (median, median * longer), ratio
    if harmful:
        medians, hr = medians[::-1], 1 / ratio
    try:
        found = CALIBRATE[family](Figures(*medians, hr), patients=100, censoring=censoring)
    except UserError:
        return
    assert np.isfinite([*found.control, *found.treated]).all()
    assert np.isfinite(found.covariance).all()
    assert np.all(np.diag(found.covariance) > 0)


def test_hardly_any_events():
    with pytest.raises(UserError, match=r"of 81 patients 1\.7 are expected .* give a later month"):
        calibrate_weibull(OS, patients=81, censoring=1.6)


@pytest.mark.parametrize(("patients", "censoring"), [(0, 24.0), (81, 0.0)])
def test_impossible_designs(patients, censoring):
    with pytest.raises(UserError, match="give a number above 0"):
        calibrate_weibull(OS, patients=patients, censoring=censoring)
