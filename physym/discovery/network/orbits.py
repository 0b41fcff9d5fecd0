"""Orbits seen in an embedding: pairs of rows that a network takes for the same, and the matrices along which these pairs lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from physym._typing import Float, Int
from physym.discovery.network.invariance import BLOCKS, Polarization
from physym.discovery.spectral.statistics.features import block_sums
from physym.errors import DiscoveryFailed


@dataclass(frozen=True, eq=False)
class Orbits:
    """Displacements from rows to neighbours on the same orbit, and the directions across it.

    Arguments:
        x: the rows from which the displacements start, shape ``(A, d)``.
        displacements: shape ``(A, p, d)``.

    Example:
        >>> angle = np.linspace(0, 6, 50)
        >>> circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        >>> found = Orbits(circle, 0.1 * np.stack([-np.sin(angle), np.cos(angle)], axis=1)[:, None])
        >>> found.dimension, bool(np.allclose(np.abs(found.across[:, 0]), np.abs(circle)))
        (1, True)
    """

    x: Float[np.ndarray, "A d"]
    displacements: Float[np.ndarray, "A p d"]

    @cached_property
    def _principal(self) -> tuple[Float[np.ndarray, "A d"], Float[np.ndarray, "A d d"]]:
        second = self.displacements.transpose(0, 2, 1) @ self.displacements
        sizes = np.trace(second, axis1=1, axis2=2)
        return np.linalg.eigh(second / np.where(sizes > 0, sizes, 1.0)[:, None, None])

    @property
    def shares(self) -> Float[np.ndarray, "d"]:
        """Mean share of the displacements along each principal direction, smallest first, shape ``(d,)``."""
        return np.asarray(self._principal[0].mean(0))

    @property
    def dimension(self) -> int:
        """Dimension of the orbits: the principal directions above the largest gap of ``shares``."""
        floor = np.maximum(self.shares, 1e-12)
        return len(floor) - 1 - int((floor[1:] / floor[:-1]).argmax())

    @property
    def across(self) -> Float[np.ndarray, "A c d"]:
        """Orthonormal directions across the orbit at each row, shape ``(A, c, d)``."""
        return np.asarray(self._principal[1][:, :, : self.x.shape[1] - self.dimension].transpose(0, 2, 1))

    def polarization(self, acting: Float[np.ndarray, "s d d"], searched: Float[np.ndarray, "s n n"]) -> Polarization:
        """How far each matrix moves rows off their orbits: the regression ``x' − x ∝ A x`` over all pairs.

        Arguments:
            acting: searched matrices as they act on a row, shape ``(s, d, d)``.
            searched: the same on one vector, shape ``(s, n, n)``.

        Returns:
            The quadratic form ``aᵀMa``, the mean square of ``A x`` across the orbit.
        """
        moved = np.einsum("sij,aj->ais", acting, self.x, optimize=True)
        off = self.across @ moved
        squares = off.transpose(0, 2, 1) @ off
        number = np.arange(len(self.x)) % min(BLOCKS, len(self.x))
        counts = np.bincount(number)
        return Polarization(squares.mean(0), block_sums(squares, number, len(counts)) / counts[:, None, None], searched, len(self.x))


@dataclass(frozen=True)
class Pairing:
    """Which rows count as a pair of one orbit.

    Arguments:
        anchors: largest number of rows from which pairs start.
        neighbours: number of rows nearest to an anchor in x.
        share: the share of these that is nearest in the embedding as well.

    Example:
        >>> Pairing().pairs
        16
    """

    anchors: int = 1000
    neighbours: int = 64
    share: float = field(default=0.25)

    @property
    def pairs(self) -> int:
        """Pairs per anchor."""
        return max(2, round(self.share * self.neighbours))


def orbits(x: Float[np.ndarray, "N d"], embedding: Float[np.ndarray, "N h"], pairing: Pairing, *, rng: np.random.Generator) -> Orbits:
    """Pairs of rows that lie close in the embedding, so on the same orbit, and close in x, so that their displacement is a tangent.

    Arguments:
        x: rows, shape ``(N, d)``, with coordinates of similar size.
        embedding: what a network makes of them, shape ``(N, h)``.
        pairing: which rows count as a pair.
        rng: draws the anchors.

    Returns:
        The displacements.

    Raises:
        DiscoveryFailed: there are too few rows.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(500, 2))
        >>> found = orbits(x, (x**2).sum(1, keepdims=True), Pairing(anchors=50, neighbours=20), rng=np.random.default_rng(1))
        >>> found.displacements.shape, found.dimension
        ((50, 5, 2), 1)
    """
    from scipy.spatial import cKDTree

    if len(x) <= pairing.neighbours:
        raise DiscoveryFailed(f"{len(x)} rows; pairs among {pairing.neighbours} neighbours need more: give more rows or fewer neighbours")
    start: Int[np.ndarray, "A"] = rng.permutation(len(x))[: pairing.anchors]
    near = cKDTree(x).query(x[start], pairing.neighbours + 1)[1][:, 1:]
    apart = ((embedding[near] - embedding[start][:, None]) ** 2).sum(2)
    same = np.take_along_axis(near, np.argsort(apart, axis=1, kind="stable")[:, : pairing.pairs], axis=1)
    return Orbits(x[start], x[same] - x[start][:, None])
