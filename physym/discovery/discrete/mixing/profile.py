"""The held-out test of elements and of whole groups: the profile statistic, in which errors of the guess drop out to first order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from physym._typing import Float
from physym.discovery.discrete.mixing.moments import HarmonicMoments

FLOOR = 1e-10  # variance of rounding, relative to the variance of a moment: a band that cannot break has p = 1
NEGLIGIBLE = 1e-9  # of the largest effect of a rotation: what is smaller is rounding
CHUNK = 32  # elements whose p × p covariances are held at once


@dataclass(frozen=True, eq=False)
class Profile:
    """What the moments of some rows say of one candidate.

    Arguments:
        bands: p-value of each degree, shape ``(b,)``.
        p_value: smallest of them times their number, at most 1.
        defect: defect relative to the root-mean-square defect of a random element of O(n), the noise taken off; NaN where
            the moments have no significant structure at all.
        bound: U, the relative defect that is ruled out at 1 − α; NaN as above.

    Example:
        >>> Profile(np.array([0.2, 0.5]), 0.4, 0.05, 0.1).p_value
        0.4
    """

    bands: Float[np.ndarray, "b"]
    p_value: float
    defect: float
    bound: float


def element_profiles(
    moments: HarmonicMoments, elements: Float[np.ndarray, "s n n"], *, alpha: float, of_group: bool = False
) -> tuple[Profile, ...]:
    """Test ``D(g) m = m`` for elements that were refined on the same moments.

    The defect is projected off its derivative by g (``n(n−1)/2`` rotations), so that refining costs no validity; the covariance
    holds the error of centre and whitening. Each degree is compared with a scaled χ² (Satterthwaite).

    Arguments:
        moments: m with its covariance.
        elements: orthogonal matrices, shape ``(s, n, n)``.
        alpha: 1 − confidence of U.
        of_group: the elements were refined as one group, so they can only be off by a common conjugation.

    Returns:
        One profile per element.

    References:
        J. Neyman, in Probability and Statistics (1959), 213: orthogonal scores; F. Satterthwaite, Biometrics Bulletin 2 (1946) 110.

    Example:
        >>> from physym.discovery.discrete.mixing.moments import harmonic_moments
        >>> from physym.discovery.discrete.mixing.radial import RadialBasis
        >>> z = np.random.default_rng(0).gamma(2, size=(2000, 2))
        >>> moments = harmonic_moments(z, np.zeros((2000, 0)), RadialBasis.of(np.linalg.norm(z, axis=1), 2), degree=3)
        >>> swap, turn = element_profiles(moments, np.array([[[0.0, 1], [1, 0]], [[-1.0, 0], [0, -1]]]), alpha=0.05)
        >>> swap.p_value > 0.05, turn.p_value < 1e-6
        (True, True)
    """
    slope, found, one = moments.turned(), list[Profile](), np.eye(moments.size)
    for start in range(0, len(elements), CHUNK):
        some = elements[start : start + CHUNK]
        matrices, images = moments.representation(some), moments.moved(some, slope)
        if of_group:  # the derivative of D(RgR⁻¹)m in place of that of D(gR)m
            generators = moments.generators()
            images = np.einsum("aij,sj->sai", generators, matrices @ moments.mean) - images
        for operator, image in zip(matrices - one, images, strict=True):
            found.append(_profile(moments, operator, image, alpha))
    return tuple(found)


def group_profile(
    moments: HarmonicMoments, projector: Float[np.ndarray, "p p"], slope: Float[np.ndarray, "q p"], *, order: int, alpha: float
) -> Profile:
    """Test ``P m = m``, P the projector on the invariants of a group: one test of all its elements, at exactly one level.

    Arguments:
        moments: m with its covariance.
        projector: mean of the matrices of the group, shape ``(p, p)``.
        slope: derivative of the defect when the group is conjugated by rotations, shape ``(q, p)``.
        order: number of elements g of the group.
        alpha: 1 − confidence of U.

    Returns:
        The profile; its ``defect`` and ``bound`` are root mean squares over the elements but the identity, for which
        ``Σ |D(g) m − m|² = 2 g |m − P m|²``.

    Example:
        >>> from physym.discovery.discrete.mixing.moments import harmonic_moments
        >>> from physym.discovery.discrete.mixing.radial import RadialBasis
        >>> z = np.random.default_rng(0).normal(size=(2000, 2))
        >>> moments = harmonic_moments(z, np.zeros((2000, 0)), RadialBasis.of(np.linalg.norm(z, axis=1), 1), degree=2)
        >>> group_profile(moments, np.diag([0.0, 0, 1, 1]), np.zeros((1, 4)), order=2, alpha=0.05).p_value > 0.01
        True
    """
    profile = _profile(moments, np.eye(moments.size) - projector, slope, alpha)
    scale = float(np.sqrt(2 * order / max(order - 1, 1)))
    return replace(profile, defect=scale * profile.defect, bound=scale * profile.bound)


def continuous_p_value(first: HarmonicMoments, held_out: HarmonicMoments) -> float:
    """p-value of a continuous rotation: the one that turns the moments of the proposing half least, tested on the other half.

    Arguments:
        first: moments of the proposing half.
        held_out: moments of the other half, in the same weights.

    Returns:
        The p-value of ``ρ(A) m = 0``, with the error of A projected out.

    Example:
        >>> from physym.discovery.discrete.mixing.moments import harmonic_moments
        >>> from physym.discovery.discrete.mixing.radial import RadialBasis
        >>> def moments(seed):
        ...     z = np.random.default_rng(seed).normal(size=(2000, 2))
        ...     return harmonic_moments(z, np.zeros((2000, 0)), RadialBasis(1.0, np.eye(1)), degree=3)
        >>> continuous_p_value(moments(1), moments(2)) > 0.01  # isotropic
        True
    """
    generators = first.generators()
    noise = np.einsum("aij,jk,bik->ab", generators, first.covariance, generators, optimize=True)
    axes = np.linalg.eigh(first.turned() @ first.turned().T - noise)[1]
    turned = axes.T @ held_out.turned()
    operator = np.tensordot(axes[:, 0], generators, 1)
    return _profile(held_out, operator, turned[1:], 0.05).p_value


def random_defect(moments: HarmonicMoments, *, alpha: float) -> float:
    """Lower limit, at 1 − alpha, of the mean square defect ``2|m|²`` of a random element of O(n); not positive: no structure.

    Example:
        >>> from physym.discovery.discrete.mixing.moments import harmonic_moments
        >>> from physym.discovery.discrete.mixing.radial import RadialBasis
        >>> z = np.random.default_rng(0).normal(size=(2000, 2))
        >>> moments = harmonic_moments(z, np.zeros((2000, 0)), RadialBasis.of(np.linalg.norm(z, axis=1), 1), degree=2)
        >>> random_defect(moments, alpha=0.05) < 0.01
        True
    """
    weight = moments.importance
    return 2 * _square_limit(weight * moments.mean, weight[:, None] * moments.covariance * weight, alpha, sign=-1)


def _profile(moments: HarmonicMoments, operator: Float[np.ndarray, "p p"], slope: Float[np.ndarray, "q p"], alpha: float) -> Profile:
    away = _span(slope, NEGLIGIBLE * float((moments.turned() ** 2).sum()))
    operator = operator - away.T @ (away @ operator)
    defect = operator @ moments.mean
    covariance = operator @ moments.covariance @ operator.T
    floor = FLOOR * float(np.trace(moments.covariance)) / max(moments.size, 1)
    bands = np.array([scaled_chi_square(defect[where], covariance[where, where], floor=floor) for where in moments.slices])
    weight = moments.importance
    scale = random_defect(moments, alpha=alpha / 2)
    weighted = weight[:, None] * covariance * weight
    upper = max(_square_limit(weight * defect, weighted, alpha / 2, sign=1), 0.0)
    size = max(float((weight * defect) @ (weight * defect) - np.trace(weighted)), 0.0)
    return Profile(
        bands,
        min(1.0, float(bands.min(initial=1.0)) * len(bands)),
        float(np.sqrt(size / scale)) if scale > 0 else np.nan,
        float(np.sqrt(upper / scale)) if scale > 0 else np.nan,
    )


def _span(slope: Float[np.ndarray, "q p"], negligible: float) -> Float[np.ndarray, "r p"]:
    """Orthonormal rows that span the rows of ``slope``; directions that change nothing are left out."""
    if not len(slope):
        return slope
    spectrum, vectors = np.linalg.eigh(slope @ slope.T)
    keep = spectrum > negligible
    return np.asarray((vectors[:, keep] / np.sqrt(spectrum[keep])).T @ slope)


def scaled_chi_square(value: Float[np.ndarray, "m"], covariance: Float[np.ndarray, "m m"], *, floor: float = 0.0) -> float:
    """P-value of ``|value|²`` for a normal vector of mean zero: a scaled χ² with the same mean and variance (Satterthwaite).

    Arguments:
        value: shape ``(m,)``.
        covariance: shape ``(m, m)``.
        floor: variance of rounding, added to each component.

    Returns:
        The p-value; 1 where the covariance vanishes, as it does where nothing can break.

    Example:
        >>> round(scaled_chi_square(np.array([1.96]), np.eye(1)), 3)
        0.05
    """
    from scipy.special import gammaincc

    mean = float(np.trace(covariance)) + floor * len(value)
    square = float((covariance**2).sum()) + floor**2 * len(value)
    if mean <= 0 or square <= 0:
        return 1.0
    return float(gammaincc(mean**2 / square / 2, float(value @ value) * mean / square / 2))


def _square_limit(value: Float[np.ndarray, "p"], covariance: Float[np.ndarray, "p p"], alpha: float, *, sign: int) -> float:
    """Limit of ``|E value|²`` at 1 − alpha: the noise is taken off, and its normal quantile added or subtracted."""
    from scipy.special import ndtri

    variance = 2 * float((covariance**2).sum()) + 4 * float(value @ covariance @ value)
    return float(value @ value - np.trace(covariance) + sign * ndtri(1 - alpha) * np.sqrt(max(variance, 0.0)))
