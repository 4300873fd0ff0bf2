"""Parameters with their deterministic, sampled and live values; PSA draws and tornado cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell

from cea.analysis.psa import Psa
from cea.analysis.tornado import Tornado
from cea.analysis.variations import variations
from cea.arrays import Array
from cea.assumptions import Parameter
from cea.formula import Binary, Call, Expression, Name, Node, Number, Unary
from cea.model.outcomes import Outcomes
from cea.report.model_workbook.building import FREE, MONEY, NUMBER, Building
from cea.report.model_workbook.cells import Column, Place, Table, absolute
from cea.report.model_workbook.layout import LEFT, Heading, Strip, print_in_pages, wide_enough
from cea.report.results_workbook.book import Page
from cea.workbook.schema import BY_NAME
from cea.workbook.styles import Look, number_format

_FIRST = 5
_PRINTED = 60  # draws
MOST_REPLAYED = 1_048_576 - _FIRST  # rows of a sheet of Excel, less those above the draws
OUTCOME = "#E9E4F0"  # behind the engine's results
_MEASURES = (("cost", "Cost", MONEY), ("ly", "LY", NUMBER), ("qaly", "QALY", NUMBER))


@dataclass(frozen=True, eq=False)
class Cases:
    """Parameter values that a selector replays.

    Attributes
    ----------
    names
        Lower-case names of the parameters, the columns of `values`.
    values
        Shape (n, k); NaN leaves a parameter alone.
    """

    names: tuple[str, ...]
    values: Array

    def position(self, parameter: Parameter) -> float:
        """Column of a parameter, from 1; 0 where it is not varied."""
        return self.names.index(parameter.key) + 1.0 if parameter.key in self.names else 0.0


def psa_cases(psa: Psa, count: int) -> Cases:
    """Return the first `count` draws of a PSA."""
    values = psa.sample.draws.values
    keys = [p.key for p in psa.assumptions.parameters]
    names = tuple(k for k in keys if not psa.assumptions.by_key[k].derived and np.ndim(values[k]))
    return Cases(names, np.stack([values[name][:count] for name in names], axis=1))


def tornado_cases(tornado: Tornado) -> tuple[Cases, list[str]]:
    """Return the ends of every bar, and what each is."""
    found = variations(tornado.assumptions)
    names = tuple(dict.fromkeys(name for one in found for name in one.columns))
    values = np.full((2 * len(found), len(names)), np.nan)
    said = []
    for k, one in enumerate(found):
        for name, ends in one.columns.items():
            values[2 * k : 2 * k + 2, names.index(name)] = ends
        said += [f"{one.parameter.label}: {end}" for end in ("low", "high")]
    return Cases(names, values), said


def write_draws(building: Building, psa: Psa | None, count: int) -> Cases | None:
    """Write the PSA's draws with the engine's outcomes."""
    if psa is None:
        return None
    cases = psa_cases(psa, count)
    count = len(cases.values)
    said = f"The first {count:,} of {psa.n:,} draws" if count < psa.n else f"All {count:,} draws"
    page = building.page(
        "PSA draws",
        "PSA draws",
        f"{said} ({psa.sampling}, seed {psa.seed}), with the engine's results. Values: type a "
        "draw's number into the draw selector of the Cover to replay it.",
        (8,),
    )
    building.headers(page, ("Draw",), _FIRST - 1)
    names = [building.assumptions.by_key[name].name for name in cases.names]
    numbers: list[float | str] = [float(k + 1) for k in range(count)]
    _write_cases(building, page, "psa", numbers, names, cases)
    _write_outcomes(building, page, "psa", psa.outcomes, slice(0, count), 1 + len(names))
    page.sheet.freeze_panes(_FIRST, 1)
    print_in_pages(page, _FIRST - 1, 1, scale=60)
    # A page of draws is enough on paper.
    page.sheet.print_area(_FIRST - 1, 0, _FIRST + _PRINTED, page.sheet.dim_colmax)
    return cases


def write_cases(building: Building, tornado: Tornado | None) -> Cases | None:
    """Write the ends of the tornado's bars with the engine's outcomes."""
    if tornado is None:
        return None
    cases, said = tornado_cases(tornado)
    page = building.page(
        "Tornado cases",
        "Tornado cases",
        "One-way sensitivity analysis: the values at the ends of every bar, with the engine's "
        "results. Type a case's number into the case selector of the Cover to replay it.",
        (8, 52),
    )
    numbers: list[float | str] = [float(k + 1) for k in range(len(said))]
    building.headers(page, ("Case", "What"), _FIRST - 1)
    table = Table(building.cells, page, "case", _FIRST, len(said))
    table.fill("", numbers, building.style(Look.KEY, "0"))
    table.fill("said", said, building.style(Look.TEXT, **LEFT))
    names = [building.assumptions.by_key[name].name for name in cases.names]
    _write_cases(building, page, "case", numbers, names, cases, left=2)
    _write_outcomes(building, page, "case", tornado.outcomes, slice(1, None), 2 + len(names))
    page.sheet.freeze_panes(_FIRST, 2)
    print_in_pages(page, _FIRST - 1, 2, scale=60)
    return cases


def _write_cases(
    building: Building, page: Page, prefix: str, numbers: list[float | str], names: list[str],
    cases: Cases, *, left: int = 1,
) -> None:  # fmt: skip
    """Write a block of parameter values, and register it."""
    widths = [wide_enough(name, 12) for name in names]
    for k, (name, width) in enumerate(zip(names, widths, strict=True)):
        page.sheet.set_column(left + k, left + k, width)
        building.headers(page, (Heading(name, number=True),), _FIRST - 1, left + k)
    key = building.style(Look.KEY, "0")
    by_key = building.assumptions.by_key
    styles = [
        building.style(Look.FORMULA, _number(building, by_key[name]), text_wrap=False)
        for name in cases.names
    ]
    for i, row in enumerate(cases.values.tolist()):
        page.write(_FIRST + i, 0, numbers[i], key)
        for j, x in enumerate(row):
            if not np.isnan(x):
                page.sheet.write_number(_FIRST + i, left + j, x, styles[j])
    building.cells.put(f"{prefix}.block", Place(page.name, _FIRST, left, cases.values))


def _write_outcomes(
    building: Building, page: Page, prefix: str, outcomes: Outcomes, rows: slice, column: int
) -> None:
    """Write costs, life-years and QALYs of every strategy as the engine found them."""
    page.sheet.set_row(_FIRST - 1, 30)
    measured = {"cost": outcomes.cost, "ly": outcomes.total_ly, "qaly": outcomes.total_qaly}
    for s, name in enumerate(outcomes.strategies):
        for measure, header, number in _MEASURES:
            values = measured[measure][rows, s]
            heading = Heading(f"{header}, {name}", number=True)
            building.headers(page, (heading,), _FIRST - 1, column)
            style = building.style(Look.FORMULA, number, text_wrap=False, bg_color=OUTCOME)
            page.sheet.write_column(_FIRST, column, values.tolist(), style)
            page.sheet.set_column(column, column, wide_enough(heading.text, 14))
            building.cells.put(f"{prefix}.{measure}{s}", Place(page.name, _FIRST, column, values))
            column += 1


_NOTES = {
    "Base": "The input. Change it here; grey ones are formulas over other parameters.",
    "Deterministic": "Base, where a formula takes the other parameters' deterministic values: "
    "neither draw nor tornado case.",
    "Sampled": "The value of the PSA draw selected on the Cover; empty without one, or where the "
    "parameter is not sampled.",
    "Tornado case": "The value of the tornado case selected on the Cover; empty without one, while "
    "a draw is selected, or where the case leaves the parameter alone.",
    "Live": "What the model uses, and what the parameter's name stands for in every formula: "
    "sampled, else tornado case, else Base.",
    "Column, PSA draws": "Helper: position among the parameters of that sheet; 0: not sampled.",
    "Column, Tornado cases": "Helper: position among the parameters of that sheet; 0: not varied.",
    "Follows other parameters": "Helper. yes: Base is a formula, recomputed from live values in "
    "every draw and case.",
}
_FIXED = "\nFixed by the export: draws and tornado cases are values."
_NUMBERS = ("Low", "High", "SE", "Par1", "Par2", "Base", *_NOTES)
_COLUMNS = {
    "Name": 26, "Label": 44, "Unit": 18, "Base": 13, "Deterministic": 14, "Sampled": 12,
    "Tornado case": 12, "Live": 13, "Low": 12, "High": 12, "Distribution": 13, "SE": 10,
    "Par1": 10, "Par2": 10, "In DSA": 8, "In PSA": 8, "Evidence": 12, "Source": 56, "Note": 60,
    "Column, PSA draws": 10, "Column, Tornado cases": 10, "Follows other parameters": 13,
}  # fmt: skip


def write_parameters(building: Building, drawn: Cases | None, varied: Cases | None) -> None:
    """Write every parameter with its deterministic, sampled and live value."""
    a, cells = building.assumptions, building.cells
    page = building.page(
        "Parameters",
        "Parameters",
        "Change Base. Live is what the model uses, and what a parameter's name stands for: Base, "
        "or the draw or the tornado case selected on the Cover.",
        _COLUMNS.values(),
    )
    headers = list(_COLUMNS)
    building.headers(page, [_heading(name) for name in headers], page.row)
    found = a.parameters
    table = Table(cells, page, "par", page.row + 1, len(found))
    text = building.style(Look.TEXT, **LEFT)
    forms = [_number(building, p) for p in found]
    formulas = [building.style(Look.FORMULA, form) for form in forms]
    _define_names(building, table, column=headers.index("Live"))
    table.fill("", [p.name for p in found], building.style(Look.KEY))
    table.fill("", [p.label for p in found], text)
    table.fill("", [p.unit for p in found], text)
    looks = [
        building.style(_look(p), form, text_wrap=False)
        for p, form in zip(found, forms, strict=True)
    ]
    table.fill("base", [p.base for p in found], looks)
    _deterministic(building, table, formulas)
    here, table.column = table.column, headers.index("Column, PSA draws")
    for key, values in (
        ("in_psa", [drawn.position(p) if drawn else 0.0 for p in found]),
        ("in_case", [varied.position(p) if varied else 0.0 for p in found]),
        ("follows", ["yes" if p.derived else "no" for p in found]),
    ):
        table.fill(key, values, building.style(Look.FORMULA, "0", align="right"))
    table.column = here
    none = '=IF({select.draw}=0,"","")'
    pick = "INDEX({{{0}.block:}},{{{1}}},{{{2}}})"
    sampled = pick.format("psa", "select.draw", "in_psa")
    case = pick.format("case", "select.case", "in_case")
    columns = (
        Column("sampled", "", none if drawn is None else
               f'=IF(OR({{select.draw}}=0,{{in_psa}}=0),"",{sampled})', by_row=True),
        Column("case", "", none if varied is None else
               f'=IF(OR({{select.draw}}<>0,{{select.case}}=0,{{in_case}}=0),"",IF({case}="","",{case}))',
               by_row=True),
        Column("live", "", '=IF({sampled}<>"",{sampled},IF({case}<>"",{case},'
               'IF({follows}="yes",{base},{deterministic})))', by_row=True),
    )  # fmt: skip
    for spec in columns:
        bold = {"bold": True, "bg_color": "#DCE8EC"} if spec.key == "live" else {}
        table.add(spec, [building.style(Look.FORMULA, form, **bold) for form in forms])
    _fill_rest(building, table)
    for k, p in enumerate(found):
        page.fit(table.first + k, _texts(p))
    page.sheet.freeze_panes(table.first, 1)
    starts = [headers.index(name) for name in ("Name", "Low", "Evidence")]
    strip = Strip([float(width) for width in _COLUMNS.values()], starts)
    print_in_pages(page, table.first - 1, 1, scale=65, strip=strip)


def _heading(name: str) -> Heading:
    """Return a column's heading, with what the column holds."""
    number, helper = name in _NUMBERS, name.startswith(("Column,", "Follows"))
    if name in _NOTES:
        return Heading(name, _NOTES[name], number, helper)
    fixed = "" if name in ("Name", "Label", "Unit", "Evidence", "Source", "Note") else _FIXED
    return Heading(name, BY_NAME["Parameters"].column(name).description + fixed, number)


