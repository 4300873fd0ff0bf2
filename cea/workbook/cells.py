"""One cell at a time: what it holds, or what is wrong with it. Nothing is guessed."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cea.errors import nearest
from cea.formula import (
    Bounds,
    Expression,
    FormulaSyntaxError,
    OutsideLanguageError,
    parse,
)
from cea.workbook.schema import Field
from cea.workbook.tables import Cell, Findings

_NUMBER_AS_TEXT = re.compile(r"^[^\w+-]*[-+]?[\d.,' \u00a0\u202f]*\d[\d.,]*\s*(%?)$")


@dataclass
class CellReader:
    """Reads cells as their field demands, and notes what is wrong.

    `parameters` maps the lower-case name of every parameter to the name as typed, `base` to its
    base-case value once that is known. `stored_values_count` is off for scenarios, whose edits
    make the stored values of other cells out of date.
    """

    findings: Findings
    parameters: Mapping[str, str] = field(default_factory=dict)
    other_names: frozenset[str] = frozenset()
    base: dict[str, float] = field(default_factory=dict)
    stored_values_count: bool = True

    def text(self, cell: Cell, form: Field) -> str:
        """Read text; numbers are taken as they are shown."""
        if self._unusable(cell, form):
            return ""
        value = cell.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return " ".join(str(value).split())

    def choice(self, cell: Cell, form: Field, choices: Sequence[str]) -> str:
        """Read one of a list, whatever its case; "" where blank or wrong."""
        if self._unusable(cell, form):
            return str(form.default or "")
        found = str(cell.value).strip()
        by_fold = {name.casefold(): name for name in choices}
        if found.casefold() in by_fold:
            return by_fold[found.casefold()]
        self.findings.problem(cell, f"'{found}'", nearest(found, choices))
        return ""

    def yes_no(self, cell: Cell, form: Field) -> bool:
        """Read yes or no."""
        return self.choice(cell, form, ("yes", "no")) == "yes"

    def number(self, cell: Cell, form: Field, *, whole: bool = False) -> float | None:
        """Read a number that all draws share; a formula is evaluated in the base case."""
        expression = self.value(cell, form)
        if expression is None:
            return None
        value = self._in_base(expression)
        if value is not None and whole and not float(value).is_integer():
            self.findings.problem(cell, f"{value:g}", "use a whole number")
            return None
        return value

    def value(self, cell: Cell, form: Field) -> Expression | None:
        """Read a number or a formula; None where blank or wrong."""
        if self._unusable(cell, form):
            default = form.default
            return None if default is None else Expression.constant(float(default), cell.where)
        bounds = Bounds(form.minimum, form.maximum, form.above)
        expression = (
            self._number(cell, bounds) if cell.formula is None else self._formula(cell, bounds)
        )
        if expression is not None and self.check(expression, cell):
            return expression
        return None

    def check(self, expression: Expression, cell: Cell) -> bool:
        """Hold an expression's base-case value to its bounds and to the stored value."""
        value = self._in_base(expression)
        if value is None:
            return True  # the parameter it needs is not known: a problem stands there
        shown = f"={expression.text} gives {value:g}" if expression.is_formula else f"{value:g}"
        if not math.isfinite(value):
            self.findings.problem(
                cell, f"={expression.text} has no finite value",
                "check for a division by zero or the logarithm of a number <= 0",
            )  # fmt: skip
            return False
        if expression.bounds.violated(value):
            used = " or ".join(self.parameters[name] for name in sorted(expression.names))
            remedy = f"it must be {expression.bounds}"
            self.findings.problem(cell, shown, f"{remedy}: mend {used}" if used else remedy)
            return False
        stored = cell.value
        if (
            self.stored_values_count
            and expression.is_formula
            and isinstance(stored, int | float)
            and not math.isclose(stored, value, rel_tol=1e-6, abs_tol=1e-12)
        ):
            self.findings.warn(
                cell,
                f"Excel last stored {stored:g}, the formula gives {value:g}, which is used; "
                "open and save the workbook in Excel to bring it up to date",
            )
        return True

    def _in_base(self, expression: Expression) -> float | None:
        if not expression.names <= self.base.keys():
            return None
        return float(expression.evaluate(self.base))

    def _unusable(self, cell: Cell, form: Field) -> bool:
        """Whether the cell is blank, or holds an error or a formula that was never calculated."""
        if cell.blank:
            if form.required:
                self.findings.problem(cell, "blank", _fill_in(form))
            return True
        if isinstance(cell.value, str) and cell.value.startswith("#") and _is_error(cell.value):
            source = f" from ={cell.formula.lstrip('=')}" if cell.formula else ""
            self.findings.problem(
                cell, f"the Excel error {cell.value}{source}", "mend the formula or type a value"
            )
            return True
        if cell.formula is not None and cell.value is None and _reads_text(form):
            self.findings.problem(cell, "a formula without a stored value", _OPEN_AND_SAVE)
            return True
        return False

    def _number(self, cell: Cell, bounds: Bounds) -> Expression | None:
        value = cell.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Expression.constant(float(value), cell.where, bounds)
        self.findings.problem(cell, *_not_a_number(value))
        return None

    def _formula(self, cell: Cell, bounds: Bounds) -> Expression | None:
        assert cell.formula is not None
        try:
            expression = parse(cell.formula, cell.where, bounds)
        except OutsideLanguageError as reason:
            return self._held_fixed(cell, str(reason), bounds)
        except FormulaSyntaxError as reason:
            self.findings.problem(cell, f"{cell.formula}: {reason}", "mend the formula")
            return None
        for name in sorted(expression.names - self.parameters.keys()):
            if name in self.other_names:
                return self._held_fixed(cell, f"'{name}' is not a parameter", bounds)
            remedy = nearest(name, list(self.parameters.values()))
            self.findings.problem(cell, f"unknown name '{name}' in {cell.formula}", remedy)
            return None
        return expression

    def _held_fixed(self, cell: Cell, reason: str, bounds: Bounds) -> Expression | None:
        """Use a formula that only Excel understands at its stored value."""
        if cell.value is None:
            self.findings.problem(
                cell, f"{cell.formula} without a stored value ({reason})", _OPEN_AND_SAVE
            )
            return None
        expression = self._number(cell, bounds)
        if expression is not None:
            self.findings.warn(
                cell, f"{cell.formula} is held fixed at {cell.value:g} in every draw: {reason}"
            )
        return expression


