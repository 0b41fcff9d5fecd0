"""Clouds of points with a known finite symmetry group in unknown coordinates, and clouds without any."""

from __future__ import annotations

import numpy as np

from physym import _rng
from physym._typing import Float
from physym.algebra import MatrixGroup, Rep
from physym.data.samples import Samples
from physym.errors import InvalidData

BLOBS = 5
MIXING = 0.3


def symmetric_cloud(
    group: MatrixGroup, rows: int, *, seed: int | np.random.Generator, blobs: int = BLOBS, mixing: float = MIXING
) -> tuple[Samples, Float[np.ndarray, "n n"]]:
    """A cloud whose distribution has exactly one finite symmetry group, seen through a random linear map.

    A few Gaussian blobs with random centres (radii from 0.6 to 1.6 times √(n/2)), random covariances ``BBᵀ`` (entries of B normal,
    0.12/√n) and random weights are as uneven as can be. Each point is moved by an element drawn uniformly from the group, and then by
    one matrix ``M = 1 + mixing · Z`` with Z standard normal, so that the group of the cloud is ``M G M⁻¹``.

    Arguments:
        group: G, matrices of shape ``(g, n, n)``.
        rows: how many points.
        seed: seed or generator.
        blobs: number of blobs.
        mixing: size of the random part of M.

    Returns:
        Samples of one vector of n coordinates, and M, shape ``(n, n)``.

    Raises:
        InvalidData: no rows or no blobs.

    Example:
        >>> from physym.algebra import cyclic
        >>> cloud, mixing = symmetric_cloud(cyclic(5), 200, seed=0)
        >>> cloud.x.shape, mixing.shape
        ((200, 2), (2, 2))
    """
    if rows < 1 or blobs < 1:
        raise InvalidData(f"symmetric_cloud(rows={rows}, blobs={blobs}); expected at least one of each.")
    rng, n = _rng.generator(seed), group.n
    centres = rng.normal(size=(blobs, n))
    centres *= (np.sqrt(n / 2) * rng.uniform(0.6, 1.6, size=blobs) / np.linalg.norm(centres, axis=1))[:, None]
    spreads = np.full(blobs, 0.12)
    points = _mixture(rng, rows, centres, spreads)
    moved = np.einsum("rij,rj->ri", group.elements[rng.integers(group.order, size=rows)], points)
    matrix = np.eye(n) + mixing * rng.normal(size=(n, n))
    return Samples(moved @ matrix.T, rep_x=Rep("V", n=n), source=f"cloud with {group.name}, mixing {mixing:g}"), matrix


def random_blobs(n: int, rows: int, *, seed: int | np.random.Generator, mixing: float = MIXING) -> Samples:
    """A mixture of n + 2 to n + 6 random Gaussians, which has no symmetry.

    Centres are standard normal, covariances ``BBᵀ`` with entries of B normal, s/√n, s uniform from 0.2 to 0.8 for each blob. Fewer blobs
    than n + 1 would not span the space, and come close to a mirror symmetry across their span.

    Arguments:
        n: dimension of the space.
        rows: how many points.
        seed: seed or generator.
        mixing: size of the random part of the linear map M = 1 + mixing · Z that moves them in the end.

    Returns:
        Samples of one vector of n coordinates.

    Raises:
        InvalidData: no rows or no dimension.

    Example:
        >>> random_blobs(3, 100, seed=0).x.shape
        (100, 3)
    """
    if rows < 1 or n < 1:
        raise InvalidData(f"random_blobs(n={n}, rows={rows}); expected at least one of each.")
    rng = _rng.generator(seed)
    count = int(rng.integers(n + 2, n + 7))
    points = _mixture(rng, rows, rng.normal(size=(count, n)), rng.uniform(0.2, 0.8, size=count))
    matrix = np.eye(n) + mixing * rng.normal(size=(n, n))
    return Samples(points @ matrix.T, rep_x=Rep("V", n=n), source=f"{count} random blobs, mixing {mixing:g}")


def _mixture(
    rng: np.random.Generator, rows: int, centres: Float[np.ndarray, "b n"], spreads: Float[np.ndarray, "b"]
) -> Float[np.ndarray, "rows n"]:
    """Points of Gaussian blobs with random covariances and weights."""
    blobs, n = centres.shape
    shapes = rng.normal(size=(blobs, n, n)) * (spreads / np.sqrt(n))[:, None, None]
    which = rng.choice(blobs, size=rows, p=rng.dirichlet(np.full(blobs, 5.0)))
    return np.asarray(centres[which] + np.einsum("rij,rj->ri", shapes[which], rng.normal(size=(rows, n))))
