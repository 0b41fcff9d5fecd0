"""Names of finite groups over the whole catalogue, checked against sympy's search for isomorphisms."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from physym.algebra import MatrixGroup, direct_product, identify_group, permutations
from physym.algebra.finite.naming import abstract_names
from tests.algebra.finite.groups import CATALOGUE, dicyclic, frobenius


@pytest.mark.parametrize(("group", "name"), CATALOGUE, ids=[name for _, name in CATALOGUE])
def test_every_group_has_its_textbook_name(group: MatrixGroup, name: str) -> None:
    assert identify_group(group).name == name


@pytest.mark.parametrize(("group", "name"), [c for c in CATALOGUE if 1 < c[0].order <= 48][::2])
def test_name_survives_conjugation_relabelling_and_noise(group: MatrixGroup, name: str) -> None:
    rng = np.random.default_rng(group.order)
    left, _, right = np.linalg.svd(rng.normal(size=(group.n, group.n)))
    basis = left * rng.uniform(0.6, 1.6, size=group.n) @ right
    moved = basis @ group.elements[rng.permutation(group.order)] @ np.linalg.inv(basis)
    rough = moved + 1e-4 * rng.normal(size=moved.shape)
    assert identify_group(MatrixGroup(rough, tolerance=0.02)).name == name


def isomorphic(first: MatrixGroup, second: MatrixGroup) -> bool:
    """Sympy's answer, from the regular permutations."""
    from sympy.combinatorics import Permutation, PermutationGroup
    from sympy.combinatorics.homomorphisms import is_isomorphic

    one, other = (PermutationGroup([Permutation(row.tolist()) for row in g.table[list(g.generator_indices)]]) for g in (first, second))
    return bool(is_isomorphic(one, other))


SMALL = [(group, name) for group, name in CATALOGUE if 4 <= group.order <= 12]


def test_equal_abstract_names_mean_isomorphic_groups_and_only_those() -> None:
    classes: dict[tuple[int, tuple[str, ...]], MatrixGroup] = {}
    for group, _ in SMALL:
        names = group.identification.abstract
        known = classes.setdefault((group.order, names), group)
        if known is not group:
            assert np.array_equal(np.sort(known.element_orders), np.sort(group.element_orders))
    for (a, first), (b, second) in combinations(classes.items(), 2):
        if a[0] == b[0]:
            assert not isomorphic(first, second), (a, b)
    assert len(classes) > 12


@pytest.mark.parametrize("order", [6, 8, 12])
def test_groups_of_one_name_are_isomorphic(order: int) -> None:
    groups: dict[tuple[str, ...], list[MatrixGroup]] = {}
    for group, _ in SMALL:
        if group.order == order:
            groups.setdefault(group.identification.abstract, []).append(group)
    for members in groups.values():
        assert all(isomorphic(members[0], other) for other in members[1:3])


def test_the_oracle_tells_groups_apart() -> None:
    assert not isomorphic(dicyclic(2), direct_product(permutations(2), permutations(2), permutations(2)))


def test_no_name_is_better_than_a_wrong_one() -> None:
    group = frobenius(7, 3)
    found = identify_group(group)
    assert found.abstract == ()
    assert "not named" in found.name
    assert found.order_counts == {1: 1, 3: 14, 7: 6}
    assert found.class_sizes == (1, 3, 3, 7, 7)


@pytest.mark.parametrize("limit", [1, 5])
def test_aliases_do_not_repeat_the_name(limit: int) -> None:
    for group, _ in CATALOGUE[::limit]:
        found = identify_group(group)
        assert found.name not in found.aliases
        assert len(set(found.aliases)) == len(found.aliases)


def test_abstract_names_need_only_the_table() -> None:
    assert abstract_names(permutations(3).table)[0] == "S3"
    assert abstract_names(np.zeros((1, 1), dtype=np.int64)) == ("C1",)
