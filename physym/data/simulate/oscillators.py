"""Springs and the pendulum, with the settings of the Hamiltonian neural network paper."""

from __future__ import annotations

import numpy as np

from physym._rng import generator
from physym.data.simulate.integrate import integrate
from physym.data.trajectories import Trajectories
from physym.errors import InvalidData


def spring(n: int, *, seed: int | np.random.Generator, span: int | float = 3, points: int = 30) -> Trajectories:
    """A mass on a spring, ``H = q² + p²``: the flow is a rotation of (q, p) and commutes with rotations and dilations.

    Arguments:
        n: number of runs; their distance from the origin is uniform in [0.1, 1].
        seed: seed or generator.
        span: last time.
        points: number of times.

    Returns:
        Trajectories with columns q, p.

    Raises:
        InvalidData: no runs.

    References:
        S. Greydanus, M. Dzamba, J. Yosinski, NeurIPS 2019 (arXiv 1906.01563), the authors' code.

    Example:
        >>> states = spring(3, seed=0).states
        >>> bool(np.ptp((states**2).sum(-1), axis=1).max() < 1e-6)  # the energy
        True
    """
    start = _ring(n, seed, (0.1, 1.0))
    states, step = integrate(lambda x: np.stack([2 * x[:, 1], -2 * x[:, 0]], axis=1), start, span=span, points=points)
    return Trajectories(states, columns=("q", "p"), dt=step, source="spring, simulated")


def pendulum(n: int, *, seed: int | np.random.Generator, span: int | float = 3, points: int = 45) -> Trajectories:
    """A pendulum of large amplitude, ``H = 3(1 − cos q) + p²``: no linear map commutes with its flow but the reflection.

    Arguments:
        n: number of runs; their distance from the origin of (q, p) is uniform in [1.3, 2.3].
        seed: seed or generator.
        span: last time.
        points: number of times.

    Returns:
        Trajectories with columns q (rad), p.

    Raises:
        InvalidData: no runs.

    References:
        S. Greydanus, M. Dzamba, J. Yosinski, NeurIPS 2019 (arXiv 1906.01563), the authors' code.

    Example:
        >>> q, p = np.moveaxis(pendulum(3, seed=0).states, -1, 0)
        >>> bool(np.ptp(3 * (1 - np.cos(q)) + p**2, axis=1).max() < 1e-6)  # the energy
        True
    """
    start = _ring(n, seed, (1.3, 2.3))
    states, step = integrate(lambda x: np.stack([2 * x[:, 1], -3 * np.sin(x[:, 0])], axis=1), start, span=span, points=points)
    return Trajectories(states, columns=("q", "p"), dt=step, source="pendulum, simulated")


def plane_oscillator(
    n: int, *, seed: int | np.random.Generator, anisotropy: float = 0.0, span: int | float = 3, points: int = 30
) -> Trajectories:
    """A mass on an isotropic spring in a plane, ``H = |q|² + |p|²``: its flow is the complex structure of (q, p).

    All matrices that commute with it form gl(2, C); those that preserve H as well form u(2).

    Arguments:
        n: number of runs; q and p are standard normal at the start.
        seed: seed or generator.
        anisotropy: the spring is stiffer by this share along y, which breaks the rotation symmetry.
        span: last time.
        points: number of times.

    Returns:
        Trajectories with columns qx, qy, px, py.

    Raises:
        InvalidData: no runs.

    Example:
        >>> plane_oscillator(3, seed=0).blocks
        ((0, 1), (2, 3))
    """
    start = _positive(n, seed).normal(size=(n, 4))
    stiffness = 2 * np.array([1.0, 1.0 + anisotropy])
    states, step = integrate(lambda x: np.concatenate([2 * x[:, 2:], -stiffness * x[:, :2]], axis=1), start, span=span, points=points)
    return Trajectories(states, columns=("qx", "qy", "px", "py"), dt=step, source="plane oscillator, simulated")


def _positive(n: int, seed: int | np.random.Generator) -> np.random.Generator:
    if n < 1:
        raise InvalidData(f"n={n}; expected at least one run.")
    return generator(seed)


def _ring(n: int, seed: int | np.random.Generator, radii: tuple[float, float]) -> np.ndarray:
    """Points of the plane at uniform angle and distance."""
    rng = _positive(n, seed)
    radius, angle = rng.uniform(*radii, size=n), rng.uniform(-np.pi, np.pi, size=n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
