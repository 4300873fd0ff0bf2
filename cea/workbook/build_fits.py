"""Cells of the Survival sheet that ask for a fit or describe a spline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from cea.assumptions import DataSet, FitRequest
from cea.errors import nearest
from cea.workbook.build_evidence import names_of_data_sets
from cea.workbook.rows import RowReader
from cea.workbook.schema import CRITERIA, FAMILIES, SPLINE
from cea.workbook.tables import Row, same

_NUMBER = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")
_MOST_KNOTS = 5  # one for each Par
_INNER = ("1", "2", "3")

SplineForm = tuple[str, tuple[float, ...]]  # scale and log-time knots


def read_fit(row: Row, data_sets: Sequence[DataSet], rows: RowReader) -> FitRequest | None:
    """Read what to fit and how; None where a cell is at fault."""
    family = rows.choice(row, "Family")
    joint = rows.choice(row, "Reference strategy")
    if row["Family"].blank and not joint:
        rows.findings.problem(
            row["Family"], "blank",
            f"fit needs one of: {', '.join((*FAMILIES, SPLINE, *CRITERIA))}",
        )  # fmt: skip
    scale, inner = "hazard", 1
    if family == SPLINE:
        scale = rows.choice(row, "Spline scale") or scale
        inner = _inner_knots(row, rows)
    else:
        warn_of_unused_spline(row, family, rows)
    data = _data_set(row, data_sets, rows)
    return None if data is None else FitRequest(data, family, scale, inner, joint)


def read_spline(row: Row, rows: RowReader) -> SplineForm | None:
    """Read the scale and the knots of a parametric spline; None where a cell is at fault."""
    for column, what in (("Spline scale", "hazard, odds or normal"), ("Knots", "log months")):
        if row[column].blank:
            rows.findings.problem(row[column], "blank", f"spline needs it: fill in {what}")
    scale, text = rows.choice(row, "Spline scale"), rows.text(row, "Knots")
    if not text or not scale:
        return None
    parts = [part.strip() for part in text.split(";")]
    remedy = ""
    if not all(_NUMBER.match(part) for part in parts):
        remedy = "use numbers separated by semicolons, e.g. 0.1; 2.3; 3.9"
    elif not 2 <= len(parts) <= _MOST_KNOTS:
        remedy = f"give 2 to {_MOST_KNOTS} knots, the outer ones included"
    elif any(b <= a for a, b in pairwise(map(float, parts))):
        remedy = "sort them upwards, each once: they are logarithms of months"
    if remedy:
        rows.findings.problem(row["Knots"], f"'{text}'", remedy)
        return None
    return scale, tuple(map(float, parts))


def warn_of_unused_spline(row: Row, family: str, rows: RowReader) -> None:
    """Say that a family which is no spline has neither scale nor knots."""
    if family:
        for column in ("Spline scale", "Knots"):
            if not row[column].blank:
                rows.findings.warn(row[column], f"not used by {family}")


def _inner_knots(row: Row, rows: RowReader) -> int:
    text = rows.text(row, "Knots")
    if text and text not in _INNER:
        rows.findings.problem(
            row["Knots"], f"'{text}'", "give the number of inner knots: 1, 2 or 3; the data place "
            "them",
        )  # fmt: skip
        return 1
    return int(text or 1)


def _data_set(row: Row, data_sets: Sequence[DataSet], rows: RowReader) -> DataSet | None:
    name = rows.text(row, "Data set")
    if row["Data set"].blank:
        rows.findings.problem(
            row["Data set"], "blank", "fit needs a Data set of the KM or the Patients sheet"
        )
    known = names_of_data_sets(rows)
    read = rows.was_read("KM") and rows.was_read("Patients") and rows.was_read("Data sets")
    if name and read and not any(same(name, other) for other in known):
        rows.findings.problem(
            row["Data set"],
            f"there is no data set '{name}' in the KM or the Patients sheet",
            nearest(name, known) if known else "add its points or its patients",
        )
    return next((data for data in data_sets if same(data.name, name)), None)
