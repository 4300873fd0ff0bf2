"""Subgroups, held to separate runs of edited workbooks and to sums made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cea
from cea.analysis.subgroups import Subgroups, subgroups
from cea.assumptions import Assumptions, Subgroup
from cea.parameters.sampling import sample, sample_together
from cea.report.format import ratio
from cea.report.notes import notes
from cea.report.results import Results
from cea.workbook.examples import load_example
from cea.workbook.template import write_workbook
from tests.build import shipped
from tests.workbooks.book import Edit, Formula, put, workbook
from tests.workbooks.book import subgroups as sheet

WEIGHTS = {"pdl1_high": 0.35, "pdl1_low": 0.65}
Read = Callable[..., Assumptions]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read the small workbook after some edits."""

    def read(*edits: Edit) -> Assumptions:
        (tmp_path / "workbook.xlsx").write_bytes(workbook(*edits))
        return cea.read_workbook(tmp_path / "workbook.xlsx")

    return read


@pytest.fixture(scope="module")
def example() -> Assumptions:
    return shipped("three_strategies")


@pytest.fixture(scope="module")
def found(example: Assumptions) -> Subgroups:
    return subgroups(example, draws=256, seed=5)


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Assumptions]:
    """A workbook of its own for each subgroup, with the cells of the sheet typed."""
    folder = tmp_path_factory.mktemp("edited")
    made = {}
    for name in WEIGHTS:
        content = {key: [dict(row) for row in rows]
                   for key, rows in load_example("three_strategies").items()}  # fmt: skip
        for row in content.pop("Subgroups"):
            if row["Subgroup"] == name:
                (target,) = (r for r in content[str(row["Sheet"])] if r["Name"] == row["Item"])
                target[str(row["Column"])] = row["Value"]
        write_workbook(folder / f"{name}.xlsx", {**content, "Scenarios": []}, title=name)
        made[name] = cea.read_workbook(folder / f"{name}.xlsx")
    return made


def test_a_subgroup_is_an_edited_workbook(
    found: Subgroups, edited: Mapping[str, Assumptions]
) -> None:
    assert [(g.name, g.weight) for g in found.groups] == list(WEIGHTS.items())
    for group in found.groups:
        base = cea.base_case(edited[group.name])
        np.testing.assert_array_equal(group.base.cost[0], base.cost)
        np.testing.assert_array_equal(group.base.ly[0], base.ly)
        np.testing.assert_array_equal(group.base.qaly[0], base.qaly)
        sampled = cea.psa(edited[group.name], draws=256, seed=5)
        assert group.draws is not None
        np.testing.assert_allclose(group.draws.cost, sampled.outcomes.cost, rtol=1e-12)
        np.testing.assert_allclose(group.draws.qaly, sampled.outcomes.total_qaly, rtol=1e-12)


def test_weighted_results_are_the_sum_by_hand(
    found: Subgroups, edited: Mapping[str, Assumptions]
) -> None:
    base = {name: cea.base_case(made) for name, made in edited.items()}
    cost = sum(w * base[name].cost for name, w in WEIGHTS.items())
    qaly = sum(w * base[name].qaly for name, w in WEIGHTS.items())
    table = found.table.query("subgroup == 'weighted'").set_index("strategy")
    for s, name in enumerate(("CHEMO", "MONO", "COMBO")):
        row = table.loc[name]
        assert row["cost"] == pytest.approx(cost[s], rel=1e-12)
        assert row["qaly"] == pytest.approx(qaly[s], rel=1e-12)
        if s:
            icer = (cost[s] - cost[0]) / (qaly[s] - qaly[0])
            assert row["icer"] == pytest.approx(icer, rel=1e-12)
            inmb = 80_000 * (qaly[s] - qaly[0]) - (cost[s] - cost[0])
            assert row["inmb"] == pytest.approx(inmb, rel=1e-10)
    # The mean of the subgroups' ICERs is another number, and a wrong one.
    mono = found.table.query("strategy == 'MONO'").set_index("subgroup")["icer"]
    mean = sum(w * mono[name] for name, w in WEIGHTS.items())
    assert abs(mean / mono["weighted"] - 1) > 0.1


