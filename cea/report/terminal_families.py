"""What `cea families` shows on the terminal."""

from __future__ import annotations

from rich.table import Table

from cea.analysis.families import Families, Grid
from cea.report.console import console, new_table, say
from cea.report.format import money, number, per_qaly, percent

_AS_TYPED = "as typed"
_OWN = "* "  # marks the workbook's own choice


def show_families(families: Families) -> None:
    """Print the joint grid of every comparison, and what all combinations say."""
    for s in families.assumptions.others:
        console.print(_grid(families, families.joint, s))
    say(_choice(families), *sentences(families))


def _grid(families: Families, grid: Grid, strategy: int) -> Table:
    a = families.assumptions
    name, reference = a.strategies[strategy].label, a.labels[a.settings.reference_strategy]
    same = "the same families for" if len(grid.varied) > 1 else "families of"
    table = new_table(
        f"{name} against {reference}: incremental net benefit ({a.settings.currency}) at "
        f"{per_qaly(a.threshold.value, a.settings.currency)}, {same} "
        f"{' and '.join(a.labels[one] for one in grid.varied)}; rows: OS, columns: PFS",
        "OS ↓  PFS →",
        *(column or _AS_TYPED for column in grid.columns),
        ruled=False,
    )
    inmb = families.gains(strategy).inmb(a.threshold.value)
    own = families.own(grid)
    for i, (row, cells) in enumerate(zip(grid.rows, grid.cells, strict=True)):
        shown = (
            _cell(float(inmb[draw]) if draw >= 0 else None, own=(i, j) == own)
            for j, draw in enumerate(cells)
        )
        table.add_row(row or _AS_TYPED, *shown)
    return table


def _cell(inmb: float | None, *, own: bool) -> str:
    return f"{_OWN if own else ''}{'no fit' if inmb is None else number(inmb)}"


def _choice(families: Families) -> str:
    """Say which families the workbook has."""
    has = ", ".join(f"{slot.name} {slot.own}" for slot in families.slots)
    if families.own(families.joint) is None:
        return f"The workbook has {has}: a choice that is not in the table above."
    return f"{_OWN}The workbook's own choice: {has}."


def sentences(families: Families) -> list[str]:
    """Say what the full combinations say, a sentence for each comparison."""
    a = families.assumptions
    currency = a.settings.currency
    said = []
    for row in families.summary.to_dict("records"):
        words = (
            f"{a.labels[row['strategy']]}: in {row['combinations']:,} combinations of families the "
            f"incremental net benefit runs from {money(row['inmb_min'], currency)} to "
            f"{money(row['inmb_max'], currency)}"
        )
        if row["trade_offs"]:
            words += (
                f" and the ICER from {number(row['icer_min'])} to "
                f"{per_qaly(row['icer_max'], currency)}"
            )
        other = [f"{row[k]:,} {k}" for k in ("dominant", "dominated") if row[k]]
        if row["saving"]:
            other.append(f"{row['saving']:,} less costly and less effective")
        words += f" ({', '.join(other)})" if other else ""
        said.append(
            f"{words}; cost-effective at {per_qaly(a.threshold.value, currency)} in "
            f"{percent(row['cost_effective'])} of them, "
            f"{percent(row['cost_effective_weighted'])} by AIC weight"
        )
    return said
