"""Draws of another tool, from CSV files.

Three layouts: this tool's own (psa_parameters.csv and psa_outcomes.csv, a row a draw and strategy),
one wide file of outcomes with columns such as cost_A and qaly_A, or SAVI's, with costs and effects
in a file each and a column a strategy.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cea.arrays import Array
from cea.errors import UserError

_COST = re.compile(r"^(?:costs?|c)[ ._](.+)$", re.IGNORECASE)
_EFFECT = re.compile(r"^(?:qalys?|effects?|eff|e)[ ._](.+)$", re.IGNORECASE)
_DRAW = ("draw", "iteration", "")  # R writes row names into a column without a name
_LAYOUTS = (
    "give either draw, strategy, cost and qaly, one row a draw and strategy, or two columns for "
    "each strategy, such as cost_A and qaly_A"
)


@dataclass(frozen=True, eq=False)
class DrawFiles:
    """What the files hold: draws by input, and costs and QALYs by strategy, shape (n,) each."""

    inputs: dict[str, Array]
    cost: dict[str, Array]
    qaly: dict[str, Array]
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)


def read_draws(
    parameters: Path,
    outcomes: Path | None = None,
    costs: Path | None = None,
    effects: Path | None = None,
    sets: Path | None = None,
) -> DrawFiles:
    """Read draws from `parameters` and either `outcomes` or both `costs` and `effects`.

    `sets` is a file with columns Set and Parameter.

    Raises
    ------
    UserError
        A file that cannot be read, or does not fit the others: its name, column and row, and what
        to do.
    """
    table = _Table.read(parameters)
    draws = table.draws()
    inputs = {name: table.numbers(name) for name in table.names if not _is_draw(name)}
    if not inputs:
        raise UserError(f"{parameters}: no column with an input")
    if outcomes is not None:
        cost, qaly = _outcomes(_Table.read(outcomes), draws)
    elif costs is not None and effects is not None:
        cost, qaly = _savi(_Table.read(costs), _Table.read(effects))
    else:
        raise UserError("name the outcomes: --outcomes, or both --costs and --effects")
    for name, column in cost.items():
        if len(column) != len(table.rows):
            source = outcomes or costs
            raise UserError(
                f"{source}: {len(column):,} draws of '{name}', but {parameters} has "
                f"{len(table.rows):,}; the rows of both must be the same draws"
            )
    return DrawFiles(inputs, cost, qaly, {} if sets is None else _sets(_Table.read(sets)))


@dataclass(frozen=True)
class _Table:
    """A CSV file: its header and its rows of text."""

    path: Path
    names: list[str]
    rows: list[list[str]]

    @classmethod
    def read(cls, path: Path) -> _Table:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise UserError(f"{path}: no such file") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"{path}: cannot be read as a CSV file in UTF-8 ({error})") from None
        lines = text.splitlines()
        first = lines[0] if lines else ""
        separator = max(",;\t", key=first.count)
        rows = [row for row in csv.reader(lines, delimiter=separator) if row]
        if len(rows) < 2:
            raise UserError(f"{path}: no draws; a header and one row a draw are needed")
        names = [name.strip() for name in rows[0]]
        for name in names:
            if names.count(name) > 1:
                raise UserError(f"{path}: two columns called '{name}'; rename one")
        for number, row in enumerate(rows[1:], start=2):
            if len(row) != len(names):
                raise UserError(
                    f"{path}, row {number}: {len(row)} cells, but the header has {len(names)}; is "
                    "a thousands separator or a decimal comma among them?"
                )
        return cls(path, names, rows[1:])

    def column(self, name: str) -> list[str]:
        """Return a column's text."""
        k = self.names.index(name)
        return [row[k].strip() for row in self.rows]

    def numbers(self, name: str) -> Array:
        """Return a column's numbers, shape (n,)."""
        column = self.column(name)
        try:
            found = np.array(column, dtype=float)
        except ValueError:
            found = np.array([_number(cell) for cell in column])
        wrong = np.flatnonzero(~np.isfinite(found))
        if len(wrong):
            cell = column[wrong[0]]
            said = "a blank" if not cell else f"'{cell}'"
            raise UserError(
                f"{self.path}, row {wrong[0] + 2}, column '{name}': {said}; a plain number is "
                "needed, without currency signs or thousands separators"
            )
        return found

    def draws(self) -> list[str] | None:
        """Return what its draws are called; None where no column says."""
        name = next((name for name in self.names if name.lower() in _DRAW[:2]), None)
        if name is None:
            return None
        found = [_plain(cell) for cell in self.column(name)]
        seen: set[str] = set()
        for number, draw in enumerate(found, start=2):
            if draw in seen:
                raise UserError(f"{self.path}, row {number}, column '{name}': draw {draw} again")
            seen.add(draw)
        return found

    def named(self, *names: str) -> str | None:
        """Return the column that has one of these names, in any case."""
        return next((mine for mine in self.names if mine.lower() in names), None)


