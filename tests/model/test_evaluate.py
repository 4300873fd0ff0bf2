"""`evaluate`: closed forms, and what may not matter (chunks, other draws, order of strategies)."""

import math
from dataclasses import replace

import numpy as np
import pytest

from cea.analysis.base_case import base_case
from cea.assumptions import LifeTable
from cea.errors import AnalysisError
from cea.formula import Bounds, parse
from cea.model import evaluate as evaluate_module
from cea.model.curves import _least_gained
from cea.model.evaluate import evaluate
from cea.parameters.draws import base_draw, draws_with
from tests.build import (
    adverse_event,
    assumptions,
    cost,
    exponentials,
    hazard_ratio,
    parameter,
    parametric,
    run,
    tabulated,
    utilities,
)

# --- closed forms ---------------------------------------------------------------------------


def _life_years(cycle_length, rule="simpson"):
    found = assumptions(
        exponentials("A", pfs=0.09, os=0.05),
        cycle_length=cycle_length,
        horizon_years=80,
        within_cycle_correction=rule,
    )
    return run(found)


def test_exponential_life_years_tend_to_1_over_the_rate():
    """Simpson's error falls with the fourth power of the cycle, half-cycle's with the second."""
    exact = 1 / 0.05 / 12
    errors = [abs(float(_life_years(dt).total_ly[0, 0]) / exact - 1) for dt in (4.0, 2.0, 1.0)]
    assert errors[2] < 1e-7
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.05)
    assert errors[1] / errors[2] == pytest.approx(16, rel=0.05)
    trapezoid = [
        abs(float(_life_years(dt, "half_cycle").total_ly[0, 0]) / exact - 1) for dt in (2.0, 1.0)
    ]
    assert trapezoid[0] / trapezoid[1] == pytest.approx(4, rel=0.05)


def test_exponential_states():
    found = _life_years(0.25)
    assert found.ly[0, 0, 0] == pytest.approx(1 / 0.09 / 12, rel=1e-8)
    assert found.ly[0, 0, 1] == pytest.approx((1 / 0.05 - 1 / 0.09) / 12, rel=1e-8)


def test_geometric_series():
    """Each cycle pays its start: sum of (S v)^j in closed form, exactly."""
    rate_costs, rate_effects, n = 0.03, 0.05, 240
    found = assumptions(
        exponentials("A", pfs=0.09, os=0.05),
        horizon_years=20,
        within_cycle_correction="start",
        discount_timing="cycle_start",
        discount_rate_costs=rate_costs,
        discount_rate_effects=rate_effects,
        costs=(cost("drug", "progression_free", 100.0), cost("care", "alive", 30.0)),
        utility=utilities(0.8, 0.5),
    )

    def series(hazard, rate):
        x = math.exp(-hazard) * (1 + rate) ** (-1 / 12)
        return (1 - x**n) / (1 - x)

    outcomes = run(found)
    pf, alive = series(0.09, rate_effects) / 12, series(0.05, rate_effects) / 12
    np.testing.assert_allclose(outcomes.ly[0, 0], [pf, alive - pf], rtol=1e-12)
    np.testing.assert_allclose(outcomes.qaly[0, 0], [0.8 * pf, 0.5 * (alive - pf), 0], rtol=1e-12)
    expected = 100 * series(0.09, rate_costs) + 30 * series(0.05, rate_costs)
    assert outcomes.cost[0, 0] == pytest.approx(expected, rel=1e-12)


def test_constant_hazard_after_progression():
    """Two exponentials in a row: the mean time progressed is 1/mu, for those who progress."""
    found = assumptions(
        exponentials("A", pfs=0.09, os=0.05),
        closure="constant",
        post_progression_hazard=0.04,
        pre_progression_death_fraction=0.25,
        cycle_length=1 / 8,
        horizon_years=80,
        within_cycle_correction="half_cycle",
    )
    ly = run(found).ly[0, 0]
    assert ly[0] == pytest.approx(1 / 0.09 / 12, rel=1e-4)
    # nobody dies in the cycle of progression: a first-order error in the cycle length
    assert ly[1] == pytest.approx(0.75 / 0.04 / 12, rel=5e-3)


