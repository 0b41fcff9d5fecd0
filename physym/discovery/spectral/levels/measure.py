"""The measure level: from rows to the matrices that leave their distribution unchanged."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import numpy as np

from physym._typing import Int
from physym.data import Samples
from physym.discovery.base import Level, Status
from physym.discovery.equation import SymmetryEquation
from physym.discovery.spectral.equations.moments import moment_equation
from physym.discovery.spectral.frame import Search
from physym.discovery.spectral.levels.common import ROWS_PER_COEFFICIENT, STATEMENTS, concluded, declined, independent_blocks
from physym.discovery.spectral.levels.frames import frame_motion, in_data_coordinates
from physym.discovery.spectral.search import search_of
from physym.discovery.spectral.settings import Settings
from physym.errors import DiscoveryFailed


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
    degree = method.measure_degree
    fewest = ROWS_PER_COEFFICIENT * comb(samples.x.shape[1] + degree, degree)
    if clusters < fewest:
        reason = f"{clusters} independent rows; moments of degree {degree} in {samples.x.shape[1]} coordinates need at least {fewest}"
        return declined("measure", reason)
    try:
        search = search_of(samples, method.basis)
    except DiscoveryFailed as error:
        return declined("measure", str(error), status=Status.DEGENERATE)
    if reason := search.inapplicable(samples):
        return declined("measure", reason)
    within = search.entered(samples)
    classes = _classes(samples)
    equation, tested = _moments(within, classes, blocks, search, degree=degree)
    level = Level("measure", STATEMENTS["measure"], None, alpha=method.alpha, degree=degree, rows=len(samples), clusters=clusters)
    if not search.whitened:
        return in_data_coordinates(concluded(level, tested, within, natural=equation), samples, search)
    # a defect is small or large beside that of all matrices, not beside that of the few candidates
    everything = replace(search, matrices=np.eye(samples.n**2).reshape(-1, samples.n, samples.n))
    natural = _moments(within, classes, blocks, everything, degree=degree)[0]
    motion = frame_motion(within, blocks, search)
    return in_data_coordinates(concluded(level, tested, within, natural=natural), samples, search, motion=motion)


def _moments(
    samples: Samples, classes: Int[np.ndarray, "N"], blocks: Int[np.ndarray, "N"], search: Search, *, degree: int
) -> tuple[SymmetryEquation, SymmetryEquation]:
    """The moment equation of the samples in the frame of the search, as it is and with whitened rows."""
    return moment_equation(
        samples.x,
        classes,
        blocks,
        search.matrices,
        degree=degree,
        copies=samples.copies,
        whitened=search.whitened,
        centred=search.whitened and search.is_affine(samples.n),
    )


def _classes(samples: Samples) -> Int[np.ndarray, "N"]:
    """Class of each row; all zero where y is not a class."""
    if samples.y is not None and np.ndim(samples.y) == 1 and np.issubdtype(np.asarray(samples.y).dtype, np.integer):
        return np.unique(samples.y, return_inverse=True)[1].astype(np.int64)
    return np.zeros(len(samples), dtype=np.int64)
