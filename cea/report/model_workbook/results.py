"""Results: totals by category, increments, ICER, net benefit, dominance in words."""

from __future__ import annotations

from collections.abc import Sequence

from cea.report.model_workbook.building import MONEY, NUMBER, Building
from cea.report.model_workbook.cells import Place
from cea.report.model_workbook.layout import TOTAL, Heading
from cea.report.results_workbook.book import Page
from cea.report.results_workbook.report import label_width
from cea.workbook.styles import Look

_YES_NO = '"yes";"yes";"no"'  # 1 or 0 in words


def write_results_sheet(building: Building) -> None:
    """Write the results, every number a formula."""
    a = building.assumptions
    page = building.page(
        "Results",
        "Results",
        "Live: discounted totals of every strategy, increments against the reference and the "
        "fully incremental analysis.",
        (54, 18, *[max(28.0, label_width([one.label])) for one in a.strategies]),
    )
    sheet = _Sheet(building, page)
    currency = a.settings.currency
    sheet.heading(f"Costs by category, {currency}")
    for s, label in enumerate(sheet.labels):
        building.cells.put(f"res.label{s}", Place(page.name, page.row - 1, 2 + s, label))
    for k, category in enumerate(categories(building)):
        parts = [_category(building, s, category) for s in sheet.strategies]
        sheet.row(f"category{k}", category, parts, MONEY)
    sheet.row("cost", "All costs", sheet.each("{s@.total.cost}"), MONEY, bold=True)
    sheet.heading("Life-years and QALYs")
    sheet.row("ly_pf", "Life-years, progression-free", sheet.each("{s@.total.ly_pf}"), NUMBER)
    sheet.row("ly_pd", "Life-years, progressed", sheet.each("{s@.total.ly_pd}"), NUMBER)
    both = sheet.each("{res.ly_pf@}+{res.ly_pd@}")
    sheet.row("ly", "Life-years", both, NUMBER, bold=True)
    for key, label in (
        ("qaly_pf", "QALYs, progression-free"),
        ("qaly_pd", "QALYs, progressed"),
        ("qaly_events", "QALYs, adverse events"),
    ):
        sheet.row(key, label, sheet.each(f"{{s@.total.{key}}}"), NUMBER)
    sheet.row("qaly", "QALYs", sheet.each("{s@.total.qaly}"), NUMBER, bold=True)
    _against_reference(sheet)
    _net_benefit(sheet)
    _fully_incremental(sheet)
    page.freeze_title(one_page=True)


def categories(building: Building) -> list[str]:
    """Cost categories, adverse events among them, in order of appearance."""
    found = [cost.category for cost in building.assumptions.costs]
    if building.assumptions.adverse_events:
        found.append("Adverse events")
    return list(dict.fromkeys(found))


def _category(building: Building, s: int, category: str) -> str:
    a = building.assumptions
    name = a.strategy_names[s]
    keys = [
        f"cost{k}"
        for k, cost in enumerate(a.costs)
        if cost.category == category and cost.strategy in (None, name)
    ]
    if category == "Adverse events":
        keys.append("cost_events")
    return "+".join(f"{{s{s}.total.{key}}}" for key in keys) or "0"


class _Sheet:
    """The sheet, filled row by row: a label, a number of its own, a column for each strategy."""

    def __init__(self, building: Building, page: Page) -> None:
        self.building, self.page = building, page
        self.labels = [strategy.label for strategy in building.assumptions.strategies]
        self.strategies = range(len(self.labels))
        self.reference = building.assumptions.reference

    def each(self, template: str, *, only_others: bool = False) -> list[str | None]:
        """Return a template for each strategy, whose position takes the place of ``@``."""
        return [
            None if only_others and s == self.reference else template.replace("@", str(s))
            for s in self.strategies
        ]

    def heading(self, title: str, own: str = "") -> None:
        """Begin a table."""
        self.page.row += 1
        columns = [Heading(name, number=True) for name in (own, *self.labels)]
        self.building.headers(self.page, (Heading(title), *columns), self.page.row)
        self.page.row += 1

    def row(
        self, key: str, label: str, templates: Sequence[str | None], number: str, *,
        own: str = "", bold: bool = False, lines: int = 1,
    ) -> None:  # fmt: skip
        """Write a row; `own` is the template of the cell beside the label."""
        b, page = self.building, self.page
        total = TOTAL if bold else {}
        page.write(page.row, 0, label, b.style(Look.KEY if bold else Look.TEXT, **total))
        plain = b.style(Look.FORMULA, "#,##0", align="right")
        if own:
            b.cells.cell(page, page.row, 1, f"res.{key}", f"={own}", plain)
        else:
            page.write(page.row, 1, None, b.style(Look.TEXT, **total))
        style = b.style(Look.FORMULA, number, align="right", **total)
        for s, template in enumerate(templates):
            if template is None:
                page.write(page.row, 2 + s, None, b.style(Look.TEXT, **total))
            else:
                b.cells.cell(page, page.row, 2 + s, f"res.{key}{s}", f"={template}", style)
        if lines > 1:
            page.sheet.set_row(page.row, 3 + 12.75 * lines)
        page.row += 1


def verdict(cost: str, effect: str) -> str:
    """Return a formula that says an ICER, or the word in its place."""
    return (
        f'IF(AND({cost}=0,{effect}=0),"equal",IF(AND({cost}<=0,{effect}>=0),"dominant",'
        f'IF(AND({cost}>=0,{effect}<=0),"dominated",{cost}/{effect})))'
    )


