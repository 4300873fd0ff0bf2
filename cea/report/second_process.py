"""A second process for a second core: figures are half of a run's time."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from cea.report.outputs import figures, write_figure
from cea.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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


_kept: dict[str, Callable[[], Figure]] = {}  # in the second process: what it may have to draw


def _keep(pickled: bytes) -> None:
    _kept.update(figures(pickle.loads(pickled)))


def _draw(name: str, folder: Path) -> None:
    write_figure(name, _kept[name], folder)


def draw_figures(
    results: Results, folder: Path, pool: ProcessPoolExecutor | None
) -> Iterator[None]:
    """Draw every figure in two steps: begin in the second process, finish in both.

    The second process draws from the first to the last; when this one has time, it draws what the
    other cannot, then takes figures from the end until both meet. The draws of subgroups and of
    scenarios are not sent: they are many.
    """
    drawn = figures(results)
    begun: dict[str, Future[None]] = {}
    if pool is not None:
        sent = replace(results, scenarios=None, subgroups=None)
        # Pickled here and now: the pool would do it in a thread, while this one fills caches.
        kept = pool.submit(_keep, pickle.dumps(sent))
        begun = {name: pool.submit(_draw, name, folder) for name in figures(sent)}
    yield
    for name in [*(name for name in drawn if name not in begun), *reversed(begun)]:
        if name not in begun or begun[name].cancel():
            write_figure(name, drawn[name], folder)
            begun.pop(name, None)
    if begun:
        kept.result()
    for waited in begun.values():
        waited.result()
