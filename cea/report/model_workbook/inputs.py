"""The input sheets of the live workbook: settings, curves, costs, utilities, adverse events."""

from __future__ import annotations

from typing import Any

from cea.assumptions import DAYS_PER_YEAR, MONTHS_PER, MONTHS_PER_YEAR, SurvivalTable
from cea.report.model_workbook.building import FREE, MONEY, NUMBER, Building
from cea.report.model_workbook.cells import Column, Table
from cea.report.results_workbook.book import Page
from cea.survival.excel import LIMITS
from cea.survival.of_curve import family_of
from cea.workbook.schema import BY_NAME, SETTINGS, Kind
from cea.workbook.styles import Look

# Settings that only a new export can change: the sheets are laid out for them.
_FIXED = ("cycle_length", "cycle_unit", "horizon_years", "reference_strategy")
# Settings that no formula uses.
_SAID = (
    "title", "perspective", "currency", "price_year", "psa_draws", "psa_seed", "psa_sampling",
    "survival_uncertainty",
)  # fmt: skip
PARAMETERS = 5
_KNOTS = 5


def write_settings(building: Building) -> None:
    """Write the settings, what follows from them, and the constants of the formulas."""
    page = building.page(
        "Settings",
        "Settings",
        "Yellow cells are live: change one and every result follows. Grey cells are fixed by the "
        "export.",
        (34, 24, 18, 96),
    )
    building.headers(page, ("Setting", "Value", "Unit", "Note"), page.row)
    page.row += 1
    for field in SETTINGS:
        value = getattr(building.settings, field.name)
        if field.kind is Kind.YES_NO:
            value = "yes" if value else "no"
        fixed = field.name in _FIXED or field.name in _SAID
        note = field.description
        if field.name in _FIXED:
            note += " Fixed by the export."
        _setting(building, page, field.name, value, field.unit, note, live=not fixed)
    for name, choices in _choices(building).items():
        place = building.cells.places[f"set.{name}"]
        building.choice(page, place.row, place.column, choices)
    page.row += 1
    _follows(building, page)
    _constants(building, page)
    _thresholds(building, page)
    page.freeze_title()


def _thresholds(building: Building, page: Page) -> None:
    """Write the thresholds, the headline first."""
    page.row += 1
    page.section("Willingness to pay per QALY", 4)
    found = building.assumptions.thresholds
    table = Table(building.cells, page, "threshold", page.row, len(found))
    table.fill("label", [one.label for one in found], building.style(Look.KEY))
    table.fill("value", [one.value for one in found], building.style(Look.INPUT, "#,##0"))
    page.row += len(found)


def _setting(
    building: Building, page: Page, name: str, value: Any, unit: str, note: str, *, live: bool
) -> None:
    text = building.style(Look.TEXT)
    page.write(page.row, 0, name, building.style(Look.KEY))
    look = Look.INPUT if live else Look.FORMULA
    number = FREE if not isinstance(value, str) else ""
    building.cells.typed(
        page, page.row, 1, f"set.{name}", value, building.style(look, number, align="right")
    )
    page.write(page.row, 2, unit, text)
    page.write(page.row, 3, note, text)
    page.fit(page.row, (name, "", unit, note))
    page.row += 1


def _choices(building: Building) -> dict[str, list[str]]:
    """Drop-downs: only what the sheets are laid out for."""
    a = building.assumptions
    fields = {field.name: field for field in SETTINGS}
    found = {
        name: list(fields[name].choices)
        for name in ("structure", "closure", "pre_progression_death", "within_cycle_correction",
                     "discount_timing")
    }  # fmt: skip
    found["background_mortality"] = ["yes", "no"]
    if any(a.curve(name, "PPS") is None for name in a.strategy_names):
        found["closure"].remove("pps_curve")
    if a.life_table is None:
        found["pre_progression_death"].remove("background")
        found["background_mortality"].remove("yes")
    return found


def _follows(building: Building, page: Page) -> None:
    """Write what follows from the settings."""
    cells, style = building.cells, building.style(Look.FORMULA, FREE, align="right")
    page.section("What follows from them", 4)
    lists = _periods(building, page)
    rows = (
        ("months_per_cycle", f"={{set.cycle_length}}*INDEX({{{lists}.months:}},"
         f"MATCH({{set.cycle_unit}},{{{lists}.name:}},0))", "months", "Length of a cycle."),
        ("matched", '=IF(OR({set.structure}="partitioned_survival",{set.closure}="match_os"),1,0)',
         "1 or 0", "Whether the cohort reproduces the survival curves."),
        ("clock", '=IF(AND({set.structure}="markov",{set.closure}="pps_curve"),1,0)', "1 or 0",
         "Whether time since progression governs mortality."),
    )  # fmt: skip
    for name, template, unit, note in rows:
        page.write(page.row, 0, name, building.style(Look.KEY))
        cells.cell(page, page.row, 1, f"set.{name}", template, style)
        page.write(page.row, 2, unit, building.style(Look.TEXT))
        page.write(page.row, 3, note, building.style(Look.TEXT))
        page.row += 1
    page.row += 1


