"""Closure pps_curve in the model: time since progression governs mortality."""

from pathlib import Path

import numpy as np
import openpyxl
import pytest

import cea
from cea.analysis.base_case import base_case
from tests.build import assumptions, cost, exponentials, parametric, utilities


def _model(closure, *more, **settings):
    curves = (*exponentials("A", pfs=0.1, os=0.05), *exponentials("B", pfs=0.06, os=0.03), *more)
    return assumptions(
        curves,
        closure=closure,
        costs=(cost("care", "progressed", 100.0), cost("end", "death", 1000.0, "event"),
               cost("relapse", "progression", 500.0, "event")),
        utility=utilities(0.8, 0.6),
        **settings,
    )  # fmt: skip


def test_an_exponential_curve_is_a_constant_hazard():
    curves = [parametric(name, "PPS", "exponential", 0.07) for name in "AB"]
    found = base_case(_model("pps_curve", *curves))
    expected = base_case(_model("constant", post_progression_hazard=0.07))
    np.testing.assert_allclose(found.cost, expected.cost, rtol=1e-12)
    np.testing.assert_allclose(found.qaly, expected.qaly, rtol=1e-12)
    for name in "AB":
        np.testing.assert_allclose(
            found.cohorts[name].progressed, expected.cohorts[name].progressed, atol=1e-14
        )


def test_the_clock_starts_at_progression():
    """Against the sum over everyone's own clock, cycle by cycle."""
    curve = ("weibull", 1.8, 9.0)
    found = base_case(_model("pps_curve", *(parametric(n, "PPS", *curve) for n in "AB")))
    cohort = found.cohorts["A"]
    flow = cohort.transitions.pf_to_pd[0] * cohort.progression_free[0, :-1]
    for m in (1, 5, 24):
        expected = sum(flow[j] * np.exp(-(((m - 1 - j) / 9.0) ** 1.8)) for j in range(m))
        assert cohort.progressed[0, m] == pytest.approx(expected, rel=1e-12)
    # the transition probabilities shown carry the cohort to the same place
    carried = 0.0
    for j in range(24):
        carried = carried * (1 - cohort.transitions.pd_to_dead[0, j]) + flow[j]
    assert carried == pytest.approx(cohort.progressed[0, 24], rel=1e-10)


def test_the_implied_os_is_said_beside_the_curve():
    from cea.report.notes import notes
    from cea.report.results import Results

    base = base_case(_model("pps_curve", *(parametric(n, "PPS", "weibull", 2, 40) for n in "AB")))
    said = [text for text in notes(base, Results()) if "implies" in text]
    assert len(said) == 2
    assert "closure pps_curve implies" in said[0]


def test_a_fitted_post_progression_curve(tmp_path):
    """From digitised curves to an ICER: the data stand in for times since progression."""
    book = openpyxl.load_workbook(Path(__file__).parents[2] / "inputs" / "km_example.xlsx")
    survival, settings = book["Survival"], book["Settings"]
    at = {cell.value: cell.column for cell in survival[2]}
    last = max(r for r in range(3, survival.max_row + 1) if survival.cell(r, 1).value)
    for row, (strategy, data) in enumerate((("STANDARD", "std_pfs"), ("NEW", "new_pfs")), last + 1):
        cells = {"Strategy": strategy, "Endpoint": "PPS", "Method": "fit", "Family": "weibull",
                 "Data set": data}  # fmt: skip
        for column, value in cells.items():
            survival.cell(row, at[column]).value = value
    closure = next(row for row in settings.iter_rows(min_row=3) if row[0].value == "closure")
    closure[1].value = "pps_curve"
    book.save(tmp_path / "pps.xlsx")
    assumptions = cea.read_workbook(tmp_path / "pps.xlsx")
    assert set(assumptions.fits) >= {("STANDARD", "PPS"), ("NEW", "PPS")}
    assert cea.base_case(assumptions).against_reference(1).icer > 0
    assert np.ptp(cea.psa(assumptions, draws=64).outcomes.total_ly[:, 1]) > 0
