"""The shape of a cloud from its directions alone, which no heavy tail disturbs."""

from __future__ import annotations

import numpy as np

from physym._typing import Float

ROUNDS = 50
CONVERGED = 1e-7
FLATTEST = 1e-8  # smallest eigenvalue of a shape, relative to the largest


def shape_root(x: Float[np.ndarray, "N d"]) -> Float[np.ndarray, "d d"]:
    """Symmetric W such that the directions of ``W⁻¹x`` have second moments 1/d, and half of its lengths lie below √d.

    The shape is the fixed point of ``S ← d · E[xxᵀ / xᵀS⁻¹x]``. It depends on the directions of the rows only, so a few rows far away
    count no more than the others, and a linear map of the data takes it along.

    Arguments:
        x: rows, shape ``(N, d)``; rows of zeros do not count.

    Returns:
        Shape ``(d, d)``, positive definite; directions that the data leave empty get a small width.

    References:
        D. E. Tyler, Ann. Statist. 15 (1987) 234.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(20_000, 2)) * [3.0, 1.0]
        >>> root = shape_root(x)
        >>> bool(abs(root[0, 0] / root[1, 1] - 3) < 0.1)
        True
    """
    d = x.shape[1]
    width = np.sqrt((x**2).mean(0))
    width = np.where(width > 0, width, 1.0)
    rows = x / width
    rows = rows[(rows**2).sum(1) > 0]
    if not len(rows):
        return np.diag(width)
    shape = np.eye(d)
    for _ in range(ROUNDS):
        weight = (rows @ np.linalg.inv(shape) * rows).sum(1)
        moved = (rows / weight[:, None]).T @ rows
        moved = _floored(d * moved / np.trace(moved))
        change = float(np.abs(moved - shape).max())
        shape = moved
        if change < CONVERGED:
            break
    whole = shape * np.outer(width, width)
    lengths = (x @ np.linalg.inv(whole) * x).sum(1)
    values, vectors = np.linalg.eigh(whole * float(np.median(lengths[lengths > 0])) / d)
    return np.asarray((vectors * np.sqrt(values)) @ vectors.T)


def _floored(shape: Float[np.ndarray, "d d"]) -> Float[np.ndarray, "d d"]:
    values, vectors = np.linalg.eigh(shape)
    return np.asarray((vectors * np.maximum(values, FLATTEST * values[-1])) @ vectors.T)
