"""A sharper test of a whole algebra: where its derived ideal is a symmetry, the rest is tested on what that ideal leaves invariant."""

from __future__ import annotations

import numpy as np

from physym._typing import Float, Int
from physym.algebra import bracket, null_space
from physym.discovery.equation import DimensionTest
from physym.discovery.significance import dimension_tests
from physym.discovery.spectral.equations.regression import function_equation
from physym.discovery.spectral.statistics.features import Features

VISIBLE = 1e-8  # polynomials whose variance is below this share of the largest are constant on the data


def derived_ideal(algebra: Float[np.ndarray, "s n n"]) -> Float[np.ndarray, "h n n"]:
    """The span of all brackets of a closed algebra, ``[g, g]``, an ideal of it.

    Arguments:
        algebra: generators, shape ``(s, n, n)``.

    Returns:
        Orthonormal generators, shape ``(h, n, n)``; h = 0 for a commutative algebra.

    Example:
        >>> from physym.algebra import dilation, extend, so
        >>> len(derived_ideal(extend(so(1, 3), dilation(4)).basis))
        6
    """
    n = algebra.shape[1]
    brackets = bracket(algebra[:, None], algebra[None]).reshape(-1, n * n)
    _, values, rows = np.linalg.svd(brackets, full_matrices=False)
    kept = values > 1e-6 * max(float(values[0]), np.finfo(float).tiny)
    return np.asarray(rows[kept].reshape(-1, n, n))


def invariant_polynomials(
    x: Float[np.ndarray, "N d"], ideal: Float[np.ndarray, "h n n"], *, degree: int, copies: int | None = None
) -> Float[np.ndarray, "P q"]:
    """Polynomials of degree ≤ ``degree`` that vary over the data and that the ideal leaves unchanged there.

    Arguments:
        x: rows, shape ``(N, d)``.
        ideal: generators on one vector, shape ``(h, n, n)``.
        degree: highest degree.
        copies: number of vectors in a row, needed for affine matrices; None: as the size of the matrices says.

    Returns:
        Coefficients of ``Features``, shape ``(P, q)``; q = 0 where there are none, or where their number is not clear.

    Example:
        >>> import numpy as np
        >>> from physym.algebra import so
        >>> x = np.random.default_rng(0).normal(size=(200, 6))
        >>> invariant_polynomials(x, so(3).basis, degree=2).shape[1]  # x₁², x₁·x₂, x₂²
        3
    """
    features = Features.of(x, degree=degree, copies=copies)
    values, vectors = np.linalg.eigh(np.cov(features.psi.T))
    seen = values > VISIBLE * values[-1]
    unit = vectors[:, seen] / np.sqrt(values[seen])
    found = null_space((features.change(ideal) @ unit).reshape(-1, unit.shape[1]))
    return np.asarray(unit @ found.basis[:, : found.dimension if found.clear else 0])


def beyond_ideal(
    x: Float[np.ndarray, "N d"],
    y: Float[np.ndarray, "N"],
    blocks: Int[np.ndarray, "N"],
    searched: Float[np.ndarray, "s n n"],
    *,
    degree: int,
    logit: bool,
    copies: int | None = None,
) -> tuple[Float[np.ndarray, "h n n"], DimensionTest] | None:
    """Test a whole algebra g as a symmetry of p(y | x), given that its derived ideal h is one.

    The test over all polynomials spreads its power over directions that h forbids anyway. If h holds, the function lies among the
    invariants of h, often very few: for so(1,3) ⊕ R and two massless vectors only ``p₁·p₂``.

    Arguments:
        x: rows, shape ``(N, d)``.
        y: targets, shape ``(N,)``.
        blocks: block of each row, shape ``(N,)``.
        searched: orthonormal basis of g on one vector, shape ``(s, n, n)``.
        degree: highest degree of the polynomial.
        logit: y is a 0/1 label.
        copies: number of vectors in a row, needed for affine matrices; None: as the size of the matrices says.

    Returns:
        h and the test of g, its p-value doubled because g is tested a second time; None where h is zero or all of g, or has no invariants.

    Example:
        >>> import numpy as np
        >>> from physym.algebra import dilation, extend, so
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(400, 3))
        >>> y = 0.1 * (x**2).sum(1) + rng.normal(size=400)
        >>> ideal, test = beyond_ideal(x, y, np.arange(400) % 64, extend(so(3), dilation(3)).basis, degree=2, logit=False)
        >>> len(ideal), test.p_value < 1e-3  # rotations stay, the dilation does not
        (3, True)
    """
    ideal = derived_ideal(searched)
    if not 0 < len(ideal) < len(searched):
        return None
    within = invariant_polynomials(x, ideal, degree=degree, copies=copies)
    if not within.shape[1]:
        return None
    _, whitened = function_equation(x, y, blocks, searched, degree=degree, logit=logit, within=within, copies=copies)
    test = dimension_tests(whitened)[-1]
    return ideal, DimensionTest(len(searched), min(1.0, 2 * test.p_value), test.statistic, None)
