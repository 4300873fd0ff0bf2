"""A small valid workbook, and what can be done to it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import pytest
import xlsxwriter

from cea.errors import WorkbookError


def members(data: bytes) -> dict[str, bytes]:
    """Content of the files inside a workbook: the same whatever library compressed them."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class Formula(NamedTuple):
    """A formula and the value that Excel stored beside it; "" where it stored none."""

    text: str
    value: float | str = ""


Rows = list[dict[str, Any]]


class Book:
    """The content of a workbook, to be edited and written."""

    def __init__(self, sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Any]]]]) -> None:
        self.columns = {name: list(columns) for name, (columns, _) in sheets.items()}
        self.rows: dict[str, Rows] = {
            name: [dict(zip(columns, row, strict=False)) for row in rows]
            for name, (columns, rows) in sheets.items()
        }
        self.header = dict.fromkeys(self.columns, 0)  # its row, counted from 0
        self.finish: list[Callable[[Any], object]] = []  # called with XlsxWriter's workbook

    def row(self, sheet: str, item: str | int) -> dict[str, Any]:
        """The row that is known by its first cells, joined by a full stop, or by its number."""
        if isinstance(item, int):
            return self.rows[sheet][item]
        keys = {".".join(str(x) for x in list(r.values())[:n]): r
                for n in (2, 1) for r in reversed(self.rows[sheet])}  # fmt: skip
        return keys[item]

    def write(self, target: Any) -> None:
        with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
            book.set_properties({"created": datetime(2024, 1, 1)})
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for sheet, columns in self.columns.items():
                page = book.add_worksheet(sheet)
                top = self.header[sheet]
                for at, column in enumerate(columns):
                    page.write(top, at, column)
                    for number, row in enumerate(self.rows[sheet], start=top + 1):
                        _write_cell(page, number, at, row.get(column), day)
            for finish in self.finish:
                finish(book)


def _write_cell(page: Any, row: int, column: int, cell: Any, day: Any) -> None:
    match cell:
        case None:
            return
        case Formula(text, value):
            page.write_formula(row, column, text, None, value)
        case bool():
            page.write_boolean(row, column, cell)
        case date():
            page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), day)
        case str():
            page.write_string(row, column, cell)
        case _:
            page.write_number(row, column, cell)


def valid() -> Book:
    """A small workbook without a mistake, in which every sheet is used."""
    return Book({
        "Settings": (("Setting", "Value", "Note"), [
            ("price_year", 2024),
            ("horizon_years", 10),
            ("discount_rate_costs", 0.03),
            ("discount_rate_effects", 0.03),
            ("start_age", 60),
            ("proportion_male", 0.8),
            ("reference_strategy", "OLD"),
            ("ceac_max", 100000),
            ("ceac_step", 5000),
            ("psa_draws", 64),
        ]),
        "Thresholds": (("Label", "Value"), [("Threshold", 50000)]),
        "Strategies": (("Name", "Label"), [("OLD", "Old treatment"), ("NEW", "New treatment")]),
        "Parameters": (
            ("Name", "Group", "Unit", "Base", "Low", "High", "Distribution", "SE", "Par1", "Par2",
             "In DSA", "In PSA"),
            [
                ("os_shape", "", "", 1.2, None, None, "lognormal", 0.1),
                ("os_scale", "", "months", 30, 20, 40, "lognormal"),
                ("os_hr", "", "ratio", 0.7, 0.5, 0.98, "lognormal"),
                ("pfs_hr", "", "ratio", 0.6, None, None, "lognormal", 0.12),
                ("c_drug", "", "USD", 2000, 1500, 2500, "gamma", 250),
                ("c_visit", "", "USD", 80, 60, 100),
                ("c_month", "", "USD", Formula("=c_drug+2*c_visit", 2160)),
                ("u_pf", "", "utility", 0.8, None, None, "beta", 0.04),
                ("u_pd", "", "utility", 0.6, None, None, "beta", None, 24, 16),
                ("p_mild", "Severity", "proportion", 0.7, None, None, "dirichlet", None, 70),
                ("p_severe", "Severity", "proportion", 0.3, None, None, "dirichlet", None, 30),
            ],
        ),
        "Correlations": (("Parameter A", "Parameter B", "Correlation"), [
            ("os_hr", "pfs_hr", 0.5),
            ("u_pf", "u_pd", 0.6),
        ]),
        "Survival": (
            ("Strategy", "Endpoint", "Method", "Family", "Par1", "Par2", "Par3",
             "Reference strategy", "Hazard ratio", "Data set", "Waning start", "Waning end"),
            [
                ("OLD", "OS", "parametric", "weibull", Formula("=os_shape", 1.2),
                 Formula("=os_scale", 30)),
                ("OLD", "PFS", "table", None, None, None, None, None, None, "old_pfs"),
                ("NEW", "OS", "hazard_ratio", None, None, None, None, "OLD",
                 Formula("=os_hr", 0.7), None, 60, 90),
                ("NEW", "PFS", "hazard_ratio", None, None, None, None, None,
                 Formula("=pfs_hr", 0.6)),
            ],
        ),
        "Curves": (("Data set", "Time", "Survival"), [
            ("old_pfs", 0, 1), ("old_pfs", 6, 0.6), ("old_pfs", 12, 0.35), ("old_pfs", 24, 0.1),
        ]),
        "Costs": (
            ("Item", "Category", "Strategy", "Applies to", "From month", "To month", "Amount",
             "Per"),
            [
                ("Drug", "Drugs", "NEW", "on_treatment", 0, 24, Formula("=c_month", 2160),
                 "month"),
                ("Visits", "Care", None, "alive", None, None, Formula("=c_visit", 80),
                 "every 3 months"),
                ("Test", "Care", None, "entry", None, None, 500, "event"),
            ],
        ),
        "Utilities": (("Strategy", "State", "Utility"), [
            (None, "progression_free", Formula("=u_pf", 0.8)),
            (None, "progressed", Formula("=u_pd", 0.6)),
        ]),
        "Adverse events": (
            ("Event", "Strategy", "Incidence", "Cost", "Disutility", "Days"),
            [
                ("Mild rash", "NEW", Formula("=0.4*p_mild", 0.28), 100, 0.05, 14),
                ("Severe rash", "NEW", Formula("=0.4*p_severe", 0.12), 900, 0.2, 14),
            ],
        ),
        "Life table": (("Age", "qx male", "qx female"), [
            (age, round(0.01 * 1.1 ** (age - 60), 5), round(0.006 * 1.1 ** (age - 60), 5))
            for age in range(60, 72)
        ]),
        "Scenarios": (("Scenario", "Label", "Sheet", "Item", "Column", "Value"), [
            ("short", "Five years", "Settings", "horizon_years", "Value", 5),
        ]),
    })  # fmt: skip


