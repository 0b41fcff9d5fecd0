"""What all levels share: independent blocks of rows, the choice of the dimension, and the level as it is reported."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physym._typing import Float, Int
from physym.algebra import LieAlgebra, canonical_basis, closure_residual, refine
from physym.data import Samples
from physym.discovery.base import Level, LevelName
from physym.discovery.certificate import certified_defect
from physym.discovery.equation import DimensionTest, SymmetryEquation
from physym.discovery.significance import closed_below, dimension_tests
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed

ROWS_PER_COEFFICIENT = 4
CLOSED = 1e-9
ROUND_OFF = 1e-13  # of the entries of generators of unit norm
ONLY_MEASURE = "rotations after whitening are the candidates of the measure level only; give another search space"

STATEMENTS: dict[LevelName, str] = {
    "support": "g maps the variety that carries the data to itself",
    "conditional": "p(y | gx) = p(y | x)",
    "measure": "p(gx | y) = p(x | y)",
}


def declined(name: LevelName, reason: str, *, status: Status = Status.FOUND) -> Level:
    """A level that does not apply, with the reason.

    Example:
        >>> declined("measure", "too few rows").algebra is None
        True
    """
    return Level(name, STATEMENTS[name], None, reason=reason, status=status)


def independent_blocks(samples: Samples, blocks: int) -> tuple[Int[np.ndarray, "N"], int]:
    """Block of each row, such that rows of one cluster share a block, and the number of independent clusters.

    Arguments:
        samples: N rows.
        blocks: the largest number of blocks.

    Returns:
        Block numbers, shape ``(N,)``, and the number of clusters.

    Example:
        >>> from physym.algebra import Rep
        >>> independent_blocks(Samples(np.ones((3, 1)), rep_x=Rep("V", n=1), cluster=np.array([7, 7, 9])), 64)
        (array([0, 0, 1]), 2)
    """
    cluster = np.arange(len(samples)) if samples.cluster is None else np.unique(samples.cluster, return_inverse=True)[1]
    clusters = int(cluster.max()) + 1 if len(cluster) else 0
    return cluster % min(blocks, max(clusters, 1)), clusters


def concluded(level: Level, equation: SymmetryEquation, samples: Samples, *, natural: SymmetryEquation | None = None) -> Level:
    """A level with its tests, its algebra and its certificate.

    Arguments:
        level: name, statement, significance, degree and rows.
        equation: the equation that is tested.
        samples: gives the names of the coordinates and the source.
        natural: the equation whose defect is certified, over the same or a larger space of matrices; None: the same.

    Returns:
        The level with the largest dimension that is not rejected and closes.

    Example:
        >>> from physym.algebra import Rep
        >>> equation = SymmetryEquation(np.diag([1.0, 0.0]), np.full((8, 2, 2), 1e-4), np.eye(4).reshape(4, 2, 2)[:2])
        >>> concluded(declined("measure", ""), equation, Samples(np.ones((9, 2)), rep_x=Rep("V", n=2))).dimension
        1
    """
    tests = dimension_tests(equation, alpha=level.alpha)
    dimension, status = choose(tests, level.alpha)
    algebra = _finished(equation, dimension, samples, level.name)
    while algebra is None:  # the span closes within its error, but no algebra lies near it
        tests = closed_below(equation, tests, below=dimension, alpha=level.alpha)
        dimension, status = choose(tests, level.alpha)
        algebra = _finished(equation, dimension, samples, level.name)
    natural = equation if natural is None else natural
    defect = certified_defect(natural, _coordinates(algebra, natural), alpha=level.alpha)
    if status is Status.FOUND and not defect < 1:
        status = Status.NOT_CERTIFIED
    return replace(
        level,
        algebra=algebra,
        searched=equation.searched,
        tests=tests,
        defect=defect,
        spectrum=equation.svd[1],
        bands=equation.band_names,
        equation=natural,
        status=status,
    )


def _coordinates(algebra: LieAlgebra, equation: SymmetryEquation) -> Float[np.ndarray, "r s"]:
    """Orthonormal rows that span the algebra which is reported; closing moved it a little away from the smallest defect."""
    flat = algebra.basis.reshape(algebra.dimension, algebra.n**2)
    return np.asarray(np.linalg.qr(flat.T)[0].T @ equation.searched.reshape(len(equation.searched), -1).T)


def choose(tests: tuple[DimensionTest, ...], alpha: float) -> tuple[int, Status]:
    """The largest dimension that is not rejected and closes under the bracket.

    Example:
        >>> choose((DimensionTest(1, 0.4, 1.0, True), DimensionTest(2, 1e-5, 9.0, None)), 0.01)[0]
        1
    """
    passed = [test for test in tests if not test.rejected(alpha=alpha)]
    closed = [test for test in passed if test.closes]
    if not closed:
        return 0, Status.NO_SYMMETRY
    return closed[-1].dimension, Status.FOUND if closed[-1] is passed[-1] else Status.NOT_CLOSED


def _finished(equation: SymmetryEquation, dimension: int, samples: Samples, name: LevelName) -> LieAlgebra | None:
    """The estimate as a closed algebra in its canonical sparse basis, with the names of the coordinates; None where none lies near.

    Closing moves each generator by less than its error, so the covariance of the estimate stays.
    """
    algebra = equation.algebra(dimension)
    try:
        basis = _closed_within(algebra.basis, equation.searched) if algebra.dimension else algebra.basis
    except DiscoveryFailed:
        return None
    coordinates = samples.coordinates if len(samples.coordinates) == algebra.n else ()
    named = replace(algebra, basis=basis, coordinates=coordinates, source=f"{name} level of {samples.source}")
    return canonical_basis(named) if named.dimension else named


def _closed_within(basis: Float[np.ndarray, "k n n"], searched: Float[np.ndarray, "s n n"]) -> Float[np.ndarray, "k n n"]:
    """The nearest Lie algebra among the searched matrices, where these form an algebra; else the nearest of all."""
    flat = np.linalg.qr(searched.reshape(len(searched), -1).T)[0].T
    closed = refine(LieAlgebra(basis)).basis
    inside = (closed.reshape(len(closed), -1) @ flat.T @ flat).reshape(closed.shape)
    if np.abs(inside - closed).max() <= ROUND_OFF:
        return np.asarray(inside)
    within = refine(LieAlgebra(basis), within=LieAlgebra(searched))
    return within.basis if closure_residual(within) <= CLOSED else closed
