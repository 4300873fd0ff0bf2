"""Models for the live workbook: every family, structure, closure, correction and timing.

A covering design: every combination of closure, correction and timing, and every pair of levels of
any two factors, stands together in some model.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, product
from typing import Any

import numpy as np

from cea.assumptions import Assumptions, LifeTable, SurvivalCurve
from cea.survival.families import FAMILIES
from tests.build import (
    adverse_event,
    assumptions,
    cost,
    hazard_ratio,
    parameter,
    parametric,
    tabulated,
    value,
)

_AGES = np.arange(40, 111)
LIFE = LifeTable(
    40,
    tuple(np.minimum(1.0, 0.002 * np.exp(0.085 * (_AGES - 40))).tolist()),
    tuple(np.minimum(1.0, 0.001 * np.exp(0.09 * (_AGES - 40))).tolist()),
)

# Parameters of OS, PFS, TOT and PPS in each family: medians of about 20, 11, 8 and 9 months.
_PARAMETERS: Mapping[str, tuple[tuple[float, ...], ...]] = {
    "exponential": ((0.035,), (0.063,), (0.087,), (0.077,)),
    "weibull": ((1.5, 25.5), (1.9, 13.3), (1.1, 11.2), (0.8, 14.0)),
    "gompertz": ((0.02, 0.028), (0.05, 0.048), (-0.03, 0.1), (1e-6, 0.077)),
    "lognormal": ((3.0, 0.8), (2.4, 0.6), (2.1, 1.2), (2.2, 0.9)),
    "loglogistic": ((2.1, 20.0), (3.0, 11.0), (1.4, 8.0), (1.2, 9.0)),
    "gamma": ((2.0, 0.085), (4.0, 0.33), (0.7, 0.055), (1.3, 0.11)),
    "gengamma": ((3.1, 0.7, 0.6), (2.5, 0.5, -0.4), (2.1, 0.9, 0.01), (2.2, 0.8, -0.015)),
}
_KNOTS = (0.5, 2.0, 3.0, 4.2)
_SPLINES = {
    "hazard": ((-4.9, 1.5, 0.05, -0.07), (-4.6, 1.8, 0.08, -0.1), (-2.6, 1.0, 0.02, -0.03),
               (-2.7, 1.05, 0.03, -0.04)),
    "odds": ((-6.3, 2.1, 0.05, -0.07), (-7.2, 3.0, 0.08, -0.1), (-3.0, 1.4, 0.02, -0.03),
             (-2.7, 1.2, 0.03, -0.04)),
    "normal": ((-3.7, 1.25, 0.03, -0.05), (-4.0, 1.7, 0.05, -0.06), (-1.8, 0.85, 0.02, -0.03),
               (-2.4, 1.1, 0.02, -0.02)),
}  # fmt: skip
_TABLES = {
    "OS": ((0, 6, 12, 24, 48, 60), (1.0, 0.9, 0.75, 0.42, 0.11, 0.05)),
    "PFS": ((3, 9, 12, 18, 21), (0.95, 0.6, 0.45, 0.1, 0.0)),
    "TOT": ((0, 6, 12), (1.0, 0.6, 0.3)),
    "PPS": ((0, 6, 18, 40), (1.0, 0.62, 0.25, 0.03)),
}
_ENDPOINTS = ("OS", "PFS", "TOT", "PPS")

FACTORS: Mapping[str, tuple[Any, ...]] = {
    "family": (*FAMILIES, "spline hazard", "spline odds", "spline normal", "table"),
    "closure": ("match_os", "os_hazard", "constant", "pps_curve", "partitioned_survival"),
    "correction": ("half_cycle", "start", "end", "simpson"),
    "timing": ("mid_cycle", "cycle_start", "whole_year", "boundary"),
    "cycle": ((1.0, "month"), (1.0, "week"), (2.0, "month"), (0.5, "year")),
    "background": (True, False),
    "death": ("background", "fraction"),
    "effect": ("own", "hazard_ratio", "waning"),
    "treatment": (True, False),  # whether time on treatment has a curve
}
_CROSSED = ("closure", "correction", "timing")  # of which every combination stands somewhere
Levels = Mapping[str, Any]


def design() -> list[Levels]:
    """Build the covering design, greedily and always alike."""
    names = list(FACTORS)
    wanted = {
        (a, x, b, y) for a, b in combinations(names, 2) for x, y in product(FACTORS[a], FACTORS[b])
    }
    rows: list[Levels] = []
    for chosen in product(*(FACTORS[name] for name in _CROSSED)):
        row: dict[str, Any] = dict(zip(_CROSSED, chosen, strict=True))
        for name in names:
            if name in row:
                continue
            # The level that covers most pairs not yet covered; ties go round.
            levels = FACTORS[name]
            turn = len(rows) % len(levels)
            row[name] = max(
                (*levels[turn:], *levels[:turn]),
                key=lambda level, row=row, name=name: sum(
                    ((a, row[a], name, level) in wanted) + ((name, level, a, row[a]) in wanted)
                    for a in row
                ),
            )
        rows.append(row)
        wanted -= {(a, row[a], b, row[b]) for a, b in combinations(names, 2)}
    while wanted:
        a, x, b, y = min(wanted, key=repr)
        row = {name: FACTORS[name][len(rows) % len(FACTORS[name])] for name in names}
        row |= {a: x, b: y}
        rows.append(row)
        wanted -= {(a, row[a], b, row[b]) for a, b in combinations(names, 2)}
    return rows


def _curve(strategy: str, endpoint: str, family: str, factor: float = 1.0) -> SurvivalCurve:
    """A curve; `factor` makes the second strategy's own curves a little better."""
    k = _ENDPOINTS.index(endpoint)
    if family == "table":
        time, survival = _TABLES[endpoint]
        return tabulated(strategy, endpoint, [t * factor for t in time], survival)
    if family.startswith("spline"):
        scale = family.split()[1]
        gammas = list(_SPLINES[scale][k])
        gammas[0] -= np.log(factor)
        return SurvivalCurve(
            strategy, endpoint, "parametric", "A", "spline", tuple(value(g) for g in gammas),
            spline=(scale, _KNOTS),
        )  # fmt: skip
    numbers = _PARAMETERS[family][k]
    cells: list[Any] = list(numbers)
    if strategy == "A" and endpoint == "OS":
        cells[0] = "os_first"
    return parametric(strategy, endpoint, family, *cells)


