"""The held-out test of elements and of whole groups: the profile statistic, in which errors of the guess drop out to first order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from physym._typing import Float
from physym.discovery.discrete.mixing.moments import HarmonicMoments

FLOOR = 1e-10  # variance of rounding, relative to the variance of a moment: a band that cannot break has p = 1
NEGLIGIBLE = 1e-9  # of the largest effect of a rotation: what is smaller is rounding
TAIL, HOPELESS = 0.05, 1e-12  # between them the tail of the scaled χ² is too light
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
    moments: HarmonicMoments, elements: Float[np.ndarray, "s n n"], *, alpha: float | None, of_group: bool = False
) -> tuple[Profile, ...]:
    """Test ``D(g) m = m`` for elements that were refined on the same moments.

    The defect is projected off its derivative by g (``n(n−1)/2`` rotations), so that refining costs no validity; the covariance
    holds the error of centre and whitening. Each degree is compared with a scaled χ² (Satterthwaite).

    Arguments:
        moments: m with its covariance.
        elements: orthogonal matrices, shape ``(s, n, n)``.
        alpha: 1 − confidence of U; None: U is not asked for.
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
    moments: HarmonicMoments, projector: Float[np.ndarray, "p p"], slope: Float[np.ndarray, "q p"], *, order: int, alpha: float | None
) -> Profile:
    """Test ``P m = m``, P the projector on the invariants of a group: one test of all its elements, at exactly one level.

    Arguments:
        moments: m with its covariance.
        projector: mean of the matrices of the group, shape ``(p, p)``.
        slope: derivative of the defect when the group is conjugated by rotations, shape ``(q, p)``.
        order: number of elements g of the group.
        alpha: 1 − confidence of U; None: U is not asked for.

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


def omnibus_p_value(moments: HarmonicMoments, projector: Float[np.ndarray, "p p"], slope: Float[np.ndarray, "q p"]) -> float:
    """p-value of a group from its bands and from all moments together: twice the smaller one.

    Many bands that are each a little off show in their sum and not in the smallest p-value.

    Arguments:
        moments: m with its covariance.
        projector: mean of the matrices of the group, shape ``(p, p)``.
        slope: derivative of the defect when the group is conjugated by rotations, shape ``(q, p)``.

    Returns:
        The p-value.

    Example:
        >>> from physym.discovery.discrete.mixing.moments import harmonic_moments
        >>> from physym.discovery.discrete.mixing.radial import RadialBasis
        >>> z = np.random.default_rng(0).normal(size=(2000, 2))
        >>> moments = harmonic_moments(z, np.zeros((2000, 0)), RadialBasis.of(np.linalg.norm(z, axis=1), 1), degree=2)
        >>> omnibus_p_value(moments, np.diag([0.0, 0, 1, 1]), np.zeros((1, 4))) > 0.01
        True
    """
    operator = np.eye(moments.size) - projector
    banded = _profile(moments, operator, slope, None).p_value
    away = _span(slope, NEGLIGIBLE * float((moments.turned() ** 2).sum()))
    operator = operator - away.T @ (away @ operator)
    floor = FLOOR * float(np.trace(moments.covariance)) / max(moments.size, 1)
    total = quadratic_p_value(operator @ moments.mean, operator @ moments.covariance @ operator.T, floor=floor)
    return min(1.0, 2 * min(banded, total))


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
    return _profile(held_out, operator, turned[1:], None).p_value


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


def _profile(moments: HarmonicMoments, operator: Float[np.ndarray, "p p"], slope: Float[np.ndarray, "q p"], alpha: float | None) -> Profile:
    """The profile of ``operator @ m = 0``, off the rows of ``slope``; without alpha the bound is left out, which halves the work."""
    away = _span(slope, NEGLIGIBLE * float((moments.turned() ** 2).sum()))
    operator = operator - away.T @ (away @ operator)
    defect = operator @ moments.mean
    half = operator @ moments.covariance
    # bands that g leaves nearly alone have no error to first order: that of second order, noise² / |m|², stands in for it
    noise = float(np.trace(moments.covariance))
    floor = noise / moments.size * min(1.0, noise / max(float(moments.mean @ moments.mean), noise) + FLOOR) if moments.size else 0.0
    bands = np.array([quadratic_p_value(defect[w], half[w] @ operator[w].T, floor=floor) for w in moments.slices])
    p_value = min(1.0, float(bands.min(initial=1.0)) * len(bands))
    scale = np.nan if alpha is None else random_defect(moments, alpha=alpha / 2)
    if alpha is None or not scale > 0:
        return Profile(bands, p_value, np.nan, np.nan)
    weight = moments.importance
    weighted = weight[:, None] * (half @ operator.T) * weight
    upper = max(_square_limit(weight * defect, weighted, alpha / 2, sign=1), 0.0)
    size = max(float((weight * defect) @ (weight * defect) - np.trace(weighted)), 0.0)
    return Profile(bands, p_value, float(np.sqrt(size / scale)), float(np.sqrt(upper / scale)))


def _span(slope: Float[np.ndarray, "q p"], negligible: float) -> Float[np.ndarray, "r p"]:
    """Orthonormal rows that span the rows of ``slope``; directions that change nothing are left out."""
    if not len(slope):
        return slope
    spectrum, vectors = np.linalg.eigh(slope @ slope.T)
    keep = spectrum > negligible
    return np.asarray((vectors[:, keep] / np.sqrt(spectrum[keep])).T @ slope)


def quadratic_p_value(value: Float[np.ndarray, "m"], covariance: Float[np.ndarray, "m m"], *, floor: float = 0.0) -> float:
    """P-value of ``|value|²`` for a normal vector of mean zero and known covariance.

    A scaled χ² with the same mean and variance (Satterthwaite) serves where it says more than 0.05; its tail is too light when the
    variances are uneven (1.5 % at nominal 1 %, 0.4 % at 0.1 %), so below the saddlepoint approximation takes over.

    Arguments:
        value: shape ``(m,)``.
        covariance: shape ``(m, m)``.
        floor: variance added to each component.

    Returns:
        The p-value; 1 where the covariance vanishes, as it does where nothing can break.

    References:
        F. Satterthwaite, Biometrics Bulletin 2 (1946) 110; D. Kuonen, Biometrika 86 (1999) 929.

    Example:
        >>> round(quadratic_p_value(np.array([1.0, 1.0]), np.eye(2)), 3)  # e⁻¹
        0.368
    """
    from scipy.special import gammaincc

    mean = float(np.trace(covariance)) + floor * len(value)
    square = float((covariance**2).sum()) + floor**2 * len(value)
    if mean <= 0 or square <= 0:
        return 1.0
    statistic = float(value @ value)
    rough = float(gammaincc(mean**2 / square / 2, statistic * mean / square / 2))
    if not HOPELESS < rough < TAIL:
        return rough
    return _saddlepoint(statistic, np.maximum(np.linalg.eigvalsh(covariance), 0) + floor)


def _saddlepoint(statistic: float, variances: Float[np.ndarray, "m"]) -> float:
    """``P(Σ λ_i χ²_1 > statistic)`` beyond the mean, after Kuonen."""
    from scipy.special import ndtr

    low, high = 0.0, 0.5 / float(variances.max())
    for _ in range(60):
        middle = (low + high) / 2
        if (variances / (1 - 2 * middle * variances)).sum() < statistic:
            low = middle
        else:
            high = middle
    rest = 1 - 2 * low * variances
    curvature = 2 * float(((variances / rest) ** 2).sum())
    w = np.sqrt(max(2 * (low * statistic + 0.5 * float(np.log(rest).sum())), np.finfo(float).tiny))
    return float(ndtr(-(w + np.log(low * np.sqrt(curvature) / w) / w)))


def _square_limit(value: Float[np.ndarray, "p"], covariance: Float[np.ndarray, "p p"], alpha: float, *, sign: int) -> float:
    """Limit of ``|E value|²`` at 1 − alpha: the noise is taken off, and its normal quantile added or subtracted."""
    from scipy.special import ndtri

    variance = 2 * float((covariance**2).sum()) + 4 * float(value @ covariance @ value)
    return float(value @ value - np.trace(covariance) + sign * ndtri(1 - alpha) * np.sqrt(max(variance, 0.0)))
