"""The Sick-Sicker cohort of the DARTH tutorial: a published model with four states.

Alarid-Escudero et al., Medical Decision Making 2023;43(1):3-20. Its matrices are carried here; our
within-cycle weights, discounting and incremental table take over from there.
"""

import json

import numpy as np
import pytest

from cea.analysis.decision import Verdict, frontier
from cea.model.grid import TimeGrid, correction_weights
from tests.build import REFERENCE, rows

STRATEGIES = ("Standard of care", "Strategy A", "Strategy B", "Strategy AB")
CYCLES = 75  # of a year, from age 25
RATE = 0.03

# Annual costs and utilities of healthy, sick, sicker, dead. Treatment is paid in both sick states;
# A improves quality of life in S1, B slows progression from S1 to S2.
COST = np.array([2000.0, 4000.0, 15000.0, 0.0])
UTILITY = np.array([1.0, 0.75, 0.5, 0.0])
TREATED = np.array([0.0, 1.0, 1.0, 0.0])
COST_A, COST_B, UTILITY_S1_A = 12000.0, 13000.0, 0.95


def _trace(strategy):
    matrices = json.loads((REFERENCE / "sick_sicker" / "transition_matrices.json").read_text())
    matrix = np.array(matrices["m_P_strB" if "B" in strategy[8:] else "m_P"])
    trace = [np.array([1.0, 0.0, 0.0, 0.0])]
    for _ in range(CYCLES):
        trace.append(trace[-1] @ matrix)
    return np.array(trace)


def _payoffs(strategy):
    arms = strategy.removeprefix("Strategy ") if strategy.startswith("Strategy") else ""
    cost = COST + TREATED * (COST_A * ("A" in arms) + COST_B * ("B" in arms))
    utility = UTILITY.copy()
    if "A" in arms:
        utility[1] = UTILITY_S1_A
    return cost, utility


def _weights(method, rate):
    """Weights on the boundaries. Without correction the tutorial counts every boundary as one
    cycle: the states at the start of each of the 75 cycles, and the last one as a 76th.
    """
    if method == "half-cycle":
        return TimeGrid(CYCLES, 12.0, "half_cycle", "boundary").accrual_weights(
            np.ones(CYCLES), rate
        )
    return TimeGrid(CYCLES + 1, 12.0, "start", "boundary").accrual_weights(
        np.ones(CYCLES + 1), rate
    )[:-1]


@pytest.mark.parametrize("strategy", ["Standard of care", "Strategy AB"])
def test_trace(strategy):
    reference = rows("sick_sicker", f"trace_{strategy.replace(' ', '_')}.csv")
    expected = [[float(row[state]) for state in ("H", "S1", "S2", "D")] for row in reference]
    np.testing.assert_allclose(_trace(strategy), expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(
    "row", rows("sick_sicker", "totals.csv"), ids=lambda row: f"{row['method']}-{row['strategy']}"
)
def test_totals(row):
    trace, (cost, utility) = _trace(row["strategy"]), _payoffs(row["strategy"])
    weights = _weights(row["method"], RATE)
    assert weights @ trace @ cost == pytest.approx(float(row["cost"]), rel=1e-9)
    assert weights @ trace @ utility == pytest.approx(float(row["qaly"]), rel=1e-9)
    alive = _weights(row["method"], 0.0) @ trace[:, :3].sum(axis=1)
    assert alive == pytest.approx(float(row["ly_undisc"]), rel=1e-9)


@pytest.mark.parametrize("method", ["half-cycle", "none"])
def test_incremental_table(method):
    reference = [row for row in rows("sick_sicker", "icers.csv") if row["method"] == method]
    weights = _weights(method, RATE)
    cost, qaly = [], []
    for strategy in STRATEGIES:
        c, u = _payoffs(strategy)
        cost.append(float(weights @ _trace(strategy) @ c))
        qaly.append(float(weights @ _trace(strategy) @ u))
    found = {STRATEGIES[row.position]: row for row in frontier(cost, qaly)}
    for row in reference:
        mine = found[row["Strategy"]]
        assert (mine.verdict == Verdict.DOMINATED) == (row["Status"] == "D")
        if row["ICER"] == "NA":
            assert mine.icer is None
        else:
            assert mine.icer == pytest.approx(float(row["ICER"]), rel=1e-9)


@pytest.mark.parametrize("n", [CYCLES, CYCLES - 1])
def test_simpson_weighs_every_cycle_once(n):
    """The tutorial's own Simpson weights sum to n - 2/3; ours sum to n."""
    assert correction_weights("simpson", np.ones(n)).sum() == pytest.approx(n, rel=1e-13)


def test_simpson_lies_beside_half_cycle():
    """A smooth trace: the two corrections differ by a fraction of a per cent."""
    trace, (cost, _) = _trace("Standard of care"), _payoffs("Standard of care")
    simpson = TimeGrid(CYCLES, 12.0, "simpson", "boundary").accrual_weights(np.ones(CYCLES), RATE)
    half = _weights("half-cycle", RATE)
    assert simpson @ trace @ cost == pytest.approx(half @ trace @ cost, rel=2e-3)
