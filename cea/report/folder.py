"""The folder that a run writes: complete, or as it was before."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cea.errors import OutputError

RECORD = "run.json"


@contextmanager
def output_folder(target: Path, *, complete: bool) -> Iterator[Path]:
    """Collect files in a temporary folder and move them to `target` when all are written.

    A `complete` run removes the files of an earlier one that it does not write again; files that
    no run wrote are left alone. Other files go only into a folder without a run in it. An
    exception inside leaves `target` untouched.

    Raises
    ------
    OutputError
        `target` cannot be written, or one of its files is open in another program.
    """
    if target.exists() and not target.is_dir():
        raise OutputError(f"{target}: a file; name a folder with --out")
    if not complete and (target / RECORD).exists():
        raise OutputError(
            f"{target}: holds the files of a complete run, which must not be mixed with others; "
            "name another folder with --out"
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
            made = Path(folder) / "run"
            made.mkdir()
            yield made
            _publish(made, target)
    except PermissionError as error:
        raise OutputError(
            f"{error.filename}: cannot be written; close it if it is open in Excel, or name "
            "another folder with --out"
        ) from error
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror})") from error


def _publish(made: Path, target: Path) -> None:
    if not target.exists():
        made.rename(target)
        return
    before = _written_before(target)
    new = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    # Workbooks first: they are the files that another program may hold open.
    for name in sorted(new, key=lambda name: (name.suffix != ".xlsx", name)):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).replace(target / name)
    for name in before - new:
        (target / name).unlink(missing_ok=True)


def _written_before(target: Path) -> set[Path]:
    """Files that the run before this one says it wrote, none of them outside the folder."""
    try:
        listed = json.loads((target / RECORD).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        return set()
    names = {Path(name) for name in listed}
    return {name for name in names if not name.is_absolute() and ".." not in name.parts}
