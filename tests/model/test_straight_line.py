"""The whole model against an independent straight-line implementation."""

from collections import defaultdict
from itertools import product

import numpy as np
import pytest

from cea.assumptions import LifeTable, Utility
from tests.build import (
    adverse_event,
    assumptions,
    cost,
    hazard_ratio,
    parametric,
    run,
    tabulated,
    value,
)
from tests.model import straight_line

CASE = {
    "cycle_length": 1,
    "cycle_unit": "month",
    "horizon_years": 37 / 12,  # an odd number of cycles
    "start_age": 70.4,
    "proportion_male": 0.6,
    "first_age": 69,  # the last age, 72, is held for the last half-year
    "qx_male": (0.02, 0.30, 0.32, 0.38),
    "qx_female": (0.01, 0.22, 0.25, 0.30),
    "background_mortality": True,
    "fraction": 0.12,
    "post_progression_hazard": 0.06,
    "discount_rate_costs": 0.03,
    "discount_rate_effects": 0.05,
    "curves": {
        "A": {
            "OS": {"method": "parametric", "family": "weibull", "theta": (1.2, 22.0)},
            "PFS": {"method": "parametric", "family": "gompertz", "theta": (0.01, 0.09)},
            "TOT": {"method": "parametric", "family": "exponential", "theta": (0.035,)},
        },
        "B": {
            "OS": {
                "method": "hazard_ratio", "ratio": 0.45, "reference": "A", "waning": (6.5, 15.2),
            },
            "PFS": {
                "method": "parametric", "family": "lognormal", "theta": (2.4, 0.9),
                "reference": "A", "waning": (9.3, 9.3),
            },
            "TOT": {"method": "table", "points": ((0, 1.0), (5, 0.7), (11.5, 0.2))},
        },
        "C": {  # PFS crosses OS; treatment lasts while progression-free
            "OS": {"method": "parametric", "family": "weibull", "theta": (1.6, 13.0)},
            "PFS": {"method": "parametric", "family": "loglogistic", "theta": (1.2, 7.0)},
        },
    },
    "utilities": {"A": (0.8, 0.6), "B": (0.76, 0.6), "C": (0.8, 0.6)},
    "costs": (
        {"item": "start", "applies_to": "entry", "amount": 1234.5},
        {"item": "clinic", "applies_to": "progression_free", "amount": 11.0, "per": "day"},
        {"item": "nurse", "applies_to": "progressed", "amount": 70.0, "per": "week",
         "start": 2.3, "end": 19.9},
        {"item": "tests", "applies_to": "alive", "amount": 900.0, "per": "year", "start": 4.0},
        {"item": "drug", "applies_to": "on_treatment", "amount": 800.0, "per": "3 weeks"},
        {"item": "add-on", "applies_to": "on_treatment", "amount": 50.0, "per": "month",
         "strategy": "B", "end": 7.6},
        {"item": "rescue", "applies_to": "off_treatment", "amount": 33.0, "per": "cycle"},
        {"item": "relapse", "applies_to": "progression", "amount": 2500.0, "per": "event",
         "start": 1.5},
        {"item": "end of life", "applies_to": "death", "amount": 6000.0, "per": "event",
         "end": 30.25},
        {"item": "scan", "applies_to": "alive", "amount": 210.0, "every": "3 months"},
        {"item": "TACE", "applies_to": "on_treatment", "amount": 1900.0, "every": "2 months",
         "start": 1.0, "end": 13.0, "strategy": "A"},
        {"item": "biopsy", "applies_to": "progressed", "amount": 400.0, "every": "5 months",
         "start": 2.0},
        {"item": "infusion", "applies_to": "on_treatment", "amount": 90.0, "per": "28 days",
         "start": 0.4, "end": 17.0},
        {"item": "blood count", "applies_to": "alive", "amount": 35.0, "every": "6 weeks",
         "start": 1.1},
        {"item": "review", "applies_to": "progressed", "amount": 77.0, "every": "45 days",
         "end": 20.0},
    ),
    "adverse_events": (
        {"event": "diarrhoea", "strategy": "B", "incidence": 0.3, "cost": 150.0,
         "disutility": 0.1, "days": 20.0},
        {"event": "rash", "strategy": "B", "incidence": 0.2, "cost": 0.0,
         "disutility": 0.05, "days": 11.0},
    ),
}  # fmt: skip


