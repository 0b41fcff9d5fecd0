"""The span that data carry, against exact subspaces with and without noise."""

from __future__ import annotations

import numpy as np
import pytest

from physym.discovery.spectral.statistics.span import block_products, carried_span, whitened

BLOCKS = np.arange(3000) % 64


def plane(seed: int, *, size: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Points of a plane in R⁵ and the plane."""
    rng = np.random.default_rng(seed)
    columns = np.linalg.qr(rng.normal(size=(5, 2)))[0]
    return rng.normal(size=(3000, 2)) * np.array([1.0, size]) @ columns.T, columns


@pytest.mark.parametrize("size", [1.0, 1e-3])
def test_an_exact_plane_is_found_whatever_its_shape(size: float) -> None:
    points, columns = plane(0, size=size)
    span = carried_span(points, points, BLOCKS)
    assert span.columns.shape == (5, 2)
    np.testing.assert_allclose(span.columns @ span.columns.T, columns @ columns.T, atol=1e-9)
    np.testing.assert_allclose(span.off.T @ columns, 0, atol=1e-9)


@pytest.mark.parametrize("noise", [0.01, 0.3])
def test_noise_that_the_probe_does_not_share_spans_nothing(noise: float) -> None:
    for seed in range(20):
        points, _ = plane(seed)
        one, other = noise * np.random.default_rng([seed, 1]).normal(size=(2, *points.shape))
        assert carried_span(points + one, points + other, BLOCKS).columns.shape == (5, 2)


def test_noise_that_the_probe_shares_counts_as_signal() -> None:
    """The checker itself: without a second look nothing tells noise from signal."""
    points, _ = plane(0)
    noisy = points + 0.01 * np.random.default_rng(1).normal(size=points.shape)
    assert carried_span(noisy, noisy, BLOCKS).columns.shape == (5, 5)


def test_the_errors_cover_the_motion_of_the_span() -> None:
    pulls = []
    for seed in range(40):
        points, columns = plane(seed)
        one, other = 0.2 * np.random.default_rng([seed, 2]).normal(size=(2, *points.shape))
        span = carried_span(points + one, points + other, BLOCKS)
        off = np.linalg.svd(columns)[0][:, 2:]
        moved = off.T @ span.columns @ np.linalg.inv(columns.T @ span.columns)
        variance = ((off.T @ span.influence) ** 2).sum((0, 1, 2))
        pulls.append((moved**2).sum() / variance)
    assert 0.8 < np.mean(pulls) < 1.25


def test_block_products_are_shares_of_the_mean() -> None:
    rng = np.random.default_rng(0)
    a, b, blocks = rng.normal(size=(50, 2)), rng.normal(size=(50, 3)), rng.integers(0, 7, size=50)
    shares = block_products(a, b, blocks)
    np.testing.assert_allclose(shares[3], a[blocks == 3].T @ b[blocks == 3] / 50)
    np.testing.assert_allclose(shares.sum(0), a.T @ b / 50)


def test_whitened_columns_have_unit_second_moments() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 3)) @ rng.normal(size=(3, 5))
    unit = whitened(values)
    np.testing.assert_allclose(unit.T @ unit / 300, np.eye(3), atol=1e-8)
