"""Small assumptions made in code, for tests of everything behind the workbook."""

from __future__ import annotations

import csv
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scipy.special import ndtr

import cea
from cea.assumptions import (
    AdverseEvent,
    Assumptions,
    Cost,
    Expression,
    LifeTable,
    Parameter,
    Period,
    Settings,
    Strategy,
    SurvivalCurve,
    SurvivalTable,
    Threshold,
    Utility,
    Waning,
)
from cea.formula import parse
from cea.model.evaluate import evaluate
from cea.parameters.draws import base_draw

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cea.model.outcomes import Outcomes

INPUTS = Path(__file__).parents[1] / "inputs"
REFERENCE = Path(__file__).parent / "reference"
ORACLES = Path(__file__).parents[2] / "shared" / "oracles"  # what may not be committed

Value = float | str | Expression


def rows(*path: str) -> list[dict[str, str]]:
    """Rows of a reference table."""
    with REFERENCE.joinpath(*path).open(newline="") as file:
        return list(csv.DictReader(file))


@cache
def shipped(name: str) -> Assumptions:
    """Read one of the workbooks in ``inputs``: once for all tests, since nothing can change it."""
    return cea.read_workbook(INPUTS / f"{name}.xlsx")


def normal_value(mean: float, sd: float) -> float:
    """E max(0, B) - max(0, E B) of a normal B: what perfect information about it is worth."""
    z = abs(mean) / sd
    return sd * (math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - z * float(ndtr(-z)))


def value(x: Value) -> Expression:
    """Make a cell of a number or of a formula such as "c_drug * 2"."""
    if isinstance(x, Expression):
        return x
    return parse(x) if isinstance(x, str) else Expression.constant(x)


def settings(**changes: Any) -> Settings:
    """Settings of a plain Markov model: monthly cycles over 10 years, nothing discounted."""
    plain: dict[str, Any] = {
        "title": "Test",
        "perspective": "payer",
        "currency": "USD",
        "price_year": 2024,
        "cycle_length": 1.0,
        "cycle_unit": "month",
        "horizon_years": 10.0,
        "structure": "markov",
        "closure": "match_os",
        "post_progression_hazard": None,
        "pre_progression_death": "fraction",
        "pre_progression_death_fraction": 0.0,
        "within_cycle_correction": "half_cycle",
        "discount_rate_costs": 0.0,
        "discount_rate_effects": 0.0,
        "discount_timing": "mid_cycle",
        "start_age": 60.0,
        "proportion_male": 0.5,
        "background_mortality": False,
        "reference_strategy": "A",
        "psa_draws": 1000,
        "psa_seed": 1,
        "psa_sampling": "sobol",
        "ceac_max": 100_000.0,
        "ceac_step": 1_000.0,
    }
    cells = (
        "post_progression_hazard",
        "pre_progression_death_fraction",
        "discount_rate_costs",
        "discount_rate_effects",
    )
    found = plain | changes
    found |= {name: value(found[name]) for name in cells if found[name] is not None}
    return Settings(**found)


def parameter(name: str, base: Value, **cells: Any) -> Parameter:
    """A row of the Parameters sheet; `low`, `high`, `se`, `par1` and `par2` may be numbers."""
    numbers = ("low", "high", "se", "par1", "par2")
    cells = {k: value(v) if k in numbers and v is not None else v for k, v in cells.items()}
    return Parameter(name, name, cells.pop("group", ""), "", value(base), **cells)


def _waning(months: tuple[Value, Value] | None) -> Waning | None:
    return None if months is None else Waning(value(months[0]), value(months[1]))


def parametric(
    strategy: str,
    endpoint: str,
    family: str,
    *parameters: Value,
    waning: tuple[Value, Value] | None = None,
    reference: str = "A",
) -> SurvivalCurve:
    """A curve of a parametric family."""
    return SurvivalCurve(
        strategy,
        endpoint,
        "parametric",
        reference,
        family,
        tuple(value(p) for p in parameters),
        waning=_waning(waning),
    )


def hazard_ratio(
    strategy: str,
    endpoint: str,
    ratio: Value,
    waning: tuple[Value, Value] | None = None,
    reference: str = "A",
) -> SurvivalCurve:
    """A curve proportional to the reference strategy's."""
    return SurvivalCurve(
        strategy,
        endpoint,
        "hazard_ratio",
        reference,
        hazard_ratio=value(ratio),
        waning=_waning(waning),
    )


def tabulated(
    strategy: str, endpoint: str, time: Iterable[float], survival: Iterable[float]
) -> SurvivalCurve:
    """A tabulated curve."""
    table = SurvivalTable(tuple(time), tuple(survival))
    return SurvivalCurve(strategy, endpoint, "table", "A", table=table)


def period(text: str) -> Period:
    """A period as the Costs sheet writes it: ``4 weeks``."""
    number, _, unit = text.rpartition(" ")
    return Period(int(number or 1), unit.removesuffix("s"))


def cost(
    item: str,
    applies_to: str,
    amount: Value,
    per: str = "month",
    *,
    strategy: str | None = None,
    every: str = "",
    start: Value | None = None,
    end: Value | None = None,
) -> Cost:
    """A row of the Costs sheet, its item also its category.

    `per` and `every` are written as in the sheet: ``4 weeks``.
    """
    return Cost(
        item,
        item,
        strategy,
        applies_to,
        value(amount),
        "" if every else per if per in ("cycle", "event") else period(per),
        period(every) if every else None,
        None if start is None else value(start),
        None if end is None else value(end),
    )


def utilities(pf: Value, pd: Value) -> tuple[Utility, ...]:
    """Utilities common to all strategies."""
    return (
        Utility(None, "progression_free", value(pf)),
        Utility(None, "progressed", value(pd)),
    )


def adverse_event(
    event: str, incidence: Value, cost: Value, disutility: Value, days: Value, strategy: str | None
) -> AdverseEvent:
    """A row of the Adverse events sheet."""
    cells = (value(x) for x in (incidence, cost, disutility, days))
    return AdverseEvent(event, strategy, *cells)


def assumptions(
    curves: Iterable[SurvivalCurve],
    *,
    parameters: Iterable[Parameter] = (),
    costs: Iterable[Cost] = (),
    utility: tuple[Utility, ...] = (),
    adverse_events: Iterable[AdverseEvent] = (),
    life_table: LifeTable | None = None,
    correlations: Iterable[Any] = (),
    **changes: Any,
) -> Assumptions:
    """Assumptions about the strategies that the curves name; `changes` are settings."""
    found = tuple(curves)
    names = tuple(dict.fromkeys(curve.strategy for curve in found))
    changes.setdefault("reference_strategy", names[0])
    return Assumptions(
        settings(**changes),
        (Threshold("Threshold", 50_000.0),),
        tuple(Strategy(name, name) for name in names),
        tuple(parameters),
        found,
        tuple(costs),
        utility or utilities(1.0, 1.0),
        tuple(adverse_events),
        tuple(correlations),
        life_table,
    )


def exponentials(
    *strategies: str, pfs: float = 0.08, os: float = 0.04
) -> tuple[SurvivalCurve, ...]:
    """Exponential PFS and OS, the same for every strategy."""
    return tuple(
        parametric(name, endpoint, "exponential", rate)
        for name in strategies
        for endpoint, rate in (("PFS", pfs), ("OS", os))
    )


def run(found: Assumptions) -> Outcomes:
    """Run the base case."""
    return evaluate(found, base_draw(found))
