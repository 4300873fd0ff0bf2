"""The sheet of one end point: everything a reviewer asks of its curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from cea.analysis.survival import WARNING, PublishedFigure, SurvivalAnalysis
from cea.analysis.survival_notes import disagreements
from cea.report.format import family_name
from cea.report.results_workbook.book import (
    COUNT,
    MONTHS,
    PERCENT,
    WHOLE,
    Book,
    Cell,
    Column,
    Page,
    Row,
    Shown,
    size_format,
)

NOT_REACHED, INFINITE = "Not reached", "Infinite"
_AIC = "0.0"
_POINTS = "+0.0%;−0.0%;0.0%"
_LANDMARKS_BEFORE = 10  # columns before those of the landmarks


def write_endpoint(book: Book, analysis: SurvivalAnalysis, name: str) -> None:
    """Write the sheet of an end point, called `name`."""
    many = len(analysis.landmarks)
    page = book.page(
        name,
        f"Survival analysis: {analysis.endpoint}",
        f"Times in months. Restricted means run to the horizon, month {analysis.horizon:g}.",
        (32, *[12.5] * (_LANDMARKS_BEFORE + many + 1), 30),
    )
    page.freeze_title()
    _patients(page, analysis)
    _effects(page, analysis)
    breaks = [_fits(page, analysis), page.row]
    _external(page, analysis)
    _reconstruction(page, analysis)
    if breaks[1] < page.row:
        page.sheet.set_h_pagebreaks(breaks)


def _patients(page: Page, analysis: SurvivalAnalysis) -> None:
    rows: list[list[Cell]] = []
    for arm in analysis.arms:
        curve = analysis.curves[arm]
        n, events = int(curve.at_risk[0]), int(curve.events.sum())
        at = curve.at(np.array(analysis.landmarks)).tolist()
        end = analysis.follow_up(arm)
        seen = [s if t <= end else None for t, s in zip(analysis.landmarks, at, strict=True)]
        rows.append([
            analysis.label(arm), n, events, (n - events) / n, _time(curve.quantile()), end,
            float(curve.survival[-1]), curve.restricted_mean(end), *seen,
        ])  # fmt: skip
    columns = [
        Column("Kaplan–Meier"), Column("Patients", COUNT), Column("Events", COUNT),
        Column("Censored", PERCENT), Column("Median", MONTHS), Column("Last time", MONTHS),
        Column("Survival at it", PERCENT), Column("Mean up to it", MONTHS),
        *(Column(f"At month {t:g}", PERCENT) for t in analysis.landmarks),
    ]  # fmt: skip
    page.section("Patients", len(columns))
    page.table(columns, rows)


def _time(value: float, word: str = NOT_REACHED) -> Cell:
    return word if math.isinf(value) else value


def _effects(page: Page, analysis: SurvivalAnalysis) -> None:
    if not analysis.comparisons:
        return
    ratio, p = "0.000", "0.000"
    rows: list[list[Cell]] = []
    for row in analysis.hazard_ratios.to_dict("records"):
        name = f"{analysis.label(row['strategy'])} versus {analysis.label(row['reference'])}"
        rows.append([
            name, row["hazard_ratio"], row["low"], row["high"], row["published"],
            row["log_hazard_ratio"], row["standard_error"], row["p"], row["ph_p_km"],
            row["ph_p_identity"], row["time_ratio"],
        ])  # fmt: skip
    page.section("Effect of treatment", 11)
    page.table([
        Column("Comparison"), Column("Hazard ratio", ratio), Column("Lower 95%", ratio),
        Column("Upper 95%", ratio), Column("Published", ratio),
        Column("Log hazard ratio", "0.0000"), Column("Standard error", "0.0000"),
        Column("p", p), Column("PH test p, 1 − S", p),
        Column("PH test p, time", p), Column("Ratio of times", ratio),
    ], rows)  # fmt: skip
    page.note(
        "Cox regression, ties by Efron's rule. PH test: Grambsch and Therneau's of proportional "
        "hazards, against 1 minus the Kaplan–Meier curve and against time; a small p speaks "
        "against them."
    )
    page.note(
        "Ratio of times: median ratio of the quantiles of the two Kaplan–Meier curves, the time "
        "ratio if time is accelerated by a factor."
    )
    for one in analysis.comparisons:
        if one.reason:
            page.note(one.reason)
    for arm, said in disagreements(analysis).items():
        page.note(f"Warning: {analysis.label(arm)}: {said}.")
    page.row += 1


def _fits(page: Page, analysis: SurvivalAnalysis) -> int:
    """Write every fit; returns the row at which the joint ones begin."""
    columns = _fit_columns(analysis)
    joint = page.row
    table = analysis.fits
    for one in analysis.sets:
        joint = page.row if one.joint else joint
        fitted = table[table["fit"] == one.how]
        for arm in analysis.arms if one.joint else (one.arm,):
            own = fitted[fitted["strategy"] == arm].to_dict("records")
            if not own:
                continue
            heading = f"Fitted to {analysis.label(arm)} on its own"
            if one.joint:
                heading = f"Fitted to all strategies jointly: the curve of {analysis.label(arm)}"
            page.section(heading, len(columns))
            page.table(columns, [_fit_row(analysis, row) for row in own])
        for failure in one.ranking.failures:
            page.note(f"Not fitted: {family_name(failure.label)}: {failure.reason}.")
    page.note(WARNING)
    page.note(
        "Green: the lowest AIC. Differences are from the lowest. Mean: without a horizon. Last "
        "time: the end of the strategy's own follow-up."
    )
    page.row += 1
    return joint


def _fit_columns(analysis: SurvivalAnalysis) -> list[Column]:
    return [
        Column("Family"), Column("AIC", _AIC), Column("Difference", _AIC), Column("Rank", WHOLE),
        Column("BIC", _AIC), Column("Difference", _AIC), Column("Rank", WHOLE),
        Column("Median", MONTHS), Column("Mean", MONTHS), Column("Restricted mean", MONTHS),
        *(Column(f"At month {t:g}", PERCENT) for t in analysis.landmarks),
        Column("At the last time", PERCENT), Column("At the horizon", "0.00%"),
        Column("Convergence"),
    ]  # fmt: skip


def _fit_row(analysis: SurvivalAnalysis, row: dict[Any, Any]) -> Row:
    starts, agreeing = row["starts"], row["agreeing"]
    said = f"{agreeing} of {starts} starts agree"
    if row["warnings"]:
        said = f"{said}; {row['warnings']}"
    cells: list[Cell] = [
        family_name(row["family"]), row["aic"], row["aic_difference"], row["aic_rank"],
        row["bic"], row["bic_difference"], row["bic_rank"], _time(row["median"]),
        _time(row["mean"], INFINITE), row["restricted_mean"],
        *(row[f"survival_{t:g}"] for t in analysis.landmarks),
        row["survival_follow_up"], row["survival_horizon"], said,
    ]  # fmt: skip
    return Row(cells, "best" if row["aic_rank"] == 1 else "")


def _external(page: Page, analysis: SurvivalAnalysis) -> None:
    table = analysis.against_external
    for one in analysis.sets:
        for arm in analysis.arms if one.joint else (one.arm,):
            own = table[(table["fit"] == one.how) & (table["strategy"] == arm)]
            points = analysis.external(arm)
            if own.empty:
                continue
            columns = [Column("Model less external")]
            for point in points:
                columns += [
                    Column(f"{point.source or 'External'}, month {point.month:g}", PERCENT),
                    Column("Model", PERCENT), Column("Difference", _POINTS), Column("In range"),
                ]  # fmt: skip
            rows: list[list[Cell]] = []
            for family, group in own.groupby("family", sort=False):
                cells: list[Cell] = [family_name(str(family))]
                for row in group.to_dict("records"):
                    inside = row["in_range"]
                    cells += [
                        row["external"], row["model"], row["difference"],
                        "–" if inside is None else "yes" if inside else "no",
                    ]  # fmt: skip
                rows.append(cells)
            how = "jointly" if one.joint else "on its own"
            page.section(f"External evidence: {analysis.label(arm)}, fitted {how}", len(columns))
            page.table(columns, rows)


def _reconstruction(page: Page, analysis: SurvivalAnalysis) -> None:
    for arm, made in analysis.data.reconstructions.items():
        page.section(f"Reconstruction: {analysis.label(arm)}", 6)
        _published(page, made.report.comparisons, "Published or read off")
        page.note(
            f"The clicks lie {made.report.rmse:.4f} off the reconstructed curve (root mean "
            f"square), {made.report.max_deviation:.4f} at most."
        )
        for warning in made.report.warnings:
            page.note(f"Warning: {warning}")
        page.row += 1
    for arm, compared in analysis.data.compared.items():
        page.section(f"Published figures: {analysis.label(arm)}", 6)
        _published(page, compared, "Published")


def _published(page: Page, compared: Sequence[PublishedFigure], heading: str) -> None:
    rows: list[list[Cell]] = []
    for one in compared:
        number = size_format(one.published) if math.isfinite(one.published) else "0"
        values = (one.published, one.reconstructed)
        shown: list[Cell] = [Shown(NOT_REACHED if math.isinf(v) else v, number) for v in values]
        finite = all(math.isfinite(v) for v in values)
        off = Shown(values[1] - values[0] if finite else None, number)
        agrees = ("yes" if one.agrees else "NO") if one.judged else "–"
        rows.append([
            one.quantity[:1].upper() + one.quantity[1:], *shown, off, agrees,
            "read off" if one.read else "printed",
        ])  # fmt: skip
    page.table([
        Column("Quantity"), Column(heading, "0.000"), Column("From the patients", "0.000"),
        Column("Difference", "0.000"), Column("Agrees"), Column("Source"),
    ], rows)  # fmt: skip
