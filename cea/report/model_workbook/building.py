"""What every sheet of the live workbook is built with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cea.analysis.base_case import BaseCase
from cea.assumptions import Assumptions, Settings
from cea.report.model_workbook.cells import Cells, Column, Table
from cea.report.results_workbook.book import Book, Page
from cea.workbook.styles import LOOKS, Look

NUMBER = "0.000000"
MONEY = "#,##0.00"
FREE = "0.0#####"  # an input of any size
_HEADER_HEIGHT = 42.0


@dataclass
class Building:
    """The workbook under construction."""

    book: Book
    cells: Cells
    base: BaseCase
    pages: dict[str, Page] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)  # of each strategy
    order: tuple[str, ...] = ()

    @property
    def assumptions(self) -> Assumptions:
        """What is assumed."""
        return self.base.assumptions

    @property
    def settings(self) -> Settings:
        """How the model runs."""
        return self.base.assumptions.settings

    def style(self, look: Look, number: str = "", **more: Any) -> Any:
        """Return the format of a cell."""
        extra = {"num_format": number} if number else {}
        return self.book.format({**LOOKS[look], **extra, **more})

    def open(self, names: Sequence[str]) -> None:
        """Put the sheets in order, before they are written in another."""
        self.order = tuple(names)
        for name in names:
            self.book.workbook.add_worksheet(name)

    def page(self, name: str, title: str, description: str, widths: Iterable[float]) -> Page:
        """Begin a sheet."""
        page = self.book.page(name, title, description, widths)
        self.pages[name] = page
        return page

    def headers(self, page: Page, names: Sequence[str], row: int, column: int = 0) -> None:
        """Write a row of headings, every one wrapped."""
        style = self.style(Look.HEADER)
        for k, name in enumerate(names):
            page.write(row, column + k, name, style)
        page.fit(row, [""] * column + list(names), bold=True)

    def columns(self, table: Table, columns: Sequence[Column], *, width: float = 11.0) -> None:
        """Write columns of formulas, with their headings and groups of headings above them."""
        group, start = "", table.column
        head = table.first - 1
        for spec in [*columns, None]:
            name = spec.group if spec is not None else None
            if name != group:
                if group and table.column > start:
                    self._group(table, group, start)
                group, start = name or "", table.column
            if spec is None:
                continue
            table.page.write(head, table.column, spec.header, self.style(Look.HEADER))
            table.page.sheet.set_column(table.column, table.column, width)
            table.add(spec, self.style(Look.FORMULA, spec.number, text_wrap=False))
        table.page.sheet.set_row(head, _HEADER_HEIGHT)

    def _group(self, table: Table, name: str, start: int) -> None:
        """Write a heading over a run of columns."""
        style = self.style(Look.SECTION)
        for column in range(start, table.column):
            text = name if column == start else None
            table.page.write(table.first - 2, column, text, style)

    def choice(self, page: Page, row: int, column: int, choices: Sequence[str]) -> None:
        """Give a cell a drop-down."""
        page.sheet.data_validation(
            row, column, row, column, {"validate": "list", "source": list(choices)}
        )
