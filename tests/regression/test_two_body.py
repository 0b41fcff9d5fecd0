"""The published two-body data: the rotation, with and without noise, and what each level says of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from physym import LieAlgebra, Trajectories, discover, load
from physym.algebra import principal_cosines, so
from physym.discovery.base import Level

ROTATION = LieAlgebra(np.kron(np.eye(4), so(2).basis[0])[None])


@cache
def orbits() -> Trajectories:
    return load("two_body", split="train")  # type: ignore[return-value]


def conditional(noise: float, seed: int, *, full: bool = False) -> Level:
    """Noise in shares of each coordinate's root mean square, fresh for each state."""
    size = noise * np.sqrt((orbits().states ** 2).mean((0, 1)))
    states = orbits().states + size * np.random.default_rng([seed, 7]).normal(size=orbits().states.shape)
    return discover(replace(orbits(), states=states).samples(blocks="full" if full else None), level="conditional").level


def gap(level: Level) -> float:
    """1 − cosine to the rotation as an action on the span."""
    assert level.algebra is not None
    return float(1 - principal_cosines(level.algebra, ROTATION, support=orbits().states.reshape(-1, 8))[0])


def test_exact_data() -> None:
    level = conditional(0.0, 0)
    assert level.dimension == 1
    assert gap(level) < 1e-6
    assert "span 4 of 8" in level.sentence


@pytest.mark.parametrize(("noise", "bound"), [(0.01, 1e-5), (0.03, 1e-4), (0.1, 4e-3)])
def test_noise_on_every_state(noise: float, bound: float) -> None:
    levels = [conditional(noise, seed) for seed in range(10)]
    assert [level.dimension for level in levels] == [1] * 10
    assert max(gap(level) for level in levels) < bound


@pytest.mark.parametrize(("noise", "bound"), [(0.0, 1e-3), (0.01, 1e-3)])
def test_free_matrices_modulo_the_annihilator(noise: float, bound: float) -> None:
    level = conditional(noise, 0, full=True)
    assert level.dimension >= 1
    assert gap(level) < bound
    assert "annihilator of the support, 32" in level.sentence


def test_the_error_bars_cover_the_rotation() -> None:
    pulls = []
    for seed in range(10):
        level = conditional(0.03, seed)
        assert level.algebra is not None
        truth = ROTATION.basis[0] / np.linalg.norm(ROTATION.basis[0])
        found = level.algebra.basis[0] * np.sign((level.algebra.basis[0] * truth).sum())
        inside = level.algebra.errors[0] > 0.1 * level.algebra.errors[0].max()
        pulls.append(((found - truth)[inside] / level.algebra.errors[0][inside]) ** 2)
    assert 0.3 < np.mean(pulls) < 2.0


def test_the_density_is_not_symmetric_because_the_split_is_by_angle() -> None:
    found = discover(orbits().samples())
    assert found.headline == "conditional"
    assert found.measure is not None
    assert found.measure.dimension == 0
    assert "do not cover the orbits of the group evenly" in found.measure.sentence
