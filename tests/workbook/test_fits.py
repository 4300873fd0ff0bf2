"""Curves fitted to the workbook's own evidence, and splines, end to end."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest

import cea
from cea.analysis.endpoints import analyse_endpoints
from cea.analysis.survival_notes import fit_warnings
from cea.assumptions import Assumptions
from cea.model.curves import CurveModel
from cea.model.grid import TimeGrid
from cea.parameters.draws import base_draw, draws_with
from cea.parameters.sampling import sample
from cea.report.terminal_fit import show_fit
from cea.survival import resolve
from cea.survival.families import FAMILIES
from cea.survival.family import Family
from cea.survival.fit import Fit, fit
from cea.survival.of_curve import family_of
from cea.survival.patients import Patients
from cea.workbook.examples import load_example
from cea.workbook.template import Content, write_workbook
from tests.build import REFERENCE
from tests.workbook import make_km_example
from tests.workbooks.book import Edit, add, drop, problems, put, workbook
from tests.workbooks.evidence import KM, LUNG, evidence, km, os_row, patients

EXAMPLE = Path(__file__).parents[2] / "inputs" / "km_example.xlsx"
FITS = json.loads((REFERENCE / "flexsurv" / "flexsurv_fits.json").read_text())["lung"]
Read = Callable[..., Assumptions]


@pytest.fixture(scope="module")
def example() -> Assumptions:
    return cea.read_workbook(EXAMPLE)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read the small workbook with evidence, after some edits."""

    def read(*edits: Edit) -> Assumptions:
        (tmp_path / "workbook.xlsx").write_bytes(workbook(evidence, *edits))
        return cea.read_workbook(tmp_path / "workbook.xlsx")

    return read


def fitted(patients: Patients, family: Family) -> Fit:
    found = fit(patients, family)
    assert isinstance(found, Fit)
    return found


JOINT = os_row("NEW", "Reference strategy", "OLD")


# The example


def test_the_example_is_what_its_simulated_trial_gives(tmp_path: Path) -> None:
    make_km_example.write(tmp_path)
    for made in tmp_path.iterdir():
        assert made.read_text() == (make_km_example.FOLDER / made.name).read_text(), made.name


def test_the_example_is_reconstructed_and_fitted(example: Assumptions) -> None:
    assert set(example.fits) == {(s, e) for s in ("STANDARD", "NEW") for e in ("OS", "PFS")}
    rng = np.random.Generator(np.random.PCG64(make_km_example.SEED))
    for arm, strategy in (("std", "STANDARD"), ("new", "NEW")):
        _, _, progression, death = make_km_example.ARMS[arm]
        for endpoint, true_patients in make_km_example.trial(rng, progression, death).items():
            make_km_example.clicks(rng, true_patients)
            found = example.fits[strategy, endpoint.upper()]
            true = fitted(true_patients, FAMILIES["weibull"])
            assert found.fit.n == true_patients.n
            # The number of deaths is published, the number of progressions is not.
            assert abs(found.fit.events - true_patients.events) <= (2 if endpoint == "os" else 5)
            mean = found.fit.restricted_mean(180)
            assert mean == pytest.approx(true.restricted_mean(180), rel=0.03)
            assert found.evidence.reconstruction is not None
            assert found.evidence.reconstruction.report.rmse < 0.01
    result = cea.base_case(example)
    assert float(np.diff(result.cost)[0] / np.diff(result.qaly)[0]) > 0


def test_only_scenarios_of_the_example_warn(example: Assumptions) -> None:
    assert [said for said in example.warnings if not said.startswith("Scenario")] == []
    assert sum("do not validate the tail" in said for said in example.warnings) == 1


