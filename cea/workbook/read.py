"""Reading a workbook: file, tables, assumptions, scenarios."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path

from cea.assumptions import Assumptions, Scenario
from cea.errors import WorkbookError
from cea.workbook.build import Builder
from cea.workbook.checks import Checker
from cea.workbook.load import load
from cea.workbook.schema import BY_NAME
from cea.workbook.tables import Edit, Findings, Row, Tables, shown


def read_workbook(path: str | PathLike[str]) -> Assumptions:
    """Read and check a workbook. The file is never written to.

    Parameters
    ----------
    path
        An .xlsx or .xlsm file with the sheets of docs/workbook.md.

    Returns
    -------
    Assumptions
        Everything an analysis needs, the scenarios and the warnings among it.

    Raises
    ------
    WorkbookError
        The workbook cannot be used; `problems` lists everything there is to mend.
    """
    findings = Findings()
    tables, file = load(Path(path), findings)
    assumptions = _assumptions(tables, findings)
    scenarios = _scenarios(tables, findings) if assumptions is not None else ()
    if assumptions is None or findings.problems:
        raise WorkbookError(findings.problems)
    return replace(assumptions, scenarios=scenarios, warnings=tuple(findings.warnings), file=file)


def _assumptions(
    tables: Tables, findings: Findings, edited: frozenset[str] = frozenset()
) -> Assumptions | None:
    """Read the tables; None where a problem was noted."""
    draft = Builder(tables, findings, stored_values_count=not edited).build()
    Checker(draft, tables, findings, edited).run()
    return None if findings.problems else draft.finished()


def _scenarios(tables: Tables, findings: Findings) -> tuple[Scenario, ...]:
    """Read every scenario as a workbook of its own: the same rules hold for it."""
    grouped: dict[str, list[Row]] = {}
    form = BY_NAME["Scenarios"]
    for row in tables["Scenarios"]:
        blank = [c for c in form.columns if c.required and row[c.name].blank]
        for column in blank:
            findings.problem(row[column.name], "blank", "fill it in, or delete the row")
        if not blank:
            grouped.setdefault(shown(row["Scenario"]), []).append(row)
    return tuple(
        scenario
        for name, rows in grouped.items()
        if (scenario := _scenario(name, rows, tables, findings)) is not None
    )


def _scenario(name: str, rows: list[Row], tables: Tables, findings: Findings) -> Scenario | None:
    own = Findings()
    edited = tables
    for row in rows:
        edited = edited.edited(Edit.of(row), own)
    # The place of each new value, under the name of the column that it went to.
    places = frozenset(
        row.replaced(shown(row["Column"]), row["Value"])[shown(row["Column"])].where for row in rows
    )
    assumptions = None if own.problems else _assumptions(edited, own, places)
    for problem in own.problems:
        if problem.where.startswith("Scenarios!"):
            findings.problem(problem.where, problem.found, problem.remedy)
        else:
            found = f"'{name}' makes a problem at {problem.where}: {problem.found}"
            findings.problem(rows[0]["Scenario"], found, problem.remedy)
    if assumptions is None:
        return None
    labels = [shown(row["Label"]) for row in rows if not row["Label"].blank]
    return Scenario(name, labels[0] if labels else name, tuple(map(_change, rows)), assumptions)


def _change(row: Row) -> str:
    value = row["Value"]
    new = value.formula or ("blank" if value.blank else shown(value))
    return f"{shown(row['Item'])} {shown(row['Column'])} = {new.removeprefix('=')}"
