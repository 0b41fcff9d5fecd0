"""Vanishing polynomials and the support equation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.algebra.monomials import evaluate
from physym.discovery.spectral.equations.support import support_equation, vanishing_polynomials
from physym.discovery.spectral.statistics.gram import GramStatistics, gram_statistics
from physym.errors import DiscoveryFailed
from tests.discovery.jets import momenta

GL4 = np.eye(16).reshape(16, 4, 4)


def statistics(vectors: np.ndarray) -> GramStatistics:
    return gram_statistics(vectors, scale=64.0)


def smeared(vectors: np.ndarray, noise: float, seed: int) -> np.ndarray:
    return vectors * (1 + noise * np.random.default_rng(seed).normal(size=vectors.shape))


@pytest.mark.parametrize("noise", [0.005, 0.02, 0.08])
def test_the_noise_level_is_measured(noise: float) -> None:
    found = vanishing_polynomials(statistics(smeared(momenta(4000, seed=0), noise, 1)))
    assert found.count == 1
    assert found.level == pytest.approx(noise, rel=0.05)


def test_isotropic_noise_is_measured_in_units_of_scale() -> None:
    vectors = momenta(4000, seed=0)
    vectors = vectors + 0.64 * np.random.default_rng(1).normal(size=vectors.shape)
    found = vanishing_polynomials(statistics(vectors), model="isotropic")
    assert found.level == pytest.approx(0.01, rel=0.1)


def test_the_polynomial_vanishes_on_the_data() -> None:
    vectors = momenta(50, seed=3, mass=5.0)
    s = statistics(vectors)
    found = vanishing_polynomials(s)
    flat = vectors.reshape(-1, 4)
    homogeneous = np.concatenate([flat, np.full((len(flat), 1), s.scale)], axis=1) / np.linalg.norm(flat, axis=1)[:, None]
    assert found.count == 1
    assert np.abs(evaluate(homogeneous, s.powers) @ found.coefficients).max() < 1e-12


@pytest.mark.parametrize("draw", ["normal", "uniform", "laplace"])
def test_nothing_vanishes_on_a_cloud(draw: str) -> None:
    cloud = getattr(np.random.default_rng(5), draw)(size=(2000, 1, 4)) - (0.5 if draw == "uniform" else 0.0)
    assert vanishing_polynomials(gram_statistics(cloud, scale=1.0)).count == 0


def test_a_stated_noise_decides_instead_of_the_gap() -> None:
    s = statistics(smeared(momenta(2000, seed=0), 0.05, 1))
    assert vanishing_polynomials(s, noise=0.05).count == 1
    assert vanishing_polynomials(s, noise=0.001).count == 0


def test_vectors_in_a_subspace_are_refused() -> None:
    flat = momenta(100, seed=0)
    flat[..., 3] = 0.0
    with pytest.raises(DiscoveryFailed, match="span only 3 of 4"):
        vanishing_polynomials(statistics(flat))
    with pytest.raises(DiscoveryFailed, match="span only 1 of 4"):
        vanishing_polynomials(statistics(np.ones((100, 1, 4)) * np.array([5.0, 3.0, 4.0, 1.0])))


@given(st.integers(0, 10_000))
def test_the_equation_is_the_defect_of_the_moved_polynomial(seed: int) -> None:
    """H a against its definition, with the derivative along Ax taken numerically at every vector."""
    rng = np.random.default_rng(seed)
    vectors = momenta(60, seed=seed, copies=1)
    s = statistics(vectors)
    found = vanishing_polynomials(s)
    equation = support_equation(s, found, GL4)
    a = rng.normal(size=16)
    matrix = a.reshape(4, 4)
    flat = vectors.reshape(-1, 4)

    def polynomial(points: np.ndarray) -> np.ndarray:
        homogeneous = np.concatenate([points, np.full((len(points), 1), s.scale)], axis=1) / np.linalg.norm(flat, axis=1)[:, None]
        return np.asarray(evaluate(homogeneous, s.powers) @ found.coefficients[:, 0])

    step = 1e-4
    moved = (polynomial(flat + step * flat @ matrix.T) - polynomial(flat - step * flat @ matrix.T)) / (2 * step)
    assert np.linalg.norm(equation.matrix @ a) == pytest.approx(np.sqrt((moved**2).mean()), rel=1e-6)


def test_the_influences_predict_the_spread_between_samples() -> None:
    """The claimed error of a vanishing polynomial against its spread over independent samples."""
    fits = [vanishing_polynomials(statistics(smeared(momenta(800, seed=i), 0.05, 100 + i))) for i in range(40)]
    columns = np.array([fit.coefficients[:, 0] * np.sign(fit.coefficients[0, 0]) for fit in fits])
    claimed = np.mean([(fit.influence[..., 0] ** 2).sum(0) for fit in fits], axis=0)
    big = claimed > 0.1 * claimed.max()
    ratio = np.sqrt(columns.var(0, ddof=1)[big] / claimed[big])
    assert ratio.min() > 0.7
    assert ratio.max() < 1.3
