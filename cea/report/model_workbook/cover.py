"""The cover of the live workbook: what it is, its status, the selectors, Excel and the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import cea
from cea.analysis.base_case import BaseCase
from cea.report.model_workbook.building import MONEY, NUMBER, Building
from cea.report.model_workbook.cells import Place
from cea.report.model_workbook.layout import (
    COVER,
    LEFT,
    TABS,
    Heading,
    lines_of,
    tint,
)
from cea.report.model_workbook.parameters import Cases
from cea.report.model_workbook.results import reading, verdict
from cea.report.record import RunRecord
from cea.report.results_workbook.book import Page
from cea.workbook.styles import Look

NAME = COVER
_WIDTHS = (52, 26, 22, 20, 20, 24)
_COLUMNS = len(_WIDTHS)
_LINE = 13.5  # points
_TOP = 3  # row of the first section
_SCALE = 78  # of the print: as wide as a page
_STATUS = 3  # rows of the status
_SELECTOR = {
    "bold": True, "font_size": 14, "align": "center", "valign": "vcenter", "border": 2,
    "border_color": "#B8860B", "bg_color": "#FFE699",
}  # fmt: skip
_GOOD, _BAD = {"bg_color": "#E2F0E6", "font_color": "#14532D"}, {"bg_color": "#F8CBAD",
                                                               "font_color": "#7F2A00"}  # fmt: skip
SAME = "Excel reproduces the engine"
DIFFERENT = "An input differs from the export"
_STEPS = (
    "Change a yellow or orange cell on an input sheet. Every result follows, and the status above "
    f"says: {DIFFERENT}.",
    "Follow a number from Results to its strategy's sheet, to Time, Costs and Parameters: every "
    "cell is a formula (Excel: Formulas, Trace Precedents). Headings have notes.",
    "Replay a draw of the PSA, or the end of a tornado bar: type its number into a selector above. "
    "The engine's result of that draw then stands beside Excel's.",
    "Read the sheet Checks after every change. Both selectors at 0, and your changes undone, give "
    "the base case again.",
)
_COLOURS = (
    (Look.INPUT, "Input", "Change it: every result follows. A formula over parameter names works "
     "too."),
    (Look.ASSUMPTION, "Assumption", "An input that rests on an assumption, for want of evidence. "
     "Change it likewise."),
    (Look.FORMULA, "Formula, or fixed", "Computed, or fixed by the export: cycle length, horizon, "
     "strategies, the rows of each sheet and the families of the curves need a new export."),
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """A total in Excel and in the engine, and how the engine's follows the selectors."""

    label: str
    excel: str
    engine: str
    number: str
    words: bool = False  # may be a word in place of a number


def place_selectors(building: Building) -> None:
    """Register the selectors before the sheets that follow them are written."""
    # A heading, a row of headings and the comparisons; a free row; a heading and the status.
    first = _TOP + 2 + len(building.assumptions.strategies) - 1 + 1 + 1 + _STATUS + 1 + 1
    for k, name in enumerate(("draw", "case")):
        building.cells.put(f"select.{name}", Place(NAME, first + k, 1, 0.0))


def write_cover(
    building: Building, record: RunRecord, drawn: Cases | None, varied: Cases | None
) -> None:
    """Write the cover; last, since it refers to everything."""
    page = building.page(
        NAME,
        building.settings.title,
        f"The whole model as Excel formulas, without macros or links to other files. Exported by "
        f"cea {cea.__version__} from {record.workbook or 'a model'}, {record.started[:10]}.",
        _WIDTHS,
    )
    page.row = _TOP
    _headline(building, page)
    status = page.row
    page.row += _STATUS + 2
    _selectors(building, page, drawn, varied)
    _how_to(building, page)
    largest = _compare(building, page)
    end, page.row = page.row, status
    _status(building, page, largest)
    page.row = end
    page.sheet.set_print_scale(_SCALE)
    page.sheet.set_h_pagebreaks([page.row])
    _colours(building, page)
    _contents(building, page)
    _source(page, record)
    page.sheet.freeze_panes(1, 0)
    page.sheet.repeat_rows(0)


