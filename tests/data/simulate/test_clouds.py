"""Clouds with a known finite group, and clouds without any."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import MatrixGroup, cyclic, dihedral, direct_product, permutations, tetrahedral
from physym.data.simulate.clouds import random_blobs, symmetric_cloud
from physym.errors import InvalidData

GROUPS = [cyclic(5), dihedral(4), tetrahedral(reflections=True), direct_product(permutations(3), permutations(2))]


def waves(x: np.ndarray, seed: int) -> np.ndarray:
    """Means of random waves."""
    rng = np.random.default_rng(seed)
    return np.asarray(np.cos(x @ rng.normal(size=(x.shape[1], 40)) * 2 + rng.uniform(0, 6, size=40)).mean(0))


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_the_group_preserves_the_cloud_and_a_random_map_does_not(group: MatrixGroup) -> None:
    cloud, mixing = symmetric_cloud(group, 40_000, seed=1)
    other, _ = symmetric_cloud(group, 40_000, seed=1)
    original = cloud.x @ np.linalg.inv(mixing).T
    noise = 6 / np.sqrt(len(original))
    for g in group.elements[1:]:
        assert np.abs(waves(original, 2) - waves(original @ g.T, 2)).max() < noise
    turn, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(group.n, group.n)))
    assert np.abs(waves(original, 2) - waves(original @ turn.T, 2)).max() > noise
    assert np.array_equal(cloud.x, other.x)


def test_blobs_are_mixed_and_reproducible() -> None:
    one, same, different = (random_blobs(3, 500, seed=seed) for seed in (4, 4, 5))
    assert np.array_equal(one.x, same.x)
    assert not np.allclose(one.x, different.x)
    assert one.n == 3
    counts = {int(random_blobs(2, 10, seed=seed).source.split()[0]) for seed in range(60)}
    assert counts == {4, 5, 6, 7, 8}


def test_without_mixing_the_map_is_the_identity() -> None:
    assert np.array_equal(symmetric_cloud(cyclic(3), 10, seed=0, mixing=0.0)[1], np.eye(2))


def test_nonsense_is_refused() -> None:
    with pytest.raises(InvalidData, match="rows=0"):
        symmetric_cloud(cyclic(3), 0, seed=0)
    with pytest.raises(InvalidData, match="blobs=0"):
        symmetric_cloud(cyclic(3), 10, seed=0, blobs=0)
    with pytest.raises(InvalidData, match="n=0"):
        random_blobs(0, 10, seed=0)
