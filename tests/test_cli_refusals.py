"""What the command line refuses: files that it must spare, and options that would do nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import cea
from tests.test_cli import SHIPPED, call


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
        cea.export_model(assumptions, mine, 2)
    assert mine.read_bytes() == before
