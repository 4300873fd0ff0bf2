"""Words and numbers that tables and charts of one-way analyses share."""

from __future__ import annotations

import math

from cea.analysis.pairs import Measure
from cea.analysis.price import Price
from cea.analysis.tornado import Bar
from cea.report.format import money, number, per_qaly, qaly, significant


def measure_name(measure: Measure, currency: str, threshold: float) -> str:
    """Name an outcome with its unit."""
    match measure:
        case Measure.INMB:
            at = per_qaly(threshold, currency)
            return f"incremental net monetary benefit ({currency}) at {at}"
        case Measure.ICER:
            return f"ICER ({currency} per QALY)"
        case Measure.COST:
            return f"incremental costs ({currency})"
        case Measure.QALY:
            return "incremental QALYs"
    return "incremental life-years"


def result(measure: Measure, value: float, currency: str) -> str:
    """Print an outcome; with the currency where it is an amount."""
    if math.isnan(value):
        return ""
    if measure in (Measure.QALY, Measure.LY):
        return qaly(value)
    return money(value, currency) if measure is not Measure.ICER else number(value)


def searched(bar: Bar) -> str:
    """Say where the decision switches as an input moves."""
    found = bar.searched
    if math.isnan(found.low):
        return ""
    values = sorted(found.nearest_first(bar.base))
    if values:
        return "; ".join(significant(value, 4) for value in values)
    return "no effect" if found.flat else "none"


def price_now(price: Price) -> str:
    """Print the price of the base case in its unit."""
    currency, unit = price.assumptions.settings.currency, price.moved.parameter.unit.strip()
    amount = significant(price.moved.base, 4)
    said = f"{currency} {amount}" if currency[-1:].isalpha() else f"{currency}{amount}"
    per = unit.removeprefix(currency).strip().removeprefix("/").removeprefix("per ").strip()
    return f"{said} per {per}" if per else said
