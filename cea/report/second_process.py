"""A second process for a second core: figures are half of a run's time."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from cea.parallel import cores
from cea.report.outputs import figure_files, figures, write_figure
from cea.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Drawing:
    """The figures of a run, begun in the second process as soon as there is something to draw.

    Without a second process, or what one that dies leaves, is drawn at the end, in this one.
    """

    def __init__(self, pool: ProcessPoolExecutor | None) -> None:
        self._pool = pool
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
                    self._begun[name] = self._pool.submit(_draw, name)

    def write(self, results: Results, folder: Path) -> None:
        """Write every figure of the results.

        This process draws what was not sent, then takes figures from the end of what waits.
        """
        begun, drawn = self._begun, figures(results)
        own = [*(name for name in drawn if name not in begun), *reversed(begun)]
        for name in own:
            if name not in begun or begun[name].cancel():
                write_figure(name, figure_files(drawn[name]), folder)
        with suppress(BrokenExecutor):
            for sent in self._sent:
                sent.result()
        for name, waited in begun.items():
            if waited.cancelled():
                continue
            try:
                files = waited.result()
            except BrokenExecutor:  # it was killed, say for its memory
                files = figure_files(drawn[name])
            write_figure(name, files, folder)


@contextmanager
def second_process() -> Iterator[Drawing]:
    """Start a process that draws while this one computes.

    None is started where there is one core only, or where the system allows no second process.
    """
    if cores() < 2:
        yield Drawing(None)
        return
    try:
        # Spawned, not forked: a fork copies locks that threads of this process may hold.
        pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        pool.submit(_get_ready)
    except (ImportError, NotImplementedError, OSError):
        yield Drawing(None)
        return
    try:
        yield Drawing(pool)
    finally:
        pool.shutdown(cancel_futures=True)


def _get_ready() -> None:
    import cea.report.charts  # noqa: F401


_kept: dict[str, Callable[[], Figure]] = {}  # in the second process: what it may have to draw


def _keep(pickled: bytes) -> None:
    _kept.update(figures(pickle.loads(pickled)))


def _draw(name: str) -> dict[str, bytes]:
    return figure_files(_kept[name])
