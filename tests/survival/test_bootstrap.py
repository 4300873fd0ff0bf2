"""Fitted curves drawn by refits to resampled patients."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cea
from cea.arrays import Array
from cea.assumptions import Assumptions, DataSet, FitRequest, SurvivalCurve
from cea.errors import AnalysisError
from cea.parameters.sampling import sample
from cea.survival import bootstrap
from cea.survival.bootstrap import bootstrap_draws
from cea.survival.fit import Failure, fit
from cea.survival.patients import Patients
from cea.survival.resolve import resolve
from cea.survival.spline import Spline
from cea.workbook.examples import load_example
from cea.workbook.template import write_workbook
from tests.build import assumptions, parameter

N = 300


def data(name: str, scale: float, n: int = N, seed: int = 1) -> DataSet:
    """Weibull times of shape 1.3; `seed` is that of patients, who share their luck."""
    rng = np.random.default_rng(seed)
    luck, end = rng.exponential(size=n), rng.uniform(10, 40, size=n)
    t = scale * luck ** (1 / 1.3)
    times = zip(np.minimum(t, end).tolist(), (t <= end).tolist(), strict=True)
    return DataSet(name, name, patients=tuple(times))


def curve(
    strategy: str, endpoint: str, found: DataSet, family: str = "weibull", joint: str = ""
) -> SurvivalCurve:
    request = FitRequest(found, family, joint=joint, inner=2)
    return SurvivalCurve(strategy, endpoint, "fit", "A", request=request)


def separate(family: str = "weibull") -> Assumptions:
    """Two strategies; A's end points have the same number of patients, B's do not."""
    curves = (
        curve("A", "OS", data("a_os", 24), family),
        curve("A", "PFS", data("a_pfs", 12, seed=2), family),
        curve("B", "OS", data("b_os", 30, seed=3), family),
        curve("B", "PFS", data("b_pfs", 15, n=N - 1, seed=4), family),
    )
    cost = parameter("cost", 10.0, distribution="normal", se=1.0)
    return resolve(
        assumptions(curves, parameters=[cost], survival_uncertainty="bootstrap", psa_draws=64)
    )


def columns(found: Assumptions, strategy: str, endpoint: str, draws: int) -> Array:
    """Draws of one curve's parameters, shape (draws, q)."""
    values = bootstrap_draws(found, draws, 1).values
    return np.stack([values[name] for name in found.fits[strategy, endpoint].parameters], axis=1)


def test_the_draws_agree_with_the_covariance_of_a_good_fit() -> None:
    found, n = separate(), 600
    for key, made in found.fits.items():
        errors = made.fit.std_errors
        scores = (columns(found, *key, n) - made.fit.fitted) / errors
        expected = made.fit.covariance / np.outer(errors, errors)
        # Monte-Carlo error of a mean, and of a covariance, plus the bootstrap's own of 1/sqrt(N).
        assert np.abs(scores.mean(axis=0)).max() < 4 / np.sqrt(n) + 2 / np.sqrt(N)
        tolerance = 4 * np.sqrt(2 / n) + 2 / np.sqrt(N)
        np.testing.assert_allclose(np.cov(scores.T), expected, atol=tolerance)


def test_the_same_seed_gives_the_same_draws() -> None:
    found = separate()
    once = bootstrap_draws(found, 50, 1).values
    bootstrap._refit.cache_clear()
    again, other = bootstrap_draws(found, 50, 1).values, bootstrap_draws(found, 50, 2).values
    fewer = bootstrap_draws(found, 33, 1).values
    for name, values in once.items():
        np.testing.assert_array_equal(values, again[name])
        np.testing.assert_array_equal(values[:33], fewer[name])
        assert not np.isin(values, other[name]).any()


def test_end_points_of_the_same_size_are_resampled_together() -> None:
    found, n = separate(), 200

    def correlation(a: tuple[str, str], b: tuple[str, str]) -> float:
        scales = (columns(found, *key, n)[:, 1] for key in (a, b))
        return float(np.corrcoef(*scales)[0, 1])

    assert correlation(("A", "OS"), ("A", "PFS")) > 0.5
    assert abs(correlation(("B", "OS"), ("B", "PFS"))) < 0.25
    assert abs(correlation(("A", "OS"), ("B", "OS"))) < 0.25
    assert bootstrap_draws(found, 20, 1).notes == (
        "bootstrap of B: the end points differ in their number of patients (OS 300, PFS 299); "
        "those that differ are resampled independently",
    )


def test_a_refit_is_the_fit_to_the_patients_in_the_same_places() -> None:
    """Both end points take the same places after ordering by time; the fit starts elsewhere."""
    found = separate()
    places = bootstrap._generator(1, 0, N, 0).integers(N, size=(20, N))
    for endpoint in ("OS", "PFS"):
        made = found.fits["A", endpoint]
        patients = made.evidence.patients
        order = np.lexsort((~patients.event, patients.time))
        by_hand = fit(patients.take(order[places[7]]), made.fit.family)
        assert not isinstance(by_hand, Failure)
        drawn = columns(found, "A", endpoint, 8)[7]
        np.testing.assert_allclose(drawn, by_hand.fitted, rtol=1e-6)


