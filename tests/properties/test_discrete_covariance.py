"""Discrete discovery commutes with changes of the data: rotations, relabellings, units, orders of rows; and repeats itself by seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from physym.algebra import Rep, cyclic, dihedral, tetrahedral
from physym.data import Samples
from physym.data.simulate.clouds import symmetric_cloud
from physym.discovery import Candidates, CyclicOrder, DiscreteDiscovery, LinearMixing, Transformation, discover_discrete
from tests.discovery.discrete.mixing.clouds import random_orthogonal
from tests.discovery.discrete.samples import blobs, cyclic_cloud, pendulum, rotation_samples


def farthest(one: np.ndarray, other: np.ndarray) -> float:
    """Largest distance of a matrix of one set to the nearest of the other, both ways."""
    apart = np.linalg.norm(one[:, None] - other[None], axis=(2, 3))
    return float(max(apart.min(0).max(), apart.min(1).max()))


def figures(found: DiscreteDiscovery) -> list[tuple[str, float, float]]:
    """What a run says in numbers."""
    return [(test.name, test.p_value, test.bound) for test in (*found.tests, *found.rejected, *found.dropped)]


def same_figures(one: DiscreteDiscovery, other: DiscreteDiscovery, *, rtol: float = 1e-5) -> bool:
    """Whether two runs agree in the names and, to rounding, in the numbers of all elements."""
    first, second = figures(one), figures(other)
    if [name for name, *_ in first] != [name for name, *_ in second]:
        return False
    numbers = [np.array([values for _, *values in found]) for found in (first, second)]
    return bool(np.allclose(*numbers, rtol=rtol, atol=1e-12, equal_nan=True))


def test_the_comparison_of_runs_can_fail() -> None:
    one, other = (discover_discrete(blobs(seed, even=(0,))) for seed in (0, 1))
    assert same_figures(one, one)
    assert not same_figures(one, other)
    assert farthest(cyclic(3).elements, cyclic(4).elements) > 0.5


@pytest.mark.parametrize("degrees", [17.0, 90.0, -133.0])
def test_cyclic_order_of_turned_functions(degrees: float) -> None:
    """In a given plane a rotation of the data inside the plane changes the group not at all: C_k commutes with it."""
    rows = rotation_samples(5, 1, rows=1500, n=2)
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    one, other = (discover_discrete(s, CyclicOrder(), level="conditional") for s in (rows, replace(rows, x=rows.x @ turn.T)))
    assert one.name == other.name == "C5"
    assert farthest(one.group.elements, other.group.elements) < 1e-9


def test_cyclic_order_with_a_free_plane_turns_with_the_data() -> None:
    rows = rotation_samples(4, 2, rows=2500)
    one = discover_discrete(rows, CyclicOrder(), level="conditional")
    assert one.order == 4
    for seed in range(3):
        turn = random_orthogonal(3, seed)[0]
        other = discover_discrete(replace(rows, x=rows.x @ turn.T), CyclicOrder(), level="conditional")
        assert farthest(other.group.elements, turn @ one.group.elements @ turn.T) < 0.02
        assert other.p_value == pytest.approx(one.p_value, abs=0.2)


def test_a_reflection_of_the_data_inverts_the_generator_and_keeps_the_group() -> None:
    cloud = cyclic_cloud(7, 0)
    mirror = np.diag([1.0, -1.0])
    one, other = (discover_discrete(s, CyclicOrder()) for s in (cloud, replace(cloud, x=cloud.x @ mirror)))
    assert one.name == other.name == "C7"
    assert farthest(one.group.elements, mirror @ other.group.elements @ mirror) < 1e-9
    assert np.allclose([t.strength for t in one.charges], [t.strength for t in other.charges], rtol=1e-6)


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 0, 2)])
def test_permuted_coordinates_of_a_named_plane(order: tuple[int, ...]) -> None:
    rows = rotation_samples(3, 4, rows=1500)
    permuted = replace(rows, x=rows.x[:, list(order)])
    one = discover_discrete(rows, CyclicOrder(plane=(0, 1)), level="conditional")
    other = discover_discrete(permuted, CyclicOrder(plane=(order.index(0), order.index(1))), level="conditional")
    assert one.name == other.name == "C3"
    assert farthest(other.group.elements, one.group.elements[:, list(order)][:, :, list(order)]) < 1e-9
    assert one.p_value == pytest.approx(other.p_value, rel=1e-6)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
@pytest.mark.parametrize(
    ("make", "method", "level"),
    [
        (lambda: rotation_samples(5, 1, rows=1000), CyclicOrder(), "conditional"),
        (lambda: cyclic_cloud(5, 1), CyclicOrder(), "measure"),
        (lambda: blobs(3, even=(0,)), Candidates(), "measure"),
        (lambda: replace(blobs(3, even=(0,)), y=np.cos(blobs(3, even=(0,)).x).sum(1)), Candidates(), "conditional"),
        (lambda: symmetric_cloud(dihedral(4), 2000, seed=1)[0], LinearMixing(), "measure"),
    ],
    ids=["cyclic function", "cyclic cloud", "candidates", "candidates of a function", "mixing"],
)
def test_the_unit_of_x_does_not_matter(make: Callable[[], Samples], method: object, level: str, unit: float) -> None:
    rows = make()
    scaled = replace(rows, x=rows.x * unit)
    one, other = (discover_discrete(s, method, level=level) for s in (rows, scaled))  # type: ignore[arg-type]
    assert one.name == other.name != "C1"
    assert one.status is other.status
    assert same_figures(one, other, rtol=1e-3)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
@pytest.mark.parametrize("method", [CyclicOrder(), Candidates()], ids=["cyclic", "candidates"])
def test_the_unit_and_the_zero_of_y_do_not_matter(method: CyclicOrder | Candidates, unit: float) -> None:
    rows = rotation_samples(4, 1, rows=1000, n=2, noise=0.1)
    other = replace(rows, y=unit * (rows.y + 3.0))  # type: ignore[operator]
    found = [discover_discrete(s, method, level="conditional") for s in (rows, other)]
    assert same_figures(*found, rtol=1e-3)
    assert found[0].order > 1


def test_a_vector_target_in_the_unit_of_x_scales_with_it() -> None:
    rows = pendulum(0)
    for unit in (1e-6, 1e6):
        other = replace(rows, x=rows.x * unit, y=rows.y * unit)  # type: ignore[operator]
        assert same_figures(*(discover_discrete(s, level="conditional") for s in (rows, other)), rtol=1e-3)


def test_candidates_conjugated_with_the_data_give_conjugated_elements() -> None:
    """discover(R x, R g R⁻¹) = R discover(x, g) R⁻¹: verdicts agree, up to the random waves that do not turn with the data."""
    rows = blobs(5, rows=3000, even=(0,))
    for seed in range(3):
        turn = random_orthogonal(2, seed)[0]
        moved = replace(rows, x=rows.x @ turn.T, coordinates=())
        flips = [Transformation(name, np.diag(signs)) for name, signs in (("a", [-1.0, 1.0]), ("b", [1.0, -1.0]))]
        turned = [Transformation(t.name, turn @ t.matrix @ turn.T) for t in flips]
        method = Candidates(waves=0)
        one = discover_discrete(rows, replace(method, elements=tuple(flips)))
        other = discover_discrete(moved, replace(method, elements=tuple(turned)))
        assert [t.name for t in one.tests] == [t.name for t in other.tests] == ["identity", "a"]
        assert [t.name for t in one.rejected] == [t.name for t in other.rejected] == ["b"]
        assert farthest(other.group.elements, turn @ one.group.elements @ turn.T) < 1e-9
        assert one.tests[1].p_value == pytest.approx(other.tests[1].p_value, abs=1e-4)


def test_the_order_of_candidates_changes_nothing_but_the_listing() -> None:
    rows = blobs(6, rows=2000, even=(0, 1))
    given = tuple(Transformation(str(signs), np.diag(signs)) for signs in ([-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]))
    found = [discover_discrete(rows, Candidates(elements)) for elements in (given, given[::-1])]
    assert found[0].name == found[1].name == "D2"
    values = [{t.name: t.p_value for t in one.tests} for one in found]
    assert values[0] == pytest.approx(values[1])


def test_a_candidate_given_twice_is_one_element() -> None:
    rows = blobs(6, rows=1000, even=(0,))
    flip = Transformation("flip", np.diag([-1.0, 1.0]))
    found = discover_discrete(rows, Candidates((flip, replace(flip, name="again"))))
    assert found.order == 2
    assert found.tests[1].alpha == pytest.approx(found.alpha / 2)  # each of the two is paid for


def test_mixing_commutes_with_any_invertible_map() -> None:
    cloud, _ = symmetric_cloud(dihedral(3), 3000, seed=8)
    one = discover_discrete(cloud, LinearMixing())
    assert one.order == 6
    for seed in range(3):
        matrix = random_orthogonal(2, seed)[0] * np.array([1.0, 30.0]) @ random_orthogonal(2, seed + 50)[0]
        other = discover_discrete(replace(cloud, x=cloud.x @ matrix.T - 7.0), LinearMixing())
        back = np.linalg.inv(matrix) @ other.group.elements @ matrix
        assert other.name == one.name
        assert farthest(back, one.group.elements) < 0.02
        assert other.p_value == pytest.approx(one.p_value, abs=0.05)
        assert other.bound == pytest.approx(one.bound, rel=0.05, nan_ok=True)


def test_errors_of_mixing_scale_with_the_coordinates() -> None:
    cloud, _ = symmetric_cloud(dihedral(4), 3000, seed=1)
    unit = np.array([1.0, 50.0])
    one, other = (discover_discrete(s, LinearMixing()) for s in (cloud, replace(cloud, x=cloud.x * unit)))
    assert one.group.errors is not None
    assert other.group.errors is not None
    back = other.group.errors * unit[None, None, :] / unit[None, :, None]
    nearest = np.linalg.norm((other.group.elements * unit / unit[:, None])[:, None] - one.group.elements, axis=(2, 3)).argmin(1)
    assert np.allclose(back, one.group.errors[nearest], rtol=0.05, atol=1e-6)


def test_labels_may_be_renamed() -> None:
    rows = blobs(3, rows=2000, even=(0,))
    label = (rows.x[:, 1] > 0).astype(int)
    same = [label, label.astype(bool), np.array(["background", "signal"])[label], label * 7 - 3]
    for method in (Candidates(), LinearMixing()):
        found = [discover_discrete(replace(rows, y=y), method) for y in same]
        assert all(same_figures(found[0], one) for one in found)
        turned = discover_discrete(replace(rows, y=1 - label), method)  # the other class is left out of the indicators
        assert turned.name == found[0].name == "D1"
        assert {t.name for t in turned.rejected} == {t.name for t in found[0].rejected}


def test_names_of_clusters_do_not_matter() -> None:
    rows = pendulum(3)
    names = np.random.default_rng(1).permutation(10_000)[: int(rows.cluster.max()) + 1]  # type: ignore[union-attr]
    order = np.sort(names)
    one = discover_discrete(rows, level="conditional")
    other = discover_discrete(replace(rows, cluster=order[rows.cluster] * 13 - 7), level="conditional")
    assert same_figures(one, other)
    assert one.clusters == other.clusters == 120


def test_copies_of_rows_in_one_cluster_add_no_certainty() -> None:
    """Every row five times, in clusters of five, says what the rows say once."""
    rows = blobs(2, rows=3000, even=(0,))
    one = discover_discrete(replace(rows, cluster=np.arange(3000)), Candidates())
    copies = replace(rows, x=np.repeat(rows.x, 5, axis=0), cluster=np.repeat(np.arange(3000), 5))
    other = discover_discrete(copies, Candidates())
    assert other.clusters == one.clusters == 3000
    assert other.rows == 5 * one.rows
    p, q = (next(t for t in found.tests if t.name == "sign flip of a").p_value for found in (one, other))
    assert p == pytest.approx(q, abs=0.15)
    loose = discover_discrete(replace(copies, cluster=None), Candidates())  # copies taken for independent rows
    assert min(t.bound for t in loose.tests[1:]) < 0.8 * min(t.bound for t in other.tests[1:])


@pytest.mark.parametrize(
    ("method", "level"),
    [(Candidates(), "measure"), (CyclicOrder(), "measure"), (LinearMixing(), "measure"), (CyclicOrder(), "conditional")],
)
def test_a_seed_repeats_a_run_and_another_splits_otherwise(method: object, level: str) -> None:
    rows = (
        replace(rotation_samples(4, 1, n=2, noise=0.3), coordinates=("a", "b")) if level == "conditional" else cyclic_cloud(4, 1, rows=2000)
    )
    one, same, other = (discover_discrete(rows, method, level=level, seed=seed) for seed in (5, 5, 6))  # type: ignore[arg-type]
    assert figures(one) == figures(same)
    assert repr(one) == repr(same)
    assert np.array_equal(one.group.elements, same.group.elements)
    assert one.seed == 5
    assert figures(one) != figures(other)


def test_three_dimensional_groups_turn_with_the_cloud() -> None:
    cloud, _ = symmetric_cloud(tetrahedral(), 4000, seed=3)
    turn = random_orthogonal(3, 4)[0]
    one, other = (discover_discrete(s, LinearMixing(starts=64)) for s in (cloud, replace(cloud, x=cloud.x @ turn.T)))
    assert one.name == other.name == "T"
    assert farthest(other.group.elements, turn @ one.group.elements @ turn.T) < 0.05


def test_vectors_of_a_row_move_together() -> None:
    """Two vectors in a row are turned by one rotation: the group acts on one vector and the result has its size."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(1500, 4))
    angle = np.arctan2(x[:, 1], x[:, 0])
    dot = (x[:, :2] * x[:, 2:]).sum(1)
    rows = Samples(x, rep_x=Rep("2V", n=2), y=dot + np.cos(3 * angle))
    swapped = replace(rows, x=x[:, [2, 3, 0, 1]])
    one = discover_discrete(rows, CyclicOrder(), level="conditional")
    assert one.order == 3
    assert one.group.n == 2
    assert discover_discrete(swapped, CyclicOrder(), level="conditional").order in (1, 3)  # the angle is now that of a silent vector
