"""What a workbook may hold, and what is made of it."""

import hashlib
import io
import random
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cea
from cea.assumptions import Scenario
from cea.examples import EXAMPLES
from cea.formula import Expression, parse
from cea.survival.resolve import GROUP
from cea.workbook.examples import load_example
from cea.workbook.findings import Findings
from cea.workbook.load import load
from cea.workbook.read import read_tables
from cea.workbook.schema import SETTINGS
from cea.workbook.tables import Tables
from cea.workbook.template import write_workbook
from tests.workbooks.book import (
    Book,
    Edit,
    Formula,
    add,
    drop,
    drop_column,
    drop_sheet,
    finish,
    put,
    workbook,
)

Read = Callable[..., cea.Assumptions]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read the valid workbook after some edits."""

    def read(*edits: Edit, name: str = "workbook.xlsx") -> cea.Assumptions:
        (tmp_path / name).write_bytes(workbook(*edits))
        return cea.read_workbook(tmp_path / name)

    return read


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("examples")
    paths = {name: folder / f"{name}.xlsx" for name in EXAMPLES}
    for name, path in paths.items():
        write_workbook(path, load_example(name), title=name)
    return paths


def content(assumptions: cea.Assumptions) -> cea.Assumptions:
    """Everything but the name of the file."""
    return replace(assumptions, file=None)


def results(assumptions: cea.Assumptions) -> np.ndarray:
    case = cea.base_case(assumptions)
    return np.stack([case.cost, case.ly, case.qaly])


# Formulas


def test_names_do_not_distinguish_case(read: Read) -> None:
    found = read(put("Costs", "Drug", "Amount", Formula("=C_MONTH", 2160)))
    assert content(found) == content(read())


def test_a_formula_needs_no_stored_value(read: Read) -> None:
    found = read(put("Costs", "Drug", "Amount", Formula("=c_month")))
    assert content(found) == content(read())
    assert found.warnings == ()


def test_a_formula_for_excel_alone_is_held_at_its_stored_value(read: Read) -> None:
    found = read(put("Costs", "Test", "Amount", Formula("=VLOOKUP(1,A:B,2)", 500)))
    assert content(replace(found, warnings=())) == content(read())
    assert found.warnings == (
        "Costs!G4 (Amount): =VLOOKUP(1,A:B,2) is held fixed at 500 in every draw: "
        "':' is outside the formula language",
    )


def test_a_defined_name_beside_the_parameters_is_held_at_its_stored_value(read: Read) -> None:
    found = read(
        put("Costs", "Test", "Amount", Formula("=2*list_price", 500)),
        finish(lambda file: file.define_name("list_price", "=Costs!$J$1")),
    )
    assert found.costs[2].amount == Expression.constant(500)
    assert found.warnings == (
        "Costs!G4 (Amount): =2*list_price is held fixed at 500 in every draw: "
        "'list_price' is not a parameter",
    )


@pytest.mark.parametrize("stored", [100, "#NAME?"])
def test_a_stale_stored_value_is_not_used(read: Read, stored: Any) -> None:
    found = read(put("Costs", "Drug", "Amount", Formula("=c_month", stored)))
    assert content(replace(found, warnings=())) == content(read())
    assert found.warnings == (
        f"Costs!G2 (Amount): Excel last stored {stored}, the formula gives 2160, which is used; "
        "open and save the workbook in Excel to bring it up to date",
    )


def test_settings_take_formulas(read: Read) -> None:
    found = read(
        add("Parameters", "rate", "", "", 0.04),
        put("Settings", "discount_rate_costs", "Value", Formula("=rate/2", 0.02)),
    )
    assert found.settings.discount_rate_costs == parse("rate/2")
    assert found.warnings == ()


def test_a_number_that_draws_share_is_held_at_its_base_value(read: Read) -> None:
    found = read(
        add("Parameters", "age", "", "", 61),
        put("Settings", "start_age", "Value", Formula("=age", 61)),
    )
    assert found.settings.start_age == 61
    assert found.warnings == ("Settings!B6 (start_age): =age is held fixed at 61 in every draw",)


def test_a_horizon_that_is_not_whole_cycles_is_said(read: Read) -> None:
    found = read(put("Settings", "horizon_years", "Value", 2.54))
    assert [said for said in found.warnings if "horizon" in said] == [
        "Settings!B3 (horizon_years): not a whole number of cycles: the model runs 2.5 years"
    ]
    assert read(put("Settings", "horizon_years", "Value", 2.5)).warnings == ()


def test_an_unused_parameter_is_named(read: Read) -> None:
    found = read(add("Parameters", "c_other", "", "", 5, Formula("=c_other/2", 2.5), 9))
    assert found.warnings == (
        "Parameters!A13 (Name): c_other is used nowhere: it changes no result",
    )


def test_cells_that_a_method_does_not_use_are_named(read: Read) -> None:
    found = read(put("Survival", "OLD.OS", "Hazard ratio", 0.8),
                 put("Costs", "Test", "To month", 6))  # fmt: skip
    assert found.warnings == (
        "Survival!I2 (Hazard ratio): not used by method parametric",
        "Costs!F4 (To month): not used: entry is charged once, at the start",
    )


# Sheets, columns, rows


def _percent(file: Any) -> None:
    form = file.add_format({"num_format": "0.0%"})
    file.get_worksheet_by_name("Settings").write_number("B4", 0.03, form)


def _formatted_blanks(file: Any) -> None:
    form = file.add_format({"bg_color": "yellow"})
    for page in file.worksheets():
        page.write_blank(40, 0, None, form)
        page.write_string(45, 1, "   ")
    file.get_worksheet_by_name("Costs").write_blank(1_048_575, 0, None, form)  # the last row


def _foreign_columns(book: Book) -> None:
    book.columns["Costs"] = ["My remark", *book.columns["Costs"], "Total"]
    for row in book.rows["Costs"]:
        row |= {"My remark": "check", "Total": Formula("=G2*12", 3)}


def _foreign_sheet(file: Any) -> None:
    page = file.add_worksheet("Price sources")
    page.merge_range("A1:C1", "Anything")
    page.write_row("A2", ["Name", "Base", "12,5"])
    chart = file.add_chart({"type": "column"})
    chart.add_series({"values": "='Life table'!$B$2:$B$13"})
    file.add_chartsheet("Diagram").set_chart(chart)


def _lower_header(book: Book) -> None:
    for row, sheet in enumerate(book.header):
        book.header[sheet] = row % 9
    book.finish.append(
        lambda file: file.get_worksheet_by_name("Costs").merge_range("A1:F1", "What we pay")
    )


def _reverse_columns(book: Book) -> None:
    for columns in book.columns.values():
        columns.reverse()


def _case_and_space(book: Book) -> None:
    book.columns = {
        sheet.upper(): [f" {column.lower()} " for column in columns]
        for sheet, columns in book.columns.items()
    }
    book.rows = {
        sheet.upper(): [{f" {c.lower()} ": v for c, v in row.items()} for row in rows]
        for sheet, rows in book.rows.items()
    }
    book.header = {sheet.upper(): 0 for sheet in book.header}


@pytest.mark.parametrize("edit", [
    pytest.param(finish(_percent), id="percent format"),
    pytest.param(finish(_formatted_blanks), id="formatted blank rows"),
    pytest.param(finish(_foreign_sheet), id="other sheets"),
    pytest.param(finish(lambda file: file.worksheets()[3].hide()), id="hidden sheet"),
    pytest.param(finish(lambda file: file.worksheets()[7].set_row(1, None, None, {"hidden": True})),
                 id="hidden row"),
    pytest.param(_foreign_columns, id="other columns"),
    pytest.param(_case_and_space, id="case and space"),
    pytest.param(put("Costs", "Drug", "Strategy", " new "), id="case of a choice"),
    pytest.param(put("Costs", "Visits", "Per", "Every 3 months"), id="case of a period"),
    pytest.param(drop_column("Parameters", "In PSA"), id="optional column left out"),
])  # fmt: skip
def test_what_makes_no_difference(read: Read, edit: Edit) -> None:
    assert content(read(edit)) == content(read())


@pytest.mark.parametrize("edit", [_lower_header, _reverse_columns])
def test_order_of_columns_and_place_of_the_header(read: Read, edit: Edit) -> None:
    assert (results(read(edit)) == results(read())).all()


def test_sheets_that_may_be_left_out(read: Read) -> None:
    found = read(drop_sheet("Correlations"), drop_sheet("Scenarios"), drop_sheet("Adverse events"))
    assert (found.correlations, found.scenarios, found.adverse_events) == ((), (), ())


def test_rows_that_may_be_left_out(read: Read) -> None:
    assert read(drop("Costs")).costs == ()


def test_a_workbook_with_macros(tmp_path: Path, read: Read) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part).replace(
                b"openxmlformats-officedocument.spreadsheetml.sheet.main",
                b"ms-excel.sheet.macroEnabled.main",
            ))  # fmt: skip
    path = tmp_path / "macros.xlsm"
    path.write_bytes(target.getvalue())
    assert content(cea.read_workbook(path)) == content(read())


def test_the_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.xlsx"
    path.write_bytes(workbook())
    path.chmod(0o444)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    found = cea.read_workbook(str(path))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert [p.name for p in tmp_path.iterdir()] == ["mine.xlsx"]
    assert found.file is not None
    assert (found.file.name, found.file.sha256) == ("mine.xlsx", before)


# Settings


def test_defaults(read: Read) -> None:
    settings = read(drop("Settings", "psa_draws")).settings
    given = {"price_year", "horizon_years", "discount_rate_costs", "discount_rate_effects",
             "start_age", "proportion_male", "reference_strategy", "ceac_max",
             "ceac_step"}  # fmt: skip
    for form in SETTINGS:
        if form.name not in given:
            default = True if form.default == "yes" else form.default
            assert getattr(settings, form.name) == default, form.name
    assert isinstance(settings.psa_draws, int)


def test_a_blank_setting_is_a_missing_one(read: Read) -> None:
    found = read(add("Settings", "closure", None), add("Settings", "title", "  "))
    assert content(found) == content(read())


def test_a_partitioned_model_needs_no_life_table(read: Read) -> None:
    found = read(
        drop_sheet("Life table"),
        add("Settings", "structure", "partitioned_survival"),
        add("Settings", "background_mortality", "no"),
    )
    assert found.life_table is None
    assert np.isfinite(results(found)).all()


# Scenarios


def scenario(read: Read, *rows: tuple[Any, ...]) -> Scenario:
    return read(*(add("Scenarios", "edit", None, *row) for row in rows)).scenarios[-1]


@pytest.mark.parametrize(("row", "edit"), [
    (("Settings", "horizon_years", "Value", 4), put("Settings", "horizon_years", "Value", 4)),
    (("Settings", "closure", "Value", "os_hazard"), add("Settings", "closure", "os_hazard")),
    (("settings", "CYCLE_UNIT", "value", "week"), add("Settings", "cycle_unit", "week")),
    (("Parameters", "c_visit", "base", 500), put("Parameters", "c_visit", "Base", 500)),
    (("Parameters", "c_drug", "Base", Formula("=3*c_visit", 0)),
     put("Parameters", "c_drug", "Base", Formula("=3*c_visit"))),
    (("Costs", "Visits", "Per", "month"), put("Costs", "Visits", "Per", "month")),
    (("Costs", "Drug.NEW", "To month", None), put("Costs", "Drug", "To month", None)),
    (("Costs", "Visits", "Strategy", "OLD"), put("Costs", "Visits", "Strategy", "OLD")),
    (("Survival", "NEW.OS", "Hazard ratio", 1), put("Survival", "NEW.OS", "Hazard ratio", 1)),
    (("Utilities", "progressed", "Utility", 0.2), put("Utilities", 1, "Utility", 0.2)),
    (("Life table", "61", "qx male", 0.5), put("Life table", 1, "qx male", 0.5)),
    (("Thresholds", "Threshold", "Value", 1), put("Thresholds", 0, "Value", 1)),
])  # fmt: skip
def test_a_scenario_is_an_edited_workbook(read: Read, row: tuple[Any, ...], edit: Edit) -> None:
    edited = read(edit, put("Parameters", "c_visit", "Low", None),
                  put("Parameters", "c_visit", "High", None),
                  put("Parameters", "c_drug", "Low", None),
                  put("Parameters", "c_drug", "High", None))  # fmt: skip
    found = scenario(read, row).assumptions
    assert found.settings == edited.settings
    assert found.thresholds == edited.thresholds
    assert (results(found) == results(edited)).all()


def test_rows_of_one_scenario_belong_together(read: Read) -> None:
    found = scenario(
        read,
        ("Settings", "closure", "Value", "constant"),
        ("Settings", "post_progression_hazard", "Value", Formula("=0.1*os_hr")),
    )
    assert found.assumptions.settings.closure == "constant"
    assert found.changes == (
        "closure Value = constant",
        "post_progression_hazard Value = 0.1*os_hr",
    )
    assert np.isfinite(results(found.assumptions)).all()


def test_labels_of_scenarios(read: Read) -> None:
    found = read(add("Scenarios", "long", None, "Settings", "horizon_years", "Value", 11))
    assert [(s.name, s.label) for s in found.scenarios] == [
        ("short", "Five years"),
        ("long", "long"),
    ]


@pytest.mark.parametrize("base", [0, 100, 90_000])
def test_a_scenario_may_leave_the_range(read: Read, base: float) -> None:
    found = scenario(read, ("Parameters", "c_drug", "Base", base))
    assert found.assumptions.by_key["c_drug"].base == Expression.constant(base)
    assert np.isfinite(results(found.assumptions)).all()


# The examples


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_read_without_warnings(name: str, examples: dict[str, Path]) -> None:
    # The scenarios of km_example are meant to show what a criterion's choice is worth. Two costs
    # of sor_tace have published ranges far from symmetric: a gamma cannot render them.
    found = cea.read_workbook(examples[name]).warnings
    expected = {"sor_tace": ["Parameters!F25 (Low)", "Parameters!F26 (Low)"]}
    places = [said.partition(":")[0] for said in found
              if name != "km_example" or "Scenario " not in said]  # fmt: skip
    assert places == expected.get(name, [])
    assert all("the PSA's own 95% interval" in said for said in found if "(Low)" in said)


def _expressions(cells: list[Any]) -> Iterator[Expression | None]:
    for cell in cells:
        if cell is None:
            yield None
        else:
            yield parse(cell) if isinstance(cell, str) else Expression.constant(cell)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_say_what_their_content_says(name: str, examples: dict[str, Path]) -> None:
    wanted = load_example(name)
    found = cea.read_workbook(examples[name])
    columns = ("Base", "Low", "High", "SE", "Par1", "Par2")
    typed = [p for p in found.parameters if p.group != GROUP]  # the others are estimates of fits
    assert len(typed) == len(wanted["Parameters"])
    for parameter, row in zip(typed, wanted["Parameters"], strict=True):
        assert parameter.name == row["Name"]
        assert parameter.distribution == (row.get("Distribution") or "fixed")
        cells = [parameter.base, parameter.low, parameter.high, parameter.se, parameter.par1,
                 parameter.par2]  # fmt: skip
        assert cells == list(_expressions([row.get(column) for column in columns]))
    for curve, row in zip(found.curves, wanted["Survival"], strict=True):
        assert curve.key == (row["Strategy"], row["Endpoint"])
        pars = [row[c] for c in row if c.startswith("Par") and row[c] is not None]
        if row["Method"] != "fit":
            assert list(curve.parameters) == list(_expressions(pars))
        assert [curve.hazard_ratio] == list(_expressions([row.get("Hazard ratio")]))
        assert (curve.waning is None) == (row.get("Waning start") is None)
    for cost, row in zip(found.costs, wanted["Costs"], strict=True):
        assert (cost.item, cost.strategy) == (row["Item"], row["Strategy"])
        assert (f"every {cost.every}" if cost.every else str(cost.per)) == row["Per"]
        cells = [cost.amount, cost.from_month, cost.to_month]
        given = [row.get(column) for column in ("Amount", "From month", "To month")]
        assert cells == list(_expressions(given))
    for utility, row in zip(found.utilities, wanted["Utilities"], strict=True):
        assert [utility.value] == list(_expressions([row["Utility"]]))
    assert len(found.adverse_events) == len(wanted["Adverse events"])
    estimates = {name for fit in found.fits.values() for name in fit.parameters}
    given = [pair for pair in found.correlations if pair.a.lower() not in estimates]
    assert len(given) == len(wanted["Correlations"])
    names = dict.fromkeys(row["Scenario"] for row in wanted["Scenarios"])
    assert [s.name for s in found.scenarios] == list(names)
    for row in wanted["Settings"]:
        value = getattr(found.settings, str(row["Setting"]))
        if isinstance(row["Value"], str) and not row["Value"].startswith("="):
            assert value in (row["Value"], row["Value"] == "yes")


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_workbook_saved_by_libreoffice(examples: dict[str, Path], tmp_path: Path) -> None:
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path),
         *map(str, examples.values())],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    for path in examples.values():
        assert content(cea.read_workbook(tmp_path / path.name)) == content(cea.read_workbook(path))


# Whatever may stand in a cell


NASTY = (
    None, "", "abc", "1,234.5", "3.5%", "0,03", "-", "=c_drug", True, False, 0, -1, 1, 0.5, 100,
    1e-300, 5e-324, 1e300, -1e300, 1.7e308, 10**400, 1e14, -1e14, 1e-90, datetime(2024, 1, 1),
    datetime(2024, 1, 1).time(), "#DIV/0!", "#N/A",
)  # fmt: skip
NASTY_FORMULAS = (
    "=1/0", "=x_y", "=", "=1+", "=(", "=VLOOKUP(1,2)", "=A1", "=-1", "=1e300*1e300", "=LN(-1)",
    "=u_pf", "=os_hr", "=IF(1,2)", "=EXP(1000)", "=1e-200",
)  # fmt: skip


def _edited(tables: Tables, rng: random.Random) -> Tables:
    """The tables with a nasty value in a random cell."""
    sheet = rng.choice([name for name, rows in tables.rows.items() if rows])
    rows = list(tables[sheet])
    at = rng.randrange(len(rows))
    column = rng.choice(list(rows[at].cells))
    value, formula = rng.choice(NASTY), None
    if rng.random() < 0.25:
        value, formula = rng.choice((None, 5.0, "x", "#N/A")), rng.choice(NASTY_FORMULAS)
    cell = replace(rows[at][column], value=value, formula=formula)
    rows[at] = replace(rows[at], cells={**rows[at].cells, column: cell})
    return replace(tables, rows={**tables.rows, sheet: tuple(rows)})


@pytest.mark.parametrize(("name", "times"), [("valid", 400), ("three_strategies", 60)])
def test_any_value_in_any_cell(
    name: str, times: int, examples: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "valid.xlsx").write_bytes(workbook())
    tables, _ = load(examples.get(name, tmp_path / "valid.xlsx"), Findings())
    rng = random.Random(20240810)
    read, messages = 0, []
    for _ in range(times):
        edited = _edited(tables, rng)
        try:
            found = read_tables(edited, Findings())
        except cea.WorkbookError as error:
            messages.append(str(error))
            continue
        read += 1
        try:
            with np.errstate(over="ignore"):  # a curve may fall to nothing at once
                assert np.isfinite(results(found)).all()
        except cea.UserError as error:
            messages.append(str(error))
    assert read > times / 10
    assert all(messages)
