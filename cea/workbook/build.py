"""From tables to assumptions: each row is read as the schema says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from cea.assumptions import (
    AdverseEvent,
    Assumptions,
    Correlation,
    Cost,
    LifeTable,
    Parameter,
    Settings,
    Strategy,
    SurvivalCurve,
    SurvivalTable,
    Threshold,
    Utility,
    Waning,
)
from cea.errors import nearest
from cea.formula import FUNCTIONS, Bounds, Expression, is_cell_address
from cea.parameters.values import CircularFormulaError, resolve
from cea.survival.families import FAMILIES
from cea.workbook.cells import CellReader
from cea.workbook.schema import PERIODS, SETTINGS, Field, Kind
from cea.workbook.tables import Findings, Row, Tables

_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_EVERY = re.compile(r"^every (\d+) months?$")
_UNIT_BOUNDS = {
    "proportion": Bounds(minimum=0, maximum=1),
    "probability": Bounds(minimum=0, maximum=1),
    "utility": Bounds(maximum=1),
}
T = TypeVar("T")


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
    base: dict[str, float]  # value of every parameter in the base case

    def finished(self) -> Assumptions:
        """Turn a draft without problems into assumptions."""
        assert self.settings is not None
        return Assumptions(**{f.name: getattr(self, f.name) for f in fields(self)[:-1]})


class Builder:
    """Reads all sheets of one set of tables."""

    def __init__(
        self, tables: Tables, findings: Findings, *, stored_values_count: bool = True
    ) -> None:
        self.tables, self.findings = tables, findings
        self.cells = CellReader(
            findings, other_names=tables.other_names, stored_values_count=stored_values_count
        )
        self.strategies: tuple[Strategy, ...] = ()

    def build(self) -> Draft:
        """Read every sheet; problems are noted in `findings`."""
        self._refuse_repeated_rows()
        self.strategies = tuple(self._each("Strategies", self._strategy))
        parameters = self._parameters()
        return Draft(
            self._settings(),
            tuple(self._each("Thresholds", self._threshold)),
            self.strategies,
            parameters,
            tuple(self._each("Survival", self._curve)),
            tuple(self._each("Costs", self._cost)),
            tuple(self._each("Utilities", self._utility)),
            tuple(self._each("Adverse events", self._adverse_event)),
            tuple(self._each("Correlations", self._correlation)),
            self._life_table(),
            self.cells.base,
        )

    # The cells of a row, read as their column demands.

    def _text(self, row: Row, column: str) -> str:
        return self.cells.text(row[column], row.sheet.column(column))

    def _value(self, row: Row, column: str) -> Expression | None:
        return self.cells.value(row[column], row.sheet.column(column))

    def _values(self, row: Row, *columns: str) -> list[Any]:
        """Read required value cells: a None among them stands for a problem that was noted."""
        return [self._value(row, column) for column in columns]

    def _number(self, row: Row, column: str) -> float | None:
        form = row.sheet.column(column)
        return self.cells.number(row[column], form, whole=form.kind is Kind.INTEGER)

    def _yes_no(self, row: Row, column: str) -> bool:
        return self.cells.yes_no(row[column], row.sheet.column(column))

    def _choice(self, row: Row, column: str) -> str:
        form = row.sheet.column(column)
        return self.cells.choice(row[column], form, self._choices(form, row, column))

    def _choices(self, form: Field, row: Row, column: str) -> Sequence[str]:
        if form.choices_from == "Strategies.Name":
            if not self.findings.clean("Strategies"):
                return [str(row[column].value).strip()]  # the list itself is to be mended first
            return [strategy.name for strategy in self.strategies]
        if form.choices_from == "Parameters.Name":
            return list(self.cells.parameters.values())
        return form.choices

    def _each(self, sheet: str, read: Callable[[Row], T | None]) -> Iterator[T]:
        """Read every row of a sheet; a row with a problem of its own is left out."""
        for row in self.tables[sheet]:
            before = len(self.findings.problems)
            made = read(row)
            if made is not None and len(self.findings.problems) == before:
                yield made

    def _refuse_repeated_rows(self) -> None:
        for rows in self.tables.rows.values():
            seen: dict[str, Row] = {}
            for row in rows:
                if not row.sheet.unique or not row.item:
                    continue
                first = seen.setdefault(row.item.casefold(), row)
                if first is not row:
                    cell = row[row.sheet.key[0]]
                    self.findings.problem(
                        cell,
                        f"'{row.item}' stands in {first[row.sheet.key[0]].address} already",
                        "delete or rename one of the two",
                    )

    # One method a sheet.

    def _strategy(self, row: Row) -> Strategy:
        name = self._text(row, "Name")
        return Strategy(name, self._text(row, "Label") or name)

    def _threshold(self, row: Row) -> Threshold:
        return Threshold(self._text(row, "Label"), self._number(row, "Value") or 0.0)

    def _parameters(self) -> tuple[Parameter, ...]:
        """Names first, so that formulas can use them in any order; then bases, then the rest."""
        rows = self.tables["Parameters"]
        self.cells.parameters = {
            name.lower(): name for row in rows if (name := self._parameter_name(row))
        }
        bases: dict[str, tuple[Row, Expression]] = {}
        for row in rows:
            base = self._value(row, "Base")
            name = str(row["Name"].value or "").strip().lower()
            if base is not None and name in self.cells.parameters:
                bases[name] = row, base
        self._resolve(bases)
        for row, base in bases.values():
            self.cells.check(base, row["Base"])
        return tuple(self._each("Parameters", self._parameter))

    def _parameter_name(self, row: Row) -> str:
        cell = row["Name"]
        name = self._text(row, "Name")
        if not name:
            return ""
        if is_cell_address(name):
            found = f"'{name}', which Excel reads as a cell"
            self.findings.problem(cell, found, f"rename it, e.g. to '{name}_'")
            return ""
        if not _NAME.match(name) or name.upper() in {"TRUE", "FALSE", *FUNCTIONS}:
            self.findings.problem(
                cell,
                f"'{name}' is not a name for formulas",
                "use letters, digits and underscores, not starting with a digit",
            )
            return ""
        return name

    def _resolve(self, bases: dict[str, tuple[Row, Expression]]) -> None:
        formulas = {name: base for name, (_, base) in bases.items()}
        # A formula over a parameter that could not be read is left out, and so on.
        while broken := [n for n, e in formulas.items() if not e.names <= formulas.keys()]:
            for name in broken:
                del formulas[name]
        try:
            values = resolve(formulas)
        except CircularFormulaError as error:
            named = " -> ".join(self.cells.parameters[name] for name in error.cycle)
            row, _ = bases[error.cycle[0]]
            self.findings.problem(
                row["Base"], f"a circular formula: {named}", "break the circle with a number"
            )
            return
        self.cells.base = {name: float(value) for name, value in values.items()}

    def _parameter(self, row: Row) -> Parameter | None:
        name = self._text(row, "Name")
        base = self._value(row, "Base")
        unit = self._text(row, "Unit")
        spread = {c: self._value(row, c) for c in ("Low", "High", "SE", "Par1", "Par2")}
        for column, expression in {
            "Base": base,
            "Low": spread["Low"],
            "High": spread["High"],
        }.items():
            if expression is not None and (bounds := _UNIT_BOUNDS.get(unit.casefold())):
                self._hold(expression, row, column, bounds, f"as its unit is {unit}")
        if base is None:
            return None
        return Parameter(
            name,
            self._text(row, "Label") or name,
            self._text(row, "Group"),
            unit,
            base,
            spread["Low"],
            spread["High"],
            self._choice(row, "Distribution"),
            spread["SE"],
            spread["Par1"],
            spread["Par2"],
            self._yes_no(row, "In DSA"),
            self._yes_no(row, "In PSA"),
            self._choice(row, "Evidence"),
            self._text(row, "Source"),
            self._text(row, "Note"),
        )

    def _hold(
        self, expression: Expression, row: Row, column: str, bounds: Bounds, reason: str
    ) -> None:
        """Hold a value to bounds that its column does not state."""
        if expression.names <= self.cells.base.keys():
            value = float(expression.evaluate(self.cells.base))
            if bounds.violated(value):
                self.findings.problem(row[column], f"{value:g}", f"it must be {bounds} {reason}")

    def _correlation(self, row: Row) -> Correlation:
        a, b = self._choice(row, "Parameter A"), self._choice(row, "Parameter B")
        return Correlation(a, b, self._number(row, "Correlation") or 0.0, row["Correlation"].where)

    def _curve(self, row: Row) -> SurvivalCurve:
        method = self._choice(row, "Method")
        family = self._choice(row, "Family")
        reference = self._choice(row, "Reference strategy") or self._reference_strategy()
        parameters: tuple[Expression, ...] = ()
        hazard_ratio = table = waning = None
        if method == "parametric":
            parameters = self._family_parameters(row, family)
        elif method == "hazard_ratio":
            hazard_ratio = self._needed(row, "Hazard ratio", "hazard_ratio")
        elif method == "table":
            table = self._table(row)
        if not row["Waning start"].blank or not row["Waning end"].blank:
            start = self._needed(row, "Waning start", "waning")
            end = self._needed(row, "Waning end", "waning")
            waning = Waning(start, end) if start is not None and end is not None else None
        return SurvivalCurve(
            self._choice(row, "Strategy"), self._choice(row, "Endpoint"), method, reference,
            family if method == "parametric" else "", parameters, hazard_ratio, table, waning,
            row["Strategy"].where,
        )  # fmt: skip

    def _needed(self, row: Row, column: str, by: str) -> Expression | None:
        if row[column].blank:
            self.findings.problem(row[column], "blank", f"{by} needs it: fill it in")
        return self._value(row, column)

    def _family_parameters(self, row: Row, family: str) -> tuple[Expression, ...]:
        if not family:
            if row["Family"].blank:
                self.findings.problem(
                    row["Family"], "blank", f"parametric needs one of: {', '.join(FAMILIES)}"
                )
            return ()
        wanted = FAMILIES[family].parameters
        found = []
        for i in range(1, 6):
            column = f"Par{i}"
            if i > len(wanted):
                if not row[column].blank:
                    names = ", ".join(p.name for p in wanted)
                    self.findings.problem(
                        row[column], "a value too many", f"{family} has only {names}: clear it"
                    )
                continue
            parameter = wanted[i - 1]
            if row[column].blank:
                self.findings.problem(
                    row[column], "blank", f"{family} needs its {parameter.name} here"
                )
            expression = self._value(row, column)
            if expression is not None and parameter.positive:
                bounds = Bounds(above=0)
                self._hold(expression, row, column, bounds, f"({parameter.name} of {family})")
                expression = Expression(expression.node, expression.text, expression.where, bounds)
            if expression is not None:
                found.append(expression)
        return tuple(found)

    def _table(self, row: Row) -> SurvivalTable | None:
        name = self._text(row, "Data set")
        if not name:
            self.findings.problem(row["Data set"], "blank", "table needs a Data set of Curves")
            return None
        points = [r for r in self.tables["Curves"] if self._text(r, "Data set") == name]
        if not points:
            known = sorted({self._text(r, "Data set") for r in self.tables["Curves"]})
            self.findings.problem(
                row["Data set"],
                f"no data set '{name}' in the Curves sheet",
                nearest(name, known) if known else "add its points to the Curves sheet",
            )
            return None
        before = len(self.findings.problems)
        pairs = [
            (self._number(r, "Time") or 0.0, self._number(r, "Survival") or 0.0) for r in points
        ]
        for (t0, s0), (t1, s1), r in zip(pairs, pairs[1:], points[1:], strict=False):
            if t1 <= t0:
                self.findings.problem(r["Time"], f"{t1:g} after {t0:g}", "sort the times upwards")
            if s1 > s0:
                self.findings.problem(
                    r["Survival"], f"{s1:g} after {s0:g}", "survival cannot rise: mend the points"
                )
        if pairs[0][0] == 0 and pairs[0][1] != 1:
            self.findings.problem(
                points[0]["Survival"], f"{pairs[0][1]:g} at time 0", "survival starts at 1"
            )
        if len(pairs) < 2 and pairs[0][0] == 0:
            self.findings.problem(points[0]["Time"], "a single point", "add the rest of the curve")
        if len(self.findings.problems) > before:
            return None
        return SurvivalTable(*(tuple(x) for x in zip(*pairs, strict=True)))

    def _cost(self, row: Row) -> Cost | None:
        applies_to = self._choice(row, "Applies to")
        per, every = self._per(row, applies_to)
        amount, start, end = self._values(row, "Amount", "From month", "To month")
        if amount is None:
            return None
        return Cost(
            self._text(row, "Item"), self._text(row, "Category"),
            self._choice(row, "Strategy") or None, applies_to, amount, per, every, start, end,
            self._choice(row, "Evidence"), self._text(row, "Source"),
        )  # fmt: skip

    def _per(self, row: Row, applies_to: str) -> tuple[str, int | None]:
        text = self._text(row, "Per").casefold()
        if not text:
            return "", None
        every = _EVERY.match(text)
        if every and int(every.group(1)) > 0:
            text = ""
        elif text not in PERIODS:
            allowed = [*PERIODS, "every 3 months"]
            self.findings.problem(row["Per"], f"'{text}'", nearest(text, allowed))
            return "", None
        one_off = applies_to in ("entry", "progression", "death")
        if applies_to and one_off != (text == "event"):
            shown = text or every.group() if every else text
            remedy = (
                f"{applies_to} happens once: use event"
                if one_off
                else f"{applies_to} lasts: use a period such as month"
            )
            self.findings.problem(row["Per"], f"'{shown}'", remedy)
        return text, int(every.group(1)) if every else None

    def _utility(self, row: Row) -> Utility | None:
        strategy, state = self._choice(row, "Strategy") or None, self._choice(row, "State")
        value = self._value(row, "Utility")
        return None if value is None else Utility(strategy, state, value)

    def _adverse_event(self, row: Row) -> AdverseEvent | None:
        event, strategy = self._text(row, "Event"), self._choice(row, "Strategy") or None
        values = self._values(row, "Incidence", "Cost", "Disutility", "Days")
        return None if None in values else AdverseEvent(event, strategy, *values)

    def _life_table(self) -> LifeTable | None:
        ages: list[tuple[int, float, float]] = []
        for row in self.tables["Life table"]:
            age, male, female = (self._number(row, c) for c in ("Age", "qx male", "qx female"))
            if age is None or male is None or female is None:
                continue
            if ages and age != ages[-1][0] + 1:
                self.findings.problem(
                    row["Age"], f"age {age:g} after {ages[-1][0]}", "list every age once, in order"
                )
            ages.append((int(age), male, female))
        if not ages or not self.findings.clean("Life table"):
            return None
        _, male_q, female_q = zip(*ages, strict=True)
        return LifeTable(ages[0][0], male_q, female_q)

    def _reference_strategy(self) -> str:
        """Return the reference strategy of the Settings, unchecked; "" where there is none."""
        for row in self.tables["Settings"]:
            if str(row["Setting"].value).strip() == "reference_strategy":
                found = str(row["Value"].value).strip().casefold()
                return next((s.name for s in self.strategies if s.name.casefold() == found), "")
        return ""

    def _settings(self) -> Settings | None:
        rows: dict[str, Row] = {}
        for row in self.tables["Settings"]:
            name = self._choice(row, "Setting")
            if name:
                rows[name] = row
        found = {form.name: self._setting(form, rows.get(form.name)) for form in SETTINGS}
        if not self.findings.clean("Settings"):
            return None
        found["background_mortality"] = found["background_mortality"] == "yes"
        return Settings(**found)

    def _setting(self, form: Field, row: Row | None) -> Any:
        if row is None:
            if form.required and self.tables["Settings"]:
                self.findings.problem(
                    f"Settings ({form.name})", "the setting is missing", "add a row for it"
                )
            if form.kind is Kind.VALUE:
                return None
            return form.default
        cell = row.replaced(form.name, row["Value"])[form.name]
        match form.kind:
            case Kind.TEXT:
                return self.cells.text(cell, form) or form.default
            case Kind.CHOICE:
                return self.cells.choice(cell, form, self._choices(form, row, "Value"))
            case Kind.YES_NO:
                return self.cells.choice(cell, form, ("yes", "no"))
            case Kind.VALUE:
                return self.cells.value(cell, form)
        number = self.cells.number(cell, form, whole=form.kind is Kind.INTEGER)
        return int(number) if form.kind is Kind.INTEGER and number is not None else number
