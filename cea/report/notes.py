"""What every report must say beside the numbers."""

from __future__ import annotations

import numpy as np

from cea.analysis.base_case import BaseCase
from cea.analysis.draws_notes import LEAST_SHARE, rising_utilities
from cea.analysis.observed import against_evidence, against_points
from cea.analysis.pairs import versus
from cea.analysis.psa import Psa
from cea.analysis.ranges import AS_ASKED
from cea.analysis.scenarios import ScenarioResult, Scenarios
from cea.arrays import IntArray
from cea.assumptions import MONTHS_PER_YEAR, Assumptions
from cea.formula import Expression
from cea.model.grid import correction_weights
from cea.model.outcomes import Outcomes
from cea.report.format import money, number, percent, ratio, significant
from cea.report.results import Results
from cea.survival.ranking import WARNING

_BOUNDS = (
    ("pfs_capped", "PFS exceeds OS and is capped at it"),
    ("tot_capped", "time on treatment exceeds OS and is capped at it"),
    ("background_cycles", "mortality is raised to the general population's"),
)
_NEARLY_ALL = 0.9  # of the cycles
_MEAN, _GAP = 0.02, 0.1  # of the mean to the end of follow-up, and of survival
_IMPLIED_OS = 0.01  # relative difference in life-years worth saying
_COUNTED_FROM_THE_END = ("constant", "pps_curve")  # closures with a mortality of their own


def notes(base: BaseCase, results: Results) -> tuple[str, ...]:
    """Warnings of the workbook, of the model and of the analyses at hand, each once."""
    psa, tornado, scenarios = results.draws, results.tornado, results.scenarios
    found = [*_unsplit(base, results), *of_model(base, psa)]
    if psa is not None:
        found += [f"PSA: {said}" for said in _of_draws(psa)]
    found += _of_scenarios(scenarios)
    if tornado is not None:
        found += [f"Tornado: {said}" for said in tornado.outcomes.warnings]
    if results.two_way is not None:
        compared = versus(base.assumptions, results.two_way.pair)
        found += [f"Two-way: {name} changes nothing in {compared}" for name in results.two_way.idle]
    if results.threshold is not None and results.threshold.within.words == AS_ASKED:
        found += [f"Threshold: {said}" for said in results.threshold.warnings]
    if scenarios is not None and scenarios.idle:
        idle = "; ".join(scenarios.idle)
        found.append(f"Scenarios that leave every result of the base case as it is: {idle}")
    if results.subgroups is not None:
        if idle := "; ".join(results.subgroups.idle):
            found.append(f"Subgroups that leave every result of the base case as it is: {idle}")
        found += [f"Subgroup {said}" for said in results.subgroups.warnings]
    if results.families is not None:
        found += [*results.families.notes, WARNING]
    if results.voi is not None:
        found += results.voi.notes
    return tuple(dict.fromkeys(found))


def of_model(base: BaseCase, psa: Psa | None = None) -> list[str]:
    """Warnings of the workbook and of the model: what holds whatever is asked of it."""
    return [
        *resting_on_assumption(base.assumptions),
        *_typed(base),
        *_bounds(base, psa),
        *_closure(base),
        *_observed(base),
        *base.assumptions.warnings,
        *base.outcomes.warnings,
    ]


def _unsplit(base: BaseCase, results: Results) -> list[str]:
    """Say that the results leave the workbook's subgroups aside, and what these say, weighted."""
    a, found = base.assumptions, results.subgroups
    if not a.subgroups or (found is not None and results.base is None):
        return []
    said = "The workbook has subgroups: these results are of the unsplit cohort"
    if found is None:
        return [f"{said}; for the weighted ones run cea subgroups"]
    currency = a.settings.currency
    weighted = "; ".join(
        f"{a.strategies[s].label} versus {a.strategies[a.reference].label}: ICER "
        f"{ratio(found.increment(found.weighted, s), currency)}, INMB "
        f"{money(found.inmb(found.weighted, s), currency)}"
        for s in a.others
    )
    return [f"{said}; weighted: {weighted}; see Subgroups"]


def resting_on_assumption(assumptions: Assumptions) -> list[str]:
    """Name the inputs that are assumptions."""
    resting = assumptions.resting_on_assumption
    return [f"{len(resting)} inputs rest on assumption: {'; '.join(resting)}"] if resting else []


def _typed(base: BaseCase) -> list[str]:
    """Name the numbers that neither the tornado nor the PSA can vary."""
    a = base.assumptions
    cells: list[Expression | None] = [
        *(e for curve in a.curves for e in (*curve.parameters, curve.hazard_ratio)),
        *(cost.amount for cost in a.costs),
        *(utility.value for utility in a.utilities),
        *(e for event in a.adverse_events for e in (event.incidence, event.cost, event.disutility)),
    ]
    typed = [e.where for e in cells if e is not None and not e.names and e.evaluate({}) != 0]
    if not typed:
        return []
    return [f"Numbers typed outside the Parameters sheet, which nothing varies: {'; '.join(typed)}"]


