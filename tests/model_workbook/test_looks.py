"""The live workbook as a reader meets it: sheets, print, drop-downs, colours, functions, status."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from cea.analysis.base_case import base_case
from cea.analysis.psa import psa
from cea.analysis.tornado import tornado
from cea.assumptions import Assumptions, Period
from cea.formula import FUNCTIONS
from cea.report.model_workbook import LiveModel, write_model
from cea.report.model_workbook.cover import DIFFERENT, SAME
from cea.report.model_workbook.layout import SHEETS, TABS, Kind, Strip, tint
from cea.workbook.schema import SETTINGS
from cea.workbook.styles import LOOKS, Look
from tests.build import shipped
from tests.libreoffice import needs_libreoffice, recalculate, wrong_values
from tests.model_workbook.compared import RECORD, Read, typed_instead
from tests.model_workbook.design import design, model

EXAMPLES = ("sor_tace", "three_strategies", "km_example")
DRAWS = 16
MODEL = model(design()[0])
# Those that Excel 2010 and LibreOffice share, and the analyst's own.
PLAIN = {
    "EXP", "LN", "MAX", "MIN", "IF", "CHOOSE", "MATCH", "INDEX", "SUM", "SUMPRODUCT", "AND", "OR",
    "INT", "COUNT", "COUNTIF", "GAMMALN", "PERCENTILE", "PI", "_xlfn.NORM.S.DIST",
    "_xlfn.GAMMA.DIST", *FUNCTIONS,
}  # fmt: skip
NAMESPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
FUNCTION = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)\(")
TEXT = re.compile(r'"[^"]*"')
A_PAGE = 10  # columns that a page may hold
ON_EVERY_PAGE = ("Parameters", "PSA draws", "Tornado cases")


@dataclass(frozen=True)
class Written:
    """A live workbook, and what it was written from."""

    of: Assumptions
    live: LiveModel
    book: Any


@pytest.fixture(scope="module", params=EXAMPLES)
def written(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Written:
    found = shipped(request.param)
    path = tmp_path_factory.mktemp("looks") / "model.xlsx"
    live = write_model(path, base_case(found), psa(found, DRAWS), tornado(found), RECORD)
    return Written(found, live, load_workbook(path))


def _formulas(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield every formula with its cell."""
    with ZipFile(path) as file:
        for name in file.namelist():
            if name.startswith("xl/worksheets/sheet"):
                for cell in ElementTree.fromstring(file.read(name)).iterfind(".//m:c", NAMESPACE):
                    text = cell.findtext("m:f", None, NAMESPACE)
                    if text is not None:
                        yield text, cell


def test_every_sheet_has_a_title_a_way_back_frozen_panes_and_a4(written: Written):
    for sheet in written.book:
        assert sheet["A1"].value, sheet.title
        assert sheet["A1"].font.size == 18
        assert sheet.freeze_panes, sheet.title
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        if sheet.title != "Cover":
            assert sheet["A3"].hyperlink.location == "'Cover'!A1"


def test_the_colour_of_a_tab_tells_the_kind_of_the_sheet(written: Written):
    calculated = {"Time", *(written.live.cells.places[f"s{s}.pf"].sheet
                            for s in range(len(written.of.strategies)))}  # fmt: skip
    for sheet in written.book:
        kind = Kind.CALCULATION if sheet.title in calculated else SHEETS[sheet.title].kind
        assert sheet.sheet_properties.tabColor.rgb == "FF" + TABS[kind][1:]


def test_the_cover_leads_to_every_sheet(written: Written):
    places = {
        cell.hyperlink.location
        for row in written.book["Cover"].iter_rows()
        for cell in row
        if cell.hyperlink
    }
    names = [name.replace("'", "''") for name in written.book.sheetnames if name != "Cover"]
    assert places == {f"'{name}'!A1" for name in names}


