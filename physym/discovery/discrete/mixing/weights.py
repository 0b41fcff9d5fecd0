"""Weights that keep what is signal: learnt on the half of the rows that proposes, used on both."""

from __future__ import annotations

import numpy as np

from physym.discovery.discrete.mixing.moments import HarmonicMoments
from physym.discovery.discrete.mixing.radial import SignalWeights

SMALLEST_WEIGHT = 0.1
MARGIN = 3.0  # standard errors by which a signal must stand out before it lends weight


def signal_weights(moments: HarmonicMoments) -> SignalWeights:
    """Wiener weights of each band: radial functions turned to the axes of the signal and shrunk by signal / (signal + noise).

    What counts as signal at a degree is the largest signal of that or any higher degree: a cloud with structure at degree 12 could
    have it at lower degrees too, and that it has none there is what the order of its symmetry rests on. The weights belong to
    the half of the rows that proposes; they mix radial functions and never harmonics, so a symmetry stays one.

    Arguments:
        moments: moments of the proposing half.

    Returns:
        The linear combinations that are kept, and what they count in U: they count as much as the signal there may be large,
        which gives the tightest bound.

    References:
        N. Wiener, Extrapolation, Interpolation and Smoothing of Stationary Time Series (1949).

    Example:
        >>> from physym.discovery.discrete.mixing.moments import harmonic_moments
        >>> from physym.discovery.discrete.mixing.radial import RadialBasis
        >>> z = np.random.default_rng(0).normal(size=(4000, 2))  # isotropic: no band carries a signal
        >>> moments = harmonic_moments(z, np.zeros((4000, 0)), RadialBasis.of(np.linalg.norm(z, axis=1), 3), degree=8)
        >>> moments.weighted(signal_weights(moments)).size
        0
    """
    count = moments.counts[0]
    energy, noise = np.empty((2, len(moments.bases), count, count))
    for b, (where, basis) in enumerate(zip(moments.slices, moments.bases, strict=True)):
        band, inner = moments.band(b), moments.covariance[where, where].reshape(count, basis.size, count, basis.size)
        energy[b], noise[b] = band @ band.T / basis.size, np.einsum("kili->kl", inner) / basis.size
    axes = np.linalg.eigh((energy - noise).sum(0))[1]
    level = np.einsum("ka,bkl,la->ba", axes, noise, axes)
    margin = 1 + MARGIN * np.sqrt(2 / np.array([basis.size for basis in moments.bases]))[:, None]
    above = np.maximum(np.einsum("ka,bkl,la->ba", axes, energy, axes) - margin * level, 0)
    envelope = np.maximum.accumulate(above[::-1])[::-1]
    weight = envelope / np.maximum(envelope + level, np.finfo(float).tiny)
    kept = weight > SMALLEST_WEIGHT
    size = np.sqrt(envelope + level) / np.sqrt(max(float((envelope + level)[kept].max(initial=0.0)), np.finfo(float).tiny))
    return SignalWeights(
        tuple(row[keep, None] * axes.T[keep] for row, keep in zip(weight, kept, strict=True)),
        tuple(row[keep] for row, keep in zip(size, kept, strict=True)),
    )
