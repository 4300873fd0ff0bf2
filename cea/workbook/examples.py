"""The content of the example workbooks, kept as one CSV file a sheet, and of a blank one."""

from __future__ import annotations

import csv
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import StringIO
from pathlib import Path

from xlsxwriter.exceptions import FileCreateError

from cea.examples import EXAMPLES, ILLUSTRATIVE
from cea.workbook.schema import SETTINGS, SHEETS, Field, Kind, Sheet
from cea.workbook.template import Cell, Content, Row, write_workbook
from cea.writing import whole_file

_TEXT = (Kind.TEXT, Kind.NAME, Kind.CHOICE, Kind.YES_NO)


def load_example(name: str) -> Content:
    """Return the content of an example workbook.

    Parameters
    ----------
    name
        One of `cea.examples.EXAMPLES`.

    Examples
    --------
    >>> load_example("sor_tace")["Strategies"][0]
    {'Name': 'TACE', 'Label': 'TACE alone'}
    """
    if name not in EXAMPLES:
        raise ValueError(f"no example '{name}'; there are: {', '.join(EXAMPLES)}")
    folder = files("cea") / "examples" / name
    return {sheet.name: _read(folder, sheet) for sheet in SHEETS}


def blank() -> Content:
    """Return the content of an empty workbook: every setting, with its default."""
    return {
        "Settings": [{"Setting": setting.name, "Value": setting.default} for setting in SETTINGS]
    }


def make_workbook(path: Path, example: str | None = None) -> None:
    """Write an input workbook: an example, or a blank one.

    Parameters
    ----------
    path
        Where; an existing file is replaced, once the new one is complete.
    example
        One of `cea.examples.EXAMPLES`; None for a blank workbook.

    Raises
    ------
    OutputError
        The file cannot be written there.
    """
    content = blank() if example is None else load_example(example)
    title = next(str(row["Value"]) for row in content["Settings"] if row["Setting"] == "title")
    with whole_file(path) as made:
        try:
            write_workbook(made, content, title=title, illustrative=example in ILLUSTRATIVE)
        except FileCreateError as error:
            raise error.args[0] from None


def _read(folder: Traversable, sheet: Sheet) -> list[Row]:
    """Read a sheet's CSV file; a sheet without one is empty."""
    file = folder / f"{sheet.name.lower().replace(' ', '_')}.csv"
    if not file.is_file():
        return []
    lines = StringIO(file.read_text(encoding="utf-8"))
    return [_row(sheet, row) for row in csv.DictReader(lines)]


def _row(sheet: Sheet, row: dict[str, str]) -> Row:
    return {name: _cell(sheet.column(name), text) for name, text in row.items()}


def _cell(field: Field, text: str) -> Cell:
    if not text:
        return None
    if field.kind in _TEXT or text.startswith("="):
        return text
    if field.kind is not Kind.ANY:
        return float(text)
    try:
        return float(text)
    except ValueError:
        return text
