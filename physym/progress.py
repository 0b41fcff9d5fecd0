"""Progress is injected: a callable that long work calls, silent by default."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable


@runtime_checkable
class Progress(Protocol):
    """What long work calls after each step.

    Example:
        >>> def show(step: str, done: int, total: int | None) -> None:
        ...     print(step, done, total)
        >>> work: Progress = show
        >>> work("reading", 1, 2)
        reading 1 2
    """

    def __call__(self, step: str, done: int, total: int | None) -> None: ...


def silent(step: str, done: int, total: int | None) -> None:
    """Report nothing: the default of every verb in the library.

    Example:
        >>> silent("reading", 1, 2)
    """


@contextmanager
def terminal() -> Iterator[Progress]:
    """A rich progress bar on standard error when that is a terminal, silence otherwise.

    Example:
        >>> with terminal() as progress:
        ...     progress("reading", 1, 1)
    """
    import sys

    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    with RichProgress(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield show
