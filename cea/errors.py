"""What can go wrong, as one tree.

::

    CeaError
    └── UserError            the user can mend it: exit code 2, nothing written
        ├── WorkbookError    one or more `Problem`s, each at a cell of the workbook
        ├── AnalysisError    the workbook is sound, but an analysis cannot run on it
        └── OutputError      the results cannot be written where they were asked for

Anything else that escapes is a fault of the program: exit code 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

_PLAIN = 0.85  # likeness of a whole name beyond which its beginning is not looked at
_PREFIX = 0.9  # least likeness to the beginning of a longer name
_SHORTEST = 4  # letters that are enough of a beginning


class CeaError(Exception):
    """Root of every error raised on purpose."""


class UserError(CeaError):
    """Something that the user can mend."""


class AnalysisError(UserError):
    """The workbook could be read, but the analysis asked for cannot run on it."""


class OutputError(UserError):
    """The results cannot be written where they were asked for."""


@dataclass(frozen=True)
class Problem:
    """One thing to mend in a workbook.

    Parameters
    ----------
    where
        ``Sheet!Cell (column)``, or the sheet or the file where no cell is at fault.
    found
        What stands there.
    remedy
        What to do about it.
    """

    where: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.found}; {self.remedy}"


class WorkbookError(UserError):
    """The workbook cannot be used as it is; every problem found is listed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def _likeness(typed: str, name: str) -> float:
    return SequenceMatcher(None, name, typed).ratio()


def _beginning(typed: str, names: Sequence[str], least: float) -> str | None:
    """Return the name of which `typed` is nearly the beginning; the nearest of several.

    Only where it is more like that beginning than `least`, the likeness of the best whole name.
    """
    size = len(typed)
    if size < _SHORTEST:
        return None
    scored = [
        (max(_likeness(typed, name[:end]) for end in range(size - 1, size + 2)), name)
        for name in names
        if len(name) > size + 1
    ]
    near = [(score, name) for score, name in scored if score >= max(_PREFIX, least)]
    return max(near, key=lambda one: (one[0], _likeness(typed, one[1])))[1] if near else None


def nearest(found: str, allowed: Sequence[str]) -> str:
    """Name the allowed value nearest to `found`, else list what is allowed.

    Returns a phrase that completes "do this", e.g. ``did you mean 'weibull'?``.
    """
    by_fold = {name.casefold(): name for name in allowed}
    typed = found.strip().casefold()
    close = get_close_matches(typed, by_fold, n=1, cutoff=0.6)
    likeness = _likeness(typed, close[0]) if close else 0.0
    if likeness < _PLAIN and (longer := _beginning(typed, list(by_fold), likeness)):
        close = [longer]
    if close:
        return f"did you mean '{by_fold[close[0]]}'?"
    if not allowed:
        return "no such name is defined"
    listed = ", ".join(allowed[:12]) + (", ..." if len(allowed) > 12 else "")
    return f"use one of: {listed}"
