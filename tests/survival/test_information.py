"""Expected information: simulated patients, closed forms, and what lies behind the workbook."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cea.arrays import Array
from cea.survival.calibrate import Figures, calibrate_weibull
from cea.survival.families import FAMILIES
from cea.survival.family import Family
from cea.survival.information import information
from cea.survival.spline import Spline

CASES: list[tuple[Family, tuple[float, ...]]] = [
    (FAMILIES["exponential"], (0.05,)),
    (FAMILIES["weibull"], (0.6, 20.0)),
    (FAMILIES["gompertz"], (0.02, 0.03)),
    (FAMILIES["lognormal"], (2.5, 1.0)),
    (FAMILIES["loglogistic"], (1.7, 12.0)),
    (FAMILIES["gamma"], (1.6, 0.1)),
    (FAMILIES["gengamma"], (2.6, 0.9, 0.4)),
    (Spline([0.5, 2.0, 3.5], "odds"), (-3.0, 1.2, 0.02)),
]


def one(family: Family, theta: tuple[float, ...], until: float, **at: float) -> Array:
    return information(family, [np.array([x]) for x in theta], until, **at)[0]


@pytest.mark.parametrize(("since", "ratio"), [(0.0, 1.0), (0.0, 0.6), (8.0, 1.5)])
@pytest.mark.parametrize(("family", "theta"), CASES, ids=lambda x: getattr(x, "name", ""))
def test_information_is_the_mean_of_observed_scores(
    family: Family, theta: tuple[float, ...], since: float, ratio: float
):
    """Patients with cumulative hazard ratio x H, censored at 30 months, known until `since`."""
    n, until = 50_000, 30.0
    alive = np.random.default_rng(5).random(n) ** (1 / ratio)  # S of the reference at the event
    time = family.quantile(1 - alive, *theta)
    event, time = time <= until, np.minimum(time, until)
    before = np.full(n, max(since, 1e-12))
    left = family.survival_score(time, *theta)
    score = ratio * (left - family.survival_score(before, *theta))
    score += np.where(event, family.density_score(time, *theta) - left, 0.0)
    hazard = family.cumulative_hazard(time, *theta) - family.cumulative_hazard(before, *theta)
    score = np.vstack((score, event - ratio * hazard)) * (time > since)
    products = score[:, None] * score
    error = products.std(axis=2) / math.sqrt(n)
    found = one(family, theta, until, since=since, ratio=ratio)
    assert (np.abs(found - products.mean(axis=2)) <= 4 * error + 1e-12).all()
    assert (error.diagonal() < 0.04 * found.diagonal()).all()


@pytest.mark.parametrize(("family", "theta"), CASES, ids=lambda x: getattr(x, "name", ""))
def test_follow_up_adds_up(family: Family, theta: tuple[float, ...]):
    parts = one(family, theta, 10.0, ratio=0.7) + one(family, theta, 30.0, since=10.0, ratio=0.7)
    whole = one(family, theta, 30.0, ratio=0.7)
    assert parts == pytest.approx(whole, rel=1e-4, abs=1e-6 * whole.max())


def test_exponential_in_closed_form():
    """By log rate and log hazard ratio it is the expected number of events, four times."""
    events = -math.expm1(-0.05 * 0.7 * 24)
    found = one(FAMILIES["exponential"], (0.05,), 24.0, ratio=0.7)
    assert found == pytest.approx(np.full((2, 2), events), rel=1e-9)


def test_weibull_in_closed_form():
    """All patients followed to the event, by log shape, log scale and log hazard ratio.

    With u = H(t), exponential, the scores are 1 + log u - u log u, shape (u - 1) and 1 - u.
    """
    shape, scale = 1.4, 12.0
    by_shape = (1 - np.euler_gamma) ** 2 + math.pi**2 / 6
    cross = 1 - np.euler_gamma
    closed = np.array(
        [
            [by_shape, -shape * cross, cross],
            [-shape * cross, shape**2, -shape],
            [cross, -shape, 1.0],
        ]
    )
    found = one(FAMILIES["weibull"], (shape, scale), 150.0)
    assert found == pytest.approx(closed, rel=1e-6)


@pytest.mark.parametrize("ratio", [0.4, 1.7])
def test_weibull_with_a_hazard_ratio_is_a_weibull(ratio: float):
    """Its log scale is less by log ratio / shape: the information follows by the chain rule."""
    shape, scale, weibull = 1.4, 12.0, FAMILIES["weibull"]
    log_ratio = math.log(ratio)
    own = one(weibull, (shape, scale * math.exp(-log_ratio / shape)), 24.0)[:2, :2]
    change = np.array([[1.0, 0.0, 0.0], [log_ratio / shape, 1.0, -1 / shape]])
    found = one(weibull, (shape, scale), 24.0, ratio=ratio)
    assert found == pytest.approx(change.T @ own @ change, rel=1e-6)


def test_information_is_that_behind_the_shipped_workbook():
    """Standard errors of (log median, log shape) of 81 patients followed for 24 months."""
    found = calibrate_weibull(Figures(15.1, 22.2, 0.55), patients=81, censoring=24.0)
    shape, scale = found.control
    told = one(FAMILIES["weibull"], (shape, scale), 24.0)[:2, :2]
    # log scale = log median - log(log 2)/shape
    change = np.array([[0.0, 1.0], [1.0, math.log(math.log(2)) / shape]])
    assert np.linalg.inv(81 * change.T @ told @ change) == pytest.approx(found.covariance, rel=1e-3)
