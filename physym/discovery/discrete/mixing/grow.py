"""From elements to a group: products are refined on the data, the closure is made exact, and the largest group is kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float
from physym.algebra import MatrixGroup, karcher_refined
from physym.discovery.discrete.mixing.moments import HarmonicMoments
from physym.discovery.discrete.mixing.profile import element_profiles, group_profile
from physym.discovery.discrete.mixing.refine import conjugated, refined
from physym.errors import NotAGroup

STARTS = 8
ELEMENT_SCREEN = 1e-5  # of a product; a group of 48 has many, and the whole is tested again
BATCH = 24


@dataclass(frozen=True)
class Growth:
    """How groups are grown on the proposing half.

    Arguments:
        largest: largest order tried.
        merge: elements closer than this (Frobenius) are one; also how far refinement may move a product.
        screen: p-value below which an element or a group is dropped.

    Example:
        >>> Growth().largest
        240
    """

    largest: int = 240
    merge: float = 0.3
    screen: float = 2e-4


def grown(moments: HarmonicMoments, candidates: Float[np.ndarray, "s n n"], growth: Growth) -> tuple[MatrixGroup, ...]:
    """Groups of orthogonal matrices that the proposing half does not reject, largest first.

    Each start takes up one candidate after the other and keeps it where the closure is finite and not rejected. When growth
    sticks at a subgroup, another start may get further.

    Arguments:
        moments: moments of the proposing half.
        candidates: refined elements that the proposing half does not reject, best first, shape ``(s, n, n)``.
        growth: the settings.

    Returns:
        Groups, largest first, without repeats.

    Example:
        >>> from physym.discovery.discrete.mixing.moments import harmonic_moments
        >>> from physym.discovery.discrete.mixing.radial import RadialBasis
        >>> z = np.random.default_rng(0).gamma(2, size=(2000, 2))
        >>> moments = harmonic_moments(z, np.zeros((2000, 0)), RadialBasis.of(np.linalg.norm(z, axis=1), 2), degree=3)
        >>> [group.name for group in grown(moments, np.array([[[0.0, 1.0], [1.0, 0.0]]]), Growth())]
        ['D1']
    """
    found: list[MatrixGroup] = []
    starts = 0
    for i, first in enumerate(candidates):
        if starts == STARTS:
            break
        if any(_holds(group, first, growth.merge) for group in found):
            continue
        starts += 1
        group = closed(moments, first[None], growth)
        if group is None:
            continue
        chosen = first[None]
        found.append(group)
        for other in np.concatenate([candidates[:i], candidates[i + 1 :]]):
            if _holds(group, other, growth.merge):
                continue
            larger = closed(moments, np.concatenate([chosen, other[None]]), growth)
            if larger is not None:
                group, chosen = larger, np.concatenate([chosen, other[None]])
                found.append(group)
    return tuple(sorted(found, key=lambda group: -group.order))


def closed(moments: HarmonicMoments, generators: Float[np.ndarray, "r n n"], growth: Growth) -> MatrixGroup | None:
    """The exact group near the products of some elements, or None where they do not close or the data reject it.

    Every new product is refined on the data before it is multiplied again, so errors do not pile up.

    Arguments:
        moments: moments of the proposing half.
        generators: refined elements, shape ``(r, n, n)``.
        growth: the settings.

    Returns:
        The group, conjugated to where it fits the moments best.
    """
    known = np.eye(moments.n)[None]
    frontier = known
    while len(frontier):
        products = (frontier[:, None] @ generators[None]).reshape(-1, moments.n, moments.n)
        products = _fresh(products, known, growth.merge)
        better = refined(moments, products, steps=3) if len(products) else products
        if len(products) and ((better - products) ** 2).sum((1, 2)).max() > growth.merge**2:
            return None
        frontier = _fresh(better, known, growth.merge)
        if len(known) + len(frontier) > growth.largest or _refuted(moments, frontier):
            return None
        known = np.concatenate([known, frontier])
    return _exact(moments, known, growth)


def _fresh(elements: Float[np.ndarray, "s n n"], known: Float[np.ndarray, "k n n"], merge: float) -> Float[np.ndarray, "t n n"]:
    """Elements apart from the known ones and from each other."""
    kept = known
    for element in elements:
        if ((kept - element) ** 2).sum((1, 2)).min() > merge**2:
            kept = np.concatenate([kept, element[None]])
    return kept[len(known) :]


def _refuted(moments: HarmonicMoments, elements: Float[np.ndarray, "s n n"]) -> bool:
    for start in range(0, len(elements), BATCH):
        profiles = element_profiles(moments, elements[start : start + BATCH], alpha=None)
        if any(profile.p_value < ELEMENT_SCREEN for profile in profiles):
            return True
    return False


def _exact(moments: HarmonicMoments, elements: Float[np.ndarray, "g n n"], growth: Growth) -> MatrixGroup | None:
    try:
        rough = MatrixGroup(elements, tolerance=growth.merge / np.sqrt(moments.n))
        exact = karcher_refined(rough, orthogonal=True).elements
        group, projector, slope = conjugated(moments, exact)
        if group_profile(moments, projector, slope, order=len(group), alpha=None).p_value < growth.screen:
            return None
        return MatrixGroup(group, tolerance=1e-6)
    except NotAGroup:
        return None


def _holds(group: MatrixGroup, element: Float[np.ndarray, "n n"], merge: float) -> bool:
    return bool(((group.elements - element) ** 2).sum((1, 2)).min() <= merge**2)
