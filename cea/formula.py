"""Formula cells: Excel's arithmetic over parameter names, evaluated for all draws at once.

The language is + - * / ^ %, comparisons, parentheses, numbers, TRUE, FALSE, parameter names and the
functions in `FUNCTIONS`. Precedence is Excel's, from the tightest: unary minus, %, ^, * and /,
+ and -, comparisons; equals associate to the left. So ``-2^2`` is 4 and ``2^3^2`` is 64.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

import numpy as np

Values: TypeAlias = Mapping[str, Any]  # lower-case parameter name -> float or array over draws


class FormulaSyntaxError(ValueError):
    """The formula cannot be read: the message says why."""


class OutsideLanguageError(FormulaSyntaxError):
    """The formula is sound Excel, but uses something that only Excel can evaluate."""


def _round_half_away(x: Any, digits: Any) -> Any:
    """Round as Excel does: half away from zero, on the decimal value that is displayed.

    2.675 is shown as such and rounds to 2.68, though the double lies below: what lies within a few
    units in the last place of a half counts as one.
    """
    scale = np.power(10.0, np.abs(np.trunc(digits)))
    scaled = np.where(np.less(digits, 0), np.abs(x) / scale, np.abs(x) * scale)
    whole = np.floor(scaled)
    tolerance = np.minimum(4 * np.finfo(float).eps * scaled, 0.25)
    rounded = whole + (scaled - whole >= 0.5 - tolerance)
    return np.sign(x) * np.where(np.less(digits, 0), rounded * scale, rounded / scale)


def _power(x: Any, exponent: Any) -> Any:
    """Raise to a power; 0^0 has no value, as in Excel."""
    power = np.power(x, exponent)
    if np.all(x):
        return power
    return np.where(np.equal(x, 0) & np.equal(exponent, 0), np.nan, power)


def _fold(operation: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def folded(*arguments: Any) -> Any:
        result = arguments[0]
        for argument in arguments[1:]:
            result = operation(result, argument)
        return result

    return folded


_MANY = 255

# name -> (fewest arguments, most arguments, meaning)
FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., Any]]] = {
    "IF": (2, 3, lambda test, yes, no=0.0: np.where(np.not_equal(test, 0), yes, no)),
    "MIN": (1, _MANY, _fold(np.minimum)),
    "MAX": (1, _MANY, _fold(np.maximum)),
    "SUM": (1, _MANY, _fold(np.add)),
    "ABS": (1, 1, np.abs),
    "ROUND": (2, 2, _round_half_away),
    "SQRT": (1, 1, np.sqrt),
    "EXP": (1, 1, np.exp),
    "LN": (1, 1, np.log),
    "LOG10": (1, 1, np.log10),
    "POWER": (2, 2, _power),
    "PI": (0, 0, lambda: np.pi),
    "AND": (1, _MANY, lambda *a: _fold(np.logical_and)(*(np.not_equal(x, 0) for x in a))),
    "OR": (1, _MANY, lambda *a: _fold(np.logical_or)(*(np.not_equal(x, 0) for x in a))),
    "NOT": (1, 1, lambda x: np.equal(x, 0)),
}

_BINARY: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.true_divide, "^": _power,
    "=": np.equal, "<>": np.not_equal, "<": np.less, "<=": np.less_equal,
    ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip

_LEVELS = (("=", "<>", "<", "<=", ">", ">="), ("+", "-"), ("*", "/"), ("^",))


# The tree of a formula. Frozen, so that an expression can be shared between assumptions.
@dataclass(frozen=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True)
class Name:
    """A parameter, in lower case: Excel's names do not distinguish case."""

    name: str


@dataclass(frozen=True)
class Unary:
    """A sign before, or a percent sign behind, an operand."""

    operator: str
    operand: Node


