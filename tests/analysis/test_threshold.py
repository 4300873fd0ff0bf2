"""Threshold analysis: every switch found, put back it makes INMB 0; prices and discounts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import cea
from cea.analysis.pairs import gains
from cea.analysis.price import DISCOUNTS
from cea.analysis.price_draws import _PsaPrices
from cea.analysis.quantities import evaluate_at, quantity
from cea.analysis.ranges import is_price, search_range
from cea.analysis.threshold import ThresholdAnalysis, main_price, threshold_analysis
from cea.analysis.tornado import tornado
from cea.assumptions import Assumptions, Threshold
from cea.errors import AnalysisError
from tests.analysis.oneway import dear, priced, three_at_entry
from tests.build import assumptions, cost, exponentials, parameter, parametric, shipped

SOR = shipped("sor_tace")
THREE = shipped("three_strategies")
FITTED = shipped("km_example")


def values(found: ThresholdAnalysis, threshold: int = 0, pair: int = 0) -> list[float]:
    return [s.value for s in found.pairwise[threshold][pair].switches]


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (SOR, "c_sorafenib_month"), (SOR, "os_hr"), (SOR, "RDI_sorafenib"), (SOR, "os_shape"),
        (THREE, "c_immuno_mg"), (THREE, "c_immuno_mono_dose"), (THREE, "s_second_targeted"),
        (THREE, "os_mono_q"), (THREE, "weight"), (THREE, "u_pd"),
        (FITTED, "fit_NEW_OS"), (FITTED, "fit_new_pfs_scale"), (FITTED, "c_new_month"),
    ],
)  # fmt: skip
def test_put_back_every_switch_makes_both_worth_the_same(found: Assumptions, name: str):
    made = threshold_analysis(found, name)
    for k, worth in enumerate(found.thresholds):
        for pair, one in zip(made.pairs, made.pairwise[k], strict=True):
            for switch in one.switches:
                moved = quantity(found, name)
                once = evaluate_at(found, [moved], np.array([0]), np.array([switch.value]))
                assert abs(gains(once, pair).inmb(worth.value)[0]) <= 1e-8 * worth.value
                step = 1e-4 * (made.within.high - made.within.low)
                sides = np.array([switch.value - step, switch.value + step])
                around = evaluate_at(found, [moved], np.zeros(2, dtype=int), sides)
                below, above = gains(around, pair).inmb(worth.value)
                assert (below > 0, above > 0) == (
                    switch.below == pair.strategy, switch.above == pair.strategy
                )  # fmt: skip


def test_agrees_with_the_ratio_of_the_base_case():
    """At a willingness to pay equal to the ICER the price of today is where it switches."""
    made = threshold_analysis(SOR, "c_sorafenib_month", threshold=70_844.06619776)
    assert values(made) == pytest.approx([1756.55], rel=1e-9)


@settings(max_examples=25)  # test_roots.py holds the search itself to harder functions
@given(st.floats(0.5, 9.5), st.floats(1e-4, 3.0))
def test_two_switches_of_a_parabola(middle: float, half: float):
    found = priced(f"10 + (x - {middle!r}) ^ 2 - {half!r} ^ 2 - 10 + base", parameter("x", 5.0),
                   parameter("base", 0.0))  # fmt: skip
    assume(
        min(abs(root - end) for root in (middle - half, middle + half) for end in (0, 10)) > 1e-9
    )
    made = threshold_analysis(found, "x", within=(0.0, 10.0))
    roots = [x for x in (middle - half, middle + half) if 0 < x < 10]
    np.testing.assert_allclose(values(made), roots, rtol=1e-9, atol=1e-9)


def test_touching_zero_is_no_switch():
    found = priced("(x - 3.3) ^ 2", parameter("x", 5.0))
    made = threshold_analysis(found, "x", within=(0.0, 10.0))
    assert values(made) == []
    assert made.table["status"].tolist() == ["no switch in the range"]
    assert made.table["preferred_below"].tolist() == ["A"]


def test_many_switches_and_a_jump():
    found = priced("IF(x < 2, 5, -5) + IF(x < 4, 0, 20) - IF(x < 7, 0, 20)", parameter("x", 1.0))
    made = threshold_analysis(found, "x", within=(0.0, 10.0))
    assert values(made) == pytest.approx([2.0, 4.0, 7.0])
    assert all(s.jump for s in made.pairwise[0][0].switches)
    assert "jump" in made.table["status"][0]
    assert made.table["preferred_below"].tolist() == ["A", "B", "A"]


def test_no_switch_and_no_effect_are_said():
    found = dear(parameter("price", 100.0, low=50, high=200), parameter("idle", 1.0),
                 parameter("gain", 0.5), amount="price")  # fmt: skip
    made = threshold_analysis(found, "price")
    assert made.within.high == 1000.0
    assert made.table["status"].tolist() == ["no switch in the range"]
    assert made.table["preferred_below"].tolist() == ["B"]
    flat = threshold_analysis(found, "idle", within=(0.0, 2.0))
    assert flat.table["status"].tolist() == ["the input does not change it"]
    assert flat.price is None


def test_identical_strategies_never_switch():
    found = assumptions(exponentials("A", "B"), parameters=[parameter("x", 1.0)])
    made = threshold_analysis(found, "x", within=(0.0, 2.0))
    assert values(made) == []
    assert made.pairwise[0][0].flat


def test_the_best_of_three_skips_pairs_that_lose_anyway():
    found = three_at_entry(
        parameter("price", 1.0, low=0.1, high=5.0),
        amounts={"B": "100 * price", "C": "400 * price"}, gains={"B": "0.2", "C": "0.5"},
    )  # fmt: skip
    made = threshold_analysis(found, "price", within=(0.0, 10.0))
    # At 1,000 per QALY: B 200 - 100p, C 500 - 400p, A 0. C best to p = 1, then B to p = 2.
    best = [(s.value, s.below, s.above) for s in made.best[0]]
    assert [sides for _, *sides in best] == [[2, 1], [1, 0]]
    assert [x for x, *_ in best] == pytest.approx([1.0, 2.0])
    assert values(made, 0, 1) == pytest.approx([1.25])  # C against A: B is better there
    rows = made.table[made.table["strategy"] == "any"]
    assert rows[rows["threshold"] == 1000]["preferred_above"].tolist() == ["B", "A"]


def test_the_best_is_the_best_everywhere():
    made = threshold_analysis(THREE, "c_immuno_mg")
    for k, worth in enumerate(THREE.thresholds):
        best = made.scan.outcomes.net_benefit(worth.value).argmax(axis=1)
        switches = made.best[k]
        for x, b in zip(made.scan.values, best, strict=True):
            below = [s.above for s in switches if s.value <= x]
            expected = below[-1] if below else (switches[0].below if switches else best[0])
            assert b == expected


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("c_sorafenib_month", 0, 17_565.5), ("rdi_sorafenib", 0, 1),
        ("os_hr", 0.55 * (0.385 / 0.55) ** 3, 0.55 * (0.785 / 0.55) ** 3),
    ],
)  # fmt: skip
def test_ranges_that_nobody_gave(name: str, low: float, high: float):
    within = search_range(SOR, quantity(SOR, name))
    assert (within.low, within.high) == pytest.approx((low, high))
    half = search_range(SOR, quantity(SOR, name), high=high / 2)
    assert (half.low, half.high) == pytest.approx((low, high / 2))


def test_a_normal_stays_where_its_cells_allow():
    from cea.formula import Bounds, Expression

    cell = Expression(parameter("x", "rate").base.node, "rate", "Costs!A1", Bounds(minimum=0))
    found = assumptions(
        [replace(c, parameters=(cell,)) if c.key == ("B", "OS") else c
         for c in exponentials("A", "B")],
        parameters=[parameter("rate", 0.04, low=0.01, high=0.05, distribution="normal")],
    )  # fmt: skip
    within = search_range(found, quantity(found, "rate"))
    assert (within.low, within.high) == pytest.approx((0.0, 0.07))


@pytest.mark.parametrize(
    ("name", "low", "high", "said"),
    [
        ("c_sorafnib_month", None, None, "did you mean 'c_sorafenib_month'"),
        ("os_median_sor_tace", None, None, "--from and --to"),
        ("os_hr", 2.0, 1.0, "let --from be less"),
        ("os_hr", -1.0, 1.0, "os_hr cannot be -1: Survival!"),
    ],
)
def test_says_what_is_wrong(name: str, low: float | None, high: float | None, said: str):
    with pytest.raises(AnalysisError, match=said):
        threshold_analysis(SOR, name, within=(low, high))


def test_a_restricted_mean_out_of_reach_is_refused():
    with pytest.raises(AnalysisError, match="lies beyond what the fit can be moved to"):
        threshold_analysis(FITTED, "fit_NEW_OS", within=(1e-3, 30.0))


# Prices.


def test_a_price_is_money_that_enters_costs_alone():
    names = {p.name for p in THREE.parameters if is_price(THREE, quantity(THREE, p.name))}
    assert {"c_immuno_mg", "c_chemo_dose", "c_pneumonitis"} <= names
    assert not names & {"weight", "u_pf", "p_neutropenia", "s_second_none", "os_hr_combo"}
    assert main_price(tornado(THREE)) == "c_immuno_mg"
    assert main_price(tornado(SOR)) == "c_sorafenib_month"


@pytest.fixture(scope="module")
def sampled() -> ThresholdAnalysis:
    return threshold_analysis(SOR, "c_sorafenib_month", psa=cea.psa(SOR, 512))


def test_the_price_curve_agrees_with_the_switches(sampled: ThresholdAnalysis):
    price = sampled.price
    assert price.linear
    (switch,) = values(sampled)
    k = int(np.flatnonzero(price.wtp == 38_042)[0])
    assert price.value[0, k] == pytest.approx(switch, rel=1e-11)


def test_each_draw_at_its_price_is_worth_nothing(sampled: ThresholdAnalysis):
    """The interval is of prices that, put back draw by draw, make the ICER the threshold."""
    psa = cea.psa(SOR, 512)
    price = sampled.price
    prices = _PsaPrices(psa, sampled.moved)
    everything = np.arange(512)
    increment = gains(psa.outcomes, sampled.pairs[0])
    slope = prices.slope(everything) @ np.array([-1.0, 1.0])
    each = prices.own + increment.inmb(38_042) / slope
    there = gains(prices.outcomes(everything, each), sampled.pairs[0])
    assert np.abs(there.inmb(38_042)).max() <= 1e-8 * 38_042
    k = int(np.flatnonzero(price.wtp == 38_042)[0])
    assert price.drawn.mean[0, k] == pytest.approx(each.mean())
    interval = np.percentile(each, [2.5, 97.5])
    assert (price.drawn.low[0, k], price.drawn.high[0, k]) == pytest.approx(tuple(interval))
    fixed = gains(
        prices.outcomes(everything, np.full(512, price.drawn.expected[0, k])), sampled.pairs[0]
    )
    assert abs(fixed.inmb(38_042).mean()) <= 1e-8 * 38_042


def test_there_is_no_price_below_0(sampled: ThresholdAnalysis):
    """At a willingness to pay of 0 a life gained is worth no price: blank, and nowhere negative."""
    table = sampled.price.table
    for column in ("price", "psa_expected", "psa_mean", "psa_low", "psa_high"):
        assert np.isnan(table[column][0])
        assert (table[column].dropna() >= 0).all()
        assert table[column].iloc[-1] > 0
    assert table["threshold"].to_list() == sampled.price.wtp.tolist()


def test_discounts_are_runs_of_an_edited_workbook(sampled: ThresholdAnalysis):
    price = sampled.price
    table = price.discounts
    for discount in (0.0, 0.35, 0.9):
        edited = tuple(
            replace(p, base=parameter("x", 1756.55 * (1 - discount)).base)
            if p.name == "c_sorafenib_month" else p
            for p in SOR.parameters
        )  # fmt: skip
        base = cea.base_case(replace(SOR, parameters=edited)).against_reference(1)
        row = table[(table["discount"] == discount) & (table["threshold"] == 38_042)].iloc[0]
        assert row["incremental_cost"] == pytest.approx(base.cost, rel=1e-12)
        assert row["icer"] == pytest.approx(base.icer, rel=1e-12)
        assert row["inmb"] == pytest.approx(38_042 * base.effect - base.cost, rel=1e-9)


def test_without_a_discount_the_probabilities_are_those_of_the_psa(sampled: ThresholdAnalysis):
    psa = cea.psa(SOR, 512)
    for k, worth in enumerate(SOR.thresholds):
        own = psa.acceptability_at(worth.value).probability[0]
        np.testing.assert_allclose(sampled.price.drawn.probability[0, k], own)
    half = list(DISCOUNTS).index(0.5)
    prices = _PsaPrices(psa, sampled.moved)
    there = prices.outcomes(np.arange(512), prices.own * 0.5)
    share = float((gains(there, sampled.pairs[0]).inmb(38_042) > 0).mean())
    assert sampled.price.drawn.probability[half, 0, 1] == pytest.approx(share)


def crooked(limit: str) -> Assumptions:
    """B's price is capped, so its cost is linear in it only up to there."""
    found = dear(
        parameter("price", 100.0, low=50, high=200, distribution="gamma"),
        parameter("gain", 0.02, low=0.01, high=0.03, distribution="normal"),
        amount=f"10 + MIN(price, {limit}) + 0.1 * price",
    )
    return replace(found, thresholds=(Threshold("one", 10_000.0), Threshold("two", 50_000.0)))


