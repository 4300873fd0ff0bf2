"""The input sheets of the live workbook: curves, costs, utilities, adverse events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cea.assumptions import Period, SurvivalCurve, SurvivalTable
from cea.report.model_workbook.building import FREE, MONEY, NUMBER, Building
from cea.report.model_workbook.cells import Column, Table
from cea.report.model_workbook.layout import LEFT, Heading
from cea.report.model_workbook.settings import periods_of
from cea.report.results_workbook.book import Page
from cea.survival.of_curve import family_of
from cea.workbook.dropdowns import validation
from cea.workbook.schema import BY_NAME, CYCLE_UNITS, Kind
from cea.workbook.styles import Look

_APART = 5  # columns from one tabulated curve to the next
_WIDTHS = {
    "Strategy": 18, "Endpoint": 10, "Method": 14, "Family": 32, "Reference strategy": 16,
    "Hazard ratio": 10, "Data set": 12, "Waning start": 10, "Waning end": 10,
}  # fmt: skip
_NOTES = {
    "From, used": "From month, or 0 where it is blank.",
    "To, used": "To month, or past the horizon where it is blank.",
    "Units a cycle": "Amounts in a cycle: its length over that of the period. 1 for single events.",
    "Every": "Of a row of repeated charges: the time between them, in the unit beside it. Both "
    "count, not the text of Per.",
    "Unit": "Of the time between charges.",
    "Months between charges": "Every, in months; 0 where charges are not repeated.",
}


def _rule(sheet: str, column: str) -> dict[str, Any] | None:
    """Return the limits of an input, as the input workbook has them."""
    return validation(sheet, BY_NAME[sheet].column(column), lambda _: "")


def _limit(building: Building, table: Table, sheet: str, name: str) -> None:
    """Set the limits of the column that is filled next."""
    rule = _rule(sheet, name)
    said = rule["error_message"] if rule else ""
    building.allow(table.page, table.first, table.column, rule, table.count, said)


def look(building: Building, cell: Any, number: str = FREE, *, assumed: bool = False) -> Any:
    """Return the style of an input: plain where there is none, grey where it is a formula."""
    if cell is None:
        return building.style(Look.TEXT)
    if getattr(cell, "is_formula", False):
        return building.style(Look.FORMULA, number)
    return building.style(Look.ASSUMPTION if assumed else Look.INPUT, number)


def _fit(page: Page, table: Table, texts: Sequence[Sequence[str]]) -> None:
    """Make the rows of a table as high as their texts need."""
    for i, row in enumerate(texts):
        page.fit(table.first + i, row)


def write_survival(building: Building) -> None:
    """Write the curves as the Survival sheet states them, and tabulated curves."""
    curves = building.assumptions.curves
    pars = max((len(c.parameters) for c in curves), default=0)
    knots = max((len(c.spline[1]) for c in curves if c.spline), default=0)
    waned = any(c.waning for c in curves)
    names = ["Strategy", "Endpoint", "Method", "Family"]
    names += [f"Par{k + 1}" for k in range(pars)]
    names += [f"Knot{k + 1}" for k in range(knots)]
    names += ["Reference strategy", "Hazard ratio"]
    names += ["Waning start", "Waning end"] if waned else []
    names += ["Data set"] if any(c.table for c in curves) else []
    page = building.page(
        "Survival",
        "Survival",
        "One row for each curve. Parameters, knots, hazard ratios and waning are live; method and "
        "family are fixed by the export. Time is in months.",
        [_WIDTHS.get(name, 12) for name in names],
    )
    building.headers(page, [_heading("Survival", name) for name in names], page.row)
    table = Table(building.cells, page, "curve", page.row + 1, len(curves))
    text = building.style(Look.TEXT, **LEFT)
    table.fill("", [c.strategy for c in curves], building.style(Look.KEY))
    for label in ("endpoint", "method"):
        table.fill("", [getattr(c, label) for c in curves], text)
    families = [_family(c) for c in curves]
    table.fill("", families, text)
    for k in range(pars):
        cells = [c.parameters[k] if k < len(c.parameters) else None for c in curves]
        table.fill(f"par{k}", cells, [look(building, cell) for cell in cells])
    for k in range(knots):
        ends = [c.spline[1][k] if c.spline and k < len(c.spline[1]) else None for c in curves]
        table.fill(f"knot{k}", ends, [look(building, x) for x in ends])
    table.fill("", [c.reference if c.needs_reference else None for c in curves], text)
    _limit(building, table, "Survival", "Hazard ratio")
    ratios = [c.hazard_ratio for c in curves]
    table.fill("ratio", ratios, [look(building, cell) for cell in ratios])
    for edge in ("start", "end") if waned else ():
        _limit(building, table, "Survival", f"Waning {edge}")
        edges = [None if c.waning is None else getattr(c.waning, edge) for c in curves]
        table.fill(f"waning_{edge}", edges, [look(building, cell) for cell in edges])
    if "Data set" in names:
        table.fill("", [_data_set(building, k) for k in range(len(curves))], text)
    _fit(page, table, [("", "", "", family) for family in families])
    page.sheet.freeze_panes(table.first, 2)
    page.sheet.repeat_rows(table.first - 1)
    if any(c.table for c in curves):
        _write_tables(building)


def _heading(sheet: str, name: str) -> Heading:
    """Return the heading of an input's column, with the note of the input workbook."""
    known = {column.name: column for column in BY_NAME[sheet].columns}
    if name.startswith("Knot"):
        return Heading(name, "Logarithm of months.", number=True)
    field = known[name]
    unit = f"\nUnit: {field.unit}." if field.unit else ""
    return Heading(name, field.description + unit, number=field.kind in (Kind.VALUE, Kind.NUMBER))


