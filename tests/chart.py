"""Every chart of two analyses, and what is written and drawn in one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from cea.analysis.base_case import BaseCase, base_case
from cea.analysis.evsi import Evsi, StudyCost, evsi
from cea.analysis.measured import precision_of
from cea.analysis.population import Population
from cea.analysis.psa import Psa, psa
from cea.analysis.studies import survey
from cea.analysis.threshold import ThresholdAnalysis, threshold_analysis
from cea.analysis.tornado import Tornado, tornado
from cea.analysis.two_way import TwoWay, two_way
from cea.analysis.voi import voi
from cea.assumptions import Assumptions, LifeTable, Strategy, Threshold
from cea.report import charts
from cea.report.style import SIZE
from tests.build import (
    assumptions,
    cost,
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
        two_way(found, price, other, x_range=(0.0, 8000.0), strategy="B"),
        two_way(found, "structure", price, y_range=(0.0, 8000.0), strategy="B", steps=9),
        threshold_analysis(found, price, psa=sampled),
    )  # fmt: skip


def asked(sampled: Psa, *, populous: bool = False) -> Evsi:
    """A survey of two parameters that patients can be asked about."""
    names = [p.name for p in sampled.sample.parameters if p.name.startswith(("c_", "u_"))]
    found = evsi(sampled, survey(sampled, names[:2], sizes=[20.0, 100.0, 500.0], prior_size=10.0))
    population = Population(800.0, 10.0, 0.035) if populous else None
    # The survey changes no decision here, so that it is given a worth.
    evppi = np.linspace(40.0, 10.0, len(found.evppi))
    worth = evppi[:, None] * np.array([[0.3, 0.6, 0.9]])
    return replace(
        found, evppi=evppi, evsi=worth, std_error=0.1 * worth, population=population,
        study_cost=StudyCost(20_000.0, 500.0),
    )  # fmt: skip


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
    "evsi": lambda r: charts.evsi(asked(r.psa)),
    "evsi of a population": lambda r: charts.evsi(asked(r.psa, populous=True)),
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


def assert_whole_large_enough_and_apart(figure: Figure) -> None:
    """Every text lies on the paper, can be read, and overlaps no other."""
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
