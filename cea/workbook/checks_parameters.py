"""Rules about parameters: ranges, distributions, correlations, use."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from cea.assumptions import Correlation, Parameter
from cea.parameters.distributions import (
    Beta,
    Distribution,
    DistributionError,
    Gamma,
    LogNormal,
    distribution_of,
)
from cea.parameters.sampling import NotPositiveDefiniteError, correlation_matrix
from cea.workbook.tables import Row

if TYPE_CHECKING:
    from cea.workbook.checks import Check

_SPREAD = ("Low", "High", "Distribution", "SE", "Par1", "Par2")
_CENTRED = ("normal", "lognormal", "gamma", "beta", "uniform")  # others have Base as the mode
_SAMPLED_ALONE = (*_CENTRED, "triangular", "pert")  # not with the rest of a group
_MOST_SDLOG = 2.0  # beyond it the mean is seven times the median
_LEAST_SHAPE = 0.25  # of a gamma; below it the SE is over twice the mean, most draws are near 0
_BEYOND = 0.1  # share of draws beyond an end that was typed as that of a 95% interval: 2.5%
_LEVELS = np.linspace(0.0005, 0.9995, 1000)  # at which a distribution is compared with such an end
_OTHER_SPREAD = 2.0  # how often wider or narrower than Low and High an SE may be


def _rows_to_judge(check: Check) -> list[tuple[Parameter, Row]]:
    """Parameters whose spread is to be judged.

    A scenario is a base case, so that it may move a base out of its range; it is held to the spread
    only where it edits the spread. A base that was found at fault is not compared with its range.
    """
    scenario = not check.tables.stored_values_count
    pairs = [(p, check.row("Parameters", p.name)) for p in check.draft.parameters]
    return [
        (parameter, row)
        for parameter, row in pairs
        if parameter.key not in check.draft.names.blamed
        and (not scenario or any(row[column].from_scenario for column in _SPREAD))
    ]


def ranges_bracket_base(check: Check) -> None:
    """Low <= Base <= High; both or none where nothing else gives the ends of the tornado."""
    for parameter, row in _rows_to_judge(check):
        base = check.draft.names.base[parameter.key]
        low, high = (
            None if end is None else float(end.evaluate(check.draft.names.base))
            for end in (parameter.low, parameter.high)
        )
        if parameter.distribution == "fixed" and (low is None) != (high is None):
            column, other = ("Low", "High") if low is None else ("High", "Low")
            check.findings.problem(
                row[column], f"blank, but {other} is given", "give both Low and High, or neither"
            )
            continue
        tolerance = 1e-9 * max(abs(base), abs(low or 0.0), abs(high or 0.0))
        if low is not None and low > base + tolerance:
            found = f"{low:g}, above Base ({base:g})"
            check.findings.problem(row["Low"], found, "set it at or below Base")
        if high is not None and high < base - tolerance:
            found = f"{high:g}, below Base ({base:g})"
            check.findings.problem(row["High"], found, "set it at or above Base")


def distributions_exist(check: Check) -> None:
    """Every distribution exists, and is centred on its base."""
    noted = {problem.where for problem in check.findings.problems}
    for parameter, row in _rows_to_judge(check):
        if parameter.distribution == "fixed":
            if given := [c for c in ("SE", "Par1", "Par2") if not row[c].blank]:
                said = "is not sampled: its Distribution is fixed, or blank"
                check.findings.warn(row[given[0]], f"{parameter.name} {said}")
            continue
        if noted & {row[c].where for c in ("Low", "High")}:
            continue
        try:
            distribution = distribution_of(parameter, check.draft.names.base)
        except DistributionError as error:
            check.findings.problem(row[error.column], error.found, error.remedy)
            continue
        if isinstance(distribution, LogNormal) and distribution.sdlog > _MOST_SDLOG:
            check.findings.problem(
                row["SE" if parameter.se is not None else "High"],
                f"a standard error of {distribution.sdlog:g} on the log scale",
                "a lognormal's SE is that of the logarithm, about SE/Base; or give Low and High",
            )
        elif parameter.distribution in _CENTRED:
            _warn_of_other_centre(check, parameter, distribution, row)
            _warn_of_other_spread(check, parameter, distribution, row)
            _warn_of_other_interval(check, parameter, distribution, row)
            _warn_of_extremes(check, parameter, distribution, row)


def distributions_follow(check: Check) -> None:
    """Say where a scenario moves a base alone, and the PSA cannot follow."""
    for parameter in check.draft.parameters:
        row = check.row("Parameters", parameter.name)
        moved = row["Base"].from_scenario and parameter.key not in check.draft.names.blamed
        if not moved or not parameter.sampled or parameter.distribution not in _SAMPLED_ALONE:
            continue
        if any(row[column].from_scenario for column in _SPREAD):
            continue
        base = check.draft.names.base[parameter.key]
        try:
            centre, word = _centre(distribution_of(parameter, check.draft.names.base))
        except DistributionError as error:
            found = f"a PSA cannot sample {parameter.name} ({error})"
        else:
            if parameter.distribution not in _CENTRED or math.isclose(centre, base, rel_tol=0.01):
                continue
            found = f"the PSA does not follow: the {word} of {parameter.name} stays {centre:g}"
        check.findings.warn(row["Base"], f"{found}; edit its spread too where a PSA is needed")


def _warn_of_other_centre(
    check: Check, parameter: Parameter, distribution: Distribution, row: Row
) -> None:
    base = check.draft.names.base[parameter.key]
    centre, word = _centre(distribution)
    if not math.isclose(centre, base, rel_tol=0.01):
        at = row["Low" if parameter.par1 is None else "Par1"]
        check.findings.warn(at, f"the {word} of the distribution is {centre:g}, Base is {base:g}")


def _centre(distribution: Distribution) -> tuple[float, str]:
    """Return what the base is held against, and what it is called."""
    if isinstance(distribution, LogNormal):
        return math.exp(distribution.meanlog), "median"
    return distribution.mean, "mean"


def _warn_of_other_spread(
    check: Check, parameter: Parameter, distribution: Distribution, row: Row
) -> None:
    """Compare an SE with the Low and High beside it."""
    if parameter.se is None or parameter.low is None or parameter.high is None:
        return
    low, high = (float(e.evaluate(check.draft.names.base)) for e in (parameter.low, parameter.high))
    ends = distribution.quantile(np.array([0.025, 0.975]))
    width = float(ends[1] - ends[0])
    if not high - low <= _OTHER_SPREAD * width <= _OTHER_SPREAD**2 * (high - low):
        check.findings.warn(
            row["SE"],
            f"it gives a 95% interval from {ends[0]:g} to {ends[1]:g}, Low and High are {low:g} "
            f"and {high:g}; the PSA uses SE, the tornado Low and High",
        )


def _warn_of_other_interval(
    check: Check, parameter: Parameter, distribution: Distribution, row: Row
) -> None:
    """Compare Low and High with the distribution that only takes their width, around Base."""
    if parameter.distribution == "uniform" or not parameter.sampled:
        return
    if parameter.se is not None or parameter.par1 is not None:
        return
    assert parameter.low is not None
    assert parameter.high is not None
    low, high = (float(e.evaluate(check.draft.names.base)) for e in (parameter.low, parameter.high))
    drawn = distribution.quantile(_LEVELS)
    shares = {"Low": float((drawn < low).mean()), "High": float((drawn > high).mean())}
    column = max(shares, key=lambda name: shares[name])
    if shares[column] > _BEYOND:
        ends = distribution.quantile(np.array([0.025, 0.975]))
        side = "below" if column == "Low" else "above"
        check.findings.warn(
            row[column],
            f"{shares[column]:.0%} of the PSA's draws lie {side} it: the PSA's own 95% interval is "
            f"{ends[0]:.4g} to {ends[1]:.4g}, as a {parameter.distribution} around Base takes only "
            "the width of Low and High; bring Base to their middle, or give Par1 and Par2",
        )


def _warn_of_extremes(
    check: Check, parameter: Parameter, distribution: Distribution, row: Row
) -> None:
    """Say where nearly all draws lie at the ends of what is possible."""
    match distribution:
        case Beta(alpha, beta) if alpha < 1 and beta < 1:
            said = (
                f"alpha {alpha:.3g} and beta {beta:.3g}, both below 1: most draws are near 0 or 1"
            )
        case Gamma(shape, _) if shape < _LEAST_SHAPE:
            times = 1 / math.sqrt(shape)
            said = f"a gamma with an SE of {times:.3g} times its mean: most draws are near 0"
        case _:
            return
    given = [column for column in ("SE", "Par1", "High") if not row[column].blank]
    check.findings.warn(row[given[0]], f"{said}; make sure that its spread is meant")


def dirichlet_groups_add_up(check: Check) -> None:
    """The shares of a Dirichlet group add up to 1 and agree with its alphas."""
    groups: dict[str, list[Parameter]] = defaultdict(list)
    for parameter in check.draft.parameters:
        if parameter.distribution == "dirichlet":
            groups[parameter.group].append(parameter)
    lonely = [members[0] for members in groups.values() if len(members) == 1]
    if lonely:
        named = " and ".join(f"'{parameter.group}'" for parameter in lonely)
        check.findings.problem(
            check.row("Parameters", lonely[0].name)["Group"],
            f"only one dirichlet row has the group {named}",
            "give all shares that add up to 1 the same Group",
        )
        return
    for group, members in groups.items():
        row = check.row("Parameters", members[0].name)
        total = sum(check.draft.names.base[member.key] for member in members)
        if len({member.in_psa for member in members}) > 1:
            check.findings.problem(
                row["In PSA"], f"group '{group}' is sampled in part",
                "set In PSA alike for all its rows",
            )  # fmt: skip
        elif any(not 0 < check.draft.names.base[member.key] < 1 for member in members):
            check.findings.problem(
                row["Base"], f"a share of group '{group}' is not between 0 and 1",
                "give every dirichlet row a share above 0, or drop the row",
            )  # fmt: skip
        elif not math.isclose(total, 1, abs_tol=1e-6):
            check.findings.problem(
                row["Base"], f"the shares of group '{group}' add up to {total:g}",
                "make them add up to 1",
            )  # fmt: skip
        else:
            _warn_of_other_shares(check, members)


def _warn_of_other_shares(check: Check, members: list[Parameter]) -> None:
    alphas = [m.par1.evaluate(check.draft.names.base) for m in members if m.par1 is not None]
    if len(alphas) < len(members):
        return
    for member, alpha in zip(members, alphas, strict=True):
        share, base = float(alpha / sum(alphas)), check.draft.names.base[member.key]
        if not math.isclose(share, base, abs_tol=5e-3):
            check.findings.warn(
                check.row("Parameters", member.name)["Par1"],
                f"the alphas give a mean of {share:g}, Base is {base:g}",
            )


def correlations_hold(check: Check) -> None:
    """Correlated parameters are sampled, once a pair, and positive definite together."""
    seen: set[frozenset[str]] = set()
    sound = []
    for pair, row in zip(check.draft.correlations, check.tables["Correlations"], strict=True):
        before = len(check.findings.problems)
        if frozenset((pair.a, pair.b)) in seen:
            found = f"{pair.a} with {pair.b} again"
            check.findings.problem(row["Parameter B"], found, "keep one of the rows")
        else:
            _check_pair(check, pair, row)
        seen.add(frozenset((pair.a, pair.b)))
        if len(check.findings.problems) == before and pair.value != 0:
            sound.append(pair)
    names = sorted({name.lower() for pair in sound for name in (pair.a, pair.b)})
    try:
        correlation_matrix(names, sound)
    except NotPositiveDefiniteError as error:
        check.findings.problem(
            error.pair.where,
            f"{error.pair.value:g} between {error.pair.a} and {error.pair.b} contradicts the "
            "other correlations (not positive definite)",
            "bring it closer to what they imply, or mend them",
        )


def _check_pair(check: Check, pair: Correlation, row: Row) -> None:
    if abs(pair.value) >= 1:
        check.findings.problem(
            row["Correlation"], f"{pair.value:g}", "use a value between -1 and 1, both excluded"
        )
    if pair.a == pair.b:
        check.findings.problem(row["Parameter B"], f"{pair.b}, as in Parameter A", "name another")
        return
    by_name = {parameter.name: parameter for parameter in check.draft.parameters}
    for column, name in (("Parameter A", pair.a), ("Parameter B", pair.b)):
        parameter = by_name[name]
        if parameter.distribution == "dirichlet":
            found = f"{name} is a dirichlet row"
            check.findings.problem(row[column], found, "its group correlates it: delete the row")
        elif not parameter.sampled and pair.value != 0:
            check.findings.problem(
                row[column], f"{name} is not sampled",
                "give it a Distribution and In PSA yes, or delete the row",
            )  # fmt: skip


def parameters_used(check: Check) -> None:
    """Say which parameters change nothing; a scenario may well leave one without a use."""
    if not check.tables.stored_values_count:
        return
    for parameter in check.draft.parameters:
        if parameter.key not in check.draft.names.used:
            cell = check.row("Parameters", parameter.name)["Name"]
            check.findings.warn(cell, f"{parameter.name} is used nowhere: it changes no result")
