"""The Subgroups sheet: shares of the patients, and the assumptions edited for each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from cea.assumptions import Assumptions, Subgroup
from cea.errors import nearest
from cea.workbook.findings import Findings, in_words
from cea.workbook.labels import label_of, tell_apart
from cea.workbook.rows import RowReader
from cea.workbook.schema import COMMON_SETTINGS, COMMON_SHEETS, SETTINGS, editable_sheets
from cea.workbook.tables import Edit, Row, Tables, same, shown

_SHEET = "Subgroups"
_ADDRESS = ("Sheet", "Item", "Column")
_TOLERANCE = 1e-6  # of the sum of the weights

Build = Callable[[Tables, Findings], Assumptions | None]


def read_subgroups(
    tables: Tables, findings: Findings, build: Build, *, sound: bool
) -> tuple[Subgroup, ...]:
    """Read every subgroup as a workbook of its own: the same rules hold for it.

    Parameters
    ----------
    tables
        The workbook.
    findings
        Takes the problems.
    build
        Reads edited tables; None where it noted a problem.
    sound
        Whether the workbook is sound without them. If not, only what stands in the sheet itself is
        checked, as the rows that it names may be missing for another reason.
    """
    reader = RowReader(tables, findings)
    grouped: dict[str, list[Row]] = {}
    for row in reader.tables[_SHEET]:
        if name := reader.text(row, "Subgroup").casefold():
            grouped.setdefault(name, []).append(row)
    _weigh(grouped, reader)
    tell_apart(grouped, findings)
    return tuple(
        made
        for rows in grouped.values()
        if (made := _subgroup(rows, reader, tables, build if sound else None)) is not None
    )


def _weigh(grouped: Mapping[str, list[Row]], reader: RowReader) -> None:
    """Require one weight a subgroup, and that all add up to 1."""
    before = len(reader.findings.problems)
    total, cells = 0.0, []
    for rows in grouped.values():
        given = [row["Weight"] for row in rows if not row["Weight"].blank]
        if not given:
            name = shown(rows[0]["Subgroup"])
            remedy = "fill in its share of the patients"
            reader.findings.problem(rows[0]["Weight"], f"no weight for '{name}'", remedy)
            continue
        first = given[0]
        for cell in given[1:]:
            reader.findings.problem(
                cell, f"a second weight; {first.address} holds one already", "clear one of the two"
            )
        total += _weight(rows, reader)
        cells.append(first)
    if cells and len(reader.findings.problems) == before and abs(total - 1) > _TOLERANCE:
        named = ", ".join(cell.address for cell in cells)
        reader.findings.problem(
            cells[0], f"the weights ({named}) add up to {total:.9g}", "make them add up to 1"
        )


def _weight(rows: list[Row], reader: RowReader) -> float:
    return next(
        (reader.number(row, "Weight") or math.nan for row in rows if not row["Weight"].blank),
        math.nan,
    )


def _subgroup(
    rows: list[Row], reader: RowReader, tables: Tables, build: Build | None
) -> Subgroup | None:
    """Read one subgroup; None where a problem was noted."""
    findings, name = reader.findings, shown(rows[0]["Subgroup"])
    before = len(findings.problems)
    edits = [edit for row in rows if (edit := _edit(row, reader)) is not None]
    for edit in edits:
        if findings.clean(edit.sheet):
            tables = tables.edited(edit, findings)
    if build is None or len(findings.problems) > before:
        return None
    own = Findings()
    assumptions = build(tables, own)
    for problem in own.in_order:
        if problem.where.startswith(f"{_SHEET}!"):
            findings.problem(problem.where, problem.found, problem.remedy)
        else:
            found = f"'{name}' makes a problem at {problem.where}: {problem.found}"
            findings.problem(rows[0]["Subgroup"], found, problem.remedy)
    if assumptions is None:
        return None
    new = [note for note in own.notes if note not in findings.notes]  # the base case's are said
    for said in in_words(new):
        findings.warn(f"Subgroup {name}", said)
    changes = tuple(edit.in_words for edit in edits)
    return Subgroup(name, label_of(rows), _weight(rows, reader), changes, assumptions)


def _edit(row: Row, reader: RowReader) -> Edit | None:
    """Read what a row edits; None where it edits nothing, or a problem was noted."""
    blank = [column for column in _ADDRESS if row[column].blank]
    if len(blank) == len(_ADDRESS) and row["Value"].blank:
        return None
    before = len(reader.findings.problems)
    for column in ("Label", *_ADDRESS):
        reader.text(row, column)
    if blank:
        remedy = "an edit needs Sheet, Item and Column: fill it in, or clear what else edits"
        reader.findings.problem(row[blank[0]], "blank", remedy)
        return None
    edit = Edit.of(row)
    if edit.sheet in COMMON_SHEETS:
        reader.findings.problem(
            row["Sheet"], f"{edit.sheet} is the same for all subgroups",
            nearest("", editable_sheets(_SHEET)),
        )  # fmt: skip
    if edit.sheet == "Settings" and any(same(edit.item, name) for name in COMMON_SETTINGS):
        own = [form.name for form in SETTINGS if form.name not in COMMON_SETTINGS]
        reader.findings.problem(
            row["Item"], f"{edit.item} is the same for all subgroups", nearest("", own)
        )
    return edit if len(reader.findings.problems) == before else None
