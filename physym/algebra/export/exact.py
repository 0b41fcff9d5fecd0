"""Exact numbers as text and back, and exact structure constants."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from physym._typing import Float
from physym.algebra.export.sheet import Brackets
from physym.algebra.lie_algebra import LieAlgebra
from physym.errors import InvalidData

if TYPE_CHECKING:
    import sympy

_LARGEST_EXPONENT = 64
_LONGEST_TEXT = 500
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def parse_exact(text: str) -> sympy.Expr:
    """Read an exact number; a file is data, so nothing in it is ever evaluated as code.

    Arguments:
        text: whole numbers, ``+ - * / **``, brackets and ``sqrt(…)``.

    Returns:
        The sympy expression.

    Raises:
        InvalidData: anything else, a division by zero, or an exponent that would take forever.

    Example:
        >>> parse_exact("-sqrt(2)/2")
        -sqrt(2)/2
    """
    try:
        if len(text) > _LONGEST_TEXT:
            raise ValueError("too long")
        number = _evaluate(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, TypeError, RecursionError, ArithmeticError, MemoryError) as error:
        raise InvalidData(f"{text[:60]!r} is not an exact number: {error}. Expected for instance '1/2' or '-sqrt(2)/2'.") from error
    if not number.is_finite or not number.is_real:
        raise InvalidData(f"{text[:60]!r} is not a finite real number.")
    return number


def _evaluate(node: ast.expr) -> Any:
    import sympy

    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return sympy.Integer(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluate(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            first, second = _evaluate(left), _evaluate(right)
            if isinstance(op, ast.Pow) and abs(second) > _LARGEST_EXPONENT:
                raise ValueError(f"the exponent {second} is too large")
            return _OPERATORS[type(op)](first, second)
        case ast.Call(func=ast.Name(id="sqrt"), args=[argument], keywords=[]):
            return sympy.sqrt(_evaluate(argument))
    raise ValueError("only whole numbers, + - * / **, brackets and sqrt(…) are read")


def brackets(algebra: LieAlgebra, *, tolerance: float = 1e-9) -> Brackets:
    """Structure constants as a sparse table of ``[L_i, L_j] = Σ_k f_ij^k L_k`` for i < j.

    Arguments:
        algebra: generators; where they are exact, so are the constants.
        tolerance: constants below this fraction of the largest are left out of a table of floats.

    Returns:
        ``{(i, j): ((k, f_ij^k), …)}`` from 0; pairs that commute are left out. Empty when the exact span does not close.

    Example:
        >>> import numpy as np
        >>> e, f, h = np.zeros((3, 2, 2))
        >>> e[0, 1], f[1, 0], h[0, 0], h[1, 1] = 1.0, 1.0, 1.0, -1.0
        >>> [(k, round(constant, 12)) for k, constant in brackets(LieAlgebra(np.stack([e, f, h])))[0, 1]]
        [(2, 1.0)]
    """
    if algebra.exact:
        return _exact_brackets(algebra)
    constants = algebra.structure_constants
    floor = tolerance * np.abs(constants).max(initial=0.0)
    table: Brackets = {}
    for i in range(algebra.dimension):
        for j in range(i + 1, algebra.dimension):
            row = tuple((int(k), float(constants[i, j, k])) for k in np.flatnonzero(np.abs(constants[i, j]) > floor))
            if row:
                table[i, j] = row
    return table


def _exact_brackets(algebra: LieAlgebra) -> Brackets:
    """Solve for the constants on k independent entries, then check every other entry exactly."""
    import sympy
    from scipy.linalg import qr

    generators = algebra.exact
    flat = algebra.basis.reshape(algebra.dimension, -1)
    pivots = [int(entry) for entry in qr(flat, pivoting=True, mode="r")[1][: algebra.dimension]]
    columns = sympy.Matrix([[generator[entry] for entry in pivots] for generator in generators])
    inverse = columns.inv()
    table: Brackets = {}
    for i, first in enumerate(generators):
        for j in range(i + 1, len(generators)):
            product = first * generators[j] - generators[j] * first
            row = (sympy.Matrix([[product[entry] for entry in pivots]]) * inverse).applyfunc(sympy.radsimp)
            rest = product - sum((row[k] * generators[k] for k in range(len(generators))), sympy.zeros(algebra.n))
            if any(sympy.simplify(entry) != 0 for entry in rest):
                return {}
            terms = tuple((k, row[k]) for k in range(len(generators)) if row[k] != 0)
            if terms:
                table[i, j] = terms
    return table


def exact_metric(algebra: LieAlgebra, matrix: Float[np.ndarray, "n n"]) -> sympy.ImmutableMatrix | None:
    """The metric in whole numbers, if the exact generators preserve it exactly (up to their trace, where they dilate).

    Arguments:
        algebra: generators with exact entries.
        matrix: the metric to be recognised, shape ``(n, n)``.

    Returns:
        The metric, or None where the algebra has no exact entries or the rounded matrix is not preserved.

    Example:
        >>> import numpy as np, sympy
        >>> boost = sympy.ImmutableMatrix([[0, 1], [1, 0]])
        >>> so11 = LieAlgebra(np.array([[[0.0, 1.0], [1.0, 0.0]]]), exact=(boost,))
        >>> exact_metric(so11, np.diag([1.0, -0.9999]))
        Matrix([
        [1,  0],
        [0, -1]])
    """
    import sympy

    if not algebra.exact or matrix.shape != (algebra.n, algebra.n):
        return None
    candidate = sympy.ImmutableMatrix(algebra.n, algebra.n, [round(float(entry)) for entry in matrix.flat])
    for generator in algebra.exact:
        defect = generator.T * candidate + candidate * generator - 2 * generator.trace() / algebra.n * candidate
        if any(sympy.simplify(entry) != 0 for entry in defect):
            return None
    return candidate if candidate.det() != 0 else None
