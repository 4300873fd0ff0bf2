"""What the commands share: the application, its options, and how an error is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cea import __version__
from cea.errors import OutputError, UserError, WorkbookError
from cea.workbook.schema import MOST_DRAWS

if TYPE_CHECKING:
    from cea.assumptions import Assumptions
    from cea.report.results import Results

app = typer.Typer(
    name="cea",
    help="Cost-effectiveness of cancer treatments from one Excel workbook.\n\n"
    "Start with 'cea new my_model.xlsx --example sor_tace', edit it in Excel, then "
    "'cea run my_model.xlsx'.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")]
Workbook = Annotated[Path, typer.Argument(help="The input workbook (.xlsx).", show_default=False)]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", help="Folder for tables and figures; without it results are only printed."
    ),
]
DrawsOption = Annotated[
    int | None,
    typer.Option(
        "--draws", min=2, max=MOST_DRAWS,
        help="Number of draws, instead of the workbook's psa_draws.",
    ),
]  # fmt: skip
SeedOption = Annotated[
    int | None,
    typer.Option("--seed", min=0, help="Seed, instead of the workbook's psa_seed."),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        help="Address of a Dask scheduler whose workers share the work, e.g. tcp://10.0.0.1:8786.",
    ),
]


def _share(text: str) -> float:
    """Read 0.5% or 0.005."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = 0.0
    if not 0 < value < 0.5:
        raise typer.BadParameter(f"{text} is not an error of a probability; give e.g. 0.5%")
    return value


UntilOption = Annotated[
    float | None,
    typer.Option(
        "--until",
        parser=_share,
        metavar="PERCENT",
        help="Draw until the 95% error of the probability of being most cost-effective, at the "
        "headline threshold, is this small, e.g. 0.5%.",
    ),
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
def user_errors() -> Iterator[None]:
    """Turn an error that the user can mend into a message and exit code 2."""
    try:
        yield
    except UserError as error:
        if isinstance(error, WorkbookError):
            count = len(error.problems)
            typer.echo(f"{count} problem{'s' if count > 1 else ''} to mend:", err=True)
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except MemoryError:
        typer.echo("not enough memory for so many draws: ask for fewer with --draws", err=True)
        raise typer.Exit(2) from None


def read(workbook: Path) -> Assumptions:
    """Read and check a workbook."""
    from cea.workbook.read import read_workbook

    return read_workbook(workbook)


def check(out: Path | None, command: str) -> None:
    """Refuse an output folder before anything is run."""
    if out is not None:
        from cea.report.folder import check_folder

        check_folder(out, command)


def check_file(path: Path, *, force: bool) -> None:
    """Refuse a workbook that cannot be written, before anything is run.

    Raises
    ------
    OutputError
        `path` is not the name of a workbook, or exists and is not to be overwritten.
    """
    if path.suffix.lower() != ".xlsx":
        raise OutputError(f"{path}: not an .xlsx name; call it {path.with_suffix('.xlsx').name}")
    if path.exists() and not force:
        raise OutputError(
            f"{path}: exists already, perhaps with your changes; choose another name, or add "
            "--force"
        )


def finish(assumptions: Assumptions, command: str, results: Results, out: Path | None) -> None:
    """Print the warnings and, where a folder is named, write the tables and figures."""
    from cea.analysis.base_case import base_case
    from cea.report import terminal
    from cea.report.notes import notes

    said = notes(results.base or base_case(assumptions), results)
    terminal.warn(said)
    if out is not None:
        from cea.report.run import write_analysis

        write_analysis(results, assumptions, command, out, said)
        typer.echo(f"Written to {out}")
