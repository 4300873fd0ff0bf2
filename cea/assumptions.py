"""The assumptions of one analysis: typed, checked, immutable.

The workbook package makes them; everything behind it reads them. Nothing here knows Excel beyond
the `Expression`, which remembers the cell it came from so that a message can name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING

from cea.formula import Expression

if TYPE_CHECKING:
    from cea.survival.resolve import CurveFit

BASE, BASE_LABEL = "base", "Base case"  # name and label of the base case among its scenarios
MONTHS_PER_YEAR = 12.0
DAYS_PER_YEAR = 365.25
MOST_CYCLES = 60_000  # more cannot be meant
DAYS_PER_MONTH = DAYS_PER_YEAR / MONTHS_PER_YEAR  # 30.4375
MONTHS_PER: Mapping[str, float] = {
    "day": 1 / DAYS_PER_MONTH,
    "week": 7 / DAYS_PER_MONTH,
    "month": 1.0,
    "year": MONTHS_PER_YEAR,
}
_DAYS_PER: Mapping[str, int] = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Period:
    """A span of time: a whole number of one of the units of `MONTHS_PER`.

    >>> str(Period(4, "week")), str(Period(1, "month"))
    ('4 weeks', 'month')
    """

    count: int
    unit: str

    def __str__(self) -> str:
        return self.unit if self.count == 1 else f"{self.count} {self.unit}s"

    @property
    def months(self) -> float:
        """Its length. Weeks are counted in days, so that 4 weeks equal 28 days to the last bit."""
        if self.unit in _DAYS_PER:
            return self.count * _DAYS_PER[self.unit] / DAYS_PER_MONTH
        return self.count * MONTHS_PER[self.unit]


@dataclass(frozen=True)
class Settings:
    """How the model runs. The fields are the rows of the Settings sheet."""

    title: str
    perspective: str
    currency: str
    price_year: int
    cycle_length: float
    cycle_unit: str
    horizon_years: float
    structure: str
    closure: str
    post_progression_hazard: Expression | None
    pre_progression_death: str
    pre_progression_death_fraction: Expression | None
    within_cycle_correction: str
    discount_rate_costs: Expression
    discount_rate_effects: Expression
    discount_timing: str
    start_age: float
    proportion_male: float
    background_mortality: bool
    reference_strategy: str
    psa_draws: int
    psa_seed: int
    psa_sampling: str
    ceac_max: float
    ceac_step: float
    survival_uncertainty: str = "normal"
    voi_incidence: float | None = None
    voi_horizon_years: float | None = None
    voi_discount_rate: float | None = None

    @property
    def months_per_cycle(self) -> float:
        """Length of a cycle."""
        return self.cycle_length * MONTHS_PER[self.cycle_unit]

    @property
    def cycles(self) -> int:
        """Cycles in the horizon: rounded to whole ones, a half upwards; at least one."""
        exact = self.horizon_years * MONTHS_PER_YEAR / self.months_per_cycle
        return max(1, floor(exact + 0.5 + 1e-9))  # 1e-9 absorbs the rounding of the quotient


@dataclass(frozen=True)
class Threshold:
    """A willingness to pay per QALY."""

    label: str
    value: float


@dataclass(frozen=True)
class Strategy:
    """One of the strategies compared."""

    name: str
    label: str


@dataclass(frozen=True)
class Parameter:
    """A number of the model with its uncertainty, evidence and source."""

    name: str
    label: str
    group: str
    unit: str
    base: Expression
    low: Expression | None = None
    high: Expression | None = None
    distribution: str = "fixed"
    se: Expression | None = None
    par1: Expression | None = None
    par2: Expression | None = None
    in_dsa: bool = True
    in_psa: bool = True
    evidence: str = ""
    source: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """The name as formulas look it up: in lower case."""
        return self.name.lower()

    @property
    def derived(self) -> bool:
        """Whether it is recomputed for every draw: a formula without a distribution of its own."""
        return self.distribution == "fixed" and bool(self.base.names)

    @property
    def sampled(self) -> bool:
        """Whether the PSA samples it."""
        return self.distribution != "fixed" and self.in_psa


@dataclass(frozen=True)
class Correlation:
    """Correlation of two parameters' normal scores."""

    a: str
    b: str
    value: float
    where: str = field(default="", compare=False)


