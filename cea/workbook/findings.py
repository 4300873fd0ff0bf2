"""What is wrong with a workbook, collected while it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Protocol

from cea.errors import Problem
from cea.workbook.schema import BY_NAME

_PLACE = re.compile(r"^(?P<sheet>[^!(]*[^!( ])(?:!(?P<column>[A-Z]+)(?P<row>\d+))?")
_MOST_PLACES = 3  # that one message lists


class Place(Protocol):
    """A cell, as far as a message needs it."""

    @property
    def at(self) -> str:
        """``Sheet!Cell``."""

    @property
    def where(self) -> str:
        """How a message names it."""

    @property
    def sheets(self) -> frozenset[str]:
        """The sheets that are unsound if it is."""


@dataclass
class Findings:
    """Problems and warnings, each noted once."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _unsound: set[str] = field(default_factory=set)
    _names: dict[str, Problem] = field(default_factory=dict)
    _also: dict[Problem, list[str]] = field(default_factory=dict)

    def problem(self, place: Place | str, found: str, remedy: str) -> None:
        """Note a problem at a cell, or at a place in words that begins with the sheet."""
        if isinstance(place, str):
            self._unsound.add(_parts(place)[0])
            problem = Problem(place, found, remedy)
        else:
            self._unsound |= place.sheets
            problem = Problem(place.where, found, remedy)
        if problem not in self.problems:
            self.problems.append(problem)

    def unknown(self, name: str, place: Place, found: str, remedy: str) -> None:
        """Note an unknown strategy or parameter: once, however many cells use it."""
        first = self._names.get(name)
        if first is None:
            self.problem(place, found, remedy)
            self._names[name] = Problem(place.where, found, remedy)
        elif first.where != place.where:
            self._unsound |= place.sheets
            also = self._also.setdefault(first, [])
            if place.at not in also:
                also.append(place.at)

    def spoil(self, sheet: str) -> None:
        """Mark a sheet as unsound where the problem stands elsewhere."""
        self._unsound.add(sheet)

    def warn(self, place: Place | str, text: str) -> None:
        """Note a warning."""
        where = place if isinstance(place, str) else place.where
        said = f"{where}: {text}"
        if said not in self.warnings:
            self.warnings.append(said)

    def take(self, other: Findings) -> None:
        """Take over what another collection holds."""
        self.problems += [p for p in other.problems if p not in self.problems]
        self.warnings += [w for w in other.warnings if w not in self.warnings]
        self._unsound |= other._unsound

    def clean(self, *sheets: str) -> bool:
        """Whether no problem stands in these sheets: rules across rows can then be checked."""
        return self._unsound.isdisjoint(sheets)

    @property
    def in_order(self) -> list[Problem]:
        """The problems in the order of the workbook, row by row."""
        complete = (
            replace(p, found=f"{p.found} (also in {_listed(self._also[p])})")
            if p in self._also
            else p
            for p in self.problems
        )
        return sorted(complete, key=lambda problem: _order(problem.where))


def _listed(places: list[str]) -> str:
    """List some places.

    >>> _listed(["Costs!C2"]), _listed(["A!B1", "A!B2", "A!B3", "A!B4", "A!B5"])
    ('Costs!C2', 'A!B1, A!B2, A!B3 and 2 more cells')
    """
    if len(places) > _MOST_PLACES + 1:
        places = [*places[:_MOST_PLACES], f"{len(places) - _MOST_PLACES} more cells"]
    *first, last = places
    return f"{', '.join(first)} and {last}" if first else last


def _parts(where: str) -> tuple[str, str, int]:
    """Sheet, column letters and row of a place in words.

    >>> _parts("Life table!B12 (qx male)"), _parts("Settings (price_year)")
    (('Life table', 'B', 12), ('Settings', '', 0))
    """
    found = _PLACE.match(where)
    if found is None:
        return where, "", 0
    return found["sheet"], found["column"] or "", int(found["row"] or 0)


def _order(where: str) -> tuple[int, int, int, str]:
    sheet, column, row = _parts(where)
    sheets = list(BY_NAME)
    return sheets.index(sheet) if sheet in sheets else -1, row, len(column), column
