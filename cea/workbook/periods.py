"""How often an amount is charged, as the column Per of the Costs sheet says it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cea.assumptions import Period
from cea.workbook.schema import CYCLE_UNITS, PERIODS

_MOST = 9999  # of a unit
_PERIOD = re.compile(rf"^(every )?(?:(\d{{1,4}}) )?({'|'.join(CYCLE_UNITS)})s?$", re.ASCII)
_WORDS = ("cycle", "event")

# No period is suggested for text that is none: the nearest one has another number in it, or
# leaves it out ("biweekly", "four weeks"), and would charge another amount.
REMEDY = (
    "write day, week, month, year, cycle or event; or N days, N weeks, N months or N years, with N "
    f"a whole number from 1 to {_MOST}; or every N days, weeks, months or years for a charge at "
    "From month and each such time later"
)


@dataclass(frozen=True)
class Charged:
    """How often: per a `period`, ``cycle`` or ``event``, or ``every`` so often."""

    per: Period | str
    every: Period | None = None


def usual_periods() -> list[Period]:
    """List the periods that a drop-down offers."""
    read = (read_per(text) for text in PERIODS)
    return [charged.per for charged in read if charged and isinstance(charged.per, Period)]


def read_per(text: str) -> Charged | None:
    """Read an entry of Per; None where it is none.

    >>> read_per("4 weeks")
    Charged(per=Period(count=4, unit='week'), every=None)
    >>> read_per("every 12 Weeks").every
    Period(count=12, unit='week')
    >>> read_per("every 1.5 months") is None
    True
    """
    typed = text.casefold()
    if typed in _WORDS:
        return Charged(typed)
    found = _PERIOD.match(typed)
    if found is None:
        return None
    repeated, number, unit = found.groups()
    count = int(number or 1)
    if count == 0 or (not number and typed.removeprefix("every ") != unit):
        return None
    period = Period(count, unit)
    return Charged("", period) if repeated else Charged(period)
