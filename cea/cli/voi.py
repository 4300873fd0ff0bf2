"""Commands on the value of information: perfect, partial, and of a study."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cea.cli.app import (
    DrawsOption,
    Out,
    SchedulerOption,
    SeedOption,
    Workbook,
    app,
    check,
    finish,
    read,
    user_errors,
)
from cea.errors import UserError

if TYPE_CHECKING:
    from cea.analysis.own_psa import OwnPsa

_File = Path | None
_Number = float | None


@app.command()
def voi(
    workbook: Annotated[
        _File,
        typer.Argument(help="The input workbook (.xlsx); none with --parameters.",
                       show_default=False),
    ] = None,
    out: Out = None,
    draws: DrawsOption = None,
    seed: SeedOption = None,
    parameters: Annotated[
        _File, typer.Option(help="CSV of another tool's draws: a column an input, a row a draw.")
    ] = None,
    outcomes: Annotated[
        _File,
        typer.Option(help="CSV of its outcomes: draw, strategy, cost, qaly; or cost_A, qaly_A..."),
    ] = None,
    costs: Annotated[
        _File, typer.Option(help="Instead of --outcomes: CSV of costs, a column a strategy.")
    ] = None,
    effects: Annotated[_File, typer.Option(help="With --costs: CSV of QALYs.")] = None,
    sets: Annotated[
        _File, typer.Option(help="CSV with columns Set and Parameter: inputs known together.")
    ] = None,
    threshold: Annotated[
        list[float] | None,
        typer.Option(help="Willingness to pay per QALY for --parameters; may be given again."),
    ] = None,
    reference: Annotated[
        str, typer.Option(help="Strategy compared with, for --parameters; default the first.")
    ] = "",
    currency: Annotated[str, typer.Option(help="Currency, for --parameters.")] = "",
    incidence: Annotated[
        _Number, typer.Option(min=0, help="Patients a year, for --parameters.")
    ] = None,
    horizon_years: Annotated[
        _Number, typer.Option(min=0, help="Years the decision lasts, for --parameters.")
    ] = None,
    discount_rate: Annotated[
        _Number,
        typer.Option(min=0, max=1, help="Discount rate per year, for --parameters; default 0."),
    ] = None,
) -> None:  # fmt: skip
    """Value of information: EVPI, and EVPPI of every input and group.

    From a workbook's PSA, or from draws that any tool made (--parameters, --outcomes).
    """
    with user_errors():
        check(out, "voi")
        of_draws = {
            "--parameters": parameters, "--outcomes": outcomes, "--costs": costs,
            "--effects": effects, "--sets": sets, "--threshold": threshold,
            "--reference": reference or None, "--currency": currency or None,
            "--incidence": incidence, "--horizon-years": horizon_years,
            "--discount-rate": discount_rate,
        }  # fmt: skip
        named = [name for name, value in of_draws.items() if value is not None]
        _check(workbook, named, sampled=draws is not None or seed is not None)
        if workbook is not None:
            _of_workbook(workbook, out, draws, seed)
            return
        assert parameters is not None
        from cea.analysis.own_psa import OwnSettings, own_psa
        from cea.workbook.draws_csv import read_draws

        found = read_draws(parameters, outcomes, costs, effects, sets)
        if not threshold:
            raise UserError("name a willingness to pay, e.g. --threshold 30000")
        own = own_psa(
            found.inputs,
            cost=found.cost,
            qaly=found.qaly,
            thresholds=tuple(threshold),
            reference=reference,
            settings=OwnSettings(currency, incidence, horizon_years, discount_rate or 0.0),
            sets=found.sets,
        )
        _of_draws(own, [f for f in (parameters, outcomes, costs, effects, sets) if f], out)


def _check(workbook: Path | None, named: list[str], *, sampled: bool) -> None:
    """Refuse options that do not go together.

    Parameters
    ----------
    named
        Options given that are for the draws of another tool.
    sampled
        Whether --draws or --seed is given.
    """
    if workbook is not None:
        if named:
            raise UserError(
                "give either a workbook, which holds all of this, or --parameters and the "
                f"options that go with it; leave out {', '.join(named)}"
            )
        return
    if "--parameters" not in named:
        raise UserError(
            "name a workbook, or the draws of another tool: --parameters P.csv --outcomes O.csv"
        )
    if sampled:
        raise UserError("--draws and --seed are for workbooks: files hold the draws they hold")
    if ("--incidence" in named) != ("--horizon-years" in named):
        raise UserError("a population needs both --incidence and --horizon-years")
    if "--discount-rate" in named and "--incidence" not in named:
        raise UserError("--discount-rate is of the population: add --incidence and --horizon-years")
    if "--outcomes" in named and {"--costs", "--effects"} & set(named):
        raise UserError("give either --outcomes, or --costs and --effects")


def _of_workbook(workbook: Path, out: Path | None, draws: int | None, seed: int | None) -> None:
    from cea.analysis.psa import psa
    from cea.analysis.voi import voi as run_voi
    from cea.report import terminal
    from cea.report.results import Results
    from cea.report.terminal_voi import show_acceptability, show_voi

    assumptions = read(workbook)
    with terminal.progress() as steps:
        sampled = psa(assumptions, draws, seed=seed, progress=steps.draws)
        steps.step("Value of information")
        result = run_voi(sampled)
    show_acceptability(sampled)
    show_voi(result)
    finish(assumptions, "voi", Results(voi=result), out)


def _of_draws(own: OwnPsa, files: list[Path], out: Path | None) -> None:
    from cea.analysis.voi import voi as run_voi
    from cea.report import terminal
    from cea.report.own_draws import write_own
    from cea.report.terminal_voi import show_acceptability, show_voi

    result = run_voi(own)
    show_acceptability(own)
    show_voi(result)
    terminal.warn(result.notes)
    if out is not None:
        write_own(own, result, files, out, result.notes)
        typer.echo(f"Written to {out}")


@app.command()
def evsi(
    workbook: Workbook,
    out: Out = None,
    survey: Annotated[
        list[str] | None,
        typer.Option(help="Survey of n patients on this parameter, e.g. u_pf; may be given again."),
    ] = None,
    sd: Annotated[_Number, typer.Option(help="Survey: SD between patients.")] = None,
    prior_size: Annotated[
        _Number,
        typer.Option(help="Survey, instead of --sd: patients that what is known is worth."),
    ] = None,
    trial: Annotated[
        bool, typer.Option("--trial", help="Trial of all arms: OS and PFS of n patients an arm.")
    ] = False,
    n: Annotated[
        str, typer.Option("--n", help="Patients, or patients an arm: one or several, e.g. 50,100.")
    ] = "50,100,200,400,800",
    months: Annotated[
        str | None, typer.Option(help="Trial: months of follow-up, one or several.")
    ] = None,
    followed: Annotated[
        _Number, typer.Option(min=0, help="Trial: months these patients were followed already.")
    ] = None,
    cost_fixed: Annotated[float, typer.Option(min=0, help="Cost of the study.")] = 0.0,
    cost_per_patient: Annotated[
        float, typer.Option(min=0, help="Cost of each patient recruited.")
    ] = 0.0,
    years: Annotated[
        float, typer.Option(min=0, help="Years until the results are used.")
    ] = 0.0,
    draws: DrawsOption = None,
    seed: SeedOption = None,
    scheduler: SchedulerOption = None,
) -> None:  # fmt: skip
    """Value of a study: a survey of a parameter, or a trial with more patients or follow-up.

    For example: cea evsi model.xlsx --survey u_pf --sd 0.25 --n 50,100,200
    """
    from cea.analysis.evsi import StudyCost
    from cea.analysis.evsi import evsi as run_evsi
    from cea.analysis.psa import psa
    from cea.analysis.studies import survey as survey_of
    from cea.analysis.trial import trial as trial_of
    from cea.cluster import workers_at
    from cea.report import terminal
    from cea.report.results import Results
    from cea.report.terminal_voi import show_evsi

    with user_errors():
        check(out, "evsi")
        if trial == bool(survey):
            raise UserError(
                "name one study: --survey PARAMETER --sd SD, or --trial --months MONTHS"
            )
        if trial and months is None:
            raise UserError("a trial needs its follow-up: --months 24")
        if trial and (sd is not None or prior_size is not None):
            raise UserError("--sd and --prior-size are for --survey: leave them out for a trial")
        if survey and (months is not None or followed is not None):
            raise UserError("--months and --followed are for --trial: leave them out for a survey")
        cost = StudyCost(cost_fixed, cost_per_patient, years)
        sizes = _numbers("--n", n)
        if not all(x.is_integer() for x in sizes):
            raise UserError(f"--n {n}: patients are whole numbers, e.g. --n 50,100,200")
        until = _numbers("--months", months or "24")
        assumptions = read(workbook)
        with workers_at(scheduler) as workers, terminal.progress() as steps:
            sampled = psa(assumptions, draws, seed=seed, progress=steps.draws, workers=workers)
            steps.step("Value of a study")
            if trial:
                study = trial_of(sampled, patients=sizes, months=until, followed=followed or 0.0)
            else:
                study = survey_of(sampled, survey or [], sizes=sizes, sd=sd, prior_size=prior_size)
            result = run_evsi(sampled, study, cost=cost, progress=steps.draws, workers=workers)
        show_evsi(result)
        finish(assumptions, "evsi", Results(evsi=result), out)


def _numbers(option: str, text: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        raise UserError(f"{option} {text}: not numbers; write them like 50,100,200") from None
    if not all(0 < x < math.inf for x in found):
        raise UserError(f"{option} {text}: numbers must be above 0 and finite")
    return found


@app.command(name="export-psa")
def export_psa(
    workbook: Workbook,
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.", show_default=False)],
    draws: DrawsOption = None,
    seed: SeedOption = None,
) -> None:
    """Write the PSA's draws as SAVI, BCEA and voi read them: parameters, costs, effects."""
    from cea.analysis.base_case import base_case
    from cea.analysis.psa import psa
    from cea.report import terminal
    from cea.report.export import export_psa as write
    from cea.report.notes import notes
    from cea.report.results import Results

    with user_errors():
        check(out, "export-psa")
        assumptions = read(workbook)
        with terminal.progress() as steps:
            sampled = psa(assumptions, draws, seed=seed, progress=steps.draws)
        warnings = notes(base_case(assumptions), Results(psa=sampled))
        write(sampled, out, warnings)
        terminal.warn(warnings)
        typer.echo(f"Written to {out}")
