"""`LieGG`: symmetries by way of a network, trained here or by the user."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import ClassVar

import numpy as np
from torch import nn

from physym._typing import Float, Int
from physym.algebra import LieAlgebra
from physym.data import Samples
from physym.discovery.base import Discovery, Level, LevelName, headline_of
from physym.discovery.device import require_device
from physym.discovery.network.debiased import LOWEST_DEGREE, debiased_equation, degrees_of_tests
from physym.discovery.network.gradients import Response, as_probability, response
from physym.discovery.network.invariance import polarization_of
from physym.discovery.network.training import Training, train_network
from physym.discovery.references import CHERNOZHUKOV_2018, MOSKALEV_2022, Explanation
from physym.discovery.spectral.levels.common import STATEMENTS, concluded, declined, independent_blocks
from physym.discovery.spectral.levels.support import support_level
from physym.discovery.spectral.search import orthonormal, searched_matrices
from physym.discovery.spectral.settings import Settings
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed, InvalidData
from physym.progress import Progress

ROWS_PER_FEATURE = 2
OTHER_LEVELS: dict[LevelName, str] = {
    "support": "a network is a function of x and says nothing on where x lies; use Spectral()",
    "measure": "a network of y given x says nothing on the distribution of x; use Spectral()",
}


@dataclass(frozen=True)
class LieGG:
    """Test whether p(y | x) is symmetric with a network in the place of polynomials.

    Two statements come out and are kept apart. The conditional level is on the data: is ``E[y | x]`` invariant, whatever the network
    got wrong? Its note is on the network: how far the trained network itself is invariant.

    Arguments:
        network: a trained module that maps rows ``(N, d)`` to the regression function, the logit or two class scores; it must
            not have seen the rows that are tested. None: networks are trained here, each row tested with one that never saw it.
        hidden: widths of the hidden layers of the networks trained here.
        epochs: largest number of passes over the rows.
        folds: number of networks trained, each without one part of the rows.
        alpha: significance of the tests; certificates hold at 1 − alpha.
        blocks: number of blocks of rows from which the errors follow.
        basis: matrices to search; None: all of gl(n), or block-diagonal where the samples say so.

    Raises:
        InvalidData: a setting lies outside its range.

    References:
        A. Moskalev, A. Sepliarskaia, I. Sosnovik, A. Smeulders, NeurIPS 2022 (arXiv 2210.04345), for the polarization matrix;
        V. Chernozhukov et al., Econometrics J. 21 (2018) C1, section 3, for cross-fitting.

    Example:
        >>> from physym import Rep, discover
        >>> x = np.random.default_rng(0).normal(size=(400, 2))
        >>> rows = Samples(x, rep_x=Rep("V", n=2), y=(x**2).sum(1) + 0.1 * np.random.default_rng(1).normal(size=400))
        >>> found = discover(rows, LieGG(hidden=(8,), epochs=20, folds=2))
        >>> found.headline, found.identification.name
        ('conditional', 'so(2)')
    """

    network: nn.Module | None = None
    hidden: tuple[int, ...] = (32, 32)
    epochs: int = 300
    folds: int = 5
    alpha: float = 0.01
    blocks: int = 64
    basis: LieAlgebra | None = None

    explanation: ClassVar[Explanation] = Explanation(
        "Gradients of a trained network take the place of polynomials at the conditional level: each row is tested with a network that "
        "never saw it, and what the network got wrong is corrected for, so that the test is one of the data.",
        (MOSKALEV_2022, CHERNOZHUKOV_2018),
    )

    def __post_init__(self) -> None:
        if self.folds < 2:
            raise InvalidData(f"folds is {self.folds}; at least 2 are needed, so that no row is tested with a network that saw it.")
        Training(self.hidden, self.epochs)
        Settings(alpha=self.alpha, blocks=self.blocks)

    def run(self, samples: Samples, *, levels: tuple[LevelName, ...], seed: int, device: str, progress: Progress) -> Discovery:
        """Test the conditional level; support and measure are declined with the reason."""
        start = perf_counter()
        samples.refuse_images()
        found: dict[LevelName, Level] = {name: declined(name, OTHER_LEVELS[name]) for name in levels if name in OTHER_LEVELS}
        used = "cpu" if device == "auto" else require_device(device)
        if "conditional" in levels:
            found["conditional"] = self._conditional(samples, seed, used, progress)
        return Discovery(
            support=found.get("support"),
            conditional=found.get("conditional"),
            measure=found.get("measure"),
            headline=headline_of(found, levels),
            method=self,
            seed=seed,
            seconds=perf_counter() - start,
            provenance={"source": samples.source, "device": used, "units": samples.units},
        )

    def _conditional(self, samples: Samples, seed: int, device: str, progress: Progress) -> Level:
        searched = searched_matrices(samples, self.basis)
        reason = _untestable(samples, searched)
        if reason:
            return declined("conditional", reason)
        # off the support a gradient means nothing, so only symmetries of the support can be tested
        support = support_level(samples, Settings(alpha=self.alpha, blocks=self.blocks, basis=self.basis), alone=False)
        if support.status is Status.DEGENERATE:
            return declined("conditional", support.reason, status=Status.DEGENERATE)
        if support.algebra is not None and not support.dimension:
            return declined("conditional", "no searched matrix is a symmetry of the support, so none can be tested on it")
        if support.algebra is not None:
            searched = orthonormal(support.algebra.basis)
        values, label = np.unique(np.asarray(samples.y), return_inverse=True)
        logit = len(values) == 2
        y = (label if logit else np.asarray(samples.y)).astype(np.float64)
        blocks, clusters = independent_blocks(samples, self.blocks)
        try:
            network = self._responses(samples, y, logit, seed, device, progress)
            itself = polarization_of(network, samples.x, searched).sentence
        except DiscoveryFailed as error:
            return declined("conditional", str(error))
        tested, degree = as_probability(network) if logit else network, degrees_of_tests(samples.x.shape[1], len(searched), samples.n)[-1]
        equation, whitened = debiased_equation(samples.x, y, tested, blocks, searched)
        level = Level("conditional", STATEMENTS["conditional"], None, alpha=self.alpha, degree=degree, rows=len(samples), clusters=clusters)
        level = concluded(level, whitened, samples, natural=equation)
        return replace(level, tested=_tested(degree), note=itself)

    def _responses(self, samples: Samples, y: Float[np.ndarray, "N"], logit: bool, seed: int, device: str, progress: Progress) -> Response:
        """The network of the user on every row, or for each row one that was trained without it."""
        if self.network is not None:
            found = response(self.network, samples.x, device=device)
            if found.values.shape[1] > 1 + logit:
                expected = "one logit, or two class scores" if logit else "one, as y holds one target per row"
                raise InvalidData(f"the network has {found.values.shape[1]} outputs; expected {expected}.")
            return _single(found)
        fold = _folds(samples, self.folds, seed)
        values, jacobian = np.empty((len(y), 1)), np.empty((len(y), 1, samples.x.shape[1]))
        for k in range(self.folds):
            out = fold == k
            if len(np.unique(y[~out])) < 2 or not out.any():
                raise DiscoveryFailed(f"fold {k} leaves no two different values of y, or no rows; use fewer folds or more clusters.")
            trained = train_network(
                samples.x[~out],
                y[~out],
                logit=logit,
                seed=seed * self.folds + k,
                training=Training(self.hidden, self.epochs),
                device=device,
            )
            one = response(trained, samples.x[out], device=device)
            values[out], jacobian[out] = one.values, one.jacobian
            progress("networks", k + 1, self.folds)
        return Response(values, jacobian)


def _tested(degree: int) -> str:
    """The test functions in words."""
    found = f"network gradients against polynomials of degree ≤ {degree}"
    return found if degree == LOWEST_DEGREE else f"{found}, the defect against those of degree ≤ {LOWEST_DEGREE}"


def _single(found: Response) -> Response:
    """One output: the difference where there are two class scores."""
    if found.values.shape[1] == 1:
        return found
    return Response(found.values[:, 1:] - found.values[:, :1], found.jacobian[:, 1:] - found.jacobian[:, :1])


def _folds(samples: Samples, folds: int, seed: int) -> Int[np.ndarray, "N"]:
    """The fold of each row; rows of one cluster share a fold, so that no network sees a relative of the rows it is tested on."""
    cluster = np.arange(len(samples)) if samples.cluster is None else np.unique(samples.cluster, return_inverse=True)[1]
    return np.asarray((np.random.default_rng(seed).permutation(int(cluster.max()) + 1) % folds)[cluster])


def _untestable(samples: Samples, searched: Float[np.ndarray, "s n n"]) -> str:
    """Why the level cannot be tested; empty when it can."""
    from math import comb

    if samples.y is None:
        return "the samples carry no labels or targets y"
    target = np.asarray(samples.y)
    if target.ndim > 1:
        return f"y has shape {target.shape}; one label or target per row is needed (polarization() takes networks of many outputs)"
    if samples.rep_y is not None and samples.rep_y.text != "S":
        return f"y moves as {samples.rep_y!r}; only invariant targets are tested (polarization() takes equivariant networks)"
    classes = len(np.unique(target))
    if classes < 2:
        return "all rows carry the same y"
    if classes > 2 and np.issubdtype(target.dtype, np.integer):
        return f"y has {classes} classes; give two classes, or a real-valued target"
    degree = degrees_of_tests(samples.x.shape[1], len(searched), samples.n)[-1] + 1
    fewest = ROWS_PER_FEATURE * (comb(samples.x.shape[1] + degree, degree) + 1)
    if len(samples) < fewest:
        return f"{len(samples)} rows; the correction of the network in {samples.x.shape[1]} coordinates needs at least {fewest}"
    return ""
