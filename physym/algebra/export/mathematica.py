"""Mathematica: lists of lists that ``Get`` reads."""

from __future__ import annotations

from typing import Any

from physym.algebra.export.code import Dialect, ascii_text, quoted
from physym.algebra.export.sheet import NamedMatrix, Sheet


def write_mathematica(sheet: Sheet) -> str:
    """The sheet as a Wolfram Language file: ``generators``, ``names``, ``coordinates``, ``structureConstants``, ``metric``.

    Arguments:
        sheet: what to write.

    Returns:
        The text; ``Get["algebra.wl"]`` defines the symbols.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> from physym.algebra.export.describe import sheet_of_algebra
        >>> "generators = {" in write_mathematica(sheet_of_algebra(so(2)))
        True
    """
    dialect = _dialect()
    lines = [*dialect.header(sheet), "", f"coordinates = {dialect.listed([quoted(name) for name in sheet.coordinates])};"]
    if sheet.generators:
        lines.append(f"names = {dialect.listed([quoted(generator.name) for generator in sheet.generators])};")
        lines += _assign("generators", sheet.generators, dialect)
        if any(generator.has_errors for generator in sheet.generators):
            spreads = tuple(NamedMatrix(f"errors of {g.name}", g.errors, 0 * g.errors) for g in sheet.generators)
            lines += _assign("errors", spreads, dialect)
        lines += _brackets(sheet, dialect)
    if sheet.metric is not None:
        lines += ["", *dialect.error_comments(sheet.metric), f"metric = {dialect.matrix(sheet.metric)};"]
    return "\n".join(lines) + "\n"


def _assign(symbol: str, matrices: tuple[NamedMatrix, ...], dialect: Dialect) -> list[str]:
    lines = [f"{symbol} = {{"]
    for index, matrix in enumerate(matrices):
        lines += [f"  {line}" for line in (dialect.comment(matrix.name), *dialect.error_comments(matrix))]
        lines.append(f"  {dialect.matrix(matrix, indent='  ')}{',' if index + 1 < len(matrices) else ''}")
    return [*lines, "};"]


def _brackets(sheet: Sheet, dialect: Dialect) -> list[str]:
    rules = [
        f"{{{a + 1}, {b + 1}, {k + 1}}} -> {dialect.number(sign * value)}"
        for (i, j), row in sheet.brackets.items()
        for k, value in row
        for a, b, sign in ((i, j, 1), (j, i, -1))
    ]
    size = len(sheet.generators)
    return [
        "",
        dialect.comment("[L_i, L_j] = Sum_k structureConstants[[i, j, k]] L_k"),
        f"structureConstants = SparseArray[{{{', '.join(rules)}}}, {{{size}, {size}, {size}}}];",
    ]


def _dialect() -> Dialect:
    def exact(number: Any) -> str:
        from sympy import mathematica_code

        return str(mathematica_code(number))

    def comment(text: str) -> str:
        # a comment ends at the first closing mark, whatever the text says
        return f"(* {ascii_text(text).replace('*)', '* )').replace('(*', '( *')} *)"

    return Dialect(comment=comment, inexact=_float, exact=exact, opening="{", closing="}")


def _float(value: float) -> str:
    """A number without a point, as in ``1*^-5``, would be exact."""
    mantissa, mark, exponent = repr(value).partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.'}{mark and '*^'}{exponent}"
