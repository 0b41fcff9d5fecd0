"""The subspace that data carry, told from noise by a probe whose own noise is independent."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from physym._typing import Float, Int

CONSTANT = 1e-13  # second moments of the probe below this share of the largest are round-off
ROUND_OFF = 1e-6  # of amplitudes: float32 files are exact to 6e-8
ANNIHILATED = 1e-9  # searched matrices smaller than this on the span move nothing
PRESENT = 1e-6  # a direction is carried when its absence is refuted at this significance


@dataclass(frozen=True, eq=False)
class Span:
    """The subspace in which the mean of data lies.

    Arguments:
        columns: orthonormal, shape ``(d, r)``.
        off: orthonormal columns that complete them, shape ``(d, d − r)``.
        influence: motion of ``columns`` due to each block, along ``off``, shape ``(B, d, r)``.
        root: ``G^{1/2}`` of the carried components, shape ``(r, p)``.

    Example:
        >>> import numpy as np
        >>> q = np.random.default_rng(0).normal(size=(200, 2))
        >>> x = np.hstack([q, -q])
        >>> carried_span(x, x, np.arange(200) % 64).columns.shape
        (4, 2)
    """

    columns: Float[np.ndarray, "d r"]
    off: Float[np.ndarray, "d c"]
    influence: Float[np.ndarray, "B d r"]
    root: Float[np.ndarray, "r p"]


def block_products(
    left: Float[np.ndarray, "N p"], right: Float[np.ndarray, "N q"], blocks: Int[np.ndarray, "N"]
) -> Float[np.ndarray, "B p q"]:
    """Share of each block in the mean of ``left rightᵀ``.

    Arguments:
        left: rows, shape ``(N, p)``.
        right: rows, shape ``(N, q)``.
        blocks: block of each row, shape ``(N,)``.

    Returns:
        Shape ``(B, p, q)``; its sum over blocks is the mean over rows.

    Example:
        >>> import numpy as np
        >>> block_products(np.ones((4, 1)), np.ones((4, 1)), np.array([0, 1, 1, 1])).ravel().tolist()
        [0.25, 0.75]
    """
    order = np.argsort(blocks, kind="stable")
    edges = np.searchsorted(blocks[order], np.arange(int(blocks.max()) + 2))
    left, right = left[order], right[order]
    return np.stack([left[i:j].T @ right[i:j] for i, j in pairwise(edges)]) / len(left)


def whitened(values: Float[np.ndarray, "N p"]) -> Float[np.ndarray, "N q"]:
    """Combinations of columns with unit second moments; those that vanish on the data are left out.

    Arguments:
        values: rows, shape ``(N, p)``.

    Returns:
        Shape ``(N, q)`` with q ≤ p.

    Example:
        >>> import numpy as np
        >>> whitened(np.array([[2.0, 4.0], [-2.0, -4.0]])).shape
        (2, 1)
    """
    squares, vectors = np.linalg.eigh(values.T @ values / len(values))
    kept = squares > CONSTANT * squares[-1]
    return np.asarray(values @ (vectors[:, kept] / np.sqrt(squares[kept])))


def carried_span(values: Float[np.ndarray, "N d"], probe: Float[np.ndarray, "N p"], blocks: Int[np.ndarray, "N"]) -> Span:
    """The subspace of Rᵈ in which the part of the data that a probe knows of lies.

    A direction u is off the span when ``uᵀE[v φᵀ] = 0`` is not refuted: noise of v that is independent of φ does not count.

    Arguments:
        values: data v, shape ``(N, d)``, in comparable units.
        probe: φ, shape ``(N, p)``; the data themselves where they carry no noise.
        blocks: block of each row, shape ``(N,)``.

    Returns:
        The span with its errors.

    References:
        F. Kleibergen, R. Paap, J. Econometrics 133 (2006) 97, for the test of the rank.

    Example:
        >>> import numpy as np
        >>> q, noise = np.random.default_rng(0).normal(size=(2000, 2)), np.random.default_rng(1).normal(size=(2, 2000, 4))
        >>> x, z = np.hstack([q, -q]) + 0.1 * noise
        >>> carried_span(x, z, np.arange(2000) % 64).columns.shape
        (4, 2)
    """
    phi = whitened(probe)
    moment = values.T @ phi / len(phi)
    # what the probe does not explain is noise; the scatter of what it explains is none
    parts = block_products(values - phi @ moment.T, phi, blocks)
    parts *= np.sqrt(len(parts) / max(len(parts) - 1, 1))
    left, sizes, right = np.linalg.svd(moment)
    rank = _rank(sizes, left.T @ parts @ right.T)
    columns, off = left[:, :rank], left[:, rank:]
    influence = off @ (off.T @ (parts @ right[:rank].T / sizes[:rank]))
    return Span(columns, off, influence, sizes[:rank, None] * right[:rank])


def _rank(sizes: Float[np.ndarray, "m"], noise: Float[np.ndarray, "B d p"]) -> int:
    """The smallest rank that is not refuted: the squares left over against a scaled F distribution (Satterthwaite)."""
    from scipy.special import betainc

    if not len(sizes):
        return 0  # the probe is zero, and carries nothing
    below = max(len(noise) - 1, 1)
    floor = (ROUND_OFF * sizes[0]) ** 2
    for rank in range(len(sizes)):
        part = noise[:, rank:, rank:].reshape(len(noise), -1)
        gram = part @ part.T
        left_over = len(sizes) - rank
        mean, square = float(gram.trace()) + left_over * floor, float(np.vdot(gram, gram)) + left_over * floor**2
        freedom = mean**2 / max(square, np.finfo(float).tiny)
        ratio = float((sizes[rank:] ** 2).sum()) / max(mean, np.finfo(float).tiny)
        if betainc(below / 2, freedom / 2, below / (below + freedom * ratio)) >= PRESENT:
            return rank
    return len(sizes)


def seen_combinations(moved: Float[np.ndarray, "s m"]) -> Float[np.ndarray, "c s"]:
    """Orthonormal combinations of the searched matrices that do something to the data; the others add to the norm alone.

    Arguments:
        moved: where each matrix sends the span of the data, shape ``(s, m)``.

    Returns:
        Shape ``(c, s)``; the unit matrix where all of them move something.

    Example:
        >>> import numpy as np
        >>> seen_combinations(np.array([[2.0], [0.0]])).tolist() in ([[1.0, 0.0]], [[-1.0, 0.0]])
        True
    """
    left, sizes, _ = np.linalg.svd(moved, full_matrices=False)
    seen = sizes > ANNIHILATED * sizes.max(initial=0.0)
    return np.eye(len(moved)) if seen.all() and len(sizes) == len(moved) else np.asarray(left[:, seen].T)
