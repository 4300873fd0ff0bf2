"""Tabulated curves, background mortality and waning, against slow plain computations."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from cea.assumptions import LifeTable, SurvivalTable
from cea.model.curves import hazard_gained
from cea.model.evaluate import Model
from cea.parameters.draws import base_draw
from cea.survival.population import population_hazard_increments, population_survival
from cea.survival.table import table_cumulative_hazard
from cea.survival.waning import wane, waned_share
from tests.build import assumptions, exponentials, hazard_ratio, parametric, run, tabulated


def _table(time, survival, t):
    t = np.array(t, dtype=float)
    return np.exp(-table_cumulative_hazard(SurvivalTable(tuple(time), tuple(survival)), t))


# --- tabulated curves -----------------------------------------------------------------------


def test_table_passes_through_its_points():
    time, survival = [0, 2, 5, 9], [1.0, 0.8, 0.5, 0.1]
    np.testing.assert_allclose(_table(time, survival, time), survival, rtol=1e-14)


def test_table_hazard_is_constant_between_points():
    """Half-way between two points S is their geometric mean."""
    found = _table([0, 2, 6], [1.0, 0.8, 0.2], [1, 4])
    np.testing.assert_allclose(found, [math.sqrt(0.8), math.sqrt(0.8 * 0.2)], rtol=1e-14)


def test_table_without_time_0_starts_alive():
    found = _table([2, 4], [0.64, 0.32], [0, 1, 2])
    np.testing.assert_allclose(found, [1.0, 0.8, 0.64], rtol=1e-14)


def test_table_holds_its_last_hazard():
    found = _table([0, 2, 4], [1.0, 0.9, 0.45], [6, 8, 24])
    np.testing.assert_allclose(found, [0.225, 0.1125, 0.45 * 0.5**10], rtol=1e-13)


def test_table_with_a_plateau_holds_it():
    np.testing.assert_allclose(_table([0, 2, 4], [1.0, 0.3, 0.3], [10, 500]), 0.3, rtol=1e-14)


def test_table_of_one_point():
    assert _table([0], [1.0], [0, 5]).tolist() == [1.0, 1.0]
    np.testing.assert_allclose(_table([4], [0.25], [2, 4, 8]), [0.5, 0.25, 0.0625], rtol=1e-14)


def test_table_that_reaches_0():
    """The last finite hazard is kept until the last death; nobody is left from then on."""
    found = _table([0, 2, 4, 6], [1.0, 0.5, 0.0, 0.0], [2, 3, 3.999, 4, 5, 100])
    np.testing.assert_allclose(found[:2], [0.5, 0.5**1.5], rtol=1e-14)
    assert found[2] == pytest.approx(0.25, rel=1e-3)
    assert found[3:].tolist() == [0.0, 0.0, 0.0]


@given(
    st.lists(st.tuples(st.floats(0.05, 10.0), st.floats(0.0, 1.0)), min_size=1, max_size=8),
    st.lists(st.floats(0.0, 120.0), min_size=1, max_size=8),
)
def test_table_never_rises_and_stays_within_its_points(steps, t):
    time = np.cumsum([step for step, _ in steps])
    survival = np.cumprod([share for _, share in steps])
    t = np.sort(t)
    found = _table(time, survival, t)
    assert np.all(np.diff(found) <= 1e-15)
    for month, s in zip(t, found, strict=True):
        before = survival[time <= month]
        after = survival[time >= month]
        assert s <= (before[-1] if len(before) else 1.0) + 1e-15
        if len(after) and after[0] > 0:
            assert s >= after[0] - 1e-15


# --- background mortality -------------------------------------------------------------------

QX_MALE = (0.010, 0.012, 0.015, 0.5, 0.9)
QX_FEMALE = (0.006, 0.008, 0.010, 0.4, 0.8)
LIFE = LifeTable(60, QX_MALE, QX_FEMALE)


def _year_by_year(qx, age, month):
    """Survival in plain Python: walk from birthday to birthday at a constant hazard."""
    now, end, alive = age - 60, age - 60 + month / 12, 1.0
    while now < end:
        year = min(math.floor(now), len(qx) - 1)
        until = min(end, math.floor(now) + 1)
        alive *= (1 - qx[year]) ** (until - now)
        now = until
    return alive


@pytest.mark.parametrize("age", [60.0, 61.25, 63.999])
@pytest.mark.parametrize("male", [0.0, 0.37, 1.0])
def test_population_year_by_year(age, male):
    t = np.arange(0, 121) * 0.7
    found = population_survival(LIFE, age, male, t)
    expected = [
        male * _year_by_year(QX_MALE, age, month)
        + (1 - male) * _year_by_year(QX_FEMALE, age, month)
        for month in t
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_population_annual_probabilities():
    """Over whole years from a birthday the table's own q come back."""
    found = population_survival(LIFE, 60.0, 1.0, np.array([0.0, 12.0, 24.0]))
    np.testing.assert_allclose(1 - found[1:] / found[:-1], [0.010, 0.012], rtol=1e-12)


