"""Harmonics of the sphere in n ≥ 2 dimensions by their zonal functions, and the exact matrices by which O(n) moves them.

The reproducing kernel ``Z_l(u·v)`` of degree l spans its harmonics when v runs over d_l points, so ``Y = K^{-1/2} Z_l(v·x)`` with
``K = Z_l(v·v)`` is an orthonormal basis, and an orthogonal matrix g moves it by ``K^{-1/2} Z_l(v·g v) K^{-1/2}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb

import numpy as np

from physym._typing import Float


@dataclass(frozen=True, eq=False)
class Harmonics:
    """An orthonormal basis of the harmonics of one degree on the unit sphere (mean square 1 for each of them).

    Arguments:
        degree: l.
        points: unit vectors v whose zonal functions span the harmonics, shape ``(d, n)``.
        root: ``K^{-1/2}``, shape ``(d, d)``.
        generators: matrices of the rotations in the planes (i, j), i < j, shape ``(q, d, d)`` with ``q = n(n−1)/2``.

    Example:
        >>> harmonics(3, 2).size, harmonics(2, 5).size
        (5, 2)
    """

    degree: int
    points: Float[np.ndarray, "d n"]
    root: Float[np.ndarray, "d d"]
    generators: Float[np.ndarray, "q d d"]

    @property
    def size(self) -> int:
        """Number d of harmonics."""
        return len(self.points)

    def matrices(self, elements: Float[np.ndarray, "s n n"]) -> Float[np.ndarray, "s d d"]:
        """How orthogonal matrices move the harmonics: ``Y(gx) = D(g) Y(x)``, shape ``(s, d, d)``."""
        inner = self.points @ elements @ self.points.T
        return np.asarray(self.root @ zonal(self.points.shape[1], self.degree, inner)[0] @ self.root)


def zonal(n: int, degree: int, cosine: Float[np.ndarray, "*batch"]) -> tuple[Float[np.ndarray, "*batch"], Float[np.ndarray, "*batch"]]:
    """The reproducing kernel of the harmonics of one degree on the unit sphere of n dimensions, and its derivative.

    Arguments:
        n: dimension of the space, at least 2.
        degree: l ≥ 1.
        cosine: scalar products of unit vectors, any shape.

    Returns:
        ``Z_l`` and ``Z_l'``, of the same shape; ``Z_l(1)`` is the number of harmonics.

    References:
        E. Stein, G. Weiss, Introduction to Fourier Analysis on Euclidean Spaces (1971), IV.2: Gegenbauer polynomials.

    Example:
        >>> zonal(3, 2, np.array([1.0]))[0].tolist()  # 5 P₂(1)
        [5.0]
    """
    order = (n - 2) / 2  # index of the Gegenbauer polynomials; Chebyshev polynomials are their limit in the plane
    slope = 2 * order if n > 2 else 1.0
    before, value = np.ones_like(cosine), slope * cosine
    before_slope, value_slope = np.zeros_like(cosine), np.full_like(cosine, slope)
    for k in range(1, degree):
        a, b = (2.0, 1.0) if n == 2 else (2 * (k + order) / (k + 1), (k + 2 * order - 1) / (k + 1))
        before, value, before_slope, value_slope = (
            value,
            a * cosine * value - b * before,
            value_slope,
            a * (value + cosine * value_slope) - b * before_slope,
        )
    scale = 2.0 if n == 2 else (degree + order) / order
    return scale * value, scale * value_slope


def planes(n: int) -> Float[np.ndarray, "q n n"]:
    """Generators of so(n): the rotations of the planes (i, j) with i < j, shape ``(q, n, n)``.

    Example:
        >>> planes(2).tolist()
        [[[0.0, 1.0], [-1.0, 0.0]]]
    """
    i, j = np.triu_indices(n, 1)
    which = np.arange(len(i))
    found = np.zeros((len(i), n, n))
    found[which, i, j], found[which, j, i] = 1.0, -1.0
    return found


@lru_cache(maxsize=128)
def harmonics(n: int, degree: int) -> Harmonics:
    """The harmonics of one degree in n dimensions.

    Arguments:
        n: dimension of the space, at least 2.
        degree: l ≥ 1.

    Returns:
        The basis, always the same for the same n and degree.

    Example:
        >>> basis = harmonics(4, 3)
        >>> bool(np.allclose(basis.matrices(-np.eye(4)[None])[0], -np.eye(basis.size)))  # odd degree
        True
    """
    from scipy.linalg import qr

    size = comb(degree + n - 1, n - 1) - (comb(degree + n - 3, n - 1) if degree > 1 else 0)
    # of many fixed directions those are kept whose zonal functions are least dependent
    trial = np.random.default_rng(0).normal(size=(8 * size + 4, n))
    trial /= np.linalg.norm(trial, axis=1)[:, None]
    points = trial[np.sort(qr(zonal(n, degree, trial @ trial.T)[0], pivoting=True)[2][:size])]
    inner = points @ points.T
    kernel, slope = zonal(n, degree, inner)
    spectrum, vectors = np.linalg.eigh(kernel)
    root = (vectors / np.sqrt(spectrum)) @ vectors.T
    return Harmonics(degree, points, root, root @ (slope * (points @ planes(n) @ points.T)) @ root)
