"""Sheets of scenarios, subgroups and families in the results workbook."""

from __future__ import annotations

import math

import pytest
from openpyxl import Workbook, load_workbook

import cea
from cea.analysis.families import NAMES
from cea.report.format import family_name
from cea.report.record import RunRecord
from cea.report.results import Results
from cea.report.results_workbook import write_results
from tests.build import shipped
from tests.test_results_workbook import cells, table

RECORD = RunRecord("0", "x.xlsx", "0" * 64, None, None, None, "", {})
LABEL = "Immunotherapy versus Chemotherapy"


@pytest.fixture(scope="module")
def three() -> tuple[cea.Assumptions, cea.Subgroups, cea.Scenarios]:
    found = shipped("three_strategies")
    return found, cea.subgroups(found, 64), cea.scenarios(found, 64)


@pytest.fixture(scope="module")
def book(
    three: tuple[cea.Assumptions, cea.Subgroups, cea.Scenarios],
    tmp_path_factory: pytest.TempPathFactory,
) -> Workbook:
    found, groups, edited = three
    path = tmp_path_factory.mktemp("sheets") / "three.xlsx"
    results = Results(cea.base_case(found), scenarios=edited, subgroups=groups)
    write_results(path, results, RECORD, [])
    return load_workbook(path)


@pytest.fixture(scope="module")
def families() -> cea.Families:
    return cea.families(shipped("km_example"))


@pytest.fixture(scope="module")
def fitted(families: cea.Families, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    path = tmp_path_factory.mktemp("sheets") / "km.xlsx"
    results = Results(cea.base_case(families.assumptions), families=families)
    write_results(path, results, RECORD, [])
    return load_workbook(path)


def test_only_what_was_found_has_a_sheet(book: Workbook, fitted: Workbook) -> None:
    assert {"Scenarios", "Scenario changes", "Subgroups"} <= set(book.sheetnames)
    assert "Families" not in book.sheetnames
    assert "Families" in fitted.sheetnames
    assert not {"Scenarios", "Scenario changes", "Subgroups"} & set(fitted.sheetnames)


def test_numbers_are_finite(book: Workbook, fitted: Workbook) -> None:
    for one, sheets in ((book, ("Scenario changes", "Subgroups")), (fitted, ("Families",))):
        for sheet in sheets:
            found = cells(one, sheet)
            assert all(cell.data_type in ("n", "s") for cell in found)
            assert all(math.isfinite(cell.value) for cell in found if cell.data_type == "n")


def test_subgroups(book: Workbook, three: tuple[cea.Assumptions, cea.Subgroups, object]) -> None:
    groups = three[1]
    rows = table(book, "Subgroups", "Subgroup")
    assert [row["Subgroup"] for row in rows] == ["PD-L1 high", "PD-L1 low", "All, weighted"]
    expected = groups.table.query("strategy == 'MONO'").to_dict("records")
    for row, wanted in zip(rows, expected, strict=True):
        assert row["Weight"] == pytest.approx(wanted["weight"])
        assert row["Incremental costs (EUR)"] == pytest.approx(wanted["incremental_cost"])
        assert row["ICER (EUR per QALY)"] == pytest.approx(wanted["icer"])
        assert row["PSA: INMB (EUR)"] == pytest.approx(wanted["psa_inmb"])
        assert row["Most cost-effective"] == pytest.approx(wanted["psa_probability"])
    weighted = rows[-1]
    assert weighted["Fully incremental analysis"] == "Extendedly dominated"
    said = " ".join(str(cell.value) for cell in cells(book, "Subgroups"))
    assert "Choosing the best strategy for each subgroup" in said


def test_scenario_changes(book: Workbook, three: tuple[object, object, cea.Scenarios]) -> None:
    scenarios = three[2]
    rows = table(book, "Scenario changes", "Scenario")
    ranked = scenarios.ranked(1)
    assert [row["Scenario"] for row in rows] == [one.label for one in ranked]
    base = scenarios.results[0].inmb(1)
    for row, one in zip(rows, ranked, strict=True):
        assert row["INMB (EUR)"] == pytest.approx(one.inmb(1))
        ends = row["Lower end of the bar"], row["Upper end of the bar"]
        assert ends == pytest.approx(tuple(sorted((base, one.inmb(1)))))
        change = scenarios.change(one, 1)
        assert change is not None
        assert row["Change in costs (EUR)"] == pytest.approx(change.cost[0])
        assert row["Change in QALYs"] == pytest.approx(change.qaly[0], abs=1e-12)
    assert len(book["Scenario changes"]._charts) == 2
    sampled = table(book, "Scenario changes", "Scenario", occurrence=1)
    assert [row["Scenario"] for row in sampled] == [one.label for one in scenarios.results]
    for row, one in zip(sampled, scenarios.results, strict=True):
        assert row["INMB (EUR)"] == pytest.approx(one.sampled(1).inmb)


def test_families(fitted: Workbook, families: cea.Families) -> None:
    inmb, icer = (table(fitted, "Families", "OS in rows, PFS in columns", k) for k in (0, 1))
    pair = families.gains(1)
    benefit = pair.inmb(families.assumptions.threshold.value)
    for i, name in enumerate(NAMES):
        for j, other in enumerate(NAMES):
            draw = families.joint.cells[i, j]
            assert inmb[i][family_name(other)] == pytest.approx(benefit[draw])
            assert icer[i][family_name(other)] == pytest.approx(pair.cost[draw] / pair.qaly[draw])
        weight = inmb[i]["AIC weight of OS, New treatment"]
        assert weight == pytest.approx(families.slots[1].weights[name])
    assert inmb[7]["OS in rows, PFS in columns"] == "AIC weight of PFS, Standard care"
    assert inmb[7]["Weibull"] == pytest.approx(families.slots[2].weights["weibull"])
    assert len(table(fitted, "Families", "Curve")) == 28
    said = " ".join(str(cell.value) for cell in cells(fitted, "Families"))
    assert "in 2,401 combinations of families" in said
    assert "do not validate the tail" in said
