"""Charts of the base case: survival, trace, costs and the efficiency frontier."""

from __future__ import annotations

import numpy as np
import pytest

from cea.report import charts
from cea.report.charts.survival_curves import median_time
from cea.report.format import money, per_qaly
from tests.chart import (
    bars_of,
    both,
    lines,
    results,
    words,
)


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
    drawn = [line for line in figure.get_axes()[1].lines if line.get_marker() != "None"]
    marked = [line for line in drawn if line.get_label() != "_strategy"]
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
