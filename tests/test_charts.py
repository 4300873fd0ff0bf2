"""Charts: what they say, that nothing is cut off or overlaps, and that they leave no trace."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text

from cea.analysis.base_case import BaseCase, base_case
from cea.analysis.evsi import Evsi, StudyCost, evsi
from cea.analysis.population import Population
from cea.analysis.precision import precision_of
from cea.analysis.psa import Psa, psa
from cea.analysis.studies import survey
from cea.analysis.threshold import ThresholdAnalysis, threshold_analysis
from cea.analysis.tornado import Tornado, summed, tornado
from cea.analysis.two_way import TwoWay, two_way
from cea.analysis.voi import voi
from cea.assumptions import Assumptions, LifeTable, Parameter, Strategy, Threshold
from cea.errors import AnalysisError
from cea.report import charts
from cea.report.charts.survival_curves import median_time
from cea.report.charts.text import text_width, wrap_evenly
from cea.report.format import money, per_qaly, percent, points, ratio, value_range
from cea.report.style import SIZE, draw, strategy_style
from tests.build import (
    assumptions,
    cost,
    exponentials,
    hazard_ratio,
    parameter,
    parametric,
    utilities,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONG = "Camrelizumab plus rivoceranib followed by transarterial chemoembolisation until progression"


@dataclass(frozen=True)
class Results:
    base: BaseCase
    tornado: Tornado
    psa: Psa
    two_way: TwoWay
    by_choice: TwoWay
    threshold: ThresholdAnalysis


def two() -> Assumptions:
    """Two strategies; the PFS input exceeds OS in the first months."""
    found = assumptions(
        [
            parametric("A", "OS", "weibull", 1.5, 19),
            parametric("A", "PFS", "weibull", 1.9, 14),
            hazard_ratio("B", "OS", "hr_os"),
            hazard_ratio("B", "PFS", 0.54),
        ],
        parameters=[
            parameter("hr_os", 0.55, low=0.385, high=0.785, distribution="lognormal"),
            parameter("c_drug", 1756.55, low=1405.24, high=2107.86, distribution="gamma"),
            parameter("u_pf", 0.76, low=0.6, high=1, distribution="beta", evidence="assumption"),
            parameter("idle", 12.302, low=12.301, high=12.304, distribution="normal"),
        ],
        costs=[
            cost("Drug", "progression_free", "c_drug", strategy="B"),
            cost("Care", "alive", 150.0),
            cost("Test", "entry", 20.0, "event"),
        ],
        utility=utilities("u_pf", 0.6),
    )
    return replace(
        found,
        thresholds=(Threshold("3 x GDP per capita", 38_042.0), Threshold("1 x GDP", 12_681.0)),
        strategies=(Strategy("A", "TACE alone"), Strategy("B", "Sorafenib + TACE")),
    )


def three() -> Assumptions:
    """Three strategies in another currency: one extendedly dominated, one with a long name."""
    life = LifeTable(60, (0.05,) * 50, (0.04,) * 50)
    found = assumptions(
        [
            parametric("A", "OS", "gompertz", -0.08, 0.08),
            parametric("A", "PFS", "exponential", 0.12),
            parametric("B", "OS", "exponential", 0.05),
            parametric("B", "PFS", "exponential", 0.1),
            parametric("C", "OS", "gompertz", -0.09, 0.05),
            parametric("C", "PFS", "exponential", "rate"),
            parametric("C", "TOT", "exponential", 0.09),
        ],
        parameters=[
            parameter("rate", 0.06, low=0.04, high=0.08, distribution="gamma"),
            *(
                parameter(f"c_{k}", 100.0 * k, low=80.0 * k, high=130.0 * k, distribution="gamma")
                for k in range(1, 30)
            ),
        ],
        costs=[cost(f"Item {k}", "progression_free", f"c_{k}") for k in range(1, 30, 3)]
        + [
            cost("Drug", "on_treatment", 2000.0, strategy="B"),
            cost("Drug", "on_treatment", 1500.0, strategy="C"),
            cost("Rebate", "entry", -2500.0, "event", strategy="C"),
        ],
        utility=utilities(0.8, 0.5),
        closure="os_hazard",
        background_mortality=True,
        life_table=life,
        currency="£",
        horizon_years=4.0,
    )
    return replace(
        found,
        thresholds=(Threshold("a", 20_000.0), Threshold("b", 30_000.0), Threshold("c", 31_000.0)),
        strategies=tuple(Strategy(n, LONG if n == "C" else f"Arm {n}") for n in "ABC"),
    )


@cache
def results(name: str) -> Results:
    found = {"two": two, "three": three}[name]()
    sampled = psa(found, draws=256)
    price = {"two": "c_drug", "three": "c_4"}[name]
    other = {"two": "hr_os", "three": "rate"}[name]
    return Results(
        base_case(found), tornado(found), sampled,
        two_way(found, price, other, (0.0, 8000.0), strategy="B"),
        two_way(found, "structure", price, y_range=(0.0, 8000.0), strategy="B", steps=9),
        threshold_analysis(found, price, psa=sampled),
    )  # fmt: skip


def _survey(sampled: Psa, *, populous: bool = False) -> Evsi:
    """A survey of two parameters that patients can be asked about."""
    names = [p.name for p in sampled.sample.parameters if p.name.startswith(("c_", "u_"))]
    found = evsi(sampled, survey(sampled, names[:2], [20.0, 100.0, 500.0], prior_size=50.0))
    population = Population(800.0, 10.0, 0.035) if populous else None
    return replace(found, population=population, study_cost=StudyCost(20_000.0, 500.0))


CHARTS: dict[str, Callable[[Results], Figure]] = {
    "survival": lambda r: charts.survival(r.base),
    "trace": lambda r: charts.trace(r.base),
    "trace of one": lambda r: charts.trace(r.base, "B"),
    "costs": lambda r: charts.costs(r.base),
    "frontier": lambda r: charts.efficiency_frontier(r.base),
    "tornado": lambda r: charts.tornado(r.tornado),
    "tornado of one": lambda r: charts.tornado(r.tornado, "B", top=2),
    "plane": lambda r: charts.plane(r.psa),
    "plane of one": lambda r: charts.plane(r.psa, "B"),
    "ceac": lambda r: charts.ceac(r.psa),
    "evpi": lambda r: charts.evpi(r.psa),
    "convergence": lambda r: charts.convergence(r.psa),
    "tornado of costs": lambda r: charts.tornado(tornado(r.base.assumptions, "cost"), "B"),
    "two-way": lambda r: charts.two_way(r.two_way),
    "two-way of a choice": lambda r: charts.two_way(r.by_choice),
    "threshold": lambda r: charts.threshold(r.threshold),
    "price": lambda r: charts.price(r.threshold.price, "B"),
    "expected loss": lambda r: charts.expected_loss(r.psa),
    "net benefit": lambda r: charts.net_benefit_density(r.psa),
    "spread": lambda r: charts.spread(r.psa),
    "precision": lambda r: charts.precision(precision_of(r.psa)),
    "evppi": lambda r: charts.evppi_bars(voi(r.psa)),
    "evppi curves": lambda r: charts.evppi_curves(voi(r.psa)),
    "evsi": lambda r: charts.evsi(_survey(r.psa)),
    "evsi of a population": lambda r: charts.evsi(_survey(r.psa, populous=True)),
}
every_chart = pytest.mark.parametrize("chart", CHARTS)
both = pytest.mark.parametrize("name", ["two", "three"])


def drawn_texts(figure: Figure) -> list[Text]:
    """Texts that reach the paper: ticks out of view, for one, do not."""
    found: dict[int, Text] = {}
    draw = Text.draw

    def record(self: Text, renderer: object, *args: object, **kwargs: object) -> None:
        if self.get_visible() and self.get_text().strip():
            found[id(self)] = self
        draw(self, renderer, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", record)
        FigureCanvasAgg(figure).draw()
    return list(found.values())


def words(figure: Figure) -> str:
    """Everything that is written, line breaks taken out."""
    return " | ".join(text.get_text().replace("\n", " ") for text in drawn_texts(figure))


def lines(figure: Figure, label: str) -> Iterator[Line2D]:
    for axes in figure.get_axes():
        yield from (line for line in axes.lines if line.get_label() == label)


def bars_of(figure: Figure) -> list[BarContainer]:
    held = [c for axes in figure.get_axes() for c in axes.containers]
    return [c for c in held if isinstance(c, BarContainer)]


@both
@every_chart
def test_texts_are_whole_large_enough_and_apart(chart: str, name: str) -> None:
    figure = CHARTS[chart](results(name))
    texts = drawn_texts(figure)
    boxes = [Text.get_window_extent(text) for text in texts]  # an annotation's own has its arrow
    width, height = figure.bbox.size
    assert len(texts) > 3
    for text, box in zip(texts, boxes, strict=True):
        assert text.get_fontsize() >= SIZE >= 8
        assert box.x0 >= -0.5, text
        assert box.y0 >= -0.5, text
        assert box.x1 <= width + 0.5, text
        assert box.y1 <= height + 0.5, text
    for (a, box), (b, other) in combinations(zip(texts, boxes, strict=True), 2):
        across = min(box.x1, other.x1) - max(box.x0, other.x0)
        up = min(box.y1, other.y1) - max(box.y0, other.y0)
        assert across <= 1 or up <= 1, (a, b)


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
    found = _survey(results("two").psa, populous=True)
    best = found.best()
    marked = "best of these sizes" in words(charts.evsi(found))
    assert marked == (best is not None)


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


def test_survival_shows_where_and_by_how_much_pfs_was_capped() -> None:
    r = results("two")
    figure = charts.survival(r.base)
    months, said = r.base.grid.t, words(figure)
    for strategy in "AB":
        given, os = (r.base.input_curves[strategy, e] for e in ("PFS", "OS"))
        capped = months[given > os]
        gap = 100 * (given - os).max()
        assert f"{capped[0]:.0f}–{capped[-1]:.0f} ({gap:.2g})" in said
    assert "PFS capped at OS: months (largest gap, percentage points)" in said
    assert "Uncapped input" in said
    assert len(list(lines(figure, "_bounded"))) == 2
    for line in lines(figure, "_input"):
        assert len(line.get_xdata()) < 10  # only where it differs


def test_survival_shows_background_mortality_and_the_os_of_the_cohort() -> None:
    r = results("three")
    figure = charts.survival(r.base)
    said = words(figure)
    assert "Background mortality binds" in said
    assert "OS that the cohort shows" in said
    assert "Months" in said
    assert "not reached" in said
    implied = [line.get_ydata() for line in lines(figure, "_implied")]
    np.testing.assert_allclose(implied, [r.base.implied_os[n] for n in "ABC"])
    at = np.flatnonzero(
        -np.diff(np.log(r.base.cohorts["A"].curves.os[0]))
        > -np.diff(np.log(r.base.input_curves["A", "OS"])) + 1e-9
    )
    assert len(at) == r.base.outcomes.background_cycles[0, 0]
    assert f"{at[0]}–{at[-1] + 1} (" in said


def test_survival_medians_are_said_and_marked_and_nothing_else_is() -> None:
    figure = charts.survival(results("two").base)
    said = words(figure)
    assert "marker: median" in said
    medians = {19 * np.log(2) ** (1 / 1.5), 14 * np.log(2) ** (1 / 1.9)}
    for median in medians:
        assert f"{median:.1f}" in said
    marked = [line for line in figure.get_axes()[1].lines if line.get_marker() != "None"]
    assert len(marked) == 4
    assert {float(np.ravel(line.get_ydata())[0]) for line in marked} == {0.5}
    months = [12 * float(np.ravel(line.get_xdata())[0]) for line in marked]
    for median in medians:
        assert min(abs(month - median) for month in months) < 1e-6


def test_median_time() -> None:
    months = np.array([0.0, 2.0, 4.0])
    assert median_time(months, np.array([1.0, 0.0, 0.0])) == 1.0
    assert median_time(months, np.array([1.0, 0.9, 0.8])) is None
    assert median_time(months, np.array([1.0, 1.0, 0.25])) == pytest.approx(3.0)
    assert median_time(months, 0.5 ** (months / 1.5)) == pytest.approx(1.5)
    for shape in (0.6, 1.0, 1.9):
        assert median_time(months, 0.5 ** (months / 3) ** shape) == pytest.approx(3.0)


@both
def test_trace_names_the_states_of_every_strategy(name: str) -> None:
    r = results(name)
    figure = charts.trace(r.base)
    assert len(figure.get_axes()) == len(r.base.assumptions.strategies)
    said = words(figure)
    for label in ("Progression-free", "Progressed", "Dead"):
        assert label in said


@both
def test_cost_bars_are_the_costs(name: str) -> None:
    r = results(name)
    figure = charts.costs(r.base)
    bars = [bar for held in bars_of(figure) for bar in held.patches]
    by_strategy = [
        sum(bar.get_width() for bar in bars if round(bar.get_y() + 0.31) == s)
        for s in range(len(r.base.cost))
    ]
    np.testing.assert_allclose(by_strategy, r.base.cost)
    said = words(figure)
    for total in r.base.cost:
        assert money(total, r.base.assumptions.settings.currency) in said


def test_frontier_says_ratios_and_dominance_in_words() -> None:
    r = results("three")
    said = words(charts.efficiency_frontier(r.base))
    for row in r.base.frontier:
        assert r.base.assumptions.strategies[row.position].label[:20] in said
        if row.icer is not None:
            assert per_qaly(row.icer, "£") in said
    assert "dominated)" in said


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


def in_unit(found: Parameter, unit: str) -> Parameter:
    return replace(found, unit=unit)


@pytest.mark.parametrize("price", [9.0, 25.0, 47.0, 60.0])
def test_tornado_values_keep_clear_of_zero(price: float) -> None:
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
    zero = axes.transData.transform((0, 0))[0]
    printed = {t for bar in tornado(found).bars(1) for t in value_range(bar.low, bar.high)}
    boxes = [Text.get_window_extent(t) for t in texts if isinstance(t, Annotation)]
    assert len(boxes) >= len(printed)
    assert axes.get_xlim()[0] < 0 < axes.get_xlim()[1]
    for box in boxes:
        assert not box.x0 < zero < box.x1
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
