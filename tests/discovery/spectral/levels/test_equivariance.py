"""The conditional level of vector targets: which rows it uses, and what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym import Samples, Spectral, Trajectories, discover
from physym.algebra import Rep, principal_cosines, so
from physym.data.simulate import pendulum, plane_oscillator, spring, two_body
from physym.discovery.spectral.levels.equivariance import EQUIVARIANT, NEXT_STATE, equivariance_level

VECTOR = Rep("V", n=3)


def field(seed: int, rows: int = 1500) -> Samples:
    """A radial field with noise."""
    x = np.random.default_rng(seed).normal(size=(rows, 3))
    y = x * (x**2).sum(1, keepdims=True) + 0.3 * np.random.default_rng([seed, 1]).normal(size=(rows, 3))
    return Samples(x, rep_x=VECTOR, y=y, rep_y=VECTOR)


def test_a_field_is_found_by_the_one_verb() -> None:
    found = discover(field(0), level="conditional")
    assert found.level.statement == EQUIVARIANT
    assert found.identification is not None
    assert found.identification.name == "so(3)"
    assert found.exact is not None
    assert principal_cosines(found.algebra, so(3)).min() > 0.9999


def test_runs_are_told_by_equal_numbers() -> None:
    samples = spring(30, seed=0).samples(blocks="full")
    level = equivariance_level(samples, Spectral())
    assert level.statement == NEXT_STATE
    assert (level.rows, level.clusters) == (30 * 28, 30)  # the first state of a run has none before it
    shuffled = np.random.default_rng(0).permutation(len(samples))
    apart = replace(samples, x=samples.x[shuffled], y=samples.y[shuffled], cluster=samples.cluster[shuffled])
    level = equivariance_level(apart, Spectral())
    assert level.statement == EQUIVARIANT
    assert level.rows == 30 * 29


def test_the_order_of_the_runs_does_not_matter() -> None:
    orbits = two_body(60, seed=0, eccentricity=0.4, span=4, points=10)
    turned = replace(orbits, states=orbits.states[::-1])
    one, other = (discover(t.samples(), level="conditional").algebra for t in (orbits, turned))
    assert one is not None
    assert other is not None
    assert principal_cosines(one, other).min() > 1 - 1e-6  # the runs fall into other blocks


@pytest.mark.parametrize(
    ("runs", "blocks", "name"),
    [
        (spring(100, seed=0), "full", "so(2) ⊕ R"),
        (spring(100, seed=0), None, "R"),
        (plane_oscillator(100, seed=0), None, "sl(2,R) ⊕ R"),
        (plane_oscillator(100, seed=0, anisotropy=0.1), None, "R^2"),
        (two_body(100, seed=0, eccentricity=0.5, span=8, points=20), None, "so(2)"),
    ],
)
def test_the_symmetry_of_known_flows(runs: Trajectories, blocks: str | None, name: str) -> None:
    found = discover(runs.samples(blocks=blocks), level="conditional")  # type: ignore[arg-type]
    assert found.identification is not None
    assert found.identification.name == name


@pytest.mark.parametrize(
    "runs",
    [pendulum(100, seed=0), two_body(200, seed=0, eccentricity=0.5, field=(0.02, 0.0), span=8, points=20)],
    ids=["pendulum", "field"],
)
def test_flows_without_symmetry(runs: Trajectories) -> None:
    assert discover(runs.samples(), level="conditional").level.dimension == 0


def test_a_proper_span_is_named() -> None:
    orbits = two_body(60, seed=0, eccentricity=0.4, span=4, points=10)
    small, large = (discover(orbits.samples(blocks=blocks), level="conditional").level for blocks in (None, "full"))
    assert "span 4 of 8 dimensions" in small.note
    assert "modulo" not in small.note
    assert "modulo the maps that vanish there (the annihilator of the support, 32 of the searched directions)" in large.sentence


def test_invariant_targets_are_stacked() -> None:
    x = np.random.default_rng(0).normal(size=(1500, 3))
    y = np.stack([(x**2).sum(1), x[:, 0] ** 2 + x[:, 1] ** 2], axis=1)
    level = equivariance_level(Samples(x, rep_x=VECTOR, y=y + 0.1 * np.random.default_rng(1).normal(size=y.shape)), Spectral())
    assert level.identification is not None
    assert level.identification.name == "so(2)"  # both squares are kept by turns in the plane alone


def test_a_lowered_degree_is_named() -> None:
    samples = field(0, rows=70)
    level = equivariance_level(replace(samples, y=2 * samples.x), Spectral())
    assert level.degree == 2
    assert "degree 2 instead of 3" in level.note


def test_what_cannot_be_tested_is_declined_with_the_reason() -> None:
    samples = field(0, rows=100)
    wrong = replace(samples, y=samples.y[:, :2])
    assert "2 columns" in equivariance_level(wrong, Spectral()).reason
    assert "linear map of 3 coordinates" in equivariance_level(field(0, rows=12), Spectral()).reason
    noise = replace(samples, y=np.random.default_rng(9).normal(size=(100, 3)))
    assert "not seen to depend on x" in equivariance_level(noise, Spectral()).reason
    few = replace(samples, cluster=np.arange(100) % 5)
    assert "5 independent" in equivariance_level(few, Spectral()).reason
    padded = replace(samples, mask=np.zeros((100, 1), dtype=bool))
    assert "padding" in equivariance_level(padded, Spectral()).reason
