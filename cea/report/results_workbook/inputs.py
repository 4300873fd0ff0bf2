"""The inputs as a journal's first table prints them, and the rest of the model in words."""

from __future__ import annotations

from cea.analysis.tornado import input_range
from cea.assumptions import Parameter
from cea.parameters.distributions import distribution_of
from cea.parameters.draws import base_values
from cea.report.format import per_qaly
from cea.report.results_workbook import words
from cea.report.results_workbook.book import ANY, Book, Cell, Column, Row, Shown, size_format
from cea.report.results_workbook.report import Report


def write_inputs(book: Book, report: Report) -> None:
    """Write every parameter."""
    assumptions = report.assumptions
    page = book.page(
        "Inputs",
        "Inputs",
        "Low and high: the range of the tornado; where the workbook gives none, the 2.5th and "
        "97.5th percentile. Tinted: an assumption.",
        (44, 16, 10, 10, 10, 38, 12, 46, 50),
    )
    values = base_values(assumptions)
    groups = list(dict.fromkeys(p.group for p in assumptions.parameters))
    ordered = sorted(assumptions.parameters, key=lambda p: groups.index(p.group))
    page.table(
        [
            Column("Parameter"), Column("Unit"), Column("Base case", ANY), Column("Low", ANY),
            Column("High", ANY), Column("Distribution"), Column("Evidence"), Column("Source"),
            Column("Note"),
        ],
        [_parameter(report, parameter, values) for parameter in ordered],
        freeze=True,
    )  # fmt: skip
    page.note("Derived: recomputed in every draw from other parameters, by the formula shown.")


def write_model(book: Book, report: Report) -> None:
    """Write settings, curves, costs, utilities and adverse events in words."""
    page = book.page(
        "Model",
        "Model",
        "Settings, survival, costs, utilities and adverse events in words. In brackets: the "
        "formula over parameters behind a value.",
        (50, 120),
    )
    page.freeze_title()
    for heading, pairs in _sections(report):
        if pairs:
            page.pairs(heading, pairs)


def _parameter(report: Report, parameter: Parameter, values: dict[str, float]) -> Row:
    base = values[parameter.key]
    ends = input_range(report.assumptions, parameter) or (None, None)
    form = size_format(max(abs(x) for x in (base, *ends) if x is not None))
    cells: list[Cell] = [
        parameter.label or parameter.name,
        parameter.unit,
        Shown(base, form),
        *(Shown(end, form) for end in ends),
        _distribution(parameter, values),
        parameter.evidence,
        parameter.source,
        parameter.note,
    ]
    return Row(cells, "assumption" if parameter.evidence == "assumption" else "")


def _distribution(parameter: Parameter, values: dict[str, float]) -> str:
    if parameter.derived:
        return f"Derived: ={parameter.base.text}"
    if parameter.distribution == "fixed":
        return "Fixed"
    if parameter.distribution == "dirichlet":
        alpha = distribution_of(parameter, values).mean
        return f"Dirichlet ({parameter.group}; alpha {alpha:.4g})"
    words = str(distribution_of(parameter, values))
    held = "" if parameter.in_psa else "; not sampled"
    return f"{words[:1].upper()}{words[1:]}{held}"


def _sections(report: Report) -> list[tuple[str, list[tuple[str, str]]]]:
    assumptions, settings = report.assumptions, report.settings
    return [
        (
            "Settings",
            [
                ("Perspective", settings.perspective),
                ("Currency and price year", f"{settings.currency}, {settings.price_year}"),
                ("Time horizon", words.horizon(report)),
                ("Model structure", words.structure(settings)),
                ("Discounting", words.discounting(report)),
                ("Within-cycle correction", words.correction(settings)),
                ("Population", words.population(settings)),
                ("Reference strategy", report.reference),
                *(
                    ("Threshold", f"{per_qaly(t.value, settings.currency)} ({t.label})")
                    for t in assumptions.thresholds
                ),
            ],
        ),
        (
            "Survival",
            [
                (
                    f"{assumptions.labels[row.strategy]}, {row.endpoint}",
                    words.curve(row, assumptions),
                )
                for row in assumptions.curves
            ],
        ),
        (
            "Costs",
            [
                (f"{row.category}: {row.item}", words.cost(row, assumptions))
                for row in assumptions.costs
            ],
        ),
        ("Utilities", words.utilities(assumptions)),
        ("Adverse events", words.adverse_events(assumptions)),
        (
            "Correlations",
            [
                (f"{pair.a} and {pair.b}", f"{pair.value:g}")
                for pair in assumptions.correlations
                if pair.value != 0
            ],
        ),
    ]
