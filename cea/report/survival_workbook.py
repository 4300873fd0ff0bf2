"""The survival workbook: fits, diagnostics and parameters of every end point, as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from cea.analysis.survival import WARNING, SurvivalAnalysis
from cea.analysis.survival_notes import disagreements
from cea.analysis.survival_tables import PASTE
from cea.report.format import family_name, p_value
from cea.report.names import sheet_names
from cea.report.record import RunRecord
from cea.report.results_workbook.book import TEXT, Book, Cell, Column
from cea.report.survival_sheet import write_endpoint
from cea.workbook.styles import LOOKS, Look

_BODY = {"text_wrap": True, "valign": "top", "align": "left"}
_PAR = "0.0000000"
_SHEETS = (
    ("Survival rows", "Every fitted curve as a row of the Survival sheet: copy and paste"),
    ("Parameters", "Estimates on the natural and on the fitted scale, with standard errors"),
    ("Covariance", "Covariance and correlation of the estimates on the fitted scale"),
)


def write_survival(
    path: str | Path, analyses: Sequence[SurvivalAnalysis], record: RunRecord
) -> None:
    """Write the survival workbook.

    Parameters
    ----------
    path
        The file to write.
    analyses
        One for each end point.
    record
        What was run.
    """
    book = Book(Path(path), "Survival analysis", f"{record.workbook}, SHA-256 {record.digest}")
    taken = ["Summary", *(name for name, _ in _SHEETS)]
    names = sheet_names([analysis.endpoint for analysis in analyses], taken)
    _cover(book, analyses, names, record)
    for analysis, name in zip(analyses, names, strict=True):
        write_endpoint(book, analysis, name)
    _survival_rows(book, analyses)
    _parameters(book, analyses)
    _covariance(book, analyses)
    book.close()


def _cover(
    book: Book, analyses: Sequence[SurvivalAnalysis], names: Sequence[str], record: RunRecord
) -> None:
    page = book.page(
        "Summary", "Survival analysis", f"Curves fitted to {record.workbook}", (30, 118)
    )
    page.sheet.fit_to_pages(1, 1)
    page.pairs("Read this first", [
        ("What fit says", WARNING),
        ("Failures", _failures(analyses)),
    ], bold=True)  # fmt: skip
    for analysis in analyses:
        page.pairs(analysis.endpoint, [
            *((analysis.label(arm), _arm(analysis, arm)) for arm in analysis.arms),
            *((f"{analysis.label(c.arm)} versus {analysis.label(c.reference)}",
               _effect(analysis, k)) for k, c in enumerate(analysis.comparisons)),
        ], bold=True)  # fmt: skip
    page.pairs("Run", [
        ("Workbook", record.workbook),
        ("SHA-256 of the workbook", record.sha256),
        ("Version", f"cea {record.version}"),
        ("Started", record.started),
    ], bold=True)  # fmt: skip
    page.section("Contents", 2)
    contents = [
        (name, f"Fits, tests and comparisons for {analysis.endpoint}")
        for analysis, name in zip(analyses, names, strict=True)
    ]
    for name, description in (*contents, *_SHEETS):
        page.sheet.write_url(
            page.row, 0, f"internal:'{name}'!A1", book.format(LOOKS[Look.LINK]), name
        )
        page.write(page.row, 1, description, book.format(_BODY))
        page.row += 1


def _failures(analyses: Sequence[SurvivalAnalysis]) -> str:
    said = [
        f"{a.endpoint}, {a.whose(one.arm)}: {family_name(label)}: {reason}"
        for a in analyses
        for one, label, reason in a.failures
    ]
    return "\n".join(said) or "None: every family was fitted"


def _arm(analysis: SurvivalAnalysis, arm: str) -> str:
    curve, ranking = analysis.curves[arm], analysis.separate[arm]
    median = curve.quantile()
    words = "not reached" if math.isinf(median) else f"{median:.1f} months"
    said = (
        f"{curve.at_risk[0]} patients, {curve.events.sum()} events, median {words}, followed to "
        f"month {analysis.follow_up(arm):.1f}."
    )
    if not ranking.rows:
        return f"{said} No family could be fitted."
    near = [family_name(row.label) for row in ranking.rows if row.aic_difference < 2]
    return f"{said} Lowest AIC, and within 2 of it: {'; '.join(near)}."


def _effect(analysis: SurvivalAnalysis, position: int) -> str:
    one = analysis.comparisons[position]
    if one.cox is None:
        return one.reason
    low, high = one.cox.interval()
    published = analysis.data.published.get(one.arm)
    beside = "" if published is None else f", published {published:.2f}"
    said = disagreements(analysis).get(one.arm, "")
    return (
        f"Hazard ratio {one.cox.hazard_ratio:.2f} ({low:.2f} to {high:.2f}){beside}; test of "
        f"proportional hazards {p_value(one.cox.test().p)}; ratio of times "
        f"{one.quantiles.time_ratio:.2f}.{f' Warning: {said}.' if said else ''}"
    )


def _survival_rows(book: Book, analyses: Sequence[SurvivalAnalysis]) -> None:
    page = book.page(
        _SHEETS[0][0], "Rows for the Survival sheet",
        "Columns A to K are those of the Survival sheet. Times are in months; knots are logarithms "
        "of months.", (16, 10, 12, 14, *[13] * 5, 12, 62, 16, 24),
    )  # fmt: skip
    columns = [
        Column(name, _PAR if name.startswith("Par") else TEXT) for name in PASTE
    ] + [Column("Fitted to"), Column("Fit")]  # fmt: skip
    rows: list[list[Cell]] = []
    for analysis in analyses:
        for row in analysis.rows.to_dict("records"):
            pasted = [row[name] for name in PASTE]
            cells: list[Cell] = [None if value != value else value for value in pasted]
            rows.append([*cells, _fit_words(str(row["fit"])), family_name(str(row["label"]))])
    page.table(columns, rows, freeze=True, left=2)
    if not all(analysis.data.in_model for analysis in analyses):
        page.note("A data set that no curve is fitted to has no strategy and end point, so no row.")


def _fit_words(fit: str) -> str:
    return "all jointly" if fit == "joint" else "own patients"


def _parameters(book: Book, analyses: Sequence[SurvivalAnalysis]) -> None:
    page = book.page(
        "Parameters", _SHEETS[1][1],
        "Positive parameters are fitted as logarithms, where they are nearly normal.",
        (10, 24, 28, 22, 15, 15, 15, 15, 28),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [
            analysis.endpoint, analysis.whose(row["strategy"]), family_name(row["family"]),
            row["parameter"], row["natural"], row["fitted_scale"], row["fitted"],
            row["standard_error"], row["meaning"],
        ]
        for analysis in analyses
        for row in analysis.parameters.to_dict("records")
    ]  # fmt: skip
    page.table([
        Column("End point"), Column("Fitted to"), Column("Family"), Column("Parameter"),
        Column("Natural scale", _PAR), Column("Fitted as"), Column("Fitted scale", _PAR),
        Column("Standard error", _PAR), Column("Meaning of an effect"),
    ], rows, freeze=True)  # fmt: skip


def _covariance(book: Book, analyses: Sequence[SurvivalAnalysis]) -> None:
    page = book.page(
        "Covariance", _SHEETS[2][1],
        "On the fitted scale; each pair once, the variance where both are the same.",
        (10, 24, 28, 22, 22, 16, 14),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [
            analysis.endpoint, analysis.whose(row["strategy"]), family_name(row["family"]),
            row["parameter_a"], row["parameter_b"], row["covariance"], row["correlation"],
        ]
        for analysis in analyses
        for row in analysis.covariances.to_dict("records")
    ]  # fmt: skip
    page.table([
        Column("End point"), Column("Fitted to"), Column("Family"), Column("Parameter"),
        Column("And parameter"), Column("Covariance", "0.000000E+00"),
        Column("Correlation", "0.000"),
    ], rows, freeze=True)  # fmt: skip
