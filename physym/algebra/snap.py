"""From measured generators to exact ones: metric first, then the sparse basis, then row echelon; accepted only under a χ² test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from physym._typing import Float
from physym.algebra.canonical import arrange, canonical_basis
from physym.algebra.closure import closure_residual, refine
from physym.algebra.lie_algebra import LieAlgebra
from physym.algebra.metric import InvariantMetric, invariant_metric
from physym.algebra.rounding import Surd, nearest_exact
from physym.algebra.structure.prepare import implied_error
from physym.errors import DiscoveryFailed, NoInvariantForm, SnapRejected

Exact = list[list[Surd]]  # one flattened matrix of numbers per generator
ZERO, ONE = Surd(Fraction(0)), Surd(Fraction(1))
EXACT_INPUT = 1e-9  # relative error assumed of generators that close to round-off and carry no covariance


@dataclass(frozen=True, eq=False)
class SnapTest:
    """χ² test of an exact span against a measured one.

    Arguments:
        statistic: squared tilt of the measured generators out of the exact span, in units of its covariance.
        dof: number of directions in which the span could have tilted.
        p_value: probability of a larger statistic.
    """

    statistic: float
    dof: int
    p_value: float


def snap(algebra: LieAlgebra, *, alpha: float = 0.01, error: float | None = None) -> LieAlgebra:
    """The exact algebra of simple numbers that the measured generators agree with.

    Candidates are tried from the most constrained: the algebra of an exact metric (so(J), with dilations where there are),
    the sparse basis rounded, the reduced row echelon form rounded. Numbers are {0, ±1, ±1/2, ±√2/2, ±√3/2, small fractions},
    chosen under the error bar. A candidate is accepted if it closes in exact arithmetic and the χ² test of `span_test` passes.

    Arguments:
        algebra: generators of shape ``(k, n, n)``; their covariance sets the error bars.
        alpha: significance at which a candidate is rejected.
        error: Frobenius norm of a generator's error over its own, for an algebra without covariance; by default what the
            closure residual implies, at least 1e-9.

    Returns:
        The algebra in its canonical basis with entries of the size of one, ``exact`` holding the sympy matrices.

    Raises:
        SnapRejected: no candidate passes; the sentence gives the statistic of the best one.

    Example:
        >>> from physym.algebra.catalogue import change_of_basis, so
        >>> snap(change_of_basis(so(1, 3), seed=0, error=0.05)).exact[0]
        Matrix([
        [0, 0, 0,  0],
        [0, 0, 0,  0],
        [0, 0, 0, -1],
        [0, 0, 1,  0]])
    """
    if not algebra.dimension:
        raise SnapRejected("the algebra has no generators; there is nothing to snap.")
    measured = _with_covariance(algebra, error)
    best: SnapTest | None = None
    for candidate in _candidates(measured):
        basis = np.array([[float(x) for x in row] for row in candidate]).reshape(-1, algebra.n, algebra.n)
        if np.linalg.matrix_rank(basis.reshape(len(basis), -1)) < algebra.dimension:
            continue
        verdict = span_test(measured, basis)
        if best is None or verdict.p_value > best.p_value:
            best = verdict
        if verdict.p_value >= alpha and closes_exactly(candidate, algebra.n):
            return _finish(algebra, candidate, basis)
    if best is None:
        raise SnapRejected(
            f"no simple numbers lie within the errors of the {algebra.dimension} generators; give a larger error or more data."
        )
    raise SnapRejected(
        f"the nearest exact algebra that was tried has χ² = {best.statistic:.4g} on {best.dof} degrees of freedom (p = {best.p_value:.2g}, "
        f"needed ≥ {alpha:g}) or does not close exactly; use coordinates in which the metric is simple, or check the errors."
    )


def span_test(measured: LieAlgebra, exact: Float[np.ndarray, "m n n"]) -> SnapTest:
    """Test whether measured generators lie in an exact span, up to their errors.

    If they do, the part of each generator outside the span is its error there: exactly linear, so the test holds for large
    errors too. Directions in which the covariance vanishes (after a refinement) do not count; a tilt along them is second order.
    A covariance that was estimated with ν degrees of freedom counts in its ν/2 largest directions only, by Hotelling's T².

    Arguments:
        measured: generators of shape ``(k, n, n)`` with a covariance.
        exact: generators that span the candidate, shape ``(m, n, n)``.

    Returns:
        Statistic, degrees of freedom and p-value; p = 0 where the tilt has a part that the errors cannot explain.

    Raises:
        SnapRejected: the measured generators carry no covariance.

    Example:
        >>> from physym.algebra.catalogue import change_of_basis, so
        >>> span_test(change_of_basis(so(3), seed=0, error=0.01), so(3).basis).dof
        18
    """
    if measured.covariance is None:
        raise SnapRejected("the generators carry no covariance, so no χ² test is possible; pass error=….")
    k, size = measured.dimension, measured.n**2
    outside = np.linalg.qr(exact.reshape(len(exact), -1).T, mode="complete")[0][:, len(exact) :]
    tilt = (measured.basis.reshape(k, size) @ outside).ravel()
    if not tilt.size:
        return SnapTest(0.0, 0, 1.0)
    half = (measured.covariance.reshape(-1, k, size) @ outside).reshape(k, size, -1)
    covariance = (outside.T @ half).reshape(len(tilt), len(tilt))
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    refined = closure_residual(measured) < 1e-9  # then only the tilts along the family of algebras still carry an error
    explained = values > max((1e-4 if refined else 1e-9) * values[-1], np.finfo(float).tiny)
    parts = vectors.T @ tilt
    unexplained = float(np.linalg.norm(parts[~explained]))
    norm = float(np.sqrt(np.mean(np.sum(measured.basis**2, axis=(1, 2)))))
    tolerance = 10 * (float(np.sum(tilt**2)) / norm + 1e-9 * norm)
    dof = min(int(explained.sum()), int(measured.freedom // 2) if np.isfinite(measured.freedom) else len(values))
    if dof < explained.sum():  # too few blocks to span the errors: the rest may be as large as the largest seen
        tolerance += 5 * float(np.sqrt(values[-1]))
    statistic = float(np.sum(parts[-dof:] ** 2 / values[-dof:])) if dof else 0.0
    p_value = 0.0 if unexplained > tolerance else _tail(statistic, dof, measured.freedom)
    return SnapTest(statistic, dof, p_value)


def _tail(statistic: float, dof: int, freedom: float) -> float:
    """χ² tail for a known covariance, Hotelling's T² for one estimated with ``freedom`` degrees of freedom."""
    from scipy.special import betainc, gammaincc

    if not dof:
        return 1.0
    if not np.isfinite(freedom):
        return float(gammaincc(dof / 2, statistic / 2))
    # T² (ν − p + 1)/(p ν) follows F(p, ν − p + 1)
    below = freedom - dof + 1
    return float(betainc(below / 2, dof / 2, freedom / (freedom + statistic)))


