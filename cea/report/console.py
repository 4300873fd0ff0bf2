"""The terminal as every report uses it: one console, plain lines, plain tables."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

console = Console(highlight=False)


def say(*lines: str) -> None:
    """Print lines, never broken: a terminal folds them, a file keeps them whole."""
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def new_table(title: str, *columns: str, ruled: bool = True) -> Table:
    """Return a table whose first column is text and whose other columns are numbers.

    Where a terminal is narrow, what does not fit is folded: a number or a name is never cut.
    """
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for position, column in enumerate(columns):
        made.add_column(column, justify="right" if position else "left", overflow="fold")
    if not ruled:
        made.box, made.padding = None, (0, 1, 0, 0)
    return made
