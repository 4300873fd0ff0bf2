"""Scenarios and subgroups that edit a parameter relative to its base case."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cea
from cea.workbook.examples import load_example
from cea.workbook.template import write_workbook
from tests.libreoffice import needs_libreoffice, recalculate, wrong_values
from tests.workbooks.book import Edit, Formula, add, put, subgroups, workbook

Read = Callable[..., cea.Assumptions]
TRIANGULAR = (put("Parameters", "c_drug", "Distribution", "triangular"),
              put("Parameters", "c_drug", "SE", None))  # fmt: skip
UNIFORM = (put("Parameters", "c_drug", "Distribution", "uniform"),
           put("Parameters", "c_drug", "SE", None))  # fmt: skip


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(*edits: Edit) -> cea.Assumptions:
        (tmp_path / "workbook.xlsx").write_bytes(workbook(*edits))
        return cea.read_workbook(tmp_path / "workbook.xlsx")

    return read


def _edit(name: str, item: str, column: str, value: Any) -> Edit:
    new = Formula(value) if str(value).startswith("=") else value
    return add("Scenarios", name, None, "Parameters", item, column, new)


def _both(read: Read, edits: list[tuple[str, str, Any, Any]], *others: Edit) -> Any:
    """Sample the scenario written as formulas, and with the numbers typed."""
    rows = [_edit("formulas", item, column, text) for item, column, text, _ in edits]
    rows += [_edit("numbers", item, column, typed) for item, column, _, typed in edits]
    return cea.scenarios(read(*others, *rows), 64).results[-2:]


@pytest.mark.parametrize(
    ("edits", "others"),
    [
        ([("c_drug", "Base", "=c_drug*0.8", 1600)], ()),
        ([("c_drug", "Base", "=C_DRUG-20%*c_drug", 1600)], ()),
        ([("c_drug", "Base", "=MIN(c_drug,1000)+IF(c_drug>1,-c_drug^2/10000,0)", 1400)], ()),
        # A formula over another parameter stays one: here over its value in the scenario.
        ([("c_visit", "Base", "=c_visit*2", 160), ("c_drug", "Base", "=c_drug/2+c_visit", 1160)],
         ()),
        # Low, High and SE too: the Base before the edit, whichever row comes first.
        ([("c_drug", "Base", "=c_drug*0.5", 1000), ("c_drug", "Low", "=c_drug*0.4", 800),
          ("c_drug", "High", "=c_drug*0.6", 1200), ("c_drug", "SE", "=c_drug*0.05", 100)], ()),
        ([("c_drug", "SE", "=c_drug*0.05", 100), ("c_drug", "Low", "=c_drug*0.4", 800),
          ("c_drug", "High", "=c_drug*0.6", 1200), ("c_drug", "Base", "=c_drug*0.5", 1000)], ()),
        ([("c_drug", "Base", "=c_drug*0.5", 1000), ("c_drug", "Low", "=c_drug*0.4", 800),
          ("c_drug", "High", "=c_drug*0.6", 1200)], TRIANGULAR),
        ([("u_pd", "Par1", "=u_pd*50", 30), ("u_pd", "Par2", "=20", 20)], ()),
    ],
)  # fmt: skip
def test_it_equals_the_numbers_typed(
    read: Read, edits: list[tuple[str, str, Any, Any]], others: tuple[Edit, ...]
):
    """In the base case, and in every draw."""
    formulas, numbers = _both(read, edits, *others)
    np.testing.assert_allclose(formulas.outcomes.costs, numbers.outcomes.costs, rtol=1e-14)
    np.testing.assert_allclose(formulas.psa.outcomes.costs, numbers.psa.outcomes.costs, rtol=1e-12)


def test_the_parameter_is_sampled_as_before(read: Read):
    found = read(_edit("cheaper", "c_drug", "Base", "=c_drug*0.8"))
    old, new = found.by_key["c_drug"], found.scenarios[-1].assumptions.by_key["c_drug"]
    assert not new.derived
    assert (new.low, new.high, new.se, new.distribution) == (
        old.low, old.high, old.se, old.distribution,
    )  # fmt: skip
    assert found.scenarios[-1].changes == ("c_drug Base = c_drug*0.8",)
    assert found.warnings == ()


def test_a_base_that_is_a_formula_keeps_moving(read: Read):
    """c_month = c_drug + 2 c_visit: 10% more of it in every draw."""
    found = read(_edit("dearer", "c_month", "Base", "=c_month*1.1"))
    dearer = found.scenarios[-1].assumptions.by_key["c_month"]
    assert dearer.derived
    assert dearer.base.names == {"c_drug", "c_visit"}
    base, scenario = (cea.scenarios(found, 64).results[k].psa.outcomes for k in (0, -1))
    drug = [k for k, line in enumerate(base.lines) if line.item == "Drug"]
    np.testing.assert_allclose(scenario.costs[:, drug], 1.1 * base.costs[:, drug], rtol=1e-13)
    assert np.ptp(scenario.costs[:, drug[0]]) > 0


def test_a_formula_and_what_it_rests_on(read: Read):
    """The name means the formula: it takes the other edit of the scenario with it."""
    rows = (
        _edit("both", "c_month", "Base", "=c_month*1.1"),
        _edit("both", "c_drug", "Base", "=c_drug/2"),
    )
    for several in (rows, rows[::-1]):
        scenario = read(*several).scenarios[-1].assumptions
        month = scenario.by_key["c_month"].base
        assert float(month.evaluate({"c_drug": 1000.0, "c_visit": 80.0})) == pytest.approx(1276)


def test_a_base_held_fixed_keeps_its_stored_value(read: Read):
    found = read(
        put("Parameters", "c_drug", "Base", Formula("=SUMPRODUCT(A1:A2)", 2000)),
        _edit("cheaper", "c_drug", "Base", "=c_drug*0.8"),
    )
    base = found.scenarios[-1].assumptions.by_key["c_drug"].base
    assert float(base.evaluate({})) == 1600
    assert len(found.warnings) == 1  # said once, of the base case


def test_subgroups_too(read: Read):
    edit = ("Parameters", "os_hr", "Base", Formula("=os_hr*1.2"))
    found = read(subgroups(("old", None, 0.4, *edit), ("young", None, 0.6)))
    old, young = (group.assumptions.by_key["os_hr"].base for group in found.subgroups)
    assert (float(old.evaluate({})), float(young.evaluate({}))) == pytest.approx((0.84, 0.7))


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ((_edit("x", "c_drug", "Base", "=c_month*0.8"),),
         "Scenarios!F3 (Base): a circular formula: c_drug -> c_month -> c_drug; type a number into "
         "one of them"),
        ((_edit("x", "c_drug", "Base", "=c_drug+c_visit"),
          _edit("x", "c_visit", "Base", "=c_drug")),
         "Scenarios!F3 (Base): a circular formula: c_drug -> c_visit -> c_drug; type a number into "
         "one of them"),
        ((_edit("x", "u_pf", "Base", "=u_pf*1.5"),),
         "Scenarios!F3 (Base): =u_pf*1.5 gives 1.2; it must be between -1 and 1 as a utility"),
        ((_edit("x", "c_drug", "Base", "=1/(c_drug-2000)"),),
         "Scenarios!F3 (Base): =1/(c_drug-2000) has no finite value; check for a division by zero "
         "or the logarithm of a number <= 0"),
        ((_edit("x", "c_drug", "Base", "=c_drugs*0.8"),),
         "Scenarios!F3 (Base): unknown name 'c_drugs' in =c_drugs*0.8; did you mean 'c_drug'?"),
        ((_edit("x", "c_drug", "Base", "=c_drug*0.1"), _edit("x", "c_drug", "Low", "=c_drug*0.5")),
         "Scenarios!F4 (Low): 1000, above Base (200); set it at or below Base"),
        ((put("Parameters", "c_drug", "Base", Formula("=c_drug*0.8", 1)),),
         "Parameters!D6 (Base): a circular formula: c_drug -> c_drug; type a number into one of "
         "them"),
    ],
)  # fmt: skip
def test_mistakes(read: Read, edits: tuple[Edit, ...], message: str):
    with pytest.raises(cea.WorkbookError) as raised:
        read(*edits)
    assert str(raised.value) == message


def test_a_base_that_leaves_its_limits_has_no_psa(read: Read):
    """The base case of the scenario has one; the warning and the error say what to do."""
    found = read(*TRIANGULAR, _edit("cheap", "c_drug", "Base", "=c_drug*0.1"))
    assert found.warnings == (
        "Scenario cheap: Scenarios!F3 (Base): a PSA cannot sample c_drug (Base: 200; the mode lies "
        "between the limits 1500 and 2500); edit its spread too where a PSA is needed",
    )
    assert np.isfinite(cea.scenarios(found).results[-1].outcomes.cost).all()
    with pytest.raises(
        cea.AnalysisError, match="c_drug cannot be sampled: its Base: 200; the mode"
    ):
        cea.scenarios(found, 64)


@pytest.mark.parametrize(
    ("others", "row", "said"),
    [
        (UNIFORM, ("c_drug", "Base", "=c_drug*0.1"), "the mean of c_drug stays 2000"),
        ((), ("u_pd", "Base", "=u_pd*0.9"), "the mean of u_pd stays 0.6"),
    ],
)
def test_a_psa_that_does_not_follow_is_said(
    read: Read, others: tuple[Edit, ...], row: tuple[str, str, str], said: str
):
    (warning,) = read(*others, _edit("x", *row)).warnings
    assert warning == (
        f"Scenario x: Scenarios!F3 (Base): the PSA does not follow: {said}; edit its spread too "
        "where a PSA is needed"
    )


@needs_libreoffice
def test_the_cell_shows_the_value(tmp_path: Path):
    """The template stores it, and a spreadsheet program finds it again."""
    from openpyxl import load_workbook

    path, wrong = tmp_path / "sor_tace.xlsx", tmp_path / "wrong.xlsx"
    content = load_example("sor_tace")
    write_workbook(path, content, title="sorafenib")
    with wrong_values():
        write_workbook(wrong, content, title="sorafenib")
    price = float(cea.read_workbook(path).by_key["c_sorafenib_month"].base.evaluate({}))
    (calculated,) = recalculate([wrong], tmp_path)
    for one in (path, calculated):
        rows = load_workbook(one, data_only=True)["Scenarios"].iter_rows(values_only=True)
        shown = {row[0]: row[5] for row in rows if row[3] == "c_sorafenib_month"}
        for percent in (20, 30, 50):
            assert shown[f"sorafenib_{percent}pct"] == pytest.approx(percent / 100 * price)