def test_deaths_and_progressions_over_a_long_horizon():
    """Undiscounted, all die once; all who do not die before progression progress once."""
    found = assumptions(
        exponentials("A", pfs=0.09, os=0.05),
        closure="os_hazard",
        horizon_years=80,
        pre_progression_death_fraction=0.1,
        costs=(
            cost("death", "death", 700.0, "event"),
            cost("progression", "progression", 300.0, "event"),
        ),
    )
    np.testing.assert_allclose(run(found).costs[0], [700.0, 300.0 * 0.9], rtol=1e-12)


def test_entry_costs_and_adverse_events_are_neither_discounted_nor_corrected():
    found = assumptions(
        exponentials("A", "B"),
        discount_rate_costs=0.9,
        discount_rate_effects=0.9,
        discount_timing="mid_cycle",
        costs=(cost("surgery", "entry", 5000.0, "event", strategy="B"),),
        adverse_events=(
            adverse_event("rash", 0.25, 800.0, 0.1, 36.525, "B"),
            adverse_event("pain", 0.5, 10.0, 0.2, 73.05, None),
        ),
    )
    outcomes = run(found)
    np.testing.assert_allclose(outcomes.cost[0], [5.0, 5000 + 200 + 5], rtol=1e-14)
    np.testing.assert_allclose(outcomes.qaly[0, :, 2], [-0.02, -0.0025 - 0.02], rtol=1e-14)


IMMORTAL = tuple(
    tabulated("A", endpoint, (0.0, 1.0), (1.0, 1.0)) for endpoint in ("PFS", "OS")
)  # fmt: skip


@pytest.mark.parametrize(
    ("per", "in_10_years"),
    [("day", 3652.5), ("week", 3652.5 / 7), ("2 weeks", 3652.5 / 14), ("3 weeks", 3652.5 / 21),
     ("4 weeks", 3652.5 / 28), ("6 weeks", 3652.5 / 42), ("10 days", 365.25), ("month", 120),
     ("6 months", 20), ("year", 10), ("5 years", 2), ("cycle", 40)],
)  # fmt: skip
def test_periods(per, in_10_years):
    found = assumptions(
        IMMORTAL, cycle_length=3, costs=(cost("drug", "alive", 2.0, per),)
    )  # fmt: skip
    assert run(found).cost[0, 0] == pytest.approx(2 * in_10_years, rel=1e-12)


def test_a_charge_between_two_boundaries_falls_on_the_earlier():
    # Monthly charges, cycles of two months: each boundary takes its own charge and the next one.
    found = assumptions(
        IMMORTAL,
        cycle_length=2.0,
        costs=(cost("visit", "alive", 1.0, every="1 month"),),
        discount_rate_costs=0.1,
    )
    boundaries = np.arange(0.0, 120.0, 2.0)
    assert run(found).cost[0, 0] == pytest.approx(2 * (1.1 ** (-boundaries / 12)).sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("start", "end", "charges"),
    [(None, None, 20), (0, 6, 1), (0, 6.5, 2), (3, None, 20), (7, 20, 3), (119.5, None, 1),
     (120, None, 0)],
)  # fmt: skip
def test_charges_every_6_months(start, end, charges):
    """At From, From + 6, ..., before To and before the horizon ends."""
    found = assumptions(
        IMMORTAL,
        cycle_length=0.5,
        costs=(cost("scan", "alive", 1.0, every="6 months", start=start, end=end),),
    )
    assert run(found).cost[0, 0] == pytest.approx(charges, rel=1e-14)


def test_no_charge_at_the_end_of_a_horizon_rounded_to_whole_cycles():
    """10 years are 522 weeks, a little too long: that does not make an 11th yearly charge."""
    visits = (cost("visit", "alive", 1.0, every="12 months"),)
    found = assumptions(IMMORTAL, cycle_unit="week", costs=visits)
    assert run(found).cost[0, 0] == pytest.approx(10)


def test_charges_fall_on_whoever_is_there_and_are_discounted_where_they_fall():
    found = assumptions(
        exponentials("A", pfs=0.09, os=0.05),
        discount_rate_costs=0.04,
        discount_timing="mid_cycle",
        within_cycle_correction="half_cycle",
        costs=(cost("TACE", "progression_free", 10.0, every="2 months", start=1, end=6),),
    )
    expected = sum(10 * math.exp(-0.09 * m) * 1.04 ** (-m / 12) for m in (1, 3, 5))
    assert run(found).cost[0, 0] == pytest.approx(expected, rel=1e-13)


# --- strategies -----------------------------------------------------------------------------

