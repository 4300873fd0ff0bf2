"""Densities, scores and units of every family: what the likelihood is made of."""

import numpy as np
import pytest

from cea.survival.families import FAMILIES
from cea.survival.family import derivative
from cea.survival.spline import Spline

EXAMPLES = [
    (FAMILIES["exponential"], (0.05,)),
    (FAMILIES["weibull"], (1.4, 20.0)),
    (FAMILIES["gompertz"], (0.03, 0.02)),
    (FAMILIES["gompertz"], (-0.04, 0.05)),
    (FAMILIES["gompertz"], (0.0, 0.05)),
    (FAMILIES["gompertz"], (1e-6, 0.05)),
    (FAMILIES["lognormal"], (2.5, 0.9)),
    (FAMILIES["loglogistic"], (1.6, 14.0)),
    (FAMILIES["gamma"], (1.8, 0.1)),
    (FAMILIES["gamma"], (0.4, 0.01)),
    (FAMILIES["gengamma"], (2.7, 0.8, 0.6)),
    (FAMILIES["gengamma"], (2.7, 0.8, -0.7)),
    (FAMILIES["gengamma"], (2.7, 0.8, 0.29)),
    (FAMILIES["gengamma"], (2.7, 0.8, 1e-4)),
    (FAMILIES["gengamma"], (2.7, 0.8, 0.0)),
    (FAMILIES["gengamma"], (2.7, 1.3, 2.2)),
    (Spline((0.0, 1.6, 2.7, 4.0), "hazard"), (-4.0, 1.2, 0.02, -0.03)),
    (Spline((0.0, 1.6, 2.7, 4.0), "odds"), (-4.0, 1.2, -0.04, 0.05)),
    (Spline((0.0, 1.6, 2.7, 4.0), "normal"), (-2.4, 0.8, -0.02, 0.03)),
]
T = np.array([0.02, 0.4, 2.0, 7.0, 16.0, 35.0, 80.0])
labels = pytest.mark.parametrize(
    ("family", "theta"), EXAMPLES, ids=[f"{family.label} {theta}" for family, theta in EXAMPLES]
)


def _by_differences(function, family, theta, reach):
    fitted = family.to_fitted(theta)

    def along(j):
        def moved(x):
            point = fitted.copy()
            point[j] += reach[j] * float(x)
            return function(T, *family.from_fitted(point))

        return derivative(moved, np.array(0.0)) / reach[j]

    return np.stack([along(j) for j in range(len(fitted))])


@labels
def test_scores(family, theta):
    parameters = tuple(np.array(value) for value in theta)
    for function, score in (
        (family.log_density, family.density_score),
        (lambda *at: -family.cumulative_hazard(*at), family.survival_score),
    ):
        found = score(T, *parameters)
        assert found.shape == (len(theta), len(T))
        scale = np.abs(found).max(axis=1, keepdims=True)
        expected = _by_differences(function, family, theta, 1 / (1 + scale[:, 0]))
        assert np.abs((found - expected) / scale).max() < 1e-7


@labels
def test_density_is_the_slope_of_survival(family, theta):
    slope = derivative(lambda x: family.survival(np.exp(x), *theta), np.log(T)) / T
    density = np.exp(family.log_density(T, *(np.array(value) for value in theta)))
    np.testing.assert_allclose(density, -slope, rtol=1e-6, atol=1e-12)


@labels
def test_unit_of_time(family, theta):
    """Times in days give the same curve, by an affine change of the fitted parameters."""
    factor = 30.4375
    fitted = family.to_fitted(theta)
    days = family.from_fitted(family.change_unit(fitted, factor))
    found = family.in_unit(factor).cumulative_hazard(T * factor, *days)
    np.testing.assert_allclose(found, family.cumulative_hazard(T, *theta), rtol=1e-10)
    back = family.in_unit(factor).change_unit(family.change_unit(fitted, factor), 1 / factor)
    np.testing.assert_allclose(back, fitted, atol=1e-12)


@pytest.mark.parametrize("seam", [0.0, 0.02, -0.02])
def test_generalised_gamma_survival_runs_through_zero(seam):
    """Far into both tails, and where the expansion about the log-normal takes over."""
    w = np.array([-7.0, -4.6, -4.4, -1.0, 0.0, 2.0, 4.4, 4.6, 8.0, 30.0])
    below, above = FAMILIES["gengamma"].cumulative_hazard(
        np.exp(2.7 + 0.8 * w), 2.7, 0.8, seam + np.array([-1e-12, 1e-12])[:, None]
    )
    np.testing.assert_allclose(below, above, rtol=1e-10, atol=1e-13)


def test_generalised_gamma_density_runs_through_zero():
    """Value and score are continuous at Q = 0 and where each series takes over."""
    family = FAMILIES["gengamma"]
    for seam in (0.0, 0.3, -0.3):
        q = seam + np.array([-1e-9, 1e-9])[:, None]
        value = family.log_density(T, 2.7, 0.8, q)
        np.testing.assert_allclose(value[0], value[1], rtol=1e-7)
        score = family.density_score(T, 2.7, 0.8, q)
        np.testing.assert_allclose(score[:, 0], score[:, 1], rtol=1e-6, atol=1e-8)
    normal = FAMILIES["lognormal"].log_density(T, 2.7, 0.8)
    np.testing.assert_allclose(family.log_density(T, 2.7, 0.8, np.array(0.0)), normal, rtol=1e-13)


@pytest.mark.parametrize(
    ("theta", "other", "same"),
    [
        ((2.7, 0.8, 1.0), "weibull", (1 / 0.8, np.exp(2.7))),
        ((2.7, 0.8, 0.8), "gamma", (0.8**-2, 0.8**-2 * np.exp(-2.7))),
        ((2.7, 0.8, 0.0), "lognormal", (2.7, 0.8)),
    ],
)
def test_generalised_gamma_contains(theta, other, same):
    parameters = tuple(np.array(value) for value in theta)
    found = FAMILIES["gengamma"].log_density(T, *parameters)
    np.testing.assert_allclose(found, FAMILIES[other].log_density(T, *same), rtol=1e-11)
