"""Charts of the tornado, of two-way and of threshold analysis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.colors import to_hex
from matplotlib.text import Annotation, Text

from cea.analysis.tornado import summed, tornado
from cea.assumptions import Parameter
from cea.report import charts
from cea.report.format import money, per_qaly, value_range
from tests.build import (
    assumptions,
    cost,
    exponentials,
    parameter,
)
from tests.chart import (
    bars_of,
    both,
    drawn_texts,
    lines,
    results,
    words,
)


@both
def test_tornado_prints_the_input_values_at_the_ends(name: str) -> None:
    r = results(name)
    figure = charts.tornado(r.tornado, "B", top=5)
    texts = [text.get_text() for text in drawn_texts(figure)]
    shown = [bar for bar in r.tornado.bars(1) if bar.swing > 1e-6][:5]
    drawn = bars_of(figure)
    for bar in shown:
        for value, months in zip(
            value_range(bar.low, bar.high),
            ("", "") if bar.months is None else value_range(*bar.months[1:]),
            strict=True,
        ):
            assert (f"{value} ({months})" if months else value) in texts
        low, high = (b.patches[0] for b in drawn if b.get_label() == bar.parameter.name)
        ends = [p.get_x() + p.get_width() for p in (low, high)]
        np.testing.assert_allclose(ends, bar.inmb)
    others = len(r.tornado.parameters) - len(shown)
    assert any(text.startswith(f"{others} other") for text in texts)
    a = r.base.assumptions
    assert per_qaly(a.threshold.value, a.settings.currency) in words(figure)
    assert money(r.tornado.base_inmb(1), a.settings.currency) in words(figure)


def test_tornado_marks_assumptions_and_leaves_out_what_changes_nothing() -> None:
    said = words(charts.tornado(results("two").tornado))
    assert "u_pf\u00a0*" in said
    assert "* The value is an assumption" in said
    assert "1 other (no effect)" in said


def in_unit(found: Parameter, unit: str) -> Parameter:
    return replace(found, unit=unit)


@pytest.mark.parametrize("price", [9.0, 25.0, 47.0, 60.0])
def test_tornado_values_stand_at_the_ends_of_their_bars(price: float) -> None:
    found = assumptions(
        exponentials("A", "B"),
        parameters=[
            parameter("gain", 50.0, low=20, high=90),
            in_unit(parameter("price", price, low=price * 0.7, high=price * 1.3), "USD/month"),
            in_unit(parameter("share", 0.5, low=0.2, high=0.9), "proportion"),
        ],
        costs=[cost("Drug", "entry", "price - gain * share", "event", strategy="B")],
    )
    figure = charts.tornado(tornado(found))
    texts = drawn_texts(figure)
    (axes,) = figure.get_axes()
    assert axes.get_xlim()[0] < 0 < axes.get_xlim()[1]
    zero = next(line for line in axes.get_lines() if list(line.get_xdata()) == [0, 0])
    values = [t for t in texts if isinstance(t, Annotation) and t.xycoords == "data"]
    printed = {t for bar in tornado(found).bars(1) for t in value_range(bar.low, bar.high)}
    assert printed == {note.get_text() for note in values}
    for note in values:
        end, box = axes.transData.transform(note.xy)[0], Text.get_window_extent(note)
        gap = min(abs(box.x0 - end), abs(box.x1 - end))
        assert gap < 5 * figure.dpi / 72
        assert note.get_zorder() > zero.get_zorder()
        assert to_hex(note.get_bbox_patch().get_facecolor()) == "#ffffff"
    labels = [text.get_text().replace("\u00a0", " ") for text in texts]
    assert "price (USD/month)" in labels
    assert "share" in labels


def test_tornado_splits_a_bar_whose_ends_lie_on_one_side() -> None:
    found = assumptions(
        exponentials("A", "B"),
        parameters=[parameter("x", 0.0, low=-1, high=2)],
        costs=[cost("Drug", "entry", "100 * x ^ 2", "event", strategy="B")],
    )
    figure = charts.tornado(tornado(found))
    low, high = (held.patches[0] for held in bars_of(figure))
    assert low.get_y() + low.get_height() <= high.get_y() + 1e-9
    assert {"−1", "2"} <= {text.get_text() for text in drawn_texts(figure)}


def test_the_heat_map_shows_the_grid_the_switch_and_the_corners() -> None:
    r = results("two")
    figure = charts.two_way(r.two_way)
    axes = figure.get_axes()[0]
    mesh = next(c for c in axes.collections if isinstance(c, QuadMesh))
    np.testing.assert_allclose(np.ravel(mesh.get_array()), r.two_way.inmb.ravel())
    drawn = next(c for c in axes.collections if isinstance(c, LineCollection))
    np.testing.assert_allclose(
        [np.asarray(piece) for piece in drawn.get_segments()], r.two_way.segments
    )
    said = words(figure)
    for _, _, corner in r.two_way.corners():
        assert corner.icer is not None
        assert f"ICER {money(corner.icer, 'USD')}" in said
    assert "Base case" in said
    assert "INMB = 0" in said


def test_a_choice_has_a_column_each_and_no_line_across() -> None:
    r = results("two")
    figure = charts.two_way(r.by_choice)
    assert "partitioned survival" in words(figure)
    drawn = next(c for c in figure.get_axes()[0].collections if isinstance(c, LineCollection))
    for (x0, y0), (x1, y1) in drawn.get_segments():
        assert y0 == y1
        assert x1 - x0 == 1


def test_the_threshold_chart_marks_every_switch() -> None:
    found = results("two").threshold
    figure = charts.threshold(found)
    marked = [float(x) for line in lines(figure, "_switch") for x in np.ravel(line.get_xdata())]
    switches = [s.value for row in found.pairwise for s in row[0].switches]
    assert marked == pytest.approx(switches)
    assert switches
    left, right = figure.get_axes()[-1].get_xlim()
    assert left <= min(switches) < max(switches) <= right


def test_the_price_chart_prints_the_prices_at_the_thresholds() -> None:
    found = results("two").threshold
    said = words(charts.price(found.price))
    for k, worth in enumerate(found.thresholds):
        switches = found.pairwise[k][0].switches
        price = f"{switches[0].value:.0f}" if switches else "none"
        assert price in said.replace(",", "")
        assert per_qaly(worth.value, "USD") in said
    assert said.index("expected INMB is 0") < said.index("mean of the draws' prices")
    assert "PSA: 95% interval of these" in said


def test_the_rest_of_a_tornado_is_one_bar() -> None:
    r = results("three")
    figure = charts.tornado(r.tornado, "B", top=5)
    (rest,) = (bar.patches[0] for bar in bars_of(figure) if bar.get_label() == "_rest")
    found = summed(r.tornado.bars(1)[5:])
    assert (rest.get_x(), rest.get_x() + rest.get_width()) == pytest.approx((found.low, found.high))
    assert "not a joint range" in words(figure)