VARIED = (
    parametric("A", "OS", "weibull", 1.3, 16.0),
    parametric("A", "PFS", "gengamma", 1.9, 0.9, 0.4),
    parametric("A", "TOT", "gamma", 1.2, 0.15),
    hazard_ratio("B", "OS", "hr_os", waning=("w_start", "w_end")),
    hazard_ratio("B", "PFS", "hr_pfs"),
    parametric("B", "TOT", "lognormal", "mu", 0.8),
)
PARAMETERS = (
    parameter("hr_os", 0.7), parameter("hr_pfs", 0.6), parameter("mu", 2.0),
    parameter("w_start", 12.0), parameter("w_end", 24.0), parameter("r_costs", 0.03),
    parameter("r_effects", 0.05), parameter("c_drug", 3000.0), parameter("from_m", 0.0),
    parameter("to_m", 24.0), parameter("frac", 0.1), parameter("ppm", 0.07),
    parameter("u_pf", 0.8),
)  # fmt: skip


def _varied(**changes):
    rest = {
        "costs": (
            cost("drug", "on_treatment", "c_drug", start="from_m", end="to_m"),
            cost("scan", "alive", 200.0, every="3 months", start="from_m"),
            cost("rescue", "off_treatment", 150.0),
            cost("relapse", "progression", 900.0, "event", start="from_m", end="to_m"),
            cost("end of life", "death", 5000.0, "event"),
        ),
        "utility": utilities("u_pf", "u_pf*0.7"),
        "adverse_events": (adverse_event("rash", "frac", "c_drug/10", 0.1, 20.0, "B"),),
        "discount_rate_costs": "r_costs",
        "discount_rate_effects": "r_effects",
        "pre_progression_death_fraction": "frac",
        "post_progression_hazard": "ppm",
        "within_cycle_correction": "simpson",
        "discount_timing": "mid_cycle",
        "horizon_years": 4,
    }
    return assumptions(VARIED, parameters=PARAMETERS, **(rest | changes))


def test_no_more_are_treated_than_are_alive():
    """All deaths come before progression: the cohort dies faster than OS, and so TOT, says."""
    curves = (*exponentials("A", pfs=0.3, os=0.02), parametric("A", "TOT", "exponential", 0.01))
    found = assumptions(
        curves,
        closure="os_hazard",
        pre_progression_death_fraction=1.0,
        costs=(cost("on", "on_treatment", 1.0), cost("off", "off_treatment", 1.0),
               cost("alive", "alive", 1.0)),
    )  # fmt: skip
    outcomes, totals = run(found), {}
    for line, amount in zip(outcomes.lines, outcomes.costs[0], strict=True):
        totals[line.item] = totals.get(line.item, 0.0) + amount
    assert totals["on"] == pytest.approx(totals["alive"], rel=1e-12)  # all who live are treated
    assert totals["off"] == pytest.approx(0.0, abs=1e-12)


STRUCTURES = [
    ("markov", "match_os"),
    ("markov", "os_hazard"),
    ("markov", "constant"),
    ("partitioned_survival", "match_os"),
]
RANGES = {
    "hr_os": (0.4, 1.3), "hr_pfs": (0.3, 1.2), "mu": (1.0, 3.0), "w_start": (0.0, 12.0),
    "w_end": (12.0, 30.0), "r_costs": (0.0, 0.08), "r_effects": (0.0, 0.08),
    "c_drug": (1e3, 6e3), "from_m": (0.0, 5.0), "to_m": (3.0, 40.0), "frac": (0.0, 0.5),
    "ppm": (0.01, 0.3), "u_pf": (0.5, 1.0),
}  # fmt: skip


def _random(n, names=tuple(RANGES)):
    rng = np.random.default_rng(20)
    return {name: rng.uniform(*RANGES[name], n) for name in names}


def _assert_same(one, other, draw=slice(None), rtol=1e-12):
    for measure in ("costs", "ly", "qaly"):
        np.testing.assert_allclose(
            getattr(one, measure)[draw], getattr(other, measure), rtol=rtol, atol=1e-10
        )
    for count in ("background_cycles", "pfs_capped", "tot_capped"):
        np.testing.assert_array_equal(getattr(one, count)[draw], getattr(other, count))


