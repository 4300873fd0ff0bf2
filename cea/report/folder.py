"""The folder that a command writes: complete, or as it was before."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cea.errors import OutputError

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
    exception inside, or a file that cannot be replaced, leaves `target` as it was.

    Raises
    ------
    OutputError
        `target` cannot be written, holds files of the same name that no run wrote or the files of
        another command, or one of its files is open in another program.
    """
    check_folder(target, command)
    with _own_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        # A second process may still draw into it when an error ends the run.
        temporary = tempfile.TemporaryDirectory(
            dir=target.parent, prefix=f".{target.name}-", ignore_cleanup_errors=True
        )
    with temporary as folder:
        made = Path(folder) / "made"
        made.mkdir()
        yield made
        with _own_errors(target):
            _publish(made, target, Path(folder) / "aside")


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


@contextmanager
def _own_errors(target: Path) -> Iterator[None]:
    """Turn what the operating system refuses into a message."""
    try:
        yield
    except PermissionError as error:
        raise OutputError(
            f"{error.filename}: cannot be written; close it if it is open in Excel, or name "
            "another folder with --out"
        ) from error
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror})") from error


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
                (source / name).rename(goal / name)
                moved.append((source / name, goal / name))
    except OSError:
        for before, after in reversed(moved):
            after.rename(before)
        raise
