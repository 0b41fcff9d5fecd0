"""Simulated bodies: conservation laws, symmetry under rotations, reproducibility."""

from __future__ import annotations

import numpy as np
import pytest

from physym.data.simulate import three_body, two_body
from physym.data.trajectories import Trajectories
from physym.errors import InvalidData


def parts(runs: Trajectories) -> tuple[np.ndarray, np.ndarray]:
    """Positions and momenta, each of shape ``(N, T, bodies, 2)``."""
    bodies = len(runs.columns) // 4
    q, p = (np.stack([np.stack([runs.column(f"{kind}{b + 1}{axis}") for axis in "xy"], -1) for b in range(bodies)], 2) for kind in "qp")
    return q, p


def energy(q: np.ndarray, p: np.ndarray) -> np.ndarray:
    total = (p**2).sum((-1, -2)) / 2
    for a in range(q.shape[2]):
        for b in range(a):
            total = total - 1 / np.linalg.norm(q[:, :, a] - q[:, :, b], axis=-1)
    return total


@pytest.mark.parametrize("runs", [two_body(10, seed=0, eccentricity=0.4, span=5, points=9), three_body(10, seed=0, span=2, points=9)])
def test_energy_and_momenta_are_conserved(runs: Trajectories) -> None:
    q, p = parts(runs)
    spin = (q[..., 0] * p[..., 1] - q[..., 1] * p[..., 0]).sum(-1)
    for conserved in (energy(q, p), spin, p.sum(2)[..., 0], p.sum(2)[..., 1]):
        assert np.ptp(conserved, axis=1).max() < 1e-6


def test_circles_stay_circles() -> None:
    q, p = parts(two_body(10, seed=0, orbit_noise=0.0, span=10, points=9))
    radius = np.linalg.norm(q[:, :, 0], axis=-1)
    assert np.ptp(radius, axis=1).max() < 1e-6
    np.testing.assert_allclose((q[:, :, 0] * p[:, :, 0]).sum(-1), 0, atol=1e-6)
    assert radius.min() > np.sqrt(0.5)


def test_eccentric_orbits_come_closer() -> None:
    q, _ = parts(two_body(50, seed=0, eccentricity=0.5, orbit_noise=0.0))
    radius = np.linalg.norm(q[:, :, 0], axis=-1)
    assert (radius <= radius[:, :1] * (1 + 1e-6)).all()  # they start farthest out
    assert (radius.min(1) / radius[:, 0]).min() < 0.6


def test_angles_are_those_asked_for() -> None:
    q, _ = parts(two_body(50, seed=0, angles=(-np.pi, 0.0), span=1, points=2))
    assert (q[:, 0, 0, 1] < 0).all()


def test_a_field_pushes_the_bodies_apart_or_together() -> None:
    still, pushed = (parts(two_body(5, seed=0, span=0.1, points=2, field=field)) for field in ((0.0, 0.0), (0.3, 0.0)))
    np.testing.assert_allclose((pushed[1] - still[1])[:, 1, :, 0], [[0.03, -0.03]] * 5, atol=2e-3)


def test_the_same_seed_gives_the_same_runs() -> None:
    one, same, other = (three_body(3, seed=seed, span=1, points=3).states for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)


def test_senseless_settings_are_refused() -> None:
    with pytest.raises(InvalidData, match="eccentricity=1"):
        two_body(5, seed=0, eccentricity=1.0)
    with pytest.raises(InvalidData, match="n=0"):
        three_body(0, seed=0)
    with pytest.raises(InvalidData, match="points=1"):
        two_body(5, seed=0, points=1)
