"""What the terminal shows: compact tables, the headline, warnings, where files went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from cea.report.console import console, new_table, say
from cea.report.format import money, number, per_qaly, percent, qaly

if TYPE_CHECKING:
    from cea.analysis.base_case import BaseCase
    from cea.analysis.psa import Psa
    from cea.analysis.scenarios import ScenarioResult, Scenarios
    from cea.report.run import Finished

_LISTED = 7  # items of a list in a warning


class ProgressSteps:
    """A progress bar that names the step at hand."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def step(self, name: str) -> None:
        """Say what begins."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(name, total=None)

    def draws(self, done: int, total: int) -> None:
        """Say how many draws are done."""
        if self._task is None:
            self.step("PSA")
        assert self._task is not None
        self._bar.update(self._task, completed=done, total=total)


@contextmanager
def progress() -> Iterator[ProgressSteps]:
    """Show progress on a terminal; leave no trace of it behind."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True, console=Console(stderr=True)) as bar:
        yield ProgressSteps(bar)


def _ratio(icer: float | None, verdict: str) -> str:
    """Return an ICER without its unit, which stands in the header, or the verdict in words."""
    if icer is not None:
        return number(icer)
    return "" if verdict == "reference" else str(verdict)


def warn(warnings: Sequence[str]) -> None:
    """Print warnings, a long list in one of them cut short."""
    for said in warnings:
        first, *others = said.split("; ")
        if ": " in first and len(others) >= _LISTED:
            listed = "; ".join([first, *others[: _LISTED - 1]])
            said = f"{listed}; and {len(others) + 1 - _LISTED} more"
        console.print(Text.assemble(("! ", "yellow"), said), soft_wrap=True)


def show_contents(base: BaseCase) -> None:
    """Say what a sound workbook holds, and what its base case gives to think of."""
    from cea.report.notes import of_model

    assumptions = base.assumptions
    settings = assumptions.settings
    sampled = sum(parameter.sampled for parameter in assumptions.parameters)
    say(
        f"{settings.title}: the workbook is sound.",
        f"Strategies: {', '.join(s.label for s in assumptions.strategies)}; "
        f"reference {assumptions.labels[settings.reference_strategy]}",
        f"{len(assumptions.parameters)} parameters ({sampled} sampled in the PSA), "
        f"{len(assumptions.costs)} costs, {len(assumptions.adverse_events)} adverse events, "
        f"{len(assumptions.scenarios)} scenarios",
    )
    if assumptions.file is not None and assumptions.file.unread:
        say(f"Sheets not read: {', '.join(assumptions.file.unread)}")
    warn(of_model(base))


def show_base(base: BaseCase) -> None:
    """Print the fully incremental table and the headline."""
    from cea.report.headline import headline

    _base_table(base)
    say("", headline(base, None), "")


def _base_table(base: BaseCase) -> None:
    currency = base.assumptions.settings.currency
    table = new_table(
        base.assumptions.settings.title,
        "Strategy", f"Cost ({currency})", "LY", "QALY", "Δ cost", "Δ QALY",
        f"ICER ({currency}/QALY)",
    )  # fmt: skip
    labels = list(base.assumptions.labels.values())
    for row in base.frontier:
        i, against = row.position, row.against
        step = ["", ""]
        if against is not None:
            step = [
                number(float(base.cost[i] - base.cost[against])),
                qaly(float(base.qaly[i] - base.qaly[against])),
            ]
        table.add_row(
            labels[i], number(float(base.cost[i])), qaly(float(base.ly[i])),
            qaly(float(base.qaly[i])), *step, _ratio(row.icer, row.verdict),
        )  # fmt: skip
    console.print(table)


def show_psa(psa: Psa) -> None:
    """Print means, intervals and the probability of being most cost-effective."""
    from cea.report.words_draws import draws_in_words

    assumptions = psa.assumptions
    table = new_table(
        f"PSA, {draws_in_words(psa)}: mean (95% interval)",
        "Strategy", "Cost", "QALY", "Δ cost", "Δ QALY", "ICER",
    )  # fmt: skip
    for s, row in enumerate(psa.summary.to_dict("records")):
        cells = [
            f"{show(row[name])} ({show(row[f'{name}_low'])} to {show(row[f'{name}_high'])})"
            for name, show in (
                ("cost", number), ("qaly", qaly),
                ("incremental_cost", number), ("incremental_qaly", qaly),
            )
        ]  # fmt: skip
        if s == assumptions.reference:
            cells[2:] = ["", ""]
        pair = psa.mean_increment(s)
        icer = "" if s == assumptions.reference else _ratio(pair.icer, pair.verdict)
        table.add_row(assumptions.labels[row["strategy"]], *cells, icer)
    console.print(table)
    for threshold in assumptions.thresholds:
        at = psa.acceptability_at(threshold.value)
        shares = ", ".join(
            f"{label} {percent(float(p))}"
            for label, p in zip(assumptions.labels.values(), at.probability[0], strict=True)
        )
        value = per_qaly(threshold.value, assumptions.settings.currency)
        evpi = money(float(at.evpi[0]), assumptions.settings.currency)
        say(f"Most cost-effective at {value} ({threshold.label}): {shares}; EVPI {evpi}")


def show_scenarios(scenarios: Scenarios) -> None:
    """Print every scenario's increments against the reference."""
    assumptions, with_psa = scenarios.assumptions, scenarios.results[0].psa is not None
    currency = assumptions.settings.currency
    for s in assumptions.others:
        table = new_table(
            f"{assumptions.strategies[s].label} against the reference, by scenario ({currency})",
            "Scenario", "Δ cost", "Δ QALY", "ICER", "change", "INMB",
            *(("PSA ICER", "PSA INMB", "Best") if with_psa else ()),
            ruled=False,
        )  # fmt: skip
        for result in scenarios.results:
            pair = result.against_reference(s)
            table.add_row(
                result.name if with_psa else result.label, number(pair.cost), qaly(pair.effect),
                _ratio(pair.icer, pair.verdict), _moved(scenarios, result, s),
                number(result.inmb(s)), *_of_psa(result, s),
            )  # fmt: skip
        console.print(table)
    if with_psa:
        say("Best: share of draws in which it is the most cost-effective")


def _moved(scenarios: Scenarios, result: ScenarioResult, strategy: int) -> str:
    """Return the change of the ICER from the base case in percent; blank where there is none."""
    change = scenarios.change(result, strategy)
    if change is None or result is scenarios.results[0] or change.icer[1] != change.icer[1]:
        return ""
    return f"{number(100 * change.icer[1], 1)}%"


def _of_psa(result: ScenarioResult, strategy: int) -> tuple[str, ...]:
    drawn = result.sampled(strategy)
    if drawn is None:
        return ()
    ratio = _ratio(drawn.means.icer, drawn.means.verdict)
    return ratio, number(drawn.inmb), percent(drawn.probability)


def show_run(finished: Finished, target: Path) -> None:
    """Print the result of a whole run, and where its files went."""
    from cea.report.headline import headline

    _base_table(finished.base)
    say("", headline(finished.base, finished.psa), "")
    warn(finished.warnings)
    say("", f"Written to {target}: results.xlsx, model.xlsx, figures/, tables as CSV, run.json")
