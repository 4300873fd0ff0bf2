import numpy as np
import pytest
from scipy.stats import binomtest

from cea.errors import AnalysisError
from cea.survival.cox import cox, quantile_pairs
from cea.survival.families import FAMILIES
from cea.survival.mean import mean
from cea.survival.patients import Patients
from cea.survival.smooth import natural_spline

# Freireich et al., Blood 1963;21:699: months of remission of leukaemia, as in most textbooks.
TREATED = (
    (6, 1), (6, 1), (6, 1), (6, 0), (7, 1), (9, 0), (10, 1), (10, 0), (11, 0), (13, 1), (16, 1),
    (17, 0), (19, 0), (20, 0), (22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0),
)  # fmt: skip
PLACEBO = (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)


def leukaemia():
    time, event = zip(*TREATED, *((t, 1) for t in PLACEBO), strict=True)
    return Patients.of(time, event, ["6-MP"] * 21 + ["placebo"] * 21)


def two_arms(rng, n=60, ratio=1.0, shape=1.3, other=None):
    t = 20 * rng.exponential(size=2 * n) ** (1 / shape)
    t[n:] = 20 * (rng.exponential(size=n) / ratio) ** (1 / (other or shape))
    end = rng.uniform(10, 50, 2 * n)
    return Patients.of(np.minimum(t, end), t <= end, ["A"] * n + ["B"] * n)


def test_known_trial():
    """R: coxph(Surv(time, status) ~ placebo) gives 1.5721 (0.4124) by Efron's rule."""
    found = cox(leukaemia(), "placebo", "6-MP")
    assert found.log_hazard_ratio == pytest.approx(1.5721, abs=5e-5)
    assert found.std_error == pytest.approx(0.4124, abs=5e-5)
    assert found.hazard_ratio == pytest.approx(4.817, abs=1e-3)
    low, high = found.interval()
    assert (low, high) == pytest.approx((2.147, 10.81), rel=1e-3)
    assert found.p == pytest.approx(0.00014, abs=1e-5)


def test_by_hand():
    """Events of B, A, B, A; at risk of B and A 2 and 2, 1 and 2, 1 and 1, 0 and 1.

    The score 2 - 2h/(2h + 2) - h/(h + 2) - h/(h + 1), with h the hazard ratio, is 0 where
    h^2 - h - 4 = 0.
    """
    found = cox(Patients.of([2, 4, 1, 3], [1] * 4, list("AABB")), "B", "A")
    h = (1 + np.sqrt(17)) / 2
    assert found.hazard_ratio == pytest.approx(h, rel=1e-9)
    p = np.array([h / (1 + h), h / (2 + h), h / (1 + h), 0])
    np.testing.assert_allclose(found.residuals, np.array([1, 0, 1, 0]) - p, atol=1e-9)
    np.testing.assert_allclose(found.std_error, (p * (1 - p)).sum() ** -0.5)


def test_residuals():
    found = cox(leukaemia(), "placebo", "6-MP")
    assert len(found.residuals) == 30
    assert found.residuals.sum() == pytest.approx(0, abs=1e-9)
    assert found.weights.sum() == pytest.approx(found.std_error**-2)
    assert np.mean(found.scaled_residuals) == pytest.approx(found.log_hazard_ratio)
    assert np.all(np.diff(found.time) >= 0)


def test_the_other_way_round():
    one, other = cox(leukaemia(), "placebo", "6-MP"), cox(leukaemia(), "6-MP", "placebo")
    assert other.log_hazard_ratio == pytest.approx(-one.log_hazard_ratio)
    assert other.std_error == pytest.approx(one.std_error)
    np.testing.assert_allclose(other.residuals.sum(), 0, atol=1e-9)
    for transform in ("km", "identity"):
        assert other.test(transform).chi_square == pytest.approx(one.test(transform).chi_square)


def test_the_test_is_the_score_of_a_term_in_time():
    """Against the likelihood itself: derivatives of sum of log shares with b + c g(t)."""
    patients = two_arms(np.random.default_rng(4))
    found = cox(patients, "B", "A")
    x, g = (patients.arm == 1).astype(float), found.time - found.time.mean()
    order = np.argsort(patients.time)
    t, event, x = patients.time[order], patients.event[order], x[order]

    def loglik(point):
        rows = np.flatnonzero(event)
        slope = point[0] + point[1] * g
        return sum(
            s * x[i] - np.log(np.exp(s * x[t >= t[i]]).sum())
            for i, s in zip(rows, slope, strict=True)
        )

    at, h = np.array([found.log_hazard_ratio, 0.0]), np.array([1e-3, 1e-4])

    def second(i, j):
        a, b = np.eye(2)[i] * h, np.eye(2)[j] * h
        signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
        return sum(p * q * loglik(at + p * a + q * b) for p, q in signs) / (4 * h[i] * h[j])

    information = -np.array([[second(i, j) for j in range(2)] for i in range(2)])
    score = (loglik(at + h * [0, 1]) - loglik(at - h * [0, 1])) / (2 * h[1])
    expected = score**2 * np.linalg.inv(information)[1, 1]
    assert found.test("identity").chi_square == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("transform", ["km", "identity"])
