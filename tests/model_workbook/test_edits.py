"""A reader edits the live workbook: results follow as the engine's do for the same edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cea.analysis.base_case import BaseCase, base_case
from cea.analysis.decision import acceptability
from cea.analysis.psa import Psa, psa
from cea.analysis.tornado import Tornado, tornado
from cea.assumptions import Assumptions, LifeTable, SurvivalTable, Threshold, Waning
from cea.report.model_workbook import LiveModel, write_model
from tests.build import period, value
from tests.libreoffice import needs_libreoffice, recalculate, wrong_values
from tests.model_workbook.compared import RECORD, Read, assert_engine, typed_instead
from tests.model_workbook.design import model

DRAWS = 20
WEIBULL = model(
    {
        "family": "weibull", "closure": "match_os", "correction": "half_cycle",
        "timing": "mid_cycle", "cycle": (1.0, "month"), "background": True,
        "death": "background", "effect": "waning", "treatment": True,
    }
)  # fmt: skip
# So old that the general population's mortality is above the curve's.
WEIBULL = replace(WEIBULL, settings=replace(WEIBULL.settings, start_age=88.0))
TABLE = model(
    {
        "family": "table", "closure": "pps_curve", "correction": "simpson",
        "timing": "boundary", "cycle": (1.0, "month"), "background": False,
        "death": "fraction", "effect": "own", "treatment": False,
    }
)  # fmt: skip

Cell = tuple[str, int]  # key of a column, or of a cell; position in it


@dataclass(frozen=True)
class Edit:
    """What a reader types, and the same to the engine."""

    name: str
    typed: Mapping[Cell, Any]
    edit: Callable[[Assumptions], Assumptions]
    of: Assumptions = WEIBULL


def _setting(name: str, new: Any, of: Assumptions = WEIBULL) -> Edit:
    plain = {True: "yes", False: "no"}.get(new, new) if isinstance(new, bool) else new
    cell = name.startswith(("discount_rate", "post_", "pre_progression_death_"))

    def edit(a: Assumptions) -> Assumptions:
        return replace(a, settings=replace(a.settings, **{name: value(new) if cell else new}))

    return Edit(f"{name} = {plain}", {(f"set.{name}", 0): plain}, edit, of)


def _parameter(name: str, new: float) -> Edit:
    k = [p.name for p in WEIBULL.parameters].index(name)

    def edit(a: Assumptions) -> Assumptions:
        edited = replace(a.parameters[k], base=value(new))
        return replace(a, parameters=(*a.parameters[:k], edited, *a.parameters[k + 1 :]))

    return Edit(f"{name} = {new}", {("par.base", k): new}, edit)


def _row(rows: str, item: int, key: str, typed: Any, of: Assumptions = WEIBULL, **new: Any) -> Edit:
    """Edit a row of some table."""

    def edit(a: Assumptions) -> Assumptions:
        found = list(getattr(a, rows))
        found[item] = replace(found[item], **new)
        return replace(a, **{rows: tuple(found)})

    return Edit(f"{rows} {item}: {key} = {typed}", {(key, item): typed}, edit, of)


def _item(name: str) -> int:
    return [cost.item for cost in WEIBULL.costs].index(name)


def _curve(strategy: str, endpoint: str, of: Assumptions = WEIBULL) -> int:
    return [curve.key for curve in of.curves].index((strategy, endpoint))


def _older(a: Assumptions) -> Assumptions:
    assert a.life_table is not None
    q = list(a.life_table.qx_male)
    q[48] = 0.3
    return replace(a, life_table=LifeTable(40, tuple(q), a.life_table.qx_female))


def _lower(a: Assumptions) -> Assumptions:
    k = _curve("A", "PFS", TABLE)
    table = a.curves[k].table
    assert table is not None
    survival = (table.survival[0], 0.5, *table.survival[2:])
    curve = replace(a.curves[k], table=SurvivalTable(table.time, survival))
    return replace(a, curves=(*a.curves[:k], curve, *a.curves[k + 1 :]))


OS_A, OS_B = _curve("A", "OS"), _curve("B", "OS")
EDITS = [
    *(_setting("closure", c) for c in ("os_hazard", "constant")),
    _setting("structure", "partitioned_survival", TABLE),
    *(_setting("within_cycle_correction", c) for c in ("start", "end", "simpson")),
    *(_setting("discount_timing", t) for t in ("cycle_start", "whole_year", "boundary")),
    _setting("discount_rate_costs", 0.0),
    _setting("discount_rate_effects", 0.11),
    _setting("background_mortality", False),
    _setting("pre_progression_death", "fraction"),
    _setting("start_age", 64.25),
    _setting("proportion_male", 0.0),
    _setting("closure", "match_os", TABLE),
    _setting("pre_progression_death_fraction", 0.6, TABLE),
    _parameter("c_drug", 2500.0),
    _parameter("hr_os", 1.4),
    _parameter("hr_pfs", 0.3),
    _parameter("os_first", 0.6),
    _parameter("u_pf", 0.9),
    _parameter("wane", 3.25),
    _row("costs", _item("Drug"), "cost.amount", 55.5, amount=value(55.5)),
    _row("costs", _item("Follow-up"), "cost.per", "month", per=period("month")),
    _row("costs", _item("Per cycle"), "cost.per", "3 weeks", per=period("3 weeks")),
    _row("costs", _item("Infusion"), "cost.per", "6 weeks", per=period("6 weeks")),
    _row("costs", _item("Follow-up"), "cost.to_month", None, to_month=None),
    _row("costs", _item("Scan"), "cost.from_month", 1.5, from_month=value(1.5)),
    _row("costs", _item("Scan"), "cost.to_month", 7.0, to_month=value(7.0)),
    _row("costs", _item("Scan"), "cost.every", 2.0, every=period("2 months")),
    _row("costs", _item("Scan"), "cost.every_unit", "week", every=period("3 weeks")),
    _row("costs", _item("Blood count"), "cost.every", 4.0, every=period("4 weeks")),
    _row("costs", _item("Blood count"), "cost.every_unit", "day", every=period("6 days")),
    _row("costs", _item("Biopsy"), "cost.to_month", 6.3, to_month=value(6.3)),
    _row("utilities", 2, "utility.value", 0.2, value=value(0.2)),
    _row("adverse_events", 0, "event.disutility", 0.4, disutility=value(0.4)),
    _row("adverse_events", 1, "event.incidence", 0.9, incidence=value(0.9)),
    _row("curves", OS_A, "curve.par0", 2.2, parameters=(value(2.2), value(25.5))),
    _row("curves", OS_B, "curve.ratio", 0.4, hazard_ratio=value(0.4)),
    _row("curves", OS_B, "curve.waning_end", 7.5, waning=Waning(value("wane"), value(7.5))),
    Edit("life table", {("life.q_male", 48): 0.3}, _older),
    Edit("tabulated survival", {("table1.S", 2): 0.5}, _lower, TABLE),  # row 0 is (0, 1)
]


@dataclass(frozen=True)
class Replayed:
    """Everything that LibreOffice recalculated for this module."""

    edits: dict[str, Read]
    draws: list[Read]
    cases: list[Read]
    sampled: Psa
    varied: Tornado


def _places(live: LiveModel, typed: Mapping[Cell, Any]) -> dict[tuple[str, int, int], Any]:
    found = {}
    for (key, position), new in typed.items():
        place = live.cells.places[key]
        found[place.sheet, place.row + position, place.column] = new
    return found


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """Write a workbook for each edit, draw and case; calculate them all at once."""
    folder = tmp_path_factory.mktemp("edits")
    bases = {id(a): base_case(a) for a in (WEIBULL, TABLE)}
    plain = {
        key: write_model(folder / "plain.xlsx", base, None, None, RECORD)
        for key, base in bases.items()
    }
    sampled, varied = psa(WEIBULL, DRAWS), tornado(WEIBULL)
    weibull = bases[id(WEIBULL)]
    full = write_model(folder / "plain.xlsx", weibull, sampled, varied, RECORD)
    made: list[LiveModel] = []
    with wrong_values():
        for k, one in enumerate(EDITS):
            with typed_instead(_places(plain[id(one.of)], one.typed)):
                base = bases[id(one.of)]
                made.append(write_model(folder / f"e{k}.xlsx", base, None, None, RECORD))
        replays: list[tuple[str, int]] = [("draw", k + 1) for k in range(DRAWS)]
        replays += [("case", k + 1) for k in range(2 * len(varied.parameters))]
        for name, k in replays:
            typed = {(f"select.{name}", 0): float(k)}
            with typed_instead(_places(full, typed)):
                path = folder / f"{name}{k}.xlsx"
                made.append(write_model(path, weibull, sampled, varied, RECORD))
    paths = recalculate([live.path for live in made], folder)
    read = [Read.of(path, live) for path, live in zip(paths, made, strict=True)]
    count = len(EDITS)
    return Replayed(
        {one.name: found for one, found in zip(EDITS, read[:count], strict=True)},
        read[count : count + DRAWS],
        read[count + DRAWS :],
        sampled,
        varied,
    )


@needs_libreoffice
@pytest.mark.parametrize("one", EDITS, ids=lambda one: one.name)
def test_an_edit_moves_the_results_as_it_moves_the_engine(replayed: Replayed, one: Edit):
    before, after = base_case(one.of), base_case(one.edit(one.of))
    assert not np.array_equal(before.cost, after.cost) or not np.array_equal(
        before.qaly, after.qaly
    )
    read = replayed.edits[one.name]
    assert_engine(read, after)
    assert read["check.failing"] == 0
    # The cover still shows the engine's results of the export beside them.
    assert read["cover.engine0"] == pytest.approx(before.cost[0], rel=1e-12)
    assert read["cover.difference0"] == pytest.approx(
        after.cost[0] - before.cost[0], rel=1e-6, abs=1e-6
    )


@needs_libreoffice
@pytest.mark.parametrize("k", range(DRAWS))
def test_a_draw_is_replayed(replayed: Replayed, k: int):
    outcomes, read = replayed.sampled.outcomes, replayed.draws[k]
    for s in range(2):
        for measure, values in (
            ("cost", outcomes.cost), ("ly", outcomes.total_ly), ("qaly", outcomes.total_qaly),
        ):  # fmt: skip
            assert read[f"res.{measure}{s}"] == pytest.approx(values[k, s], rel=1e-9)
    for position in range(6):
        assert abs(read[f"cover.difference{position}"]) < 1e-7


@needs_libreoffice
def test_tornado_cases_are_replayed(replayed: Replayed):
    outcomes = replayed.varied.outcomes
    assert len(replayed.cases) == outcomes.n - 1
    for k, read in enumerate(replayed.cases):
        for s in range(2):
            assert read[f"res.cost{s}"] == pytest.approx(outcomes.cost[k + 1, s], rel=1e-9)
            assert read[f"res.qaly{s}"] == pytest.approx(outcomes.total_qaly[k + 1, s], rel=1e-9)
            assert abs(read[f"cover.difference{3 * s}"]) < 1e-7


@needs_libreoffice
def test_psa_in_the_workbook(replayed: Replayed):
    """Means, intervals, CEAC, CEAF and EVPI over the draws are the engine's."""
    sampled, read = replayed.sampled, replayed.draws[0]
    cost, qaly = sampled.outcomes.cost, sampled.outcomes.total_qaly
    wtp = np.asarray(read["ceac.wtp"], dtype=float)
    expected = acceptability(cost, qaly, wtp)
    for s in range(2):
        np.testing.assert_allclose(read[f"ceac.p{s}"], expected.probability[:, s], atol=1e-12)
        assert read[f"psa.mean_cost{s}"] == pytest.approx(cost[:, s].mean(), rel=1e-12)
    np.testing.assert_allclose(read["ceac.evpi"], expected.evpi, atol=1e-6)
    np.testing.assert_allclose(read["ceac.ceaf"], expected.frontier, atol=1e-12)
    place = read.live.cells.places["psa.mean_cost0"]
    sheet = read.book["PSA"]
    low, high = (sheet.cell(place.row + 1, place.column + 2 + k).value for k in range(2))
    assert (low, high) == pytest.approx(tuple(np.percentile(cost[:, 0], (2.5, 97.5))), rel=1e-12)


