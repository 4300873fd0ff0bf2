"""The columns of a survival curve, on the sheet of its strategy: its cumulative hazard."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cea.assumptions import Assumptions, SurvivalCurve
from cea.report.model_workbook.building import NUMBER, Building
from cea.report.model_workbook.cells import Column
from cea.report.model_workbook.inputs import tables
from cea.survival.of_curve import family_of
from cea.survival.spline import Spline

_CURVES = {
    "OS": "Overall survival", "PFS": "Progression-free survival", "TOT": "Time on treatment",
    "PPS": "Survival after progression",
}  # fmt: skip
_KEY = re.compile(r"\{(\w+)([+-]\d+)?\}")


def columns_of(building: Building, name: str, endpoint: str) -> Iterator[Column]:
    """Cumulative hazard of a curve: its own, then after waning; then its survival."""
    a = building.assumptions
    curve = a.curve(name, endpoint)
    assert curve is not None
    row = a.curves.index(curve)
    group = f"{_CURVES[endpoint]}: the curve as stated"
    low = endpoint.lower()
    own = f"{low}_H"
    reference = ""
    if curve.needs_reference:
        other = a.strategy_names.index(curve.reference)
        last = final_hazard(a.curve(curve.reference, endpoint), endpoint)
        reference = f"{low}_reference"
        yield Column(reference, f"Cumulative hazard of {curve.reference}", f"={{s{other}.{last}}}",
                     NUMBER, group)  # fmt: skip
    if curve.method == "hazard_ratio":
        ratio = f"={{{reference}}}*{{curve.ratio#{row}}}"
        yield Column(own, "Times the hazard ratio", ratio, NUMBER, group)
    elif curve.table is not None:
        yield from _tabulated(tables(building).index(curve.table), low, group)
    else:
        yield from _parametric(curve, row, low, group)
    if curve.waning is not None:
        yield from _waning(building.base.grid.cycles, row, low, reference, group)
    final = final_hazard(curve, endpoint)
    yield Column(f"{low}_S0", endpoint, f"=EXP(-{{{final}}})", NUMBER, group)


def _parametric(curve: SurvivalCurve, row: int, low: str, group: str) -> Iterator[Column]:
    family = family_of(curve)
    steps = family.excel()
    keys = {step.key: f"{low}_{step.key}" for step in steps}
    keys |= {p.name: f"curve.par{k}#{row}" for k, p in enumerate(family.parameters)}
    if isinstance(family, Spline):
        keys |= {f"knot{k}": f"curve.knot{k}#{row}" for k in range(len(family.knots))}
    keys["t"] = "t"
    for step in steps:
        template = _KEY.sub(lambda m: f"{{{keys.get(m[1], m[1])}{m[2] or ''}}}", step.formula)
        yield Column(keys[step.key], step.header, f"={template}", NUMBER, group,
                     by_row="-1}" in template)  # fmt: skip


def _tabulated(k: int, low: str, group: str) -> Iterator[Column]:
    row = f"{low}_row"
    yield Column(row, "Point of the table", f"=MATCH({{t}},{{table{k}.time:}},1)", "0", group)
    at = {name: f"INDEX({{table{k}.{name}:}},{{{row}}})" for name in ("H", "slope", "time")}
    yield Column(f"{low}_H", "Cumulative hazard",
                 f"={at['H']}+{at['slope']}*({{t}}-{at['time']})", NUMBER, group)  # fmt: skip


def _waning(cycles: int, row: int, low: str, reference: str, group: str) -> Iterator[Column]:
    """Move the hazard of each cycle from the strategy's own to the reference's."""
    start, end = f"{{curve.waning_start#{row}}}", f"{{curve.waning_end#{row}}}"
    ramp = f"MAX(MIN({{t}},{end})-{start},0)"
    area = f"=IF({end}>{start},{ramp}^2/({end}-{start})/2,0)+MAX({{t}}-{end},0)"
    own, other = _gained(f"{low}_H"), _gained(reference)
    share = f"{{{low}_share}}"
    yield Column(f"{low}_area", "Months at the reference's hazard", area, NUMBER, group)
    yield Column(f"{low}_share", "Share of the reference's hazard",
                 f"=({{{low}_area+1}}-{{{low}_area}})/({{t+1}}-{{t}})", NUMBER, group,
                 rows=cycles)  # fmt: skip
    yield Column(f"{low}_gained", "Hazard of the cycle",
                 f"=(1-{share})*{own}+{share}*{other}", NUMBER, group,
                 rows=cycles)  # fmt: skip
    yield Column(f"{low}_waned", "Cumulative hazard, after waning",
                 f"=SUM({{{low}_waned-1}})+SUM({{{low}_gained-1}})", NUMBER, group,
                 by_row=True)  # fmt: skip


def in_order(a: Assumptions, endpoint: str) -> list[int]:
    """Positions of the strategies with a curve, each after the one it refers to."""
    order: list[int] = []

    def visit(name: str) -> None:
        curve, position = a.curve(name, endpoint), a.strategy_names.index(name)
        if curve is None or position in order:
            return
        if curve.needs_reference:
            visit(curve.reference)
        order.append(position)

    for name in a.strategy_names:
        visit(name)
    return order


def final_hazard(curve: SurvivalCurve | None, endpoint: str) -> str:
    """Return the key of a curve's cumulative hazard, after waning where there is some."""
    waned = curve is not None and curve.waning is not None
    return f"{endpoint.lower()}_waned" if waned else f"{endpoint.lower()}_H"


def _gained(hazard: str) -> str:
    """Hazard gained in a cycle; infinite once nobody is left."""
    infinite = "EXP({limit.exponent})"
    return f"IF({{{hazard}+1}}>={infinite},{infinite},{{{hazard}+1}}-{{{hazard}}})"
