"""Base case, fully incremental analysis, and what costs and effects consist of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from cea.analysis.base_case import BaseCase
from cea.analysis.decision import Verdict
from cea.model.outcomes import LY_PARTS, QALY_PARTS, CostLine
from cea.report.format import per_qaly
from cea.report.results_workbook.book import EFFECT, MONEY, SHARE, Book, Cell, Column, Page, Row
from cea.report.results_workbook.report import Report, capitalised, icer_cell, place, reading

# A name, then the discounted and the undiscounted amount of each strategy.
Part: TypeAlias = "tuple[str, list[float], list[float]]"

_ABBREVIATIONS = (
    "ICER: incremental cost-effectiveness ratio. LYG: life-years gained. NHB, NMB: net health and "
    "net monetary benefit. QALY: quality-adjusted life-year."
)


def write_base_case(book: Book, report: Report) -> None:
    """Write results and net benefit of every strategy."""
    base, money = report.base, report.currency
    page = book.page(
        "Base case",
        "Base case",
        f"Discounted, per patient, over {report.settings.horizon_years:g} years. Increments are "
        f"against {report.reference}.",
        (38, 15, 12, 12, 15, 12, 12, 18, 52),
    )
    page.freeze_title(one_page=True)
    page.section("Costs and effects", 9)
    page.table(
        [
            Column("Technologies"), Column(f"Total costs ({money})", MONEY),
            Column("Total LYG", EFFECT), Column("Total QALYs", EFFECT),
            Column(f"Incremental costs ({money})", MONEY), Column("Incremental LYG", EFFECT),
            Column("Incremental QALYs", EFFECT), Column(f"ICER ({money} per QALY)", MONEY),
            Column("How to read it"),
        ],
        [_compared(base, s, label) for s, label in enumerate(report.labels)],
    )  # fmt: skip
    table = base.net_benefit
    for threshold in report.assumptions.thresholds:
        at = table[table["label"] == threshold.label]
        page.section(f"Net benefit at {per_qaly(threshold.value, money)}: {threshold.label}", 5)
        best = int(at["nmb"].to_numpy().argmax())
        page.table(
            [
                Column("Technologies"), Column(f"NMB ({money})", MONEY),
                Column("NHB (QALYs)", EFFECT), Column("Incremental NHB (QALYs)", EFFECT),
                Column(f"Incremental NMB ({money})", MONEY),
            ],
            [
                Row(
                    [label, *(float(at[name].iloc[s]) for name in ("nmb", "nhb", "inhb", "inmb"))],
                    "best" if s == best else "",
                )
                for s, label in enumerate(report.labels)
            ],
        )  # fmt: skip
    page.note("Shaded: the highest net benefit.")
    page.note(_ABBREVIATIONS)


def _compared(base: BaseCase, s: int, label: str) -> list[Cell]:
    totals: list[Cell] = [label, float(base.cost[s]), float(base.ly[s]), float(base.qaly[s])]
    r = base.assumptions.reference
    if s == r:
        return [*totals, None, None, None, "Reference", ""]
    pair = base.against_reference(s)
    gained = float(base.ly[s] - base.ly[r])
    return [*totals, pair.cost, gained, pair.effect, icer_cell(pair), reading(pair)]


def write_incremental(book: Book, report: Report) -> None:
    """Write the fully incremental analysis, sorted by cost."""
    base, money = report.base, report.currency
    page = book.page(
        "Incremental",
        "Fully incremental analysis",
        "Sorted by cost. Each strategy on the efficiency frontier is compared with the next less "
        "costly one on it.",
        (38, 15, 12, 12, 34, 15, 12, 12, 20, 20),
    )
    rows: list[list[Cell]] = []
    for row in base.frontier:
        i, against = row.position, row.against
        totals: list[Cell] = [
            report.labels[i],
            float(base.cost[i]),
            float(base.ly[i]),
            float(base.qaly[i]),
        ]
        step: list[Cell]
        if against is None:
            first = row.verdict is Verdict.REFERENCE
            step = ["", None, None, None,
                    "Least costly" if first else capitalised(str(row.verdict))]  # fmt: skip
        else:
            step = [
                report.labels[against],
                *(float(x[i] - x[against]) for x in (base.cost, base.ly, base.qaly)),
                row.icer,
            ]
        own = i == base.assumptions.reference
        vs_reference = "Reference" if own else icer_cell(base.against_reference(i))
        rows.append([*totals, *step, vs_reference])
    page.table(
        [
            Column("Technologies"), Column(f"Total costs ({money})", MONEY),
            Column("Total LYG", EFFECT), Column("Total QALYs", EFFECT), Column("Compared with"),
            Column(f"Incremental costs ({money})", MONEY), Column("Incremental LYG", EFFECT),
            Column("Incremental QALYs", EFFECT), Column(f"ICER ({money} per QALY)", MONEY),
            Column(f"ICER against {report.reference} ({money} per QALY)", MONEY),
        ],
        rows,
        freeze=True,
    )  # fmt: skip
    saving = [
        report.labels[s]
        for s in report.others
        if base.against_reference(s).verdict is Verdict.SAVING
    ]
    if saving:
        page.note(
            f"{', '.join(saving)}: less costly and less effective than {report.reference}; that "
            "ICER is the saving per QALY forgone."
        )
    page.note("Dominated: another strategy costs no more and yields at least as many QALYs.")
    page.note(
        "Extendedly dominated: a mix of two other strategies yields more QALYs for the same cost."
    )
    page.note(_ABBREVIATIONS)


def write_disaggregation(book: Book, report: Report) -> None:
    """Write costs by category, place and item; life-years and QALYs by part."""
    columns = len(_columns(report, "", "", MONEY))
    page = book.page(
        "Disaggregation",
        "What costs and effects consist of",
        f"Per patient. Increments are against {report.reference}; the share is that of the sum "
        "of the absolute increments.",
        (46, *[16] * (columns - 1)),
    )
    page.freeze_title()
    money = report.currency
    for heading, parts in (
        ("Costs by category", _costs(report, lambda line: line.category)),
        ("Costs by state or event", _costs(report, lambda line: place(line.place))),
        (
            "Costs by item and state or event",
            _costs(report, _item),
        ),
    ):
        if heading.startswith("Costs by item"):
            page.sheet.set_h_pagebreaks([page.row])
        _parts(page, report, heading, _columns(report, "Costs", money, MONEY), parts)
    base = report.base
    for name, names, found, flat in (
        ("Life-years", LY_PARTS, base.outcomes.ly[0], base.undiscounted.ly[0]),
        ("QALYs", QALY_PARTS, base.outcomes.qaly[0], base.undiscounted.qaly[0]),
    ):
        parts = [
            (place(part), found[:, k].tolist(), flat[:, k].tolist()) for k, part in enumerate(names)
        ]
        heading = f"{name} by state"
        _parts(page, report, heading, _columns(report, name, "", EFFECT), parts)


def _costs(report: Report, name_of: Callable[[CostLine], str]) -> list[Part]:
    """Add up the cost lines that share a name, in the order in which they first appear."""
    base, names = report.base, report.assumptions.strategy_names
    found: dict[str, tuple[list[float], list[float]]] = {}
    for k, line in enumerate(base.outcomes.lines):
        discounted, flat = found.setdefault(name_of(line), ([0.0] * len(names), [0.0] * len(names)))
        s = names.index(line.strategy)
        discounted[s] += float(base.outcomes.costs[0, k])
        flat[s] += float(base.undiscounted.costs[0, k])
    return [(name, discounted, flat) for name, (discounted, flat) in found.items()]


def _item(line: CostLine) -> str:
    """Name an item and where its cost falls, which is not said twice."""
    where = place(line.place).lower()
    if re.search(rf"\b{re.escape(where.removeprefix('at '))}(?![\w-])", line.item.lower()):
        return line.item
    return f"{line.item}: {where}"


def _columns(report: Report, first: str, unit: str, number: str) -> list[Column]:
    suffix = f" ({unit})" if unit else ""
    labels, others = report.labels, report.others
    columns = [Column(first)]
    columns += [Column(f"{label}, discounted{suffix}", number) for label in labels]
    for s in others:
        columns.append(Column(f"Increment, {labels[s]}{suffix}", number))
        columns.append(Column("Share of absolute increment", SHARE))
    columns += [Column(f"{label}, undiscounted{suffix}", number) for label in labels]
    columns += [Column(f"Undiscounted increment, {labels[s]}{suffix}", number) for s in others]
    return columns


def _parts(
    page: Page, report: Report, heading: str, columns: Sequence[Column], parts: Sequence[Part]
) -> None:
    """Write a table of parts and their total."""
    r = report.assumptions.reference
    count = range(len(report.labels))
    total: Part = (
        "Total",
        [sum(part[1][s] for part in parts) for s in count],
        [sum(part[2][s] for part in parts) for s in count],
    )
    absolute = {s: sum(abs(part[1][s] - part[1][r]) for part in parts) for s in report.others}

    def cells(part: Part, *, is_total: bool = False) -> list[Cell]:
        name, found, flat = part
        row: list[Cell] = [name, *found]
        for s in report.others:
            gain = found[s] - found[r]
            share = 1.0 if is_total else abs(gain) / absolute[s] if absolute[s] else None
            row += [gain, share if absolute[s] else None]
        return [*row, *flat, *(flat[s] - flat[r] for s in report.others)]

    page.section(heading, len(columns))
    page.table(columns, [*map(cells, parts), Row(cells(total, is_total=True), "total")])
