"""The model's survival beside what was observed: tables of the sheet Survival."""

from __future__ import annotations

from cea.analysis.observed import against_evidence, against_points
from cea.report.results_workbook.book import MONTHS, SHARE, Cell, Column, Page
from cea.report.results_workbook.report import Report

_POINTS = "+0.0%;−0.0%;0.0%"


def write_evidence(page: Page, report: Report) -> None:
    """Write overall survival against the Kaplan-Meier curves that it was fitted to."""
    found = against_evidence(report.base)
    if not found:
        return
    labels = report.assumptions.labels
    rows: list[list[Cell]] = [
        [
            labels[one.strategy], "Overall survival of the cohort", one.follow_up, one.implied,
            one.observed, one.implied - one.observed, one.gap, one.month,
        ]
        for one in found
    ]  # fmt: skip
    page.section("Overall survival and its evidence", 8)
    page.table([
        Column("Strategy"), Column("Curve"), Column("End of follow-up (month)", MONTHS),
        Column("Mean to it, the model (months)", MONTHS),
        Column("Mean to it, Kaplan–Meier", MONTHS), Column("Difference", "+0.0;−0.0;0.0"),
        Column("Largest gap in survival", _POINTS), Column("At month", MONTHS),
    ], rows)  # fmt: skip
    page.note(
        "The Kaplan–Meier curve of the patients to whom the curve was fitted. Gap: the model less "
        "Kaplan–Meier, in percentage points, while ten or more are at risk."
    )
    page.row += 1


def write_points(page: Page, report: Report) -> None:
    """Write the curves against external points."""
    found = against_points(report.base)
    if not found:
        return
    labels = report.assumptions.labels
    rows: list[list[Cell]] = []
    for one in found:
        point, inside = one.point, one.in_range
        off = None if one.model is None else one.model - point.survival
        rows.append([
            labels[point.strategy], f"{point.endpoint}: {point.source or 'external point'}",
            point.month, point.survival, point.low, point.high, one.model, off,
            "–" if inside is None else "yes" if inside else "NO",
        ])  # fmt: skip
    page.section("External points", 9)
    page.table([
        Column("Strategy"), Column("Curve and source"), Column("Month", MONTHS),
        Column("External", SHARE), Column("Low", SHARE), Column("High", SHARE),
        Column("Model", SHARE), Column("Difference", _POINTS), Column("In range"),
    ], rows)  # fmt: skip
    page.note(
        "The sheet External of the input workbook. Overall survival is that of the cohort; nothing "
        "is computed from these points. Blank: beyond the horizon."
    )
    page.row += 1
