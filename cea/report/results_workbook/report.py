"""What the sheets show: the results of one run, and the words that several sheets share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cea.analysis.base_case import BaseCase
from cea.analysis.decision import Increment, Verdict
from cea.assumptions import Assumptions, Settings
from cea.report.record import RunRecord
from cea.report.results import Results

SAVING = (
    "Where incremental costs and QALYs are both negative, the ICER is the saving per QALY forgone."
)


@dataclass(frozen=True)
class Report:
    """Everything that a run found, with the base case, and what is said beside it."""

    base: BaseCase
    found: Results
    record: RunRecord
    warnings: Sequence[str]

    @property
    def assumptions(self) -> Assumptions:
        """What was assumed."""
        return self.base.assumptions

    @property
    def settings(self) -> Settings:
        """How the model ran."""
        return self.base.assumptions.settings

    @property
    def currency(self) -> str:
        """Currency of every amount."""
        return self.settings.currency

    @property
    def labels(self) -> list[str]:
        """Label of each strategy, in order of display."""
        return [strategy.label for strategy in self.assumptions.strategies]

    @property
    def reference(self) -> str:
        """Label of the reference strategy."""
        return self.labels[self.assumptions.reference]

    @property
    def others(self) -> tuple[int, ...]:
        """Positions of the strategies that are compared with the reference."""
        return self.assumptions.others


PLACES = {
    "entry": "At entry",
    "progression_free": "Progression-free",
    "progressed": "Progressed",
    "progression": "At progression",
    "death": "At death",
    "adverse_events": "Adverse events",
}


def place(name: str) -> str:
    """Name a health state, an event or a part of the QALYs as a table prints it."""
    return PLACES.get(name, capitalised(name.replace("_", " ")))


def capitalised(words: str) -> str:
    """Put the first letter in upper case and leave the others alone."""
    return words[:1].upper() + words[1:]


def icer_cell(pair: Increment) -> float | str:
    """Return the ICER, or the word that stands in its place."""
    return capitalised(str(pair.verdict)) if pair.icer is None else pair.icer


def reading(pair: Increment) -> str:
    """Say how the ratio beside it reads."""
    if pair.verdict is Verdict.TRADE_OFF:
        return "More costly, more effective: cost per QALY gained"
    if pair.verdict is Verdict.SAVING:
        return "Less costly, less effective: saving per QALY forgone"
    if pair.verdict is Verdict.DOMINANT:
        return "No more costly, no less effective"
    if pair.verdict is Verdict.DOMINATED:
        return "No less costly, no more effective"
    return capitalised(str(pair.verdict))


def label_width(labels: Sequence[str]) -> float:
    """Return a column width that fits the labels of the strategies, within reason."""
    return min(40.0, max(14.0, *(2.0 + len(label) for label in labels)))