def _periods(building: Building, page: Page) -> str:
    """Write the months of each period, on the right of the settings."""
    start = 5
    page.sheet.set_column(start, start + 1, 14)
    building.headers(page, ("Period", "Months"), 3, start)
    table = Table(building.cells, page, "period", 4, len(MONTHS_PER), start)
    table.fill("name", list(MONTHS_PER), building.style(Look.TEXT))
    table.fill("months", list(MONTHS_PER.values()), building.style(Look.FORMULA, "0.0000000000"))
    return "period"


def _constants(building: Building, page: Page) -> None:
    """Write the constants that formulas refer to."""
    page.section("Constants of the formulas", 4)
    grid = building.base.grid
    known: list[tuple[str, float, str]] = [
        ("cycles", grid.cycles, "Number of cycles: the horizon in whole cycles."),
        ("months_per_year", MONTHS_PER_YEAR, "Months in a year."),
        ("days_per_year", DAYS_PER_YEAR, "Days in a year."),
        ("tiny", 1e-9, "Absorbs rounding where a time is compared with a boundary."),
    ]
    known += [(f"limit.{name}", limit.value, limit.note) for name, limit in LIMITS.items()]
    style = building.style(Look.FORMULA, "General", align="right")
    for name, value, note in known:
        page.write(page.row, 0, name, building.style(Look.KEY))
        key = name if name.startswith("limit.") else f"set.{name}"
        building.cells.typed(page, page.row, 1, key, float(value), style)
        page.write(page.row, 2, "", building.style(Look.TEXT))
        page.write(page.row, 3, note, building.style(Look.TEXT))
        page.fit(page.row, (name, "", "", note))
        page.row += 1


def write_survival(building: Building) -> None:
    """Write the curves as the Survival sheet states them, and tabulated curves."""
    names = [column.name for column in BY_NAME["Survival"].columns if column.name != "Knots"]
    names += [f"Knot{k + 1}" for k in range(_KNOTS)]
    page = building.page(
        "Survival",
        "Survival",
        "One row for each curve. Parameters, hazard ratios and waning are live; the method, the "
        "family and the number of knots are fixed by the export.",
        (18, 10, 13, 14, *[12] * PARAMETERS, 10, 16, 10, 14, 10, 10, *[9] * _KNOTS),
    )
    building.headers(page, names, page.row)
    curves = building.assumptions.curves
    table = Table(building.cells, page, "curve", page.row + 1, len(curves))
    text, live = building.style(Look.TEXT), building.style(Look.INPUT, FREE)
    for label in ("strategy", "endpoint", "method"):
        table.fill("", [getattr(c, label) for c in curves], text)
    table.fill("", [_family_label(c) for c in curves], text)
    for k in range(PARAMETERS):
        cells = [c.parameters[k] if k < len(c.parameters) else None for c in curves]
        table.fill(f"par{k}", cells, [_live(building, cell) for cell in cells])
    table.fill("", [c.spline[0] if c.spline else None for c in curves], text)
    table.fill("", [c.reference if c.needs_reference else None for c in curves], text)
    ratios = [c.hazard_ratio for c in curves]
    table.fill("ratio", ratios, [_live(building, cell) for cell in ratios])
    table.fill("", [_data_set(building, k) for k in range(len(curves))], text)
    for edge in ("start", "end"):
        edges = [None if c.waning is None else getattr(c.waning, edge) for c in curves]
        table.fill(f"waning_{edge}", edges, [_live(building, cell) for cell in edges])
    for k in range(_KNOTS):
        knots = [c.spline[1][k] if c.spline and k < len(c.spline[1]) else None for c in curves]
        table.fill(f"knot{k}", knots, [text if x is None else live for x in knots])
    page.freeze_title()
    if any(c.table for c in curves):
        _write_tables(building)


def _live(building: Building, cell: Any) -> Any:
    """Return the look of an input: none where the row has none."""
    return building.style(Look.TEXT) if cell is None else building.style(Look.INPUT, FREE)


def _family_label(curve: Any) -> str | None:
    return family_of(curve).label if curve.family else None


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
        (12, 12),
    )
    for k, one in enumerate(tables(building)):
        time, survival = list(one.time), list(one.survival)
        if time[0] > 0:
            time, survival = [0.0, *time], [1.0, *survival]
        table = Table(building.cells, page, f"table{k}", 6, len(time), 5 * k)
        building.headers(page, ("Time, months", "Survival"), 5, 5 * k)
        page.write(4, 5 * k, f"table {k + 1}", building.style(Look.SECTION))
        live = building.style(Look.INPUT, FREE)
        table.fill("time", time, live)
        table.fill("S", survival, live)
        rate = "({H+1}-{H})/({time+1}-{time})"
        columns = (
            Column("H", "Cumulative hazard", "=IF({S}>0,-LN({S}),EXP({limit.exponent}))"),
            Column("slope", "Hazard per month from here", f"=IF({{S+1}}>0,{rate},SUM({{slope-1}}))",
                   by_row=True),
        )  # fmt: skip
        building.columns(table, columns, width=12)