def closes_exactly(candidate: Exact, n: int) -> bool:
    """Whether the brackets of exact generators lie in their span, in rational or algebraic arithmetic.

    Arguments:
        candidate: one list of n² numbers per generator.
        n: size of the matrices.

    Returns:
        True for an exact Lie algebra.

    Example:
        >>> closes_exactly([[ZERO, ONE, ZERO, ZERO], [ZERO, ZERO, ONE, ZERO]], 2)
        False
    """
    from sympy import Matrix
    from sympy.polys.domains import QQ
    from sympy.polys.matrices import DomainMatrix

    rational = all(x.radicand == 1 for row in candidate for x in row)
    if rational:
        field = QQ
        mats = [
            DomainMatrix(
                [[QQ(x.fraction.numerator, x.fraction.denominator) for x in row[i * n : (i + 1) * n]] for i in range(n)], (n, n), QQ
            )
            for row in candidate
        ]
    else:
        field = (
            DomainMatrix.from_Matrix(Matrix(len(candidate), n * n, [x.sympy() for row in candidate for x in row]), extension=True)
            .to_field()
            .domain
        )
        mats = [DomainMatrix.from_Matrix(Matrix(n, n, [x.sympy() for x in row])).convert_to(field) for row in candidate]
    rows = [matrix.to_list_flat() for matrix in mats]
    for i in range(len(mats)):
        for j in range(i):
            rows.append((mats[i] * mats[j] - mats[j] * mats[i]).to_list_flat())
    rank = DomainMatrix(rows, (len(rows), n * n), field).rank()
    return bool(rank == len(candidate))


def _with_covariance(algebra: LieAlgebra, error: float | None) -> LieAlgebra:
    """The algebra with a covariance: its own, or equal independent errors of the given (or implied) relative size."""
    if error is None and algebra.covariance is not None and algebra.errors.any():
        return algebra
    if error is None:
        error = max(implied_error(algebra.basis), EXACT_INPUT)
    sizes = error * np.linalg.norm(algebra.basis, axis=(1, 2)) / algebra.n
    return replace(algebra, covariance=np.diag(np.repeat(sizes**2, algebra.n**2)), exact=())


def _candidates(measured: LieAlgebra) -> Iterator[Exact]:
    yield from _from_metric(measured)
    try:
        closed = refine(measured)
    except DiscoveryFailed:
        closed = measured
    sparse = canonical_basis(closed)
    scale = np.abs(sparse.basis).max(axis=(1, 2), keepdims=True)
    rounded = nearest_exact(sparse.basis / scale, sparse.errors / scale)
    if rounded is not None:
        yield _rows(rounded, measured.dimension)
    for start in (closed, measured):
        echelon, errors = _row_echelon(start)
        rounded = nearest_exact(echelon, errors)
        if rounded is not None:
            yield _rows(rounded, measured.dimension)


def _rows(numbers: list[Surd], k: int) -> Exact:
    size = len(numbers) // k
    return [numbers[a * size : (a + 1) * size] for a in range(k)]


