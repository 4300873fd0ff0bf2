import json

import numpy as np
import pytest
from scipy.optimize import minimize

from benchmarks.fit_simulation import TRUTHS, candidate_of, simulate
from cea.survival.families import FAMILIES
from cea.survival.fit import CANDIDATES, SPLINES, Failure, Fit, fit, fit_all
from cea.survival.likelihood import Likelihood
from cea.survival.patients import Patients
from cea.survival.ranking import WARNING, rank
from cea.survival.spline import SCALES, Spline, SplineRequest
from tests.build import REFERENCE

FITS = json.loads((REFERENCE / "flexsurv" / "flexsurv_fits.json").read_text())
FLEXSURV = {
    "exp": "exponential",
    "weibull": "weibull",
    "weibullPH": "weibull",
    "gompertz": "gompertz",
    "lnorm": "lognormal",
    "llogis": "loglogistic",
    "gamma": "gamma",
    "gengamma": "gengamma",
}
DATA = ("lung", "ovarian")
# flexsurv's search ends this early, in standard errors, where its likelihood is all but flat.
EARLY = 1e-4
STOPS_EARLY = {
    ("lung", "spline_k1_normal"), ("lung", "spline_k2_normal"), ("lung", "spline_k3_normal"),
    ("ovarian", "spline_k2_normal"), ("ovarian", "spline_k3_normal"),
}  # fmt: skip


def read(name):
    data = np.loadtxt(REFERENCE / "flexsurv" / f"{name}.csv", delimiter=",", skiprows=1)
    return Patients.of(data[:, 0], data[:, 1])


def candidate(model):
    if model in FLEXSURV:
        return FAMILIES[FLEXSURV[model]]
    _, inner, scale = model.split("_")
    return SplineRequest(int(inner[1:]), scale)


@pytest.fixture(scope="module")
def fits():
    return {
        (data, model): fit(read(data), candidate(model)) for data in DATA for model in FITS[data]
    }


def expected_of(data, model):
    """flexsurv's estimates and covariance on our scale; its Weibull with PH has another scale."""
    expected = FITS[data][model]
    fitted = np.array(list(expected["opt_scale"].values()))
    covariance = np.array(expected["vcov_opt_scale"])
    if model == "weibullPH":  # log scale = -log rate / shape
        log_shape, log_rate = fitted
        shape = np.exp(log_shape)
        change = np.array([[1.0, 0.0], [log_rate / shape, -1 / shape]])
        return np.array([log_shape, -log_rate / shape]), change @ covariance @ change.T
    return fitted, covariance


ALL = [(data, model) for data in DATA for model in FITS[data]]


@pytest.mark.parametrize(("data", "model"), ALL)
def test_flexsurv(fits, data, model):
    found, expected = fits[data, model], FITS[data][model]
    assert isinstance(found, Fit)
    early = (data, model) in STOPS_EARLY
    assert -1e-9 < found.loglik - expected["loglik"] < (2e-5 if early else 1e-6)
    assert found.aic == pytest.approx(expected["AIC"], abs=4e-5 if early else 2e-6)
    assert found.bic == pytest.approx(expected["BIC"], abs=4e-5 if early else 2e-6)
    assert (found.n, found.events) == (expected["n"], expected["events"])
    assert found.distance < 1e-9
    assert found.agreeing == found.starts >= 2
    assert not found.warnings
    fitted, covariance = expected_of(data, model)
    t = np.array(expected["times"], dtype=float)
    # k = 1 on ovarian is flat enough for flexsurv's small distance to show in the coefficients
    loose = early or (data, model) == ("ovarian", "spline_k1_normal")
    np.testing.assert_allclose(found.fitted, fitted, rtol=1e-2 if loose else 1e-5)
    np.testing.assert_allclose(
        found.survival(t), expected["survival"], rtol=2e-3 if early else 1e-5
    )
    np.testing.assert_allclose(found.covariance, covariance, rtol=3e-3 if early else 1e-3)
    np.testing.assert_allclose(found.hazard(t), expected["hazard"], rtol=2e-3 if loose else 1e-5)
    assert found.median() == pytest.approx(expected["median"], rel=2e-4 if early else 1e-5)
    means = [found.restricted_mean(end) for end in t]
    np.testing.assert_allclose(means, expected["rmst"], rtol=5e-5 if early else 1e-5)
    if isinstance(found.family, Spline):
        assert found.family.knots == pytest.approx(expected["knots"], rel=1e-12)


