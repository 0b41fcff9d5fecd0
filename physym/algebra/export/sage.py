"""Sage: matrices over an exact field where the entries are exact."""

from __future__ import annotations

from physym.algebra.export.code import Dialect, source_lines
from physym.algebra.export.sheet import NamedMatrix, Sheet


def write_sage(sheet: Sheet) -> str:
    """The sheet as a Sage file: ``generators``, ``names``, ``coordinates``, ``structure_constants``, ``metric``, ``algebra``.

    Arguments:
        sheet: what to write.

    Returns:
        The text; ``load("algebra.sage")`` defines the names. Matrices are over QQ, AA (algebraic numbers) or RDF (floats);
        the abstract Lie algebra is added where the entries are exact.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> from physym.algebra.export.describe import sheet_of_algebra
        >>> "matrix(" in write_sage(sheet_of_algebra(so(2)))
        True
    """
    return "\n".join(source_lines(sheet, _dialect(), _brackets)) + "\n"


def _field(matrix: NamedMatrix) -> str:
    """The smallest of Sage's fields that holds the entries."""
    if matrix.exact is None:
        return "RDF"
    return "QQ" if all(entry.is_rational for entry in matrix.exact) else "AA"


def _brackets(sheet: Sheet, dialect: Dialect) -> list[str]:
    lines = [
        "",
        dialect.comment("[L_i, L_j] = sum_k f_ij^k L_k for i < j, counted from 0; pairs that commute are left out"),
        "structure_constants = {",
    ]
    for (i, j), row in sheet.brackets.items():
        terms = ", ".join(f"{k}: {dialect.number(value)}" for k, value in row)
        lines.append(f"    ({i}, {j}): {{{terms}}},")
    lines.append("}")
    if sheet.exact and sheet.closure == 0:
        field = "QQ" if all(_field(generator) == "QQ" for generator in sheet.generators) else "AA"
        symbols = "[" + ", ".join(f'"L{a + 1}"' for a in range(len(sheet.generators))) + "]"
        table = "{(symbols[i], symbols[j]): {symbols[k]: c for k, c in row.items()} for (i, j), row in structure_constants.items()}"
        lines += [f"symbols = {symbols}", f"algebra = LieAlgebra({field}, {table}, names=symbols)"]
    return lines


def _dialect() -> Dialect:
    def wrap(matrix: NamedMatrix, rows: str) -> str:
        return f"matrix({_field(matrix)}, {rows})"

    return Dialect(comment=lambda text: f"# {text}", inexact=repr, exact=str, wrap=wrap)
