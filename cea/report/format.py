"""Numbers as they are printed: thousands separators, a true minus sign, verdicts in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cea.analysis.decision import Increment, Verdict
from cea.survival.family import family_name as family_name

MINUS = "−"
_SMALL_AMOUNT = 10.0  # below it, cents matter
_LEAST_SHARE = 0.0005  # rounds to 0.1%
_LEAST_P = 0.001


def number(value: float, decimals: int = 0) -> str:
    """Print a number; blank if it is not finite, and never a negative zero.

    Examples
    --------
    >>> number(-12345.6), number(-0.2), number(0.4331, 3)
    ('−12,346', '0', '0.433')
    """
    if not math.isfinite(value):
        return ""
    digits = f"{abs(value):,.{decimals}f}"
    return f"{MINUS}{digits}" if value < 0 and digits.strip("0.,") else digits


def money(value: float, currency: str) -> str:
    """Print an amount: a code stands apart, a symbol does not.

    Examples
    --------
    >>> money(12345, "USD"), money(-12345, "£"), money(3.5, "CNY")
    ('USD 12,345', '−£12,345', 'CNY 3.50')
    """
    digits = number(value, 2 if 0 < abs(value) < _SMALL_AMOUNT else 0)
    if not digits or not currency:
        return digits
    if currency[-1].isalpha():
        return f"{currency} {digits}"
    return f"{MINUS}{currency}{digits[1:]}" if digits[0] == MINUS else f"{currency}{digits}"


def per_qaly(value: float, currency: str) -> str:
    """Print a ratio or a threshold.

    Examples
    --------
    >>> per_qaly(70844.1, "USD")
    'USD 70,844 per QALY'
    """
    return f"{money(value, currency)} per QALY"


def qaly(value: float) -> str:
    """Print QALYs or life-years.

    Examples
    --------
    >>> qaly(-0.43311)
    '−0.433'
    """
    return number(value, 3)


def percent(share: float) -> str:
    """Print a share; only an exact 0 or 1 is printed as 0% or 100%.

    Examples
    --------
    >>> percent(0.6234), percent(0), percent(0.99999), percent(0.0001)
    ('62.3%', '0%', '>99.9%', '<0.1%')
    """
    if share in (0, 1):
        return f"{share:.0%}"
    if share < _LEAST_SHARE:
        return "<0.1%"
    return ">99.9%" if share > 1 - _LEAST_SHARE else f"{share:.1%}"


def points(share: float) -> str:
    """Print a probability, or its error, to a hundredth of a percentage point.

    Examples
    --------
    >>> points(0.6234), points(0.00131), points(0)
    ('62.34%', '0.13%', '0%')
    """
    return f"{share:.2%}" if share else "0%"


def significant(value: float, digits: int = 3) -> str:
    """Print an input value: all of its whole part, `digits` figures in all, no trailing zeros.

    Examples
    --------
    >>> significant(1405.24), significant(12.7577), significant(0.0272), significant(0.6)
    ('1,405', '12.8', '0.0272', '0.6')
    >>> significant(-0.0000123)
    '−1.23e−5'
    """
    if value == 0 or not math.isfinite(value):
        return number(value)
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude < -4:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    text = number(value, max(0, digits - 1 - magnitude))
    return text.rstrip("0").rstrip(".") if "." in text else text


def value_range(low: float, high: float) -> tuple[str, str]:
    """Print the two ends of a range so that they differ and have as many decimals as each other.

    Examples
    --------
    >>> value_range(0.6, 1), value_range(12.301, 12.304), value_range(1405.24, 2107.86)
    (('0.6', '1.0'), ('12.301', '12.304'), ('1,405', '2,108'))
    """
    for digits in range(3, 10):
        ends = significant(low, digits), significant(high, digits)
        if low == high or ends[0] != ends[1]:
            break
    if any("e" in end for end in ends):
        return ends
    decimals = max(len(end.partition(".")[2]) for end in ends)
    return number(low, decimals), number(high, decimals)


def p_value(p: float) -> str:
    """Print a p-value.

    Examples
    --------
    >>> p_value(0.0312), p_value(0.00002), p_value(float("nan"))
    ('p = 0.031', 'p < 0.001', 'no p')
    """
    if not math.isfinite(p):
        return "no p"
    return f"p < {_LEAST_P}" if p < _LEAST_P else f"p = {p:.3f}"


def ratio(pair: Increment, currency: str) -> str:
    """Print an ICER, or the verdict in words where a ratio would mislead.

    Examples
    --------
    >>> from cea.analysis.decision import increment
    >>> ratio(increment(30000, 0.5), "USD"), ratio(increment(-100, 0.5), "USD")
    ('USD 60,000 per QALY', 'dominant')
    """
    if pair.icer is None:
        return str(pair.verdict)
    if pair.verdict is Verdict.SAVING:
        return f"{money(pair.icer, currency)} saved per QALY forgone"
    return per_qaly(pair.icer, currency)


def in_column(values: Sequence[float], digits: int = 3) -> list[str]:
    """Print the numbers of a column with as many decimals as each other.

    The largest has `digits` figures, or all of its whole part; blank where a value is not finite.

    Examples
    --------
    >>> in_column([16.68, 9.94, 17.0]), in_column([2107.86, 12.5]), in_column([0.5, math.nan])
    (['16.7', '9.9', '17.0'], ['2,108', '12'], ['0.500', ''])
    """
    largest = max((abs(x) for x in values if math.isfinite(x)), default=0.0)
    magnitude = math.floor(math.log10(largest)) if largest else digits - 1
    return [number(x, max(0, digits - 1 - magnitude)) for x in values]
