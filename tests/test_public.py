"""The public names, and what is made from the code, stay in step."""

from __future__ import annotations

from inspect import isfunction, signature
from pathlib import Path

import pytest

import cea
from cea.assumptions import MONTHS_PER, Settings
from cea.examples import EXAMPLES
from cea.survival.families import FAMILIES
from cea.workbook import schema
from cea.workbook.build_parameters import TAKEN
from cea.workbook.examples import make_workbook
from cea.workbook.guide import guide
from tests.build import shipped
from tests.workbooks.book import members

ROOT = Path(__file__).parents[1]


def test_public_names():
    assert set(cea.__all__) == {
        "AnalysisError", "Assumptions", "BaseCase", "CeaError", "Evsi", "Families", "Figures",
        "OutputError", "OwnPsa", "OwnSettings", "Precision", "Problem", "Psa", "Scenarios",
        "StudyCost", "Subgroups", "ThresholdAnalysis", "Tornado", "TwoWay", "UserError", "Voi",
        "WorkbookError", "__version__", "base_case", "calibrate_gompertz", "calibrate_weibull",
        "evsi", "export_model", "families", "icer_intervals", "own_psa",
        "precision_of", "psa", "psa_until", "read_workbook", "scenarios", "subgroups", "survey",
        "threshold_analysis", "tornado", "trial", "two_way", "voi", "workers_at",
    }  # fmt: skip
    for name in cea.__all__:
        assert getattr(cea, name) is not None
    with pytest.raises(AttributeError):
        cea.no_such_name  # noqa: B018


def test_only_what_is_asked_of_a_function_goes_without_its_name():
    for name in cea.__all__:
        value = getattr(cea, name)
        if isfunction(value):
            named = [p for p in signature(value).parameters.values() if p.kind is p.KEYWORD_ONLY]
            most = 3 if name == "two_way" else 2
            assert len(signature(value).parameters) - len(named) <= most, name


def test_schema_agrees_with_the_model():
    assert tuple(FAMILIES) == schema.FAMILIES
    assert set(schema.CYCLE_UNITS) == set(MONTHS_PER)
    assert [setting.name for setting in schema.SETTINGS] == list(Settings.__dataclass_fields__)


def test_no_parameter_is_called_like_a_column_beside_it():
    found = cea.read_workbook(ROOT / "inputs" / "sor_tace.xlsx")
    names = {parameter.name for parameter in found.parameters}
    grid = cea.two_way(found, "os_hr", "c_sorafenib_month", steps=2)
    tables = cea.psa(found, 16).parameters, grid.table, grid.switch
    columns = {column for table in tables for column in table.columns}
    assert columns - names == TAKEN - {"iteration"}


def test_the_workbook_guide_is_up_to_date():
    assert (ROOT / "docs" / "workbook.md").read_text(encoding="utf-8") == guide()


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_shipped_workbooks_are_up_to_date(example: str, tmp_path: Path):
    path = tmp_path / f"{example}.xlsx"
    make_workbook(path, example)
    shipped = (ROOT / "inputs" / f"{example}.xlsx").read_bytes()
    assert members(path.read_bytes()) == members(shipped), (
        f"run: cea new inputs/{example}.xlsx --example {example} --force"
    )


def test_version_is_said_once():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == cea.__version__
    assert f"version: {cea.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"## [{cea.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_a_result_at_the_prompt_does_not_fill_the_screen():
    found = shipped("sor_tace")
    assert repr(found) == "<Assumptions sor_tace.xlsx: TACE, SOR-TACE>"
    assert repr(found) in repr(cea.base_case(found))
