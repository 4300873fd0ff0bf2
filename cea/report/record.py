"""What was run: enough to run it again and to tell two results apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
