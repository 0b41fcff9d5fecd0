"""Closure: the residual, and refinement to the nearest Lie algebra with its errors."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import (
    LieAlgebra,
    change_of_basis,
    closure_residual,
    dilation,
    direct_sum,
    extend,
    gl,
    heisenberg,
    invariant_metric,
    iso,
    refine,
    se,
    sl,
    so,
    sp,
    span_distance,
    su,
    unitary,
)
from physym.errors import DiscoveryFailed, InvalidData, NoInvariantForm

LORENTZ_AND_DILATION = extend(so(1, 3), dilation(4))
CATALOGUE = [
    *(so(3), so(4), so(5), so(6), so(1, 2), so(1, 3), so(2, 2), so(1, 4), su(2), su(3), unitary(2), unitary(3)),
    *(sl(2), sl(3), sl(4), sl(2, field="C"), sp(1), sp(2), gl(2), gl(3), se(2), se(3), iso(1, 1), iso(1, 3)),
    *(heisenberg(3), heisenberg(5), dilation(3), LORENTZ_AND_DILATION),
    *(direct_sum(so(3), so(3)), direct_sum(so(3), heisenberg(3)), direct_sum(dilation(1), dilation(1))),
]


def missed(found: LieAlgebra, truth: LieAlgebra) -> float:
    """1 − cos² summed over the principal angles."""
    first, second = (np.linalg.qr(algebra.basis.reshape(algebra.dimension, -1).T)[0] for algebra in (found, truth))
    return float(((first - second @ (second.T @ first)) ** 2).sum())


def unit_basis(algebra: LieAlgebra) -> LieAlgebra:
    basis = np.linalg.qr(algebra.basis.reshape(algebra.dimension, -1).T)[0].T
    return LieAlgebra(basis.reshape(algebra.basis.shape))


def measured(algebra: LieAlgebra, error: float, seed: int) -> LieAlgebra:
    """Isotropic errors whose Frobenius norm is about ``error`` for each unit generator, with their covariance."""
    size = error / algebra.n
    noise = size * np.random.default_rng(seed).normal(size=algebra.basis.shape)
    return LieAlgebra(algebra.basis + noise, covariance=size**2 * np.eye(noise.size))


@pytest.mark.parametrize("seed", range(5))
def test_the_residual_is_that_of_the_span(seed: int) -> None:
    noisy = change_of_basis(so(1, 3), seed=seed, error=0.05)
    mixed = change_of_basis(LieAlgebra(noisy.basis), seed=seed + 50)
    assert np.isclose(closure_residual(noisy), closure_residual(mixed))
    assert closure_residual(LieAlgebra(7 * noisy.basis)) == pytest.approx(closure_residual(noisy))


def test_the_residual_grows_with_the_error_and_is_at_most_one() -> None:
    residuals = [closure_residual(change_of_basis(so(1, 3), seed=0, error=error)) for error in (0.0, 1e-3, 1e-2, 1e-1)]
    assert residuals[0] < 1e-15
    assert np.allclose(np.array(residuals[2:]) / residuals[1:-1], 10, rtol=0.5)
    assert closure_residual(LieAlgebra(np.random.default_rng(0).normal(size=(4, 5, 5)))) <= 1
    assert closure_residual(dilation(3)) == closure_residual(LieAlgebra(np.zeros((0, 2, 2)))) == 0


@pytest.mark.parametrize("conjugate", [False, True])
@pytest.mark.parametrize("algebra", CATALOGUE, ids=lambda algebra: algebra.source)
def test_every_algebra_closes_after_one_percent_error(algebra: LieAlgebra, conjugate: bool) -> None:
    for seed in range(3):
        noisy = change_of_basis(algebra, seed=seed, conjugate=conjugate, error=0.01)
        for method in ("auto", "gauss-newton"):
            refined = refine(LieAlgebra(noisy.basis), method=method)
            assert closure_residual(refined) < 1e-12
            assert refined.basis.shape == algebra.basis.shape
            assert np.abs(refined.basis - noisy.basis).max() < 0.2  # the nearest one, not just any


@pytest.mark.slow
def test_su4_closes() -> None:
    refined = refine(LieAlgebra(change_of_basis(su(4), seed=0, error=0.01, conjugate=True).basis))
    assert closure_residual(refined) < 1e-12


@pytest.mark.parametrize("method", ["metric", "gauss-newton"])
@pytest.mark.parametrize("error", [0.01, 0.05, 0.15])
def test_refinement_cuts_the_error_of_so13_sixfold(error: float, method: str) -> None:
    """The bound is the ratio of dimensions: spans have 60 degrees of freedom, copies of so(1,3) have 9."""
    truth = unit_basis(so(1, 3))
    pairs = [
        (missed(noisy, truth), missed(refine(noisy, method=method), truth)) for noisy in (measured(truth, error, s) for s in range(30))
    ]  # type: ignore[arg-type]
    before, after = np.mean(pairs, axis=0)
    assert 5.0 < before / after < 60 / 9 + 1


@pytest.mark.parametrize("method", ["metric", "gauss-newton"])
def test_so13_with_dilation_gains_as_much(method: str) -> None:
    truth = unit_basis(LORENTZ_AND_DILATION)
    pairs = [(missed(noisy, truth), missed(refine(noisy, method=method), truth)) for noisy in (measured(truth, 0.05, s) for s in range(20))]  # type: ignore[arg-type]
    before, after = np.mean(pairs, axis=0)
    assert before / after > 5


def test_the_covariance_weighs_the_search() -> None:
    """With entries of very different precision the weighted search beats the metric route, which ignores that."""
    truth, gains = unit_basis(so(1, 3)), {}
    for method in ("metric", "gauss-newton"):
        before, after = 0.0, 0.0
        for seed in range(15):
            rng = np.random.default_rng(seed)
            sizes = 0.005 * np.exp(rng.normal(size=96))
            noisy = LieAlgebra(truth.basis + (sizes * rng.normal(size=96)).reshape(6, 4, 4), covariance=np.diag(sizes**2))
            before, after = before + missed(noisy, truth), after + missed(refine(noisy, method=method), truth)  # type: ignore[arg-type]
        gains[method] = before / after
    assert gains["gauss-newton"] > 1.5 * gains["metric"] > 1.5 * 4


@pytest.mark.parametrize("method", ["metric", "gauss-newton"])
def test_the_propagated_covariance_is_calibrated(method: str) -> None:
    truth = unit_basis(so(1, 3))
    squares, expected = 0.0, 0.0
    for seed in range(60):
        refined = refine(measured(truth, 0.02, seed), method=method)  # type: ignore[arg-type]
        squares += float(((refined.basis - truth.basis) ** 2).sum())
        assert refined.covariance is not None
        expected += float(np.trace(refined.covariance))
    assert squares / expected == pytest.approx(1, abs=0.06)
    assert expected < 0.55 * 60 * 96 * (0.02 / 4) ** 2  # 45 of 96 directions are left


def test_a_closed_algebra_stays_as_it_is() -> None:
    for algebra in (so(1, 3), se(3), heisenberg(5), sl(3), gl(2), dilation(4), LORENTZ_AND_DILATION):
        refined = refine(algebra)
        assert np.allclose(refined.basis, algebra.basis, atol=1e-12)
        assert refined.coordinates == algebra.coordinates
        assert refined.source == algebra.source
    nothing = LieAlgebra(np.zeros((0, 3, 3)))
    assert refine(nothing).dimension == 0


def test_refining_twice_changes_nothing() -> None:
    once = refine(change_of_basis(se(3), seed=1, error=0.02))
    assert np.allclose(refine(once).basis, once.basis, atol=1e-10)


def test_the_metric_route_preserves_the_measured_metric_exactly() -> None:
    noisy = change_of_basis(LORENTZ_AND_DILATION, seed=2, error=0.05, conjugate=True)
    refined = refine(noisy, method="metric")
    metric = invariant_metric(refined)
    assert metric.residual < 1e-12
    assert metric.conformal
    assert np.allclose(metric.matrix, invariant_metric(noisy).matrix, atol=1e-10)


def test_both_routes_find_the_same_algebra_to_first_order() -> None:
    noisy = change_of_basis(so(1, 3), seed=3, error=1e-3)
    plain = LieAlgebra(unit_basis(noisy).basis)
    routes = [refine(plain, method=method) for method in ("metric", "gauss-newton")]
    assert span_distance(*routes) < 0.02 * span_distance(plain, so(1, 3))


def test_the_metric_route_refuses_what_is_not_so() -> None:
    with pytest.raises(NoInvariantForm, match="gauss-newton"):
        refine(su(2), method="metric")  # has a metric, but is smaller than so(4)
    with pytest.raises(NoInvariantForm):
        refine(se(3), method="metric")


def test_dependent_generators_are_refused() -> None:
    with pytest.raises(InvalidData, match="dependent"):
        refine(LieAlgebra(np.concatenate([se(3).basis, se(3).basis[:1]])))


def test_a_covariance_from_replicas_serves() -> None:
    """A sample covariance, even one of deficient rank, neither breaks the search nor spoils what it gains."""
    truth, gains = unit_basis(so(1, 3)), []
    for replicas in (60, 1000):
        before, after = 0.0, 0.0
        for seed in range(10):
            rng = np.random.default_rng(seed)
            sizes = 0.01 * np.exp(rng.normal(size=96))
            noisy = truth.basis + (sizes * rng.normal(size=96)).reshape(6, 4, 4)
            estimated = LieAlgebra(noisy, covariance=np.cov((sizes * rng.normal(size=(replicas, 96))).T))
            before, after = before + missed(estimated, truth), after + missed(refine(estimated, method="gauss-newton"), truth)
        gains.append(before / after)
    assert gains[0] > 3
    assert gains[1] > 8


def test_a_span_far_from_every_algebra_fails_loudly_or_moves_far() -> None:
    """A random span may slide to some distant algebra, but then it is seen to have moved."""
    moved = 0
    for seed in range(6):
        wild = unit_basis(LieAlgebra(np.random.default_rng(seed).normal(size=(5, 4, 4))))
        try:
            moved += span_distance(wild, refine(wild)) > 0.1
        except DiscoveryFailed:
            moved += 1
    assert moved == 6


@pytest.mark.parametrize(("algebra", "within"), [(se(3), "affine"), (heisenberg(3), "affine"), (iso(1, 3), "affine"), (su(2), "complex")])
def test_the_nearest_algebra_within_others_does_not_leave_them(algebra: LieAlgebra, within: str) -> None:
    n = algebra.n
    if within == "affine":
        units = np.eye(n * n).reshape(-1, n, n)[: n * (n - 1)]
    else:
        units = unitary(2).basis
        units = np.concatenate([units, units @ np.kron(unitary(1).basis[0], np.eye(2))])  # gl(2,C) = u(2) + i·u(2)
    flat = np.linalg.qr(units.reshape(len(units), -1).T)[0].T
    noise = np.random.default_rng(0).normal(size=(algebra.dimension, len(flat))) @ flat
    noisy = LieAlgebra(algebra.basis + 1e-3 * noise.reshape(algebra.basis.shape))
    found = refine(noisy, within=LieAlgebra(units))
    rows = found.basis.reshape(found.dimension, -1)
    assert closure_residual(found) < 1e-13
    assert np.abs(rows - rows @ flat.T @ flat).max() < 1e-13
    assert span_distance(found, noisy) < 2e-2


def test_the_nearest_algebra_of_all_does_leave_them() -> None:
    """Why ``within`` is there: the nearest subalgebra of gl(4) to a noisy se(3) is not one of affine maps."""
    noise = np.random.default_rng(0).normal(size=(6, 4, 4)) * (np.arange(4) < 3)[:, None]
    noisy = LieAlgebra(se(3).basis + 1e-2 * noise)
    assert np.abs(refine(noisy).basis[:, 3]).max() > 1e-6
