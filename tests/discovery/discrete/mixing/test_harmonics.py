"""Harmonics by their zonal functions: reproducing kernel, orthonormality, and the action of O(n)."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.discovery.discrete.mixing.harmonics import harmonics, planes, zonal
from tests.discovery.discrete.mixing.clouds import random_orthogonal

CASES = [(2, 1), (2, 7), (3, 2), (3, 5), (4, 3), (5, 4)]


def values(n: int, degree: int, x: np.ndarray) -> np.ndarray:
    """The basis at unit vectors."""
    basis = harmonics(n, degree)
    return np.asarray(zonal(n, degree, x @ basis.points.T)[0] @ basis.root)


def directions(n: int, seed: int, count: int) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=(count, n))
    return np.asarray(x / np.linalg.norm(x, axis=1)[:, None])


@pytest.mark.parametrize(("n", "degree"), CASES)
def test_the_number_of_harmonics(n: int, degree: int) -> None:
    size = comb(degree + n - 1, n - 1) - (comb(degree + n - 3, n - 1) if degree > 1 else 0)
    assert harmonics(n, degree).size == size
    assert zonal(n, degree, np.array([1.0]))[0] == pytest.approx(size)  # Z_l(1) = d_l


@pytest.mark.parametrize(("n", "degree"), CASES)
def test_addition_theorem(n: int, degree: int) -> None:
    a, b = directions(n, 1, 6), directions(n, 2, 5)
    kernel = zonal(n, degree, a @ b.T)[0]
    assert np.allclose(values(n, degree, a) @ values(n, degree, b).T, kernel, atol=1e-8 * harmonics(n, degree).size)


@pytest.mark.parametrize("degree", [1, 2, 3, 6])
def test_in_space_the_kernel_is_legendre(degree: int) -> None:
    from scipy.special import eval_legendre

    t = np.linspace(-1, 1, 21)
    assert np.allclose(zonal(3, degree, t)[0], (2 * degree + 1) * eval_legendre(degree, t))


@pytest.mark.parametrize("degree", [1, 4, 14])
def test_in_the_plane_the_kernel_is_a_cosine(degree: int) -> None:
    angle = np.linspace(0, np.pi, 17)
    assert np.allclose(zonal(2, degree, np.cos(angle))[0], 2 * np.cos(degree * angle))


@pytest.mark.parametrize(("n", "degree"), CASES)
def test_derivative_of_the_kernel(n: int, degree: int) -> None:
    t, step = np.linspace(-0.9, 0.9, 11), 1e-6
    numeric = (zonal(n, degree, t + step)[0] - zonal(n, degree, t - step)[0]) / (2 * step)
    assert np.allclose(zonal(n, degree, t)[1], numeric, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("n", "degree"), [(2, 3), (3, 2), (5, 2)])
def test_orthonormal_on_the_sphere(n: int, degree: int) -> None:
    y = values(n, degree, directions(n, 3, 200_000))
    assert np.allclose(y.T @ y / len(y), np.eye(y.shape[1]), atol=0.03)


@given(st.sampled_from(CASES), st.integers(0, 10**6))
def test_matrices_move_the_harmonics(case: tuple[int, int], seed: int) -> None:
    n, degree = case
    g, x = random_orthogonal(n, seed)[0], directions(n, seed + 1, 4)
    moved = values(n, degree, x) @ harmonics(n, degree).matrices(g[None])[0].T
    assert np.allclose(values(n, degree, x @ g.T), moved, atol=1e-7)


@given(st.sampled_from(CASES), st.integers(0, 10**6))
def test_a_representation_of_o_n(case: tuple[int, int], seed: int) -> None:
    n, degree = case
    basis, (g, h) = harmonics(n, degree), random_orthogonal(n, seed, 2)
    of_g, of_h, of_gh = basis.matrices(np.array([g, h, g @ h]))
    assert np.allclose(of_g @ of_h, of_gh, atol=1e-7)
    assert np.allclose(of_g @ of_g.T, np.eye(basis.size), atol=1e-7)


@pytest.mark.parametrize(("n", "degree"), CASES)
def test_generators_are_the_derivative(n: int, degree: int) -> None:
    basis, step = harmonics(n, degree), 1e-5
    for plane, generator in zip(planes(n), basis.generators, strict=True):
        forward, back = (np.linalg.solve(np.eye(n) - s * plane / 2, np.eye(n) + s * plane / 2) for s in (step, -step))
        ahead, behind = basis.matrices(np.array([forward, back]))
        assert np.allclose((ahead - behind) / (2 * step), generator, atol=1e-5 * degree**2)


def test_planes_span_the_antisymmetric_matrices() -> None:
    basis = planes(4)
    assert basis.shape == (6, 4, 4)
    assert np.allclose(basis, -basis.transpose(0, 2, 1))
    assert np.linalg.matrix_rank(basis.reshape(6, -1)) == 6


def test_a_wrong_degree_is_seen() -> None:
    """The law of the action is broken by the matrices of another degree."""
    x, g = directions(2, 0, 5), random_orthogonal(2, 1)
    assert not np.allclose(values(2, 3, x @ g[0].T), values(2, 3, x) @ harmonics(2, 4).matrices(g)[0].T, atol=1e-2)
