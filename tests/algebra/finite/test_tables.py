"""Multiplication tables: the theorems that every finite group obeys, and tables that are none."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra.finite import tables
from physym.algebra.finite.matrix_group import MatrixGroup
from physym.errors import NotAGroup
from tests.algebra.finite.groups import CATALOGUE

GROUPS = [group for group, _ in CATALOGUE if group.order <= 60]
IDS = [f"{name}-{group.n}" for group, name in CATALOGUE if group.order <= 60]


@pytest.mark.parametrize("group", GROUPS, ids=IDS)
def test_theorems(group: MatrixGroup) -> None:
    table, orders = group.table, group.element_orders
    g = group.order
    assert (table[table] == table[np.arange(g)[:, None, None], table[None]]).all()  # (ab)c = a(bc)
    assert (g % orders == 0).all()  # Lagrange
    assert sum(len(members) for members in tables.conjugacy_classes(table)) == g  # class equation
    assert all(g % len(members) == 0 for members in tables.conjugacy_classes(table))
    assert len(tables.centre(table)) == sum(len(members) == 1 for members in tables.conjugacy_classes(table))
    assert (table[np.arange(g), tables.inverses(table)] == tables.identity(table)).all()
    for members in tables.conjugacy_classes(table):
        assert len(set(orders[members])) == 1


@pytest.mark.parametrize("group", GROUPS[::3], ids=IDS[::3])
def test_normal_subgroups_are_normal_and_closed(group: MatrixGroup) -> None:
    normal = tables.normal_subgroups(group.table)
    assert normal is not None
    inverse = tables.inverses(group.table)
    for mask in normal:
        members = np.flatnonzero(mask)
        assert mask[group.table[np.ix_(members, members)]].all()
        assert mask[group.table[group.table[:, members], inverse[:, None]]].all()
        assert group.order % len(members) == 0


@pytest.mark.parametrize("group", GROUPS[::4], ids=IDS[::4])
def test_invariants_do_not_depend_on_labels(group: MatrixGroup) -> None:
    order = np.random.default_rng(3).permutation(group.order)
    back = np.argsort(order)
    renamed = order[group.table[np.ix_(back, back)]]
    assert sorted(tables.element_orders(renamed)) == sorted(group.element_orders)
    assert len(tables.commutator_subgroup(renamed)) == len(tables.commutator_subgroup(group.table))
    assert [len(c) for c in tables.conjugacy_classes(renamed)] == [len(c) for c in tables.conjugacy_classes(group.table)]


def test_direct_factors_multiply_to_the_whole() -> None:
    z6 = np.add.outer(np.arange(6), np.arange(6)) % 6
    factors = tables.direct_factors(z6)
    assert factors is not None
    one, other = factors
    assert sorted(z6[np.ix_(one, other)].ravel()) == list(range(6))
    assert tables.direct_factors(np.add.outer(np.arange(4), np.arange(4)) % 4) is None


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([], "empty"),
        ([[0, 1], [0, 1]], "Latin"),
        ([[0, 2, 1], [2, 1, 0], [1, 0, 2]], "identity"),
        ([[0, 1, 2, 3, 4], [1, 0, 3, 4, 2], [2, 4, 0, 1, 3], [3, 2, 4, 0, 1], [4, 3, 1, 2, 0]], "associative"),
    ],
)
def test_tables_that_are_no_groups(table: list[list[int]], words: str) -> None:
    with pytest.raises(NotAGroup, match=words):
        tables.check_table(np.array(table, dtype=np.int64).reshape(len(table), len(table)))
