"""Functions of the radius that multiply the harmonics, and how much each of them counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float


@dataclass(frozen=True, eq=False)
class RadialBasis:
    """Bounded functions of the radius, orthonormal on the radii that they were made from.

    They are polynomials in ``s = r²/(r² + c²)`` times ``√s``: bounded, so that heavy tails do no harm, and zero at the origin,
    where the direction of a point says nothing.

    Arguments:
        scale: c², the median of r².
        mix: coefficients, shape ``(k, k)``.

    Example:
        >>> radii = np.random.default_rng(0).gamma(3, size=1000)
        >>> values, _ = RadialBasis.of(radii, 3)(radii)
        >>> bool(np.allclose(values.T @ values / 1000, np.eye(3)))
        True
    """

    scale: float
    mix: Float[np.ndarray, "k k"]

    @classmethod
    def of(cls, radii: Float[np.ndarray, "N"], size: int) -> RadialBasis:
        """``size`` functions for radii of shape ``(N,)``."""
        raw = cls(float(np.median(radii**2)), np.eye(size))
        triangle = np.linalg.qr(raw(radii)[0] / np.sqrt(len(radii)))[1]
        return cls(raw.scale, np.linalg.inv(triangle))

    def __call__(self, radii: Float[np.ndarray, "N"]) -> tuple[Float[np.ndarray, "N k"], Float[np.ndarray, "N k"]]:
        """Values and derivatives at radii of shape ``(N,)``, each of shape ``(N, k)``."""
        below = radii[:, None] ** 2 + self.scale
        s = np.maximum(radii[:, None] ** 2 / below, np.finfo(float).tiny)  # at the origin the slope is finite, its factors are not
        slope = 2 * radii[:, None] * self.scale / below**2
        power = np.arange(len(self.mix)) + 0.5
        return s**power @ self.mix, power * s ** (power - 1) * slope @ self.mix


@dataclass(frozen=True, eq=False)
class SignalWeights:
    """Weights of the radial functions of each band, from the half of the rows that proposes.

    Arguments:
        mixes: for each band the linear combinations of radial functions that are kept, ``(kept, k)`` each.
        importance: how much each of them counts in the bound U, ``(kept,)`` each.

    Example:
        >>> SignalWeights((np.eye(2),), (np.ones(2),)).mixes[0].shape
        (2, 2)
    """

    mixes: tuple[Float[np.ndarray, "_ _"], ...]
    importance: tuple[Float[np.ndarray, "_"], ...]
