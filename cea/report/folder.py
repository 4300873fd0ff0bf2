"""The folder that a command writes: complete, or as it was before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cea.errors import OutputError
from cea.writing import own_errors, temporary_beside

RECORD = "run.json"


@dataclass(frozen=True)
class _Earlier:
    """What the run before this one says it was."""

    command: str = ""
    files: frozenset[Path] = frozenset()

    @classmethod
    def of(cls, target: Path) -> _Earlier:
        try:
            record = json.loads((target / RECORD).read_text(encoding="utf-8"))
            files = frozenset(Path(name) for name in record["files"])
            command = str(record["command"])
        except (OSError, ValueError, KeyError, TypeError):
            return cls()
        # Whoever edits the record must not make a run remove files elsewhere.
        inside = (f for f in files if not f.is_absolute() and ".." not in f.parts)
        return cls(command, frozenset(inside))


@contextmanager
def output_folder(target: Path, command: str) -> Iterator[Path]:
    """Collect files in a temporary folder and move them to `target` when all are written.

    The files of an earlier run of the same command are replaced; other files are left alone. An
    exception inside, a file that cannot be replaced, or Ctrl-C leaves `target` as it was.

    Raises
    ------
    OutputError
        `target` cannot be written, holds files of the same name that no run wrote or the files of
        another command, or one of its files is open in another program; or the disk is full.
    """
    check_folder(target, command)
    with own_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with temporary_beside(target) as folder:
        made = folder / "made"
        with own_errors(target, folder):
            made.mkdir()
            yield made
        with own_errors(target):
            _publish(made, target, folder / "aside")


def check_folder(target: Path, command: str) -> None:
    """Refuse a folder that cannot take the files of a command, before anything is run."""
    if target.exists() and not target.is_dir():
        raise OutputError(f"{target}: a file; name a folder with --out")
    earlier = _Earlier.of(target).command
    if earlier not in ("", command):
        raise OutputError(
            f"{target}: holds the files of 'cea {earlier}', which must not be mixed with others; "
            "name another folder with --out"
        )


def _publish(made: Path, target: Path, aside: Path) -> None:
    """Put the new files in place of the old ones, or leave the old ones where they are."""
    if not target.exists():
        made.rename(target)
        return
    new = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    old = {name for name in _Earlier.of(target).files if (target / name).is_file()}
    strangers = sorted(str(name) for name in new - old if (target / name).exists())
    if strangers:
        raise OutputError(
            f"{target / strangers[0]}: exists, and no run of cea wrote it; move it away, or name "
            "another folder with --out"
        )
    moved: list[tuple[Path, Path]] = []
    try:
        for names, source, goal in ((old, target, aside), (new, made, target)):
            for name in sorted(names):
                (goal / name).parent.mkdir(parents=True, exist_ok=True)
                moved.append((source / name, goal / name))
                (source / name).rename(goal / name)
    except BaseException:  # Ctrl-C too: what stands aside is about to be removed
        for before, after in reversed(moved):
            if after.exists():  # the last may not have been moved
                after.rename(before)
        raise
