"""Coordinates in which a cloud has mean zero and unit covariance, so that its linear symmetries are orthogonal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float


@dataclass(frozen=True, eq=False)
class Whitening:
    """Coordinates in which a cloud has mean zero and unit covariance, so that its linear symmetries are orthogonal.

    Arguments:
        centre: mean, shape ``(n,)``.
        root: S^{1/2} of the covariance S, shape ``(n, n)``.
        inverse: S^{-1/2}, shape ``(n, n)``.

    Example:
        >>> cloud = np.random.default_rng(0).normal(size=(100, 2)) * [1, 5]
        >>> bool(np.allclose(np.cov(Whitening.of(cloud)(cloud).T, bias=True), np.eye(2)))
        True
    """

    centre: Float[np.ndarray, "n"]
    root: Float[np.ndarray, "n n"]
    inverse: Float[np.ndarray, "n n"]

    @classmethod
    def of(cls, x: Float[np.ndarray, "N n"]) -> Whitening:
        """The whitening of a cloud of shape ``(N, n)``."""
        centre = x.mean(0)
        spectrum, vectors = np.linalg.eigh((x - centre).T @ (x - centre) / len(x))
        return cls(centre, (vectors * np.sqrt(spectrum)) @ vectors.T, (vectors / np.sqrt(spectrum)) @ vectors.T)

    def __call__(self, x: Float[np.ndarray, "N n"]) -> Float[np.ndarray, "N n"]:
        """Whitened rows, shape ``(N, n)``."""
        return np.asarray((x - self.centre) @ self.inverse)
