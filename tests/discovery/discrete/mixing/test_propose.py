"""Proposals: the elements of the group are among them, each once."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import MatrixGroup, cyclic, dihedral, direct_product, octahedral, permutations, tetrahedral
from physym.discovery.discrete.mixing.propose import defects, distinct, proposed
from physym.discovery.discrete.mixing.weights import signal_weights
from tests.discovery.discrete.mixing.clouds import cloud_and_truth, moments_of, random_orthogonal

MERGE = 0.3
CASES = [
    (cyclic(7), 14, 1.0),
    (dihedral(4), 14, 1.0),
    (tetrahedral(reflections=True), 5, 0.7),
    (octahedral(reflections=True), 6, 0.4),
    (direct_product(permutations(3), permutations(2)), 3, 0.4),
]


@pytest.mark.parametrize(("group", "degree", "share"), CASES, ids=lambda value: getattr(value, "name", None))
def test_elements_of_the_group_are_proposed(group: MatrixGroup, degree: int, share: float) -> None:
    z, truth, _ = cloud_and_truth(group, 6000, 3)
    plain = moments_of(z, degree=degree)
    moments = plain.weighted(signal_weights(plain))
    found = proposed(moments, starts=96, seed=0, merge=MERGE)
    distance = np.linalg.norm(found[:, None] - truth[None], axis=(2, 3))
    hit = set(distance.argmin(1)[distance.min(1) < MERGE].tolist())
    assert len(hit) >= share * (group.order - 1)
    assert distance.min(1)[:2].max() < MERGE  # the best ones are true
    assert np.allclose(found @ found.transpose(0, 2, 1), np.eye(group.n), atol=1e-9)


def test_proposals_are_reproducible_and_depend_on_the_seed() -> None:
    moments = moments_of(np.random.default_rng(0).gamma(2.0, size=(500, 3)), degree=4)
    first, again, other = (proposed(moments, starts=24, seed=seed, merge=MERGE) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.allclose(first, other)


def test_distinct_elements_are_apart_and_sorted() -> None:
    moments = moments_of(np.random.default_rng(1).gamma(2.0, size=(300, 3)), degree=3)
    elements = np.concatenate([random_orthogonal(3, 2, 30), np.eye(3)[None], random_orthogonal(3, 2, 30)])
    kept = distinct(moments, elements, merge=MERGE)
    gaps = np.linalg.norm(kept[:, None] - kept[None], axis=(2, 3)) + 10 * np.eye(len(kept))
    assert gaps.min() > MERGE
    assert np.linalg.norm(kept - np.eye(3), axis=(1, 2)).min() > MERGE
    assert np.all(np.diff(defects(moments, kept)) >= 0)


def test_the_identity_has_no_defect() -> None:
    moments = moments_of(np.random.default_rng(2).gamma(2.0, size=(300, 4)), degree=3)
    assert defects(moments, np.eye(4)[None])[0] < 1e-18
    assert defects(moments, random_orthogonal(4, 0))[0] > 0.01
