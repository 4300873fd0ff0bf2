"""Every command that runs a PSA names its draws and says what they warn of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

import cea
from cea.assumptions import Scenario, Subgroup
from cea.report.notes import notes
from cea.report.results import Results
from tests.command_line import SHIPPED, call

_OUTSIDE = "PSA: Costs!G12 (Amount): not at least 0 in "
_RISES = "PSA: utility rises on progression in "
_DRAWS = "128 draws (Sobol, seed 7)"
_EVSI = ("--survey", "u_pf", "--sd", "0.25", "--n", "50")


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The terminal care of the example, a normal distribution that reaches below 0."""
    book = openpyxl.load_workbook(SHIPPED)
    sheet = book["Parameters"]
    columns = {cell.value: cell.column for cell in sheet[2]}
    row = next(r for r in range(3, 99) if sheet.cell(r, columns["Name"]).value == "c_terminal")
    for name, value in (("Distribution", "normal"), ("SE", 2000)):
        sheet.cell(row, columns[name]).value = value
    path = tmp_path_factory.mktemp("doubtful") / "doubtful.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("command", "heading"),
    [
        (("psa",), f"PSA, {_DRAWS}: mean (95% interval)"),
        (("voi",), f"PSA: {_DRAWS} Most cost-effective at"),
        (("threshold",), f"value-based price, now USD 1,757 per month; PSA: {_DRAWS}"),
        (("evsi", *_EVSI), f"(3 x GDP per capita 2023), {_DRAWS}"),
        (("scenarios", "--psa"), ""),
        (("export-psa",), ""),
    ],
    ids=["psa", "voi", "threshold", "evsi", "scenarios", "export-psa"],
)
def test_the_draws_are_named_and_warn_alike_whatever_they_are_for(
    doubtful: Path, tmp_path: Path, command: tuple[str, ...], heading: str
):
    out = tmp_path / "out"
    name, *rest = command
    code, output = call(name, doubtful, *rest, "--draws", 128, "--seed", 7, "--out", out)
    assert code == 0, output
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (record["draws"], record["seed"]) == (128, 7)
    for said in (_OUTSIDE, _RISES):
        assert said in output
        assert [w for w in record["warnings"] if w.startswith(said)]
    assert heading in output
    assert "of PSA draws)" in output
    # The tables of the PSA itself stay with the command that is about it.
    assert (out / "psa_outcomes.csv").exists() == (name == "psa")


def test_a_scenario_warns_of_what_its_own_draws_add(doubtful: Path):
    base, edited = cea.read_workbook(SHIPPED), cea.read_workbook(doubtful)
    whole = replace(base, scenarios=(Scenario("normal", "normal", (), edited),))
    found = cea.scenarios(whole, 128)
    of_scenario = [
        said
        for said in notes(cea.base_case(whole), Results(scenarios=found))
        if said.startswith("PSA of scenario")
    ]
    assert len(of_scenario) == 1  # and not the utilities, of which the base case's draws warn
    assert of_scenario[0].startswith("PSA of scenario normal: Costs!G12 (Amount): not at least 0")


def test_the_draws_of_subgroups_warn_of_utilities_too():
    whole = cea.read_workbook(SHIPPED)
    groups = tuple(Subgroup(x, x, 0.5, (), whole) for x in ("young", "old"))
    found = cea.subgroups(replace(whole, subgroups=groups), 128)
    for label in ("young", "old"):
        assert [w for w in found.warnings if w.startswith(f"{label}: utility rises on progression")]
