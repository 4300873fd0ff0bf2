"""Formulas against the engine: as evaluated when written, and as LibreOffice recalculates them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import pytest
from xlsxwriter.worksheet import Worksheet

from cea.analysis.base_case import BaseCase, base_case
from cea.analysis.psa import psa
from cea.analysis.tornado import tornado
from cea.assumptions import Assumptions
from cea.errors import OutputError
from cea.report.model_workbook import MOST_STRATEGIES, LiveModel, write_model
from tests.build import assumptions, cost, exponentials, parameter, shipped
from tests.libreoffice import needs_libreoffice, recalculate, wrong_values
from tests.model_workbook.compared import RECORD, Read, assert_cells, assert_engine
from tests.model_workbook.design import FACTORS, design, model

EXAMPLES = ("sor_tace", "three_strategies", "km_example")
DESIGN = design()
IDS = ["-".join(map(str, row.values())) for row in DESIGN]


def test_every_pair_of_levels_stands_together():
    assert len(DESIGN) >= 80
    for a, b in combinations(FACTORS, 2):
        together = {(row[a], row[b]) for row in DESIGN}
        assert together == set(product(FACTORS[a], FACTORS[b]))


Written = tuple[LiveModel, BaseCase]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Written]:
    """Write every model of the design, with wrong values stored."""
    folder = tmp_path_factory.mktemp("design")
    found = []
    with wrong_values():
        for k, row in enumerate(DESIGN):
            base = base_case(model(row))
            # PSA and tornado in some: they take time, and do not depend on the design.
            some = k % 10 == 0
            sampled = psa(base.assumptions) if some else None
            varied = tornado(base.assumptions) if some else None
            live = write_model(folder / f"{k}.xlsx", base, sampled, varied, RECORD)
            found.append((live, base))
    return found


@pytest.fixture(scope="module")
def recalculated(
    written: list[Written], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Read, BaseCase]]:
    """Let LibreOffice calculate them all."""
    paths = recalculate([live.path for live, _ in written], tmp_path_factory.mktemp("office"))
    return [(Read.of(path, live), base) for path, (live, base) in zip(paths, written, strict=True)]


@pytest.mark.parametrize("k", range(len(DESIGN)), ids=IDS)
def test_formulas_evaluated_when_written(written: list[Written], k: int):
    live, base = written[k]
    assert live.difference < 1e-12
    assert live.cells["check.failing"] == 0
    assert_engine(live.cells, base)


@needs_libreoffice
@pytest.mark.parametrize("k", range(len(DESIGN)), ids=IDS)
def test_libreoffice_agrees(recalculated: list[tuple[Read, BaseCase]], k: int):
    read, base = recalculated[k]
    assert_engine(read, base)
    assert_cells(read)


@needs_libreoffice
@pytest.mark.parametrize("example", EXAMPLES)
def test_libreoffice_agrees_on_the_examples(example: str, tmp_path: Path):
    found = shipped(example)
    base = base_case(found)
    with wrong_values():
        live = write_model(
            tmp_path / "m.xlsx", base, psa(found, 64), tornado(found), RECORD, draws=64
        )
    (path,) = recalculate([live.path], tmp_path)
    read = Read.of(path, live)
    assert_engine(read, base)
    assert_cells(read)


@needs_libreoffice
def test_a_broken_formula_is_found(tmp_path: Path):
    """The comparison is not vacuous: one formula of a thousand, a little wrong, fails it."""
    base = base_case(model(DESIGN[0]))
    written = Worksheet.write_formula
    broken: list[str] = []

    def write(self, row, column, text, *rest):
        if not broken and self.name == "B" and text.startswith("=IF(") and row == 20:
            broken.append(text)
            text = f"={text[1:]}*1.000001"
        return written(self, row, column, text, *rest)

    with wrong_values(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Worksheet, "write_formula", write)
        live = write_model(tmp_path / "m.xlsx", base, None, None, RECORD)
    assert broken
    (path,) = recalculate([live.path], tmp_path)
    with pytest.raises(AssertionError):
        assert_cells(Read.of(path, live))


@needs_libreoffice
def test_wrong_values_are_really_stored(tmp_path: Path):
    from openpyxl import load_workbook

    base = base_case(model(DESIGN[0]))
    with wrong_values():
        live = write_model(tmp_path / "m.xlsx", base, None, None, RECORD)
    stored = Read(load_workbook(live.path, data_only=True), live)
    assert stored["res.cost0"] == 123.0
    with pytest.raises(AssertionError):
        assert_engine(stored, base)


def test_a_strategy_may_be_called_like_a_sheet(tmp_path: Path):
    found = model(DESIGN[0])
    names = {"A": "Results", "B": "It's [new] / better: than anything before it"}
    found = replace(
        found,
        settings=replace(found.settings, reference_strategy=names["A"]),
        strategies=tuple(replace(s, name=names[s.name]) for s in found.strategies),
        curves=tuple(
            replace(c, strategy=names[c.strategy], reference=names[c.reference])
            for c in found.curves
        ),
        costs=tuple(replace(c, strategy=names.get(c.strategy or "")) for c in found.costs),
        utilities=tuple(replace(u, strategy=names.get(u.strategy or "")) for u in found.utilities),
        adverse_events=tuple(
            replace(e, strategy=names.get(e.strategy or "")) for e in found.adverse_events
        ),
    )
    live = write_model(tmp_path / "m.xlsx", base_case(found), None, None, RECORD)
    assert live.cells.places["s0.pf"].sheet == "Results (2)"
    assert live.difference < 1e-12


def _many(count: int) -> Assumptions:
    names = [f"S{k}" for k in range(count)]
    prices = [cost("Price", "entry", 100.0 * k**2, "event", strategy=n)
              for k, n in enumerate(names)]  # fmt: skip
    return assumptions(
        [c for k, n in enumerate(names) for c in exponentials(n, os=0.04 - 0.003 * k)],
        costs=[*prices, cost("Care", "alive", "c_care")],
        parameters=[parameter("c_care", 100.0, distribution="gamma", se=10.0)],
        horizon_years=1.0,
        psa_draws=8,
    )


def test_as_many_strategies_as_formulas_are_long_enough_for(tmp_path: Path):
    from openpyxl import load_workbook

    found = _many(MOST_STRATEGIES)
    live = write_model(tmp_path / "m.xlsx", base_case(found), psa(found), tornado(found), RECORD)
    assert live.difference < 1e-12
    longest = max(
        len(cell.value)
        for sheet in load_workbook(live.path)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    )
    assert longest <= 8192
    too_many = _many(MOST_STRATEGIES + 1)
    with pytest.raises(OutputError, match="at most 8 strategies"):
        write_model(tmp_path / "m.xlsx", base_case(too_many), None, None, RECORD)


def test_a_model_without_costs(tmp_path: Path):
    base = base_case(assumptions(exponentials("A", "B")))
    live = write_model(tmp_path / "m.xlsx", base, None, None, RECORD)
    assert live.cells["res.cost0"] == 0
    assert live.cells["res.icer1"] == "equal"
    assert live.cells["check.failing"] == 0
