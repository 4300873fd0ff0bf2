import numpy as np
import pytest
from scipy.integrate import quad

from cea.errors import AnalysisError
from cea.survival.kaplan_meier import boundary_kernel, kaplan_meier, smoothed_hazard
from cea.survival.patients import Patients
from tests.build import REFERENCE

Z = 1.959963984540054


def read(name):
    folder = REFERENCE / "flexsurv"
    data = np.loadtxt(folder / f"{name}.csv", delimiter=",", skiprows=1)
    curve = np.genfromtxt(folder / f"{name}_kaplan_meier.csv", delimiter=",", names=True)
    return Patients.of(data[:, 0], data[:, 1]), curve


# Remission under 6-mercaptopurine (Freireich et al., Blood 1963;21:699), weeks.
LEUKAEMIA = Patients.of(
    [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
    [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
)


@pytest.mark.parametrize("name", ["lung", "ovarian"])
def test_r_survival(name):
    patients, expected = read(name)
    found = kaplan_meier(patients)
    np.testing.assert_array_equal(found.time, expected["time"])
    np.testing.assert_array_equal(found.at_risk, expected["nrisk"])
    np.testing.assert_array_equal(found.events, expected["nevent"])
    np.testing.assert_array_equal(found.censored, expected["ncensor"])
    np.testing.assert_allclose(found.survival, expected["surv"], rtol=1e-10)
    # R's standard error is that of log S
    se_log = expected["stderr"]
    np.testing.assert_allclose(found.std_error, expected["surv"] * se_log, rtol=1e-10)
    log_minus_log, width = np.log(-np.log(expected["surv"])), Z * se_log / np.log(expected["surv"])
    lower = np.exp(-np.exp(log_minus_log - width))
    upper = np.exp(-np.exp(log_minus_log + width))
    np.testing.assert_allclose(found.lower, lower, rtol=1e-10)
    np.testing.assert_allclose(found.upper, upper, rtol=1e-10)


def test_textbook():
    """Collett, Modelling Survival Data; limits as SAS and Stata print them."""
    found = kaplan_meier(LEUKAEMIA)
    at = found.events > 0
    assert found.time[at].tolist() == [6, 7, 10, 13, 16, 22, 23]
    survival = [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    np.testing.assert_allclose(found.survival[at], survival, atol=6e-5)
    std_error = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    np.testing.assert_allclose(found.std_error[at], std_error, atol=6e-5)
    lower = [0.6197, 0.5631, 0.5032, 0.4316, 0.3675, 0.2678, 0.1881]
    np.testing.assert_allclose(found.lower[at], lower, atol=6e-5)
    upper = [0.9516, 0.9228, 0.8894, 0.8491, 0.8049, 0.7468, 0.6801]
    np.testing.assert_allclose(found.upper[at], upper, atol=6e-5)
    assert found.quantile() == 23


def test_without_censoring_it_is_the_empirical_curve():
    time = np.random.default_rng(0).exponential(size=50)
    found = kaplan_meier(Patients.of(time, np.ones(50)))
    share = np.arange(49, -1, -1) / 50
    np.testing.assert_allclose(found.survival, share, atol=1e-14)
    np.testing.assert_allclose(found.std_error, np.sqrt(share * (1 - share) / 50), atol=1e-14)
    assert found.restricted_mean(1e3) == pytest.approx(time.mean(), rel=1e-12)
    assert np.isnan([found.lower[-1], found.upper[-1]]).all()


def test_steps():
    found = kaplan_meier(Patients.of([2, 3, 3, 5, 8], [1, 1, 0, 0, 1]))
    assert found.at([0, 1.99, 2, 3, 7.9, 8, 9]) == pytest.approx([1, 1, 0.8, 0.6, 0.6, 0, 0])
    # at risk at a time are those whose own time is no earlier
    assert found.at_risk_at([0, 2, 2.1, 3, 5, 8, 8.1]).tolist() == [5, 5, 4, 4, 2, 1, 0]
    assert found.restricted_mean(4) == pytest.approx(2 + 0.8 + 0.6)
    assert found.quantile(0.3) == 3
    assert found.quantile(0.9) == 8


def test_quantile_on_a_flat_stretch_and_beyond_the_data():
    found = kaplan_meier(Patients.of([1, 2, 3, 4], [1, 1, 1, 0]))
    assert found.quantile(0.5) == 2.5
    assert found.quantile(0.8) == float("inf")


def test_no_event():
    found = kaplan_meier(Patients.of([1, 2], [0, 0]))
    assert found.survival.tolist() == [1, 1]
    assert found.std_error.tolist() == [0, 0]
    assert found.quantile() == float("inf")
    assert len(smoothed_hazard(Patients.of([1, 2], [0, 0])).time) == 0


def test_points_lie_strictly_inside():
    times, survival = kaplan_meier(Patients.of([1, 2, 3], [1, 0, 1])).points()
    assert times.tolist() == [1, 3]
    assert survival == pytest.approx([1 - 1 / 6, 1 / 3])


@pytest.mark.parametrize("q", [0.0, 0.2, 0.7, 1.0])
def test_boundary_kernel(q):
    def moment(power):
        return quad(lambda x: x**power * float(boundary_kernel(x, np.array(q))), -1, q)[0]

    assert moment(0) == pytest.approx(1, abs=1e-9)
    assert moment(1) == pytest.approx(0, abs=1e-9)


def test_boundary_kernel_inside_is_epanechnikov():
    x = np.linspace(-1, 1, 11)
    np.testing.assert_allclose(boundary_kernel(x, np.array(1.0)), 0.75 * (1 - x**2), atol=1e-15)


def test_smoothed_hazard_of_a_line():
    """A hazard that rises in a straight line comes back, edges included, within its error."""
    rng = np.random.default_rng(5)
    t, c = np.sqrt(2 * rng.exponential(size=20_000)), rng.uniform(0.5, 3, size=20_000)
    found = smoothed_hazard(Patients.of(np.minimum(t, c), t <= c), bandwidth=0.3)
    inside = found.time < 1.5
    error = (found.hazard - found.time)[inside]
    assert np.abs(error).max() < 0.08
    assert np.mean(np.abs(error) < Z * found.std_error[inside] + 1e-3) > 0.85


def test_smoothed_hazard_by_hand():
    found = smoothed_hazard(Patients.of([4.0, 6.0, 10.0], [1, 1, 1]), 2.0, 11, least_at_risk=1)
    assert found.bandwidth == 2.0
    assert found.time.tolist() == list(range(11))
    # at 5: both neighbours at distance 1/2 of the bandwidth
    assert found.hazard[5] == pytest.approx((1 / 3 + 1 / 2) * 0.75 * 0.75 / 2)
    assert found.std_error[5] == pytest.approx(np.sqrt(1 / 9 + 1 / 4) * 0.75 * 0.75 / 2)
    assert found.hazard[1] == 0
    assert found.at_risk[5] == 2


def test_smoothed_hazard_default_range():
    patients, _ = read("lung")
    found = smoothed_hazard(patients)
    curve = kaplan_meier(patients)
    last = curve.time[(curve.events > 0) & (curve.at_risk >= 10)][-1]
    assert found.time[-1] == last
    assert found.bandwidth < last / 2
    area = np.trapezoid(found.hazard, found.time)
    assert area == pytest.approx(-np.log(curve.at(last)), rel=0.02)
    assert np.all(found.hazard >= 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 0], [1, 1]), "1 of 2 times are not above 0"),
        (([1, np.nan], [1, 1]), "1 of 2 times are not above 0"),
        (([1, 2], [1, 2]), "an event is neither 0 nor 1"),
        (([1, 2], [1]), "2 times, 1 events and 2 arms"),
        (([], []), "no patients"),
        (([1, 2], [1, 1], ["a", "b"], ["a"]), "arm 'b' is none of a"),
    ],
)
def test_bad_data(arguments, message):
    with pytest.raises(AnalysisError, match=message):
        Patients.of(*arguments)


def test_arms():
    patients = Patients.of([1, 2, 3], [1, 0, 1], ["b", "a", "b"])
    assert patients.arms == ("b", "a")
    assert patients.of_arm("b").time.tolist() == [1, 3]
    assert patients.of_arm("b").arms == ("",)
    assert Patients.of([1, 2], [1, 0], ["b", "a"], ("a", "b")).arm.tolist() == [1, 0]
    assert patients.take(np.array([2, 2, 0])).time.tolist() == [3, 3, 1]
    assert patients.events == 2