def _bounds(base: BaseCase, psa: Psa | None) -> list[str]:
    """Say where curves were bounded, in the base case and in the share of PSA draws."""
    said = []
    for s, name in enumerate(base.outcomes.strategies):
        for attribute, words in _BOUNDS:
            cycles = int(_counts(base.outcomes, attribute)[0, s])
            share = (
                0.0 if psa is None else float((_counts(psa.outcomes, attribute)[:, s] > 0).mean())
            )
            if cycles or share >= LEAST_SHARE:
                where = f"in {cycles} of {base.grid.cycles} cycles"
                drawn = "" if psa is None else f" (and in {percent(share)} of PSA draws)"
                asked = ""
                if attribute == "pfs_capped" and _swapped(base, name, cycles):
                    asked = "; are the two swapped?"
                said.append(f"{base.assumptions.labels[name]}: {words} {where}{drawn}{asked}")
    return said


def _swapped(base: BaseCase, strategy: str, cycles: int) -> bool:
    """Whether PFS lies above OS nearly throughout, the time in which most patients live included.

    Curves that cross late leave most cycles capped too, but have the larger area under OS.
    """
    os, pfs = (base.input_curves[strategy, endpoint] for endpoint in ("OS", "PFS"))
    return cycles >= _NEARLY_ALL * base.grid.cycles and float(pfs.sum()) > float(os.sum())


def _counts(outcomes: Outcomes, attribute: str) -> IntArray:
    return np.asarray(getattr(outcomes, attribute))


def _closure(base: BaseCase) -> list[str]:
    """Say what the closure does to deaths, and to overall survival."""
    said = _half_cycle(base)
    for name, cohort in base.cohorts.items():
        label, made = base.assumptions.labels[name], cohort.transitions
        if made is None or made.bounded is None:
            continue
        if cycles := int(made.bounded.sum()):
            text = f"{label}: deaths before progression are not what pre_progression_death asks in "
            text += f"{cycles} of {base.grid.cycles} cycles, as the curves leave no room for it"
            all_die = int(((made.pd_to_dead > 1 - 1e-9) & (cohort.progressed[:, :-1] > 0)).sum())
            if all_die:
                text += f"; in {all_die} of them everybody progressed dies"
            said.append(text)
        rule = base.assumptions.settings.within_cycle_correction
        weights = correction_weights(rule, np.ones(base.grid.cycles))
        weights = weights * base.grid.months_per_cycle / MONTHS_PER_YEAR
        implied, curve = float(cohort.alive[0] @ weights), float(cohort.curves.os[0] @ weights)
        if abs(implied - curve) > _IMPLIED_OS * curve:
            closure = base.assumptions.settings.closure
            said.append(
                f"{label}: closure {closure} implies {number(implied, 2)} undiscounted life-years, "
                f"the OS curve {number(curve, 2)}"
            )
    return said


def _observed(base: BaseCase) -> list[str]:
    """Say where the model's survival is not what was observed."""
    labels, settings = base.assumptions.labels, base.assumptions.settings
    how = f"closure {settings.closure}" if settings.structure == "markov" else settings.structure
    of_curves = [
        f"{labels[one.strategy]}: under {how} overall survival to month "
        f"{significant(one.follow_up)}, the end of follow-up, has a mean of "
        f"{number(one.implied, 1)} months, its Kaplan-Meier curve {number(one.observed, 1)}; the "
        f"largest gap is {number(100 * one.gap, 1)} percentage points, at month "
        f"{significant(one.month)}"
        for one in against_evidence(base)
        if abs(one.implied - one.observed) > _MEAN * one.observed or abs(one.gap) > _GAP
    ]
    of_points = [
        f"{labels[one.point.strategy]}: {one.point.endpoint} at month "
        f"{significant(one.point.month)} is {percent(one.model)}, outside the range "
        f"{' to '.join(percent(end) for end in one.point.limits)} "
        f"({one.point.source or 'sheet External'})"
        for one in against_points(base)
        if one.model is not None and one.in_range is False
    ]
    return of_curves + of_points


def _half_cycle(base: BaseCase) -> list[str]:
    """Say what a clock that starts at the end of the cycle of progression adds."""
    settings = base.assumptions.settings
    if settings.structure != "markov" or settings.closure not in _COUNTED_FROM_THE_END:
        return []
    half = significant(base.grid.months_per_cycle / 2)
    return [
        f"closure {settings.closure}: death after progression is counted from the end of the "
        f"cycle of progression, as in every cohort Markov model: half a cycle ({half} months) of "
        "progressed life a progressor more than in continuous time; shorter cycles lessen it"
    ]


def _of_scenarios(scenarios: Scenarios | None) -> list[str]:
    """Say what the draws of a scenario warn of that those of the base case do not."""
    if scenarios is None:
        return []

    def found(result: ScenarioResult) -> dict[str, str]:
        """Return what is said, by its words without their count."""
        if result.psa is None:
            return {}
        return {said.partition(" in ")[0]: said for said in _of_draws(result.psa)}

    base, *others = scenarios.results
    return [
        f"PSA of scenario {one.name}: {said}"
        for one in others
        for words, said in found(one).items()
        if words not in found(base)
    ]


def _of_draws(psa: Psa) -> tuple[str, ...]:
    return *rising_utilities(psa.assumptions, psa.sample.draws), *psa.outcomes.warnings