@pytest.mark.parametrize(("structure", "closure"), STRUCTURES)
@pytest.mark.parametrize("timing", ["mid_cycle", "boundary", "whole_year"])
def test_draws_equal_single_runs(structure, closure, timing):
    """Everything varies between draws, windows and discount rates too."""
    found = _varied(structure=structure, closure=closure, discount_timing=timing)
    varied = _random(7)
    together = evaluate(found, draws_with(found, varied, 7))
    for k in range(7):
        one = {name: values[[k]] for name, values in varied.items()}
        _assert_same(together, evaluate(found, draws_with(found, one, 1)), slice(k, k + 1))


@pytest.mark.parametrize("name", sorted(RANGES))
def test_one_input_varies(name):
    """Shared and varying inputs mix in any way."""
    found = _varied()
    varied = _random(3, (name,))
    together = evaluate(found, draws_with(found, varied, 3))
    for k in range(3):
        alone = evaluate(found, draws_with(found, {name: varied[name][[k]]}, 1))
        _assert_same(together, alone, slice(k, k + 1))


def test_no_charge_is_lost_where_cycles_are_long():
    """12 a year for 10 years, though those of the last half year round to the horizon's end."""
    visits = (cost("visit", "alive", 1.0, every="1 month"),)
    found = assumptions(IMMORTAL, cycle_unit="year", costs=visits)
    assert run(found).cost[0, 0] == pytest.approx(120)


@pytest.mark.parametrize(
    ("length", "unit", "years", "every", "charges"),
    [
        (1, "year", 1.4, 1, 12),  # 12 months are modelled, 16.8 typed
        (1, "year", 7.6, 1, 96),  # 96 and 91.2
        (1, "year", 7.6, 6, 16),
        (3, "month", 5.1, 1, 60),  # 60 and 61.2
        (1, "week", 10, 12, 10),  # 120.05 and 120: no 11th charge in the last week
        (1, "week", 10, 1, 120),
    ],
)
def test_charges_fill_the_horizon_that_is_modelled(length, unit, years, every, charges):
    found = assumptions(
        IMMORTAL,
        cycle_length=length,
        cycle_unit=unit,
        horizon_years=years,
        costs=(cost("visit", "alive", 1.0, every=f"{every} months"),),
    )
    assert run(found).cost[0, 0] == pytest.approx(charges)


def test_hazards_once_nobody_is_left():
    """Infinity less infinity is passed over, without a warning."""
    hazard = np.array([[0, 1, np.inf, np.inf], [0, 2, 3, np.inf]])
    assert _least_gained(hazard).tolist() == [1, 1, np.inf]
    assert np.isnan(_least_gained(hazard[:1])[-1])


def test_life_years_where_survival_underflows():
    lives = LifeTable(60, (0.001,) * 12, (0.001,) * 12)
    curves = [parametric(s, e, "gengamma", 2.0, 0.3, 1.0) for s in "AB" for e in ("OS", "PFS")]
    found = run(assumptions(curves, background_mortality=True, life_table=lives, start_age=60.0))
    # The mean of exp(2 + 0.3 log E), E exponential.
    assert found.total_ly[0, 0] == pytest.approx(np.exp(2) * math.gamma(1.3) / 12, rel=0.02)


@pytest.mark.parametrize("cell", ["start", "end"])
def test_window_of_charges_varies(cell):
    found = assumptions(
        IMMORTAL,
        parameters=(parameter("month", 12.0),),
        costs=(cost("scan", "alive", 1.0, every="6 months", **{cell: "month"}),),
    )
    months = np.array([0.0, 5.0, 6.5, 60.0])
    outcomes = evaluate(found, draws_with(found, {"month": months}, 4))
    expected = {"start": [20, 20, 19, 10], "end": [0, 1, 2, 10]}
    assert outcomes.cost[:, 0].tolist() == pytest.approx(expected[cell])


@pytest.mark.parametrize(("structure", "closure"), STRUCTURES)
@pytest.mark.parametrize("buffer", [1, 150, 10**9])
def test_chunks_do_not_matter(monkeypatch, structure, closure, buffer):
    found = _varied(structure=structure, closure=closure)
    draws = draws_with(found, _random(50), 50)
    expected = evaluate(found, draws)
    monkeypatch.setattr(evaluate_module, "_BUFFER", buffer)
    _assert_same(evaluate(found, draws), expected)


def test_progress_reaches_the_end(monkeypatch):
    found = _varied()
    monkeypatch.setattr(evaluate_module, "_BUFFER", 49 * 4)
    seen = []
    evaluate(found, draws_with(found, {}, 10), lambda done, total: seen.append((done, total)))
    assert seen == [(4, 10), (8, 10), (10, 10)]


