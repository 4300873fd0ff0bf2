"""Data validation: the drop-downs and limits of a column, as XlsxWriter takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cea.workbook.schema import PERIODS, Field, Kind, editable_sheets

_LONGEST_LIST = 255  # characters: Excel's limit for a list that is not a range
_BIGGEST = 1e300

# Free text for which a list of the usual entries helps.
_SUGGESTIONS = {
    ("Costs", "Per"): (
        *PERIODS, "cycle", "event", "every 3 weeks", "every 4 weeks", "every 12 weeks",
        "every 3 months", "every 6 months",
    ),
}  # fmt: skip


def validation(sheet: str, field: Field, source: Callable[[str], str]) -> dict[str, Any] | None:
    """Return the data validation of a column or a setting; None where anything may be typed.

    Parameters
    ----------
    sheet, field
        The sheet and its column, or the setting.
    source
        Gives the range that holds the entries of a ``Sheet.Column``.
    """
    if field.kind is Kind.YES_NO:
        return _list(field, ("yes", "no"))
    if field.kind is Kind.CHOICE and field.choices_from:
        return _range(field, source(field.choices_from))
    if field.kind is Kind.CHOICE:
        # A choice without a list of its own names a sheet of this workbook.
        return _list(field, field.choices or editable_sheets(sheet))
    if (sheet, field.name) in _SUGGESTIONS:
        usual = list(_SUGGESTIONS[sheet, field.name])
        return {"validate": "list", "source": usual, "show_error": False}
    return _limits(field)


def bounds_in_words(field: Field) -> str:
    """Say what numbers a field takes; empty where it takes any.

    >>> bounds_in_words(Field("share", Kind.NUMBER, "", minimum=0, maximum=1))
    'from 0 to 1'
    """
    if field.minimum is not None and field.maximum is not None:
        return f"from {field.minimum:.12g} to {field.maximum:.12g}"
    words = []
    if field.above is not None:
        words.append(f"above {field.above:.12g}")
    if field.minimum is not None:
        words.append(f"at least {field.minimum:.12g}")
    if field.maximum is not None:
        words.append(f"at most {field.maximum:.12g}")
    return " and ".join(words)


def _list(field: Field, choices: tuple[str, ...]) -> dict[str, Any] | None:
    if len(",".join(choices)) > _LONGEST_LIST:
        return None
    return {
        "validate": "list",
        "source": list(choices),
        "error_title": field.name,
        "error_message": _shorten(f"Choose one of: {', '.join(choices)}."),
    }


def _range(field: Field, where: str) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": f"={where}",
        "error_title": field.name,
        "error_message": f"Choose from the list: it holds what stands in {where}.",
    }


def _limits(field: Field) -> dict[str, Any] | None:
    words = bounds_in_words(field)
    if field.kind not in (Kind.NUMBER, Kind.INTEGER, Kind.VALUE) or not words:
        return None
    open_to_formulas = field.kind is Kind.VALUE
    kind = "a whole number" if field.kind is Kind.INTEGER else "a number"
    formula = ", or a formula over parameter names" if open_to_formulas else ""
    lower = field.minimum if field.minimum is not None else field.above
    return {
        "validate": "integer" if field.kind is Kind.INTEGER else "decimal",
        **_criterion(field, lower),
        "error_type": "warning" if open_to_formulas else "stop",
        "error_title": field.name,
        "error_message": _shorten(f"{field.name} takes {kind} {words}{formula}."),
    }


def _criterion(field: Field, lower: float | None) -> dict[str, Any]:
    """Compare with the limits. An open lower limit beside an upper one is left to the reader."""
    if field.maximum is not None:
        least = -_BIGGEST if lower is None else lower
        return {"criteria": "between", "minimum": least, "maximum": field.maximum}
    return {"criteria": ">=" if field.above is None else ">", "value": lower}


def _shorten(message: str) -> str:
    return message if len(message) <= _LONGEST_LIST else f"{message[: _LONGEST_LIST - 3]}..."
