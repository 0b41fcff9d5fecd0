"""Measured generators made ready for decisions: an orthonormal basis, draws of its errors, and how well it closes."""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.algebra.lie_algebra import LieAlgebra, bracket
from physym.algebra.structure.balance import error_draws

ROUND_OFF = 1e-12  # generators that depend on the others to this relative accuracy are dropped


def prepared(algebra: LieAlgebra, error: float | None = None) -> tuple[Float[np.ndarray, "k n n"], Float[np.ndarray, "r k n n"], float]:
    """Independent orthonormal generators with draws of their errors.

    Arguments:
        algebra: generators of shape ``(k, n, n)``.
        error: relative error per generator; by default from the covariance, else from the closure residual; 0 for exact ones.

    Returns:
        Generators, shape ``(r, n, n)`` with r ≤ k; draws of their errors, shape ``(3, r, n, n)``; the relative error.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> prepared(so(3), 0.01)[0].shape
        (3, 3, 3)
    """
    basis, covariance = algebra.basis, algebra.covariance
    n = algebra.n
    if algebra.exact or not algebra.dimension:
        covariance, error = None, 0.0
    elif error is not None:
        covariance = None
    elif covariance is None or not algebra.errors.any():
        covariance, error = None, None
    if not len(basis):
        return basis, error_draws(basis, None, 0.0), 0.0
    left, sizes, right = np.linalg.svd(basis.reshape(len(basis), -1), full_matrices=False)
    keep = sizes > ROUND_OFF * max(sizes.max(initial=0.0), np.finfo(float).tiny)
    mixing, rows = (left[:, keep] / sizes[keep]).T, right[keep].reshape(-1, n, n)
    if covariance is None and error is None:
        error = implied_error(rows)
    draws = error_draws(basis, covariance, error or 0.0)
    norms = np.linalg.norm(basis, axis=(1, 2))
    relative = float(np.sqrt(np.mean(np.sum(draws**2, axis=(2, 3))) / max(np.mean(norms**2), np.finfo(float).tiny)))
    return rows, np.einsum("ab,rbij->raij", mixing, draws), relative


def residual_and_brackets(basis: Float[np.ndarray, "k n n"]) -> tuple[float, float]:
    """How far the brackets of a span leave it, and how large they are inside.

    Arguments:
        basis: generators, shape ``(k, n, n)``, linearly independent.

    Returns:
        The closure residual (as `closure_residual`), and the mean square of the part inside the span over pairs of an
        orthonormal basis.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> residual, inside = residual_and_brackets(so(3).basis)
        >>> residual < 1e-15, round(inside, 9)
        (True, 0.5)
    """
    k, n = basis.shape[:2]
    if k < 2:
        return 0.0, 0.0
    flat = np.linalg.qr(basis.reshape(k, -1).T)[0].T
    unit = flat.reshape(-1, n, n)
    brackets = bracket(unit[:, None], unit[None]).reshape(-1, n * n)
    inside = brackets @ flat.T
    outside = brackets - inside @ flat
    pairs = k * (k - 1)
    return float(np.sqrt((outside**2).sum() / (2 * pairs))), float((inside**2).sum() / pairs)


def implied_error(basis: Float[np.ndarray, "k n n"]) -> float:
    """Relative error per generator at which independent errors would leave the closure residual that is seen.

    Arguments:
        basis: generators, shape ``(k, n, n)``, linearly independent.

    Returns:
        Frobenius norm of a generator's error over its own; 0 where the residual tells nothing (one generator, or all of gl(n)).

    Example:
        >>> from physym.algebra.catalogue import change_of_basis, so
        >>> 0.005 < implied_error(change_of_basis(so(1, 3), seed=0, error=0.01).basis) < 0.02
        True
    """
    k, n = basis.shape[:2]
    if k < 2 or k >= n * n:
        return 0.0
    residual, inside = residual_and_brackets(basis)
    return float(np.sqrt(2) * residual / np.sqrt((4 / n + inside) * (1 - k / n**2)))


def expected_residual(basis: Float[np.ndarray, "k n n"], draws: Float[np.ndarray, "r k n n"]) -> float:
    """Closure residual that the errors alone would cause, to first order.

    Arguments:
        basis: orthonormal generators, shape ``(k, n, n)``.
        draws: draws of their errors, shape ``(r, k, n, n)``.

    Returns:
        Root mean square, in the units of `closure_residual`.

    Example:
        >>> import numpy as np
        >>> expected_residual(np.eye(2)[None], np.zeros((1, 1, 2, 2)))
        0.0
    """
    k, n = basis.shape[:2]
    if k < 2:
        return 0.0
    flat = basis.reshape(k, -1)
    f = (bracket(basis[:, None], basis[None]).reshape(k, k, -1) @ flat.T).reshape(k, k, k)
    total = 0.0
    for draw in draws:
        moved = bracket(basis[:, None], draw[None]) + bracket(draw[:, None], basis[None]) - np.tensordot(f, draw, axes=1)
        moved = moved.reshape(k * k, n * n)
        total += float(((moved - moved @ flat.T @ flat) ** 2).sum())
    return float(np.sqrt(total / len(draws) / (2 * k * (k - 1))))
