"""Mathematica: lists of lists that ``Get`` reads."""

from __future__ import annotations

from typing import Any

from physym.algebra.export.code import Dialect, ascii_text, source_lines
from physym.algebra.export.sheet import Sheet


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
    return "\n".join(source_lines(sheet, _dialect(), _brackets)) + "\n"


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

    return Dialect(comment=comment, inexact=_float, exact=exact, opening="{", closing="}", stop=";")


def _float(value: float) -> str:
    """A number without a point, as in ``1*^-5``, would be exact."""
    mantissa, mark, exponent = repr(value).partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.'}{mark and '*^'}{exponent}"
