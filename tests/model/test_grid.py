"""Time grid: horizon, within-cycle rules, windows, discounting."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cea.model.grid import TimeGrid, average_occupancy, correction_weights
from tests.build import settings

RULES = ("start", "end", "half_cycle", "simpson")
TIMINGS = ("cycle_start", "mid_cycle", "whole_year", "boundary")

cycles = st.integers(1, 60)
rules = st.sampled_from(RULES)


@pytest.mark.parametrize(
    ("length", "unit", "years", "expected", "months"),
    [
        (1, "month", 10, 120, 1.0),
        (1, "year", 10, 10, 12.0),
        (1, "week", 10, 522, 7 / 30.4375),  # 521.8 weeks
        (21, "day", 5, 87, 21 / 30.4375),  # 86.96
        (7, "month", 2, 3, 7.0),  # 3.4
        (5, "year", 1, 1, 60.0),  # never without a cycle
        (1, "year", 2.5, 3, 12.0),  # a half upwards, as Excel rounds
        (1, "year", 3.5, 4, 12.0),
        (6, "month", 1.25, 3, 6.0),
    ],
)
def test_horizon_in_whole_cycles(length, unit, years, expected, months):
    grid = TimeGrid.of(settings(cycle_length=length, cycle_unit=unit, horizon_years=years))
    assert grid.cycles == expected
    assert grid.months_per_cycle == pytest.approx(months, rel=1e-15)
    assert len(grid.t) == expected + 1
    np.testing.assert_allclose(grid.t, [j * months for j in range(expected + 1)], rtol=1e-14)


@given(rules, cycles)
def test_weights_of_all_cycles_sum_to_the_number_of_cycles(rule, n):
    assert correction_weights(rule, np.ones(n)).sum() == pytest.approx(n, rel=1e-13)


@given(rules, st.lists(st.floats(-5, 5), min_size=1, max_size=40))
def test_weights_sum_to_the_sum_of_the_cycles(rule, per_cycle):
    """Whatever is constant is averaged to itself, so no rule creates or loses time."""
    x = np.array(per_cycle)
    assert correction_weights(rule, x).sum() == pytest.approx(x.sum(), abs=1e-12)
    assert average_occupancy(rule, np.full(len(x) + 1, 0.7)) == pytest.approx(0.7, rel=1e-14)


@given(rules, st.lists(st.tuples(st.floats(-3, 3), st.floats(0, 1)), min_size=2, max_size=30))
def test_weights_and_averages_are_adjoint(rule, pairs):
    """sum_j x_j average(m)_j = sum_b weights(x)_b m_b."""
    x = np.array([a for a, _ in pairs[1:]])
    m = np.array([b for _, b in pairs])
    by_cycle = x @ average_occupancy(rule, m)
    assert correction_weights(rule, x) @ m == pytest.approx(by_cycle, abs=1e-12)


def test_rules_by_hand():
    m = np.array([1.0, 0.7, 0.4, 0.3])
    assert average_occupancy("start", m) == pytest.approx([1.0, 0.7, 0.4])
    assert average_occupancy("end", m) == pytest.approx([0.7, 0.4, 0.3])
    assert average_occupancy("half_cycle", m) == pytest.approx([0.85, 0.55, 0.35])
    simpson = [(5 + 5.6 - 0.4) / 12, (-1 + 5.6 + 2.0) / 12, 0.35]  # the odd last cycle: half-cycle
    assert average_occupancy("simpson", m) == pytest.approx(simpson, rel=1e-14)


def test_unknown_rule():
    with pytest.raises(ValueError, match="'trapezoid'"):
        correction_weights("trapezoid", np.ones(3))


@pytest.mark.parametrize("n", [2, 4, 10])
def test_simpson_weights(n):
    """1/3, 4/3, 2/3, ..., 4/3, 1/3."""
    found = correction_weights("simpson", np.ones(n))
    expected = np.array([2 / 3, 4 / 3] * (n // 2) + [2 / 3])
    expected[[0, -1]] = 1 / 3
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@given(st.integers(1, 12), st.tuples(*[st.floats(-2, 2)] * 4))
def test_simpson_is_exact_for_cubics(pairs, coefficients):
    n = 2 * pairs
    cubic = np.polynomial.Polynomial(coefficients)
    exact = cubic.integ()(n) - cubic.integ()(0)
    found = correction_weights("simpson", np.ones(n)) @ cubic(np.arange(n + 1.0))
    assert found == pytest.approx(exact, rel=1e-11, abs=1e-9)


@given(st.integers(1, 12), st.tuples(*[st.floats(-2, 2)] * 3))
def test_simpson_is_exact_for_parabolas_in_every_cycle(pairs, coefficients):
    parabola = np.polynomial.Polynomial(coefficients)
    j = np.arange(2 * pairs + 1.0)
    exact = np.diff(parabola.integ()(j))
    found = average_occupancy("simpson", parabola(j))
    np.testing.assert_allclose(found, exact, rtol=1e-10, atol=1e-10)


def test_rows_of_draws():
    x = np.random.default_rng(1).random((3, 7))
    for rule in RULES:
        together = correction_weights(rule, x)
        for row, alone in zip(together, x, strict=True):
            np.testing.assert_array_equal(row, correction_weights(rule, alone))


# --- windows --------------------------------------------------------------------------------

MONTHLY = TimeGrid(24, 1.0, "start", "cycle_start")
WEEKLY = TimeGrid(104, 7 / 30.4375, "start", "cycle_start")


def test_window_prorates_the_cycles_it_cuts():
    found = MONTHLY.share_in_window(2.25, 4.5)
    expected = np.zeros(24)
    expected[2:5] = 0.75, 1.0, 0.5
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_window_inside_a_cycle():
    found = TimeGrid(3, 12.0, "start", "cycle_start").share_in_window(14.0, 17.0)
    np.testing.assert_allclose(found, [0, 0.25, 0], rtol=1e-14)


def test_window_that_is_empty_or_reversed_or_beyond_the_horizon():
    for window in ((3.0, 3.0), (5.0, 2.0), (24.0, 30.0)):
        assert MONTHLY.share_in_window(*window).sum() == 0


def test_no_window_is_the_whole_horizon():
    assert MONTHLY.share_in_window(0.0, np.inf).tolist() == [1.0] * 24


@pytest.mark.parametrize("cycle", [3, 7, 13, 100])
def test_window_ending_at_a_boundary_does_not_spill(cycle):
    """The boundary j * dt is rounded; the next cycle must not catch a sliver of the window."""
    end = cycle * 7 / 30.4375
    found = WEEKLY.share_in_window(0.0, end)
    assert set(found[:cycle]) == {1.0}
    assert set(found[cycle:]) == {0.0}


@given(
    st.sampled_from([MONTHLY, WEEKLY]),
    st.lists(st.floats(0.0, 24.0), min_size=1, max_size=6),
)
def test_windows_side_by_side_add_up(grid, cuts):
    edges = [0.0, *sorted(cuts), np.inf]
    total = sum(grid.share_in_window(a, b) for a, b in itertools.pairwise(edges))
    np.testing.assert_allclose(total, 1.0, atol=1e-8)


def test_windows_of_draws():
    start, end = np.array([[0.0], [1.5]]), np.array([[3.0], [2.0]])
    found = MONTHLY.share_in_window(start, end)
    for row, a, b in zip(found, start[:, 0], end[:, 0], strict=True):
        np.testing.assert_array_equal(row, MONTHLY.share_in_window(a, b))


# --- discounting ----------------------------------------------------------------------------


def _years(timing, j, dt):
    """tau of cycle j, in years, with a little room for the rounding of j * dt."""
    match timing:
        case "cycle_start":
            return j * dt / 12
        case "mid_cycle" | "boundary":
            return (j + 0.5) * dt / 12
        case "whole_year":
            return int(j * dt / 12 + 1e-9)


@pytest.mark.parametrize("dt", [1.0, 12.0, 7 / 30.4375])
@pytest.mark.parametrize("timing", TIMINGS)
def test_flows_are_discounted_like_their_cycle(timing, dt):
    grid = TimeGrid(60, dt, "start", timing)
    expected = [1.035 ** -_years(timing, j, dt) for j in range(60)]
    np.testing.assert_allclose(grid.discount_flows(0.035), expected, rtol=1e-13)


@pytest.mark.parametrize("timing", TIMINGS)
def test_one_off_amounts_at_boundaries(timing):
    grid = TimeGrid(30, 1.0, "start", timing)
    found = grid.discount_boundaries(0.05)
    years = [j // 12 if timing == "whole_year" else j / 12 for j in range(31)]
    np.testing.assert_allclose(found, [1.05**-y for y in years], rtol=1e-13)
    assert found[0] == 1


def test_whole_years_begin_on_time():
    """12 cycles of a month are a year in spite of rounding, for odd cycle lengths too."""
    for n, dt in ((120, 1.0), (1200, 0.1), (360, 1 / 3), (100, 12 / 52)):
        grid = TimeGrid(n, dt, "start", "whole_year")
        factors = grid.discount_flows(1.0)
        expected = [0.5 ** int(j * dt / 12 + 1e-6) for j in range(n)]
        np.testing.assert_array_equal(factors, expected)


@pytest.mark.parametrize("n", [1, 2, 9, 24])
@pytest.mark.parametrize("timing", TIMINGS)
@pytest.mark.parametrize("rule", RULES)
def test_accrual_against_a_loop(rule, timing, n):
    """Cycle by cycle: average occupancy x amount x discount; `boundary` discounts first."""
    rng = np.random.default_rng(n)
    m, amount, rate, dt = -np.sort(-rng.random(n + 1)), rng.random(n), 0.04, 2.0
    grid = TimeGrid(n, dt, rule, timing)
    total = 0.0
    for j in range(n):
        if timing == "boundary":
            here = [m[k] * 1.04 ** (-k * dt / 12) for k in range(n + 1)]
            factor = 1.0
        else:
            here, factor = list(m), 1.04 ** -_years(timing, j, dt)
        first = j - j % 2  # first boundary of the pair
        paired = first + 2 <= n
        match rule:
            case "start":
                average = here[j]
            case "end":
                average = here[j + 1]
            case "simpson" if paired and j == first:
                average = (5 * here[j] + 8 * here[j + 1] - here[j + 2]) / 12
            case "simpson" if paired:
                average = (-here[j - 1] + 8 * here[j] + 5 * here[j + 1]) / 12
            case _:
                average = (here[j] + here[j + 1]) / 2
        total += amount[j] * average * factor
    assert grid.accrual_weights(amount, rate) @ m == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("timing", TIMINGS)
def test_rates_of_draws(timing):
    grid = TimeGrid(12, 1.0, "simpson", timing)
    rates = np.array([[0.0], [0.03], [0.05]])
    found = grid.accrual_weights(np.ones(12), rates)
    for row, rate in zip(found, rates[:, 0], strict=True):
        np.testing.assert_allclose(row, grid.accrual_weights(np.ones(12), rate), rtol=1e-14)


def test_discounting_never_gains():
    for timing in TIMINGS:
        grid = TimeGrid(24, 1.0, "half_cycle", timing)
        assert np.all(np.diff(grid.discount_flows(0.03)) <= 0)
        assert np.all(grid.discount_flows(0.0) == 1)


def test_nearest_boundary():
    assert WEEKLY.nearest_boundary(np.array([0.0, 3.0, 6.0])).tolist() == [0, 13, 26]
    assert MONTHLY.nearest_boundary(np.array([0.0, 2.4, 2.6])).tolist() == [0, 2, 3]
