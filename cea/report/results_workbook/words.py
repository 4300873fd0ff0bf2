"""Settings, curves, costs and sampling in words."""

from __future__ import annotations

from cea.analysis.psa import Psa
from cea.assumptions import Assumptions, Cost, Settings, SurvivalCurve
from cea.formula import Expression
from cea.parameters.draws import base_values
from cea.report.format import money, percent, qaly, significant
from cea.report.results_workbook.report import Report
from cea.survival.of_curve import family_of

_SAMPLINGS = {
    "sobol": "scrambled Sobol sequence",
    "latin_hypercube": "Latin hypercube",
    "pseudo_random": "pseudo-random numbers",
}
_CLOSURES = {
    "match_os": "death after progression is what reproduces the overall survival curve exactly",
    "os_hazard": "the hazard of the overall survival curve is applied after progression, so the "
    "survival of the cohort differs from the curve",
    "constant": "the hazard of death after progression is constant",
    "pps_curve": "time since progression governs death after it, by the post-progression curve",
}
_PRE_PROGRESSION = {
    "background": "death before progression at the general population's probability, where the "
    "curves leave room for it",
    "fraction": "a fixed share of those leaving the progression-free state die",
}
_CORRECTIONS = {
    "half_cycle": "Half-cycle (mean of the occupancy at both ends)",
    "start": "None (occupancy at the start of a cycle)",
    "end": "Occupancy at the end of a cycle",
    "simpson": "Simpson's rule over pairs of cycles",
}
_TIMINGS = {
    "mid_cycle": "at mid-cycle",
    "cycle_start": "at the start of each cycle",
    "whole_year": "at the start of each year",
    "boundary": "at the cycle boundaries, before the within-cycle correction",
}
_APPLIES = {
    "entry": "once at entry",
    "progression_free": "while progression-free",
    "progressed": "while progressed",
    "alive": "while alive",
    "on_treatment": "while on treatment",
    "off_treatment": "while alive and off treatment",
    "progression": "at progression",
    "death": "at death",
}
_FAMILY_NAMES = {
    "weibull": "Weibull",
    "gompertz": "Gompertz",
    "lognormal": "log-normal",
    "loglogistic": "log-logistic",
    "gengamma": "generalised gamma",
}


def sampled(psa: Psa | None) -> str:
    """Say how the draws were made."""
    if psa is None:
        return "Not run"
    pairs = sum(1 for pair in psa.assumptions.correlations if pair.value != 0)
    correlated = f", {pairs} of their pairs correlated" if pairs else ""
    fitted = ""
    if psa.assumptions.fits and psa.assumptions.settings.survival_uncertainty == "bootstrap":
        fitted = "; fitted curves by bootstrap"
    sets = f", in {psa.replicates} independent sets" if psa.replicates > 1 else ""
    return (
        f"{psa.n:,} draws{sets} of {len(psa.sample.parameters)} parameters{correlated}; "
        f"{_SAMPLINGS[psa.sampling]}, seed {psa.seed}{fitted}."
    )


def horizon(report: Report) -> str:
    """Say how long the model runs, and in which steps."""
    settings, grid = report.settings, report.base.grid
    length, unit = settings.cycle_length, settings.cycle_unit
    cycle = f"1 {unit}" if length == 1 else f"{length:g} {unit}s"
    return f"{settings.horizon_years:g} years: {grid.cycles:,} cycles of {cycle}"


def discounting(report: Report) -> str:
    """Say what is discounted, by how much and when."""
    settings = report.settings
    values = base_values(report.assumptions)
    costs, effects = (
        f"{significant(100 * float(rate.evaluate(values)), 4)}%"
        for rate in (settings.discount_rate_costs, settings.discount_rate_effects)
    )
    rates = f"{costs} a year for costs and effects"
    if costs != effects:
        rates = f"{costs} a year for costs, {effects} for effects"
    return f"{rates}, {_TIMINGS[settings.discount_timing]}"


