"""Monomials of the coordinates and the exact linear action of a matrix on them: ``(Ax)·∇ψ = R(A) ψ``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations_with_replacement

import numpy as np

from physym._typing import Float, Int


def exponents(n: int, degrees: Sequence[int]) -> Int[np.ndarray, "P n"]:
    """Exponents of all monomials of ``n`` coordinates with total degree in ``degrees``.

    Arguments:
        n: number of coordinates.
        degrees: total degrees, for instance ``(0, 2)``; their order is kept.

    Returns:
        Integers, shape ``(P, n)``; row p stands for ``Π_i x_i**exponents[p, i]``.

    Example:
        >>> exponents(2, (2,)).tolist()
        [[2, 0], [1, 1], [0, 2]]
    """
    rows = [
        np.bincount(np.array(choice, dtype=np.int64), minlength=n)
        for degree in degrees
        for choice in combinations_with_replacement(range(n), degree)
    ]
    return np.array(rows, dtype=np.int64).reshape(len(rows), n)


def evaluate(x: Float[np.ndarray, "N n"], powers: Int[np.ndarray, "P n"]) -> Float[np.ndarray, "N P"]:
    """Values of the monomials at each row of ``x``.

    Arguments:
        x: points, shape ``(N, n)``.
        powers: exponents, shape ``(P, n)``.

    Returns:
        Values, shape ``(N, P)``, contiguous by monomial.

    Example:
        >>> import numpy as np
        >>> evaluate(np.array([[2.0, 3.0]]), exponents(2, (0, 2))).tolist()
        [[1.0, 4.0, 6.0, 9.0]]
    """
    columns = np.ascontiguousarray(x.T)
    values = np.ones((len(powers), len(x)))
    for value, row in zip(values, powers, strict=True):
        for i in np.flatnonzero(row):
            for _ in range(row[i]):
                value *= columns[i]
    return values.T


def action(generators: Float[np.ndarray, "k n n"], powers: Int[np.ndarray, "P n"]) -> Float[np.ndarray, "k P P"]:
    """Matrices ``R(A)`` of the derivation ``(Ax)·∇`` on monomials: ``(Ax)·∇ψ_p = Σ_q R[p, q] ψ_q``.

    The set of monomials must be closed under the action, as all monomials of given total degrees are.

    Arguments:
        generators: matrices A, shape ``(k, n, n)``.
        powers: exponents, shape ``(P, n)``.

    Returns:
        Shape ``(k, P, P)``, linear in A with integer coefficients.

    Example:
        >>> import numpy as np
        >>> rotation = np.array([[[0.0, -1.0], [1.0, 0.0]]])
        >>> r = action(rotation, exponents(2, (2,)))[0]
        >>> bool(np.allclose(np.array([1, 0, 1]) @ r, 0))  # x² + y² is invariant
        True
    """
    source, target, i, j, factor = _moves(powers.tobytes(), powers.shape[1])
    result = np.zeros((len(generators), len(powers), len(powers)))
    result[:, source, target] = factor * generators[:, i, j]
    # x_i ∂_i keeps a monomial and counts its exponent
    everyone = np.arange(len(powers))
    result[:, everyone, everyone] = np.diagonal(generators, axis1=1, axis2=2) @ powers.T
    return result


@lru_cache(maxsize=32)
def _moves(table: bytes, n: int) -> tuple[np.ndarray, ...]:
    """For every ``x_j ∂_i`` with i ≠ j: monomial, the monomial it becomes, i, j and the factor; each pair occurs once."""
    powers = np.frombuffer(table, dtype=np.int64).reshape(-1, n)
    index = {tuple(row): p for p, row in enumerate(powers.tolist())}
    found = []
    for p, row in enumerate(powers.tolist()):
        for i in range(n):
            for j in range(n):
                if row[i] and i != j:
                    target = list(row)
                    target[i] -= 1
                    target[j] += 1
                    found.append((p, index[tuple(target)], i, j, row[i]))
    return tuple(np.array(found, dtype=np.int64).reshape(-1, 5).T)
