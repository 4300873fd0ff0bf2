"""Output that is redirected has every sign."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from cea import cli
from cea.streams import use_unicode

SHIPPED = Path(__file__).parents[1] / "inputs" / "sor_tace.xlsx"


def redirected(monkeypatch: pytest.MonkeyPatch, encoding: str) -> io.BytesIO:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding, write_through=True)
    monkeypatch.setattr(sys, "stdout", stream)
    return written


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp936", "utf-8"])
def test_a_table_is_redirected_with_its_signs(encoding: str, monkeypatch: pytest.MonkeyPatch):
    written = redirected(monkeypatch, encoding)
    monkeypatch.setattr(sys, "argv", ["cea", "tornado", str(SHIPPED)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 0
    text = written.getvalue().decode("utf-8")
    assert "↑ rises, ↓ falls" in text
    assert "base USD −14,207" in text
    assert "?" not in text


@pytest.mark.parametrize(("encoding", "used"), [("gb18030", "gb18030"), ("cp1252", "utf-8")])
def test_an_encoding_that_has_the_signs_is_kept(
    encoding: str, used: str, monkeypatch: pytest.MonkeyPatch
):
    redirected(monkeypatch, encoding)
    use_unicode()
    assert sys.stdout.encoding == used


def test_other_streams_are_left_alone(monkeypatch: pytest.MonkeyPatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    use_unicode()
    assert sys.stdout is stream
