"""The linearised closure condition against finite differences, and what the propagation of errors keeps."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import LieAlgebra, bracket, change_of_basis, se, so, su
from physym.algebra.grassmann import linearise, nearest_subalgebra, propagate, tangent_metric
from physym.errors import DiscoveryFailed


def defects(rows: np.ndarray, n: int) -> np.ndarray:
    """Every bracket's part outside the span, one row per pair i < j; written as in the definition."""
    span = np.linalg.qr(rows.T)[0]
    basis = rows.reshape(-1, n, n)
    brackets = np.array([bracket(basis[i], basis[j]).ravel() for i in range(len(basis)) for j in range(i + 1, len(basis))])
    return brackets - brackets @ span @ span.T


def differential(rows: np.ndarray, complement: np.ndarray, n: int) -> np.ndarray:
    """Derivative of the defects by central differences, one column per entry of X."""
    k, v, step = len(rows), complement.shape[1], 1e-6
    columns = []
    for index in range(k * v):
        x = np.zeros(k * v)
        x[index] = step
        shift = x.reshape(k, v) @ complement.T
        columns.append(((defects(rows + shift, n) - defects(rows - shift, n)) @ complement).ravel() / (2 * step))
    return np.array(columns).T


@pytest.mark.parametrize("algebra", [so(3), se(2), so(1, 3)], ids=lambda algebra: algebra.source)
@pytest.mark.parametrize("error", [0.0, 0.05])
def test_normal_equations_are_those_of_finite_differences(algebra: LieAlgebra, error: float) -> None:
    noisy = change_of_basis(algebra, seed=1, error=error)
    rows, n = noisy.basis.reshape(noisy.dimension, -1), noisy.n
    at = linearise(rows, n)
    d = differential(rows, at.complement, n)
    c = (defects(rows, n) @ at.complement).ravel()
    assert np.isclose(at.defect, np.linalg.norm(c))
    assert np.allclose(at.normal, d.T @ d, atol=1e-7)
    assert np.allclose(at.gradient, d.T @ c, atol=1e-7)


def test_the_kernel_at_a_semisimple_algebra_is_its_orbit_of_conjugates() -> None:
    """Whitehead: semisimple algebras are rigid, so only conjugation moves them: dim gl(n) − dim of the normaliser."""
    for algebra, orbit in ((so(3), 9 - 4), (so(1, 3), 16 - 7), (su(2), 16 - 7)):
        at = linearise(algebra.basis.reshape(algebra.dimension, -1), algebra.n)
        assert (np.linalg.eigvalsh(at.normal) < 1e-10).sum() == orbit


@pytest.mark.parametrize("algebra", [so(1, 3), se(3)], ids=lambda algebra: algebra.source)
def test_the_limit_is_the_nearest_subalgebra(algebra: LieAlgebra) -> None:
    """What is left of the displacement is orthogonal to every direction along the subalgebras."""
    rows = change_of_basis(algebra, seed=4, error=0.02).basis.reshape(algebra.dimension, -1)
    at = nearest_subalgebra(rows, algebra.n)
    values, vectors = np.linalg.eigh(at.normal)
    along = vectors[:, values < 1e-9 * values.max()]
    displacement = ((rows - at.rows) @ at.complement).ravel()
    assert np.linalg.norm(along.T @ displacement) < 1e-2 * np.linalg.norm(displacement)
    assert np.allclose((rows - at.rows) @ at.rows.T, 0)


def test_propagation_is_the_derivative_of_the_projection() -> None:
    rows, n = so(3).basis.reshape(3, 9), 3
    at = linearise(rows, n)
    tilt = np.random.default_rng(0).normal(size=rows.shape)
    step = 1e-5
    ends = [nearest_subalgebra(rows + sign * step * tilt, n).rows for sign in (1, -1)]
    moved = ((ends[0] - ends[1]) / (2 * step)).ravel()
    linear = propagate(at, np.outer(tilt, tilt) + 1e-14 * np.eye(27))
    isotropic_projector = propagate(at, np.eye(27))  # equal errors: the projector itself
    assert np.allclose(isotropic_projector @ isotropic_projector, isotropic_projector, atol=1e-6)
    assert np.allclose(isotropic_projector @ tilt.ravel(), moved, atol=1e-3)
    assert np.trace(linear) <= np.trace(np.outer(tilt, tilt)) * 1.001


def test_the_tangent_metric_is_the_inverse_covariance_there() -> None:
    rng = np.random.default_rng(0)
    factor = np.eye(18) + 0.1 * rng.normal(size=(18, 18))
    complement = np.linalg.qr(rng.normal(size=(9, 9)))[0][:, :6]
    lift = np.kron(np.eye(2), complement)
    expected = np.linalg.inv(lift.T @ factor @ factor.T @ lift)
    metric = tangent_metric(complement, 2, factor @ factor.T)
    assert np.allclose(metric, expected * len(expected) / np.trace(expected), atol=0.05)
    assert not np.allclose(metric, np.eye(12), atol=0.2)


def test_failure_is_an_error_with_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("physym.algebra.grassmann.ITERATIONS", 1)
    rows = change_of_basis(so(1, 3), seed=0, error=0.1).basis.reshape(6, 16)
    with pytest.raises(DiscoveryFailed, match="another number of generators"):
        nearest_subalgebra(rows, 4)