@pytest.mark.parametrize(("data", "model"), ALL)
def test_who_is_nearer_the_maximum(fits, data, model):
    """Where the estimates differ by more than asked, flexsurv is the one short of the maximum."""
    found = fits[data, model]
    fitted, _ = expected_of(data, model)
    likelihood = Likelihood(found.family, read(data))

    def distance(point):
        slope = likelihood.score(point[None])[0]
        return float(np.sqrt(slope @ found.covariance @ slope))

    assert distance(found.fitted) < 1e-8
    ours, theirs = likelihood.value(np.stack((found.fitted, fitted)))
    assert ours == pytest.approx(found.loglik, abs=1e-9)
    assert theirs == pytest.approx(FITS[data][model]["loglik"], abs=1e-9)
    if (data, model) in STOPS_EARLY:
        assert distance(fitted) > EARLY
        assert ours > theirs


def test_families_within_families():
    """The larger family fits no worse, and the limits are found where the data ask for them."""
    patients = read("lung")
    loglik = {name: fit(patients, family).loglik for name, family in FAMILIES.items()}
    for name in ("weibull", "lognormal", "gamma"):
        assert loglik["gengamma"] >= loglik[name]
    for name in ("weibull", "gompertz", "gamma"):
        assert loglik[name] >= loglik["exponential"]
    pairs = {"hazard": "weibull", "odds": "loglogistic", "normal": "lognormal"}
    for scale, name in pairs.items():
        found = fit(patients, SplineRequest(0, scale))
        assert found.loglik == pytest.approx(loglik[name], abs=1e-9)
        for inner in (1, 2, 3):
            assert fit(patients, SplineRequest(inner, scale)).loglik > found.loglik


def test_closed_forms():
    """Exponential: events over time; log-normal without censoring: moments of log time."""
    patients = read("lung")
    rate = patients.events / patients.time.sum()
    found = fit(patients, FAMILIES["exponential"])
    assert found.natural == {"rate": pytest.approx(rate, rel=1e-12)}
    assert found.covariance[0, 0] == pytest.approx(1 / patients.events, rel=1e-7)
    uncensored = Patients.of(patients.time, np.ones(patients.n))
    x = np.log(patients.time)
    found = fit(uncensored, FAMILIES["lognormal"])
    assert found.fitted == pytest.approx([x.mean(), np.log(x.std())], rel=1e-10)
    expected = np.diag([x.var() / patients.n, 1 / (2 * patients.n)])
    np.testing.assert_allclose(found.covariance, expected, rtol=1e-6, atol=1e-10)


def test_restricted_mean_of_an_exponential():
    found = fit(read("lung"), FAMILIES["exponential"])
    rate, end = found.natural["rate"], 730.0
    assert found.restricted_mean(end) == pytest.approx(-np.expm1(-rate * end) / rate, rel=1e-12)
    by_log_rate = end * np.exp(-rate * end) + np.expm1(-rate * end) / rate
    expected = abs(by_log_rate) / np.sqrt(found.events)
    assert found.restricted_mean_se(end) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("factor", [1e-3, 1 / 30.4375, 1e4])
@pytest.mark.parametrize("choice", CANDIDATES, ids=lambda c: c.label)
def test_unit_does_not_matter(choice, factor):
    patients = read("ovarian")
    one, other = fit(patients, choice), fit(patients.in_unit(factor), choice)
    assert other.loglik == pytest.approx(one.loglik - one.events * np.log(factor), abs=1e-8)
    assert other.median() == pytest.approx(factor * one.median(), rel=1e-8)
    end = 700.0
    assert other.restricted_mean_se(factor * end) == pytest.approx(
        factor * one.restricted_mean_se(end), rel=1e-4
    )


