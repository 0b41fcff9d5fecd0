"""GAP: matrix lists, and the Lie algebra by its structure constants where the entries are exact."""

from __future__ import annotations

from typing import Any

from physym.algebra.export.code import Dialect, source_lines
from physym.algebra.export.sheet import Sheet
from physym.errors import InvalidData


def write_gap(sheet: Sheet) -> str:
    """The sheet as a GAP file: ``generators``, ``names``, ``coordinates``, ``structureConstants``, ``algebra``, ``metric``.

    Arguments:
        sheet: what to write.

    Returns:
        The text; ``Read("algebra.g");`` defines the variables. ``algebra`` is written where the entries are exact and close.

    Raises:
        InvalidData: an exact entry is no sum of square roots of rational numbers, which is all that GAP's cyclotomics hold here.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> from physym.algebra.export.describe import sheet_of_algebra
        >>> "generators := [" in write_gap(sheet_of_algebra(so(2)))
        True
    """
    return "\n".join(source_lines(sheet, _dialect(), _brackets)) + "\n"


def _brackets(sheet: Sheet, dialect: Dialect) -> list[str]:
    """Entries ``[i, j, [f, k, …]]`` counted from 1, and the algebra that they define."""
    rows = []
    for (i, j), row in sheet.brackets.items():
        terms = dialect.listed([f"{dialect.number(value)}, {k + 1}" for k, value in row])
        rows.append(f"  [{i + 1}, {j + 1}, {terms}]")
    lines = ["", dialect.comment("[L_i, L_j] = sum_k f_ij^k L_k as [ i, j, [ f, k, ... ] ], counted from 1")]
    lines.append("structureConstants := [\n" + ",\n".join(rows) + "\n];")
    if sheet.exact and sheet.closure == 0:
        lines += [
            f'table := EmptySCTable({len(sheet.generators)}, 0, "antisymmetric");;',
            "for entry in structureConstants do SetEntrySCTable(table, entry[1], entry[2], entry[3]); od;",
            "algebra := LieAlgebraByStructureConstants(DefaultField(Concatenation([1], Flat(generators))), table);",
        ]
    return lines


def _dialect() -> Dialect:
    return Dialect(comment=lambda text: f"# {text}", inexact=_float, exact=_exact, equals=" := ", stop=";")


def _float(value: float) -> str:
    """GAP reads a float only with a point."""
    text = repr(value)
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}{mark}{exponent}"


def _exact(number: Any) -> str:
    import sympy

    if number.is_Rational:
        return str(number)
    if number.is_Pow and number.exp in (sympy.Rational(1, 2), sympy.Rational(-1, 2)) and number.base.is_Rational:
        return f"Sqrt({number.base})" if number.exp > 0 else f"(1/Sqrt({number.base}))"
    if number.is_Add or number.is_Mul:
        sign = " + " if number.is_Add else "*"
        return "(" + sign.join(_exact(part) for part in number.args) + ")"
    raise InvalidData(
        f"{number} cannot be written in GAP, which holds square roots of rational numbers here. Export to .py or .json instead."
    )
