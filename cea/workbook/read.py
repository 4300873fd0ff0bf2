"""Reading a workbook: file, tables, assumptions, scenarios, subgroups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from os import PathLike
from pathlib import Path

from cea.assumptions import BASE, BASE_LABEL, Assumptions, Scenario
from cea.errors import WorkbookError
from cea.survival.resolve import resolve
from cea.workbook.build import build
from cea.workbook.checks import check
from cea.workbook.findings import Findings, Note, in_words, listed
from cea.workbook.labels import label_of, tell_apart
from cea.workbook.load import load
from cea.workbook.read_subgroups import read_subgroups
from cea.workbook.rows import RowReader
from cea.workbook.tables import Edit, Row, Tables, shown


def read_workbook(path: str | PathLike[str]) -> Assumptions:
    """Read and check a workbook. The file is never written to.

    Parameters
    ----------
    path
        An .xlsx or .xlsm file with the sheets of docs/workbook.md.

    Returns
    -------
    Assumptions
        Everything an analysis needs, scenarios, subgroups and warnings among it.

    Raises
    ------
    WorkbookError
        The workbook cannot be used; `problems` lists everything there is to mend.
    """
    findings = Findings()
    tables, file = load(Path(path), findings)
    return replace(read_tables(tables, findings), file=file)


def read_tables(tables: Tables, findings: Findings) -> Assumptions:
    """Read and check tables, the scenarios and subgroups among them.

    Raises
    ------
    WorkbookError
        As for `read_workbook`, with what `findings` held before.
    """
    assumptions = _assumptions(tables, findings)
    edits = _edited_tables(tables, findings)
    if assumptions is not None:
        scenarios = _scenarios(edits, findings)
    subgroups = read_subgroups(tables, findings, _assumptions, sound=assumptions is not None)
    if assumptions is None or findings.problems:
        raise WorkbookError(findings.in_order)
    return replace(
        assumptions,
        scenarios=scenarios,
        subgroups=subgroups,
        warnings=tuple(findings.warnings),
    )


def _assumptions(tables: Tables, findings: Findings) -> Assumptions | None:
    """Read the tables; None where a problem was noted."""
    draft = build(tables, findings)
    check(draft, tables, findings)
    return None if findings.problems else resolve(draft.finished())


def _edited_tables(tables: Tables, findings: Findings) -> dict[str, tuple[list[Row], Tables]]:
    """Edit the tables as each scenario says, by its name."""
    reader = RowReader(tables, findings)
    grouped: dict[str, list[Row]] = {}
    for row in reader.tables["Scenarios"]:
        grouped.setdefault(shown(row["Scenario"]).casefold(), []).append(row)
    _refuse_names(grouped, findings)
    tell_apart(grouped, findings)
    edits = {}
    for rows in grouped.values():
        own = Findings()
        edited = tables
        before = len(findings.problems)
        for row, column in product(rows, ("Scenario", "Label", "Sheet", "Item", "Column")):
            reader.text(row, column)
        if len(findings.problems) > before:
            continue
        for row in rows:
            edit = Edit.of(row)
            # The rows of an unsound sheet may be missing for another reason.
            if findings.clean(edit.sheet):
                edited = edited.edited(edit, own)
        findings.take(own)
        if not own.problems:
            edits[shown(rows[0]["Scenario"])] = rows, edited
    return edits


def _refuse_names(grouped: Mapping[str, list[Row]], findings: Findings) -> None:
    """Keep the base case's own name and label: tables list it among the scenarios."""
    for name, rows in grouped.items():
        for column, own, said in (
            ("Scenario", BASE, name),
            ("Label", BASE_LABEL, label_of(rows).casefold()),
        ):
            if said == own.casefold():
                filled = [row[column] for row in rows if not row[column].blank]
                cell = (filled or [rows[0]["Scenario"]])[0]
                found = f"'{shown(cell)}', as the results call the base case"
                findings.problem(cell, found, "choose another name")


def _scenarios(
    edits: Mapping[str, tuple[list[Row], Tables]], findings: Findings
) -> tuple[Scenario, ...]:
    """Read every scenario; a warning of several is said once."""
    made = []
    said: dict[Note, list[str]] = {}
    for name, (rows, edited) in edits.items():
        own = Findings()
        scenario = _scenario(name, rows, edited, own, findings)
        if scenario is not None:
            made.append(scenario)
            for note in own.notes:
                said.setdefault(note, []).append(name)
    together: dict[tuple[str, ...], list[Note]] = {}
    for note, names in said.items():
        if note not in findings.notes:  # those of the base case are said already
            together.setdefault(tuple(names), []).append(note)
    for of, notes in together.items():
        several = "s" * (len(of) > 1)
        for words in in_words(notes):
            findings.warn(f"Scenario{several} {listed(of, 'scenarios')}", words)
    return tuple(made)


def _scenario(
    name: str, rows: list[Row], edited: Tables, own: Findings, findings: Findings
) -> Scenario | None:
    """Read a scenario as a workbook of its own: the same rules hold for it.

    One that is sound but for a fit that does not exist is left out, with a warning: the cells are
    not at fault, and the other results do not need it.
    """
    assumptions = _assumptions(edited, own)
    for problem in own.in_order:
        if own.lacks_only_fits:
            findings.warn(f"Scenario {name}", f"left out of the results. {problem}")
        elif problem.where.startswith("Scenarios!"):
            findings.problem(problem.where, problem.found, problem.remedy)
        else:
            found = f"'{name}' makes a problem at {problem.where}: {problem.found}"
            findings.problem(rows[0]["Scenario"], found, problem.remedy)
    if assumptions is None:
        return None
    return Scenario(name, label_of(rows), _changes(rows), assumptions)


def _changes(rows: list[Row]) -> tuple[str, ...]:
    return tuple(Edit.of(row).in_words for row in rows)
