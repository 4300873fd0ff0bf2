"""What `cea voi` writes for draws of another tool."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import cea
from cea.analysis.own_psa import OwnPsa
from cea.analysis.voi import Voi
from cea.report.folder import output_folder
from cea.report.outputs import write_csv, write_figures, write_tables
from cea.report.record import stated, write_record
from cea.report.results import Results


def write_own(
    psa: OwnPsa, voi: Voi, files: Sequence[Path], target: Path, warnings: Sequence[str]
) -> None:
    """Write the acceptability curves and the value of information, with a record of the files.

    Raises
    ------
    OutputError
        The folder cannot take them.
    """
    from cea.report import charts

    with output_folder(target, "voi") as folder:
        results = Results(voi=voi)
        write_csv(psa.ceac, folder / "ceac.csv")
        write_tables(results, folder)
        write_figures(results, folder)
        for name, figure in (("ceac", psa.plot_ceac()), ("evpi", psa.plot_evpi())):
            charts.save(figure, folder / "figures", name)
        content = {
            "command": "voi",
            "version": cea.__version__,
            "draws": psa.n,
            "inputs": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
            "reference": psa.assumptions.strategy_names[psa.assumptions.reference],
            "thresholds": [threshold.value for threshold in psa.assumptions.thresholds],
            "settings": stated(psa.assumptions.settings),
            "warnings": list(warnings),
        }
        write_record(content, folder)