@dataclass(frozen=True)
class Binary:
    """Two operands."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Call:
    """A function call."""

    function: str
    arguments: tuple[Node, ...]


Node: TypeAlias = Number | Name | Unary | Binary | Call


def _evaluate(node: Node, values: Values) -> Any:
    match node:
        case Number(value):
            return value
        case Name(name):
            return values[name]
        case Unary("%", operand):
            return np.true_divide(_evaluate(operand, values), 100.0)
        case Unary("-", operand):
            return -_number(_evaluate(operand, values))
        case Unary(_, operand):
            return _evaluate(operand, values)
        case Binary(operator, left, right):
            a, b = _number(_evaluate(left, values)), _number(_evaluate(right, values))
            return _BINARY[operator](a, b)
        case Call(function, arguments):
            evaluated = (_number(_evaluate(argument, values)) for argument in arguments)
            return FUNCTIONS[function][2](*evaluated)


def _number(x: Any) -> Any:
    """Count TRUE as 1 and FALSE as 0, as Excel does in arithmetic."""
    return np.asarray(x, dtype=float)


def _names(node: Node) -> Iterator[str]:
    match node:
        case Name(name):
            yield name
        case Unary(_, operand):
            yield from _names(operand)
        case Binary(_, left, right):
            yield from _names(left)
            yield from _names(right)
        case Call(_, arguments):
            for argument in arguments:
                yield from _names(argument)


def _put(node: Node, name: str, by: Node) -> Node:
    match node:
        case Name(found) if found == name:
            return by
        case Unary(operator, operand):
            return Unary(operator, _put(operand, name, by))
        case Binary(operator, left, right):
            return Binary(operator, _put(left, name, by), _put(right, name, by))
        case Call(function, arguments):
            return Call(function, tuple(_put(argument, name, by) for argument in arguments))
    return node


@dataclass(frozen=True)
class Bounds:
    """The range a value must lie in: closed at `minimum` and `maximum`, open at `above`."""

    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None

    def violated(self, x: Any) -> Any:
        """Tell, element by element, where `x` lies outside."""
        if isinstance(x, float):  # most often, and far quicker than as an array
            return (
                (self.minimum is not None and x < self.minimum)
                or (self.maximum is not None and x > self.maximum)
                or (self.above is not None and x <= self.above)
            )
        outside = np.zeros(np.shape(x), dtype=bool)
        if self.minimum is not None:
            outside = outside | np.less(x, self.minimum)
        if self.maximum is not None:
            outside = outside | np.greater(x, self.maximum)
        if self.above is not None:
            outside = outside | np.less_equal(x, self.above)
        return outside

    def __str__(self) -> str:
        if self.minimum is not None and self.maximum is not None:
            return f"between {self.minimum:g} and {self.maximum:g}"
        limits = (
            (self.minimum, "at least"), (self.above, "above"), (self.maximum, "at most"),
        )  # fmt: skip
        return " and ".join(f"{words} {limit:g}" for limit, words in limits if limit is not None)


UNBOUNDED = Bounds()


@dataclass(frozen=True)
class Expression:
    """A value cell: a number, or a formula over parameters.

    `text` is what the cell holds (without the leading ``=``), `where` names the cell for messages
    and `bounds` is the range its values must lie in. Two expressions are equal if they compute the
    same thing, wherever they stand.
    """

    node: Node
    text: str = field(default="", compare=False)
    where: str = field(default="", compare=False)
    bounds: Bounds = field(default=UNBOUNDED, compare=False)

    @classmethod
    def constant(cls, value: float, where: str = "", bounds: Bounds = UNBOUNDED) -> Expression:
        """Wrap a plain number."""
        return cls(Number(float(value)), repr(value), where, bounds)

    @cached_property
    def names(self) -> frozenset[str]:
        """The parameters used, in lower case."""
        return frozenset(_names(self.node))

    @property
    def is_formula(self) -> bool:
        """Whether the cell holds anything but a plain number."""
        return not isinstance(self.node, Number)

    def with_name(self, name: str, meaning: Expression) -> Expression:
        """Return the expression in which a lower-case name stands for another expression.

        >>> doubled = parse("=2*c_drug").with_name("c_drug", parse("=c_list-10"))
        >>> sorted(doubled.names), float(doubled.evaluate({"c_list": 40.0}))
        (['c_list'], 60.0)
        """
        return replace(self, node=_put(self.node, name, meaning.node))

    def evaluate(self, values: Values) -> Any:
        """Compute the value: a float, or an array over draws where a parameter is one.

        A division by zero or a logarithm of a negative number gives a value that is not finite;
        the caller decides what to say about it.
        """
        if isinstance(self.node, Number):
            return np.float64(self.node.value)
        with np.errstate(all="ignore"):
            return _number(_evaluate(self.node, values))[()]


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[^\W\d][\w.]*)
    | (?P<operator><>|<=|>=|[-+*/^%=<>(),])
    | (?P<text>"[^"]*")
    | (?P<other>\S)
    )""",
    re.VERBOSE,
)
_CELL_ADDRESS = re.compile(r"^(?:[A-Za-z]{1,3}\d{1,7}|[rR]\d*[cC]\d*|[rRcC]\d*)$")


def is_cell_address(name: str) -> bool:
    """Tell whether Excel would read `name` as a cell rather than as a name.

    >>> [is_cell_address(name) for name in ("PFS1", "R1C1", "rc", "c_pfs", "os_hr")]
    [True, True, True, False, False]
    """
    return bool(_CELL_ADDRESS.match(name))


