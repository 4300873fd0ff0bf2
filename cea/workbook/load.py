"""From a file to tables: opening it, finding sheets, headers and rows."""

from __future__ import annotations

import hashlib
import io
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl

from cea.assumptions import WorkbookFile
from cea.errors import Problem, WorkbookError, nearest
from cea.workbook.findings import Findings
from cea.workbook.matching import (
    filled_rows,
    header_row,
    match_columns,
    match_sheets,
    unread_sheets,
)
from cea.workbook.schema import Sheet
from cea.workbook.tables import Cell, Row, Tables

_OLE = bytes.fromhex("D0CF11E0")
_SAVE_AS = "open it in Excel and save it as .xlsx"
_ARCHIVES = {  # a part that tells what an archive is
    "xl/workbook.bin": ("an Excel workbook in the .xlsb format", _SAVE_AS),
    "content.xml": ("an OpenDocument file", _SAVE_AS),
    "word/document.xml": ("a Word document", "name an Excel workbook instead"),
}


def _refuse(path: Path, found: str, remedy: str) -> WorkbookError:
    return WorkbookError([Problem(path.name or str(path), found, remedy)])


def _read_bytes(path: Path) -> bytes:
    """Read a workbook file whole, and refuse what cannot be one."""
    try:
        if path.is_dir():
            raise _refuse(path, "a folder", "name the workbook inside it")
        data = path.read_bytes()
    except FileNotFoundError:
        raise _refuse(path, "no such file", _another_file(path)) from None
    except OSError as error:
        found = f"cannot be opened ({error.strerror})"
        raise _refuse(path, found, "close it elsewhere and check its permissions") from None
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
        raise _refuse(path, "not an Excel workbook", _SAVE_AS)
    _refuse_other_archives(path, data)
    return data


def _another_file(path: Path) -> str:
    """Say what to do about a file that is not there."""
    beside = sorted(p.name for p in path.parent.glob("*.xls[xm]") if p.name[:2] != "~$")
    return nearest(path.name, beside) if beside else "check the path, or make it with 'cea new'"


def _refuse_other_archives(path: Path, data: bytes) -> None:
    """Refuse what is stored like an .xlsx file, and is none."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = set(archive.namelist())
    if "xl/workbook.xml" in parts:
        return
    unknown = "not an Excel workbook", _SAVE_AS
    raise _refuse(path, *next((kind for p, kind in _ARCHIVES.items() if p in parts), unknown))


def load(path: Path, findings: Findings) -> tuple[Tables, WorkbookFile]:
    """Read every sheet of the schema; the user's file is only ever read.

    Raises
    ------
    WorkbookError
        The file is not a workbook.
    """
    data = _read_bytes(path)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of Excel features that it drops; nothing is saved here.
            warnings.simplefilter("ignore")
            formulas = openpyxl.load_workbook(io.BytesIO(data))
            values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    except Exception as error:
        # openpyxl raises whatever its parsers raise (KeyError, BadZipFile, ParseError, ...).
        raise _refuse(
            path, "cannot be read, perhaps as it is damaged", "open it in Excel and save it again"
        ) from error
    pages = {page.title: page for page in formulas.worksheets}
    found = match_sheets(pages, findings)
    rows = {
        sheet.name: _rows(sheet, formulas[title], values[title], findings)
        for sheet, title in found.items()
    }
    unread = unread_sheets(pages, found)
    file = WorkbookFile(path.name, hashlib.sha256(data).hexdigest(), unread, path.resolve())
    return Tables(rows, _other_names(formulas)), file


def _other_names(formulas: Any) -> frozenset[str]:
    """Names that the workbook defines, but for the cells of the Parameters sheet.

    A name for a parameter's cell that is not the parameter's own was left behind by renaming: a
    formula that uses it is a mistake, not a formula for Excel alone.
    """
    return frozenset(
        name.lower()
        for name, defined in formulas.defined_names.items()
        if not str(defined.attr_text).strip("='").casefold().startswith("parameters")
    )


def _rows(sheet: Sheet, formulas: Any, values: Any, findings: Findings) -> tuple[Row, ...]:
    header = header_row(sheet, formulas)
    if header is None:
        names = ", ".join(column.name for column in sheet.columns)
        findings.problem(
            f"{sheet.name}!A1", "no row with the column names", f"put them above the data: {names}"
        )
        return ()
    columns = match_columns(sheet, formulas, header, findings)
    _refuse_merged(sheet, formulas, header, columns, findings)
    if not findings.clean(sheet.name):
        return ()  # its cells cannot be told for certain
    made = (
        _row(sheet, number, columns, formulas, values)
        for number in filled_rows(formulas, header, columns.values())
    )
    return tuple(row for row in made if not all(cell.blank for cell in row.cells.values()))


def _row(sheet: Sheet, number: int, columns: Mapping[str, int], formulas: Any, values: Any) -> Row:
    cells = {
        name: _cell(sheet.name, name, formulas.cell(number, at), values.cell(number, at))
        for name, at in columns.items()
    }
    # A column that is left out is blank; its cells are named after the row's first.
    address = next(iter(cells.values())).address
    return Row(
        sheet,
        {c.name: cells.get(c.name, Cell(sheet.name, address, c.name)) for c in sheet.columns},
    )


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
        # Array formulas and data tables come as objects; the latter have no text.
        text = text if isinstance(text, str) else getattr(text, "text", "=TABLE()")
        return Cell(sheet, formula.coordinate, column, value.value, str(text))
    return Cell(sheet, formula.coordinate, column, text)
