"""Charts of scenarios, subgroups and families: what they say, whole and without overlap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
from matplotlib.patches import Rectangle

import cea
from cea.analysis.families import NAMES
from cea.assumptions import Assumptions, Strategy
from cea.report.format import number
from tests.build import shipped
from tests.chart import LONG, assert_whole_large_enough_and_apart, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def renamed(found: Assumptions) -> Assumptions:
    """Give the last strategy a long label, and everything else too."""
    *rest, last = found.strategies
    return replace(
        found,
        strategies=(*rest, Strategy(last.name, LONG)),
        scenarios=tuple(replace(s, label=f"{s.label}: {LONG}") for s in found.scenarios),
        subgroups=tuple(replace(g, label=f"{g.label}: {LONG}") for g in found.subgroups),
    )


@cache
def families(name: str = "km_example") -> cea.Families:
    return cea.families(shipped(name))


CHARTS: dict[str, Callable[[], Figure]] = {
    "families": lambda: families().plot_grid(),
    "families of one": lambda: families().plot_grid("NEW"),
    "families of the reference": lambda: families().plot_grid("STANDARD"),
    "families, long label": lambda: cea.families(renamed(shipped("km_example"))).plot_grid(),
    "subgroups": lambda: cea.subgroups(shipped("three_strategies"), 64).plot_subgroups(),
    "subgroups, long label": lambda: cea.subgroups(
        renamed(shipped("three_strategies")), 64
    ).plot_subgroups("COMBO"),
    **{
        f"scenarios of {name}": lambda name=name: cea.scenarios(shipped(name)).plot_scenarios()
        for name in ("sor_tace", "three_strategies", "km_example")
    },
    "scenarios, long label": lambda: cea.scenarios(renamed(shipped("sor_tace"))).plot_scenarios(),
    "scenarios, three": lambda: cea.scenarios(shipped("sor_tace")).plot_scenarios(top=3),
}


@pytest.mark.parametrize("chart", CHARTS)
def test_texts_are_whole_large_enough_and_apart(chart: str) -> None:
    assert_whole_large_enough_and_apart(CHARTS[chart]())


def test_every_cell_of_the_grid_says_its_icer_and_inmb() -> None:
    found = families()
    said = words(found.plot_grid())
    table = found.grid.query("varied == 'STANDARD + NEW'")
    assert len(table) == 49
    for row in table.to_dict("records"):
        assert f"{number(row['icer'])} {number(row['inmb'])}" in said
    for weight in (w for slot in found.slots for w in slot.weights.values() if w >= 0.005):
        assert number(weight, 2) in said


def test_the_colour_of_a_cell_tells_the_side_of_the_threshold() -> None:
    found = families()
    cells = [p for p in found.plot_grid().axes[0].patches if isinstance(p, Rectangle)][:49]
    inmb = found.gains(1).inmb(found.assumptions.threshold.value)[found.joint.cells].ravel()
    assert (inmb > 0).any()
    for cell, value in zip(cells, inmb, strict=True):
        red, _, blue, _ = cell.get_facecolor()  # type: ignore[misc]
        assert (blue > red) == (value > 0)


def test_a_line_parts_what_is_cost_effective_from_what_is_not() -> None:
    found = families()
    positive = found.gains(1).inmb(found.assumptions.threshold.value)[found.joint.cells] > 0
    borders = (positive[1:] != positive[:-1]).sum() + (positive[:, 1:] != positive[:, :-1]).sum()
    assert len(found.plot_grid().axes[0].lines) == borders > 0


def test_the_frame_is_around_the_workbooks_families() -> None:
    axes = families().plot_grid().axes[0]
    (frame,) = (p for p in axes.patches if isinstance(p, Rectangle) and not p.get_fill())
    cells = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_fill()]
    own = cells[7 * NAMES.index("weibull") + NAMES.index("weibull")]
    assert own.get_x() < frame.get_x() < own.get_x() + own.get_width()
    assert own.get_y() < frame.get_y() < own.get_y() + own.get_height()


def test_unknown_grids_are_refused() -> None:
    with pytest.raises(cea.AnalysisError, match="no grid varies 'OTHER' alone"):
        families().plot_grid("OTHER")


def test_the_subgroups_show_the_base_case_and_the_interval() -> None:
    found = cea.subgroups(shipped("three_strategies"), 64)
    axes = found.plot_subgroups("MONO").axes[0]
    marks = [line for line in axes.lines if len(line.get_xdata()) == 1]
    shown = [float(line.get_xdata()[0]) for line in marks]  # type: ignore[index,arg-type]
    assert shown == pytest.approx([found.inmb(group, 1) for group in found.rows])
    intervals = [line for line in axes.lines if line.get_linewidth() == 1.6]
    for line, group in zip(intervals, found.rows, strict=True):
        drawn = found.sampled(group, 1)
        assert drawn is not None
        assert list(line.get_xdata()) == pytest.approx([drawn.low, drawn.high])  # type: ignore[arg-type]
        assert axes.get_xlim()[0] < drawn.low < drawn.high < axes.get_xlim()[1]
