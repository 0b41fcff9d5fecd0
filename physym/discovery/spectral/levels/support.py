"""The support level: from rows to the matrices that map the variety carrying them to itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physym._typing import Float, Int
from physym.data import Samples
from physym.discovery.base import Level
from physym.discovery.spectral.equations.support import support_equation, vanishing_polynomials
from physym.discovery.spectral.frame import Search
from physym.discovery.spectral.levels.common import ONLY_MEASURE, STATEMENTS, concluded, declined, independent_blocks
from physym.discovery.spectral.levels.frames import in_data_coordinates
from physym.discovery.spectral.search import search_of
from physym.discovery.spectral.settings import FEWEST_CLUSTERS, Settings
from physym.discovery.spectral.statistics.gram import GramStatistics, gram_statistics
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed

CLEAR_GAP = 2.5
SCALE_ROWS = 2000


def support_level(samples: Samples, method: Settings, *, alone: bool = True) -> Level:
    """Test the support of the data; no label is used.

    Arguments:
        samples: rows.
        method: the settings.
        alone: raise where the level cannot be tested; False: return the reason.

    Returns:
        The level, declined where no polynomial vanishes on the data.

    Raises:
        DiscoveryFailed: ``alone``, and the vectors do not span the space.

    Example:
        >>> from physym import Rep, Spectral
        >>> angle = np.linspace(0, 6, 200)
        >>> circle = Samples(np.stack([np.cos(angle), np.sin(angle)], axis=1), rep_x=Rep("V", n=2))
        >>> support_level(circle, Spectral(noise_model="isotropic")).dimension
        1
    """
    try:
        search = search_of(samples, method.basis)
        if search.whitened:
            return declined("support", ONLY_MEASURE)
        # a relative error is one of the coordinates as they are, so only an isotropic one allows to measure from the mean
        centred = search.is_affine(samples.n) and method.noise_model == "isotropic"
        statistics, clusters = _statistics(search.entered(samples) if centred else samples, method, scale=1.0 if centred else None)
        if statistics is None:
            return declined("support", f"{clusters} independent rows; at least {FEWEST_CLUSTERS} are needed")
        return support_of(statistics, samples, method, search=search if centred else None)
    except DiscoveryFailed as error:
        if alone:
            raise
        return declined("support", str(error), status=Status.DEGENERATE)


def support_of(statistics: GramStatistics, samples: Samples, method: Settings, *, search: Search | None = None) -> Level:
    """The support level from its sufficient statistics.

    Arguments:
        statistics: Gram statistics of all rows.
        samples: what the rows are; the rows themselves are not used.
        method: the settings.
        search: the matrices, where the statistics are those of rows in its frame; None: the statistics are in the units of the samples.

    Returns:
        The level.

    Raises:
        DiscoveryFailed: the vectors do not span the space.

    Example:
        >>> from physym import Rep, Spectral
        >>> angle = np.linspace(0, 6, 200)
        >>> circle = Samples(np.stack([np.cos(angle), np.sin(angle)], axis=1), rep_x=Rep("V", n=2))
        >>> support_of(gram_statistics(circle.vectors, scale=1.0), circle, Spectral(noise_model="isotropic")).dimension
        1
    """
    if search is None:
        frame = np.diag([statistics.scale] * samples.n + [1.0])
        search = search_of(samples, method.basis, frame=frame)
        length = statistics.scale
    else:
        length = float(search.frame[0, 0]) if search.frame is not None else 1.0
    unit = length if method.noise_model == "isotropic" else 1.0  # of the noise in the pencil
    noise = None if method.noise is None else method.noise / unit
    polynomials = vanishing_polynomials(statistics, model=method.noise_model, noise=noise)
    level = Level(
        "support",
        STATEMENTS["support"],
        None,
        alpha=method.alpha,
        degree=statistics.degree,
        rows=statistics.vectors,
        clusters=statistics.clusters,
        unit="vectors",
    )
    if not polynomials.count:
        reason = f"no polynomial of degree ≤ {statistics.degree} vanishes on the data"
        return replace(level, reason=reason, status=Status.NO_CONSTRAINT)
    found = concluded(level, support_equation(statistics, polynomials, search.matrices), replace(samples, coordinates=()))
    found = in_data_coordinates(found, samples, search)
    if polynomials.gap < CLEAR_GAP and method.noise is None:
        found = replace(found, status=Status.NO_CLEAR_GAP)
    return replace(found, noise=polynomials.level * unit, noise_model=method.noise_model)


def _statistics(samples: Samples, method: Settings, *, scale: float | None = None) -> tuple[GramStatistics | None, int]:
    """Statistics of all rows, with one cluster in one block; None where there are too few clusters."""
    vectors, mask, clusters = samples.vectors, samples.mask, len(samples)
    if samples.cluster is not None:
        blocks, clusters = independent_blocks(samples, method.blocks)
        order = _in_block_order(blocks)
        vectors = np.where((order >= 0)[:, None, None], vectors[order], 0.0)
        mask = None if mask is None else mask[order] & (order >= 0)[:, None]
    if clusters < FEWEST_CLUSTERS:
        return None, clusters
    unit = typical_scale(vectors) if scale is None else scale
    found = gram_statistics(vectors, scale=unit, mask=mask, degree=method.degree, blocks=min(method.blocks, clusters))
    return replace(found, counts=_clusters_per_block(found, clusters)), clusters


def _clusters_per_block(statistics: GramStatistics, clusters: int) -> Int[np.ndarray, "B"]:
    return np.bincount(np.arange(clusters) % len(statistics.gram), minlength=len(statistics.gram))


def typical_scale(vectors: Float[np.ndarray, "N K n"]) -> float:
    """A typical norm, from a few thousand vectors: the unit in which constant terms count, rounded to a power of two.

    Arguments:
        vectors: shape ``(N, K, n)``.

    Returns:
        A power of two, in the units of the vectors.

    Example:
        >>> typical_scale(np.full((10, 1, 4), 2.5))
        4.0
    """
    few = vectors[:: len(vectors) // SCALE_ROWS + 1]
    norms = np.sqrt(np.einsum("nki,nki->nk", few, few))
    typical = float(np.median(norms[norms > 0])) if (norms > 0).any() else 1.0
    return float(2.0 ** np.round(np.log2(typical)))


def _in_block_order(block: Int[np.ndarray, "N"]) -> Int[np.ndarray, "M"]:
    """Row numbers such that position i holds a row of block ``i mod blocks``; −1 marks an empty place."""
    sizes = np.bincount(block)
    order = np.argsort(block, kind="stable")
    depth = np.arange(len(block)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    places = np.full((int(sizes.max()), len(sizes)), -1, dtype=np.int64)
    places[depth, block[order]] = order
    return places.ravel()
