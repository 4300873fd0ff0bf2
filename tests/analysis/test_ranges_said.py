"""What a range that cannot be is called: by its option, its cell and what was evaluated."""

from __future__ import annotations

import re

import numpy as np
import pytest

import cea
from cea.analysis.quantities import evaluate_at, quantity
from cea.analysis.two_way import two_way
from cea.errors import AnalysisError
from cea.parameters.draws import POINTS, base_values, draws_with
from tests.analysis.oneway import priced
from tests.build import parameter, shipped

SOR = shipped("sor_tace")


@pytest.mark.parametrize("axis", ["x", "y"])
@pytest.mark.parametrize(
    ("name", "ends", "said"),
    [
        ("os_hrr", (None, None), "no parameter or setting 'os_hrr'; did you mean 'os_hr'"),
        ("os_hr", (1.0, 0.5), "no range from 1 to 0.5; let --{0}-from be less than --{0}-to"),
        ("os_hr", (-1.0, 1.0), "os_hr cannot be -1: Survival!{1} must be above 0; "
                               "change --{0}-from"),
        ("horizon_years", (9.0, 5.0), "let --{0}-from be less than --{0}-to"),
        ("closure", (1.0, None), "it takes no --{0}-from and --{0}-to"),
    ],
)  # fmt: skip
def test_a_single_input_of_a_grid_is_judged_by_itself(
    axis: str, name: str, ends: tuple[float | None, float | None], said: str
):
    (cell,) = (c.hazard_ratio.where for c in SOR.curves
               if c.hazard_ratio is not None and "os_hr" in c.hazard_ratio.names)  # fmt: skip
    said = said.format(axis, cell.removeprefix("Survival!"))
    with pytest.raises(AnalysisError, match=re.escape(said)):
        two_way(SOR, **{axis: name, f"{axis}_range": ends})


def test_a_single_input_may_have_its_range_from_the_options_alone():
    free = parameter("free", 0.0)  # no Low, no High, no Distribution
    found = priced("free + 2 * other", free, parameter("other", 10.0, low=0, high=20))
    made = two_way(found, "free", x_range=(50.0, 150.0), steps=2)
    assert (made.x.name, made.y.name) == ("free", "other")
    with pytest.raises(AnalysisError, match="free has no range: name one with --y-from and --y-to"):
        two_way(found, y="free")


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((None, 5.0), r"u_pf cannot be 5: Utilities!C\d+ \(Utility\) must be .* 1; change --to$"),
        ((-5.0, 0.9), r"u_pf cannot be -5: Utilities!C\d+ \(Utility\) must be .*; change --from$"),
    ],
)
def test_a_search_keeps_to_what_the_cells_allow(ends: tuple[float | None, float | None], said: str):
    with pytest.raises(AnalysisError, match=said):
        cea.threshold_analysis(SOR, "u_pf", within=ends)


def test_points_of_a_range_are_not_called_draws():
    """A discount rate that follows a parameter leaves its limits at two of three points."""
    moved = quantity(SOR, "u_pf")
    values = [0.5, 1.5, 2.0]
    found = evaluate_at(SOR, [moved], np.zeros(3, dtype=int), np.array(values))
    assert any("in 2 of 3 points of the range" in said for said in found.warnings)
    assert not any("draws" in said for said in found.warnings)
    points = draws_with(SOR, {}, 3, POINTS)
    assert "range" in points.stay_inside("a beta")
    assert "a beta" in draws_with(SOR, {}, 3).stay_inside("a beta")
    assert base_values(SOR)["u_pf"] == points.values["u_pf"]
