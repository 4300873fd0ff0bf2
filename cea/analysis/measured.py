"""Probabilistic analyses, with their Monte-Carlo error or as many draws as a stated one takes."""

from __future__ import annotations

import numpy as np

from cea.analysis.precision import REPLICATES, TARGET, Precision, blocks
from cea.analysis.psa import Psa
from cea.analysis.psa import psa as run_psa
from cea.assumptions import Assumptions
from cea.errors import AnalysisError
from cea.parallel import HERE, Progress, Workers

MOST_UNTIL = 262_144  # draws of an analysis that stops by itself
_FIRST = 64  # draws of each replicate with which it begins


def precision_of(
    psa: Psa,
    target: float = TARGET,
    *,
    progress: Progress | None = None,
    threads: int | None = None,
) -> Precision:
    """Measure the Monte-Carlo error of an analysis.

    Where its draws are independent replicates, or pseudo-random, they are used. Else `REPLICATES`
    further scramblings are run with the same seed, each with n/`REPLICATES` draws, rounded down to
    a power of 2. Their error is of their own mean; one sequence of n draws is, as a rule, more
    exact than that.

    Raises
    ------
    AnalysisError
        `target` is not above 0; or as `psa` does.
    """
    if not 0 < target < np.inf:
        raise AnalysisError(f"no draws have an error of {target:g}; ask for one above 0, e.g. 0.01")
    if blocks(psa) > 1:
        return Precision(psa, target)
    size = 2 ** max(1, int(np.log2(max(2, psa.n / REPLICATES))))
    check = run_psa(
        psa.assumptions, REPLICATES * size, seed=psa.seed, progress=progress,
        replicates=REPLICATES, threads=threads,
    )  # fmt: skip
    return Precision(check, target, psa.n)


def measured_psa(
    assumptions: Assumptions,
    draws: int | None = None,
    *,
    seed: int | None = None,
    progress: Progress | None = None,
    replicates: int | None = None,
    threads: int | None = None,
    workers: Workers = HERE,
) -> tuple[Psa, Precision | None]:
    """Run a probabilistic analysis and measure its Monte-Carlo error.

    Without `replicates` the draws are those of `psa`, and the error comes from further ones. It is
    None where that would mean refitting curves to further resamples: ask for replicates there.

    Raises
    ------
    AnalysisError
        As `psa` does.
    """
    found = run_psa(
        assumptions, draws, seed=seed, progress=progress, replicates=replicates or 1,
        threads=threads, workers=workers,
    )  # fmt: skip
    refits = assumptions.settings.survival_uncertainty == "bootstrap" and assumptions.fits
    if refits and blocks(found) == 1:
        return found, None
    return found, precision_of(found, progress=progress, threads=threads)


def psa_until(
    assumptions: Assumptions,
    half_width: float,
    *,
    seed: int | None = None,
    replicates: int = REPLICATES,
    most: int = MOST_UNTIL,
    progress: Progress | None = None,
    threads: int | None = None,
    workers: Workers = HERE,
) -> Precision:
    """Run a probabilistic analysis with as many draws as a stated error takes.

    The draws of each replicate are doubled until the 95% half-width of every probability of being
    the most cost-effective, at the headline threshold, is `half_width` or less. The result is that
    of `psa` with so many draws and replicates: every size is run from the beginning.

    Parameters
    ----------
    assumptions
        What is assumed.
    half_width
        0.005 is half a percentage point.
    seed, replicates
        As `psa` takes them.
    most
        Draws that are not exceeded; `reached` of the result then tells that they did not suffice.
    progress, threads, workers
        As `psa` takes them.

    Raises
    ------
    AnalysisError
        The error or the number of replicates makes no sense, `most` is too small to begin with; or
        as `psa` does.
    """
    if not 0 < half_width < 0.5:
        raise AnalysisError(
            f"an error of {half_width:g} of a probability makes no sense; ask for more than 0 and "
            "less than 50%, e.g. 0.5%"
        )
    if replicates < 2:
        raise AnalysisError(f"{replicates} replicates have no spread; ask for 2 or more")
    size = _FIRST
    if size * replicates > most:
        raise AnalysisError(
            f"{replicates} replicates begin with {size * replicates:,} draws; allow at least as "
            f"many, not {most:,}"
        )
    while True:
        found = run_psa(
            assumptions, size * replicates, seed=seed, progress=progress, replicates=replicates,
            threads=threads, workers=workers,
        )  # fmt: skip
        reached = Precision(found, half_width)
        if reached.reached or 2 * size * replicates > most:
            return reached
        size *= 2
