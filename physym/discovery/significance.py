"""How many generators, and how sure: the test of each dimension of the symmetry equation ``H a = 0``."""

from __future__ import annotations

import numpy as np

from physym.algebra import LieAlgebra, closure_residual
from physym.discovery.equation import DimensionTest, SymmetryEquation

CLOSURE_TOLERANCE = 1e-6


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
