"""What a reader of a survival analysis must know: data that say little, or not what they should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cea.analysis.survival import SurvivalAnalysis
from cea.assumptions import Assumptions
from cea.survival.fit import few_events
from cea.survival.published import disagreement


def disagreements(analysis: SurvivalAnalysis) -> dict[str, str]:
    """What is to be said of the published hazard ratios, by strategy."""
    found = {}
    for one in analysis.comparisons:
        published = analysis.data.published.get(one.arm)
        if published is not None and one.cox is not None:
            found[one.arm] = disagreement(one.cox, published)
    return {arm: said for arm, said in found.items() if said}


def survival_notes(analysis: SurvivalAnalysis) -> Iterator[tuple[str, str]]:
    """Return what each note is about, and what it says."""
    data = analysis.data
    for arm in analysis.arms:
        if said := few_events(int(analysis.curves[arm].events.sum())):
            yield f"{analysis.endpoint}, {analysis.label(arm)}", said
    for arm, made in data.reconstructions.items():
        for said in made.report.warnings:
            yield f"{analysis.endpoint}, {analysis.label(arm)}", said
    for arm, compared in data.compared.items():
        for one in compared:
            if not one.agrees:
                yield f"{analysis.endpoint}, {analysis.label(arm)}", str(one)
    for arm, said in disagreements(analysis).items():
        reference = analysis.label(analysis.arms[0])
        yield f"{analysis.endpoint}, {analysis.label(arm)} versus {reference}", said


def fit_warnings(assumptions: Assumptions, analyses: Sequence[SurvivalAnalysis]) -> tuple[str, ...]:
    """Return the warnings of the workbook, and then the notes that they do not hold."""
    known = assumptions.warnings
    notes = (note for analysis in analyses for note in survival_notes(analysis))
    new = [f"{where}: {said}" for where, said in notes if not any(said in one for one in known)]
    return tuple(dict.fromkeys((*known, *new, *_points_without_fits(assumptions))))


def _points_without_fits(assumptions: Assumptions) -> Iterator[str]:
    """Say which external points stand beside no fit."""
    for point in assumptions.external:
        key = point.strategy, point.endpoint
        if key not in assumptions.fits and assumptions.curve(*key) is not None:
            yield (
                f"{point.where}: the {point.endpoint} of {point.strategy} is not fitted, so no fit "
                "is held against this point; cea run holds the model's curve against it"
            )
