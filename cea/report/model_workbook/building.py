"""What every sheet of the live workbook is built with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from cea.analysis.base_case import BaseCase
from cea.assumptions import Assumptions, Settings
from cea.report.model_workbook.cells import Cells, Column, Table
from cea.report.model_workbook.layout import (
    COVER,
    LEFT,
    SHEETS,
    STRATEGY,
    TABS,
    About,
    Heading,
    PlainFormulas,
    Strip,
    lines_of,
    wide_enough,
)
from cea.report.model_workbook.notes import note_of
from cea.report.results_workbook.book import Book, Page
from cea.workbook.styles import LOOKS, Look, note_box

NUMBER = "0.000000"
MONEY = "#,##0.00"
FREE = "0.0#####"  # an input of any size
_LINE = 12.75  # points
_LINK = 2  # row of the way back to the cover
_HELPER = {"bg_color": "#8A949B"}
_BAND = {"bold": True, "font_color": "#1F4E5F", "border": 1, "border_color": "#FFFFFF",
         "text_wrap": True, "valign": "vcenter", "align": "left", "indent": 1}  # fmt: skip
_BANDS = ("#CFE0E6", "#E6E1CF")  # in turn, so that neighbours differ


@dataclass
class Building:
    """The workbook under construction."""

    book: Book
    cells: Cells
    base: BaseCase
    pages: dict[str, Page] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)  # of each strategy
    order: tuple[str, ...] = ()
    strips: dict[str, Strip] = field(default_factory=dict)  # of the sheets over time

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
            sheet = self.book.workbook.add_worksheet(name, worksheet_class=PlainFormulas)
            sheet.set_tab_color(TABS[self.about(name).kind])

    def about(self, name: str) -> About:
        """Tell what a sheet is for."""
        return STRATEGY if name in self.sheets.values() else SHEETS[name]

    def page(self, name: str, title: str, description: str, widths: Iterable[float]) -> Page:
        """Begin a sheet, with a way back to the cover."""
        page = self.book.page(name, title, description, widths)
        if name != COVER:
            small = {"font_color": "#0563C1", "underline": 1, "font_size": 9}
            page.sheet.write_url(
                _LINK, 0, f"internal:'{COVER}'!A1", self.book.format(small), "Back to the Cover"
            )
        page.row = _LINK + 2
        self.pages[name] = page
        return page

    def headers(
        self, page: Page, headings: Sequence[str | Heading], row: int, column: int = 0
    ) -> None:
        """Write a row of headings, every one wrapped."""
        full = [h if isinstance(h, Heading) else Heading(h) for h in headings]
        for k, heading in enumerate(full):
            self._heading(page, row, column + k, heading)
        page.fit(row, [""] * column + [heading.text for heading in full], bold=True)

    def _heading(self, page: Page, row: int, column: int, heading: Heading) -> None:
        side: Mapping[str, Any] = {"align": "right"} if heading.number else {}
        if column and not heading.number:
            side = LEFT
        style = self.style(Look.HEADER, **side, **(_HELPER if heading.helper else {}))
        page.write(row, column, heading.text, style)
        if heading.note:
            page.sheet.write_comment(row, column, heading.note, note_box(heading.note))

    def columns(
        self, table: Table, columns: Sequence[Column], *, width: float = 11.0, below: int = 0
    ) -> None:
        """Write columns of formulas, with their headings and groups of headings above them.

        Parameters
        ----------
        table, columns
            Where, and what.
        width
            Of each column, at least.
        below
            Rows between the headings and the first row.
        """
        page, head = table.page, table.first - 1 - below
        strip = self.strips.setdefault(page.name, Strip())
        for group, run in groupby(columns, key=lambda spec: spec.group):
            start, wide = table.column, []
            for spec in run:
                wide.append(wide_enough(spec.header, width))
                heading = Heading(spec.header, note_of(spec.key), number=True)
                self._heading(page, head, table.column, heading)
                page.sheet.set_column(table.column, table.column, wide[-1])
                strip.lines = max(strip.lines, lines_of(spec.header, wide[-1]))
                table.add(spec, self.style(Look.FORMULA, spec.number, text_wrap=False))
            self._band(page, head - 1, start, group, wide)
            strip.widths[start:] = wide
            strip.starts.append(start)
        page.sheet.set_row(head, 3 + _LINE * strip.lines)

    def _band(self, page: Page, row: int, start: int, group: str, widths: list[float]) -> None:
        """Write a heading over a group of columns."""
        if not group:
            return
        strip = self.strips[page.name]
        style = self.book.format({**_BAND, "bg_color": _BANDS[len(strip.starts) % len(_BANDS)]})
        if len(widths) == 1:
            page.write(row, start, group, style)
        else:
            page.sheet.merge_range(row, start, row, start + len(widths) - 1, group, style)
        strip.band = max(strip.band, lines_of(group, sum(widths) - 2))
        page.sheet.set_row(row, 3 + _LINE * strip.band)

    def allow(
        self, page: Page, row: int, column: int, rule: Mapping[str, Any] | None, rows: int = 1,
        said: str = "",
    ) -> None:  # fmt: skip
        """Let a cell, or some below each other, take only what makes sense; say what that is."""
        if rule is None:
            return
        message = {"input_title": rule.get("error_title", "")[:32], "input_message": said}
        page.sheet.data_validation(
            row, column, row + rows - 1, column, {**rule, **(message if said else {})}
        )

    def choice(
        self, page: Page, row: int, column: int, choices: Sequence[str], said: str = ""
    ) -> None:
        """Give a cell a drop-down."""
        rule = {
            "validate": "list",
            "source": list(choices),
            "error_title": "Not in the list",
            "error_message": f"Choose one of: {', '.join(choices)}."[:255],
        }
        if said:
            rule |= {"input_message": said[:255]}
        page.sheet.data_validation(row, column, row, column, rule)
