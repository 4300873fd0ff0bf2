"""From tables to assumptions: each row is read as the schema says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

from cea.assumptions import (
    AdverseEvent,
    Assumptions,
    Correlation,
    Cost,
    DataSet,
    ExternalPoint,
    LifeTable,
    Parameter,
    Period,
    SetMember,
    Settings,
    Strategy,
    SurvivalCurve,
    Threshold,
    Utility,
)
from cea.workbook.build_evidence import read_data_sets
from cea.workbook.build_parameters import read_parameters
from cea.workbook.build_survival import read_curves
from cea.workbook.findings import Findings
from cea.workbook.names import Names
from cea.workbook.periods import REMEDY, read_per
from cea.workbook.rows import RowReader
from cea.workbook.schema import SETTINGS, Field, Kind
from cea.workbook.tables import Row, Tables, shown

_ONE_OFF = ("entry", "progression", "death")
_ORDERED = ("Curves", "Life table")  # a repeated row is out of order, and reported so
_NUMBERS = (Kind.NUMBER, Kind.INTEGER)


@dataclass(frozen=True)
class Draft:
    """What could be read, before rules across rows are checked. `settings` None: unusable."""

    settings: Settings | None
    thresholds: tuple[Threshold, ...]
    strategies: tuple[Strategy, ...]
    parameters: tuple[Parameter, ...]
    curves: tuple[SurvivalCurve, ...]
    costs: tuple[Cost, ...]
    utilities: tuple[Utility, ...]
    adverse_events: tuple[AdverseEvent, ...]
    correlations: tuple[Correlation, ...]
    life_table: LifeTable | None
    data_sets: tuple[DataSet, ...]
    external: tuple[ExternalPoint, ...]
    parameter_sets: tuple[SetMember, ...]
    names: Names

    def finished(self) -> Assumptions:
        """Turn a draft without problems into assumptions."""
        assert self.settings is not None
        return Assumptions(**{f.name: getattr(self, f.name) for f in fields(self)[:-1]})


def build(tables: Tables, findings: Findings) -> Draft:
    """Read every sheet; problems are noted in `findings`."""
    rows = RowReader(tables, findings)
    _refuse_repeated_rows(rows)
    strategies = tuple(rows.each("Strategies", lambda row: _strategy(row, rows)))
    rows.strategies = tuple(strategy.name for strategy in strategies)
    parameters = read_parameters(rows)
    data_sets = read_data_sets(rows)
    return Draft(
        _settings(rows),
        tuple(rows.each("Thresholds", lambda row: _threshold(row, rows))),
        strategies,
        parameters,
        read_curves(rows, data_sets),
        tuple(rows.each("Costs", lambda row: _cost(row, rows))),
        tuple(rows.each("Utilities", lambda row: _utility(row, rows))),
        tuple(rows.each("Adverse events", lambda row: _adverse_event(row, rows))),
        tuple(rows.each("Correlations", lambda row: _correlation(row, rows))),
        _life_table(rows),
        data_sets,
        tuple(rows.each("External", lambda row: _external(row, rows))),
        tuple(rows.each("Parameter sets", lambda row: _set_member(row, rows))),
        rows.names,
    )


def _refuse_repeated_rows(rows: RowReader) -> None:
    for sheet, table in rows.tables.rows.items():
        if sheet in _ORDERED:
            continue
        seen: dict[str, Row] = {}
        for row in table:
            if not row.sheet.unique or not row.item:
                continue
            first = seen.setdefault(row.item.casefold(), row)
            if first is not row:
                key = row.sheet.key[0]
                rows.findings.problem(
                    row[key],
                    f"'{row.item}' stands in {first[key].address} already",
                    "delete or rename one of the two",
                )


# One function a row.


def _strategy(row: Row, rows: RowReader) -> Strategy:
    name = rows.text(row, "Name")
    return Strategy(name, rows.text(row, "Label") or name)


def _threshold(row: Row, rows: RowReader) -> Threshold:
    return Threshold(rows.text(row, "Label"), rows.number(row, "Value") or 0.0)


def _external(row: Row, rows: RowReader) -> ExternalPoint | None:
    strategy, endpoint = rows.choice(row, "Strategy"), rows.choice(row, "Endpoint")
    month, survival = rows.number(row, "Month"), rows.number(row, "Survival")
    low, high = rows.number(row, "Low"), rows.number(row, "High")
    if month is None or survival is None:
        return None
    for column, end, sign in (("Low", low, 1), ("High", high, -1)):
        if end is not None and sign * (end - survival) > 0:
            side = "below" if sign > 0 else "above"
            remedy = f"set it at or {side} Survival ({survival:g})"
            rows.findings.problem(row[column], f"{end:g}", remedy)
    source = rows.text(row, "Source")
    where = row["Month"].where
    return ExternalPoint(strategy, month, survival, low, high, source, endpoint, where)


def _cost(row: Row, rows: RowReader) -> Cost | None:
    applies_to = rows.choice(row, "Applies to")
    per, every = _per(row, applies_to, rows)
    amount, start, end = rows.values(row, "Amount", "From month", "To month")
    if applies_to == "entry":
        for column in ("From month", "To month"):
            if not row[column].blank:
                rows.findings.warn(row[column], "not used: entry is charged once, at the start")
    if amount is None:
        return None
    return Cost(
        rows.text(row, "Item"), rows.text(row, "Category"),
        rows.choice(row, "Strategy") or None, applies_to, amount, per, every, start, end,
        rows.choice(row, "Evidence"), rows.text(row, "Source"),
    )  # fmt: skip


def _per(row: Row, applies_to: str, rows: RowReader) -> tuple[Period | str, Period | None]:
    """Read how often an amount is charged: a period, or the time between charges."""
    text = rows.text(row, "Per")
    if not text:
        return "", None
    charged = read_per(text)
    if charged is None:
        rows.findings.problem(row["Per"], f"'{text}'", REMEDY)
        return "", None
    one_off = applies_to in _ONE_OFF
    if applies_to and one_off != (charged.per == "event"):
        remedy = (
            f"what applies to {applies_to} is charged once: use event"
            if one_off
            else f"what applies to {applies_to} accrues over time: use a period such as month"
        )
        rows.findings.problem(row["Per"], f"'{text}'", remedy)
    return charged.per, charged.every


def _utility(row: Row, rows: RowReader) -> Utility | None:
    strategy, state = rows.choice(row, "Strategy") or None, rows.choice(row, "State")
    value = rows.value(row, "Utility")
    return None if value is None else Utility(strategy, state, value)


def _adverse_event(row: Row, rows: RowReader) -> AdverseEvent | None:
    event, strategy = rows.text(row, "Event"), rows.choice(row, "Strategy") or None
    values = rows.values(row, "Incidence", "Cost", "Disutility", "Days")
    return None if None in values else AdverseEvent(event, strategy, *values)


def _correlation(row: Row, rows: RowReader) -> Correlation:
    a, b = rows.choice(row, "Parameter A"), rows.choice(row, "Parameter B")
    value = rows.number(row, "Correlation") or 0.0
    return Correlation(a, b, value, row["Correlation"].where)


def _set_member(row: Row, rows: RowReader) -> SetMember:
    return SetMember(rows.text(row, "Set"), rows.choice(row, "Parameter"))


def _life_table(rows: RowReader) -> LifeTable | None:
    ages: list[tuple[float, float, float]] = []
    expected: set[float] = set()
    for row in rows.tables["Life table"]:
        age, male, female = (rows.number(row, c) for c in ("Age", "qx male", "qx female"))
        if age is not None and expected and age not in expected:
            found = f"age {age:g} where {max(expected):g} is expected"
            rows.findings.problem(row["Age"], found, "list every age once, in order")
            # Either this age is wrong or ages are missing before it: both may go on.
            expected = {age + 1, max(expected) + 1}
        else:
            expected = set() if age is None else {age + 1}
        if age is not None and male is not None and female is not None:
            ages.append((age, male, female))
    if not ages or not rows.findings.clean("Life table"):
        return None
    _, male_q, female_q = zip(*ages, strict=True)
    return LifeTable(int(ages[0][0]), male_q, female_q)


# The Settings sheet, a row a setting.


def _settings(rows: RowReader) -> Settings | None:
    given = {name: row for row in rows.tables["Settings"] if (name := rows.choice(row, "Setting"))}
    _refuse_missing_settings(given, rows)
    found = {form.name: _setting(form, given.get(form.name), rows) for form in SETTINGS}
    needed = [f for f in SETTINGS if f.required or (f.kind in _NUMBERS and f.default is not None)]
    unread = any(found[f.name] is None for f in needed)
    if unread or not rows.findings.clean("Settings"):
        return None
    found["background_mortality"] = found["background_mortality"] == "yes"
    return Settings(**found)


def _setting(form: Field, row: Row | None, rows: RowReader) -> Any:
    if row is None:
        return None if form.kind is Kind.VALUE else form.default
    cell = row.replaced(form.name, row["Value"])[form.name]
    match form.kind:
        case Kind.TEXT:
            return rows.cells.text(cell, form) or form.default
        case Kind.CHOICE:
            return rows.cells.choice(cell, form, rows.choices(form, row, "Value"))
        case Kind.YES_NO:
            return rows.cells.choice(cell, form, ("yes", "no"))
        case Kind.VALUE:
            return rows.cells.value(cell, form)
    number = rows.cells.number(cell, form, whole=form.kind is Kind.INTEGER)
    return int(number) if form.kind is Kind.INTEGER and number is not None else number


def _refuse_missing_settings(given: Collection[str], rows: RowReader) -> None:
    """Ask for required settings, but for one that a misspelt row, reported already, means."""
    if not rows.was_read("Settings"):
        return
    names = {setting.name for setting in SETTINGS}
    strangers = {shown(row["Setting"]).casefold() for row in rows.tables["Settings"]} - names
    lacking = [form.name for form in SETTINGS if form.required and form.name not in given]
    missing = [name for name in lacking if not get_close_matches(name, strangers, n=1)]
    # The rows without a known name, reported already, may be meant for what seems missing.
    unnamed = len(rows.tables["Settings"]) - len(given) - (len(lacking) - len(missing))
    if len(missing) > unnamed:
        one = len(missing) == 1
        rows.findings.problem(
            f"Settings ({', '.join(missing)})",
            "the setting is missing" if one else "the settings are missing",
            "add a row for it" if one else "add a row for each",
        )
