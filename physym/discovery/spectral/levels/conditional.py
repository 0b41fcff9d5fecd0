"""The conditional level: from labels or targets to the matrices that leave p(y | x) unchanged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb

import numpy as np

from physym._typing import Float, Int
from physym.data import Samples
from physym.discovery.base import Level
from physym.discovery.spectral.equations.ideals import beyond_ideal
from physym.discovery.spectral.equations.regression import function_equation
from physym.discovery.spectral.levels.common import ONLY_MEASURE, ROWS_PER_COEFFICIENT, STATEMENTS, concluded, declined, independent_blocks
from physym.discovery.spectral.levels.frames import in_data_coordinates
from physym.discovery.spectral.search import orthonormal, search_of
from physym.discovery.spectral.settings import FEWEST_CLUSTERS, Settings
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed


@dataclass(frozen=True, eq=False)
class _Target:
    """The labels or targets as numbers, with the blocks of the rows."""

    y: Float[np.ndarray, "N"]
    logit: bool
    blocks: Int[np.ndarray, "N"]
    clusters: int


def conditional_level(samples: Samples, method: Settings, support: Level | None) -> Level:
    """Test whether p(y | x) is unchanged, among the symmetries of the support where those are known.

    Arguments:
        samples: rows with y.
        method: the settings.
        support: the support level of the same rows, or None.

    Returns:
        The level, declined with a reason where no function can be fitted.

    Example:
        >>> from physym import Rep, Spectral
        >>> x = np.random.default_rng(0).normal(size=(500, 3))
        >>> rows = Samples(x, rep_x=Rep("V", n=3), y=(x**2).sum(1) + np.random.default_rng(1).normal(size=500))
        >>> conditional_level(rows, Spectral(), None).identification.name
        'so(3)'
    """
    reason = _no_function(samples, method.degree)
    if support is not None and support.status is Status.DEGENERATE:
        reason = support.reason
    if reason:
        return declined("conditional", reason)
    clusters = independent_blocks(samples, method.blocks)[1]
    if clusters < FEWEST_CLUSTERS:
        return declined("conditional", f"{clusters} independent rows or runs; at least {FEWEST_CLUSTERS} are needed")
    search = search_of(samples, method.basis)
    if search.whitened or search.inapplicable(samples):
        return declined("conditional", search.inapplicable(samples) or ONLY_MEASURE)
    searched = search.matrices
    if support is not None and support.algebra is not None:
        # off the support a fitted function means nothing, so only symmetries of the support can be tested
        if not support.dimension:
            return declined("conditional", "no searched matrix is a symmetry of the support, so none can be tested on it")
        searched = orthonormal(search.inward(support.algebra.basis))
    target = _target(samples, method.blocks)
    try:
        within = search.entered(samples)
        level = _function_level(within, target, searched, method)
        if level.dimension < len(searched):
            return in_data_coordinates(level, samples, search)
        # all of g survived the omnibus test: ask again where its derived ideal leaves little to fit
        beyond = beyond_ideal(within.x, target.y, target.blocks, searched, degree=method.degree, logit=target.logit, copies=samples.copies)
        if beyond is None or not beyond[1].rejected(alpha=method.alpha):
            return in_data_coordinates(level, samples, search)
        smaller = _function_level(within, target, beyond[0], method)
    except DiscoveryFailed as error:
        return declined("conditional", str(error))
    chosen = replace(smaller, tests=(*smaller.tests, beyond[1])) if smaller.dimension == len(beyond[0]) else level
    return in_data_coordinates(chosen, samples, search)


def _target(samples: Samples, blocks: int) -> _Target:
    values, label = np.unique(np.asarray(samples.y), return_inverse=True)
    logit = len(values) == 2
    y = (label if logit else np.asarray(samples.y)).astype(np.float64)
    return _Target(y, logit, *independent_blocks(samples, blocks))


def _function_level(samples: Samples, target: _Target, searched: Float[np.ndarray, "s n n"], method: Settings) -> Level:
    equation, whitened = function_equation(
        samples.x, target.y, target.blocks, searched, degree=method.degree, logit=target.logit, copies=samples.copies
    )
    level = Level(
        "conditional",
        STATEMENTS["conditional"],
        None,
        alpha=method.alpha,
        degree=method.degree,
        rows=len(samples),
        clusters=target.clusters,
    )
    return concluded(level, whitened, samples, natural=equation)


def _no_function(samples: Samples, degree: int) -> str:
    """Why no function of x can be fitted to y; empty when one can."""
    if samples.y is None:
        return "the samples carry no labels or targets y"
    target = np.asarray(samples.y)
    if target.ndim > 1:
        return f"y has shape {target.shape}; one label, target or vector of targets per row is needed"
    fewest = ROWS_PER_COEFFICIENT * comb(samples.x.shape[1] + degree, degree)
    if len(samples) < fewest:
        return f"{len(samples)} rows; a polynomial of degree {degree} in {samples.x.shape[1]} coordinates needs at least {fewest}"
    classes = len(np.unique(target))
    if classes < 2:
        return "all rows carry the same y"
    if classes > 2 and np.issubdtype(target.dtype, np.integer):
        return f"y has {classes} classes; give two classes, or a real-valued target"
    return ""