def _look(parameter: Parameter) -> Look:
    if parameter.base.is_formula:
        return Look.FORMULA
    return Look.ASSUMPTION if parameter.evidence == "assumption" else Look.INPUT


def _number(building: Building, parameter: Parameter) -> str:
    """Return the number format of a parameter's unit, with digits enough for its value."""
    base = BY_NAME["Parameters"].column("Base")
    form = number_format(base, parameter.unit, building.settings.currency)
    value = building.cells.parameters[parameter.key]
    decimals = len(form.partition(".")[2])
    return form if value == 0 or abs(value) >= 10.0 ** (1 - decimals) else FREE


def _texts(parameter: Parameter) -> list[str]:
    """Return what may take several lines in each column."""
    found = {"Name": parameter.name, "Label": parameter.label, "Unit": parameter.unit,
             "Source": parameter.source, "Note": parameter.note}  # fmt: skip
    return [found.get(name, "") for name in _COLUMNS]


def _fill_rest(building: Building, table: Table) -> None:
    """Write what the parameter sheet says of each parameter besides."""
    found, text = building.assumptions.parameters, building.style(Look.TEXT, **LEFT)
    number = building.style(Look.FORMULA, "General", text_wrap=False)
    fixed = building.style(Look.FORMULA, **LEFT)
    for name in ("low", "high"):
        table.fill("", [getattr(p, name) for p in found], number)
    table.fill("", [p.distribution for p in found], fixed)
    for name in ("se", "par1", "par2"):
        table.fill("", [getattr(p, name) for p in found], number)
    for name in ("in_dsa", "in_psa"):
        table.fill("", ["yes" if getattr(p, name) else "no" for p in found], fixed)
    for name in ("evidence", "source", "note"):
        table.fill("", [getattr(p, name) for p in found], text)


