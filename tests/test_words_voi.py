"""What terminal and figure say of a study: nothing, nothing found, the best size."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from cea.analysis.evsi import Evsi, StudyCost, evsi
from cea.analysis.population import Population
from cea.analysis.psa import psa
from cea.analysis.studies import survey
from cea.analysis.voi import voi
from cea.report import charts
from cea.report.style import strategy_style
from cea.report.terminal_voi import show_evsi
from cea.report.words_voi import best_size, nothing_found
from tests.build import assumptions, cost, exponentials, parameter, utilities

FREE = StudyCost()


@cache
def surveyed() -> Evsi:
    found = assumptions(
        exponentials("A", "B"),
        parameters=[
            parameter("u_pf", 0.7, low=0.5, high=0.9, distribution="beta"),
            parameter("c_drug", 900.0, low=600, high=1200, distribution="gamma"),
        ],
        costs=[cost("Drug", "entry", "c_drug", "event", strategy="B")],
        utility=utilities("u_pf", 0.6),
    )
    drawn = psa(found, draws=256)
    return evsi(drawn, survey(drawn, ["c_drug"], sizes=[50.0, 200.0], prior_size=20.0))


def worth(evppi: float, error: float, study_cost: StudyCost = FREE) -> Evsi:
    """The study with the same EVPPI and standard error at every threshold and size."""
    found = surveyed()
    return replace(
        found, evppi=np.full_like(found.evppi, evppi), evsi=np.full_like(found.evsi, evppi / 2),
        std_error=np.full_like(found.evsi, error), population=Population(1000.0, 5.0, 0.03),
        study_cost=study_cost,
    )  # fmt: skip


def said(found: Evsi) -> str:
    figure = charts.evsi(found)
    parts = [figure, *figure.subfigs]
    texts = [t.get_text() for part in parts for t in part.texts]
    axes = figure.get_axes()
    texts += [t.get_text() for ax in axes for t in (*ax.texts, ax.title, ax._left_title)]  # type: ignore[attr-defined]
    return "\n".join(texts)


def test_nothing_is_as_sure_as_the_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    assert nothing_found(worth(5.0, 1.0)) == ""
    sure, unsure = worth(0.0, 0.0), worth(0.0, 1.06)
    assert nothing_found(sure) == "nothing, as no result would change the decision"
    assert nothing_found(unsure) == "nothing found (95% limit USD 2.08 per patient)"
    show_evsi(unsure)
    assert "nothing found (95% limit USD 2.08 per patient)" in capsys.readouterr().out


def test_a_figure_with_nothing_to_show_says_so() -> None:
    assert "No result would change the decision at" in said(worth(0.0, 0.0))
    assert not charts.evsi(worth(0.0, 0.0)).get_axes()
    _, band = charts.evsi(worth(0.0, 1.06)).get_axes()  # and no panel of net benefits, all 0
    assert band.get_ylim()[1] >= 1.96 * 1.06


def test_a_best_size_needs_a_cost() -> None:
    free = worth(5.0, 1.0)
    assert best_size(free).startswith("No best size, as no cost is stated (--cost-fixed")
    assert best_size(free) in said(free)
    growing = worth(5.0, 1.0, StudyCost(per_patient=1.0))
    assert best_size(growing) == "Best of these sizes: 50 patients"
    assert best_size(growing) in said(growing)
    same = best_size(worth(5.0, 1.0, StudyCost(fixed=10.0)))
    assert same == "Best of these sizes: 50 patients (the cost is the same at every size)"
    assert best_size(worth(5.0, 1.0, StudyCost(fixed=1e9))) == "No size is worth its cost"


def test_no_strategy_s_colour_stands_for_an_input_or_a_threshold() -> None:
    taken = {strategy_style(s).color for s in range(6)}
    figures = [charts.evsi(worth(5.0, 1.0)), charts.evppi_curves(voi(surveyed().decision))]
    for figure in figures:
        drawn = [line for axes in figure.get_axes() for line in axes.get_lines()]
        assert len(drawn) > 2
        assert not taken & {str(line.get_color()) for line in drawn}
