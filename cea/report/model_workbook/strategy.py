"""One sheet for each strategy: from its survival curves to its costs and QALYs, cycle by cycle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cea.arrays import Array
from cea.assumptions import Assumptions, Cost, SurvivalCurve
from cea.report.model_workbook.building import MONEY, NUMBER, Building
from cea.report.model_workbook.cells import Cells, Column, Table
from cea.report.model_workbook.inputs import tables
from cea.report.model_workbook.time import FIRST, average
from cea.report.results_workbook.report import place
from cea.survival.convolution import progressed_occupancy
from cea.survival.of_curve import family_of
from cea.survival.spline import Spline
from cea.workbook.styles import Look

_ENDPOINTS = ("OS", "PFS", "TOT", "PPS")  # OS first: the others are capped at it
_PROBABILITY = "0.00000000"
_TOTALS = FIRST - 4  # row of the sums
_KEY = re.compile(r"\{(\w+)([+-]\d+)?\}")


def write_strategies(building: Building) -> None:
    """Write the sheets of all strategies, curve by curve: one may refer to another's."""
    names = building.assumptions.strategy_names
    made = [_Strategy(building, name, k, building.base.grid.cycles) for k, name in enumerate(names)]
    begun = [_begin(building, one) for one in made]
    for endpoint in _ENDPOINTS:
        for k in _in_order(building.assumptions, endpoint):
            building.columns(begun[k], list(made[k].curve(endpoint)))
    for one, table in zip(made, begun, strict=True):
        for columns in (
            one.bounded(), one.transitions(), one.trace(), one.averages(), one.costs(),
            one.effects(),
        ):  # fmt: skip
            building.columns(table, list(columns))
        _total(building, one, table)


def _begin(building: Building, one: _Strategy) -> Table:
    page = building.page(
        building.sheets[one.name],
        building.assumptions.labels[one.name],
        "From survival curves to costs and QALYs. Columns of a cycle stand in the row in which it "
        "begins; the row of totals sums them.",
        (),
    )
    page.sheet.freeze_panes(FIRST, 2)
    page.sheet.repeat_rows(FIRST - 2, FIRST - 1)
    page.sheet.repeat_columns(0, 1)
    table = Table(building.cells, page, f"s{one.position}", FIRST, one.cycles + 1)
    building.columns(table, list(one.clock()), width=7)
    return table


def _in_order(a: Assumptions, endpoint: str) -> list[int]:
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


def _total(building: Building, one: _Strategy, table: Table) -> None:
    """Write the row of totals."""
    table.page.write(_TOTALS, 0, "Total", building.style(Look.KEY))
    for key in (*one.summed, *one.effect_keys):
        where = building.cells.places[table.key(key)]
        number = MONEY if key in one.summed else NUMBER
        building.cells.cell(
            table.page, _TOTALS, where.column, table.key(f"total.{key}"),
            f"=SUM({{{table.key(key)}:}})", building.style(Look.FORMULA, number, bold=True),
        )  # fmt: skip


