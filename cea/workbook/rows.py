"""One row at a time: its cells, read as their columns demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from cea.formula import Expression
from cea.workbook.cells import CellReader
from cea.workbook.findings import Findings
from cea.workbook.names import Names
from cea.workbook.schema import Field, Kind
from cea.workbook.tables import Row, Tables

T = TypeVar("T")


class RowReader:
    """Reads the rows of one set of tables; problems are noted in `findings`."""

    def __init__(self, tables: Tables, findings: Findings) -> None:
        self.tables = tables.without_fragments(findings)
        self.findings = findings
        self.names = Names(tables.other_names)
        self.cells = CellReader(findings, self.names, tables.stored_values_count)
        self.strategies: tuple[str, ...] = ()  # known once the Strategies sheet is read

    def was_read(self, sheet: str) -> bool:
        """Whether a sheet could be read at all: only then does what it lacks count."""
        return bool(self.tables[sheet]) or self.findings.clean(sheet)

    def text(self, row: Row, column: str) -> str:
        """Read text."""
        return self.cells.text(row[column], row.sheet.column(column))

    def value(self, row: Row, column: str) -> Expression | None:
        """Read a number or a formula."""
        return self.cells.value(row[column], row.sheet.column(column))

    def values(self, row: Row, *columns: str) -> list[Any]:
        """Read required value cells: a None among them stands for a problem that was noted."""
        return [self.value(row, column) for column in columns]

    def number(self, row: Row, column: str) -> float | None:
        """Read a number that all draws share."""
        form = row.sheet.column(column)
        return self.cells.number(row[column], form, whole=form.kind is Kind.INTEGER)

    def yes_no(self, row: Row, column: str) -> bool:
        """Read yes or no."""
        return self.cells.choice(row[column], row.sheet.column(column), ("yes", "no")) == "yes"

    def choice(self, row: Row, column: str) -> str:
        """Read one of the column's choices."""
        form = row.sheet.column(column)
        return self.cells.choice(row[column], form, self.choices(form, row, column))

    def choices(self, form: Field, row: Row, column: str) -> Sequence[str]:
        """List what a cell may name; itself where the sheet with the list is at fault."""
        match form.choices_from:
            case "Strategies.Name":
                known = self.findings.clean("Strategies")
                return self.strategies if known else [self.cells.text(row[column], form)]
            case "Parameters.Name":
                listed = list(self.names.typed.values())
                return listed if self.names.complete else [self.cells.text(row[column], form)]
        return form.choices

    def each(self, sheet: str, read: Callable[[Row], T | None]) -> Iterator[T]:
        """Read every row of a sheet; a row at fault is left out, and the sheet unsound then."""
        for row in self.tables[sheet]:
            before = len(self.findings.problems)
            made = read(row)
            if made is not None and len(self.findings.problems) == before:
                yield made
            else:
                self.findings.spoil(sheet)

    def needed(self, row: Row, column: str, by: str) -> Expression | None:
        """Read a value cell that another cell of the row makes necessary."""
        if row[column].blank:
            self.findings.problem(row[column], "blank", f"{by} needs it: fill it in")
        return self.value(row, column)
