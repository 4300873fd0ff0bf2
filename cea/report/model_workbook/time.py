"""The sheets that all strategies share: time, discounting, the population, what is charged when."""

from __future__ import annotations

from cea.assumptions import Cost
from cea.report.model_workbook.building import NUMBER, Building
from cea.report.model_workbook.cells import Column, Table
from cea.report.model_workbook.layout import Heading, Strip, print_in_pages
from cea.workbook.styles import Look

_CYCLE = 7.0  # width
FIRST = 7  # first row of every sheet over time, so that rows agree between sheets


def write_life_table(building: Building) -> None:
    """Write the life table, where there is one, with the cumulative hazard at each age."""
    life = building.assumptions.life_table
    if life is None:
        return
    page = building.page(
        "Life table",
        "Life table",
        "Annual probabilities of death; the hazard is constant within a year of age.",
        (8, 12, 12),
    )
    count = len(life.qx_male)
    building.headers(
        page, ("Age", Heading("qx male", number=True), Heading("qx female", number=True)), 4
    )
    table = Table(building.cells, page, "life", 5, count)
    live = building.style(Look.INPUT, NUMBER)
    table.fill("age", [float(life.first_age + k) for k in range(count)], building.style(Look.TEXT))
    table.fill("q_male", life.qx_male, live)
    table.fill("q_female", life.qx_female, live)
    for sex in ("male", "female"):
        q, h, total = f"{{q_{sex}}}", f"h_{sex}", f"H_{sex}"
        hazard = f"=IF({q}<1,-LN(1-{q}),EXP({{limit.exponent}}))"
        columns = (
            Column(h, f"Annual hazard, {sex}", hazard),
            Column(total, f"Cumulative hazard at this age, {sex}",
                   f"=SUM({{{total}-1}})+SUM({{{h}-1}})", by_row=True),
        )  # fmt: skip
        building.columns(table, columns, width=14)
    page.freeze_title()


def write_time(building: Building) -> None:
    """Write cycle boundaries, discount factors, population mortality and charges."""
    page = building.page(
        "Time",
        "Time",
        "What all strategies share. One row for each cycle boundary; columns of a cycle stand in "
        "the row in which it begins.",
        (_CYCLE,),
    )
    cycles = building.base.grid.cycles
    table = Table(building.cells, page, "time", FIRST, cycles + 1)
    building.headers(page, ("Cycle",), FIRST - 1)
    building.strips[page.name] = Strip([_CYCLE], [0])
    table.fill("cycle", [float(j) for j in range(cycles + 1)], building.style(Look.FORMULA, "0"))
    building.columns(table, _clock(cycles))
    if building.assumptions.life_table is not None:
        building.columns(table, _population(cycles))
    building.columns(table, _discounting(cycles))
    costs = enumerate(building.assumptions.costs)
    charges = [column for k, cost in costs for column in _charges(k, cost, cycles)]
    building.columns(table, charges, width=12)
    page.sheet.freeze_panes(FIRST, 2)
    print_in_pages(page, FIRST - 2, 2, high=2, strip=building.strips[page.name])


def _clock(cycles: int) -> list[Column]:
    odd = "{set.cycles}-2*INT({set.cycles}/2)=1"
    even_cycle = "{cycle}-2*INT({cycle}/2)=0"
    rule = "{set.within_cycle_correction}"
    return [
        Column("t", "Month", "={cycle}*{set.months_per_cycle}", "0.00"),
        Column("began", "Cycle that begins", "={cycle}", "0", "Time", rows=cycles),
        Column("years", "Year", "={t}/{set.months_per_year}", "0.0000", "Time"),
        Column(
            "kind",
            "Rule of the within-cycle correction",
            f'=IF({rule}="start",1,IF({rule}="end",2,IF(OR({rule}="half_cycle",'
            f"AND({odd},{{cycle}}={{set.cycles}}-1)),3,IF({even_cycle},4,5))))",
            "0",
            "Time",
            rows=cycles,
        ),
        Column("one", "Test: one", "=IF({cycle}>=0,1,0)", "0", "Time"),
        Column("avg_one", "Test: average of one", f"={average('one')}", "0.0000", "Time",
               rows=cycles),
    ]  # fmt: skip


