"""Labels of scenarios and subgroups: rows that share a name share a label."""

from __future__ import annotations

from collections.abc import Mapping

from cea.workbook.findings import Findings
from cea.workbook.tables import Row, shown


def label_of(rows: list[Row]) -> str:
    """Return the first label among the rows of one name, or that name, from the key column."""
    labels = [shown(row["Label"]) for row in rows if not row["Label"].blank]
    return labels[0] if labels else shown(rows[0][rows[0].sheet.key[0]])


def tell_apart(grouped: Mapping[str, list[Row]], findings: Findings) -> None:
    """Tables and charts show labels: no two of `grouped`, the rows by name, share one."""
    seen: set[str] = set()
    for rows in grouped.values():
        label = label_of(rows)
        if label.casefold() in seen:
            key = rows[0].sheet.key[0]
            cell = next((r["Label"] for r in rows if not r["Label"].blank), rows[0][key])
            findings.problem(cell, f"'{label}' again", "give it a label of its own")
        seen.add(label.casefold())
