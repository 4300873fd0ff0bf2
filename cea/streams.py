"""What is printed reaches a file or a pipe with every sign in it."""

from __future__ import annotations

import sys
from io import TextIOWrapper

_SIGNS = "−–±Δ…→↑↓↕"


def use_unicode() -> None:
    """Print in UTF-8 where the encoding of the output lacks signs that are used.

    So it is on Windows where output is redirected. A replacement would print −6,901 as ?6,901.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, TextIOWrapper):
            continue
        try:
            _SIGNS.encode(stream.encoding)
        except UnicodeEncodeError:
            stream.reconfigure(encoding="utf-8")
