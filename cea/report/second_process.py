"""A second process for a second core: figures are half of a run's time."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from cea.report.outputs import write_figures
from cea.report.results import Results


@contextmanager
def second_process() -> Iterator[ProcessPoolExecutor | None]:
    """Start a process that gets ready to draw while this one computes.

    None where there is one core only, or where the system allows no second process.
    """
    if (os.cpu_count() or 1) < 2:
        yield None
        return
    try:
        # Spawned, not forked: a fork copies locks that threads of this process may hold.
        pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        pool.submit(_get_ready)
    except (ImportError, NotImplementedError, OSError):
        yield None
        return
    with pool:
        yield pool


def _get_ready() -> None:
    import cea.report.charts  # noqa: F401


def _draw(pickled: bytes, folder: Path) -> None:
    write_figures(pickle.loads(pickled), folder)


def draw_figures(
    results: Results, folder: Path, pool: ProcessPoolExecutor | None
) -> Iterator[None]:
    """Draw every figure in two steps: begin in the second process, finish in this one.

    The figures with the largest data, those of draws, are drawn here.
    """
    here = Results(
        psa=results.psa,
        precision=results.precision,
        scenarios=results.scenarios,
        subgroups=results.subgroups,
    )
    there = replace(results, psa=None, precision=None, scenarios=None, subgroups=None)
    # Pickled here and now: the pool would do it in a thread, while this one fills caches inside.
    begun = None if pool is None else pool.submit(_draw, pickle.dumps(there), folder)
    yield
    write_figures(here if begun is not None else results, folder)
    if begun is not None:
        begun.result()