def test_dominance_in_words(tmp_path: Path):
    """Three strategies and every way in which one can be dominated, as the engine says it."""
    from tests.build import assumptions, cost, exponentials, utilities

    for prices, gains in (
        ((100.0, 300.0, 200.0), (0.5, 0.6, 0.7)),  # the second dominated
        ((100.0, 300.0, 400.0), (0.5, 0.55, 0.7)),  # the second extendedly
        ((100.0, 200.0, 400.0), (0.5, 0.6, 0.7)),  # none
        ((100.0, 100.0, 400.0), (0.5, 0.5, 0.7)),  # twins
        ((300.0, 200.0, 100.0), (0.5, 0.6, 0.7)),  # the last dominates all
    ):
        rows = tuple(
            replace(utilities(u, 0.0)[k], strategy=name)
            for name, u in zip("ABC", gains, strict=True)
            for k in range(2)
        )
        found = assumptions(
            exponentials("A", "B", "C"),
            costs=[
                cost("Price", "entry", price, "event", strategy=name)
                for name, price in zip("ABC", prices, strict=True)
            ],
            utility=rows,
            horizon_years=1.0,
        )
        found = replace(found, thresholds=(Threshold("One", 1000.0), Threshold("Zero", 0.0)))
        base = base_case(found)
        live = write_model(tmp_path / "m.xlsx", base, None, None, RECORD)
        for row in base.frontier:
            said = live.cells[f"res.step{row.position}"]
            if row.icer is None:
                assert said == str(row.verdict)
            else:
                assert said == pytest.approx(row.icer)
        _assert_against_reference(live, base)


def _assert_against_reference(live: LiveModel, base: BaseCase) -> None:
    for s in (1, 2):
        pair = base.against_reference(s)
        expected = str(pair.verdict) if pair.icer is None else pytest.approx(pair.icer)
        assert live.cells[f"res.icer{s}"] == expected
