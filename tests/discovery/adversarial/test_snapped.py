"""Measured elements made exact: the nearest element of finite order, or none."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from physym.discovery.adversarial import finite_step
from physym.discovery.adversarial.snapped import HIGHEST_ORDER, NEAR_PART


def turn(angle: float, n: int = 2) -> np.ndarray:
    """A turn of the first two of n coordinates."""
    g = np.eye(n)
    g[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return g


def rotated(g: np.ndarray, *, seed: int) -> np.ndarray:
    frame = np.linalg.qr(np.random.default_rng(seed).normal(size=g.shape))[0]
    return frame @ g @ frame.T


def order_of(g: np.ndarray) -> int:
    """By multiplying."""
    power, order = g, 1
    while not np.allclose(power, np.eye(len(g)), atol=1e-9):
        power, order = power @ g, order + 1
        assert order < 1000
    return order


@pytest.mark.parametrize("order", range(2, HIGHEST_ORDER + 1))
@pytest.mark.parametrize("n", [2, 3, 4])
def test_a_turn_near_a_part_of_a_full_one_becomes_it(order: int, n: int) -> None:
    exact = rotated(turn(2 * np.pi / order, n), seed=order)
    noise = 0.005 * np.random.default_rng(n).normal(size=(n, n)) / n
    found = finite_step(exact + noise)
    assert found is not None
    assert found.order == order == order_of(found.matrix)
    assert np.abs(found.matrix - exact).max() < 0.02
    assert np.allclose(found.matrix @ found.matrix.T, np.eye(n))


@pytest.mark.parametrize("order", range(2, HIGHEST_ORDER))
def test_neighbouring_orders_are_told_apart_and_the_smaller_one_is_preferred(order: int) -> None:
    """2π/12 and 2π/13 differ by .04 rad, and a turn by 2π/7 is one by 4π/14, too."""
    for error in (-0.008, 0.0, 0.008):
        found = finite_step(turn(2 * np.pi / order + error))
        assert found is not None
        assert found.order == order


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 6])
def test_every_generator_of_a_cyclic_group_has_its_order(k: int) -> None:
    found = finite_step(turn(2 * np.pi * k / 7 + 0.01))
    assert found is not None
    assert found.order == 7
    assert np.allclose(found.matrix, turn(2 * np.pi * k / 7))


@pytest.mark.parametrize("seed", range(10))
def test_signed_permutations_are_found_through_noise(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 6))
    exact = np.eye(n)[rng.permutation(n)] * rng.choice([-1.0, 1.0], size=n)
    found = finite_step(exact + rng.uniform(-0.2, 0.2, size=(n, n)))
    if np.array_equal(exact, np.eye(n)):
        assert found is None
        return
    assert found is not None
    assert np.array_equal(found.matrix, exact)
    assert found.order == order_of(exact)


def test_a_permutation_with_more_noise_is_none() -> None:
    """The checker itself: an entry halfway between whole numbers is near no permutation."""
    found = finite_step(np.array([[0.5, 1.0], [1.0, 0.5]]))
    assert found is None or not np.array_equal(np.abs(found.matrix), np.eye(2))


@pytest.mark.parametrize("angle", [0.0, 0.001, 0.04, -0.03])
def test_what_hardly_moves_is_no_step(angle: float) -> None:
    assert finite_step(turn(angle)) is None
    assert finite_step(rotated(turn(angle, 4), seed=0)) is None


def test_an_angle_between_all_parts_is_no_step() -> None:
    """Where the gap between neighbours is wide and no signed permutation is near."""
    assert finite_step(turn(0.2)) is None
    parts = sorted({2 * np.pi * k / order for order in range(2, HIGHEST_ORDER + 1) for k in range(order)})
    gaps = [(a + b) / 2 for a, b in pairwise(parts) if (b - a) / 2 > NEAR_PART and abs(np.sin(a + b)) > 0.6]
    assert gaps
    assert all(finite_step(turn(angle)) is None for angle in gaps)


def test_two_planes_share_one_order() -> None:
    """A third and a half of a turn together have order 6."""
    g = np.zeros((4, 4))
    g[:2, :2], g[2:, 2:] = turn(2 * np.pi / 3), turn(np.pi)
    for element in (g, rotated(g, seed=1)):
        found = finite_step(element)
        assert found is not None
        assert found.order == 6
        assert np.allclose(found.matrix, element)


def test_a_stretch_along_the_way_is_taken_out() -> None:
    found = finite_step(1.1 * turn(2 * np.pi / 5))
    assert found is not None
    assert found.order == 5
    assert np.allclose(found.matrix, turn(2 * np.pi / 5))


def test_reflections_have_order_two() -> None:
    mirror = np.diag([1.0, -1.0, 1.0])
    found = finite_step(rotated(mirror, seed=3))
    assert found is not None
    assert (found.order, round(float(np.linalg.det(found.matrix)), 9)) == (2, -1.0)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_power_of_the_order_is_the_identity(n: int) -> None:
    for seed in range(20):
        g = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]
        found = finite_step(g)
        if found is not None:
            assert np.allclose(np.linalg.matrix_power(found.matrix, found.order), np.eye(n), atol=1e-9)
