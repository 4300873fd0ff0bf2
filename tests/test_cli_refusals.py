"""What the command line refuses: files that it must spare, and options that would do nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import cea
from cea import cli
from cea.workbook.schema import MOST_DRAWS, SETTINGS
from tests.command_line import SHIPPED, call


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return Path(shutil.copy(SHIPPED, tmp_path / "mine.xlsx"))


@pytest.mark.parametrize("reached_by", ["name", "link"])
def test_export_never_writes_over_its_workbook(mine: Path, reached_by: str):
    before = mine.read_bytes()
    target = mine
    if reached_by == "link":
        target = mine.with_name("link.xlsx")
        target.symlink_to(mine)
    for force in ((), ("--force",)):
        code, output = call("export", mine, "--out", target, "--draws", 2, *force)
        assert code == 2
        assert f"{target}: the input workbook, which is only read; choose another name" in output
    assert mine.read_bytes() == before
    assert not target.is_symlink() or target.resolve() == mine


def test_the_public_export_never_writes_over_its_workbook(mine: Path, monkeypatch):
    monkeypatch.chdir(mine.parent)
    assumptions = cea.read_workbook("mine.xlsx")
    monkeypatch.chdir(mine.parent.parent)  # the name as it was given no longer leads to it
    before = mine.read_bytes()
    with pytest.raises(cea.OutputError, match="the input workbook"):
        cea.export_model(assumptions, mine, draws=2)
    assert mine.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scenarios", SHIPPED, "--draws", 64], "go with --psa"),
        (["scenarios", SHIPPED, "--seed", 1], "go with --psa"),
        (["scenarios", SHIPPED, "--scheduler", "tcp://127.0.0.1:9"], "go with --psa"),
        (["threshold", SHIPPED, "--parameter", "u_pf", "--draws", 64], "u_pf has none"),
        (["threshold", SHIPPED, "--parameter", "u_pf", "--seed", 1], "u_pf has none"),
        (
            ["voi", "--parameters", "p.csv", "--outcomes", "o.csv", "--discount-rate", 0.03],
            "add --incidence and --horizon-years",
        ),
        (
            ["voi", "--parameters", "p.csv", "--outcomes", "o.csv", "--costs", "c.csv"],
            "either --outcomes, or --costs and --effects",
        ),
    ],
)
def test_options_that_would_do_nothing_are_refused(arguments: list[object], said: str):
    code, output = call(*arguments)
    assert code == 2
    assert said in output


@pytest.mark.parametrize(
    "arguments",
    [
        *(
            [command, SHIPPED, "--draws"]
            for command in ("run", "psa", "threshold", "subgroups", "voi", "evsi")
        ),
        ["scenarios", SHIPPED, "--psa", "--draws"],
        ["export-psa", SHIPPED, "--out", "nowhere", "--draws"],
        ["run", SHIPPED, "--scenario-draws"],
        ["psa", SHIPPED, "--until", "1%", "--max-draws"],
    ],
)
def test_more_draws_than_a_workbook_may_ask_for_are_refused(arguments: list[object]):
    most = next(field for field in SETTINGS if field.name == "psa_draws").maximum
    assert most == MOST_DRAWS
    code, output = call(*arguments, MOST_DRAWS + 1)
    assert code == 2
    assert f"Invalid value for '{arguments[-1]}'" in output
    assert str(MOST_DRAWS) in output


def test_export_takes_no_more_draws_than_excel_has_rows(tmp_path: Path):
    code, output = call("export", SHIPPED, "--out", tmp_path / "m.xlsx", "--draws", 1_048_572)
    assert code == 2
    assert "1,048,572 draws: a sheet of Excel has room for 1,048,571; ask for fewer" in output
    assert not list(tmp_path.iterdir())


def test_too_little_memory_is_said_in_words(monkeypatch: pytest.MonkeyPatch):
    def without(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("cea.analysis.measured.measured_psa", without)
    code, output = call("psa", SHIPPED)
    assert (code, output) == (
        2, "not enough memory for so many draws: ask for fewer with --draws",
    )  # fmt: skip


def test_a_killed_command_leaves_no_folder_behind(tmp_path: Path):
    """It is killed while its temporary folder is there."""
    code = (
        "import os, signal, sys, time, cea.report.live as live, cea.cli\n"
        "def write(path, *_):\n"
        "    assert path.parent.is_dir()\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(60)\n"
        "live.write_model = write\n"
        f"sys.argv = ['cea', 'export', {str(SHIPPED)!r}, '--draws', '2', '--out', 'made/m.xlsx']\n"
        "cea.cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert done.returncode == 128 + signal.SIGTERM
    assert not list((tmp_path / "made").iterdir())


@pytest.mark.parametrize("command", ["tornado", "twoway", "threshold"])
@pytest.mark.parametrize("value", ["inf", "nan"])
def test_a_threshold_is_finite(command: str, value: str):
    code, output = call(command, SHIPPED, "--threshold", value)
    assert code == 2
    assert "--threshold" in output
    assert "finite" in output or "greater than or equal" in output


def test_the_handler_of_a_kill_is_put_back(monkeypatch: pytest.MonkeyPatch):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "argv", ["cea", "--version"])
    with pytest.raises(SystemExit):
        cli.main()
    assert signal.getsignal(signal.SIGTERM) == before
