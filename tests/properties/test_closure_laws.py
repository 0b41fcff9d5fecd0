"""Closure and refinement: derivatives, symmetries of the search, and errors carried through it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.algebra import (
    LieAlgebra,
    bracket,
    change_of_basis,
    closure_residual,
    dilation,
    direct_sum,
    extend,
    gl,
    heisenberg,
    iso,
    null_space,
    refine,
    se,
    sl,
    so,
    sp,
    su,
    unitary,
)
from physym.algebra.grassmann import linearise, nearest_subalgebra, propagate
from physym.errors import InvalidData, NoInvariantForm, PhysymError

CATALOGUE = [so(3), so(1, 2), so(1, 3), su(2), unitary(2), sl(2), sl(3), sp(2), gl(2), se(2), se(3), iso(1, 1), heisenberg(3), dilation(3)]
CATALOGUE += [extend(so(1, 3), dilation(4)), direct_sum(so(3), so(2)), heisenberg(5), sl(2, field="C")]
SEMISIMPLE = [so(3), so(1, 2), so(2, 2), so(1, 3), so(4), su(2), sl(3), su(3), sp(2), sl(2, field="C"), direct_sum(so(3), so(1, 2))]


def by_name(algebra: LieAlgebra) -> str:
    return algebra.source


def slow_residual(algebra: LieAlgebra) -> float:
    """Pair by pair, with a least-squares fit of every bracket."""
    rows = np.linalg.qr(algebra.basis.reshape(algebra.dimension, -1).T)[0].T
    unit, outside = rows.reshape(algebra.basis.shape), []
    for i in range(len(unit)):
        for j in range(i):
            target = (unit[i] @ unit[j] - unit[j] @ unit[i]).ravel()
            outside.append(target - rows.T @ np.linalg.lstsq(rows.T, target, rcond=None)[0])
    return float(np.sqrt(np.mean([vector @ vector for vector in outside]) / 2)) if outside else 0.0


@given(k=st.integers(1, 5), n=st.integers(2, 4), seed=st.integers(0, 999))
def test_the_residual_is_that_of_the_slow_loop(k: int, n: int, seed: int) -> None:
    wild = LieAlgebra(np.random.default_rng(seed).normal(size=(min(k, n * n - 1), n, n)))
    assert np.isclose(closure_residual(wild), slow_residual(wild), atol=1e-12)
    assert 0 <= closure_residual(wild) <= 1


@given(seed=st.integers(0, 999))
def test_the_residual_does_not_see_orthogonal_frames_nor_transposition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wild = LieAlgebra(rng.normal(size=(4, 3, 3)))
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    for other in (turn @ wild.basis @ turn.T, -np.swapaxes(wild.basis, 1, 2), 1e6 * wild.basis[::-1]):
        assert np.isclose(closure_residual(LieAlgebra(other)), closure_residual(wild))


def test_the_largest_residual_is_that_of_raising_and_lowering_alone() -> None:
    assert np.isclose(closure_residual(LieAlgebra(sl(2).basis[:2])), 1.0)
    assert closure_residual(LieAlgebra(sl(2).basis[[0, 2]])) < 1e-15  # with the diagonal one it closes


def half_squared_defect(rows: np.ndarray, n: int) -> float:
    """``½ Σ_{i<j} ‖part of [B_i, B_j] outside the span‖²``."""
    span = np.linalg.qr(rows.T)[0]
    basis = rows.reshape(-1, n, n)
    total = 0.0
    for i in range(len(basis)):
        for j in range(i):
            flat = bracket(basis[i], basis[j]).ravel()
            total += float(((flat - span @ (span.T @ flat)) ** 2).sum())
    return total / 2


@settings(max_examples=25)
@given(k=st.integers(2, 4), n=st.integers(2, 3), seed=st.integers(0, 999))
def test_the_gradient_is_that_of_the_squared_defect(k: int, n: int, seed: int) -> None:
    """On spans that are nowhere near a subalgebra."""
    k = min(k, n * n - 1)
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(k, n * n))
    at = linearise(rows, n)
    assert np.isclose(at.defect**2 / 2, half_squared_defect(rows, n))
    direction = rng.normal(size=(k, n * n - k))
    step = 1e-5 / np.linalg.norm(direction)
    ends = [half_squared_defect(rows + s * step * direction @ at.complement.T, n) for s in (1, -1)]
    slope = float(at.gradient @ direction.ravel())
    assert np.isclose((ends[0] - ends[1]) / (2 * step), slope, rtol=1e-4, atol=1e-4 * np.linalg.norm(at.gradient))


@pytest.mark.parametrize("algebra", [so(3), se(2), sl(2), heisenberg(3), so(1, 3), su(2)], ids=by_name)
def test_at_an_algebra_the_normal_matrix_is_the_hessian(algebra: LieAlgebra) -> None:
    """Second differences of ½ defect² along random directions; away from a solution they differ."""
    rows, n, rng = algebra.basis.reshape(algebra.dimension, -1), algebra.n, np.random.default_rng(0)
    at = linearise(rows, n)
    for _ in range(5):
        direction = rng.normal(size=(algebra.dimension, at.complement.shape[1]))
        step = 1e-3 / np.linalg.norm(direction)
        ends = [half_squared_defect(rows + s * step * direction @ at.complement.T, n) for s in (1, -1)]
        curvature = (ends[0] + ends[1]) / step**2
        assert np.isclose(curvature, direction.ravel() @ at.normal @ direction.ravel(), rtol=1e-3)
    wild = rng.normal(size=rows.shape)
    off = linearise(wild, n)
    direction = rng.normal(size=(algebra.dimension, off.complement.shape[1]))
    ends = [half_squared_defect(wild + s * 1e-3 * direction @ off.complement.T, n) for s in (1, 0, -1)]
    assert not np.isclose((ends[0] - 2 * ends[1] + ends[2]) / 1e-6, direction.ravel() @ off.normal @ direction.ravel(), rtol=1e-2)


def orbit_dimension(algebra: LieAlgebra) -> int:
    """Dimension of the family of conjugates: n² minus that of the normaliser ``{X : [X, L] ∈ span}``."""
    n, flat = algebra.n, algebra.basis.reshape(algebra.dimension, -1)
    outside = np.eye(n * n) - np.linalg.pinv(flat) @ flat
    units = np.eye(n * n).reshape(-1, n, n)
    moved = np.array([(bracket(units, generator[None]).reshape(n * n, -1) @ outside).T for generator in algebra.basis])
    return n * n - null_space(moved.reshape(-1, n * n), scale=1.0, least_gap=1e6).dimension


@pytest.mark.parametrize("algebra", SEMISIMPLE, ids=by_name)
def test_semisimple_algebras_are_rigid(algebra: LieAlgebra) -> None:
    """Whitehead's lemma: every deformation that closes to first order is a conjugation."""
    at = linearise(algebra.basis.reshape(algebra.dimension, -1), algebra.n)
    assert int((np.linalg.eigvalsh(at.normal) < 1e-9).sum()) == orbit_dimension(algebra)


