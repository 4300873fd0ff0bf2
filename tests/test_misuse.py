"""What a caller of the public functions may get wrong is said as an error that can be mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cea
from tests.build import shipped

SOR = shipped("sor_tace")
FITTED = shipped("km_example")


@pytest.fixture(scope="module")
def psa() -> cea.Psa:
    return cea.psa(SOR, 16)


@pytest.mark.parametrize("threshold", [float("nan"), -5.0, float("inf")])
@pytest.mark.parametrize("run", [cea.tornado, cea.two_way, cea.threshold_analysis])
def test_a_threshold_is_an_amount_of_money(run: Callable[..., object], threshold: float):
    with pytest.raises(cea.AnalysisError, match="a willingness to pay of"):
        run(SOR, threshold=threshold)


@pytest.mark.parametrize("run", [cea.psa, cea.scenarios])
def test_a_seed_is_not_below_0(run: Callable[..., object]):
    with pytest.raises(cea.AnalysisError, match="a seed of -1"):
        run(SOR, 16, seed=-1)


@pytest.mark.parametrize("replicates", [0, -2])
def test_replicates(replicates: int):
    with pytest.raises(cea.AnalysisError, match=f"{replicates} replicates; ask for 1 or more"):
        cea.psa(SOR, 16, replicates=replicates)


@pytest.mark.parametrize("target", [0.0, -1.0, float("nan"), float("inf")])
def test_an_error_to_reach_is_above_0(psa: cea.Psa, target: float):
    with pytest.raises(cea.AnalysisError, match="ask for one above 0"):
        cea.precision_of(psa, target)


def test_families_of_nobody():
    with pytest.raises(cea.AnalysisError, match="no strategy is named"):
        cea.families(FITTED, [])


def test_a_survey_of_nothing(psa: cea.Psa):
    with pytest.raises(cea.AnalysisError, match="a survey of nothing"):
        cea.survey(psa, [], sizes=[50], sd=1.0)


def test_the_live_workbook_goes_where_text_says(tmp_path: Path):
    cea.export_model(SOR, str(tmp_path / "new" / "model.xlsx"), draws=16)
    assert (tmp_path / "new" / "model.xlsx").exists()


def own(**changes: object) -> cea.OwnPsa:
    x = np.arange(200.0)
    given: dict = {
        "inputs": {"x": x}, "cost": {"A": x, "B": x}, "qaly": {"A": x, "B": x},
        "thresholds": (1.0,),
    }  # fmt: skip
    return cea.own_psa(**given | changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"inputs": {}}, "no input: give"),
        ({"qaly": {"A": [1.0], "C": [1.0]}}, "costs of A, B, but QALYs of A, C"),
        ({"inputs": {"x": np.ones(100)}}, "cost of 'A': 200 draws, but of 'x' 100"),
        ({"inputs": {"x": np.ones((200, 2))}}, "input 'x': give one number a draw"),
        ({"inputs": {"x": ["a"] * 200}}, "input 'x': not numbers"),
        ({"inputs": {"x": [1.0] * 199 + [np.inf]}}, "input 'x': inf in draw 200"),
        ({"cost": {"A": np.ones(200), "B": [np.nan] + [1.0] * 199}}, "cost of 'B': nan in draw 1"),
        ({"thresholds": (1.0, float("nan"))}, "a willingness to pay of nan"),
        ({"thresholds": (1.0, -1.0)}, "a willingness to pay of -1"),
        ({"thresholds": (0.0,)}, "at least one willingness to pay above 0, e.g. 30000$"),
        ({"sets": {"S": ()}}, "set 'S': no input"),
    ],
)
def test_draws_of_another_tool(changes: dict[str, object], said: str):
    with pytest.raises(cea.AnalysisError, match=said):
        own(**changes)


def test_a_single_draw_of_another_tool():
    one = {"A": [1.0], "B": [1.0]}
    with pytest.raises(cea.AnalysisError, match="1 draw"):
        own(inputs={"x": [1.0]}, cost=one, qaly=one)
