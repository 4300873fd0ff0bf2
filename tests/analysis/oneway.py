"""Assumptions in closed form, for tests of one-way, two-way and threshold analysis."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cea.assumptions import Assumptions, Strategy, Threshold
from tests.build import adverse_event, assumptions, cost, exponentials, utilities


def priced(amount: str, *parameters: Any, currency: str = "USD") -> Assumptions:
    """B costs `amount` at entry and A nothing; QALYs are the same unless the utility gains."""
    return assumptions(
        exponentials("A", "B"),
        parameters=parameters,
        costs=[cost("Drug", "entry", amount, "event", strategy="B")],
        currency=currency,
    )


def dear(*parameters: Any, amount: str, gain: str = "gain") -> Assumptions:
    """B costs `amount` and yields `gain` QALYs more than A, both once at entry."""
    return assumptions(
        exponentials("A", "B"),
        parameters=parameters,
        costs=[cost("Drug", "entry", amount, "event", strategy="B")],
        utility=utilities(0.5, 0.5),
        adverse_events=[adverse_event("Loss", 1.0, 0.0, f"1-{gain}", 365.25, "B"),
                        adverse_event("Loss", 1.0, 0.0, 1.0, 365.25, "A")],
    )  # fmt: skip


def three_at_entry(*parameters: Any, amounts: dict[str, str], gains: dict[str, str]) -> Assumptions:
    """Strategies A, B and C whose costs and QALYs differ by formulas alone."""
    return replace(
        assumptions(
            exponentials("A", "B", "C"),
            parameters=parameters,
            costs=[
                cost("Drug", "entry", amount, "event", strategy=name)
                for name, amount in amounts.items()
            ],
            adverse_events=[
                adverse_event("Loss", 1.0, 0.0, f"1-{gains[name]}" if name in gains else 1.0,
                              365.25, name)
                for name in "ABC"
            ],
        ),
        strategies=tuple(Strategy(name, f"Arm {name}") for name in "ABC"),
        thresholds=(Threshold("one", 1000.0), Threshold("two", 3000.0)),
    )  # fmt: skip
