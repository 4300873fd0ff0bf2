"""Rules across rows and sheets: one function a rule, each saying which cell offends.

A rule runs only where the sheets it needs were read without problems, so that one mistake gives
one message.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable

from cea.assumptions import Assumptions, Parameter, SurvivalCurve
from cea.model.grid import TimeGrid
from cea.parameters.distributions import DistributionError, LogNormal, distribution_of
from cea.parameters.sampling import NotPositiveDefiniteError, correlation_matrix
from cea.workbook.build import Draft
from cea.workbook.schema import STATES
from cea.workbook.tables import Cell, Findings, Row, Tables


class Checker:
    """Runs every rule on a draft. `edited` holds the cells that a scenario replaced."""

    def __init__(
        self, draft: Draft, tables: Tables, findings: Findings, edited: frozenset[str] = frozenset()
    ) -> None:
        self.draft, self.tables, self.findings, self.edited = draft, tables, findings, edited

    def run(self) -> None:
        """Run the rules whose sheets are sound."""
        for rule, sheets in _RULES.items():
            if self.findings.clean(*sheets):
                rule(self)

    def _row(self, sheet: str, item: str) -> Row:
        return next(r for r in self.tables[sheet] if r.item.casefold() == item.casefold())

    def _setting(self, name: str) -> Cell | str:
        """Cell of a setting, or its place in words where the workbook leaves it out."""
        for row in self.tables["Settings"]:
            if row.item.casefold() == name:
                return row.replaced(name, row["Value"])[name]
        return f"Settings ({name})"

    def at_least_two_strategies(self) -> None:
        """A comparison needs two."""
        found = len(self.draft.strategies)
        if found < 2:
            self.findings.problem(
                "Strategies!A1", f"{found} strategies", "name at least two to compare"
            )

    def a_threshold(self) -> None:
        """The headline needs a threshold."""
        if not self.draft.thresholds:
            self.findings.problem(
                "Thresholds!A1", "no threshold", "add a willingness to pay per QALY"
            )

    def curves_complete(self) -> None:
        """Every strategy has OS and PFS."""
        have = {curve.key for curve in self.draft.curves}
        for strategy in self.draft.strategies:
            for endpoint in ("OS", "PFS"):
                if (strategy.name, endpoint) not in have:
                    self.findings.problem(
                        "Survival!A1", f"no {endpoint} row for {strategy.name}", "add one"
                    )

    def references_exist(self) -> None:
        """A hazard ratio or waning leads, without a circle, to a curve that stands alone."""
        curves = {curve.key: curve for curve in self.draft.curves}
        for curve in self.draft.curves:
            seen: list[str] = []
            at: SurvivalCurve | None = curve
            while at is not None and at.needs_reference:
                seen.append(at.strategy)
                following = curves.get((at.reference, at.endpoint))
                if following is None or at.reference in seen:
                    cell = self._row("Survival", f"{curve.strategy}.{curve.endpoint}")[
                        "Reference strategy"
                    ]
                    found = (
                        f"refers to itself: {' -> '.join([*seen, at.reference])}"
                        if at.reference in seen
                        else f"{at.reference or 'no strategy'} has no {at.endpoint} curve"
                    )
                    self.findings.problem(cell, found, "name a strategy with a curve of its own")
                    break
                at = following

    def waning_in_order(self) -> None:
        """Waning does not end before it starts."""
        for curve in self.draft.curves:
            if curve.waning is not None:
                start = float(curve.waning.start.evaluate(self.draft.base))
                end = float(curve.waning.end.evaluate(self.draft.base))
                if end < start:
                    row = self._row("Survival", f"{curve.strategy}.{curve.endpoint}")
                    self.findings.problem(
                        row["Waning end"], f"{end:g}, before Waning start {start:g}",
                        "set it to Waning start (at once) or later",
                    )  # fmt: skip

    def utilities_complete(self) -> None:
        """Every strategy has a utility in every state."""
        have = {(utility.strategy, utility.state) for utility in self.draft.utilities}
        for state in STATES:
            for strategy in self.draft.strategies:
                if not have & {(None, state), (strategy.name, state)}:
                    self.findings.problem(
                        "Utilities!A1", f"no utility for {state} of {strategy.name}", "add a row"
                    )

    def windows_in_order(self) -> None:
        """A cost's window does not end before it starts."""
        for cost, row in zip(self.draft.costs, self.tables["Costs"], strict=True):
            if cost.from_month is not None and cost.to_month is not None:
                start = float(cost.from_month.evaluate(self.draft.base))
                end = float(cost.to_month.evaluate(self.draft.base))
                if end <= start:
                    self.findings.problem(
                        row["To month"], f"{end:g}, not after From month {start:g}",
                        "set it later, or leave it blank for the horizon",
                    )  # fmt: skip

    def horizon_covers_a_cycle(self) -> None:
        """The horizon has at least one cycle, and no more than can be meant."""
        settings = self.draft.settings
        assert settings is not None
        grid = TimeGrid.of(settings)
        months = settings.horizon_years * 12
        if grid.months_per_cycle > months * 1.5:
            self.findings.problem(
                self._setting("cycle_length"), f"a cycle of {grid.months_per_cycle:g} months",
                f"it must fit into the horizon of {months:g} months",
            )  # fmt: skip
        if grid.cycles > 60_000:
            self.findings.problem(
                self._setting("cycle_length"), f"{grid.cycles:,} cycles",
                "use a longer cycle or a shorter horizon (60,000 cycles at most)",
            )  # fmt: skip

    def ceac_has_steps(self) -> None:
        """The acceptability curve has a sensible number of points."""
        settings = self.draft.settings
        assert settings is not None
        points = settings.ceac_max / settings.ceac_step
        if not 1 <= points <= 10_000:
            self.findings.problem(
                self._setting("ceac_step"), f"{settings.ceac_step:g}",
                f"use between 1/10,000 of ceac_max ({settings.ceac_max:g}) and ceac_max",
            )  # fmt: skip

    def closure_has_its_inputs(self) -> None:
        """The rules chosen in the settings have the numbers they need."""
        settings = self.draft.settings
        assert settings is not None
        markov = settings.structure == "markov"
        if markov and settings.closure == "constant" and settings.post_progression_hazard is None:
            self.findings.problem(
                self._setting("post_progression_hazard"), "blank", "closure constant needs it"
            )
        if settings.pre_progression_death == "fraction" and (
            settings.pre_progression_death_fraction is None
        ):
            self.findings.problem(
                self._setting("pre_progression_death_fraction"),
                "blank",
                "pre_progression_death fraction needs it",
            )

    def life_table_covers(self) -> None:
        """The life table is there where it is used, and covers the cohort's ages."""
        settings, table = self.draft.settings, self.draft.life_table
        assert settings is not None
        for setting, used in (
            ("background_mortality", settings.background_mortality),
            ("pre_progression_death", settings.pre_progression_death == "background"),
        ):
            if used and table is None:
                choice = "no" if setting == "background_mortality" else "fraction"
                self.findings.problem(
                    "Life table!A1", f"no ages, but {setting} needs them",
                    f"fill in the table, or set {setting} to {choice}",
                )  # fmt: skip
        if table is None:
            return
        if not table.first_age <= settings.start_age < table.last_age + 1:
            self.findings.problem(
                self._setting("start_age"), f"{settings.start_age:g}",
                f"the Life table runs from {table.first_age} to {table.last_age}",
            )  # fmt: skip
        elif settings.start_age + settings.horizon_years > table.last_age + 1:
            self.findings.warn(
                "Life table",
                f"the cohort reaches age {settings.start_age + settings.horizon_years:g}; the "
                f"death probability of age {table.last_age}, the last, is held beyond it",
            )

    def ranges_bracket_base(self) -> None:
        """Low <= Base <= High, and both or none; a scenario may move Base out of its range."""
        for parameter in self.draft.parameters:
            row = self._row("Parameters", parameter.name)
            ends = {"Low": parameter.low, "High": parameter.high}
            if None in ends.values() and parameter.distribution == "fixed":
                for column, expression in ends.items():
                    if expression is None and any(e is not None for e in ends.values()):
                        self.findings.problem(
                            row[column], "blank", "give both Low and High, or neither"
                        )
                continue
            if row["Base"].where in self.edited:
                continue
            base = self.draft.base[parameter.key]
            for column, expression, sign in (
                ("Low", parameter.low, 1), ("High", parameter.high, -1),
            ):  # fmt: skip
                if expression is None:
                    continue
                end = float(expression.evaluate(self.draft.base))
                if sign * (end - base) > 1e-9 * max(abs(end), abs(base)):
                    side = "at or below" if column == "Low" else "at or above"
                    self.findings.problem(row[column], f"{end:g}", f"set it {side} Base ({base:g})")

    def distributions_exist(self) -> None:
        """Every distribution exists, and is centred on its base."""
        for parameter in self.draft.parameters:
            if parameter.distribution == "fixed":
                continue
            row = self._row("Parameters", parameter.name)
            try:
                distribution = distribution_of(parameter, self.draft.base)
            except DistributionError as error:
                self.findings.problem(row[error.column], error.found, error.remedy)
                continue
            if parameter.par1 is None or parameter.distribution not in (
                "normal", "lognormal", "gamma", "beta",
            ):  # fmt: skip
                continue
            base = self.draft.base[parameter.key]
            centre, word = distribution.mean, "mean"
            if isinstance(distribution, LogNormal):
                centre, word = math.exp(distribution.meanlog), "median"
            if not math.isclose(centre, base, rel_tol=0.01):
                self.findings.warn(
                    row["Par1"], f"the {word} of the distribution is {centre:g}, Base is {base:g}"
                )

    def dirichlet_groups_add_up(self) -> None:
        """The shares of a Dirichlet group add up to 1 and agree with its alphas."""
        groups: dict[str, list[Parameter]] = defaultdict(list)
        for parameter in self.draft.parameters:
            if parameter.distribution == "dirichlet":
                groups[parameter.group].append(parameter)
        for group, members in groups.items():
            row = self._row("Parameters", members[0].name)
            if len(members) < 2:
                self.findings.problem(
                    row["Group"], f"'{group}' has one dirichlet row",
                    "give the other shares the same Group",
                )  # fmt: skip
                continue
            if len({member.in_psa for member in members}) > 1:
                self.findings.problem(
                    row["In PSA"], f"group '{group}' is sampled in part",
                    "set In PSA alike for all its rows",
                )  # fmt: skip
            total = sum(self.draft.base[member.key] for member in members)
            if not math.isclose(total, 1, abs_tol=1e-6):
                self.findings.problem(
                    row["Base"], f"the shares of '{group}' add up to {total:g}",
                    "make them add up to 1",
                )  # fmt: skip
                continue
            alphas = {
                m: float(m.par1.evaluate(self.draft.base)) for m in members if m.par1 is not None
            }
            for member, alpha in alphas.items():
                share = alpha / sum(alphas.values())
                base = self.draft.base[member.key]
                if len(alphas) == len(members) and not math.isclose(share, base, abs_tol=5e-3):
                    cell = self._row("Parameters", member.name)["Par1"]
                    self.findings.warn(
                        cell, f"the alphas give a mean of {share:g}, Base is {base:g}"
                    )

    def correlations_hold(self) -> None:
        """Correlated parameters are sampled, once a pair, and positive definite together."""
        by_name = {parameter.name: parameter for parameter in self.draft.parameters}
        seen: set[frozenset[str]] = set()
        sound = []
        for pair, row in zip(self.draft.correlations, self.tables["Correlations"], strict=True):
            before = len(self.findings.problems)
            if abs(pair.value) >= 1:
                self.findings.problem(
                    row["Correlation"], f"{pair.value:g}", "use a value between -1 and 1, excluded"
                )
            if pair.a == pair.b:
                self.findings.problem(row["Parameter B"], f"{pair.b} again", "name another one")
            if frozenset((pair.a, pair.b)) in seen:
                self.findings.problem(
                    row["Parameter B"], f"{pair.a} with {pair.b} is listed twice", "keep one row"
                )
            seen.add(frozenset((pair.a, pair.b)))
            for column, name in (("Parameter A", pair.a), ("Parameter B", pair.b)):
                parameter = by_name[name]
                if parameter.distribution == "dirichlet":
                    self.findings.problem(
                        row[column], f"{name} is a dirichlet row", "its group correlates it already"
                    )
                elif not parameter.sampled and pair.value != 0:
                    self.findings.problem(
                        row[column], f"{name} is not sampled",
                        "give it a Distribution and In PSA yes, or delete the row",
                    )  # fmt: skip
            if len(self.findings.problems) == before and pair.value != 0:
                sound.append(pair)
        names = sorted({name.lower() for pair in sound for name in (pair.a, pair.b)})
        try:
            correlation_matrix(names, sound)
        except NotPositiveDefiniteError as error:
            self.findings.problem(
                error.pair.where,
                f"{error.pair.value:g} between {error.pair.a} and {error.pair.b} contradicts the "
                "correlations above it (not positive definite)",
                "bring it closer to 0",
            )

    def parameters_used(self) -> None:
        """Say which parameters change nothing."""
        finished = self.draft.finished()
        used = _names_used(finished)
        for parameter in self.draft.parameters:
            if parameter.key not in used:
                self.findings.warn(
                    self._row("Parameters", parameter.name)["Name"],
                    f"{parameter.name} is used nowhere: it changes no result",
                )


