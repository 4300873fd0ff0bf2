"""Commands of deterministic sensitivity analysis: tornado, two-way, threshold."""

from __future__ import annotations

from math import isfinite
from typing import Annotated

import typer

from cea.cli.app import (
    DrawsOption,
    Out,
    SeedOption,
    Workbook,
    app,
    check,
    finish,
    read,
    user_errors,
)
from cea.errors import UserError

Strategy = Annotated[
    str | None, typer.Option("--strategy", help="Strategy to compare; default: the others.")
]
Against = Annotated[
    str | None, typer.Option("--against", help="Comparator; default: the reference strategy.")
]


def _finite(value: float | None) -> float | None:
    """Refuse inf and nan, which a number may be called."""
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number")
    return value


Worth = Annotated[
    float | None,
    typer.Option(
        "--threshold", min=0, callback=_finite,
        help="Willingness to pay; default: the workbook's.",
    ),
]  # fmt: skip


@app.command()
def tornado(
    workbook: Workbook,
    out: Out = None,
    outcome: Annotated[
        str, typer.Option("--outcome", help="inmb, icer, cost, qaly or ly: the difference.")
    ] = "inmb",
    strategy: Strategy = None,
    against: Against = None,
    top: Annotated[
        int, typer.Option("--top", min=1, help="Bars shown; the rest are summed in one.")
    ] = 15,
    threshold: Worth = None,
) -> None:
    """Vary each parameter on its own, between its low and its high value."""
    from cea.analysis.tornado import tornado as run_tornado
    from cea.report.results import Results
    from cea.report.terminal_oneway import show_tornado

    with user_errors():
        check(out, "tornado")
        assumptions = read(workbook)
        result = run_tornado(
            assumptions, outcome, strategy=strategy, against=against, threshold=threshold, top=top
        )
        show_tornado(result)
        finish(assumptions, "tornado", Results(tornado=result), out)


@app.command()
def twoway(
    workbook: Workbook,
    x: Annotated[
        str | None,
        typer.Option("--x", help="Parameter or setting; default: the widest bar of the tornado."),
    ] = None,
    y: Annotated[
        str | None, typer.Option("--y", help="Another one; default: the second widest bar.")
    ] = None,
    x_from: Annotated[float | None, typer.Option("--x-from", help="Where x begins.")] = None,
    x_to: Annotated[float | None, typer.Option("--x-to", help="Where x ends.")] = None,
    y_from: Annotated[float | None, typer.Option("--y-from", help="Where y begins.")] = None,
    y_to: Annotated[float | None, typer.Option("--y-to", help="Where y ends.")] = None,
    steps: Annotated[int, typer.Option("--steps", help="Steps along each of the two.")] = 20,
    out: Out = None,
    strategy: Strategy = None,
    against: Against = None,
    threshold: Worth = None,
) -> None:
    """Vary two parameters, or a parameter and a setting, together, and see where INMB is 0."""
    from cea.analysis.two_way import two_way
    from cea.report.results import Results
    from cea.report.terminal_oneway import show_two_way

    with user_errors():
        check(out, "twoway")
        assumptions = read(workbook)
        result = two_way(
            assumptions,
            x,
            y,
            x_range=(x_from, x_to),
            y_range=(y_from, y_to),
            steps=steps,
            strategy=strategy,
            against=against,
            threshold=threshold,
        )
        show_two_way(result)
        finish(assumptions, "twoway", Results(two_way=result), out)


@app.command()
def threshold(
    workbook: Workbook,
    parameter: Annotated[
        str | None,
        typer.Option(
            "--parameter", help="Its name; default: the price with the widest bar of the tornado."
        ),
    ] = None,
    low: Annotated[float | None, typer.Option("--from", help="Where the search begins.")] = None,
    high: Annotated[float | None, typer.Option("--to", help="Where the search ends.")] = None,
    out: Out = None,
    strategy: Strategy = None,
    against: Against = None,
    worth: Worth = None,
    draws: DrawsOption = None,
    seed: SeedOption = None,
) -> None:
    """Find the values of a parameter at which the decision switches, and value-based prices."""
    from cea.analysis.threshold import Sampling, threshold_analysis
    from cea.report import terminal
    from cea.report.results import Results
    from cea.report.terminal_oneway import show_threshold

    with user_errors():
        check(out, "threshold")
        assumptions = read(workbook)
        with terminal.progress() as steps:
            result = threshold_analysis(
                assumptions, parameter, within=(low, high), strategy=strategy, against=against,
                threshold=worth, psa=Sampling(draws, seed, steps.draws),
            )  # fmt: skip
        if (draws is not None or seed is not None) and not (result.price and result.price.drawn):
            raise UserError(
                "--draws and --seed are for the interval of a price; "
                f"{result.moved.name} has none: leave them out"
            )
        show_threshold(result)
        finish(assumptions, "threshold", Results(threshold=result), out)
