"""``cea validate`` says what the base case gives to think of."""

from pathlib import Path

import cea
from cea.report.notes import of_model
from tests.test_cli import call
from tests.workbooks.book import Book, Edit, put, workbook

_ASKED = "are the two swapped?"


def _said(folder: Path, *edits: Edit) -> list[str]:
    path = folder / "mine.xlsx"
    path.write_bytes(workbook(*edits))
    return of_model(cea.base_case(cea.read_workbook(path)))


def _swap(book: Book) -> None:
    for row in book.rows["Survival"]:
        row["Endpoint"] = {"OS": "PFS", "PFS": "OS"}[row["Endpoint"]]


def _cross_late(book: Book) -> None:
    """PFS ends above OS, in most of the cycles, but after nearly all have died."""
    put("Parameters", "os_scale", "Base", 5)(book)
    put("Parameters", "os_scale", "Low", 4)(book)
    put("Parameters", "os_scale", "High", 6)(book)
    points = (0, 1), (1, 0.3), (10, 0.12), (120, 1e-5)
    book.rows["Curves"] = [{"Data set": "old_pfs", "Time": t, "Survival": s} for t, s in points]


def test_validate_asks_whether_os_and_pfs_are_swapped(tmp_path: Path) -> None:
    path = tmp_path / "swapped.xlsx"
    path.write_bytes(workbook(_swap))
    code, output = call("validate", path)
    assert code == 0
    for label in ("Old", "New"):
        assert f"{label} treatment: PFS exceeds OS and is capped at it in" in output
    assert output.count(_ASKED) == 2


def test_curves_that_cross_late_are_not_taken_for_swapped(tmp_path: Path) -> None:
    said = [words for words in _said(tmp_path, _cross_late) if "capped at it" in words]
    assert said
    cycles = int(said[0].partition(" in ")[2].split()[0])
    assert cycles >= 0.9 * 120
    assert _ASKED not in said[0]
