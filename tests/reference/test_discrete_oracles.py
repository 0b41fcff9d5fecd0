"""Slow readable oracles of the discrete search: loops over rows, finite differences, scipy and a bootstrap beside the fast kernels."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from physym.algebra import exponents
from physym.discovery.discrete.comparing import Rows, compare, element_order
from physym.discovery.discrete.cyclic.cylinder import cylinder, rotation_in_plane, tilted
from physym.discovery.discrete.evidence import Evidence, gather, halves
from physym.discovery.discrete.functions import fitted, odds, origin_probability, row_functions
from physym.discovery.discrete.mixing.harmonics import harmonics, planes, zonal
from physym.discovery.discrete.mixing.radial import RadialBasis
from physym.discovery.discrete.mixing.whitening import Whitening
from physym.discovery.discrete.transformations import Transformation
from tests.discovery.discrete.mixing.clouds import moments_of, random_orthogonal
from tests.discovery.discrete.samples import blobs


def test_row_functions_are_what_their_description_says() -> None:
    """Each value by hand: whiten, bend, multiply powers, take cosines, subtract the mean, divide by the spread."""
    rows = np.random.default_rng(0).normal(size=(40, 2)) * [1.0, 5.0]
    functions = row_functions(rows, degree=2, waves=2, seed=3)
    raw = np.empty((40, len(functions.bands)))
    for i, row in enumerate(rows):
        white = [sum(row[a] * functions.root[a, b] for a in range(2)) for b in range(2)]
        bent = [w / np.sqrt(1 + w * w / 9) for w in white]
        monomials = [bent[0] ** p[0] * bent[1] ** p[1] for p in functions.powers]
        phases = [bent[0] * w[0] + bent[1] * w[1] for w in functions.waves]
        raw[i] = [*monomials, *np.cos(phases), *np.sin(phases)]
    assert np.allclose(functions(rows), (raw - raw.mean(0)) / raw.std(0))
    assert np.allclose(functions.root.T @ (rows.T @ rows / 40) @ functions.root, np.eye(2))


@pytest.mark.parametrize("clustered", [False, True])
def test_gathered_means_and_covariances_are_those_of_loops(clustered: bool) -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(9000, 3)) + np.array([1e3, 0.0, -5.0])  # more than one chunk
    cluster = rng.integers(50, size=9000) if clustered else np.arange(9000)
    found = gather(lambda part: rows[part], 9000, cluster if clustered else None)
    mean = sum(rows) / 9000
    total = np.zeros((3, 3))
    for c in np.unique(cluster):
        away = (rows[cluster == c] - mean).sum(0)
        total += np.outer(away, away)
    count = len(np.unique(cluster))
    assert np.allclose(found.mean, mean)
    assert np.allclose(found.covariance, total / 9000**2 * count / (count - 1), rtol=1e-8)
    assert found.clusters == count


def test_the_covariance_of_clusters_is_that_of_a_bootstrap_of_clusters() -> None:
    rng = np.random.default_rng(2)
    common = rng.normal(size=(60, 2)).repeat(5, axis=0)
    rows, cluster = common + 0.3 * rng.normal(size=(300, 2)), np.arange(300) // 5
    found = gather(lambda part: rows[part], 300, cluster)
    means = []
    for _ in range(2000):
        chosen = rng.integers(60, size=60)
        means.append(rows.reshape(60, 5, 2)[chosen].reshape(-1, 2).mean(0))
    assert np.allclose(found.covariance, np.cov(np.array(means).T), atol=0.12 * np.trace(found.covariance))
    blind = gather(lambda part: rows[part], 300, None)
    assert np.trace(found.covariance) > 3 * np.trace(blind.covariance)  # rows of one cluster taken as independent are too sure


def test_p_values_are_uniform_for_noise_and_small_for_a_shift() -> None:
    rng = np.random.default_rng(3)
    root = np.diag([1.0, 0.5, 0.2, 0.1])
    values = []
    for _ in range(400):
        rows = rng.normal(size=(200, 4)) @ root
        values.append(gather(lambda part, rows=rows: rows[part], 200, None).p_value)  # type: ignore[misc]
    assert abs(np.mean(np.array(values) < 0.1) - 0.1) < 0.05
    assert abs(np.mean(values) - 0.5) < 0.06
    shifted = Evidence(np.array([0.5, 0, 0, 0]), root @ root / 200, 200)
    assert shifted.p_value < 1e-6


def test_one_dimensional_p_value_is_the_t_test_of_scipy() -> None:
    from scipy.stats import ttest_1samp

    for seed in range(5):
        rows = np.random.default_rng(seed).normal(size=(60, 1)) + 0.2
        assert gather(lambda part, rows=rows: rows[part], 60, None).p_value == pytest.approx(ttest_1samp(rows[:, 0], 0).pvalue, rel=1e-9)  # type: ignore[misc]


def test_upper_bounds_cover_the_truth() -> None:
    rng = np.random.default_rng(5)
    for size, count in product((0.0, 0.3, 2.0), (1, 3, 30)):
        truth = np.full(count, size / np.sqrt(count))
        covered = [Evidence(truth + 0.2 * rng.normal(size=count), 0.04 * np.eye(count), 10_000).upper(0.05) >= size for _ in range(300)]
        assert np.mean(covered) > 0.92, (size, count)


def test_shortened_and_banded_p_values_by_hand() -> None:
    evidence = Evidence(np.array([0.3, 0.0, 0.4]), 0.01 * np.eye(3), 500)
    assert np.allclose(evidence.shortened(0.25).mean, [0.15, 0, 0.2])
    assert not evidence.shortened(0.6).mean.any()
    assert evidence.shortened(0.6).p_value > 0.99
    bands = np.array([1, 1, 2])
    parts = [Evidence(evidence.mean[bands == b], 0.01 * np.eye(int((bands == b).sum())), 500).p_value for b in (1, 2)]
    assert evidence.banded_p_value(bands) == pytest.approx(min(1.0, 3 * min(*parts, evidence.p_value)))
    assert Evidence(np.zeros(0), np.zeros((0, 0)), 9).p_value == 1.0
    assert Evidence(np.zeros(0), np.zeros((0, 0)), 9).upper(0.05) == 0.0


def test_the_evidence_of_a_transformation_is_a_mean_over_rows() -> None:
    samples = blobs(4, rows=300)
    rows = Rows(samples.x, np.zeros((300, 0)), None)
    comparison = compare(rows, conditional=False, degree=2, waves=3, seed=0)
    turn = Transformation("turn", random_orthogonal(2, 7)[0])
    found, overlap = comparison.evidence(turn, rows)
    by_hand = [comparison.functions(x[None])[0] - comparison.functions((turn.matrix @ x)[None])[0] for x in rows.x]
    assert overlap == 1.0
    assert np.allclose(found.mean, np.mean(by_hand, axis=0))
    assert np.allclose(found.covariance, np.cov(np.array(by_hand).T) / 300)
    assert np.array_equal(comparison.evidence(turn, rows)[0].mean, found.mean)


def test_the_identity_leaves_no_evidence_at_either_level() -> None:
    samples = blobs(4, rows=300)
    for goal, conditional in ((np.zeros((300, 0)), False), (samples.x[:, :1] ** 2, True)):
        rows = Rows(samples.x, goal, None)
        comparison = compare(rows, conditional=conditional, degree=2, waves=3, seed=0)
        found, _ = comparison.evidence(Transformation("identity", np.eye(2)), rows)
        assert np.abs(found.mean).max() < 1e-12
        assert found.p_value > 0.5


@pytest.mark.parametrize("k", [1, 2, 3, 5, 12, 60])
def test_order_of_an_element_by_repeated_multiplication(k: int) -> None:
    angle = 2 * np.pi / k
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert element_order(Transformation("turn", turn)) == k
    assert np.allclose(np.linalg.matrix_power(turn, k), np.eye(2))
    assert element_order(Transformation("golden", rotation_in_plane(np.eye(2), 2.399963))) == 0
    odd = Transformation("odd", -np.eye(2), target=rotation_in_plane(np.eye(2), angle))
    assert element_order(odd) == (np.lcm(2, k) if np.lcm(2, k) <= 60 else 0)


def test_ridge_regression_against_the_normal_equations() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(400, 3))
    goal = x @ np.array([[1.0, 0.0], [2.0, -1.0], [0.0, 0.5]]) + [4.0, -2.0]
    assert np.allclose(fitted(x, goal), np.linalg.lstsq(np.c_[x, np.ones(400)], goal, rcond=None)[0], atol=1e-5)
    noise = fitted(x, rng.normal(size=(400, 2)))
    assert np.abs(noise[:-1]).max() < 0.15


def test_logistic_regression_against_scipy() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(7)
    here, there = rng.normal(size=(700, 2)) + np.array([0.6, 0.0]), rng.normal(size=(700, 2))
    found = origin_probability(here, there)
    design = np.c_[np.concatenate([here, there]), np.ones(1400)]
    sign = np.repeat([1.0, -1.0], 700)
    best = minimize(lambda w: np.logaddexp(0, -sign * (design @ w)).sum(), np.zeros(3)).x
    assert np.abs(found - best).max() < 0.1  # but for a penalty of a thousandth to a tenth
    assert found @ best / np.linalg.norm(found) / np.linalg.norm(best) > 0.99
    assert np.allclose(odds(design, found), 1 / (1 + np.exp(-(design @ found))))
    assert np.isfinite(odds(1e9 * design, found)).all()


@pytest.mark.parametrize("n", [2, 3, 4])
def test_rotations_in_a_plane_are_exponentials(n: int) -> None:
    from scipy.linalg import expm

    axes = random_orthogonal(n, n)[0]
    generator = np.outer(axes[1], axes[0]) - np.outer(axes[0], axes[1])
    for angle in (0.0, 0.3, np.pi, -2.0):
        assert np.allclose(rotation_in_plane(axes, angle), expm(angle * generator))


def test_tilting_is_a_rotation_whose_slope_is_that_of_the_exponential() -> None:
    from scipy.linalg import expm

    axes, tilt = random_orthogonal(4, 1)[0], 1e-4 * np.random.default_rng(0).normal(size=(2, 2))
    moved = tilted(axes, tilt)
    assert np.allclose(moved @ moved.T, np.eye(4))
    skew = np.zeros((4, 4))
    skew[:2, 2:], skew[2:, :2] = tilt, -tilt.T
    assert np.abs(moved - expm(skew) @ axes).max() < 1e-10  # equal to second order


@pytest.mark.parametrize("n", [2, 3])
def test_cylinder_coordinates_move_by_the_angle_alone(n: int) -> None:
    rng = np.random.default_rng(8)
    x, targets, axes = rng.normal(size=(50, 3, n)), rng.normal(size=(50, n)), random_orthogonal(n, 3)[0]
    turn = rotation_in_plane(axes, 0.7)
    one, other = cylinder(x, targets, axes, vectors=1), cylinder(x @ turn.T, targets @ turn.T, axes, vectors=1)
    assert np.allclose(np.exp(1j * (other.angle - one.angle)), np.exp(0.7j))
    for name in ("radius", "invariants", "targets"):
        assert np.allclose(getattr(one, name), getattr(other, name))
    still = cylinder(x @ turn.T, targets, axes, vectors=1)  # targets that do not turn along are seen
    assert not np.allclose(one.targets, still.targets)


@pytest.mark.parametrize(("n", "degree"), [(2, 1), (2, 9), (3, 2), (3, 6), (4, 3), (6, 4)])
def test_zonal_functions_against_scipy_and_finite_differences(n: int, degree: int) -> None:
    from scipy.special import eval_chebyt, eval_gegenbauer

    t = np.linspace(-0.95, 0.95, 41)
    value, slope = zonal(n, degree, t)
    order = (n - 2) / 2
    truth = 2 * eval_chebyt(degree, t) if n == 2 else (degree + order) / order * eval_gegenbauer(degree, order, t)
    assert np.allclose(value, truth)
    step = 1e-6
    assert np.allclose(slope, (zonal(n, degree, t + step)[0] - zonal(n, degree, t - step)[0]) / (2 * step), rtol=1e-6, atol=1e-5)
    assert zonal(n, degree, np.ones(1))[0][0] == pytest.approx(harmonics(n, degree).size)


@pytest.mark.parametrize(("n", "degree"), [(2, 5), (3, 4), (4, 2)])
def test_matrices_of_harmonics_by_least_squares_on_the_sphere(n: int, degree: int) -> None:
    """D(g) fitted to the values of the harmonics at many points and at their images."""
    basis = harmonics(n, degree)
    points = np.random.default_rng(9).normal(size=(4 * basis.size + 40, n))
    points /= np.linalg.norm(points, axis=1)[:, None]

    def values(at: np.ndarray) -> np.ndarray:
        return np.asarray(zonal(n, degree, at @ basis.points.T)[0] @ basis.root)

    one, other = random_orthogonal(n, 11, count=2)
    for g in (one, other):
        fit, residual, *_ = np.linalg.lstsq(values(points), values(points @ g.T), rcond=None)
        assert np.abs(residual).max(initial=0.0) < 1e-15
        assert np.allclose(fit.T, basis.matrices(g[None])[0], atol=1e-9)
    first, second, both = basis.matrices(np.stack([one, other, one @ other]))
    assert np.allclose(first @ second, both, atol=1e-10)  # a homomorphism
    assert np.allclose(first @ first.T, np.eye(basis.size), atol=1e-10)


@pytest.mark.parametrize(("n", "degree"), [(2, 3), (3, 3), (4, 2)])
def test_generators_of_harmonics_are_finite_differences(n: int, degree: int) -> None:
    from scipy.linalg import expm

    basis, step = harmonics(n, degree), 1e-5
    for plane, generator in zip(planes(n), basis.generators, strict=True):
        ahead, behind = basis.matrices(np.stack([expm(step * plane), expm(-step * plane)]))
        assert np.allclose(generator, (ahead - behind) / (2 * step), atol=1e-7)


def test_radial_slopes_are_finite_differences_and_finite_at_the_origin() -> None:
    radii = np.random.default_rng(0).gamma(3, size=500)
    basis, step = RadialBasis.of(radii, 4), 1e-6
    at = np.array([0.05, 0.5, 2.0, 40.0])
    assert np.allclose(basis(at)[1], (basis(at + step)[0] - basis(at - step)[0]) / (2 * step), rtol=1e-5, atol=1e-6)
    values, slopes = basis(np.zeros(1))
    assert np.abs(values).max() < 1e-100
    assert np.isfinite(slopes).all()


def test_whitening_is_the_symmetric_root_and_its_own_inverse() -> None:
    from scipy.linalg import sqrtm

    cloud = np.random.default_rng(1).gamma(2, size=(800, 3)) @ np.diag([1.0, 3.0, 0.2]) + 5
    frame = Whitening.of(cloud)
    assert np.allclose(frame.root, sqrtm(np.cov(cloud.T, bias=True)).real)
    assert np.allclose(frame.root @ frame.inverse, np.eye(3))
    assert np.allclose(frame(cloud) @ frame.root + frame.centre, cloud)
    again = Whitening.of(frame(cloud))
    assert np.allclose(again.root, np.eye(3))
    assert np.allclose(again.centre, 0.0, atol=1e-12)


def test_moments_of_a_turned_cloud_are_the_turned_moments() -> None:
    z = np.random.default_rng(2).gamma(2, size=(600, 3))
    g = random_orthogonal(3, 5)[0]
    one, other = moments_of(z, degree=4), moments_of(z @ g.T, degree=4)
    assert np.allclose(one.moved(g[None], one.mean[None])[0, 0], other.mean, atol=1e-9)
    assert np.allclose(np.linalg.norm(one.mean), np.linalg.norm(other.mean))
    assert np.allclose(np.trace(one.covariance), np.trace(other.covariance), rtol=1e-8)
    assert not np.allclose(one.moved(random_orthogonal(3, 6), one.mean[None])[0, 0], other.mean, atol=1e-3)


def test_halves_are_halves_of_the_clusters_and_never_split_one() -> None:
    rows = blobs(0, rows=400)
    clustered = replace(rows, cluster=np.random.default_rng(0).integers(80, size=400))
    mask, clusters = halves(clustered, 3)
    assert clusters == len(np.unique(clustered.cluster))  # type: ignore[arg-type]
    for c in np.unique(clustered.cluster):  # type: ignore[arg-type]
        assert len(set(mask[clustered.cluster == c])) == 1
    assert len(np.unique(clustered.cluster[mask])) == clusters // 2  # type: ignore[index]
    assert np.array_equal(mask, halves(clustered, 3)[0])
    assert not np.array_equal(mask, halves(clustered, 4)[0])


def test_degrees_fall_until_the_functions_fit() -> None:
    rows = np.random.default_rng(0).normal(size=(200, 4))
    for most in (10, 20, 40, 80):
        functions = row_functions(rows, degree=5, waves=2, seed=0, most=most)
        top = int(functions.powers.sum(1).max())
        assert len(functions.bands) <= max(most, 8)
        assert top == 5 or len(exponents(4, range(1, top + 2))) > most - 4
