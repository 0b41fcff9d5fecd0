"""The frame of coordinates in which matrices are searched."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from physym._typing import Bool, Float
from physym.data import Samples
from physym.errors import DiscoveryFailed


@dataclass(frozen=True, eq=False)
class Search:
    """Matrices to search on one vector, and the coordinates z with ``x = frame · z`` (or ``(x, 1) = frame · (z, 1)``) on which they act.

    Arguments:
        matrices: orthonormal, shape ``(s, m, m)``; m is n, or n + 1 for affine maps.
        frame: shape ``(n, n)``, or ``(n + 1, n + 1)`` with last row 0 … 0 1; None: the coordinates of the data.
        whitened: the frame makes the second moments of these very data the unit matrix, so that it shares their error.

    Example:
        >>> Search(np.eye(4).reshape(4, 2, 2)).is_affine(2)
        False
    """

    matrices: Float[np.ndarray, "s m m"]
    frame: Float[np.ndarray, "f f"] | None = None
    whitened: bool = False

    def is_affine(self, n: int) -> bool:
        """Whether the generators found act on ``(x, 1)``, for vectors of n coordinates."""
        return self.frame is not None and len(self.frame) == n + 1

    def inapplicable(self, samples: Samples) -> str:
        """Why these maps cannot be tested on a function or a density of the rows; empty where they can."""
        if self.is_affine(samples.n) and samples.mask is not None and not samples.mask.all():
            return "some vectors are padding, which a translation would move; give rows with all vectors real"
        return ""

    def entered(self, samples: Samples) -> Samples:
        """The samples in the coordinates of the frame."""
        if self.frame is None:
            return samples
        n = samples.n
        inverse = np.linalg.inv(self.frame[:n, :n])
        shift = self.frame[:n, n] if self.is_affine(n) else 0.0
        moved = (samples.vectors - shift) @ inverse.T
        if samples.mask is not None:
            moved = np.where(samples.mask[..., None], moved, 0.0)
        return replace(samples, x=moved.reshape(samples.x.shape), coordinates=())

    def inward(self, basis: Float[np.ndarray, "k f f"]) -> Float[np.ndarray, "k f f"]:
        """Generators on the coordinates of the data as they act in the frame."""
        return basis if self.frame is None else np.asarray(np.linalg.inv(self.frame) @ basis @ self.frame)


def affine_frame(samples: Samples) -> Float[np.ndarray, "f f"]:
    """Lengths measured from the mean of the vectors, in units of their spread per coordinate.

    Arguments:
        samples: rows; masked vectors do not count.

    Returns:
        Shape ``(n + 1, n + 1)``.

    Example:
        >>> from physym.algebra import Rep
        >>> affine_frame(Samples(np.array([[1.0], [5.0]]), rep_x=Rep("V", n=1))).tolist()
        [[2.0, 3.0], [0.0, 1.0]]
    """
    vectors = _real_vectors(samples)
    mean = vectors.mean(0)
    frame = np.eye(samples.n + 1)
    frame[:-1, :-1] *= np.sqrt(((vectors - mean) ** 2).mean()) or 1.0
    frame[:-1, -1] = mean
    return frame


def whitening_frame(samples: Samples, allowed: Bool[np.ndarray, "n n"], *, about_mean: bool) -> Float[np.ndarray, "f f"]:
    """The symmetric root of the second moments, so that those of z are the unit matrix.

    Arguments:
        samples: rows.
        allowed: the blocks within which coordinates mix, shape ``(n, n)``; only these moments are whitened.
        about_mean: moments about the mean.

    Returns:
        Shape ``(n, n)``, or ``(n + 1, n + 1)`` about the mean.

    Raises:
        DiscoveryFailed: the vectors do not span the space.

    Example:
        >>> from physym.algebra import Rep
        >>> rows = Samples(np.array([[2.0, 0.0], [0.0, 2.0]]), rep_x=Rep("V", n=2))
        >>> whitening_frame(rows, np.ones((2, 2), dtype=bool), about_mean=False).round(6).tolist()
        [[1.414214, 0.0], [0.0, 1.414214]]
    """
    vectors = samples.vectors.reshape(-1, samples.n)  # zeros of padding only shrink S
    mean = vectors.mean(0) if about_mean else np.zeros(samples.n)
    root = whitening_root((vectors - mean).T @ (vectors - mean) / len(vectors), allowed)
    if not about_mean:
        return root
    frame = np.eye(samples.n + 1)
    frame[:-1, :-1], frame[:-1, -1] = root, mean
    return frame


def whitening_root(moments: Float[np.ndarray, "n n"], allowed: Bool[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    """The symmetric root of second moments that are known.

    Arguments:
        moments: mean of ``vvᵀ``, shape ``(n, n)``.
        allowed: the blocks within which coordinates mix, shape ``(n, n)``; only these moments are whitened.

    Returns:
        Shape ``(n, n)``.

    Raises:
        DiscoveryFailed: the vectors do not span the space.

    Example:
        >>> whitening_root(np.diag([4.0, 1.0]), np.ones((2, 2), dtype=bool)).tolist()
        [[2.0, 0.0], [0.0, 1.0]]
    """
    inside = np.where(allowed, moments, 0.0)
    size = np.sqrt(np.maximum(np.diag(inside), np.finfo(float).tiny))
    n, rank = len(moments), int((np.linalg.eigvalsh(inside / np.outer(size, size)) > 1e-12).sum())
    if rank < n:
        raise DiscoveryFailed(
            f"the vectors span only {rank} of {n} dimensions, so they cannot be whitened. "
            "Give data with more varied directions, or coordinates on the span."
        )
    # through the triangular root, whose spread is the root of that of the moments: units as far apart as 10⁸ then lose no digits
    directions, sizes, _ = np.linalg.svd(np.linalg.cholesky(inside))
    return np.asarray((directions * sizes) @ directions.T)


def _real_vectors(samples: Samples) -> Float[np.ndarray, "M n"]:
    return samples.vectors.reshape(-1, samples.n) if samples.mask is None else samples.vectors[samples.mask]