def test_estimates_are_parameters_with_their_covariance(example: Assumptions) -> None:
    drawn = sample(example, 8192)
    names = [parameter.key for parameter in drawn.parameters]
    for found in example.fits.values():
        parameters = [example.by_key[name] for name in found.parameters]
        assert [float(p.base.evaluate({})) for p in parameters] == found.fit.fitted.tolist()
        assert all(p.group == "Survival fit" and p.evidence == "derived" for p in parameters)
        errors = [float(p.se.evaluate({})) for p in parameters if p.se is not None]
        matrix = np.diag(np.square(errors))
        for pair in example.correlations:
            if {pair.a.lower(), pair.b.lower()} <= set(found.parameters):
                i, j = (found.parameters.index(x.lower()) for x in (pair.a, pair.b))
                matrix[i, j] = matrix[j, i] = pair.value * errors[i] * errors[j]
        np.testing.assert_allclose(matrix, found.fit.covariance, rtol=1e-12)
        columns = [names.index(name) for name in found.parameters]
        sampled = np.cov(drawn.values[:, columns].T) / np.outer(errors, errors)
        expected = found.fit.covariance / np.outer(errors, errors)
        np.testing.assert_allclose(sampled, expected, atol=0.02)


def test_the_tornado_has_one_bar_a_curve(example: Assumptions) -> None:
    bars = cea.tornado(example).bars(1)
    fitted = {bar.parameter.name: bar for bar in bars if bar.parameter.group == "Survival fit"}
    assert set(fitted) == {found.name for found in example.fits.values()}
    for found in example.fits.values():
        bar = fitted[found.name]
        assert bar.swing > 0
        assert bar.parameter.label == f"{found.label}, restricted mean"
        assert ": Weibull" in found.label
        assert bar.parameter.unit == "months"
        assert bar.base == pytest.approx(found.fit.restricted_mean(180), rel=1e-12)
        assert bar.low < bar.base < bar.high
        width = (bar.high - bar.low) / (2 * 1.959964)
        assert width == pytest.approx(found.fit.restricted_mean_se(180), rel=0.03)


def test_a_family_scenario_is_an_edited_workbook(example: Assumptions, tmp_path: Path) -> None:
    def edited(content: Content, family: str) -> Content:
        survival = [
            {**row, "Family": family} if row["Endpoint"] == "OS" else row
            for row in content["Survival"]
        ]
        return {**content, "Survival": survival, "Scenarios": []}

    for name in ("gompertz", "gengamma", "spline"):
        path = tmp_path / f"{name}.xlsx"
        write_workbook(path, edited(load_example("km_example"), name), title=name)
        other = cea.read_workbook(path)
        scenario = next(s for s in example.scenarios if s.name == f"os_{name}").assumptions
        assert scenario.parameters == other.parameters
        assert scenario.curves == other.curves
        np.testing.assert_array_equal(cea.base_case(scenario).cost, cea.base_case(other).cost)


def test_nothing_is_fitted_twice(monkeypatch: pytest.MonkeyPatch, example: Assumptions) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("fitted again")

    monkeypatch.setattr(resolve, "fit", refuse)
    monkeypatch.setattr(resolve, "reconstruct", refuse)
    assert cea.read_workbook(EXAMPLE).parameters == example.parameters


# Fits


def test_patients_are_fitted_as_the_library_does(read: Read) -> None:
    found = read().fits["OLD", "OS"].fit
    time, event = zip(*LUNG, strict=True)
    direct = fitted(Patients.of(np.array(time) / 30, event), FAMILIES["weibull"])
    np.testing.assert_allclose(found.fitted, direct.fitted, rtol=1e-10)
    natural = FITS["weibull"]["natural"]
    assert found.natural["shape"] == pytest.approx(natural["shape"], rel=1e-5)
    assert found.natural["scale"] == pytest.approx(natural["scale"] / 30, rel=1e-5)


def test_percent_and_fraction_are_one_curve(read: Read) -> None:
    percent = [put("KM", k, "Survival", 100 * s) for k, (_, _, s) in enumerate(KM)]
    one, other = read(), read(put("Data sets", 0, "Survival unit", "percent"), *percent)
    np.testing.assert_allclose(
        one.fits["NEW", "OS"].fit.fitted, other.fits["NEW", "OS"].fit.fitted, rtol=1e-12
    )


