"""What is written is complete, or what was there before is left whole."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import cea
from cea.report.folder import output_folder
from cea.report.record import RunRecord
from cea.workbook.examples import make_workbook
from cea.writing import whole_file

SHIPPED = Path(__file__).parents[1] / "inputs" / "sor_tace.xlsx"
NAMES = ("a.csv", "b.csv", "figures/c.svg")


def write(target: Path, text: str) -> None:
    with output_folder(target, "run") as folder:
        (folder / "figures").mkdir()
        for name in NAMES:
            (folder / name).write_text(text)
        record = {"command": "run", "files": [*NAMES, "run.json"], "text": text}
        (folder / "run.json").write_text(json.dumps(record))


def content(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("count", range(1, 9))
def test_ctrl_c_while_files_are_moved_leaves_the_last_run_whole(
    count: int, done: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    out = tmp_path / "out"
    write(out, "old")
    before = content(out)
    rename, calls = Path.rename, iter(range(1, 1000))

    def interrupted(self: Path, goal: Path) -> Path:
        now = next(calls) == count
        if now and not done:
            raise KeyboardInterrupt
        moved = rename(self, goal)
        if now:
            raise KeyboardInterrupt
        return moved

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(out, "new")
    assert content(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_every_command_keeps_the_same_record():
    assumptions = cea.read_workbook(SHIPPED)
    sampled = cea.psa(assumptions, draws=4, seed=7)
    record = RunRecord.of(assumptions, "psa", sampled)
    assert (record.workbook, record.draws, record.seed) == ("sor_tace.xlsx", 4, 7)
    alone = RunRecord.of(replace(assumptions, file=None), "fit", started="then", seconds={"a": 1.0})
    assert (alone.workbook, alone.sha256, alone.draws) == ("", "", None)
    assert (alone.started, alone.seconds, alone.command) == ("then", {"a": 1.0}, "fit")


FULL = OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_said_and_leaves_the_last_run_whole(tmp_path: Path):
    out = tmp_path / "out"
    write(out, "old")
    before = content(out)
    with (
        pytest.raises(cea.OutputError, match=r"out: cannot be written \(No space .*make room"),
        output_folder(out, "run"),
    ):
        raise FULL
    assert content(out) == before


def test_an_error_about_something_else_is_not_said_of_the_output(tmp_path: Path):
    with pytest.raises(FileNotFoundError), output_folder(tmp_path / "out", "run"):
        (tmp_path / "input.csv").read_text()
    with pytest.raises(ConnectionError), output_folder(tmp_path / "out", "run"):
        raise ConnectionResetError(errno.ECONNRESET, "a worker is lost")
    with pytest.raises(cea.OutputError), output_folder(tmp_path / "out", "run") as folder:
        (folder / "missing" / "a.csv").write_text("")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [FULL, KeyboardInterrupt()], ids=["full", "interrupted"])
def test_a_file_half_written_leaves_the_one_before(error: BaseException, tmp_path: Path):
    target = tmp_path / "model.xlsx"
    target.write_text("the user's")

    def fail() -> None:
        with whole_file(target) as path:
            path.write_text("half")
            raise error

    with pytest.raises((cea.OutputError, KeyboardInterrupt)):
        fail()
    assert target.read_text() == "the user's"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failing_template_leaves_the_users_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise FULL

    target = tmp_path / "mine.xlsx"
    target.write_text("the user's")
    monkeypatch.setattr("zipfile.ZipFile.write", fail)
    with pytest.raises(cea.OutputError, match=r"mine.xlsx: cannot be written \(No space"):
        make_workbook(target, "sor_tace")
    assert target.read_text() == "the user's"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    "command",
    [
        ["psa", str(SHIPPED), "--draws", "512", "--out", "out"],
        ["export", str(SHIPPED), "--draws", "8", "--out", "out.xlsx"],
        ["new", "out.xlsx", "--example", "sor_tace"],
    ],
    ids=lambda command: command[0],
)
def test_a_file_larger_than_allowed_is_a_user_error(command: list[str], tmp_path: Path):
    pytest.importorskip("resource")
    limited = (
        "import resource, sys; from cea.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)); "
        "sys.argv[0] = 'cea'; main()"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", limited, *command],
        cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.strip().startswith("out")
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
