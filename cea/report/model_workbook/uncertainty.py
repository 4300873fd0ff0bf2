"""PSA and tornado in the workbook: live formulas over the outcomes that the engine found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cea.analysis.psa import Psa
from cea.analysis.tornado import Tornado
from cea.report.model_workbook.building import MONEY, NUMBER, Building
from cea.report.model_workbook.cells import Column, Table
from cea.report.model_workbook.layout import Heading, Strip, print_in_pages
from cea.report.model_workbook.parameters import OUTCOME
from cea.report.model_workbook.results import verdict
from cea.report.results_workbook.book import Page, size_format
from cea.workbook.styles import Look

_POINTS = 50  # of the acceptability curve, at most


def write_psa(building: Building, psa: Psa | None) -> None:
    """Write means, intervals, CEAC, CEAF, expected loss and EVPI over the draws of the workbook."""
    if psa is None:
        return
    page = building.page(
        "PSA",
        "Probabilistic sensitivity analysis",
        f"Live formulas over the engine's outcomes of {_said(building, psa)}. Yellow: type any "
        "willingness to pay.",
        (34, *[15] * 14),
    )
    strip = building.strips.setdefault(page.name, Strip([34.0], [0]))
    first = page.row
    whole = None if _carried(building) == psa.n else psa
    _summary(building, page, whole)
    _increments(building, page, whole)
    page.section("At one willingness to pay", 1 + 3 * len(building.assumptions.strategies))
    threshold = building.assumptions.threshold.value
    _acceptability(building, page, "at", [threshold])
    if whole is not None:
        page.row -= 1
        _engine(building, page, f"{threshold:,.15g}", whole, _decision(whole, threshold))
        page.row += 2
    page.section("Acceptability curves", 1 + 3 * len(building.assumptions.strategies))
    _acceptability(building, page, "ceac", _grid(building))
    strip.widths[1:] = [max(15.0, width) for width in strip.widths[1:]]
    print_in_pages(page, first, 1, scale=80, high=0, strip=strip)
    page.sheet.freeze_panes(1, 1)


def _said(building: Building, psa: Psa) -> str:
    """Say which draws the sheet sums up: fewer than the run's differ a little from its results."""
    count = _carried(building)
    if count == psa.n:
        return f"all {count:,} draws"
    return (
        f"the first {count:,} of {psa.n:,} draws; beside them, as values, what the engine found in "
        f"all {psa.n:,}, which results.xlsx has too"
    )


def _carried(building: Building) -> int:
    """Count the draws that the workbook has."""
    return len(building.cells["psa.cost0"])


def _engine(
    building: Building, page: Page, label: str, psa: Psa, values: Sequence[tuple[float | str, str]]
) -> None:
    """Write a row of the engine's results, of all draws: values and their formats."""
    said = f"{label}: all {psa.n:,} draws, engine"
    page.write(page.row, 0, said, building.style(Look.KEY, bg_color=OUTCOME))
    page.fit(page.row, [said], bold=True)
    for k, (value, number) in enumerate(values, start=1):
        look = building.style(Look.FORMULA, number, bg_color=OUTCOME, align="right")
        page.write(page.row, k, value, look)


def _decision(psa: Psa, threshold: float) -> list[tuple[float | str, str]]:
    """Return what `_curves` computes, of all draws."""
    at = psa.acceptability_at(threshold)
    benefit = psa.outcomes.net_benefit(threshold)
    best = benefit == benefit.max(axis=1, keepdims=True)
    gain = (best / best.sum(axis=1, keepdims=True) * benefit).mean(axis=0)
    shares = [(float(p), "0.0%") for p in at.probability[0]]
    amounts = [*benefit.mean(axis=0), *gain, gain.sum(), at.evpi[0]]
    return [*shares, *((float(x), MONEY) for x in amounts), (float(at.frontier[0]), "0.0%")]


def _summary(building: Building, page: Page, whole: Psa | None) -> None:
    """Mean and 95% interval of every strategy's outcomes; `whole`: all draws, if not all live."""
    headers = [Heading("Mean and 95% interval")]
    for name in (f"Cost, {building.settings.currency}", "Life-years", "QALYs"):
        headers += [Heading(f"{name}, {what}", number=True) for what in ("mean", "2.5%", "97.5%")]
    building.headers(page, headers, page.row)
    for s, strategy in enumerate(building.assumptions.strategies):
        page.row += 1
        page.write(page.row, 0, strategy.label, building.style(Look.KEY))
        for m, (measure, number) in enumerate((("cost", MONEY), ("ly", NUMBER), ("qaly", NUMBER))):
            cells = f"{{psa.{measure}{s}:}}"
            for k, template in enumerate((f"=SUM({cells})/COUNT({cells})",
                                          f"=PERCENTILE({cells},0.025)",
                                          f"=PERCENTILE({cells},0.975)")):  # fmt: skip
                key = f"psa.mean_{measure}{s}" if k == 0 else ""
                building.cells.cell(page, page.row, 1 + 3 * m + k, key, template,
                                    building.style(Look.FORMULA, number))  # fmt: skip
        if whole is not None:
            page.row += 1
            found = whole.summary.iloc[s]
            _engine(building, page, strategy.label, whole, [
                (float(found[f"{measure}{end}"]), number)
                for measure, number in (("cost", MONEY), ("ly", NUMBER), ("qaly", NUMBER))
                for end in ("", "_low", "_high")
            ])  # fmt: skip
    page.row += 2


