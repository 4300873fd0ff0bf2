"""The live workbook against the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook
from xlsxwriter.worksheet import Worksheet

from cea.analysis.base_case import BaseCase
from cea.model.grid import average_occupancy
from cea.report.model_workbook import LiveModel
from cea.report.model_workbook.cells import Place
from cea.report.record import RunRecord

RECORD = RunRecord("0", "model.xlsx", "0" * 64, None, None, None, "2024-01-01", {}, "export")
_OF_ENGINE = ("psa.", "case.")  # values of the engine's, not formulas


@contextmanager
def typed_instead(changes: Mapping[tuple[str, int, int], Any]) -> Iterator[None]:
    """Type something else into some cells, by (sheet, row, column), as a reader would."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("write_number", "write_string", "write_blank", "write_formula"):
            written = getattr(Worksheet, name)

            def write(self: Any, row: int, column: int, *rest: Any, written: Any = written) -> Any:
                if (self.name, row, column) in changes:
                    style = next((x for x in rest if hasattr(x, "num_format")), None)
                    new = changes[self.name, row, column]
                    if new is None:
                        return self._write_blank(row, column, "", style)
                    plain = self._write_string if isinstance(new, str) else self._write_number
                    return plain(row, column, new, style)
                return written(self, row, column, *rest)

            patch.setattr(Worksheet, name, write)
        yield


@dataclass(frozen=True)
class Read:
    """The values of a recalculated workbook, by key."""

    book: Any
    live: LiveModel

    @classmethod
    def of(cls, path: Path, live: LiveModel) -> Read:
        """Read the values."""
        return cls(load_workbook(path, data_only=True), live)

    def __getitem__(self, key: str) -> Any:
        place = self.live.cells.places[key]
        found = self._values(place)
        return found[0] if place.is_cell else np.array(found)

    def _values(self, place: Place) -> list[Any]:
        sheet = self.book[place.sheet]
        count = 1 if place.is_cell else len(place.values)
        rows = sheet.iter_rows(
            place.row + 1, place.row + count, place.column + 1, place.column + 1, values_only=True
        )
        return [row[0] for row in rows]


def assert_cells(read: Read) -> None:
    """Hold every formula's value to the one that was evaluated when it was written."""
    compared = 0
    for key, place in read.live.cells.places.items():
        if key.startswith(_OF_ENGINE) or np.ndim(place.values) == 2:
            continue
        found, expected = np.ravel(read[key]), np.ravel(place.values)
        compared += len(expected)
        if any(isinstance(x, str) for x in expected):
            assert [x or "" for x in found] == [x or "" for x in expected], key
            continue
        numbers = np.array([0.0 if x is None else x for x in found], dtype=float)
        scale = 1e5 if _is_difference(key) else 1.0  # of two numbers of that size
        np.testing.assert_allclose(
            numbers, expected.astype(float), rtol=1e-9, atol=1e-9 * scale, err_msg=key
        )
    assert compared > 1000


def _is_difference(key: str) -> bool:
    return "inmb" in key or "nmb" in key or "evpi" in key or "difference" in key or "d_" in key


def assert_engine(get: Any, base: BaseCase) -> None:
    """Hold totals to the engine's, 1e-9 relative, and probabilities, 1e-9 absolute."""
    a = base.assumptions
    rule = a.settings.within_cycle_correction
    totals = {"cost": base.cost, "ly": base.ly, "qaly": base.qaly}
    for s, name in enumerate(a.strategy_names):
        for measure, values in totals.items():
            assert get[f"res.{measure}{s}"] == pytest.approx(values[s], rel=1e-9), (measure, name)
        cohort = base.cohorts[name]
        expected = {
            "pf": cohort.progression_free[0],
            "pd": cohort.progressed[0],
            "os": cohort.curves.os[0],
            "pfs": cohort.curves.pfs[0],
            "avg_pf": average_occupancy(rule, cohort.progression_free)[0],
            "avg_pd": average_occupancy(rule, cohort.progressed)[0],
        }
        if cohort.transitions is not None:
            expected |= {
                "p_pd": cohort.transitions.pf_to_pd[0], "p_dead": cohort.transitions.pf_to_dead[0],
            }  # fmt: skip
            if a.settings.closure != "pps_curve":  # which has no such probability of its own
                expected["p_pd_dead"] = cohort.transitions.pd_to_dead[0]
        for key, column in expected.items():
            found = np.asarray(get[f"s{s}.{key}"], dtype=float)
            np.testing.assert_allclose(found, column, rtol=0, atol=1e-9, err_msg=f"{key}, {name}")
    r = a.reference
    for s in range(len(a.strategies)):
        if s == r:
            continue
        pair = base.against_reference(s)
        if pair.icer is not None:
            assert get[f"res.icer{s}"] == pytest.approx(pair.icer, rel=1e-8)
        else:
            assert get[f"res.icer{s}"] == str(pair.verdict)
