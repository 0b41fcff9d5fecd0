"""Simulated oscillators against their closed solutions and conserved energies."""

from __future__ import annotations

import numpy as np
import pytest

from physym.data.simulate import pendulum, plane_oscillator, spring
from physym.errors import InvalidData


def test_the_spring_turns_at_its_frequency() -> None:
    runs = spring(5, seed=0)
    time = runs.dt * np.arange(30)
    q0, p0 = runs.states[:, :1, 0], runs.states[:, :1, 1]
    np.testing.assert_allclose(runs.column("q"), q0 * np.cos(2 * time) + p0 * np.sin(2 * time), atol=1e-7)


def test_the_energy_of_the_pendulum_is_conserved() -> None:
    runs = pendulum(20, seed=0)
    q, p = runs.column("q"), runs.column("p")
    assert np.ptp(3 * (1 - np.cos(q)) + p**2, axis=1).max() < 1e-6
    distance = np.hypot(q[:, 0], p[:, 0])
    assert distance.min() > 1.3
    assert distance.max() < 2.3


def test_anisotropy_changes_one_axis_only() -> None:
    plain, stiff = plane_oscillator(5, seed=0), plane_oscillator(5, seed=0, anisotropy=0.5)
    np.testing.assert_allclose(plain.column("qx"), stiff.column("qx"), atol=1e-7)
    assert np.abs(plain.column("qy") - stiff.column("qy")).max() > 0.1


def test_the_same_seed_gives_the_same_runs() -> None:
    np.testing.assert_array_equal(spring(3, seed=4).states, spring(3, seed=4).states)


def test_no_runs_are_refused() -> None:
    for make in (spring, pendulum, plane_oscillator):
        with pytest.raises(InvalidData, match="n=0"):
            make(0, seed=0)
