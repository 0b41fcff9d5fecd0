"""Growth of groups: what closes, what is refused, and what happens at a dead end."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import MatrixGroup, cyclic, dihedral, direct_product, octahedral, permutations, tetrahedral
from physym.discovery.discrete.mixing.grow import Growth, closed, grown
from physym.discovery.discrete.mixing.refine import refined, turns
from tests.discovery.discrete.mixing.clouds import cloud_and_truth, moments_of, random_orthogonal

CASES = [
    (cyclic(9), 9, [1]),
    (dihedral(4), 8, [1, 4]),
    (tetrahedral(reflections=True), 4, None),
    (octahedral(reflections=True), 4, None),
    (direct_product(permutations(3), permutations(2)), 3, None),
]


@pytest.mark.parametrize(("group", "degree", "generators"), CASES, ids=lambda value: getattr(value, "name", None))
def test_inexact_generators_close_exactly(group: MatrixGroup, degree: int, generators: list[int] | None) -> None:
    z, truth, _ = cloud_and_truth(group, 5000, 2)
    moments = moments_of(z, degree=degree)
    chosen = truth[list(generators if generators else group.generator_indices)]
    found = closed(moments, refined(moments, chosen @ turns(0.03 * np.ones((1, group.n * (group.n - 1) // 2)))), Growth())
    assert found is not None
    assert found.order == group.order
    assert found.name == group.name
    assert found.closure_defect < 1e-9
    assert np.linalg.norm(found.elements[:, None] - truth[None], axis=(2, 3)).min(1).max() < 0.3


def test_an_element_of_infinite_order_does_not_close() -> None:
    """A rotation by one radian: in an isotropic cloud the data refuse nothing, so the order must."""
    moments = moments_of(np.random.default_rng(0).normal(size=(500, 2)), degree=2)
    turn = np.array([[np.cos(1.0), -np.sin(1.0)], [np.sin(1.0), np.cos(1.0)]])
    assert closed(moments, np.array([turn]), Growth(merge=0.02, largest=30)) is None


def test_a_wrong_generator_is_refused_by_the_data() -> None:
    z, truth, _ = cloud_and_truth(dihedral(4), 5000, 3)
    moments = moments_of(z, degree=8)
    eighth = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    assert closed(moments, np.array([eighth]), Growth()) is None
    assert closed(moments, truth[1:2], Growth()) is not None


def test_the_largest_order_is_kept() -> None:
    z, truth, _ = cloud_and_truth(cyclic(9), 5000, 2)
    moments = moments_of(z, degree=9)
    assert closed(moments, truth[1:2], Growth(largest=8)) is None


def test_growth_takes_up_what_fits_and_leaves_out_what_does_not() -> None:
    z, truth, _ = cloud_and_truth(dihedral(4), 5000, 5)
    moments = moments_of(z, degree=8)
    wrong = random_orthogonal(2, 8, 3)
    groups = grown(moments, np.concatenate([wrong, truth[2:3], truth[5:6], truth[1:2]]), Growth())
    assert groups[0].name == "D4"
    assert [group.order for group in groups] == sorted((group.order for group in groups), reverse=True)


def test_no_candidates_no_groups() -> None:
    moments = moments_of(np.random.default_rng(0).gamma(2.0, size=(300, 2)), degree=3)
    assert grown(moments, np.zeros((0, 2, 2)), Growth()) == ()