def _define_names(building: Building, table: Table, column: int) -> None:
    """Let a parameter's name stand for its live value."""
    for k, parameter in enumerate(building.assumptions.parameters):
        place = Place(table.page.name, table.first + k, column, 0.0)
        building.book.workbook.define_name(parameter.name, f"={absolute(place)}")


def _deterministic(building: Building, table: Table, styles: Sequence[Any]) -> None:
    """Write the value of every parameter with neither draw nor case.

    A formula refers to the deterministic values of other parameters, not to their live ones.
    """
    page, cells = table.page, building.cells
    rows = {p.key: table.first + k for k, p in enumerate(building.assumptions.parameters)}
    column = table.column
    own = {
        key: absolute(Place(page.name, row, column, 0.0), page.name) for key, row in rows.items()
    }
    values = []
    for parameter, style in zip(building.assumptions.parameters, styles, strict=True):
        value = cells.parameters[parameter.key]
        row = rows[parameter.key]
        if parameter.base.is_formula:
            text = f"={render(parameter.base, own)}"
        else:
            text = "=" + xl_rowcol_to_cell(row, column - 1)
        page.sheet.write_formula(row, column, text, style, value)
        values.append(value)
    cells.put(table.key("deterministic"), Place(page.name, table.first, column, np.array(values)))
    table.column += 1


def render(expression: Expression, addresses: Mapping[str, str]) -> str:
    """Write a formula of the analyst's with addresses in place of parameter names."""
    return _render(expression.node, addresses)


def _render(node: Node, addresses: Mapping[str, str]) -> str:
    """Every operation in parentheses: precedence is then beyond doubt."""
    match node:
        case Number(value):
            return repr(value)
        case Name(name):
            return addresses[name]
        case Unary("%", operand):
            return f"({_render(operand, addresses)}%)"
        case Unary(operator, operand):
            return f"({operator}{_render(operand, addresses)})"
        case Binary(operator, left, right):
            return f"({_render(left, addresses)}{operator}{_render(right, addresses)})"
        case Call(function, arguments):
            return f"{function}({','.join(_render(x, addresses) for x in arguments)})"
