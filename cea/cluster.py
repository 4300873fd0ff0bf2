"""Workers on a Dask cluster: the same work, on other machines.

Needs the optional extra ``cea[dask]``. Tasks and results travel as pickles of our own making, so
they arrive as they left, to the last bit. Whatever a lost worker held is computed again by
another: nothing is only in one worker's memory that cannot be, since data are sent as tasks.
"""

from __future__ import annotations

import asyncio
import hashlib
import pickle
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cea.errors import UserError
from cea.parallel import HERE, Progress, Workers

if TYPE_CHECKING:
    from distributed import Client

R = TypeVar("R")

_PATIENCE = 10.0  # seconds until a scheduler must answer
_ALONE = 60.0  # seconds without any worker, after which we give up


@cache
def versions() -> dict[str, str]:
    """What a result depends on beside the workbook: versions, processor, this package's code."""
    import numpy as np
    import scipy.linalg  # loads the library that is asked for below
    from threadpoolctl import threadpool_info

    import cea

    code = hashlib.sha256()
    root = Path(cea.__file__).parent
    for path in sorted(root.rglob("*.py")):
        code.update(path.relative_to(root).as_posix().encode())
        code.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return {
        "cea": f"{cea.__version__} (code {code.hexdigest()[:8]})",
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "python": platform.python_version(),
        # Named for the processor that its kernels are chosen for.
        "BLAS": ", ".join(
            sorted(
                f"{x['internal_api']} {x['version']} for {x.get('architecture', 'any processor')}"
                for x in threadpool_info()
                if x["user_api"] == "blas"
            )
        ),
    }


def _blas_threads() -> int:
    """Return the number of threads of matrix products here: their rounding depends on it."""
    from threadpoolctl import threadpool_info

    return max((x["num_threads"] for x in threadpool_info() if x["user_api"] == "blas"), default=1)


@contextmanager
def workers_at(address: str | None) -> Iterator[Workers]:
    """Connect to a Dask scheduler, such as ``tcp://10.0.0.1:8786``; None: work here.

    Raises
    ------
    UserError
        Dask is not installed, nobody answers, there are no workers, or one of them would compute
        something else: other versions, or another processor.
    """
    if address is None:
        yield HERE
        return
    try:
        import threadpoolctl  # noqa: F401
        from distributed import Client
    except ImportError:
        raise UserError(
            "--scheduler needs Dask, which is not installed; install it with: "
            "pip install 'cea[dask]'"
        ) from None
    try:
        asyncio.run(_answer(address))
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError, AttributeError) as error:
        raise UserError(
            f"no Dask scheduler answers at {address} ({type(error).__name__}); start one with "
            "'dask scheduler' and give the address that it prints, e.g. tcp://10.0.0.1:8786"
        ) from None
    with client:
        _check(client, address)
        yield Cluster(client, address)


async def _answer(address: str) -> None:
    """Wait for a scheduler to answer: a client that never connects takes long to go away."""
    from distributed.core import rpc

    async with asyncio.timeout(_PATIENCE):
        async with rpc(address) as scheduler:
            await scheduler.identity()


def _check(client: Client, address: str) -> None:
    """Refuse a cluster without workers, and one whose results might differ from ours."""
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        raise UserError(
            f"the Dask scheduler at {address} has no workers; start some with "
            f"'dask worker {address}'"
        ) from None
    ours = _here()
    found: dict[str, Any] = {}
    for who, ask in (
        ("the scheduler", client.run_on_scheduler),
        ("a worker", lambda function: client.run(function, on_error="return")),
    ):
        try:
            answer = ask(versions)
        except Exception as error:  # it cannot load this package
            answer = error
        found |= answer if who == "a worker" and isinstance(answer, dict) else {who: answer}
    for where, theirs in found.items():
        if not isinstance(theirs, dict):
            raise UserError(
                f"{where} cannot run cea ({theirs}); install cea {ours['cea']} in the environment "
                "of the scheduler and of every worker"
            )
        for name, version in ours.items():
            if theirs.get(name) != version:
                raise UserError(
                    f"{where} has {name} {theirs.get(name, 'of another kind')}, here is "
                    f"{version}; results would not be the same: install the same versions"
                )


class Cluster:
    """Workers of a Dask cluster."""

    def __init__(self, client: Client, address: str) -> None:
        self._client, self._address = client, address

    def map(
        self,
        function: Callable[..., R],
        tasks: Sequence[Any],
        *common: Any,
        progress: Progress | None = None,
    ) -> list[R]:
        """Return ``[function(task, *common) for task in tasks]``.

        Results are fetched as they come, so a worker that is lost later takes none with it; what
        it was doing is done again by another.

        Raises
        ------
        UserError
            The cluster is gone, all its workers are, or a task ends one worker after another.
        Exception
            Whatever `function` raises.
        """
        # A task that makes the data, rather than data in a worker's memory: it can be made again.
        shared = self._client.submit(_unpacked, pickle.dumps(common), pure=False)
        futures = self._client.map(
            _call,
            [pickle.dumps((function, task)) for task in tasks],
            shared=shared,
            versions=_here(),
            threads=_blas_threads(),
            pure=False,
        )
        place = {future.key: k for k, future in enumerate(futures)}
        results: dict[int, R] = {}
        try:
            for future in self._finished(futures):
                results[place[future.key]] = pickle.loads(self._result(future))
                if progress is not None:
                    progress(len(results), len(tasks))
        finally:
            self._client.cancel([f for f in futures if not f.done()])
        return [results[k] for k in range(len(tasks))]

    def _finished(self, futures: list[Any]) -> Iterator[Any]:
        """Yield futures as they finish; give up when nobody is left to work on them."""
        from distributed import wait

        left, lonely = list(futures), 0.0
        while left:
            try:
                with self._client.as_current():
                    wait(left, timeout=1.0, return_when="FIRST_COMPLETED")
            except TimeoutError:
                alone = not self._client.nthreads()
                lonely = lonely + 1.0 if alone else 0.0
                if lonely >= _ALONE:
                    raise UserError(
                        f"all workers of the Dask scheduler at {self._address} are gone; start "
                        f"some with 'dask worker {self._address}' and run again"
                    ) from None
                continue
            lonely = 0.0
            done = {future.key for future in left if future.done()}
            yield from [future for future in left if future.key in done]
            left = [future for future in left if future.key not in done]

    def _result(self, future: Any) -> bytes:
        from distributed import CancelledError, KilledWorker

        try:
            found: bytes = future.result(timeout=_ALONE)
        except KilledWorker:
            raise UserError(
                "a task ended one worker of the cluster after another; look at the workers' logs: "
                "most often a worker has too little memory"
            ) from None
        except (CancelledError, OSError, TimeoutError):
            raise UserError(
                f"the Dask scheduler at {self._address} is gone; start it again and run again"
            ) from None
        return found


def _here() -> dict[str, str]:
    return dict(versions())


def _unpacked(packed: bytes) -> Any:
    return pickle.loads(packed)


def _call(packed: bytes, shared: tuple[Any, ...], versions: dict[str, str], threads: int) -> bytes:
    """Do one task on a worker, which may have joined after the check."""
    from threadpoolctl import threadpool_limits

    if versions != _here():
        raise UserError(
            f"a worker that joined has other versions: {_here()} and not {versions}; "
            "install the same versions"
        )
    # For good: another task may be running in another thread of this worker.
    threadpool_limits(threads, user_api="blas")
    function, task = pickle.loads(packed)
    return pickle.dumps(function(task, *shared))
