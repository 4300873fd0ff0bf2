"""Writing to disk: whole or not at all, and in words where the system refuses."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cea.errors import OutputError

_FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


@contextmanager
def own_errors(target: Path, made: Path | None = None) -> Iterator[None]:
    """Turn what the operating system refuses into a message.

    Parameters
    ----------
    target
        The file or folder that was asked for.
    made
        The folder in which it is made. Only errors about this folder, or a full disk, become a
        message then, since what happens inside may also read, or talk to other machines.

    Raises
    ------
    OutputError
        `target` cannot be written.
    """
    try:
        yield
    except OSError as error:
        named = [Path(str(name)) for name in (error.filename, error.filename2) if name is not None]
        full = error.errno in _FULL
        if made is not None and not full and not any(p.is_relative_to(made) for p in named):
            raise
        # Temporary names say nothing to the user.
        shown = next((path for path in named if path.is_relative_to(target)), target)
        if isinstance(error, PermissionError):
            raise OutputError(
                f"{shown}: cannot be written; close it if it is open in Excel, or name another "
                "place"
            ) from error
        remedy = "make room, or name another place" if full else "name another place"
        raise OutputError(f"{shown}: cannot be written ({error.strerror}); {remedy}") from error


@contextmanager
def temporary_beside(target: Path) -> Iterator[Path]:
    """Give a folder beside `target`, from which files are moved there in an instant.

    Raises
    ------
    OutputError
        There can be none.
    """
    with own_errors(target):
        # A second process may still draw into it when an error ends the run.
        temporary = tempfile.TemporaryDirectory(
            dir=target.parent, prefix=f".{target.stem}-", ignore_cleanup_errors=True
        )
    with temporary as folder:
        yield Path(folder)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a path to write; the file becomes `target` when it is complete.

    An exception inside leaves `target` as it was.

    Raises
    ------
    OutputError
        `target` cannot be written.
    """
    with temporary_beside(target) as folder:
        made = folder / target.name
        with own_errors(target, folder):
            yield made
        with own_errors(target):
            made.replace(target)