def test_size_and_power(transform):
    rng = np.random.default_rng(20240801)
    under = [cox(two_arms(rng, ratio=0.6), "B", "A").test(transform).p for _ in range(400)]
    rejected = sum(p < 0.05 for p in under)
    assert binomtest(rejected, 400, 0.05).pvalue > 0.01
    crossing = [cox(two_arms(rng, 150, other=3.0), "B", "A").test(transform).p for _ in range(40)]
    assert np.mean(np.array(crossing) < 0.05) > 0.9


def test_coverage():
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(300):
        low, high = cox(two_arms(rng, ratio=0.6), "B", "A").interval()
        inside += low <= 0.6 <= high
    assert binomtest(inside, 300, 0.95).pvalue > 0.01


def test_no_finite_hazard_ratio():
    with pytest.raises(AnalysisError, match="no finite estimate"):
        cox(Patients.of([1, 2, 3, 4], [1, 1, 0, 0], list("AABB")), "B", "A")
    with pytest.raises(AnalysisError, match="no finite estimate"):
        cox(Patients.of([1, 2, 3, 4], [0] * 4, list("AABB")), "B", "A")


def test_a_third_arm_does_not_matter():
    patients = leukaemia()
    more = Patients.of(
        np.append(patients.time, [3, 5, 8]), np.append(patients.event, [1, 1, 0]),
        [patients.arms[a] for a in patients.arm] + ["C"] * 3,
    )  # fmt: skip
    found, expected = (cox(p, "placebo", "6-MP") for p in (more, patients))
    assert found.log_hazard_ratio == pytest.approx(expected.log_hazard_ratio)


def test_quantiles_of_scaled_times_lie_on_their_line():
    rng = np.random.default_rng(3)
    t = rng.weibull(1.4, 80) * 20
    arms = ["A"] * 80 + ["B"] * 80
    pairs = quantile_pairs(Patients.of(np.append(t, 1.7 * t), np.ones(160), arms), "B", "A")
    np.testing.assert_allclose(pairs.compared, 1.7 * pairs.reference)
    assert pairs.time_ratio == pytest.approx(1.7)
    early = t.copy()
    early[np.argsort(t)[:3]] /= 50  # three early deaths of the reference
    pairs = quantile_pairs(Patients.of(np.append(early, 1.7 * t), np.ones(160), arms), "B", "A")
    assert pairs.ratios.max() > 50
    assert pairs.time_ratio == pytest.approx(1.7)
    none = quantile_pairs(Patients.of([1, 2], [1, 0], ["A", "B"]), "B", "A")
    assert not len(none.share)
    assert np.isnan(none.time_ratio)


def test_a_natural_spline_reproduces_a_line_and_weighs_its_points():
    x = np.linspace(1, 9, 40)
    found = natural_spline(x, 3 - 2 * x)
    np.testing.assert_allclose(found.y, 3 - 2 * found.x, atol=1e-9)
    # sum of the leverages at the points is the number of columns
    at_points = natural_spline(x, x, points=40)
    assert at_points.leverage.sum() == pytest.approx(5)


@pytest.mark.parametrize(
    ("family", "theta", "expected"),
    [
        ("exponential", (0.05,), 20.0),
        ("gamma", (1.8, 0.1), 18.0),
        ("lognormal", (2.5, 0.9), np.exp(2.5 + 0.9**2 / 2)),
        ("loglogistic", (1.03, 14.0), 14 * np.pi / 1.03 / np.sin(np.pi / 1.03)),
        ("loglogistic", (0.9, 14.0), np.inf),
        ("gompertz", (-0.04, 0.05), np.inf),
        ("gengamma", (np.log(20), 1 / 1.4, 1.0), 20 * 0.911423),
    ],
)
def test_mean(family, theta, expected):
    assert mean(FAMILIES[family], theta) == pytest.approx(expected, rel=1e-6)
