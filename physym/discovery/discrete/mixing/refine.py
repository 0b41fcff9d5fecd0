"""Gauss–Newton in so(n): the element near a guess that moves the moments least, and the conjugate of a group that does."""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.discovery.discrete.mixing.harmonics import planes
from physym.discovery.discrete.mixing.moments import HarmonicMoments

LONGEST_STEP = 0.3  # radian; a longer step leaves the basin
NEGLIGIBLE = 1e-9  # of the largest effect of a rotation: rotations that the group commutes with have none


def refined(moments: HarmonicMoments, elements: Float[np.ndarray, "s n n"], *, steps: int = 6) -> Float[np.ndarray, "s n n"]:
    """Minimise ``|D(g) m − m|²`` over rotations near each element.

    Arguments:
        moments: m.
        elements: guesses in O(n), shape ``(s, n, n)``; determinants are kept.
        steps: Gauss–Newton steps.

    Returns:
        Refined elements, shape ``(s, n, n)``.

    Example:
        >>> from physym.discovery.discrete.mixing.moments import harmonic_moments
        >>> from physym.discovery.discrete.mixing.radial import RadialBasis
        >>> ring = np.linspace(0, 2 * np.pi, 300, endpoint=False)
        >>> z = np.stack([np.cos(ring), np.sin(ring)], axis=1) * (2 + np.cos(3 * ring) + 0.3 * np.sin(6 * ring))[:, None]
        >>> moments = harmonic_moments(z, np.zeros((300, 0)), RadialBasis.of(np.linalg.norm(z, axis=1), 2), degree=6)
        >>> guess = np.array([[[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]]])
        >>> round(float(np.degrees(np.arccos(refined(moments, guess)[0, 0, 0]))), 3)
        120.0
    """
    slope = moments.turned()
    vectors = np.concatenate([moments.mean[None], slope])
    for _ in range(steps):
        images = moments.moved(elements, vectors)
        elements = elements @ turns(-solved(images[:, 1:], images[:, 0] - moments.mean))
    return elements


def conjugated(
    moments: HarmonicMoments, elements: Float[np.ndarray, "g n n"], *, steps: int = 6
) -> tuple[Float[np.ndarray, "g n n"], Float[np.ndarray, "p p"], Float[np.ndarray, "q p"]]:
    """The group ``R g Rᵀ`` with the rotation R that makes the moments most invariant: a finite group can move in no other way.

    Arguments:
        moments: m.
        elements: an exact group in O(n), shape ``(g, n, n)``.
        steps: Gauss–Newton steps.

    Returns:
        The group, shape ``(g, n, n)``; the projector on what it leaves fixed, shape ``(p, p)``; the derivative of the defect
        ``m − P m`` by the rotation of R in each plane, shape ``(q, p)``.

    Example:
        >>> from physym.discovery.discrete.mixing.moments import harmonic_moments
        >>> from physym.discovery.discrete.mixing.radial import RadialBasis
        >>> z = np.random.default_rng(0).normal(size=(100, 2))
        >>> moments = harmonic_moments(z, np.zeros((100, 0)), RadialBasis.of(np.linalg.norm(z, axis=1), 1), degree=2)
        >>> group, projector, slope = conjugated(moments, np.array([np.eye(2), -np.eye(2)]))
        >>> np.diag(projector).round(9).tolist()  # −1 leaves even degrees fixed
        [0.0, 0.0, 1.0, 1.0]
    """
    generators = moments.generators()
    projector, slope = _projector(moments, elements, generators)
    for _ in range(steps):
        defect = moments.mean - projector @ moments.mean
        angles = solved(slope[None], defect[None], floor=NEGLIGIBLE * float((moments.turned() ** 2).sum()))
        if not np.abs(angles).max() > 1e-12:
            break
        turn = turns(-angles)[0]
        elements = turn @ elements @ turn.T
        projector, slope = _projector(moments, elements, generators)
    return elements, projector, slope


def _projector(
    moments: HarmonicMoments, elements: Float[np.ndarray, "g n n"], generators: Float[np.ndarray, "q p p"]
) -> tuple[Float[np.ndarray, "p p"], Float[np.ndarray, "q p"]]:
    """Projector P on what the group leaves fixed, and the derivative of ``m − R P R⁻¹ m`` by R, shapes ``(p, p)`` and ``(q, p)``."""
    projector = moments.representation(elements).mean(0)
    slope = (generators @ moments.mean) @ projector.T - generators @ (projector @ moments.mean)
    return projector, np.asarray(slope)


