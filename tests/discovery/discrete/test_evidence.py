"""Evidence: the test has its level, the bounds hold, and both fail where they must."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import Rep
from physym.data import Samples
from physym.discovery.discrete.evidence import Evidence, gather, halves
from physym.errors import DiscoveryFailed


def sampled(truth: np.ndarray, seed: int, *, rows: int = 300, tail: bool = False) -> Evidence:
    """Evidence of means from correlated rows, normal or heavy-tailed."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(len(truth), len(truth)))
    noise = rng.standard_t(4, size=(rows, len(truth))) if tail else rng.normal(size=(rows, len(truth)))
    values = truth + noise @ mixing
    return gather(lambda part: values[part], rows, None)


@pytest.mark.parametrize("tail", [False, True])
@pytest.mark.parametrize("size", [1, 5, 30])
def test_the_level_is_kept(size: int, tail: bool) -> None:
    p_values = np.array([sampled(np.zeros(size), seed, tail=tail).p_value for seed in range(400)])
    assert (p_values < 0.05).mean() < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 400)
    assert (p_values < 0.01).mean() < 0.01 + 4 * np.sqrt(0.01 * 0.99 / 400)


def test_a_true_mean_is_seen() -> None:
    assert sampled(np.full(5, 2.0), 0).p_value < 1e-6
    assert np.median([sampled(np.full(5, 2.0), seed).banded_p_value(np.arange(5)) for seed in range(20)]) < 1e-6


@pytest.mark.parametrize("size", [0.0, 0.5, 3.0])
def test_bounds_hold_at_their_confidence(size: int) -> None:
    truth = np.zeros(12)
    truth[0] = size
    found = [sampled(truth, seed) for seed in range(300)]
    over = np.mean([one.upper(0.05) < size for one in found])
    under = np.mean([one.lower_square(0.05) > size**2 for one in found])
    assert over < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 300)
    assert under < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 300)
    assert np.median([one.upper(0.05) for one in found]) < size + 3  # and they are no idle bounds


def test_a_plug_in_value_would_not_be_a_bound() -> None:
    truth = np.array([3.0, 0.0, 0.0])
    assert np.mean([np.sqrt(max(sampled(truth, seed).excess(), 0)) < 3.0 for seed in range(200)]) > 0.3


def test_short_means_count_as_none() -> None:
    truth = np.array([0.0, 3.0])
    p_values = np.array([sampled(truth, seed).banded_p_value(np.zeros(2), length=3.0) for seed in range(200)])
    assert (p_values < 0.05).mean() < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 200)
    assert sampled(truth, 0).banded_p_value(np.zeros(2)) < 1e-6


def test_clusters_are_single_observations() -> None:
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(60), 20)
    values = rng.normal(size=(60, 2))[cluster] + 0.1 * rng.normal(size=(1200, 2))
    naive = gather(lambda part: values[part], 1200, None)
    honest = gather(lambda part: values[part], 1200, cluster)
    assert np.allclose(naive.mean, honest.mean)
    assert np.trace(honest.covariance) > 10 * np.trace(naive.covariance)
    assert np.trace(honest.covariance) == pytest.approx(2 / 60, rel=0.5)


def test_chunks_do_not_matter() -> None:
    values = np.random.default_rng(1).normal(size=(20_000, 3)) + 100
    found = gather(lambda part: values[part], len(values), None)
    assert np.allclose(found.mean, values.mean(0))
    assert np.allclose(found.covariance, np.cov(values.T) / len(values), rtol=1e-9)


def test_exact_zeros_are_not_rejected() -> None:
    assert Evidence(np.full(3, 1e-13), np.zeros((3, 3)), 100).p_value > 0.5
    assert Evidence(np.full(3, 1e-3), np.zeros((3, 3)), 100).p_value < 1e-6
    assert Evidence(np.zeros(0), np.zeros((0, 0)), 100).p_value == 1


def test_halves_keep_clusters_together() -> None:
    rows = Samples(np.ones((200, 1)), rep_x=Rep("V", n=1), cluster=np.repeat(np.arange(50), 4))
    mask, clusters = halves(rows, 3)
    assert clusters == 50
    assert mask.reshape(50, 4).all(1).sum() == 25
    assert (mask.reshape(50, 4).any(1) == mask.reshape(50, 4).all(1)).all()
    assert (mask == halves(rows, 3)[0]).all()
    with pytest.raises(DiscoveryFailed, match="at least 40"):
        halves(Samples(np.ones((200, 1)), rep_x=Rep("V", n=1), cluster=np.repeat(np.arange(5), 40)), 0)
