"""How many generators, and how sure: tests and certificates for the symmetry equation ``H a = 0``."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from physym._typing import Float
from physym.algebra import LieAlgebra, closure_residual
from physym.discovery.base import DimensionTest

CLOSURE_TOLERANCE = 1e-6
WHITENING_FLOOR = 1e-8


@dataclass(frozen=True, eq=False)
class SymmetryEquation:
    """An estimate of H with the influence of each block of data on it.

    Arguments:
        matrix: the estimate of H, shape ``(m, s)``; column k belongs to ``searched[k]``.
        influence: deviations of H due to each block, shape ``(B, m, s)``: ``Cov(vec H) = Σ_b influence_b influence_bᵀ``.
        searched: orthonormal basis of the searched matrices, shape ``(s, n, n)``.
        rounding: relative round-off of the statistics; defects below it count as zero.

    Example:
        >>> import numpy as np
        >>> equation = SymmetryEquation(np.diag([1.0, 0.0]), np.zeros((8, 2, 2)), np.eye(4).reshape(4, 2, 2)[:2])
        >>> [round(test.p_value, 3) for test in dimension_tests(equation)]
        [1.0, 0.0]
    """

    matrix: Float[np.ndarray, "m s"]
    influence: Float[np.ndarray, "B m s"]
    searched: Float[np.ndarray, "s n n"]
    rounding: float = field(default=1e-12, kw_only=True)

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
        directions = self.span(dimension)
        basis = np.tensordot(directions, self.searched, 1)
        shift = self._span_influence(dimension)
        flat = np.einsum("brs,sij->brij", shift, self.searched).reshape(len(shift), basis.size)
        return LieAlgebra(basis, covariance=flat.T @ flat + self.rounding**2 * np.eye(basis.size), freedom=len(flat) - 1)

    def _span_influence(self, dimension: int) -> Float[np.ndarray, "B r s"]:
        """First-order motion of the null directions: ``dV₀ = −H₁⁺ dH V₀`` (perturbation of singular subspaces)."""
        _, values, right = self.svd
        kept = self.matrix.shape[1] - dimension
        inverse = 1.0 / np.maximum(values[:kept], self.floor)
        moved = self.rotated[:, :kept, kept:].transpose(0, 2, 1)
        return np.asarray(-(moved * inverse) @ right[:kept])

    def angle_error(self, dimension: int) -> float:
        """Root-mean-square angle (rad) by which noise turns the span of smallest defect."""
        shift = self._span_influence(dimension)
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


def dimension_tests(equation: SymmetryEquation, *, alpha: float = 0.01) -> tuple[DimensionTest, ...]:
    """Test each dimension r = 1 … s: are the r smallest singular values of H zero within the noise?

    The statistic is ``T = |λ|²`` with ``λ = U₀ᵀ H V₀`` (Kleibergen–Paap), compared with a scaled F distribution whose scale and
    degrees of freedom match the mean and variance of T (Satterthwaite) and the number of blocks behind the covariance.

    Arguments:
        equation: H with shape ``(m, s)`` and the influence of each block.
        alpha: the largest spans that are not rejected at this significance are tested for closure, until one closes.

    Returns:
        One test per dimension.

    References:
        F. Kleibergen, R. Paap, J. Econometrics 133 (2006) 97; F. Satterthwaite, Biometrics Bulletin 2 (1946) 110.

    Example:
        >>> import numpy as np
        >>> noise = np.random.default_rng(0).normal(size=(32, 3, 2)) * 1e-3
        >>> equation = SymmetryEquation(np.array([[1.0, 0.0], [0.0, 1e-3], [0.0, 0.0]]), noise, np.eye(4).reshape(4, 2, 2)[:2])
        >>> [test.p_value > 0.01 for test in dimension_tests(equation)]
        [True, False]
    """
    from scipy.special import betainc

    blocks, _, size = equation.rotated.shape
    dimensions = np.arange(1, size + 1)
    mean, square = np.empty(size), np.empty(size)
    for r in dimensions:
        noise = equation.rotated[:, size - r :, size - r :].reshape(blocks, -1)
        gram = noise @ noise.T  # B × B: the same non-zero spectrum as the covariance of λ
        mean[r - 1], square[r - 1] = gram.trace(), np.vdot(gram, gram)
    mean += dimensions * equation.floor**2
    square += dimensions * equation.floor**4
    defect = np.cumsum(equation.svd[1][::-1] ** 2)
    ratio = defect / mean
    freedom = mean**2 / np.maximum(square, np.finfo(float).tiny)
    below = max(blocks - 1, 1)
    p_values = betainc(below / 2, freedom / 2, below / (below + freedom * ratio))
    closes: dict[int, bool] = {}
    for r in dimensions[::-1][p_values[::-1] >= alpha]:
        closes[int(r)] = _closes(equation, int(r))
        if closes[int(r)]:
            break
    return tuple(DimensionTest(int(r), float(p), float(t), closes.get(int(r))) for r, p, t in zip(dimensions, p_values, ratio, strict=True))


def _closes(equation: SymmetryEquation, dimension: int) -> bool:
    """Whether the span of smallest defect closes under the bracket to within its own error."""
    if dimension in (1, equation.matrix.shape[1]):
        return True
    algebra = LieAlgebra(np.tensordot(equation.span(dimension), equation.searched, 1))
    return bool(closure_residual(algebra) <= max(CLOSURE_TOLERANCE, 4 * equation.angle_error(dimension)))


def certified_defect(equation: SymmetryEquation, span: Float[np.ndarray, "r s"], *, alpha: float, draws: int = 400) -> float:
    """δ*: the relative defect ``sup ‖Ha‖/s`` over the claimed span that the data rule out exceeding at 1 − α.

    The bound holds for any span, so also for one chosen by the same data: with ``Ĥ = H + noise``, ``‖HV‖ ≤ ‖ĤV‖ + ‖noise‖``.
    The norm of the noise is bounded by Gaussian concentration, ``√tr C + z √w`` with C the covariance of vec H and w its largest
    directional variance, or, where that is not already below 1 %, by the quantile of a multiplier bootstrap over the blocks. The scale s is
    the root-mean-square defect of a random direction of the whole searched space, with the noise removed and its lower
    limit taken; without a positive lower limit nothing is certified, because then H may vanish altogether.

    Arguments:
        equation: H with shape ``(m, s)`` and the influence of each block.
        span: orthonormal rows that span the claimed generators, shape ``(r, s)``.
        alpha: 1 − confidence, half of which guards the scale.
        draws: number of bootstrap draws.

    Returns:
        δ*, or NaN where nothing can be certified.

    References:
        C. Borell, Invent. Math. 30 (1975) 207, for the concentration of the supremum of a Gaussian process.

    Example:
        >>> import numpy as np
        >>> equation = SymmetryEquation(np.diag([1.0, 0.0]), np.full((8, 2, 2), 1e-4), np.eye(4).reshape(4, 2, 2)[:2])
        >>> certified_defect(equation, np.array([[0.0, 1.0]]), alpha=0.05) < 0.01
        True
    """
    from scipy.special import ndtri

    z = float(ndtri(1 - alpha / 2))
    blocks = equation.influence.reshape(len(equation.influence), -1)
    gram = blocks @ blocks.T
    trace, largest = float(np.trace(gram)), float(np.linalg.eigvalsh(gram)[-1])
    total = float((equation.matrix**2).sum())
    spread = float(np.linalg.norm(blocks @ equation.matrix.ravel()))
    lower = (total - trace - 2 * z * spread) / equation.matrix.shape[1]
    if lower <= equation.floor**2 or not len(span):
        return float("nan")
    claimed = float(np.linalg.norm(equation.matrix @ span.T, 2))
    noise = np.sqrt(trace) + z * np.sqrt(largest)
    if noise > 0.01 * np.sqrt(lower):
        noise = min(noise, _noise_norm(equation, alpha / 2, draws))
    return float((claimed + noise + equation.floor) / np.sqrt(lower))


def _noise_norm(equation: SymmetryEquation, alpha: float, draws: int) -> float:
    """The 1 − alpha quantile of ``‖Σ_b ξ_b dH_b‖`` with ξ standard normal; the multipliers are always the same."""
    multipliers = np.random.default_rng(0).standard_normal((draws, len(equation.influence)))
    noise = np.tensordot(multipliers, equation.influence, 1)
    norms = np.sqrt(np.linalg.eigvalsh(noise.transpose(0, 2, 1) @ noise)[:, -1])
    return float(np.quantile(norms, 1 - alpha, method="higher"))
