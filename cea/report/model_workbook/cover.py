"""The cover of the live workbook: what it is, the selectors, Excel beside the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cea
from cea.analysis.base_case import BaseCase
from cea.report.model_workbook.building import MONEY, NUMBER, Building
from cea.report.model_workbook.cells import Place
from cea.report.model_workbook.parameters import Cases
from cea.report.model_workbook.results import verdict
from cea.report.record import RunRecord
from cea.workbook.styles import Look

NAME = "Cover"
_SELECTORS = 5  # row of the first selector
_SHEETS = {
    "Settings": "How the model runs; constants; willingness to pay",
    "Parameters": "Every input with its deterministic, sampled and live value",
    "Survival": "The curves: families, parameters, hazard ratios, waning",
    "Curves": "Tabulated survival curves",
    "Costs": "Cost rows: amounts, periods, windows",
    "Utilities": "Utility of the health states",
    "Adverse events": "Incidence, cost and disutility",
    "Life table": "Mortality of the general population",
    "Time": "Cycle boundaries, discount factors, population mortality, charges",
    "Results": "Totals, increments, ICER, net benefit, dominance",
    "PSA": "Means, intervals, CEAC, CEAF and EVPI over the draws",
    "Tornado": "One-way sensitivity of the incremental net benefit",
    "Checks": "Formulas that say OK, or where the model fails",
    "Charts": "Survival, trace, costs, tornado, acceptability curves",
    "PSA draws": "Sampled parameters of each draw, with the engine's results",
    "Tornado cases": "The ends of every bar, with the engine's results",
}


@dataclass(frozen=True)
class Compared:
    """A total in Excel and in the engine, and how the engine's follows the selectors."""

    label: str
    excel: str
    engine: str
    number: str


def place_selectors(building: Building) -> None:
    """Register the selectors before the sheets that follow them are written."""
    for k, name in enumerate(("draw", "case")):
        building.cells.put(f"select.{name}", Place(NAME, _SELECTORS + k, 1, 0.0))


def write_cover(
    building: Building, record: RunRecord, drawn: Cases | None, varied: Cases | None
) -> None:
    """Write the cover; last, since it refers to everything."""
    page = building.page(
        NAME,
        building.settings.title,
        f"The whole model as formulas: made by cea {cea.__version__} from {record.workbook}, "
        f"SHA-256 {record.digest}.",
        (44, 24, 24, 20, 24),
    )
    page.row = _SELECTORS - 1
    page.section("Replay", 5)
    for k, (label, cases, what) in enumerate((
        ("Draw selector", drawn, "PSA draw"), ("Tornado case selector", varied, "tornado case"),
    )):  # fmt: skip
        last = 0 if cases is None else len(cases.values)
        page.write(page.row, 0, label, building.style(Look.KEY))
        page.write(page.row, 1, 0.0, building.style(Look.INPUT, "0", align="center", bold=True))
        page.sheet.data_validation(
            page.row, 1, page.row, 1,
            {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": last,
             "error_title": label, "error_message": f"A whole number from 0 to {last}."},
        )  # fmt: skip
        said = f"0 is the deterministic case; 1 to {last:,} replays that {what}."
        if k == 1:
            said += " Used while the draw selector is 0."
        page.write(page.row, 2, said, building.style(Look.BODY, text_wrap=False))
        page.row += 1
    page.row += 1
    _compare(building)
    _status(building)
    _how_to(building)
    _contents(building)


def _compare(building: Building) -> None:
    """Excel result, engine result, difference."""
    page, cells = building.pages[NAME], building.cells
    page.section("Excel beside the engine", 5)
    building.headers(
        page, ("Total", "Excel result", "Engine result", "Difference", "Engine, base case"),
        page.row,
    )  # fmt: skip
    engine = _engine(building.base)
    for k, one in enumerate(_compared(building)):
        page.row += 1
        page.write(page.row, 0, one.label, building.style(Look.TEXT))
        style = building.style(Look.FORMULA, one.number, align="right")
        if one.label in engine:
            cells.typed(page, page.row, 4, f"engine.base{k}", engine[one.label], style)
        cells.cell(page, page.row, 1, f"cover.excel{k}", f"={one.excel}", style)
        cells.cell(page, page.row, 2, f"cover.engine{k}",
                   f"={one.engine.replace('BASE', f'{{engine.base{k}}}')}", style)  # fmt: skip
        text = isinstance(cells[f"cover.excel{k}"], str)
        cells.cell(
            page, page.row, 3, f"cover.difference{k}",
            f'=IF({{cover.excel{k}}}={{cover.engine{k}}},0,'
            f"{{cover.excel{k}}}-{{cover.engine{k}}})" if not text else
            f'=IF({{cover.excel{k}}}={{cover.engine{k}}},0,1)',
            building.style(Look.FORMULA, "0.0E+00;-0.0E+00;0", align="right"),
        )  # fmt: skip
    page.row += 1
    page.note(
        "The engine's results are those of the export. The differences are rounding until an "
        "input is changed; then they show what the change does."
    )
    page.row += 1


