"""Rows of data: their blocks, and one matrix acting on each of their vectors."""

from __future__ import annotations

import numpy as np

from physym._typing import Float, Int


def block_sums(values: Float[np.ndarray, "N ..."], blocks: Int[np.ndarray, "N"], count: int) -> Float[np.ndarray, "B ..."]:
    """Sum of the rows of each block.

    Arguments:
        values: rows, shape ``(N, ...)``.
        blocks: block of each row, shape ``(N,)``.
        count: number of blocks B.

    Returns:
        Shape ``(B, ...)``.

    Example:
        >>> import numpy as np
        >>> block_sums(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 0]), 2).tolist()
        [4.0, 2.0]
    """
    order = np.argsort(blocks, kind="stable")
    starts = np.searchsorted(blocks[order], np.arange(count))
    sums = np.add.reduceat(np.concatenate([values[order], np.zeros((1, *values.shape[1:]))]), np.append(starts, len(values)), axis=0)[:-1]
    sums[np.bincount(blocks, minlength=count)[:count] == 0] = 0.0
    return sums


def copies_of(generators: Float[np.ndarray, "s n n"], copies: int) -> Float[np.ndarray, "s d d"]:
    """The same generators acting on each of K vectors: block-diagonal matrices.

    Arguments:
        generators: shape ``(s, n, n)``.
        copies: number of vectors K.

    Returns:
        Shape ``(s, K·n, K·n)``.

    Example:
        >>> import numpy as np
        >>> copies_of(np.ones((1, 2, 2)), 3).shape
        (1, 6, 6)
    """
    size = generators.shape[1] * copies
    return np.asarray(np.einsum("ab,sij->saibj", np.eye(copies), generators).reshape(len(generators), size, size))