T = np.array([0.02, 0.4, 2.0, 7.0, 16.0, 35.0, 80.0])


# Two arms, hazard ratio 0.6, 200 patients.
def two_arms():
    rng = np.random.default_rng(3)
    arm = np.arange(200) % 2
    t = 15 * (rng.exponential(size=200) / np.where(arm, 0.6, 1.0)) ** (1 / 1.3)
    end = rng.uniform(6, 40, size=200)
    labels = np.where(arm, "new", "old").tolist()
    return Patients.of(np.minimum(t, end), t <= end, labels, ("old", "new"))


BOTH = two_arms()


@pytest.mark.parametrize("choice", CANDIDATES, ids=lambda c: c.label)
def test_joint_fit_lies_between_pooled_and_separate(choice):
    joint, pooled = fit(BOTH, choice), fit(BOTH.one_arm(), choice)
    assert joint.names[-1] == "effect new"
    assert len(joint.fitted) == len(pooled.fitted) + 1
    assert joint.agreeing == joint.starts
    family = pooled.family  # with the same knots in every fit
    total = sum(fit(BOTH.of_arm(arm), family).loglik for arm in BOTH.arms)
    assert pooled.loglik < joint.loglik < total
    assert joint.median("new") > joint.median("old") == joint.median()
    assert joint.restricted_mean(36, "new") > joint.restricted_mean(36, "old")


def test_joint_exponential_in_closed_form():
    found = fit(BOTH, FAMILIES["exponential"])
    parts = [BOTH.of_arm(arm) for arm in BOTH.arms]
    rates = [part.events / part.time.sum() for part in parts]
    assert found.natural["rate"] == pytest.approx(rates[0], rel=1e-12)
    assert found.natural["effect new"] == pytest.approx(np.log(rates[1] / rates[0]), rel=1e-10)
    variance = sum(1 / part.events for part in parts)
    assert found.covariance[1, 1] == pytest.approx(variance, rel=1e-7)
    assert found.theta("new") == pytest.approx((rates[1],), rel=1e-12)


@pytest.mark.parametrize(
    ("choice", "constant"),
    [
        (FAMILIES["gompertz"], lambda one, other: other / one),
        (FAMILIES["weibull"], lambda one, other: other / one),
        (SplineRequest(2, "hazard"), lambda one, other: other / one),
        (SplineRequest(2, "odds"), lambda one, other: np.expm1(other) / np.expm1(one)),
    ],
    ids=["gompertz", "weibull", "spline hazard", "spline odds"],
)
def test_what_a_joint_fit_keeps_constant(choice, constant):
    """The ratio of hazards, or of the odds of death, at all times."""
    found = fit(BOTH, choice)
    one, other = (-np.log(found.survival(T, arm)) for arm in BOTH.arms)
    ratio = constant(one, other)
    effect = found.natural["effect new"]
    sign = -found.natural["shape"] if found.label == "weibull" else 1.0
    np.testing.assert_allclose(ratio, np.exp(sign * effect), rtol=1e-8)


@pytest.mark.parametrize("name", ["weibull", "lognormal", "loglogistic", "gamma", "gengamma"])
def test_accelerated_failure_time(name):
    found = fit(BOTH, FAMILIES[name])
    sign = -1 if name == "gamma" else 1
    ratio = np.exp(sign * found.natural["effect new"])
    np.testing.assert_allclose(found.survival(T, "old"), found.survival(T * ratio, "new"))


