"""Matrices as source text, shared by the languages that write them as nested lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from physym._numbers import plus_minus
from physym.algebra.export.sheet import NamedMatrix, Sheet


@dataclass(frozen=True)
class Dialect:
    """How one language writes comments, numbers and lists.

    Arguments:
        comment: turns one line of text into a comment.
        inexact: writes a float so that it reads back to the same float.
        exact: writes an exact number (sympy).
        opening: the bracket that opens a list.
        closing: the bracket that closes it.

    Example:
        >>> Dialect(lambda text: f"# {text}", repr, str).number(0.5)
        '0.5'
    """

    comment: Callable[[str], str]
    inexact: Callable[[float], str]
    exact: Callable[[Any], str]
    opening: str = "["
    closing: str = "]"

    def number(self, value: Any) -> str:
        """A float or an exact number in this language."""
        return self.inexact(value + 0.0) if isinstance(value, float) else self.exact(value)

    def listed(self, items: list[str]) -> str:
        """A list on one line."""
        return f"{self.opening}{', '.join(items)}{self.closing}"

    def header(self, sheet: Sheet) -> list[str]:
        """Title and conventions as comments, one per line."""
        return [self.comment(" ".join(line.split())) for line in (sheet.title, "Written by physym.", *sheet.conventions)]

    def matrix(self, matrix: NamedMatrix, *, indent: str = "") -> str:
        """Nested lists, one row of the matrix per line."""
        entries = rows_of(matrix)
        rows = [indent + "    " + self.listed([self.number(entry) for entry in row]) for row in entries]
        return self.opening + "\n" + ",\n".join(rows) + "\n" + indent + self.closing

    def error_comments(self, matrix: NamedMatrix) -> list[str]:
        """Every entry with its error, row by row; nothing where there are no errors."""
        if not matrix.has_errors:
            return []
        rows = ["; ".join(map(plus_minus, row, spread)) for row, spread in zip(matrix.values.tolist(), matrix.errors.tolist(), strict=True)]
        return [self.comment(f"{matrix.name}, row {i + 1}: {row}") for i, row in enumerate(rows)]


def rows_of(matrix: NamedMatrix) -> list[list[Any]]:
    """Entries row by row: exact ones where they are known, else floats.

    Arguments:
        matrix: of shape ``(n, n)``.

    Returns:
        n lists of n numbers.

    Example:
        >>> import numpy as np
        >>> rows_of(NamedMatrix("J", np.eye(2), np.zeros((2, 2))))
        [[1.0, 0.0], [0.0, 1.0]]
    """
    if matrix.exact is not None:
        rows: list[list[Any]] = matrix.exact.tolist()
        return rows
    return [[float(entry) for entry in row] for row in matrix.values]


def quoted(text: str) -> str:
    """A string literal with double quotes that Python, Sage, Mathematica and GAP all read.

    Arguments:
        text: anything; white space is collapsed and characters outside ASCII are replaced by ``?``.

    Returns:
        The literal.

    Example:
        >>> quoted('a "b"')
        '"a \\\\"b\\\\""'
    """
    plain = " ".join(text.split()).encode("ascii", "replace").decode("ascii")
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ascii_text(text: str) -> str:
    """Plain letters for readers that do not know UTF-8.

    Arguments:
        text: anything.

    Returns:
        The text in ASCII.

    Example:
        >>> ascii_text("so(1,3) ⊕ R, ± 1, −2")
        'so(1,3) (+) R, +- 1, -2'
    """
    for sign, plain in (("⊕", "(+)"), ("⋉", "|x"), ("±", "+-"), ("−", "-"), ("·", "."), ("×", "x"), ("Σ", "sum"), ("²", "^2")):
        text = text.replace(sign, plain)
    return text.encode("ascii", "replace").decode("ascii")
