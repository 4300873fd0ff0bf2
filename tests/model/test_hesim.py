"""hesim's three-state partitioned survival model and its Markov cohort, number by number.

What the reference files hold and how they were made: tests/reference/hesim/README.md.
"""

import math

import numpy as np
import pytest

from cea.analysis.base_case import base_case
from cea.model.evaluate import evaluate
from cea.model.grid import TimeGrid
from cea.model.transitions import Transitions, cohort_trace
from cea.parameters.draws import draws_with
from tests.build import assumptions, cost, parameter, parametric, rows, run, utilities

ARMS = ("SoC", "New")
CORRECTION = {"trapz": "half_cycle", "riemann_left": "start", "riemann_right": "end"}
RATE = {"log1.05": 0.05, "0.05cont": math.expm1(0.05), "0": 0.0}  # annual, compounded yearly


def _three_states(correction="half_cycle", rate=0.05, **changes):
    """Curves in months; hesim's 520 weeks are 1/52 of a year."""
    base = {row["parameter"]: float(row["value"]) for row in rows("hesim", "parameters.csv")}
    curves = [
        parametric(
            arm,
            endpoint,
            "weibull",
            f"EXP(lsh_{endpoint.lower()}_{arm})",
            f"12*EXP(lsc_{endpoint.lower()}_{arm})",
        )
        for arm in ARMS
        for endpoint in ("OS", "PFS")
    ]
    costs = [
        cost("health care", "progression_free", "c_pf", "year"),
        cost("after progression", "progressed", "c_pd", "year"),
        *(cost("drug", "progression_free", f"c_drug_{a}", "year", strategy=a) for a in ARMS),
    ]
    settings = {
        "structure": "partitioned_survival",
        "cycle_length": 1 / 52,
        "cycle_unit": "year",
        "horizon_years": 10,
        "within_cycle_correction": correction,
        "discount_rate_costs": rate,
        "discount_rate_effects": rate,
        "discount_timing": "boundary",
    }
    return assumptions(
        curves,
        parameters=[parameter(name, value, distribution="normal") for name, value in base.items()],
        costs=costs,
        utility=utilities("u_pf", "u_pd"),
        **(settings | changes),
    )


TOTALS = rows("hesim", "totals_weekly520.csv")


@pytest.mark.parametrize("row", TOTALS, ids=lambda row: f"{row['integrate']}-{row['discount']}")
def test_totals(row):
    found = run(_three_states(CORRECTION[row["integrate"]], RATE[row["discount"]]))
    for s, arm in enumerate(ARMS):
        assert found.cost[0, s] == pytest.approx(float(row[f"cost_{arm}"]), rel=1e-9)
        assert found.total_qaly[0, s] == pytest.approx(float(row[f"qaly_{arm}"]), rel=1e-9)
        assert found.total_ly[0, s] == pytest.approx(float(row[f"ly_{arm}"]), rel=1e-9)
    step = found.cost[0, 1] - found.cost[0, 0]
    gain = found.total_qaly[0, 1] - found.total_qaly[0, 0]
    assert step / gain == pytest.approx(float(row["ICER_qaly"]), rel=1e-9)


def test_all_totals_are_there():
    assert {(row["integrate"], row["discount"]) for row in TOTALS} == {
        (rule, rate) for rule in CORRECTION for rate in RATE
    }


