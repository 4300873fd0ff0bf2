"""What was published beside the evidence, and external points: compared, or said to be unused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from typer.testing import CliRunner

import cea
from cea.analysis.endpoints import analyse_endpoints, endpoint_data
from cea.analysis.survival_notes import fit_warnings
from cea.assumptions import Assumptions
from cea.cli import app
from cea.survival.cox import cox
from cea.survival.patients import Patients
from cea.survival.published import disagreement
from tests.workbooks.book import Book, Edit, add, problems, put, workbook
from tests.workbooks.evidence import evidence, os_row

EXAMPLE = Path(__file__).parents[2] / "inputs" / "km_example.xlsx"
Read = Callable[..., Assumptions]
COLUMNS = ("Survival unit", "Total events", "Published median", "Published hazard ratio", "Label")


def published(book: Book) -> None:
    """The small workbook with evidence, its sheet Data sets complete, and Landmarks."""
    evidence(book)
    other = Book({
        "Data sets": (("Data set", *COLUMNS),
                      [("km", "fraction", None, None, None, "A figure"),
                       ("lung", None, None, None, None, "Patients")]),
        "Landmarks": (("Data set", "Time", "Survival"), []),
        "External": (("Strategy", "Endpoint", "Month", "Survival", "Source"), []),
    })  # fmt: skip
    book.columns |= other.columns
    book.rows |= other.rows
    book.header |= other.header


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(*edits: Edit) -> Assumptions:
        (tmp_path / "workbook.xlsx").write_bytes(workbook(published, *edits))
        return cea.read_workbook(tmp_path / "workbook.xlsx")

    return read


def said(found: Assumptions, about: str) -> list[str]:
    return [one for one in found.warnings if about in one]


KM_ROW, LUNG_ROW = 0, 1  # of Data sets


# Hazard ratio


def ratio_of(found: Assumptions) -> float:
    (os,) = (one for one in analyse_endpoints(found) if one.endpoint == "OS")
    (one,) = os.comparisons
    assert one.cox is not None
    return one.cox.hazard_ratio


def test_a_hazard_ratio_that_agrees_is_not_spoken_of(read: Read) -> None:
    near = ratio_of(read()) * np.exp(0.09)
    assert not said(read(put("Data sets", KM_ROW, "Published hazard ratio", near)), "hazard ratio")


def test_a_hazard_ratio_inside_the_interval_may_disagree(read: Read) -> None:
    """The interval is of another trial with other patients; these are the same."""
    plain = read()
    far = ratio_of(plain) * np.exp(0.13)
    (os,) = (one for one in analyse_endpoints(plain) if one.endpoint == "OS")
    low, high = os.comparisons[0].cox.interval()  # type: ignore[union-attr]
    assert low < far < high
    found = read(put("Data sets", KM_ROW, "Published hazard ratio", far))
    (one,) = said(found, "hazard ratio")
    assert one.startswith(
        "Data sets!E2 (Published hazard ratio): the hazard ratio of the patients is "
    )
    assert "0.13 apart on the log scale, where 0.10 is usual; check the curves" in one


def test_small_trials_have_more_room() -> None:
    rng = np.random.default_rng(1)

    def of(n: int) -> object:
        t = rng.exponential(10, 2 * n)
        return cox(Patients.of(t, np.ones(2 * n), ["A"] * n + ["B"] * n), "B", "A")

    small, large = of(8), of(200)  # 16 events: 1/sqrt(16) = 0.25
    for found, room in ((small, 0.25), (large, 0.1)):
        ratio = found.hazard_ratio  # type: ignore[attr-defined]
        for sign in (-1, 1):
            assert not disagreement(found, ratio * np.exp(sign * (room - 1e-6)))  # type: ignore[arg-type]
            assert disagreement(found, ratio * np.exp(sign * (room + 1e-6)))  # type: ignore[arg-type]


def test_a_hazard_ratio_that_disagrees_is_said_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cea.report.fit.fit_figures", lambda _: {})  # slow, and not looked at
    book = openpyxl.load_workbook(EXAMPLE)
    sheet = book["Data sets"]
    columns = {cell.value: cell.column for cell in sheet[2]}
    row = next(r for r in range(3, 9) if sheet.cell(r, 1).value == "new_os")
    sheet.cell(row, columns["Published hazard ratio"]).value = 0.48
    path, target = tmp_path / "edited.xlsx", tmp_path / "fit"
    book.save(path)
    run = CliRunner().invoke(app, ["fit", str(path), "--out", str(target)])
    assert run.exit_code == 0, run.output
    text = f"the hazard ratio of the patients is {ratio_of(cea.read_workbook(path)):.3g}"
    assert " ".join(run.output.split()).count(text) == 1
    assert "published 0.48" in run.output
    (warning,) = [w for w in json.loads((target / "run.json").read_text())["warnings"] if text in w]
    assert warning.startswith("Data sets!E5 (Published hazard ratio)")
    written = openpyxl.load_workbook(target / "survival.xlsx")
    cells = [str(cell.value) for row in written["Summary"].iter_rows() for cell in row]
    (cover,) = [cell for cell in cells if text in cell]
    assert "published 0.48; test of" in cover
    values = [[cell.value for cell in row] for row in written["OS"].iter_rows()]
    (k,) = [k for k, row in enumerate(values) if row[0] == "Comparison"]
    assert values[k + 1][values[k].index("Published")] == 0.48
    assert any(str(row[0]).startswith("Warning: New treatment: " + text) for row in values)
    done = CliRunner().invoke(app, ["validate", str(path)])
    assert text in " ".join(done.output.split())


def test_a_hazard_ratio_nobody_uses_is_warned_of(read: Read) -> None:
    column = "Published hazard ratio"
    (one,) = said(read(put("Data sets", LUNG_ROW, column, 0.8)), column)
    assert one == (
        "Data sets!E3 (Published hazard ratio): not used: 'lung' is of OLD, the reference "
        "strategy; type it beside the data set of the strategy compared with it"
    )
    idle = [add("Data sets", "idle", "fraction", None, None, 0.7, "Idle"),
            *(add("KM", "idle", t, s) for t, s in
              ((0, 1), (2, 0.9), (4, 0.8), (6, 0.7), (8, 0.6), (10, 0.4))),
            add("At risk", "idle", 0, 50)]  # fmt: skip
    (one,) = said(read(*idle), column)
    assert one.endswith("not used: no curve is fitted to 'idle'")
    parametric = [os_row("OLD", "Method", "parametric"), os_row("OLD", "Data set", None),
                  os_row("OLD", "Par1", 1), os_row("OLD", "Par2", 20)]  # fmt: skip
    found = read(put("Data sets", KM_ROW, column, 0.7), *parametric)
    (one,) = said(found, column)
    assert one.endswith("not used: the OS of OLD, the reference, is not fitted")
    assert [data.published for data in endpoint_data(found)] == [{}, {}]


# Median, events and landmarks


def test_patients_are_held_against_what_was_published(read: Read) -> None:
    """lung: 228 patients, 165 deaths, median 310 days (R's survival package)."""
    agree = read(
        put("Data sets", LUNG_ROW, "Published median", 10.3),
        put("Data sets", LUNG_ROW, "Total events", 165),
        put("Data sets", LUNG_ROW, "Survival unit", "percent"),
        add("Landmarks", "lung", 365 / 30, 40.9),
    )
    assert not said(agree, "'lung'")
    found = read(
        put("Data sets", LUNG_ROW, "Published median", 12),
        put("Data sets", LUNG_ROW, "Total events", 150),
        put("Data sets", LUNG_ROW, "Survival unit", "fraction"),
        add("Landmarks", "lung", 12, 0.5),
    )
    assert said(found, "'lung'") == [
        "Data sets!A3 (Data set): 'lung': median: 10.33 in the patients, 12 published",
        "Data sets!A3 (Data set): 'lung': survival at 12: 0.434 in the patients, 0.5 published",
        "Data sets!A3 (Data set): 'lung': events: 165 in the patients, 150 published",
    ]
    analyses = analyse_endpoints(found)
    noted = fit_warnings(replace(found, warnings=()), analyses)
    assert [one for one in noted if "Old treatment" in one] == [
        "OS, Old treatment: median: 10.33 in the patients, 12 published",
        "OS, Old treatment: survival at 12: 0.434 in the patients, 0.5 published",
        "OS, Old treatment: events: 165 in the patients, 150 published",
    ]
    assert fit_warnings(found, analyses) == found.warnings  # nothing is said twice


def test_landmarks_feed_the_reconstruction(read: Read) -> None:
    def report(*edits: Edit) -> list[tuple[str, float, bool, bool]]:
        made = read(*edits).fits["NEW", "OS"].evidence.reconstruction
        assert made is not None
        return [
            (one.quantity, one.published, one.read, one.agrees)
            for one in made.report.comparisons
            if one.quantity.startswith("survival")
        ]

    assert report() == [
        ("survival at 6", 0.7, True, True), ("survival at 12", 0.45, True, True)
    ]  # fmt: skip
    two = add("Landmarks", "km", 9, 0.55), add("Landmarks", "KM", 18, 0.36)
    assert report(*two) == [
        ("survival at 9", 0.55, False, True), ("survival at 18", 0.36, False, False)
    ]  # fmt: skip
    assert said(read(*two), "survival at 18")
    percent = [put("KM", k, "Survival", 100 * s) for k, s in enumerate(KM_SURVIVAL)]
    unit = put("Data sets", KM_ROW, "Survival unit", "percent")
    in_percent = add("Landmarks", "km", 9, 55), add("Landmarks", "km", 18, 36)
    again = report(*percent, unit, *in_percent)
    assert [row[0] for row in again] == ["survival at 9", "survival at 18"]
    np.testing.assert_allclose([row[1] for row in again], [0.55, 0.36])
    beyond = report(add("Landmarks", "km", 60, 0.02))
    assert beyond == [("survival at 60", 0.02, False, True)]  # nothing to hold it against


KM_SURVIVAL = (1, 0.85, 0.7, 0.55, 0.45, 0.35, 0.28, 0.2)

MISTAKES: dict[str, tuple[tuple[Edit, ...], list[str]]] = {
    "percent typed as fraction": (
        (add("Landmarks", "km", 12, 45),),
        ["Landmarks!C2 (Survival): 45, but the Survival unit of its data set is fraction; it must "
         "be between 0 and 1: mend it, or the unit in Data sets"],
    ),
    "patients without a unit": (
        (add("Landmarks", "lung", 12, 45),),
        ["Data sets!B3 (Survival unit): 'lung' has Landmarks, but no unit of theirs; give it a "
         "Survival unit in Data sets: fraction or percent"],
    ),
    "a digitised curve without a unit": (
        (put("Data sets", KM_ROW, "Survival unit", None), add("Landmarks", "km", 12, 45)),
        ["Data sets!B2 (Survival unit): blank; say in which unit KM holds its Survival: fraction "
         "or percent"],
    ),
    "unknown data set": (
        (add("Landmarks", "kn", 12, 0.45),),
        ["Landmarks!A2 (Data set): 'kn' has neither points in KM nor Patients; add them, or "
         "delete the row"],
    ),
    "twice": (
        (add("Landmarks", "km", 12, 0.45), add("Landmarks", "km", 12, 0.46)),
        ["Landmarks!A3 (Data set): 'km.12' stands in A2 already; delete or rename one of the two"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str, read: Read) -> None:
    edits, messages = MISTAKES[name]
    assert problems(read, edits) == messages


# The criterion


def test_a_criterion_names_itself_and_leaves_splines_out(read: Read) -> None:
    found = read(os_row("OLD", "Family", "best AIC"), os_row("NEW", "Family", "best BIC"))
    aic, bic = said(found, "of the seven standard families")
    assert "lowest AIC of the seven standard families (OS of OLD " in aic
    assert "lowest BIC of the seven standard families (OS of NEW " in bic
    assert all("); splines are not considered" in one for one in (aic, bic))


# External points


def test_external_points_without_a_curve_are_warned_of(read: Read) -> None:
    found = read(
        add("External", "NEW", "OS", 24, 0.2, "Registry A"),
        add("External", "NEW", "OS", 24, 0.3, "Registry B"),
        add("External", "NEW", "PFS", 24, 0.1, "Registry A"),
        add("External", "NEW", "TOT", 24, 0.1, "Registry A"),
        add("External", "OLD", "OS", 2400, 0.1, "Registry A"),
    )
    assert len(found.external) == 5
    assert said(found, "External") == [
        "External!C5 (Month): not used: there is no TOT curve of NEW",
        "External!C6 (Month): not used by cea run: month 2400 is beyond the horizon",
    ]
    noted = fit_warnings(found, analyse_endpoints(found))
    assert noted[len(found.warnings) :] == (
        "External!C4 (Month): the PFS of NEW is not fitted, so no fit is held against this point; "
        "cea run holds the model's curve against it",
    )
