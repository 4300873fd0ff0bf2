"""Survival evidence for the small valid workbook: what its OS curves can be fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.build import rows
from tests.workbooks.book import Book, Edit, put

LUNG = [(float(row["t"]), int(row["d"])) for row in rows("flexsurv", "lung.csv")]
KM = [("km", 0, 1), ("km", 3, 0.85), ("km", 6, 0.7), ("km", 9, 0.55), ("km", 12, 0.45),
      ("km", 15, 0.35), ("km", 18, 0.28), ("km", 21, 0.2)]  # fmt: skip


def evidence(book: Book) -> None:
    """Fit both OS curves: the old one to patients, the new one to a digitised curve."""
    sheets: dict[str, tuple[Sequence[str], Sequence[Sequence[Any]]]] = {
        "Data sets": (("Data set", "Survival unit", "Total events", "Label"),
                      [("km", "fraction", None, "A figure")]),
        "KM": (("Data set", "Time", "Survival"), KM),
        "At risk": (("Data set", "Time", "N"), [("km", 0, 100), ("km", 6, 66), ("km", 12, 36)]),
        "Patients": (("Data set", "Time", "Event"), [("lung", t / 30, d) for t, d in LUNG]),
    }  # fmt: skip
    other = Book(sheets)
    book.columns |= other.columns
    book.rows |= other.rows
    book.header |= other.header
    for column in ("Spline scale", "Knots"):
        book.columns["Survival"].append(column)
    for strategy, data in (("OLD", "lung"), ("NEW", "km")):
        row = book.row("Survival", f"{strategy}.OS")
        row.clear()
        row.update({"Strategy": strategy, "Endpoint": "OS", "Method": "fit", "Family": "weibull",
                    "Data set": data})  # fmt: skip


def os_row(strategy: str, column: str, value: object) -> Edit:
    return put("Survival", f"{strategy}.OS", column, value)


def km(*points: tuple[float, float]) -> Edit:
    """Put other clicks in place of those of the curve."""

    def edit(book: Book) -> None:
        book.rows["KM"] = [{"Data set": "km", "Time": t, "Survival": s} for t, s in points]

    return edit


def patients(*events: tuple[float, Any]) -> Edit:
    """Put other patients in place of those of the trial."""

    def edit(book: Book) -> None:
        book.rows["Patients"] = [{"Data set": "lung", "Time": t, "Event": e} for t, e in events]

    return edit