def test_wide_sheets_print_in_pages_with_their_headings_on_each(written: Written):
    strategies = [written.live.cells.places[f"s{s}.pf"].sheet
                  for s in range(len(written.of.strategies))]  # fmt: skip
    for name in (*strategies, "Time"):
        sheet = written.book[name]
        assert sheet.print_title_cols == "$A:$B"
        first, last = (int(row) for row in re.findall(r"\d+", sheet.print_title_rows))
        assert {sheet.cell(row, 1).value for row in range(first, last + 1)} >= {"Cycle"}
        assert sheet.page_setup.scale >= 70
        # Every page begins with a group, but within one that is wider than a page.
        wide = [r for r in sheet.merged_cells.ranges if r.size["columns"] > A_PAGE]
        assert sheet.col_breaks.brk
        for one in sheet.col_breaks.brk:
            at = sheet.cell(first, one.id + 1)
            assert at.value or any(at.coordinate in r for r in wide), f"{name}: {at.coordinate}"
    for name in ON_EVERY_PAGE:
        assert written.book[name].print_title_rows
        assert written.book[name].print_title_cols


def _list(sheet: Any, row: int, column: int) -> Any:
    """Return what a cell's validation allows, or None."""
    at = sheet.cell(row + 1, column + 1).coordinate
    return next((v for v in sheet.data_validations.dataValidation if at in v.sqref), None)


def test_settings_have_the_drop_downs_that_the_sheets_are_laid_out_for(written: Written):
    lists = {field.name: field.choices for field in SETTINGS}
    expected = {
        name: list(lists[name])
        for name in ("structure", "closure", "pre_progression_death", "within_cycle_correction",
                     "discount_timing")
    }  # fmt: skip
    expected["background_mortality"] = ["yes", "no"]
    expected["closure"].remove("pps_curve")  # no example has such curves
    if written.of.life_table is None:  # there is nothing to choose
        del expected["pre_progression_death"], expected["background_mortality"]
    sheet = written.book["Settings"]
    for name, choices in expected.items():
        place = written.live.cells.places[f"set.{name}"]
        rule = _list(sheet, place.row, place.column)
        assert rule.formula1 == f'"{",".join(choices)}"', name
        assert rule.prompt
        assert rule.error
    for name in ("title", "cycle_length", "horizon_years", "psa_draws", "ceac_max"):
        place = written.live.cells.places[f"set.{name}"]
        assert _list(sheet, place.row, place.column) is None, name


def test_a_setting_is_yellow_only_where_a_formula_uses_it(written: Written):
    formulas = " ".join({text for text, _ in _formulas(written.live.path)})
    yellow = "FF" + LOOKS[Look.INPUT]["bg_color"][1:]
    for field in SETTINGS:
        place = written.live.cells.places[f"set.{field.name}"]
        cell = written.book["Settings"].cell(place.row + 1, place.column + 1)
        if cell.fill.fgColor.rgb == yellow and written.of.life_table is not None:
            assert f"Settings!${cell.column_letter}${cell.row}" in formulas, field.name
        if field.name in ("structure", "discount_rate_costs", "within_cycle_correction"):
            assert cell.fill.fgColor.rgb == yellow


def test_inputs_have_the_limits_of_the_input_workbook(written: Written):
    def limits(key: str) -> tuple[str | None, ...]:
        place = written.live.cells.places[key]
        rule = _list(written.book[place.sheet], place.row, place.column)
        return rule.operator, rule.formula1, rule.formula2

    assert limits("set.discount_rate_costs") == (None, "0", "1")  # between
    assert limits("utility.value") == (None, "-1", "1")
    assert limits("event.incidence") == (None, "0", "1")
    assert limits("cost.amount") == ("greaterThanOrEqual", "0", None)
    assert limits("curve.ratio") == ("greaterThan", "0", None)
    assert limits("select.draw") == (None, "0", str(DRAWS))
    assert limits("select.case") == (None, "0", str(len(written.live.cells["case.said"])))


def test_periods_of_accruing_costs_have_a_list(written: Written):
    place = written.live.cells.places["cost.per"]
    for k, cost in enumerate(written.of.costs):
        rule = _list(written.book["Costs"], place.row + k, place.column)
        accrues = isinstance(cost.per, Period) or cost.per == "cycle"
        assert (rule is not None) == accrues, cost.item
        if accrues:
            assert "3 weeks" in rule.formula1
            assert str(cost.per) in rule.formula1