def _names_used(assumptions: Assumptions) -> set[str]:
    """Lower-case names that some formula reads."""
    settings = assumptions.settings
    expressions = [
        settings.discount_rate_costs,
        settings.discount_rate_effects,
        settings.post_progression_hazard,
        settings.pre_progression_death_fraction,
    ]
    for curve in assumptions.curves:
        expressions += [*curve.parameters, curve.hazard_ratio]
        if curve.waning is not None:
            expressions += [curve.waning.start, curve.waning.end]
    for cost in assumptions.costs:
        expressions += [cost.amount, cost.from_month, cost.to_month]
    expressions += [utility.value for utility in assumptions.utilities]
    for event in assumptions.adverse_events:
        expressions += [event.incidence, event.cost, event.disutility, event.days]
    for parameter in assumptions.parameters:
        expressions.append(parameter.base)
    return {name for e in expressions if e is not None for name in e.names}


_RULES: dict[Callable[[Checker], None], tuple[str, ...]] = {
    Checker.at_least_two_strategies: ("Strategies",),
    Checker.a_threshold: ("Thresholds",),
    Checker.curves_complete: ("Strategies", "Survival"),
    Checker.references_exist: ("Strategies", "Survival", "Settings"),
    Checker.waning_in_order: ("Parameters", "Survival"),
    Checker.utilities_complete: ("Strategies", "Utilities"),
    Checker.windows_in_order: ("Parameters", "Costs"),
    Checker.horizon_covers_a_cycle: ("Settings",),
    Checker.ceac_has_steps: ("Settings",),
    Checker.closure_has_its_inputs: ("Settings",),
    Checker.life_table_covers: ("Settings", "Life table"),
    Checker.ranges_bracket_base: ("Parameters",),
    Checker.distributions_exist: ("Parameters",),
    Checker.dirichlet_groups_add_up: ("Parameters",),
    Checker.correlations_hold: ("Parameters", "Correlations"),
    Checker.parameters_used: (
        "Settings", "Parameters", "Survival", "Costs", "Utilities", "Adverse events",
    ),
}  # fmt: skip
