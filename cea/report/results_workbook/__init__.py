"""The results workbook: tables as an economist pastes them, and native charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cea.report.record import RunRecord
from cea.report.results import Results
from cea.report.results_workbook.book import Book
from cea.report.results_workbook.convergence import write_convergence
from cea.report.results_workbook.families import write_families
from cea.report.results_workbook.information import write_information
from cea.report.results_workbook.inputs import write_inputs, write_model
from cea.report.results_workbook.loss import write_histograms, write_loss
from cea.report.results_workbook.plane import write_plane
from cea.report.results_workbook.probabilistic import write_ceac, write_psa
from cea.report.results_workbook.report import Report
from cea.report.results_workbook.scenarios import write_scenario_changes, write_scenarios
from cea.report.results_workbook.subgroups import write_subgroups
from cea.report.results_workbook.summary import write_summary, write_warnings
from cea.report.results_workbook.survival import write_survival
from cea.report.results_workbook.tables import (
    write_base_case,
    write_disaggregation,
    write_incremental,
)
from cea.report.results_workbook.thresholds import write_threshold
from cea.report.results_workbook.tornado import write_tornado
from cea.report.results_workbook.trace import write_trace
from cea.report.results_workbook.two_way import write_two_way

__all__ = ["write_results"]

_Writer = Callable[[Book, Report], None]

# Name, description for the contents, what writes it, and the result without which it is left out.
_SHEETS: tuple[tuple[str, str, _Writer, str], ...] = (
    ("Base case", "Costs, life-years, QALYs, ICER and net benefit", write_base_case, ""),
    ("Incremental", "Fully incremental analysis with dominance", write_incremental, ""),
    ("Disaggregation", "Costs by category, state and item; life-years and QALYs by state",
     write_disaggregation, ""),
    ("Survival", "Medians and means of the curves used; evidence and external "
     "points beside them; how often caps bind", write_survival, ""),
    ("Trace", "State occupancy by cycle and how it comes about, with charts", write_trace, ""),
    ("Tornado", "One-way sensitivity analysis, with charts", write_tornado, "tornado"),
    ("Two-way", "Net benefit over the two widest inputs, with the ICER at the corners",
     write_two_way, "two_way"),
    ("Threshold", "Where the decision switches, value-based price and discounts",
     write_threshold, "threshold"),
    ("Scenarios", "Scenario analyses beside the base case", write_scenarios, "scenarios"),
    ("Scenario changes", "What each scenario changes, with charts", write_scenario_changes,
     "scenarios"),
    ("Subgroups", "Results by subgroup of the patients, and weighted", write_subgroups,
     "subgroups"),
    ("Families", "Every survival family for every fitted curve", write_families, "families"),
    ("PSA", "Probabilistic means, 95% intervals, expected loss and EVPI", write_psa, "psa"),
    ("Plane", "Cost-effectiveness plane: draws, their mean and the base case, with charts",
     write_plane, "psa"),
    ("CEAC", "Acceptability curves, frontier and EVPI by willingness to pay", write_ceac, "psa"),
    ("Expected loss", "Expected loss of every choice by willingness to pay", write_loss, "psa"),
    ("Histograms", "How net benefit, costs and QALYs are spread over the draws", write_histograms,
     "psa"),
    ("Convergence", "Monte-Carlo error of the PSA, draws needed, and intervals of the ICER",
     write_convergence, "precision"),
    ("Value of information", "EVPI, and what each input and group of inputs is worth knowing",
     write_information, "voi"),
    ("Inputs", "Every input with range, distribution, evidence and source", write_inputs, ""),
    ("Model", "Settings, survival, costs, utilities and adverse events in words", write_model, ""),
    ("Warnings", "What a reader of the results should know", write_warnings, ""),
)  # fmt: skip


def write_results(
    path: str | Path, found: Results, record: RunRecord, warnings: Sequence[str]
) -> None:
    """Write the results workbook.

    Parameters
    ----------
    path
        The file to write.
    found
        What was found, the base case among it; the sheets of an analysis that is None are left out.
    record
        What was run.
    warnings
        What a reader should know.
    """
    assert found.base is not None, "every results workbook shows the base case"
    report = Report(found.base, found, record, warnings)
    sheets = [one for one in _SHEETS if not one[3] or getattr(found, one[3]) is not None]
    book = Book(Path(path), report.settings.title, f"{record.workbook}, SHA-256 {record.digest}")
    write_summary(book, report, [(name, description) for name, description, _, _ in sheets])
    for _, _, write, _ in sheets:
        write(book, report)
    book.close()