def test_a_joint_fit_shares_its_shape(read: Read) -> None:
    separate, joint = read(), read(JOINT)
    old, new = joint.fits["OLD", "OS"], joint.fits["NEW", "OS"]
    assert old.fit is new.fit
    assert new.parameters == ("fit_old_os_shape", "fit_old_os_scale", "fit_new_os_effect")
    curve = joint.curve("NEW", "OS")
    assert curve is not None
    assert [cell.text for cell in curve.parameters] == [
        "EXP(fit_OLD_OS_shape)", "EXP(fit_OLD_OS_scale+fit_NEW_OS_effect)"
    ]  # fmt: skip
    base = base_draw(joint)
    values = [float(base.of(cell)[0]) for cell in curve.parameters]
    assert values == pytest.approx(list(new.fit.theta("NEW")), rel=1e-12)
    apart = sum(separate.fits[s, "OS"].fit.loglik for s in ("OLD", "NEW"))
    assert apart - 5 < new.fit.loglik <= apart
    bars = cea.tornado(joint).bars(1)
    assert sum(bar.parameter.group == "Survival fit" for bar in bars) == 2


def test_a_joint_fit_takes_its_family_from_the_reference(read: Read) -> None:
    found = read(JOINT, os_row("NEW", "Family", None))
    assert found.parameters == read(JOINT).parameters
    scenario = add("Scenarios", "ln", None, "Survival", "OLD.OS", "Family", "lognormal")
    edited = read(JOINT, os_row("NEW", "Family", None), scenario).scenarios[-1].assumptions
    assert edited.fits["NEW", "OS"].fit.label == "lognormal"


def test_the_best_criterion_is_chosen_with_a_warning(read: Read) -> None:
    found = read(os_row("OLD", "Family", "best AIC"), os_row("NEW", "Family", "best BIC"))
    data = found.fits["OLD", "OS"].evidence.patients
    lowest = min(fitted(data, family).aic for family in FAMILIES.values())
    assert found.fits["OLD", "OS"].fit.aic == lowest
    assert any("do not validate the tail" in said for said in found.warnings)


def test_names_of_estimates_stay_clear_of_the_parameters(read: Read) -> None:
    found = read(add("Parameters", "fit_NEW_OS_shape", "", "", 5))
    assert found.fits["NEW", "OS"].parameters == ("fit_new_os_2_shape", "fit_new_os_2_scale")
    assert cea.psa(found, draws=32).n == 32


def test_different_families_and_shared_data_are_warned_of(read: Read) -> None:
    found = read(os_row("NEW", "Family", "gamma"), os_row("NEW", "Data set", "lung"))
    assert set(found.warnings) >= {
        "Survival!J4 (Data set): 'lung' is fitted for OLD (OS) too, and the PSA samples the two "
        "as if their data were different patients",
        "Survival!D4 (Family): the OS curves are fitted by different families (OLD weibull, NEW "
        "gamma); NICE TSD 14 asks for the same one unless there is a reason",
    }


# Splines


@pytest.mark.parametrize("model", [name for name in FITS if "spline" in name])
def test_a_parametric_spline_is_flexsurvs(model: str, read: Read) -> None:
    expected = FITS[model]
    gammas = [value for name, value in expected["natural"].items() if name.startswith("gamma")]
    found = read(
        os_row("OLD", "Method", "parametric"), os_row("OLD", "Family", "spline"),
        os_row("OLD", "Data set", None), os_row("OLD", "Spline scale", expected["scale"]),
        os_row("OLD", "Knots", "; ".join(map(repr, expected["knots"]))),
        *(os_row("OLD", f"Par{k}", gamma) for k, gamma in enumerate(gammas, start=1)),
    )  # fmt: skip
    curve = found.curve("OLD", "OS")
    assert curve is not None
    family, theta = family_of(curve), [np.array(gamma) for gamma in gammas]
    t = np.array(expected["t"] if "t" in expected else expected["times"], dtype=float)
    np.testing.assert_allclose(family.survival(t, *theta), expected["survival"], rtol=1e-10)
    grid = TimeGrid.of(found.settings)
    hazard = CurveModel(found, grid, base_draw(found)).hazards(slice(0, 1))["OLD", "OS"]
    np.testing.assert_allclose(hazard[0], family.cumulative_hazard(grid.t, *theta), rtol=1e-12)