def _quoted(token: str) -> str:
    return token if token.startswith('"') else f"'{token}'"


class Parser:
    """Precedence climbing over the tokens of one formula.

    `functions` are those it knows, with the fewest and the most arguments.
    """

    functions: Mapping[str, tuple[int, int, Callable[..., Any]]] = FUNCTIONS

    def __init__(self, text: str) -> None:
        self.tokens = [
            (match.lastgroup or "", match.group(match.lastgroup or 0))
            for match in _TOKEN.finditer(text)
            if match.lastgroup
        ]
        self.position = 0
        for kind, token in self.tokens:
            self.admit(kind, token)

    def admit(self, kind: str, token: str) -> None:
        """Refuse what the language does not hold."""
        if kind in ("text", "other"):
            raise OutsideLanguageError(f"{_quoted(token)} is outside the formula language")

    def parse(self) -> Node:
        """Read the whole formula."""
        if not self.tokens:
            raise FormulaSyntaxError("the formula is empty")
        node = self.level(0)
        if self.position < len(self.tokens):
            raise FormulaSyntaxError(f"'{self.peek()}' is not expected here")
        return node

    def peek(self) -> str:
        """Return the next token; empty at the end."""
        return self.tokens[self.position][1] if self.position < len(self.tokens) else ""

    def take(self, expected: str) -> None:
        """Pass a token that must stand here."""
        if self.peek() != expected:
            found = f"'{self.peek()}' stands" if self.peek() else "the formula ends"
            raise FormulaSyntaxError(f"{found} where '{expected}' is expected")
        self.position += 1

    def level(self, depth: int) -> Node:
        """Read operators of a level of precedence and of the tighter ones."""
        if depth == len(_LEVELS):
            return self.percent()
        node = self.level(depth + 1)
        while (operator := self.peek()) in _LEVELS[depth]:
            self.position += 1
            node = Binary(operator, node, self.level(depth + 1))
        return node

    def percent(self) -> Node:
        """Read an operand with its percent signs."""
        node = self.sign()
        while self.peek() == "%":
            self.position += 1
            node = Unary("%", node)
        return node

    def sign(self) -> Node:
        """Read an operand with its signs."""
        if (operator := self.peek()) in ("-", "+"):
            self.position += 1
            return Unary(operator, self.sign())
        return self.atom()

    def atom(self) -> Node:
        """Read a number, a name, a call or a parenthesis."""
        if self.position == len(self.tokens):
            raise FormulaSyntaxError("the formula ends where a value is expected")
        kind, token = self.tokens[self.position]
        self.position += 1
        if kind == "number":
            return Number(float(token))
        if kind == "name":
            return self.call(token) if self.peek() == "(" else self.name(token)
        if token == "(":
            node = self.level(0)
            self.take(")")
            return node
        raise FormulaSyntaxError(f"'{token}' stands where a value is expected")

    def name(self, token: str) -> Node:
        """Return what a name stands for."""
        if token.upper() in ("TRUE", "FALSE"):
            return Number(float(token.upper() == "TRUE"))
        if is_cell_address(token):
            raise OutsideLanguageError(f"{token} is a cell, not a parameter")
        return Name(token.lower())

    def call(self, token: str) -> Node:
        """Read the arguments of a function."""
        function = token.upper()
        if function not in self.functions:
            raise OutsideLanguageError(f"the function {function} is outside the formula language")
        self.take("(")
        arguments: list[Node] = []
        if self.peek() != ")":
            arguments.append(self.level(0))
            while self.peek() == ",":
                self.position += 1
                arguments.append(self.level(0))
        self.take(")")
        fewest, most, _ = self.functions[function]
        if not fewest <= len(arguments) <= most:
            wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
            raise FormulaSyntaxError(f"{function} takes {wanted} arguments, not {len(arguments)}")
        return Call(function, tuple(arguments))


def parse(text: str, where: str = "", bounds: Bounds = UNBOUNDED) -> Expression:
    """Read a formula, with or without its leading ``=``.

    Raises
    ------
    OutsideLanguageError
        The formula needs Excel: a cell, a range, another sheet, text or an unknown function.
    FormulaSyntaxError
        The formula is not well formed.

    Examples
    --------
    >>> float(parse("=-2^2").evaluate({})), float(parse("2^3^2").evaluate({}))
    (4.0, 64.0)
    >>> float(parse("=c_drug*90%").evaluate({"c_drug": 200.0}))
    180.0
    """
    body = text.strip().removeprefix("=")
    return Expression(_node(body), body, where, bounds)


@lru_cache(maxsize=4096)
def _node(body: str) -> Node:
    """Parse a formula, once: every scenario reads the same cells."""
    return Parser(body).parse()
