"""The command line: parse, call, print. No arithmetic."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cea import __version__
from cea.errors import UserError, WorkbookError, nearest

if TYPE_CHECKING:
    from cea.assumptions import Assumptions
    from cea.report.outputs import Results

app = typer.Typer(
    name="cea",
    help="Cost-effectiveness of cancer treatments from one Excel workbook.\n\n"
    "Start with 'cea new my_model.xlsx --example sor_tace', edit it in Excel, then "
    "'cea run my_model.xlsx'.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Workbook = Annotated[Path, typer.Argument(help="The input workbook (.xlsx).", show_default=False)]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", help="Folder for tables and figures; without it results are only printed."
    ),
]
DrawsOption = Annotated[
    int | None,
    typer.Option("--draws", min=2, help="Number of draws, instead of the workbook's psa_draws."),
]
SeedOption = Annotated[
    int | None,
    typer.Option("--seed", min=0, help="Seed, instead of the workbook's psa_seed."),
]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"cea {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


@contextmanager
def _user_errors() -> Iterator[None]:
    """Turn an error that the user can mend into a message and exit code 2."""
    try:
        yield
    except UserError as error:
        if isinstance(error, WorkbookError):
            count = len(error.problems)
            typer.echo(f"{count} problem{'s' if count > 1 else ''} to mend:", err=True)
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _read(workbook: Path) -> Assumptions:
    from cea.workbook.read import read_workbook

    return read_workbook(workbook)


@app.command()
def new(
    path: Annotated[Path, typer.Argument(help="Where to write the workbook.", show_default=False)],
    example: Annotated[
        str | None,
        typer.Option(help="Start from an example: sor_tace or three_strategies; else blank."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Make an input workbook: blank, or from an example."""
    from cea.workbook.examples import EXAMPLES, make_workbook

    with _user_errors():
        if path.suffix.lower() != ".xlsx":
            raise UserError(f"{path}: not an .xlsx name; call it {path.with_suffix('.xlsx').name}")
        if example is not None and example not in EXAMPLES:
            raise UserError(f"no example '{example}'; {nearest(example, EXAMPLES)}")
        if path.exists() and not force:
            raise UserError(f"{path}: exists already; choose another name, or add --force")
        make_workbook(path, example)
    typer.echo(f"Wrote {path}. Edit it in Excel, then: cea run {path}")


@app.command()
def validate(workbook: Workbook) -> None:
    """Check a workbook and say everything there is to mend."""
    from cea.report import terminal

    with _user_errors():
        terminal.show_contents(_read(workbook))


@app.command()
def run(
    workbook: Workbook,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Output folder; default outputs/NAME of the workbook."),
    ] = None,
    draws: DrawsOption = None,
    seed: SeedOption = None,
) -> None:
    """Run everything: base case, PSA, tornado, scenarios, charts, results workbook."""
    from cea.report import terminal
    from cea.report.run import run_all

    with _user_errors():
        target = Path("outputs") / workbook.stem if out is None else out
        with terminal.progress() as steps:
            finished = run_all(workbook, target, draws, seed, steps)
        terminal.show_run(finished, target)


@app.command()
def base(workbook: Workbook, out: Out = None) -> None:
    """Run the base case."""
    from cea.analysis.base_case import base_case
    from cea.report import terminal
    from cea.report.outputs import Results

    with _user_errors():
        _check(out, "base")
        assumptions = _read(workbook)
        result = base_case(assumptions)
        terminal.show_base(result)
        _finish(assumptions, "base", Results(base=result), out)


@app.command()
def psa(
    workbook: Workbook, out: Out = None, draws: DrawsOption = None, seed: SeedOption = None
) -> None:
    """Run the probabilistic sensitivity analysis: means, intervals, CEAC, EVPI."""
    from cea.analysis.psa import psa as run_psa
    from cea.report import terminal
    from cea.report.outputs import Results

    with _user_errors():
        _check(out, "psa")
        assumptions = _read(workbook)
        with terminal.progress() as steps:
            result = run_psa(assumptions, draws, seed, steps.draws)
        terminal.show_psa(result)
        _finish(assumptions, "psa", Results(psa=result), out)


@app.command()
def tornado(workbook: Workbook, out: Out = None) -> None:
    """Vary each parameter on its own, between its low and its high value."""
    from cea.analysis.tornado import tornado as run_tornado
    from cea.report import terminal
    from cea.report.outputs import Results

    with _user_errors():
        _check(out, "tornado")
        assumptions = _read(workbook)
        result = run_tornado(assumptions)
        terminal.show_tornado(result)
        _finish(assumptions, "tornado", Results(tornado=result), out)


@app.command()
def scenarios(
    workbook: Workbook,
    out: Out = None,
    with_psa: Annotated[
        bool, typer.Option("--psa", help="Run a PSA of every scenario, with the same seed.")
    ] = False,
    draws: DrawsOption = None,
) -> None:
    """Run every scenario of the workbook."""
    from cea.analysis.scenarios import scenarios as run_scenarios
    from cea.report import terminal
    from cea.report.outputs import Results

    with _user_errors():
        _check(out, "scenarios")
        assumptions = _read(workbook)
        size = (draws or assumptions.settings.psa_draws) if with_psa else None
        result = run_scenarios(assumptions, size)
        terminal.show_scenarios(result)
        _finish(assumptions, "scenarios", Results(scenarios=result), out)


@app.command()
def fit(
    workbook: Workbook,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Output folder; default outputs/NAME-fit of the workbook."),
    ] = None,
) -> None:
    """Fit every survival family to the workbook's data sets, with diagnostics."""
    from cea.analysis.endpoints import analyse_endpoints
    from cea.report.fit import save_fit
    from cea.report.terminal_fit import show_fit

    with _user_errors():
        target = Path("outputs") / f"{workbook.stem}-fit" if out is None else out
        _check(target, "fit")
        assumptions = _read(workbook)
        analyses = analyse_endpoints(assumptions)
        show_fit(analyses)
        save_fit(analyses, assumptions, target)
        typer.echo(f"Written to {target}")


def _check(out: Path | None, command: str) -> None:
    """Refuse an output folder before anything is run."""
    if out is not None:
        from cea.report.folder import check_folder

        check_folder(out, command)


def _finish(assumptions: Assumptions, command: str, results: Results, out: Path | None) -> None:
    """Print the warnings and, where a folder is named, write the tables and figures."""
    from cea.analysis.base_case import base_case
    from cea.report import terminal
    from cea.report.notes import notes

    said = notes(
        results.base or base_case(assumptions), results.psa, results.tornado, results.scenarios
    )
    terminal.warn(said)
    if out is not None:
        from cea.report.run import write_analysis

        write_analysis(results, assumptions, command, out, said)
        typer.echo(f"Written to {out}")


def main() -> None:
    """Run the command line: exit code 0 done, 2 user error, 1 our fault."""
    try:
        app()
    except Exception as error:
        from traceback import print_exc

        print_exc()
        print(
            f"\ncea {__version__} failed: this is a fault of the program, not of your workbook. "
            f"Please report it with the lines above ({type(error).__name__}).",
            file=sys.stderr,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
