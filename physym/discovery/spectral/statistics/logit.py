"""Additive statistics of one step of a logistic regression: what Newton's method asks of the rows at given coefficients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float, Int
from physym.discovery.spectral.statistics.rows import ROWS_PER_GROUP, RowKernel


@dataclass(frozen=True, eq=False)
class LogitStatistics:
    """Sums over rows at given coefficients, kept in blocks; those of other rows at the same coefficients are added by ``+``.

    With the logit ``v = cᵀψ``, the probability p of the second label and the label y = 0 or 1 of each row:

    Arguments:
        gram: sums of ``p(1 − p) ψψᵀ``, the second derivative of the loss, shape ``(B, P, P)``.
        score: sums of ``(y − p) ψ``, less its first derivative, shape ``(B, P)``.
        loss: sum of ``−log p(y)``.
        wrong: number of rows whose other label is at least as probable; 0: the labels are separated.

    Example:
        >>> x = np.array([[1.0], [-1.0]])
        >>> at = LogitPass(np.zeros(2), (0, 1), np.ones(1), 1)
        >>> (at.sums(x, np.array([1, 0])) + at.sums(x, np.array([0, 1]))).wrong
        4
    """

    gram: Float[np.ndarray, "B P P"]
    score: Float[np.ndarray, "B P"]
    loss: float
    wrong: int

    def __add__(self, other: LogitStatistics) -> LogitStatistics:
        return LogitStatistics(self.gram + other.gram, self.score + other.score, self.loss + other.loss, self.wrong + other.wrong)


@dataclass(frozen=True, eq=False)
class LogitPass:
    """What one pass over the rows is to sum.

    Arguments:
        coefficients: of the monomials of degree ≤ ``degree``, the constant last, shape ``(P,)``.
        classes: the two labels; the logit is that of the second.
        scale: unit of each coordinate, shape ``(d,)``.
        degree: highest degree of the monomials.
        blocks: number of blocks.

    Example:
        >>> LogitPass(np.zeros(3), (0, 1), np.ones(2), 1).sums(np.ones((5, 2)), np.array([0, 1, 1, 0, 1])).score.shape
        (64, 3)
    """

    coefficients: Float[np.ndarray, "P"]
    classes: tuple[int, int]
    scale: Float[np.ndarray, "d"]
    degree: int
    blocks: int = 64

    def sums(self, x: Float[np.ndarray, "N d"], labels: Int[np.ndarray, "N"]) -> LogitStatistics:
        """Over rows x, shape ``(N, d)``, with labels of shape ``(N,)``; each row lies in its block of ``row_statistics``."""
        kernel = RowKernel(1 / self.scale, self.degree, 0, self.blocks, False)
        found = LogitStatistics(np.zeros((self.blocks, kernel.size, kernel.size)), np.zeros((self.blocks, kernel.size)), 0.0, 0)
        for start in range(0, len(x), ROWS_PER_GROUP):
            group = slice(start, start + ROWS_PER_GROUP)
            for y, label in enumerate(self.classes):
                rows = x[group][labels[group] == label]
                for first in range(0, len(rows), kernel.at_once):
                    found += self._of(kernel.fill(rows[first : first + kernel.at_once], None), y)
        return found

    def _of(self, psi: Float[np.ndarray, "P B M"], y: int) -> LogitStatistics:
        real = psi[-1] > 0  # the constant of a place without a row is zero
        value = np.tensordot(self.coefficients, psi, 1)
        mean = 1 / (1 + np.exp(-np.clip(value, -500, 500)))
        rows = psi.transpose(1, 0, 2)
        gram = (rows * (mean * (1 - mean))[:, None]) @ rows.transpose(0, 2, 1)
        score = np.einsum("bpm,bm->bp", rows, y - mean)
        loss = np.logaddexp(0, value) - y * value
        return LogitStatistics(gram, score, float(loss[real].sum()), int((((2 * y - 1) * value <= 0) & real).sum()))
