"""Closure under the bracket: how far a measured span is from a Lie algebra, and the nearest one to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from physym._typing import Float
from physym.algebra.grassmann import Linearisation, linearise, nearest_subalgebra, propagate
from physym.algebra.lie_algebra import LieAlgebra, bracket
from physym.algebra.metric import InvariantMetric, invariant_metric
from physym.errors import InvalidData, NoInvariantForm

PLAUSIBLE = 0.5  # residual up to which an invariant form is believed to be one


def closure_residual(algebra: LieAlgebra) -> float:
    """How far the brackets of the generators lead out of their span; 0 for a Lie algebra.

    Arguments:
        algebra: generators of shape ``(k, n, n)``.

    Returns:
        Root mean square over pairs of an orthonormal basis of the part of ``[L_i, L_j]`` outside the span, divided by the
        largest norm √2 that a bracket of unit matrices can have. It does not depend on the basis of the span.

    References:
        ``‖[A, B]‖ ≤ √2 ‖A‖ ‖B‖``: Böttcher and Wenzel, Linear Algebra Appl. 429 (2008) 1864.

    Example:
        >>> from physym.algebra.catalogue import change_of_basis, so
        >>> closure_residual(so(1, 3)) < 1e-15, 1e-3 < closure_residual(change_of_basis(so(1, 3), seed=0, error=0.01)) < 1e-1
        (True, True)
    """
    flat = _orthonormal(algebra.basis.reshape(algebra.dimension, algebra.n**2))
    k = len(flat)
    if k < 2:
        return 0.0
    basis = flat.reshape(k, algebra.n, algebra.n)
    first, second = np.triu_indices(k, 1)
    brackets = bracket(basis[first], basis[second]).reshape(len(first), -1)
    outside = brackets - (brackets @ flat.T) @ flat
    return float(np.sqrt((outside**2).sum() / (2 * len(first))))


def refine(
    algebra: LieAlgebra, *, method: Literal["auto", "metric", "gauss-newton"] = "auto", within: LieAlgebra | None = None
) -> LieAlgebra:
    """The Lie algebra nearest to a measured span of generators.

    Arguments:
        algebra: k generators of shape ``(k, n, n)`` that close up to their errors; a covariance weighs the search and is propagated.
            One estimated from replicas needs more of them than there are entries k·n², or it does harm.
        method: "metric" projects on so(J), with dilations where there are, J the invariant metric; "gauss-newton" solves
            ``[L_i, L_j] = f_ij^k L_k`` on the Grassmannian and serves every algebra; "auto" takes the first where it applies.
        within: an algebra that holds the given generators and that the result does not leave, such as that of affine or of complex
            maps; None: gl(n). The nearest algebra of all leaves it by an angle of second order in the errors.

    Returns:
        The given generators projected on the nearest closed span, with ``closure_residual`` at round-off and the covariance
        of what is left of the errors.

    Raises:
        InvalidData: the generators are linearly dependent.
        NoInvariantForm: method "metric" where there is no metric, or the dimension is not that of so(J).
        DiscoveryFailed: the span does not approach a Lie algebra.

    Example:
        >>> from physym.algebra.catalogue import change_of_basis, so
        >>> refined = refine(change_of_basis(so(1, 3), seed=0, error=0.01))
        >>> closure_residual(refined) < 1e-14
        True
    """
    k = algebra.dimension
    if k == 0 or (k == 1 and method != "metric"):
        return algebra
    if within is not None:
        return _by_gauss_newton(algebra, _orthonormal(within.basis.reshape(within.dimension, -1)))
    if method != "gauss-newton":
        try:
            metric = _fitting_metric(algebra)
        except NoInvariantForm:
            if method == "metric":
                raise
        else:
            rows = algebra.basis.reshape(k, -1)
            closed = _span_of_metric(metric)
            return _moved(algebra, rows @ closed.T @ closed)
    return _by_gauss_newton(algebra)


def _fitting_metric(algebra: LieAlgebra) -> InvariantMetric:
    """The invariant metric, provided that its whole algebra has the dimension of the given one."""
    n = algebra.n
    metric = invariant_metric(algebra)
    expected = n * (n - 1) // 2 + metric.conformal
    if algebra.dimension != expected or metric.residual > PLAUSIBLE:
        raise NoInvariantForm(
            f"{metric.statement}, whose algebra has dimension {expected}; {algebra.dimension} generators were given. "
            'Use method="gauss-newton", which needs no metric.'
        )
    return metric


def _span_of_metric(metric: InvariantMetric) -> Float[np.ndarray, "k N"]:
    """Orthonormal rows that span ``J⁻¹ · (antisymmetric matrices)``, and the identity for a conformal metric."""
    n = len(metric.matrix)
    rows, columns = np.triu_indices(n, 1)
    antisymmetric = np.zeros((len(rows), n, n))
    antisymmetric[np.arange(len(rows)), rows, columns] = 1.0
    antisymmetric[np.arange(len(rows)), columns, rows] = -1.0
    generators = np.linalg.inv(metric.matrix) @ antisymmetric
    if metric.conformal:
        generators = np.concatenate([generators, np.eye(n)[None]])
    return _orthonormal(generators.reshape(len(generators), -1))


def _by_gauss_newton(algebra: LieAlgebra, within: Float[np.ndarray, "s N"] | None = None) -> LieAlgebra:
    """Whiten the generators, so that their mean errors are alike and independent, and search from there."""
    k, n = algebra.dimension, algebra.n
    flat = algebra.basis.reshape(k, -1)
    if np.linalg.matrix_rank(flat, rtol=1e-10) < k:
        raise InvalidData(f"the {k} generators are linearly dependent; give a basis of their span.")
    whitening, covariance = _whitened(algebra)
    rows = whitening @ flat
    if k == n * n:
        return algebra
    found = nearest_subalgebra(rows, n, covariance, within=within)
    return _moved(algebra, np.linalg.solve(whitening, found.rows))


def _whitened(algebra: LieAlgebra) -> tuple[Float[np.ndarray, "k k"], Float[np.ndarray, "q q"] | None]:
    """A mixing of the generators with errors of unit covariance, and what is left of the covariance where that is not all."""
    k = algebra.dimension
    flat = algebra.basis.reshape(k, -1)
    size = flat.shape[1]
    isotropic = np.asarray(np.linalg.inv(np.linalg.cholesky(flat @ flat.T)))
    if algebra.covariance is None or not algebra.errors.any():
        return isotropic, None
    blocks = algebra.covariance.reshape(k, size, k, size)
    mean = np.einsum("aibi->ab", blocks) / size
    if np.linalg.cond(mean) > 1e8:  # some generators have no error worth the name: their span cannot be whitened
        mixing = isotropic
    else:
        mixing = np.linalg.inv(np.linalg.cholesky(mean))
        if np.abs(blocks - np.einsum("ab,ij->aibj", mean, np.eye(size))).max() <= 1e-6 * np.abs(mean).max():
            return np.asarray(mixing), None
    mixed = np.tensordot(mixing, np.tensordot(blocks, mixing, axes=(2, 1)), axes=(1, 0))  # (k, N, N, k)
    return np.asarray(mixing), mixed.transpose(0, 1, 3, 2).reshape(k * size, k * size)


def _moved(algebra: LieAlgebra, rows: Float[np.ndarray, "k N"]) -> LieAlgebra:
    """The algebra with its generators moved to a closed span, and its errors with them."""
    covariance = None
    if algebra.covariance is not None:
        at: Linearisation = linearise(rows, algebra.n)
        covariance = propagate(at, algebra.covariance)
    return replace(algebra, basis=rows.reshape(algebra.basis.shape), covariance=covariance, exact=())


def _orthonormal(flat: Float[np.ndarray, "k N"]) -> Float[np.ndarray, "r N"]:
    """Orthonormal rows with the same span; generators that depend on the others are dropped."""
    _, values, right = np.linalg.svd(flat, full_matrices=False)
    return np.asarray(right[values > 1e-12 * values.max(initial=0.0)])
