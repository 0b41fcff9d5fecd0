"""The canonical basis: sparse, ordered, deterministic, the same span."""

import numpy as np
import pytest

from physym.algebra import LieAlgebra, canonical_basis, change_of_basis, dilation, extend, heisenberg, iso, se, so, span_distance, su
from physym.algebra.canonical import arrange, mix

LORENTZ = extend(so(1, 3), dilation(4))


@pytest.mark.parametrize("seed", range(10))
def test_textbook_generators_from_a_random_mixture(seed: int) -> None:
    found = canonical_basis(change_of_basis(LORENTZ, seed=seed))
    textbook = LORENTZ.basis.reshape(7, -1) / np.linalg.norm(LORENTZ.basis, axis=(1, 2))[:, None]
    cosines = np.abs(found.basis.reshape(7, -1) @ textbook.T)
    assert np.allclose(np.sort(cosines.max(axis=1)), 1, atol=1e-6)
    assert sorted(cosines.argmax(axis=1).tolist()) == list(range(7))


@pytest.mark.parametrize("algebra", [so(3), so(1, 3), LORENTZ, su(2), se(3), iso(1, 3), heisenberg(5)], ids=lambda a: a.source)
def test_same_answer_from_every_mixture(algebra: LieAlgebra) -> None:
    first, second = (canonical_basis(change_of_basis(algebra, seed=s)) for s in (1, 2))
    assert np.allclose(first.basis, second.basis, atol=1e-6)
    assert span_distance(first, algebra) < 1e-7
    flat = first.basis.reshape(first.dimension, -1)
    assert np.allclose(flat @ flat.T, np.eye(first.dimension), atol=1e-9)


def test_order_and_signs_of_lorentz() -> None:
    j_x, j_y, j_z, k_x, k_y, k_z, d = canonical_basis(change_of_basis(LORENTZ, seed=5)).basis * 2**0.5
    assert np.allclose([j_x[3, 2], j_y[1, 3], j_z[2, 1]], 1, atol=1e-6)
    assert np.allclose([k_x[0, 1], k_y[0, 2], k_z[0, 3], k_x[1, 0]], 1, atol=1e-6)
    assert np.allclose(d, np.eye(4) / 2**0.5, atol=1e-6)


def test_order_does_not_depend_on_the_given_order() -> None:
    rng = np.random.default_rng(0)
    order, signs = arrange(LORENTZ.basis)
    shuffled = LORENTZ.basis[rng.permutation(7)] * rng.choice([-1.0, 1.0], size=7)[:, None, None]
    other, flips = arrange(shuffled)
    assert np.allclose(signs[:, None, None] * LORENTZ.basis[order], flips[:, None, None] * shuffled[other])


def test_covariance_is_carried() -> None:
    """Against sampling: the covariance after mixing is that of mixed draws."""
    measured = change_of_basis(so(3), seed=0, error=0.02)
    mixing = np.random.default_rng(1).normal(size=(3, 3))
    draws = np.random.default_rng(2).multivariate_normal(measured.basis.ravel(), measured.covariance, size=20000)
    sampled = np.cov(np.einsum("ab,sbi->sai", mixing, draws.reshape(-1, 3, 9)).reshape(-1, 27).T)
    carried = mix(measured, mixing).covariance
    assert np.abs(sampled - carried).max() < 0.05 * np.abs(carried).max()


def test_trivial_algebra() -> None:
    assert canonical_basis(LieAlgebra(np.zeros((0, 3, 3)))).dimension == 0
