"""`Spectral`: the default method of discovery, one pass over the data and one small linear equation per level."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb
from time import perf_counter

import numpy as np

from physym._typing import Float, Int
from physym.algebra import LieAlgebra, canonical_basis, refine
from physym.data import Samples
from physym.discovery.base import DimensionTest, Discovery, Level, LevelName, Status
from physym.discovery.spectral.ideals import beyond_ideal
from physym.discovery.spectral.moments import moment_equation
from physym.discovery.spectral.regression import function_equation
from physym.discovery.spectral.significance import SymmetryEquation, certified_defect, dimension_tests
from physym.discovery.spectral.statistics import gram_statistics
from physym.discovery.spectral.support import NoiseModel, VanishingPolynomials, support_equation, vanishing_polynomials
from physym.errors import DiscoveryFailed, InvalidData
from physym.progress import Progress

FEWEST_CLUSTERS = 8
ROWS_PER_COEFFICIENT = 4
CLEAR_GAP = 2.5
SCALE_ROWS = 2000
WIDEST_SPREAD = 3e3


@dataclass(frozen=True)
class Spectral:
    """Solve ``H a = 0`` on sufficient statistics: exact where the data are, with p-values and a certificate.

    Arguments:
        degree: highest degree of the polynomials at the support and conditional levels.
        measure_degree: highest degree of the moments at the measure level. Second moments S alone are preserved by every
            ``S^{1/2} so(n) S^{-1/2}``, so 3 is the lowest degree that tells.
        alpha: significance of the tests; certificates hold at 1 − alpha.
        blocks: number of block copies of the statistics, from which all errors follow.
        noise_model: how coordinates are smeared: ``"relative"`` (detectors) or ``"isotropic"``.
        noise: standard deviation of that noise when it is known, in the units of x where it is isotropic; None: estimated from the data.
        basis: matrices to search, as a LieAlgebra; None: all of gl(n), or block-diagonal where the samples say so.

    Raises:
        InvalidData: a setting lies outside its range.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), poses the problem that this solves in closed form.

    Example:
        >>> from dataclasses import replace
        >>> replace(Spectral(), alpha=0.05).alpha
        0.05
    """

    degree: int = 2
    measure_degree: int = 3
    alpha: float = 0.01
    blocks: int = 64
    noise_model: NoiseModel = "relative"
    noise: float | None = None
    basis: LieAlgebra | None = None

    def __post_init__(self) -> None:
        if min(self.degree, self.measure_degree) < 1:
            raise InvalidData(f"degree is {min(self.degree, self.measure_degree)}; polynomials of degree 1 or more are needed.")
        if not 0 < self.alpha < 0.5:
            raise InvalidData(f"alpha is {self.alpha}; a significance lies between 0 and 0.5, for instance 0.01.")
        if self.blocks < FEWEST_CLUSTERS:
            raise InvalidData(f"blocks is {self.blocks}; at least {FEWEST_CLUSTERS} are needed for an error estimate.")
        if self.noise is not None and self.noise < 0:
            raise InvalidData(f"noise is {self.noise}; a standard deviation is not negative.")

    def run(self, samples: Samples, *, levels: tuple[LevelName, ...], seed: int, device: str, progress: Progress) -> Discovery:
        """Test the levels; the first one named that applies is the headline.

        The support level is always tested first where ``levels`` names it or the conditional level, because a logit is
        defined only on the support.
        """
        start = perf_counter()
        wanted = set(levels)
        total = len(levels)
        support = self._support_or_reason(samples, alone=total == 1) if wanted & {"support", "conditional"} else None
        progress("support", 1, total)
        conditional = self._conditional(samples, support) if "conditional" in wanted else None
        progress("conditional", 2, total)
        measure = self._measure(samples) if "measure" in wanted else None
        progress("measure", total, total)
        found = {"support": support, "conditional": conditional, "measure": measure}
        applicable = [name for name in levels if (level := found[name]) is not None and level.algebra is not None]
        return Discovery(
            support=support,
            conditional=conditional,
            measure=measure,
            headline=(applicable or list(levels))[0],
            method=self,
            seed=seed,
            seconds=perf_counter() - start,
            provenance={"source": samples.source, "device": "cpu", "units": samples.units} | _warnings(samples),
        )

    def _support_or_reason(self, samples: Samples, *, alone: bool) -> Level:
        """The support level; where it cannot be tested, an error if nothing else was asked for, else the reason."""
        try:
            return self._support(samples)
        except DiscoveryFailed as error:
            if alone:
                raise
            return _declined("support", str(error), status=Status.DEGENERATE)

    def _support(self, samples: Samples) -> Level:
        vectors, mask, clusters = samples.vectors, samples.mask, len(samples)
        if samples.cluster is not None:
            blocks, clusters = self._blocks(samples)
            order = _in_block_order(blocks)
            vectors = np.where((order >= 0)[:, None, None], vectors[order], 0.0)
            mask = None if mask is None else mask[order] & (order >= 0)[:, None]
        if clusters < FEWEST_CLUSTERS:
            return _declined("support", f"{clusters} independent rows; at least {FEWEST_CLUSTERS} are needed")
        statistics = gram_statistics(vectors, scale=_scale(vectors), mask=mask, degree=self.degree, blocks=min(self.blocks, clusters))
        noise = None if self.noise is None else self.noise / self._noise_unit(statistics.scale)
        polynomials = vanishing_polynomials(statistics, model=self.noise_model, noise=noise)
        if not polynomials.count:
            nothing = _declined("support", f"no polynomial of degree ≤ {self.degree} vanishes on the data", status=Status.NO_CONSTRAINT)
            return replace(nothing, degree=self.degree, rows=statistics.vectors, clusters=clusters, unit="vectors")
        equation = support_equation(statistics, polynomials, self._searched(samples))
        level = self._level(
            "support", equation, samples, rows=statistics.vectors, clusters=clusters, degree=self.degree, polynomials=polynomials
        )
        return replace(level, noise=polynomials.level * self._noise_unit(statistics.scale), noise_model=self.noise_model)

    def _noise_unit(self, scale: float) -> float:
        """What a noise of 1 in the pencil is outside: isotropic noise is measured there in units of the scale."""
        return scale if self.noise_model == "isotropic" else 1.0

    def _conditional(self, samples: Samples, support: Level | None) -> Level:
        reason = _no_function(samples, self.degree)
        if support is not None and support.status is Status.DEGENERATE:
            reason = support.reason
        if reason:
            return _declined("conditional", reason)
        searched = self._searched(samples)
        if support is not None and support.algebra is not None:
            # off the support a fitted function means nothing, so only symmetries of the support can be tested
            searched = _orthonormal(support.algebra.basis)
        values, label = np.unique(np.asarray(samples.y), return_inverse=True)
        logit = len(values) == 2
        y = (label if logit else np.asarray(samples.y)).astype(np.float64)
        blocks, clusters = self._blocks(samples)
        try:
            level = self._function_level(samples, y, blocks, searched, clusters=clusters, logit=logit)
            if level.dimension < len(searched):
                return level
            # all of g survived the omnibus test: ask again where its derived ideal leaves little to fit
            beyond = beyond_ideal(samples.x, y, blocks, searched, degree=self.degree, logit=logit)
            if beyond is None or not beyond[1].rejected(alpha=self.alpha):
                return level
            smaller = self._function_level(samples, y, blocks, beyond[0], clusters=clusters, logit=logit)
        except DiscoveryFailed as error:
            return _declined("conditional", str(error))
        return replace(smaller, tests=(*smaller.tests, beyond[1])) if smaller.dimension == len(beyond[0]) else level

    def _function_level(
        self,
        samples: Samples,
        y: Float[np.ndarray, "N"],
        blocks: Int[np.ndarray, "N"],
        searched: Float[np.ndarray, "s n n"],
        *,
        clusters: int,
        logit: bool,
    ) -> Level:
        equation, whitened = function_equation(samples.x, y, blocks, searched, degree=self.degree, logit=logit)
        return self._level("conditional", whitened, samples, rows=len(samples), clusters=clusters, degree=self.degree, natural=equation)

    def _measure(self, samples: Samples) -> Level:
        blocks, clusters = self._blocks(samples)
        degree = self.measure_degree
        fewest = ROWS_PER_COEFFICIENT * comb(samples.x.shape[1] + degree, degree)
        if clusters < fewest:
            reason = f"{clusters} independent rows; moments of degree {degree} in {samples.x.shape[1]} coordinates need at least {fewest}"
            return _declined("measure", reason)
        classes = np.zeros(len(samples), dtype=np.int64)
        if samples.y is not None and np.ndim(samples.y) == 1 and np.issubdtype(np.asarray(samples.y).dtype, np.integer):
            classes = np.unique(samples.y, return_inverse=True)[1].astype(np.int64)
        equation, whitened = moment_equation(samples.x, classes, blocks, self._searched(samples), degree=degree)
        return self._level("measure", whitened, samples, rows=len(samples), clusters=clusters, degree=degree, natural=equation)

    def _level(
        self,
        name: LevelName,
        equation: SymmetryEquation,
        samples: Samples,
        *,
        rows: int,
        clusters: int,
        degree: int,
        polynomials: VanishingPolynomials | None = None,
        natural: SymmetryEquation | None = None,
    ) -> Level:
        tests = dimension_tests(equation, alpha=self.alpha)
        dimension, status = _choose(tests, self.alpha)
        defect = certified_defect(natural or equation, equation.span(dimension), alpha=self.alpha)
        if status is Status.FOUND and not defect < 1:
            status = Status.NOT_CERTIFIED
        if polynomials is not None and polynomials.gap < CLEAR_GAP and self.noise is None:
            status = Status.NO_CLEAR_GAP
        return Level(
            name,
            _STATEMENTS[name],
            _finished(equation.algebra(dimension), samples, name),
            searched=equation.searched,
            tests=tests,
            defect=defect,
            alpha=self.alpha,
            degree=degree,
            rows=rows,
            clusters=clusters,
            unit="rows" if polynomials is None else "vectors",
            spectrum=equation.svd[1],
            status=status,
        )

    def _searched(self, samples: Samples) -> Float[np.ndarray, "s n n"]:
        n = samples.n
        if self.basis is not None:
            if self.basis.n != n:
                raise InvalidData(f"Spectral(basis=…) holds {self.basis.n}×{self.basis.n} matrices; the vectors have {n} coordinates.")
            return _orthonormal(self.basis.basis)
        elementary = np.eye(n * n).reshape(n * n, n, n)
        if not samples.blocks:
            return elementary
        block = np.empty(n, dtype=np.int64)
        for number, members in enumerate(samples.blocks):
            block[list(members)] = number
        return np.asarray(elementary[(block[:, None] == block[None, :]).ravel()])

    def _blocks(self, samples: Samples) -> tuple[Int[np.ndarray, "N"], int]:
        """Block of each row, and the number of independent clusters."""
        cluster = np.arange(len(samples)) if samples.cluster is None else np.unique(samples.cluster, return_inverse=True)[1]
        clusters = int(cluster.max()) + 1 if len(cluster) else 0
        return cluster % min(self.blocks, max(clusters, 1)), clusters


_STATEMENTS: dict[LevelName, str] = {
    "support": "g maps the variety that carries the data to itself",
    "conditional": "p(y | gx) = p(y | x)",
    "measure": "p(gx | y) = p(x | y)",
}


def _declined(name: LevelName, reason: str, *, status: Status = Status.FOUND) -> Level:
    """A level that does not apply, with the reason."""
    return Level(name, _STATEMENTS[name], None, reason=reason, status=status)


def _no_function(samples: Samples, degree: int) -> str:
    """Why no function of x can be fitted to y; empty when one can."""
    if samples.y is None:
        return "the samples carry no labels or targets y"
    target = np.asarray(samples.y)
    if target.ndim > 1:
        return f"y has shape {target.shape}; one label or target per row is needed"
    fewest = ROWS_PER_COEFFICIENT * comb(samples.x.shape[1] + degree, degree)
    if len(samples) < fewest:
        return f"{len(samples)} rows; a polynomial of degree {degree} in {samples.x.shape[1]} coordinates needs at least {fewest}"
    classes = len(np.unique(target))
    if classes < 2:
        return "all rows carry the same y"
    if classes > 2 and np.issubdtype(target.dtype, np.integer):
        return f"y has {classes} classes; give two classes, or a real-valued target"
    return ""


def _warnings(samples: Samples) -> dict[str, str]:
    """What about the samples makes a result doubtful; empty when nothing does."""
    few = samples.vectors[:: len(samples) // SCALE_ROWS + 1]
    sizes = np.sqrt((few**2).mean(axis=(0, 1)))
    names = samples.coordinates or tuple(f"x{i}" for i in range(samples.n))
    if not sizes.min():
        return {"warning": f"{names[int(sizes.argmin())]} is zero throughout; leave it out, since maps that move it cannot be tested"}
    spread = float(sizes.max() / sizes.min())
    if spread < WIDEST_SPREAD:
        return {}
    small, large = names[int(sizes.argmin())], names[int(sizes.argmax())]
    sentence = f"{large} is {spread:.1g} times as large as {small}, so rounding may hide generators; give coordinates of similar size"
    return {"warning": sentence}


def _choose(tests: tuple[DimensionTest, ...], alpha: float) -> tuple[int, Status]:
    """The largest dimension that is not rejected and closes under the bracket."""
    passed = [test for test in tests if not test.rejected(alpha=alpha)]
    closed = [test for test in passed if test.closes]
    if not closed:
        return 0, Status.NO_SYMMETRY
    return closed[-1].dimension, Status.FOUND if closed[-1] is passed[-1] else Status.NOT_CLOSED


def _finished(algebra: LieAlgebra, samples: Samples, name: LevelName) -> LieAlgebra:
    """The estimate as a closed algebra in its canonical sparse basis, with the names of the coordinates.

    Closing moves each generator by less than its error, so the covariance of the estimate stays.
    """
    closed = refine(LieAlgebra(algebra.basis)) if algebra.dimension else algebra
    named = replace(algebra, basis=closed.basis, coordinates=samples.coordinates, source=f"{name} level of {samples.source}")
    return canonical_basis(named) if named.dimension else named


def _orthonormal(basis: Float[np.ndarray, "k n n"]) -> Float[np.ndarray, "k n n"]:
    return np.linalg.qr(basis.reshape(len(basis), -1).T)[0].T.reshape(basis.shape)


def _scale(vectors: Float[np.ndarray, "N K n"]) -> float:
    """A typical norm, from a few thousand vectors: the unit in which constant terms count, rounded to a power of two."""
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
