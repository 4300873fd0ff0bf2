"""The PSA's draws in the layout that SAVI, BCEA and voi read."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from cea.analysis.psa import Psa
from cea.arrays import Array
from cea.report.folder import output_folder
from cea.report.record import RunRecord, write_run

_SCRIPT = """\
# Draws of a probabilistic analysis, for the R packages BCEA and voi.
inputs <- read.csv("parameters.csv", check.names = FALSE)
costs <- as.matrix(read.csv("costs.csv", check.names = FALSE))
effects <- as.matrix(read.csv("effects.csv", check.names = FALSE))

# BCEA: m <- BCEA::bcea(effects, costs, ref = {ref}, interventions = colnames(costs),
#                       k = outputs$k)
#       ref is the strategy of interest, {strategy}: increments are its own less the others'.
# voi:  voi::evppi(outputs, inputs, pars = "{first}")
grid <- sort(unique(c(seq(0, {most}, by = {step}), {thresholds})))
outputs <- list(c = costs, e = effects, k = grid)
"""


def export_psa(psa: Psa, target: Path, warnings: Sequence[str] = ()) -> None:
    """Write parameters.csv, costs.csv and effects.csv, a row a draw, and read.R.

    Parameters are those that were sampled; costs and effects are totals, not increments, with a
    column for each strategy. `warnings` go to run.json.

    Raises
    ------
    OutputError
        The folder cannot take them.
    """
    a = psa.assumptions
    names = list(a.strategy_names)
    with output_folder(target, "export-psa") as folder:
        sampled = [p.name for p in psa.sample.parameters]
        _write(folder / "parameters.csv", sampled, psa.sample.values)
        _write(folder / "costs.csv", names, psa.outcomes.cost)
        _write(folder / "effects.csv", names, psa.outcomes.total_qaly)
        interest = a.others[0]
        text = _SCRIPT.format(
            ref=interest + 1,
            strategy=names[interest],
            most=f"{a.settings.ceac_max:.15g}",
            step=f"{a.settings.ceac_step:.15g}",
            first=sampled[0],
            thresholds=", ".join(f"{x.value:.15g}" for x in a.thresholds),
        )
        (folder / "read.R").write_text(text, encoding="utf-8")
        write_run(a.settings, RunRecord.of(a, "export-psa", psa), warnings, folder)


def _write(path: Path, names: Sequence[str], values: Array) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(values.tolist())
