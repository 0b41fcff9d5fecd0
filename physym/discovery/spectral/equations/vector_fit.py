"""A polynomial map fitted to vector targets, with instruments where the rows are noisy on both sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float, Int
from physym.discovery.spectral.statistics.features import block_sums
from physym.discovery.spectral.statistics.span import block_products, whitened
from physym.errors import DiscoveryFailed

VISIBLE = 1e-6  # amplitudes below this share of the largest are constant on the data
SIGNIFICANT = 3.0  # a combination of monomials is fitted when it stands out of its own error by this factor
WORST_COEFFICIENT = 0.1  # … and when its coefficient, of order 1 in units of each coordinate, is known this well


@dataclass(frozen=True, eq=False)
class VectorFit:
    """``y ≈ Cψ`` with errors.

    Arguments:
        coefficients: C, shape ``(q, P)``.
        influence: motion of C due to each block (jackknife), shape ``(B, q, P)``.
        root: ``G^{1/2}`` with the noise of ψ removed, on the combinations that the data determine, shape ``(P, k)``.
        sampling: share of each block in the unit second moment of these combinations, less its part of the whole, shape ``(B, k, k)``.

    Example:
        >>> import numpy as np
        >>> psi = np.random.default_rng(0).normal(size=(90, 2))
        >>> fit_vector(psi, psi @ np.array([[1.0, 2.0], [0.0, 3.0]]), psi, np.arange(90) % 9).coefficients.round(9).tolist()
        [[1.0, 0.0], [2.0, 3.0]]
    """

    coefficients: Float[np.ndarray, "q P"]
    influence: Float[np.ndarray, "B q P"]
    root: Float[np.ndarray, "P k"]
    sampling: Float[np.ndarray, "B k k"]


def fit_vector(
    psi: Float[np.ndarray, "N P"], y: Float[np.ndarray, "N q"], probe: Float[np.ndarray, "N p"], blocks: Int[np.ndarray, "N"]
) -> VectorFit:
    """Solve ``E[(y − Cψ)φᵀ] = 0`` by two-stage least squares: φ = ψ gives least squares.

    Where ψ carries noise, least squares shrinks C unevenly. Instruments φ whose noise is independent of that of y and ψ (the
    previous state of a trajectory) do not. Smearing by a Gaussian maps a polynomial to another of the same degree, so they
    find ``exp(−σ²Δ/2)`` of the true map, which has its symmetry wherever the noise has it.

    Arguments:
        psi: monomials, shape ``(N, P)``.
        y: targets, shape ``(N, q)``.
        probe: instruments φ, shape ``(N, p)``.
        blocks: block of each row, shape ``(N,)``.

    Returns:
        The smallest C that solves the equations on all combinations of ψ that stand out of their error.

    Raises:
        DiscoveryFailed: no coefficient stands out of its error.

    References:
        J. Angrist, G. Imbens, JASA 90 (1995) 431; J. Hausman et al., J. Econometrics 50 (1991) 273, for polynomials with errors in x.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(4000, 1))
        >>> noise = np.random.default_rng(1).normal(size=(2, 4000, 1))
        >>> fit = fit_vector(x + noise[0], 2 * x, x + noise[1], np.arange(4000) % 64)  # least squares would find 1
        >>> bool(abs(fit.coefficients[0, 0] - 2) < 0.2)
        True
    """
    phi = whitened(probe)
    if not phi.shape[1]:
        raise DiscoveryFailed("the instruments are zero in every row, so no map from x to y can be fitted. Give rows that vary.")
    count = int(blocks.max()) + 1
    bessel = np.sqrt(count / max(count - 1, 1))
    share = (np.bincount(blocks, minlength=count) / len(blocks))[:, None, None]
    left, sizes, right = np.linalg.svd(psi.T @ phi / len(psi), full_matrices=False)
    instruments = phi @ right.T
    # the noise of ψ alone: what the instruments do not explain
    noise = block_sums((psi @ left - instruments * sizes) * instruments, blocks, count) / len(psi)
    kept = sizes > np.maximum(VISIBLE * sizes[0], SIGNIFICANT * bessel * np.sqrt((noise**2).sum(0)))
    left, sizes, instruments = left[:, kept], sizes[kept], instruments[:, kept]
    while True:
        coefficients = (y.T @ instruments / len(y) / sizes) @ left.T
        push = block_products(y - psi @ coefficients.T, instruments, blocks)
        sure = np.sqrt((push**2).sum((0, 1))) < WORST_COEFFICIENT * sizes
        if sure.any() and sure.all():
            break
        if not sure.any():
            raise DiscoveryFailed("no coefficient of a map from x to y is known to 10 %. Use more or cleaner rows.")
        left, sizes, instruments = left[:, sure], sizes[sure], instruments[:, sure]
    # the solution without the block: its own weight in the equations matters when blocks are few
    left_out = np.diag(sizes) - left.T @ block_products(psi, instruments, blocks)
    moved = push @ np.linalg.inv(left_out) @ left.T
    moved = (moved - moved.mean(0)) / bessel
    sampling = block_products(instruments, instruments, blocks) - share * np.eye(len(sizes))
    return VectorFit(coefficients, moved, left * sizes, bessel * sampling)
