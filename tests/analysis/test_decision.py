"""Incremental tables, acceptability and perfect information."""

import csv
import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cea.analysis.decision import Verdict, acceptability, frontier, increment
from tests.build import ORACLES, rows

# --- against dampack ------------------------------------------------------------------------

STATUS = {
    Verdict.REFERENCE: "ND",
    Verdict.TRADE_OFF: "ND",
    Verdict.DOMINATED: "D",
    Verdict.EXTENDEDLY_DOMINATED: "ED",
}
EXAMPLES = sorted({row["example"] for row in rows("dampack", "icer_inputs.csv")})


@pytest.mark.parametrize("example", EXAMPLES)
def test_dampack(example):
    inputs = [row for row in rows("dampack", "icer_inputs.csv") if row["example"] == example]
    theirs = {
        row["Strategy"]: row
        for row in rows("dampack", "icer_results.csv")
        if row["example"] == example
    }
    costs, effects = ([float(row[name]) for row in inputs] for name in ("cost", "effect"))
    found = frontier(costs, effects)
    assert [costs[row.position] for row in found] == sorted(costs)
    assert sorted(row.position for row in found) == list(range(len(inputs)))
    for row in found:
        expected = theirs[inputs[row.position]["strategy"]]
        if len(inputs) > 1:  # dampack gives a strategy on its own no status
            assert STATUS[row.verdict] == expected["Status"]
        if expected["ICER"] == "NA":
            assert row.icer is None
            assert row.against is None
        else:
            assert row.icer == pytest.approx(float(expected["ICER"]), rel=1e-12)
            step = costs[row.position] - costs[row.against]
            gain = effects[row.position] - effects[row.against]
            assert step == pytest.approx(float(expected["Inc_Cost"]), rel=1e-12)
            assert gain == pytest.approx(float(expected["Inc_Effect"]), rel=1e-12)


# --- the frontier against brute force -------------------------------------------------------

_points = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=7)


def _best_somewhere(points):
    """Points with the highest net benefit over some range of thresholds.

    Between two neighbouring thresholds at which any two strategies tie, the order is fixed: one
    look at the middle of every such interval sees all there is.
    """
    ties = {Fraction(0)}
    for c1, e1 in points:
        for c2, e2 in points:
            if e1 != e2 and (crossing := Fraction(c1 - c2, e1 - e2)) > 0:
                ties.add(crossing)
    cuts = sorted(ties)
    looks = [(a + b) / 2 for a, b in itertools.pairwise(cuts)] + [cuts[-1] + 1]
    best = set()
    for threshold in looks:
        benefit = [threshold * e - c for c, e in points]
        best |= {points[i] for i, b in enumerate(benefit) if b == max(benefit)}
    return best


@given(_points)
@example([(0, 0), (1, 1), (2, 2)])  # the middle one is never better than both others
@example([(0, 0), (2, 3), (4, 5), (9, 6), (10, 12)])
def test_frontier_holds_whoever_is_best_at_some_threshold(points):
    found = frontier(*zip(*points, strict=True))
    on = [row for row in found if row.verdict in (Verdict.REFERENCE, Verdict.TRADE_OFF)]
    assert {points[row.position] for row in on} == _best_somewhere(points)
    assert len({points[row.position] for row in on}) == len(on)  # each once


@given(_points)
def test_frontier_rows_make_sense(points):
    found = frontier(*zip(*points, strict=True))
    assert sorted(row.position for row in found) == list(range(len(points)))
    costs = [points[row.position][0] for row in found]
    assert costs == sorted(costs)
    on = [row for row in found if row.verdict in (Verdict.REFERENCE, Verdict.TRADE_OFF)]
    assert on[0].verdict == Verdict.REFERENCE
    assert [row.against for row in on[1:]] == [row.position for row in on[:-1]]
    icers = [row.icer for row in on[1:]]
    assert all(a < b for a, b in itertools.pairwise(icers))
    assert all(icer > 0 for icer in icers)


