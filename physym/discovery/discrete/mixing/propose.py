"""Elements of O(n) that may be symmetries: a scan of the plane, and the shifted polar iteration in three dimensions and more."""

from __future__ import annotations

import numpy as np

from physym._rng import generator
from physym._typing import Float
from physym.discovery.discrete.mixing.harmonics import zonal
from physym.discovery.discrete.mixing.moments import HarmonicMoments
from physym.discovery.discrete.mixing.refine import refined

ANGLES = 360
SHIFTS = (0.1, 1.0)  # relative to the slope at the identity: long steps find the strongest basins, short ones the many
STEPS = 20


def proposed(moments: HarmonicMoments, *, starts: int, seed: int | np.random.Generator, merge: float) -> Float[np.ndarray, "s n n"]:
    """Local minima of the defect ``|D(g) m − m|²`` over O(n), refined, each once, smallest defect first.

    Arguments:
        moments: m.
        starts: random starts of the polar iteration (n ≥ 3).
        seed: of the starts.
        merge: elements closer than this (Frobenius) are one.

    Returns:
        Elements without the identity, shape ``(s, n, n)``.

    Example:
        >>> from physym.discovery.discrete.mixing.moments import harmonic_moments
        >>> from physym.discovery.discrete.mixing.radial import RadialBasis
        >>> ring = np.linspace(0, 2 * np.pi, 300, endpoint=False)
        >>> z = np.stack([np.cos(ring), np.sin(ring)], axis=1) * (2 + np.cos(3 * ring) + 0.3 * np.sin(6 * ring))[:, None]
        >>> moments = harmonic_moments(z, np.zeros((300, 0)), RadialBasis.of(np.linalg.norm(z, axis=1), 2), degree=6)
        >>> best = proposed(moments, starts=0, seed=0, merge=0.3)[:2]
        >>> np.degrees(np.arccos(best[:, 0, 0])).round(2).tolist()
        [120.0, 120.0]
    """
    guesses = _scan(moments) if moments.n == 2 else _ascended(moments, starts, generator(seed))
    basins = distinct(moments, refined(moments, guesses, steps=1), merge=merge)
    return distinct(moments, refined(moments, basins, steps=4), merge=merge)


def distinct(moments: HarmonicMoments, elements: Float[np.ndarray, "s n n"], *, merge: float) -> Float[np.ndarray, "t n n"]:
    """Elements apart from each other and from the identity, smallest defect first, shape ``(t, n, n)`` from ``(s, n, n)``."""
    order = np.argsort(defects(moments, elements), kind="stable")
    kept = np.eye(moments.n)[None]
    for element in elements[order]:
        if ((kept - element) ** 2).sum((1, 2)).min() > merge**2:
            kept = np.concatenate([kept, element[None]])
    return kept[1:]


def defects(moments: HarmonicMoments, elements: Float[np.ndarray, "s n n"]) -> Float[np.ndarray, "s"]:
    """``|D(g) m − m|²`` of each element, shape ``(s,)``."""
    return np.asarray(((moments.moved(elements, moments.mean[None])[:, 0] - moments.mean) ** 2).sum(1))


def _scan(moments: HarmonicMoments) -> Float[np.ndarray, "s 2 2"]:
    """Local minima among rotations by all angles and reflections at all axes."""
    angle = np.arange(ANGLES) * 2 * np.pi / ANGLES
    turns = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    found = []
    for family in (turns, turns @ np.diag([1.0, -1.0])):
        value = defects(moments, family)
        found.append(family[(value <= np.roll(value, 1)) & (value < np.roll(value, -1))])
    return np.concatenate(found)


def _ascended(moments: HarmonicMoments, starts: int, rng: np.random.Generator) -> Float[np.ndarray, "s n n"]:
    """Shifted polar iteration from random elements: half see degrees ≤ 3 first, whose landscape has fewer traps."""
    left, triangle = np.linalg.qr(rng.normal(size=(starts, moments.n, moments.n)))
    elements = left * np.sign(np.diagonal(triangle, axis1=1, axis2=2))[:, None]
    low = tuple(b for b, basis in enumerate(moments.bases) if basis.degree <= 3)
    everything = tuple(range(len(moments.bases)))
    families = []
    for i, (shift, first) in enumerate([(shift, first) for shift in SHIFTS for first in (low, ())]):
        family = elements[i :: 2 * len(SHIFTS)]
        if first:
            family = _polar_iteration(moments, family, first, shift)
        families.append(_polar_iteration(moments, family, everything, shift))
    return np.concatenate(families)


def _polar_iteration(
    moments: HarmonicMoments,
    elements: Float[np.ndarray, "s n n"],
    bands: tuple[int, ...],
    shift: float,
) -> Float[np.ndarray, "s n n"]:
    """``g ← polar(∇J(g) + shift |∇J(1)| g)`` with the overlap ``J(g) = mᵀ D(g) m``, whose derivative the zonal kernel gives at once."""

    roots = [moments.bases[b].root @ moments.band(b).T for b in bands]
    weights = [root @ root.T for root in roots]

    def gradient(at: Float[np.ndarray, "s n n"]) -> Float[np.ndarray, "s n n"]:
        total = np.zeros_like(at)
        for b, weight in zip(bands, weights, strict=True):
            basis = moments.bases[b]
            slope = zonal(moments.n, basis.degree, basis.points @ at @ basis.points.T)[1]
            total += basis.points.T @ (weight * slope) @ basis.points
        return total

    shift = shift * float(np.linalg.norm(gradient(np.eye(moments.n)[None])[0], 2))
    for _ in range(STEPS):
        left, _, right = np.linalg.svd(gradient(elements) + shift * elements)
        elements = left @ right
    return elements