def solved(slope: Float[np.ndarray, "s q p"], defect: Float[np.ndarray, "s p"], *, floor: float = 0.0) -> Float[np.ndarray, "s q"]:
    """Angles of the Gauss–Newton step for each defect, shape ``(s, q)``; directions that change nothing are left alone.

    Example:
        >>> solved(np.array([[[2.0, 0.0]]]), np.array([[0.2, 5.0]])).round(6).tolist()
        [[0.1]]
    """
    normal = slope @ slope.transpose(0, 2, 1)
    size = np.trace(normal, axis1=1, axis2=2)[:, None, None]
    normal = normal + (NEGLIGIBLE * size + floor + np.finfo(float).tiny) * np.eye(normal.shape[1])
    angles = np.linalg.solve(normal, slope @ defect[..., None])[..., 0]
    return np.asarray(angles * np.minimum(1, LONGEST_STEP / np.maximum(np.linalg.norm(angles, axis=1), 1e-300))[:, None])


def turns(angles: Float[np.ndarray, "s q"]) -> Float[np.ndarray, "s n n"]:
    """Rotations by small angles in each plane (Cayley map: exactly orthogonal), shape ``(s, n, n)``.

    Example:
        >>> turns(np.zeros((1, 3)))[0].tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    n = round((1 + np.sqrt(1 + 8 * angles.shape[1])) / 2)
    half = np.tensordot(angles, planes(n), 1) / 2
    return np.asarray(np.linalg.solve(np.eye(n) - half, np.eye(n) + half))


def entry_errors(
    moments: HarmonicMoments,
    elements: Float[np.ndarray, "g n n"],
    projector: Float[np.ndarray, "p p"],
    slope: Float[np.ndarray, "q p"],
    root: Float[np.ndarray, "n n"],
) -> Float[np.ndarray, "g n n"]:
    """Standard errors of the entries of ``root g root⁻¹``: of the conjugation R and of the whitening together.

    With Ω the error of R and E that of the whitening, the matrix is off by ``root [Ω + E, g] root⁻¹``.

    Arguments:
        moments: moments that the group was refined on.
        elements: the refined group, shape ``(g, n, n)``.
        projector: as ``conjugated`` returns it, shape ``(p, p)``.
        slope: as ``conjugated`` returns it, shape ``(q, p)``.
        root: from whitened coordinates to those of x, shape ``(n, n)``.

    Returns:
        Shape ``(g, n, n)``.

    Example:
        >>> from physym.discovery.discrete.mixing.moments import harmonic_moments
        >>> from physym.discovery.discrete.mixing.radial import RadialBasis
        >>> z = np.random.default_rng(0).normal(size=(1000, 2))
        >>> moments = harmonic_moments(z, np.zeros((1000, 0)), RadialBasis.of(np.linalg.norm(z, axis=1), 1), degree=2)
        >>> group, projector, slope = conjugated(moments, np.array([np.eye(2), -np.eye(2)]))
        >>> bool(entry_errors(moments, group, projector, slope, np.eye(2)).max() < 1e-12)  # −1 is the same in all coordinates
        True
    """
    n, count = moments.n, len(slope)
    spectrum, axes = np.linalg.eigh(slope @ slope.T)
    felt = spectrum > NEGLIGIBLE * (moments.turned() ** 2).sum()
    answer = -(axes[:, felt] / spectrum[felt]) @ axes[:, felt].T @ slope @ (np.eye(moments.size) - projector)
    mixed = answer @ moments.frame.reshape(moments.size, -1)
    spread = moments.spread.reshape(n * n, n * n)
    covariance = np.block([[answer @ moments.covariance @ answer.T, mixed], [mixed.T, spread]])
    moves = np.concatenate([planes(n), np.eye(n * n).reshape(-1, n, n)])
    brackets = moves[:, None] @ elements[None] - elements[None] @ moves[:, None]
    entries = (root @ brackets @ np.linalg.inv(root)).reshape(count + n * n, -1)
    variance = np.einsum("ve,vw,we->e", entries, covariance, entries)
    return np.asarray(np.sqrt(np.maximum(variance, 0)).reshape(elements.shape))
