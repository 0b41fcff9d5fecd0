"""Where the work on the parts is done: in this process, in several that survive the loss of one, or on a Dask cluster."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any

from physym._optional import require
from physym.discovery.streaming.partial import Partial
from physym.errors import DiscoveryFailed

Work = Callable[[Any], Partial]
ATTEMPTS = 3
AHEAD = 2  # parts under way per worker, so that none waits for the next
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def in_this_process(parts: Mapping[int, Any], work: Work) -> Iterator[tuple[int, Partial]]:
    """One part after the other.

    Arguments:
        parts: parts by number.
        work: what to do with each.

    Returns:
        Number and result of each part.

    Example:
        >>> [(number, partial.jets) for number, partial in in_this_process({3: 5, 4: 7}, Partial)]
        [(3, 5), (4, 7)]
    """
    for number, part in parts.items():
        yield number, work(part)


def in_processes(parts: Mapping[int, Any], work: Work, workers: int) -> Iterator[tuple[int, Partial]]:
    """Several processes, each with one thread; when one is killed, the parts that were under way are done again.

    After such a loss each of them is tried alone, so that the one that kills its process is found and named.

    Arguments:
        parts: parts by number.
        work: what to do with each; it must be importable by name.
        workers: number of processes.

    Returns:
        Number and result of each part, in the order in which they are finished.

    Raises:
        DiscoveryFailed: one part has lost its process three times.

    Example:
        >>> list(in_processes({}, Partial, 2))
        []
    """
    left, losses = dict(parts), Counter[int]()
    suspects: list[int] = []
    while left:
        alone, lost = bool(suspects), list[int]()
        queue = deque(suspects[:1] if alone else left)
        count = min(workers, len(queue))
        pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_leave_with_parent)
        try:
            for number, partial in _completed(pool, queue, left, work, lost=lost, most=AHEAD * count):
                del left[number]
                yield number, partial
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        losses.update(lost)
        for number in lost:
            if losses[number] >= ATTEMPTS:
                raise DiscoveryFailed(_hopeless(left[number]))
        # alone, a part is settled or tried again; otherwise all that were under way are suspects
        suspects = (lost or suspects[1:]) if alone else lost


def _completed(
    pool: ProcessPoolExecutor, queue: deque[int], parts: Mapping[int, Any], work: Work, *, lost: list[int], most: int
) -> Iterator[tuple[int, Partial]]:
    """Results of a pool until its queue is empty or a process is lost; then ``lost`` names the parts that were under way."""
    flying: dict[Future[Partial], int] = {}
    while queue or flying:
        while queue and len(flying) < most and not lost:
            number = queue.popleft()
            with _one_thread_each():
                flying[pool.submit(work, parts[number])] = number
        if not flying:
            return
        for future in wait(flying, return_when=FIRST_COMPLETED)[0]:
            number = flying.pop(future)
            try:
                partial = future.result()
            except BrokenProcessPool:
                lost.append(number)
                continue
            yield number, partial


def _leave_with_parent() -> None:
    """End this process when the one that started it is gone, even killed: it would wait for work for ever."""

    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes started meanwhile use one thread each: numerical libraries read the number when they are first loaded."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _hopeless(part: Any) -> str:
    return (
        f"{part}: the process that works on it was lost {ATTEMPTS} times, perhaps killed for want of memory; try a smaller chunk_size, "
        "fewer workers, or look at the file. In a script, start the work under `if __name__ == '__main__':`, for every process "
        "imports the script first."
    )


def on_cluster(parts: Mapping[int, Any], work: Work, client: Any) -> Iterator[tuple[int, Partial]]:
    """The workers of a Dask cluster, which see the files under the same names.

    Arguments:
        parts: parts by number; Dask's own delayed parts are computed where their data are.
        work: what to do with each.
        client: a ``distributed.Client``.

    Returns:
        Number and result of each part, in the order in which they are finished.

    Raises:
        MissingDependency: the extra ``dask`` is not installed.
        DiscoveryFailed: the cluster lost its workers again and again over one part.

    Example:
        >>> list(on_cluster({}, Partial, None))
        []
    """
    if not parts:
        return
    distributed: Any = require("distributed", extra="dask")
    queue, numbers = deque(parts), dict[str, int]()
    flying = distributed.as_completed()

    def submit() -> None:
        number = queue.popleft()
        part = parts[number]
        future = client.compute(_delayed(work)(part), retries=ATTEMPTS - 1)
        numbers[future.key] = number
        flying.add(future)

    for _ in range(min(len(queue), AHEAD * max(1, sum(client.nthreads().values())))):
        submit()
    for future in flying:
        number = numbers.pop(future.key)
        try:
            partial = future.result()
        except distributed.KilledWorker as error:
            raise DiscoveryFailed(_hopeless(parts[number])) from error
        if queue:
            submit()
        yield number, partial


def _delayed(work: Callable[..., Any]) -> Any:
    delayed: Any = require("dask", extra="dask").delayed
    return delayed(work, pure=False)


def once_on_cluster(function: Callable[..., Any], *arguments: Any, client: Any) -> Any:
    """One call on a cluster, whose arguments may be delayed.

    Arguments:
        function: what to call; it must be importable by name.
        arguments: passed on, delayed ones computed.
        client: a ``distributed.Client``.

    Returns:
        What the function returns.

    Raises:
        MissingDependency: the extra ``dask`` is not installed.

    Example:
        >>> callable(once_on_cluster)
        True
    """
    return client.compute(_delayed(function)(*arguments)).result()
