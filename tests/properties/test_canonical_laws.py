"""Sparse bases: recovered from random mixtures of every algebra of the catalogue, with their order, signs and errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.algebra import (
    LieAlgebra,
    canonical_basis,
    change_of_basis,
    dilation,
    direct_sum,
    extend,
    gl,
    heisenberg,
    iso,
    se,
    sl,
    so,
    sp,
    span_distance,
    su,
    unitary,
)

LORENTZ = extend(so(1, 3), dilation(4))
# the sparsest basis of these is the textbook one
UNIQUE = [so(3), so(4), so(5), so(1, 2), so(1, 3), so(2, 2), so(2, 3), su(2), unitary(2), unitary(3), sl(2), sl(2, field="C"), sp(1), sp(2)]
UNIQUE += [
    gl(2),
    gl(3),
    se(2),
    se(3),
    iso(1, 1),
    iso(1, 3),
    heisenberg(3),
    heisenberg(5),
    dilation(3),
    LORENTZ,
    direct_sum(so(3), so(1, 3)),
]
# traceless diagonal matrices have no orthogonal basis of whole numbers as sparse as the textbook's
CARTAN = [sl(3), sl(4), su(3), su(4), sl(3, field="C")]
EVERYONE = UNIQUE + CARTAN


def by_name(algebra: LieAlgebra) -> str:
    return algebra.source


def unit(basis: np.ndarray) -> np.ndarray:
    return np.asarray(basis / np.linalg.norm(basis, axis=(1, 2))[:, None, None])


def matched(found: np.ndarray, textbook: np.ndarray) -> float:
    """Largest deviation of a textbook generator from the nearest ± generator found."""
    gaps = [[min(np.abs(g - t).max(), np.abs(g + t).max()) for g in found] for t in unit(textbook)]
    return float(np.min(gaps, axis=1).max())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("algebra", UNIQUE, ids=by_name)
def test_the_textbook_basis_comes_back_from_any_mixture(algebra: LieAlgebra, seed: int) -> None:
    found = canonical_basis(change_of_basis(algebra, seed=seed))
    assert matched(found.basis, algebra.basis) < 1e-7
    assert found.dimension == algebra.dimension


def test_a_mixture_is_not_its_own_answer() -> None:
    """Testing the test."""
    assert matched(unit(change_of_basis(so(1, 3), seed=0).basis), so(1, 3).basis) > 0.1


@pytest.mark.parametrize("algebra", EVERYONE, ids=by_name)
def test_the_answer_is_orthonormal_and_spans_the_same(algebra: LieAlgebra) -> None:
    mixed = change_of_basis(algebra, seed=4)
    found = canonical_basis(mixed)
    flat = found.basis.reshape(found.dimension, -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(found.dimension), atol=1e-12)
    assert span_distance(found, mixed) < 1e-12
    assert (found.coordinates, found.source) == (mixed.coordinates, mixed.source)


@pytest.mark.parametrize("algebra", CARTAN, ids=by_name)
def test_off_diagonal_generators_and_the_diagonal_part_separate(algebra: LieAlgebra) -> None:
    size = algebra.n if algebra.source.endswith("R)") else algebra.n // 2  # real pairs repeat the complex matrix
    rows, columns = np.indices((algebra.n, algebra.n)) % size
    off_diagonal = np.array([g for g in algebra.basis if g[rows != columns].any()])
    assert matched(canonical_basis(change_of_basis(algebra, seed=1)).basis, off_diagonal) < 1e-6
    assert len(off_diagonal) < algebra.dimension


def nonzeros(basis: np.ndarray) -> int:
    return int((np.abs(basis) > 1e-6).sum())


@settings(max_examples=30)
@given(algebra=st.sampled_from([algebra for algebra in UNIQUE if algebra.dimension < 9]), seed=st.integers(0, 9999))
def test_no_mixture_is_sparser(algebra: LieAlgebra, seed: int) -> None:
    mixed = change_of_basis(algebra, seed=seed)
    found = canonical_basis(mixed).basis
    assert nonzeros(found) == nonzeros(algebra.basis) <= nonzeros(mixed.basis)


@pytest.mark.parametrize("algebra", UNIQUE, ids=by_name)
def test_order_and_signs_are_those_of_the_span_alone(algebra: LieAlgebra) -> None:
    answers = [canonical_basis(change_of_basis(algebra, seed=seed)).basis for seed in (10, 11, 12)]
    answers.append(canonical_basis(LieAlgebra(-3 * algebra.basis[::-1])).basis)
    answers.append(canonical_basis(LieAlgebra(answers[0])).basis)
    for other in answers[1:]:
        np.testing.assert_allclose(other, answers[0], atol=1e-7)


def test_the_same_input_gives_the_same_bits() -> None:
    mixed = change_of_basis(LORENTZ, seed=3)
    assert np.array_equal(canonical_basis(mixed).basis, canonical_basis(mixed).basis)


@given(seed=st.integers(0, 9999))
@settings(max_examples=20)
def test_kinds_come_in_their_order(seed: int) -> None:
    """Rotations about x, y, z, then boosts along x, y, z, then the dilation, each with its textbook sign."""
    found = canonical_basis(change_of_basis(LORENTZ, seed=seed)).basis * np.array([np.sqrt(2)] * 6 + [2.0])[:, None, None]
    expected = np.zeros((7, 4, 4))
    for axis, (first, second) in enumerate(((2, 3), (3, 1), (1, 2))):
        expected[axis, second, first], expected[axis, first, second] = 1, -1
        expected[3 + axis, 0, 1 + axis] = expected[3 + axis, 1 + axis, 0] = 1
    expected[6] = np.eye(4)
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_translations_follow_rotations_and_dilations_come_last() -> None:
    similitudes = LieAlgebra(np.concatenate([se(3).basis, np.diag([1.0, 1, 1, 1])[None]]))
    found = canonical_basis(change_of_basis(similitudes, seed=0)).basis
    assert all(np.allclose(generator, -generator.T, atol=1e-8) for generator in found[:3])
    for axis in range(3):
        assert np.isclose(found[3 + axis, axis, 3], 1)
    np.testing.assert_allclose(found[6], np.eye(4) / 2, atol=1e-7)


def test_repeated_generators_are_dropped() -> None:
    twice = LieAlgebra(np.concatenate([so(3).basis, so(3).basis[:2] + so(3).basis[1:]]), covariance=np.eye(45))
    found = canonical_basis(twice)
    assert found.dimension == 3
    assert found.covariance is not None
    assert found.covariance.shape == (27, 27)
    assert matched(found.basis, so(3).basis) < 1e-8


@pytest.mark.parametrize("algebra", [so(3), so(1, 2), so(1, 3), se(2)], ids=by_name)
@pytest.mark.parametrize("error", [1e-3, 1e-2])
def test_noise_moves_the_answer_by_its_own_size(algebra: LieAlgebra, error: float) -> None:
    for seed in range(5):
        found = canonical_basis(change_of_basis(algebra, seed=seed, error=error))
        assert matched(found.basis, algebra.basis) < 4 * error


def test_the_covariance_is_that_of_the_mixing() -> None:
    """Errors go through the same mixing as the generators: Monte Carlo with the mixing held fixed."""
    rng = np.random.default_rng(0)
    factor = 1e-3 * (np.eye(27) + 0.3 * rng.normal(size=(27, 27)))
    mixed = LieAlgebra(change_of_basis(so(3), seed=1).basis, covariance=factor @ factor.T)
    found = canonical_basis(mixed)
    flat = mixed.basis.reshape(3, 9)
    mixing = found.basis.reshape(3, 9) @ np.linalg.pinv(flat)
    draws = rng.normal(size=(20_000, 27)) @ factor.T
    moved = np.einsum("ab,sbi->sai", mixing, draws.reshape(-1, 3, 9)).reshape(-1, 27)
    stated = np.asarray(found.covariance)
    np.testing.assert_allclose(np.cov(moved.T), stated, atol=0.06 * stated.max())
    np.testing.assert_allclose(stated, stated.T, atol=0)
    assert np.linalg.eigvalsh(stated).min() > 0
    assert not np.allclose(np.asarray(mixed.covariance), stated, atol=0.06 * stated.max())  # it did change


def test_pulls_of_the_canonical_basis_have_unit_width_across_the_span() -> None:
    """Components outside the span do not know which basis was chosen, so their pulls are calibrated."""
    pulls = []
    outside = np.linalg.svd(so(1, 2).basis.reshape(3, 9))[2][3:]
    for seed in range(150):
        found = canonical_basis(change_of_basis(so(1, 2), seed=seed, error=0.01))
        lift = np.kron(np.eye(3), outside)
        deviation = lift @ found.basis.ravel()
        pulls.append(deviation / np.sqrt(np.diag(lift @ np.asarray(found.covariance) @ lift.T)))
    assert np.std(pulls) == pytest.approx(1, abs=0.07)
    assert abs(np.mean(pulls)) < 0.1
