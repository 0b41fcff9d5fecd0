"""Groups of matrices: closure from generators, refinement, and inputs that are no groups."""

from __future__ import annotations

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
    tetrahedral,
)
from physym.errors import InvalidData, NotAGroup, ShapeError
from tests.algebra.finite.groups import CATALOGUE

EXAMPLES = [dihedral(4), tetrahedral(reflections=True), octahedral(reflections=True), permutations(4), cyclic(7, n=4)]


@pytest.mark.parametrize("group", [group for group, _ in CATALOGUE if group.order <= 120][::2])
def test_generators_generate(group: MatrixGroup) -> None:
    again = generated_group(group.generators)
    assert again.order == group.order
    assert group.subgroup(group.generator_indices) == tuple(range(group.order))
    assert np.allclose(group.elements[0], np.eye(group.n))


@pytest.mark.parametrize("group", EXAMPLES)
def test_table_is_that_of_the_matrices(group: MatrixGroup) -> None:
    a, b = np.random.default_rng(0).integers(group.order, size=(2, 20))
    assert np.allclose(group.elements[a] @ group.elements[b], group.elements[group.table[a, b]])
    assert np.allclose(group.elements[group.inverse_indices], np.linalg.inv(group.elements))


@pytest.mark.parametrize("group", EXAMPLES)
def test_refinement_closes_exactly_and_comes_nearer(group: MatrixGroup) -> None:
    rng = np.random.default_rng(1)
    rough = MatrixGroup(group.elements + 0.01 * rng.normal(size=group.elements.shape), tolerance=0.2)
    refined = karcher_refined(rough)
    assert refined.closure_defect < 1e-12 < rough.closure_defect
    assert (refined.table == rough.table).all()
    assert np.abs(np.trace(refined.elements - group.elements, axis1=1, axis2=2)).max() < 1e-10  # characters are rigid


def test_refinement_converges_quadratically() -> None:
    group = icosahedral()
    rough = MatrixGroup(group.elements + 0.01 * np.random.default_rng(2).normal(size=group.elements.shape), tolerance=0.2)
    defects = [karcher_refined(rough, steps).closure_defect for steps in (0, 1, 2)]
    assert defects[1] < 10 * defects[0] ** 2
    assert defects[2] < 10 * max(defects[1] ** 2, 1e-15)


def test_orthogonal_refinement_stays_orthogonal() -> None:
    group = tetrahedral()
    rough = MatrixGroup(group.elements + 0.02 * np.random.default_rng(3).normal(size=group.elements.shape), tolerance=0.3)
    elements = karcher_refined(rough, 6, orthogonal=True).elements
    assert np.allclose(elements @ elements.transpose(0, 2, 1), np.eye(3), atol=1e-12)
    free = karcher_refined(rough, 6).elements
    assert not np.allclose(free @ free.transpose(0, 2, 1), np.eye(3), atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30))
def test_powers_of_a_rotation_close_at_their_order(k: int, j: int) -> None:
    element = cyclic(k).elements[j % k]
    group = generated_group(element[None])
    assert group.order == k // np.gcd(k, j % k if j % k else k)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 6), st.integers(2, 6))
def test_direct_products_have_the_product_of_the_orders(a: int, b: int) -> None:
    group = direct_product(cyclic(a), dihedral(b))
    assert group.order == 2 * a * b
    assert len(identify_group(group).class_sizes) == a * len(identify_group(dihedral(b)).class_sizes)


def test_infinite_groups_are_refused_with_the_cure() -> None:
    angle = 1.0  # no rational multiple of π
    turn = np.array([[[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]])
    with pytest.raises(NotAGroup, match="passed 200 elements"):
        generated_group(turn, limit=200)
    with pytest.raises(NotAGroup, match="singular"):
        generated_group(np.diag([1.0, 0.0])[None])


def test_estimated_generators_need_a_tolerance() -> None:
    rough = cyclic(6).elements[1:2] + 1e-4
    with pytest.raises(NotAGroup):
        generated_group(rough, limit=60)
    assert generated_group(rough, limit=60, tolerance=0.01).order == 6


def test_sets_that_are_no_groups() -> None:
    with pytest.raises(NotAGroup, match="away from all"):
        MatrixGroup(cyclic(5).elements[:3])
    with pytest.raises(NotAGroup, match="Latin"):
        MatrixGroup(np.concatenate([cyclic(3).elements, cyclic(3).elements[1:2]]))
    with pytest.raises(ShapeError, match="one square matrix"):
        MatrixGroup(np.ones((2, 3)))  # type: ignore[arg-type]
    with pytest.raises(InvalidData, match="NaN"):
        MatrixGroup(np.full((1, 2, 2), np.nan))
    with pytest.raises(ShapeError, match="errors"):
        MatrixGroup(np.eye(2)[None], errors=np.ones((2, 2, 2)))


@pytest.mark.parametrize("make", [lambda: cyclic(0), lambda: cyclic(3, n=1), lambda: permutations(7), lambda: dihedral(0)])
def test_catalogue_refuses_what_does_not_exist(make: object) -> None:
    with pytest.raises(ShapeError):
        make()  # type: ignore[operator]


def test_repr_names_order_and_errors() -> None:
    group = MatrixGroup(dihedral(6).elements, errors=np.full((12, 2, 2), 0.01))
    assert "D6" in repr(group)
    assert "S3 × Z2" in repr(group)
    assert "± 0.01" in repr(group)