@given(_points)
@example([(0, 0), (10, 2), (10, 2), (12, 10)])  # two of a kind, both extendedly dominated
def test_verdicts_off_the_frontier(points):
    """Dominated: another does as well for no more. Extendedly: only a mixture of two does."""
    found = frontier(*zip(*points, strict=True))
    on = {row.position for row in found if row.verdict in (Verdict.REFERENCE, Verdict.TRADE_OFF)}
    for row in found:
        c, e = points[row.position]
        better = any((pc, pe) != (c, e) and pc <= c and pe >= e for pc, pe in points)
        match row.verdict:
            case Verdict.DOMINATED:
                assert better
            case Verdict.EXTENDEDLY_DOMINATED:
                assert not better
            case Verdict.EQUAL:
                assert any(points[k] == (c, e) for k in on)
        if row.position not in on:
            assert row.icer is None
            assert row.against is None


def test_extended_dominance_falls_back_step_by_step():
    """Dropping C makes B extendedly dominated as well."""
    costs, effects = [0, 10, 19, 20], [0.0, 1.0, 1.5, 4.0]
    verdicts = {row.position: row.verdict for row in frontier(costs, effects)}
    assert verdicts == {
        0: Verdict.REFERENCE,
        1: Verdict.EXTENDEDLY_DOMINATED,
        2: Verdict.EXTENDEDLY_DOMINATED,
        3: Verdict.TRADE_OFF,
    }


def test_equal_strategies_are_said_to_be_equal():
    verdicts = [row.verdict for row in frontier([5, 5, 9], [1.0, 1.0, 2.0])]
    assert verdicts == [Verdict.REFERENCE, Verdict.EQUAL, Verdict.TRADE_OFF]


def test_cost_saving_strategy_is_the_cheapest_rung():
    found = frontier([30_000, 20_000], [2.0, 2.5])
    assert [(row.position, row.verdict) for row in found] == [
        (1, Verdict.REFERENCE),
        (0, Verdict.DOMINATED),
    ]


@pytest.mark.parametrize(
    ("cost", "effect", "verdict", "icer"),
    [
        (100.0, 2.0, Verdict.TRADE_OFF, 50.0),
        (-100.0, -2.0, Verdict.SAVING, 50.0),
        (-100.0, 2.0, Verdict.DOMINANT, None),
        (0.0, 2.0, Verdict.DOMINANT, None),
        (-100.0, 0.0, Verdict.DOMINANT, None),
        (100.0, -2.0, Verdict.DOMINATED, None),
        (100.0, 0.0, Verdict.DOMINATED, None),
        (0.0, -2.0, Verdict.DOMINATED, None),
        (0.0, 0.0, Verdict.EQUAL, None),
    ],
)
def test_increment(cost, effect, verdict, icer):
    found = increment(cost, effect)
    assert found.verdict == verdict
    assert found.icer == icer


# --- acceptability and perfect information --------------------------------------------------


@pytest.fixture(scope="module")
def hesim_draws():
    outputs = rows("hesim", "psa_outputs_psm_weekly520.csv")
    return tuple(
        np.array([[float(row[f"{measure}_{arm}"]) for arm in ("SoC", "New")] for row in outputs])
        for measure in ("cost", "qaly")
    )


def test_hesim_ceac(hesim_draws):
    reference = rows("hesim", "cea_mce_weekly520.csv")
    thresholds = np.unique([float(row["k"]) for row in reference])
    found = acceptability(*hesim_draws, thresholds)
    assert len(reference) == 2 * len(thresholds)
    for row in reference:
        k, s = np.searchsorted(thresholds, float(row["k"])), int(row["strategy_id"]) - 1
        assert found.probability[k, s] == pytest.approx(float(row["prob"]), abs=1e-12)
        # `best` of this table is the strategy most often the best: not always the optimal one
        assert (found.probability[k].argmax() == s) == (row["best"] == "1")


def test_hesim_evpi(hesim_draws):
    reference = rows("hesim", "cea_evpi_weekly520.csv")
    thresholds = np.array([float(row["k"]) for row in reference])
    found = acceptability(*hesim_draws, thresholds)
    evpi = [float(row["evpi"]) for row in reference]
    np.testing.assert_allclose(found.evpi, evpi, rtol=1e-9, atol=1e-8)
    assert (found.optimal + 1).tolist() == [int(row["best"]) for row in reference]
    assert found.evpi.max() > 1000  # the table is not all zeros


