"""Data with and without discrete symmetries, for the tests; functions and points come from different seeds."""

from __future__ import annotations

import numpy as np

from physym.algebra import Rep
from physym.data import Samples


def rotation_samples(k: int, seed: int, *, rows: int = 1000, n: int = 3, noise: float = 0.0) -> Samples:
    """``y = h / (1 + mod(θ, 2π/k))`` with x ~ N(0, 1): C_k about the last axis, or in the plane for n = 2 (h = r)."""
    rng, second = (np.random.default_rng(s) for s in np.random.SeedSequence([seed, k]).spawn(2))
    x = rng.normal(size=(rows, n))
    height = x[:, 2] if n > 2 else np.hypot(x[:, 0], x[:, 1])
    y = height / (1 + np.mod(np.arctan2(x[:, 1], x[:, 0]), 2 * np.pi / k))
    return Samples(x, rep_x=Rep("V", n=n), y=y + noise * second.normal(size=rows))


def cubic_samples(seed: int, *, rows: int = 1000, n: int = 2) -> Samples:
    """A random cubic, which has no symmetry."""
    first, second = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    x = second.normal(size=(rows, n))
    y = x @ first.normal(size=n) + np.einsum("ni,ij,nj->n", x, first.normal(size=(n, n)), x)
    y = y + np.einsum("ni,nj,nk,ijk->n", x, x, x, first.normal(size=(n, n, n)))
    return Samples(x, rep_x=Rep("V", n=n), y=y, coordinates=("a", "b", "c")[:n])


def blobs(seed: int, *, rows: int = 1000, n: int = 2, even: tuple[int, ...] = ()) -> Samples:
    """A mixture of five blobs; coordinates in ``even`` get a random sign, which makes their reflection a symmetry."""
    first, second = (np.random.default_rng(s) for s in np.random.SeedSequence([seed, 5]).spawn(2))
    centres, widths = 1.5 * first.normal(size=(5, n)), 0.3 + first.random(5)
    which = second.integers(5, size=rows)
    x = centres[which] + widths[which][:, None] * second.normal(size=(rows, n))
    for i in even:
        x[:, i] *= second.choice([-1.0, 1.0], size=rows)
    return Samples(x, rep_x=Rep("V", n=n), coordinates=("a", "b", "c")[:n])


def cyclic_cloud(k: int, seed: int, *, rows: int = 1000) -> Samples:
    """A lopsided blob and its k − 1 images."""
    rng = np.random.default_rng([seed, k, 1])
    angle = rng.exponential(0.7 / k, size=rows) + 2 * np.pi * rng.integers(k, size=rows) / k
    radius = 1 + 0.1 * rng.normal(size=rows)
    return Samples(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), rep_x=Rep("V", n=2))


def pendulum(seed: int, *, damping: float = 0.0, runs: int = 120, steps: int = 8, dt: float = 0.3) -> Samples:
    """Swings of a pendulum as (q, p) → next (q, p), integrated finely; librations only."""
    rng = np.random.default_rng(seed)
    state = np.stack([rng.uniform(-1.5, 1.5, runs), rng.uniform(-1.0, 1.0, runs)])
    states = [state]
    fine = 60
    for _ in range(steps):
        for _ in range(fine):
            h = dt / fine
            half = state[1] - 0.5 * h * (np.sin(state[0]) + damping * state[1])
            q = state[0] + h * half
            state = np.stack([q, half - 0.5 * h * (np.sin(q) + damping * half)])
        states.append(state)
    path = np.stack(states)  # (steps + 1, 2, runs)
    x, y = path[:-1].transpose(2, 0, 1).reshape(-1, 2), path[1:].transpose(2, 0, 1).reshape(-1, 2)
    rep = Rep("V", n=2)
    return Samples(x, rep_x=rep, y=y, rep_y=rep, cluster=np.repeat(np.arange(runs), steps), coordinates=("q", "p"))
