"""Test functions of the measure level: derivatives, laws of the equation, and the rate of false rejections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym.algebra import so
from physym.discovery.equation import SymmetryEquation
from physym.discovery.significance import dimension_tests
from physym.discovery.spectral.equations.drift import Cloud, band_root, drift_equation
from physym.discovery.spectral.equations.families import Family, Polynomials
from physym.discovery.spectral.equations.fourier import Fourier
from physym.discovery.spectral.equations.harmonics import Harmonics
from physym.discovery.spectral.equations.moments import moment_equation
from physym.discovery.spectral.statistics.scatter import shape_root

FAMILIES = [Polynomials(3), Harmonics(), Fourier(count=4)]
GL3 = np.eye(9).reshape(9, 3, 3)


def cloud(x: np.ndarray, **how: object) -> Cloud:
    return Cloud(x, np.zeros(len(x), dtype=np.int64), np.arange(len(x)) % 64, **how)  # type: ignore[arg-type]


def solved(x: np.ndarray, *families: Family, searched: np.ndarray = GL3) -> SymmetryEquation:
    return drift_equation(cloud(x), searched, [family.on(x) for family in families])[1]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: type(family).__name__)
@pytest.mark.parametrize("copies", [1, 2])
def test_the_equation_is_the_motion_of_the_means_along_the_flow(family: Family, copies: int) -> None:
    rng = np.random.default_rng(copies)
    x, matrix = rng.normal(size=(200, 3 * copies)) + 0.3, rng.normal(size=(3, 3))
    functions = family.on(x)
    equation = drift_equation(cloud(x, copies=copies), matrix[None], [functions])[0]
    step = 1e-5
    moved = [functions.evaluated(x + sign * step * x @ np.kron(np.eye(copies), matrix).T)[0].mean(0) for sign in (1, -1)]
    slope = (moved[0] - moved[1]) / (2 * step) / functions.evaluated(x)[0].std(0)
    np.testing.assert_allclose(equation.matrix[:, 0], slope, atol=1e-7)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: type(family).__name__)
def test_translations_move_the_means_as_well(family: Family) -> None:
    x = np.random.default_rng(0).normal(size=(150, 2)) + 0.3
    shift = np.zeros((1, 3, 3))
    shift[0, :2, 2] = [0.6, -0.8]
    functions = family.on(x)
    equation = drift_equation(cloud(x), shift, [functions])[0]
    step = 1e-5
    moved = [functions.evaluated(x + sign * step * shift[0, :2, 2])[0].mean(0) for sign in (1, -1)]
    slope = (moved[0] - moved[1]) / (2 * step) / functions.evaluated(x)[0].std(0)
    np.testing.assert_allclose(equation.matrix[:, 0], slope, atol=1e-6)


def test_polynomials_give_the_equation_of_the_moments() -> None:
    """Two roads to one equation, but for the units of its rows: the closed action on moments, and the drift of every row."""
    x = np.random.default_rng(3).normal(size=(500, 3)) ** 3
    label = np.arange(500) % 2
    rows = Cloud(x, label, np.arange(500) % 16)
    mine = drift_equation(rows, GL3, [Polynomials(3).on(x)])
    theirs = moment_equation(x, label, np.arange(500) % 16, GL3, degree=3)
    unit = np.linalg.norm(mine[0].matrix, axis=1) / np.linalg.norm(theirs[0].matrix, axis=1)
    np.testing.assert_allclose(mine[0].matrix, unit[:, None] * theirs[0].matrix, atol=1e-9)
    tests = [dimension_tests(replace(equation, bands=None)) for equation in (mine[1], theirs[1])]
    np.testing.assert_allclose([t.p_value for t in tests[0]], [t.p_value for t in tests[1]], rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize("family", [Polynomials(4), Fourier(count=4)], ids=lambda family: type(family).__name__)
def test_the_error_of_whitening_is_the_one_seen_over_many_sets(family: Family) -> None:
    """Whitening with the same rows moves the drifts of degree 4; the spread over many clouds shows by how much."""
    turn, functions = so(2).basis / np.sqrt(2), family.on(np.random.default_rng(1).normal(size=(1000, 2)))
    found, told, untold = [], [], []
    for seed in range(200):
        x = np.random.default_rng([4, seed]).normal(size=(1000, 2))
        values, vectors = np.linalg.eigh(x.T @ x / len(x))
        z = x @ (vectors / np.sqrt(values)) @ vectors.T
        found.append(drift_equation(cloud(z), turn, [functions])[0].matrix[:, 0])
        if seed < 10:
            told.append((drift_equation(cloud(z, whitened=True), turn, [functions])[0].influence ** 2).sum(0)[:, 0])
            untold.append((drift_equation(cloud(z), turn, [functions])[0].influence ** 2).sum(0)[:, 0])
    seen = np.var(found, axis=0)
    told_right, untold_right = (np.abs(np.mean(v, 0) / np.maximum(seen, 1e-9) - 1)[seen > 1e-9].max() for v in (told, untold))
    assert told_right < 0.5  # variances over 200 sets carry an error of 10 % each
    assert untold_right > 0.5  # leaving the frame out would be noticed


def test_chunks_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(5).normal(size=(300, 3))
    whole = solved(x, Harmonics(), Fourier(count=2))
    monkeypatch.setattr("physym.discovery.spectral.equations.drift.ENTRIES", 10_000)
    parts = solved(x, Harmonics(), Fourier(count=2))
    np.testing.assert_allclose([t.p_value for t in dimension_tests(parts)], [t.p_value for t in dimension_tests(whole)], rtol=1e-6)


def test_whitening_in_bands_is_triangular_and_gives_unit_covariance() -> None:
    rng = np.random.default_rng(6)
    half = rng.normal(size=(7, 40))
    bands = np.array([0, 0, 1, 1, 1, 2, 2])
    root = band_root(half @ half.T, bands)
    np.testing.assert_allclose(root @ half @ half.T @ root.T, np.eye(7), atol=1e-9)
    assert not root[bands[:, None] < bands].any()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: type(family).__name__)
def test_rotations_of_a_round_cloud_are_rejected_at_most_at_the_nominal_rate(family: Family) -> None:
    p = np.array([dimension_tests(solved(np.random.default_rng([8, seed]).normal(size=(600, 3)), family))[2].p_value for seed in range(40)])
    assert (p < 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 40)


def test_heavy_tails_do_not_blind_functions_of_the_direction() -> None:
    """Cauchy radii have no moments at all; a cubic pattern of the directions is found nevertheless."""
    rng = np.random.default_rng(9)
    x = rng.normal(size=(12_000, 3))
    u = x / np.linalg.norm(x, axis=1, keepdims=True)
    u = u[rng.uniform(size=len(u)) * 1.5 < 1 + 0.5 * ((u**4).sum(1) - 0.6) / 0.4]
    x = u * np.abs(rng.standard_cauchy(size=(len(u), 1)))
    test = dimension_tests(solved(x, Harmonics(), searched=so(3).basis / np.sqrt(2)))[2]
    assert test.p_value < 1e-4
    assert int(np.argmin(test.bands)) == 2  # degree 4 is the one that tells


@pytest.mark.parametrize(("degree", "seen"), [(4, False), (5, True)])
def test_a_fivefold_cloud_is_a_circle_to_lower_degrees(degree: int, seen: bool) -> None:
    rng = np.random.default_rng(10)
    angle = 2 * np.pi * rng.integers(0, 5, 4000) / 5 + 0.2 * rng.normal(size=4000)
    x = (1 + 0.1 * rng.normal(size=(4000, 1))) * np.column_stack([np.cos(angle), np.sin(angle)])
    test = dimension_tests(solved(x, Polynomials(degree), searched=so(2).basis / np.sqrt(2)))[0]
    assert (test.p_value < 1e-6) is seen
    assert (test.p_value > 0.01) is not seen


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: type(family).__name__)
@pytest.mark.parametrize("turns", [2, 4, 360])
def test_round_off_of_a_symmetrised_cloud_rejects_nothing(family: Family, turns: int) -> None:
    """Every point with its images: means that vanish exactly leave round-off, which is no evidence."""
    x = np.random.default_rng(11).normal(size=(256, 2))
    angles = 2 * np.pi * np.arange(turns) / turns
    images = np.concatenate([x @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) for a in angles])
    rows = Cloud(images, np.zeros(len(images), dtype=np.int64), np.tile(np.arange(256) % 64, turns))
    test = dimension_tests(drift_equation(rows, so(2).basis / np.sqrt(2), [family.on(images)])[1])[0]
    assert test.p_value > 0.01 or turns < 5  # two- and fourfold images are not round to functions of higher degree


def test_the_shape_of_a_cloud_follows_linear_maps() -> None:
    rng = np.random.default_rng(12)
    x, mixing = rng.normal(size=(400, 3)), rng.normal(size=(3, 3))
    first, second = shape_root(x), shape_root(x @ mixing.T)
    np.testing.assert_allclose(second @ second.T, mixing @ first @ first.T @ mixing.T, rtol=1e-4)


def test_the_shape_of_a_cloud_ignores_lengths() -> None:
    rng = np.random.default_rng(13)
    x = rng.normal(size=(400, 3))
    far = x * np.exp(3 * rng.normal(size=(400, 1)))
    a, b = shape_root(x), shape_root(far)
    np.testing.assert_allclose(a / a[0, 0], b / b[0, 0], atol=1e-4)


def test_rows_of_zeros_have_no_direction() -> None:
    values, slopes = Harmonics().on(np.random.default_rng(14).normal(size=(50, 3))).evaluated(np.zeros((2, 3)))
    assert not values.any()
    assert not slopes.any()
    assert np.isfinite(shape_root(np.zeros((5, 3)))).all()
