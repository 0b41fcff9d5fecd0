"""Harmonic moments: what they do under rotations, and whether their covariance is the true one, whitening included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.algebra import cyclic, octahedral
from physym.data.simulate.clouds import symmetric_cloud
from physym.discovery.discrete.mixing import moments as module
from physym.discovery.discrete.mixing.moments import harmonic_moments
from physym.discovery.discrete.mixing.radial import RadialBasis
from physym.discovery.discrete.mixing.weights import signal_weights
from physym.discovery.discrete.mixing.whitening import Whitening
from tests.discovery.discrete.mixing.clouds import cloud_and_truth, moments_of, random_orthogonal


def skewed(rows: int, n: int, seed: int) -> np.ndarray:
    """Rows without symmetry."""
    rng = np.random.default_rng(seed)
    return rng.gamma(2.0, size=(rows, n)) + 0.3 * rng.normal(size=(rows, n)) ** 2


@given(st.integers(2, 4), st.integers(0, 10**6))
def test_whitening_takes_any_linear_map_to_a_rotation(n: int, seed: int) -> None:
    x = skewed(300, n, seed)
    matrix = np.eye(n) + 0.3 * np.random.default_rng(seed + 1).normal(size=(n, n))
    one, other = Whitening.of(x), Whitening.of(x @ matrix.T)
    rotation = other.inverse @ matrix @ one.root
    assert np.allclose(rotation @ rotation.T, np.eye(n), atol=1e-6)
    assert np.allclose(other(x @ matrix.T), one(x) @ rotation.T, atol=1e-6)
    assert np.allclose(one.root @ one.inverse, np.eye(n))


def test_radial_functions_are_bounded_and_have_their_derivative() -> None:
    radii = np.abs(np.random.default_rng(0).standard_cauchy(size=2000))
    basis, step = RadialBasis.of(radii, 4), 1e-6
    assert np.abs(basis(np.array([1e12]))[0]).max() < 100
    assert np.allclose(basis(np.zeros(1))[0], 0)
    at = np.linspace(0.2, 4, 9)
    numeric = (basis(at + step)[0] - basis(at - step)[0]) / (2 * step)
    assert np.allclose(basis(at)[1], numeric, atol=1e-5)


@pytest.mark.parametrize(("n", "degree"), [(2, 6), (3, 4), (5, 3)])
def test_moments_of_a_turned_cloud(n: int, degree: int) -> None:
    z = Whitening.of(skewed(400, n, 1))(skewed(400, n, 1))
    g = random_orthogonal(n, 2)
    before, after = moments_of(z, degree=degree), moments_of(z @ g[0].T, degree=degree)
    assert np.allclose(before.moved(g, before.mean[None])[0, 0], after.mean, atol=1e-7)
    matrix = before.representation(g)[0]
    assert np.allclose(matrix @ before.mean, after.mean, atol=1e-7)
    assert np.allclose(matrix @ before.covariance @ matrix.T, after.covariance, atol=1e-9)


def test_the_identity_moves_nothing_and_turned_is_the_derivative() -> None:
    moments = moments_of(skewed(300, 3, 3), degree=4)
    assert np.allclose(moments.moved(np.eye(3)[None], moments.mean[None])[0, 0], moments.mean)
    assert np.allclose(moments.generators() @ moments.mean, moments.turned())


def test_covariance_holds_the_error_of_centre_and_whitening() -> None:
    """Against the spread over 400 fresh clouds; without the correction the first two degrees would be far off."""
    n, rows, draws = 2, 400, 400
    radial = RadialBasis(1.0, np.eye(2))
    reference = Whitening.of(skewed(200_000, n, 10))
    found = [harmonic_moments(reference(skewed(rows, n, 100 + i)), np.zeros((rows, 0)), radial, degree=3) for i in range(draws)]
    spread = np.cov(np.array([m.mean for m in found]).T)
    stated = np.mean([m.covariance for m in found], axis=0)
    ratio = np.diag(stated) / np.diag(spread)
    assert np.all((ratio > 0.75) & (ratio < 1.3)), ratio
    naive = np.mean([plain_variance(reference(skewed(rows, n, 100 + i)), radial) for i in range(40)], axis=0)
    assert (naive / np.diag(spread))[:4].max() > 2  # the checker sees a covariance that forgets the whitening


def plain_variance(z: np.ndarray, radial: RadialBasis) -> np.ndarray:
    """Variance of the means as if centre and covariance were known."""
    columns = module._columns(Whitening.of(z)(z), np.ones((len(z), 1)), radial, tuple(module.harmonics(2, k) for k in (1, 2, 3)))
    return np.asarray(columns[:, :12].var(0) / len(z))


def test_memory_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    z = skewed(700, 3, 4)
    whole = moments_of(z, degree=3)
    monkeypatch.setattr(module, "CHUNK", 699)  # derivatives are averaged over one row less
    parts = moments_of(z, degree=3)
    assert np.allclose(whole.mean, parts.mean, atol=1e-12)
    assert np.allclose(whole.covariance, parts.covariance, rtol=0.05, atol=1e-5)


def test_rows_of_one_cluster_count_once() -> None:
    """Each row four times is no more information than once."""
    z = Whitening.of(skewed(500, 2, 5))(skewed(500, 2, 5))
    radial = RadialBasis.of(np.linalg.norm(z, axis=1), 2)
    once = harmonic_moments(z, np.zeros((500, 0)), radial, degree=4)
    copies, none = np.repeat(z, 4, axis=0), np.zeros((2000, 0))
    clustered = harmonic_moments(copies, none, radial, degree=4, cluster=np.repeat(np.arange(500), 4))
    naive = harmonic_moments(copies, none, radial, degree=4)
    assert np.allclose(clustered.mean, once.mean)
    assert np.allclose(clustered.covariance, once.covariance, rtol=1e-6, atol=1e-12)
    assert np.allclose(4 * naive.covariance, once.covariance, rtol=1e-6, atol=1e-12)


def test_weights_keep_the_signal_and_never_mix_harmonics() -> None:
    z, truth, _ = cloud_and_truth(octahedral(reflections=True), 4000, 0)
    plain = moments_of(z, degree=6)
    weighted = plain.weighted(signal_weights(plain))
    assert 0 < weighted.size <= plain.size
    energy = {basis.degree: float((weighted.mean[where] ** 2).sum()) for basis, where in zip(weighted.bases, weighted.slices, strict=True)}
    assert energy[4] > 10 * energy[3]  # O_h has no invariant of degree 3
    moved = weighted.moved(truth, weighted.mean[None])[:, 0]
    assert ((moved - weighted.mean) ** 2).sum(1).max() < 0.1 * (weighted.mean**2).sum()


def test_lower_degrees_are_weighted_as_the_highest_that_has_signal() -> None:
    """That C7 has no charge below 7 is what its order rests on, so these degrees stay in."""
    cloud, _ = symmetric_cloud(cyclic(7), 5000, seed=1)
    plain = moments_of(Whitening.of(cloud.x)(cloud.x), degree=14, radial=4)
    weighted = plain.weighted(signal_weights(plain))
    assert {basis.degree for basis in weighted.bases} >= set(range(1, 8))
    assert weighted.importance.max() == pytest.approx(1)


def test_targets_add_moments() -> None:
    z = skewed(300, 2, 6)
    alone = moments_of(z, degree=2, radial=2)
    both = moments_of(z, degree=2, radial=2, targets=(z[:, :1] > 1).astype(float))
    assert both.size == 2 * alone.size
    assert np.allclose(both.band(0)[:2], alone.band(0))