def _run(page: Page, text: str, style: Any, first: int = 1) -> None:
    """Write a text across the columns from one to the last, as high as it needs."""
    page.sheet.merge_range(page.row, first, page.row, _COLUMNS - 1, text, style)
    lines = lines_of(text, sum(_WIDTHS[first:]), bold=False)
    if lines > 1:
        page.sheet.set_row(page.row, 2 + _LINE * lines)


def _cell(
    building: Building, page: Page, column: int, key: str, template: str, number: str = "",
    **more: Any,
) -> None:  # fmt: skip
    style = building.style(Look.FORMULA, number, **more)
    building.cells.cell(page, page.row, column, key, template, style)


def _headline(building: Building, page: Page) -> None:
    """Write the ICERs, whether they are worth it, and how they read."""
    a, r = building.assumptions, building.assumptions.reference
    currency = building.settings.currency.replace('"', "")
    several = len(a.strategies) > 2
    more = "; along the frontier: sheet Results" if several else ""
    page.section(f"Headline result, against {a.strategies[r].label}{more}", _COLUMNS)
    building.headers(
        page,
        ("Comparison", Heading("ICER", number=True), Heading("Willingness to pay", number=True),
         "Verdict", "How to read it", ""),
        page.row,
    )  # fmt: skip
    money = f'"{currency}" #,##0 "per QALY"'
    big: dict[str, Any] = {"bold": True, "valign": "vcenter"}
    for s in a.others:
        strategy = a.strategies[s]
        page.row += 1
        page.sheet.set_row(page.row, 21)
        label = f"{strategy.label} against {a.strategies[r].label}"
        page.write(page.row, 0, label, building.style(Look.KEY, valign="vcenter"))
        if lines_of(label, _WIDTHS[0]) > 1:
            page.sheet.set_row(page.row, 2 + 2 * _LINE)
        _cell(building, page, 1, f"cover.icer{s}", f"={{res.icer{s}}}", money, align="right",
              **big, font_size=12)  # fmt: skip
        _cell(building, page, 2, f"cover.threshold{s}", "={threshold.value#0}", money,
              align="right", valign="vcenter")  # fmt: skip
        _cell(building, page, 3, f"cover.verdict{s}",
              f'=IF({{res.inmb0_{s}}}>=0,"Cost-effective","Not cost-effective")', **LEFT,
              **big)  # fmt: skip
        text = reading(f"{{res.d_cost{s}}}", f"{{res.d_qaly{s}}}")
        style = building.style(Look.FORMULA, valign="vcenter", **LEFT)
        page.sheet.merge_range(page.row, 4, page.row, _COLUMNS - 1, "", style)
        _cell(building, page, 4, f"cover.reading{s}", f"={text}", valign="vcenter", **LEFT)
    page.row += 2


def _status(building: Building, page: Page, largest: str) -> None:
    """Say what is shown, whether Excel agrees with the engine, and whether checks fail."""
    page.section("Status", _COLUMNS)
    case = "INDEX({case.said:},{select.case})" if "case.said" in building.cells.places else '""'
    shown = (
        'IF({select.draw}>0,"A draw of the PSA: see the draw selector",'
        f'IF({{select.case}}>0,{case},"The deterministic case"))'
    )
    rows: tuple[tuple[str, str, str, str], ...] = (
        ("Shown now", "shown", f"={shown}",
         "What every sheet shows, by the selectors below."),
        ("Excel and the engine", "agrees",
         f'=IF({{{largest}}}<={{cover.same}},"{SAME}","{DIFFERENT}")',
         "Compares every total below with the engine's of the export."),
        ("Checks", "checked",
         '=IF({check.failing}=0,"Every check says OK","A check fails: see the sheet Checks")',
         "Formulas that test the model; their results stand on the sheet Checks."),
    )  # fmt: skip
    for label, key, template, said in rows:
        page.write(page.row, 0, label, building.style(Look.KEY))
        style = building.style(Look.FORMULA, bold=True, **LEFT)
        page.sheet.merge_range(page.row, 1, page.row, 2, "", style)
        _cell(building, page, 1, f"cover.{key}", template, bold=True, **LEFT)
        page.write(page.row, 3, said, building.style(Look.BODY, text_wrap=False, **LEFT))
        if key != "shown":
            good = {"agrees": SAME, "checked": "Every check says OK"}[key]
            _judge(building, page, (page.row, 1, page.row, 2), f'=$B${page.row + 1}="{good}"')
        page.row += 1
    page.row += 1