def _from_metric(measured: LieAlgebra) -> Iterator[Exact]:
    """so(J) for exact metrics J near the measured one, provided that it has the measured dimension."""
    n = measured.n
    if measured.dimension - n * (n - 1) // 2 not in (0, 1) or n < 2:
        return
    try:
        metric = invariant_metric(measured)
    except NoInvariantForm:
        return
    if measured.dimension != n * (n - 1) // 2 + metric.conformal:
        return
    for form in _exact_forms(metric):
        inverse = _inverse(form)
        if inverse is None:
            continue
        rows = []
        for i in range(n):
            for j in range(i + 1, n):
                rows.append(_generator(inverse, i, j))
        if metric.conformal:
            rows.append([ONE if i == j else ZERO for i in range(n) for j in range(n)])
        yield rows


def _exact_forms(metric: InvariantMetric) -> Iterator[list[list[Fraction]]]:
    """Signs on the diagonal, then the entries rounded to rationals in units of J[0, 0] (of the largest entry where that vanishes)."""
    matrix = metric.matrix
    n = len(matrix)
    yield [[Fraction(int(np.sign(matrix[i, i]))) if i == j else Fraction(0) for j in range(n)] for i in range(n)]
    unit = matrix[0, 0] if abs(matrix[0, 0]) > 0.1 * np.abs(matrix).max() else np.abs(matrix).max()
    rounded = nearest_exact(matrix / unit, metric.errors / abs(unit) + 1e-9)
    if rounded is not None and all(x.radicand == 1 for x in rounded):
        yield [[rounded[i * n + j].fraction for j in range(n)] for i in range(n)]


def _inverse(form: list[list[Fraction]]) -> list[list[Fraction]] | None:
    """Inverse in rational arithmetic; None where there is none."""
    n = len(form)
    rows = [list(form[i]) + [Fraction(int(i == j)) for j in range(n)] for i in range(n)]
    for i in range(n):
        pivot = next((r for r in range(i, n) if rows[r][i]), None)
        if pivot is None:
            return None
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for r in range(n):
            if r != i and rows[r][i]:
                rows[r] = [x - rows[r][i] * y for x, y in zip(rows[r], rows[i], strict=True)]
    return [row[n:] for row in rows]


def _generator(inverse: list[list[Fraction]], i: int, j: int) -> list[Surd]:
    """``J⁻¹ (E_ij − E_ji)`` with its largest entry scaled to one."""
    n = len(inverse)
    matrix = [[Fraction(0)] * n for _ in range(n)]
    for r in range(n):
        matrix[r][j], matrix[r][i] = inverse[r][i], -inverse[r][j]
    largest = max(abs(x) for row in matrix for x in row)
    return [Surd(x / largest) for row in matrix for x in row]


def _row_echelon(algebra: LieAlgebra) -> tuple[Float[np.ndarray, "k m"], Float[np.ndarray, "k m"]]:
    """Reduced row echelon form with the largest pivots, and the errors of its entries to first order."""
    k = algebra.dimension
    rows = algebra.basis.reshape(k, -1)
    work, pivots = rows.copy(), list[int]()
    for i in range(k):
        free = np.abs(work[i:]).round(6)
        r, c = divmod(int(np.argmax(free)), free.shape[1])
        work[[i, i + r]] = work[[i + r, i]]
        work[i] /= work[i, c]
        others = np.arange(k) != i
        work[others] -= np.outer(work[others, c], work[i])
        pivots.append(int(c))
    order = np.argsort(pivots)
    pivots = [pivots[i] for i in order]
    mixing = np.linalg.inv(rows[:, pivots])
    echelon = mixing @ rows
    size = rows.shape[1]
    moved = np.eye(size) - np.eye(size)[:, pivots] @ echelon  # error δ of a row leads to mixing δ (1 − pivot columns · echelon)
    half = (np.asarray(algebra.covariance).reshape(-1, k, size) @ moved).reshape(k, size, k, size)
    variance = _variance(mixing, half, moved)
    return echelon, np.sqrt(np.clip(variance, 0, None))


def _variance(
    mixing: Float[np.ndarray, "k k"], half: Float[np.ndarray, "k m k m"], moved: Float[np.ndarray, "m m"]
) -> Float[np.ndarray, "k m"]:
    full = np.einsum("ipjc,pc->ijc", half, moved, optimize=True)
    return np.asarray(np.einsum("ai,aj,ijc->ac", mixing, mixing, full, optimize=True))


def _finish(algebra: LieAlgebra, candidate: Exact, basis: Float[np.ndarray, "k n n"]) -> LieAlgebra:
    """Order and sign the exact generators, and write them as sympy matrices."""
    from sympy import ImmutableMatrix

    order, signs = arrange(basis)
    exact = tuple(
        ImmutableMatrix(algebra.n, algebra.n, [sign * x.sympy() for x in candidate[a]])
        for a, sign in zip(order, signs.astype(int).tolist(), strict=True)
    )
    source = f"{algebra.source}, snapped" if algebra.source else "snapped"
    return LieAlgebra(signs[:, None, None] * basis[order], coordinates=algebra.coordinates, source=source, exact=exact)