# What can be done to a workbook.

Edit = Callable[[Book], None]


def put(sheet: str, item: str | int, column: str, value: Any) -> Edit:
    """Put a value into a cell."""

    def edit(book: Book) -> None:
        book.row(sheet, item)[column] = value
        if column not in book.columns[sheet]:
            book.columns[sheet].append(column)

    return edit


def add(sheet: str, *values: Any) -> Edit:
    """Add a row."""
    return lambda book: book.rows[sheet].append(
        dict(zip(book.columns[sheet], values, strict=False))
    )


def drop(sheet: str, item: str | int | None = None) -> Edit:
    """Drop a row, or all of them."""

    def edit(book: Book) -> None:
        doomed = book.rows[sheet] if item is None else [book.row(sheet, item)]
        book.rows[sheet] = [row for row in book.rows[sheet] if row not in doomed]

    return edit


def add_sheet(sheet: str, columns: Sequence[str], *rows: Sequence[Any]) -> Edit:
    """Add a sheet."""

    def edit(book: Book) -> None:
        other = Book({sheet: (columns, rows)})
        book.columns |= other.columns
        book.rows |= other.rows
        book.header |= other.header

    return edit


def subgroups(*rows: Sequence[Any]) -> Edit:
    """Add the sheet Subgroups."""
    columns = ("Subgroup", "Label", "Weight", "Sheet", "Item", "Column", "Value")
    return add_sheet("Subgroups", columns, *rows)


def drop_sheet(sheet: str) -> Edit:
    """Drop a sheet."""

    def edit(book: Book) -> None:
        del book.columns[sheet]

    return edit


def rename_sheet(sheet: str, to: str) -> Edit:
    """Rename a sheet."""

    def edit(book: Book) -> None:
        book.columns[to], book.rows[to] = book.columns.pop(sheet), book.rows.pop(sheet)
        book.header[to] = 0

    return edit


def rename_column(sheet: str, column: str, to: str) -> Edit:
    """Rename a column."""

    def edit(book: Book) -> None:
        book.columns[sheet] = [to if c == column else c for c in book.columns[sheet]]
        for row in book.rows[sheet]:
            row[to] = row.pop(column, None)

    return edit


def drop_column(sheet: str, column: str) -> Edit:
    """Drop a column."""
    return lambda book: book.columns[sheet].remove(column)


def repeat_column(sheet: str, column: str) -> Edit:
    """Add a second column of the same name."""
    return lambda book: book.columns[sheet].append(column)


def finish(change: Callable[[Any], object]) -> Edit:
    """Do something that only XlsxWriter's workbook can."""
    return lambda book: book.finish.append(change)


def merge(sheet: str, cells: str) -> Edit:
    """Merge cells."""
    return finish(lambda file: file.get_worksheet_by_name(sheet).merge_range(cells, ""))


def rename_parameter_in_column(old: str, new: str) -> Edit:
    """Rename a parameter, and leave its defined name behind."""

    def edit(book: Book) -> None:
        book.row("Parameters", old)["Name"] = new
        book.finish.append(lambda file: file.define_name(old, "=Parameters!$D$6"))

    return edit


def headerless(sheet: str) -> Edit:
    """Drop the header."""

    def edit(book: Book) -> None:
        first, *book.rows[sheet] = book.rows[sheet]
        values = [first.get(c) for c in book.columns[sheet]]
        book.rows[sheet] = [dict(zip(map(str, values), r.values(), strict=False))
                            for r in book.rows[sheet]]  # fmt: skip
        book.columns[sheet] = [str(v) for v in values]

    return edit


def problems(read: Callable[..., Any], edits: Iterable[Edit]) -> list[str]:
    """Return what is said of a workbook that is refused."""
    with pytest.raises(WorkbookError) as raised:
        read(*edits)
    return [str(problem) for problem in raised.value.problems]


def workbook(*edits: Edit) -> bytes:
    """The valid workbook after some edits."""
    book = valid()
    for edit in edits:
        edit(book)
    target = io.BytesIO()
    book.write(target)
    return target.getvalue()
