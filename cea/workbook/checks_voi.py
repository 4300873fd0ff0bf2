"""Rules about the value of information: the population, and named sets of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cea.workbook.checks import Check


def population_complete(check: Check) -> None:
    """Incidence and horizon give a population only together."""
    settings = check.settings
    given = {
        "voi_incidence": settings.voi_incidence,
        "voi_horizon_years": settings.voi_horizon_years,
    }
    missing = [name for name, value in given.items() if value is None]
    if len(missing) == 1:
        other = next(name for name in given if name not in missing)
        check.findings.problem(
            check.setting(missing[0]), f"blank, but {other} is given", "give both, or neither"
        )


def set_members_sampled(check: Check) -> None:
    """A set is worth what its sampled members are: say which are not."""
    by_name = {parameter.name: parameter for parameter in check.draft.parameters}
    for member, row in zip(check.draft.parameter_sets, check.tables["Parameter sets"], strict=True):
        if not by_name[member.parameter].sampled:
            check.findings.warn(
                row["Parameter"],
                f"{member.parameter} is not sampled in the PSA, so the value of information of "
                f"'{member.name}' leaves it out",
            )
