"""Periods of cost rows: amounts that accrue, and charges that are repeated."""

import math

import numpy as np
import pytest

from cea.assumptions import Period
from tests.build import assumptions, cost, exponentials, parametric, run, tabulated

DAYS_PER_MONTH = 30.4375
IMMORTAL = tuple(tabulated("A", endpoint, (0.0, 1.0), (1.0, 1.0)) for endpoint in ("PFS", "OS"))
MORTAL = (*exponentials("A", pfs=0.09, os=0.05), parametric("A", "TOT", "weibull", 1.3, 7.0))


def total(row, curves=IMMORTAL, **settings):
    return float(run(assumptions(curves, costs=(row,), **settings)).cost[0, 0])


@pytest.mark.parametrize(
    ("weeks", "days"), [(1, 7), (2, 14), (3, 21), (4, 28), (6, 42), (9, 63), (52, 364)]
)
@pytest.mark.parametrize("every", [False, True])
def test_weeks_are_days(weeks: int, days: int, every: bool):
    """To the last bit, in amounts that accrue and in repeated charges, whatever the cycle."""
    for settings in (
        {"cycle_unit": "week", "discount_timing": "boundary"},
        {"cycle_length": 0.7, "discount_rate_costs": 0.04, "within_cycle_correction": "simpson"},
    ):
        found = []
        for text in (f"{weeks} weeks", f"{days} days"):
            how = {"every": text} if every else {"per": text}
            row = cost("drug", "on_treatment", 70.0, start=0.3, end=19.0, **how)
            found.append(total(row, MORTAL, **settings))
        assert found[0] == found[1] > 0


def test_years_are_twelve_months():
    for every in (False, True):
        how = [{"every" if every else "per": text} for text in ("2 years", "24 months")]
        one, other = (total(cost("scan", "alive", 9.0, **h), MORTAL) for h in how)
        assert one == other > 0


def test_a_drug_every_four_weeks_while_on_treatment():
    """The integral of S(t) = exp(-0.09 t) over the window, at 1000 for 28 days."""
    found = total(
        cost("drug", "progression_free", 1000.0, "4 weeks", start=2, end=9),
        exponentials("A", pfs=0.09, os=0.05),
        cycle_length=0.01,
        within_cycle_correction="simpson",
        horizon_years=1,
    )
    expected = 1000 * DAYS_PER_MONTH / 28 * (math.exp(-0.18) - math.exp(-0.81)) / 0.09
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("every", "start", "end", "count"),
    [
        ("12 weeks", None, None, 44),  # 10 years are 521.8 weeks: 0, 12, ..., 516
        ("12 weeks", 0, 12 * 7 / DAYS_PER_MONTH, 1),
        ("12 weeks", 0, 12 * 7 / DAYS_PER_MONTH + 0.01, 2),
        ("12 weeks", 7 * 7 / DAYS_PER_MONTH, 120 * 7 / DAYS_PER_MONTH, 10),  # 7, 19, ..., 115
        ("3 weeks", 0, 300 * 7 / DAYS_PER_MONTH, 100),
        ("1 day", 0, 1000 / DAYS_PER_MONTH, 1000),
        ("1461 days", None, None, 3),  # 4 years
        ("365 days", None, None, 11),  # the last is two days before the horizon
        ("2 years", None, None, 5),
        ("9999 years", 3, None, 1),
    ],
)
@pytest.mark.parametrize("unit", ["day", "week", "month"])
def test_the_number_of_charges(every, start, end, count, unit):
    """Times that meet To are not charged, in spite of the rounding of weeks in months."""
    row = cost("scan", "alive", 1.0, every=every, start=start, end=end)
    assert total(row, cycle_unit=unit, horizon_years=10) == pytest.approx(count, rel=1e-12)


def test_charges_every_twelve_weeks_fall_on_whole_weeks():
    found = total(
        cost("scan", "progression_free", 10.0, every="12 weeks", start=0, end=10),
        exponentials("A", pfs=0.09, os=0.05),
        cycle_unit="week",
        discount_rate_costs=0.04,
    )
    months = np.arange(0, 43, 12) * 7 / DAYS_PER_MONTH  # weeks 0, 12, 24, 36: 10 months are 43.5
    expected = (10 * np.exp(-0.09 * months) * 1.04 ** (-months / 12)).sum()
    assert found == pytest.approx(expected, rel=1e-12)


def test_the_length_of_a_period():
    assert [Period(n, u).months for n, u in ((1, "month"), (6, "month"), (2, "year"))] == [1, 6, 24]
    assert Period(1461, "day").months == pytest.approx(48, rel=1e-15)
    assert [str(Period(n, "week")) for n in (1, 2)] == ["week", "2 weeks"]