@pytest.mark.parametrize("scale", ["hazard", "odds", "normal"])
def test_a_fitted_spline_runs_through_the_psa(scale: str, read: Read) -> None:
    found = read(
        os_row("OLD", "Family", "spline"), os_row("OLD", "Spline scale", scale),
        os_row("OLD", "Knots", 2),
    )  # fmt: skip
    assert found.fits["OLD", "OS"].fit.label == f"spline, 2 knots, {scale}"
    assert len(found.fits["OLD", "OS"].parameters) == 4
    assert np.isfinite(cea.psa(found, draws=256).outcomes.total_qaly).all()
    assert all(bar.swing >= 0 for bar in cea.tornado(found).bars(1))


def test_a_spline_that_rises_is_held_level_and_counted(read: Read) -> None:
    found = read(os_row("OLD", "Family", "spline"))
    last = found.fits["OLD", "OS"].parameters[-1]
    steep = base_draw(found).values[last] * np.array([1.0, -60.0])
    draws = draws_with(found, {last: steep}, 2)
    model = CurveModel(found, TimeGrid.of(found.settings), draws)
    with np.errstate(over="ignore"):
        hazard = model.hazards(slice(0, 2))["OLD", "OS"]
    assert (np.diff(hazard[np.isfinite(hazard).all(axis=1)], axis=1) >= 0).all()
    assert model.warnings == (
        "OS of OLD: the spline would rise somewhere in 1 of 2 draws; it is held level there",
    )
    first = found.fits["OLD", "OS"].parameters[1]
    draws = draws_with(found, {first: np.array([-0.01])}, 1)
    hazard = CurveModel(found, model.grid, draws).hazards(slice(0, 1))["OLD", "OS"][0]
    assert hazard[0] == 0
    assert (np.diff(hazard) >= 0).all()


# Mistakes

NO_EVENTS = [put("Patients", k, "Event", 0) for k in range(len(LUNG))]