def model(levels: Levels) -> Assumptions:
    """Build the model of a row of the design: two strategies, 2 years, every kind of cost."""
    family, closure = levels["family"], levels["closure"]
    endpoints = ["OS", "PFS"]
    endpoints += ["TOT"] if levels["treatment"] else []
    endpoints += ["PPS"] if closure == "pps_curve" else []
    curves = [_curve("A", endpoint, family) for endpoint in endpoints]
    for endpoint in endpoints:
        if levels["effect"] == "own" or endpoint in ("TOT", "PPS"):
            curves.append(_curve("B", endpoint, family, 1.2))
        else:
            waning = ("wane", 17.0) if levels["effect"] == "waning" else None
            curves.append(hazard_ratio("B", endpoint, f"hr_{endpoint.lower()}", waning))
    first = _PARAMETERS[family][0][0] if family in _PARAMETERS else 1.0
    length, unit = levels["cycle"]
    psm = closure == "partitioned_survival"
    return assumptions(
        curves,
        parameters=(
            parameter("os_first", first, distribution="normal", se=abs(first) * 0.01),
            parameter("hr_os", 0.7, low=0.5, high=0.9, distribution="lognormal", se=0.15),
            parameter("hr_pfs", 0.6, distribution="lognormal", se=0.15),
            parameter("wane", 7.5, low=3.0, high=12.0),
            parameter("c_drug", 1000.0, low=800.0, high=1200.0, distribution="gamma"),
            parameter("c_both", "=c_drug*1.5+-2^2"),
            parameter("u_pf", 0.76, distribution="beta", se=0.05),
            parameter("u_pd", "=u_pf-0.1"),
            parameter("from_month", 3.0, low=0.0, high=6.0),
        ),
        costs=(
            cost("Drug", "on_treatment", "c_drug", strategy="B"),
            cost("Care off treatment", "off_treatment", 150.0, "3 weeks"),
            cost("First visit", "entry", "c_both", "event"),
            cost("Follow-up", "progression_free", 110.0, "week", start=0, end=10.5),
            cost("Follow-up, late", "progressed", 220.0, "year", start="from_month"),
            cost("Per cycle", "alive", 17.0, "cycle"),
            cost("Scan", "alive", 300.0, every="3 months", start="from_month", end=19),
            cost("Bone scan", "on_treatment", 90.0, every="5 months"),
            cost("Infusion", "on_treatment", 60.0, "28 days", strategy="A", end=11.5),
            cost("Blood count", "alive", 35.0, every="6 weeks", start=1.25),
            cost("Registry", "progressed", 12.0, every="1 year"),
            cost("Biopsy", "progression", 800.0, "event", start=2.5),
            cost("Last days", "death", 3000.0, "event"),
        ),
        utility=_utilities(),
        adverse_events=(
            adverse_event("Rash", 0.2, 50.0, 0.1, 30.0, "B"),
            adverse_event("Fatigue", 0.1, "c_both", 0.05, 14.0, None),
        ),
        life_table=LIFE,
        cycle_length=length,
        cycle_unit=unit,
        horizon_years=2.0,
        structure="partitioned_survival" if psm else "markov",
        closure="match_os" if psm else closure,
        post_progression_hazard=0.07,
        pre_progression_death=levels["death"],
        pre_progression_death_fraction=0.15,
        within_cycle_correction=levels["correction"],
        discount_rate_costs=0.05,
        discount_rate_effects=0.03,
        discount_timing=levels["timing"],
        start_age=62.5,
        proportion_male=0.8,
        background_mortality=levels["background"],
        psa_draws=20,
    )


def _utilities() -> tuple[Any, ...]:
    from cea.assumptions import Utility

    return (
        Utility(None, "progression_free", value("u_pf")),
        Utility(None, "progressed", value("u_pd")),
        Utility("B", "progressed", value(0.7)),
    )