def _engine(base: BaseCase) -> dict[str, float]:
    """Engine's totals by label."""
    found = {}
    for s, strategy in enumerate(base.assumptions.strategies):
        for measure, values in (("Cost", base.cost), ("Life-years", base.ly), ("QALYs", base.qaly)):
            found[f"{measure}, {strategy.label}"] = float(values[s])
    return found


def _compared(building: Building) -> Iterator[Compared]:
    a, cells = building.assumptions, building.cells
    position: dict[tuple[str, int], int] = {}
    count = 0
    for s, strategy in enumerate(a.strategies):
        for measure, label, number in (("cost", "Cost", MONEY), ("ly", "Life-years", NUMBER),
                                       ("qaly", "QALYs", NUMBER)):  # fmt: skip
            engine = "BASE"
            if f"case.{measure}{s}" in cells.places:
                engine = f"IF({{select.case}}>0,INDEX({{case.{measure}{s}:}},{{select.case}}),BASE)"
            if f"psa.{measure}{s}" in cells.places:
                replay = f"INDEX({{psa.{measure}{s}:}},{{select.draw}})"
                engine = f"IF({{select.draw}}>0,{replay},{engine})"
            position[measure, s] = count
            count += 1
            yield Compared(f"{label}, {strategy.label}", f"{{res.{measure}{s}}}", engine, number)
    r = a.reference
    for s, strategy in enumerate(a.strategies):
        if s == r:
            continue
        pair = []
        for measure in ("cost", "qaly"):
            one, other = (f"{{cover.engine{position[measure, i]}}}" for i in (s, r))
            pair.append(f"({one}-{other})")
        against = f"{strategy.label} against {a.strategies[r].label}"
        yield Compared(f"Incremental cost, {against}", f"{{res.d_cost{s}}}", pair[0], MONEY)
        yield Compared(f"Incremental QALYs, {against}", f"{{res.d_qaly{s}}}", pair[1], NUMBER)
        yield Compared(f"ICER, {against}", f"{{res.icer{s}}}", verdict(pair[0], pair[1]), MONEY)


def _status(building: Building) -> None:
    page = building.pages[NAME]
    page.write(page.row, 0, "Checks that fail", building.style(Look.KEY))
    building.cells.cell(page, page.row, 1, "cover.failing", "={check.failing}",
                        building.style(Look.FORMULA, "0", bold=True, align="center"))  # fmt: skip
    page.write(page.row, 2, "0: every check of the sheet Checks says OK.",
               building.style(Look.BODY, text_wrap=False))  # fmt: skip
    page.row += 2


def _how_to(building: Building) -> None:
    page = building.pages[NAME]
    page.section("Colours, and what can be changed", 5)
    rows = (
        (Look.INPUT, "Input", "Change it: every result follows. A formula over parameter names "
         "works too."),
        (Look.ASSUMPTION, "Assumption", "An input that rests on an assumption, for want of "
         "evidence."),
        (Look.FORMULA, "Formula", "Computed, or fixed by the export. Cycle length, horizon, the "
         "strategies, the rows of each sheet and the families of the curves need a new export."),
    )  # fmt: skip
    for look, label, said in rows:
        page.write(page.row, 0, label, building.style(look))
        page.write(page.row, 1, said, building.style(Look.BODY, text_wrap=False))
        page.row += 1
    page.row += 1


def _contents(building: Building) -> None:
    page = building.pages[NAME]
    page.section("Sheets", 5)
    said = "Curves, transitions, trace, costs and QALYs, cycle by cycle"
    purpose = _SHEETS | dict.fromkeys(building.sheets.values(), said)
    for name in building.order:
        if name == NAME:
            continue
        target = name.replace("'", "''")
        page.sheet.write_url(
            page.row, 0, f"internal:'{target}'!A1", building.style(Look.LINK), name
        )
        page.write(page.row, 1, purpose[name], building.style(Look.BODY, text_wrap=False))
        page.row += 1
