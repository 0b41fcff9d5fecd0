"""The equation of the measure level from sums alone, in the coordinates of the data or in the frame in which their cloud is round."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import factorial

import numpy as np

from physym._typing import Bool, Float, Int
from physym.algebra import action, exponents
from physym.discovery.equation import SymmetryEquation, row_whitened
from physym.discovery.spectral.statistics.features import copies_of
from physym.discovery.spectral.statistics.rows import RowStatistics
from physym.discovery.spectral.statistics.substitution import substitution
from physym.errors import InvalidData


def second_moments(statistics: RowStatistics, n: int) -> Float[np.ndarray, "B n n"]:
    """Sums of ``vvᵀ`` over the vectors v of the rows of each block, all classes together.

    Arguments:
        statistics: of rows of vectors of n coordinates.
        n: number of coordinates of a vector.

    Returns:
        Shape ``(B, n, n)``, in the units of the rows, divided by the number of vectors in a row.

    Example:
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> second_moments(row_statistics(np.full((64, 2), 3.0), scale=np.ones(2)), 2)[0].tolist()
        [[9.0, 9.0], [9.0, 9.0]]
    """
    linear = np.flatnonzero(statistics.powers[:, -1] == statistics.degree - 1)
    order = linear[np.argsort(statistics.powers[linear, :-1].argmax(1))]
    gram = statistics.gram.sum(0)[:, order[:, None], order] * np.outer(statistics.scale, statistics.scale)
    copies = len(order) // n
    return np.asarray(np.einsum("bkikj->bij", gram.reshape(-1, copies, n, copies, n)) / copies)


def moments_from_sums(
    statistics: RowStatistics,
    searched: Float[np.ndarray, "s n n"],
    *,
    degree: int,
    frame: Float[np.ndarray, "n n"] | None = None,
    whitened: Bool[np.ndarray, "n n"] | None = None,
) -> tuple[SymmetryEquation, SymmetryEquation]:
    """``R(A) m = 0`` for the moments ``m = E[ψ(z) | class]`` of degree 1 … ``degree``, each class apart, as in ``moment_equation``.

    The Gram matrix of monomials of degree d holds all moments up to degree 2d; only their errors in units of each other, which set
    the power of the tests, are taken from the part of the rows behind ``statistics.wide``. So is the spread of each monomial, its unit.

    Arguments:
        statistics: with ``wide_degree`` = ``degree`` ≤ twice the degree of the monomials.
        searched: orthonormal basis of the searched matrices on one vector z, shape ``(s, n, n)``.
        degree: highest degree of the moments.
        frame: coordinates z with ``x = frame · z``, shape ``(n, n)``; None: those of the data.
        whitened: which second moments of z the frame makes those of the unit matrix, from these very rows, whose error is then
            counted, shape ``(n, n)``; None: the frame counts as known.

    Returns:
        The equation with ``m = classes · P`` rows, and the same equation with whitened rows, for the tests.

    Raises:
        InvalidData: the statistics do not hold moments of that degree.

    Example:
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> x = np.random.default_rng(0).normal(size=(4000, 2))
        >>> rotation = np.array([[[0.0, -1.0], [1.0, 0.0]]]) / 2**0.5
        >>> equation, whitened = moments_from_sums(row_statistics(x, scale=np.ones(2), wide_degree=3), rotation, degree=3)
        >>> bool(np.linalg.norm(equation.matrix) < 0.2)
        True
    """
    from scipy.linalg import block_diag

    if statistics.wide_degree != degree or degree > 2 * statistics.degree:
        raise InvalidData(
            f"the statistics hold moments of degree {2 * statistics.degree} with errors at degree {statistics.wide_degree}; "
            f"collect them with wide_degree={degree} and at least half that degree."
        )
    moments = _Moments(statistics, degree, np.eye(searched.shape[1]) if frame is None else frame)
    moves = moments.action(searched)
    n, blocks = searched.shape[1], statistics.counts.shape[1]
    moved_frame = np.zeros((blocks, n, n)) if whitened is None else frame_moves(statistics, moments.frame, whitened)
    rows, influences, noises = [], [], []
    for place in range(len(statistics.counts)):
        mean, deviations = moments.of_class(place)
        spread = moments.spread(place)
        scaled = moves / spread[:, None]
        along = np.zeros((n, n, len(mean))) if whitened is None else moments.along_frame(mean, whitened)
        rows.append((scaled @ mean).T)
        shift = deviations - np.einsum("bij,ijp->bp", moved_frame, along)
        influences.append(np.einsum("spq,bq->bps", scaled, shift))
        noises.append((scaled @ moments.covariance(place, mean, along) @ scaled.transpose(0, 2, 1)).sum(0))
    equation = SymmetryEquation(np.concatenate(rows), np.sqrt(blocks / (blocks - 1)) * np.concatenate(influences, axis=1), searched)
    return equation, row_whitened(equation, block_diag(*noises))


def frame_moves(
    statistics: RowStatistics, frame: Float[np.ndarray, "n n"], whitened: Bool[np.ndarray, "n n"]
) -> Float[np.ndarray, "B n n"]:
    """How each block moves the second moments of the coordinates of a frame that was made to whiten them.

    Arguments:
        statistics: of the rows whose second moments fixed the frame.
        frame: coordinates z with ``x = frame · z``, shape ``(n, n)``.
        whitened: which second moments of z were made those of the unit matrix, shape ``(n, n)``.

    Returns:
        Shape ``(B, n, n)``; their sum is zero. Half of it is the motion of the frame, ``W → W(1 + D/2)``.

    Example:
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> sums = row_statistics(np.full((64, 1), 3.0), scale=np.ones(1))
        >>> float(abs(frame_moves(sums, 3 * np.eye(1), np.ones((1, 1), dtype=bool))).max())
        0.0
    """
    counts = statistics.counts.sum(0)
    inverse = np.linalg.inv(frame)
    sums = inverse @ second_moments(statistics, len(inverse)) @ inverse.T
    return np.asarray(np.where(whitened, sums - counts[:, None, None] * np.eye(len(inverse)), 0.0) / counts.sum())


@dataclass(frozen=True, eq=False)
class _Moments:
    """Moments of the coordinates z of a frame, each in units of its own root mean square over all rows."""

    statistics: RowStatistics
    degree: int
    frame: Float[np.ndarray, "n n"]

    @property
    def copies(self) -> int:
        return len(self.statistics.scale) // len(self.frame)

    @cached_property
    def inverse(self) -> Float[np.ndarray, "d d"]:
        """From the units of the sums to z."""
        return np.asarray(copies_of(np.linalg.inv(self.frame)[None], self.copies)[0] * self.statistics.scale)

    @cached_property
    def scale(self) -> Float[np.ndarray, "d"]:
        """Root mean square of each coordinate of z."""
        statistics = self.statistics
        linear = np.flatnonzero(statistics.powers[:, -1] == statistics.degree - 1)
        order = linear[np.argsort(statistics.powers[linear, :-1].argmax(1))]
        second = statistics.gram.sum((0, 1))[order[:, None], order] / statistics.rows
        size = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", self.inverse, second, self.inverse), 0))
        return np.where(size > 0, size, 1.0)

    @cached_property
    def powers(self) -> Int[np.ndarray, "M d1"]:
        return exponents(len(self.statistics.scale) + 1, (self.degree,))

    @cached_property
    def change(self) -> Float[np.ndarray, "M M"]:
        """From the monomials of the sums to those of z."""
        whole = np.eye(len(self.scale) + 1)
        whole[:-1, :-1] = self.inverse / self.scale[:, None]
        return substitution(whole, self.degree)

    @cached_property
    def wide(self) -> Float[np.ndarray, "C M M"]:
        """Mean of ``φφᵀ`` over the rows that stand for each class, the constant last."""
        wide = self.statistics.wide / np.maximum(self.statistics.wide[:, -1:, -1:], 1.0)
        return np.asarray(self.change @ wide @ self.change.T)

    @cached_property
    def factors(self) -> tuple[Int[np.ndarray, "M"], Int[np.ndarray, "M"]]:
        """Pairs of monomials of the statistics whose products are all monomials up to the degree."""
        top = self.statistics.degree
        index = {tuple(row): p for p, row in enumerate(self.statistics.powers.tolist())}
        left: list[int] = []
        right: list[int] = []
        for row in self.powers.tolist():
            single = [i for i, k in enumerate(row[:-1]) for _ in range(k)]
            for half, places in ((single[:top], left), (single[top:], right)):
                places.append(index[(*[half.count(i) for i in range(len(row) - 1)], top - len(half))])
        return np.array(left, dtype=np.int64), np.array(right, dtype=np.int64)

    def action(self, generators: Float[np.ndarray, "s n n"]) -> Float[np.ndarray, "s P P"]:
        """``R(A)`` on the monomials without the constant."""
        return action(copies_of(generators, self.copies) * (self.scale / self.scale[:, None]), self.powers[:-1, :-1])

    def of_class(self, place: int) -> tuple[Float[np.ndarray, "P"], Float[np.ndarray, "B P"]]:
        """Moments, and how each block moves them, without the constant."""
        counts = self.statistics.counts[place]
        sums = self.statistics.gram[place][:, *self.factors] @ self.change.T
        mean = sums.sum(0) / counts.sum()
        return mean[:-1], ((sums - counts[:, None] * mean) / counts.sum())[:, :-1]

    def spread(self, place: int) -> Float[np.ndarray, "P"]:
        """Standard deviation of each monomial, times d!/2 at degree d, the unit of its row."""
        variance = np.diag(self.wide[place])[:-1] - self.wide[place][:-1, -1] ** 2
        series = np.array([max(1.0, factorial(degree) / 2) for degree in self.powers[:-1, :-1].sum(1).tolist()])
        return np.asarray(np.sqrt(np.maximum(variance, 1e-24)) * series)

    def along_frame(self, mean: Float[np.ndarray, "P"], whitened: Bool[np.ndarray, "n n"]) -> Float[np.ndarray, "n n P"]:
        """Half the change of the moments along each matrix unit: second moments 1 + D move them by ``−½ R(D) m``."""
        n = len(self.frame)
        moved = self.action(np.eye(n * n).reshape(-1, n, n)) @ mean / 2
        return np.asarray(moved.reshape(n, n, -1) * whitened[..., None])

    def covariance(self, place: int, mean: Float[np.ndarray, "P"], along: Float[np.ndarray, "n n P"]) -> Float[np.ndarray, "P P"]:
        """Covariance of the moments of a class, with the error of the frame that all classes share."""
        counts = self.statistics.counts.sum(1)
        own = np.column_stack([np.eye(len(mean)), -mean]) / counts[place]
        if self.degree < 2 or not along.any():  # second moments have no errors at degree 1; only power depends on that
            return np.asarray(counts[place] * own @ self.wide[place] @ own.T)
        frame = self._of_frame(along) / counts.sum()
        others = np.tensordot(np.where(np.arange(len(counts)) == place, 0, counts), self.wide, 1)
        whole = own - frame
        return np.asarray(counts[place] * whole @ self.wide[place] @ whole.T + frame @ others @ frame.T)

    def _of_frame(self, along: Float[np.ndarray, "n n P"]) -> Float[np.ndarray, "P M"]:
        """From the monomials of a row to what its second moments, less those of the unit matrix, do to the moments."""
        index = {tuple(row): p for p, row in enumerate(self.powers.tolist())}
        n, d = len(along), len(self.scale)
        units = np.eye(d + 1, dtype=np.int64)
        found = np.zeros((along.shape[2], len(self.powers)))
        for k in range(self.copies):
            for i in range(n):
                for j in range(n):
                    a, b = k * n + i, k * n + j
                    power = units[a] + units[b] + (self.degree - 2) * units[d]
                    found[:, index[tuple(power.tolist())]] += along[i, j] * self.scale[a] * self.scale[b] / self.copies
        found[:, -1] -= np.einsum("iip->p", along)
        return found