def reading(cost: str, effect: str) -> str:
    """Return a formula that says how the ratio beside it reads."""
    return (
        f'IF(AND({cost}>0,{effect}>0),"More costly, more effective: cost per QALY gained",'
        f'IF(AND({cost}<0,{effect}<0),"Less costly, less effective: saving per QALY forgone",'
        f'IF(AND({cost}=0,{effect}=0),"Equal",'
        f'IF({effect}>=0,"No more costly, no less effective",'
        '"No less costly, no more effective"))))'
    )


def _against_reference(sheet: _Sheet) -> None:
    r = sheet.reference
    currency = sheet.building.settings.currency
    sheet.heading(f"Against {sheet.labels[r]}")
    for measure, label, number in (
        ("cost", f"Incremental cost, {currency}", MONEY),
        ("ly", "Incremental life-years", NUMBER),
        ("qaly", "Incremental QALYs", NUMBER),
    ):
        difference = f"{{res.{measure}@}}-{{res.{measure}{r}}}"
        sheet.row(f"d_{measure}", label, sheet.each(difference, only_others=True), number)
    pair = "{res.d_cost@}", "{res.d_qaly@}"
    icers = sheet.each(verdict(*pair), only_others=True)
    sheet.row("icer", f"ICER, {currency} per QALY", icers, MONEY, bold=True)
    sheet.row(
        "reading", "How to read it", sheet.each(reading(*pair), only_others=True), "", lines=2
    )


def _net_benefit(sheet: _Sheet) -> None:
    thresholds = [
        (k, one.label, f"{{threshold.value#{k}}}")
        for k, one in enumerate(sheet.building.assumptions.thresholds)
    ]
    currency = sheet.building.settings.currency
    sheet.heading(f"Net monetary benefit, {currency}", "Willingness to pay")
    for k, label, value in thresholds:
        benefit = sheet.each(f"{value}*{{res.qaly@}}-{{res.cost@}}")
        sheet.row(f"nmb{k}_", label, benefit, MONEY, own=value)
    sheet.heading("Net health benefit, QALYs", "Willingness to pay")
    for k, label, value in thresholds:
        benefit = sheet.each(f'IF({value}=0,"",{{res.qaly@}}-{{res.cost@}}/{value})')
        sheet.row(f"nhb{k}_", label, benefit, NUMBER, own=value)
    r = sheet.reference
    sheet.heading(
        f"Incremental net benefit against {sheet.labels[r]}, {currency}", "Willingness to pay"
    )
    for k, label, value in thresholds:
        gain = sheet.each(f"{{res.nmb{k}_@}}-{{res.nmb{k}_{r}}}", only_others=True)
        sheet.row(f"inmb{k}_", label, gain, MONEY, own=value)


def _fully_incremental(sheet: _Sheet) -> None:
    """Dominance and ICERs along the efficiency frontier, without sorting."""
    sheet.heading("Fully incremental analysis")
    n = len(sheet.labels)

    def c(s: int) -> str:
        return f"{{res.cost{s}}}"

    def q(s: int) -> str:
        return f"{{res.qaly{s}}}"

    def others(s: int) -> list[int]:
        return [o for o in range(n) if o != s]

    def dominated(s: int) -> str:
        by = (
            f"({c(o)}<={c(s)})*({q(o)}>={q(s)})*(({c(o)}<{c(s)})+({q(o)}>{q(s)})>0)"
            for o in others(s)
        )
        return f"IF({'+'.join(by) or '0'}>0,1,0)"

    def extendedly(s: int) -> str:
        between = (
            f"({q(j)}<{q(s)})*({q(k)}>{q(s)})*(1-{{res.dom{j}}})*(1-{{res.dom{k}}})"
            f"*(({c(s)}-{c(j)})*({q(k)}-{q(s)})>=({c(k)}-{c(s)})*({q(s)}-{q(j)}))"
            for j in others(s)
            for k in others(s)
            if j != k
        )
        return f"IF((1-{{res.dom{s}}})*({'+'.join(between) or '0'})>0,1,0)"

    def icer(s: int) -> str:
        slopes = (
            f"IF({q(o)}<{q(s)},(1-{{res.dom{o}}})*(1-{{res.ext{o}}})*({c(s)}-{c(o)})"
            f"/({q(s)}-{q(o)}),0)"
            for o in others(s)
        )
        lower = "+".join(f"({q(o)}<{q(s)})*(1-{{res.dom{o}}})" for o in others(s)) or "0"
        twin = "+".join(f"({c(o)}={c(s)})*({q(o)}={q(s)})" for o in range(s)) or "0"
        return (
            f'IF({{res.dom{s}}}=1,"dominated",IF({{res.ext{s}}}=1,"extendedly dominated",'
            f'IF({twin}>0,"equal",IF({lower}=0,"reference",MAX(0,{",".join(slopes) or "0"})))))'
        )

    every = sheet.strategies
    said = "Dominated: another costs no more and does as well"
    sheet.row("dom", said, [dominated(s) for s in every], _YES_NO)
    said = "Extendedly dominated: a mixture of two others is better"
    sheet.row("ext", said, [extendedly(s) for s in every], _YES_NO)
    said = "ICER against the next on the frontier"
    sheet.row("step", said, [icer(s) for s in every], MONEY, bold=True)