def test_age_may_be_a_whole_number():
    t = np.array([0.0, 7.0, 12.0])
    found = population_survival(LIFE, 61, 0.5, t)
    np.testing.assert_array_equal(found, population_survival(LIFE, 61.0, 0.5, t))


def test_last_age_is_held():
    found = population_survival(LIFE, 64.0, 1.0, np.array([0.0, 12.0, 60.0]))
    np.testing.assert_allclose(found, [1.0, 0.1, 1e-5], rtol=1e-12)


def test_men_die_faster_so_their_share_falls():
    """The mixture is of survivals, not of the probabilities of death."""
    late = (
        1
        - population_survival(LIFE, 60.0, 0.5, np.array([36.0, 48.0]))[1]
        / (population_survival(LIFE, 60.0, 0.5, np.array([36.0]))[0])
    )
    assert 0.4 < late < 0.45


def test_population_hazard_increments_add_up():
    t = np.arange(0, 61) * 1.3
    gained = population_hazard_increments(LIFE, 60.5, 0.4, t)
    np.testing.assert_allclose(
        np.exp(-np.cumsum(gained)), population_survival(LIFE, 60.5, 0.4, t[1:]), rtol=1e-12
    )


def test_q_of_1_ends_the_population():
    """Where q = 1 all die as that year of age begins, and nothing is NaN."""
    table = LifeTable(60, (0.1, 1.0), (0.2, 1.0))
    t = np.arange(0.0, 37.0, 6.0)
    found = population_survival(table, 60.0, 0.3, t)
    at_12 = 0.3 * 0.9 + 0.7 * 0.8
    at_6 = 0.3 * 0.9**0.5 + 0.7 * 0.8**0.5
    np.testing.assert_allclose(found, [1.0, at_6, at_12, 0, 0, 0, 0], rtol=1e-14)
    gained = population_hazard_increments(table, 60.0, 0.3, t)
    np.testing.assert_allclose(gained[:2], -np.log([at_6, at_12 / at_6]), rtol=1e-12)
    assert np.all(np.isposinf(gained[2:]))


def test_background_bounds_every_cycle_from_below():
    """A flat OS follows the population; a steep one is left alone; the cycles are counted."""
    curves = (
        *exponentials("A", pfs=0.9, os=0.8),
        tabulated("B", "PFS", (0, 100), (1.0, 0.1)),
        tabulated("B", "OS", (0, 100), (1.0, 1.0)),
    )
    found = run(assumptions(curves, life_table=LIFE, background_mortality=True, horizon_years=3))
    population = population_survival(LIFE, 60.0, 0.5, np.arange(37.0))
    assert found.background_cycles.tolist() == [[0, 36]]
    half_cycle = (population[:-1] + population[1:]).sum() / 24
    assert found.total_ly[0, 1] == pytest.approx(half_cycle, rel=1e-12)
    unbounded = run(assumptions(curves, life_table=LIFE, horizon_years=3))
    assert unbounded.background_cycles.tolist() == [[0, 0]]
    assert unbounded.total_ly[0, 1] == pytest.approx(3.0, rel=1e-12)
    assert unbounded.total_ly[0, 0] == pytest.approx(found.total_ly[0, 0], rel=1e-12)