@pytest.mark.parametrize("structure", ["partitioned_survival", "markov"])
def test_state_probabilities(structure):
    table = base_case(_three_states(structure=structure)).trace
    reference = rows("hesim", "stateprobs_psm_weekly520.csv")
    assert len(table) == len(reference) == 2 * 521
    assert table["strategy"].tolist() == [ARMS[int(row["strategy_id"]) - 1] for row in reference]
    for column, theirs in (("progression_free", "PF"), ("progressed", "PD"), ("dead", "Dead")):
        expected = [float(row[theirs]) for row in reference]
        np.testing.assert_allclose(table[column], expected, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(
        table["month"], [12 * float(row["t"]) for row in reference], rtol=1e-12, atol=1e-12
    )


def test_markov_cohort_carries_the_same_probabilities():
    """Closure match_os: the transition probabilities lead through hesim's states."""
    found = base_case(_three_states(structure="markov"))
    reference = rows("hesim", "stateprobs_psm_weekly520.csv")
    for s, arm in enumerate(ARMS):
        mine = [row for row in reference if row["strategy_id"] == str(s + 1)]
        pf, pd = cohort_trace(found.cohorts[arm].transitions)
        np.testing.assert_allclose(pf[0], [float(row["PF"]) for row in mine], atol=1e-12)
        np.testing.assert_allclose(pd[0], [float(row["PD"]) for row in mine], atol=1e-12)


@pytest.fixture(scope="module")
def psa():
    """Outcomes of hesim's 1,000 draws, ours and theirs: cost and QALYs, shape (1000, 2) each."""
    found = _three_states()
    drawn = rows("hesim", "psa_draws_1000.csv")
    varied = {name.lower(): np.array([float(row[name]) for row in drawn]) for name in drawn[0]}
    ours = evaluate(found, draws_with(found, varied, len(drawn)))
    reference = rows("hesim", "psa_outputs_psm_weekly520.csv")
    theirs = {
        measure: np.array([[float(row[f"{measure}_{arm}"]) for arm in ARMS] for row in reference])
        for measure in ("cost", "qaly")
    }
    return ours, theirs


def test_psa_outcomes(psa):
    """Every draw whose curves do not cross; where they do, hesim lifts OS and we cap PFS."""
    ours, theirs = psa
    crossed = (ours.pfs_capped > 0).any(axis=1)
    assert ours.n == 1000
    assert np.count_nonzero(crossed) == 19
    for mine, measure in ((ours.cost, "cost"), (ours.total_qaly, "qaly")):
        np.testing.assert_allclose(mine[~crossed], theirs[measure][~crossed], rtol=1e-9)
        np.testing.assert_allclose(mine[crossed], theirs[measure][crossed], rtol=5e-4)


def test_crossed_draws_lie_below_hesim(psa):
    """Lifting OS to PFS adds life; capping PFS at OS does not."""
    ours, theirs = psa
    crossed = ours.pfs_capped > 0
    assert np.all(ours.total_qaly[crossed] < theirs["qaly"][crossed])
    assert np.all(ours.cost[crossed] < theirs["cost"][crossed])


# --- time-homogeneous Markov cohort, 40 yearly cycles ---------------------------------------

MATRICES = {
    "1": ((0.75, 0.15, 0.10), (0.0, 0.70, 0.30)),
    "2": ((0.82, 0.10, 0.08), (0.0, 0.72, 0.28)),
}


def _homogeneous(strategy):
    (_, progress, die), (_, _, after) = MATRICES[strategy]
    return cohort_trace(
        Transitions(*(np.full((1, 40), probability) for probability in (progress, die, after)))
    )


@pytest.mark.parametrize("strategy", ["1", "2"])
def test_homogeneous_trace(strategy):
    reference = [
        row for row in rows("hesim", "homog_stateprobs.csv") if row["strategy_id"] == strategy
    ]
    pf, pd = _homogeneous(strategy)
    np.testing.assert_allclose(pf[0], [float(row["PF"]) for row in reference], rtol=1e-12)
    np.testing.assert_allclose(pd[0], [float(row["PD"]) for row in reference], rtol=1e-12)


@pytest.mark.parametrize("row", rows("hesim", "homog_totals.csv"), ids=lambda r: r["integrate"])
@pytest.mark.parametrize("strategy", ["1", "2"])
def test_homogeneous_totals(row, strategy):
    rate = math.expm1(float(row["dr_continuous"]))
    grid = TimeGrid(40, 12.0, CORRECTION[row["integrate"]], "boundary")
    weights = grid.accrual_weights(np.ones(40), rate)
    pf, pd = (float(occupancy[0] @ weights) for occupancy in _homogeneous(strategy))
    assert 0.78 * pf + 0.62 * pd == pytest.approx(float(row[f"qaly_{strategy}"]), rel=1e-9)
    drug = {"1": 8000.0, "2": 45000.0}[strategy]
    total = (12000 + drug) * pf + 18000 * pd
    assert total == pytest.approx(float(row[f"cost_{strategy}"]), rel=1e-9)
