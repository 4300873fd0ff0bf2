"""cea voi, evsi and export-psa: what is printed, what is written, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cea
from tests.command_line import INPUTS, SHIPPED, call, without_figures

THREE = INPUTS / "three_strategies.xlsx"


def test_voi_of_a_workbook(tmp_path: Path):
    out = tmp_path / "out"
    code, output = call("voi", THREE, "--draws", 1024, "--out", out)
    assert code == 0, output
    assert "EVPI at EUR 80,000 per QALY" in output
    assert "for the population" in output
    assert "OS hazard ratio," in output  # the label goes on in the next line of the table
    assert "1,500 patients a year for 8 years, discounted at 4% a year" in output
    assert {p.name for p in out.iterdir()} == {
        "evpi.csv", "evppi.csv", "evppi_curves.csv", "figures", "run.json"
    }  # fmt: skip
    table = pd.read_csv(out / "evppi.csv")
    assert list(table.columns[:4]) == ["label", "threshold", "kind", "set"]
    assert set(table["kind"]) == {"parameter", "group", "set", "assumptions"}
    record = json.loads((out / "run.json").read_text())
    assert (record["command"], record["draws"]) == ("voi", 1024)


def test_draws_written_by_a_run_give_the_same_again(
    sor_tace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    without_figures(monkeypatch)
    run, out = tmp_path / "run", tmp_path / "out"
    assert call("run", sor_tace, "--draws", 512, "--out", run)[0] == 0
    code, output = call(
        "voi", "--parameters", run / "psa_parameters.csv", "--outcomes", run / "psa_outcomes.csv",
        "--threshold", 70844, "--threshold", 38042, "--currency", "USD", "--reference", "TACE",
        "--incidence", 1000, "--horizon-years", 10, "--out", out,
    )  # fmt: skip
    assert code == 0, output
    assert "EVPI at USD 70,844 per QALY" in output
    assert {p.name for p in out.iterdir()} == {
        "ceac.csv", "evpi.csv", "evppi.csv", "evppi_curves.csv", "figures", "run.json"
    }  # fmt: skip
    assert {p.stem for p in (out / "figures").iterdir()} == {
        "ceac", "evpi", "evppi", "evppi_curves"
    }  # fmt: skip
    ours = pd.read_csv(run / "evpi.csv").set_index("threshold")["evpi"]
    theirs = pd.read_csv(out / "evpi.csv").set_index("threshold")
    assert theirs["evpi"][38042] == pytest.approx(ours[38042])
    assert theirs["population_evpi"][70844] == pytest.approx(10_000 * theirs["evpi"][70844])
    record = json.loads((out / "run.json").read_text())
    assert set(record["inputs"]) == {"psa_parameters.csv", "psa_outcomes.csv"}
    assert record["reference"] == "TACE"
    # A second run of the same command replaces the first.
    assert call(
        "voi", "--parameters", run / "psa_parameters.csv", "--outcomes", run / "psa_outcomes.csv",
        "--threshold", 1000, "--out", out,
    )[0] == 0  # fmt: skip


def test_export_is_what_savi_and_this_tool_read(sor_tace: Path, tmp_path: Path):
    out = tmp_path / "out"
    assert call("export-psa", sor_tace, "--draws", 256, "--out", out)[0] == 0
    tables = {name: pd.read_csv(out / f"{name}.csv") for name in ("parameters", "costs", "effects")}
    assert {len(table) for table in tables.values()} == {256}
    sampled = cea.psa(cea.read_workbook(sor_tace), 256)
    assert list(tables["parameters"]) == [p.name for p in sampled.sample.parameters]
    assert list(tables["costs"]) == list(tables["effects"]) == ["TACE", "SOR-TACE"]
    assert np.array_equal(tables["costs"].to_numpy(), sampled.outcomes.cost)
    assert np.array_equal(tables["effects"].to_numpy(), sampled.outcomes.total_qaly)
    script = (out / "read.R").read_text()
    assert 'read.csv("costs.csv"' in script
    assert "ref = 2" in script  # BCEA: increments of the strategy of interest
    assert "grid <- sort(unique(c(seq(0, 80000, by = 500), 38042, 12681)))" in script
    files = [f"--{x}={out / x}.csv" for x in ("parameters", "costs", "effects")]
    code, output = call("voi", *files, "--threshold", 70844)
    assert code == 0, output
    assert "os_hr" in output


def test_evsi_of_a_survey_and_of_a_trial(sor_tace: Path, tmp_path: Path):
    out = tmp_path / "out"
    code, output = call(
        "evsi", THREE, "--draws", 1024, "--survey", "u_pf", "--survey", "u_pd", "--sd", 0.2,
        "--n", "50,500", "--cost-fixed", 1000, "--cost-per-patient", 10, "--out", out,
    )  # fmt: skip
    assert code == 0, output
    assert "Survey: Utility, progression-free and Utility, progressed" in output
    table = pd.read_csv(out / "evsi.csv")
    assert table["size"].to_list() == [50.0, 500.0] * 3
    assert table["cost"].to_list() == [1500.0, 6000.0] * 3
    assert "standard_error" in table
    code, output = call("evsi", sor_tace, "--draws", 1024, "--trial", "--months", "24", "--n", 100)
    assert code == 0, output
    assert "fill in voi_incidence" in output
    code, output = call(
        "evsi", sor_tace, "--draws", 1024, "--trial", "--n", 81, "--followed", 24, "--months",
        "36,48",
    )  # fmt: skip
    assert code == 0, output
    assert "81 patients an arm, followed for 24 months already" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["voi"], "name a workbook, or the draws of another tool"),
        (["voi", SHIPPED, "--threshold", "1"], "give either a workbook"),
        (["voi", SHIPPED, "--discount-rate", "0.2"], "give either a workbook"),
        (["voi", "--parameters", "missing.csv", "--outcomes", "o.csv"], "no such file"),
        (["voi", "--parameters", "p.csv", "--draws", "10"], "--draws and --seed are for workbooks"),
        (["voi", "--parameters", "p.csv", "--incidence", "10"], "both --incidence and"),
        (["voi", SHIPPED, "--draws", "50"], "50 draws are too few"),
        (["evsi", SHIPPED], "name one study"),
        (["evsi", SHIPPED, "--trial", "--survey", "u_pf"], "name one study"),
        (["evsi", SHIPPED, "--trial"], "a trial needs its follow-up"),
        (["evsi", SHIPPED, "--survey", "u_pf"], "--sd"),
        (["evsi", SHIPPED, "--survey", "os_hr", "--sd", "0.2"], "os_hr is behind the survival"),
        (["evsi", SHIPPED, "--survey", "os_hr", "--sd", "0.2"], "ask for a trial: --trial --mon"),
        (["evsi", SHIPPED, "--survey", "u_pff", "--sd", "0.2"], "did you mean 'u_pf'"),
        (["evsi", SHIPPED, "--survey", "u_pf", "--sd", "0.2", "--n", "many"], "--n many: not num"),
        (["evsi", SHIPPED, "--survey", "u_pf", "--sd", "0.2", "--n", "inf"], "must be above 0"),
        (["evsi", SHIPPED, "--survey", "u_pf", "--sd", "0.2", "--n", "50.5"], "are whole numbers"),
        (["evsi", SHIPPED, "--survey", "u_pf", "--sd", "25"], "--sd 25: u_pf has the distribution"),
        (["evsi", SHIPPED, "--trial", "--months", "nan"], "--months nan: numbers must be"),
        (["evsi", SHIPPED, "--survey", "u_pf", "--sd", "0.2", "--months", "24"], "are for --trial"),
        (["evsi", SHIPPED, "--survey", "u_pf", "--sd", "1", "--followed", "0"], "are for --trial"),
        (["evsi", SHIPPED, "--trial", "--months", "24", "--sd", "0.2"], "are for --survey"),
        (["evsi", SHIPPED, "--trial", "--months", "24", "--prior-size", "9"], "are for --survey"),
    ],
)
def test_mistakes(
    arguments: list[object],
    said: str,
    sor_tace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.chdir(tmp_path)
    arguments = [sor_tace if one is SHIPPED else one for one in arguments]
    code, output = call(*arguments, "--out", tmp_path / "out")
    assert code == 2
    assert said in output
    assert not list(tmp_path.iterdir())


def test_a_run_with_few_draws_leaves_the_value_of_information_out(
    sor_tace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    without_figures(monkeypatch)
    out = tmp_path / "out"
    assert call("run", sor_tace, "--draws", 64, "--out", out)[0] == 0
    assert not (out / "evppi.csv").exists()
    record = json.loads((out / "run.json").read_text())
    assert any("64 draws are too few" in said for said in record["warnings"])
