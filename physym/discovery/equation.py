"""The linear equation ``H a = 0`` that every statement of symmetry becomes, and the test of one dimension of its solutions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from physym._typing import Float, Int
from physym.algebra import LieAlgebra

WHITENING_FLOOR = 1e-8


@dataclass(frozen=True)
class DimensionTest:
    """The test of one hypothesis "at least ``dimension`` generators are symmetries".

    Arguments:
        dimension: the number of generators tested.
        p_value: probability of a larger defect if the hypothesis holds.
        statistic: the scaled χ² (or F) statistic.
        closes: whether the tested span closes under the bracket within its error; None where that was not looked at.
        bands: p-value of each band of test functions alone, in the order of ``SymmetryEquation.band_names``; empty for a single band.

    Example:
        >>> DimensionTest(7, 1e-9, 83.0, True).rejected(alpha=0.01)
        True
    """

    dimension: int
    p_value: float
    statistic: float
    closes: bool | None
    bands: tuple[float, ...] = ()

    def rejected(self, *, alpha: float) -> bool:
        """Whether the data refute this dimension at significance ``alpha``."""
        return self.p_value < alpha


@dataclass(frozen=True, eq=False)
class SymmetryEquation:
    """An estimate of H with the influence of each block of data on it.

    Arguments:
        matrix: the estimate of H, shape ``(m, s)``; column k belongs to ``searched[k]``.
        influence: deviations of H due to each block, shape ``(B, m, s)``: ``Cov(vec H) = Σ_b influence_b influence_bᵀ``.
        searched: basis of the searched matrices, shape ``(s, n, n)``, orthonormal where a certificate is asked for.
        rounding: relative round-off of the statistics; defects below it count as zero.
        design: relative change of the norm in which defects are measured due to each block, in an orthonormal basis of the columns
            of H, shape ``(B, q, q)``: ``‖Ha‖²`` moves by ``(Ha)ᵀ design_b (Ha)``; None where that norm is known exactly.
        bands: number of the band of test functions that each row belongs to, shape ``(m,)``; None: a single band.
        band_names: the bands in words, such as ``("degree 1", "degree 2")``.

    Example:
        >>> import numpy as np
        >>> equation = SymmetryEquation(np.diag([1.0, 0.0]), np.zeros((8, 2, 2)), np.eye(4).reshape(4, 2, 2)[:2])
        >>> equation.svd[1].tolist()
        [1.0, 0.0]
    """

    matrix: Float[np.ndarray, "m s"]
    influence: Float[np.ndarray, "B m s"]
    searched: Float[np.ndarray, "s n n"]
    rounding: float = field(default=1e-12, kw_only=True)
    design: Float[np.ndarray, "B q q"] | None = field(default=None, kw_only=True)
    bands: Int[np.ndarray, "m"] | None = field(default=None, kw_only=True)
    band_names: tuple[str, ...] = field(default=(), kw_only=True)

    @cached_property
    def svd(self) -> tuple[Float[np.ndarray, "m m"], Float[np.ndarray, "s"], Float[np.ndarray, "s s"]]:
        """Left vectors ``(m, m)``, singular values padded to ``(s,)``, right vectors as rows ``(s, s)``."""
        left, values, right = np.linalg.svd(self.matrix)
        return left, np.concatenate([values, np.zeros(self.matrix.shape[1] - len(values))]), right

    @cached_property
    def rotated(self) -> Float[np.ndarray, "B m s"]:
        """``Uᵀ dH V``: the influences in the singular bases, shape ``(B, m, s)``."""
        left, _, right = self.svd
        return np.asarray(left.T @ self.influence @ right.T)

    @property
    def floor(self) -> float:
        """Defects below this are round-off."""
        return float(self.rounding * max(self.svd[1][0], np.finfo(float).tiny))

    def span(self, dimension: int) -> Float[np.ndarray, "r s"]:
        """The ``dimension`` directions of smallest defect, shape ``(r, s)``."""
        return self.svd[2][self.matrix.shape[1] - dimension :]

    def algebra(self, dimension: int) -> LieAlgebra:
        """The span of smallest defect as generators of unit Frobenius norm, with covariance from the blocks."""
        basis, shift = self._generators(dimension)
        flat = shift.reshape(len(shift), basis.size)
        return LieAlgebra(basis, covariance=flat.T @ flat + self.rounding**2 * np.eye(basis.size), freedom=len(flat) - 1)

    def _generators(self, dimension: int) -> tuple[Float[np.ndarray, "r n n"], Float[np.ndarray, "B r n n"]]:
        """Orthonormal generators of the span of smallest defect, and how each block moves them off it."""
        size = self.searched[0].size
        basis = np.tensordot(self.span(dimension), self.searched, 1).reshape(dimension, size)
        shift = np.tensordot(self._span_influence(dimension), self.searched, 1).reshape(len(self.influence), dimension, size)
        unit = np.linalg.inv(np.linalg.cholesky(basis @ basis.T))  # 1 where ``searched`` is orthonormal
        basis, shift = unit @ basis, unit @ shift
        shift = shift - (shift @ basis.T) @ basis
        shape = self.searched.shape[1:]
        return basis.reshape(dimension, *shape), shift.reshape(len(shift), dimension, *shape)

    def _span_influence(self, dimension: int) -> Float[np.ndarray, "B r s"]:
        """First-order motion of the null directions: ``dV₀ = −H₁⁺ dH V₀`` (perturbation of singular subspaces)."""
        _, values, right = self.svd
        kept = self.matrix.shape[1] - dimension
        inverse = 1.0 / np.maximum(values[:kept], self.floor)
        moved = self.rotated[:, :kept, kept:].transpose(0, 2, 1)
        return np.asarray(-(moved * inverse) @ right[:kept])

    def angle_error(self, dimension: int) -> float:
        """Root-mean-square angle (rad) by which noise turns the span of smallest defect."""
        shift = self._generators(dimension)[1]
        return float(np.sqrt((shift**2).sum() / max(dimension, 1))) + self.rounding


def row_whitened(equation: SymmetryEquation, covariance: Float[np.ndarray, "m m"]) -> SymmetryEquation:
    """The same equation with each row measured in units of its own noise, which gives the tests their power.

    Arguments:
        equation: H with shape ``(m, s)``.
        covariance: covariance of the rows of H, summed over its columns, shape ``(m, m)``.

    Returns:
        The equation ``C^{-1/2} H a = 0``; directions with relative variance below 1e-8 are not amplified further.

    Example:
        >>> import numpy as np
        >>> equation = SymmetryEquation(np.eye(2), np.zeros((8, 2, 2)), np.eye(4).reshape(4, 2, 2)[:2])
        >>> np.abs(row_whitened(equation, np.diag([4.0, 1.0])).matrix).sum(0).tolist()
        [0.5, 1.0]
    """
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors / np.sqrt(np.maximum(values, WHITENING_FLOOR * max(values[-1], np.finfo(float).tiny)))).T
    return SymmetryEquation(root @ equation.matrix, root @ equation.influence, equation.searched, rounding=equation.rounding)