def test_others_need_not_be_rigid() -> None:
    """A single generator bends every way; Heisenberg algebras have deformations that are no conjugations."""
    for algebra in (dilation(3), heisenberg(3), se(2)):
        at = linearise(algebra.basis.reshape(algebra.dimension, -1), algebra.n)
        assert int((np.linalg.eigvalsh(at.normal) < 1e-9).sum()) > orbit_dimension(algebra)


@pytest.mark.parametrize("algebra", CATALOGUE, ids=by_name)
def test_refinement_is_idempotent(algebra: LieAlgebra) -> None:
    once = refine(LieAlgebra(change_of_basis(algebra, seed=2, error=0.01, conjugate=True).basis))
    np.testing.assert_allclose(refine(once).basis, once.basis, atol=1e-9)


@pytest.mark.parametrize("algebra", [so(1, 3), se(2), sl(2), su(2), extend(so(3), dilation(3))], ids=by_name)
@pytest.mark.parametrize("seed", [0, 1])
def test_refinement_commutes_with_mixing_units_and_relabelling(algebra: LieAlgebra, seed: int) -> None:
    rng = np.random.default_rng(seed)
    noisy = LieAlgebra(change_of_basis(algebra, seed=seed, error=0.01).basis)
    refined = refine(noisy).basis
    mixing = rng.normal(size=(algebra.dimension,) * 2) + 3 * np.eye(algebra.dimension)
    relabel = np.eye(algebra.n)[rng.permutation(algebra.n)]
    for before, after in (
        (np.tensordot(mixing, noisy.basis, axes=1), np.tensordot(mixing, refined, axes=1)),
        (1e4 * noisy.basis, 1e4 * refined),
        (relabel @ noisy.basis @ relabel.T, relabel @ refined @ relabel.T),
    ):
        moved = np.linalg.norm(after - before)
        assert np.linalg.norm(refine(LieAlgebra(before)).basis - after) < 0.03 * moved


