"""The symmetry equation of the conditional level from sums alone, when the rows themselves are gone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from physym._typing import Float, Int
from physym.algebra import action, null_space
from physym.discovery.equation import SymmetryEquation, row_whitened
from physym.discovery.spectral.equations.regression import RIDGE
from physym.discovery.spectral.statistics.features import copies_of, square_root
from physym.discovery.spectral.statistics.rows import RowStatistics
from physym.errors import InvalidData

VISIBLE = 1e-10  # second moments below this share of the largest are constant on the data
VARIES = 1e-8  # polynomials whose variance is below this share of the largest are constant on the data


@dataclass(frozen=True, eq=False)
class RegressionSums:
    """What a least-squares fit of y by a polynomial needs, block by block.

    Arguments:
        gram: sums of ``ψψᵀ``, the constant last, shape ``(B, P, P)``.
        cross: sums of ``ψ y``, shape ``(B, P)``.
        counts: rows per block, shape ``(B,)``; no block is empty.
        powers: exponents in the coordinates, without the constant, shape ``(P, d)``; the last row is zero.
        scale: unit of each coordinate, shape ``(d,)``.

    Example:
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> x = np.random.default_rng(0).normal(size=(100, 3))
        >>> regression_sums(row_statistics(x, scale=np.ones(3), target=x[:, 0]), degree=2).gram.shape
        (64, 10, 10)
    """

    gram: Float[np.ndarray, "B P P"]
    cross: Float[np.ndarray, "B P"]
    counts: Int[np.ndarray, "B"]
    powers: Int[np.ndarray, "P d"]
    scale: Float[np.ndarray, "d"]

    @cached_property
    def second_moments(self) -> Float[np.ndarray, "p p"]:
        """Mean of ``ψψᵀ`` over all rows, without the constant."""
        return np.asarray(self.gram.sum(0)[:-1, :-1] / self.counts.sum())

    @cached_property
    def covariance(self) -> Float[np.ndarray, "p p"]:
        """Covariance of ψ over all rows, without the constant."""
        mean = self.gram.sum(0)[-1, :-1] / self.counts.sum()
        return np.asarray(self.second_moments - np.outer(mean, mean))

    def change(self, generators: Float[np.ndarray, "s n n"]) -> Float[np.ndarray, "s p p"]:
        """``G^{1/2} R(A)ᵀ``: coefficients to the change of the polynomial along A, in the root-mean-square norm of the data."""
        return np.asarray(square_root(self.second_moments) @ _moves(generators, self.powers[:-1], self.scale).transpose(0, 2, 1))


def regression_sums(statistics: RowStatistics, *, degree: int) -> RegressionSums:
    """The sums of a regression of the target, or of the second of two labels as 0 or 1, on monomials of degree ≤ ``degree``.

    Arguments:
        statistics: of rows with a target, or with two classes.
        degree: highest degree of the polynomial.

    Returns:
        The sums over all classes.

    Raises:
        InvalidData: the statistics hold a smaller degree, or neither a target nor two classes.

    Example:
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> x = np.random.default_rng(0).normal(size=(100, 3))
        >>> statistics = row_statistics(x, scale=np.ones(3), labels=np.arange(100) % 2)
        >>> float(regression_sums(statistics, degree=1).cross[:, -1].sum())
        50.0
    """
    if degree > statistics.degree:
        raise InvalidData(
            f"the statistics hold degree {statistics.degree}; a fit of degree {degree} needs at least that, collect them anew."
        )
    if not statistics.target and len(statistics.classes) != 2:
        raise InvalidData(f"the statistics hold {len(statistics.classes)} classes; a fit needs two, or a target.")
    powers = statistics.powers
    kept = np.flatnonzero(powers[:, -1] >= statistics.degree - degree)
    full = statistics.counts.sum(0) > 0
    gram = statistics.gram[:, full].sum(0)
    constant = len(powers) - 1
    cross = gram[:, :-1, -1] if statistics.target else statistics.gram[1, full][:, :, constant]
    return RegressionSums(
        gram[:, kept[:, None], kept],
        np.ascontiguousarray(cross[:, kept]),
        statistics.counts.sum(0)[full],
        powers[kept, :-1],
        statistics.scale,
    )


def regression_from_sums(
    sums: RegressionSums, searched: Float[np.ndarray, "s n n"], *, within: Float[np.ndarray, "p q"] | None = None
) -> tuple[SymmetryEquation, SymmetryEquation]:
    """``G^{1/2} R(A)ᵀ c = 0`` for the polynomial ``cᵀψ`` fitted to y by least squares.

    The influence of a block is the change of c when the block is left out, computed exactly (block jackknife).

    Arguments:
        sums: sums of the regression.
        searched: orthonormal basis of the searched matrices on one vector, shape ``(s, n, n)``.
        within: columns of coefficients to whose span the polynomial is confined, shape ``(p, q)``; None: no limit.

    Returns:
        The equation, where H a is the root-mean-square change of the fitted function, and the same with whitened rows, for the tests.
        Rows are whitened by the error of c for noise of equal size everywhere; only the power of the tests depends on that.

    References:
        R. Bell, D. McCaffrey, Survey Methodology 28 (2002) 169, for the jackknife over clusters.

    Example:
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> x = np.random.default_rng(0).normal(size=(500, 2))
        >>> rotation = np.array([[[0.0, -1.0], [1.0, 0.0]]]) / 2**0.5
        >>> statistics = row_statistics(x, scale=np.ones(2), target=(x**2).sum(1))
        >>> equation, whitened = regression_from_sums(regression_sums(statistics, degree=2), rotation)
        >>> bool(np.linalg.norm(equation.matrix) < 1e-6)
        True
    """
    return regression_equation(sums, least_squares(sums, within=within), searched)


@dataclass(frozen=True, eq=False)
class BlockFit:
    """A polynomial fitted to y, and how it moves with each block.

    Arguments:
        standard: from monomials to the terms of the fit, the constant first, the others with mean 0 and variance 1, shape ``(q + 1, P)``.
        coefficients: of the terms, shape ``(q + 1,)``.
        influence: change of the coefficients due to each block (jackknife), shape ``(B, q + 1)``.
        error: covariance of the coefficients where the model holds, shape ``(q + 1, q + 1)``; up to a factor.
        passes: over the rows, beyond the one that collected the sums.

    Example:
        >>> BlockFit(np.eye(2), np.zeros(2), np.zeros((8, 2)), np.eye(2)).passes
        0
    """

    standard: Float[np.ndarray, "q1 P"]
    coefficients: Float[np.ndarray, "q1"]
    influence: Float[np.ndarray, "B q1"]
    error: Float[np.ndarray, "q1 q1"]
    passes: int = 0


def least_squares(sums: RegressionSums, *, within: Float[np.ndarray, "p q"] | None = None) -> BlockFit:
    """The polynomial nearest to y in the mean square.

    Arguments:
        sums: sums of the regression.
        within: columns of coefficients to whose span the polynomial is confined, shape ``(p, q)``; None: no limit.

    Returns:
        The fit; its blocks are left out exactly.

    Example:
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> x = np.random.default_rng(0).normal(size=(100, 1))
        >>> fit = least_squares(regression_sums(row_statistics(x, scale=np.ones(1), target=3 * x[:, 0]), degree=1))
        >>> (fit.coefficients @ fit.standard).round(6).tolist()  # 3 x + 0
        [3.0, 0.0]
    """
    standard = standardised(sums, within)
    gram, cross = standard @ sums.gram @ standard.T, sums.cross @ standard.T
    total, penalty = gram.sum(0), RIDGE * float(sums.counts.sum()) * np.eye(len(standard))
    coefficients = np.linalg.solve(total + penalty, cross.sum(0))
    left_out = np.linalg.solve(total + penalty - gram, (cross.sum(0) - cross)[..., None])[..., 0]
    inverse = np.linalg.inv(total + penalty)
    return BlockFit(standard, coefficients, jackknife(left_out), inverse @ total @ inverse)


def jackknife(left_out: Float[np.ndarray, "B q"]) -> Float[np.ndarray, "B q"]:
    """Influence of each block from the estimates without it.

    Arguments:
        left_out: estimates, each without one block, shape ``(B, q)``.

    Returns:
        Shape ``(B, q)``; the sum of their squares is the variance.

    Example:
        >>> jackknife(np.array([[1.0], [3.0]])).round(3).tolist()
        [[0.707], [-0.707]]
    """
    blocks = len(left_out)
    return np.asarray(np.sqrt((blocks - 1) / blocks) * (left_out.mean(0) - left_out))


def regression_equation(
    sums: RegressionSums, fit: BlockFit, searched: Float[np.ndarray, "s n n"]
) -> tuple[SymmetryEquation, SymmetryEquation]:
    """``G^{1/2} R(A)ᵀ c = 0`` for a polynomial that was fitted, by least squares or as a logit.

    Arguments:
        sums: sums of the regression.
        fit: the polynomial.
        searched: orthonormal basis of the searched matrices on one vector, shape ``(s, n, n)``.

    Returns:
        The equation and the same with whitened rows, see ``regression_from_sums``.

    Example:
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> x = np.random.default_rng(0).normal(size=(100, 2))
        >>> sums = regression_sums(row_statistics(x, scale=np.ones(2), target=(x**2).sum(1)), degree=2)
        >>> regression_equation(sums, least_squares(sums), np.eye(4).reshape(4, 2, 2))[0].matrix.shape
        (5, 4)
    """
    change = sums.change(searched) @ fit.standard[1:, :-1].T
    matrix = (change @ fit.coefficients[1:]).T
    moved = np.einsum("spq,bq->bps", change, fit.influence[:, 1:])
    equation = SymmetryEquation(matrix, moved, searched, rounding=1e-9, design=_sampling_of_rows(sums, matrix))
    return equation, row_whitened(equation, (change @ fit.error[1:, 1:] @ change.transpose(0, 2, 1)).sum(0))


def standardised(sums: RegressionSums, within: Float[np.ndarray, "p q"] | None) -> Float[np.ndarray, "q1 P"]:
    """The map from monomials to the constant and to columns with mean 0 and variance 1.

    Arguments:
        sums: sums of a regression.
        within: columns of coefficients, shape ``(p, q)``; None: each monomial is one.

    Returns:
        Shape ``(q + 1, P)``.

    Example:
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> x = np.array([[1.0], [3.0]] * 32)
        >>> standardised(regression_sums(row_statistics(x, scale=np.ones(1), target=x[:, 0]), degree=1), None).tolist()
        [[0.0, 1.0], [1.0, -2.0]]
    """
    columns = np.eye(len(sums.powers) - 1) if within is None else within
    mean = sums.gram.sum(0)[-1, :-1] @ columns / sums.counts.sum()
    spread = np.maximum(np.sqrt(np.maximum(np.einsum("pq,pr,rq->q", columns, sums.covariance, columns), 0)), 1e-12)
    standard = np.zeros((columns.shape[1] + 1, len(sums.powers)))
    standard[0, -1] = 1.0
    standard[1:, :-1] = (columns / spread).T
    standard[1:, -1] = -mean / spread
    return standard


def _sampling_of_rows(sums: RegressionSums, matrix: Float[np.ndarray, "p s"]) -> Float[np.ndarray, "B r r"]:
    """How each block moves G as seen by the columns of ``H = G^{1/2} X``: ``G^{-1/2} dG G^{-1/2}`` in an orthonormal basis of them."""
    values, vectors = np.linalg.eigh(sums.second_moments)
    seen = values > VISIBLE * values[-1]
    inverse = np.where(seen, 1 / np.sqrt(np.where(seen, values, 1.0)), 0.0)[:, None] * vectors.T
    unit = inverse.T @ np.linalg.qr(matrix)[0]
    rows = sums.counts.sum()
    moments = unit.T @ sums.gram[:, :-1, :-1] @ unit / rows
    share = sums.counts / rows
    return np.asarray(moments - share[:, None, None] * moments.sum(0))


def invariants_from_sums(sums: RegressionSums, ideal: Float[np.ndarray, "h n n"]) -> Float[np.ndarray, "p q"]:
    """Polynomials that vary over the data and that an algebra leaves unchanged there.

    Arguments:
        sums: sums of a regression; they fix the degree.
        ideal: generators on one vector, shape ``(h, n, n)``.

    Returns:
        Coefficients, shape ``(p, q)``; q = 0 where there are none, or where their number is not clear.

    Example:
        >>> from physym.algebra import so
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> x = np.random.default_rng(0).normal(size=(200, 6))
        >>> sums = regression_sums(row_statistics(x, scale=np.ones(6), target=x[:, 0]), degree=2)
        >>> invariants_from_sums(sums, so(3).basis).shape[1]  # x₁², x₁·x₂, x₂²
        3
    """
    values, vectors = np.linalg.eigh(sums.covariance)
    seen = values > VARIES * values[-1]
    unit = vectors[:, seen] / np.sqrt(values[seen])
    found = null_space((sums.change(ideal) @ unit).reshape(-1, unit.shape[1]))
    return np.asarray(unit @ found.basis[:, : found.dimension if found.clear else 0])


def _moves(
    generators: Float[np.ndarray, "s n n"], powers: Int[np.ndarray, "m d"], scale: Float[np.ndarray, "d"]
) -> Float[np.ndarray, "s m m"]:
    """``R(A)`` on the monomials, for matrices that act on every vector of a row alike, in units of each coordinate's own scale."""
    return action(copies_of(generators, len(scale) // generators.shape[1]) * (scale / scale[:, None]), powers)
