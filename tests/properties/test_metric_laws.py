"""Invariant metrics: how they move with the frame, how many there are, and their errors by finite differences and Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.algebra import (
    LieAlgebra,
    change_of_basis,
    dilation,
    direct_sum,
    extend,
    gl,
    heisenberg,
    invariant_metric,
    se,
    sl,
    so,
    sp,
    su,
    unitary,
)
from physym.errors import NoInvariantForm

ONE_FORM = [so(3), so(1, 2), so(1, 3), so(2, 2), so(4), su(3), extend(so(1, 3), dilation(4)), extend(so(3), dilation(3))]
one_form = st.sampled_from(ONE_FORM)


def frame(n: int, seed: int) -> np.ndarray:
    """A change of coordinates of condition number at most e²."""
    rng = np.random.default_rng(seed)
    return np.linalg.qr(rng.normal(size=(n, n)))[0] @ np.diag(np.exp(rng.uniform(-1, 1, n))) @ np.linalg.qr(rng.normal(size=(n, n)))[0]


def standard(form: np.ndarray) -> np.ndarray:
    """Unit determinant and a positive corner: the convention of the package, for forms with a corner."""
    return np.asarray(form / abs(np.linalg.det(form)) ** (1 / len(form)) * np.sign(form[0, 0]))


def in_frame(algebra: LieAlgebra, m: np.ndarray) -> LieAlgebra:
    """The algebra and its covariance under x → Mx."""
    back = np.linalg.inv(m)
    covariance = None
    if algebra.covariance is not None:
        move = np.kron(np.eye(algebra.dimension), np.kron(m, back.T))
        covariance = move @ algebra.covariance @ move.T
    return LieAlgebra(m @ algebra.basis @ back, covariance=covariance)


@given(algebra=one_form, seed=st.integers(0, 999))
def test_the_metric_moves_with_the_coordinates(algebra: LieAlgebra, seed: int) -> None:
    m = frame(algebra.n, seed)
    before, after = invariant_metric(algebra), invariant_metric(in_frame(algebra, m))
    expected = np.linalg.inv(m).T @ before.matrix @ np.linalg.inv(m)
    if abs(expected[0, 0]) > 1e-3:
        np.testing.assert_allclose(after.matrix, standard(expected), atol=1e-9)
        assert after.signature == (before.signature if expected[0, 0] > 0 else before.signature[::-1])
    assert after.conformal == before.conformal
    assert after.residual < 1e-10


def test_the_law_notices_a_metric_moved_the_wrong_way() -> None:
    m = frame(4, 1)
    after = invariant_metric(in_frame(so(1, 3), m))
    wrong = m.T @ np.diag([1.0, -1, -1, -1]) @ m
    assert not np.allclose(after.matrix, standard(wrong), atol=0.1)


@given(factors=st.lists(st.sampled_from([-3.0, 0.01, 1.0, 50.0]), min_size=6, max_size=6), seed=st.integers(0, 99))
def test_scale_sign_and_order_of_the_generators_do_not_matter(factors: list[float], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(6)
    scaled = LieAlgebra((so(1, 3).basis * np.array(factors)[:, None, None])[order])
    np.testing.assert_allclose(invariant_metric(scaled).matrix, np.diag([1.0, -1, -1, -1]), atol=1e-10)


# Schur: f inequivalent real blocks have one form each, m equal ones m(m + 1)/2 together
SEVERAL = [
    (direct_sum(so(3), so(1, 2)), 2),
    (direct_sum(so(3), so(4), so(3)), 3),
    (direct_sum(su(2), so(3)), 2),
    (LieAlgebra(np.kron(np.eye(2), so(1, 3).basis)), 3),
    (LieAlgebra(np.kron(np.eye(3), so(3).basis)), 6),
    (unitary(2), 1),
    (so(1, 1), 1),
    (LieAlgebra(np.pad(so(3).basis, ((0, 0), (0, 2), (0, 2)))), 4),
    (LieAlgebra(np.zeros((1, 3, 3))), 6),
]


@pytest.mark.parametrize(("algebra", "count"), SEVERAL, ids=[str(i) for i in range(len(SEVERAL))])
def test_the_number_of_forms_is_schurs(algebra: LieAlgebra, count: int) -> None:
    for seed in range(3):
        m = frame(algebra.n, seed)
        metric = invariant_metric(in_frame(algebra, m))
        assert len(metric.forms) == count
        for form in metric.forms:
            defect = np.swapaxes(in_frame(algebra, m).basis, 1, 2) @ form
            assert np.abs(defect + np.swapaxes(defect, 1, 2)).max(initial=0.0) < 1e-9
        flat = metric.forms.reshape(count, -1)
        assert np.linalg.matrix_rank(flat, tol=1e-8) == count
        inside = np.linalg.lstsq(flat.T, metric.matrix.ravel(), rcond=None)[0] @ flat
        np.testing.assert_allclose(inside, metric.matrix.ravel(), atol=1e-8)


def test_separate_blocks_show_as_separate_forms() -> None:
    first, second = invariant_metric(direct_sum(so(1, 2), so(3))).forms
    blocks = [np.diag([1.0, -1, -1, 0, 0, 0]), np.diag([0.0, 0, 0, 1, 1, 1])]
    overlaps = np.abs([[np.vdot(form, block) / np.sqrt(3) for block in blocks] for form in (first, second)])
    np.testing.assert_allclose(np.sort(overlaps, axis=1), [[0, 1], [0, 1]], atol=1e-10)


@pytest.mark.parametrize("algebra", [sl(2), sl(3), gl(2), sp(1), sp(2), sl(2, field="C"), heisenberg(3), se(2)], ids=lambda a: a.source)
@pytest.mark.parametrize("seed", range(3))
def test_no_frame_gives_a_metric_to_an_algebra_without_one(algebra: LieAlgebra, seed: int) -> None:
    """sp and sl(2) keep an antisymmetric form only; sl(2,C) on real pairs two of those."""
    with pytest.raises(NoInvariantForm):
        invariant_metric(in_frame(algebra, frame(algebra.n, seed)))


@given(algebra=st.sampled_from([so(3), so(1, 3), so(2, 2)]), seed=st.integers(0, 99), amount=st.sampled_from([0.0, 1e-6, 0.1, 1.0, 30.0]))
def test_the_conformal_flag_is_about_traces(algebra: LieAlgebra, seed: int, amount: float) -> None:
    """The identity may hide in every generator of a mixture; any amount above round-off is seen in exact generators."""
    stretched = extend(algebra, LieAlgebra((amount * np.eye(algebra.n) + algebra.basis[0])[None])) if amount else algebra
    metric = invariant_metric(change_of_basis(stretched, seed=seed))
    assert metric.conformal == (amount > 0)
    np.testing.assert_allclose(metric.matrix, invariant_metric(algebra).matrix, atol=1e-9)


def test_a_trace_within_the_error_is_not_called_a_dilation() -> None:
    for seed in range(10):
        assert not invariant_metric(change_of_basis(so(1, 3), seed=seed, error=0.05)).conformal


def errors_by_differences(algebra: LieAlgebra) -> np.ndarray:
    """``√diag(D C Dᵀ)`` with the derivative D of the metric by central differences, entry by entry of the generators."""
    step, size = 1e-5, algebra.basis.size
    columns = []
    for index in range(size):
        shift = np.zeros(size)
        shift[index] = step
        ends = [invariant_metric(LieAlgebra(algebra.basis + s * shift.reshape(algebra.basis.shape))).matrix for s in (1, -1)]
        columns.append((ends[0] - ends[1]).ravel() / (2 * step))
    derivative = np.array(columns).T
    return np.sqrt(np.diag(derivative @ np.asarray(algebra.covariance) @ derivative.T)).reshape(algebra.n, algebra.n)


def correlated(algebra: LieAlgebra, size: float, seed: int) -> np.ndarray:
    """A covariance with errors of very different sizes and strong correlations."""
    rng = np.random.default_rng(seed)
    p = algebra.basis.size
    factor = size * np.exp(0.5 * rng.normal(size=(p, 1))) * (np.eye(p) + rng.normal(size=(p, p)) / np.sqrt(p))
    return np.asarray(factor @ factor.T)


@pytest.mark.parametrize("algebra", [so(3), so(1, 2), so(1, 3), extend(so(1, 2), dilation(3))], ids=lambda a: a.source)
@pytest.mark.parametrize("seed", [0, 1])
def test_errors_are_those_of_finite_differences(algebra: LieAlgebra, seed: int) -> None:
    mixed = change_of_basis(algebra, seed=seed, conjugate=True)
    measured = LieAlgebra(mixed.basis, covariance=correlated(mixed, 1e-4, seed))
    np.testing.assert_allclose(invariant_metric(measured).errors, errors_by_differences(measured), rtol=2e-3, atol=1e-9)


def test_errors_are_those_of_monte_carlo_under_correlations() -> None:
    covariance = correlated(so(1, 2), 1e-3, 5)
    draws = np.random.default_rng(6).multivariate_normal(so(1, 2).basis.ravel(), covariance, size=1500, method="cholesky")
    found = np.array([invariant_metric(LieAlgebra(draw.reshape(3, 3, 3))).matrix for draw in draws])
    stated = invariant_metric(LieAlgebra(so(1, 2).basis, covariance=covariance)).errors
    np.testing.assert_allclose(found.std(0), stated, rtol=0.08)
    assert not np.allclose(found.std(0), 1.3 * stated, rtol=0.08)  # the comparison can fail


@settings(max_examples=20)
@given(algebra=st.sampled_from([so(3), so(1, 3)]), factor=st.floats(0.01, 100), seed=st.integers(0, 99))
def test_errors_scale_with_the_covariance_and_not_with_the_basis(algebra: LieAlgebra, factor: float, seed: int) -> None:
    measured = LieAlgebra(algebra.basis, covariance=correlated(algebra, 1e-4, seed))
    wider = LieAlgebra(algebra.basis, covariance=factor**2 * np.asarray(measured.covariance))
    errors = invariant_metric(measured).errors
    np.testing.assert_allclose(invariant_metric(wider).errors, factor * errors, rtol=1e-8)
    np.testing.assert_allclose(invariant_metric(change_of_basis(measured, seed=seed)).errors, errors, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e3])
def test_the_residual_is_of_the_size_of_the_error_in_any_unit(factor: float) -> None:
    residuals = [
        invariant_metric(LieAlgebra(factor * change_of_basis(so(1, 3), seed=1, error=e).basis)).residual for e in (1e-6, 1e-4, 1e-2)
    ]
    np.testing.assert_allclose(np.diff(np.log10(residuals)), 2, atol=0.1)
    np.testing.assert_allclose(residuals[0], invariant_metric(change_of_basis(so(1, 3), seed=1, error=1e-6)).residual, rtol=1e-3)
