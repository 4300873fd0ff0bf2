"""Excel formulas of the live workbook, evaluated here as Excel evaluates them.

A formula is written once, as a template: ordinary Excel in which ``{key}`` stands for a cell. From
it come both the text that Excel sees, with addresses in place of keys, and the value that is stored
beside it. The language is that of `cea.formula` with text and the few functions below; all are in
Excel 2010 and LibreOffice.

Shapes: a formula that goes down a column is evaluated for its m rows at once, on arrays (m, 1); a
range is an array (1, n). Sums go over the last axis, so the sum of a range is one number a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from scipy.special import gammainc, gammaln, ndtr

from cea.formula import FUNCTIONS, Binary, Call, Name, Node, Number, Parser, Unary

_KEY = re.compile(r"\{([^{}]+)\}")
_STAND_IN = "cell_"  # what a key is called while its formula is parsed


@dataclass(frozen=True)
class Text:
    """A text."""

    value: str


def _normal(z: Any, _cumulative: Any) -> Any:
    return ndtr(z)


def _gamma(x: Any, shape: Any, scale: Any, _cumulative: Any) -> Any:
    return gammainc(shape, np.divide(x, scale))


def _total(*arguments: Any) -> Any:
    """Sum over ranges and single cells; a text or an empty cell counts 0."""
    return sum(np.nansum(np.atleast_1d(x), axis=-1, keepdims=np.ndim(x) == 2) for x in arguments)


def _product_sum(*arguments: Any) -> Any:
    product: Any = 1.0
    for argument in arguments:
        product = product * argument
    return np.sum(np.atleast_1d(product), axis=-1, keepdims=np.ndim(product) == 2)


def _index(cells: Any, *position: Any) -> Any:
    """Return the cell at a position of a range (1, n), or at a row and a column of a block."""
    if len(position) == 1:
        return np.ravel(cells)[np.asarray(position[0], dtype=int) - 1]
    row, column = (int(np.ravel(p)[0]) for p in position)
    return np.asarray(cells)[row - 1, column - 1]


def _match(value: Any, cells: Any, kind: Any = 1) -> Any:
    """Position in a range: of the value itself (kind 0), or of the last that is not above it."""
    entries = np.ravel(cells)
    if kind == 0:
        return float(np.flatnonzero(entries == value)[0] + 1)
    return np.searchsorted(entries, value, side="right")


def _percentile(cells: Any, share: Any) -> Any:
    return float(np.quantile(np.ravel(cells), float(np.ravel(share)[0])))


def _count_if(cells: Any, value: Any) -> Any:
    return float(np.sum(np.ravel(cells) == value))


def _texts(cells: Any) -> int:
    return sum(isinstance(x, str) for x in np.ravel(cells).tolist())


_MANY = 255
_LAZY = {"IF", "CHOOSE"}  # which look at the branch that is chosen only
_SHEET: Mapping[str, tuple[int, int, Callable[..., Any]]] = {
    **{name: found for name, found in FUNCTIONS.items() if name != "IF"},
    "IF": (2, 3, lambda test, yes, no=0.0: np.where(test, yes, no)),
    "CHOOSE": (2, _MANY, lambda which, *values: np.select(
        [np.equal(which, k + 1) for k in range(len(values))], values, np.nan)),
    "SUM": (1, _MANY, _total),
    "SUMPRODUCT": (1, _MANY, _product_sum),
    "INDEX": (2, 3, _index),
    "MATCH": (2, 3, _match),
    "INT": (1, 1, np.floor),
    "GAMMALN": (1, 1, gammaln),
    "NORM.S.DIST": (2, 2, _normal),
    "GAMMA.DIST": (4, 4, _gamma),
    "PERCENTILE": (2, 2, _percentile),
    "COUNT": (1, 1, lambda cells: float(np.size(cells) - _texts(cells))),
    "COUNTIF": (2, 2, _count_if),
    "MAX": (1, _MANY, lambda *x: _extreme(np.maximum, np.max, x)),
    "MIN": (1, _MANY, lambda *x: _extreme(np.minimum, np.min, x)),
}  # fmt: skip
_PREFIXED = ("NORM.S.DIST", "GAMMA.DIST")  # newer functions, which a file names with a prefix


def _extreme(pairwise: Any, along: Any, arguments: tuple[Any, ...]) -> Any:
    """Return the largest or smallest of single cells, and of whole ranges."""
    result: Any = None
    for x in arguments:
        one = along(x, axis=-1, keepdims=True) if np.ndim(x) == 2 and np.shape(x)[0] == 1 else x
        result = one if result is None else pairwise(result, one)
    return result


class _SheetParser(Parser):
    functions = _SHEET

    def admit(self, kind: str, token: str) -> None:
        if kind == "other":
            super().admit(kind, token)

    def atom(self) -> Any:
        if self.position < len(self.tokens) and self.tokens[self.position][0] == "text":
            self.position += 1
            return Text(self.tokens[self.position - 1][1][1:-1])
        return super().atom()


@dataclass(frozen=True)
class Formula:
    """A template taken apart.

    Attributes
    ----------
    keys
        The cells that it uses, in order, with repetitions.
    pieces
        The text before, between and behind them.
    body
        The template.
    """

    keys: tuple[str, ...]
    pieces: tuple[str, ...]
    body: str

    @cached_property
    def node(self) -> Any:
        """Its tree."""
        numbers = iter(range(len(self.keys)))
        text = _KEY.sub(lambda _: f"{_STAND_IN}{next(numbers)}_", self.body)
        names = {f"{_STAND_IN}{k}_": key for k, key in enumerate(self.keys)}
        return _rename(_SheetParser(text).parse(), names)

    def text(self, addresses: Mapping[str, str]) -> str:
        """Return what Excel sees."""
        parts = [self.pieces[0]]
        for key, piece in zip(self.keys, self.pieces[1:], strict=True):
            parts += (addresses[key], piece)
        return "".join(parts)

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Return its value for the values of its keys.

        Raises
        ------
        FormulaSyntaxError
            It is no formula of the language.
        """
        with np.errstate(all="ignore"):
            return _evaluate(self.node, values)


