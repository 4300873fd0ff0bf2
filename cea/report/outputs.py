"""Everything that a run writes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cea.analysis.observed import external_table
from cea.analysis.pairs import Pair
from cea.analysis.ratio import icer_intervals
from cea.assumptions import Assumptions
from cea.report.names import file_names
from cea.report.results import Results

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from cea.analysis.families import Families


def tables(results: Results) -> dict[str, Callable[[], pd.DataFrame]]:
    """Name every CSV file and how its table is made."""
    found: dict[str, Callable[[], pd.DataFrame]] = {}
    if (base := results.base) is not None:
        found["base_case"] = lambda: base.totals
        found["incremental"] = lambda: base.incremental
        found["trace"] = lambda: base.trace
        if base.assumptions.external:
            found["external"] = lambda: external_table(base)
    if (tornado := results.tornado) is not None:
        found["dsa"] = lambda: tornado.table
    if (two_way := results.two_way) is not None:
        found["twoway"] = lambda: two_way.table
        found["twoway_switch"] = lambda: two_way.switch
    if (threshold := results.threshold) is not None:
        found["threshold"] = lambda: threshold.table
        if (price := threshold.price) is not None:
            found["price"] = lambda: price.table
            found["discount"] = lambda: price.discounts
    if (psa := results.psa) is not None:
        found["psa_summary"] = lambda: psa.summary
        found["psa_parameters"] = lambda: psa.parameters
        found["psa_outcomes"] = lambda: psa.results
        found["ceac"] = lambda: psa.ceac
        found["icer_intervals"] = lambda: icer_intervals(psa)
    if (precision := results.precision) is not None:
        found["psa_precision"] = lambda: precision.table
        found["psa_convergence"] = lambda: precision.convergence
    if (scenarios := results.scenarios) is not None:
        found["scenarios"] = lambda: scenarios.table
    if (subgroups := results.subgroups) is not None:
        found["subgroups"] = lambda: subgroups.table
    if (families := results.families) is not None:
        if families.first < len(families.choices):
            found["families"] = lambda: families.table
        found["families_summary"] = lambda: families.summary
        found["families_grid"] = lambda: families.grid
        found["families_fits"] = lambda: families.fits
    if (voi := results.voi) is not None:
        found["evpi"] = lambda: voi.evpi_table
        found["evppi"] = lambda: voi.table
        found["evppi_curves"] = lambda: voi.curves
    if (evsi := results.evsi) is not None:
        found["evsi"] = lambda: evsi.table
    return found


def figures(results: Results) -> dict[str, Callable[[], Figure]]:
    """Name every figure and how it is drawn; one against the reference is drawn for each other."""
    found: dict[str, Callable[[], Figure]] = {}
    if (base := results.base) is not None:
        found["survival"] = base.plot_survival
        found["trace"] = base.plot_trace
        found["costs"] = base.plot_costs
        found["frontier"] = base.plot_frontier
    if (tornado := results.tornado) is not None:
        for suffix, name in _of_pairs(tornado.assumptions, tornado.pairs):
            found[f"tornado{suffix}"] = partial(tornado.plot_tornado, name)
    if (two_way := results.two_way) is not None:
        found["twoway"] = two_way.plot_two_way
    if (threshold := results.threshold) is not None:
        for suffix, name in _of_pairs(threshold.assumptions, threshold.pairs):
            if threshold.price is not None:
                found[f"price{suffix}"] = partial(threshold.price.plot_price, name)
            if threshold.price is None or results.base is None:  # in a whole run the price will do
                found[f"threshold{suffix}"] = partial(threshold.plot_threshold, name)
    if (scenarios := results.scenarios) is not None and len(scenarios.results) > 1:
        for suffix, name in _others(scenarios.assumptions):
            found[f"scenarios{suffix}"] = partial(scenarios.plot_scenarios, name)
    if (psa := results.psa) is not None:
        for suffix, name in _others(psa.assumptions):
            found[f"plane{suffix}"] = partial(psa.plot_plane, name)
        found["ceac"] = psa.plot_ceac
        found["evpi"] = psa.plot_evpi
        found["expected_loss"] = psa.plot_expected_loss
        found["net_benefit"] = psa.plot_net_benefit
        found["cost_qaly"] = psa.plot_spread
        measured = results.precision
        found["convergence"] = (measured or psa).plot_convergence
    if (subgroups := results.subgroups) is not None:
        for suffix, name in _others(subgroups.assumptions):
            found[f"subgroups{suffix}"] = partial(subgroups.plot_subgroups, name)
    if results.families is not None:
        found |= _family_grids(results.families)
    if (voi := results.voi) is not None:
        found["evppi"] = voi.plot_evppi
        found["evppi_curves"] = voi.plot_curves
    if (evsi := results.evsi) is not None:
        found["evsi"] = evsi.plot_evsi
    return found


def _family_grids(families: Families) -> dict[str, Callable[[], Figure]]:
    """Name the heat maps: all strategies' families, then those of one at a time."""
    found: dict[str, Callable[[], Figure]] = {}
    others = _others(families.assumptions)
    reference = families.assumptions.settings.reference_strategy
    for suffix, name in others:
        found[f"families{suffix}"] = partial(families.plot_grid, None, name)
    single = [grid.varied[0] for grid in families.single]
    for varied, name_of_file in zip(single, file_names(single), strict=True):
        part = f"families_of_{name_of_file}"
        if varied != reference:
            found[part] = partial(families.plot_grid, varied, varied)
            continue
        for suffix, name in others:
            found[f"{part}{suffix}"] = partial(families.plot_grid, varied, name)
    return found


def _others(assumptions: Assumptions) -> list[tuple[str, str]]:
    """Every strategy but the reference, with a suffix for file names where there are several."""
    reference = assumptions.settings.reference_strategy
    return _with_suffix([name for name in assumptions.strategy_names if name != reference])


def _of_pairs(assumptions: Assumptions, pairs: Sequence[Pair]) -> list[tuple[str, str]]:
    """The strategies of some pairs, with a suffix for file names where there are several."""
    return _with_suffix([assumptions.strategy_names[pair.strategy] for pair in pairs])


def _with_suffix(names: Sequence[str]) -> list[tuple[str, str]]:
    if len(names) == 1:
        return [("", names[0])]
    return [(f"_{part}", name) for part, name in zip(file_names(names), names, strict=True)]


def write_tables(results: Results, folder: Path) -> None:
    """Write the CSV files."""
    for name, make in tables(results).items():
        write_csv(make(), folder / f"{name}.csv")


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table, a missing value as a blank: as pandas does, in a third of its time."""
    columns = []
    for name in table.columns:
        missing = table[name].isna()
        column = table[name].tolist()
        if missing.any():
            column = ["" if blank else x for x, blank in zip(column, missing, strict=True)]
        columns.append(column)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(zip(*columns, strict=True))


def write_figures(results: Results, folder: Path) -> None:
    """Draw every figure into ``figures/``."""
    for name, draw in figures(results).items():
        write_figure(name, figure_files(draw), folder)


def figure_files(draw: Callable[[], Figure]) -> dict[str, bytes]:
    """Draw a figure; return what to write, by the ending of the file."""
    from cea.report import charts  # matplotlib is slow to import

    return charts.as_files(draw())


def write_figure(name: str, files: Mapping[str, bytes], folder: Path) -> None:
    """Write a drawn figure into ``figures/``."""
    (folder / "figures").mkdir(exist_ok=True)
    for ending, content in files.items():
        (folder / "figures" / f"{name}.{ending}").write_bytes(content)