def test_colours_tell_inputs_assumptions_and_formulas(written: Written):
    place = written.live.cells.places["par.base"]
    sheet = written.book["Parameters"]
    for k, parameter in enumerate(written.of.parameters):
        look = Look.INPUT if parameter.evidence != "assumption" else Look.ASSUMPTION
        look = Look.FORMULA if parameter.base.is_formula else look
        fill = sheet.cell(place.row + k + 1, place.column + 1).fill.fgColor.rgb
        assert fill == "FF" + LOOKS[look]["bg_color"][1:], parameter.name


def test_headings_of_parameters_say_what_their_columns_hold(written: Written):
    sheet = written.book["Parameters"]
    row = written.live.cells.places["par.base"].row
    noted = {cell.value: cell.comment.text for cell in sheet[row] if cell.comment}
    assert {"Base", "Deterministic", "Sampled", "Tornado case", "Live"} <= noted.keys()
    assert "PSA draw" in noted["Sampled"]


def test_only_plain_functions(written: Written):
    used = set()
    for text, _ in _formulas(written.live.path):
        bare = TEXT.sub("", text)
        used |= set(FUNCTION.findall(bare))
        assert "[" not in bare, f"a link to another file: {text}"
        assert "{" not in bare, f"an array: {text}"
        assert len(text) < 8192
    assert used <= PLAIN
    assert {"INDEX", "SUMPRODUCT", "CHOOSE"} <= used  # or nothing was looked at


def test_every_formula_has_a_stored_value_and_none_is_an_error(written: Written):
    count = 0
    for text, cell in _formulas(written.live.path):
        count += 1
        value = cell.find("m:v", NAMESPACE)
        assert value is not None, text
        assert cell.get("t") in (None, "str"), text  # not an error
        if value.text is None:
            assert '""' in text  # the empty text, which such formulas give
        elif cell.get("t") is None:
            float(value.text)
    assert count > 5000


def test_no_macros_no_links_and_names_are_the_parameters(written: Written):
    with ZipFile(written.live.path) as file:
        inside = " ".join(file.namelist())
    for word in ("vba", "externalLink", "connections", "queryTable"):
        assert word not in inside
    assert set(written.book.defined_names) == {p.name for p in written.of.parameters}
    live = written.live.cells.places["par.live"]
    for k, parameter in enumerate(written.of.parameters):
        where = written.book.defined_names[parameter.name].attr_text
        cell = written.book["Parameters"].cell(live.row + k + 1, live.column + 1)
        assert where == f"Parameters!${cell.column_letter}${cell.row}"


def test_a_column_of_formulas_is_one_formula(written: Written):
    """Each row says the same as the one above it, but for the row's number."""
    sheet = written.book[written.live.cells.places["s0.pf"].sheet]
    for key in ("os", "pfs", "p_pd", "p_pd_dead", "pf", "pd", "avg_pf", "cost", "qaly"):
        place = written.live.cells.places[f"s0.{key}"]

        def relative(k: int, place: Any = place) -> str:
            text = sheet.cell(place.row + k + 1, place.column + 1).value
            return re.sub(r"(?<![$\d])(?<=[A-Z])(\d+)\b",
                          lambda m: f"[{int(m[1]) - place.row - k - 1}]", text)  # fmt: skip

        assert relative(4) == relative(5) == relative(9), key


def test_the_cover_says_at_once_what_it_found(written: Written):
    cells = written.live.cells
    assert cells["cover.agrees"] == SAME
    assert cells["cover.checked"] == "Every check says OK"
    assert cells["cover.largest"] < 1e-9
    base = base_case(written.of)
    for s in range(len(written.of.strategies)):
        if s == written.of.reference:
            continue
        pair = base.against_reference(s)
        assert cells[f"cover.icer{s}"] == pytest.approx(pair.icer, rel=1e-9)
        worth = written.of.threshold.value * pair.effect >= pair.cost
        assert cells[f"cover.verdict{s}"] == ("Cost-effective" if worth else "Not cost-effective")
    for key in ("cover.agrees", "cover.checked"):
        row = cells.places[key].row + 1
        ranges = [str(one.sqref) for one in written.book["Cover"].conditional_formatting]
        assert f"B{row}:C{row}" in ranges


