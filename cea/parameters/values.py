"""Values of named formulas: who depends on whom, and the numbers that follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cea.formula import Expression, Values


class CircularFormulaError(ValueError):
    """Formulas that depend on themselves. `cycle` repeats its first name at the end."""

    def __init__(self, cycle: tuple[str, ...]) -> None:
        self.cycle = cycle
        super().__init__(" -> ".join(cycle))


def dependency_order(formulas: Mapping[str, Expression]) -> list[str]:
    """Order names so that each comes after the names its formula uses.

    Names that are used but have no formula here are taken as given.

    Raises
    ------
    CircularFormulaError
        A formula depends on itself, directly or through others.
    """
    order: list[str] = []
    done: set[str] = set()
    path: list[str] = []

    def visit(name: str) -> None:
        if name in done or name not in formulas:
            return
        if name in path:
            raise CircularFormulaError((*path[path.index(name) :], name))
        path.append(name)
        for used in sorted(formulas[name].names):
            visit(used)
        path.pop()
        done.add(name)
        order.append(name)

    for name in formulas:
        visit(name)
    return order


def resolve(formulas: Mapping[str, Expression], given: Values | None = None) -> dict[str, Any]:
    """Evaluate every formula, in dependency order.

    Parameters
    ----------
    formulas
        Lower-case name to expression.
    given
        Values that take the place of formulas: floats, or arrays over draws, shape (n,).

    Returns
    -------
    dict
        Every name's value: a float, or an array of shape (n,) where it depends on one.

    Raises
    ------
    CircularFormulaError
        A formula depends on itself.

    Examples
    --------
    >>> from cea.formula import parse
    >>> values = resolve({"b": parse("=2*a"), "a": parse("3")})
    >>> float(values["b"])
    6.0
    """
    values: dict[str, Any] = dict(given or {})
    for name in dependency_order({n: e for n, e in formulas.items() if n not in values}):
        values[name] = formulas[name].evaluate(values)
    return values
