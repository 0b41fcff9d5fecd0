"""The conditional and measure levels from sums that were collected chunk by chunk, when the rows themselves are gone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb

import numpy as np

from physym._typing import Float
from physym.data import Samples
from physym.discovery.base import Level
from physym.discovery.equation import DimensionTest
from physym.discovery.significance import dimension_tests
from physym.discovery.spectral.equations.ideals import derived_ideal
from physym.discovery.spectral.equations.logit_sums import Passes, logit_fit
from physym.discovery.spectral.equations.moment_sums import frame_moves, moments_from_sums, second_moments
from physym.discovery.spectral.equations.sums import (
    BlockFit,
    RegressionSums,
    invariants_from_sums,
    least_squares,
    regression_equation,
    regression_sums,
)
from physym.discovery.spectral.frame import Search, whitening_root
from physym.discovery.spectral.levels.common import ROWS_PER_COEFFICIENT, STATEMENTS, concluded, declined
from physym.discovery.spectral.levels.frames import in_data_coordinates
from physym.discovery.spectral.search import orthonormal, searched_matrices
from physym.discovery.spectral.settings import Settings
from physym.discovery.spectral.spaces import mixing, turns
from physym.discovery.spectral.statistics.rows import RowStatistics
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed

OF_THE_MEAN = (
    "the mean of y was fitted and not its logit; for two classes both are unchanged by the same g, but where many rows separate the "
    "classes well no polynomial of this degree follows the mean, and symmetries are lost that a fitted logit keeps"
)

DIGITS = 1e9  # of the sixteen that a sum holds, this many may be lost in the change of coordinates
TOO_FLAT = (
    "the cloud is too flat for its sums to be taken to round coordinates; all matrices were searched in those of the data, where the test "
    "of the dimension rejects too often. Give coordinates in which the cloud is rounder"
)


def conditional_of(
    statistics: RowStatistics,
    samples: Samples,
    method: Settings,
    support: Level | None,
    *,
    passes: Passes | None = None,
    pilot: Passes | None = None,
) -> Level:
    """The conditional level from sums: whether ``p(y | x)`` of two classes, or ``E[y | x]``, is unchanged.

    Arguments:
        statistics: of all rows, with a target or with two classes.
        samples: what the rows are; the rows themselves are not used.
        method: the settings.
        support: the support level of the same rows, or None.
        passes: sums over the rows at given coefficients, see ``logit_fit``. None, where the rows are gone: the mean of two labels is
            fitted instead of their logit; where the classes separate well it is too stiff, and symmetries may be lost.
        pilot: sums over a part of the rows, which saves passes over all of them; None: there is none.

    Returns:
        The level, declined with a reason where no function can be fitted.

    Example:
        >>> from physym import Rep, Spectral
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> x = np.random.default_rng(0).normal(size=(500, 3))
        >>> y = (x**2).sum(1) + np.random.default_rng(1).normal(size=500)
        >>> what = Samples(x[:0], rep_x=Rep("V", n=3))
        >>> conditional_of(row_statistics(x, scale=np.ones(3), target=y), what, Spectral(), None).identification.name
        'so(3)'
    """
    reason = _no_function(statistics, method.degree)
    if support is not None and support.status is Status.DEGENERATE:
        reason = support.reason
    if reason:
        return declined("conditional", reason)
    if support is not None and support.algebra is not None:
        # off the support a fitted function means nothing, so only symmetries of the support can be tested
        searched = orthonormal(support.algebra.basis)
    else:
        searched = searched_matrices(samples, method.basis)
    if not len(searched):
        return declined("conditional", "the support has no symmetry among which one of p(y | x) could be searched")
    function = _Function(regression_sums(statistics, degree=method.degree), None if statistics.target else passes, pilot)
    try:
        fit = function.fit()
        level = _function_level(function, fit, searched, samples, method)
        if level.dimension < len(searched):
            return level
        # all of g survived the omnibus test: ask again where its derived ideal leaves little to fit
        ideal = derived_ideal(searched)
        beyond = _beyond_ideal(function, ideal, searched)
        if beyond is None or not beyond.rejected(alpha=method.alpha):
            return level
    except DiscoveryFailed as error:
        return declined("conditional", str(error))
    smaller = _function_level(function, fit, ideal, samples, method)
    return replace(smaller, tests=(*smaller.tests, beyond)) if smaller.dimension == len(ideal) else level


@dataclass(frozen=True, eq=False)
class _Function:
    """What y is fitted by: the mean from the sums alone, or the logit with further passes over the rows."""

    sums: RegressionSums
    passes: Passes | None
    pilot: Passes | None

    def fit(self, within: Float[np.ndarray, "p q"] | None = None) -> BlockFit:
        if self.passes is None:
            return least_squares(self.sums, within=within)
        return logit_fit(self.sums, self.passes, pilot=self.pilot, within=within)


def _function_level(function: _Function, fit: BlockFit, searched: Float[np.ndarray, "s n n"], samples: Samples, method: Settings) -> Level:
    equation, whitened = regression_equation(function.sums, fit, searched)
    rows = int(function.sums.counts.sum())
    level = Level(
        "conditional",
        STATEMENTS["conditional"],
        None,
        alpha=method.alpha,
        degree=method.degree,
        rows=rows,
        clusters=rows,
        note=OF_THE_MEAN if function.passes is None else f"the logit of y was fitted, in {fit.passes} passes over the rows",
    )
    return concluded(level, whitened, samples, natural=equation)


def _beyond_ideal(function: _Function, ideal: Float[np.ndarray, "h n n"], searched: Float[np.ndarray, "s n n"]) -> DimensionTest | None:
    """Test all of g on what its derived ideal leaves invariant, p doubled for this second look; None where there is nothing to test."""
    if not 0 < len(ideal) < len(searched):
        return None
    within = invariants_from_sums(function.sums, ideal)
    if not within.shape[1]:
        return None
    test = dimension_tests(regression_equation(function.sums, function.fit(within), searched)[1])[-1]
    return DimensionTest(len(searched), min(1.0, 2 * test.p_value), test.statistic, None)


def _no_function(statistics: RowStatistics, degree: int) -> str:
    """Why no function of x can be fitted to y; empty when one can."""
    if not statistics.target:
        classes = len(statistics.classes)
        if not classes:
            return "the samples carry no labels or targets y"
        if classes < 2:
            return "all rows carry the same y"
        if classes > 2:
            return f"y has {classes} classes; give two classes, or a real-valued target"
    return _too_few(statistics, degree, "rows; a polynomial of degree {} in {} coordinates needs at least {}")


def _too_few(statistics: RowStatistics, degree: int, sentence: str) -> str:
    coordinates = len(statistics.scale)
    fewest = ROWS_PER_COEFFICIENT * comb(coordinates + degree, degree)
    return "" if statistics.rows >= fewest else f"{statistics.rows} " + sentence.format(degree, coordinates, fewest)


def measure_of(statistics: RowStatistics, samples: Samples, method: Settings) -> Level:
    """The measure level from sums: whether the distribution of the rows of each class is unchanged.

    As in memory, moments are tested on the rotations after whitening. One class in one part of at most 8192 rows gives the p-values of
    ``measure_level`` to round-off; otherwise the rows lie in other blocks, and the weights of the rows of the equation come from a part
    of the data. The certificate has the blocks of the sums and counts the units of the moments as known, in memory it takes finer ones.

    Arguments:
        statistics: of all rows, with ``wide_degree`` = ``method.measure_degree``.
        samples: what the rows are; the rows themselves are not used.
        method: the settings.

    Returns:
        The level, declined with a reason where there are too few rows.

    Example:
        >>> from physym import Rep, Spectral
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> x = np.random.default_rng(0).normal(size=(2000, 3))
        >>> what = Samples(x[:0], rep_x=Rep("V", n=3))
        >>> measure_of(row_statistics(x, scale=np.ones(3), wide_degree=3), what, Spectral()).identification.name
        'so(3)'
    """
    degree = method.measure_degree
    reason = _too_few(statistics, degree, "independent rows; moments of degree {} in {} coordinates need at least {}")
    if reason:
        return declined("measure", reason)
    search, note = _search(statistics, samples, method)
    within = samples if search.frame is None else replace(samples, coordinates=())
    allowed = mixing(samples) if search.whitened else None
    equation, tested = moments_from_sums(statistics, search.matrices, degree=degree, frame=search.frame, whitened=allowed)
    rows = statistics.rows
    level = Level("measure", STATEMENTS["measure"], None, alpha=method.alpha, degree=degree, rows=rows, clusters=rows, note=note)
    if search.frame is None:
        return concluded(level, tested, within, natural=equation)
    blocks = statistics.counts.shape[1]
    motion = np.sqrt(blocks / (blocks - 1)) * frame_moves(statistics, search.frame, mixing(samples)) / 2
    # as in memory: defects in units of those of all matrices, in a frame that is held fixed, for the algebra has the frame's own error
    everything = np.eye(samples.n**2).reshape(-1, samples.n, samples.n)
    equation = moments_from_sums(statistics, everything, degree=degree, frame=search.frame)[0]
    return in_data_coordinates(concluded(level, tested, within, natural=equation), samples, search, motion=motion)


def _search(statistics: RowStatistics, samples: Samples, method: Settings) -> tuple[Search, str]:
    """Rotations after whitening, for only these can preserve a distribution with second moments; and why not, where they cannot be had."""
    if method.basis is not None:
        return Search(searched_matrices(samples, method.basis)), ""
    moments = second_moments(statistics, samples.n).sum(0) / statistics.rows
    try:
        root = whitening_root(moments, mixing(samples))
    except DiscoveryFailed as error:
        return Search(searched_matrices(samples, None)), f"{error} All matrices were searched instead"
    # from units of the coordinates to the frame and on to its monomials, sums of rows lose so many digits
    lost = np.linalg.cond(root / np.sqrt(np.diag(moments))[:, None]) ** method.measure_degree
    if lost > DIGITS:
        return Search(searched_matrices(samples, None)), TOO_FLAT
    return Search(turns(mixing(samples)), root, whitened=True), ""
