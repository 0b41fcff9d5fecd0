"""Where the work on the parts is done: in this process, in several that survive the loss of one, or on a Dask cluster."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import wait
from typing import Any, cast

from physym._optional import require
from physym.discovery.streaming.partial import Partial
from physym.errors import DiscoveryFailed

Work = Callable[[Any], Partial]
ATTEMPTS = 3
AHEAD = 2  # parts under way per thread of a cluster, so that none waits for the next
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
    """Several processes, each with one thread and one part at a time; when one is killed, its part is done again by another.

    Every process has a pipe of its own, so that one that dies in the middle of an answer can neither hold a lock that the others wait
    for nor leave half an answer among theirs, as it can in a pool with a common queue.

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
    queue, losses = deque(parts), Counter[int]()
    crew: dict[Any, _Worker] = {}
    try:
        while queue or crew:
            while queue and len(crew) < workers:
                worker = _Worker.started(work)
                crew[worker.pipe] = worker.given(queue.popleft(), parts)
            for pipe in wait(list(crew)):
                worker = crew.pop(pipe)
                found = worker.answer()
                if found is None:
                    worker.stopped()
                    losses[worker.number] += 1
                    if losses[worker.number] == ATTEMPTS:
                        raise DiscoveryFailed(_hopeless(parts[worker.number]))
                    queue.appendleft(worker.number)
                    continue
                if queue:
                    crew[pipe] = worker.given(queue.popleft(), parts)  # before the result is handed on, so that it works meanwhile
                else:
                    worker.stopped()
                yield worker.number, found
    finally:
        for worker in crew.values():
            worker.stopped()


@dataclass(frozen=True, eq=False)
class _Worker:
    """A process, the pipe to it, and the number of the part that it works on."""

    process: Any
    pipe: Any
    number: int = -1

    @classmethod
    def started(cls, work: Work) -> _Worker:
        spawn = get_context("spawn")  # a forked process would inherit the locks of other threads
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_serve, args=(theirs, work), daemon=True)
        with _one_thread_each():
            process.start()
        theirs.close()  # so that the pipe ends with the process
        return cls(process, ours)

    def given(self, number: int, parts: Mapping[int, Any]) -> _Worker:
        # to a process that is gone nothing can be sent; that shows when it is asked for its answer
        with suppress(OSError):
            self.pipe.send(parts[number])
        return replace(self, number=number)

    def answer(self) -> Partial | None:
        """The result of its part; None where the process is gone."""
        try:
            found = self.pipe.recv()
        except (EOFError, OSError):
            return None
        if isinstance(found, Exception):
            self.stopped()
            raise found
        return cast(Partial, found)

    def stopped(self) -> None:
        self.pipe.close()
        self.process.terminate()
        self.process.join()


def _serve(pipe: Any, work: Work) -> None:
    """Work on one part after the other until the pipe ends, as it does when the process at its other end is gone."""
    found: Partial | Exception
    while True:
        try:
            part = pipe.recv()
        except EOFError:
            return
        try:
            found = work(part)
        except Exception as error:
            error.add_note(f"in process {os.getpid()}, at {part}")
            found = error
        try:
            pipe.send(found)
        except OSError:
            return


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
