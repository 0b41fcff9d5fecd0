"""The measure level: from rows to the matrices that leave their distribution unchanged."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import numpy as np

from physym._typing import Int
from physym.data import Samples
from physym.discovery.base import Level
from physym.discovery.equation import SymmetryEquation
from physym.discovery.spectral.equations.drift import Cloud, drift_equation
from physym.discovery.spectral.equations.moments import moment_equation
from physym.discovery.spectral.frame import Search
from physym.discovery.spectral.levels.common import ROWS_PER_COEFFICIENT, STATEMENTS, concluded, declined, independent_blocks
from physym.discovery.spectral.levels.cover import seen_on_span, uneven_cover
from physym.discovery.spectral.levels.frames import frame_motion, in_data_coordinates
from physym.discovery.spectral.search import search_of
from physym.discovery.spectral.settings import Settings
from physym.discovery.spectral.spaces import Whitened
from physym.discovery.spectral.statistics.scatter import shape_root
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed

FINER = 4


def measure_level(samples: Samples, method: Settings) -> Level:
    """Test whether the distribution of the rows is unchanged, within each class where y is a class.

    Arguments:
        samples: rows.
        method: the settings.

    Returns:
        The level, declined with a reason where there are too few rows.

    Example:
        >>> from physym import Rep, Spectral
        >>> rows = Samples(np.random.default_rng(0).normal(size=(2000, 3)), rep_x=Rep("V", n=3))
        >>> measure_level(rows, Spectral()).identification.name
        'so(3)'
    """
    blocks, clusters = independent_blocks(samples, method.blocks)
    if reason := _too_few(clusters, samples.x.shape[1], method):
        return declined("measure", reason)
    classes = _classes(samples)
    if not any(np.ptp(samples.x[classes == label], axis=0).any() for label in np.unique(classes)):
        reason = "all rows of a class are equal, so nothing can be told of their distribution; give rows that vary"
        return declined("measure", reason, status=Status.DEGENERATE)
    try:
        search = _search(samples, method)
    except DiscoveryFailed as error:
        return declined("measure", str(error), status=Status.DEGENERATE)
    if reason := search.inapplicable(samples):
        return declined("measure", reason)
    if not len(search.matrices):
        return declined("measure", "a single coordinate has no rotations, and nothing else preserves a distribution")
    span = ""
    if search.frame is None:
        matrices, span = seen_on_span(samples, search.matrices, blocks)
        search = replace(search, matrices=matrices)
    within = search.entered(samples)
    equation, tested = _equation(within, classes, blocks, search, method)
    level = Level(
        "measure",
        STATEMENTS["measure"],
        None,
        alpha=method.alpha,
        degree=method.measure_degree,
        rows=len(samples),
        clusters=clusters,
        tested="; ".join(family.words for family in method.families),
    )
    motion = None
    if search.whitened:
        # a defect is small or large beside that of all matrices, not beside that of the few candidates; and its error is that of the
        # moments in a frame that is held fixed, because the algebra that is claimed has the frame's own error
        everything = replace(search, matrices=np.eye(samples.n**2).reshape(-1, samples.n, samples.n), whitened=False)
        finer = independent_blocks(samples, FINER * method.blocks)[0]  # the largest of many variances is overrated from few blocks
        equation = _equation(within, classes, finer, everything, method)[0]
        motion = frame_motion(within, blocks, search)
    found = in_data_coordinates(concluded(level, tested, within, natural=equation), samples, search, motion=motion)
    return replace(found, note="; ".join(filter(None, (found.note, span, uneven_cover(samples, blocks)))))


def _search(samples: Samples, method: Settings) -> Search:
    """The matrices to search.

    Only rotations after whitening can preserve a distribution with second moments, so moments are tested on those. Test functions search
    all of gl(n) where the cloud is round, so that no linear mixing matters.
    """
    if method.basis is not None or (method.families and samples.blocks):
        return search_of(samples, method.basis)
    if method.families:
        return Search(np.eye(samples.n**2).reshape(-1, samples.n, samples.n), shape_root(samples.vectors.reshape(-1, samples.n)))
    try:
        return Whitened().search(samples)
    except DiscoveryFailed:  # the rows span less than the space
        return search_of(samples, None)


def _too_few(clusters: int, d: int, method: Settings) -> str:
    """Why there are too few independent rows; empty where there are enough."""
    if method.families:
        fewest = ROWS_PER_COEFFICIENT * sum(family.size(d) for family in method.families)
        what = f"{fewest // ROWS_PER_COEFFICIENT} test functions"
    else:
        fewest = ROWS_PER_COEFFICIENT * comb(d + method.measure_degree, method.measure_degree)
        what = f"moments of degree {method.measure_degree}"
    return f"{clusters} independent rows; {what} in {d} coordinates need at least {fewest}" if clusters < fewest else ""


def _equation(
    samples: Samples, classes: Int[np.ndarray, "N"], blocks: Int[np.ndarray, "N"], search: Search, method: Settings
) -> tuple[SymmetryEquation, SymmetryEquation]:
    """The equation of the samples in the frame of the search, as it is and with whitened rows."""
    centred = search.whitened and search.is_affine(samples.n)
    if method.families:
        cloud = Cloud(samples.x, classes, blocks, samples.copies, whitened=search.whitened, centred=centred)
        return drift_equation(cloud, search.matrices, [family.on(samples.x) for family in method.families])
    return moment_equation(
        samples.x,
        classes,
        blocks,
        search.matrices,
        degree=method.measure_degree,
        copies=samples.copies,
        whitened=search.whitened,
        centred=centred,
    )


def _classes(samples: Samples) -> Int[np.ndarray, "N"]:
    """Class of each row; all zero where y is not a class."""
    if samples.y is not None and np.ndim(samples.y) == 1 and np.issubdtype(np.asarray(samples.y).dtype, np.integer):
        return np.unique(samples.y, return_inverse=True)[1].astype(np.int64)
    return np.zeros(len(samples), dtype=np.int64)