def _judge(building: Building, page: Page, where: tuple[int, int, int, int], good: str) -> None:
    """Colour cells green where a condition holds, else red."""
    for condition, look in ((good, _GOOD), (f"=NOT({good[1:]})", _BAD)):
        page.sheet.conditional_format(
            *where,
            {"type": "formula", "criteria": condition, "format": building.book.format(look)},
        )


def _selectors(building: Building, page: Page, drawn: Cases | None, varied: Cases | None) -> None:
    """Write the two selectors."""
    page.section("Replay: type a number", _COLUMNS)
    for name, label, cases, what in (
        ("draw", "Draw selector", drawn, "PSA draw"),
        ("case", "Tornado case selector", varied, "tornado case"),
    ):
        last = 0 if cases is None else len(cases.values)
        place = building.cells.places[f"select.{name}"]
        assert (place.row, place.column) == (page.row, 1), "a selector is where it was announced"
        page.write(page.row, 0, label, building.style(Look.KEY, valign="vcenter"))
        page.write(page.row, 1, 0.0, building.style(Look.INPUT, "0", **_SELECTOR))
        page.sheet.set_row(page.row, 24)
        said = f"0: the deterministic case. 1 to {last:,}: replays that {what}."
        if name == "case":
            said += " Used while the draw selector is 0."
        if not last:
            said = f"Stays at 0: this workbook holds no {what}s."
        building.allow(
            page, page.row, 1,
            {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": last,
             "error_title": label, "error_message": f"A whole number from 0 to {last}."},
            said=said,
        )  # fmt: skip
        style = building.style(Look.BODY, text_wrap=False, valign="vcenter", **LEFT)
        page.write(page.row, 2, said, style)
        page.row += 1
    page.row += 1


def _how_to(building: Building, page: Page) -> None:
    page.section("How to use this workbook", _COLUMNS)
    for k, step in enumerate(_STEPS):
        _run(page, f"{k + 1}. {step}", building.style(Look.BODY), 0)
        page.row += 1
    page.row += 1


def _compare(building: Building, page: Page) -> str:
    """Excel result, engine result, difference; return the key of the largest of them."""
    cells = building.cells
    page.section("Excel beside the engine", _COLUMNS)
    heads = ("Excel result", "Engine result", "Difference", "Relative difference")
    building.headers(
        page,
        ("Total", *(Heading(head, number=True) for head in heads),
         Heading("Engine, base case", "Helper: what the engine found, neither draw nor tornado "
                 "case.", number=True, helper=True)),
        page.row,
    )  # fmt: skip
    engine = _engine(building.base)
    first = page.row + 1
    found = list(_compared(building))
    for k, one in enumerate(found):
        page.row += 1
        page.write(page.row, 0, one.label, building.style(Look.TEXT))
        page.fit(page.row, (one.label,))
        style = building.style(Look.FORMULA, one.number, align="right")
        if one.label in engine:
            cells.typed(page, page.row, 5, f"engine.base{k}", engine[one.label], style)
        cells.cell(page, page.row, 1, f"cover.excel{k}", f"={one.excel}", style)
        base = f"{{engine.base{k}}}"
        cells.cell(page, page.row, 2, f"cover.engine{k}", f"={one.engine.replace('BASE', base)}",
                   style)  # fmt: skip
        _differences(building, page, k, words=one.words)
    last = page.row
    page.row += 1
    page.write(page.row, 0, "Relative difference that counts as none", building.style(Look.TEXT))
    cells.typed(page, page.row, 4, "cover.same", 1e-6,
                building.style(Look.INPUT, "0E+00", align="right"))  # fmt: skip
    tolerance = f"$E${page.row + 1}"
    _judge(building, page, (first, 3, last, 4), f"=$E{first + 1}<={tolerance}")
    page.row += 1
    page.write(page.row, 0, "Largest relative difference", building.style(Look.KEY))
    each = ",".join(f"{{cover.relative{k}}}" for k in range(len(found)))
    _cell(building, page, 4, "cover.largest", f"=MAX({each})", "0E+00", bold=True, align="right")
    page.row += 1
    page.note(
        "The engine's results are those of the export. The differences are rounding until an "
        "input is changed; then they show what the change does."
    )
    page.row += 1
    return "cover.largest"


