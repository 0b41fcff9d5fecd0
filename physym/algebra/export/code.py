"""Matrices as source text, shared by the languages that write them as nested lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        equals: the sign of an assignment.
        stop: what ends a statement.
        wrap: makes a matrix of nested lists.

    Example:
        >>> Dialect(lambda text: f"# {text}", repr, str).number(0.5)
        '0.5'
    """

    comment: Callable[[str], str]
    inexact: Callable[[float], str]
    exact: Callable[[Any], str]
    opening: str = "["
    closing: str = "]"
    equals: str = " = "
    stop: str = ""
    wrap: Callable[[NamedMatrix, str], str] = lambda matrix, rows: rows

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

    def assign(self, symbol: str, value: str) -> str:
        """One statement."""
        return f"{symbol}{self.equals}{value}{self.stop}"

    def assign_matrices(self, symbol: str, matrices: Sequence[NamedMatrix]) -> list[str]:
        """A list of matrices, each with its name and errors as comments."""
        lines = []
        for index, matrix in enumerate(matrices):
            lines += [f"    {line}" for line in (self.comment(matrix.name), *self.error_comments(matrix))]
            comma = "," if index + 1 < len(matrices) else ""
            lines.append(f"    {self.wrap(matrix, self.matrix(matrix, indent='    '))}{comma}")
        return self.assign(symbol, "\n".join([self.opening, *lines, self.closing])).split("\n")

    def error_comments(self, matrix: NamedMatrix) -> list[str]:
        """Every entry with its error, row by row; nothing where there are no errors."""
        if not matrix.has_errors:
            return []
        rows = ["; ".join(map(plus_minus, row, spread)) for row, spread in zip(matrix.values.tolist(), matrix.errors.tolist(), strict=True)]
        return [self.comment(f"{matrix.name}, row {i + 1}: {row}") for i, row in enumerate(rows)]


def source_lines(
    sheet: Sheet, dialect: Dialect, brackets: Callable[[Sheet, Dialect], list[str]], *, preamble: Sequence[str] = ()
) -> list[str]:
    """The lines of a file: conventions, coordinates, generators with errors, brackets, metric.

    Arguments:
        sheet: what to write.
        dialect: the language.
        brackets: writes the structure constants.
        preamble: lines after the conventions, such as imports.

    Returns:
        The lines, without line ends.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> from physym.algebra.export.describe import sheet_of_algebra
        >>> dialect = Dialect(lambda text: f"# {text}", repr, str)
        >>> "generators = [" in source_lines(sheet_of_algebra(so(2)), dialect, lambda sheet, dialect: [])
        True
    """
    lines = [*dialect.header(sheet), *preamble, "", dialect.assign("coordinates", dialect.listed([quoted(n) for n in sheet.coordinates]))]
    if sheet.generators:
        lines.append(dialect.assign("names", dialect.listed([quoted(generator.name) for generator in sheet.generators])))
        lines += dialect.assign_matrices("generators", sheet.generators)
        if any(generator.has_errors for generator in sheet.generators):
            errors = [NamedMatrix(f"errors of {g.name}", g.errors, 0 * g.errors) for g in sheet.generators]
            lines += dialect.assign_matrices("errors", errors)
        lines += brackets(sheet, dialect)
    if sheet.metric is not None:
        metric = dialect.wrap(sheet.metric, dialect.matrix(sheet.metric))
        lines += ["", *dialect.error_comments(sheet.metric), dialect.assign("metric", metric)]
    return lines


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
