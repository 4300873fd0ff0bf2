"""The folder of a run: complete, or as it was before; what no run wrote is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cea
from cea.report.folder import output_folder


def test_a_run_removes_what_an_earlier_run_wrote_and_nothing_else(tmp_path: Path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.docx").write_text("mine")
    (out / "old.csv").write_text("of the run before")
    (out / "new.csv").write_text("of the run before")
    (tmp_path / "outside.csv").write_text("not in the folder")
    listed = ["old.csv", "new.csv", "../outside.csv", str(tmp_path / "outside.csv"), "run.json"]
    (out / "run.json").write_text(json.dumps({"command": "run", "files": listed}))
    with output_folder(out, "run") as folder:
        for name in ("new.csv", "run.json"):
            (folder / name).write_text("of this run")
    assert {p.name: p.read_text() for p in out.iterdir()} == {
        "new.csv": "of this run", "run.json": "of this run", "notes.docx": "mine",
    }  # fmt: skip
    assert (tmp_path / "outside.csv").exists()
    assert {p.name for p in tmp_path.iterdir()} == {"out", "outside.csv"}


def test_a_run_does_not_overwrite_a_file_that_no_run_wrote(tmp_path: Path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "trace.csv").write_text("mine")
    with (
        pytest.raises(cea.OutputError, match=r"trace\.csv: exists, and no run of cea wrote it"),
        output_folder(out, "run") as folder,
    ):
        (folder / "trace.csv").write_text("of this run")
    assert [p.name for p in out.iterdir()] == ["trace.csv"]
    assert (out / "trace.csv").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("record", ["[1, 2]", "{}", '{"command": "run", "files": [5]}', "not JSON"])
def test_a_damaged_record_is_no_record(record: str, tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text(record)
    with (
        pytest.raises(cea.OutputError, match="no run of cea wrote it"),
        output_folder(tmp_path / "out", "run") as folder,
    ):
        (folder / "run.json").write_text("{}")


@pytest.mark.parametrize("locked", ["a.csv", "figures/b.svg", "run.json"])
def test_a_file_that_cannot_be_replaced_leaves_all_as_they_were(
    locked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def write(folder: Path, text: str) -> None:
        (folder / "figures").mkdir(exist_ok=True)
        for name in ("a.csv", "figures/b.svg", "gone.csv" if text == "old" else "new.csv"):
            (folder / name).write_text(text)
        files = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
        record = {"command": "run", "files": [*files, "run.json"], "text": text}
        (folder / "run.json").write_text(json.dumps(record))

    out = tmp_path / "out"
    with output_folder(out, "run") as folder:
        write(folder, "old")
    before = {p: p.read_text() for p in out.rglob("*") if p.is_file()}
    rename = Path.rename

    def refuse(self: Path, goal: Path) -> Path:
        if self == out / locked:
            raise PermissionError(13, "in use", str(self))
        return rename(self, goal)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(cea.OutputError, match="open in Excel"), output_folder(out, "run") as folder:
        write(folder, "new")
    assert {p: p.read_text() for p in out.rglob("*") if p.is_file()} == before
    monkeypatch.undo()
    with output_folder(out, "run") as folder:
        write(folder, "new")
    assert {p.name for p in out.rglob("*") if p.is_file()} == {
        "a.csv", "b.svg", "new.csv", "run.json",
    }  # fmt: skip
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