@dataclass(frozen=True)
class _Strategy:
    """The columns of one strategy."""

    building: Building
    name: str
    position: int
    cycles: int

    def has(self, endpoint: str) -> bool:
        """Whether an end point has a curve."""
        return self.building.assumptions.curve(self.name, endpoint) is not None

    @property
    def has_tot(self) -> bool:
        """Whether time on treatment has a curve."""
        return self.has("TOT")

    @cached_property
    def rows(self) -> list[tuple[int, Cost]]:
        """Cost rows of this strategy, with their positions."""
        return [
            (k, cost)
            for k, cost in enumerate(self.building.assumptions.costs)
            if cost.strategy in (None, self.name)
        ]

    @property
    def summed(self) -> list[str]:
        """Keys of the cost columns."""
        return [*(f"cost{k}" for k, _ in self.rows), "cost_events", "cost"]

    @property
    def effect_keys(self) -> list[str]:
        """Keys of the columns of life-years and QALYs."""
        return ["ly_pf", "ly_pd", "qaly_pf", "qaly_pd", "qaly_events", "qaly"]

    def clock(self) -> Iterator[Column]:
        """Cycle and month."""
        yield Column("cycle", "Cycle", "={time.cycle}", "0")
        yield Column("t", "Month", "={time.t}", "0.00")

    def curve(self, endpoint: str) -> Iterator[Column]:
        """Cumulative hazard of a curve: its own, then after waning."""
        a = self.building.assumptions
        curve = a.curve(self.name, endpoint)
        assert curve is not None
        row = a.curves.index(curve)
        group = f"{endpoint}: cumulative hazard"
        low = endpoint.lower()
        own = f"{low}_H"
        reference = ""
        if curve.needs_reference:
            other = a.strategy_names.index(curve.reference)
            last = f"{low}_waned" if _waned(a.curve(curve.reference, endpoint)) else own
            reference = f"{low}_reference"
            yield Column(reference, f"Of {curve.reference}", f"={{s{other}.{last}}}", NUMBER, group)
        if curve.method == "hazard_ratio":
            yield Column(own, "x hazard ratio", f"={{{reference}}}*{{curve.ratio#{row}}}", NUMBER,
                         group)  # fmt: skip
        elif curve.table is not None:
            yield from self._tabulated(curve, low, group)
        else:
            yield from self._parametric(curve, row, low, group)
        if curve.waning is not None:
            yield from self._waning(row, low, reference, group)
        final = f"{low}_waned" if curve.waning is not None else own
        yield Column(f"{low}_S0", "Survival, unbounded", f"=EXP(-{{{final}}})", _PROBABILITY, group)

    def _parametric(self, curve: SurvivalCurve, row: int, low: str, group: str) -> Iterator[Column]:
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

    def _tabulated(self, curve: SurvivalCurve, low: str, group: str) -> Iterator[Column]:
        assert curve.table is not None
        k = tables(self.building).index(curve.table)
        row = f"{low}_row"
        yield Column(row, "Row of the table", f"=MATCH({{t}},{{table{k}.time:}},1)", "0", group)
        at = {name: f"INDEX({{table{k}.{name}:}},{{{row}}})" for name in ("H", "slope", "time")}
        yield Column(f"{low}_H", "Interpolated", f"={at['H']}+{at['slope']}*({{t}}-{at['time']})",
                     NUMBER, group)  # fmt: skip

    def _waning(self, row: int, low: str, reference: str, group: str) -> Iterator[Column]:
        """Move the hazard of each cycle from the strategy's own to the reference's."""
        start, end = f"{{curve.waning_start#{row}}}", f"{{curve.waning_end#{row}}}"
        ramp = f"MAX(MIN({{t}},{end})-{start},0)"
        area = f"=IF({end}>{start},{ramp}^2/({end}-{start})/2,0)+MAX({{t}}-{end},0)"
        own, other = _gained(f"{low}_H"), _gained(reference)
        share = f"{{{low}_share}}"
        yield Column(f"{low}_area", "Months at the reference's", area, NUMBER, group)
        yield Column(f"{low}_share", "Share of the reference's",
                     f"=({{{low}_area+1}}-{{{low}_area}})/({{t+1}}-{{t}})", NUMBER, group,
                     rows=self.cycles)  # fmt: skip
        yield Column(f"{low}_gained", "Hazard of the cycle",
                     f"=(1-{share})*{own}+{share}*{other}", NUMBER, group,
                     rows=self.cycles)  # fmt: skip
        yield Column(f"{low}_waned", "After waning",
                     f"=SUM({{{low}_waned-1}})+SUM({{{low}_gained-1}})", NUMBER, group,
                     by_row=True)  # fmt: skip

    def _final(self, endpoint: str) -> str:
        curve = self.building.assumptions.curve(self.name, endpoint)
        return f"{endpoint.lower()}_waned" if _waned(curve) else f"{endpoint.lower()}_H"

    def bounded(self) -> Iterator[Column]:
        """Survival after background mortality and the cap at OS."""
        group = "Survival, bounded"
        os = self._final("OS")
        if self.building.assumptions.life_table is not None:
            population = 'IF({set.background_mortality}="yes",{time.hazard-1},0)'
            gained = f"MAX({{{os}}}-{{{os}-1}},{population})"
            yield Column("os_bounded", "OS: hazard, at least the population's",
                         f"=IF({{cycle}}=0,{{{os}}},{{os_bounded-1}}+{gained})", NUMBER, group,
                         by_row=True)  # fmt: skip
            os = "os_bounded"
        yield Column("os", "OS", f"=EXP(-{{{os}}})", _PROBABILITY, group)
        yield Column("pfs", "PFS, at most OS", f"=EXP(-MAX({{{self._final('PFS')}}},{{{os}}}))",
                     _PROBABILITY, group)  # fmt: skip
        if self.has_tot:
            yield Column("tot", "TOT, at most OS",
                         f"=EXP(-MAX({{{self._final('TOT')}}},{{{os}}}))", _PROBABILITY,
                         group)  # fmt: skip

    def transitions(self) -> Iterator[Column]:
        """Transition probabilities of each cycle."""
        group = "Transitions"
        asked = "={set.pre_progression_death_fraction}*{leaving}"
        if self.building.assumptions.life_table is not None:
            asked = f'=IF({{set.pre_progression_death}}="fraction",{asked[1:]},{{time.q}}*{{pfs}})'
        early = "MIN({asked},{leaving})"
        matched = "MIN(MAX({asked},{dying}-{progressed_before},0),{leaving},{dying})"
        later = (
            'IF({set.closure}="os_hazard",IF({os}>0,MIN(1,{dying}/{os}),1),'
            'IF({set.closure}="constant",'
            "1-EXP(-{set.post_progression_hazard}*{set.months_per_cycle}),0))"
        )
        matching = "IF({progressed_before}>0,MIN(1,({dying}-{early})/{progressed_before}),0)"
        for key, header, template in (
            ("progressed_before", "OS less PFS", "={os}-{pfs}"),
            ("leaving", "Leaving PFS", "={pfs}-{pfs+1}"),
            ("dying", "Dying, by OS", "={os}-{os+1}"),
            ("asked", "Deaths before progression, asked", asked),
            ("early", "Deaths before progression", f"=IF({{set.matched}}=1,{matched},{early})"),
            ("p_pd", "PF to PD", "=IF({pfs}>0,MIN(1,({leaving}-{early})/{pfs}),0)"),
            ("p_dead", "PF to dead", "=IF({pfs}>0,MIN(1,{early}/{pfs}),0)"),
            ("p_pd_dead", "PD to dead", f"=IF({{set.matched}}=1,{matching},{later})"),
        ):
            # OS less PFS at the last boundary, too: partitioned survival reads the state there.
            rows = 0 if key == "progressed_before" else self.cycles
            yield Column(key, header, template, _PROBABILITY, group, rows=rows)

    def trace(self) -> Iterator[Column]:
        """The Markov trace."""
        group = "Markov trace"
        curves = '{set.structure}="partitioned_survival"'
        stay = "{pf-1}*MAX(1-{p_pd-1}-{p_dead-1},0)"
        yield Column("pf", "Progression-free", f"=IF({{cycle}}=0,1,IF({curves},{{pfs}},{stay}))",
                     _PROBABILITY, group, by_row=True)  # fmt: skip
        yield Column("progression", "Progressing in the cycle", "={p_pd}*{pf}", _PROBABILITY, group,
                     rows=self.cycles)  # fmt: skip
        carried = "{pd-1}*(1-{p_pd_dead-1})+{progression-1}"
        if self.has("PPS"):
            # The last first, so that a fixed end of the range meets the latest progressions.
            yield Column("pps_reversed", "Survival after progression, backwards",
                         "=INDEX({pps_S0:},{set.cycles}-{cycle})", _PROBABILITY, group,
                         rows=self.cycles)  # fmt: skip
            flow = "INDEX({progression:},1):{progression-1}"
            backwards = "INDEX({pps_reversed:},{set.cycles}-{cycle}+1)"
            convolved = f"SUMPRODUCT({flow},{backwards}:INDEX({{pps_reversed:}},{{set.cycles}}))"
            yield Column("pd_clock", "Progressed, by time since progression",
                         f"=IF({{cycle}}=0,0,IF({{set.clock}}=1,{convolved},0))", _PROBABILITY,
                         group, values=self._clock_reset)  # fmt: skip
            carried = f"IF({{set.clock}}=1,{{pd_clock}},{carried})"
        yield Column("pd", "Progressed",
                     f"=IF({{cycle}}=0,0,IF({curves},{{progressed_before}},{carried}))",
                     _PROBABILITY, group, by_row=True)  # fmt: skip
        yield Column("alive", "Alive", "={pf}+{pd}", _PROBABILITY, group)
        yield Column("dead", "Dead", "=1-{alive}", _PROBABILITY, group)
        yield Column("deaths", "Dying in the cycle", "={alive}-{alive+1}", _PROBABILITY, group,
                     rows=self.cycles)  # fmt: skip
        if self.has_tot:
            yield Column("on", "On treatment", "=MIN({tot},{alive})", _PROBABILITY, group)
            yield Column("off", "Off treatment", "={alive}-{on}", _PROBABILITY, group)

    def _clock_reset(self, cells: Cells) -> Array:
        """Return what the convolution gives, which is the one formula not evaluated here."""
        flow = cells[f"s{self.position}.progression"]
        after = cells[f"s{self.position}.pps_S0"]
        progressed = progressed_occupancy(flow[None, :], after[None, :])[0]
        return np.asarray(progressed * cells["set.clock"])

    def averages(self) -> Iterator[Column]:
        """Average occupancy of each cycle, corrected, and discounted."""
        states = {"pf": "progression_free", "pd": "progressed"}
        group = "Average occupancy of the cycle"
        for state, label in states.items():
            yield Column(f"avg_{state}", place(label), f"={average(state)}", NUMBER, group,
                         rows=self.cycles)  # fmt: skip
        treated = {"on": "on_treatment", "off": "off_treatment"} if self.has_tot else {}
        for state, label in treated.items():
            yield Column(f"avg_{state}", place(label), f"={average(state)}", NUMBER, group,
                         rows=self.cycles)  # fmt: skip
        for what, shown in (("effects", states), ("costs", states | treated)):
            group = f"Average occupancy, discounted as {what}"
            for state, label in shown.items():
                at_boundary = average(state, f"time.{what}_at")
                yield Column(
                    f"{what}_{state}", place(label),
                    f'=IF({{set.discount_timing}}="boundary",{at_boundary},'
                    f"{{avg_{state}}}*{{time.{what}}})", NUMBER, group, rows=self.cycles,
                )  # fmt: skip

    def costs(self) -> Iterator[Column]:
        """Costs of each row in each cycle, discounted."""
        group = "Costs, discounted"
        for k, cost in self.rows:
            yield Column(f"cost{k}", cost.item, f"={self._cost(k, cost)}", MONEY, group,
                         rows=self.cycles)  # fmt: skip
        events = self._events("expected")
        yield Column("cost_events", "Adverse events", f"=IF({{cycle}}=0,{events},0)", MONEY, group,
                     rows=self.cycles)  # fmt: skip
        total = "+".join(f"{{{key}}}" for key in self.summed[:-1])
        yield Column("cost", "All costs", f"={total}", MONEY, group, rows=self.cycles)

    def _cost(self, k: int, cost: Cost) -> str:
        amount, units = f"{{cost.amount#{k}}}", f"{{time.units{k}}}"
        if cost.applies_to == "entry":
            return f"IF({{cycle}}=0,{amount},0)"
        if cost.applies_to in ("progression", "death"):
            flow = "progression" if cost.applies_to == "progression" else "deaths"
            return f"{amount}*{units}*{{{flow}}}*{{time.costs}}"
        if cost.every is not None:
            there = "+".join(f"{{{state}}}" for state in self._states(cost.applies_to))
            return f"{amount}*{units}*({there})*{{time.costs_at}}"
        there = "+".join(f"{{costs_{state}}}" for state in self._states(cost.applies_to))
        return f"{amount}*{units}*({there})"

    def _states(self, applies_to: str) -> list[str]:
        """Occupancies that a cost applies to, as a sum."""
        if not self.has_tot:
            applies_to = {"on_treatment": "progression_free", "off_treatment": "progressed"}.get(
                applies_to, applies_to
            )
        return {
            "progression_free": ["pf"],
            "progressed": ["pd"],
            "alive": ["pf", "pd"],
            "on_treatment": ["on"],
            "off_treatment": ["off"],
        }[applies_to]

    def _events(self, column: str) -> str:
        """Sum a column of the adverse events of this strategy."""
        events = self.building.assumptions.adverse_events
        mine = [k for k, e in enumerate(events) if e.strategy in (None, self.name)]
        return "+".join(f"{{event.{column}#{k}}}" for k in mine) or "0"

    def effects(self) -> Iterator[Column]:
        """Life-years and QALYs of each cycle, discounted."""
        group = "Life-years and QALYs, discounted"
        years = "{set.months_per_cycle}/{set.months_per_year}"
        for state in ("pf", "pd"):
            yield Column(f"ly_{state}", f"Life-years, {state.upper()}",
                         f"={{effects_{state}}}*{years}", NUMBER, group,
                         rows=self.cycles)  # fmt: skip
        for state, name in (("pf", "progression_free"), ("pd", "progressed")):
            yield Column(f"qaly_{state}", f"QALYs, {state.upper()}",
                         f"={{ly_{state}}}*{{utility.value#{self._utility(name)}}}", NUMBER, group,
                         rows=self.cycles)  # fmt: skip
        loss = self._events("loss")
        yield Column("qaly_events", "QALYs, adverse events", f"=IF({{cycle}}=0,-({loss}),0)",
                     NUMBER, group, rows=self.cycles)  # fmt: skip
        yield Column("qaly", "All QALYs", "={qaly_pf}+{qaly_pd}+{qaly_events}", NUMBER, group,
                     rows=self.cycles)  # fmt: skip

    def _utility(self, state: str) -> int:
        """Position of the utility that applies to a state."""
        rows = {
            u.strategy: k
            for k, u in enumerate(self.building.assumptions.utilities)
            if u.state == state
        }
        own = rows.get(self.name)
        return rows[None] if own is None else own


def _waned(curve: SurvivalCurve | None) -> bool:
    return curve is not None and curve.waning is not None


def _gained(hazard: str) -> str:
    """Hazard gained in a cycle; infinite once nobody is left."""
    infinite = "EXP({limit.exponent})"
    return f"IF({{{hazard}+1}}>={infinite},{infinite},{{{hazard}+1}}-{{{hazard}}})"
