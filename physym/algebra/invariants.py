"""Polynomial invariants of a matrix Lie algebra, as sympy expressions in its coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from physym._typing import Float, Int
from physym.algebra.lie_algebra import LieAlgebra
from physym.algebra.monomials import action, exponents
from physym.algebra.rounding import Surd, nearest_exact
from physym.algebra.structure.prepare import prepared
from physym.algebra.structure.spectra import Cut, cut, echelon
from physym.errors import ShapeError

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, eq=False)
class Invariants:
    """Homogeneous polynomials of one degree that an algebra leaves unchanged, strictly or up to a factor.

    Arguments:
        degree: their degree.
        absolute: polynomials p with ``p(g x) = p(x)``.
        relative: further polynomials with ``p(g x) = |det g|^(degree/n) p(x)``: only the dilations of the algebra change them.
        exact: whether all coefficients were rounded to exact numbers within their errors; otherwise they are floats.
        evidence: where the spectra were cut.
    """

    degree: int
    absolute: tuple[sympy.Expr, ...]
    relative: tuple[sympy.Expr, ...]
    exact: bool
    evidence: tuple[str, ...]

    def __repr__(self) -> str:
        strict = ", ".join(map(str, self.absolute)) or "none"
        return f"Invariants of degree {self.degree}: {strict}; up to a factor: {', '.join(map(str, self.relative)) or 'none'}"


def invariants(algebra: LieAlgebra, degree: int) -> Invariants:
    """All homogeneous polynomial invariants of one degree: the null space of the action on monomials.

    Arguments:
        algebra: generators of shape ``(k, n, n)``, measured or exact.
        degree: degree of the polynomials, at least 1.

    Returns:
        A basis of the absolute invariants and of the relative ones, in the coordinates of the algebra.

    Raises:
        ShapeError: the degree is smaller than 1.

    Example:
        >>> from physym.algebra.catalogue import dilation, extend, so
        >>> invariants(so(1, 3), 2).absolute
        (E**2 - px**2 - py**2 - pz**2,)
        >>> invariants(extend(so(1, 3), dilation(4)), 2)
        Invariants of degree 2: none; up to a factor: E**2 - px**2 - py**2 - pz**2
    """
    if degree < 1:
        raise ShapeError(f"degree = {degree}; expected at least 1 (constants are always invariant).")
    n = algebra.n
    powers = exponents(n, (degree,))
    basis, draws, _ = prepared(algebra)
    traces = np.einsum("aii->a", basis) / n
    traceless = basis - traces[:, None, None] * np.eye(n)
    strict, error, first = _null_space(basis, draws, powers)
    loose, loose_error, second = _null_space(traceless, draws, powers)
    loose = _complement(loose, strict)
    names = algebra.coordinates or tuple(f"x{i + 1}" for i in range(n))
    absolute, exact = _expressions(strict, error, powers, names)
    relative, also = _expressions(loose, loose_error, powers, names)
    return Invariants(degree, absolute, relative, exact and also, (first.sentence, second.sentence))


def _null_space(
    basis: Float[np.ndarray, "k n n"], draws: Float[np.ndarray, "r k n n"], powers: Int[np.ndarray, "P n"]
) -> tuple[Float[np.ndarray, "f P"], float, Cut]:
    """Rows of coefficients that every generator sends to zero, and the size of their errors.

    Coefficients are weighted by the square roots of the multinomials, so that rotations of the coordinates act orthogonally.
    """
    k, size = len(basis), len(powers)
    weight = np.sqrt(_multinomials(powers))
    scaled = action(basis, powers) * (weight[:, None] / weight[None, :])[None]
    system = np.swapaxes(scaled, 1, 2).reshape(k * size, size)
    if not k:
        return np.eye(size), 0.0, Cut(size, np.inf, "No generator: every polynomial is invariant.")
    noise = action(draws.reshape(-1, *draws.shape[2:]), powers) * (weight[:, None] / weight[None, :])[None]
    error = float(np.sqrt((noise**2).sum() / len(draws) / size))
    _, sizes, rows = np.linalg.svd(system, full_matrices=True)
    sizes = np.concatenate([sizes, np.zeros(size - len(sizes))])
    decision = cut(sizes, max(error, 1e-9), "action on monomials", top=0.5)
    null = rows[size - decision.zeros :] * weight
    least = sizes[size - decision.zeros - 1] if decision.zeros < size else 1.0
    return null, error / float(least), decision


def _multinomials(powers: Int[np.ndarray, "P n"]) -> Float[np.ndarray, "P"]:
    from math import factorial, prod

    return np.array([factorial(sum(row)) / prod(factorial(p) for p in row) for row in powers.tolist()])


def _complement(space: Float[np.ndarray, "f P"], inside: Float[np.ndarray, "g P"]) -> Float[np.ndarray, "h P"]:
    """Rows that complete ``inside`` to ``space``."""
    if not len(inside) or not len(space):
        return space
    rest = space - space @ np.linalg.pinv(inside) @ inside
    _, _, rows = np.linalg.svd(rest, full_matrices=False)
    return np.asarray(rows[: max(len(space) - len(inside), 0)])


def _expressions(
    rows: Float[np.ndarray, "f P"], error: float, powers: Int[np.ndarray, "P n"], names: Sequence[str]
) -> tuple[tuple[sympy.Expr, ...], bool]:
    """Polynomials with exact coefficients where all lie within the errors of simple numbers, with floats otherwise."""
    import sympy

    if not len(rows):
        return (), True
    reduced = echelon(rows)
    numbers = nearest_exact(reduced, np.full(reduced.shape, max(error, 1e-8)))
    symbols = [sympy.Symbol(name, real=True) for name in names]
    monomials = [sympy.Mul(*(s**p for s, p in zip(symbols, row, strict=True))) for row in powers.tolist()]
    size, found = len(monomials), []
    for a, row in enumerate(reduced):
        coefficients = [_number(x) for x in numbers[a * size : (a + 1) * size]] if numbers else [sympy.Float(x, 8) for x in row]
        found.append(sympy.Add(*(c * m for c, m in zip(coefficients, monomials, strict=True))))
    return tuple(found), numbers is not None


def _number(number: Surd) -> sympy.Expr:
    return number.sympy()
