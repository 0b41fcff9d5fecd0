"""The sparse textbook basis of a span of generators: rotations, boosts, translations, dilation, in a fixed order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physym._typing import Float, Int
from physym.algebra.lie_algebra import LieAlgebra

STARTS = 8
ITERATIONS = 100


def canonical_basis(algebra: LieAlgebra) -> LieAlgebra:
    """Rotate the generators of a span among themselves until they are as sparse as they can be.

    Quartimax/varimax from several starts, then a fixed order and sign: rotations, boosts (both about x, y, z where three
    coordinates are rotated), translations and other nilpotent generators, diagonal ones, and the dilation last. A rotation
    turns the first of its coordinates towards the second; any other generator has its largest entry positive.

    Arguments:
        algebra: generators of shape ``(k, n, n)`` in any mixture.

    Returns:
        The same span with orthonormal generators (unit Frobenius norm); the covariance is carried along.

    References:
        H. F. Kaiser, Psychometrika 23 (1958) 187 (varimax).

    Example:
        >>> from physym.algebra.catalogue import change_of_basis, so
        >>> J_x = canonical_basis(change_of_basis(so(1, 3), seed=3)).basis[0]
        >>> [float(J_x[3, 2].round(4)), float(J_x[2, 3].round(4))]  # turns py towards pz
        [0.7071, -0.7071]
    """
    k, n = algebra.dimension, algebra.n
    if not k:
        return algebra
    flat = algebra.basis.reshape(k, -1)
    left, sizes, rows = np.linalg.svd(flat, full_matrices=False)
    if sizes[-1] <= 1e-12 * sizes[0]:
        keep = sizes > 1e-12 * sizes[0]
        mixing = (left[:, keep] / sizes[keep]).T
        rows = rows[keep]
    else:
        mixing = (left / sizes).T
    rotation = _varimax(rows)
    order, signs = arrange((rotation @ rows).reshape(-1, n, n))
    mixing = signs[:, None] * (rotation @ mixing)[order]
    return mix(algebra, mixing)


def mix(algebra: LieAlgebra, mixing: Float[np.ndarray, "m k"]) -> LieAlgebra:
    """The generators ``Σ_b mixing[a, b] L_b`` with their covariance.

    Arguments:
        algebra: generators of shape ``(k, n, n)``.
        mixing: coefficients, shape ``(m, k)``.

    Returns:
        An algebra of m generators; exact entries are dropped.

    Example:
        >>> import numpy as np
        >>> from physym.algebra.catalogue import so
        >>> float(mix(so(3), 2 * np.eye(3)).basis.max())
        2.0
    """
    basis = np.tensordot(mixing, algebra.basis, axes=1)
    covariance = None
    if algebra.covariance is not None:
        k, size = algebra.dimension, algebra.n**2
        half = (mixing @ algebra.covariance.reshape(k, -1)).reshape(-1, k, size)
        full = np.einsum("bk,ikj->ibj", mixing, half, optimize=True)
        covariance = full.reshape(len(mixing) * size, len(mixing) * size)
        covariance = (covariance + covariance.T) / 2
    return replace(algebra, basis=basis, covariance=covariance, exact=())


def _varimax(rows: Float[np.ndarray, "k m"]) -> Float[np.ndarray, "k k"]:
    """Orthogonal matrix Q that makes ``Q rows`` sparse: the best of several starts, all iterated at once."""
    k = len(rows)
    rng = np.random.default_rng(0)
    starts = np.linalg.qr(np.concatenate([np.eye(k)[None], rng.standard_normal((STARTS - 1, k, k))]))[0]
    rotation, before = starts, np.zeros(STARTS)
    for _ in range(ITERATIONS):
        values = rotation @ rows
        squares = values * values  # powers by multiplication: np.power is ten times slower
        left, _, right = np.linalg.svd((squares * values) @ rows.T)
        rotation = left @ right
        score = np.sum(squares * squares, axis=(1, 2))
        if np.all(score - before <= 1e-14 * score):
            break
        before = score
    return np.asarray(rotation[int(np.argmax(np.sum((rotation @ rows) ** 4, axis=(1, 2)).round(9)))])


def arrange(basis: Float[np.ndarray, "k n n"]) -> tuple[Int[np.ndarray, "k"], Float[np.ndarray, "k"]]:
    """Canonical order and signs of generators.

    Arguments:
        basis: generators, shape ``(k, n, n)``.

    Returns:
        The order, shape ``(k,)``, and the sign of each generator in that order, shape ``(k,)``.

    Example:
        >>> import numpy as np
        >>> order, signs = arrange(np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [-1.0, 0.0]]]))
        >>> order.tolist(), signs.tolist()
        ([1, 0], [-1.0, 1.0])
    """
    kinds = [_kind(matrix) for matrix in basis]
    pairs = [_pair(matrix) for matrix in basis]
    turned = sorted({pair for kind, pair in zip(kinds, pairs, strict=True) if kind == 0})
    axes = sorted({i for pair in turned for i in pair})
    cyclic = len(axes) == 3 and len(turned) == 3 == kinds.count(0)
    keys, signs = [], np.ones(len(basis))
    for a, (kind, pair) in enumerate(zip(kinds, pairs, strict=True)):
        first, second = pair
        place: tuple[int, ...] = pair
        if kind == 0 and cyclic:
            axis = next(i for i in axes if i not in pair)
            place = (axes.index(axis), 0)
            first, second = axes[(axes.index(axis) + 1) % 3], axes[(axes.index(axis) + 2) % 3]
        flat = basis[a].ravel()
        lead = basis[a][second, first] if kind == 0 else flat[int(np.argmax(np.abs(flat).round(6)))]
        if kind == 4:
            lead = np.trace(basis[a])
        signs[a] = -1.0 if lead < 0 else 1.0
        keys.append((kind, *place, tuple(np.round(-signs[a] * flat, 4).tolist())))
    order = np.array(sorted(range(len(basis)), key=keys.__getitem__), dtype=np.int64)
    return order, signs[order]


def _kind(matrix: Float[np.ndarray, "n n"]) -> int:
    """0 rotation, 1 boost or other symmetric one, 2 nilpotent, 3 diagonal, 4 dilation; independent of the units of coordinates."""
    total = float(np.sum(matrix**2))
    diagonal = np.diag(matrix)
    if np.sum(diagonal**2) > 0.6 * total:
        return 4 if diagonal.sum() ** 2 > 0.8 * len(diagonal) * total else 3
    products = matrix * matrix.T
    both = float(np.abs(products).sum())
    if both < 0.1 * total:
        return 2
    return 0 if products.sum() < 0 else 1


def _pair(matrix: Float[np.ndarray, "n n"]) -> tuple[int, int]:
    """The first of the coordinate pairs that a generator mixes most strongly."""
    size = np.abs(matrix) + np.abs(matrix.T)
    strong = np.argwhere(np.triu(size) >= 0.7 * size.max())
    return int(strong[0, 0]), int(strong[0, 1])
