"""Simulated four-momenta for the tests of discovery."""

from __future__ import annotations

import numpy as np

from physym.algebra import Rep
from physym.data import Samples

FOUR_MOMENTUM = ("E", "px", "py", "pz")
MINKOWSKI = np.diag([1.0, -1.0, -1.0, -1.0])


def momenta(jets: int, *, seed: int, mass: float = 0.0, copies: int = 2) -> np.ndarray:
    """Constituents in a transverse-momentum window, shape ``(jets, copies, 4)``, GeV."""
    rng = np.random.default_rng(seed)
    phi = rng.uniform(-np.pi, np.pi, (jets, 1)) + 0.3 * rng.normal(size=(jets, copies))
    eta = rng.uniform(-2, 2, (jets, 1)) + 0.3 * rng.normal(size=(jets, copies))
    pt = rng.uniform(20, 200, (jets, copies))
    p = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)
    return np.concatenate([np.sqrt(mass**2 + (p**2).sum(-1, keepdims=True)), p], axis=-1)


def samples(vectors: np.ndarray, y: np.ndarray | None = None) -> Samples:
    """Four-momenta as samples."""
    n, copies, _ = vectors.shape
    rep = Rep(f"{copies}V", n=4)
    return Samples(vectors.reshape(n, -1), rep_x=rep, y=y, units="GeV", coordinates=FOUR_MOMENTUM, source="simulation")


def metric_cosine(matrix: np.ndarray) -> float:
    """Cosine between a symmetric matrix and the Minkowski metric."""
    return float(abs((matrix * MINKOWSKI).sum()) / np.linalg.norm(matrix) / 2)
