"""Laws of finite groups: Lagrange, Cauchy and Sylow, homomorphisms, classes and characters, cosets, direct products."""

from __future__ import annotations

from itertools import combinations
from math import gcd, lcm

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.algebra import (
    MatrixGroup,
    cyclic,
    dihedral,
    direct_product,
    generated_group,
    icosahedral,
    identify_group,
    karcher_refined,
    octahedral,
    permutations,
    pyritohedral,
    tetrahedral,
)
from physym.algebra.finite import tables
from physym.errors import NotAGroup
from tests.algebra.finite.groups import alternating, dicyclic, frobenius

GROUPS = {
    "C12": cyclic(12),
    "D6": dihedral(6),
    "T": tetrahedral(),
    "T_d": tetrahedral(reflections=True),
    "T_h": pyritohedral(),
    "O_h": octahedral(reflections=True),
    "I": icosahedral(),
    "S4": permutations(4),
    "A5": alternating(5),
    "Q8": dicyclic(2),
    "Dic3": dicyclic(3),
    "F20": frobenius(5, 4),
    "F21": frobenius(7, 3),
    "S3xS3": direct_product(permutations(3), permutations(3)),
}
each_group = pytest.mark.parametrize("group", list(GROUPS.values()), ids=list(GROUPS))


def prime_powers(number: int) -> list[tuple[int, int]]:
    """Primes of a number with their exponents, by trial division."""
    found = []
    for p in range(2, number + 1):
        exponent = 0
        while number % p == 0:
            number, exponent = number // p, exponent + 1
        if exponent:
            found.append((p, exponent))
    return found


def grown_p_subgroup(group: MatrixGroup, p: int) -> tuple[int, ...]:
    """A maximal p-subgroup, element by element; by Sylow it holds the whole power of p in the order."""
    members: tuple[int, ...] = (0,)
    powers = {p**k for k in range(12)}
    grew = True
    while grew:
        grew = False
        for a in range(group.order):
            joined = group.subgroup([*members, a])
            if len(joined) > len(members) and len(joined) in powers:
                members, grew = joined, True
    return members


def conjugates(group: MatrixGroup, members: tuple[int, ...]) -> set[tuple[int, ...]]:
    """All images of a subgroup under conjugation."""
    table, inverse = group.table, group.inverse_indices
    return {tuple(sorted(int(table[table[b, a], inverse[b]]) for a in members)) for b in range(group.order)}


@each_group
def test_subgroups_of_two_elements_obey_lagrange_and_are_closed(group: MatrixGroup) -> None:
    rng = np.random.default_rng(group.order)
    for a, b in rng.integers(group.order, size=(20, 2)):
        members = np.array(group.subgroup([int(a), int(b)]))
        assert group.order % len(members) == 0
        assert members[0] == 0
        assert {int(a), int(b)} <= set(members.tolist())
        assert set(group.table[np.ix_(members, members)].ravel()) == set(members.tolist())


