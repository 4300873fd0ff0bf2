"""The command line: parse, call, print. No arithmetic."""

from __future__ import annotations

import signal
import sys

from cea import __version__

from cea.cli import workbooks  # isort: skip
from cea.cli import analyses  # isort: skip
from cea.cli import sensitivity  # isort: skip
from cea.cli import subgroups  # isort: skip
from cea.cli import families  # isort: skip
from cea.cli import voi  # isort: skip
from cea.cli import evidence  # isort: skip
from cea.cli import live  # isort: skip
from cea.cli.app import app
from cea.streams import use_unicode

__all__ = [
    "analyses", "app", "evidence", "families", "live", "main", "sensitivity", "subgroups", "voi",
    "workbooks",
]  # fmt: skip


def main() -> None:
    """Run the command line: exit code 0 done, 2 user error, 1 our fault."""
    use_unicode()
    # An ordinary kill ends the program as an error does, so that temporary folders are removed.
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        app()
    except Exception as error:
        from traceback import print_exc

        print_exc()
        print(
            f"\ncea {__version__} failed: this is a fault of the program, not of your workbook. "
            f"Please report it with the lines above ({type(error).__name__}).",
            file=sys.stderr,
        )
        sys.exit(1)
    finally:
        signal.signal(signal.SIGTERM, before)