def average(state: str, factor: str = "") -> str:
    """Return the average occupancy of a cycle, by its rule, each boundary times a factor.

    The rules are those of `cea.model.grid.average_occupancy`.
    """

    def m(offset: int) -> str:
        at = "" if offset == 0 else f"{offset:+d}"
        return f"{{{state}{at}}}" + (f"*{{{factor}{at}}}" if factor else "")

    first = f"(5*{m(0)}+8*{m(1)}-{m(2)})/12"
    second = f"(8*{m(0)}+5*{m(1)}-{m(-1)})/12"
    return f"CHOOSE({{time.kind}},{m(0)},{m(1)},({m(0)}+{m(1)})/2,{first},{second})"


def _population(cycles: int) -> list[Column]:
    group = "General population"
    last = "MIN(INT({age})-{life.age#0}+1,COUNT({life.age:}))"
    found = [
        Column("age", "Age", "={set.start_age}+{years}", "0.00", group),
        Column("age_row", "Row of the life table", f"={last}", "0", group),
    ]
    for sex in ("male", "female"):
        since = "({age}-{life.age#0}-{age_row}+1)"
        hazard = (
            f"INDEX({{life.H_{sex}:}},{{age_row}})+INDEX({{life.h_{sex}:}},{{age_row}})*{since}"
        )
        found.append(Column(f"H_{sex}", f"Cumulative hazard, {sex}", f"={hazard}", NUMBER, group))
    male = "EXP({H_male#0}-{H_male})"
    female = "EXP({H_female#0}-{H_female})"
    share = "{set.proportion_male}"
    found += [
        Column("S", "Survival", f"={share}*{male}+(1-{share})*{female}", NUMBER, group),
        Column("hazard", "Hazard of the cycle",
               "=IF({S+1}>0,-LN({S+1}/{S}),EXP({limit.exponent}))", "0.00000000", group,
               rows=cycles),
        Column("q", "Probability of death", "=1-EXP(-{hazard})", "0.00000000", group, rows=cycles),
    ]  # fmt: skip
    return found


def _discounting(cycles: int) -> list[Column]:
    timing = "{set.discount_timing}"
    whole = "INT({years}+{set.tiny})"
    middle = "{years}+{set.months_per_cycle}/{set.months_per_year}/2"
    found = [
        Column("tau", "Years discounted, cycle", f'=IF({timing}="cycle_start",{{years}},'
               f'IF({timing}="whole_year",{whole},{middle}))', "0.0000", "Discounting",
               rows=cycles),
        Column("tau_at", "Years discounted, boundary",
               f'=IF({timing}="whole_year",{whole},{{years}})', "0.0000", "Discounting"),
    ]  # fmt: skip
    for what in ("costs", "effects"):
        rate = f"{{set.discount_rate_{what}}}"
        found += [
            Column(f"{what}", f"Factor of {what}, cycle", f"=(1+{rate})^(-{{tau}})", NUMBER,
                   "Discounting", rows=cycles),
            Column(f"{what}_at", f"Factor of {what}, boundary", f"=(1+{rate})^(-{{tau_at}})",
                   NUMBER, "Discounting"),
        ]  # fmt: skip
    return found


def _charges(k: int, cost: Cost, cycles: int) -> list[Column]:
    """Units of a cost row that fall in each cycle, or at each boundary."""
    group = "Units charged, by cost row"
    if cost.applies_to == "entry":
        return []
    start, end = f"{{cost.from#{k}}}", f"{{cost.to#{k}}}"
    if cost.every is None:
        share = f"MAX(0,MIN({{t+1}},{end})-MAX({{t}},{start}))/{{set.months_per_cycle}}"
        units = f"=MIN(1,{share})*{{cost.units#{k}}}"
        return [Column(f"units{k}", cost.item, units, "0.0000", group, rows=cycles)]
    every = f"{{cost.gap#{k}}}"
    typed = "{set.horizon_years}*{set.months_per_year}"
    modelled = "{set.cycles}*{set.months_per_cycle}"
    horizon = f"MIN({modelled},IF({modelled}-{typed}<{every},{typed},{modelled}))"
    # Charges before a time: the number of k >= 0 with start + k every < time.
    before = f"MAX(0,-INT(-(MIN({{}})-{{set.tiny}}-{start})/{every}))"
    nearest = "({cycle}+1/2)*{set.months_per_cycle}+2*{set.tiny}"
    upto = f"IF({{cycle}}<{{set.cycles}}-1,{nearest},{horizon})"
    due = before.replace("{}", f"{upto},{end}")
    return [
        Column(f"due{k}", f"{cost.item}: due so far", f"={due}", "0", group, rows=cycles),
        Column(f"units{k}", cost.item, f"={{due{k}}}-SUM({{due{k}-1}})", "0", group, rows=cycles),
    ]
