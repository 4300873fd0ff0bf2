"""How far a quantity is moved when thresholds are looked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cea.analysis.quantities import Quantity
from cea.arrays import Array
from cea.assumptions import Assumptions
from cea.errors import AnalysisError
from cea.formula import Expression, Name
from cea.parameters.draws import base_values

Ends = tuple[float | None, float | None]  # None: the end is chosen

AS_ASKED = "as asked for"
_COSTS = 10.0  # times the base value
_FARTHER = 3.0  # than the range of the tornado


@dataclass(frozen=True)
class Range:
    """Where a threshold is looked for; `words` say why there."""

    low: float
    high: float
    words: str

    def points(self, base: float, count: int) -> Array:
        """Return `count` even points, and the base case if it lies between the ends."""
        inside = [base] if self.low < base < self.high else []
        return np.union1d(np.linspace(self.low, self.high, count), inside)


def search_range(
    assumptions: Assumptions,
    moved: Quantity,
    low: float | None = None,
    high: float | None = None,
    *,
    default: Range | None = None,
    options: tuple[str, str] = ("--from", "--to"),
) -> Range:
    """Return the range asked for; an end that is None is that of `default`, or else chosen.

    `options` are what messages call the two ends.

    A parameter that enters amounts of money alone: 0 to 10 times its base value, or its high value
    if that is more. A share (beta, dirichlet): 0 to 1. Anything else: its range in the
    tornado, with both ends three times as far from the base value (on the logarithm where the
    distribution is lognormal or gamma), and no farther than the cells allow where it stands alone.

    Raises
    ------
    AnalysisError
        Nothing says how far it may go, the range is empty, or a cell that is this parameter does
        not allow an end asked for.
    """
    _refuse_outside(assumptions, moved, dict(zip(options, (low, high), strict=True)))
    given = low is not None or high is not None
    if low is None or high is None:
        chosen = default or _chosen(assumptions, moved)
        if chosen is None:
            raise AnalysisError(
                f"{moved.name} has no range: name one with {' and '.join(options)}, or give it Low "
                "and High or a Distribution in the Parameters sheet"
            )
        low = chosen.low if low is None else low
        high = chosen.high if high is None else high
        if not given:
            return chosen
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise AnalysisError(
            f"{moved.name}: no range from {low:g} to {high:g}; let {options[0]} be less than "
            f"{options[1]}"
        )
    return Range(low, high, AS_ASKED)


def _refuse_outside(
    assumptions: Assumptions, moved: Quantity, ends: Mapping[str, float | None]
) -> None:
    """Refuse ends, by the option that gave them, that a cell does not allow."""
    if moved.fit is not None:
        return
    for cell in _cells_of(assumptions, moved.parameter.key):
        for option, end in ends.items():
            if end is not None and cell.bounds.violated(float(end)):
                raise AnalysisError(
                    f"{moved.name} cannot be {end:g}: {cell.where} must be {cell.bounds}; "
                    f"change {option}"
                )


def tornado_range(moved: Quantity) -> Range | None:
    """Return the range of the tornado; None without one, or where it is a single value."""
    if moved.ends is None or moved.ends[0] >= moved.ends[1]:
        return None
    return Range(*moved.ends, "its range in the tornado")


def _chosen(assumptions: Assumptions, moved: Quantity) -> Range | None:
    parameter = moved.parameter
    if moved.fit is None and is_cost(assumptions, parameter.key):
        high = max(moved.base, 0.0 if moved.ends is None else moved.ends[1])
        if high > 0 and (moved.ends is None or moved.ends[0] >= 0):
            return Range(
                0.0, max(_COSTS * moved.base, high), "0 to 10 times its base: it enters costs alone"
            )
    if moved.fit is None and parameter.distribution in ("beta", "dirichlet"):
        return Range(0.0, 1.0, "0 to 1, as a share")
    if moved.ends is None or moved.ends[0] >= moved.ends[1]:
        return None
    low, high = moved.ends
    base = min(max(moved.base, low), high)
    if parameter.distribution in ("lognormal", "gamma") and low > 0:
        ends = base * (low / base) ** _FARTHER, base * (high / base) ** _FARTHER
    else:
        ends = base + _FARTHER * (low - base), base + _FARTHER * (high - base)
    least, most = (-np.inf, np.inf) if moved.fit else _allowed(assumptions, parameter.key)
    words = "three times as far from the base as its range in the tornado"
    if ends[0] < least or ends[1] > most:
        words += ", and no farther than its cells allow"
    return Range(max(ends[0], least), min(ends[1], most), words)


def reached(assumptions: Assumptions, key: str) -> set[str]:
    """Return the parameter and everything that is computed from it."""
    found, before = {key}, 0
    while len(found) > before:
        before = len(found)
        found |= {p.key for p in assumptions.parameters if p.derived and p.base.names & found}
    return found


def _money(assumptions: Assumptions) -> Iterator[Expression]:
    yield from (cost.amount for cost in assumptions.costs)
    yield from (event.cost for event in assumptions.adverse_events)


def _not_money(assumptions: Assumptions) -> Iterator[Expression | None]:
    settings = assumptions.settings
    yield from (settings.discount_rate_costs, settings.discount_rate_effects)
    yield from (settings.post_progression_hazard, settings.pre_progression_death_fraction)
    for curve in assumptions.curves:
        yield from curve.parameters
        yield curve.hazard_ratio
        if curve.waning is not None:
            yield from (curve.waning.start, curve.waning.end)
    for cost in assumptions.costs:
        yield from (cost.from_month, cost.to_month)
    yield from (utility.value for utility in assumptions.utilities)
    for event in assumptions.adverse_events:
        yield from (event.incidence, event.disutility, event.days)


def is_cost(assumptions: Assumptions, key: str) -> bool:
    """Whether a parameter (lower-case name) enters amounts of money, and nothing else.

    So does a dose that multiplies a price; a share is told by its distribution.
    """
    parameter = assumptions.by_key[key]
    if parameter.distribution in ("beta", "dirichlet"):
        return False
    names = reached(assumptions, key)
    elsewhere = (e for e in _not_money(assumptions) if e is not None)
    if any(e.names & names for e in elsewhere):
        return False
    return any(e.names & names for e in _money(assumptions))


def is_price(assumptions: Assumptions, moved: Quantity) -> bool:
    """Whether a parameter is an amount of money: it enters costs alone, and its Unit allows it.

    A unit that does not name the currency, such as kg or sessions per month, says otherwise.
    """
    if moved.fit is not None or not is_cost(assumptions, moved.parameter.key):
        return False
    unit = moved.parameter.unit.strip().casefold()
    return not unit or assumptions.settings.currency.casefold() in unit


def _allowed(assumptions: Assumptions, key: str) -> tuple[float, float]:
    """Return the range that every cell allows which is this parameter and nothing else."""
    base = base_values(assumptions)[key]
    lows, highs = [-np.inf], [np.inf]
    for cell in _cells_of(assumptions, key):
        if cell.bounds.minimum is not None:
            lows.append(cell.bounds.minimum)
        if cell.bounds.above is not None:  # the bound itself is left out
            lows.append(cell.bounds.above + 1e-9 * (base - cell.bounds.above))
        if cell.bounds.maximum is not None:
            highs.append(cell.bounds.maximum)
    return max(lows), min(highs)


def _cells_of(assumptions: Assumptions, key: str) -> Iterator[Expression]:
    """Find the cells that are this parameter and nothing else."""
    for cell in (*_money(assumptions), *_not_money(assumptions)):
        if cell is not None and cell.node == Name(key):
            yield cell
