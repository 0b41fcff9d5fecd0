"""Clouds and moments that the tests of linear mixing share."""

from __future__ import annotations

import numpy as np

from physym.algebra import MatrixGroup, karcher_refined
from physym.data.simulate.clouds import symmetric_cloud
from physym.discovery.discrete.mixing.moments import HarmonicMoments, harmonic_moments
from physym.discovery.discrete.mixing.radial import RadialBasis
from physym.discovery.discrete.mixing.whitening import Whitening


def moments_of(z: np.ndarray, *, degree: int, radial: int = 3, targets: np.ndarray | None = None) -> HarmonicMoments:
    """Moments of rows that need not be white, with a radial basis of their own."""
    z = Whitening.of(z)(z)
    columns = np.zeros((len(z), 0)) if targets is None else targets
    return harmonic_moments(z, columns, RadialBasis.of(np.linalg.norm(z, axis=1), radial), degree=degree)


def whitened_truth(group: MatrixGroup, mixing: np.ndarray, frame: Whitening) -> np.ndarray:
    """The group in the coordinates of a whitening: orthogonal up to the error of the whitening, so made orthogonal and exact again."""
    left, _, right = np.linalg.svd(frame.inverse @ mixing @ group.elements @ np.linalg.inv(mixing) @ frame.root)
    return karcher_refined(MatrixGroup(left @ right, tolerance=0.1), orthogonal=True).elements


def cloud_and_truth(group: MatrixGroup, rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, Whitening]:
    """Whitened rows of a cloud, its group in their coordinates, and the whitening."""
    cloud, mixing = symmetric_cloud(group, rows, seed=seed)
    frame = Whitening.of(cloud.x)
    return frame(cloud.x), whitened_truth(group, mixing, frame), frame


def random_orthogonal(n: int, seed: int, count: int = 1) -> np.ndarray:
    """Random elements of O(n), shape ``(count, n, n)``."""
    left, triangle = np.linalg.qr(np.random.default_rng(seed).normal(size=(count, n, n)))
    return np.asarray(left * np.sign(np.diagonal(triangle, axis1=1, axis2=2))[:, None])
