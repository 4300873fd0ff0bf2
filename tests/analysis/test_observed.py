"""The model's survival beside the evidence: against a brute-force calculation, and in reports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from cea.analysis.base_case import BaseCase, base_case
from cea.analysis.observed import against_evidence, against_points, external_table
from cea.assumptions import Assumptions, ExternalPoint
from cea.formula import Expression
from cea.report.notes import notes
from cea.report.outputs import tables
from cea.report.record import RunRecord
from cea.report.results import Results
from cea.report.results_workbook import write_results
from cea.survival.kaplan_meier import kaplan_meier
from tests.build import assumptions, exponentials, parametric, shipped

RECORD = RunRecord("1.0", "a.xlsx", "0" * 64, None, None, None, "2024-01-01T00:00:00", {}, "run")


@pytest.fixture(scope="module")
def example() -> Assumptions:
    return shipped("km_example")


def run(found: Assumptions, **settings: object) -> BaseCase:
    return base_case(replace(found, settings=replace(found.settings, **settings)))  # type: ignore[arg-type]


CLOSURES = {
    "match_os": {"closure": "match_os"},
    "os_hazard": {"closure": "os_hazard"},
    "constant": {"closure": "constant", "post_progression_hazard": Expression.constant(0.02)},
    "partitioned": {"structure": "partitioned_survival"},
    "short horizon": {"closure": "os_hazard", "horizon_years": 2.0},
}


@pytest.mark.parametrize("name", CLOSURES)
def test_against_a_fine_grid(name: str, example: Assumptions) -> None:
    base = run(example, **CLOSURES[name])
    found = {one.strategy: one for one in against_evidence(base)}
    assert set(found) == {"STANDARD", "NEW"}
    for strategy, one in found.items():
        patients = example.fits[strategy, "OS"].evidence.patients
        curve = kaplan_meier(patients)
        end = min(float(patients.time.max()), float(base.grid.t[-1]))
        t = np.linspace(0, end, 200_001)
        model = np.exp(np.interp(t, base.grid.t, np.log(base.implied_os[strategy])))
        assert one.follow_up == pytest.approx(end)
        assert one.observed == pytest.approx(np.trapezoid(curve.at(t), t), rel=1e-4)
        assert one.implied == pytest.approx(np.trapezoid(model, t), rel=2e-3)
        seen = t[(patients.time[:, None] >= t[::100]).sum(axis=0).repeat(100)[: len(t)] >= 10]
        gap = (model - curve.at(t))[: len(seen)]
        worst = np.abs(gap).argmax()
        assert one.gap == pytest.approx(gap[worst], abs=2e-3)
        assert one.month == pytest.approx(t[worst], abs=0.1)


def said(base: BaseCase, word: str) -> list[str]:
    return [text for text in notes(base, Results()) if word in text]


def test_only_what_is_far_off_is_said(example: Assumptions) -> None:
    assert not said(run(example), "Kaplan-Meier")
    both = said(run(example, closure="os_hazard"), "Kaplan-Meier curve")
    assert len(both) == 2
    assert both[0].startswith(
        "Standard care: under closure os_hazard overall survival to month 41.6, the end of "
        "follow-up, has a mean of 23.0 months, its Kaplan-Meier curve 19.8; the largest gap is 16.2"
    )
    assert not said(run(example, structure="partitioned_survival"), "Kaplan-Meier")


def test_the_chart_holds_the_evidence(example: Assumptions) -> None:
    base = run(example)
    axes = base.plot_survival().get_axes()[-1]
    drawn = [line for line in axes.lines if line.get_label() == "_evidence"]
    expected = [
        kaplan_meier(example.fits[s, e].evidence.patients)
        for s in ("STANDARD", "NEW") for e in ("OS", "PFS")
    ]  # fmt: skip
    assert len(drawn) == 4
    for line, curve in zip(drawn, expected, strict=True):
        assert line.get_drawstyle() == "steps-post"
        np.testing.assert_allclose(line.get_xdata(), np.append(0, curve.time) / 12)
        np.testing.assert_allclose(line.get_ydata(), np.append(1, curve.survival))
    legend = {text.get_text() for text in axes.get_legend().get_texts()}
    assert {"Kaplan–Meier", "External point, range"} <= legend


POINTS = (
    ExternalPoint("A", 24.5, 0.4, 0.3, 0.5, "Registry"),  # exp(-0.04 24.5) = 0.375
    ExternalPoint("A", 24.5, 0.5, 0.45, None, "Expert"),
    ExternalPoint("B", 12.0, 0.4, None, 0.35, "", "PFS"),  # exp(-0.08 12) = 0.383
    ExternalPoint("B", 12.0, 0.9, None, None, "Series", "PPS"),  # exp(-0.01 12) = 0.887
    ExternalPoint("B", 12.0, 0.9, None, None, "", "TOT"),  # no such curve
    ExternalPoint("A", 240.0, 0.1, 0.05, 0.2),  # beyond the horizon
)


@pytest.fixture(scope="module")
def unfitted() -> BaseCase:
    """Curves with typed parameters, held against points all the same."""
    curves = (*exponentials("A", "B"), parametric("B", "PPS", "exponential", 0.01))
    return base_case(replace(assumptions(curves), external=POINTS))


def test_external_points_need_no_fit(unfitted: BaseCase) -> None:
    found = against_points(unfitted)
    assert [one.point for one in found] == [POINTS[k] for k in (0, 1, 2, 3, 5)]
    rates = (0.04 * 24.5, 0.04 * 24.5, 0.08 * 12, 0.01 * 12)
    for one, rate in zip(found, rates, strict=False):
        assert one.model == pytest.approx(np.exp(-rate), rel=1e-12)
    assert found[-1].model is None
    assert [one.in_range for one in found] == [True, False, False, None, None]
    assert said(unfitted, "outside the range") == [
        "A: OS at month 24.5 is 37.5%, outside the range 45.0% to 100% (Expert)",
        "B: PFS at month 12 is 38.3%, outside the range 0% to 35.0% (sheet External)",
    ]


def test_external_points_are_written(unfitted: BaseCase, tmp_path: Path) -> None:
    table = tables(Results(base=unfitted))["external"]()
    assert list(table["endpoint"]) == ["OS", "OS", "PFS", "PPS", "OS"]
    np.testing.assert_allclose(
        table["difference"][:4].astype(float),
        (table["model"] - table["external"])[:4].astype(float),
    )
    assert external_table(unfitted).equals(table)
    plain = base_case(replace(unfitted.assumptions, external=()))
    assert "external" not in tables(Results(base=plain))
    write_results(tmp_path / "results.xlsx", Results(base=unfitted), RECORD, ())
    sheet = openpyxl.load_workbook(tmp_path / "results.xlsx")["Survival"]
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    (k,) = [k for k, row in enumerate(values) if row[0] == "External points"]
    assert values[k + 2][:5] == ["A", "OS: Registry", 24.5, 0.4, 0.3]
    assert values[k + 2][6] == pytest.approx(np.exp(-0.04 * 24.5))
    assert [row[8] for row in values[k + 2 : k + 7]] == ["yes", "NO", "NO", "–", "–"]
    axes = unfitted.plot_survival().get_axes()[-1]
    drawn = [line for line in axes.lines if line.get_label() == "External"]
    assert [float(line.get_xdata()[0]) * 12 for line in drawn] == [24.5, 24.5, 12.0]


def test_the_evidence_is_written(example: Assumptions, tmp_path: Path) -> None:
    base = run(example, closure="os_hazard")
    write_results(tmp_path / "results.xlsx", Results(base=base), RECORD, ())
    sheet = openpyxl.load_workbook(tmp_path / "results.xlsx")["Survival"]
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    (k,) = [k for k, row in enumerate(values) if row[0] == "Overall survival and its evidence"]
    for row, one in zip(values[k + 2 : k + 4], against_evidence(base), strict=True):
        assert row[0] == base.assumptions.labels[one.strategy]
        expected = [one.follow_up, one.implied, one.observed, one.implied - one.observed, one.gap,
                    one.month]  # fmt: skip
        assert row[2:8] == pytest.approx(expected)
