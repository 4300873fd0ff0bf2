"""Checks of the live workbook: each a formula that says OK, or where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cea.report.model_workbook.building import Building
from cea.report.model_workbook.cells import Place, Table
from cea.report.model_workbook.layout import LEFT
from cea.report.model_workbook.results import categories
from cea.workbook.styles import Look

OK = "OK"


@dataclass(frozen=True)
class Check:
    """What is checked, of what, and the formula that says so."""

    said: str
    of: str
    template: str


def write_checks(building: Building) -> None:
    """Write every check."""
    found = [*_of_inputs(building), *_of_time(building)]
    for s in range(len(building.assumptions.strategies)):
        found += _of_strategy(building, s)
    page = building.page(
        "Checks",
        "Checks",
        "Each is a formula: OK, or the first cycle in which it fails, or what is wrong.",
        (6, 84, 30, 30),
    )
    summary, page.row = page.row, page.row + 2
    building.headers(page, ("No.", "Check", "Of", "Result"), page.row)
    page.sheet.freeze_panes(page.row + 1, 0)
    page.sheet.repeat_rows(page.row)
    table = Table(building.cells, page, "check", page.row + 1, len(found))
    table.fill("number", [k + 1.0 for k in range(len(found))], building.style(Look.TEXT, "0"))
    text = building.style(Look.TEXT, **LEFT)
    table.fill("", [check.said for check in found], text)
    table.fill("", [check.of for check in found], text)
    for k, check in enumerate(found):
        page.fit(table.first + k, ("", check.said, check.of))
    style = building.style(Look.FORMULA, align="center", bold=True)
    for k, check in enumerate(found):
        building.cells.cell(page, table.first + k, 3, f"check.{k}", f"={check.template}", style)
    last = table.first + len(found) - 1
    rule = {"type": "cell", "criteria": "==", "value": f'"{OK}"'}
    good = building.book.format({"bg_color": "#E2F0E6", "font_color": "#14532D"})
    bad = building.book.format({"bg_color": "#F8CBAD", "font_color": "#7F2A00"})
    page.sheet.conditional_format(table.first, 3, last, 3, {**rule, "format": good})
    page.sheet.conditional_format(
        table.first, 3, last, 3, {**rule, "criteria": "!=", "format": bad}
    )
    page.row = summary
    page.write(page.row, 1, "Checks that fail", building.style(Look.KEY))
    results = np.array([building.cells[f"check.{k}"] for k in range(len(found))], dtype=object)
    building.cells.put("check.result", Place(page.name, table.first, 3, results))
    failing = f'=COUNT({{check.number:}})-COUNTIF({{check.result:}},"{OK}")'
    building.cells.cell(page, page.row, 3, "check.failing", failing,
                        building.style(Look.FORMULA, "0", bold=True, align="center"))  # fmt: skip
    whole = {"type": "cell", "criteria": "==", "value": 0}
    page.sheet.conditional_format(summary, 3, summary, 3, {**whole, "format": good})
    page.sheet.conditional_format(
        summary, 3, summary, 3, {**whole, "criteria": "!=", "format": bad}
    )


def _unless(wrong: str, said: str) -> str:
    return f'IF({wrong},"{said}","{OK}")'


def _every_cycle(wrong: str, cycles: str) -> str:
    """Say OK, or the first cycle in which `wrong`, an array of 0 and 1, is 1."""
    first = f"{{set.cycles}}-SUMPRODUCT(MAX(({wrong})*({{set.cycles}}-{cycles})))"
    return f'IF(SUMPRODUCT({wrong})=0,"{OK}",{first})'


def _of_inputs(building: Building) -> Iterator[Check]:
    a = building.assumptions

    def share(key: str) -> str:
        return _unless(f"OR({{{key}}}<0,{{{key}}}>1)", "not between 0 and 1")

    settings = "Settings"
    for name in ("discount_rate_costs", "discount_rate_effects", "proportion_male",
                 "pre_progression_death_fraction"):  # fmt: skip
        yield Check(f"{name} lies between 0 and 1", settings, share(f"set.{name}"))
    yield Check(
        "Closure constant has a post_progression_hazard",
        settings,
        _unless('AND({set.closure}="constant",{set.post_progression_hazard}<=0)',
                "type post_progression_hazard"),
    )  # fmt: skip
    if a.life_table is not None:
        yield Check(
            "start_age is an age of the life table",
            settings,
            _unless("OR({set.start_age}<{life.age#0},{set.start_age}>=MAX({life.age:})+1)",
                    "outside the life table"),
        )  # fmt: skip
    yield Check("No utility is above 1", "Utilities", _unless("MAX({utility.value:})>1", "above 1"))
    for k, curve in enumerate(a.curves):
        of = f"{curve.endpoint}, {curve.strategy}"
        if curve.waning is not None:
            late = f"{{curve.waning_start#{k}}}>{{curve.waning_end#{k}}}"
            yield Check("Waning starts before it ends", of, _unless(late, "ends before it starts"))
        if curve.hazard_ratio is not None:
            yield Check("The hazard ratio is above 0", of,
                        _unless(f"{{curve.ratio#{k}}}<=0", "not above 0"))  # fmt: skip


def _of_time(building: Building) -> Iterator[Check]:
    whole = "MAX(SUM({time.avg_one:})-{set.cycles},{set.cycles}-SUM({time.avg_one:}))>{set.tiny}"
    yield Check("The weights of the within-cycle correction sum to the number of cycles", "Time",
                _unless(whole, "they do not"))  # fmt: skip
    for what in ("costs", "effects"):
        factor = f"{{time.{what}:}}"
        yield Check(
            f"Discount factors of {what} lie between 0 and 1 and never rise",
            "Time",
            _unless(f"OR(MIN({factor})<=0,MAX({factor})>1,{{time.{what}#0}}<MAX({factor}))",
                    "they do not"),
        )  # fmt: skip


def _of_strategy(building: Building, s: int) -> Iterator[Check]:
    label = building.assumptions.strategies[s].label
    cycle, began = "{time.cycle:}", "{time.began:}"

    def key(name: str) -> str:
        return f"{{s{s}.{name}:}}"

    def outside(name: str) -> str:
        return f"({key(name)}<-{{set.tiny}})+({key(name)}>1+{{set.tiny}})"

    for name, said in (("p_pd", "PF to PD"), ("p_dead", "PF to dead"), ("p_pd_dead", "PD to dead")):
        yield Check(f"Probability of {said} lies between 0 and 1", label,
                    _every_cycle(outside(name), began))  # fmt: skip
    yield Check("Probabilities out of PF sum to at most 1", label,
                _every_cycle(f"({key('p_pd')}+{key('p_dead')}>1+{{set.tiny}})*1",
                             began))  # fmt: skip
    for name, said in (("pf", "progression-free"), ("pd", "progressed"), ("dead", "dead")):
        yield Check(f"Share {said} lies between 0 and 1", label,
                    _every_cycle(outside(name), cycle))  # fmt: skip
    yield Check("Shares of the states sum to 1", label,
                _every_cycle(f"({key('pf')}+{key('pd')}+{key('dead')}-1>{{set.tiny}})"
                             f"+(1-{key('pf')}-{key('pd')}-{key('dead')}>{{set.tiny}})",
                             cycle))  # fmt: skip
    yield Check("Dead never falls", label,
                _every_cycle(f"({key('deaths')}<-{{set.tiny}})*1", began))  # fmt: skip
    yield Check("PFS never exceeds OS", label,
                _every_cycle(f"({key('pfs')}>{key('os')}+{{set.tiny}})*1", cycle))  # fmt: skip
    alive = f"(SUM({key('avg_pf')})+SUM({key('avg_pd')}))"
    ends = f"({{s{s}.alive#0}}-{{s{s}.alive#{_last(building)}}})/2"
    area = f"(SUM({key('alive')})-({{s{s}.alive#0}}+{{s{s}.alive#{_last(building)}}})/2)"
    far = f"OR({alive}-{area}>{ends}+{{set.tiny}},{area}-{alive}>{ends}+{{set.tiny}})"
    yield Check("Life-years, undiscounted, equal the area under alive to half a cycle", label,
                _unless(far, "they do not"))  # fmt: skip
    total = "+".join(f"{{res.category{k}{s}}}" for k in range(len(categories(building)))) or "0"
    cost = f"{{res.cost{s}}}"
    differ = f"MAX({total}-{cost},{cost}-({total}))>{{set.tiny}}*MAX(1,{cost})"
    yield Check("Costs by category add up", label, _unless(differ, "they do not"))


def _last(building: Building) -> int:
    return building.base.grid.cycles
