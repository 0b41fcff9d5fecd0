"""Monomials of rows and what linear and affine matrices do to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.algebra import bracket, evaluate
from physym.discovery.spectral.statistics.features import Features

STEP = 1e-5


def rows(copies: int, n: int, *, seed: int = 0) -> np.ndarray:
    """Rows of K vectors with a spread and an offset of their own for every coordinate."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.normal(size=(40, copies * n)) * rng.uniform(0.5, 3, copies * n) + rng.normal(size=copies * n))


def affine(n: int, *, seed: int = 0, count: int = 1) -> np.ndarray:
    generators = np.random.default_rng(seed).normal(size=(count, n + 1, n + 1))
    generators[:, n] = 0.0
    return generators


def moved(x: np.ndarray, generator: np.ndarray, copies: int, step: float) -> np.ndarray:
    vectors = x.reshape(len(x), copies, -1)
    n = vectors.shape[2]
    return np.asarray(vectors + step * (vectors @ generator[:n, :n].T + generator[:n, n])).reshape(x.shape)


@settings(max_examples=15)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(0, 1000))
def test_affine_action_is_the_derivative_of_the_monomials(copies: int, n: int, degree: int, seed: int) -> None:
    x, generator = rows(copies, n, seed=seed), affine(n, seed=seed)
    features = Features.of(x, degree=degree, copies=copies)
    ahead, behind = (evaluate(moved(x, generator[0], copies, s * STEP) / features.scale, features.powers) for s in (1, -1))
    predicted = features.reached(generator) @ features.action(generator)[0].T
    np.testing.assert_allclose(predicted, (ahead - behind) / (2 * STEP), atol=1e-6 * (1 + np.abs(predicted).max()))


def test_a_linear_map_written_as_an_affine_one_acts_alike() -> None:
    x, generator = rows(2, 3), np.random.default_rng(1).normal(size=(1, 3, 3))
    features = Features.of(x, degree=2, copies=2)
    as_affine = features.action(np.pad(generator, ((0, 0), (0, 1), (0, 1))))
    np.testing.assert_allclose(as_affine[..., :-1], features.action(generator), atol=1e-12)
    assert not as_affine[..., -1].any()


def test_three_planar_points_are_not_two_points_in_space() -> None:
    """3 × 3 matrices on six coordinates: affine on three points of the plane, linear on two in space; the number of copies decides."""
    x = rows(3, 2)
    generator = affine(2)
    assert Features.of(x, degree=1, copies=3).is_affine(generator)
    assert not Features.of(x, degree=1, copies=2).is_affine(generator)
    assert not Features.of(x, degree=1).is_affine(generator)


def test_the_action_keeps_brackets() -> None:
    """``R([A, B]) = [R(A), R(B)]``: the second derivation acts on what the first one made, and matrices of rows swap the order back."""
    a, b = affine(2, seed=1), affine(2, seed=2)
    features = Features.of(rows(2, 2), degree=2, copies=2)

    def whole(generator: np.ndarray) -> np.ndarray:
        return np.concatenate([features.action(generator)[0], np.zeros((1, len(features.powers) + 1))])

    np.testing.assert_allclose(whole(bracket(a, b)), bracket(whole(a), whole(b)), atol=1e-9)


def test_change_is_a_root_mean_square() -> None:
    """``‖change @ c‖²`` is the mean square of ``(Ax + b)·∇f`` over the rows, constants included."""
    x, generator = rows(1, 2), affine(2, seed=3)
    features = Features.of(x, degree=2, copies=1)
    c = np.random.default_rng(4).normal(size=len(features.powers))
    values = features.reached(generator) @ features.action(generator)[0].T @ c
    assert np.linalg.norm(features.change(generator)[0] @ c) ** 2 == pytest.approx((values**2).mean(), rel=1e-9)


def test_forgetting_the_constant_would_be_seen() -> None:
    x, generator = rows(1, 2) + 5.0, affine(2, seed=3)
    features = Features.of(x, degree=2, copies=1)
    without = features.psi @ features.action(generator)[0][:, :-1].T
    assert np.abs(features.reached(generator) @ features.action(generator)[0].T - without).max() > 1e-2