def _family(curve: SurvivalCurve) -> str:
    """Name a family, with its parameters in their order."""
    if not curve.family:
        return ""
    family = family_of(curve)
    return f"{family.label}: {', '.join(p.name for p in family.parameters)}"


def tables(building: Building) -> list[SurvivalTable]:
    """List the tabulated curves, each once."""
    return list(dict.fromkeys(c.table for c in building.assumptions.curves if c.table is not None))


def _data_set(building: Building, position: int) -> str | None:
    curve = building.assumptions.curves[position]
    if curve.table is None:
        return None
    return f"table {tables(building).index(curve.table) + 1}"


def _write_tables(building: Building) -> None:
    """Write the points of tabulated curves, with the cumulative hazard between them."""
    page = building.page(
        "Curves",
        "Tabulated survival curves",
        "The cumulative hazard is interpolated linearly between points; the last hazard is held "
        "beyond the end.",
        (14, 14),
    )
    for k, one in enumerate(tables(building)):
        time, survival = list(one.time), list(one.survival)
        if time[0] > 0:
            time, survival = [0.0, *time], [1.0, *survival]
        left = _APART * k
        table = Table(building.cells, page, f"table{k}", 6, len(time), left)
        heads = (Heading("Time, months", number=True), Heading("Survival", number=True))
        building.headers(page, heads, 5, left)
        page.sheet.set_column(left, left + 1, 14)
        page.write(4, left, f"table {k + 1}", building.style(Look.SECTION))
        live = building.style(Look.INPUT, FREE)
        building.allow(page, 6, left + 1, _rule("Curves", "Survival"), len(time))
        table.fill("time", time, live)
        table.fill("S", survival, live)
        rate = "({H+1}-{H})/({time+1}-{time})"
        columns = (
            Column("H", "Cumulative hazard", "=IF({S}>0,-LN({S}),EXP({limit.exponent}))"),
            Column("slope", "Hazard per month from here", f"=IF({{S+1}}>0,{rate},SUM({{slope-1}}))",
                   by_row=True),
        )  # fmt: skip
        building.columns(table, columns, width=14)
    page.sheet.freeze_panes(6, 0)
    page.sheet.repeat_rows(4, 5)


def write_costs(building: Building) -> None:
    """Write the cost rows, with the units that each charges in a cycle."""
    a = building.assumptions
    page = building.page(
        "Costs",
        "Costs",
        "Yellow: amounts, months and periods are live. Grey amounts are formulas over parameters; "
        "grey headings are helper columns, which the strategies' sheets use.",
        (30, 22, 14, 18, 9, 9, 14, 17, 13, 44, 9, 9, 11, 11, 11, 12),
    )
    names = [_heading("Costs", column.name) for column in BY_NAME["Costs"].columns]
    helpers = [
        Heading(name, _NOTES[name], number=True, helper=True)
        for name in ("From, used", "To, used", "Units a cycle", "Months between charges")
    ]
    repeated = [Heading("Every", _NOTES["Every"], number=True), Heading("Unit", _NOTES["Unit"])]
    building.headers(page, [*names, *repeated, *helpers], page.row)
    table = Table(building.cells, page, "cost", page.row + 1, len(a.costs))
    text = building.style(Look.TEXT, **LEFT)
    table.fill("", [c.item for c in a.costs], building.style(Look.KEY))
    table.fill("category", [c.category for c in a.costs], text)
    table.fill("", [c.strategy or "all" for c in a.costs], text)
    table.fill("", [c.applies_to for c in a.costs], text)
    for edge in ("from_month", "to_month"):
        _limit(building, table, "Costs", f"{edge.partition('_')[0].capitalize()} month")
        edges = [getattr(c, edge) for c in a.costs]
        # A blank may be filled in, but for what is charged at entry, which heeds no months.
        live = [
            look(building, 0.0 if x is None and c.applies_to != "entry" else x, "General")
            for x, c in zip(edges, a.costs, strict=True)
        ]
        table.fill(edge, edges, live, blank="")
    _limit(building, table, "Costs", "Amount")
    amounts = [look(building, c.amount, MONEY, assumed=c.evidence == "assumption") for c in a.costs]
    table.fill("amount", [c.amount for c in a.costs], amounts)
    _periods(building, table, text)
    table.fill("", [c.evidence for c in a.costs], text)
    table.fill("", [c.source for c in a.costs], text)
    _repeated(building, table)
    end = "({set.cycles}+1)*{set.months_per_cycle}"
    rate = "{set.months_per_cycle}/INDEX({period.months:},MATCH({per},{period.name:},0))"
    whole = '({per}="")+({per}="cycle")+({per}="event")+({every}>0)'
    gap = "INDEX({period.months:},MATCH({every_unit},{period.name:},0))"
    number = building.style(Look.FORMULA, "0.0000", text_wrap=False)
    for spec in (
        Column("from", "", '=IF({from_month}="",0,{from_month})', by_row=True),
        Column("to", "", f'=IF({{to_month}}="",{end},{{to_month}})', by_row=True),
        # A period that the table lacks is no number, and no total is one then.
        Column("units", "", f"=IF({whole}>0,1,{rate})", by_row=True),
        Column("gap", "", f"=IF({{every}}=0,0,{{every}}*{gap})", by_row=True),
    ):
        table.add(spec, number)
    _fit(page, table, [(c.item, c.category, "", "", "", "", "", "", "", c.source) for c in a.costs])
    page.sheet.freeze_panes(table.first, 1)
    page.sheet.repeat_rows(table.first - 1)