@pytest.mark.parametrize("name", ["weibull", "lognormal", "gengamma"])
def test_joint_fit_against_an_independent_search(name):
    """A simplex over a likelihood written from S and h alone ends at the same place."""
    found, family = fit(BOTH, FAMILIES[name]), FAMILIES[name]

    def minus(point):
        total = 0.0
        for index in (0, 1):
            own = point[:-1].copy()
            own[family.location] += index * point[-1]
            theta = tuple(np.array(value) for value in family.from_fitted(own))
            part = BOTH.take(BOTH.arm == index)
            hazard = family.hazard(part.time[part.event], *theta)
            total += np.log(hazard).sum() - family.cumulative_hazard(part.time, *theta).sum()
        return -total

    away = found.fitted + 0.1
    options = {"xatol": 1e-7, "fatol": 1e-10, "maxiter": 4000, "maxfev": 4000}
    other = minimize(minus, away, method="Nelder-Mead", options=options)
    assert -other.fun == pytest.approx(found.loglik, abs=1e-7)
    np.testing.assert_allclose(other.x, found.fitted, atol=1e-4)


def test_three_arms_and_the_order_of_arms():
    rng = np.random.default_rng(8)
    arm = np.arange(240) % 3
    t = rng.weibull(1.3, size=240) * np.array([10.0, 14.0, 20.0])[arm]
    labels = np.array(["a", "b", "c"])[arm].tolist()
    one = fit(Patients.of(t, t < 25, labels), FAMILIES["weibull"])
    other = fit(Patients.of(t, t < 25, labels, ("c", "b", "a")), FAMILIES["weibull"])
    assert one.names == ("shape", "scale", "effect b", "effect c")
    assert one.loglik == pytest.approx(other.loglik, abs=1e-9)
    for name in ("a", "b", "c"):
        assert one.theta(name) == pytest.approx(other.theta(name), rel=1e-9)
        assert one.restricted_mean_se(20, name) == pytest.approx(
            other.restricted_mean_se(20, name), rel=1e-5
        )


def test_draws_of_the_fitted_scale():
    """What the PSA needs: parameters of shape (n, 1) from draws of shape (n, q)."""
    found = fit(BOTH, FAMILIES["weibull"])
    draws = found.fitted + np.array([[0.0, 0.0, 0.0], [0.1, 0.0, 0.2]])
    shape, scale = found.theta_of(draws, "new")
    assert shape.shape == scale.shape == (2, 1)
    assert (shape[0, 0], scale[0, 0]) == found.theta("new")
    assert scale[1, 0] == pytest.approx(scale[0, 0] * np.exp(0.2))


def test_start_from_another_fit():
    """A bootstrap sample starts from the fit to all patients, with its knots."""
    whole = fit(BOTH, SplineRequest(1, "hazard"))
    sample = BOTH.take(np.random.default_rng(0).integers(BOTH.n, size=BOTH.n))
    found = fit(sample, whole.family, whole.fitted)
    assert found.starts == 1
    assert found.family.knots == whole.family.knots
    assert found.loglik == pytest.approx(fit(sample, whole.family).loglik, abs=1e-9)
    nowhere = fit(sample, whole.family, np.array([0.0, -1.0, 0.0, 0.0]))
    assert nowhere.starts > 1
    assert nowhere.loglik == pytest.approx(found.loglik, abs=1e-9)


@pytest.mark.parametrize(
    ("patients", "choice", "reason"),
    [
        (Patients.of([1, 2, 3], [0, 0, 0]), "weibull", "no events"),
        (Patients.of([1, 2, 3], [1, 1, 0], ["a", "a", "b"]), "weibull", "no events in arm 'b'"),
        (Patients.of([3, 3, 3], [1, 1, 1]), "weibull", "no maximum"),
        (Patients.of([1, 2, 3, 3], [0, 0, 1, 1]), "lognormal", "no maximum"),
        (Patients.of([1, 2, 3], [0, 0, 1]), "lognormal", "1 event cannot carry 2 parameters"),
        (Patients.of([2, 2, 3], [1, 1, 0]), SplineRequest(1, "hazard"), "1 distinct times"),
        (Patients.of([1, 2, 3], [1, 1, 0]), SplineRequest(3, "odds"), ""),
        (Patients.of([1, 2], [1, 1]), "gengamma", "2 events cannot carry 3 parameters"),
        (
            Patients.of([1, 2, 3, 4, 5], [1, 1, 1, 0, 1]),
            SplineRequest(3, "odds"),
            "4 events cannot carry 5 parameters",
        ),
        (
            Patients.of([1, 2, 3, 4], [1, 0, 0, 1], [*"aabb"]),
            "weibull",
            "2 events cannot carry 3 parameters",
        ),
    ],
)
def test_named_failures(patients, choice, reason):
    family = FAMILIES[choice] if isinstance(choice, str) else choice
    found = fit(patients, family)
    assert isinstance(found, Failure)
    assert found.label == family.label
    assert found.reason
    assert reason in found.reason


