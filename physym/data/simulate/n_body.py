"""Bodies of mass 1 that attract each other by Newton's law in a plane, G = 1."""

from __future__ import annotations

import numpy as np

from physym._rng import generator
from physym._typing import Float
from physym.data.simulate.integrate import integrate
from physym.data.trajectories import Trajectories
from physym.errors import InvalidData

THIRD = 2 * np.pi / 3


def two_body(
    n: int,
    *,
    seed: int | np.random.Generator,
    eccentricity: float = 0.0,
    orbit_noise: float = 0.05,
    angles: tuple[float, float] = (-np.pi, np.pi),
    field: tuple[float, float] = (0.0, 0.0),
    span: int | float = 20,
    points: int = 50,
) -> Trajectories:
    """Two bodies about their common centre, which rests at the origin.

    Body 1 starts at ``(r cos φ, r sin φ)`` with r the length of a vector whose coordinates are uniform in [0.5, 1.5], at right
    angles to its velocity; body 2 mirrors it.

    Arguments:
        n: number of runs.
        seed: seed or generator.
        eccentricity: orbits start farthest from the centre with eccentricities uniform between 0 and this; 0: circles.
        orbit_noise: spread of the factor ``1 + orbit_noise · N(0, 1)`` on the initial velocities.
        angles: range of the polar angle φ of body 1, in rad.
        field: a constant acceleration of body 1 and its opposite on body 2, which breaks the rotation symmetry.
        span: last time.
        points: number of times.

    Returns:
        Trajectories with columns q1x, q1y, p1x, p1y, q2x, q2y, p2x, p2y.

    Raises:
        InvalidData: no runs, or an eccentricity outside [0, 1).

    References:
        S. Greydanus, M. Dzamba, J. Yosinski, NeurIPS 2019 (arXiv 1906.01563), section 4 and the authors' code.

    Example:
        >>> orbits = two_body(4, seed=0, span=1, points=5)
        >>> orbits.states.shape, bool(np.allclose(orbits.column("q1x"), -orbits.column("q2x")))
        ((4, 5, 8), True)
    """
    _require(n, eccentricity)
    rng = generator(seed)
    radius = np.linalg.norm(rng.uniform(0.5, 1.5, size=(n, 2)), axis=1)
    outward = _direction(rng.uniform(*angles, size=n))
    slow = np.sqrt(1 - rng.uniform(0, 1, size=n) * eccentricity)
    speed = slow * (1 + orbit_noise * rng.normal(size=n)) / (2 * np.sqrt(radius))
    q, p = radius[:, None] * outward, speed[:, None] * _turned(outward, np.pi / 2)
    push = np.array([[field[0], field[1]], [-field[0], -field[1]]])
    return _run(np.stack([q, -q], axis=1), np.stack([p, -p], axis=1), push, span, points, "two bodies")


def three_body(
    n: int, *, seed: int | np.random.Generator, velocity_noise: float = 0.2, span: int | float = 5, points: int = 20
) -> Trajectories:
    """Three bodies that start on an equilateral triangle, near the circular orbit.

    Arguments:
        n: number of runs.
        seed: seed or generator.
        velocity_noise: each velocity component is multiplied by ``1 + velocity_noise · U(−1, 1)``.
        span: last time.
        points: number of times.

    Returns:
        Trajectories with columns q1x, q1y, p1x, p1y, q2x … p3y.

    Raises:
        InvalidData: no runs.

    References:
        S. Greydanus, M. Dzamba, J. Yosinski, NeurIPS 2019 (arXiv 1906.01563), the authors' code.

    Example:
        >>> three_body(4, seed=0, span=1, points=5).states.shape
        (4, 5, 12)
    """
    _require(n, 0.0)
    rng = generator(seed)
    radius = rng.uniform(0.9, 1.2, size=n)[:, None]
    first = _direction(rng.uniform(-np.pi, np.pi, size=n))
    outward = np.stack([_turned(first, k * THIRD) for k in range(3)], axis=1)
    # the two others pull a body towards the centre with 1/(√3 r²)
    speed = np.sqrt(1 / (np.sqrt(3) * radius))[:, None]
    p = speed * _turned(outward, np.pi / 2) * (1 + velocity_noise * rng.uniform(-1, 1, size=(n, 3, 2)))
    return _run(radius[:, None] * outward, p, np.zeros((3, 2)), span, points, "three bodies")


def _require(n: int, eccentricity: float) -> None:
    if n < 1 or not 0 <= eccentricity < 1:
        raise InvalidData(f"n={n}, eccentricity={eccentricity}; expected at least one run and an eccentricity in [0, 1).")


def _direction(angle: Float[np.ndarray, "N"]) -> Float[np.ndarray, "N 2"]:
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _turned(vectors: Float[np.ndarray, "*batch 2"], angle: float) -> Float[np.ndarray, "*batch 2"]:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(vectors @ np.array([[cos, sin], [-sin, cos]]))


def _run(
    q: Float[np.ndarray, "N K 2"], p: Float[np.ndarray, "N K 2"], push: Float[np.ndarray, "K 2"], span: int | float, points: int, name: str
) -> Trajectories:
    """Integrate from positions and momenta of K bodies."""
    runs, bodies, _ = q.shape

    def velocity(flat: np.ndarray) -> np.ndarray:
        state = flat.reshape(runs, bodies, 2, 2)
        apart = state[:, None, :, 0] - state[:, :, None, 0]
        cubed = (apart**2).sum(-1) ** 1.5
        cubed[:, np.arange(bodies), np.arange(bodies)] = np.inf  # no body pulls itself
        force = (apart / cubed[..., None]).sum(2) + push
        return np.stack([state[:, :, 1], force], axis=2).reshape(flat.shape)

    states, step = integrate(velocity, np.stack([q, p], axis=2).reshape(runs, -1), span=span, points=points)
    columns = tuple(f"{quantity}{body + 1}{axis}" for body in range(bodies) for quantity in "qp" for axis in "xy")
    return Trajectories(states, columns=columns, dt=step, source=f"{name}, simulated")
