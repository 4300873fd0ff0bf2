"""The tornado: any outcome and pair, mirrored pairs, directions, the rest, restricted means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import cea
from cea.analysis.pairs import Pair, gains, pairs_of
from cea.analysis.tornado import Direction, summed, tornado
from cea.errors import AnalysisError
from cea.model.evaluate import evaluate
from cea.parameters.draws import draws_with
from cea.survival.families import FAMILIES
from tests.analysis.oneway import dear, priced, three_at_entry
from tests.build import assumptions, cost, hazard_ratio, parameter, parametric, shipped, tabulated

SOR = shipped("sor_tace")
THREE = shipped("three_strategies")
FITTED = shipped("km_example")


@pytest.mark.parametrize("outcome", ["inmb", "cost", "qaly", "ly"])
@pytest.mark.parametrize("pair", [("MONO", "COMBO"), ("CHEMO", "COMBO")])
def test_a_pair_is_the_mirror_of_its_reverse(outcome: str, pair: tuple[str, str]):
    one, other = (
        tornado(THREE, outcome, strategy=strategy, against=against)
        for strategy, against in (pair, pair[::-1])
    )
    (s,), (t,) = ({p.strategy for p in found.pairs} for found in (one, other))
    assert one.base_result(s) == -other.base_result(t)
    mirrored = {bar.parameter.name: bar for bar in other.bars(t)}
    opposite = {Direction.RISES: Direction.FALLS, Direction.FALLS: Direction.RISES}
    for bar in one.bars(s):
        twin = mirrored[bar.parameter.name]
        assert bar.ends == tuple(-end for end in twin.ends)
        assert bar.direction == opposite.get(twin.direction, twin.direction)
        values = [x.value for x in bar.searched.switches]
        assert values == pytest.approx([x.value for x in twin.searched.switches], rel=1e-12)


def test_an_icer_is_the_same_either_way_round():
    one, other = (
        tornado(THREE, "icer", strategy=strategy, against=against)
        for strategy, against in (("COMBO", "MONO"), ("MONO", "COMBO"))
    )
    ends = {bar.parameter.name: bar.ends for bar in other.bars(1)}
    for bar in one.bars(2):
        np.testing.assert_allclose(bar.ends, ends[bar.parameter.name], rtol=1e-12)


@pytest.mark.parametrize("outcome", ["cost", "qaly", "ly", "inmb"])
def test_each_outcome_is_what_a_run_at_that_end_gives(outcome: str):
    found = tornado(SOR, outcome)
    bar = next(b for b in found.bars(1) if b.parameter.name == "os_hr")
    pair = pairs_of(SOR)[0]
    for value, end in ((bar.low, bar.ends[0]), (bar.high, bar.ends[1]), (bar.base, bar.at_base)):
        once = evaluate(SOR, draws_with(SOR, {"os_hr": np.array([value])}, 1))
        run = gains(once, pair)
        expected = {"cost": run.cost, "qaly": run.qaly, "ly": run.ly, "inmb": run.inmb(38_042)}
        assert end == pytest.approx(float(expected[outcome][0]), rel=1e-12)


def test_another_threshold_moves_the_benefit_and_the_switch():
    found = tornado(SOR, threshold=70_844.066198)
    assert abs(found.base_inmb(1)) < 1e-3
    bar = next(b for b in found.bars(1) if b.parameter.name == "c_sorafenib_month")
    assert bar.searched.switches[0].value == pytest.approx(1756.55, rel=1e-6)


def test_a_ratio_that_loses_its_meaning_is_no_number_and_comes_last():
    found = dear(
        parameter("price", 1000.0, low=500, high=2000), parameter("gain", 0.1, low=-0.1, high=0.2),
        amount="price",
    )  # fmt: skip
    bars = tornado(found, "icer").bars(1)
    assert [bar.parameter.name for bar in bars] == ["price", "gain"]
    assert bars[0].ends == pytest.approx((5000.0, 20_000.0))
    assert np.isnan(bars[1].ends[0])
    assert bars[1].ends[1] == pytest.approx(5000.0)
    assert bars[1].direction is Direction.BROKEN
    free = parameter("price", 0.0), parameter("gain", 0.1, low=0.0, high=0.2)
    with pytest.raises(AnalysisError, match="dominant in the base case"):
        tornado(replace(found, parameters=free), "icer")


def test_directions_and_a_bar_that_turns():
    found = priced(
        "1000 + x - y + 50 * z ^ 2 + 0 * w",
        *(parameter(name, 0.0, low=-1, high=1) for name in "xyzw"),
    )
    bars = {bar.parameter.name: bar for bar in tornado(found, "cost").bars(1)}
    assert bars["x"].direction is Direction.RISES
    assert bars["y"].direction is Direction.FALLS
    assert bars["z"].direction is Direction.TURNS
    assert bars["w"].direction is Direction.NONE
    assert bars["z"].swing == pytest.approx(50.0)  # though both ends are alike
    assert next(iter(bars)) == "z"


def test_the_rest_adds_the_moves_of_each_alone():
    found = priced(
        "1000 + x - 2 * y + 50 * z ^ 2",
        *(parameter(name, 0.0, low=-1, high=3) for name in "xyz"),
    )
    bars = tornado(found, "cost").bars(1)
    rest = summed(bars[1:])
    assert rest.count == 2
    # x moves from -1 to 3, y from -6 to 2: downwards -1 - 6, upwards 3 + 2.
    assert (rest.low, rest.high) == pytest.approx((1000 - 7, 1000 + 5))
    assert summed(bars[:1]).low == pytest.approx(1000.0)  # z never lowers it


def test_restricted_means_of_the_curve_that_a_parameter_belongs_to():
    found = assumptions(
        [
            parametric("A", "OS", "weibull", "shape", "2 * half"),
            parametric("A", "PFS", "exponential", 0.2),
            hazard_ratio("B", "OS", "ratio"),
            hazard_ratio("B", "PFS", "ratio"),
            tabulated("C", "OS", [0, 10, 20], [1, 0.5, 0.2]),
            tabulated("C", "PFS", [0, 10, 20], [1, 0.4, 0.1]),
        ],
        parameters=[
            parameter("shape", 1.3, low=1.0, high=1.6),
            parameter("quarter", 5.0, low=4.0, high=6.0),
            parameter("half", "2 * quarter"),
            parameter("ratio", 0.7, low=0.5, high=0.9),
            parameter("price", 10.0, low=5.0, high=20.0),
        ],
        costs=[cost("Drug", "entry", "price", "event", strategy="B")],
    )
    bars = {bar.parameter.name: bar for bar in tornado(found, strategy="B").bars(1)}
    weibull = FAMILIES["weibull"]

    def mean(shape: float, scale: float) -> float:
        theta = (np.array([[x]]) for x in (shape, scale))
        return float(weibull.restricted_mean(120.0, *theta)[0])

    assert bars["shape"].months == pytest.approx((mean(1.3, 20), mean(1.0, 20), mean(1.6, 20)))
    assert bars["quarter"].months == pytest.approx((mean(1.3, 20), mean(1.3, 16), mean(1.3, 24)))
    assert bars["ratio"].months is None  # two curves use it
    assert bars["price"].months is None


def test_a_hazard_ratio_of_one_curve_has_the_mean_of_that_curve():
    found = assumptions(
        [
            parametric("A", "OS", "exponential", 0.05), parametric("A", "PFS", "exponential", 0.1),
            hazard_ratio("B", "OS", "ratio"), parametric("B", "PFS", "exponential", 0.1),
        ],
        parameters=[parameter("ratio", 0.7, low=0.5, high=0.9)],
    )  # fmt: skip
    (bar,) = tornado(found).bars(1)
    rates = 0.05 * np.array([0.7, 0.5, 0.9])
    np.testing.assert_allclose(bar.months, -np.expm1(-120 * rates) / rates, rtol=1e-12)


def test_a_fitted_curve_keeps_its_restricted_mean():
    for bar in tornado(FITTED).bars(1):
        if bar.parameter.name.startswith("fit_"):
            assert bar.months == pytest.approx((bar.base, bar.low, bar.high))


@pytest.mark.parametrize("found", [SOR, THREE, FITTED], ids=["sor", "three", "fitted"])
def test_every_switch_put_back_makes_both_worth_the_same(found: cea.Assumptions):
    from cea.analysis.quantities import evaluate_at, quantity

    made = tornado(found)
    worth = found.threshold.value
    checked = 0
    for pair in made.pairs:
        for bar in made.bars(pair.strategy):
            for switch in bar.searched.switches:
                moved = quantity(found, bar.parameter.name)
                values = np.array([switch.value])
                once = evaluate_at(found, [moved], np.array([0]), values)
                assert abs(gains(once, pair).inmb(worth)[0]) <= 1e-8 * worth
                assert bar.searched.low <= switch.value <= bar.searched.high
                checked += 1
    assert checked >= 3


def test_what_enters_nothing_has_no_effect():
    found = priced(
        "price", parameter("price", 9.0, low=1, high=20), parameter("idle", 1.0, low=0, high=5)
    )
    bar = tornado(found).bars(1)[-1]
    assert bar.parameter.name == "idle"
    assert bar.direction is Direction.NONE
    assert bar.searched.flat
    assert bar.searched.switches == ()


def test_the_table_has_every_pair_and_its_own_columns():
    table = tornado(THREE).table
    assert set(table["strategy"]) == {"MONO", "COMBO"}
    assert set(table["against"]) == {"CHEMO"}
    row = table[(table["parameter"] == "os_hr_combo") & (table["strategy"] == "COMBO")].iloc[0]
    assert row["direction"] == "falls"
    assert row["searched_from"] < row["switch"] < row["searched_to"]
    other = tornado(THREE, "ly", strategy="combo", against="mono").table
    assert {"incremental_ly_base", "incremental_ly_low", "switch"} <= set(other.columns)
    assert set(other["against"]) == {"MONO"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"outcome": "imnb"}, "did you mean 'inmb'"),
        ({"strategy": "COMB"}, "did you mean 'COMBO'"),
        ({"against": "chmo"}, "did you mean 'CHEMO'"),
        ({"strategy": "CHEMO"}, "is the reference strategy"),
        ({"strategy": "MONO", "against": "mono"}, "cannot be compared with itself"),
    ],
)
def test_says_what_was_meant(arguments: dict[str, str], said: str):
    with pytest.raises(AnalysisError, match=said):
        tornado(THREE, **arguments)


def test_three_strategies_in_closed_form():
    found = three_at_entry(
        parameter("price", 1.0, low=0.5, high=2.0),
        amounts={"B": "price * 100", "C": "price * 400"}, gains={"B": "0.2", "C": "0.5"},
    )  # fmt: skip
    made = tornado(found, strategy="C", against="B")
    assert made.pairs == (Pair(2, 1),)
    (bar,) = made.bars(2)
    # 1000 x 0.3 - 300 price
    assert bar.ends == pytest.approx((150.0, -300.0))
    assert [s.value for s in bar.searched.switches] == pytest.approx([1.0])


def test_where_the_model_has_no_results_nothing_is_searched_and_the_rest_goes_on():
    """1/(pole - 3) has no value at 3, inside its range and between its ends."""
    found = priced(
        "100 + price + 1 / (pole - 3) + LN(shallow)",
        parameter("price", 9.0, low=1, high=20), parameter("pole", 1.0, low=0, high=6),
        parameter("shallow", 2.0, low=1, high=3),
    )  # fmt: skip
    bars = {bar.parameter.name: bar for bar in tornado(found).bars(1)}
    assert np.isnan(bars["pole"].searched.low)
    assert bars["price"].searched.high == 90
    assert (bars["shallow"].searched.low, bars["shallow"].searched.high) == (1, 3)
