"""The command line: exit codes, what is printed, what is refused."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import cea
from cea.analysis.pairs import strategy_at
from cea.examples import EXAMPLES
from cea.report.format import significant
from tests.command_line import INPUTS, SHIPPED, call


def test_help_names_every_command():
    code, output = call("--help")
    assert code == 0
    for command in (
        "new", "validate", "run", "base", "psa", "tornado", "twoway", "threshold", "scenarios",
        "subgroups", "families", "fit",
    ):  # fmt: skip
        assert command in output


def test_version():
    assert call("--version") == (0, f"cea {cea.__version__}")


def test_help_imports_nothing_slow():
    import subprocess
    import sys

    code = (
        "import sys, cea.cli; "
        "print([m for m in ('numpy', 'pandas', 'scipy', 'matplotlib', 'openpyxl') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("example", EXAMPLES)
def test_new_makes_a_workbook_that_runs(tmp_path: Path, example: str):
    path = tmp_path / "mine.xlsx"
    code, output = call("new", path, "--example", example)
    assert code == 0
    assert f"cea run {path}" in output
    assert call("validate", path)[0] == 0
    assert call("base", path)[0] == 0


def test_new_names_every_example():
    _, output = call("new", "--help")
    words = output.replace("│", " ").split()
    folders = (
        path.name for path in (INPUTS.parent / "cea" / "examples").iterdir() if path.is_dir()
    )
    shipped = {name for name in folders if not name.startswith("__")}
    assert shipped == set(EXAMPLES)
    assert shipped <= {word.strip(",;") for word in words}


def test_new_blank_says_what_is_to_be_filled_in(tmp_path: Path):
    path = tmp_path / "blank.xlsx"
    assert call("new", path)[0] == 0
    code, output = call("validate", path)
    assert code == 2
    assert "Settings!" in output
    assert "(reference_strategy): blank" in output


def test_new_refuses_to_overwrite(tmp_path: Path):
    path = tmp_path / "mine.xlsx"
    path.write_text("precious")
    code, output = call("new", path)
    assert code == 2
    assert "exists already" in output
    assert path.read_text() == "precious"
    assert call("new", path, "--force")[0] == 0
    assert openpyxl.load_workbook(path).sheetnames


def test_new_refuses_other_names_and_unknown_examples(tmp_path: Path):
    code, output = call("new", tmp_path / "mine.csv")
    assert (code, "mine.xlsx" in output) == (2, True)
    code, output = call("new", tmp_path / "mine.xlsx", "--example", "sortace")
    assert (code, "did you mean 'sor_tace'?" in output) == (2, True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["base"], "ICER USD 70,844 per QALY"),
        (["psa", "--draws", "256"], "PSA, 256 draws"),
        (["psa", "--draws", "256"], "Check by 16 independent sets of 16 draws more"),
        (["psa", "--draws", "256"], "95% interval USD"),
        (["psa", "--draws", "256", "--replicates", "8"], "from 8 independent sets of 32 draws"),
        (["psa", "--until", "3%"], "draws: the error asked for is reached"),
        (
            ["psa", "--until", "0.01%", "--replicates", "4", "--max-draws", "300"],
            "Stopped at 256 draws: the error asked for, 0.01%, is not reached",
        ),
        (["tornado"], "OS hazard ratio"),
        (["tornado", "--top", "3"], "35 others, summed"),
        (["tornado", "--outcome", "qaly"], "incremental QALYs, base 0.433"),
        (["tornado", "--outcome", "icer", "--threshold", "50000"], "base 70,844"),
        (["twoway"], "INMB is 0 at 2 points"),
        (["twoway", "--x", "u_pf", "--y", "u_pd"], "No switch: INMB is below 0"),
        (["twoway", "--x", "os_hr", "--y", "closure"], "closure pps_curve"),
        (["twoway", "--x", "c_sorafenib_month", "--x-from", "0", "--y", "os_hr"], "INMB is 0 at"),
        (["threshold", "--draws", "64"], "747.89"),
        (["threshold", "--parameter", "os_hr", "--from", "0.2", "--to", "0.5"], "0.28933"),
        (["threshold", "--parameter", "c_sorafenib_month", "--threshold", "12681"], "no switch"),
        (["scenarios"], "Time horizon 5 years"),
        (["validate"], "the workbook is sound"),
    ],
)
def test_commands_print_and_write_nothing(
    command: list[str],
    said: str,
    sor_tace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.chdir(tmp_path)
    workbook = SHIPPED if command[0] in ("scenarios", "validate") else sor_tace
    code, output = call(command[0], workbook, *command[1:])
    assert code == 0
    assert said in output
    assert not list(tmp_path.iterdir())


def test_a_changed_cell_changes_the_result(sor_tace: Path, tmp_path: Path):
    book = openpyxl.load_workbook(sor_tace)
    sheet = book["Parameters"]
    header = {cell.value: cell.column for cell in sheet[2]}
    row = next(
        r for r in range(3, sheet.max_row + 1)
        if sheet.cell(r, header["Name"]).value == "c_sorafenib_month"
    )  # fmt: skip
    sheet.cell(row, header["Base"]).value = 1500
    book.save(tmp_path / "edited.xlsx")
    before = cea.base_case(cea.read_workbook(sor_tace))
    after = cea.base_case(cea.read_workbook(tmp_path / "edited.xlsx"))
    drug = before.costs.query("item == 'Sorafenib'")["discounted"].sum()
    assert drug > 0
    assert after.cost[1] == pytest.approx(before.cost[1] - drug * (1 - 1500 / 1756.55), rel=1e-12)
    assert after.cost[0] == before.cost[0]


def test_families_and_subgroups_say_what_is_missing(
    sor_tace: Path, km_example: Path, tmp_path: Path
):
    code, output = call("families", sor_tace, "--out", tmp_path / "f")
    assert (code, "set Method to fit in the Survival sheet" in output) == (2, True)
    code, output = call("subgroups", sor_tace, "--out", tmp_path / "s")
    assert (code, "list them in the sheet Subgroups" in output) == (2, True)
    code, output = call("families", km_example, "--strategy", "NWE", "--out", tmp_path / "f")
    assert (code, "did you mean 'NEW'?" in output) == (2, True)
    assert not list(tmp_path.iterdir())


def test_strategies_go_by_their_labels_too(sor_tace: Path, km_example: Path):
    found = cea.read_workbook(sor_tace)
    label = found.strategies[1].label
    assert strategy_at(found, label.upper()) == strategy_at(found, "sor-tace") == 1
    label = cea.read_workbook(km_example).labels["NEW"]
    code, output = call("families", km_example, "--strategy", label.upper())
    assert code == 0, output
    assert "in 49 combinations of families" in output
    assert "rows: OS, columns: PFS" in output
    assert "* The workbook's own choice: OS NEW weibull, PFS NEW weibull." in output
    row = output.split(" weibull ")[2].split(" gompertz ")[0]
    assert row.split()[1] == "*"


def test_the_price_that_decides_comes_before_the_mean_of_the_draws(sor_tace: Path, tmp_path: Path):
    out = tmp_path / "o"
    code, output = call("threshold", sor_tace, "--draws", 256, "--out", out)
    assert code == 0, output
    assert "the price at which the expected INMB is 0 is the one that decides" in output
    prices = pd.read_csv(out / "price.csv").set_index("threshold").loc[38042]
    expected, mean = (significant(prices[f"psa_{x}"], 4) for x in ("expected", "mean"))
    assert 0 < output.index(expected) < output.index(mean)


def test_one_strategy_of_families(km_example: Path):
    code, output = call("families", km_example, "--strategy", "NEW")
    assert code == 0
    assert "in 49 combinations of families" in output


@pytest.mark.parametrize(
    ("command", "files"),
    [
        (["twoway", "--steps", "3"],
         {"twoway.csv", "twoway_switch.csv", "twoway.png", "twoway.svg"}),
        (["threshold", "--draws", "16"], {
            "threshold.csv", "price.csv", "discount.csv", "threshold.png", "threshold.svg",
            "price.png", "price.svg",
        }),
        (["threshold", "--parameter", "os_hr"],
         {"threshold.csv", "threshold.png", "threshold.svg"}),
    ],
)  # fmt: skip
def test_two_way_and_threshold_write_their_files(
    command: list[str], files: set[str], sor_tace: Path, tmp_path: Path
):
    code, output = call(command[0], sor_tace, *command[1:], "--out", tmp_path / "o")
    assert code == 0, output
    assert {p.name for p in (tmp_path / "o").rglob("*")} == files | {"figures", "run.json"}


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["tornado", "--outcome", "inb"], "did you mean 'inmb'"),
        (["tornado", "--against", "SORTACE"], "did you mean 'SOR-TACE'"),
        (
            ["tornado", "--against", "SORTACE"],
            "There are: TACE (TACE alone), SOR-TACE (Sorafenib + TACE)",
        ),
        (["tornado", "--strategy", "TACE"], "is the reference strategy"),
        (["twoway", "--x", "os_rh", "--y", "pfs_hr"], "did you mean 'os_hr'"),
        (["twoway", "--x", "os_hr", "--y", "start_age", "--y-from", "1"], "life table runs from"),
        (["threshold", "--parameter", "c_sorafenib_mont"], "did you mean 'c_sorafenib_month'"),
        (["threshold", "--parameter", "os_hr", "--from", "3", "--to", "1"], "no range"),
    ],
)
def test_sensitivity_commands_say_what_is_wrong(
    command: list[str], said: str, sor_tace: Path, tmp_path: Path
):
    code, output = call(command[0], sor_tace, *command[1:], "--out", tmp_path / "o")
    assert (code, said in output) == (2, True), output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["base", "psa", "tornado", "scenarios", "twoway"])
def test_every_analysis_says_what_it_rests_on(command: str, sor_tace: Path):
    assert "9 inputs rest on assumption" in call(command, sor_tace)[1]


def test_new_says_where_it_cannot_write(tmp_path: Path):
    code, output = call("new", tmp_path / "nowhere" / "x.xlsx")
    assert (code, "cannot be written" in output) == (2, True)


def test_too_few_draws_is_a_user_error(sor_tace: Path):
    assert call("psa", sor_tace, "--draws", 1)[0] == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--until", "1%", "--draws", "500"], "leave out --draws"),
        (["--max-draws", "500"], "--max-draws goes with --until"),
        (["--until", "much"], "much is not an error of a probability"),
        (["--until", "60%"], "60% is not an error of a probability"),
        (["--until", "1%", "--max-draws", "100"], "begin with 1,024 draws"),
        (["--draws", "100", "--replicates", "16"], "100 draws are not 16 equal sets"),
    ],
)
def test_a_psa_that_makes_no_sense_is_a_user_error(
    options: list[str], said: str, sor_tace: Path, tmp_path: Path
):
    code, output = call("psa", sor_tace, *options, "--out", tmp_path / "out")
    assert code == 2
    assert said in output.replace("│ │ ", "")
    assert not list(tmp_path.iterdir())


def test_replicates_are_draws_of_their_own_and_written(sor_tace: Path, tmp_path: Path):
    options = ["--draws", 64, "--replicates", 4, "--seed", 5, "--out", tmp_path / "p"]
    assert call("psa", sor_tace, *options)[0] == 0
    outcomes = pd.read_csv(tmp_path / "p" / "psa_outcomes.csv")
    again = cea.psa(cea.read_workbook(sor_tace), 64, seed=5, replicates=4)
    assert outcomes["cost"].to_numpy() == pytest.approx(again.outcomes.cost.ravel(), rel=1e-12)
    growing = pd.read_csv(tmp_path / "p" / "psa_convergence.csv")
    assert growing["draws"].tolist() == [8, 16, 32, 64]
    precision = pd.read_csv(tmp_path / "p" / "psa_precision.csv")
    assert precision.set_index(["strategy", "quantity"]).loc[("SOR-TACE", "INMB"), "estimate"] == (
        pytest.approx(growing["inmb"].iloc[-1])
    )
    ratios = pd.read_csv(tmp_path / "p" / "icer_intervals.csv")
    assert ratios["method"].tolist() == ["fieller", "draws"]


@pytest.mark.parametrize("command", ["psa", "scenarios", "run"])
def test_a_scheduler_that_does_not_answer_is_a_user_error(
    command: str, sor_tace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    pytest.importorskip("distributed", reason="needs the extra cea[dask]")
    monkeypatch.setattr("cea.cluster._PATIENCE", 0.5)
    drawn = ["--psa"] if command == "scenarios" else []
    code, output = call(
        command, sor_tace, *drawn, "--scheduler", "tcp://127.0.0.1:9", "--out", tmp_path / "out"
    )
    assert code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in output
    assert not list(tmp_path.iterdir())


def test_a_missing_workbook_names_the_nearest(tmp_path: Path):
    (tmp_path / "my_model.xlsx").write_text("")
    code, output = call("base", tmp_path / "my_modl.xlsx")
    assert code == 2
    assert "no such file; did you mean 'my_model.xlsx'?" in output


def test_export_writes_the_live_workbook(sor_tace: Path, tmp_path: Path):
    target = tmp_path / "new" / "model.xlsx"
    code, output = call("export", sor_tace, "--out", target, "--draws", "16")
    assert (code, output.splitlines()[-1]) == (0, f"Written to {target}")
    assert openpyxl.load_workbook(target)["PSA draws"].max_row == 5 + 16
    assert [path.name for path in target.parent.iterdir()] == ["model.xlsx"]


def test_export_spares_an_edited_workbook(sor_tace: Path, tmp_path: Path):
    target = tmp_path / "model.xlsx"
    target.write_text("my changes")
    code, output = call("export", sor_tace, "--out", target)
    assert code == 2
    assert "exists already, perhaps with your changes" in output
    assert target.read_text() == "my changes"
    assert call("export", sor_tace, "--out", target, "--force", "--draws", "2")[0] == 0
    assert openpyxl.load_workbook(target).sheetnames[0] == "Cover"


def test_export_names_what_it_cannot_write(sor_tace: Path, tmp_path: Path):
    code, output = call("export", sor_tace, "--out", tmp_path / "model.csv")
    assert (code, output.strip()) == (
        2, f"{tmp_path / 'model.csv'}: not an .xlsx name; call it model.xlsx",
    )  # fmt: skip
    (tmp_path / "file").write_text("")
    code, output = call("export", sor_tace, "--out", tmp_path / "file" / "model.xlsx")
    assert code == 2
    assert "cannot be written" in output
