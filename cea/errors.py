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
from difflib import get_close_matches


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


def nearest(found: str, allowed: Sequence[str]) -> str:
    """Name the allowed value nearest to `found`, else list what is allowed.

    Returns a phrase that completes "do this", e.g. ``did you mean 'weibull'?``.
    """
    by_fold = {name.casefold(): name for name in allowed}
    close = get_close_matches(found.strip().casefold(), by_fold, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{by_fold[close[0]]}'?"
    if not allowed:
        return "no such name is defined"
    listed = ", ".join(allowed[:12]) + (", ..." if len(allowed) > 12 else "")
    return f"use one of: {listed}"
