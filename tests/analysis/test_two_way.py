"""Two-way grids: closed forms, one-way thresholds on the contour, settings as separate runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import cea
from cea.analysis.contour import Crossing, edges_crossed, segments
from cea.analysis.pairs import gains
from cea.analysis.settings_axis import CHOICES, NUMBERS, with_setting
from cea.analysis.threshold import threshold_analysis
from cea.analysis.tornado import tornado
from cea.analysis.two_way import TwoWay, two_way, widest
from cea.assumptions import Assumptions
from cea.errors import AnalysisError
from cea.formula import Expression
from cea.model.evaluate import evaluate
from cea.parameters.draws import draws_with
from cea.workbook import schema
from tests.analysis.oneway import dear, priced
from tests.build import parameter, shipped

SOR = shipped("sor_tace")
THREE = shipped("three_strategies")
FITTED = shipped("km_example")


def points(found: TwoWay) -> np.ndarray:
    return np.array(sorted((c.x, c.y) for c in found.crossings.values())).reshape(-1, 2)


def test_a_grid_in_closed_form():
    found = dear(parameter("price", 400.0, low=100, high=900),
                 parameter("gain", 0.01, low=0.001, high=0.02), amount="price")  # fmt: skip
    made = two_way(found, "price", "gain", steps=8)
    expected = 50_000 * made.y.values[:, None] - made.x.values[None, :]
    np.testing.assert_allclose(made.inmb, expected, rtol=1e-9, atol=1e-9)
    assert 400.0 in made.x.values
    assert 0.01 in made.y.values
    at = points(made)
    np.testing.assert_allclose(50_000 * at[:, 1], at[:, 0], rtol=1e-9)
    assert all(c.exact for c in made.crossings.values())
    # A straight line: as long as it is from end to end.
    pieces = np.array(made.segments)
    lengths = np.hypot(*(pieces[:, 1] - pieces[:, 0]).T).sum()
    ends = at[np.argmin(at[:, 0])], at[np.argmax(at[:, 0])]
    assert lengths == pytest.approx(np.hypot(*(ends[1] - ends[0])), rel=1e-9)


def test_without_a_strategy_the_pair_is_one_that_both_inputs_move():
    x, y = "os_hr_combo", "tot_combo_scale"
    made = two_way(THREE, x, y, steps=2)
    assert THREE.strategy_names[made.pair.strategy] == "COMBO"
    assert made.idle == ()
    asked = two_way(THREE, x, y, steps=2, strategy="COMBO")
    np.testing.assert_array_equal(made.inmb, asked.inmb)


def test_inputs_that_change_nothing_are_named():
    made = two_way(THREE, "os_hr_combo", "discount_rate_costs", steps=2, strategy="MONO")
    assert made.idle == (made.x.label,)


@pytest.mark.parametrize(
    ("found", "x", "y", "ends"),
    [
        (SOR, "c_sorafenib_month", "os_hr", (0.0, 3000.0)),
        (THREE, "c_immuno_mg", "s_second_targeted", (5.0, 30.0)),
        (FITTED, "c_new_month", "fit_NEW_OS", (1000.0, 4000.0)),
    ],
)
def test_the_contour_is_made_of_one_way_thresholds(
    found: Assumptions, x: str, y: str, ends: tuple[float, float]
):
    made = two_way(found, x, y, x_range=ends, steps=6)
    on_base = [c.x for c in made.crossings.values() if c.y == made.y.base]
    one_way = threshold_analysis(found, x, within=ends).pairwise[0][0]
    assert on_base == pytest.approx([s.value for s in one_way.switches], rel=1e-9)
    assert on_base


@pytest.mark.parametrize(
    ("found", "x", "y"),
    [
        (SOR, "c_sorafenib_month", "os_hr"), (SOR, "c_sorafenib_month", "discount_rate_effects"),
        (FITTED, "fit_NEW_OS", "closure"), (THREE, "s_second_none", "s_second_targeted"),
    ],
)  # fmt: skip
def test_swapping_the_axes_transposes(found: Assumptions, x: str, y: str):
    wide = (0.0, 3000.0) if x.startswith("c_") else (None, None)
    one = two_way(found, x, y, x_range=wide, steps=5)
    other = two_way(found, y, x, y_range=wide, steps=5)
    np.testing.assert_allclose(one.inmb, other.inmb.T, rtol=1e-9, atol=1e-8)
    np.testing.assert_allclose(
        points(one), np.array(sorted(points(other)[:, ::-1].tolist())).reshape(-1, 2), rtol=1e-9
    )
    assert (one.best == other.best.T).all()


def test_shares_of_one_group_leave_the_rest_to_the_others():
    made = two_way(
        THREE, "s_second_none", "s_second_targeted", x_range=(0.1, 0.5), y_range=(0.1, 0.5), steps=4
    )
    x, y = 0.5, 0.1
    values = {"s_second_none": x, "s_second_targeted": y, "s_second_docetaxel": 1 - x - y}
    draws = draws_with(THREE, {k: np.array([v]) for k, v in values.items()}, 1)
    pair = gains(evaluate(THREE, draws), made.pair)
    assert made.cost[0, -1] == pytest.approx(float(pair.cost[0]), rel=1e-12)
    with pytest.raises(AnalysisError, match="leaves room for the other shares"):
        two_way(THREE, "s_second_none", "s_second_targeted", x_range=(0.1, 0.9), y_range=(0.1, 0.9))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("discount_rate_effects", 0.03), ("discount_rate_costs", 0.0), ("horizon_years", 5.0),
        ("start_age", 60.0), ("proportion_male", 0.2), ("cycle_length", 0.5),
        ("closure", "os_hazard"), ("structure", "partitioned_survival"),
        ("within_cycle_correction", "simpson"), ("discount_timing", "boundary"),
        ("background_mortality", "no"),
    ],
)  # fmt: skip
def test_a_setting_is_a_separate_run(name: str, value: float | str):
    number = isinstance(value, float)
    ends = (value, value * 1.2 + 0.01) if number else (None, None)
    made = two_way(SOR, name, "c_sorafenib_month", x_range=ends, steps=1)
    stored: object = value
    if name.startswith("discount_rate"):
        stored = Expression.constant(float(value))
    if name == "background_mortality":
        stored = False
    edited = replace(SOR, settings=replace(SOR.settings, **{name: stored}))
    pair = cea.base_case(edited).against_reference(1)
    r = int(np.flatnonzero(made.y.values == made.y.base)[0])
    c = 0 if number else made.x.choices.index(str(value))
    assert (made.cost[r, c], made.qaly[r, c]) == pytest.approx((pair.cost, pair.effect), rel=1e-12)


def test_a_choice_that_cannot_be_run_is_left_out_and_said():
    made = two_way(SOR, "closure", "os_hr")
    assert made.x.choices == ("match_os", "os_hazard")
    assert "post_progression_hazard" in made.x.left_out[0]
    assert made.segments == []
    assert set(made.table["closure"]) == {"match_os", "os_hazard"}


def test_two_settings_together():
    made = two_way(FITTED, "discount_rate_effects", "closure", steps=2)
    assert made.inmb.shape == (2, 4)  # 0, 3% (the base case), 4% and 8%
    assert not any(c.exact for c in made.crossings.values())


def test_settings_may_take_what_the_workbook_allows():
    by_name = {field.name: field for field in schema.SETTINGS}
    for name, choices in CHOICES.items():
        expected = by_name[name].choices or ("yes", "no")
        assert set(choices) == set(expected)
    for name, bounds in NUMBERS.items():
        field = by_name[name]
        assert (bounds.minimum, bounds.maximum, bounds.above) == (
            field.minimum, field.maximum, field.above,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("horizon_years", 0.0, "not above 0"),
        ("start_age", 20.0, "the life table runs from age 50"),
        ("closure", "pps_curve", "needs a PPS curve of TACE and SOR-TACE"),
        ("cycle_length", 1000.0, "longer than the horizon"),
        ("cycle_length", 1e-9, "more than 60,000 cycles"),
        ("pre_progression_death", "fraction", "needs pre_progression_death_fraction"),
    ],
)
def test_settings_that_cannot_be_run_are_refused(name: str, value: float | str, said: str):
    with pytest.raises(AnalysisError, match=said):
        with_setting(SOR, name, value)
    with pytest.raises(AnalysisError, match="no life table"):
        with_setting(replace(SOR, life_table=None), "start_age", 60.0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"x": "os_hr", "y": "os_hr"}, "choose two different"),
        ({"x": "os_hr", "y": "horizn_years"}, "did you mean 'horizon_years'"),
        ({"x": "os_hr", "y": "pfs_h"}, "did you mean 'pfs_hr'"),
        ({"x": "os_hr", "y": "closure", "y_range": (1.0, 2.0)}, "is a choice"),
        ({"x": "os_hr", "y": "pfs_hr", "x_range": (2.0, 1.0)}, "let --x-from be less than --x-to"),
        ({"x": "os_hr", "y": "pfs_hr", "steps": 0}, "choose from 1 to 200"),
        ({"x": "os_hr", "y": "post_progression_hazard"}, "is blank"),
    ],
)
def test_says_what_is_wrong(arguments: dict[str, object], said: str):
    with pytest.raises(AnalysisError, match=said):
        two_way(SOR, **arguments)


def test_a_curve_and_its_own_estimate_cannot_move_together():
    with pytest.raises(AnalysisError, match="move the same parameter"):
        two_way(FITTED, "fit_NEW_OS", "fit_NEW_OS_shape")


def test_without_names_the_two_widest_bars_are_taken():
    made = two_way(SOR)
    assert (made.x.name, made.y.name) == ("os_hr", "rdi_sorafenib")
    assert two_way(SOR, y="os_hr").x.name == "rdi_sorafenib"
    assert widest(tornado(SOR)).x.name == "os_hr"
    one = priced("price", parameter("price", 9.0, low=1, high=20))
    assert widest(tornado(one)) is None
    with pytest.raises(AnalysisError, match="name two with --x and --y"):
        two_way(one)


def test_a_saddle_is_read_by_the_mean_of_its_corners():
    values = np.array([[1.0, -0.5], [-0.5, 1.0]])
    crossings = {edge: Crossing(*place, exact=True) for edge, place in zip(
        edges_crossed(values), [(0.6, 0.0), (0.4, 1.0), (0.0, 0.6), (1.0, 0.4)], strict=True
    )}  # fmt: skip
    pieces = {frozenset(piece) for piece in segments(crossings, values)}
    # The mean is above 0, so the corners below 0 are cut off, each on its own.
    assert pieces == {
        frozenset({(0.6, 0.0), (1.0, 0.4)}), frozenset({(0.4, 1.0), (0.0, 0.6)}),
    }  # fmt: skip
    pieces = {frozenset(piece) for piece in segments(crossings, -values)}
    assert pieces == {
        frozenset({(0.6, 0.0), (1.0, 0.4)}), frozenset({(0.4, 1.0), (0.0, 0.6)}),
    }  # fmt: skip
    pieces = {frozenset(piece) for piece in segments(crossings, values - 0.3)}
    assert pieces == {
        frozenset({(0.6, 0.0), (0.0, 0.6)}), frozenset({(0.4, 1.0), (1.0, 0.4)}),
    }  # fmt: skip
