"""Failures and warnings of physym as single sentences on standard error."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from physym.errors import PhysymError, PhysymWarning

FAILED = 2


class Sentences(typer.core.TyperGroup):
    """A group of commands whose failures are one sentence on standard error and exit code 2.

    Example:
        >>> Sentences.__mro__[1].__name__
        'TyperGroup'
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """The main job first."""
        return sorted(super().list_commands(ctx), key=lambda name: name != "discover")

    def invoke(self, ctx: Any) -> Any:
        """Run the command; errors and warnings of physym become sentences, all others keep their traceback."""
        try:
            with _warnings_as_sentences():
                return super().invoke(ctx)
        except PhysymError as error:
            sentence = str(error)
        except OSError as error:
            if error.filename is None:
                raise
            sentence = f"{error.filename}: {error.strerror}."
        typer.echo(f"physym: {sentence}", err=True)
        raise typer.Exit(FAILED)


@contextmanager
def _warnings_as_sentences() -> Iterator[None]:
    """Warnings of physym as single sentences, each once; those of other packages are for programmers and stay hidden."""
    shown: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *place: object, **more: object) -> None:
        sentence = " ".join(str(message).split())
        if issubclass(category, PhysymWarning) and sentence not in shown:
            shown.add(sentence)
            typer.echo(f"physym: warning: {sentence}", err=True)

    with warnings.catch_warnings():
        warnings.simplefilter("always", PhysymWarning)
        warnings.showwarning = show
        yield