MISTAKES: dict[str, tuple[tuple[Edit, ...], list[str]]] = {
    "unknown data set": (
        (os_row("NEW", "Data set", "lungs"),),
        ["Survival!J4 (Data set): there is no data set 'lungs' in the KM or the Patients sheet; "
         "did you mean 'lung'?"],
    ),
    "no data set": (
        (os_row("NEW", "Data set", None),),
        ["Survival!J4 (Data set): blank; fit needs a Data set of the KM or the Patients sheet"],
    ),
    "neither": (
        (add("Data sets", "empty"),),
        ["Data sets!A3 (Data set): 'empty' has neither points in KM nor Patients; add them, or "
         "delete the row"],
    ),
    "both": (
        (add("Patients", "km", 3, 1),),
        ["KM!A2 (Data set): 'km' stands in the Patients sheet too; keep one of the two, or name "
         "them apart"],
    ),
    "no unit": (
        (put("Data sets", 0, "Survival unit", None),),
        ["Data sets!B2 (Survival unit): blank; say in which unit KM holds its Survival: fraction "
         "or percent"],
    ),
    "not described": (
        (drop("Data sets"),),
        ["KM!A2 (Data set): 'km' has no row in the Data sets sheet; add one with its Survival "
         "unit"],
    ),
    "percent typed as fraction": (
        (put("KM", 3, "Survival", 55),),
        ["KM!C5 (Survival): 55, but the Survival unit of its data set is fraction; it must be "
         "between 0 and 1: mend it, or the unit in Data sets"],
    ),
    "fraction called percent": (
        (put("Data sets", 0, "Survival unit", "percent"),),
        ["Data sets!B2 (Survival unit): percent, but no point of the curve is above 1; set it to "
         "fraction, or add the start of the curve"],
    ),
    "at risk rises": (
        (put("At risk", 2, "N", 70),),
        ["At risk!C4 (N): 70 after 66; numbers at risk cannot rise: mend them"],
    ),
    "at risk without month 0": (
        (drop("At risk", 0),),
        ["At risk!B2 (Time): 'km' has no number at risk at month 0; begin its rows in At risk "
         "with the number of patients at month 0"],
    ),
    "no number at risk": (
        (drop("At risk"),),
        ["Data sets!A2 (Data set): 'km' has no number at risk at month 0; begin its rows in At "
         "risk with the number of patients at month 0"],
    ),
    "event 2": (
        (put("Patients", 0, "Event", 2),),
        ["Patients!C2 (Event): 2; use 1 for the event, 0 for a censored time"],
    ),
    "time 0": (
        (put("Patients", 0, "Time", 0),),
        ["Patients!B2 (Time): 0; it must be above 0"],
    ),
    "no events": (
        tuple(NO_EVENTS),
        ["Survival!J2 (Data set): 'lung' has no event among its 228 patients, so no family can be "
         "fitted; use data with longer follow-up or from another source, or set Method to "
         "parametric or hazard_ratio"],
    ),
    "no events for a criterion": (
        (os_row("OLD", "Family", "best AIC"), *NO_EVENTS),
        ["Survival!J2 (Data set): 'lung' has no event among its 228 patients, so no family can be "
         "fitted; use data with longer follow-up or from another source, or set Method to "
         "parametric or hazard_ratio"],
    ),
    "no events in one arm of a joint fit": (
        (JOINT, km(*((t, 1) for _, t, _ in KM)), *(put("At risk", k, "N", 100) for k in (1, 2))),
        ["Survival!J4 (Data set): 'km' has no event among its 100 patients, so no family can be "
         "fitted; use data with longer follow-up or from another source, or set Method to "
         "parametric or hazard_ratio"],
    ),
    "four months with a click": (
        (km((0, 1), (5, 0.9), (5, 0.8), (10, 0.6), (15, 0.4), (21, 0.2)),),
        ["KM!B2 (Time): 'km' has only 4 points after month 0, too few to tell a shape; click at 5 "
         "or more different months, best at every step of the curve"],
    ),
    "a time well before month 0": (
        (put("KM", 0, "Time", -0.43),),
        ["KM!B2 (Time): 'km': -0.43, a time before month 0; mend it; only a slip of the hand, to "
         "-0.42 here, is taken as 0"],
    ),
    "no family": (
        (os_row("NEW", "Family", None),),
        ["Survival!D4 (Family): blank; fit needs one of: exponential, weibull, gompertz, "
         "lognormal, loglogistic, gamma, gengamma, spline, best AIC, best BIC"],
    ),
    "criterion without fit": (
        (os_row("NEW", "Method", "parametric"), os_row("NEW", "Family", "best AIC"),
         os_row("NEW", "Data set", None)),
        ["Survival!D4 (Family): best AIC, which chooses among fits; set Method to fit, or name "
         "one"],
    ),
    "inner knots": (
        (os_row("OLD", "Family", "spline"), os_row("OLD", "Knots", "1; 2")),
        ["Survival!N2 (Knots): '1; 2'; give the number of inner knots: 1, 2 or 3; the data place "
         "them"],
    ),
    "joint with itself": (
        (os_row("NEW", "Reference strategy", "NEW"),),
        ["Survival!H4 (Reference strategy): NEW refers to itself; name a strategy whose curve has "
         "a fit of its own, or leave it blank"],
    ),
    "joint with what is not fitted": (
        (JOINT, os_row("OLD", "Method", "parametric"), os_row("OLD", "Data set", None),
         os_row("OLD", "Par1", 1), os_row("OLD", "Par2", 20)),
        ["Survival!H4 (Reference strategy): the OS of OLD is not fitted, so no joint fit is "
         "possible; name a strategy whose curve has a fit of its own, or leave it blank"],
    ),
    "joint with another family": (
        (JOINT, os_row("NEW", "Family", "gamma")),
        ["Survival!D4 (Family): gamma, but a joint fit with OLD's weibull; use the same in both "
         "rows, or clear Reference strategy for a fit of its own"],
    ),
}  # fmt: skip


def _spline(knots: object, *gammas: float) -> tuple[Edit, ...]:
    return (
        os_row("OLD", "Method", "parametric"), os_row("OLD", "Family", "spline"),
        os_row("OLD", "Data set", None), os_row("OLD", "Spline scale", "hazard"),
        os_row("OLD", "Knots", knots),
        *(os_row("OLD", f"Par{k}", gamma) for k, gamma in enumerate(gammas, start=1)),
    )  # fmt: skip


