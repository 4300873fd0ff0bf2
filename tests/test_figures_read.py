"""Charts can be read: lines are not hidden, curves part in greyscale, columns line up."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.text import Annotation, Text

import cea
from cea.analysis.settings_axis import LABELS, is_setting
from cea.analysis.threshold import threshold_analysis
from cea.analysis.two_way import two_way
from cea.assumptions import Assumptions
from cea.report import charts
from cea.report.format import in_column
from cea.report.record import RunRecord
from cea.report.results import Results
from cea.report.results_workbook import write_results
from cea.report.style import BASE_CASE, slope_style, strategy_style
from cea.report.words_oneway import price_now
from cea.workbook.schema import SETTINGS

RECORD = RunRecord(
    "1.2.3", "a.xlsx", "0123456789abcdef" * 4, 64, 7, "sobol", "2024-01-01T00:00:00+00:00", {}
)
INPUTS = Path(__file__).parents[1] / "inputs"


@cache
def example(name: str) -> Assumptions:
    return cea.read_workbook(INPUTS / f"{name}.xlsx")


@pytest.mark.parametrize(
    ("name", "ends"), [("sor_tace", (0.385, 0.785)), ("sor_tace", (0.3, 0.45)),
                       ("sor_tace", (0.25, 0.42))]
)  # fmt: skip
def test_no_corner_label_hides_the_switch_line(name: str, ends: tuple[float, float]) -> None:
    found = two_way(example(name), "os_hr", "rdi_sorafenib", x_range=ends)
    assert found.segments
    figure = charts.two_way(found)
    figure.draw_without_rendering()
    axes = figure.get_axes()[0]
    (line,) = (c for c in axes.collections if isinstance(c, LineCollection))
    boxes = [Text.get_window_extent(t) for t in axes.texts
             if isinstance(t, Annotation) and t.get_text()]  # fmt: skip
    assert len(boxes) == 4
    for piece in line.get_segments():
        for share in np.linspace(0, 1, 20):
            x, y = axes.transData.transform(piece[0] * (1 - share) + piece[1] * share)
            assert not any(b.x0 < x < b.x1 and b.y0 < y < b.y1 for b in boxes)


def test_axes_of_settings_are_labelled_in_words_and_rates_are_percentages() -> None:
    found = two_way(example("sor_tace"), "horizon_years", "discount_rate_effects", steps=2)
    figure = charts.two_way(found)
    figure.draw_without_rendering()
    axes = figure.get_axes()[0]
    assert axes.get_xlabel() == "Time horizon (years)"
    assert axes.get_ylabel() == "Discount rate, effects (per year)"
    assert "8%" in [tick.get_text() for tick in axes.get_yticklabels()]
    assert set(LABELS) == {field.name for field in SETTINGS if is_setting(field.name)}


def test_curves_carry_the_markers_of_their_strategies() -> None:
    base = cea.base_case(example("three_strategies"))
    figure = charts.survival(base)
    lines = [line for axes in figure.get_axes() for line in axes.get_lines()]
    repeated = [line for line in lines if line.get_label() == "_strategy"]
    for s, name in enumerate(base.assumptions.strategy_names):
        style, curves = strategy_style(s), [line for line in lines if line.get_label() == name]
        own = [line for line in repeated if line.get_marker() == style.marker]
        assert len(own) == len(curves) > 1
        assert {line.get_color() for line in curves} == {style.color}
        for marks in own:
            assert marks.get_markeredgecolor() == style.color
            assert marks.get_linestyle() == "None"


@pytest.mark.parametrize(
    ("values", "printed"),
    [
        ([16.68, 9.94, 17.0], ["16.7", "9.9", "17.0"]),
        ([0.0123, 0.01], ["0.0123", "0.0100"]),
        ([float("nan"), 1757.4, 12.0], ["", "1,757", "12"]),
        ([0.0, 0.0], ["0", "0"]),
        ([-4.0, 2.5], ["−4.00", "2.50"]),
    ],
)
def test_numbers_of_a_column_have_as_many_decimals(values: list[float], printed: list[str]) -> None:
    assert in_column(values) == printed


def test_prices_of_a_column_line_up_and_have_a_unit() -> None:
    a = example("three_strategies")
    found = threshold_analysis(a, "c_immuno_mg", psa=cea.psa(a, 512)).price
    assert found is not None
    assert price_now(found) == "EUR 22 per mg"
    figure = charts.price(found)
    (key,) = (axes for axes in figure.get_axes() if axes.get_label() == "key")
    texts = [text.get_text() for text in key.texts]
    assert "Price now, EUR 22 per mg" in texts
    columns: dict[float, list[str]] = {}
    for text in key.texts:
        digits = re.findall(r"(?<![\d,])\d+\.?\d*", text.get_text())
        if digits and not re.search("[A-Za-z]{3}", text.get_text()):
            columns.setdefault(round(text.get_position()[0], 3), []).extend(digits)
    assert len(columns) == len(a.thresholds)
    for column in columns.values():
        assert len(column) == 5
        assert len({len(cell.partition(".")[2]) for cell in column}) == 1


def test_thresholds_are_dashed_alike_in_figure_and_workbook(tmp_path: Path) -> None:
    a = example("three_strategies")
    drawn = cea.psa(a, 256)
    figure = charts.plane(drawn)
    for axes in figure.get_axes():
        sloped = [line for line in axes.get_lines() if "of draws below" in str(line.get_label())]
        shown = [line._unscaled_dash_pattern for line in sloped]  # type: ignore[attr-defined]
        assert shown == [slope_style(k).line for k in range(len(a.thresholds))]
    assert len({slope_style(k).dash for k in range(4)}) == 4
    path = tmp_path / "results.xlsx"
    write_results(path, replace(Results(cea.base_case(a)), psa=drawn), RECORD, [])
    with ZipFile(path) as book:
        parts = [book.read(n).decode() for n in book.namelist() if n.startswith("xl/charts/chart")]
    planes = [part for part in parts if "Draws</c:v>" in part and "per QALY" in part]
    assert planes
    dashes = {"dash": "dash", "long_dash_dot": "lgDashDot", "round_dot": "sysDot"}
    for part in planes:
        found = re.findall('<a:prstDash val="([A-Za-z]+)"', part)
        assert f'<a:srgbClr val="{BASE_CASE[1:]}"' in part
        assert [d for d in found if d != "solid"] == [
            dashes[slope_style(k).dash] for k in range(len(a.thresholds))
        ]