def test_background_binds_in_some_cycles_only():
    """OS is steep for a year and then flat: its own hazard first, the population's afterwards."""
    curves = (
        tabulated("A", "OS", (0, 12, 24), (1.0, 0.3, 0.3)),
        tabulated("A", "PFS", (0, 12, 24), (1.0, 0.1, 0.01)),
    )
    found = run(assumptions(curves, life_table=LIFE, background_mortality=True, horizon_years=2))
    assert found.background_cycles.tolist() == [[12]]
    population = population_survival(LIFE, 60.0, 0.5, np.arange(25.0))
    months = np.arange(25.0)
    os = np.where(months <= 12, 0.3 ** (months / 12), 0.3 * population / population[12])
    assert found.total_ly[0, 0] == pytest.approx((os[:-1] + os[1:]).sum() / 24, rel=1e-12)


# --- waning ---------------------------------------------------------------------------------


def _ramp(month, start, end):
    if month >= end:
        return 1.0
    return 0.0 if month <= start else (month - start) / (end - start)


windows = st.tuples(st.floats(0.0, 30.0), st.floats(0.0, 30.0)).map(sorted)


@given(windows, st.sampled_from([0.23, 1.0, 12.0]))
def test_waned_share_is_the_average_of_the_ramp(window, dt):
    start, end = window
    t = np.arange(0.0, 36.0 + dt, dt)
    found = waned_share(t, start, end)
    assert found.shape == (len(t) - 1,)
    assert np.all((found >= 0) & (found <= 1 + 1e-12))
    for left, share in zip(t[:-1], found, strict=True):
        corners = sorted({left, min(max(start, left), left + dt), min(max(end, left), left + dt),
                          left + dt})  # fmt: skip
        # the ramp is linear between its corners: the midpoint rule is exact
        area = sum((b - a) * _ramp((a + b) / 2, start, end) for a, b in itertools.pairwise(corners))
        assert share == pytest.approx(area / dt, abs=1e-9)


def test_waning_at_once_inside_a_cycle():
    share = waned_share(np.arange(0.0, 6.0), 2.25, 2.25)
    np.testing.assert_allclose(share, [0, 0, 0.75, 1, 1], rtol=1e-14)


def test_waning_window_inside_a_cycle():
    """From 2.2 to 2.6: none for 0.2, on average a half for 0.4, all for 0.4."""
    share = waned_share(np.arange(0.0, 6.0), 2.2, 2.6)
    np.testing.assert_allclose(share, [0, 0, 0.6, 1, 1], rtol=1e-12)


def test_waning_at_a_boundary_is_exact():
    assert waned_share(np.arange(0.0, 6.0), 2.0, 2.0).tolist() == [0, 0, 1, 1, 1]
    assert waned_share(np.arange(0.0, 6.0), 0.0, 0.0).tolist() == [1, 1, 1, 1, 1]


def test_waning_differs_between_draws():
    start, end = np.array([[0.0], [2.0]]), np.array([[4.0], [2.5]])
    t = np.arange(0.0, 6.0)
    found = waned_share(t, start, end)
    for row, a, b in zip(found, start[:, 0], end[:, 0], strict=True):
        np.testing.assert_array_equal(row, waned_share(t, a, b))


def test_wane_with_nobody_left():
    """An extinct reference takes all with it once it has a share, and NaN never appears."""
    own, reference = np.array([0.1, 0.1, 0.1]), np.array([0.2, np.inf, np.inf])
    found = wane(own, reference, np.array([0.5, 0.0, 0.5]))
    np.testing.assert_allclose(found, [0.15, 0.1, np.inf])
    found = wane(np.array([np.inf, np.inf]), np.array([0.2, 0.2]), np.array([0.5, 1.0]))
    np.testing.assert_allclose(found, [np.inf, 0.2])


def test_hazard_gained_after_extinction():
    gained = hazard_gained(np.array([0.0, 0.5, np.inf, np.inf]))
    assert gained.tolist() == [0.5, np.inf, np.inf]


def _os(curves, months, dt=1.0):
    """Cycle boundaries, and OS of B and of A at them."""
    found = assumptions(curves, horizon_years=months / 12, cycle_length=dt)
    model = Model(found, base_draw(found))
    hazards = model.curve_model.hazards(slice(0, 1))
    return model.grid.t, np.exp(-hazards["B", "OS"][0]), np.exp(-hazards["A", "OS"][0])