def _is_draw(name: str) -> bool:
    return name.lower() in _DRAW


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _plain(draw: str) -> str:
    """Write a draw's number in one way: 1.0 is 1."""
    number = _number(draw)
    return f"{number:.0f}" if math.isfinite(number) and number == int(number) else draw


def _outcomes(table: _Table, draws: list[str] | None) -> tuple[dict[str, Array], dict[str, Array]]:
    strategy = table.named("strategy", "intervention")
    if strategy is not None:
        return _long(table, strategy, draws)
    cost = {m[1]: name for name in table.names if (m := _COST.match(name))}
    qaly = {m[1]: name for name in table.names if (m := _EFFECT.match(name))}
    if not cost or not qaly:
        raise UserError(f"{table.path}: columns {', '.join(table.names[:8])}; {_LAYOUTS}")
    for mine, other, missing in ((cost, qaly, "effect"), (qaly, cost, "cost")):
        for name, column in mine.items():
            if name not in other:
                raise UserError(f"{table.path}: column '{column}', but no {missing} of '{name}'")
    order = list(range(len(table.rows)))
    own = table.draws()
    if own is not None and draws is not None:
        order = _in_order(table, own, draws, "")
    return (
        {name: table.numbers(column)[order] for name, column in cost.items()},
        {name: table.numbers(qaly[name])[order] for name in cost},
    )


def _long(
    table: _Table, strategy: str, draws: list[str] | None
) -> tuple[dict[str, Array], dict[str, Array]]:
    draw = table.named("draw", "iteration")
    cost, qaly = table.named("cost", "costs"), table.named("qaly", "qalys", "effect", "effects")
    if draw is None or cost is None or qaly is None:
        raise UserError(f"{table.path}: columns {', '.join(table.names[:8])}; {_LAYOUTS}")
    found = {"cost": table.numbers(cost), "qaly": table.numbers(qaly)}
    names, own = table.column(strategy), [_plain(cell) for cell in table.column(draw)]
    if draws is None:
        draws = list(dict.fromkeys(own))
    rows: dict[str, list[int]] = {}
    for k, name in enumerate(names):
        rows.setdefault(name, []).append(k)
    made: tuple[dict[str, Array], dict[str, Array]] = ({}, {})
    for name, mine in rows.items():
        order = _in_order(table, [own[k] for k in mine], draws, f" of '{name}'")
        place = np.array(mine)[order]
        made[0][name], made[1][name] = found["cost"][place], found["qaly"][place]
    return made


def _in_order(table: _Table, own: Sequence[str], draws: Sequence[str], of: str) -> list[int]:
    """Return where each draw of the parameters stands among a strategy's rows."""
    place: dict[str, int] = {}
    for k, draw in enumerate(own):
        if draw in place:
            raise UserError(f"{table.path}: draw {draw}{of} stands there twice")
        place[draw] = k
    for draw in draws:
        if draw not in place:
            raise UserError(f"{table.path}: no row for draw {draw}{of}")
    if len(place) > len(draws):
        known = set(draws)
        extra = next(draw for draw in place if draw not in known)
        raise UserError(f"{table.path}: draw {extra}{of} is not among the parameters' draws")
    return [place[draw] for draw in draws]


def _savi(costs: _Table, effects: _Table) -> tuple[dict[str, Array], dict[str, Array]]:
    names = [name for name in costs.names if not _is_draw(name)]
    other = [name for name in effects.names if not _is_draw(name)]
    if set(names) != set(other):
        raise UserError(
            f"{effects.path}: columns {', '.join(other)}, but {costs.path} has {', '.join(names)}; "
            "a column for each strategy, called alike in both, is needed"
        )
    if len(costs.rows) != len(effects.rows):
        raise UserError(
            f"{effects.path}: {len(effects.rows):,} draws, but {costs.path} has "
            f"{len(costs.rows):,}; the rows of both must be the same draws"
        )
    return (
        {name: costs.numbers(name) for name in names},
        {name: effects.numbers(name) for name in names},
    )


def _sets(table: _Table) -> dict[str, tuple[str, ...]]:
    name, parameter = table.named("set"), table.named("parameter")
    if name is None or parameter is None:
        raise UserError(f"{table.path}: columns {', '.join(table.names)}; use Set and Parameter")
    found: dict[str, tuple[str, ...]] = {}
    for group, member in zip(table.column(name), table.column(parameter), strict=True):
        found[group] = (*found.get(group, ()), member)
    return found
