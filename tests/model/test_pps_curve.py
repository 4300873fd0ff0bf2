"""Closure pps_curve in the model: time since progression governs mortality."""

from functools import cache
from math import gamma
from pathlib import Path

import numpy as np
import openpyxl
import pytest

import cea
from cea.analysis.base_case import base_case
from cea.report.notes import notes
from cea.report.results import Results
from tests.build import assumptions, cost, exponentials, parametric, utilities
from tests.survival.test_convolution import slow_sum


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


PFS, PPS, N = (1.4, 12.0), (0.7, 9.0), 400_000  # shape and scale; patients
MONTHS = (1, 3, 6, 12, 18, 24, 36, 48)


def weibull_model(unit, years=5.0):
    """One end point after the other; OS, which only caps PFS, stays out of the way."""
    curves = [
        parametric(name, endpoint, "weibull", *theta)
        for name in "AB"
        for endpoint, theta in (("PFS", PFS), ("PPS", PPS), ("OS", (1.0, 1e9)))
    ]
    return base_case(assumptions(curves, closure="pps_curve", cycle_unit=unit, horizon_years=years))


@cache
def patients():
    """Months of progression, and from then to death, in continuous time."""
    rng = np.random.default_rng(3)
    return [scale * rng.exponential(size=N) ** (1 / shape) for shape, scale in (PFS, PPS)]


@pytest.mark.parametrize("unit", ["day", "week", "month"])
def test_individual_patients_who_progress_at_the_end_of_a_cycle(unit):
    """The engine's convention, patient by patient: within the Monte-Carlo error for any cycle."""
    found = weibull_model(unit)
    progression, after = patients()
    dt = found.grid.months_per_cycle
    progression = np.ceil(progression / dt) * dt
    for j in (round(month / dt) for month in MONTHS):
        t = found.grid.t[j] + 1e-9
        alive = np.mean((progression <= t) & (progression + after > t))
        error = np.sqrt(alive * (1 - alive) / N)
        assert found.cohorts["A"].progressed[0, j] == pytest.approx(alive, abs=3.5 * error)


@pytest.mark.parametrize("unit", ["day", "week"])
def test_individual_patients_in_continuous_time(unit):
    """Within the Monte-Carlo error, half a cycle of deaths taken off: all clocks start late."""
    found = weibull_model(unit)
    progression, after = patients()
    half = found.grid.months_per_cycle / 2
    for j in (round(month / (2 * half)) for month in MONTHS):
        t = found.grid.t[j]
        alive = np.mean((progression <= t) & (progression + after > t))
        dying = np.mean(np.abs(progression + after - t) < 0.25) / 0.5  # per month
        error = np.sqrt(alive * (1 - alive) / N)
        occupied = found.cohorts["A"].progressed[0, j]
        assert occupied == pytest.approx(alive + half * dying, abs=3.5 * error)


@pytest.mark.parametrize("unit", ["week", "month"])
def test_half_a_cycle_too_much_of_progressed_time(unit):
    """9 gamma(1 + 1/0.7) = 11.39 months a progressor, and the half cycle that methods.md states."""
    found = weibull_model(unit, 50.0)
    dt = found.grid.months_per_cycle
    progressors = (
        found.cohorts["A"].transitions.pf_to_pd[0] @ found.cohorts["A"].progression_free[0, :-1]
    )
    months = 12 * found.outcomes.ly[0, 0, 1] / progressors
    truth = PPS[1] * gamma(1 + 1 / PPS[0])
    assert months == pytest.approx(truth + dt / 2, abs=0.04 * dt)


@pytest.mark.parametrize(("closure", "more"), [("pps_curve", 1), ("constant", 1), ("match_os", 0)])
def test_the_half_cycle_is_said(closure, more):
    curves = [parametric(name, "PPS", "exponential", 0.07) for name in "AB"]
    base = base_case(_model(closure, *curves, post_progression_hazard=0.07))
    said = [text for text in notes(base, Results()) if "half a cycle" in text]
    assert len(said) == more
    if said:
        assert f"closure {closure}" in said[0]
        assert "0.5 months" in said[0]


def test_the_implied_os_is_said_beside_the_curve():
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
    base = cea.base_case(assumptions)
    assert base.against_reference(1).icer > 0
    for name in ("STANDARD", "NEW"):
        shape, scale = assumptions.fits[name, "PPS"].fit.theta()
        cohort = base.cohorts[name]
        flow = cohort.transitions.pf_to_pd * cohort.progression_free[:, :-1]
        expected = slow_sum(flow, np.exp(-((base.grid.t / scale) ** shape))[None])
        np.testing.assert_allclose(cohort.progressed, expected, atol=1e-13)
    assert np.ptp(cea.psa(assumptions, draws=64).outcomes.total_ly[:, 1]) > 0
