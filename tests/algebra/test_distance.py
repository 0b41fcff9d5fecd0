"""Principal angles between spans of generators, on the whole space and on the support of data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.algebra import LieAlgebra, change_of_basis, principal_cosines, so, span_distance, su, support_basis
from physym.errors import ShapeError


def random_span(k: int, n: int, seed: int) -> LieAlgebra:
    return LieAlgebra(np.random.default_rng(seed).normal(size=(k, n, n)))


def two_bodies(points: int = 60, seed: int = 0) -> np.ndarray:
    """Centred two-body states (q1, q2, p1, p2) with q2 = −q1 and p2 = −p1: rank 4 of 8."""
    q, p = np.random.default_rng(seed).normal(size=(2, points, 2))
    return np.hstack([q, -q, p, -p])


@given(k=st.integers(1, 6), seed=st.integers(0, 30))
def test_it_is_a_metric_on_spans(k: int, seed: int) -> None:
    a, b, c = (random_span(k, 4, 3 * seed + i) for i in range(3))
    assert span_distance(a, a) < 1e-13
    assert np.isclose(span_distance(a, b), span_distance(b, a))
    assert span_distance(a, c) <= span_distance(a, b) + span_distance(b, c) + 1e-12
    assert 0 <= span_distance(a, b) <= np.pi / 2


@given(seed=st.integers(0, 30))
def test_the_basis_of_a_span_does_not_matter(seed: int) -> None:
    a, b = random_span(4, 3, seed), random_span(4, 3, seed + 1000)
    assert np.isclose(span_distance(change_of_basis(a, seed=seed), b), span_distance(a, b))
    assert np.allclose(principal_cosines(change_of_basis(a, seed=seed), b), principal_cosines(a, b))


@pytest.mark.parametrize("angle", [1e-12, 1e-9, 1e-5, 0.3, 1.2, np.pi / 2])
def test_a_known_angle_is_measured_even_when_tiny(angle: float) -> None:
    x, y = np.diag([1.0, 0.0])[None], np.diag([0.0, 1.0])[None]
    tilted = LieAlgebra(np.cos(angle) * x + np.sin(angle) * y)
    assert np.isclose(span_distance(LieAlgebra(x), tilted), angle, rtol=1e-3)
    assert np.isclose(principal_cosines(LieAlgebra(x), tilted)[0], np.cos(angle), atol=1e-12)


def test_angles_are_those_of_the_oracle() -> None:
    from scipy.linalg import subspace_angles

    a, b = random_span(3, 4, 0), random_span(3, 4, 1)
    angles = subspace_angles(a.basis.reshape(3, -1).T, b.basis.reshape(3, -1).T)
    assert np.isclose(span_distance(a, b), angles[0])
    assert np.allclose(np.sort(np.arccos(principal_cosines(a, b))), np.sort(angles))


def test_different_dimensions_are_as_far_as_can_be() -> None:
    assert span_distance(so(4), LieAlgebra(so(4).basis[:3])) == np.pi / 2
    assert np.allclose(principal_cosines(so(4), LieAlgebra(so(4).basis[:3])), 1)
    nothing = LieAlgebra(np.zeros((0, 4, 4)))
    assert span_distance(nothing, nothing) == 0
    assert len(principal_cosines(nothing, so(4))) == 0


def test_a_conjugated_algebra_is_another_span() -> None:
    assert span_distance(su(2), change_of_basis(su(2), seed=0, conjugate=True)) > 0.05


def test_two_bodies_determine_generators_modulo_the_annihilator_only() -> None:
    states = two_bodies()
    assert support_basis(states, 8).shape == (8, 4)
    turn = LieAlgebra(np.kron(np.eye(4), [[0.0, -1.0], [1.0, 0.0]])[None])
    annihilator = np.eye(8) - support_basis(states, 8) @ support_basis(states, 8).T
    junk = np.random.default_rng(1).normal(size=(8, 8)) @ annihilator
    polluted = LieAlgebra(turn.basis + 3 * junk)
    assert np.allclose(states @ polluted.basis[0].T, states @ turn.basis[0].T)  # the data cannot tell them apart
    assert span_distance(turn, polluted) > 0.5
    assert span_distance(turn, polluted, support=states) < 1e-12


def test_the_support_does_not_excuse_a_real_difference() -> None:
    """The check does fail: a generator that moves the states otherwise stays far away."""
    states = two_bodies()
    turn = LieAlgebra(np.kron(np.eye(4), [[0.0, -1.0], [1.0, 0.0]])[None])
    stretch = LieAlgebra(np.eye(8)[None])
    assert np.isclose(span_distance(turn, stretch, support=states), np.pi / 2)


def test_points_and_spanning_columns_are_the_same_support() -> None:
    states = two_bodies()
    columns = np.linalg.svd(states)[2][:4].T
    a, b = random_span(2, 8, 3), random_span(2, 8, 4)
    assert np.isclose(span_distance(a, b, support=states), span_distance(a, b, support=columns))
    noisy = states + 1e-7 * np.random.default_rng(0).normal(size=states.shape)
    assert np.isclose(span_distance(a, b, support=noisy), span_distance(a, b, support=columns), atol=1e-5)


def test_generators_that_vanish_on_the_support_are_dropped() -> None:
    plane = np.eye(3)[:, :2]
    rotation = LieAlgebra(so(3).basis[:1])
    with_silent = LieAlgebra(np.stack([so(3).basis[0], np.diag([0.0, 0.0, 1.0])]))
    assert span_distance(rotation, with_silent) == np.pi / 2
    assert span_distance(rotation, with_silent, support=plane) < 1e-14


def test_full_rank_data_change_nothing() -> None:
    a, b = random_span(2, 3, 0), random_span(2, 3, 1)
    data = np.random.default_rng(2).normal(size=(100, 3))
    assert np.allclose(principal_cosines(a, b, support=data), principal_cosines(a, b))


def test_mismatched_spaces_are_refused() -> None:
    with pytest.raises(ShapeError, match="size 3 and 4"):
        span_distance(so(3), so(4))
    with pytest.raises(ShapeError, match="support"):
        span_distance(so(3), so(3), support=np.zeros((5, 4)))