def structure(settings: Settings) -> str:
    """Name the model and what it assumes about death."""
    if settings.structure == "partitioned_survival":
        return (
            "Partitioned survival: progression-free, progressed, dead; occupancy is read off the "
            "curves"
        )
    return (
        f"Markov cohort: progression-free, progressed, dead; {_CLOSURES[settings.closure]}; "
        f"{_PRE_PROGRESSION[settings.pre_progression_death]}"
    )


def correction(settings: Settings) -> str:
    """Name the within-cycle correction."""
    return _CORRECTIONS[settings.within_cycle_correction]


def population(settings: Settings) -> str:
    """Describe who enters, and how background mortality is treated."""
    background = (
        "in every cycle mortality is at least the general population's"
        if settings.background_mortality
        else "background mortality is switched off"
    )
    return f"Age {settings.start_age:g}, {percent(settings.proportion_male)} men; {background}"


def _formula(cell: Expression, assumptions: Assumptions) -> str:
    """Print a value; where it is computed, the formula behind it."""
    value = significant(float(cell.evaluate(base_values(assumptions))), 4)
    return f"{value} (={cell.text})" if cell.names else value


def curve(row: SurvivalCurve, assumptions: Assumptions) -> str:
    """Describe a row of the Survival sheet."""
    against = assumptions.labels[row.reference]
    if row.method == "hazard_ratio" and row.hazard_ratio is not None:
        words = f"Hazard ratio {_formula(row.hazard_ratio, assumptions)} against {against}"
    elif row.table is not None:
        words = f"Tabulated: {len(row.table.time)} points to month {row.table.time[-1]:g}"
    else:
        names = [parameter.name for parameter in family_of(row).parameters]
        values = (_formula(cell, assumptions) for cell in row.parameters)
        given = ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
        name = _FAMILY_NAMES.get(row.family, row.family)
        words = f"{name[:1].upper()}{name[1:]}: {given}; time in months"
    if row.waning is None:
        return words
    start, end = (_formula(cell, assumptions) for cell in (row.waning.start, row.waning.end))
    when = f"at month {start}" if start == end else f"from month {start} to month {end}"
    return f"{words}; the effect wanes {when} to the hazard of {against}"


def cost(row: Cost, assumptions: Assumptions) -> str:
    """Describe a row of the Costs sheet."""
    currency = assumptions.settings.currency
    value = float(row.amount.evaluate(base_values(assumptions)))
    who = "All" if row.strategy is None else assumptions.labels[row.strategy]
    per = f"every {row.every}" if row.every else f"per {row.per}" * (row.per != "event")
    words = f"{who}: {money(value, currency)} {per}".rstrip() + f", {_APPLIES[row.applies_to]}"
    if row.from_month is not None:
        words += f", from month {_formula(row.from_month, assumptions)}"
    if row.to_month is not None:
        until = " to" if row.from_month is not None else ", to"
        words += f"{until} month {_formula(row.to_month, assumptions)}"
    if row.amount.names:
        words += f" (={row.amount.text})"
    if row.evidence:
        words += f". Evidence: {row.evidence}"
    return f"{words}. {row.source}" if row.source else words


def utilities(assumptions: Assumptions) -> list[tuple[str, str]]:
    """Describe the rows of the Utilities sheet."""
    return [
        (
            row.state.replace("_", "-").capitalize(),
            f"{_who(row.strategy, assumptions)}: {_formula(row.value, assumptions)}",
        )
        for row in assumptions.utilities
    ]


def adverse_events(assumptions: Assumptions) -> list[tuple[str, str]]:
    """Describe the rows of the Adverse events sheet."""
    values = base_values(assumptions)
    currency = assumptions.settings.currency
    described = []
    for row in assumptions.adverse_events:
        incidence, each, disutility, days = (
            float(cell.evaluate(values))
            for cell in (row.incidence, row.cost, row.disutility, row.days)
        )
        described.append(
            (
                row.event,
                f"{_who(row.strategy, assumptions)}: {percent(incidence)} of patients, "
                f"{money(each, currency)} each, disutility {qaly(disutility)} for "
                f"{significant(days)} days",
            )
        )
    return described


def _who(strategy: str | None, assumptions: Assumptions) -> str:
    return "All" if strategy is None else assumptions.labels[strategy]
