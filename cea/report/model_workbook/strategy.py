"""One sheet for each strategy: from its survival curves to its costs and QALYs, cycle by cycle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cea.arrays import Array
from cea.assumptions import Cost
from cea.report.model_workbook.building import MONEY, NUMBER, Building
from cea.report.model_workbook.cells import Cells, Column, Table
from cea.report.model_workbook.curves import columns_of, final_hazard, in_order
from cea.report.model_workbook.layout import TOTAL, print_in_pages
from cea.report.model_workbook.time import FIRST, average
from cea.report.results_workbook.report import place
from cea.survival.convolution import progressed_occupancy
from cea.workbook.styles import Look

_ENDPOINTS = ("OS", "PFS", "TOT", "PPS")  # OS first: the others are capped at it
_PROBABILITY = NUMBER
_BELOW = 1  # rows between the headings and the first row: the sums
_TOTALS = FIRST - _BELOW


def write_strategies(building: Building) -> None:
    """Write the sheets of all strategies, curve by curve: one may refer to another's."""
    names = building.assumptions.strategy_names
    made = [_Strategy(building, name, k, building.base.grid.cycles) for k, name in enumerate(names)]
    begun = [_begin(building, one) for one in made]
    for endpoint in _ENDPOINTS:
        for k in in_order(building.assumptions, endpoint):
            building.columns(begun[k], list(columns_of(building, names[k], endpoint)), below=_BELOW)
    for one, table in zip(made, begun, strict=True):
        for columns in (
            one.bounded(), one.transitions(), one.trace(), one.averages(), one.costs(),
            one.effects(),
        ):  # fmt: skip
            building.columns(table, list(columns), below=_BELOW)
        _total(building, one, table)
        page = table.page
        print_in_pages(page, _TOTALS - 2, 2, high=3, strip=building.strips[page.name])


def _begin(building: Building, one: _Strategy) -> Table:
    page = building.page(
        building.sheets[one.name],
        building.assumptions.labels[one.name],
        "From survival curves to costs and QALYs, from left to right. Columns of a cycle stand in "
        "the row in which it begins; totals stand above them.",
        (),
    )
    page.sheet.freeze_panes(FIRST, 2)
    table = Table(building.cells, page, f"s{one.position}", FIRST, one.cycles + 1)
    building.columns(table, list(one.clock()), width=7, below=_BELOW)
    return table


def _total(building: Building, one: _Strategy, table: Table) -> None:
    """Write the row of totals."""
    for column in range(table.column):
        table.page.write(_TOTALS, column, None, building.style(Look.KEY, **TOTAL))
    table.page.write(_TOTALS, 0, "Total", building.style(Look.KEY, **TOTAL))
    for key in (*one.summed, *one.effect_keys):
        where = building.cells.places[table.key(key)]
        number = MONEY if key in one.summed else NUMBER
        building.cells.cell(
            table.page, _TOTALS, where.column, table.key(f"total.{key}"),
            f"=SUM({{{table.key(key)}:}})", building.style(Look.FORMULA, number, **TOTAL),
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

    def _hazard(self, endpoint: str) -> str:
        return final_hazard(self.building.assumptions.curve(self.name, endpoint), endpoint)

    def bounded(self) -> Iterator[Column]:
        """Survival after background mortality and the cap at OS."""
        group = "Survival used: after background mortality, none above OS"
        os = self._hazard("OS")
        if self.building.assumptions.life_table is not None:
            population = 'IF({set.background_mortality}="yes",{time.hazard-1},0)'
            gained = f"MAX({{{os}}}-{{{os}-1}},{population})"
            yield Column("os_bounded", "Cumulative hazard, at least the population's",
                         f"=IF({{cycle}}=0,{{{os}}},{{os_bounded-1}}+{gained})", NUMBER, group,
                         by_row=True)  # fmt: skip
            os = "os_bounded"
        yield Column("os", "OS", f"=EXP(-{{{os}}})", _PROBABILITY, group)
        yield Column("pfs", "PFS", f"=EXP(-MAX({{{self._hazard('PFS')}}},{{{os}}}))",
                     _PROBABILITY, group)  # fmt: skip
        if self.has_tot:
            yield Column("tot", "Time on treatment",
                         f"=EXP(-MAX({{{self._hazard('TOT')}}},{{{os}}}))", _PROBABILITY,
                         group)  # fmt: skip

    def transitions(self) -> Iterator[Column]:
        """Transition probabilities of each cycle."""
        group = "Transition probabilities of the cycle (PF progression-free, PD progressed)"
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
            ("leaving", "Leaving PF, by PFS", "={pfs}-{pfs+1}"),
            ("dying", "Dying, by OS", "={os}-{os+1}"),
            ("asked", "Deaths before progression, asked for", asked),
            (
                "early",
                "Deaths before progression, used",
                f"=IF({{set.matched}}=1,{matched},{early})",
            ),
            ("p_pd", "Probability: PF to PD", "=IF({pfs}>0,MIN(1,({leaving}-{early})/{pfs}),0)"),
            ("p_dead", "Probability: PF to dead", "=IF({pfs}>0,MIN(1,{early}/{pfs}),0)"),
            ("p_pd_dead", "Probability: PD to dead", f"=IF({{set.matched}}=1,{matching},{later})"),
        ):
            # OS less PFS at the last boundary, too: partitioned survival reads the state there.
            rows = 0 if key == "progressed_before" else self.cycles
            yield Column(key, header, template, _PROBABILITY, group, rows=rows)

    def trace(self) -> Iterator[Column]:
        """The Markov trace."""
        group = "Markov trace, at the start of the cycle"
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
        group = "Average occupancy of the cycle, corrected"
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
        group = f"Costs of the cycle, discounted, {self.building.settings.currency}"
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
        group = "Life-years and QALYs of the cycle, discounted"
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
