"""How many generators, and how sure: the test of each dimension of the symmetry equation ``H a = 0``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physym._typing import Float
from physym.algebra import LieAlgebra, closure_residual
from physym.discovery.equation import DimensionTest, SymmetryEquation

CLOSURE_TOLERANCE = 1e-6
ABSORBED = 1e-3  # share of a band's noise below which nothing of the band is left to test


def dimension_tests(equation: SymmetryEquation, *, alpha: float = 0.01) -> tuple[DimensionTest, ...]:
    """Test each dimension r = 1 … s: are the r smallest singular values of H zero within the noise?

    The statistic is ``T = |λ|²`` with ``λ = U₀ᵀ H V₀`` (Kleibergen–Paap), compared with a scaled F distribution whose scale and
    degrees of freedom match the mean and variance of T (Satterthwaite) and the number of blocks behind the covariance. Where the rows
    fall into bands of test functions, each band is tested alone as well, and the p-value is that of the smallest one (Šidák): a
    breaking of low degree is not drowned in the noise of the others.

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
    blocks, _, size = equation.rotated.shape
    tests = []
    for r, (mean, square) in enumerate(_omnibus_noise(equation), start=1):
        defect = float((equation.svd[1][size - r :] ** 2).sum())
        p_value, ratio = _p_value(defect, mean, square, blocks)
        bands = _band_p_values(equation, r)
        tests.append(DimensionTest(r, _smallest_of((p_value, *bands)) if bands else p_value, ratio, None, bands))
    return closed_below(equation, tuple(tests), below=size + 1, alpha=alpha)


def named_test(equation: SymmetryEquation, span: Float[np.ndarray, "r s"]) -> DimensionTest:
    """Test whether every generator of a span that another method proposed solves ``H a = 0``.

    The statistic is ``|H Vᵀ|²`` over the whole span; that of ``dimension_tests`` lets the data turn the span first.

    Arguments:
        equation: H with shape ``(m, s)`` and the influence of each block.
        span: orthonormal rows that span the proposed generators, shape ``(r, s)``.

    Returns:
        The test, valid where the span was not chosen to make H small on the same rows, and conservative where it was.

    Example:
        >>> noise = np.random.default_rng(0).normal(size=(32, 3, 2)) * 1e-3
        >>> equation = SymmetryEquation(np.array([[1.0, 0.0], [0.0, 1e-3], [0.0, 0.0]]), noise, np.eye(4).reshape(4, 2, 2)[:2])
        >>> [named_test(equation, row[None]).p_value > 0.01 for row in np.eye(2)]
        [False, True]
    """
    value, noise = equation.matrix @ span.T, (equation.influence @ span.T).reshape(len(equation.influence), -1)
    gram, floor = noise @ noise.T, equation.floor**2
    mean, square = float(gram.trace()) + len(span) * floor, float(np.vdot(gram, gram)) + len(span) * floor**2
    p_value, ratio = _p_value(float((value**2).sum()), mean, square, len(noise))
    return DimensionTest(len(span), p_value, ratio, None)


def closed_below(equation: SymmetryEquation, tests: tuple[DimensionTest, ...], *, below: int, alpha: float) -> tuple[DimensionTest, ...]:
    """Test the largest spans that are not rejected for closure, until one closes.

    Arguments:
        equation: H with shape ``(m, s)``.
        tests: one test per dimension.
        below: only dimensions smaller than this; the one of that dimension is marked as not closing.
        alpha: significance of the tests.

    Returns:
        The tests with ``closes`` filled in where it was looked at.

    Example:
        >>> equation = SymmetryEquation(np.diag([1.0, 0.0]), np.zeros((8, 2, 2)), np.eye(4).reshape(4, 2, 2)[:2])
        >>> [test.closes for test in closed_below(equation, dimension_tests(equation), below=3, alpha=0.01)]
        [True, None]
    """
    found = list(tests)
    if below <= len(found):
        found[below - 1] = replace(found[below - 1], closes=False)
    for place in range(below - 2, -1, -1):
        if not found[place].rejected(alpha=alpha):
            found[place] = replace(found[place], closes=_closes(equation, place + 1))
            if found[place].closes:
                break
    return tuple(found)


def _omnibus_noise(equation: SymmetryEquation) -> list[tuple[float, float]]:
    """Mean of the noise part of T for each r, and the trace of its squared covariance."""
    blocks, _, size = equation.rotated.shape
    found = []
    for r in range(1, size + 1):
        noise = equation.rotated[:, size - r :, size - r :].reshape(blocks, -1)
        gram = noise @ noise.T  # B × B: the same non-zero spectrum as the covariance of λ
        found.append((float(gram.trace()) + r * equation.floor**2, float(np.vdot(gram, gram)) + r * equation.floor**4))
    return found


def _p_value(defect: float, mean: float, square: float, blocks: int) -> tuple[float, float]:
    """p-value of a squared defect against noise of given mean and squared covariance (scaled F), and their ratio."""
    from scipy.special import betainc

    ratio = defect / mean
    freedom = mean**2 / max(square, np.finfo(float).tiny)
    below = max(blocks - 1, 1)
    return float(betainc(below / 2, freedom / 2, below / (below + freedom * ratio))), ratio


def _band_p_values(equation: SymmetryEquation, dimension: int) -> tuple[float, ...]:
    """The same test on the rows of each band alone, with what a motion of the null directions can explain projected off."""
    if equation.bands is None or len(np.unique(equation.bands)) < 2:
        return ()
    kept = equation.matrix.shape[1] - dimension
    left = equation.svd[0][:, kept:]
    value = left @ (left.T @ (equation.matrix @ equation.svd[2][kept:].T))
    noise = left @ equation.rotated[:, kept:, kept:]
    whole = equation.influence @ equation.svd[2][kept:].T
    found = []
    for band in np.unique(equation.bands):
        rows = equation.bands == band
        part = noise[:, rows].reshape(len(noise), -1)
        gram = part @ part.T
        if gram.trace() < ABSORBED * float((whole[:, rows] ** 2).sum()):
            found.append(1.0)  # the null directions follow all of this band: what is left of it is of the next order in the noise
            continue
        floor = equation.floor**2
        mean, square = float(gram.trace()) + dimension * floor, float(np.vdot(gram, gram)) + dimension * floor**2
        found.append(_p_value(float((value[rows] ** 2).sum()), mean, square, len(noise))[0])
    return tuple(found)


def _smallest_of(p_values: tuple[float, ...]) -> float:
    """p-value of the smallest of several (Šidák), which is conservative when they are positively correlated."""
    return float(-np.expm1(len(p_values) * np.log1p(-min(min(p_values), 1 - 1e-16))))


def _closes(equation: SymmetryEquation, dimension: int) -> bool:
    """Whether the span of smallest defect closes under the bracket to within its own error."""
    if dimension in (1, equation.matrix.shape[1]):
        return True
    algebra = LieAlgebra(np.tensordot(equation.span(dimension), equation.searched, 1))
    return bool(closure_residual(algebra) <= max(CLOSURE_TOLERANCE, 4 * equation.angle_error(dimension)))
