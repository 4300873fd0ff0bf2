"""A second process for a second core: figures are half of a run's time."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from ctypes import c_longlong
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from cea.parallel import cores
from cea.report.outputs import figure_files, figures, write_figure
from cea.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NONE = 2**62  # a position beyond every figure


class Drawing:
    """The figures of a run, begun in the second process as soon as there is something to draw.

    Without a second process, or what one that dies leaves, is drawn at the end, in this one.
    """

    def __init__(self, pool: ProcessPoolExecutor | None, taken: c_longlong) -> None:
        self._pool = pool
        self._taken = taken  # shared: figures from this position on are drawn here
        self._sent: list[Future[None]] = []
        self._begun: dict[str, Future[dict[str, bytes]]] = {}

    def begin(self, results: Results) -> None:
        """Begin every figure of the results so far that is not begun yet.

        The draws of subgroups and of scenarios are not sent: they are many.
        """
        if self._pool is None:
            return
        sent = replace(results, scenarios=None, subgroups=None)
        with suppress(BrokenExecutor):
            # Pickled here and now: the pool would do it in a thread, while this one fills caches.
            self._sent.append(self._pool.submit(_keep, pickle.dumps(sent)))
            for name in figures(sent):
                if name not in self._begun:
                    position = len(self._begun)
                    self._begun[name] = self._pool.submit(_draw, name, position)

    def write(self, results: Results, folder: Path) -> None:
        """Write every figure of the results.

        This process draws what was not sent, then takes figures from the end of what waits.
        """
        drawn, begun = figures(results), list(self._begun.items())
        for name in drawn:
            if name not in self._begun:
                write_figure(name, figure_files(drawn[name]), folder)
        # Taken, not cancelled: a pool whose process dies may hang on what was cancelled.
        while begun and not (begun[-1][1].running() or begun[-1][1].done()):
            self._taken.value = len(begun) - 1
            name, _ = begun.pop()
            write_figure(name, figure_files(drawn[name]), folder)
        with suppress(BrokenExecutor):
            for sent in self._sent:
                sent.result()
        for name, waited in begun:
            try:
                files = waited.result()
            except BrokenExecutor:  # the process was killed, say for its memory
                files = figure_files(drawn[name])
            write_figure(name, files, folder)


@contextmanager
def second_process() -> Iterator[Drawing]:
    """Start a process that draws while this one computes.

    None is started where there is one core only, or where the system allows no second process.
    """
    if cores() < 2:
        yield Drawing(None, c_longlong())
        return
    try:
        # Spawned, not forked: a fork copies locks that threads of this process may hold.
        context = get_context("spawn")
        taken = context.RawValue(c_longlong, _NONE)
        pool = ProcessPoolExecutor(1, context, _share, (taken,))
        pool.submit(_get_ready)
    except (ImportError, NotImplementedError, OSError):
        yield Drawing(None, c_longlong())
        return
    try:
        yield Drawing(pool, taken)
    finally:
        pool.shutdown(cancel_futures=True)


def _get_ready() -> None:
    import cea.report.charts  # noqa: F401


# In the second process: what it may have to draw, and from where on the first one draws.
_kept: dict[str, Callable[[], Figure]] = {}
_shared: list[c_longlong] = []


def _share(taken: c_longlong) -> None:
    _shared.append(taken)


def _keep(pickled: bytes) -> None:
    _kept.update(figures(pickle.loads(pickled)))


def _draw(name: str, position: int) -> dict[str, bytes]:
    return {} if position >= _shared[0].value else figure_files(_kept[name])
