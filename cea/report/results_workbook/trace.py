"""The Markov trace with its transition probabilities, and a chart of each strategy's."""

from __future__ import annotations

from typing import Any

from cea.assumptions import MONTHS_PER_YEAR
from cea.report.results_workbook.book import (
    PROBABILITY,
    TEXT,
    WHOLE,
    YEARS,
    Block,
    Book,
    Cell,
    Column,
)
from cea.report.results_workbook.charts import axis, line, lines
from cea.report.results_workbook.report import Report, label_width
from cea.report.style import STATES

_COLUMNS = (
    Column("Strategy", TEXT),
    Column("Cycle", WHOLE),
    Column("Month", YEARS),
    Column("Year", YEARS),
    Column("Progression-free", PROBABILITY),
    Column("Progressed", PROBABILITY),
    Column("Dead", PROBABILITY),
    Column("Average progression-free", PROBABILITY),
    Column("Average progressed", PROBABILITY),
)
_TRANSITIONS = (
    Column("p(progression-free to progressed)", PROBABILITY),
    Column("p(progression-free to dead)", PROBABILITY),
    Column("p(progressed to dead)", PROBABILITY),
)
_YEAR, _STATE = 3, 4  # columns that the charts take
_CHART_ROWS = 20
# Light enough lines vanish on white: the charts of areas fill with the same colours.
_LINE_COLORS = {name: color for name, (_, color, _) in STATES.items()} | {"dead": "#767676"}


def write_trace(book: Book, report: Report) -> None:
    """Write where the cohort is at every cycle boundary, and how it gets there."""
    markov = any(cohort.transitions is not None for cohort in report.base.cohorts.values())
    columns = [*_COLUMNS, *(_TRANSITIONS if markov else ())]
    words = (
        "Probabilities and averages are those of the cycle that begins at the boundary."
        if markov
        else "Partitioned survival: occupancies are read off the curves, without probabilities. "
        "Averages are those of the cycle that begins at the boundary."
    )
    widths = (
        label_width(report.labels),
        7,
        8,
        8,
        12,
        12,
        10,
        12,
        12,
        *([15] * 3 if markov else []),
    )
    page = book.page("Trace", "Markov trace" if markov else "State occupancy", words, widths)
    rows, spans = _rows(report, markov)
    block = page.table(columns, rows, freeze=True, left=4)
    for s, label in enumerate(report.labels):
        first, last = (block.first + row for row in spans[s])
        part = Block(block.sheet, block.header, first, last)
        chart = _chart(book, report, label, part)
        page.chart(chart, block.first + s * _CHART_ROWS, len(columns))


def _rows(report: Report, markov: bool) -> tuple[list[list[Cell]], list[tuple[int, int]]]:
    """Rows of every strategy, and the first and last of each."""
    trace, transitions = report.base.trace, report.base.transitions
    states = ["month", "progression_free", "progressed", "dead"]
    moves = ["average_progression_free", "average_progressed"]
    moves += ["pf_to_pd", "pf_to_dead", "pd_to_dead"] if markov else []
    rows: list[list[Cell]] = []
    spans = []
    for name, label in report.assumptions.labels.items():
        at = trace.loc[trace["strategy"] == name, states].to_numpy().tolist()
        within = transitions.loc[transitions["strategy"] == name, moves].to_numpy().tolist()
        within.append([None] * len(moves))
        spans.append((len(rows), len(rows) + len(at) - 1))
        rows += [
            [label, cycle, month, month / MONTHS_PER_YEAR, *occupied, *moving]
            for cycle, ((month, *occupied), moving) in enumerate(zip(at, within, strict=True))
        ]
    return rows, spans


def _chart(book: Book, report: Report, label: str, part: Block) -> Any:
    years = float(report.base.grid.t[-1]) / MONTHS_PER_YEAR
    step = next((s for s in (1, 2, 5, 10) if years / s <= 15), 20)
    series = [
        {
            "name": title,
            "categories": part.column(_YEAR),
            "values": part.column(_STATE + k),
            "line": line(k, _LINE_COLORS[state]),
        }
        for k, (state, (title, _, _)) in enumerate(STATES.items())
    ]
    return lines(
        book,
        label,
        series,
        axis("Years", min=0, max=years, major_unit=step, num_format="0"),
        axis("Share of the cohort", min=0, max=1, major_unit=0.25, num_format="0%"),
    )