@needs_libreoffice
def test_an_edit_shows_on_the_cover(tmp_path: Path):
    """The status, the ICER as a word and the failed check; nothing becomes an error."""
    base = base_case(MODEL)
    plain = write_model(tmp_path / "plain.xlsx", base, None, None, RECORD)

    def typed(key: str, name: str, new: Any) -> dict[tuple[str, int, int], Any]:
        place = plain.cells.places[key]
        names = [p.name for p in MODEL.parameters]
        row = place.row + (names.index(name) if name else 0)
        return {(place.sheet, row, place.column): new}

    per = plain.cells.places["cost.per"]
    row = next(k for k, c in enumerate(MODEL.costs) if isinstance(c.per, Period))
    unlisted = {(per.sheet, per.row + row, per.column): "fortnight"}
    edits = {
        "none": {},
        "dear": typed("par.base", "c_drug", 2500.0),
        "free": typed("par.base", "c_drug", -3000.0),
        "impossible": typed("set.discount_rate_costs", "", 1.5),
        "unlisted": unlisted,
    }
    made = []
    with wrong_values():
        for name, changes in edits.items():
            with typed_instead(changes):
                made.append(write_model(tmp_path / f"{name}.xlsx", base, None, None, RECORD))
    paths = recalculate([live.path for live in made], tmp_path)
    read = {name: Read.of(path, live) for name, path, live in zip(edits, paths, made, strict=True)}
    assert read["none"]["cover.agrees"] == SAME
    assert read["dear"]["cover.agrees"] == DIFFERENT
    assert read["none"]["cover.checked"] == read["dear"]["cover.checked"] == "Every check says OK"
    assert isinstance(read["none"]["cover.icer1"], float)
    # An ICER that becomes a word leaves no error behind.
    assert read["free"]["cover.icer1"] == "dominant"
    assert read["free"]["cover.agrees"] == DIFFERENT
    icer = len([key for key in plain.cells.places if key.startswith("cover.difference")]) - 1
    assert read["free"][f"cover.difference{icer}"] == 1
    assert read["impossible"]["cover.checked"].startswith("A check fails")
    assert read["impossible"]["check.failing"] >= 1
    # A period that the table lacks, pasted past the drop-down, is not taken for a cycle.
    assert read.pop("unlisted")["cover.icer1"] == "#N/A"
    for one in read.values():
        for cells in one.book["Cover"].iter_rows(values_only=True):
            assert not [x for x in cells if isinstance(x, str) and x.startswith("#")]


@given(
    st.lists(st.lists(st.floats(6, 30), min_size=1, max_size=12), min_size=1, max_size=12),
    st.integers(40, 100),
)
def test_pages_hold_what_fits_and_end_between_groups(groups: list[list[float]], scale: int):
    repeated = 2
    widths = [7.0, 7.0, *(width for group in groups for width in group)]
    starts, at = [0], repeated
    for group in groups:
        starts.append(at)
        at += len(group)
    strip = Strip(widths, starts)
    breaks = strip.breaks(scale, repeated)
    assert breaks == sorted(set(breaks))
    assert all(repeated < one < len(widths) for one in breaks)
    room = 1045 * 100 / scale - 2 * (7 * 7 + 5)
    pages = list(zip([repeated, *breaks], [*breaks, len(widths)], strict=True))

    def wide(start: int, end: int) -> float:
        return sum(7 * width + 5 for width in widths[start:end])

    for start, end in pages:
        assert wide(start, end) <= room or end - start == 1
    for group, first in zip(groups, starts[1:], strict=True):
        within = [one for one in breaks if first < one < first + len(group)]
        # A group is broken only where it is wider than a page.
        assert not within or wide(first, first + len(group)) > 0.93 * room - 20


def test_a_tint_is_light():
    for color in TABS.values():
        assert all(int(tint(color)[k : k + 2], 16) >= 0xBF for k in (1, 3, 5))
