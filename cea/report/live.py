"""From assumptions to a live workbook on disk."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from cea.analysis.base_case import base_case
from cea.analysis.psa import Psa, psa
from cea.analysis.tornado import Tornado, tornado
from cea.assumptions import Assumptions
from cea.errors import AnalysisError, OutputError
from cea.report.model_workbook import DRAWS, MOST_STRATEGIES, write_model
from cea.report.model_workbook.parameters import MOST_REPLAYED
from cea.report.record import RunRecord
from cea.report.results import Results
from cea.writing import own_errors, whole_file

_TOLERANCE = 1e-9  # relative, of a total


def export_model(
    assumptions: Assumptions, target: str | PathLike[str], *, draws: int = DRAWS
) -> list[str]:
    """Write the live workbook, whole or not at all; return what to say.

    A PSA or a tornado that the workbook has no inputs for is left out.

    Raises
    ------
    AnalysisError
        The base case cannot be run.
    OutputError
        The file cannot be written, or is the input workbook; more draws than a sheet has rows.
    """
    target = Path(target)
    if draws > MOST_REPLAYED:
        raise OutputError(
            f"{draws:,} draws: a sheet of Excel has room for {MOST_REPLAYED:,}; ask for fewer"
        )
    file = assumptions.file
    if file is not None and file.path is not None:
        spare_workbook(target, file.path)
    base = base_case(assumptions)
    sampled, varied, said = _optional(assumptions, draws)
    record = RunRecord.of(assumptions, "export", sampled)
    with own_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target) as path:
        made = write_model(path, base, sampled, varied, record, draws)
    return [*said, *_differs(made.difference), f"Written to {target}"]


def spare_workbook(target: Path, workbook: Path) -> None:
    """Refuse to write over the input workbook, under whatever name it is reached.

    Raises
    ------
    OutputError
        They are the same file.
    """
    if target.exists() and workbook.exists() and target.samefile(workbook):
        raise OutputError(
            f"{target}: the input workbook, which is only read; choose another name with --out"
        )


def write_live(path: Path, results: Results, record: RunRecord) -> list[str]:
    """Write the live workbook of a run; return what to warn of."""
    assert results.base is not None
    if len(results.base.assumptions.strategies) > MOST_STRATEGIES:
        return [f"Live workbook: left out, as it takes at most {MOST_STRATEGIES} strategies"]
    made = write_model(path, results.base, results.psa, results.tornado, record)
    return _differs(made.difference)


def _differs(difference: float) -> list[str]:
    """Say where the formulas do not reproduce the engine."""
    if difference <= _TOLERANCE:
        return []
    return [
        f"Live workbook: a total of its formulas differs from the engine's by {difference:.1e}, "
        "relatively; a curve's parameters are beyond what Excel's functions compute to 9 digits"
    ]


def _optional(assumptions: Assumptions, draws: int) -> tuple[Psa | None, Tornado | None, list[str]]:
    """Run what the workbook has inputs for."""
    sampled, varied, said = None, None, []
    try:
        sampled = psa(assumptions, draws)
    except AnalysisError as error:
        said.append(f"Without PSA draws: {error}")
    try:
        varied = tornado(assumptions)
    except AnalysisError as error:
        said.append(f"Without tornado cases: {error}")
    return sampled, varied, said