def _assumptions(case):
    """The same case as the model takes it."""
    curves = []
    for strategy, endpoints in case["curves"].items():
        for endpoint, curve in endpoints.items():
            waning = curve.get("waning")
            match curve["method"]:
                case "parametric":
                    made = parametric(
                        strategy, endpoint, curve["family"], *curve["theta"], waning=waning
                    )
                case "hazard_ratio":
                    made = hazard_ratio(strategy, endpoint, curve["ratio"], waning=waning)
                case "table":
                    made = tabulated(strategy, endpoint, *zip(*curve["points"], strict=True))
            curves.append(made)
    costs = [
        cost(row["item"], row["applies_to"], row["amount"], row.get("per", ""),
             **{k: row[k] for k in ("strategy", "every", "start", "end") if k in row})
        for row in case["costs"]
    ]  # fmt: skip
    utility = tuple(
        Utility(strategy, state, value(u))
        for strategy, pair in case["utilities"].items()
        for state, u in zip(("progression_free", "progressed"), pair, strict=True)
    )
    names = (
        "cycle_length", "cycle_unit", "horizon_years", "start_age", "proportion_male",
        "background_mortality", "post_progression_hazard", "discount_rate_costs",
        "discount_rate_effects", "structure", "closure", "pre_progression_death",
        "within_cycle_correction", "discount_timing",
    )  # fmt: skip
    return assumptions(
        curves,
        costs=costs,
        utility=utility,
        adverse_events=[adverse_event(**event) for event in case["adverse_events"]],
        life_table=LifeTable(case["first_age"], case["qx_male"], case["qx_female"]),
        pre_progression_death_fraction=case["fraction"],
        **{name: case[name] for name in names},
    )


def _compare(case):
    found = run(_assumptions(case))
    by_item = defaultdict(float)
    for column, line in enumerate(found.lines):
        by_item[line.strategy, line.item] += found.costs[0, column]
    expected_items = {}
    for s, strategy in enumerate(found.strategies):
        costs, ly, qaly = straight_line.outcomes(case, strategy)
        expected_items |= {(strategy, item): amount for item, amount in costs.items()}
        np.testing.assert_allclose(found.ly[0, s], ly, rtol=1e-10)
        np.testing.assert_allclose(found.qaly[0, s], qaly, rtol=1e-10)
        assert found.cost[0, s] == pytest.approx(sum(costs.values()), rel=1e-10)
    assert by_item.keys() == expected_items.keys()
    for key, amount in expected_items.items():
        assert by_item[key] == pytest.approx(amount, rel=1e-10), key
    return found


STRUCTURES = (
    ("partitioned_survival", "match_os"),
    ("markov", "match_os"),
    ("markov", "os_hazard"),
    ("markov", "constant"),
)
CORRECTIONS = ("half_cycle", "start", "end", "simpson")
TIMINGS = ("cycle_start", "mid_cycle", "whole_year", "boundary")


@pytest.mark.parametrize(("structure", "closure"), STRUCTURES)
@pytest.mark.parametrize("death", ["background", "fraction"])
@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("timing", TIMINGS)
def test_straight_line(structure, closure, death, correction, timing):
    case = CASE | {
        "structure": structure,
        "closure": closure,
        "pre_progression_death": death,
        "within_cycle_correction": correction,
        "discount_timing": timing,
    }
    found = _compare(case)
    # everything that could be switched on is
    assert found.background_cycles[0, 1] > 0
    assert found.background_cycles[0, 1] < 37
    assert found.pfs_capped[0, 2] > 0
    assert found.tot_capped[0, 0] > 0


@pytest.mark.parametrize(
    ("length", "unit", "years"),
    [(21, "day", 3.0), (0.25, "year", 3.0), (2, "week", 3.0), (1, "year", 2.6)],
)
@pytest.mark.parametrize(("correction", "timing"), list(zip(CORRECTIONS, TIMINGS, strict=True)))
@pytest.mark.parametrize("closure", ["match_os", "os_hazard"])
def test_other_cycle_lengths(length, unit, years, correction, timing, closure):
    """Windows that cut cycles, and charges that fall between boundaries."""
    _compare(
        CASE
        | {
            "cycle_length": length,
            "cycle_unit": unit,
            "horizon_years": years,
            "structure": "markov",
            "closure": closure,
            "pre_progression_death": "background",
            "within_cycle_correction": correction,
            "discount_timing": timing,
        }
    )


def test_all_combinations_differ():
    """No setting is ignored: each combination gives its own cost."""
    totals = set()
    for (structure, closure), correction, timing in product(STRUCTURES[1:], CORRECTIONS, TIMINGS):
        case = CASE | {
            "structure": structure,
            "closure": closure,
            "pre_progression_death": "fraction",
            "within_cycle_correction": correction,
            "discount_timing": timing,
        }
        totals.add(round(float(run(_assumptions(case)).cost[0, 1]), 6))
    assert len(totals) == 3 * 4 * 4
