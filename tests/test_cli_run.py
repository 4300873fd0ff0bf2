"""What the commands write to a folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

import cea
from cea import cli
from tests.command_line import INPUTS, SHIPPED, call, without_figures

FILES = {
    "model.xlsx", "results.xlsx", "run.json", "base_case.csv", "incremental.csv", "trace.csv",
    "dsa.csv", "psa_summary.csv", "psa_parameters.csv", "psa_outcomes.csv", "ceac.csv",
    "scenarios.csv", "twoway.csv", "twoway_switch.csv", "threshold.csv", "price.csv",
    "discount.csv", "icer_intervals.csv", "psa_precision.csv", "psa_convergence.csv",
    "evpi.csv", "evppi.csv", "evppi_curves.csv",
}  # fmt: skip
FIGURES = {
    "survival", "trace", "costs", "frontier", "tornado", "scenarios", "plane", "ceac", "evpi",
    "convergence", "twoway", "price", "expected_loss", "net_benefit", "cost_qaly",
    "evppi", "evppi_curves",
}  # fmt: skip


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "out"
    code, output = call("run", SHIPPED, "--out", folder, "--draws", 128, "--seed", 3)
    assert code == 0, output
    return folder


def test_run_writes_everything(run_folder: Path):
    assert {p.name for p in run_folder.iterdir()} == FILES | {"figures"}
    assert {p.name for p in (run_folder / "figures").iterdir()} == {
        f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg")
    }
    assert [p.name for p in run_folder.parent.iterdir()] == ["out"], "a temporary folder is left"


def test_run_record(run_folder: Path):
    record = json.loads((run_folder / "run.json").read_text())
    assert record["sha256"] == hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    assert (record["draws"], record["seed"], record["sampling"]) == (128, 3, "sobol")
    assert record["settings"]["structure"] == "markov"
    written = {p.relative_to(run_folder).as_posix() for p in run_folder.rglob("*") if p.is_file()}
    assert set(record["files"]) == written
    assert any("rest on assumption" in said for said in record["warnings"])
    assert any("capped" in said and "PSA draws" in said for said in record["warnings"])


def test_tables_have_the_promised_columns(run_folder: Path):
    def columns(name: str) -> list[str]:
        return list(pd.read_csv(run_folder / f"{name}.csv").columns)

    assert columns("base_case")[:4] == ["strategy", "cost", "ly", "qaly"]
    assert columns("trace") == [
        "strategy", "cycle", "month", "progression_free", "progressed", "dead",
    ]  # fmt: skip
    assert columns("psa_outcomes") == ["draw", "strategy", "cost", "ly", "qaly"]
    assert columns("psa_parameters")[:2] == ["draw", "os_median_tace"]


def test_tables_agree_with_the_python_interface(run_folder: Path):
    assumptions = cea.read_workbook(SHIPPED)
    base = pd.read_csv(run_folder / "base_case.csv")
    assert base["cost"].to_numpy() == pytest.approx(cea.base_case(assumptions).cost, rel=1e-12)
    outcomes = pd.read_csv(run_folder / "psa_outcomes.csv")
    psa = cea.psa(assumptions, draws=128, seed=3)
    assert outcomes["qaly"].to_numpy() == pytest.approx(psa.outcomes.total_qaly.ravel(), rel=1e-12)
    trace = pd.read_csv(run_folder / "trace.csv")
    total = trace[["progression_free", "progressed", "dead"]].sum(axis=1)
    assert total.to_numpy() == pytest.approx(1.0, abs=1e-12)


def test_a_failed_run_leaves_the_last_one_whole(
    sor_tace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.xlsx").write_text("the last good run")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("cea.report.run.write_results", fail)
    without_figures(monkeypatch)
    monkeypatch.setattr(
        "sys.argv", ["cea", "run", str(sor_tace), "--out", str(out), "--draws", "16"]
    )
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    assert "a fault of the program" in capsys.readouterr().err
    assert [p.name for p in out.iterdir()] == ["results.xlsx"]
    assert (out / "results.xlsx").read_text() == "the last good run"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_out_must_be_a_folder_without_a_run_of_another_kind(tmp_path: Path):
    taken = tmp_path / "taken"
    taken.write_text("")
    code, output = call("run", SHIPPED, "--out", taken)
    assert (code, "a file" in output) == (2, True)
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_text('{"command": "run", "files": ["run.json"]}')
    code, output = call("tornado", SHIPPED, "--out", out)
    assert (code, "holds the files of 'cea run'" in output) == (2, True)
    assert [p.name for p in out.iterdir()] == ["run.json"]


def test_one_analysis_writes_its_own_files(sor_tace: Path, tmp_path: Path):
    for _ in range(2):  # it may replace its own files
        assert call("tornado", sor_tace, "--out", tmp_path / "t")[0] == 0
        assert {p.name for p in (tmp_path / "t").rglob("*")} == {
            "dsa.csv", "figures", "tornado.png", "tornado.svg", "run.json",
        }  # fmt: skip
    assert call("scenarios", SHIPPED, "--out", tmp_path / "s")[0] == 0
    assert {p.name for p in (tmp_path / "s").rglob("*")} == {
        "scenarios.csv", "figures", "scenarios.png", "scenarios.svg", "run.json",
    }  # fmt: skip


def test_families_and_subgroups_write_their_own_files(km_example: Path, tmp_path: Path):
    for command, workbook, files in (
        ("families", km_example, {
            "families.csv", "families_summary.csv", "families_grid.csv", "families_fits.csv",
            "families.png", "families_of_standard.png", "families_of_new.png",
        }),
        ("subgroups", INPUTS / "three_strategies.xlsx", {
            "subgroups.csv", "subgroups_mono.png", "subgroups_combo.png",
        }),
    ):  # fmt: skip
        out = tmp_path / command
        code, output = call(command, workbook, "--out", out)
        assert code == 0, output
        written = {p.name for p in out.rglob("*") if p.suffix != ".svg"}
        assert written == files | {"figures", "run.json"}
    # Its draws can be made again.
    record = json.loads((tmp_path / "subgroups" / "run.json").read_text())
    assert (record["draws"], record["seed"], record["sampling"]) == (5000, 42, "sobol")
