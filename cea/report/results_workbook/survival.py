"""The survival curves as they were used, and how often a cap binds."""

from __future__ import annotations

import numpy as np

from cea.arrays import Array
from cea.assumptions import DAYS_PER_MONTH, MONTHS_PER_YEAR
from cea.model.grid import average_occupancy
from cea.report.charts.survival_curves import median_time
from cea.report.results_workbook.book import (
    COUNT,
    MONTHS,
    SHARE,
    YEARS,
    Book,
    Cell,
    Column,
    Page,
)
from cea.report.results_workbook.observed import write_evidence, write_points
from cea.report.results_workbook.report import Report, label_width

NOT_REACHED = "Not reached"
_CURVES = {"OS": "Overall survival", "PFS": "Progression-free survival", "TOT": "Time on treatment"}
_LANDMARKS = (1, 2, 5)  # years


def write_survival(book: Book, report: Report) -> None:
    """Write medians, means and survival at the horizon, what was observed, then the caps."""
    page = book.page(
        "Survival",
        "Survival curves and their caps",
        "The curves that the model used, after background mortality and after progression-free "
        "survival and time on treatment were kept at or below overall survival.",
        (label_width(report.labels), 52, 17, 17, 14, *[12] * len(_LANDMARKS), 14),
    )
    page.freeze_title(one_page=True)
    _curves(page, report)
    write_evidence(page, report)
    write_points(page, report)
    _caps(page, report)


def _curves(page: Page, report: Report) -> None:
    base = report.base
    months = base.grid.t
    horizon = float(months[-1]) / MONTHS_PER_YEAR
    landmarks = [year for year in _LANDMARKS if year < horizon]
    rows: list[list[Cell]] = []
    for name, label in report.assumptions.labels.items():
        cohort = base.cohorts[name]
        used = {"OS": cohort.curves.os, "PFS": cohort.curves.pfs, "TOT": cohort.curves.tot}
        for endpoint, curve in used.items():
            if curve is None:
                continue
            stated = median_time(months, base.input_curves[name, endpoint])
            rows.append([label, _CURVES[endpoint], stated or NOT_REACHED,
                         *_described(report, curve[0], landmarks)])  # fmt: skip
        implied = base.implied_os[name]
        if not np.allclose(implied, cohort.curves.os[0], atol=1e-9):
            rows.append([label, "Overall survival of the cohort", None,
                         *_described(report, implied, landmarks)])  # fmt: skip
    page.section("Curves", 6 + len(landmarks))
    page.table(
        [
            Column("Strategy"),
            Column("Curve"),
            Column("Median (from the model's cycles): input curve, months", MONTHS),
            Column("Median (from the model's cycles): curve used, months", MONTHS),
            Column("Mean to the horizon (years)", YEARS),
            *(Column(f"At {year} year{'s' * (year > 1)}", SHARE) for year in landmarks),
            Column(f"At the horizon ({horizon:.3g} years)", SHARE),
        ],
        rows,
    )
    page.note(
        "Input curve: before background mortality and caps. Means are undiscounted; that of "
        "overall survival is the undiscounted life-years."
    )
    page.note(
        "Medians are interpolated within a cycle: the logarithm of the cumulative hazard over that "
        "of time. Not reached: more than half remain at the horizon."
    )
    page.row += 1


def _described(report: Report, curve: Array, landmarks: list[int]) -> list[Cell]:
    """Median and mean of a curve, and its value at some times."""
    grid = report.base.grid
    months = grid.t
    average = average_occupancy(report.settings.within_cycle_correction, curve)
    mean = float(average.sum()) * grid.months_per_cycle / MONTHS_PER_YEAR
    at = np.interp([year * MONTHS_PER_YEAR for year in landmarks], months, curve)
    return [
        median_time(months, curve) or NOT_REACHED, mean, *at.tolist(), float(curve[-1]),
    ]  # fmt: skip


def _caps(page: Page, report: Report) -> None:
    psa, settings = report.found.psa, report.settings
    kinds = (
        ("Background mortality raises overall survival's hazard", "background_cycles"),
        ("Progression-free survival capped at overall survival", "pfs_capped"),
        ("Time on treatment capped at overall survival", "tot_capped"),
    )
    base = report.base
    rows: list[list[Cell]] = []
    for s, (name, label) in enumerate(report.assumptions.labels.items()):
        for words, field in kinds:
            if field == "tot_capped" and report.assumptions.curve(name, "TOT") is None:
                continue
            if field == "background_cycles" and not settings.background_mortality:
                continue
            cycles = float(getattr(base.outcomes, field)[0, s])
            row: list[Cell] = [label, words, cycles, cycles / base.grid.cycles]
            if psa is not None:
                binds = getattr(psa.outcomes, field)[:, s]
                row += [float((binds > 0).mean()), float(binds.mean())]
            rows.append(row)
    columns = [
        Column("Strategy"),
        Column("Cap"),
        Column("Cycles in which it binds", COUNT),
        Column("Share of cycles", SHARE),
    ]
    if psa is not None:
        columns += [
            Column("PSA draws in which it binds", SHARE),
            Column("Cycles, mean of draws", MONTHS),
        ]
    page.section("Caps", len(columns))
    page.table(columns, rows)
    if not settings.background_mortality:
        page.note("Background mortality is switched off.")
    page.note(
        f"The model has {base.grid.cycles:,} cycles of "
        f"{base.grid.months_per_cycle * DAYS_PER_MONTH:.4g} days. No draw was dropped or redrawn "
        "because a cap binds."
    )