def _increments(building: Building, page: Page, whole: Psa | None) -> None:
    """Write mean increments against the reference and their ratio; `whole` as in `_summary`."""
    a, r = building.assumptions, building.assumptions.reference
    names = (f"Cost, {building.settings.currency}", "QALYs", "ICER of the means")
    columns = [Heading(name, number=True) for name in names]
    building.headers(page, (f"Against {a.strategies[r].label}", *columns), page.row)
    for s in a.others:
        page.row += 1
        page.write(page.row, 0, a.strategies[s].label, building.style(Look.KEY))
        for k, measure in enumerate(("cost", "qaly")):
            building.cells.cell(
                page, page.row, 1 + k, f"psa.d_{measure}{s}",
                f"={{psa.mean_{measure}{s}}}-{{psa.mean_{measure}{r}}}",
                building.style(Look.FORMULA, MONEY if measure == "cost" else NUMBER),
            )  # fmt: skip
        building.cells.cell(
            page, page.row, 3, f"psa.icer{s}",
            f"={verdict(f'{{psa.d_cost{s}}}', f'{{psa.d_qaly{s}}}')}",
            building.style(Look.FORMULA, MONEY, align="right"),
        )  # fmt: skip
        if whole is not None:
            page.row += 1
            pair = whole.mean_increment(s)
            icer = str(pair.verdict) if pair.icer is None else pair.icer
            _engine(building, page, a.strategies[s].label, whole,
                    [(pair.cost, MONEY), (pair.effect, NUMBER), (icer, MONEY)])  # fmt: skip
    page.row += 2


def _grid(building: Building) -> list[float]:
    """Thresholds of the curve: those of the settings, thinned."""
    settings = building.settings
    steps = int(settings.ceac_max / settings.ceac_step + 1e-9)
    thin = max(1, int(np.ceil(steps / _POINTS)))
    return [float(k * settings.ceac_step) for k in range(0, steps + 1, thin)]


def _acceptability(building: Building, page: Page, prefix: str, thresholds: list[float]) -> None:
    """Write probability of being best, net benefit, loss and EVPI at each threshold."""
    strategies = building.assumptions.strategies
    table = Table(building.cells, page, prefix, page.row + 2, len(thresholds))
    heading = Heading(f"Willingness to pay, {building.settings.currency} per QALY", number=True)
    building.headers(page, (heading,), table.first - 1)
    rule = {"validate": "decimal", "criteria": ">=", "value": 0, "error_title": "Threshold",
            "error_message": "A number, not below 0."}  # fmt: skip
    building.allow(page, table.first, 0, rule, len(thresholds))
    table.fill("wtp", thresholds, building.style(Look.INPUT, "#,##0"))
    building.columns(table, _curves([s.label for s in strategies]), width=15)
    page.row = table.first + table.count + 1


def _curves(labels: list[str]) -> list[Column]:
    n = range(len(labels))

    def best(s: int) -> str:
        """In which draws a strategy is best, ties included; an array over the draws."""
        others = (
            f"({{wtp}}*({{psa.qaly{s}:}}-{{psa.qaly{o}:}})>={{psa.cost{s}:}}-{{psa.cost{o}:}})"
            for o in n
            if o != s
        )
        return "*".join(others) or f"({{psa.cost{s}:}}={{psa.cost{s}:}})"

    ties = "+".join(f"{best(s)}" for s in n)
    draws = "COUNT({psa.cost0:})"
    found = []
    for s, label in enumerate(labels):
        found.append(Column(f"p{s}", label, f"=SUMPRODUCT({best(s)}/({ties}))/{draws}", "0.0%",
                            "Probability of being the most cost-effective"))  # fmt: skip
    for s, label in enumerate(labels):
        found.append(Column(f"nmb{s}", label,
                            f"={{wtp}}*{{psa.mean_qaly{s}}}-{{psa.mean_cost{s}}}", MONEY,
                            "Expected net monetary benefit"))  # fmt: skip
    for s, label in enumerate(labels):
        gain = f"SUMPRODUCT({best(s)}/({ties})*({{wtp}}*{{psa.qaly{s}:}}-{{psa.cost{s}:}}))"
        found.append(Column(f"gain{s}", label, f"={gain}/{draws}", MONEY,
                            "Net benefit of the draws in which it is best"))  # fmt: skip
    known = "+".join(f"{{gain{s}}}" for s in n)
    found.append(Column("known", "With perfect information", f"={known}", MONEY, "Decision"))
    most = "MAX(" + ",".join(f"{{nmb{s}}}" for s in n) + ")"
    found.append(Column("evpi", "EVPI", f"={{known}}-{most}", MONEY, "Decision"))
    at_best = "0"
    for s in reversed(n):
        at_best = f"IF({{nmb{s}}}={most},{{p{s}}},{at_best})"
    found.append(Column("ceaf", "CEAF: probability of the optimal", f"={at_best}", "0.0%",
                        "Decision"))  # fmt: skip
    return found


