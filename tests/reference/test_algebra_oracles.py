"""Slow, readable oracles beside the fast kernels of the algebra core."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm, null_space, subspace_angles
from scipy.optimize import least_squares

from physym.algebra import LieAlgebra, Rep, change_of_basis, dilation, extend, invariant_metric, principal_cosines, refine, sl, so, su
from physym.algebra import null_space as solver


def slow_structure_constants(algebra: LieAlgebra) -> np.ndarray:
    """One small least-squares problem per pair of generators."""
    k, flat = algebra.dimension, algebra.basis.reshape(algebra.dimension, -1)
    f = np.zeros((k, k, k))
    for i, a in enumerate(algebra.basis):
        for j, b in enumerate(algebra.basis):
            f[i, j] = np.linalg.lstsq(flat.T, (a @ b - b @ a).ravel(), rcond=None)[0]
    return f


def slow_forms(algebra: LieAlgebra) -> np.ndarray:
    """Null space of vec(J) ↦ vec(LᵀJ + JL) and vec(J − Jᵀ) by Kronecker products, columns of unit norm."""
    n = algebra.n
    swap = np.eye(n * n).reshape(n, n, n, n).swapaxes(0, 1).reshape(n * n, n * n)
    rows = [np.kron(g.T, np.eye(n)) + np.kron(np.eye(n), g.T) for g in algebra.basis]
    return null_space(np.vstack([*rows, np.eye(n * n) - swap]), rcond=1e-10)


def slow_nearest(noisy: LieAlgebra, truth: LieAlgebra) -> LieAlgebra:
    """The conjugate g·truth·g⁻¹ whose span is nearest to the noisy span, by a general optimiser over all of gl(n)."""
    n = truth.n
    target = np.linalg.qr(noisy.basis.reshape(noisy.dimension, -1).T)[0]

    def conjugate(x: np.ndarray) -> np.ndarray:
        g = expm(x.reshape(n, n))
        return np.linalg.qr((g @ truth.basis @ np.linalg.inv(g)).reshape(truth.dimension, -1).T)[0]

    def residual(x: np.ndarray) -> np.ndarray:
        span = conjugate(x)
        return (target - span @ (span.T @ target)).ravel()

    best = least_squares(residual, np.zeros(n * n), xtol=1e-12, ftol=1e-12, gtol=1e-12)
    return LieAlgebra(conjugate(best.x).T.reshape(truth.basis.shape))


@pytest.mark.parametrize("algebra", [so(1, 3), su(2), sl(3), extend(so(3), dilation(3))], ids=lambda algebra: algebra.source)
def test_structure_constants(algebra: LieAlgebra) -> None:
    mixed = change_of_basis(algebra, seed=0, conjugate=True)
    assert np.allclose(mixed.structure_constants, slow_structure_constants(mixed))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("algebra", [so(1, 3), so(4), su(2), su(3)], ids=lambda algebra: algebra.source)
def test_invariant_forms(algebra: LieAlgebra, seed: int) -> None:
    mixed = change_of_basis(algebra, seed=seed, conjugate=True)
    slow, fast = slow_forms(mixed), invariant_metric(mixed).forms
    assert slow.shape[1] == len(fast)
    assert subspace_angles(slow, fast.reshape(len(fast), -1).T).max() < 1e-9


@pytest.mark.parametrize(("algebra", "error"), [(so(3), 0.02), (so(1, 3), 0.02), (so(1, 3), 0.1), (su(2), 0.02)], ids=str)
def test_the_nearest_algebra(algebra: LieAlgebra, error: float) -> None:
    """Semisimple algebras are rigid, so the nearest subalgebra is the nearest conjugate."""
    basis = np.linalg.qr(algebra.basis.reshape(algebra.dimension, -1).T)[0].T.reshape(algebra.basis.shape)
    noisy = LieAlgebra(basis + error / algebra.n * np.random.default_rng(1).normal(size=basis.shape))
    found, oracle = refine(noisy, method="gauss-newton"), slow_nearest(noisy, algebra)
    distance = [float((1 - principal_cosines(noisy, other) ** 2).sum()) for other in (found, oracle)]
    assert distance[0] <= distance[1] * (1 + 1e-2)
    assert (1 - principal_cosines(found, oracle) ** 2).sum() < 1e-2 * distance[1]


@pytest.mark.parametrize("seed", range(5))
def test_null_space_is_that_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(20, 6)) @ rng.normal(size=(6, 9))
    assert subspace_angles(solver(matrix).basis, null_space(matrix)).max() < 1e-10


@pytest.mark.parametrize("text", ["2V + S", "V*", "V^2", "V V*", "V^2 V* + 2V"])
def test_drho_is_the_derivative_of_rho(text: str) -> None:
    rep, step = Rep(text, n=3), 1e-6
    generator = np.random.default_rng(0).normal(size=(3, 3))
    slow = (rep.rho(expm(step * generator)) - rep.rho(expm(-step * generator))) / (2 * step)
    assert np.allclose(rep.drho(generator), slow, atol=1e-8)


def test_rho_is_the_product_of_coordinates() -> None:
    """(V ⊗ V)(g) moves products x_i y_j as the products of the moved coordinates."""
    rng = np.random.default_rng(1)
    g, x, y = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=3)
    assert np.allclose(Rep("V^2", n=3).rho(g) @ np.outer(x, y).ravel(), np.outer(g @ x, g @ y).ravel())
