"""Why a density may have less symmetry than its law of motion."""

from __future__ import annotations

import numpy as np

from physym import discover
from physym.data.simulate import two_body


def test_orbits_that_start_in_a_half_plane_have_no_symmetric_density() -> None:
    half = two_body(800, seed=0, angles=(-np.pi, 0.0), span=2, points=3)
    found = discover(half.samples())
    assert found.conditional is not None
    assert found.measure is not None
    assert found.conditional.dimension >= 1
    assert found.measure.dimension == 0
    assert "must leave the mean in place" in found.measure.sentence
    assert "span only 4 of 8" in (found.support.reason if found.support is not None else "")


def test_orbits_all_round_have_the_rotation_in_their_density() -> None:
    """The checker itself: with even cover the rotation is not refuted, and no reason is given."""
    levels = [discover(two_body(700, seed=seed, span=2, points=3).samples(), level="measure").level for seed in range(1, 5)]
    assert all(level.dimension >= 1 for level in levels)
    assert not any("mean" in level.note for level in levels)


def test_maps_that_vanish_on_the_span_are_no_symmetries_of_the_density() -> None:
    half = two_body(800, seed=0, angles=(-np.pi, 0.0), span=2, points=3)
    level = discover(half.samples(blocks="full"), level="measure").level
    assert len(level.searched) == 32
    assert level.dimension < 16
    assert "32 searched directions" in level.note
