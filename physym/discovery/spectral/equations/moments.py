"""The measure level: matrices that leave the distribution of the data unchanged, tested on its moments."""

from __future__ import annotations

import numpy as np

from physym._typing import Float, Int
from physym.discovery.equation import SymmetryEquation, row_whitened
from physym.discovery.spectral.statistics.features import Features, block_sums


def moment_equation(
    x: Float[np.ndarray, "N d"],
    classes: Int[np.ndarray, "N"],
    blocks: Int[np.ndarray, "N"],
    searched: Float[np.ndarray, "s n n"],
    *,
    degree: int,
) -> tuple[SymmetryEquation, SymmetryEquation]:
    """``R(A) m = 0`` for the moments ``m = E[ψ(x) | class]`` of degree 1 … ``degree``, each class apart.

    Rows are measured in the standard deviation of their monomial, so that soft and hard coordinates weigh the same.

    Arguments:
        x: rows, shape ``(N, d)``, with ``d = K·n``.
        classes: class of each row, shape ``(N,)``; zeros for p(x) itself.
        blocks: block of each row, shape ``(N,)``.
        searched: orthonormal basis of the searched matrices on one vector, shape ``(s, n, n)``.
        degree: highest degree of the moments.

    Returns:
        The equation with ``m = classes · P`` rows, and the same equation with whitened rows, for the tests.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(4000, 2))
        >>> rotation = np.array([[[0.0, -1.0], [1.0, 0.0]]]) / 2**0.5
        >>> equation, whitened = moment_equation(x, np.zeros(4000, dtype=int), np.arange(4000) % 64, rotation, degree=2)
        >>> bool(np.linalg.norm(equation.matrix) < 0.1)
        True
    """
    from scipy.linalg import block_diag

    features = Features.of(x, degree=degree)
    moves = features.action(searched)
    count = int(blocks.max()) + 1
    rows, influences, noises = [], [], []
    for label in np.unique(classes):
        inside = classes == label
        psi = features.psi[inside]
        mean = psi.mean(0)
        spread = np.maximum(psi.std(0), 1e-12)
        rows.append((moves @ mean / spread).T)
        scaled = moves / spread[:, None]
        noises.append((scaled @ (np.cov(psi.T) / inside.sum()) @ scaled.transpose(0, 2, 1)).sum(0))
        sums = block_sums(psi - mean, blocks[inside], count) / inside.sum()
        influences.append(np.einsum("spq,bq->bps", moves, sums) / spread[:, None])
    bessel = np.sqrt(count / max(count - 1, 1))
    equation = SymmetryEquation(np.concatenate(rows), bessel * np.concatenate(influences, axis=1), searched)
    return equation, row_whitened(equation, block_diag(*noises))
