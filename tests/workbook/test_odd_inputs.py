"""Inputs that may be meant, and are named: costs charged twice, odd spreads, late times."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cea
from tests.workbooks.book import Edit, Formula, add, put, workbook

Warnings = Callable[..., tuple[str, ...]]


@pytest.fixture
def warnings(tmp_path: Path) -> Warnings:
    """Read the valid workbook after some edits, for its warnings."""

    def read(*edits: Edit) -> tuple[str, ...]:
        path = tmp_path / "mine.xlsx"
        path.write_bytes(workbook(*edits))
        return cea.read_workbook(path).warnings

    return read


# Costs


def _visits(strategy: str | None, start: object, end: object) -> Edit:
    return add("Costs", "Visits", "Care", strategy, "alive", start, end, 90, "month")


def test_a_strategys_cost_beside_that_of_all_is_named(warnings: Warnings) -> None:
    assert warnings(_visits("NEW", None, None)) == (
        "Costs!A5 (Item): 'Visits' is charged twice to NEW, here and in A3: a strategy's row is "
        "added to the row for all",
    )


def test_a_cost_that_is_charged_twice_is_named_once(warnings: Warnings) -> None:
    # The scenario of the workbook says nothing that the base case does not.
    assert warnings(_visits(None, None, None)) == (
        "Costs!A5 (Item): 'Visits' is charged twice, here and in A3: rows add up",
    )


@pytest.mark.parametrize("edits", [
    pytest.param((put("Costs", "Drug", "To month", Formula("=12+12", 24)),
                  add("Costs", "Drug", "Drugs", "NEW", "on_treatment", 24, None, 1000, "month")),
                 id="one after the other"),
    pytest.param((add("Costs", "Drug", "Drugs", "OLD", "on_treatment", 0, 24, 1000, "month"),),
                 id="another strategy"),
    pytest.param((add("Costs", "Visits", "Care", None, "death", None, None, 50, "event"),),
                 id="another time"),
])  # fmt: skip
def test_rows_that_share_a_name_alone_are_left_alone(
    warnings: Warnings, edits: tuple[Edit, ...]
) -> None:
    assert warnings(*edits) == ()


def test_windows_given_by_formulas_are_compared_at_their_values(warnings: Warnings) -> None:
    found = warnings(
        put("Costs", "Drug", "To month", Formula("=12+12", 24)),
        add("Costs", "Drug", "Drugs", "NEW", "on_treatment", 23, None, 1000, "month"),
    )
    assert found == (
        "Costs!A5 (Item): 'Drug' is charged twice to NEW, here and in A2: rows add up",
    )


# Distributions


def _spread(name: str, **cells: float | None) -> list[Edit]:
    blank = dict.fromkeys(("Low", "High", "SE", "Par1", "Par2"))
    return [put("Parameters", name, column, value) for column, value in (blank | cells).items()]


@pytest.mark.parametrize(("name", "cells", "said"), [
    ("u_pf", {"SE": 0.37},
     "Parameters!H9 (SE): alpha 0.135 and beta 0.0337, both below 1: most draws are near 0 or 1; "
     "make sure that its spread is meant"),
    ("u_pf", {"Par1": 0.8, "Par2": 0.2},
     "Parameters!I9 (Par1): alpha 0.8 and beta 0.2, both below 1: most draws are near 0 or 1; "
     "make sure that its spread is meant"),
    ("c_drug", {"SE": 20000},
     "Parameters!H6 (SE): a gamma with an SE of 10 times its mean: most draws are near 0; "
     "make sure that its spread is meant"),
])  # fmt: skip
def test_extreme_distributions_are_named(
    warnings: Warnings, name: str, cells: dict[str, float], said: str
) -> None:
    assert warnings(*_spread(name, **cells)) == (said,)


@pytest.mark.parametrize(("name", "cells"), [
    ("u_pf", {"SE": 0.2}), ("c_drug", {"SE": 3900}), ("os_hr", {"Low": 0.5, "High": 0.95}),
])  # fmt: skip
def test_wide_but_possible_distributions_are_not(
    warnings: Warnings, name: str, cells: dict[str, float]
) -> None:
    assert warnings(*_spread(name, **cells)) == ()


OFF_CENTRE = (
    *_spread("os_hr", Low=0.2, High=0.6),
    put("Parameters", "os_hr", "Base", 0.55),
    put("Survival", "NEW.OS", "Hazard ratio", Formula("=os_hr", 0.55)),
)


def test_a_base_far_from_the_middle_of_its_interval_is_named(
    warnings: Warnings, tmp_path: Path
) -> None:
    assert warnings(*OFF_CENTRE) == (
        "Parameters!F4 (High): 38% of the PSA's draws lie above it: the PSA's own 95% interval is "
        "0.3175 to 0.9526, as a lognormal around Base takes only the width of Low and High; bring "
        "Base to their middle, or give Par1 and Par2",
    )
    found = cea.psa(cea.read_workbook(tmp_path / "mine.xlsx"), 4096)
    drawn = np.asarray(found.sample.draws.values["os_hr"])
    assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx((0.3175, 0.9526), abs=0.005)
    assert (drawn > 0.6).mean() == pytest.approx(0.38, abs=0.005)


def test_a_parameter_that_is_not_sampled_has_no_interval_to_judge(warnings: Warnings) -> None:
    fixed = put("Parameters", "os_hr", "In PSA", "no"), put("Correlations", 0, "Correlation", 0)
    assert warnings(*OFF_CENTRE, *fixed) == ()


# Times


def test_times_that_few_studies_reach_are_named(warnings: Warnings) -> None:
    assert warnings(put("Curves", 3, "Time", 500)) == (
        "Curves!B5 (Time): 500 months from the start age of 60 on, which is age 102; months are "
        "expected: are these days? Divide them by 30.4375",
    )
    assert warnings(put("Curves", 3, "Time", 480)) == ()


def test_the_start_age_of_a_scenario_says_nothing_of_the_data(warnings: Warnings) -> None:
    older = add("Scenarios", "old", "Old", "Settings", "start_age", "Value", 61)
    assert warnings(put("Curves", 3, "Time", 480), older) == ()