@dataclass(frozen=True)
class SetMember:
    """A parameter in a named set, for the value of information."""

    name: str
    parameter: str


@dataclass(frozen=True)
class SurvivalTable:
    """A tabulated curve: `time` in months, rising; `survival` not rising. Shapes (points,)."""

    time: tuple[float, ...]
    survival: tuple[float, ...]


@dataclass(frozen=True)
class Waning:
    """The months between which the hazard moves to the reference strategy's."""

    start: Expression
    end: Expression


@dataclass(frozen=True)
class ExternalPoint:
    """Survival known from elsewhere: a registry, a longer trial, an expert.

    `low` and `high` are the range thought plausible; None where there is none.
    """

    strategy: str
    month: float
    survival: float
    low: float | None = None
    high: float | None = None
    source: str = ""
    endpoint: str = "OS"
    where: str = field(default="", compare=False)

    @property
    def limits(self) -> tuple[float, float]:
        """The range thought plausible; an end that is not given is 0 or 1."""
        return 0.0 if self.low is None else self.low, 1.0 if self.high is None else self.high

    def holds(self, model: float) -> bool | None:
        """Whether survival in the model lies in the range; None where there is none."""
        low, high = self.limits
        return None if self.low is None and self.high is None else low <= model <= high


@dataclass(frozen=True)
class DataSet:
    """Survival evidence: either patients, or a digitised curve with its numbers at risk.

    Times are in months, survival is a fraction. `clicks` are (time, survival), `at_risk` (time,
    number) and `patients` (time, whether the event happened). What was published beside them:
    total events, median, hazard ratio against the reference strategy, and `landmarks` (time,
    survival).
    """

    name: str
    label: str
    clicks: tuple[tuple[float, float], ...] = ()
    at_risk: tuple[tuple[float, float], ...] = ()
    patients: tuple[tuple[float, bool], ...] = ()
    total_events: int | None = None
    median: float | None = None
    hazard_ratio: float | None = None
    landmarks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class FitRequest:
    """What a curve is to be fitted to, and how.

    `family` is a family's name, ``spline``, or ``best AIC`` or ``best BIC``; `scale` and `inner`,
    the number of inner knots, are a spline's. `joint` names the strategy whose curve is fitted
    together with this one; "" for a fit of its own.
    """

    data_set: DataSet
    family: str
    scale: str = "hazard"
    inner: int = 1
    joint: str = ""


@dataclass(frozen=True)
class SurvivalCurve:
    """The curve of one strategy and end point, as the Survival sheet states it.

    `spline` is a spline's scale and log-time knots. A curve with a `request` becomes a parametric
    one before any analysis sees it. An analysis that compares families may set method ``choice``:
    each draw then takes the one of the parametric `alternatives`, counted from 0, that `choice`
    says, before any waning.
    """

    strategy: str
    endpoint: str
    method: str
    reference: str
    family: str = ""
    parameters: tuple[Expression, ...] = ()
    hazard_ratio: Expression | None = None
    table: SurvivalTable | None = None
    waning: Waning | None = None
    spline: tuple[str, tuple[float, ...]] | None = None
    request: FitRequest | None = None
    where: str = field(default="", compare=False)
    alternatives: tuple[SurvivalCurve, ...] = ()
    choice: Expression | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Strategy and end point."""
        return self.strategy, self.endpoint

    @property
    def needs_reference(self) -> bool:
        """Whether the reference strategy's curve of the same end point is needed."""
        return self.method == "hazard_ratio" or self.waning is not None


@dataclass(frozen=True)
class Cost:
    """One row of the Costs sheet. `strategy` None means all; `to_month` None the horizon.

    `per` is the period that the amount is for, ``cycle``, ``event``, or ``""`` where it is charged
    again and again: `every` is the time between charges.
    """

    item: str
    category: str
    strategy: str | None
    applies_to: str
    amount: Expression
    per: Period | str
    every: Period | None = None
    from_month: Expression | None = None
    to_month: Expression | None = None
    evidence: str = ""
    source: str = ""


@dataclass(frozen=True)
class Utility:
    """Utility of a health state. `strategy` None means all without a row of their own."""

    strategy: str | None
    state: str
    value: Expression