def _differences(building: Building, page: Page, k: int, *, words: bool) -> None:
    """Write the difference of a total, and its size; 1 where a word differs."""
    excel, engine = f"{{cover.excel{k}}}", f"{{cover.engine{k}}}"
    gap, size = f"{{cover.difference{k}}}", f"MAX({engine},-{engine},{{set.tiny}})"
    difference, relative = f"{excel}-{engine}", f"MAX({gap},-{gap})/{size}"
    if words:
        numbers = f"COUNT({excel})+COUNT({engine})=2"
        difference = f"IF({numbers},{difference},IF({excel}={engine},0,1))"
        relative = f"IF({numbers},{relative},{gap})"
    form = {"number": "0.0E+00;-0.0E+00;0", "align": "right"}
    _cell(building, page, 3, f"cover.difference{k}", f"={difference}", **form)
    _cell(building, page, 4, f"cover.relative{k}", f"={relative}", **form)


def _engine(base: BaseCase) -> Mapping[str, float]:
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
    for s in a.others:
        strategy = a.strategies[s]
        pair = []
        for measure in ("cost", "qaly"):
            one, other = (f"{{cover.engine{position[measure, i]}}}" for i in (s, r))
            pair.append(f"({one}-{other})")
        against = f"{strategy.label} against {a.strategies[r].label}"
        yield Compared(f"Incremental cost, {against}", f"{{res.d_cost{s}}}", pair[0], MONEY)
        yield Compared(f"Incremental QALYs, {against}", f"{{res.d_qaly{s}}}", pair[1], NUMBER)
        yield Compared(f"ICER, {against}", f"{{res.icer{s}}}", verdict(pair[0], pair[1]), MONEY,
                       words=True)  # fmt: skip


def _colours(building: Building, page: Page) -> None:
    page.section("Colours, and what can be changed", _COLUMNS)
    for look, label, said in _COLOURS:
        page.write(page.row, 0, label, building.style(look))
        _run(page, said, building.style(Look.BODY, **LEFT))
        page.row += 1
    page.row += 1


def _contents(building: Building, page: Page) -> None:
    """List the sheets by kind, each with the colour of its tab."""
    page.section("Sheets", _COLUMNS)
    names = [name for name in building.order if name != NAME]
    for kind, run in groupby(names, key=lambda name: building.about(name).kind):
        for name in run:
            target = name.replace("'", "''")
            link = building.style(Look.LINK, bg_color=tint(TABS[kind]), border=1,
                                  border_color="#FFFFFF")  # fmt: skip
            page.sheet.write_url(page.row, 0, f"internal:'{target}'!A1", link, name)
            page.write(page.row, 1, str(kind), building.style(Look.BODY, **LEFT))
            said = building.about(name).said
            page.write(page.row, 2, said, building.style(Look.BODY, text_wrap=False))
            page.row += 1
    page.row += 1


def _source(page: Page, record: RunRecord) -> None:
    """Say what the numbers come from."""
    draws = "none" if record.draws is None else f"{record.draws:,} by the engine"
    seed = "" if record.seed is None else f", seed {record.seed}"
    rows = (
        ("Input workbook", record.workbook),
        ("SHA-256 of the input workbook", record.sha256),
        ("Version", f"cea {record.version}"),
        ("Exported", record.started),
        ("Draws of the PSA", f"{draws}{seed}"),
        ("Made by", f"cea {record.command} {record.workbook}"),
    )
    page.section("Where it comes from", _COLUMNS)
    for name, said in rows:
        page.write(page.row, 0, name, page.book.format({"bold": True}))
        page.write(page.row, 1, said, page.book.format({"align": "left"}))
        page.row += 1