def test_evpi_of_the_chemotherapy_example():
    folder = ORACLES / "voi"
    if not folder.is_dir():
        pytest.skip("the chemotherapy draws belong to another project and are not kept here")
    with (folder / "chemo_eff_cost.csv").open(newline="") as file:
        draws = list(csv.DictReader(file))
    with (folder / "chemo_evpi.csv").open(newline="") as file:
        reference = list(csv.DictReader(file))
    cost, effect = (
        np.array([[float(row[f"{name}_{s}"]) for s in (1, 2)] for row in draws])
        for name in ("cost", "eff")
    )
    found = acceptability(cost, effect, np.array([float(row["k"]) for row in reference]))
    evpi = [float(row["evpi"]) for row in reference]
    np.testing.assert_allclose(found.evpi, evpi, rtol=1e-9, atol=1e-8)


_outcomes = st.integers(2, 4).flatmap(
    lambda s: st.lists(
        st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), min_size=s, max_size=s),
        min_size=1,
        max_size=12,
    )
)


@given(_outcomes)
def test_acceptability_against_brute_force(draws):
    thresholds = [0.0, 5.0, 20.0]
    cost, effect = np.array(draws, dtype=float).transpose(2, 0, 1)
    found = acceptability(cost, effect, np.array(thresholds))
    n, strategies = cost.shape
    for k, threshold in enumerate(thresholds):
        share, means, perfect = [Fraction(0)] * strategies, [Fraction(0)] * strategies, Fraction(0)
        for draw in draws:
            benefit = [int(threshold) * e - c for c, e in draw]
            winners = [s for s, b in enumerate(benefit) if b == max(benefit)]
            perfect += Fraction(max(benefit), n)
            for s in winners:
                share[s] += Fraction(1, len(winners) * n)
            for s, b in enumerate(benefit):
                means[s] += Fraction(b, n)
        assert found.probability[k] == pytest.approx([float(x) for x in share], abs=1e-12)
        loss = [float(perfect - mean) for mean in means]
        assert found.expected_loss[k] == pytest.approx(loss, abs=1e-9)
        assert found.evpi[k] == pytest.approx(float(perfect - max(means)), abs=1e-9)
        assert means[found.optimal[k]] == pytest.approx(max(means), abs=1e-9)
        assert found.frontier[k] == found.probability[k, found.optimal[k]]


@given(_outcomes)
def test_probabilities_sum_to_1_and_perfect_information_never_harms(draws):
    cost, effect = np.array(draws, dtype=float).transpose(2, 0, 1)
    found = acceptability(cost, effect, np.array([0.0, 1.5, 7.0, 100.0]))
    np.testing.assert_allclose(found.probability.sum(axis=1), 1.0, rtol=1e-13)
    assert np.all(found.evpi >= 0)
    assert np.all(found.expected_loss >= 0)


def test_identical_strategies_share():
    rng = np.random.default_rng(4)
    cost, effect = rng.random((100, 1)), rng.random((100, 1))
    found = acceptability(np.tile(cost, 2), np.tile(effect, 2), np.array([0.0, 1.0]))
    assert found.probability.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert found.evpi.tolist() == [0.0, 0.0]
    third = np.full((100, 1), 1e6)
    found = acceptability(np.hstack([cost, cost, third]), np.tile(effect, 3), np.array([0.0, 1.0]))
    assert found.probability.tolist() == [[0.5, 0.5, 0.0]] * 2


def test_optimal_need_not_be_most_often_best():
    """A seldom, large gain outweighs a frequent, small one: CEAF and CEAC part."""
    cost = np.zeros((10, 2))
    effect = np.zeros((10, 2))
    effect[:7, 0] = 0.1
    effect[7:, 1] = 1.0
    found = acceptability(cost, effect, np.array([1000.0]))
    assert found.probability[0].tolist() == pytest.approx([0.7, 0.3])
    assert found.optimal.tolist() == [1]
    assert found.frontier.tolist() == pytest.approx([0.3])
    assert found.evpi == pytest.approx([70.0])
