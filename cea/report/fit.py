"""What `cea fit` writes: figures, survival.xlsx and tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cea.analysis.survival import SurvivalAnalysis
from cea.assumptions import Assumptions
from cea.report.folder import output_folder
from cea.report.names import apart, file_name, file_names
from cea.report.outputs import write_csv
from cea.report.record import RunRecord, write_run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_TABLES = {
    "fits": "fits",
    "fit_parameters": "parameters",
    "fit_covariances": "covariances",
    "survival_rows": "rows",
    "hazard_ratios": "hazard_ratios",
    "external": "against_external",
}


def write_fit(analyses: Sequence[SurvivalAnalysis], folder: Path, record: RunRecord) -> None:
    """Write ``survival.xlsx``, the tables as CSV and every figure into ``figures/``."""
    from cea.report import charts  # matplotlib is slow to import
    from cea.report.survival_workbook import write_survival

    write_survival(folder / "survival.xlsx", analyses, record)
    for name, table in fit_tables(analyses).items():
        write_csv(table, folder / f"{name}.csv")
    for name, draw in fit_figures(analyses).items():
        charts.save(draw(), folder / "figures", name)


def save_fit(
    analyses: Sequence[SurvivalAnalysis],
    assumptions: Assumptions,
    warnings: Sequence[str],
    target: Path,
) -> None:
    """Write everything, and run.json, to a folder: all of it or nothing.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    record = RunRecord.of(assumptions, "fit")
    with output_folder(target, "fit") as folder:
        write_fit(analyses, folder, record)
        write_run(assumptions.settings, record, warnings, folder)


def fit_tables(analyses: Sequence[SurvivalAnalysis]) -> dict[str, pd.DataFrame]:
    """Name every table; the end points stand below each other."""
    import pandas as pd

    found = {}
    for name, attribute in _TABLES.items():
        parts = [getattr(analysis, attribute) for analysis in analyses]
        parts = [part for part in parts if len(part)]
        if parts:
            found[name] = pd.DataFrame(
                [row for part in parts for row in part.to_dict("records")],
                columns=list(dict.fromkeys(column for part in parts for column in part.columns)),
            )
    return found


def fit_figures(analyses: Sequence[SurvivalAnalysis]) -> dict[str, Callable[[], Figure]]:
    """Name every figure and how it is drawn."""
    from cea.report import charts
    from cea.report.charts.family_lines import GROUPS, group_fits

    points = file_names(analysis.endpoint for analysis in analyses)
    # All at once: an arm called "a joint" beside the joint fits of "a", say.
    shown = [
        (analysis, arm, joint, f"{point}_{file_name(arm)}{'_joint' * joint}")
        for analysis, point in zip(analyses, points, strict=True)
        for arm in analysis.arms
        for joint in ((False, True) if analysis.joint is not None else (False,))
    ]
    stems = apart([stem for *_, stem in shown], "_{}")
    found: dict[str, Callable[[], Figure]] = {}
    for (analysis, arm, joint, _), stem in zip(shown, stems, strict=True):
        for group in GROUPS:
            if not group_fits(analysis, arm, group, joint=joint):
                continue
            for kind, draw in (
                ("survival", charts.fitted_survival), ("hazard", charts.fitted_hazards)
            ):  # fmt: skip
                found[f"{stem}_{group}_{kind}"] = partial(draw, analysis, arm, group, joint=joint)
    for analysis, point in zip(analyses, points, strict=True):
        found[f"{point}_shapes"] = partial(charts.hazard_shapes, analysis)
        if analysis.comparisons:
            found[f"{point}_schoenfeld"] = partial(charts.schoenfeld, analysis)
            found[f"{point}_quantiles"] = partial(charts.quantile_quantile, analysis)
        if analysis.data.reconstructions:
            found[f"{point}_reconstruction"] = partial(charts.reconstructed, analysis)
    return found
