"""Rules about strategies, survival, utilities, settings and the life table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cea.assumptions import MONTHS_PER_YEAR, MOST_CYCLES, SurvivalCurve
from cea.workbook.schema import STATES

if TYPE_CHECKING:
    from cea.workbook.checks import Check

_HORIZON_OFF = 0.005  # share by which the horizon may differ from the one typed, unsaid
_MOST_POINTS = 10_000


def two_strategies(check: Check) -> None:
    """A comparison needs two."""
    found = len(check.draft.strategies)
    if found < 2:
        how_many = "only one strategy" if found else "no strategy"
        check.findings.problem("Strategies", how_many, "list at least two to compare")


def labels_tell_apart(check: Check) -> None:
    """Tables and charts show labels: no two strategies share one."""
    seen: set[str] = set()
    for strategy in check.draft.strategies:
        if strategy.label.casefold() in seen:
            cell = check.row("Strategies", strategy.name)["Label"]
            check.findings.problem(cell, f"'{strategy.label}' again", "give it a label of its own")
        seen.add(strategy.label.casefold())


def a_threshold(check: Check) -> None:
    """The headline needs a threshold."""
    if not check.draft.thresholds:
        check.findings.problem("Thresholds", "no threshold", "add a willingness to pay per QALY")


def curves_complete(check: Check) -> None:
    """Every strategy has OS and PFS."""
    have = {curve.key for curve in check.draft.curves}
    for strategy in check.draft.strategies:
        for endpoint in ("OS", "PFS"):
            if (strategy.name, endpoint) not in have:
                found = f"no {endpoint} curve for {strategy.name}"
                check.findings.problem("Survival", found, "add a row")


def references_exist(check: Check) -> None:
    """A hazard ratio or waning leads, without a circle, to a curve that stands alone."""
    curves = {curve.key: curve for curve in check.draft.curves}
    circles: set[frozenset[tuple[str, str]]] = set()
    for curve in check.draft.curves:
        chain = [curve]
        while chain[-1].needs_reference:
            following = curves.get((chain[-1].reference, chain[-1].endpoint))
            if following is None:
                _refuse_reference_without_curve(check, curve, chain)
                break
            if following in chain:
                circle = chain[chain.index(following) :]
                keys = frozenset(c.key for c in circle)
                if keys not in circles:
                    _refuse_circle(check, circle)
                circles.add(keys)
                break
            chain.append(following)


def _refuse_reference_without_curve(
    check: Check, curve: SurvivalCurve, chain: list[SurvivalCurve]
) -> None:
    # A lack of OS or PFS is reported on its own; a chain is reported by its last curve.
    if curve.endpoint == "TOT" and len(chain) == 1:
        cell = check.row("Survival", f"{curve.strategy}.{curve.endpoint}")["Reference strategy"]
        found = f"{curve.reference} has no {curve.endpoint} curve to refer to"
        check.findings.problem(cell, found, "add its row, or name another strategy")


def _refuse_circle(check: Check, circle: list[SurvivalCurve]) -> None:
    first = circle[0]
    cell = check.row("Survival", f"{first.strategy}.{first.endpoint}")["Reference strategy"]
    if len(circle) == 1:
        found = f"{first.strategy} refers to itself"
    else:
        found = f"a circle: {' -> '.join(c.strategy for c in (*circle, first))}"
    remedy = f"refer to a strategy whose {first.endpoint} curve stands on its own"
    check.findings.problem(cell, found, remedy)


def waning_in_order(check: Check) -> None:
    """Waning does not end before it starts."""
    for curve in check.draft.curves:
        if curve.waning is not None:
            start = float(curve.waning.start.evaluate(check.draft.names.base))
            end = float(curve.waning.end.evaluate(check.draft.names.base))
            if end < start:
                row = check.row("Survival", f"{curve.strategy}.{curve.endpoint}")
                check.findings.problem(
                    row["Waning end"], f"{end:g}, before Waning start ({start:g})",
                    "set it to Waning start (at once) or later",
                )  # fmt: skip


def utilities_complete(check: Check) -> None:
    """Every strategy has a utility in every state."""
    have = {(utility.strategy, utility.state) for utility in check.draft.utilities}
    for state in STATES:
        lacking = [s.name for s in check.draft.strategies
                   if not have & {(None, state), (s.name, state)}]  # fmt: skip
        if lacking:
            found = f"no utility for {state}"
            if len(lacking) < len(check.draft.strategies):
                found += f" of {' and '.join(lacking)}"
            check.findings.problem("Utilities", found, "add a row")


def tables_fall_to_their_end(check: Check) -> None:
    """Say where a tabulated curve ends flat: its hazard of 0 is held to the horizon."""
    months = check.settings.horizon_years * MONTHS_PER_YEAR
    for curve in check.draft.curves:
        if curve.table is None or curve.table.time[-1] >= months:
            continue
        last, level = curve.table.time[-1], curve.table.survival[-1]
        if level > 0 and level == (1.0, *curve.table.survival)[-2]:
            cell = check.row("Survival", f"{curve.strategy}.{curve.endpoint}")["Data set"]
            said = f"the curve is flat at its end: it stays at {level:g} from month {last:g} on"
            check.findings.warn(cell, said)


def horizon_in_cycles(check: Check) -> None:
    """The horizon has at least one cycle, and no more than can be meant."""
    settings = check.settings
    months = settings.horizon_years * MONTHS_PER_YEAR
    cycle = settings.months_per_cycle
    if cycle > 1.5 * months:  # the horizon is rounded to whole cycles
        check.findings.problem(
            check.setting("cycle_length"),
            f"{settings.cycle_length:g} {settings.cycle_unit}s, longer than the horizon of "
            f"{settings.horizon_years:g} years",
            "use a shorter cycle or a longer horizon",
        )
    elif cycle * MOST_CYCLES < months:
        check.findings.problem(
            check.setting("cycle_length"),
            f"{settings.cycle_length:g} {settings.cycle_unit}s, which makes more than "
            f"{MOST_CYCLES:,} cycles",
            "use a longer cycle or a shorter horizon",
        )
    elif abs((modelled := settings.cycles * cycle) / months - 1) > _HORIZON_OFF:
        check.findings.warn(
            check.setting("horizon_years"),
            f"not a whole number of cycles: the model runs {modelled / MONTHS_PER_YEAR:g} years",
        )


def ceac_in_steps(check: Check) -> None:
    """The acceptability curve has a sensible number of points."""
    settings = check.settings
    if settings.ceac_step > settings.ceac_max:
        check.findings.problem(
            check.setting("ceac_step"), f"{settings.ceac_step:g}, above ceac_max "
            f"({settings.ceac_max:g})", "use a smaller step",
        )  # fmt: skip
    elif settings.ceac_step * _MOST_POINTS < settings.ceac_max:
        check.findings.problem(
            check.setting("ceac_step"), f"{settings.ceac_step:g}, which makes more than "
            f"{_MOST_POINTS:,} points up to ceac_max", "use a larger step",
        )  # fmt: skip


def closure_has_its_inputs(check: Check) -> None:
    """The rules chosen in the settings have the numbers they need."""
    settings = check.settings
    markov = settings.structure == "markov"
    for choice, needed, used, value in (
        ("closure constant", "post_progression_hazard",
         markov and settings.closure == "constant", settings.post_progression_hazard),
        ("pre_progression_death fraction", "pre_progression_death_fraction",
         settings.pre_progression_death == "fraction", settings.pre_progression_death_fraction),
    ):  # fmt: skip
        if used and value is None:
            place = check.setting(needed)
            if isinstance(place, str):
                found, remedy = "the setting is missing", "add it"
            else:
                found, remedy = "blank", "fill it in"
            check.findings.problem(place, found, f"{choice} needs it: {remedy}")


def post_progression_curves(check: Check) -> None:
    """Closure pps_curve has a PPS curve for every strategy, and nothing else uses one."""
    settings = check.settings
    used = settings.structure == "markov" and settings.closure == "pps_curve"
    have = {curve.strategy for curve in check.draft.curves if curve.endpoint == "PPS"}
    if used:
        for strategy in check.draft.strategies:
            if strategy.name not in have:
                found = f"no PPS curve for {strategy.name}, but closure pps_curve needs it"
                check.findings.problem("Survival", found, "add a row")
    elif have and check.tables.stored_values_count:
        said = "PPS curves are used by closure pps_curve only"
        check.findings.warn("Survival", said)


def life_table_covers(check: Check) -> None:
    """The life table is there where it is used, and covers the cohort's ages."""
    settings, table = check.settings, check.draft.life_table
    uses = _uses_of_life_table(check)
    if not uses:
        return
    if table is None:
        needed, instead = " and ".join(uses), " and ".join(f"{k} to {v}" for k, v in uses.items())
        check.findings.problem(
            "Life table", f"no ages, but {needed} {'need' if len(uses) > 1 else 'needs'} them",
            f"fill them in, or set {instead}",
        )  # fmt: skip
    elif not table.first_age <= settings.start_age < table.last_age + 1:
        check.findings.problem(
            check.setting("start_age"),
            f"{settings.start_age:g}, but the Life table runs from {table.first_age} to "
            f"{table.last_age}",
            "add the missing ages to the Life table, or mend the start age",
        )
    elif (last := settings.start_age + settings.horizon_years) > table.last_age + 1:
        check.findings.warn(
            "Life table",
            f"the cohort reaches age {last:g}; the death probability of age {table.last_age}, the "
            "last, is held beyond it",
        )


def _uses_of_life_table(check: Check) -> dict[str, str]:
    """Return the settings that use it, and the value with which they would not."""
    settings, uses = check.settings, {}
    if settings.background_mortality:
        uses["background_mortality"] = "no"
    progression = any(cost.applies_to == "progression" for cost in check.draft.costs)
    if settings.pre_progression_death == "background" and (
        settings.structure == "markov" or progression
    ):
        uses["pre_progression_death"] = "fraction"
    return uses