_OPEN_AND_SAVE = "open the workbook in Excel or LibreOffice and save it"


def _is_error(text: str) -> bool:
    return text in (
        "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!",
        "#GETTING_DATA", "#FIELD!", "#BLOCKED!",
    )  # fmt: skip


def _reads_text(form: Field) -> bool:
    return form.kind not in ("number", "whole number", "number or formula", "anything")


def _fill_in(form: Field) -> str:
    if form.choices:
        return f"fill in one of: {', '.join(form.choices)}"
    return f"fill in {form.description[0].lower()}{form.description[1:].rstrip('.')}"


def _not_a_number(value: object) -> tuple[str, str]:
    """Say what stands where a number is expected, and what to do."""
    if isinstance(value, bool):
        return f"{str(value).upper()} where a number is expected", "type a number"
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return (
            f"a date or time ({value}) where a number is expected",
            "format the cell as a number and type the value again",
        )
    text = str(value).strip()
    match = _NUMBER_AS_TEXT.match(text)
    if match and match.group(1):
        return f"'{text}', a percentage typed as text", "type it as a number, e.g. 0.2 for 20%"
    if match:
        return f"'{text}', a number typed as text", "type it as a number, with a point for decimals"
    return f"'{text}', text where a number is expected", "type a number or a formula"
