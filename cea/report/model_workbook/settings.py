"""The sheet of settings: what is live, what the export has fixed, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cea.assumptions import DAYS_PER_YEAR, MONTHS_PER_YEAR, Cost, Period
from cea.report.model_workbook.building import Building
from cea.report.model_workbook.cells import Table
from cea.report.model_workbook.layout import LEFT
from cea.report.results_workbook.book import Page
from cea.survival.excel import LIMITS
from cea.workbook.dropdowns import validation
from cea.workbook.periods import usual_periods
from cea.workbook.schema import SETTINGS, Field, Kind
from cea.workbook.styles import Look

# Settings that only a new export can change, and why.
_LAID_OUT = "Fixed by the export: the sheets are laid out for it."
_SAID = "Fixed by the export."
_DRAWN = "Fixed by the export: the draws are values."
_GRID = "Fixed by the export; any willingness to pay can be typed on the sheet PSA."
_FIXED = {
    "title": _SAID, "perspective": _SAID, "currency": _SAID, "price_year": _SAID,
    "cycle_length": _LAID_OUT, "cycle_unit": _LAID_OUT, "horizon_years": _LAID_OUT,
    "reference_strategy": _LAID_OUT, "psa_draws": _DRAWN, "psa_seed": _DRAWN,
    "psa_sampling": _DRAWN, "survival_uncertainty": _DRAWN, "ceac_max": _GRID, "ceac_step": _GRID,
}  # fmt: skip
_VALUE = "Fixed by the export: `cea voi` uses it, no formula does."
_FIXED |= dict.fromkeys(("voi_incidence", "voi_horizon_years", "voi_discount_rate"), _VALUE)
_NO_TABLE = "Fixed by the export: there is no life table."
_OF_TABLE = ("start_age", "proportion_male", "background_mortality", "pre_progression_death")
_COLUMNS = 4


def write_settings(building: Building) -> None:
    """Write the settings, thresholds, what follows from them, and constants of the formulas."""
    page = building.page(
        "Settings",
        "Settings",
        "Yellow cells are live: change one and every result follows. Grey cells are computed, or "
        "fixed by the export.",
        (34, 30, 20, 92),
    )
    building.headers(page, ("Setting", "Value", "Unit", "Note"), page.row)
    page.sheet.freeze_panes(page.row + 1, 1)
    page.sheet.repeat_rows(page.row)
    page.row += 1
    choices = _choices(building)
    for field in SETTINGS:
        _setting(building, page, field, choices.get(field.name))
    page.row += 1
    _thresholds(building, page)
    _periods(building, page)
    _follows(building, page)
    _constants(building, page)


def _setting(building: Building, page: Page, field: Field, choices: list[str] | None) -> None:
    """Write a setting, with its list or its limits where it is live."""
    value = getattr(building.settings, field.name)
    if field.kind is Kind.YES_NO:
        value = "yes" if value else "no"
    fixed = _fixed(building)
    live = field.name not in fixed
    unit = field.unit.replace("currency", building.settings.currency)
    note = f"{field.description} {fixed.get(field.name, '')}".strip()
    where = page.row
    _row(building, page, f"set.{field.name}", field.name, value, unit, note, live=live)
    if not live:
        return
    if choices is not None:
        building.choice(page, where, 1, choices, "Choose from the list.")
        return
    rule = validation("Settings", field, lambda _: "")
    building.allow(page, where, 1, rule, said=rule["error_message"] if rule else "")


def _fixed(building: Building) -> dict[str, str]:
    """Settings that no formula uses, or only a new export can change, and why."""
    if building.assumptions.life_table is None:
        return _FIXED | dict.fromkeys(_OF_TABLE, _NO_TABLE)
    return _FIXED


def _row(
    building: Building, page: Page, key: str, name: str, value: Any, unit: str, note: str, *,
    live: bool = False,
) -> None:  # fmt: skip
    look = Look.INPUT if live else Look.FORMULA
    if live and getattr(value, "is_formula", False):
        look = Look.FORMULA  # over parameters: these are to be changed
    page.write(page.row, 0, name, building.style(Look.KEY))
    building.cells.typed(page, page.row, 1, key, value, building.style(look, **LEFT))
    _said(building, page, name, unit, note, str(value) if isinstance(value, str) else "")


def _said(building: Building, page: Page, name: str, unit: str, note: str, shown: str = "") -> None:
    """Write unit and note beside a value, and end the row."""
    text = building.style(Look.TEXT, **LEFT)
    page.write(page.row, 2, unit, text)
    page.write(page.row, 3, note, text)
    page.fit(page.row, (name, shown, unit, note))
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


def _thresholds(building: Building, page: Page) -> None:
    """Write the thresholds, the headline first."""
    page.section("Willingness to pay per QALY", _COLUMNS)
    found = building.assumptions.thresholds
    table = Table(building.cells, page, "threshold", page.row, len(found))
    table.fill("label", [one.label for one in found], building.style(Look.KEY))
    rule = {"validate": "decimal", "criteria": ">=", "value": 0, "error_title": "Threshold",
            "error_message": "A number, not below 0."}  # fmt: skip
    building.allow(page, page.row, table.column, rule, len(found))
    table.fill("value", [one.value for one in found],
               building.style(Look.INPUT, "#,##0", **LEFT))  # fmt: skip
    for k in range(len(found)):
        said = "The headline threshold: of the Cover and the tornado." if k == 0 else ""
        _said(building, page, "", f"{building.settings.currency} per QALY", said)
    page.row += 1


def _follows(building: Building, page: Page) -> None:
    """Write what follows from the settings."""
    style = building.style(Look.FORMULA, "General", **LEFT)
    page.section("What follows from them", _COLUMNS)
    rows = (
        ("months_per_cycle", "={set.cycle_length}*INDEX({period.months:},"
         "MATCH({set.cycle_unit},{period.name:},0))", "months", "Length of a cycle."),
        ("matched", '=IF(OR({set.structure}="partitioned_survival",{set.closure}="match_os"),1,0)',
         "1 or 0", "1: the cohort reproduces the survival curves."),
        ("clock", '=IF(AND({set.structure}="markov",{set.closure}="pps_curve"),1,0)', "1 or 0",
         "1: time since progression governs mortality."),
    )  # fmt: skip
    for name, template, unit, note in rows:
        page.write(page.row, 0, name, building.style(Look.KEY))
        building.cells.cell(page, page.row, 1, f"set.{name}", template, style)
        _said(building, page, name, unit, note)
    page.row += 1


def periods_of(costs: Iterable[Cost]) -> list[Period]:
    """List the usual periods and those of cost rows, the shortest first."""
    used = (cost.per for cost in costs)
    found = {*usual_periods(), *(per for per in used if isinstance(per, Period))}
    return sorted(found, key=lambda period: (period.months, str(period)))


def _periods(building: Building, page: Page) -> None:
    """Write the months of each period that a cycle or an amount may be for."""
    periods = periods_of(building.assumptions.costs)
    page.section("Months of each period", _COLUMNS)
    table = Table(building.cells, page, "period", page.row, len(periods))
    table.fill("name", [str(p) for p in periods], building.style(Look.KEY))
    style = building.style(Look.FORMULA, "0.0000000000", **LEFT)
    table.fill("months", [p.months for p in periods], style)
    for _ in periods:
        _said(building, page, "", "months", "")
    page.row += 1


def _constants(building: Building, page: Page) -> None:
    """Write the constants that formulas refer to."""
    page.section("Constants of the formulas", _COLUMNS)
    grid = building.base.grid
    known: list[tuple[str, float, str]] = [
        ("cycles", grid.cycles, "Number of cycles: the horizon in whole cycles."),
        ("months_per_year", MONTHS_PER_YEAR, "Months in a year."),
        ("days_per_year", DAYS_PER_YEAR, "Days in a year."),
        ("tiny", 1e-9, "Absorbs rounding where a time is compared with a boundary."),
    ]
    known += [(f"limit.{name}", limit.value, limit.note) for name, limit in LIMITS.items()]
    for name, value, note in known:
        key = name if name.startswith("limit.") else f"set.{name}"
        _row(building, page, key, name, float(value), "", note)
