"""The cover: the result in a sentence, how it came about, and what is where."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from cea.report.format import per_qaly
from cea.report.headline import headline
from cea.report.results_workbook import words
from cea.report.results_workbook.book import Book
from cea.report.results_workbook.report import Report
from cea.workbook.styles import LOOKS, Look

_HEADLINE = {
    "text_wrap": True, "valign": "vcenter", "font_size": 13, "bg_color": "#EAF0F2", "bold": True,
    "font_color": "#1F4E5F", "indent": 1, "border": 1, "border_color": "#1F4E5F",
}  # fmt: skip
_BODY = {"text_wrap": True, "valign": "top", "align": "left"}
_NAME = {**_BODY, "bold": True}
_MANY = 40  # names of assumptions; more are left to the sheet of inputs


def write_summary(book: Book, report: Report, contents: Sequence[tuple[str, str]]) -> None:
    """Write the cover.

    Parameters
    ----------
    book, report
        Where to and what.
    contents
        Name and description of the sheets that follow.
    """
    settings, record = report.settings, report.record
    page = book.page(
        "Summary",
        settings.title,
        f"Results of {record.workbook}: {', '.join(report.labels)}. Values, not formulas: "
        "change that workbook and run again.",
        (30, 118),
    )
    page.write(page.row, 0, "Result", book.format({**_NAME, "valign": "vcenter"}))
    page.sheet.fit_to_pages(1, 1)
    # An amount stays on one line.
    sentence = headline(report.base, report.found.psa).replace(
        f"{settings.currency} ", f"{settings.currency}\N{NO-BREAK SPACE}"
    )
    page.write(page.row, 1, sentence, book.format(_HEADLINE))
    page.sheet.set_row(page.row, 14 + 17 * len(wrap(sentence, 92)))
    page.row += 2
    page.pairs("Analysis", [
        ("Strategies", f"{'; '.join(report.labels)}. Reference: {report.reference}"),
        ("Perspective", settings.perspective),
        ("Prices", f"{settings.currency}, {settings.price_year}"),
        ("Time horizon", words.horizon(report)),
        ("Discounting", words.discounting(report)),
        ("Model", words.structure(settings)),
        ("Within-cycle correction", words.correction(settings)),
        ("Population", words.population(settings)),
        ("Willingness to pay", "; ".join(
            f"{per_qaly(t.value, settings.currency)} ({t.label})"
            for t in report.assumptions.thresholds
        )),
    ], bold=True)  # fmt: skip
    page.pairs("Evidence", [
        ("Assumptions", _assumed(report)),
        ("Warnings", _warned(report)),
    ], bold=True)  # fmt: skip
    page.pairs("Run", [
        ("Workbook", record.workbook),
        ("SHA-256 of the workbook", record.sha256),
        ("Version", f"cea {record.version}"),
        ("Probabilistic analysis", words.sampled(report.found.psa)),
        ("Started", record.started),
        ("Seconds", "; ".join(f"{part} {spent:.2f}" for part, spent in record.seconds.items())),
    ], bold=True)  # fmt: skip
    page.section("Contents", 2)
    for name, description in contents:
        link = book.format(LOOKS[Look.LINK])
        page.sheet.write_url(page.row, 0, f"internal:'{name}'!A1", link, name)
        page.write(page.row, 1, description, book.format(_BODY))
        page.row += 1


def _assumed(report: Report) -> str:
    assumptions = report.assumptions
    names = assumptions.resting_on_assumption
    numbers = len(assumptions.parameters) + sum(not cost.amount.names for cost in assumptions.costs)
    if not names:
        return f"None of the {numbers} inputs is marked as an assumption"
    listed = "; ".join(names[:_MANY])
    more = f"; and {len(names) - _MANY} more (see Inputs)" if len(names) > _MANY else ""
    return f"{len(names)} of {numbers} inputs are assumptions: {listed}{more}"


def _warned(report: Report) -> str:
    count = len(report.warnings)
    if not count:
        return "None"
    return f"{count} {'warning' if count == 1 else 'warnings'}: see the sheet Warnings"


def write_warnings(book: Book, report: Report) -> None:
    """Write every warning, one a row."""
    page = book.page("Warnings", "Warnings", "What a reader of the results should know.", (6, 140))
    style = book.format(LOOKS[Look.HEADER])
    page.write(page.row, 0, "No.", style)
    page.write(page.row, 1, "Warning", style)
    page.sheet.freeze_panes(page.row + 1, 0)
    page.sheet.repeat_rows(page.row)
    for number, warning in enumerate(report.warnings, start=1):
        page.row += 1
        page.write(page.row, 0, number, book.format({**_BODY, "num_format": "0"}))
        page.write(page.row, 1, warning, book.format(_BODY))
        page.fit(page.row, ["", warning])
    if not report.warnings:
        page.write(page.row + 1, 1, "None.", book.format(_BODY))