@pytest.mark.parametrize(("structure", "closure"), STRUCTURES)
def test_a_hazard_ratio_of_1_gives_equal_strategies(structure, closure):
    found = assumptions(
        (
            parametric("A", "OS", "weibull", 1.3, 16.0),
            parametric("A", "PFS", "gengamma", 1.9, 0.9, 0.4),
            hazard_ratio("B", "OS", 1.0, waning=(12.0, 24.0)),
            hazard_ratio("B", "PFS", 1.0),
        ),
        structure=structure,
        closure=closure,
        post_progression_hazard=0.07,
        costs=(cost("drug", "progression_free", 10.0), cost("care", "progressed", 20.0)),
        utility=utilities(0.8, 0.6),
    )
    outcomes = run(found)
    np.testing.assert_allclose(outcomes.cost[0, 1], outcomes.cost[0, 0], rtol=1e-13)
    np.testing.assert_allclose(outcomes.qaly[0, 1], outcomes.qaly[0, 0], rtol=1e-13)


def test_order_of_strategies_and_curves_does_not_matter():
    found = _varied()
    turned = replace(
        found, strategies=found.strategies[::-1], curves=found.curves[::-1], costs=found.costs[::-1]
    )
    one, other = run(found), run(turned)
    assert other.strategies == ("B", "A")
    np.testing.assert_allclose(one.cost, other.cost[:, ::-1], rtol=1e-13)
    np.testing.assert_allclose(one.qaly, other.qaly[:, ::-1], rtol=1e-13)


def test_a_strategy_without_costs():
    found = assumptions(exponentials("A", "B"), costs=(cost("drug", "alive", 1.0, strategy="B"),))
    outcomes = run(found)
    assert outcomes.cost[0, 0] == 0
    assert outcomes.cost[0, 1] > 0


def test_a_strategy_s_own_utility_goes_before_the_common_one():
    found = assumptions(exponentials("A", "B"), utility=utilities(0.8, 0.5))
    own = replace(found.utilities[0], strategy="B", value=parse("0.4"))
    outcomes = run(replace(found, utilities=(own, *found.utilities)))
    assert outcomes.qaly[0, 1, 0] == pytest.approx(outcomes.qaly[0, 0, 0] / 2)
    assert outcomes.qaly[0, 1, 1] == pytest.approx(outcomes.qaly[0, 0, 1])


def test_treatment_without_its_own_curve_lasts_while_progression_free():
    costs = (cost("drug", "on_treatment", 9.0), cost("after", "off_treatment", 4.0))
    same = (cost("drug", "progression_free", 9.0), cost("after", "progressed", 4.0))
    one, other = (run(assumptions(exponentials("A"), costs=rows)) for rows in (costs, same))
    assert one.costs.tolist() == other.costs.tolist()


def test_on_and_off_treatment_add_up_to_alive():
    """Treatment beyond progression: both states are counted, each on and off."""
    curves = (*exponentials("A", pfs=0.2, os=0.05), parametric("A", "TOT", "exponential", 0.1))
    costs = (cost("on", "on_treatment", 1.0), cost("off", "off_treatment", 1.0),
             cost("all", "alive", 1.0), cost("pf", "progression_free", 1.0))  # fmt: skip
    found = run(assumptions(curves, costs=costs))
    by = {(line.item, line.place): x for line, x in zip(found.lines, found.costs[0], strict=True)}
    totals = {item: sum(x for (i, _), x in by.items() if i == item) for item in ("on", "off")}
    assert sum(totals.values()) == pytest.approx(by["all", "progression_free"]
                                                + by["all", "progressed"], rel=1e-12)  # fmt: skip
    for place in ("progression_free", "progressed"):
        assert by["on", place] + by["off", place] == pytest.approx(by["all", place], rel=1e-12)
    assert by["on", "progression_free"] == pytest.approx(by["pf", "progression_free"], rel=1e-12)
    assert by["on", "progressed"] > 0