@pytest.mark.parametrize("window", [(6.3, 20.7), (7.1, 7.4), (10.0, 10.0), (0.0, 5.0)])
def test_waning_against_fine_integration(window):
    """Constant hazards: the cycles' averages give the integral of the moving hazard exactly."""
    own, reference = 0.02, 0.09
    curves = (
        *exponentials("A", pfs=0.1, os=reference),
        parametric("B", "PFS", "exponential", 0.1),
        parametric("B", "OS", "exponential", own, waning=window),
    )
    t, found, _ = _os(curves, 36)

    def hazard(month):
        share = _ramp(month, *window)
        return (1 - share) * own + share * reference

    corners = [month for month in window if month > 0]
    for month, s in zip(t, found, strict=True):
        inner = sorted({0.0, month, *(c for c in corners if c < month)})
        total = sum(quad(hazard, a, b)[0] for a, b in itertools.pairwise(inner))
        assert s == pytest.approx(math.exp(-total), rel=1e-10)


def test_waning_of_changing_hazards_tends_to_the_integral():
    """With Weibull hazards the share is averaged over the cycle: an error of order dt squared."""
    shape, own, reference, window = 1.5, 40.0, 15.0, (6.3, 20.7)
    curves = (
        parametric("A", "PFS", "exponential", 0.1),
        parametric("A", "OS", "weibull", shape, reference),
        parametric("B", "PFS", "exponential", 0.1),
        parametric("B", "OS", "weibull", shape, own, waning=window),
    )
    curves = (
        parametric("A", "OS", "weibull", shape, reference),
        *tuple(curve for curve in curves if curve.key != ("A", "OS")),
    )

    def hazard(month):
        share = _ramp(month, *window)
        h = [shape / scale * (month / scale) ** (shape - 1) for scale in (own, reference)]
        return (1 - share) * h[0] + share * h[1]

    total = sum(quad(hazard, a, b)[0] for a, b in ((0, 6.3), (6.3, 20.7), (20.7, 36)))
    errors = [abs(_os(curves, 36, dt)[1][-1] / math.exp(-total) - 1) for dt in (1.0, 0.25, 0.0625)]
    assert errors[0] < 3e-4
    assert errors[1] < errors[0] / 8
    assert errors[2] < errors[1] / 8


def test_after_the_end_the_hazard_is_the_reference_strategy_s():
    curves = (
        parametric("A", "PFS", "exponential", 0.1),
        parametric("A", "OS", "weibull", 1.3, 20.0),
        parametric("B", "PFS", "exponential", 0.1),
        hazard_ratio("B", "OS", 0.5, waning=(6.0, 18.0)),
    )
    t, waned, reference = _os(curves, 60)
    hazards = -np.diff(np.log([waned, reference]), axis=1)
    after, before = t[:-1] >= 18, t[1:] <= 6
    np.testing.assert_allclose(hazards[0, after], hazards[1, after], rtol=1e-10)
    np.testing.assert_allclose(hazards[0, before], 0.5 * hazards[1, before], rtol=1e-10)
    between = ~(after | before)
    assert np.all(hazards[0, between] < hazards[1, between])
    assert np.all(hazards[0, between] > 0.5 * hazards[1, between])
    ratio = hazards[0, between] / hazards[1, between]
    np.testing.assert_allclose(ratio, 0.5 + 0.5 * (t[:-1][between] + 0.5 - 6) / 12, rtol=1e-10)


def test_waning_to_a_reference_that_wanes_itself():
    """B wanes to A after A has waned to C: from then on all three share a hazard."""
    curves = (
        *exponentials("C", os=0.10),
        parametric("A", "PFS", "exponential", 0.1),
        parametric("A", "OS", "exponential", 0.05, waning=(6.0, 6.0), reference="C"),
        parametric("B", "PFS", "exponential", 0.1),
        parametric("B", "OS", "exponential", 0.01, waning=(12.0, 12.0), reference="A"),
    )
    _, found, _ = _os(curves, 24)
    assert found[12] == pytest.approx(math.exp(-0.12), rel=1e-12)
    assert found[24] == pytest.approx(math.exp(-0.12 - 1.2), rel=1e-12)
