"""What `cea voi` and `cea evsi` show on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from cea.analysis.decision_draws import DecisionDraws
from cea.analysis.evppi import PartialInformation
from cea.analysis.evsi import Evsi
from cea.analysis.population import Population
from cea.analysis.voi import Voi
from cea.report.console import console, new_table, say
from cea.report.format import money, number, per_qaly, percent
from cea.report.words_draws import draws_in_words
from cea.report.words_voi import best_size, nothing_found

_TOP = 10
_LEAST = 5e-4  # of the EVPI: what is worth less is not listed


def show_acceptability(draws: DecisionDraws) -> None:
    """Print what each strategy's chance of being the most cost-effective is."""
    a = draws.assumptions
    say(f"PSA: {draws_in_words(draws)}")
    for threshold in a.thresholds:
        at = draws.acceptability_at(threshold.value)
        shares = ", ".join(
            f"{strategy.label} {percent(float(p))}"
            for strategy, p in zip(a.strategies, at.probability[0], strict=True)
        )
        best = a.strategies[int(at.optimal[0])].label
        say(
            f"Most cost-effective at {per_qaly(threshold.value, a.settings.currency)} "
            f"({threshold.label}): {shares}; highest expected net benefit {best}"
        )


def show_voi(voi: Voi) -> None:
    """Print EVPI, and the inputs that are worth most at every threshold."""
    a = voi.decision.assumptions
    currency = a.settings.currency
    for k, threshold in enumerate(a.thresholds):
        whole = float(voi.evpi[k])
        text = f"EVPI at {per_qaly(threshold.value, currency)} ({threshold.label}): "
        text += f"{money(whole, currency)} per patient"
        if voi.population is not None:
            text += f", {money(whole * voi.population.patients(), currency)} for the population"
        share = voi.assumption_share(k)
        if share > 0:
            text += f"; inputs that rest on assumption alone: {percent(min(1.0, share))} of it"
        say(text)
        if whole > 0:
            console.print(_information(voi, k, threshold.value))
    if voi.population is not None:
        say(_population(voi.population))


def _population(population: Population) -> str:
    return (
        f"Population: {number(population.incidence)} patients a year for "
        f"{population.horizon:g} years, discounted at {100 * population.rate:g}% a year: "
        f"{number(population.patients())} patients"
    )


def _information(voi: Voi, k: int, threshold: float) -> Table:
    currency, whole = voi.decision.assumptions.settings.currency, float(voi.evpi[k])
    patients = None if voi.population is None else voi.population.patients()
    table = new_table(
        f"EVPPI at {per_qaly(threshold, currency)}, {draws_in_words(voi.decision)}", "Inputs",
        "Per patient", "± 95%", "Of the EVPI", *(("Population",) if patients else ()),
    )  # fmt: skip

    def worth(found: Sequence[PartialInformation]) -> list[PartialInformation]:
        kept = [p for p in found if not p.refused and p.evppi[k] > _LEAST * whole]
        return sorted(kept, key=lambda p: -float(p.evppi[k]))[:_TOP]

    singles, groups = worth(voi.singles), worth(voi.groups)
    for part in (singles, groups):
        for p in part:
            value = float(p.evppi[k])
            table.add_row(
                p.of.name, money(value, currency),
                money(1.96 * float(p.std_error[k]), currency), percent(min(1.0, value / whole)),
                *((money(value * patients, currency),) if patients else ()),
            )  # fmt: skip
        if part is singles:
            left = len(voi.singles) - len(singles)
            table.add_row(f"({left} other inputs: less each)", *[""] * (len(table.columns) - 1))
            table.add_section()
    return table


def show_evsi(found: Evsi) -> None:
    """Print EVSI by size, and the net benefit of sampling where there is a population."""
    a = found.decision.assumptions
    currency = a.settings.currency
    for k, threshold in enumerate(a.thresholds):
        title = (
            f"{found.study.label}, at {per_qaly(threshold.value, currency)} ({threshold.label}), "
            f"{draws_in_words(found.decision)}"
        )
        if nothing := nothing_found(found, k):
            say(f"{title}: {nothing}")
            continue
        columns = [f"EVSI per patient ({currency})", "± 95%"]
        if found.population is not None:
            columns += ["For the population", "Cost of the study", "Net benefit of sampling"]
        table = new_table(title, found.study.unit.capitalize(), *columns)
        for m, size in enumerate(found.sizes.tolist()):
            worth = float(found.evsi[k, m])
            cells = [_amount(worth), _amount(1.96 * float(found.std_error[k, m]))]
            if found.population is not None:
                cells += [
                    number(float(x))
                    for x in (found.population_evsi[k, m], found.cost[m], found.net_benefit[k, m])
                ]
            table.add_row(number(size), *cells)
        console.print(table)
        say(f"A study without end (EVPPI): {money(float(found.evppi[k]), currency)} per patient")
        if found.population is not None:
            say(best_size(found, k))
    if found.population is None:
        say(
            "No population is stated: fill in voi_incidence and voi_horizon_years in the Settings "
            "sheet for the net benefit of sampling"
        )
    else:
        say(_population(found.population))
    say(f"Assumed: {found.study.note}")


def _amount(value: float) -> str:
    return number(value, 2 if 0 < value < 10 else 0)