@pytest.mark.parametrize(
    "curve",
    [("weibull", 200.0, 0.5), ("gompertz", 50.0, 1e-3), ("lognormal", 0.0, 1e-3),
     ("loglogistic", 300.0, 0.5), ("gamma", 1e4, 1e4), ("gengamma", 0.0, 1e-2, -3.0),
     ("gengamma", 0.0, 1e-2, 3.0)],
    ids=lambda curve: curve[0],
)  # fmt: skip
@pytest.mark.parametrize("closure", ["match_os", "os_hazard"])
def test_a_curve_that_falls_to_0_at_once(curve, closure):
    """Hazards overflow; the base case says so with a 0, not with a warning (here an error)."""
    found = base_case(
        assumptions(
            (parametric("A", "OS", *curve), parametric("A", "PFS", *curve)),
            closure=closure,
            costs=(cost("death", "death", 7.0, "event"), cost("care", "alive", 1.0)),
        )
    )
    # with os_hazard whoever progresses in the last cycle of OS dies in the next one
    assert 7.4 < found.cost[0] < 9.6
    assert found.trace["dead"].iloc[-1] == pytest.approx(1.0)
    assert not found.transitions.isna().any(axis=None)


# --- counts, errors, warnings ---------------------------------------------------------------


def test_caps_are_counted():
    """PFS lies above OS after month 10, TOT after month 5, up to the horizon at month 24."""
    curves = (
        tabulated("A", "OS", (0, 24), (1.0, math.exp(-2.4))),
        tabulated("A", "PFS", (0, 10, 24), (1.0, math.exp(-1.001), math.exp(-1.2))),
        tabulated("A", "TOT", (0, 5, 24), (1.0, math.exp(-0.501), math.exp(-0.6))),
        *exponentials("B"),
    )
    outcomes = run(assumptions(curves, horizon_years=2))
    assert outcomes.pfs_capped.tolist() == [[14, 0]]
    assert outcomes.tot_capped.tolist() == [[19, 0]]
    assert outcomes.ly[0, 0, 1] > 0


def test_a_curve_that_does_not_exist_is_an_error():
    shape = parse("k", "Survival!E4 (Par1)", Bounds(above=0))
    curves = (parametric("A", "OS", "weibull", shape, 12.0), exponentials("A")[0])
    found = assumptions(curves, parameters=(parameter("k", 1.2),))
    with pytest.raises(AnalysisError) as error:
        evaluate(found, draws_with(found, {"k": np.array([1.0, -0.1, 2.0, 0.0])}, 4))
    assert "Survival!E4 (Par1): not above 0 in 2 of 4 draws" in str(error.value)


def test_waning_that_ends_before_it_starts_is_an_error():
    end = parse("b", "Survival!P5 (Waning end)")
    curves = (*exponentials("A"), exponentials("B")[0], hazard_ratio("B", "OS", 0.5, (12.0, end)))
    found = assumptions(curves, parameters=(parameter("b", 24.0),))
    run(found)
    with pytest.raises(AnalysisError, match=r"Survival!P5 \(Waning end\): waning ends before"):
        evaluate(found, draws_with(found, {"b": np.array([24.0, 11.0])}, 2))


@pytest.mark.parametrize(("formula", "base"), [("1/x", 0.0), ("LN(x)", -1.0), ("EXP(x)", 1e4)])
def test_an_input_without_a_finite_value_is_an_error(formula, base):
    amount = parse(formula, "Costs!G3 (Amount)")
    found = assumptions(
        exponentials("A"), parameters=(parameter("x", 1.0),), costs=(cost("c", "alive", amount),)
    )
    run(found)
    draws = draws_with(found, {"x": np.array([1.0, base, 2.0])}, 3)
    with pytest.raises(AnalysisError, match=r"Costs!G3 \(Amount\): .* in 1 of 3 draws"):
        evaluate(found, draws)


def test_draws_outside_a_cell_s_range_are_a_warning():
    u = parse("u", "Utilities!C3 (Utility)", Bounds(minimum=None, maximum=1))
    found = assumptions(
        exponentials("A"), parameters=(parameter("u", 0.9),), utility=utilities(u, 0.5)
    )
    assert run(found).warnings == ()
    outcomes = evaluate(found, draws_with(found, {"u": np.array([0.9, 1.1])}, 2))
    assert outcomes.warnings == ("Utilities!C3 (Utility): not at most 1 in 1 of 2 draws",)


def test_net_benefit():
    outcomes = run(_varied())
    expected = 50_000 * outcomes.qaly.sum(axis=2) - outcomes.cost
    np.testing.assert_array_equal(outcomes.net_benefit(50_000), expected)


def test_base_draw_holds_every_parameter():
    found = assumptions(exponentials("A"), parameters=(parameter("B", "2*a"), parameter("a", 3.0)))
    draws = base_draw(found)
    assert (draws.n, draws.values) == (1, {"a": 3.0, "b": 6.0})
