"""Slow readable oracles of finite groups: loops over elements and sympy's permutation groups beside the vectorised tables."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from physym.algebra import MatrixGroup, cyclic, dihedral, generated_group, octahedral, permutations, tetrahedral
from physym.algebra.finite import tables
from physym.algebra.finite.naming import plane_group, point_group
from physym.errors import InvalidData, NotAGroup, ShapeError
from tests.algebra.finite.groups import alternating, dicyclic, frobenius

GROUPS = [dihedral(5), tetrahedral(), dicyclic(2), dicyclic(3), frobenius(5, 4), permutations(4), cyclic(9)]
each_group = pytest.mark.parametrize("group", GROUPS, ids=[f"{g.name}-{g.order}" for g in GROUPS])


def slow_table(group: MatrixGroup) -> list[list[int]]:
    """The multiplication table by comparing every product with every element."""
    found = []
    for a in group.elements:
        row = []
        for b in group.elements:
            matches = [k for k, c in enumerate(group.elements) if np.abs(a @ b - c).max() < 1e-9]
            assert len(matches) == 1
            row.append(matches[0])
        found.append(row)
    return found


def slow_classes(table: np.ndarray) -> list[list[int]]:
    """Conjugacy classes by conjugating with everything."""
    order = len(table)
    inverse = [next(b for b in range(order) if table[a, b] == 0) for a in range(order)]
    classes = {tuple(sorted({int(table[table[b, a], inverse[b]]) for b in range(order)})) for a in range(order)}
    return sorted((list(c) for c in classes), key=lambda c: (len(c), c[0]))


def slow_closure(table: np.ndarray, members: set[int]) -> set[int]:
    """All products, until nothing is added."""
    closed = {0, *members}
    while True:
        more = closed | {int(table[a, b]) for a, b in product(closed, closed)}
        if more == closed:
            return closed
        closed = more


def slow_normal_subgroups(table: np.ndarray) -> set[frozenset[int]]:
    """Every union of classes that is closed under products."""
    classes = slow_classes(table)
    found = set()
    for chosen in product([False, True], repeat=len(classes) - 1):
        members = {0}.union(*(set(c) for c, taken in zip(classes[1:], chosen, strict=True) if taken))
        if len(table) % len(members) == 0 and slow_closure(table, members) == members:
            found.add(frozenset(members))
    return found


def sympy_group(group: MatrixGroup) -> Any:
    """The regular representation in sympy."""
    from sympy.combinatorics import Permutation, PermutationGroup

    return PermutationGroup([Permutation(row.tolist()) for row in group.table[list(group.generator_indices)]])


@each_group
def test_table(group: MatrixGroup) -> None:
    assert group.table.tolist() == slow_table(group)


@each_group
def test_orders_and_inverses(group: MatrixGroup) -> None:
    for a, element in enumerate(group.elements):
        power, k = element, 1
        while np.abs(power - np.eye(group.n)).max() > 1e-9:
            power, k = power @ element, k + 1
        assert group.element_orders[a] == k
        assert np.allclose(np.linalg.matrix_power(element, k - 1), group.elements[group.inverse_indices[a]])


@each_group
def test_classes(group: MatrixGroup) -> None:
    assert [c.tolist() for c in tables.conjugacy_classes(group.table)] == slow_classes(group.table)


@each_group
def test_subgroups(group: MatrixGroup) -> None:
    rng = np.random.default_rng(1)
    for pair in rng.integers(group.order, size=(12, 2)):
        assert set(tables.subgroup(group.table, pair).tolist()) == slow_closure(group.table, {int(a) for a in pair})
    assert tables.subgroup(group.table, np.zeros(0, dtype=np.int64)).tolist() == [0]


@each_group
def test_normal_subgroups(group: MatrixGroup) -> None:
    found = tables.normal_subgroups(group.table)
    assert found is not None
    assert {frozenset(np.flatnonzero(mask).tolist()) for mask in found} == slow_normal_subgroups(group.table)


@each_group
def test_centre_derived_group_and_solubility_against_sympy(group: MatrixGroup) -> None:
    other = sympy_group(group)
    assert other.order() == group.order
    assert other.is_abelian == (len(tables.centre(group.table)) == group.order)
    assert other.center().order() == len(tables.centre(group.table))
    assert other.derived_subgroup().order() == len(tables.commutator_subgroup(group.table))


@each_group
def test_direct_factors_are_those_of_an_exhaustive_search(group: MatrixGroup) -> None:
    normal = slow_normal_subgroups(group.table)
    pairs = [(a, b) for a in normal for b in normal if 1 < len(a) < group.order and len(a) * len(b) == group.order and len(a & b) == 1]
    factors = tables.direct_factors(group.table)
    assert (factors is None) == (not pairs)
    if factors is not None:
        one, other = factors
        assert (frozenset(one.tolist()), frozenset(other.tolist())) in pairs
        assert len({int(group.table[a, b]) for a, b in product(one, other)}) == group.order
        assert all(group.table[a, b] == group.table[b, a] for a, b in product(one, other))


@pytest.mark.parametrize("n", [3, 4, 5])
def test_permutation_matrices_compose_like_sympy_permutations(n: int) -> None:
    from sympy.combinatorics import AlternatingGroup, SymmetricGroup

    for group, other in ((permutations(n), SymmetricGroup(n)), (alternating(n), AlternatingGroup(n))):
        orders = sorted(p.order() for p in other.elements)
        assert np.sort(group.element_orders).tolist() == orders


@pytest.mark.parametrize("damage", ["swap", "repeat", "shift"])
def test_a_damaged_table_is_no_group(damage: str) -> None:
    """The check of tables is itself shown to fail: on a Latin square that is not associative, on a repeated entry, without an identity."""
    table = dihedral(5).table.copy()
    if damage == "repeat":
        table[2, 3] = table[2, 4]
    elif damage == "shift":
        table = np.roll(cyclic(5).table, 1, axis=0)[:, [1, 0, 2, 3, 4]]
    else:  # exchange two intercalates: still a Latin square
        i, j, k, m = next(
            (i, j, k, m)
            for i, j, k, m in product(range(1, 10), repeat=4)
            if i < j and k < m and table[i, k] == table[j, m] and table[i, m] == table[j, k]
        )
        table[[i, i, j, j], [k, m, k, m]] = table[[i, i, j, j], [m, k, m, k]]
    with pytest.raises(NotAGroup, match=r"Latin|identity|associative"):
        tables.check_table(table)


@pytest.mark.parametrize("order", range(1, 7))
def test_every_loop_of_small_order_is_judged_as_brute_force_does(order: int) -> None:
    rng = np.random.default_rng(order)
    table = cyclic(order).table
    for _ in range(30):
        shuffled = table[:, rng.permutation(order)]
        associative = all(shuffled[shuffled[a, b], c] == shuffled[a, shuffled[b, c]] for a, b, c in product(range(order), repeat=3))
        one = any((shuffled[e] == np.arange(order)).all() for e in range(order))
        try:
            tables.check_table(shuffled)
            accepted = True
        except NotAGroup:
            accepted = False
        assert accepted == (associative and one)


def test_names_from_determinants_are_those_of_the_matrices() -> None:
    for k in range(1, 8):
        assert plane_group(np.sign(np.linalg.det(dihedral(k).elements)).astype(int)) == f"D{k}"
    group = octahedral(reflections=True)
    det = np.where(np.linalg.det(group.elements) > 0, 1, -1)
    assert point_group(det, True, group.table) == "O_h"
    assert point_group(np.ones(24, dtype=int), False, octahedral().table) == "O"


def test_wrong_generators_get_a_sentence() -> None:
    with pytest.raises(ShapeError, match=r"generators have shape \(2, 2\); expected \(r, n, n\)"):
        generated_group(np.eye(2))  # type: ignore[arg-type]
    with pytest.raises(InvalidData, match="NaN or infinite"):
        generated_group(np.full((1, 2, 2), np.inf))
    with pytest.raises(NotAGroup, match="passed 50 elements without closing"):
        generated_group(np.array([[[1.0, 1.0], [0.0, 1.0]]]), limit=50)  # a shear has infinite order
    with pytest.raises(NotAGroup, match="generator 1 is singular"):
        generated_group(np.array([np.eye(2), np.ones((2, 2))]))
    assert generated_group(np.zeros((0, 3, 3))).order == 1
    assert generated_group(np.eye(3)[None]).name == "C1"