def test_the_law_sees_a_refinement_that_depends_on_the_frame() -> None:
    """Testing the test: a conjugation that is not orthogonal changes what is nearest."""
    noisy = LieAlgebra(change_of_basis(so(3), seed=0, error=0.05).basis)
    frame = np.diag([1.0, 3.0, 9.0])
    moved = refine(LieAlgebra(frame @ noisy.basis @ np.linalg.inv(frame)), method="gauss-newton").basis
    back = np.linalg.inv(frame) @ moved @ frame
    away = np.linalg.norm(refine(noisy, method="gauss-newton").basis - noisy.basis)
    assert np.linalg.norm(back - refine(noisy, method="gauss-newton").basis) > 0.1 * away


def uneven(algebra: LieAlgebra, size: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    p = algebra.basis.size
    factor = size * np.exp(0.4 * rng.normal(size=(p, 1))) * (np.eye(p) + 0.5 * rng.normal(size=(p, p)) / np.sqrt(p))
    return np.asarray(factor @ factor.T)


@pytest.mark.parametrize("algebra", [so(3), sl(2), se(2)], ids=by_name)
def test_the_covariance_after_refinement_is_that_of_monte_carlo(algebra: LieAlgebra) -> None:
    """Uneven, correlated errors: the whole matrix, direction by direction."""
    covariance = uneven(algebra, 1e-3, 1)
    draws = np.random.default_rng(2).multivariate_normal(algebra.basis.ravel(), covariance, size=400, method="cholesky")
    runs = [refine(LieAlgebra(d.reshape(algebra.basis.shape), covariance=covariance), method="gauss-newton") for d in draws]
    spread = np.cov(np.array([run.basis.ravel() for run in runs]).T)
    stated = np.asarray(refine(LieAlgebra(algebra.basis, covariance=covariance), method="gauss-newton").covariance)
    assert np.linalg.norm(spread - stated) < 0.25 * np.linalg.norm(stated)
    assert np.trace(spread) == pytest.approx(np.trace(stated), rel=0.08)
    assert np.trace(stated) < 0.95 * np.trace(covariance)


@pytest.mark.parametrize("algebra", [so(3), so(1, 3), se(2), heisenberg(3), sl(2)], ids=by_name)
def test_propagation_is_a_projection(algebra: LieAlgebra) -> None:
    at = linearise(algebra.basis.reshape(algebra.dimension, -1), algebra.n)
    after = propagate(at, np.eye(algebra.basis.size))
    np.testing.assert_allclose(after @ after, after, atol=1e-5)
    np.testing.assert_allclose(after, after.T, atol=1e-12)
    inside = np.kron(np.eye(algebra.dimension), np.linalg.pinv(at.rows) @ at.rows)
    np.testing.assert_allclose(after @ inside, inside, atol=1e-6)  # errors along the span stay
    bends = int((np.linalg.eigvalsh(at.normal) < 1e-9).sum())
    assert np.isclose(np.trace(after), algebra.dimension**2 + bends, atol=1e-3)


@given(seed=st.integers(0, 199))
@settings(max_examples=15)
def test_the_nearest_subalgebra_is_no_farther_than_the_truth(seed: int) -> None:
    noisy = LieAlgebra(change_of_basis(so(1, 2), seed=seed, error=0.02).basis)
    rows = np.linalg.qr(noisy.basis.reshape(3, 9).T)[0].T
    found = LieAlgebra(nearest_subalgebra(rows, 3).rows.reshape(3, 3, 3))
    assert closure_residual(found) < 1e-12
    assert chordal(noisy, found) <= chordal(noisy, so(1, 2)) * (1 + 1e-6)


def chordal(a: LieAlgebra, b: LieAlgebra) -> float:
    spans = [np.linalg.qr(x.basis.reshape(x.dimension, -1).T)[0] for x in (a, b)]
    return float(np.linalg.norm(spans[0] @ spans[0].T - spans[1] @ spans[1].T))


def test_what_cannot_be_refined_is_refused() -> None:
    repeated = np.concatenate([so(3).basis, so(3).basis.sum(0)[None]])
    with pytest.raises(InvalidData, match="dependent"):
        refine(LieAlgebra(repeated), method="gauss-newton")
    for algebra in (sl(3), heisenberg(3), LieAlgebra(so(1, 3).basis[:3])):
        with pytest.raises(NoInvariantForm):
            refine(algebra, method="metric")
    with pytest.raises(PhysymError):
        refine(LieAlgebra(np.zeros((2, 3, 3))))


def test_everything_and_nothing_are_closed_already() -> None:
    everything = LieAlgebra(np.random.default_rng(0).normal(size=(9, 3, 3)))
    np.testing.assert_allclose(refine(everything).basis, everything.basis)
    assert closure_residual(everything) < 1e-12
    single = LieAlgebra(np.random.default_rng(1).normal(size=(1, 3, 3)))
    assert np.array_equal(refine(single).basis, single.basis)