def write_tornado(building: Building, tornado: Tornado | None) -> None:
    """Write the bars of each strategy against the reference, at the live headline threshold."""
    if tornado is None:
        return
    a, r = building.assumptions, building.assumptions.reference
    page = building.page(
        "Tornado",
        "Tornado",
        "One-way sensitivity of the incremental net benefit at the headline threshold of the "
        "Settings. Live in the threshold; the outcomes are the engine's, in 'Tornado cases'. Drawn "
        "on the sheet Charts.",
        (52, 14, 14, 9, 9, 15, 15, 15, 15),
    )
    order = {p.name: k for k, p in enumerate(tornado.parameters)}
    for s in a.others:
        bars = tornado.bars(s)
        page.section(f"{a.strategies[s].label} against {a.strategies[r].label}", 9)
        engine = [float(x) for x in (tornado.outcomes.cost[0, s] - tornado.outcomes.cost[0, r],
                                     tornado.outcomes.total_qaly[0, s]
                                     - tornado.outcomes.total_qaly[0, r])]  # fmt: skip
        _base(building, page, s, engine)
        table = Table(building.cells, page, f"bar{s}", page.row + 1, len(bars))
        building.headers(
            page,
            ("Input", Heading("Low", "Fixed by the export.", number=True),
             Heading("High", "Fixed by the export.", number=True),
             *(Heading(f"Case, {end}", "Helper: its row in the sheet Tornado cases.", number=True,
                       helper=True) for end in ("low", "high")),
             *(Heading(f"{what}, {end}", number=True) for what in ("INMB", "Change")
               for end in ("low", "high"))),
            page.row,
        )  # fmt: skip
        table.fill("", [bar.parameter.label for bar in bars], building.style(Look.KEY))
        numbers = [
            building.style(Look.FORMULA, size_format(max(abs(bar.low), abs(bar.high))))
            for bar in bars
        ]
        table.fill("input_low", [bar.low for bar in bars], numbers)
        table.fill("input_high", [bar.high for bar in bars], numbers)
        whole = building.style(Look.FORMULA, "0")
        for k, end in enumerate(("low", "high")):
            rows = [1.0 + k + 2 * order[bar.parameter.name] for bar in bars]
            table.fill(f"case_{end}", rows, whole)
        for end in ("low", "high"):
            at = {
                (m, i): f"INDEX({{case.{m}{i}:}},{{case_{end}}})"
                for m in ("cost", "qaly")
                for i in (s, r)
            }
            table.add(
                Column(f"inmb_{end}", "", f"={{threshold.value#0}}*({at['qaly', s]}-"
                       f"{at['qaly', r]})-({at['cost', s]}-{at['cost', r]})"),
                building.style(Look.FORMULA, MONEY),
            )  # fmt: skip
        for end in ("low", "high"):
            table.add(Column(f"change_{end}", "", f"={{inmb_{end}}}-{{bar{s}.base}}"),
                      building.style(Look.FORMULA, MONEY))  # fmt: skip
        page.row = table.first + table.count + 1
    page.freeze_title()


def _base(building: Building, page: Page, s: int, engine: list[float]) -> None:
    """Write the base case's increments, and its net benefit at the live threshold."""
    for k, (label, value) in enumerate(zip(("Incremental cost", "Incremental QALYs"), engine,
                                           strict=True)):  # fmt: skip
        page.write(page.row, 0, f"{label}, base case", building.style(Look.TEXT))
        style = building.style(Look.FORMULA, MONEY if k == 0 else NUMBER)
        building.cells.typed(page, page.row, 1, f"bar{s}.{('cost', 'qaly')[k]}", value, style)
        page.row += 1
    page.write(page.row, 0, "INMB, base case", building.style(Look.KEY))
    template = f"={{threshold.value#0}}*{{bar{s}.qaly}}-{{bar{s}.cost}}"
    building.cells.cell(page, page.row, 1, f"bar{s}.base", template,
                        building.style(Look.FORMULA, MONEY))  # fmt: skip
    page.row += 2
