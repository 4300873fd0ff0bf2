"""Every chart: nothing is cut off or overlaps, colours keep their meaning, no trace is left."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib
import pytest
from matplotlib.colors import to_hex

from cea.analysis.base_case import base_case
from cea.analysis.psa import psa
from cea.analysis.tornado import tornado
from cea.errors import AnalysisError
from cea.report import charts
from cea.report.charts.text import text_width, wrap_evenly
from cea.report.style import draw, strategy_style
from tests.build import (
    assumptions,
    cost,
    exponentials,
    parameter,
)
from tests.chart import (
    CHARTS,
    assert_whole_large_enough_and_apart,
    both,
    drawn_texts,
    every_chart,
    lines,
    results,
    words,
)


@both
@every_chart
def test_texts_are_whole_large_enough_and_apart(chart: str, name: str) -> None:
    assert_whole_large_enough_and_apart(CHARTS[chart](results(name)))


@both
def test_a_strategy_keeps_its_colour_in_every_chart(name: str) -> None:
    r = results(name)
    names = r.base.assumptions.strategy_names
    for s, strategy in enumerate(names):
        for chart in ("survival", "frontier", "plane", "ceac", "convergence", "expected loss",
                      "precision"):  # fmt: skip
            if chart in ("plane", "convergence", "precision") and s == r.base.assumptions.reference:
                continue
            found = [to_hex(line.get_color()) for line in lines(CHARTS[chart](r), strategy)]
            assert found, chart
            assert {*found} == {strategy_style(s).color.lower()}, chart


@every_chart
def test_the_users_settings_neither_change_nor_leak_in(chart: str) -> None:
    r = results("two")
    made = draw(CHARTS[chart](r), "png", dpi=60)
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "black", "axes.grid": True,
                                "text.usetex": False, "lines.linewidth": 9, "svg.fonttype": "path",
                                "font.family": "serif"}):  # fmt: skip
        before = dict(matplotlib.rcParams)
        figure = CHARTS[chart](r)
        again = draw(figure, "png", dpi=60)
        assert dict(matplotlib.rcParams) == before
    assert again == made


def test_pyplot_is_not_imported() -> None:
    code = "import sys, cea.report.charts; sys.exit('matplotlib.pyplot' in sys.modules)"
    root = Path(__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


@both
def test_files_are_the_same_every_time(tmp_path: Path, name: str) -> None:
    first, second = (
        charts.save(charts.ceac(results(name).psa), tmp_path / folder, "ceac") for folder in "ab"
    )
    assert [path.name for path in first] == ["ceac.png", "ceac.svg"]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    svg = first[1].read_text(encoding="utf-8")
    assert "<dc:date>" not in svg
    assert ">Probability most cost-effective</text>" in svg


def test_even_lines() -> None:
    text = "On-demand TACE after the first session, TACE arm"
    for width in (0.9, 1.5, 2.4):
        even = wrap_evenly(text, width)
        assert even.replace("\n", " ") == text
        assert text_width(even) <= width
    first, last = map(text_width, wrap_evenly(text, 2.4).split("\n"))
    assert min(first, last) > 0.5 * max(first, last)
    assert wrap_evenly("One line", 2.4) == "One line"


def test_a_notebook_shows_a_chart() -> None:
    assert charts.evpi(results("two").psa)._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]


def test_equal_strategies_and_one_parameter_have_charts() -> None:
    found = assumptions(
        exponentials("A", "B"),
        parameters=[parameter("c_drug", 10.0, low=8, high=13, distribution="gamma")],
        costs=[cost("Drug", "alive", "c_drug")],
        currency="CNY",
    )
    same = replace(
        results("two"), base=base_case(found), tornado=tornado(found), psa=psa(found, draws=128)
    )
    for chart in CHARTS.values():
        assert drawn_texts(chart(same))
    assert "same cost and QALYs" in words(charts.efficiency_frontier(same.base))
    assert "equal" in words(charts.plane(same.psa))


def test_a_single_strategy_has_charts_of_its_own() -> None:
    base = base_case(assumptions(exponentials("A"), costs=[cost("Drug", "alive", 10.0)]))
    for chart in (charts.survival, charts.trace, charts.costs, charts.efficiency_frontier):
        assert drawn_texts(chart(base))


def test_unknown_strategies_and_the_reference_are_refused() -> None:
    r = results("two")
    with pytest.raises(AnalysisError, match="no strategy 'C'; use one of: A"):
        charts.trace(r.base, "C")
    with pytest.raises(AnalysisError, match="A is the reference strategy"):
        charts.tornado(r.tornado, "A")
    with pytest.raises(AnalysisError, match="no strategy"):
        charts.plane(r.psa, "?")
