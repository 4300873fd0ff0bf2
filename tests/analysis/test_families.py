"""Every family for every fitted curve, held to runs of workbooks with these families typed."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import cea
from cea.analysis.families import NAMES, Families, families
from cea.assumptions import Assumptions
from cea.model.evaluate import evaluate
from cea.parameters.draws import draws_with
from cea.survival import resolve
from cea.survival.fit import Failure, Result
from cea.workbook.examples import load_example
from cea.workbook.template import Content, write_workbook
from tests.build import assumptions, cost, parameter, parametric, shipped, value
from tests.workbooks.book import workbook
from tests.workbooks.evidence import evidence, patients


@pytest.fixture(scope="module")
def example() -> Assumptions:
    return shipped("km_example")


@pytest.fixture(scope="module")
def found(example: Assumptions) -> Families:
    return families(example)


def typed(path: Path, changes: dict[tuple[str, str], dict[str, str]]) -> cea.BaseCase:
    """Run the example with other cells in the Survival sheet."""
    content: Content = load_example("km_example")
    survival = [
        {**row, **changes.get((str(row["Strategy"]), str(row["Endpoint"])), {})}
        for row in content["Survival"]
    ]
    write_workbook(path, {**content, "Survival": survival, "Scenarios": []}, title="typed")
    return cea.base_case(cea.read_workbook(path))


@pytest.mark.parametrize(
    "chosen",
    [
        ("weibull", "weibull", "weibull", "weibull"),
        ("exponential", "gengamma", "lognormal", "gompertz"),
        ("loglogistic", "gamma", "gengamma", "exponential"),
        ("gompertz", "exponential", "lognormal", "gengamma"),
    ],
)
def test_a_combination_is_a_run_of_the_workbook_with_these_families(
    chosen: tuple[str, ...], found: Families, tmp_path: Path
) -> None:
    slots = [("OS", "STANDARD"), ("OS", "NEW"), ("PFS", "STANDARD"), ("PFS", "NEW")]
    assert [(slot.endpoint, *slot.strategies) for slot in found.slots] == slots
    base = typed(
        tmp_path / "typed.xlsx",
        {(s, e): {"Family": f} for (e, s), f in zip(slots, chosen, strict=True)},
    )
    table = found.table
    for (endpoint, strategy), family in zip(slots, chosen, strict=True):
        table = table[table[f"{endpoint} {strategy}"] == family]
    (row,) = table.to_dict("records")
    pair = base.against_reference(1)
    assert row["incremental_cost"] == pytest.approx(pair.cost, rel=1e-11)
    assert row["incremental_qaly"] == pytest.approx(pair.effect, rel=1e-11)
    assert row["icer"] == pytest.approx(pair.icer, rel=1e-11)
    assert row["inmb"] == pytest.approx(60_000 * pair.effect - pair.cost, rel=1e-9)


def test_the_joint_grid_is_the_diagonal_of_the_combinations(found: Families) -> None:
    assert found.joint.cells.shape == (7, 7)
    for (i, os), (j, pfs) in product(enumerate(NAMES), enumerate(NAMES)):
        wanted = [1 + NAMES.index(name) for name in (os, os, pfs, pfs)]
        rows = np.flatnonzero((found.choices[found.first :] == wanted).all(axis=1))
        assert len(rows) == 1
        draw = found.joint.cells[i, j]
        assert found.choices[draw].tolist() == wanted
        np.testing.assert_allclose(
            found.outcomes.cost[draw], found.outcomes.cost[found.first + rows[0]], rtol=1e-12
        )


def test_a_grid_of_one_strategy_leaves_the_other_as_typed(
    found: Families, example: Assumptions
) -> None:
    base = cea.base_case(example)
    assert [grid.varied for grid in found.single] == [("STANDARD",), ("NEW",)]
    for s, grid in enumerate(found.single):
        draws = grid.cells.ravel()
        other = 1 - s
        np.testing.assert_allclose(found.outcomes.cost[draws, other], base.cost[other], rtol=1e-12)
        assert np.ptp(found.outcomes.cost[draws, s]) > 1000
    np.testing.assert_allclose(found.outcomes.cost[0], base.cost, rtol=1e-12)


def test_the_strategies_do_not_depend_on_each_other_here(found: Families) -> None:
    """What a strategy costs follows from its own two families, in all 2,401 combinations."""
    assert found.combinations == 7**4 == len(found.choices) - found.first
    choices, outcomes = found.choices[found.first :], found.outcomes.cost[found.first :]
    for s, (os, pfs) in enumerate(((0, 2), (1, 3))):
        key = choices[:, os] * 8 + choices[:, pfs]
        for k in np.unique(key):
            assert np.ptp(outcomes[key == k, s]) < 1e-6
        assert len(np.unique(key)) == 49


def test_weights_and_summary(found: Families) -> None:
    for slot in found.slots:
        aic = np.array([fit.aic for fit in slot.fits.values()])
        expected = np.exp(-(aic - aic.min()) / 2)
        np.testing.assert_allclose(list(slot.weights.values()), expected / expected.sum())
    assert found.weight.sum() == pytest.approx(1.0, rel=1e-12)
    table = found.table
    summary = found.summary.iloc[0]
    assert summary["combinations"] == 2401
    assert summary["cost_effective"] == pytest.approx((table["icer"] < 60_000).mean())
    weighted = (table["aic_weight"] * (table["icer"] < 60_000)).sum()
    assert summary["cost_effective_weighted"] == pytest.approx(weighted)
    assert summary["icer_min"] == table["icer"].min()
    assert summary["icer_max"] == table["icer"].max()
    lowest = table.loc[table["inmb"].idxmin()]
    assert summary["inmb_min"] == lowest["inmb"]
    for slot in found.slots:
        assert f"{slot.name} {lowest[slot.name]}" in summary["families_min"]


def test_every_curve_is_fitted_once(example: Assumptions, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve._fit.cache_clear()
    fitted = []
    fit = resolve.fit

    def count(patients: object, candidate: object) -> Result:
        fitted.append(candidate)
        return fit(patients, candidate)  # type: ignore[arg-type]

    monkeypatch.setattr(resolve, "fit", count)
    families(example)
    assert len(fitted) == 28
    families(example)
    assert len(fitted) == 28


def test_a_family_that_fails_is_named_and_left_out(
    example: Assumptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit_group = resolve.fit_group

    def fail(group: resolve.Group) -> Result:
        request = group[0].request
        assert request is not None
        if (request.family, group[0].key) == ("gompertz", ("NEW", "OS")):
            return Failure("gompertz", "the likelihood has no maximum")
        return fit_group(group)

    monkeypatch.setattr("cea.analysis.families.fit_group", fail)
    found = families(example)
    assert found.combinations == len(found.choices) - found.first == 6 * 7**3
    assert found.notes == (
        "OS NEW: gompertz is left out, as it could not be fitted: the likelihood has no maximum",
    )
    row = found.joint.rows.index("gompertz")
    assert (found.joint.cells[row] == -1).all()
    assert (np.delete(found.joint.cells, row, axis=0) >= 0).all()
    standard, new = found.single
    assert (standard.cells >= 0).all()
    assert (new.cells[row] == -1).all()
    assert found.weight.sum() == pytest.approx(1.0, rel=1e-12)
    note = found.fits.query("family == 'gompertz' and endpoint == 'OS' and strategy == 'NEW'")
    assert note["note"].item() == "the likelihood has no maximum"
    assert found.plot_grid() is not None


def test_a_family_that_the_data_do_not_hold_is_left_out(tmp_path: Path) -> None:
    """Two events carry two parameters, not three."""
    few = patients((3, 1), (5, 1), *((t, 0) for t in range(6, 30)))
    (tmp_path / "few.xlsx").write_bytes(workbook(evidence, few))
    found = families(cea.read_workbook(tmp_path / "few.xlsx"))
    old, new = found.slots
    assert (old.name, new.name) == ("OS OLD", "OS NEW")
    assert [failure.label for failure in old.failures] == ["gengamma"]
    assert found.combinations == 6 * len(new.fits)
    assert found.joint.columns == ("",)
    assert any(said.startswith("OS OLD: gengamma is left out") for said in found.notes)
    assert set(found.grid["pfs"]) == {"as in the workbook"}
    assert found.grid.query("varied == 'OLD'")["os"].tolist() == [
        name for name in NAMES if name != "gengamma"
    ]


def test_joint_fits_share_a_family(tmp_path: Path) -> None:
    content = load_example("km_example")
    survival = [
        {**row, "Family": None, "Reference strategy": "STANDARD"}
        if (row["Strategy"], row["Endpoint"]) == ("NEW", "OS")
        else row
        for row in content["Survival"]
    ]
    path = tmp_path / "joint.xlsx"
    write_workbook(path, {**content, "Survival": survival, "Scenarios": []}, title="joint")
    found = families(cea.read_workbook(path))
    assert [slot.name for slot in found.slots] == ["OS STANDARD + NEW", "PFS STANDARD", "PFS NEW"]
    assert found.combinations == 7**3
    joint = {"Family": None, "Reference strategy": "STANDARD"}
    base = typed(
        tmp_path / "typed.xlsx",
        {
            ("STANDARD", "OS"): {"Family": "loglogistic"},
            ("NEW", "OS"): joint,  # type: ignore[dict-item]
            ("STANDARD", "PFS"): {"Family": "gamma"},
            ("NEW", "PFS"): {"Family": "gamma"},
        },
    )
    cell = found.joint.cells[NAMES.index("loglogistic"), NAMES.index("gamma")]
    np.testing.assert_allclose(found.outcomes.cost[cell], base.cost, rtol=1e-11)
    np.testing.assert_allclose(found.outcomes.total_qaly[cell], base.qaly, rtol=1e-11)


def test_one_strategy_of_several(example: Assumptions, found: Families) -> None:
    alone = families(example, ["NEW"])
    assert alone.combinations == 49
    assert alone.single == ()
    assert alone.joint.varied == ("NEW",)
    np.testing.assert_allclose(
        alone.outcomes.cost[alone.joint.cells], found.outcomes.cost[found.single[1].cells]
    )


def test_too_many_combinations_are_left_out(
    example: Assumptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cea.analysis.families._MOST", 2400)
    found = families(example)
    assert found.first == len(found.choices)
    assert "2,401 combinations of families are too many" in found.notes[0]
    assert found.summary.empty
    assert (found.joint.cells >= 0).all()


def test_without_fitted_curves_the_remedy_is_said() -> None:
    with pytest.raises(cea.AnalysisError, match="set Method to fit in the Survival sheet"):
        families(shipped("sor_tace"))
    with pytest.raises(cea.AnalysisError, match="did you mean 'TACE'"):
        families(shipped("sor_tace"), ["TACEE"])


def test_a_strategy_is_found_whatever_its_case(example: Assumptions) -> None:
    assert families(example, ["new"]).joint.varied == ("NEW",)


# The choice itself, in the model


def choosing(strategy: str, endpoint: str, choice: str, *curves: tuple[str, ...]):
    """A curve of which each draw takes one."""
    made = tuple(parametric(strategy, endpoint, *curve) for curve in curves)
    return replace(made[0], method="choice", family="", parameters=(), alternatives=made,
                   choice=value(choice))  # fmt: skip


def test_each_draw_takes_the_curve_it_chooses() -> None:
    """A draw equals the model with that curve alone; constants and parameters may mix."""
    shapes = [("weibull", 1.2, 30.0), ("exponential", "rate"), ("gompertz", "slope", 0.02)]
    parameters = [
        parameter("which", 0.0), parameter("rate", 0.03), parameter("slope", 0.01),
    ]  # fmt: skip
    common = (parametric("A", "PFS", "exponential", 0.09),)
    made = assumptions(
        [choosing("A", "OS", "which", *shapes), *common],  # type: ignore[arg-type]
        parameters=parameters, costs=[cost("care", "alive", 100.0)],
    )  # fmt: skip
    which = np.array([0.0, 1, 2, 2, 1, 0, 1])
    rate, slope = np.linspace(0.01, 0.05, 7), np.linspace(-0.01, 0.02, 7)
    drawn = draws_with(made, {"which": which, "rate": rate, "slope": slope}, 7)
    found = evaluate(made, drawn)
    for k, curve in enumerate(shapes):
        alone = assumptions(
            [parametric("A", "OS", *curve), *common],  # type: ignore[arg-type]
            parameters=parameters, costs=[cost("care", "alive", 100.0)],
        )  # fmt: skip
        expected = evaluate(alone, draws_with(alone, {"rate": rate, "slope": slope}, 7))
        rows = which == k
        np.testing.assert_allclose(found.cost[rows], expected.cost[rows], rtol=1e-13)
