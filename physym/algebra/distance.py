"""Distance between spans of generators by principal angles, also as actions on the data's support only.

Data that fill only a subspace U of Rⁿ say nothing about what a generator does outside U: any matrix that vanishes on U
(the annihilator of the support) can be added without a trace. The centred two-body problem is the standard case: with
``q₂ = −q₁, p₂ = −p₁`` its eight coordinates have rank 4, and an unconstrained 8 × 8 generator is determined only as a map
from that 4-dimensional support, by 8·4 of its 64 entries. Pass ``support`` to compare what is determined.
"""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.algebra.lie_algebra import LieAlgebra
from physym.algebra.nullspace import null_space
from physym.errors import ShapeError


def principal_cosines(a: LieAlgebra, b: LieAlgebra, *, support: Float[np.ndarray, "N r"] | None = None) -> Float[np.ndarray, "m"]:
    """Cosines of the principal angles between the spans of two sets of generators.

    Arguments:
        a: generators of shape ``(k, n, n)``.
        b: generators of shape ``(l, n, n)``.
        support: data points as rows, shape ``(N, n)``, or columns that span the support, shape ``(n, r)``;
            generators are then compared as maps from the support into Rⁿ.

    Returns:
        Cosines in descending order, shape ``(min(k, l),)`` or fewer where generators coincide on the support.

    Raises:
        ShapeError: the generators, or the support, live in spaces of different dimension.

    References:
        Björck and Golub, Math. Comp. 27 (1973) 579.

    Example:
        >>> import numpy as np
        >>> from physym.algebra.catalogue import so
        >>> principal_cosines(so(1, 3), so(4)).round(6).tolist()  # they share the rotations
        [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    """
    first, second = _rows(a, b, support)
    if not len(first) or not len(second):
        return np.zeros(0)
    return np.clip(np.linalg.svd(first @ second.T, compute_uv=False), 0.0, 1.0)


def span_distance(a: LieAlgebra, b: LieAlgebra, *, support: Float[np.ndarray, "N r"] | None = None) -> float:
    """Largest principal angle between the spans of two sets of generators; a metric on spans of equal dimension.

    Arguments:
        a: generators of shape ``(k, n, n)``.
        b: generators of shape ``(l, n, n)``.
        support: data points as rows, shape ``(N, n)``, or columns that span the support, shape ``(n, r)``;
            generators are then compared as maps from the support into Rⁿ.

    Returns:
        Angle in rad, from 0 (the same span) to π/2 (also returned where the dimensions differ).

    Raises:
        ShapeError: the generators, or the support, live in spaces of different dimension.

    References:
        Small angles through their sines: Björck and Golub, Math. Comp. 27 (1973) 579, section 3.

    Example:
        >>> import numpy as np
        >>> from physym.algebra.catalogue import change_of_basis, so
        >>> span_distance(so(1, 3), change_of_basis(so(1, 3), seed=0)) < 1e-14
        True
        >>> rotation, other = LieAlgebra(np.diag([1.0, 1, 0])[None]), LieAlgebra(np.diag([1.0, 1, 7])[None])
        >>> span_distance(rotation, other, support=np.eye(3)[:, :2]) < 1e-14  # they differ on the third axis only
        True
    """
    first, second = _rows(a, b, support)
    if len(first) != len(second):
        return float(np.pi / 2)
    if not len(first):
        return 0.0
    outside = first - (first @ second.T) @ second
    sine = float(np.linalg.norm(outside, ord=2))
    cosine = float(np.linalg.svd(first @ second.T, compute_uv=False)[-1])
    return float(np.arctan2(sine, cosine))


def support_basis(support: Float[np.ndarray, "N r"], n: int) -> Float[np.ndarray, "n s"]:
    """Orthonormal columns that span the support of data.

    Arguments:
        support: data points as rows, shape ``(N, n)``, or columns that span the support, shape ``(n, r)``; an array of
            shape ``(n, n)`` is read as points.
        n: dimension of the space.

    Returns:
        Columns, shape ``(n, s)``; s < n where a clear gap in the singular values says so.

    Raises:
        ShapeError: neither axis of ``support`` has length n.

    Example:
        >>> import numpy as np
        >>> q = np.random.default_rng(0).normal(size=(50, 2))
        >>> support_basis(np.hstack([q, -q]), 4).shape
        (4, 2)
    """
    if support.ndim != 2 or n not in support.shape:
        raise ShapeError(f"support has shape {support.shape}; expected data points (N, {n}) or spanning columns ({n}, r).")
    points = support if support.shape[1] == n else support.T
    null = null_space(points).basis
    if not null.shape[1]:
        return np.eye(n)
    return np.linalg.svd(null, full_matrices=True)[0][:, null.shape[1] :]


def _rows(
    a: LieAlgebra, b: LieAlgebra, support: Float[np.ndarray, "N r"] | None
) -> tuple[Float[np.ndarray, "k p"], Float[np.ndarray, "l p"]]:
    """Orthonormal rows that span the two sets of generators, restricted to the support."""
    if a.n != b.n:
        raise ShapeError(f"generators of size {a.n} and {b.n} cannot be compared; expected the same space.")
    columns = np.eye(a.n) if support is None else support_basis(support, a.n)
    return _orthonormal(a, columns), _orthonormal(b, columns)


def _orthonormal(algebra: LieAlgebra, columns: Float[np.ndarray, "n s"]) -> Float[np.ndarray, "k p"]:
    """Orthonormal rows of the restricted generators; those that vanish on the support, or repeat others, are dropped."""
    flat = (algebra.basis @ columns).reshape(algebra.dimension, algebra.n * columns.shape[1])
    _, values, right = np.linalg.svd(flat, full_matrices=False)
    scale = np.linalg.norm(algebra.basis.reshape(algebra.dimension, -1), ord=2) if algebra.dimension else 0.0
    return np.asarray(right[values > 1e-10 * scale])
