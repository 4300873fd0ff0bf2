"""Scenarios, held to separate runs of edited workbooks, and what they change."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest

import cea
from cea.analysis.decision import increment
from cea.analysis.scenarios import Change, Scenarios, scenarios
from cea.assumptions import Assumptions, Scenario
from cea.parameters.sampling import Recall, sample
from cea.workbook.examples import load_example
from cea.workbook.schema import BY_NAME
from cea.workbook.template import write_workbook
from tests import build
from tests.build import assumptions, cost, exponentials


@pytest.fixture(scope="module")
def shipped() -> Assumptions:
    return build.shipped("sor_tace")


@pytest.fixture(scope="module")
def found(shipped: Assumptions) -> Scenarios:
    return scenarios(shipped, draws=128, seed=4)


def typed(path: Path, example: str, scenario: str) -> Assumptions:
    """Read a workbook in which the cells of a scenario are typed."""
    content = {name: [dict(row) for row in rows] for name, rows in load_example(example).items()}
    for edit in content.pop("Scenarios"):
        if edit["Scenario"] != scenario:
            continue
        rows, key = content[str(edit["Sheet"])], BY_NAME[str(edit["Sheet"])].key
        (row,) = [
            r for r in rows if ".".join(str(r[k]) for k in key if r.get(k)) == edit["Item"]
        ]  # fmt: skip
        row[str(edit["Column"])] = edit["Value"]
        if edit["Column"] == "Base":
            row |= {"Low": None, "High": None, "SE": row.get("SE")}
    write_workbook(path, {**content, "Subgroups": [], "Scenarios": []}, title=scenario)
    return cea.read_workbook(path)


@pytest.mark.parametrize(
    "name", ["os_hazard", "partitioned_survival", "gompertz", "effect_ends_24m", "hr_correlation",
             "discount_0pct", "horizon_5y"],
)  # fmt: skip
def test_a_scenario_equals_the_edited_workbook(name: str, found: Scenarios, tmp_path: Path) -> None:
    edited = typed(tmp_path / "edited.xlsx", "sor_tace", name)
    result = next(one for one in found.results if one.name == name)
    base = cea.base_case(edited)
    np.testing.assert_array_equal(result.outcomes.cost[0], base.cost)
    np.testing.assert_array_equal(result.outcomes.total_qaly[0], base.qaly)
    alone = cea.psa(edited, draws=128, seed=4)
    assert result.psa is not None
    np.testing.assert_array_equal(result.psa.outcomes.cost, alone.outcomes.cost)
    np.testing.assert_array_equal(result.psa.outcomes.total_qaly, alone.outcomes.total_qaly)


def test_recalled_quantiles_are_those_of_each_scenario(shipped: Assumptions) -> None:
    """Sharing what was computed changes no draw, whatever the scenarios edit."""
    recall: Recall = {}
    for part in (shipped, *(one.assumptions for one in shipped.scenarios)):
        shared = sample(part, 64, 2, recall=recall)
        np.testing.assert_array_equal(shared.values, sample(part, 64, 2).values)
    assert 0 < len(recall) < 2 * sum(p.sampled for p in shipped.parameters)


def test_changes_from_the_base_case(found: Scenarios) -> None:
    table = found.table
    new = table[table["strategy"] == "SOR-TACE"].set_index("scenario")
    base, row = new.loc["base"], new.loc["discount_0pct"]
    for column in ("incremental_cost", "incremental_qaly", "icer"):
        change = row[column] - base[column]
        assert row[f"{column}_change"] == pytest.approx(change, rel=1e-9)
        percent = 100 * change / base[column]
        assert row[f"{column}_change_percent"] == pytest.approx(percent, rel=1e-9)
    assert row["inmb_change"] == pytest.approx(row["inmb"] - base["inmb"], rel=1e-9)
    assert base["icer_change"] == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [((100, 1), (-5, 1)), ((-5, 1), (100, 1)), ((-5, -1), (-6, -1)), ((100, 1), (5, -1))],
)
def test_an_icer_without_meaning_has_no_change(
    before: tuple[float, float], after: tuple[float, float]
) -> None:
    change = Change(increment(*before), increment(*after))
    assert all(map(isnan, change.icer))
    assert change.cost[0] == after[0] - before[0]
    assert change.qaly[0] == after[1] - before[1]


def test_a_change_from_nothing_has_no_percentage() -> None:
    change = Change(increment(0, 1), increment(3, 1))
    assert change.cost[0] == 3
    assert isnan(change.cost[1])
    assert change.qaly == (0, 0)


def test_the_percentage_of_a_saving_keeps_the_direction() -> None:
    """A saving that grows is a change downwards."""
    assert Change(increment(-10, 1), increment(-15, 1)).cost == (-5, -0.5)


def test_scenarios_are_ranked_by_their_change(found: Scenarios) -> None:
    changes = [abs(found.inmb_change(one, 1)) for one in found.ranked(1)]
    assert changes == sorted(changes, reverse=True)
    assert len(changes) == len(found.results) - 1


def test_another_comparator_has_no_change() -> None:
    plain = assumptions(exponentials("A", "B"), costs=[cost("care", "alive", 5.0)])
    other = replace(plain, settings=replace(plain.settings, reference_strategy="B"))
    made = replace(plain, scenarios=(Scenario("other", "Other", (), other),))
    found = scenarios(made)
    assert found.change(found.results[1], 0) is None
    assert found.ranked(1) == []
    row = found.table.query("scenario == 'other' and strategy == 'A'").iloc[0]
    assert np.isnan([row["inmb_change"], row["incremental_cost_change"], row["icer_change"]]).all()
    text = [label.get_text() for label in found.plot_scenarios().axes[0].get_yticklabels()]
    assert text == ["No scenario keeps the comparator"]


def test_the_psa_columns(found: Scenarios, shipped: Assumptions) -> None:
    row = found.table.query("scenario == 'horizon_5y' and strategy == 'SOR-TACE'").iloc[0]
    edited = next(s.assumptions for s in shipped.scenarios if s.name == "horizon_5y")
    alone = cea.psa(edited, draws=128, seed=4)
    at = alone.at_thresholds.query("strategy == 'SOR-TACE'").iloc[0]
    assert row["psa_inmb"] == pytest.approx(at["inmb"], rel=1e-12)
    assert row["psa_inmb_low"] == pytest.approx(at["inmb_low"], rel=1e-12)
    assert row["psa_inmb_high"] == pytest.approx(at["inmb_high"], rel=1e-12)
    assert row["psa_probability"] == at["probability"]
    assert row["psa_icer"] == pytest.approx(alone.mean_increment(1).icer, rel=1e-12)


def test_the_tornado_of_the_scenarios(found: Scenarios) -> None:
    axes = found.plot_scenarios(top=3).axes[0]
    labels = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    ranked = found.ranked(1)
    assert labels[:3] == [one.label for one in ranked[:3]]
    assert labels[3].startswith(f"{len(ranked) - 3} others")
    base = found.results[0].inmb(1)
    for bar, one in zip(axes.patches, ranked, strict=False):
        ends = sorted((bar.get_x(), bar.get_x() + bar.get_width()))  # type: ignore[attr-defined]
        assert ends == pytest.approx(sorted((base, one.inmb(1))))
