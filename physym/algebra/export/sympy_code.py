"""Python: a script that defines sympy matrices and checks them when it is executed."""

from __future__ import annotations

from typing import Any

from physym.algebra.export.code import Dialect, source_lines
from physym.algebra.export.sheet import Sheet

_CHECK = """
# executing this file checks its numbers: every bracket closes
for (i, j), row in structure_constants.items():
    defect = generators[i] * generators[j] - generators[j] * generators[i]
    defect -= sum((c * generators[k] for k, c in row.items()), zeros(*defect.shape))
    if any(abs(simplify(entry)) > tolerance for entry in defect):
        raise ValueError(f"[{names[i]}, {names[j]}] does not close")
"""
_METRIC_CHECK = """
# and every generator preserves the metric (up to a factor where it dilates)
for name, L in zip(names, generators):
    defect = L.T * metric + metric * L - 2 * L.trace() / L.rows * metric
    if any(simplify(entry) != 0 for entry in defect):
        raise ValueError(f"{name} does not preserve the metric")
"""


def write_sympy(sheet: Sheet) -> str:
    """The sheet as a Python script: ``generators``, ``names``, ``coordinates``, ``structure_constants``, ``metric``.

    Arguments:
        sheet: what to write.

    Returns:
        The script; it needs sympy and nothing else.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> from physym.algebra.export.describe import sheet_of_algebra
        >>> defined = {}
        >>> exec(write_sympy(sheet_of_algebra(so(2))), defined)
        >>> len(defined["generators"])
        1
    """
    preamble = ["from sympy import Matrix, S, simplify, sqrt, zeros  # noqa: F401"]
    lines = source_lines(sheet, _dialect(), _brackets, preamble=preamble)
    text = "\n".join(lines) + "\n"
    if sheet.generators:
        text += _CHECK
    if sheet.exact and sheet.metric is not None and sheet.metric.exact is not None:
        text += _METRIC_CHECK
    return text


def _brackets(sheet: Sheet, dialect: Dialect) -> list[str]:
    lines = ["", "# [L_i, L_j] = sum_k f_ij^k L_k for i < j, counted from 0; pairs that commute are left out", "structure_constants = {"]
    for (i, j), row in sheet.brackets.items():
        terms = ", ".join(f"{k}: {dialect.number(value)}" for k, value in row)
        lines.append(f"    ({i}, {j}): {{{terms}}},")
    # the numbers of the file are those that were measured to close this well; round-off of the sum comes on top
    tolerance = "0" if sheet.exact and sheet.closure == 0 else repr(1.01 * sheet.closure + 1e-6)
    return [*lines, "}", f"tolerance = {tolerance}"]


def _dialect() -> Dialect:
    def exact(number: Any) -> str:
        from sympy import sstr

        return str(sstr(number, sympy_integers=True))

    return Dialect(comment=lambda text: f"# {text}", inexact=repr, exact=exact, wrap=lambda matrix, rows: f"Matrix({rows})")