def test_arms_of_a_joint_fit_are_resampled_each_with_its_own_end_points() -> None:
    curves = (
        curve("A", "OS", data("a_os", 24)),
        curve("B", "OS", data("b_os", 30, seed=3), joint="A"),
        curve("A", "PFS", data("a_pfs", 12, seed=2)),
        curve("B", "PFS", data("b_pfs", 15, seed=4)),
    )
    found = resolve(assumptions(curves))
    made = found.fits["B", "OS"]
    assert made.parameters == found.fits["A", "OS"].parameters
    n = 200
    drawn = columns(found, "B", "OS", n)
    spread = drawn.std(axis=0) / made.fit.std_errors
    np.testing.assert_allclose(spread, 1, atol=4 / np.sqrt(2 * n) + 2 / np.sqrt(N))
    own = columns(found, "B", "PFS", n)[:, 1]
    assert np.corrcoef(drawn[:, 1] + drawn[:, 2], own)[0, 1] > 0.5
    assert abs(np.corrcoef(drawn[:, 1], own)[0, 1]) < 0.25


def test_a_spline_keeps_its_knots() -> None:
    found = separate("spline")
    made = found.fits["A", "OS"].fit
    assert isinstance(made.family, Spline)
    assert len(made.family.knots) == 4
    scores = (columns(found, "A", "OS", 100) - made.fitted) / made.std_errors
    assert np.abs(np.median(scores, axis=0)).max() < 0.6
    assert 0.7 < scores.std(axis=0).min() < scores.std(axis=0).max() < 1.5


def test_many_draws_share_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "MOST", 40)
    found = separate()
    few, many = bootstrap_draws(found, 40, 1), bootstrap_draws(found, 500, 1)
    assert any("500 draws come from 40 bootstrap resamples" in note for note in many.notes)
    places = []
    for name, values in few.values.items():
        where = np.argmax(many.values[name][:, None] == values, axis=1)
        np.testing.assert_array_equal(values[where], many.values[name])
        places.append(where)
    assert all((where == places[0]).all() for where in places)
    assert len(np.unique(places[0])) == 40


def test_refits_that_fail_are_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = separate()
    real, count = bootstrap.fit, iter(range(10_000))

    def fail(patients: Patients, *rest: object) -> object:
        if next(count) % 10 == 3:
            return Failure("weibull", "no maximum: it rises (last at shape 9)")
        return real(patients, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(bootstrap, "fit", fail)
    bootstrap._refit.cache_clear()
    with pytest.raises(AnalysisError) as raised:
        bootstrap_draws(found, 40, 1)
    bootstrap._refit.cache_clear()
    assert str(raised.value) == (
        "bootstrap of OS, A: Weibull: 4 of 40 refits failed, most often: no maximum: it rises; "
        "choose another family, or survival_uncertainty normal"
    )


def test_refits_begun_again_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = separate()
    real = bootstrap.fit

    def start_nowhere(patients: Patients, family: object, start: Array) -> object:
        return real(patients, family, start + 1e4)  # type: ignore[arg-type]

    monkeypatch.setattr(bootstrap, "fit", start_nowhere)
    straight = bootstrap_draws(found, 20, 3)
    bootstrap._refit.cache_clear()
    assert (
        "bootstrap of OS, A: Weibull: 20 of 20 refits led nowhere from the fit to all patients and "
        "were begun again from other starting points" in straight.notes
    )
    monkeypatch.undo()
    for name, values in bootstrap_draws(found, 20, 3).values.items():
        np.testing.assert_allclose(values, straight.values[name], rtol=1e-6)


def test_other_parameters_keep_their_draws() -> None:
    found = separate()
    normal = replace(found, settings=replace(found.settings, survival_uncertainty="normal"))
    seen: list[tuple[int, int]] = []
    one = sample(found, progress=lambda done, total: seen.append((done, total)))
    other = sample(normal)
    assert [p.name for p in one.parameters] == [p.name for p in other.parameters]
    fitted = {name for made in found.fits.values() for name in made.parameters}
    for i, p in enumerate(one.parameters):
        same = one.values[:, i] == other.values[:, i]
        assert same.all() != (p.key in fitted), p.name
        np.testing.assert_array_equal(one.draws.values[p.key], one.values[:, i])
    assert seen[-1] == (4 * 64, 4 * 64)
    assert seen == sorted(seen)


def test_without_fitted_curves_the_setting_is_idle() -> None:
    found = replace(separate(), curves=(), fits={})
    assert "idle" in bootstrap_draws(found, 20, 1).notes[0]


def test_the_example_by_bootstrap(tmp_path: Path) -> None:
    content = load_example("km_example")
    rows = [r for r in content["Settings"] if r["Setting"] != "survival_uncertainty"]
    rows.append({"Setting": "survival_uncertainty", "Value": "bootstrap"})
    path = tmp_path / "example.xlsx"
    write_workbook(path, {**content, "Settings": rows}, title="example")
    found = cea.read_workbook(path)
    assert found.settings.survival_uncertainty == "bootstrap"
    normal = replace(found, settings=replace(found.settings, survival_uncertainty="normal"))
    result, usual = cea.psa(found, 128), cea.psa(normal, 128)
    assert result.outcomes.warnings == usual.outcomes.warnings
    for one, other in ((result, usual), (usual, result)):
        spread = one.outcomes.total_qaly.std(axis=0) / other.outcomes.total_qaly.std(axis=0)
        assert spread.max() < 1.6
    means = result.outcomes.total_qaly.mean(axis=0), usual.outcomes.total_qaly.mean(axis=0)
    np.testing.assert_allclose(*means, rtol=0.05)
