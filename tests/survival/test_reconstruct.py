"""Reconstruction: a published figure, simulated trials, and every way in which clicks go wrong."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.reconstruction import kaplan_meier as product_limit
from benchmarks.reconstruction import log_hazard_ratio, trial
from cea.errors import UserError
from cea.survival.digitised import AtRisk, Clicks, clean, fault
from cea.survival.kaplan_meier import kaplan_meier
from cea.survival.patients import Patients
from cea.survival.reconstruct import reconstruct
from cea.survival.reconstruction_report import Comparison, Published

BONNER = Path(__file__).parents[3] / "shared" / "oracles" / "km_reconstruction"


def corners(time, event):
    """Click both ends of every riser of the Kaplan-Meier curve, and its end, without error."""
    at, s, _, _ = product_limit((time, event))
    before = np.append(1.0, s[:-1])
    t = np.concatenate(([0.0], np.repeat(at, 2), [time.max()]))
    return t, np.concatenate(([1.0], np.stack((before, s), axis=1).ravel(), s[-1:]))


def table(time, every):
    t = np.arange(0.0, time.max(), every)
    return np.array([np.sum(time >= a) for a in t]), t


def exponential_trial(n, seed, follow_up=40.0):
    rng = np.random.default_rng(seed)
    death, end = rng.exponential(15, n), rng.uniform(10, follow_up, n)
    return np.minimum(death, end), death <= end


@pytest.fixture(scope="module")
def arm():
    return exponential_trial(120, 1)


# A published figure.


@pytest.mark.skipif(not BONNER.exists(), reason="the digitised figure is not beside the repository")
@pytest.mark.parametrize("events", [None, 134])
def test_bonner_radiotherapy(events):
    clicks = np.genfromtxt(BONNER / "coords_radio.csv", delimiter=",", names=True)
    risk = np.genfromtxt(BONNER / "nrisk.csv", delimiter=",", names=True)
    survival = clicks["surv_pct"] / 100
    published = Published(median=14.8, events=events)
    found = reconstruct(clicks["time"], survival, risk["nrisk_radio"], risk["trisk"], published)
    assert found.patients.n == 213
    assert abs(found.patients.events - 134) <= 3
    curve = kaplan_meier(found.patients)
    assert curve.quantile() == pytest.approx(14.8, abs=0.2)
    # A click on a riser is on the curve; several clicks of this figure share a time.
    t = np.maximum(clicks["time"], 0.0)
    top, bottom = curve.at(np.nextafter(t, -1)), curve.at(t)
    assert np.maximum(survival - top, bottom - survival).max() < 0.015
    assert found.report.max_deviation < 0.015
    assert curve.at_risk_at(risk["trisk"]).tolist() == risk["nrisk_radio"].tolist()
    assert not found.report.warnings


# Simulated trials: `benchmarks/reconstruction.py` runs 200 of them.


def test_hazard_ratio_of_simulated_trials():
    results = [trial(seed) for seed in range(30)]
    assert np.median([abs(r.error) for r in results]) < 0.03
    assert np.quantile([abs(r.error) for r in results], 0.9) < 0.08
    covered = np.mean([r.covered for r in results])
    assert covered >= np.mean([r.covered_true_data for r in results]) - 0.05


def test_the_yardstick_is_cox():
    # Two patients an arm, no ties: the partial likelihood is maximal where its score,
    # 1 - 2r/(2+2r) - 2r/(1+2r) + (1 - r/(1+r)) = 0 with r = exp(beta), vanishes.
    control = np.array([2.0, 4.0]), np.array([True, True])
    treated = np.array([1.0, 3.0]), np.array([True, True])
    r = np.exp(log_hazard_ratio(control, treated))
    terms = 2 * r / (2 + 2 * r), r / (2 + r), r / (1 + r)
    assert sum(terms) == pytest.approx(2.0)


def test_clicks_far_apart_lose_no_events():
    time, event = exponential_trial(20_000, 3)
    at, s, _, _ = product_limit((time, event))
    t = np.linspace(0, time.max(), 60)
    survival = np.append(1.0, s)[np.searchsorted(at, t, side="right")]
    found = reconstruct(t, survival, *table(time, 4.0))
    assert found.patients.events == pytest.approx(event.sum(), rel=0.015)


def test_exact_without_censoring():
    time = np.sort(np.random.default_rng(4).exponential(12, 50))
    found = reconstruct(*corners(time, np.ones(50, bool)), [50])
    assert found.patients.event.all()
    np.testing.assert_allclose(found.patients.time, time)
    assert found.report.rmse < 1e-12


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_true_clicks_give_true_events(seed, closed):
    time, event = exponential_trial(120, seed)
    n, t = table(time, 5.0)
    if closed:
        n, t = np.append(n, 0), np.append(t, 45.0)
    found = reconstruct(*corners(time, event), n, t)
    made, true = found.patients.time[found.patients.event], time[event]
    assert len(np.setxor1d(made, true)) + len(made) - len(np.unique(made)) <= 4
    assert abs(len(made) - len(true)) <= 2
    assert found.report.max_deviation < 0.01
    assert not found.report.warnings


# Heavy late censoring.


@pytest.mark.parametrize("noise", [0.0, 0.003])
def test_flat_tail_invents_no_deaths(noise):
    """83 patients; after month 30 one dies while 43 leave: the others are censored, not dead."""
    rng = np.random.default_rng(5)
    early = np.sort(rng.uniform(1, 29, 36))
    time = np.concatenate((early, [31.0], rng.uniform(30, 36, 14), rng.uniform(36.01, 42, 32)))
    event = np.arange(83) < 37
    t = np.arange(0.0, 42.0, 0.4)
    at, s, _, _ = product_limit((time, event))
    survival = np.append(1.0, s)[np.searchsorted(at, t, side="right")]
    clicks = np.clip(survival + rng.normal(0, noise, len(t)), 0, 1)
    found = reconstruct(t, clicks, *table(time, 6.0))
    late = found.patients.event & (found.patients.time > 30)
    assert late.sum() <= 2
    assert kaplan_meier(found.patients).at(41.0) == pytest.approx(s[-1], abs=0.02)


def test_a_curve_that_ends_before_the_table_is_flat():
    found = reconstruct([0, 2, 5, 10], [1, 0.9, 0.8, 0.7], [100, 60, 20], [0, 12, 24])
    assert found.patients.time.max() == 24
    assert not found.patients.event[found.patients.time > 10].any()
    assert any("taken as flat" in warning for warning in found.report.warnings)


# Clicks and tables with faults.


def test_order_repeats_and_the_left_of_the_axis_do_not_matter(arm):
    t, s = corners(*arm)
    plain = reconstruct(t, s, *table(arm[0], 5.0))
    shuffle = np.random.default_rng(6).permutation(len(t) + 3)
    t = np.concatenate((t, t[5:7], [-0.4]))[shuffle]
    s = np.concatenate((s, s[5:7], [1.0]))[shuffle]
    again = reconstruct(t, s, *table(arm[0], 5.0))
    np.testing.assert_array_equal(plain.patients.time, again.patients.time)
    np.testing.assert_array_equal(plain.patients.event, again.patients.event)


def test_riser_clicked_in_the_wrong_order():
    curve, warnings = clean(Clicks.of([1, 4.02, 3.98, 8], [0.9, 0.9, 0.6, 0.6]))
    assert not warnings
    assert curve.survival.tolist() == [0.9, 0.9, 0.6, 0.6]


def test_stray_click_is_left_out():
    t = np.arange(13.0)
    s = 1 - 0.03 * t
    s[6] = 0.3
    curve, (warning,) = clean(Clicks.of(t, s))
    assert 6.0 not in curve.time
    assert warning.startswith("click (6, 0.3)")


def test_stray_clicks_are_named_in_one_warning():
    t = np.arange(60.0)
    s = 1 - 0.01 * t
    s[6:55:12] = 0.01, 0.95, 0.1, 0.9, 0.15
    curve, (warning,) = clean(Clicks.of(t, s))
    assert len(curve.time) == 54
    assert warning == (
        "clicks (6, 0.01), (18, 0.95), (30, 0.1) and 2 more are more than 0.05 off those around "
        "them: left out"
    )


def test_shaky_clicks_become_monotone():
    rng = np.random.default_rng(7)
    t = np.linspace(0, 30, 200)
    truth = np.exp(-t / 20)
    clicks = np.clip(truth + rng.normal(0, 0.01, 200), 0, 1)
    curve, _ = clean(Clicks.of(t, clicks))
    assert np.all(np.diff(curve.survival) <= 0)
    shaky = np.abs(clicks - truth)[1:].mean()
    assert np.abs(curve.survival - np.exp(-curve.time / 20)).mean() < shaky


def test_a_curve_that_does_not_start_at_1():
    found = reconstruct([0, 0.1, 6, 12], [0.9, 0.9, 0.6, 0.4], [50, 30, 18], [0, 6, 12])
    assert any("starts at 0.9" in warning for warning in found.report.warnings)
    assert found.patients.time.min() > 0


def test_missing_numbers_at_risk_are_passed_over(arm):
    n, t = table(arm[0], 5.0)
    n = n.astype(float)
    n[[1, 3]] = np.nan
    found = reconstruct(*corners(*arm), n, t)
    assert found.patients.n == len(arm[0])
    assert abs(found.patients.events - arm[1].sum()) <= 2


def test_only_the_number_of_patients(arm):
    alone = reconstruct(*corners(*arm), 120)
    assert any("nobody is taken as censored" in warning for warning in alone.report.warnings)
    published = Published(events=int(arm[1].sum()))
    told = reconstruct(*corners(*arm), 120, published=published)
    assert abs(told.patients.events - arm[1].sum()) <= 2
    assert alone.patients.events > told.patients.events


def test_a_closing_zero_says_that_the_curve_is_followed_to_its_end():
    """Three numbers of the same curve: cut at month 12, or everyone gone by then."""
    clicks = [0, 3, 6, 9, 12], [1, 0.9, 0.8, 0.75, 0.7]
    cut = reconstruct(*clicks, [100, 78], [0, 6]).patients
    gone = reconstruct(*clicks, [100, 78, 0], [0, 6, 15]).patients
    assert np.sum(cut.time == 12) > 60
    assert np.sum(gone.time == 12) < 10


def test_a_table_at_odds_with_the_curve_warns(arm):
    n, t = table(arm[0], 5.0)
    n[1:] = n[1:] - (n[1:] - n[-1]) // 4
    n[1] = n[0]  # nobody left in the first five months, says the table; the curve drops
    found = reconstruct(*corners(*arm), n, t)
    assert found.patients.n == 120
    assert any("survival at 5" in warning for warning in found.report.warnings)
    assert any("root mean square" in warning for warning in found.report.warnings)


@st.composite
def figures(draw):
    """Clicks and tables of any kind that is not refused."""
    count = draw(st.integers(2, 25))
    time = draw(st.lists(st.floats(-0.6, 60), min_size=count, max_size=count))
    survival = draw(st.lists(st.floats(0, 1), min_size=count, max_size=count))
    rows = draw(st.integers(1, 6))
    n = sorted(draw(st.lists(st.integers(0, 60), min_size=rows, max_size=rows)), reverse=True)
    gaps = draw(st.lists(st.floats(0.5, 20), min_size=rows - 1, max_size=rows - 1))
    events = draw(st.none() | st.integers(0, 80))
    return [*time, 30.0], [*survival, 0.2], [n[0] + 1, *n[1:]], np.cumsum([0.0, *gaps]), events


@given(figures().filter(lambda figure: fault(figure[0], figure[1]) is None))
def test_numbers_at_risk_always_hold(figure):
    time, survival, n, t, events = figure
    found = reconstruct(time, survival, n, t, Published(events=events))
    assert found.patients.n == n[0]
    assert np.all(np.diff(found.patients.time) >= 0)
    for at, number in zip(t, n, strict=True):
        if number:
            assert np.sum(found.patients.time >= at) == number


@pytest.mark.parametrize(
    ("clicks", "message"),
    [
        (([0, 5], [100, 50]), "fractions between 0 and 1"),
        (([0, 5], [1]), "pairs"),
        (([0], [1]), "two or more"),
        (([0, np.nan], [1, 0.5]), "missing"),
        (([-1, 0], [1, 0.9]), "after month 0"),
        (([-0.5, 5, 20], [1, 0.9, 0.5]), "-0.5, a time before month 0"),
        (([0, 10, 20], [0, 0.4, 0.7]), "from 0 at month 0 to 0.7 at month 20"),
    ],
)
def test_clicks_refused(clicks, message):
    with pytest.raises(UserError, match=message):
        Clicks.of(*clicks)


@pytest.mark.parametrize("hand", [0.0, 0.01, 0.02])
@pytest.mark.parametrize("full", [1.0, 100.0])
@pytest.mark.parametrize("hazard", [0.0, 0.02, 0.5, 3.0])
def test_no_shaky_curve_is_refused_and_no_incidence_is_taken(hand, full, hazard):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        t = np.linspace(0, 40, 150)
        noise = rng.normal(0, hand, len(t))
        truth = np.exp(-hazard * t / 40)
        assert fault(t, full * np.clip(truth + noise, 0, 1), full) is None
        assert fault(t, full * (truth + noise), full) is None
        found = fault(t, full * (1 - truth + noise), full)
        assert found is not None
        assert "cumulative incidence" in found.remedy
        if hazard >= 0.5:  # a click at (0, 1) before the incidences does not hide them
            behind = fault(np.append(0.0, t), full * np.append(1.0, 1 - truth + noise), full)
            assert behind is not None
            assert "rises" in behind.found


def test_a_curve_without_its_start_is_refused():
    found = fault([3, 1, 2], [2, 4, 3], 100)
    assert found is not None
    assert (found.click, found.on_time_axis) == (1, False)
    assert found.found == "no click is above 4, but survival starts at 100"


def test_the_click_that_rises_is_found():
    """Its place among the clicks as they were typed, in whatever order."""
    found = fault([20, 10, 0, 0], [70, 40, 5, 100], 100)
    assert found is not None
    assert (found.click, found.on_time_axis) == (0, False)
    assert found.found == "the curve rises, from 5 at month 0 to 70 at month 20"


def test_the_hand_may_slip_left_of_the_axis():
    """By 2% of the axis and no more; the first click of the published figure is 0.9% off."""
    assert fault([-0.51, 1, 58], [0.99, 0.98, 0.2]) is None
    assert Clicks.of([-0.8, 10, 40], [1, 0.8, 0.3]).time[0] == 0
    found = fault([10, -0.81, 40], [0.8, 1, 0.3])
    assert found is not None
    assert (found.click, found.on_time_axis) == (1, True)


def test_many_clicks_are_compared_fast():
    t = np.linspace(0, 40, 100_000)
    assert fault(t, np.exp(-t / 20)) is None
    assert fault(t, -np.expm1(-t / 20)) is not None


@pytest.mark.parametrize(
    ("n", "time", "message"),
    [
        ([50, 60], [0, 6], "rise from 50 at 0 to 60 at 6"),
        ([50, 40], [6, 12], "at month 0 is missing"),
        ([np.nan, 40], [0, 12], "at month 0 is missing"),
        ([50, 40], [0], "pairs"),
        ([50, 40.5], [0, 6], "whole number"),
        ([50, 40, 40], [0, 6, 6], "two numbers"),
    ],
)
def test_numbers_at_risk_refused(n, time, message):
    with pytest.raises(UserError, match=message):
        AtRisk.of(n, time)


# The report.


def test_report_compares_what_was_published(arm):
    n, t = table(arm[0], 10.0)
    published = Published(median=10.0, events=90, landmarks=((12.0, 0.3),))
    report = reconstruct(*corners(*arm), n, t, published).report
    rows = {row.quantity: row for row in report.comparisons}
    assert list(rows)[:2] == ["median", "survival at 12"]
    assert rows["number at risk at 10"].agrees
    assert not rows["survival at 12"].agrees
    assert not rows["events"].agrees
    assert str(rows["events"]) in report.warnings


@pytest.mark.parametrize(("clicks", "warns"), [(8, True), (20, True), (30, True), (120, False)])
def test_clicks_far_apart_warn_of_the_bias(clicks, warns):
    """The share in the warning is about the bias of the mean, as here nobody is censored."""
    time = np.sort(15 * np.random.default_rng(12).weibull(1.5, 200))
    curve = kaplan_meier(Patients.of(time, np.ones(200, bool)))
    t = np.linspace(0, time.max(), clicks + 1)
    found = reconstruct(t, curve.at(t), [200])
    said = [warning for warning in found.report.warnings if "far apart" in warning]
    assert bool(said) == warns
    if warns:
        late = float(said[0].split(" by ")[1].split("%")[0]) / 100
        bias = found.patients.time.mean() / time.mean() - 1
        assert late == pytest.approx(bias, rel=0.25)
        assert said[0].startswith(f"the {clicks} clicks after month 0 are far apart")


def test_agreement():
    assert Comparison("median", np.inf, np.inf, 0.0).agrees
    assert not Comparison("median", np.inf, 20.0, 1.0).agrees
    assert Comparison("median", 19.0, 20.0, 1.0).agrees
    assert not Comparison("median", 18.9, 20.0, 1.0).agrees
    said = str(Comparison("median", 18.9, np.inf, 1.0, read=True))
    assert said == "median: not reached reconstructed, 18.9 read off the curve"
