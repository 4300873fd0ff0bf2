"""The Survival and Curves sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from cea.assumptions import DataSet, SurvivalCurve, SurvivalTable, Waning
from cea.errors import nearest
from cea.formula import Bounds, Expression
from cea.survival.families import FAMILIES
from cea.survival.family import Family
from cea.survival.spline import Spline
from cea.workbook.build_fits import SplineForm, read_fit, read_spline, warn_of_unused_spline
from cea.workbook.rows import RowReader
from cea.workbook.schema import CRITERIA, SPLINE
from cea.workbook.tables import Row, same, shown

_POINT = tuple[Row, float, float]  # row, time, survival

# What each method reads, beside the columns that all methods read.
_METHOD_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "parametric": (
        "Family", "Par1", "Par2", "Par3", "Par4", "Par5", "Spline scale", "Knots",
    ),
    "hazard_ratio": ("Hazard ratio",),
    "table": ("Data set",),
    "fit": ("Family", "Data set", "Spline scale", "Knots"),
}  # fmt: skip


def read_curves(rows: RowReader, data_sets: Sequence[DataSet]) -> tuple[SurvivalCurve, ...]:
    """Read the Survival sheet, and the data sets of the Curves sheet that it names."""
    tables = _read_tables(rows)
    return tuple(rows.each("Survival", lambda row: _curve(row, tables, data_sets, rows)))


def _curve(
    row: Row,
    tables: Mapping[str, SurvivalTable | None],
    data_sets: Sequence[DataSet],
    rows: RowReader,
) -> SurvivalCurve:
    method = rows.choice(row, "Method")
    family = _family(row, rows) if method == "parametric" else ""
    spline = read_spline(row, rows) if family == SPLINE else None
    _warn_of_unused(row, method, rows)
    return SurvivalCurve(
        rows.choice(row, "Strategy"),
        rows.choice(row, "Endpoint"),
        method,
        rows.choice(row, "Reference strategy") or _reference_strategy(rows),
        family,
        _family_parameters(row, family, spline, rows) if method == "parametric" else (),
        rows.needed(row, "Hazard ratio", "hazard_ratio") if method == "hazard_ratio" else None,
        _table(row, tables, rows) if method == "table" else None,
        _waning(row, rows),
        spline,
        read_fit(row, data_sets, rows) if method == "fit" else None,
        row["Strategy"].where,
    )


def _warn_of_unused(row: Row, method: str, rows: RowReader) -> None:
    """Say which filled cells the method does not read, lest somebody thinks that it does."""
    read = _METHOD_COLUMNS.get(method)
    if read is None:
        return
    for column in (c for columns in _METHOD_COLUMNS.values() for c in columns):
        if column not in read and not row[column].blank:
            rows.findings.warn(row[column], f"not used by method {method}")


def _reference_strategy(rows: RowReader) -> str:
    """Return the reference strategy of the Settings, unchecked; "" where there is none."""
    found = [shown(row["Value"]) for row in rows.tables["Settings"]
             if same(row.item, "reference_strategy")]  # fmt: skip
    return next((name for name in rows.strategies if found and same(name, found[0])), "")


def _waning(row: Row, rows: RowReader) -> Waning | None:
    if row["Waning start"].blank and row["Waning end"].blank:
        return None
    start, end = rows.values(row, "Waning start", "Waning end")
    for column, other, given in (
        ("Waning start", "Waning end", end), ("Waning end", "Waning start", start),
    ):  # fmt: skip
        if row[column].blank and given is not None:
            rows.findings.problem(row[column], "blank", f"{other} needs it: fill it in")
    return None if start is None or end is None else Waning(start, end)


def _family(row: Row, rows: RowReader) -> str:
    """Read the family of a parametric curve."""
    family = rows.choice(row, "Family")
    if row["Family"].blank:
        known = ", ".join((*FAMILIES, SPLINE))
        rows.findings.problem(row["Family"], "blank", f"parametric needs one of: {known}")
    elif family in CRITERIA:
        rows.findings.problem(
            row["Family"], f"{family}, which chooses among fits", "set Method to fit, or name one"
        )
        return ""
    if family != SPLINE:
        warn_of_unused_spline(row, family, rows)
    return family


def _family_parameters(
    row: Row, name: str, spline: SplineForm | None, rows: RowReader
) -> tuple[Expression, ...]:
    if name == SPLINE and spline is not None:
        family: Family = Spline(spline[1], spline[0])
    elif name in FAMILIES:
        family = FAMILIES[name]
    else:
        return ()
    found = _pars(row, family, rows)
    if spline is not None and len(found) == len(family.parameters):
        _refuse_rising(row, family, found, rows)
    return found


def _refuse_rising(
    row: Row, spline: Family, found: tuple[Expression, ...], rows: RowReader
) -> None:
    """Refuse a spline whose survival rises somewhere in the base case."""
    values = [rows.names.value(expression) for expression in found]
    known = [value for value in values if value is not None]
    if len(known) == len(values) and (defect := spline.defect(*known)):
        rows.findings.problem(row["Par1"], defect, "mend the parameters or the knots")


def _pars(row: Row, family: Family, rows: RowReader) -> tuple[Expression, ...]:
    wanted = family.parameters
    found = []
    for i, parameter in enumerate(wanted, start=1):
        column = f"Par{i}"
        if row[column].blank:
            rows.findings.problem(
                row[column], "blank", f"{family.name} needs its {parameter.name} here"
            )
        expression = rows.value(row, column)
        if expression is None:
            continue
        if parameter.positive:
            expression = replace(expression, bounds=Bounds(above=0))
            rows.cells.hold(
                expression, row[column], expression.bounds,
                f" as the {parameter.name} of {family.name}",
            )  # fmt: skip
        found.append(expression)
    for column in (f"Par{i}" for i in range(len(wanted) + 1, 6)):
        if not row[column].blank:
            names = " and ".join(", ".join(p.name for p in wanted).rsplit(", ", 1))
            rows.findings.problem(
                row[column],
                "one parameter too many",
                f"{family.name} has only {names}: clear the cell",
            )
    return tuple(found)


def _table(
    row: Row, tables: Mapping[str, SurvivalTable | None], rows: RowReader
) -> SurvivalTable | None:
    name = rows.text(row, "Data set")
    if not name:
        if row["Data set"].blank:
            rows.findings.problem(row["Data set"], "blank", "table needs a Data set of Curves")
    elif name.casefold() in tables:
        return tables[name.casefold()]
    elif rows.was_read("Curves"):
        known = list(dict.fromkeys(shown(r["Data set"]) for r in rows.tables["Curves"]))
        rows.findings.problem(
            row["Data set"],
            f"there is no data set '{name}' in the Curves sheet",
            nearest(name, known) if known else "add its points to that sheet",
        )
    return None


def _read_tables(rows: RowReader) -> Mapping[str, SurvivalTable | None]:
    """Every data set of the Curves sheet by its name in lower case; None for a faulty one."""
    grouped: dict[str, list[Row]] = {}
    for row in rows.tables["Curves"]:
        name = rows.text(row, "Data set").casefold()
        if name:
            grouped.setdefault(name, []).append(row)
    return {name: _points(points, rows) for name, points in grouped.items()}


def _points(points: list[Row], rows: RowReader) -> SurvivalTable | None:
    before = len(rows.findings.problems)
    read = [(r, rows.number(r, "Time"), rows.number(r, "Survival")) for r in points]
    known: list[_POINT] = [(r, t, s) for r, t, s in read if t is not None and s is not None]
    if known and known[0][1] == 0:
        row, _, survival = known[0]
        if survival != 1:
            rows.findings.problem(row["Survival"], f"{survival:g} at time 0", "it must be 1 there")
        if len(points) == 1:
            rows.findings.problem(row["Time"], "a single point", "add the rest of the curve")
        known[0] = row, 0.0, 1.0
    for (_, t0, s0), (row, t1, s1) in pairwise(known):
        if t1 <= t0:
            rows.findings.problem(row["Time"], f"{t1:g} after {t0:g}", "sort the times upwards")
        elif s1 > s0:
            rows.findings.problem(
                row["Survival"], f"{s1:g} after {s0:g}", "survival cannot rise: mend the points"
            )
    if len(rows.findings.problems) > before or len(known) < len(points):
        return None
    return SurvivalTable(tuple(t for _, t, _ in known), tuple(s for _, _, s in known))
