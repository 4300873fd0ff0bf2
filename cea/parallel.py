"""Work in parts: here, or on other machines. No result depends on who does it.

The parts are fixed by the work, never by the number of workers, each part is computed by the same
function from the same numbers, and results come back in the order of the tasks. So one worker and
a hundred give the same bits, on machines with the same processor and the same versions.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeAlias, TypeVar

Progress: TypeAlias = Callable[[int, int], None]

T = TypeVar("T")
R = TypeVar("R")

_MOST_THREADS = 8  # more gain nothing: the parts are short


class Workers(Protocol):
    """Something that applies a function to tasks."""

    def map(
        self,
        function: Callable[..., R],
        tasks: Sequence[Any],
        *common: Any,
        progress: Progress | None = None,
    ) -> list[R]:
        """Return ``[function(task, *common) for task in tasks]``.

        Parameters
        ----------
        function
            A function of a module, since it may be sent by name to another process.
        tasks, common
            What differs between the calls, and what all of them share: sent once to a worker.
        progress
            Called with (tasks done, tasks in all) now and then.
        """
        ...


class Here:
    """Workers that are none: this process does one task after the other."""

    def map(
        self,
        function: Callable[..., R],
        tasks: Sequence[Any],
        *common: Any,
        progress: Progress | None = None,
    ) -> list[R]:
        """Return ``[function(task, *common) for task in tasks]``."""
        results = []
        for done, task in enumerate(tasks, start=1):
            results.append(function(task, *common))
            if progress is not None:
                progress(done, len(tasks))
        return results


HERE = Here()


def cores() -> int:
    """Return the number of cores that this process may use, 8 at most."""
    try:
        found = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        found = os.cpu_count() or 1
    return min(found, _MOST_THREADS)


def in_threads(function: Callable[[T], None], parts: Iterable[T], threads: int | None) -> None:
    """Call a function on every part, in threads of this process; None: one for each core.

    It pays where NumPy or SciPy spends milliseconds at a stretch without Python's lock.
    """
    parts = list(parts)
    count = min(cores() if threads is None else threads, len(parts))
    if count < 2:
        for part in parts:
            function(part)
        return
    with ThreadPoolExecutor(count) as pool:
        for _ in pool.map(function, parts):
            pass
