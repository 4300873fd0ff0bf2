"""From a file to tables: opening it, finding sheets, headers and rows."""

from __future__ import annotations

import hashlib
import io
import warnings
import zipfile
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import openpyxl

from cea.assumptions import WorkbookFile
from cea.errors import Problem, WorkbookError, nearest
from cea.workbook.schema import SHEETS, Sheet
from cea.workbook.tables import Cell, Findings, Row, Tables

_HEADER_WITHIN = 10  # rows searched for the header
_OLE = bytes.fromhex("D0CF11E0")


def _refuse(path: Path, found: str, remedy: str) -> WorkbookError:
    return WorkbookError([Problem(path.name or str(path), found, remedy)])


def read_bytes(path: Path) -> bytes:
    """Read a workbook file whole, and refuse what cannot be one."""
    if path.is_dir():
        raise _refuse(path, "a folder", "name the workbook inside it")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        beside = [p.name for p in path.parent.glob("*.xls*")] if path.parent.is_dir() else []
        raise _refuse(
            path,
            "no such file",
            nearest(path.name, beside)
            if beside
            else "check the path, or make a workbook with 'cea new'",
        ) from None
    except OSError as error:
        raise _refuse(
            path, f"cannot be opened ({error.strerror})", "check its permissions"
        ) from None
    if not data:
        raise _refuse(path, "an empty file", "save the workbook again")
    if data.startswith(_OLE):
        raise _refuse(
            path,
            "protected by a password, or in the old .xls format",
            "remove the password and save it as .xlsx",
        )
    if not zipfile.is_zipfile(io.BytesIO(data)):
        if data.startswith(b"PK"):
            raise _refuse(path, "damaged or cut short", "save or copy the workbook again")
        raise _refuse(path, "not an Excel workbook", "save it as .xlsx")
    return data


def load(path: Path, findings: Findings) -> tuple[Tables, WorkbookFile]:
    """Read every sheet of the schema; the user's file is only ever read.

    Raises
    ------
    WorkbookError
        The file is not a workbook.
    """
    data = read_bytes(path)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of Excel features that it drops; nothing is saved here.
            warnings.simplefilter("ignore")
            formulas = openpyxl.load_workbook(io.BytesIO(data))
            values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    except Exception as error:
        # openpyxl raises whatever its parsers raise (KeyError, BadZipFile, ParseError, ...).
        raise _refuse(
            path, f"cannot be read as an Excel workbook ({error})", "open it and save it as .xlsx"
        ) from error
    found = _match_sheets(formulas.sheetnames, findings)
    rows = {
        sheet.name: _rows(sheet, formulas[title], values[title], findings)
        for sheet, title in found.items()
    }
    names = frozenset(name.lower() for name in formulas.defined_names)
    file = WorkbookFile(path.name, hashlib.sha256(data).hexdigest())
    return Tables(rows, names), file


def _match_sheets(titles: list[str], findings: Findings) -> dict[Sheet, str]:
    by_fold = {title.strip().casefold(): title for title in titles}
    found = {
        sheet: by_fold[sheet.name.casefold()]
        for sheet in SHEETS
        if sheet.name.casefold() in by_fold
    }
    missing = {sheet.name.casefold(): sheet for sheet in SHEETS if sheet not in found}
    for title in titles:
        if title in found.values():
            continue
        close = get_close_matches(title.strip().casefold(), missing, n=1, cutoff=0.75)
        if close:
            sheet = missing.pop(close[0])
            findings.problem(
                title, "no such sheet is known", f"rename it to '{sheet.name}', or delete it"
            )
            findings.spoil(sheet.name)
    for sheet in missing.values():
        if sheet.required:
            findings.problem(
                sheet.name, "the sheet is missing", "add it; 'cea new' makes a complete workbook"
            )
    return found


def _fold(value: object) -> str:
    return " ".join(str(value).split()).casefold() if isinstance(value, str) else ""


def _rows(sheet: Sheet, formulas: Any, values: Any, findings: Findings) -> tuple[Row, ...]:
    header = _header_row(sheet, formulas)
    if header is None:
        names = ", ".join(column.name for column in sheet.columns)
        findings.problem(
            f"{sheet.name}!A1", "no row of column names", f"put them above the data: {names}"
        )
        return ()
    columns = _columns(sheet, formulas, header, findings)
    if any(column.required and column.name not in columns for column in sheet.columns):
        return ()
    _refuse_merged(sheet, formulas, header, columns, findings)
    rows = []
    for number in range(header + 1, formulas.max_row + 1):
        row = {
            name: _cell(sheet.name, name, formulas.cell(number, at), values.cell(number, at))
            for name, at in columns.items()
        }
        if not all(cell.blank for cell in row.values()):
            # A column that is left out is blank; its cells are named after the row's first.
            first = next(iter(row.values()))
            for column in sheet.columns:
                row.setdefault(column.name, Cell(sheet.name, first.address, column.name))
            rows.append(Row(sheet, row))
    return tuple(rows)


def _header_row(sheet: Sheet, formulas: Any) -> int | None:
    """Return the row, among the first, that holds most of the column names."""
    known = {column.name.casefold() for column in sheet.columns}
    counts = {
        number: len(known & {_fold(cell.value) for cell in formulas[number]})
        for number in range(1, min(_HEADER_WITHIN, formulas.max_row) + 1)
    }
    best = max(counts, key=lambda number: counts[number])
    return best if counts[best] >= min(2, len(known)) else None


def _columns(sheet: Sheet, formulas: Any, header: int, findings: Findings) -> Mapping[str, int]:
    found: dict[str, int] = {}
    known = {column.name.casefold(): column for column in sheet.columns}
    strangers = []
    for cell in formulas[header]:
        column = known.get(_fold(cell.value))
        if column is None:
            if isinstance(cell.value, str):
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
    for cell in strangers:
        close = get_close_matches(_fold(cell.value), missing, n=1, cutoff=0.75)
        if close:
            column = missing.pop(close[0])
            findings.problem(
                f"{sheet.name}!{cell.coordinate} ({cell.value})",
                "no such column is known",
                f"rename it to '{column.name}', or delete it",
            )
    for column in missing.values():
        if column.required:
            findings.problem(
                f"{sheet.name}!{header}:{header} ({column.name})",
                "the column is missing",
                f"add it to the header in row {header}",
            )
    return found


def _refuse_merged(
    sheet: Sheet, formulas: Any, header: int, columns: Mapping[str, int], findings: Findings
) -> None:
    used = set(columns.values())
    for merged in formulas.merged_cells.ranges:
        inside = used & set(range(merged.min_col, merged.max_col + 1))
        if merged.max_row >= header and inside:
            findings.problem(
                f"{sheet.name}!{merged.coord}",
                "merged cells",
                "unmerge them and fill in each cell",
            )


def _cell(sheet: str, column: str, formula: Any, value: Any) -> Cell:
    text = formula.value
    if formula.data_type == "f":
        # Array formulas come as objects that carry their text.
        text = getattr(text, "text", text)
        return Cell(sheet, formula.coordinate, column, value.value, str(text))
    return Cell(sheet, formula.coordinate, column, text)
