"""One cell at a time: what it holds, or what is wrong with it. Nothing is guessed."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cea.errors import nearest
from cea.formula import (
    UNBOUNDED,
    Bounds,
    Expression,
    FormulaSyntaxError,
    OutsideLanguageError,
    parse,
)
from cea.workbook.findings import Findings
from cea.workbook.names import Names
from cea.workbook.schema import Field
from cea.workbook.tables import Cell, fill_in, same, shown

_NUMBER_AS_TEXT = re.compile(
    r"^[^\w+-]*[-+]?[\d.,' \u00a0\u202f]*\d[\d.,]*([eE][-+]?\d+)?\s*(?P<percent>%?)$"
)
_EXCEL_ERRORS = frozenset((
    "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!",
    "#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!",
))  # fmt: skip
_LEAST, _MOST = 1e-100, 1e15  # sizes beyond which a number cannot be meant
_OPEN_AND_SAVE = "open the workbook in Excel or LibreOffice and save it"
_FORMAT_AND_RETYPE = "format the cell as a number and type it again"


@dataclass
class CellReader:
    """Reads cells as their field demands, and notes what is wrong.

    `stored_values_count` is off where edits may have made the values that Excel stored beside
    formulas out of date.
    """

    findings: Findings
    names: Names
    stored_values_count: bool = True

    def text(self, cell: Cell, form: Field) -> str:
        """Read text; numbers are taken as they are shown."""
        return shown(cell) if self._readable(cell, form) else ""

    def choice(self, cell: Cell, form: Field, choices: Sequence[str]) -> str:
        """Read one of a list, whatever its case; its default where blank, "" where wrong."""
        if not self._readable(cell, form):
            return str(form.default or "") if cell.blank else ""
        found = shown(cell)
        known = next((name for name in choices if same(name, found)), None)
        if known is None and form.choices_from:
            self.findings.unknown(found.lower(), cell, f"'{found}'", nearest(found, choices))
        elif known is None:
            self.findings.problem(cell, f"'{found}'", nearest(found, choices))
        return known or ""

    def number(self, cell: Cell, form: Field, *, whole: bool = False) -> float | None:
        """Read a number that all draws share; a formula is evaluated in the base case."""
        expression = self.value(cell, form)
        value = None if expression is None else self.names.value(expression)
        if expression is not None and expression.names and value is not None:
            self.findings.warn(cell, f"{cell.formula} is held fixed at {value:g} in every draw")
        if value is not None and whole and not value.is_integer():
            self.findings.problem(cell, f"{value:g}", "use a whole number")
            return None
        return value

    def value(self, cell: Cell, form: Field) -> Expression | None:
        """Read a number or a formula; None where blank or wrong."""
        if cell.blank:
            if form.required:
                self.findings.problem(cell, "blank", fill_in(form))
            return None if form.default is None else Expression.constant(float(form.default))
        read = self._number if cell.formula is None else self._formula
        expression = read(cell, form, Bounds(form.minimum, form.maximum, form.above))
        return expression if expression is not None and self.check(expression, cell) else None

    def check(self, expression: Expression, cell: Cell) -> bool:
        """Hold an expression's base-case value to its bounds and to the stored value."""
        value = self.names.value(expression)
        if value is None:
            return True  # the parameter it needs is at fault: a problem stands there
        if not math.isfinite(value):
            self.findings.problem(
                cell, f"={expression.text} has no finite value",
                "check for a division by zero or the logarithm of a number <= 0",
            )  # fmt: skip
            return False
        if not self.hold(expression, cell, expression.bounds):
            return False
        if value and not _LEAST < abs(value) < _MOST:
            too = "large" if abs(value) >= _MOST else "small"
            self.findings.problem(cell, f"{value:g}, which is too {too} to be meant", "mend it")
            return False
        if expression.is_formula and self.stored_values_count and _out_of_date(cell, value):
            self.findings.warn(
                cell,
                f"Excel last stored {_brief(cell.value)}, the formula gives {value:g}, which is "
                "used; open and save the workbook in Excel to bring it up to date",
            )
        return True

    def hold(self, expression: Expression, cell: Cell, bounds: Bounds, reason: str = "") -> bool:
        """Hold an expression's base-case value to bounds; `reason` says why they hold."""
        value = self.names.value(expression)
        if value is None or not bounds.violated(value):
            return True
        found = f"={expression.text} gives {value:g}" if expression.is_formula else f"{value:g}"
        remedy = f"it must be {bounds}{reason}{_percent_hint(value, bounds)}"
        if expression.names:
            remedy += f": mend {self._blame(expression)}"
        self.findings.problem(cell, found, remedy)
        return False

    def _blame(self, expression: Expression) -> str:
        """Name the parameters to mend. One on its own is blamed for what else rests on it."""
        used = sorted(expression.names)
        if len(used) == 1:
            self.names.blame(used[0])
        places = (self.names.formulas[name].where.partition(" (")[0] for name in used)
        return " or ".join(
            f"{self.names.typed[name]} in {place}" for name, place in zip(used, places, strict=True)
        )

    def _readable(self, cell: Cell, form: Field) -> bool:
        """Whether a cell for text holds any; a blank one may have to be filled in."""
        if cell.blank:
            if form.required:
                self.findings.problem(cell, "blank", fill_in(form))
            return False
        if _is_error(cell.value):
            self.findings.problem(cell, *_excel_error(cell))
            return False
        if cell.value is None:
            self.findings.problem(cell, f"{cell.formula} without a stored value", _OPEN_AND_SAVE)
            return False
        return True

    def _number(self, cell: Cell, form: Field, bounds: Bounds) -> Expression | None:
        value = cell.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            # A whole number in a file may be too large even for a float.
            return Expression.constant(float(max(-_MOST, min(value, _MOST))), cell.where, bounds)
        self.findings.problem(cell, *self._not_a_number(cell, form))
        return None

    def _formula(self, cell: Cell, form: Field, bounds: Bounds) -> Expression | None:
        assert cell.formula is not None
        try:
            expression = self._own_value(parse(cell.formula, cell.where, bounds), cell, form)
        except OutsideLanguageError as reason:
            return self._held_fixed(cell, form, str(reason), bounds)
        except FormulaSyntaxError as reason:
            self.findings.problem(cell, f"{cell.formula}: {reason}", "mend the formula")
            return None
        if (cell.serves or cell.sheet) != "Parameters" or cell.column == "Base":
            self.names.used |= expression.names
        unknown = sorted(expression.names - self.names.typed.keys())
        if not unknown:
            return expression
        if unknown[0] in self.names.others:
            return self._held_fixed(cell, form, f"'{unknown[0]}' is not a parameter", bounds)
        if self.names.complete:
            remedy = nearest(unknown[0], list(self.names.typed.values()))
            found = f"unknown name '{unknown[0]}' in {cell.formula}"
            self.findings.unknown(unknown[0], cell, found, remedy)
        return None

    def _own_value(self, expression: Expression, cell: Cell, form: Field) -> Expression:
        """Let the name of an edited parameter stand for its Base before the edit.

        That Base was read without a problem, or there would be no edits to read.
        """
        if cell.own is None or cell.own[0] not in expression.names:
            return expression
        name, base = cell.own
        read = self._number if base.formula is None else self._formula
        before = read(base, form, UNBOUNDED)
        return expression if before is None else expression.with_name(name, before)

    def _held_fixed(
        self, cell: Cell, form: Field, reason: str, bounds: Bounds
    ) -> Expression | None:
        """Use a formula that only Excel understands at its stored value."""
        if cell.value is None:
            found = f"{cell.formula} without a stored value ({reason})"
            self.findings.problem(cell, found, _OPEN_AND_SAVE)
            return None
        expression = self._number(cell, form, bounds)
        if expression is not None:
            self.findings.warn(
                cell, f"{cell.formula} is held fixed at {cell.value:g} in every draw: {reason}"
            )
        return expression

    def _not_a_number(self, cell: Cell, form: Field) -> tuple[str, str]:
        """Say what stands where a number is expected, and what to do."""
        value, text = cell.value, shown(cell)
        if _is_error(value):
            return _excel_error(cell)
        if isinstance(value, dt.date | dt.time | dt.timedelta):
            return f"a date or time ({text}) where a number is expected", _FORMAT_AND_RETYPE
        if cell.formula is not None:
            return f"{cell.formula} gives '{text}', not a number", "mend the formula"
        if isinstance(value, bool):
            return f"{text} where a number is expected", "type a number"
        if text.startswith("="):
            return (
                f"'{text}', a formula typed as text",
                "format the cell as General and type it again",
            )
        if text.lower() in self.names.typed:
            return f"the text '{text}' where a number is expected", f"type ={text} to use it"
        match = _NUMBER_AS_TEXT.match(text)
        if match and match["percent"]:
            return f"'{text}', a percentage typed as text", _FORMAT_AND_RETYPE
        if match:
            return f"'{text}', a number typed as text", _FORMAT_AND_RETYPE
        remedy = "type a number or a formula" + ("" if form.required else ", or clear the cell")
        return f"the text '{text}' where a number is expected", remedy


def _is_error(value: object) -> bool:
    return isinstance(value, str) and value in _EXCEL_ERRORS


def _excel_error(cell: Cell) -> tuple[str, str]:
    if cell.formula is None:
        return f"the Excel error {cell.value}", "type the value or the formula again"
    return f"{cell.formula} gives the Excel error {cell.value}", "mend the formula or type a value"


def _out_of_date(cell: Cell, value: float) -> bool:
    stored = cell.value
    if isinstance(stored, int | float):
        return not math.isclose(stored, value, rel_tol=1e-6, abs_tol=1e-12)
    return stored is not None


def _brief(stored: object) -> str:
    return f"{stored:g}" if isinstance(stored, int | float) else str(stored)


def _percent_hint(value: float, bounds: Bounds) -> str:
    """Help where a percentage was typed without its sign.

    >>> _percent_hint(3.5, Bounds(minimum=0, maximum=1))
    ' (3.5% is 0.035)'
    """
    is_share = (bounds.minimum, bounds.maximum) == (0, 1)
    return f" ({value:g}% is {value / 100:g})" if is_share and 1 < value <= 100 else ""