def _periods(building: Building, table: Table, text: Any) -> None:
    """Fill the column of periods: live where an amount accrues."""
    costs = building.assumptions.costs
    per = [f"every {c.every}" if c.every else str(c.per) for c in costs]
    accrues = [isinstance(c.per, Period) or c.per == "cycle" for c in costs]
    for k, live in enumerate(accrues):
        if live:
            known = [*(str(period) for period in periods_of([costs[k]])), "cycle"]
            building.choice(table.page, table.first + k, table.column, known,
                            "The period that the amount is for.")  # fmt: skip
    table.fill("per", per, [building.style(Look.INPUT, **LEFT) if x else text for x in accrues])


def _repeated(building: Building, table: Table) -> None:
    """Fill the time between repeated charges and its unit, which Per says too: both are live."""
    every = [cost.every for cost in building.assumptions.costs]
    for k, period in enumerate(every):
        if period is None:
            continue
        building.allow(
            table.page, table.first + k, table.column,
            {"validate": "decimal", "criteria": ">", "value": 0, "error_title": "Every",
             "error_message": "A number above 0, in the unit beside it."},
        )  # fmt: skip
        building.choice(table.page, table.first + k, table.column + 1, CYCLE_UNITS)
    counts = [None if period is None else float(period.count) for period in every]
    table.fill("every", counts, [look(building, x, "General") for x in counts])
    units = [None if period is None else period.unit for period in every]
    table.fill("every_unit", units, [look(building, x) for x in units], blank="")


def write_effects(building: Building) -> None:
    """Write utilities and adverse events."""
    a = building.assumptions
    page = building.page(
        "Utilities",
        "Utilities",
        "Utility of the health states; a strategy without a row of its own takes that of all.",
        (20, 22, 14),
    )
    building.headers(
        page, [_heading("Utilities", name) for name in ("Strategy", "State", "Utility")], page.row
    )
    table = Table(building.cells, page, "utility", page.row + 1, len(a.utilities))
    table.fill("", [u.strategy or "all" for u in a.utilities], building.style(Look.KEY))
    table.fill("", [u.state for u in a.utilities], building.style(Look.TEXT, **LEFT))
    _limit(building, table, "Utilities", "Utility")
    values = [u.value for u in a.utilities]
    table.fill("value", values, [look(building, x) for x in values])
    page.sheet.freeze_panes(table.first, 2)
    if a.adverse_events:
        _adverse_events(building)


def _adverse_events(building: Building) -> None:
    events = building.assumptions.adverse_events
    page = building.page(
        "Adverse events",
        "Adverse events",
        "Charged once, at entry: incidence x cost, and incidence x disutility x days / 365.25.",
        (34, 14, 12, 14, 12, 10, 14, 14),
    )
    names = ("Event", "Strategy", "Incidence", "Cost", "Disutility", "Days")
    helpers = [Heading(name, number=True, helper=True) for name in ("Expected cost", "QALYs lost")]
    building.headers(page, [*(_heading(page.name, name) for name in names), *helpers], page.row)
    table = Table(building.cells, page, "event", page.row + 1, len(events))
    table.fill("", [e.event for e in events], building.style(Look.KEY))
    table.fill("", [e.strategy or "all" for e in events], building.style(Look.TEXT, **LEFT))
    for name in ("incidence", "cost", "disutility", "days"):
        _limit(building, table, page.name, name.capitalize())
        cells = [getattr(e, name) for e in events]
        number = MONEY if name == "cost" else FREE
        table.fill(name, cells, [look(building, cell, number) for cell in cells])
    table.add(
        Column("expected", "", "={incidence}*{cost}", MONEY), building.style(Look.FORMULA, MONEY)
    )
    table.add(
        Column("loss", "", "={incidence}*{disutility}*{days}/{set.days_per_year}"),
        building.style(Look.FORMULA, NUMBER),
    )
    _fit(page, table, [(e.event,) for e in events])
    page.sheet.freeze_panes(table.first, 1)
    page.sheet.repeat_rows(table.first - 1)