@dataclass(frozen=True)
class AdverseEvent:
    """An adverse event, charged once at entry."""

    event: str
    strategy: str | None
    incidence: Expression
    cost: Expression
    disutility: Expression
    days: Expression


@dataclass(frozen=True)
class LifeTable:
    """Annual probability of death by single year of age, for consecutive ages."""

    first_age: int
    qx_male: tuple[float, ...]
    qx_female: tuple[float, ...]

    @property
    def last_age(self) -> int:
        """The last age of the table."""
        return self.first_age + len(self.qx_male) - 1


@dataclass(frozen=True)
class Scenario:
    """An edited set of assumptions."""

    name: str
    label: str
    changes: tuple[str, ...]  # in words, e.g. "c_drug Base = 3078"
    assumptions: Assumptions


@dataclass(frozen=True)
class Subgroup:
    """A subgroup of the patients: an edited set of assumptions, and its share of the patients."""

    name: str
    label: str
    weight: float
    changes: tuple[str, ...]  # in words, as a scenario's
    assumptions: Assumptions


@dataclass(frozen=True)
class WorkbookFile:
    """Which file the assumptions came from.

    `unread` are its sheets that were not read; `path` is where it is, so as never to write there.
    """

    name: str
    sha256: str
    unread: tuple[str, ...] = ()
    path: Path | None = field(default=None, compare=False)


@dataclass(frozen=True, repr=False)
class Assumptions:
    """Everything an analysis needs, checked: the model can run on it as it stands.

    `fits` are the fits behind curves, by strategy and end point; their estimates are parameters.
    """

    settings: Settings
    thresholds: tuple[Threshold, ...]
    strategies: tuple[Strategy, ...]
    parameters: tuple[Parameter, ...]
    curves: tuple[SurvivalCurve, ...]
    costs: tuple[Cost, ...]
    utilities: tuple[Utility, ...]
    adverse_events: tuple[AdverseEvent, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    life_table: LifeTable | None = None
    data_sets: tuple[DataSet, ...] = ()
    external: tuple[ExternalPoint, ...] = ()
    parameter_sets: tuple[SetMember, ...] = ()
    fits: Mapping[tuple[str, str], CurveFit] = field(default_factory=dict, compare=False)
    scenarios: tuple[Scenario, ...] = ()
    subgroups: tuple[Subgroup, ...] = ()
    warnings: tuple[str, ...] = ()
    file: WorkbookFile | None = None

    def __repr__(self) -> str:
        """Name what it is about: every result holds it, and all of it would fill the screen."""
        file = "" if self.file is None else f"{self.file.name}: "
        return f"<Assumptions {file}{', '.join(self.strategy_names)}>"

    @property
    def threshold(self) -> Threshold:
        """The headline threshold."""
        return self.thresholds[0]

    @cached_property
    def strategy_names(self) -> tuple[str, ...]:
        """Names of the strategies, in order of display."""
        return tuple(strategy.name for strategy in self.strategies)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Label of each strategy, by name."""
        return {strategy.name: strategy.label for strategy in self.strategies}

    @property
    def reference(self) -> int:
        """Position of the reference strategy."""
        return self.strategy_names.index(self.settings.reference_strategy)

    @cached_property
    def others(self) -> tuple[int, ...]:
        """Positions of the strategies that are compared with the reference: all but it."""
        return tuple(s for s in range(len(self.strategies)) if s != self.reference)

    @cached_property
    def by_key(self) -> Mapping[str, Parameter]:
        """Parameters by lower-case name."""
        return {parameter.key: parameter for parameter in self.parameters}

    @property
    def resting_on_assumption(self) -> tuple[str, ...]:
        """Labels of the parameters, and of the cost rows, that are assumptions."""
        rows = [(p.label, p.evidence) for p in self.parameters]
        for cost in self.costs:
            of = "" if cost.strategy is None else f" ({self.labels[cost.strategy]})"
            rows.append((f"cost row {cost.item}{of}", cost.evidence))
        return tuple(label for label, evidence in rows if evidence == "assumption")

    def curve(self, strategy: str, endpoint: str) -> SurvivalCurve | None:
        """Return the curve of a strategy and end point; None where there is none (TOT)."""
        return next((c for c in self.curves if c.key == (strategy, endpoint)), None)