@each_group
def test_cosets_of_a_subgroup_tile_the_group(group: MatrixGroup) -> None:
    members = list(group.subgroup([group.order // 2]))
    left = {tuple(sorted(group.table[a, members].tolist())) for a in range(group.order)}
    assert len(left) * len(members) == group.order
    assert sorted(a for coset in left for a in coset) == list(range(group.order))


@each_group
def test_cauchy_and_sylow(group: MatrixGroup) -> None:
    for p, exponent in prime_powers(group.order):
        assert (group.element_orders == p).any()  # Cauchy
        sylow = grown_p_subgroup(group, p)
        assert len(sylow) == p**exponent
        count = len(conjugates(group, sylow))
        assert count % p == 1
        assert (group.order // p**exponent) % count == 0
        # the p-elements are exactly those of the conjugates of one Sylow subgroup
        inside = set().union(*conjugates(group, sylow))
        orders = group.element_orders
        assert inside == {a for a in range(group.order) if set(prime_powers(int(orders[a]))) <= {(p, k) for k in range(1, exponent + 1)}}


def test_numbers_of_sylow_subgroups_are_those_of_the_textbook() -> None:
    known = {("A5", 2): 5, ("A5", 3): 10, ("A5", 5): 6, ("S4", 2): 3, ("S4", 3): 4, ("F21", 3): 7, ("F21", 7): 1, ("T", 2): 1, ("T", 3): 4}
    found = {key: len(conjugates(GROUPS[key[0]], grown_p_subgroup(GROUPS[key[0]], key[1]))) for key in known}
    assert found == known


@each_group
def test_the_table_is_a_homomorphism_with_the_matrices(group: MatrixGroup) -> None:
    product = np.einsum("aij,bjk->abik", group.elements, group.elements)
    assert np.abs(product - group.elements[group.table]).max() < 1e-9
    assert np.abs(np.linalg.inv(group.elements) - group.elements[group.inverse_indices]).max() < 1e-9


@each_group
def test_the_determinant_is_a_homomorphism_whose_kernel_is_normal(group: MatrixGroup) -> None:
    det = np.linalg.det(group.elements)
    assert np.allclose(det[group.table], np.outer(det, det))
    kernel = np.flatnonzero(det > 0)
    assert group.order % len(kernel) == 0
    assert group.order // len(kernel) in (1, 2)
    normal = tables.normal_subgroups(group.table)
    assert normal is not None
    assert any(np.array_equal(np.flatnonzero(mask), kernel) for mask in normal)


@each_group
def test_characters_are_constant_on_classes_and_average_to_whole_numbers(group: MatrixGroup) -> None:
    character = np.trace(group.elements, axis1=1, axis2=2)
    for members in tables.conjugacy_classes(group.table):
        assert np.ptp(character[members]) < 1e-9
    for multiplicity in (character.mean(), (character**2).mean()):  # of the trivial representation in V and in V ⊗ V
        assert multiplicity == pytest.approx(round(multiplicity), abs=1e-9)
    projector = group.elements.mean(0)
    assert np.linalg.matrix_rank(projector, tol=1e-8) == round(character.mean())
    assert np.allclose(projector @ projector, projector)


@each_group
def test_commuting_pairs_count_the_classes(group: MatrixGroup) -> None:
    commuting = int((group.table == group.table.T).sum())
    assert commuting == len(tables.conjugacy_classes(group.table)) * group.order  # Burnside


@each_group
def test_the_commutator_subgroup_is_the_smallest_with_an_abelian_quotient(group: MatrixGroup) -> None:
    table, inverse = group.table, group.inverse_indices
    derived = set(tables.commutator_subgroup(table).tolist())
    normal = tables.normal_subgroups(table)
    assert normal is not None
    for mask in normal:
        commutators = table[table, table[np.ix_(inverse, inverse)]]
        abelian = bool(mask[commutators].all())
        assert abelian == (derived <= set(np.flatnonzero(mask).tolist()))


@each_group
def test_elements_of_a_class_have_equal_order_and_centralisers_of_its_index(group: MatrixGroup) -> None:
    table = group.table
    for members in tables.conjugacy_classes(table):
        for a in members:
            centraliser = np.flatnonzero(table[a] == table[:, a])
            assert len(centraliser) * len(members) == group.order  # orbit and stabiliser
            assert len(tables.subgroup(table, centraliser)) == len(centraliser)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12))
def test_products_of_cyclic_groups_are_cyclic_exactly_when_coprime(a: int, b: int) -> None:
    group = direct_product(cyclic(a), cyclic(b))
    assert int(group.element_orders.max()) == lcm(a, b)
    assert (group.order in group.element_orders) == (gcd(a, b) == 1)
    found = identify_group(group)
    assert sum(found.order_counts.values()) == a * b
    assert found.centre == a * b
    assert found.derived == 1
    assert found.class_sizes == (1,) * (a * b)


@pytest.mark.parametrize(("one", "other"), list(combinations(["D6", "T", "Q8", "F20", "S4"], 2)))
def test_invariants_of_a_direct_product_are_products(one: str, other: str) -> None:
    first, second = GROUPS[one].identification, GROUPS[other].identification
    table = np.kron(GROUPS[one].table * GROUPS[other].order, np.ones_like(GROUPS[other].table))
    table = table + np.tile(GROUPS[other].table, GROUPS[one].table.shape)
    tables.check_table(table)
    assert len(tables.centre(table)) == first.centre * second.centre
    assert len(tables.commutator_subgroup(table)) == first.derived * second.derived
    sizes = sorted(len(members) for members in tables.conjugacy_classes(table))
    assert sizes == sorted(a * b for a in first.class_sizes for b in second.class_sizes)
    factors = tables.direct_factors(table)
    assert factors is not None
    assert len(factors[0]) * len(factors[1]) == len(table)


def test_direct_products_commute_and_associate_in_name() -> None:
    a, b, c = permutations(3), cyclic(2), cyclic(3)
    names = {direct_product(*order).name for order in [(a, b, c), (c, b, a), (b, a, c)]}
    assert len(names) == 1
    assert direct_product(direct_product(a, b), c).name in names
    assert direct_product(a, direct_product(b, c)).order == 36
    assert direct_product(a).name == a.name


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["D6", "T_d", "Q8", "F20", "S4"]), st.integers(0, 2**32 - 1))
def test_conjugation_and_relabelling_keep_every_invariant(name: str, seed: int) -> None:
    group, rng = GROUPS[name], np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(group.n, group.n)))[0] * rng.uniform(0.5, 2, size=group.n)
    moved = MatrixGroup(basis @ group.elements[rng.permutation(group.order)] @ np.linalg.inv(basis))
    assert repr(moved.identification) == repr(group.identification)
    assert np.allclose(moved.elements[0], np.eye(group.n))


@pytest.mark.parametrize("size", [1e-3, 1e3])
def test_the_unit_of_a_coordinate_does_not_matter_to_the_group(size: float) -> None:
    unit = np.diag([1.0, size])
    moved = MatrixGroup(unit @ dihedral(4).elements @ np.linalg.inv(unit))
    assert moved.name == "D4"
    assert generated_group(moved.generators).order == 8
    assert (moved.table == dihedral(4).table).all()


def test_elements_that_units_make_indistinguishable_are_refused_and_not_misnamed() -> None:
    unit = np.diag([1.0, 1e6])  # a quarter turn and a reflection now differ by 2e-6 in entries of 1e6
    with pytest.raises(NotAGroup, match=r"Latin|away from all"):
        MatrixGroup(unit @ dihedral(4).elements @ np.linalg.inv(unit))


def test_refinement_is_equivariant_under_conjugation_by_rotations() -> None:
    rng = np.random.default_rng(4)
    rough = octahedral().elements + 0.01 * rng.normal(size=(24, 3, 3))
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    one = karcher_refined(MatrixGroup(rough, tolerance=0.2)).elements
    other = karcher_refined(MatrixGroup(turn @ rough @ turn.T, tolerance=0.2)).elements
    assert np.allclose(other, turn @ one @ turn.T, atol=1e-12)


def test_an_exact_group_is_a_fixed_point_of_refinement() -> None:
    for group in (GROUPS["T_d"], GROUPS["Q8"], cyclic(1)):
        assert np.allclose(karcher_refined(group).elements, group.elements, atol=1e-13)
