"""The second test of a whole algebra, on the invariants of its derived ideal."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import LieAlgebra, dilation, extend, heisenberg, se, so, span_distance
from physym.algebra.monomials import evaluate
from physym.discovery.spectral.equations.ideals import beyond_ideal, derived_ideal, invariant_polynomials
from physym.discovery.spectral.statistics.features import Features
from tests.discovery.jets import MINKOWSKI, momenta

WEYL = extend(so(1, 3), dilation(4))
ROUND = extend(so(3), dilation(3))


@pytest.mark.parametrize(
    ("algebra", "dimension"), [(WEYL, 6), (so(1, 3), 6), (se(3), 6), (se(2), 2), (heisenberg(3), 1), (dilation(4), 0), (so(2), 0)]
)
def test_derived_ideals_of_the_textbook(algebra: LieAlgebra, dimension: int) -> None:
    ideal = derived_ideal(algebra.basis)
    assert len(ideal) == dimension
    flat = algebra.basis.reshape(algebra.dimension, -1)
    assert np.linalg.matrix_rank(np.concatenate([flat, ideal.reshape(dimension, flat.shape[1])]), tol=1e-9) == algebra.dimension


def test_the_derived_ideal_of_the_weyl_algebra_is_the_lorentz_algebra() -> None:
    assert span_distance(LieAlgebra(derived_ideal(WEYL.basis)), so(1, 3)) < 1e-12


def test_two_massless_vectors_leave_one_invariant() -> None:
    vectors = momenta(500, seed=0)
    x = vectors.reshape(len(vectors), 8)
    found = invariant_polynomials(x, so(1, 3).basis, degree=2)
    assert found.shape[1] == 1
    values = Features.of(x, degree=2).psi @ found[:, 0]
    product = np.einsum("ni,ij,nj->n", vectors[:, 0], MINKOWSKI, vectors[:, 1])
    assert abs(np.corrcoef(values, product)[0, 1]) > 1 - 1e-9


def test_the_constant_masses_of_massive_vectors_do_not_count() -> None:
    vectors = momenta(500, seed=0, mass=50.0)
    found = invariant_polynomials(vectors.reshape(len(vectors), 8), so(1, 3).basis, degree=2)
    assert found.shape[1] == 1  # p₁·p₂; p₁² and p₂² are invariant, but constant on the data


def test_invariants_do_not_change_along_the_ideal() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 6))
    found = invariant_polynomials(x, so(3).basis, degree=2)
    features = Features.of(x, degree=2)
    step = 1e-5
    for generator in so(3).basis:
        ahead, behind = (np.kron(np.eye(2), np.eye(3) + s * step * generator) for s in (1, -1))
        moved = [evaluate(x @ matrix.T / features.scale, features.powers) for matrix in (ahead, behind)]
        assert np.abs((moved[0] - moved[1]) @ found).max() / (2 * step) < 1e-6


def test_a_broken_ideal_has_other_invariants() -> None:
    """The checker itself: x₁² + 2 y₁² is no invariant of the rotations."""
    x = np.random.default_rng(0).normal(size=(300, 2))
    found = invariant_polynomials(x, so(2).basis, degree=2)
    features = Features.of(x, degree=2)
    wrong = features.psi @ np.array([0, 0, 1, 0, 2.0])
    residual = wrong - features.psi @ found @ np.linalg.lstsq(features.psi @ found, wrong, rcond=None)[0]
    assert found.shape[1] == 1
    assert residual.std() > 0.1


def labels(x: np.ndarray, slope: float, rng: np.random.Generator) -> np.ndarray:
    return (rng.uniform(size=len(x)) < 1 / (1 + np.exp(-slope * ((x**2).sum(1) - 3)))).astype(float)


def p_values(slope: float, runs: int) -> np.ndarray:
    found = []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(400, 3))
        beyond = beyond_ideal(x, labels(x, slope, rng), np.arange(400) % 64, ROUND.basis, degree=2, logit=True)
        assert beyond is not None
        found.append(beyond[1].p_value)
    return np.array(found)


def test_the_null_rate_when_labels_carry_nothing() -> None:
    found = p_values(0.0, 200)
    for alpha in (0.01, 0.05, 0.1):
        assert (found < alpha).mean() < alpha + 3 * np.sqrt(alpha * (1 - alpha) / 200)


def test_a_weak_dependence_is_seen() -> None:
    assert (p_values(0.3, 40) < 0.01).mean() > 0.9


@pytest.mark.parametrize("algebra", [so(3), dilation(3)])
def test_no_second_test_without_a_proper_ideal(algebra: LieAlgebra) -> None:
    x = np.random.default_rng(0).normal(size=(200, 3))
    assert beyond_ideal(x, x[:, 0], np.arange(200) % 64, algebra.basis, degree=2, logit=False) is None


def test_no_second_test_without_invariants() -> None:
    """One massless vector has no Lorentz invariant but zero."""
    vectors = momenta(300, seed=0, copies=1).reshape(300, 4)
    assert beyond_ideal(vectors, vectors[:, 0], np.arange(300) % 64, WEYL.basis, degree=2, logit=False) is None
