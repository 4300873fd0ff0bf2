"""The evidence behind fitted curves: Data sets, KM, At risk, Patients and Landmarks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from cea.assumptions import DataSet
from cea.survival.digitised import fault
from cea.workbook.rows import RowReader
from cea.workbook.tables import Row, shown

_DATA = "Data set"
_PER_UNIT = {"fraction": 1.0, "percent": 100.0}
_SLACK = 0.05  # a hand may click this far above or below the survival axis, as a fraction
_FEWEST = 5  # months after 0 with a click: two more than a family but a spline has parameters
_EVENT = "use 1 for the event, 0 for a censored time"

Pairs = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Sources:
    """The rows of one data set, by sheet; `described` is its row in Data sets."""

    described: Row | None
    clicks: list[Row]
    at_risk: list[Row]
    patients: list[Row]
    landmarks: list[Row]

    @property
    def first(self) -> Row:
        """The row that names it first."""
        rows = [*self.clicks, *self.patients, *self.at_risk, *self.landmarks]
        return self.described or rows[0]


def read_data_sets(rows: RowReader) -> tuple[DataSet, ...]:
    """Read every data set; one at fault is left out, and its sheet unsound then."""
    found = []
    for sources in _sources(rows).values():
        before = len(rows.findings.problems)
        made = _data_set(sources, rows)
        if made is not None and len(rows.findings.problems) == before:
            found.append(made)
    return tuple(found)


def names_of_data_sets(rows: RowReader) -> list[str]:
    """List every name that the sheets use."""
    cells = (row[_DATA] for sheet in ("Data sets", "KM", "Patients") for row in rows.tables[sheet])
    return list(dict.fromkeys(shown(cell) for cell in cells if not cell.blank))


def _sources(rows: RowReader) -> Mapping[str, _Sources]:
    """Group the rows by the name of their data set, in lower case."""
    grouped: dict[str, _Sources] = {}
    for sheet in ("Data sets", "KM", "At risk", "Patients", "Landmarks"):
        for row in rows.tables[sheet]:
            name = rows.text(row, _DATA).casefold()
            if not name:
                continue
            known = grouped.setdefault(name, _Sources(None, [], [], [], []))
            match sheet:
                case "Data sets":
                    grouped[name] = _Sources(row, [], [], [], [])
                case "KM":
                    known.clicks.append(row)
                case "At risk":
                    known.at_risk.append(row)
                case "Patients":
                    known.patients.append(row)
                case _:
                    known.landmarks.append(row)
    return grouped


def _data_set(sources: _Sources, rows: RowReader) -> DataSet | None:
    name = shown(sources.first[_DATA])
    described = sources.described
    unit, label, events, median, ratio = "", "", None, None, None
    if described is not None:
        unit = rows.choice(described, "Survival unit")
        label = rows.text(described, "Label")
        number = rows.number(described, "Total events")
        events = None if number is None else int(number)
        median = rows.number(described, "Published median")
        ratio = rows.number(described, "Published hazard ratio")
    if not _one_kind(sources, name, rows):
        return None
    landmarks = _landmarks(sources, name, unit, rows)
    published = events, median, ratio, landmarks
    if sources.patients:
        _warn_of_unused(sources, rows)
        return DataSet(name, label, (), (), _patients(sources, rows), *published)
    clicks = _clicks(sources, name, unit, rows)
    at_risk = _at_risk(sources, name, rows)
    most = max((number for _, number in at_risk), default=math.inf)
    if described is not None and events is not None and events > most:
        found = f"{events} events among {most:g} at risk"
        rows.findings.problem(described["Total events"], found, "mend the one or the other")
    return DataSet(name, label, clicks, at_risk, (), *published)


def _one_kind(sources: _Sources, name: str, rows: RowReader) -> bool:
    """Whether there are patients or a digitised curve, and not both."""
    if sources.patients and sources.clicks:
        rows.findings.problem(
            sources.clicks[0][_DATA],
            f"'{name}' stands in the Patients sheet too",
            "keep one of the two, or name them apart",
        )
    elif not (sources.patients or sources.clicks):
        if rows.was_read("KM") and rows.was_read("Patients"):
            rows.findings.problem(
                sources.first[_DATA],
                f"'{name}' has neither points in KM nor Patients",
                "add them, or delete the row",
            )
    else:
        return True
    return False


def _warn_of_unused(sources: _Sources, rows: RowReader) -> None:
    cells = [row[_DATA] for row in sources.at_risk[:1]]
    if sources.described is not None and not sources.landmarks:
        cells += [cell for cell in [sources.described["Survival unit"]] if not cell.blank]
    for cell in cells:
        rows.findings.warn(cell, "not used: the data set has its Patients")


def _patients(sources: _Sources, rows: RowReader) -> tuple[tuple[float, bool], ...]:
    found = []
    for row in sources.patients:
        time, event = rows.number(row, "Time"), _event(row, rows)
        if time is not None and event is not None:
            found.append((time, event))
    return tuple(found)


def _event(row: Row, rows: RowReader) -> bool | None:
    """Read 1 or 0; words such as yes and dead are not guessed."""
    cell = row["Event"]
    if shown(cell).isalpha():
        rows.findings.problem(cell, f"'{shown(cell)}'", _EVENT)
        return None
    event = rows.number(row, "Event")
    if event is not None and event not in (0, 1):
        rows.findings.problem(cell, f"{event:g}", _EVENT)
        return None
    return None if event is None else event == 1


def _clicks(sources: _Sources, name: str, unit: str, rows: RowReader) -> Pairs:
    """Read the clicks as fractions."""
    read = [(row, rows.number(row, "Time"), rows.number(row, "Survival"))
            for row in sources.clicks]  # fmt: skip
    known = [(row, t, s) for row, t, s in read if t is not None and s is not None]
    if not unit:
        if sources.described is None and rows.was_read("Data sets"):
            rows.findings.problem(
                sources.clicks[0][_DATA],
                f"'{name}' has no row in the Data sets sheet",
                "add one with its Survival unit",
            )
        elif sources.described is not None and sources.described["Survival unit"].blank:
            rows.findings.problem(
                sources.described["Survival unit"], "blank",
                "say in which unit KM holds its Survival: fraction or percent",
            )  # fmt: skip
        return ()
    if _holds_to_unit(sources, known, unit, rows) and len(known) == len(read):
        _hold_to_shape(known, name, unit, rows)
    return tuple((t, s / _PER_UNIT[unit]) for _, t, s in known)


def _hold_to_shape(
    known: list[tuple[Row, float, float]], name: str, unit: str, rows: RowReader
) -> None:
    """Refuse clicks that are no survival curve, or too few to tell its shape."""
    row, *_ = known[0]
    made = fault([t for _, t, _ in known], [s for _, _, s in known], _PER_UNIT[unit])
    if made is not None:
        row, *_ = known[made.click]
        cell = row["Time" if made.on_time_axis else "Survival"]
        rows.findings.problem(cell, f"'{name}': {made.found}", made.remedy)
        return
    count = len({t for _, t, _ in known if t > 0})
    if count < _FEWEST:
        points = f"only {count} point{'s' * (count > 1)}" if count else "no point"
        rows.findings.problem(
            row["Time"],
            f"'{name}' has {points} after month 0, too few to tell a shape",
            f"click at {_FEWEST} or more different months, best at every step of the curve",
        )


def _holds_to_unit(
    sources: _Sources, known: list[tuple[Row, float, float]], unit: str, rows: RowReader
) -> bool:
    most = _PER_UNIT[unit]
    for row, _, survival in known:
        if not -_SLACK * most <= survival <= (1 + _SLACK) * most:
            rows.findings.problem(
                row["Survival"],
                f"{survival:g}, but the Survival unit of its data set is {unit}",
                f"it must be between 0 and {most:g}: mend it, or the unit in Data sets",
            )
            return False
    if unit == "percent" and known and max(s for _, _, s in known) <= 1 + _SLACK:
        assert sources.described is not None
        rows.findings.problem(
            sources.described["Survival unit"],
            "percent, but no point of the curve is above 1",
            "set it to fraction, or add the start of the curve",
        )
        return False
    return True


def _landmarks(sources: _Sources, name: str, unit: str, rows: RowReader) -> Pairs:
    """Read the published landmarks as fractions."""
    if not sources.landmarks:
        return ()
    if not unit and (sources.patients or sources.described is None):  # else KM asks for it
        place = sources.landmarks[0][_DATA]
        if sources.described is not None:
            place = sources.described["Survival unit"]
        rows.findings.problem(
            place,
            f"'{name}' has Landmarks, but no unit of theirs",
            "give it a Survival unit in Data sets: fraction or percent",
        )
    found = []
    for row in sources.landmarks:
        time, survival = rows.number(row, "Time"), rows.number(row, "Survival")
        if time is None or survival is None or not unit:
            continue
        if survival > _PER_UNIT[unit]:
            rows.findings.problem(
                row["Survival"],
                f"{survival:g}, but the Survival unit of its data set is {unit}",
                f"it must be between 0 and {_PER_UNIT[unit]:g}: mend it, or the unit in Data sets",
            )
        found.append((time, survival / _PER_UNIT[unit]))
    return tuple(found)


def _at_risk(sources: _Sources, name: str, rows: RowReader) -> Pairs:
    read = [(row, rows.number(row, "Time"), rows.number(row, "N")) for row in sources.at_risk]
    known = [(row, t, n) for row, t, n in read if t is not None and n is not None]
    if len(known) < len(read):
        return ()
    if not known or known[0][1] != 0 or known[0][2] == 0:
        if rows.was_read("At risk"):
            place = known[0][0]["Time"] if known else sources.first[_DATA]
            rows.findings.problem(
                place,
                f"'{name}' has no number at risk at month 0",
                "begin its rows in At risk with the number of patients at month 0",
            )
        return ()
    for (_, t0, n0), (row, t1, n1) in pairwise(known):
        if t1 <= t0:
            rows.findings.problem(row["Time"], f"{t1:g} after {t0:g}", "sort the times upwards")
        elif n1 > n0:
            rows.findings.problem(
                row["N"], f"{n1:g} after {n0:g}", "numbers at risk cannot rise: mend them"
            )
    return tuple((t, n) for _, t, n in known)
