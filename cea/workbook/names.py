"""The parameters as formulas see them: names, formulas, base-case values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cea.formula import Expression
from cea.parameters.values import CircularFormulaError, resolve


@dataclass
class Names:
    """Names that formulas may use, filled in while the Parameters sheet is read.

    Attributes
    ----------
    typed
        Lower-case name of every parameter to the name as typed.
    complete
        Whether every parameter's name could be read: only then is another name a mistake.
    others
        Lower-case names that the workbook defines beside the parameters.
    formulas
        Lower-case name to base-case formula, for the bases that could be read.
    base
        Lower-case name to base-case value.
    used
        Lower-case names that change a result: those in formulas, their own ranges aside.
    blamed
        Lower-case names whose value is at fault.
    """

    others: frozenset[str] = frozenset()
    typed: dict[str, str] = field(default_factory=dict)
    complete: bool = True
    formulas: dict[str, Expression] = field(default_factory=dict)
    base: dict[str, float] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    blamed: set[str] = field(default_factory=set)

    def resolve(self, formulas: Mapping[str, Expression]) -> list[tuple[str, ...]]:
        """Compute the base case; return the circles among the formulas.

        A parameter that depends on one without a value has none either.
        """
        self.formulas = dict(formulas)
        left, circles = _grounded(formulas), []
        while True:
            try:
                values = resolve(left)
            except CircularFormulaError as error:
                circles.append(error.cycle)
                left = _grounded({n: e for n, e in left.items() if n not in error.cycle})
            else:
                self.base = {name: float(value) for name, value in values.items()}
                return circles

    def value(self, expression: Expression) -> float | None:
        """Value in the base case; None where a parameter that it needs has been blamed."""
        used = expression.names
        if not used <= self.base.keys() or used & self.blamed:
            return None
        return float(expression.evaluate(self.base))

    def blame(self, name: str) -> None:
        """Blame a parameter, once: what rests on its value is judged no more."""
        self.blamed |= {name, *(n for n in self.formulas if name in self._behind(n))}

    def _behind(self, name: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        """Every parameter that a parameter's value rests on."""
        for used in self.formulas[name].names - seen if name in self.formulas else ():
            seen = self._behind(used, seen | {used})
        return seen


def _grounded(formulas: Mapping[str, Expression]) -> dict[str, Expression]:
    """Leave out the formulas that rest on a name without a formula, and so on."""
    kept = dict(formulas)
    while broken := [name for name, e in kept.items() if not e.names <= kept.keys()]:
        for name in broken:
            del kept[name]
    return kept
