"""What was run: enough to run it again and to tell two results apart."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cea
from cea.formula import Expression
from cea.report.folder import RECORD

if TYPE_CHECKING:
    from cea.analysis.psa import Psa
    from cea.assumptions import Assumptions, Settings


@dataclass(frozen=True)
class RunRecord:
    """One run.

    Attributes
    ----------
    version
        Version of the package.
    workbook, sha256
        Name of the input workbook, and the digest of its bytes.
    draws, seed, sampling
        Of the probabilistic analysis; None without one.
    started
        ISO time, UTC.
    seconds
        How long each part took.
    command
        The command that was run.
    replicates
        Independent sets that the draws consist of; None without a probabilistic analysis.
    """

    version: str
    workbook: str
    sha256: str
    draws: int | None
    seed: int | None
    sampling: str | None
    started: str
    seconds: Mapping[str, float]
    command: str = "run"
    replicates: int | None = None

    @classmethod
    def of(
        cls,
        assumptions: Assumptions,
        command: str,
        sampled: Psa | None = None,
        started: str | None = None,
        seconds: Mapping[str, float] | None = None,
    ) -> RunRecord:
        """Return the record of a command.

        Parameters
        ----------
        assumptions
            What was run; without a file they were made in Python.
        command, sampled
            The command, and its probabilistic analysis.
        started, seconds
            As the attributes; without them it started now, and nothing was timed.
        """
        file = assumptions.file
        return cls(
            version=cea.__version__,
            workbook="" if file is None else file.name,
            sha256="" if file is None else file.sha256,
            draws=None if sampled is None else sampled.n,
            seed=None if sampled is None else sampled.seed,
            sampling=None if sampled is None else sampled.sampling,
            started=started or now(),
            seconds=seconds if seconds is not None else {},
            command=command,
            replicates=None if sampled is None else sampled.replicates,
        )

    @property
    def digest(self) -> str:
        """The first 12 digits of the digest: enough to recognise a workbook."""
        return self.sha256[:12]

    def as_dict(self) -> dict[str, object]:
        """Return the record as JSON can hold it."""
        return {
            "command": self.command,
            "version": self.version,
            "workbook": self.workbook,
            "sha256": self.sha256,
            "draws": self.draws,
            "seed": self.seed,
            "sampling": self.sampling,
            "replicates": self.replicates,
            "started": self.started,
            "seconds": dict(self.seconds),
        }


def now() -> str:
    """Return the time as records hold it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def stated(settings: Any) -> dict[str, object]:
    """Return settings, a dataclass, as the workbook states them: formulas as text."""
    shown: dict[str, object] = {}
    for form in fields(settings):
        value = getattr(settings, form.name)
        if isinstance(value, Expression):
            value = f"={value.text}" if value.is_formula else float(value.evaluate({}))
        shown[form.name] = value
    return shown


def write_run(settings: Settings, record: RunRecord, warnings: Sequence[str], folder: Path) -> None:
    """Write run.json of a run on a workbook."""
    said = {"settings": stated(settings), "warnings": list(warnings)}
    write_record({**record.as_dict(), **said}, folder)


def write_record(content: Mapping[str, object], folder: Path) -> None:
    """Write run.json: what was run, and the list of files in the folder, it among them."""
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    text = json.dumps({**content, "files": [*files, RECORD]}, indent=2, ensure_ascii=False)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")