def test_a_fit_whose_curve_rises_is_a_failure(monkeypatch):
    monkeypatch.setattr(Spline, "defect", lambda *_: "the fitted curve rises")
    found = fit(BOTH, SplineRequest(1, "hazard"))
    assert found == Failure("spline, 1 knot, hazard", "the fitted curve rises")


def test_one_event_is_enough_for_a_rate():
    found = fit(Patients.of([1, 2, 3], [0, 1, 0]), FAMILIES["exponential"])
    assert found.natural["rate"] == pytest.approx(1 / 6)


def test_ranking():
    results = (*fit_all(BOTH), Failure("other", "for a reason"))
    ranking = rank(results, until=36.0, landmarks=(12.0, 24.0))
    assert len(ranking.rows) + len(ranking.failures) == len(CANDIDATES) + 1
    assert ranking.failures[-1].label == "other"
    aic = [row.fit.aic for row in ranking.rows]
    assert aic == sorted(aic)
    assert ranking.rows[0].aic_difference == 0
    assert min(row.bic_difference for row in ranking.rows) == 0
    best = ranking.rows[0]
    assert [curve.arm for curve in best.curves] == ["old", "new"]
    new = best.curves[1]
    assert new.median == best.fit.median("new")
    assert new.restricted_mean == best.fit.restricted_mean(36.0, "new")
    assert new.landmarks == pytest.approx(best.fit.survival([12, 24], "new"))
    assert "do not validate the tail" in WARNING
    assert best.label == best.fit.label


def test_ranking_of_failures_alone():
    ranking = rank([Failure("weibull", "no events")], 12.0)
    assert ranking.rows == ()
    assert len(ranking.failures) == 1


def test_candidates():
    assert [c.label for c in CANDIDATES[:7]] == list(FAMILIES)
    assert len(SPLINES) == 9
    assert {request.scale for request in SPLINES} == set(SCALES)
    assert len({c.label for c in CANDIDATES}) == 16


@pytest.mark.parametrize(
    ("number", "family", "theta"),
    [(number, *truth) for number, truth in enumerate(TRUTHS)],
    ids=[f"{family.label} {theta}" for family, theta in TRUTHS],
)
def test_simulated_trials(number, family, theta):
    """Each fit is at a maximum that beats the truth, or a failure with a reason."""
    rng = np.random.default_rng([7, number])
    fitted = 0
    for n, censored in ((60, 0.8), (60, 0.1), (150, 0.5), (300, 0.8), (600, 0.4), (600, 0.1)):
        patients, end = simulate(family, theta, n, censored, rng)
        found = fit(patients, candidate_of(family))
        if isinstance(found, Failure):
            assert found.reason
            continue
        fitted += 1
        assert found.distance < 1e-7
        assert np.all(np.linalg.eigvalsh(found.covariance) > 0)
        if not isinstance(family, Spline):
            truth = Likelihood(family, patients).value(family.to_fitted(theta)[None])[0]
            assert 0 <= found.loglik - truth < 12
        columns = tuple(np.array([[value]]) for value in theta)
        error = found.restricted_mean(end) - float(family.restricted_mean(end, *columns)[0])
        assert abs(error) < 4 * found.restricted_mean_se(end)
    assert fitted >= 5
