"""LibreOffice as the reader of workbooks: recalculates every formula from scratch.

It keeps the stored values of a workbook unless it is told otherwise, in a profile of its own; a
test must therefore store wrong ones (`wrong_values`), or it may compare a number with itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from xlsxwriter.worksheet import Worksheet

SOFFICE = shutil.which("soffice")
needs_libreoffice = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice is not installed: formulas are not recalculated"
)
_FEW = 8  # workbooks that do not deserve a second process
WRONG = 123.0  # what is stored with every formula

_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def recalculate(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Let LibreOffice open workbooks, calculate everything and save them to `folder`."""
    made = folder / "recalculated"
    count = min(os.cpu_count() or 1, -(-len(paths) // _FEW))
    running = [_convert(paths[k::count], folder / f"profile{k}", made) for k in range(count)]
    for process in running:
        said, _ = process.communicate(timeout=1200)
        assert process.returncode == 0, said
    return [made / path.name for path in paths]


def _convert(paths: Sequence[Path], profile: Path, made: Path) -> subprocess.Popen[str]:
    """Begin to convert: a profile of its own lets several run at once."""
    assert SOFFICE is not None
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    return subprocess.Popen(
        [SOFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", str(made), *map(str, paths)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@contextmanager
def wrong_values() -> Iterator[None]:
    """Store a wrong value with every formula that is written."""
    written = Worksheet.write_formula

    def write(self: Any, *arguments: Any) -> Any:
        return written(self, *arguments[:-1], WRONG)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Worksheet, "write_formula", write)
        yield