MISTAKES |= {
    "knots in words": (
        _spline("0; two", -3, 1),
        ["Survival!N2 (Knots): '0; two'; use numbers separated by semicolons, e.g. 0.1; 2.3; 3.9"],
    ),
    "knots that fall": (
        _spline("2; 1", -3, 1),
        ["Survival!N2 (Knots): '2; 1'; sort them upwards, each once: they are logarithms of "
         "months"],
    ),
    "one knot": (
        _spline(2, -3, 1),
        ["Survival!N2 (Knots): '2'; give 2 to 5 knots, the outer ones included"],
    ),
    "no knots": (
        _spline(None, -3, 1),
        ["Survival!N2 (Knots): blank; spline needs it: fill in log months"],
    ),
    "too few gammas": (
        _spline("0; 1; 3", -3, 1),
        ["Survival!G2 (Par3): blank; spline needs its gamma2 here"],
    ),
    "a spline that rises": (
        _spline("0; 3", -3, -1),
        ["Survival!E2 (Par1): the fitted curve rises around time 1, so it is no survival curve; "
         "mend the parameters or the knots"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str, read: Read) -> None:
    edits, messages = MISTAKES[name]
    assert problems(read, edits) == messages


def test_a_scenario_without_its_data_is_refused(read: Read) -> None:
    with pytest.raises(cea.WorkbookError, match=r"Scenarios!F3 \(Data set\): there is no data"):
        read(add("Scenarios", "x", None, "Survival", "OLD.OS", "Data set", "none"))


def test_the_least_evidence_is_taken(read: Read) -> None:
    found = read(km((-0.4, 1), (4, 0.9), (8, 0.7), (12, 0.6), (16, 0.4), (21, 0.2)))
    assert found.fits["NEW", "OS"].fit.events > 10


FEW = patients((3, 1), (5, 1), (9, 1), *((t, 0) for t in range(6, 60)))


def test_few_events_are_warned_of(read: Read) -> None:
    assert [said for said in read(FEW).warnings if "EVENT" in said] == [
        "Survival!J2 (Data set): 'lung': ONLY 3 EVENTS, fewer than 10: even if the family is "
        "right, the ends of the hazard's 95% interval are a factor of 9.6 or more apart, and so "
        "few events cannot tell which family is"
    ]
    enough = patients(*((t, int(t < 12)) for t in range(2, 60)))
    assert not [said for said in read(enough).warnings if "EVENT" in said]


def test_cea_fit_names_few_events_and_families_that_fail_alike(
    read: Read, capsys: pytest.CaptureFixture[str]
) -> None:
    few = read(FEW, *(add("Patients", "none", t, 0) for t in range(1, 20)))
    analyses = analyse_endpoints(few)
    show_fit(analyses, fit_warnings(few, analyses))
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("! ")]
    assert sum("'lung': ONLY 3 EVENTS" in line for line in said) == 1
    assert (
        "! OS, Old treatment: not fitted, as 3 events cannot carry 4 parameters: spline, 2 knots, "
        "hazard; spline, 2 knots, odds; spline, 2 knots, normal"
    ) in said
    assert sum("as no events" in line for line in said) == 1


def test_a_scenario_without_a_fit_is_left_out(read: Read) -> None:
    """The base case and the other scenarios stand; only typing mistakes are errors."""
    found = read(
        FEW,
        add("Scenarios", "diverges", None, "Survival", "OLD.OS", "Family", "gengamma"),
        add("Scenarios", "too rich", None, "Survival", "OLD.OS", "Family", "spline"),
        add("Scenarios", "too rich", None, "Survival", "OLD.OS", "Knots", "3"),
        add("Scenarios", "simple", None, "Survival", "OLD.OS", "Family", "exponential"),
    )
    assert [scenario.name for scenario in found.scenarios] == ["short", "simple"]
    said = [warning for warning in found.warnings if "left out" in warning]
    assert len(said) == 2
    assert said[0].startswith(
        "Scenario diverges: left out of the results. Scenarios!F3 (Family): gengamma cannot be "
        "fitted to lung: no maximum: "
    )
    assert said[1] == (
        "Scenario too rich: left out of the results. Scenarios!F4 (Family): spline, 3 knots, "
        "hazard cannot be fitted to lung: 3 events cannot carry 5 parameters; choose another family"
    )
    table = cea.scenarios(found).table
    assert list(dict.fromkeys(table["scenario"])) == ["base", "short", "simple"]


def test_a_scenario_whose_data_have_no_events_is_left_out(read: Read) -> None:
    found = read(
        *(add("Patients", "early", t, 0) for t in range(1, 20)),
        add("Scenarios", "early", None, "Survival", "OLD.OS", "Data set", "early"),
    )
    assert [scenario.name for scenario in found.scenarios] == ["short"]
    (said,) = [warning for warning in found.warnings if "left out" in warning]
    assert "Scenarios!F3 (Data set): 'early' has no event among its 19 patients" in said


def test_what_scenarios_have_in_common_is_said_once(read: Read) -> None:
    chosen = [
        add("Scenarios", f"best {k}", None, "Survival", "OLD.OS", "Family", f"best {k}")
        for k in ("AIC", "BIC")
    ]
    said = [warning for warning in read(*chosen).warnings if "do not validate" in warning]
    assert len(said) == 1
    assert said[0].startswith("Scenarios best AIC and best BIC: Survival (Family): AIC and BIC say")
    base = read(os_row("NEW", "Family", "best AIC"), *chosen)
    said = [warning for warning in base.warnings if "do not validate" in warning]
    assert len(said) == 1
    assert said[0].startswith("Survival (Family): AIC and BIC say")
    assert any(
        w.startswith("Survival!D4 (Family): lowest AIC of the seven standard families (OS of NEW ")
        for w in base.warnings
    )


def test_warnings_of_one_kind_about_a_column_are_one(read: Read) -> None:
    def entry(count: int) -> list[Edit]:
        values = None, "entry", 1, None, 5, "event"
        return [add("Costs", f"Test {k}", "Care", *values) for k in range(count)]

    def said(count: int) -> list[str]:
        return [warning for warning in read(*entry(count)).warnings if "charged once" in warning]

    assert len(said(4)) == 4
    assert said(9) == [
        "Costs!E5 (From month): not used: entry is charged once, at the start (also in Costs!E6, "
        "Costs!E7, Costs!E8 and 5 more cells)"
    ]


def test_what_is_not_used_is_warned_of(read: Read) -> None:
    found = read(
        os_row("OLD", "Knots", "1"), os_row("OLD", "Par1", 3),
        add("Data sets", "lung", "percent", 5, "Lung cancer"),
    )  # fmt: skip
    assert set(found.warnings) >= {
        "Data sets!B3 (Survival unit): not used: the data set has its Patients",
        "Data sets!A3 (Data set): 'lung': events: 165 in the patients, 5 published",
        "Survival!N2 (Knots): not used by weibull",
        "Survival!E2 (Par1): not used by method fit",
    }
    source = found.by_key["fit_old_os_shape"].source
    assert source == "Lung cancer: maximum-likelihood fit, 228 patients, 165 events"


def test_assumptions_compare_without_their_fits(read: Read) -> None:
    one, other = read(), read()
    assert replace(one, file=None) == replace(other, file=None)


def test_the_csv_of_the_example_names_every_data_set() -> None:
    with (make_km_example.FOLDER / "survival.csv").open(newline="") as file:
        assert all(row["Method"] == "fit" for row in csv.DictReader(file))


def test_more_events_than_patients_are_refused(tmp_path):
    book = openpyxl.load_workbook(Path(__file__).parents[2] / "inputs" / "km_example.xlsx")
    sheet = book["Data sets"]
    at = next(cell.column for cell in sheet[2] if cell.value == "Total events")
    sheet.cell(3, at).value = 500
    book.save(tmp_path / "edited.xlsx")
    with pytest.raises(cea.WorkbookError) as raised:
        cea.read_workbook(tmp_path / "edited.xlsx")
    (problem,) = raised.value.problems
    assert str(problem) == (
        "Data sets!C3 (Total events): 500 events among 160 at risk; mend the one or the other"
    )
