"""The live workbook: the whole model as Excel formulas, beside the engine's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cea.analysis.base_case import BaseCase
from cea.analysis.psa import Psa
from cea.analysis.tornado import Tornado
from cea.assumptions import Assumptions
from cea.errors import OutputError
from cea.parameters.draws import base_values
from cea.report.model_workbook.building import Building
from cea.report.model_workbook.cells import Cells
from cea.report.model_workbook.charts import write_charts
from cea.report.model_workbook.checks import write_checks
from cea.report.model_workbook.cover import NAME, place_selectors, write_cover
from cea.report.model_workbook.inputs import (
    write_costs,
    write_effects,
    write_survival,
)
from cea.report.model_workbook.parameters import write_cases, write_draws, write_parameters
from cea.report.model_workbook.results import write_results_sheet
from cea.report.model_workbook.settings import write_settings
from cea.report.model_workbook.strategy import write_strategies
from cea.report.model_workbook.time import write_life_table, write_time
from cea.report.model_workbook.uncertainty import write_psa, write_tornado
from cea.report.names import sheet_names
from cea.report.record import RunRecord
from cea.report.results_workbook.book import Book

MOST_STRATEGIES = 8  # beyond, formulas of dominance are longer than Excel takes
DRAWS = 1000  # of the PSA that the workbook can replay, unless more are asked for


@dataclass(frozen=True)
class LiveModel:
    """A live workbook that was written.

    `cells` holds every cell with a key; `difference` is the largest relative difference between a
    total of the formulas, as evaluated when they were written, and the engine's.
    """

    path: Path
    cells: Cells
    difference: float


def write_model(
    path: Path,
    base: BaseCase,
    psa: Psa | None,
    tornado: Tornado | None,
    record: RunRecord,
    draws: int = DRAWS,
) -> LiveModel:
    """Write the live workbook.

    Parameters
    ----------
    path
        The file to write.
    base, psa, tornado
        What the engine found; without a PSA or a tornado, their sheets are left out.
    record
        Where the numbers come from.
    draws
        Draws of the PSA to carry over, at most.

    Raises
    ------
    OutputError
        There are more strategies than `MOST_STRATEGIES`.
    """
    a = base.assumptions
    if len(a.strategies) > MOST_STRATEGIES:
        raise OutputError(
            f"a live workbook takes at most {MOST_STRATEGIES} strategies, not {len(a.strategies)}; "
            "export fewer of them at a time"
        )
    book = Book(path, a.settings.title, f"{record.workbook}, SHA-256 {record.digest}")
    building = Building(book, Cells(parameters=base_values(a)), base)
    building.sheets.update(_strategy_sheets(a))
    building.open(_order(building, psa, tornado))
    place_selectors(building)
    write_settings(building)
    drawn = write_draws(building, psa, draws)
    varied = write_cases(building, tornado)
    write_parameters(building, drawn, varied)
    write_survival(building)
    write_costs(building)
    write_effects(building)
    write_life_table(building)
    write_time(building)
    write_strategies(building)
    write_results_sheet(building)
    write_psa(building, psa)
    write_tornado(building, tornado)
    write_checks(building)
    write_charts(building)
    write_cover(building, record, drawn, varied)
    book.workbook.get_worksheet_by_name(NAME).activate()
    book.close()
    return LiveModel(path, building.cells, _difference(building))


def _order(building: Building, psa: Psa | None, tornado: Tornado | None) -> list[str]:
    """Return the sheets in the order of their tabs."""
    a = building.assumptions
    wanted = {
        NAME: True, "Settings": True, "Parameters": True, "Survival": True,
        "Curves": any(c.table for c in a.curves), "Costs": True, "Utilities": True,
        "Adverse events": bool(a.adverse_events), "Life table": a.life_table is not None,
        "Time": True, **dict.fromkeys(building.sheets.values(), True), "Results": True,
        "PSA": psa is not None, "Tornado": tornado is not None, "Charts": True, "Checks": True,
        "PSA draws": psa is not None, "Tornado cases": tornado is not None,
    }  # fmt: skip
    return [name for name, there in wanted.items() if there]


_RESERVED = (
    NAME, "Settings", "Parameters", "Survival", "Curves", "Costs", "Utilities", "Adverse events",
    "Life table", "Time", "Results", "PSA", "Tornado", "Charts", "Checks", "PSA draws",
    "Tornado cases",
)  # fmt: skip


def _strategy_sheets(a: Assumptions) -> dict[str, str]:
    """Name the sheet of each strategy, as Excel allows and no two alike."""
    names = a.strategy_names
    return dict(zip(names, sheet_names(names, _RESERVED), strict=True))


def _difference(building: Building) -> float:
    """Return the largest relative difference of a total from the engine's."""
    base, cells = building.base, building.cells
    found = [0.0]
    for s in range(len(base.assumptions.strategies)):
        for measure, values in (("cost", base.cost), ("ly", base.ly), ("qaly", base.qaly)):
            engine = float(values[s])
            found.append(abs(cells[f"res.{measure}{s}"] - engine) / max(abs(engine), 1e-12))
    return max(found)
