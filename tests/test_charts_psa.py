"""Charts of the draws: plane, acceptability, value of information, precision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cea.analysis.measured import precision_of
from cea.analysis.psa import psa
from cea.analysis.voi import voi
from cea.report import charts
from cea.report.format import money, percent, points, ratio
from tests.chart import (
    asked,
    bars_of,
    both,
    lines,
    results,
    words,
)


@both
def test_evppi_bars_are_the_estimates(name: str) -> None:
    found = voi(results(name).psa)
    figure = charts.evppi_bars(found)
    drawn = [bar.get_width() for bars in bars_of(figure) for bar in bars]
    worth = [float(p.evppi[0]) for p in (*found.singles, *found.groups)]
    least = 1e-3 * float(found.evpi[0])
    assert [x for x in drawn if x > least] == [x for x in worth if x > least]
    assert "EVPPI per patient" in words(figure)
    assert money(float(found.evpi[0]), found.decision.assumptions.settings.currency) in words(
        figure
    )


def test_evsi_marks_the_best_size() -> None:
    found = asked(results("two").psa, populous=True)
    assert found.best() == 1
    assert "Best of these sizes: 100 patients" in words(charts.evsi(found))
    assert "Best of these sizes" not in words(charts.evsi(replace(found, population=None)))


def test_ceaf_breaks_where_net_benefits_are_equal() -> None:
    r = results("two")
    (frontier,) = lines(charts.ceac(r.psa), "CEAF")
    x, y = np.array(frontier.get_xdata()), np.array(frontier.get_ydata())
    (gap,) = np.flatnonzero(np.isnan(y))
    cost_, qaly = r.psa.increments(1)
    threshold = cost_.mean() / qaly.mean()
    np.testing.assert_allclose(x[gap - 1 : gap + 2], threshold)
    above = float((threshold * qaly > cost_).mean())
    np.testing.assert_allclose((y[gap - 1], y[gap + 1]), (1 - above, above))


@both
def test_plane_shares(name: str) -> None:
    r = results(name)
    said = words(charts.plane(r.psa, "B"))
    cost_, qaly = r.psa.increments(1)
    for threshold in r.base.assumptions.thresholds:
        share = float((threshold.value * qaly > cost_).mean())
        assert f"({threshold.label}): {percent(share)} of draws below" in said
    for corner, inside in (("NE", (qaly >= 0) & (cost_ > 0)), ("SW", (qaly < 0) & (cost_ <= 0))):
        assert f"{corner} {percent(float(inside.mean()))}" in said


@both
def test_plane_shows_the_base_case_and_the_mean(name: str) -> None:
    r = results(name)
    figure = charts.plane(r.psa, "B")
    said = words(figure)
    for start, pair in (
        ("Base case (deterministic)", r.base.against_reference(1)),
        ("Mean of draws", r.psa.mean_increment(1)),
    ):
        currency = r.base.assumptions.settings.currency
        assert f"{start}: {money(pair.cost, currency)}" in said.replace("\u00a0", " ")
        assert ratio(pair, currency) in said
        (point,) = lines(figure, f"_{start}")
        assert (*point.get_xdata(), *point.get_ydata()) == pytest.approx((pair.effect, pair.cost))


def test_plane_draws_some_points_and_counts_all() -> None:
    r = results("two")
    many = psa(r.base.assumptions, draws=3500)
    figure = charts.plane(many)
    (points,) = lines(figure, "B")
    assert len(points.get_xdata()) == 3000
    assert "Draws (3,000 of 3,500 drawn, all counted)" in words(figure)


@both
def test_ceac_probabilities_sum_to_one(name: str) -> None:
    r = results(name)
    figure = charts.ceac(r.psa)
    curves = [next(lines(figure, n)).get_ydata() for n in r.base.assumptions.strategy_names]
    np.testing.assert_allclose(np.sum(curves, axis=0), 1.0)
    (frontier,) = lines(figure, "CEAF")
    drawn = dict(zip(frontier.get_xdata(), frontier.get_ydata(), strict=True))
    found = r.psa.acceptability
    at_thresholds = [drawn[threshold] for threshold in found.thresholds]
    np.testing.assert_allclose(at_thresholds, found.frontier)
    breaks = np.count_nonzero(np.isnan(frontier.get_ydata()))
    assert breaks == np.count_nonzero(np.diff(found.optimal))
    said = words(figure)
    for threshold in r.base.assumptions.thresholds:
        for share in r.psa.acceptability_at(threshold.value).probability[0]:
            assert percent(float(share)) in said


@both
def test_evpi_and_convergence_values(name: str) -> None:
    r = results(name)
    a = r.base.assumptions
    said = words(charts.evpi(r.psa))
    for threshold in a.thresholds:
        value = float(r.psa.acceptability_at(threshold.value).evpi[0])
        assert money(value, a.settings.currency) in said
    said = words(charts.convergence(r.psa))
    assert "wider than the truth for Sobol draws" in said
    for s in range(1, len(a.strategies)):
        cost_, qaly = r.psa.increments(s)
        inmb = float((a.threshold.value * qaly - cost_).mean())
        assert money(inmb, a.settings.currency) in said


@both
def test_expected_loss_values(name: str) -> None:
    r = results(name)
    a, found = r.psa.assumptions, r.psa.acceptability
    figure = charts.expected_loss(r.psa)
    for s, strategy in enumerate(a.strategy_names):
        (line,) = lines(figure, strategy)
        np.testing.assert_array_equal(line.get_ydata(), found.expected_loss[:, s])
    (lowest,) = lines(figure, "EVPI")
    np.testing.assert_array_equal(lowest.get_ydata(), found.evpi)
    said = words(figure)
    for threshold in a.thresholds:
        for loss in r.psa.acceptability_at(threshold.value).expected_loss[0]:
            assert money(float(loss), a.settings.currency) in said


@both
def test_net_benefit_is_cut_at_0_and_its_areas_are_shares(name: str) -> None:
    r = results(name)
    a = r.psa.assumptions
    figure = charts.net_benefit_density(r.psa)
    for axes, s in zip(figure.get_axes(), range(1, len(a.strategies)), strict=True):
        cost_, qaly = r.psa.increments(s)
        gain = a.threshold.value * qaly - cost_
        below = above = 0.0
        for patch in axes.patches:
            values, edges, _ = patch.get_data()  # type: ignore[attr-defined]
            area = float((values * np.diff(edges)).sum()) / len(gain)
            assert (edges <= 0).all() or (edges >= 0).all()
            below, above = (below, area) if edges[-1] > 0 else (area, above)
        assert below + above == pytest.approx(1)
        assert above == pytest.approx((gain > 0).mean(), abs=1e-12)
        assert percent(float((gain > 0).mean())) in words(figure)


@both
def test_histograms_count_every_draw(name: str) -> None:
    r = results(name)
    figure = charts.spread(r.psa)
    panels = np.array(figure.get_axes()).reshape(-1, 2)
    for s, row in enumerate(panels):
        for axes, values in zip(row, (r.psa.outcomes.cost, r.psa.outcomes.total_qaly), strict=True):
            (patch,) = axes.patches
            heights, edges, _ = patch.get_data()
            assert heights.sum() == r.psa.n
            assert edges[0] <= values[:, s].min()
            assert values[:, s].max() <= edges[-1]


@both
def test_precision_values(name: str) -> None:
    measured = precision_of(results(name).psa)
    a = measured.assumptions
    figure = charts.precision(measured)
    said = words(figure)
    assert "in 16 independent replicates" in said
    for s in range(1, len(a.strategies)):
        inmb, share = measured.of("INMB", s), measured.of("probability", s)
        assert inmb is not None
        assert share is not None
        assert f"± {money(inmb.half_width, a.settings.currency)}" in said
        assert f"{points(share.value)} ± {points(share.half_width)}" in said
        left, right = lines(figure, a.strategy_names[s])
        running = measured.running(s)
        np.testing.assert_array_equal(left.get_ydata(), running["inmb"])
        np.testing.assert_array_equal(right.get_ydata(), running["probability"])