def test_the_weighted_psa_adds_up_draw_by_draw(
    found: Subgroups, edited: Mapping[str, Assumptions]
) -> None:
    sampled = {name: cea.psa(made, draws=256, seed=5).outcomes for name, made in edited.items()}
    cost = sum(w * sampled[name].cost for name, w in WEIGHTS.items())
    qaly = sum(w * sampled[name].total_qaly for name, w in WEIGHTS.items())
    gain = 80_000 * (qaly - qaly[:, :1]) - (cost - cost[:, :1])
    best = (80_000 * qaly - cost).argmax(axis=1)
    table = found.table.query("subgroup == 'weighted'")
    np.testing.assert_allclose(table["psa_inmb"], gain.mean(axis=0), rtol=1e-10, atol=1e-9)
    low, high = np.percentile(gain, (2.5, 97.5), axis=0)
    np.testing.assert_allclose(table["psa_inmb_low"], low, rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose(table["psa_inmb_high"], high, rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose(table["psa_probability"], [np.mean(best == s) for s in range(3)])
    mean_cost, mean_qaly = (x.mean(axis=0) for x in (cost, qaly))
    icers = (mean_cost[1:] - mean_cost[0]) / (mean_qaly[1:] - mean_qaly[0])
    np.testing.assert_allclose(table["psa_icer"][1:], icers, rtol=1e-10)


def test_the_gain_of_choosing_by_subgroup(found: Subgroups) -> None:
    benefit = {
        g.name: (80_000 * g.draws.qaly - g.draws.cost).mean(axis=0)
        for g in found.groups if g.draws is not None
    }  # fmt: skip
    by_group = sum(w * benefit[name].max() for name, w in WEIGHTS.items())
    alike = sum(w * benefit[name] for name, w in WEIGHTS.items())
    assert found.gain_of_choosing == pytest.approx(by_group - alike.max(), rel=1e-10)
    assert found.gain_of_choosing > 0


def grouped(assumptions: Assumptions, *parts: tuple[float, Assumptions]) -> Assumptions:
    groups = tuple(
        Subgroup(f"g{k}", f"Group {k}", weight, (), part) for k, (weight, part) in enumerate(parts)
    )
    return replace(assumptions, subgroups=groups)


def test_alike_subgroups_are_the_base_case(example: Assumptions) -> None:
    """Whatever the weights: all results, draw by draw, and nothing gained by choosing."""
    plain = replace(example, subgroups=())
    found = subgroups(grouped(plain, (0.2, plain), (0.5, plain), (0.3, plain)), draws=64)
    base, sampled = cea.base_case(plain), cea.psa(plain, draws=64)
    np.testing.assert_allclose(found.weighted.base.cost[0], base.cost, rtol=1e-13)
    assert found.weighted.draws is not None
    np.testing.assert_allclose(found.weighted.draws.cost, sampled.outcomes.cost, rtol=1e-13)
    np.testing.assert_allclose(found.weighted.draws.ly, sampled.outcomes.total_ly, rtol=1e-13)
    assert found.gain_of_choosing == pytest.approx(0, abs=1e-8)
    table = found.table
    probability = sampled.acceptability_at(80_000).probability[0]
    assert table[table["subgroup"] == "weighted"]["psa_probability"].tolist() == pytest.approx(
        probability.tolist()
    )


HR = ("Survival", "NEW.OS", "Hazard ratio")
YOUNG = ("young", None, 0.6, *HR, 0.6)
OLD = ("old", "Old", 0.4, "Settings", "start_age", "Value", 61)


def test_what_the_sheet_says_is_read(read: Read) -> None:
    found = read(
        sheet(
            OLD,
            ("young", None, 0.25, *HR, 0.6),
            ("old", None, None, "Costs", "Test", "Amount", Formula("=2*c_visit")),
            ("as the rest", None, 0.35),
        )
    )
    assert [(g.name, g.label, g.weight) for g in found.subgroups] == [
        ("old", "Old", 0.4), ("young", "young", 0.25), ("as the rest", "as the rest", 0.35),
    ]  # fmt: skip
    old, young, rest = found.subgroups
    assert old.changes == ("start_age Value = 61", "Test Amount = 2*c_visit")
    assert old.assumptions.settings.start_age == 61
    assert young.assumptions.settings.start_age == 60
    assert rest.changes == ()
    assert cea.base_case(rest.assumptions).cost.tolist() == cea.base_case(found).cost.tolist()
    other = read(
        put("Settings", "start_age", "Value", 61), put("Costs", "Test", "Amount", 160)
    )  # fmt: skip
    np.testing.assert_allclose(cea.base_case(old.assumptions).cost, cea.base_case(other).cost)


def test_notes_say_that_the_results_leave_subgroups_aside(read: Read) -> None:
    found = read(sheet(("old", "Old", 0.4, "Settings", "start_age", "Value", 61), YOUNG))
    base, ran = cea.base_case(found), subgroups(found, draws=16)
    (said,) = (x for x in notes(base, Results(base)) if "subgroups" in x)
    assert said.endswith("of the unsplit cohort; for the weighted ones run cea subgroups")
    (said,) = (x for x in notes(base, Results(base, subgroups=ran)) if "unsplit" in x)
    assert f"ICER {ratio(ran.increment(ran.weighted, 1), 'USD')}, INMB" in said
    assert said.endswith("; see Subgroups")
    assert not any("unsplit" in x for x in notes(base, Results(subgroups=ran)))


def test_edits_that_change_nothing_are_named(read: Read) -> None:
    as_it_is = ("old", "Old", 0.3, "Settings", "start_age", "Value", 60)
    found = read(sheet(as_it_is, YOUNG, ("rest", None, 0.1)))
    ran = subgroups(found, draws=16)
    assert ran.idle == ("Old",)
    said = notes(cea.base_case(found), Results(subgroups=ran))
    assert "Subgroups that leave every result of the base case as it is: Old" in said


def test_a_seed_is_not_below_0(read: Read) -> None:
    with pytest.raises(cea.AnalysisError, match="a seed of -1"):
        subgroups(read(sheet(OLD, YOUNG)), draws=16, seed=-1)


def test_weights_add_up_within_a_millionth(read: Read) -> None:
    thirds = [(name, None, weight) for name, weight in (("a", 0.333333), ("b", 0.333333),
                                                        ("c", 0.333334))]  # fmt: skip
    assert len(read(sheet(*thirds)).subgroups) == 3
    with pytest.raises(cea.WorkbookError, match=r"add up to 0\.99999"):
        read(sheet(*thirds[:2], ("c", None, 0.333324)))


def test_no_subgroups(read: Read) -> None:
    for found in (read(), read(sheet())):
        assert found.subgroups == ()
        with pytest.raises(cea.AnalysisError, match="list them in the sheet Subgroups"):
            subgroups(found)


def test_scenarios_do_not_edit_subgroups(read: Read) -> None:
    from tests.workbooks.book import add

    edit = ("x", None, "Subgroups", "old", "Weight", 0.5)
    with pytest.raises(cea.WorkbookError, match="there is no sheet 'Subgroups' to edit"):
        read(sheet(OLD, ("young", None, 0.6)), add("Scenarios", *edit))


# The draws


def columns(drawn: Any) -> dict[str, Any]:
    names = [parameter.key for parameter in drawn.parameters]
    return dict(zip(names, drawn.values.T, strict=True))


def test_parameters_share_their_draws(read: Read) -> None:
    """One more distribution in a subgroup moves no other parameter's draws."""
    found = read(
        sheet(
            ("a", None, 0.5, "Parameters", "c_visit", "Distribution", "gamma"),
            ("b", None, 0.5, "Parameters", "os_hr", "Base", 0.8),
        )
    )
    a, b = sample_together([g.assumptions for g in found.subgroups], 64, 3)
    first, second = columns(a), columns(b)
    assert first.keys() - second.keys() == {"c_visit"}
    for name, values in second.items():
        if name == "os_hr":
            assert np.array_equal(np.argsort(values), np.argsort(first[name]))
            np.testing.assert_allclose(np.log(values / 0.8), np.log(first[name] / 0.7), atol=1e-12)
        else:
            np.testing.assert_array_equal(values, first[name])


def test_the_same_parameters_draw_as_alone(read: Read) -> None:
    found = read(sheet(("a", None, 0.5, *HR, 0.6), ("b", None, 0.5)))
    parts = [g.assumptions for g in found.subgroups]
    for part, together in zip(parts, sample_together(parts, 64, 9), strict=True):
        np.testing.assert_array_equal(sample(part, 64, 9).values, together.values)


def test_curves_fitted_to_different_data_are_independent(tmp_path: Path) -> None:
    content = load_example("km_example")
    groups = [
        {"Subgroup": "a", "Weight": 0.5},
        {"Subgroup": "b", "Weight": 0.5, "Sheet": "Survival", "Item": "NEW.OS",
         "Column": "Data set", "Value": "std_os"},
    ]  # fmt: skip
    path = tmp_path / "km.xlsx"
    write_workbook(path, {**content, "Subgroups": groups, "Scenarios": []}, title="km")
    parts = [g.assumptions for g in cea.read_workbook(path).subgroups]
    first, second = (columns(x) for x in sample_together(parts, 4096, 1))
    assert first.keys() == second.keys()
    own = {"fit_new_os_shape", "fit_new_os_scale"}
    for name, values in first.items():
        if name in own:
            assert abs(np.corrcoef(values, second[name])[0, 1]) < 0.05
        else:
            np.testing.assert_array_equal(values, second[name])
    for fitted in (first, second):  # the two estimates of one fit stay correlated
        shape, scale = (fitted[name] for name in sorted(own, reverse=True))
        assert abs(np.corrcoef(shape, scale)[0, 1]) > 0.1


def test_without_distributions_there_is_no_psa(read: Read) -> None:
    found = read(sheet(OLD, ("young", None, 0.6)))
    still = [
        replace(g, assumptions=replace(g.assumptions, correlations=(), parameters=tuple(
            replace(p, distribution="fixed") for p in g.assumptions.parameters)))
        for g in found.subgroups
    ]  # fmt: skip
    result = subgroups(replace(found, subgroups=tuple(still)))
    assert result.n == 0
    assert "psa_icer" not in result.table
    assert result.table["icer"].notna().any()
