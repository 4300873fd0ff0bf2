"""What is wrong with a workbook, collected while it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol, TypeVar

from cea.errors import Problem
from cea.workbook.schema import BY_NAME

_PLACE = re.compile(r"^(?P<sheet>[^!(]*[^!( ])(?:!(?P<column>[A-Z]+)(?P<row>\d+))?")
_MOST_PLACES = 3  # that one message lists
_MOST_ALIKE = 4  # messages of one kind about one column; more become one


class _Placed(Protocol):
    """What is said about a place in words."""

    @property
    def where(self) -> str:
        """``Sheet!Cell (column)``, or other words."""


T = TypeVar("T", bound=_Placed)


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


class Note(NamedTuple):
    """A warning: the place it is about, and what it says."""

    where: str
    text: str


@dataclass
class Findings:
    """Problems and warnings, each noted once."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    _no_fit: set[Problem] = field(default_factory=set)
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

    def no_fit(self, place: Place, found: str, remedy: str) -> None:
        """Note a problem of evidence and family: the cells are sound, but there is no fit."""
        self.problem(place, found, remedy)
        self._no_fit.add(Problem(place.where, found, remedy))

    @property
    def lacks_only_fits(self) -> bool:
        """Whether there are problems, and all of them are fits that do not exist."""
        return bool(self.problems) and self._no_fit.issuperset(self.problems)

    def warn(self, place: Place | str, text: str) -> None:
        """Note a warning."""
        note = Note(place if isinstance(place, str) else place.where, text)
        if note not in self.notes:
            self.notes.append(note)

    def take(self, other: Findings) -> None:
        """Take over what another collection holds."""
        self.problems += [p for p in other.problems if p not in self.problems]
        self.notes += [note for note in other.notes if note not in self.notes]
        self._unsound |= other._unsound

    def clean(self, *sheets: str) -> bool:
        """Whether no problem stands in these sheets: rules across rows can then be checked."""
        return self._unsound.isdisjoint(sheets)

    @property
    def in_order(self) -> list[Problem]:
        """The problems in the order of the workbook, row by row; many of a kind are one."""
        complete = (
            replace(p, found=f"{p.found} (also in {listed(self._also[p])})")
            if p in self._also
            else p
            for p in self.problems
        )
        ordered = sorted(complete, key=lambda problem: _order(problem.where))
        return list(_merged(ordered, lambda p: p.remedy, _merge_problems))

    @property
    def warnings(self) -> list[str]:
        """The warnings in words; many of a kind are one."""
        return in_words(self.notes)


def in_words(notes: Sequence[Note]) -> list[str]:
    """Word warnings; many of a kind about one column are one.

    >>> in_words([Note("KM!A2 (Time)", "odd"), Note("KM!A3 (Time)", "odd")])
    ['KM!A2 (Time): odd', 'KM!A3 (Time): odd']
    >>> in_words([Note(f"KM!A{row} (Time)", "odd") for row in range(2, 90)])
    ['KM!A2 (Time): odd (also in KM!A3, KM!A4, KM!A5 and 84 more cells)']
    """
    merged = _merged(notes, lambda note: note.text, _merge_notes)
    return [f"{where}: {text}" for where, text in merged]


def _merged(
    items: Sequence[T], kind: Callable[[T], Hashable], merge: Callable[[list[T]], T]
) -> Iterator[T]:
    """Put one in place of those of a kind about one column of a sheet, where they are many."""
    keys: list[Hashable] = []
    groups: dict[Hashable, list[T]] = {}
    for number, item in enumerate(items):
        sheet, column, _ = _parts(item.where)
        keys.append((sheet, column, kind(item)) if column else number)
        groups.setdefault(keys[-1], []).append(item)
    for key, item in zip(keys, items, strict=True):
        group = groups[key]
        if len(group) <= _MOST_ALIKE:
            yield item
        elif item is group[0]:
            yield merge(group)


def _merge_problems(group: list[Problem]) -> Problem:
    first, *others = group
    alike = all(problem.found == first.found for problem in others)
    places = listed([problem.where.partition(" (")[0] for problem in others])
    return replace(
        first, found=f"{first.found} ({'also' if alike else 'and the like'} in {places})"
    )


def _merge_notes(group: list[Note]) -> Note:
    first, *others = group
    places = listed([note.where.partition(" (")[0] for note in others])
    return Note(first.where, f"{first.text} (also in {places})")


def listed(places: Sequence[str], what: str = "cells") -> str:
    """List some places.

    >>> listed(["Costs!C2"]), listed(["A!B1", "A!B2", "A!B3", "A!B4", "A!B5"])
    ('Costs!C2', 'A!B1, A!B2, A!B3 and 2 more cells')
    """
    if len(places) > _MOST_PLACES + 1:
        places = [*places[:_MOST_PLACES], f"{len(places) - _MOST_PLACES} more {what}"]
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
