"""Every mistake of tests/workbooks gives the messages of expected.csv, and nothing else."""

import csv
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cea
from cea.cli import app
from tests.workbooks.book import members, workbook
from tests.workbooks.make import FOLDER, MISTAKES, other_files


def _expected() -> dict[str, list[str]]:
    messages: dict[str, list[str]] = {}
    with (FOLDER / "expected.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            messages.setdefault(row["file"], []).append(row["message"])
    return messages


EXPECTED = _expected()
NOT_THERE = {"vaild.xlsx", "folder.xlsx"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped workbooks, beside a folder and without the file that is not there."""
    copy = tmp_path_factory.mktemp("workbooks")
    for name in {"valid.xlsx", *EXPECTED} - NOT_THERE:
        shutil.copy(FOLDER / name, copy)
    (copy / "folder.xlsx").mkdir()
    return copy


@pytest.mark.parametrize("name", ["valid", *MISTAKES])
def test_the_shipped_workbooks_are_what_make_writes(name: str) -> None:
    """Run ``python -m tests.workbooks.make`` after a change to the schema or the template."""
    made = workbook(*MISTAKES.get(name, ()))
    assert members(made) == members((FOLDER / f"{name}.xlsx").read_bytes())


def test_every_mistake_is_expected() -> None:
    made = {f"{name}.xlsx" for name in MISTAKES} | set(other_files()) | NOT_THERE
    assert set(EXPECTED) == made
    assert len(EXPECTED) >= 45


def test_the_valid_workbook_is_valid(folder: Path) -> None:
    assumptions = cea.read_workbook(folder / "valid.xlsx")
    assert assumptions.warnings == ()
    assert (cea.base_case(assumptions).qaly > 0).all()


@pytest.mark.parametrize("file", EXPECTED)
def test_messages(file: str, folder: Path) -> None:
    with pytest.raises(cea.WorkbookError) as raised:
        cea.read_workbook(folder / file)
    assert str(raised.value).splitlines() == EXPECTED[file]
    assert [str(problem) for problem in raised.value.problems] == EXPECTED[file]


@pytest.mark.parametrize("file", EXPECTED)
def test_command_line(file: str, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["run", str(folder / file), "--out", str(out)])
    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
    for message in EXPECTED[file]:
        assert message in done.stderr
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []
