"""Drifts of test functions, shapes and whitening beside finite differences and their definitions."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.linalg import expm

from physym.discovery.equation import SymmetryEquation
from physym.discovery.spectral.equations.drift import Cloud, band_root, drift_equation
from physym.discovery.spectral.equations.families import Polynomials
from physym.discovery.spectral.equations.fourier import Fourier
from physym.discovery.spectral.equations.harmonics import Harmonics
from physym.discovery.spectral.equations.moment_sums import frame_moves, second_moments
from physym.discovery.spectral.equations.weighting import in_units_of_noise
from physym.discovery.spectral.statistics.rows import row_statistics
from physym.discovery.spectral.statistics.scatter import shape_root

FAMILIES = {"polynomials": Polynomials(degree=3), "harmonics": Harmonics(), "Fourier": Fourier(count=4)}


@pytest.mark.parametrize("blocks", [2, 5])
def test_second_moments_and_frame_moves_block_by_block(blocks: int) -> None:
    rng = np.random.default_rng(blocks)
    x, frame = rng.normal(size=(60, 4)), np.array([[2.0, 0.3], [0.0, 1.0]])
    statistics = row_statistics(x, scale=np.array([1.0, 2.0, 4.0, 0.5]), blocks=blocks)
    inverse = np.linalg.inv(frame)
    moves = frame_moves(statistics, frame, np.ones((2, 2), dtype=bool))
    for b, (found, moved) in enumerate(zip(second_moments(statistics, 2), moves, strict=True)):
        mine = x[b::blocks].reshape(-1, 2)
        np.testing.assert_allclose(found, mine.T @ mine / 2, atol=1e-10)
        np.testing.assert_allclose(moved, (inverse @ found @ inverse.T - len(x[b::blocks]) * np.eye(2)) / 60, atol=1e-10)


def along(family: str, x: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The oracle: means of the test functions at both ends of a short flow, divided by its length."""
    functions = FAMILIES[family].on(x)
    ends = [functions.evaluated(x @ expm(t * matrix).T)[0].mean(0) for t in (1e-5, -1e-5)]
    return np.asarray((ends[0] - ends[1]) / 2e-5 / functions.evaluated(x)[0].std(0))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("d", [2, 3])
def test_gradients_of_test_functions_are_their_finite_differences(family: str, d: int) -> None:
    x = np.random.default_rng(d).normal(size=(40, d)) * np.arange(1, d + 1)
    functions = FAMILIES[family].on(x)
    values, slopes = functions.evaluated(x)
    assert values.shape == (40, len(functions.bands))
    assert FAMILIES[family].size(d) == len(functions.bands)
    assert len(functions.band_names) == functions.bands.max() + 1
    for i, unit in enumerate(1e-6 * np.eye(d)):
        difference = (functions.evaluated(x + unit)[0] - functions.evaluated(x - unit)[0]) / 2e-6
        np.testing.assert_allclose(slopes[:, :, i], difference, atol=1e-6 * max(1.0, np.abs(slopes).max()))


@pytest.mark.parametrize("family", FAMILIES)
def test_drifts_of_each_class_are_the_motion_of_its_means(family: str) -> None:
    x = np.random.default_rng(8).normal(size=(90, 2)) + np.array([0.5, 0.0])
    units = np.eye(4).reshape(4, 2, 2)
    equation = drift_equation(Cloud(x, np.zeros(90, dtype=int), np.arange(90) % 9), units, [FAMILIES[family].on(x)])[0]
    np.testing.assert_allclose(equation.matrix, np.stack([along(family, x, unit) for unit in units], axis=1), atol=1e-6)
    np.testing.assert_allclose(equation.influence.sum(0), 0, atol=1e-10)


@pytest.mark.parametrize("family", ["harmonics", "Fourier"])
def test_functions_of_the_shape_follow_linear_maps(family: str) -> None:
    # the shape root is symmetric, so a diagonal cloud that is stretched along its axes keeps its functions
    x = np.array(list(product([-1.0, 0.4, 1.0], repeat=2)))
    x = np.concatenate([x, x * [1, -1], x * [-1, 1], -x])
    stretch = np.array([3.0, 0.2])
    before, after = (FAMILIES[family].on(rows).evaluated(rows)[0] for rows in (x, x * stretch))
    np.testing.assert_allclose(after, before, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_the_shape_is_its_own_fixed_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_t(2, size=(400, 3)) @ rng.normal(size=(3, 3))
    root = shape_root(x)
    z = x @ np.linalg.inv(root).T
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    np.testing.assert_allclose(unit.T @ unit / 400, np.eye(3) / 3, atol=1e-5)
    np.testing.assert_allclose(root, root.T, atol=1e-12)
    assert np.median((z**2).sum(1)) == pytest.approx(3, rel=1e-5)
    np.testing.assert_allclose(shape_root(np.concatenate([x, np.zeros((50, 3))])), root, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_band_roots_whiten_and_never_look_upwards(seed: int) -> None:
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(6, 9))
    covariance, bands = factor @ factor.T, np.array([0, 0, 1, 1, 2, 2])
    root = band_root(covariance, bands)
    np.testing.assert_allclose(root @ covariance @ root.T, np.eye(6), atol=1e-8)
    assert not root[bands[:, None] < bands].any()
    order = np.array([4, 0, 2, 1, 5, 3])
    shuffled = band_root(covariance[np.ix_(order, order)], bands[order])
    np.testing.assert_allclose(shuffled.T @ shuffled, (root.T @ root)[np.ix_(order, order)], atol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_units_of_noise_do_not_depend_on_the_basis_of_the_search(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix, influence = rng.normal(size=(6, 4)), 0.1 * rng.normal(size=(20, 6, 4))
    basis, turn = np.eye(4).reshape(4, 2, 2), np.linalg.qr(rng.normal(size=(4, 4)))[0]
    first = in_units_of_noise(SymmetryEquation(matrix, influence, basis))
    second = in_units_of_noise(SymmetryEquation(matrix @ turn.T, influence @ turn.T, np.tensordot(turn, basis, 1)))
    np.testing.assert_allclose(np.linalg.svd(second.matrix)[1], np.linalg.svd(first.matrix)[1], rtol=1e-9)
    noise = np.einsum("bms,bmt->st", first.influence, first.influence)
    np.testing.assert_allclose(noise, np.eye(4), atol=1e-6)