def test_a_price_that_is_not_linear_is_solved_for():
    found = crooked("400")
    made = threshold_analysis(found, "price", within=(0.0, 10_000.0), psa=cea.psa(found, 64))
    price = made.price
    assert not price.linear
    assert not price.drawn.linear
    assert "64 draws" in price.method
    at = [int(np.flatnonzero(price.wtp == t.value)[0]) for t in found.thresholds]
    # 200 = 10 + 1.1 p; 1000 = 410 + 0.1 p.
    np.testing.assert_allclose(price.value[0, at], [190 / 1.1, 5900.0], rtol=1e-9)
    gain = cea.psa(found, 64).sample.draws.values["gain"]
    low = (10_000 * gain - 10) / 1.1
    each = np.where(low <= 400, low, (10_000 * gain - 410) / 0.1)
    assert price.drawn.mean[0, at[0]] == pytest.approx(each.mean(), rel=1e-9)
    # At a willingness to pay of 0 every price would lie below the range.
    assert not np.isinf(price.table.select_dtypes("number")).any(axis=None)


def test_linear_in_the_base_case_but_not_in_the_draws_is_noticed():
    found = crooked("10000 * (1 + 100 * (gain = 0.02))")
    made = threshold_analysis(found, "price", within=(0.0, 30_000.0), psa=cea.psa(found, 64))
    assert made.price.linear
    assert not made.price.drawn.linear


def test_a_price_that_the_pair_shares_has_no_curve():
    found = assumptions(
        [parametric(n, e, "exponential", r) for n in "AB" for e, r in (("OS", 0.04), ("PFS", 0.1))],
        parameters=[parameter("test", 100.0, low=50, high=200, distribution="gamma")],
        costs=[cost("Test", "entry", "test", "event")],
    )
    made = threshold_analysis(found, "test", psa=cea.psa(found, 16))
    assert np.isnan(made.price.value).all()
    assert np.isnan(made.price.drawn.mean).all()
    assert made.pairwise[0][0].flat
