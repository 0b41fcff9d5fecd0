"""What a discrete search is asked and answers: bad input, degenerate data, and the words of results."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from physym.algebra import MatrixGroup, Rep, cyclic
from physym.data import Samples
from physym.discovery import Candidates, CyclicOrder, DiscreteStatus, ElementTest, LinearMixing, Transformation, discover_discrete
from physym.discovery.discrete.base import GroupTest
from physym.discovery.discrete.result import DiscreteDiscovery
from physym.discovery.discrete.targets import targets
from physym.discovery.discrete.transformations import (
    exchange_bodies,
    exchange_vectors,
    on_vectors,
    parity,
    sign_flip,
    standard_transformations,
    time_reversal,
)
from physym.errors import DiscoveryFailed, MissingField, PhysymError, ShapeError
from tests.discovery.discrete.samples import blobs, cyclic_cloud, pendulum, rotation_samples

METHODS = [Candidates(), CyclicOrder(), LinearMixing()]
each_method = pytest.mark.parametrize("method", METHODS, ids=["candidates", "cyclic", "mixing"])


@each_method
@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(1000, dtype=int), r"all 1000 labels are 0;.*Give more classes"),
        (np.full(1000, "qcd"), r"all 1000 labels are 'qcd'"),
        (np.full(1000, 0.1), r"y is constant.*Give targets that vary"),
        (np.where(np.arange(1000) == 3, np.nan, 1.5), r"y holds NaN or infinite values.*drop or repair"),
        (np.where(np.arange(1000) == 3, np.inf, 1.5), r"y holds NaN or infinite values"),
        (np.zeros((1000, 2, 2)), r"y has shape \(1000, 2, 2\).*\(N,\) or \(N, t\)"),
    ],
)
def test_targets_that_say_nothing_are_named(method: Candidates | CyclicOrder | LinearMixing, y: np.ndarray, message: str) -> None:
    with pytest.raises(PhysymError, match=message):
        discover_discrete(replace(blobs(3), y=y), method)


@each_method
def test_too_few_clusters_are_named_with_their_number(method: Candidates | CyclicOrder | LinearMixing) -> None:
    rows = replace(blobs(3), cluster=np.arange(1000) % 39)
    with pytest.raises(DiscoveryFailed, match=r"holds 39 independent rows or clusters.*at least 40"):
        discover_discrete(rows, method)
    assert discover_discrete(replace(rows, cluster=np.arange(1000) % 40), method).clusters == 40


@each_method
@pytest.mark.parametrize("size", [1e-101, 1e101, 0.0])
def test_units_beyond_floating_point_are_named(method: Candidates | CyclicOrder | LinearMixing, size: float) -> None:
    rows = replace(blobs(3), x=blobs(3).x * size)
    if isinstance(method, LinearMixing) and not size:
        assert "span only 0 of 2 dimensions" in discover_discrete(rows, method).sentence
        return
    with pytest.raises(DiscoveryFailed, match="expected numbers between 1e-100 and 1e100: change the unit"):
        discover_discrete(rows, method)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"x": blobs(3).x * [1.0, 0.0]}, "span only 1 of 2 dimensions"),
        ({"x": blobs(3).x @ np.array([[1.0, 2.0], [2.0, 4.0]])}, "span only 1 of 2 dimensions"),
        ({"x": np.tile([1.0, 2.0], (1000, 1))}, "span only 0 of 2 dimensions"),
        ({"x": blobs(3).x * [1.0, 1e6]}, r"spreads of the coordinates reach from .* units of similar size"),
        ({"x": blobs(3).x[:150]}, "150 rows; LinearMixing needs at least 200"),
    ],
)
def test_mixing_declines_degenerate_clouds_with_the_cure(change: dict[str, np.ndarray], reason: str) -> None:
    found = discover_discrete(replace(blobs(3), **change), LinearMixing())  # type: ignore[arg-type]
    assert found.status is DiscreteStatus.NOT_APPLICABLE
    assert found.order == 1
    assert not found.certified
    assert re.search(reason, found.sentence), found.sentence


def test_mixing_needs_two_dimensions_and_says_what_it_tests() -> None:
    one = Samples(np.random.default_rng(0).normal(size=(500, 1)), rep_x=Rep("V", n=1))
    assert "2 to 6 dimensions, and a row of x has 1" in discover_discrete(one, LinearMixing()).sentence
    conditional = discover_discrete(replace(blobs(3), y=blobs(3).x[:, 0]), LinearMixing(), level="conditional")
    assert "ask for level='measure'" in conditional.sentence


def test_a_transformation_that_moves_no_row_says_so() -> None:
    flat = replace(blobs(3, rows=2000, even=(0,)), x=blobs(3, rows=2000, even=(0,)).x * [1.0, 0.0])
    found = discover_discrete(flat)
    assert any("sign flip of b: moves none of the rows" in note for note in found.notes)
    full = discover_discrete(blobs(3, rows=2000, even=(0,)))
    assert not any("moves none" in note for note in full.notes)


def test_one_coordinate_has_a_parity_and_no_plane() -> None:
    rng = np.random.default_rng(0)
    even, odd = rng.normal(size=(1000, 1)), rng.exponential(size=(1000, 1))
    assert discover_discrete(Samples(even, rep_x=Rep("V", n=1))).name == "Z2"
    assert discover_discrete(Samples(odd, rep_x=Rep("V", n=1))).order == 1
    with pytest.raises(DiscoveryFailed, match="needs a plane"):
        discover_discrete(Samples(even, rep_x=Rep("V", n=1)), CyclicOrder())


def test_a_rejected_candidate_does_not_come_back_as_a_product() -> None:
    """Parity and one flip survive on few rows, the other flip is rejected: it is listed once and is no element of the group."""
    for seed in range(12):
        rows = blobs(seed, rows=60, even=(0,))
        found = discover_discrete(rows, seed=seed)
        tests = (*found.tests, *found.rejected, *found.dropped)
        matrices = [test.matrix for test in tests]
        for i, one in enumerate(matrices):
            assert not any(np.allclose(one, other) for other in matrices[:i]), (seed, [test.name for test in tests])
        members = [test.matrix for test in found.tests]
        assert all(not np.allclose(test.matrix, m) for test in found.rejected for m in members)


def test_padded_rows_are_left_out_and_counted() -> None:
    rng = np.random.default_rng(0)
    x = rng.exponential(size=(1200, 4))
    mask = np.ones((1200, 2), dtype=bool)
    mask[:200, 1] = False
    x[:200, 2:] = 0.0
    rows = Samples(x, rep_x=Rep("2V", n=2), mask=mask)
    found = discover_discrete(rows, Candidates((exchange_vectors(rows, 0, 1),)))
    assert found.rows == 1000
    assert found.notes[0] == "200 rows with padded vectors were left out"
    assert found.order == 2
    assert "padded" in discover_discrete(rows, LinearMixing()).sentence
    mask[20:] = [True, False]
    with pytest.raises(DiscoveryFailed, match=r"fewer than 20 rows without padding.*ask for fewer vectors"):
        discover_discrete(replace(rows, mask=mask), Candidates((exchange_vectors(rows, 0, 1),)))


def test_targets_become_columns() -> None:
    rows = blobs(0, rows=60)
    three = targets(replace(rows, y=np.arange(60) % 3))
    assert three.labels
    assert three.columns.shape == (60, 2)
    assert set(np.unique(three.columns)) == {0.0, 1.0}
    assert np.array_equal(targets(replace(rows, y=np.array(["c", "a", "b"])[np.arange(60) % 3])).columns[:, 0], np.arange(60) % 3 == 1)
    many = targets(replace(rows, y=np.arange(60)))  # sixty whole numbers are no classes
    assert not many.labels
    assert many.columns.std() == pytest.approx(1.0)
    assert targets(replace(rows, y=np.stack([rows.x[:, 0], np.ones(60)], 1))).columns.shape == (60, 1)  # a constant column is left out
    vectors = targets(pendulum(0))
    assert vectors.vectors == 1
    assert vectors.columns.shape == (960, 2)
    with pytest.raises(DiscoveryFailed, match=r"y moves by.*copies of the vector"):
        targets(replace(rows, y=np.ones((60, 4)) * np.arange(60)[:, None], rep_y=Rep("V^2", n=2)))


def test_named_transformations_are_involutions_and_their_pairs_are_matrices() -> None:
    rows = pendulum(0)
    for element in standard_transformations(rows):
        assert np.allclose(element.pair @ element.pair, np.eye(len(element.pair)))
        assert np.allclose(np.abs(np.linalg.det(element.pair)), 1.0)
    reversal = time_reversal(rows)
    assert reversal.pair.shape == (4, 4)
    both = np.concatenate([rows.x[0], rows.y[0]])  # type: ignore[index]
    q, p, q_next, p_next = both
    assert np.allclose(reversal.pair @ both, [q_next, -p_next, q, -p])
    after = time_reversal(rows, after=parity(rows))
    assert "with parity" in after.name
    assert np.allclose(after.matrix, -reversal.matrix)


def test_every_vector_of_a_row_and_of_y_is_moved() -> None:
    rows = Samples(np.ones((3, 6)), rep_x=Rep("3V", n=2), y=np.ones((3, 4)), rep_y=Rep("2V", n=2), coordinates=("a", "b"))
    flip = sign_flip(rows, ("b",))
    assert flip.matrix.diagonal().tolist() == [1, -1, 1, -1, 1, -1]
    assert flip.target is not None
    assert flip.target.diagonal().tolist() == [1, -1, 1, -1]
    quarter = on_vectors(rows, "quarter turn", np.array([[0.0, -1.0], [1.0, 0.0]]))
    assert np.allclose(np.linalg.matrix_power(quarter.matrix, 4), np.eye(6))
    swap = exchange_vectors(rows, 0, 2)
    assert (swap.matrix @ np.arange(6.0)).tolist() == [4, 5, 2, 3, 0, 1]
    with pytest.raises(ShapeError, match="expected two different numbers below 3"):
        exchange_vectors(rows, 1, 1)
    with pytest.raises(MissingField, match="no coordinate was named; present: a, b"):
        sign_flip(rows, ())
    with pytest.raises(MissingField, match=r"\(none named\)"):
        exchange_bodies(replace(rows, coordinates=()), "1", "2")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Transformation("eight", np.eye(8)), "eight acts on 8 coordinates; a row of x has 2"),
        (Transformation("target", np.eye(2), target=np.eye(3)), r"target matrix has shape \(3, 3\); y has 1 columns"),
    ],
)
def test_candidates_of_the_wrong_size_are_named(given: Transformation, message: str) -> None:
    rows = replace(blobs(0), y=blobs(0).x[:, 0])
    with pytest.raises(ShapeError, match=message):
        discover_discrete(rows, Candidates((given,)))


def test_no_standard_transformation_asks_for_one() -> None:
    rows = Samples(np.random.default_rng(0).normal(size=(99, 2)), rep_x=Rep("2V", n=1))
    lone = replace(rows, x=rows.x[:, :1], rep_x=Rep("V", n=1))
    assert [t.name for t in standard_transformations(rows)] == ["exchange of vectors 1 and 2"]
    assert [t.name for t in standard_transformations(lone)] == ["parity"]


@pytest.mark.parametrize("planes", [(0, 0), (0, 2), (-1, 0), (0, 0.5), (0, float("nan")), ((1.0, 0.0), (1.0, 1.0)), ((1.0,), (0.0,))])
def test_degenerate_planes_are_named(planes: tuple[object, object]) -> None:
    with pytest.raises(ShapeError, match="expected two different coordinates below 2, or two orthonormal rows of length 2"):
        discover_discrete(cyclic_cloud(3, 0), CyclicOrder(plane=planes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"degree": 0}, "degree=0"), ({"waves": -1}, "waves=-1")],
)
def test_settings_of_candidates(settings: dict[str, int], message: str) -> None:
    with pytest.raises(DiscoveryFailed, match=message):
        Candidates(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["degree", "radial", "starts", "largest"])
def test_settings_of_mixing(name: str) -> None:
    with pytest.raises(DiscoveryFailed, match=f"{name}=0; expected at least 1"):
        LinearMixing(**{name: 0})  # type: ignore[arg-type]


def test_not_rejected_is_not_certified_and_not_tested_is_neither() -> None:
    made = [("rejected", 1e-5, 0.1), ("not rejected", 0.4, 0.6), ("not rejected", 0.4, np.nan), ("not tested", np.nan, np.nan)]
    for verdict, p, bound in made:
        test = ElementTest("g", np.eye(2), order=2, p_value=p, bound=bound)
        assert test.verdict == verdict
        assert not test.certified
        assert ("(p" in repr(test)) == (verdict != "not tested")
    sure = ElementTest("g", np.eye(2), order=2, p_value=0.4, bound=0.05)
    assert sure.certified
    assert sure.verdict == "certified at U = 0.05"
    assert not GroupTest(p_value=0.4, bound=0.05, p_all=0.01).certified  # all rows together cast doubt
    assert not GroupTest(p_value=float("nan"), bound=0.05).certified


def test_sentences_count_what_they_leave_out() -> None:
    group = cyclic(2)
    tests = tuple(ElementTest(f"g{i}", g, order=i + 1, p_value=0.5, bound=0.6) for i, g in enumerate(group.elements))
    bad = tuple(ElementTest(f"r{i}", np.eye(2), order=2, p_value=1e-5) for i in range(6))
    blind = tuple(ElementTest(f"n{i}", np.eye(2), order=2, p_value=float("nan")) for i in range(5))
    found = DiscreteDiscovery(group, tests, rejected=bad, dropped=(*blind, tests[1]), rows=12_345, held_out=6_000, unit="jets")
    assert found.verdict == "not rejected"
    assert "certified" not in repr(found)
    for words in ("r3 (p = 1e-05) and 2 more", "not tested: n0, n1, n2, n3 and 1 more", "not closing: g1", "12,345 jets, 6,000 held out"):
        assert words in found.sentence, found.sentence
    assert [test.name for test in found.closing_none] == ["g1"]
    joint = replace(found, joint=GroupTest(p_value=0.2, bound=0.1))
    assert joint.certified
    assert joint.p_value == 0.2
    assert "p = 0.2 for all at once" in joint.sentence
    alone = DiscreteDiscovery(MatrixGroup(np.eye(2)[None]), tests[:1], status=DiscreteStatus.TRIVIAL)
    assert alone.verdict == ""
    assert not alone.certified
    assert np.isnan(alone.bound)
    assert DiscreteStatus.TRIVIAL.value in alone.sentence


def test_a_joint_p_value_is_bonferroni_over_the_elements() -> None:
    group = cyclic(4)
    ps = [1.0, 0.2, 0.05, 0.9]
    tests = tuple(ElementTest(f"g{i}", g, order=4, p_value=p, bound=p) for i, (g, p) in enumerate(zip(group.elements, ps, strict=True)))
    found = DiscreteDiscovery(group, tests)
    assert found.p_value == pytest.approx(0.15)
    assert found.bound == 0.9


def test_noise_alone_is_continuous_or_open_and_never_a_group() -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(800, 2))
        noise = Samples(x, rep_x=Rep("V", n=2), y=np.random.default_rng(100 + seed).normal(size=800))
        found = discover_discrete(noise, CyclicOrder(), level="conditional", seed=seed)
        assert found.order == 1
        assert not found.certified
        assert found.status is DiscreteStatus.CONTINUOUS
        assert not discover_discrete(replace(noise, y=None), LinearMixing(), seed=seed).certified


def test_progress_reaches_its_end() -> None:
    for method, rows in ((Candidates(), blobs(0)), (CyclicOrder(), cyclic_cloud(3, 0)), (LinearMixing(), cyclic_cloud(3, 0, rows=2000))):
        steps: list[tuple[str, int, int]] = []
        discover_discrete(rows, method, progress=lambda name, k, n, steps=steps: steps.append((name, k, n)))  # type: ignore[misc]
        assert steps[-1][1] == steps[-1][2]
        assert [k for _, k, _ in steps] == sorted(k for _, k, _ in steps)


def test_a_held_out_half_is_counted() -> None:
    found = discover_discrete(rotation_samples(4, 0, rows=901), CyclicOrder(plane=(0, 1)), level="conditional")
    assert (found.rows, found.held_out, found.clusters) == (901, 451, 901)
    assert "901 rows, 451 held out" in found.sentence