def write_costs(building: Building) -> None:
    """Write the cost rows, with the units that each charges in a cycle."""
    a = building.assumptions
    page = building.page(
        "Costs",
        "Costs",
        "Amounts, months and periods are live. 'From', 'to' and 'units a cycle' are what the "
        "formulas of the strategies use.",
        (30, 20, 14, 17, 9, 9, 14, 16, 13, 44, 11, 11, 11, 11),
    )
    names = [column.name for column in BY_NAME["Costs"].columns]
    building.headers(
        page,
        [*names, "From, used", "To, used", "Units a cycle", "Months between charges"],
        page.row,
    )
    table = Table(building.cells, page, "cost", page.row + 1, len(a.costs))
    text = building.style(Look.TEXT)
    live, money = building.style(Look.INPUT, FREE), building.style(Look.INPUT, MONEY)
    table.fill("", [c.item for c in a.costs], building.style(Look.KEY))
    table.fill("category", [c.category for c in a.costs], text)
    table.fill("", [c.strategy or "all" for c in a.costs], text)
    table.fill("", [c.applies_to for c in a.costs], text)
    for edge in ("from_month", "to_month"):
        table.fill(edge, [getattr(c, edge) for c in a.costs], live, blank="")
    table.fill("amount", [c.amount for c in a.costs], money)
    per = [f"every {c.every} months" if c.every else c.per for c in a.costs]
    for k, cost in enumerate(a.costs):
        if cost.per in MONTHS_PER or cost.per == "cycle":
            building.choice(page, table.first + k, table.column, [*MONTHS_PER, "cycle"])
    accrues = [c.per in MONTHS_PER or c.per == "cycle" for c in a.costs]
    table.fill("per", per, [building.style(Look.INPUT) if x else text for x in accrues])
    table.fill("", [c.evidence for c in a.costs], text)
    table.fill("", [c.source for c in a.costs], text)
    end = "({set.cycles}+1)*{set.months_per_cycle}+{set.horizon_years}*{set.months_per_year}"
    rate = "{set.months_per_cycle}/INDEX({period.months:},MATCH({per},{period.name:},0))"
    number = building.style(Look.FORMULA, FREE)
    for spec in (
        Column("from", "", '=IF({from_month}="",0,{from_month})', by_row=True),
        Column("to", "", f'=IF({{to_month}}="",{end},{{to_month}})', by_row=True),
        Column("units", "", f"=IF(COUNTIF({{period.name:}},{{per}})=0,1,{rate})", by_row=True),
    ):
        table.add(spec, number)
    every = [None if c.every is None else float(c.every) for c in a.costs]
    table.fill("every", every, [text if x is None else live for x in every])
    page.freeze_title()


def write_effects(building: Building) -> None:
    """Write utilities and adverse events."""
    a = building.assumptions
    page = building.page(
        "Utilities",
        "Utilities",
        "Utility of the health states; a strategy without a row of its own takes that of all.",
        (20, 22, 14),
    )
    building.headers(page, ("Strategy", "State", "Utility"), page.row)
    table = Table(building.cells, page, "utility", page.row + 1, len(a.utilities))
    table.fill("", [u.strategy or "all" for u in a.utilities], building.style(Look.TEXT))
    table.fill("", [u.state for u in a.utilities], building.style(Look.KEY))
    table.fill("value", [u.value for u in a.utilities], building.style(Look.INPUT, FREE))
    if not a.adverse_events:
        return
    page = building.page(
        "Adverse events",
        "Adverse events",
        "Charged once, at entry: incidence x cost, and incidence x disutility x days.",
        (34, 14, 12, 14, 12, 10, 16, 16),
    )
    building.headers(
        page,
        ("Event", "Strategy", "Incidence", "Cost", "Disutility", "Days", "Expected cost",
         "QALYs lost"),
        page.row,
    )  # fmt: skip
    events = a.adverse_events
    table = Table(building.cells, page, "event", page.row + 1, len(events))
    live = building.style(Look.INPUT, FREE)
    table.fill("", [e.event for e in events], building.style(Look.KEY))
    table.fill("", [e.strategy or "all" for e in events], building.style(Look.TEXT))
    for name in ("incidence", "cost", "disutility", "days"):
        table.fill(name, [getattr(e, name) for e in events], live)
    table.add(
        Column("expected", "", "={incidence}*{cost}", MONEY), building.style(Look.FORMULA, MONEY)
    )
    table.add(
        Column("loss", "", "={incidence}*{disutility}*{days}/{set.days_per_year}"),
        building.style(Look.FORMULA, NUMBER),
    )
    page.freeze_title()
