"""The measure level: matrices that leave the distribution of the data unchanged, tested on its moments."""

from __future__ import annotations

from math import factorial

import numpy as np

from physym._typing import Bool, Float, Int
from physym.discovery.equation import SymmetryEquation, row_whitened
from physym.discovery.spectral.statistics.features import Features, block_sums


def moment_equation(
    x: Float[np.ndarray, "N d"],
    classes: Int[np.ndarray, "N"],
    blocks: Int[np.ndarray, "N"],
    searched: Float[np.ndarray, "s n n"],
    *,
    degree: int,
    copies: int | None = None,
    whitened: bool = False,
    centred: bool = False,
) -> tuple[SymmetryEquation, SymmetryEquation]:
    """``R(A) m = 0`` for the moments ``m = E[ψ(x) | class]`` of degree 1 … ``degree``, each class apart.

    Rows are measured in the standard deviation of their monomial, so that soft and hard coordinates weigh the same, and those of
    degree d ≥ 2 count 2/d!, as in the exponential series with second moments as the unit: high moments are noisy and say little about
    the size of a defect.

    Arguments:
        x: rows, shape ``(N, d)``, with ``d = K·n``.
        classes: class of each row, shape ``(N,)``; zeros for p(x) itself.
        blocks: block of each row, shape ``(N,)``.
        searched: orthonormal basis of the searched matrices on one vector, shape ``(s, n, n)``.
        degree: highest degree of the moments.
        copies: number of vectors in a row, needed for affine matrices; None: as the size of the matrices says.
        whitened: x was given second moments 1 by the very rows, whose error is then counted.
        centred: x was given mean 0 by the very rows as well.

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

    features = Features.of(x, degree=degree, copies=copies)
    moves = features.action(searched)
    reached = features.reached(searched)
    count = int(blocks.max()) + 1
    rows, influences, noises, sizes = [], [], [], []
    for label in np.unique(classes):
        inside = classes == label
        psi = reached[inside]
        mean = psi.mean(0)
        spread, moved = _row_sizes(features, inside, blocks, count)
        sizes.append(moved)
        rows.append((moves @ mean / spread).T)
        scaled = moves / spread[:, None]
        shift = _whitening_shift(features, x, inside, centred=centred) if whitened else np.zeros_like(reached)
        shift[inside] += (psi - mean) / inside.sum()
        noises.append((scaled @ (shift.T @ shift) @ scaled.transpose(0, 2, 1)).sum(0))
        influences.append(np.einsum("spq,bq->bps", scaled, block_sums(shift, blocks, count)))
    bessel = np.sqrt(count / max(count - 1, 1))
    matrix = np.concatenate(rows)
    columns = np.linalg.qr(matrix)[0]
    design = bessel * (columns.T * np.concatenate(sizes, axis=1)[:, None]) @ columns
    equation = SymmetryEquation(matrix, bessel * np.concatenate(influences, axis=1), searched, design=design)
    return equation, row_whitened(equation, block_diag(*noises))


def _row_sizes(
    features: Features, inside: Bool[np.ndarray, "N"], blocks: Int[np.ndarray, "N"], count: int
) -> tuple[Float[np.ndarray, "P"], Float[np.ndarray, "B P"]]:
    """What a row is measured in, and the relative change due to each block of the square of the row measured so."""
    psi = features.psi[inside]
    square = (psi - psi.mean(0)) ** 2
    variance = np.maximum(square.mean(0), 1e-24)
    moved = block_sums(square - square.mean(0), blocks[inside], count) / len(psi)
    series = np.array([max(1.0, factorial(degree) / 2) for degree in features.powers.sum(1).tolist()])
    return np.sqrt(variance) * series, -moved / variance


def _whitening_shift(
    features: Features, x: Float[np.ndarray, "N d"], inside: Bool[np.ndarray, "N"], *, centred: bool
) -> Float[np.ndarray, "N P"]:
    """How each row moves the moments of whitened data through the frame that it helped to estimate.

    Second moments 1 + D change the frame W to ``W(1 + D/2)``, up to a rotation that only turns the basis of so(n), so they move
    the moments by ``−½ R(D) m``; a mean t moves them by minus that translation. ``D = E[zzᵀ] − 1`` and t are means over rows.
    """
    vectors = x.reshape(len(x), features.copies or 1, -1)
    n = vectors.shape[2]
    units = np.zeros((n * (n + 1), n + 1, n + 1))
    units[np.arange(len(units)), np.arange(len(units)) // (n + 1), np.arange(len(units)) % (n + 1)] = 1.0
    moved = (features.action(units) @ features.reached(units)[inside].mean(0)).reshape(n, n + 1, -1)
    second = np.einsum("nki,nkj->nij", vectors, vectors) / vectors.shape[1]
    allowed = np.abs(second.mean(0) - np.eye(n)) < 1e-9  # between the blocks of a block-diagonal search nothing is whitened
    second = np.where(allowed, second - np.eye(n), 0.0)
    shift = np.einsum("nij,ijp->np", second, moved[:, :n]) / 2
    if centred:
        shift += vectors.mean(1) @ moved[:, n]
    return np.asarray(-shift / len(x))
