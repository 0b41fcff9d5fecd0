"""An equation in units of its own noise, along its rows and along the searched matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physym._typing import Float
from physym.discovery.equation import SymmetryEquation


def in_units_of_noise(equation: SymmetryEquation) -> SymmetryEquation:
    """The equation whose smallest singular value belongs to the least ratio of defect to noise.

    Where the noise of ``H a`` differs much between directions a, the smallest ``‖Ha‖`` may belong to a direction that is
    merely quiet. The expectation of ``HᵀH`` is ``H₀ᵀH₀ + K`` with K the noise, so the generalised eigenvectors of (HᵀH, K) are free of
    it: a true symmetry has the ratio 1. Combinations of rows that are noisier than the mean are scaled down first; the others are left
    as they are, because weights that the few blocks determine closely would make the tests too bold.

    Arguments:
        equation: H with shape ``(m, s)`` and the influence of each block.

    Returns:
        ``C^{-1/2} H K^{-1/2}`` on the basis ``K^{-1/2}`` of the same matrices, which is not orthonormal.

    References:
        G. Taubin, IEEE TPAMI 13 (1991) 1115, for the pencil; F. Kleibergen, R. Paap, J. Econometrics 133 (2006) 97, for both scalings.

    Example:
        >>> import numpy as np
        >>> noise = np.zeros((2, 2, 2))
        >>> noise[0, 0, 0], noise[1, 1, 1] = 1.0, 0.1
        >>> equation = SymmetryEquation(np.diag([0.5, 0.2]), noise, np.eye(4).reshape(4, 2, 2)[:2])
        >>> [int(np.abs(e.algebra(1).basis[0, 0]).argmax()) for e in (equation, in_units_of_noise(equation))]
        [1, 0]
    """
    m, s = equation.matrix.shape
    across = equation.influence.transpose(1, 0, 2).reshape(m, -1)
    values, vectors = np.linalg.eigh(across @ across.T)
    level = float(values.mean()) + s * equation.floor**2
    rows = (vectors / np.sqrt(np.maximum(values, 0.0) + max(level, np.finfo(float).tiny))).T
    matrix, influence = rows @ equation.matrix, rows @ equation.influence
    along = influence.reshape(-1, s)
    floor = equation.rounding * max(float(np.linalg.norm(matrix, 2)), np.finfo(float).tiny)
    columns = _inverse_root(along.T @ along + m * floor**2 * np.eye(s))
    matrix = matrix @ columns
    largest = max(float(np.linalg.norm(matrix, 2)), np.finfo(float).tiny)
    return replace(
        equation,
        matrix=matrix,
        influence=influence @ columns,
        searched=np.tensordot(columns, equation.searched, 1),
        rounding=min(floor * float(np.linalg.norm(columns, 2)) / largest, equation.rounding),
        design=None,
    )


def _inverse_root(covariance: Float[np.ndarray, "s s"]) -> Float[np.ndarray, "s s"]:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors / np.sqrt(np.maximum(values, np.finfo(float).tiny))) @ vectors.T)
