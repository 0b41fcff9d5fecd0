"""Principal angles: axioms of a distance, known angles, and what the support of data hides."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from physym.algebra import LieAlgebra, change_of_basis, dilation, extend, principal_cosines, so, span_distance, su, support_basis, unitary
from physym.errors import ShapeError


def wild(k: int, n: int, seed: int) -> LieAlgebra:
    return LieAlgebra(np.random.default_rng(seed).normal(size=(k, n, n)))


def orthogonal(n: int, seed: int) -> np.ndarray:
    return np.asarray(np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0])


def conjugated(algebra: LieAlgebra, frame: np.ndarray) -> LieAlgebra:
    return LieAlgebra(frame @ algebra.basis @ np.linalg.inv(frame))


@given(k=st.integers(1, 4), near=st.floats(1e-6, 0.5), seed=st.integers(0, 999))
def test_axioms_hold_near_and_far(k: int, near: float, seed: int) -> None:
    """Close spans too, where the triangle inequality is tight."""
    a = wild(k, 3, seed)
    b = LieAlgebra(a.basis + near * wild(k, 3, seed + 1).basis)
    c = LieAlgebra(b.basis + near * wild(k, 3, seed + 2).basis)
    ab, bc, ac = span_distance(a, b), span_distance(b, c), span_distance(a, c)
    assert ac <= ab + bc + 1e-12
    assert np.isclose(ab, span_distance(b, a), rtol=1e-8, atol=1e-14)
    assert span_distance(a, a) < 1e-14
    assert 0 < ab <= np.pi / 2


@given(k=st.integers(1, 4), seed=st.integers(0, 999))
def test_orthogonal_frames_and_transposition_keep_every_angle(k: int, seed: int) -> None:
    a, b, turn = wild(k, 4, seed), wild(k + 1, 4, seed + 1), orthogonal(4, seed)
    expected = principal_cosines(a, b)
    assert len(expected) == k
    for first, second in (
        (conjugated(a, turn), conjugated(b, turn)),
        (LieAlgebra(np.swapaxes(a.basis, 1, 2)), LieAlgebra(np.swapaxes(b.basis, 1, 2))),
        (LieAlgebra(turn @ a.basis), LieAlgebra(turn @ b.basis)),
        (change_of_basis(a, seed=seed), LieAlgebra(-7 * b.basis[::-1])),
        (b, a),
    ):
        np.testing.assert_allclose(principal_cosines(first, second), expected, atol=1e-10)


def test_a_frame_that_is_not_orthogonal_changes_angles() -> None:
    """Testing the test above."""
    a, b, frame = wild(2, 4, 0), wild(2, 4, 1), np.diag([1.0, 2, 4, 8])
    assert abs(span_distance(conjugated(a, frame), conjugated(b, frame)) - span_distance(a, b)) > 1e-3


@given(angle=st.floats(-1.5, 1.5), pair=st.sampled_from([(0, 1), (0, 2), (1, 2)]))
def test_a_tilted_axis_is_as_far_as_it_is_tilted(angle: float, pair: tuple[int, int]) -> None:
    """Rotations about axes that differ by θ are generators at the angle θ."""
    about_z, about_y, about_x = (LieAlgebra(generator[None]) for generator in so(3).basis)
    axes = {(0, 1): about_z, (0, 2): about_y, (1, 2): about_x}
    tilting = next(other for other in axes.values() if other is not axes[pair])
    tilted = conjugated(axes[pair], expm(angle * tilting.basis[0]))
    assert np.isclose(span_distance(axes[pair], tilted), abs(angle), atol=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "shared"),
    [
        (so(1, 3), so(3, 1), 2),  # time comes first in one, last in the other
        (so(4), so(2, 2), 2),
        (so(4), so(1, 3), 3),
        (su(2), so(4), 3),
        (su(2), unitary(2), 3),
        (extend(so(1, 3), dilation(4)), so(1, 3), 6),
        (so(5), so(2, 3), 4),
    ],
    ids=lambda part: getattr(part, "source", str(part)),
)
def test_textbook_algebras_share_what_the_books_say(a: LieAlgebra, b: LieAlgebra, shared: int) -> None:
    """Rotations among equal signs are common; boosts are orthogonal to rotations."""
    cosines = principal_cosines(a, b)
    assert int((cosines > 1 - 1e-12).sum()) == shared
    assert int((cosines < 1e-12).sum()) == len(cosines) - shared


@given(k=st.integers(1, 8), seed=st.integers(0, 999))
def test_complements_are_as_far_apart_as_the_spans(k: int, seed: int) -> None:
    rows = [wild(k, 3, seed + i).basis.reshape(k, 9) for i in (0, 1)]
    complements = [LieAlgebra(np.linalg.svd(row)[2][k:].reshape(-1, 3, 3)) for row in rows]
    assert np.isclose(span_distance(*complements), span_distance(*(LieAlgebra(row.reshape(k, 3, 3)) for row in rows)), atol=1e-9)


def flat_data(rank: int, n: int, seed: int, points: int = 40) -> np.ndarray:
    """Points that fill a random subspace of the given rank."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.normal(size=(points, rank)) @ orthogonal(n, seed)[:rank])


