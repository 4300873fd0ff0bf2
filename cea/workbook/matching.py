"""Which sheets and columns of a file are those of the schema; what seems renamed is refused.

A sheet or a column that is left out is blank, so one under another name would change the results
without a word. Workbooks that ``cea new`` makes hold all of them: where one is missing and another
that is not read stands there instead, the user is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from cea.workbook.findings import Findings
from cea.workbook.schema import COVER, DESCRIBING, SHEETS, Field, Kind, Sheet

_HEADER_WITHIN = 10  # rows searched for the header
_ALIKE = 0.75  # of a name, to be taken for a slip
_SEVERAL = 3  # columns that a sheet shares with one of the schema, to be taken for it


def match_sheets(pages: Mapping[str, Any], findings: Findings) -> dict[Sheet, str]:
    """Find the title of every sheet of the schema among `pages`, by title."""
    by_fold = {title.strip().casefold(): title for title in pages}
    found = {
        sheet: by_fold[sheet.name.casefold()]
        for sheet in SHEETS
        if sheet.name.casefold() in by_fold
    }
    missing = {sheet.name.casefold(): sheet for sheet in SHEETS if sheet not in found}
    for title in unread_sheets(pages, found):
        close = get_close_matches(title.strip().casefold(), missing, n=1, cutoff=_ALIKE)
        if close:
            sheet = missing.pop(close[0])
            findings.problem(
                title, "no such sheet is known", f"rename it to '{sheet.name}', or delete it"
            )
            findings.spoil(sheet.name)
            continue
        meant = _with_columns_of(pages[title])
        if meant and all(sheet.name.casefold() in missing for sheet in meant):
            _refuse_renamed(title, meant, findings)
            if len(meant) == 1:
                del missing[meant[0].name.casefold()]
    for sheet in missing.values():
        if sheet.required:
            findings.problem(
                sheet.name, "the sheet is missing", "add it; 'cea new' makes a complete workbook"
            )
    return found


def unread_sheets(titles: Collection[str], found: Mapping[Sheet, str]) -> tuple[str, ...]:
    """List the sheets that are not the schema's."""
    read = {*found.values(), COVER}
    return tuple(title for title in titles if title not in read)


def _with_columns_of(page: Any) -> list[Sheet]:
    """Return the sheets of the schema whose columns a page shows; none where it shows a few."""
    shares = {}
    for sheet in SHEETS:
        header = header_row(sheet, page)
        shown = set() if header is None else _folded(page, header)
        shared = len(_known(sheet) & shown)
        if sheet.key[0].casefold() in shown and shared >= min(_SEVERAL, len(sheet.columns)):
            shares[sheet] = shared / len(sheet.columns)
    return [sheet for sheet, share in shares.items() if share == max(shares.values())]


def _refuse_renamed(title: str, meant: list[Sheet], findings: Findings) -> None:
    names = _named([f"'{sheet.name}'" for sheet in meant], "or")
    findings.problem(
        title,
        f"not read, and there is no sheet {names}, whose columns it has",
        f"rename it to {names}; if it is a sheet of your own, rename its columns",
    )
    for sheet in meant:
        findings.spoil(sheet.name)


def _named(names: list[str], word: str) -> str:
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last


def fold(value: object) -> str:
    """Return a name as it is compared: case and spaces make no difference."""
    return " ".join(str(value).split()).casefold() if isinstance(value, str) else ""


def _known(sheet: Sheet) -> set[str]:
    return {column.name.casefold() for column in sheet.columns}


def _folded(page: Any, row: int) -> set[str]:
    return {fold(cell.value) for cell in page[row]}


def header_row(sheet: Sheet, page: Any) -> int | None:
    """Return the row, among the first, that holds most of the column names."""
    known = _known(sheet)
    counts = {
        number: len(known & _folded(page, number))
        for number in range(1, min(_HEADER_WITHIN, page.max_row) + 1)
    }
    best = max(counts, key=lambda number: counts[number])
    return best if counts[best] >= min(2, len(known)) else None


def filled_rows(page: Any, header: int, columns: Collection[int]) -> list[int]:
    """Rows below the header that hold something; a sheet may be formatted to its last row."""
    return sorted({
        row
        for (row, column), cell in page._cells.items()
        if row > header and column in columns and cell.value is not None
    })  # fmt: skip


def match_columns(sheet: Sheet, page: Any, header: int, findings: Findings) -> Mapping[str, int]:
    """Find the number of every column of a sheet that is there."""
    found: dict[str, int] = {}
    known = {column.name.casefold(): column for column in sheet.columns}
    strangers = []
    for cell in page[header]:
        column = known.get(fold(cell.value))
        if column is None:
            if fold(cell.value):
                strangers.append(cell)
        elif column.name in found:
            findings.problem(
                f"{sheet.name}!{cell.coordinate} ({column.name})",
                "a second column of this name",
                "keep one of them",
            )
        else:
            found[column.name] = cell.column
    missing = {column.name.casefold(): column for column in sheet.columns
               if column.name not in found}  # fmt: skip
    unread = []
    for cell in strangers:
        close = get_close_matches(fold(cell.value), missing, n=1, cutoff=_ALIKE)
        if close:
            column = missing.pop(close[0])
            findings.problem(
                f"{sheet.name}!{cell.coordinate} ({cell.value})",
                "no such column is known",
                f"rename it to '{column.name}', or delete it",
            )
        elif filled_rows(page, header, (cell.column,)):
            unread.append(cell)
    _refuse_missing(sheet, list(missing.values()), unread, header, findings)
    return found


def _refuse_missing(
    sheet: Sheet, missing: list[Field], unread: list[Any], header: int, findings: Findings
) -> None:
    """Refuse a sheet without a column that is needed, or that seems renamed."""
    needed = [column for column in missing if column.required or column.kind is Kind.ANY]
    for column in needed:
        remedy = f"add it to the header in row {header}"
        if unread:
            cells = _named([f"'{cell.value}' ({cell.coordinate})" for cell in unread], "or")
            remedy += f", or rename {cells}, not read, to it"
        findings.problem(f"{sheet.name} ({column.name})", "the column is missing", remedy)
    optional = [f"'{column.name}'" for column in missing
                if column not in needed and column.name not in DESCRIBING]  # fmt: skip
    if not (unread and optional) or needed:
        return
    first, *others = unread
    also = [f"'{cell.value}' ({cell.coordinate})" for cell in others]
    not_read = f"not read, nor is {_named(also, 'or')}" if also else "not read"
    names, one = _named(optional, "or"), len(optional) == 1
    blank = "which counts as blank" if one else "which count as blank"
    add = f"an empty column {names}" if one else f"empty columns {_named(optional, 'and')}"
    findings.problem(
        f"{sheet.name}!{first.coordinate} ({first.value})",
        f"{not_read}, and there is no column {names}, {blank}",
        f"rename it to {names}; if it is a column of your own, add {add}",
    )