@lru_cache(maxsize=4096)
def formula(template: str) -> Formula:
    """Take a template apart."""
    body = template.removeprefix("=")
    pieces = _KEY.split(body)[::2]
    for name in _PREFIXED:
        pieces = [piece.replace(name, f"_xlfn.{name}") for piece in pieces]
    return Formula(tuple(_KEY.findall(body)), ("=" + pieces[0], *pieces[1:]), body)


def _rename(node: Any, keys: Mapping[str, str]) -> Any:
    """Put the keys in place of the names that stood in for them."""
    match node:
        case Name(name):
            return Name(keys.get(name, name))
        case Unary(operator, operand):
            return Unary(operator, _rename(operand, keys))
        case Binary(operator, left, right):
            return Binary(operator, _rename(left, keys), _rename(right, keys))
        case Call(function, arguments):
            return Call(function, tuple(_rename(argument, keys) for argument in arguments))
    return node


_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": np.divide, "^": np.power, "=": np.equal, "<>": np.not_equal,
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


def _evaluate(node: Node | Text, values: Mapping[str, Any]) -> Any:
    match node:
        case Number(value) | Text(value):
            return value
        case Name(name):
            return values[name]
        case Unary("%", operand):
            return _evaluate(operand, values) / 100.0
        case Unary("-", operand):
            return -_evaluate(operand, values)
        case Unary(_, operand):
            return _evaluate(operand, values)
        case Binary(operator, left, right):
            return _combine(operator, _evaluate(left, values), _evaluate(right, values))
        case Call(function, arguments) if function in _LAZY:
            return _branch(function, arguments, values)
        case Call(function, arguments):
            return _SHEET[function][2](*(_evaluate(argument, values) for argument in arguments))


def _combine(operator: str, left: Any, right: Any) -> Any:
    if isinstance(left, str) or isinstance(right, str):
        # Excel compares text without regard to case; a text never equals a number.
        same = str(left).lower() == str(right).lower() and type(left) is type(right)
        if operator not in ("=", "<>"):
            raise TypeError(f"{left!r} {operator} {right!r}")
        return float(same == (operator == "="))
    return _OPERATIONS[operator](left, right)


def _branch(function: str, arguments: tuple[Any, ...], values: Mapping[str, Any]) -> Any:
    """Evaluate one branch where one is chosen for all rows, else all of them."""
    test, *branches = arguments
    chosen = _evaluate(test, values)
    if np.size(chosen) > 1:
        return _SHEET[function][2](chosen, *(_evaluate(branch, values) for branch in branches))
    one = np.ravel(chosen)[0] if isinstance(chosen, np.ndarray) else chosen
    position = (0 if one else 1) if function == "IF" else int(one) - 1
    return _evaluate(branches[position], values) if position < len(branches) else 0.0