@given(rank=st.integers(1, 4), k=st.integers(1, 3), seed=st.integers(0, 999))
def test_generators_that_move_the_data_alike_are_one(rank: int, k: int, seed: int) -> None:
    data = flat_data(rank, 5, seed)
    span = support_basis(data, 5)
    assert span.shape == (5, rank)
    np.testing.assert_allclose(data @ span @ span.T, data, atol=1e-10)
    silent = wild(k, 5, seed + 1).basis @ (np.eye(5) - span @ span.T)
    a, b = wild(k, 5, seed + 2), wild(k, 5, seed + 3)
    assert span_distance(a, LieAlgebra(a.basis + silent), support=data) < 1e-12
    assert span_distance(a, LieAlgebra(a.basis + silent)) > 1e-3
    moved = span_distance(LieAlgebra(a.basis + silent), b, support=data)
    assert np.isclose(moved, span_distance(a, b, support=data), atol=1e-9)


@given(seed=st.integers(0, 999), factor=st.floats(1e-6, 1e6))
def test_the_support_is_a_subspace_not_a_sample(seed: int, factor: float) -> None:
    data, other = flat_data(3, 5, seed), flat_data(3, 5, seed, points=11)
    a, b = wild(2, 5, seed + 1), wild(2, 5, seed + 2)
    expected = span_distance(a, b, support=data)
    rng = np.random.default_rng(seed)
    for support in (factor * data, data[rng.permutation(40)], np.concatenate([data, np.zeros((5, 5))]), other, support_basis(data, 5)):
        assert np.isclose(span_distance(a, b, support=support), expected, atol=1e-9)
    turn = orthogonal(5, seed + 5)
    turned = span_distance(conjugated(a, turn), conjugated(b, turn), support=data @ turn.T)
    assert np.isclose(turned, expected, atol=1e-9)


@given(seed=st.integers(0, 999))
def test_distance_on_a_support_is_a_distance(seed: int) -> None:
    data = flat_data(2, 4, seed)
    spans = [wild(2, 4, seed + i) for i in range(3)]
    for a, b, c in permutations(spans):
        assert span_distance(a, c, support=data) <= span_distance(a, b, support=data) + span_distance(b, c, support=data) + 1e-12
        assert np.isclose(span_distance(a, b, support=data), span_distance(b, a, support=data))


def test_generators_that_agree_on_the_support_are_counted_once() -> None:
    """Two generators that differ off the support only are one as maps from it."""
    plane = np.eye(3)[:, :2]
    twins = LieAlgebra(np.stack([np.diag([1.0, 1, 0]), np.diag([1.0, 1, 5])]))
    assert len(principal_cosines(twins, LieAlgebra(twins.basis[:1]))) == 1
    assert span_distance(twins, LieAlgebra(twins.basis[:1]), support=plane) < 1e-12
    silent = LieAlgebra(np.diag([0.0, 0, 1])[None])
    assert len(principal_cosines(silent, twins, support=plane)) == 0
    assert span_distance(silent, silent, support=plane) == 0


@pytest.mark.parametrize("support", [np.zeros((3, 5)), np.zeros(3), np.zeros((2, 2))])
def test_a_support_of_another_space_is_refused(support: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="support has shape"):
        span_distance(so(4), so(4), support=support)


@given(angles=st.lists(st.floats(0, np.pi / 2), min_size=1, max_size=4), seed=st.integers(0, 999))
def test_of_several_angles_the_largest_is_the_distance(angles: list[float], seed: int) -> None:
    """Orthonormal matrices turned one by one, each in a plane of its own, then mixed at random."""
    units = np.linalg.qr(np.random.default_rng(seed).normal(size=(9, 9)))[0].T.reshape(9, 3, 3)
    k = len(angles)
    turned = np.cos(angles)[:, None, None] * units[:k] + np.sin(angles)[:, None, None] * units[k : 2 * k]
    a, b = change_of_basis(LieAlgebra(units[:k]), seed=seed), change_of_basis(LieAlgebra(turned), seed=seed + 1)
    assert np.isclose(span_distance(a, b), max(angles), atol=1e-12)
    np.testing.assert_allclose(principal_cosines(a, b), np.sort(np.cos(angles))[::-1], atol=1e-12)
