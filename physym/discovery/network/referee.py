"""What a network proposes, the calibrated test judges: the conditional level of methods that have no test of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from physym._numbers import p_text
from physym._typing import Float
from physym.algebra import LieAlgebra
from physym.data import Samples
from physym.discovery.base import AbstractMethod, Discovery, Level, LevelName, headline_of
from physym.discovery.certificate import certified_defect
from physym.discovery.device import require_device
from physym.discovery.equation import DimensionTest, SymmetryEquation
from physym.discovery.network.agreement import agreed, disagreement, largest_angle
from physym.discovery.significance import named_test
from physym.discovery.spectral import Spectral
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed, PhysymError
from physym.progress import silent

DEFAULT_REFEREE = Spectral()
AGREEMENT = 0.1  # rad: a proposal this near to an algebra that is not rejected counts as that algebra, found with an error
WITHIN = 1e-9  # of a unit generator outside the searched space
ALL_LEVELS: tuple[LevelName, ...] = ("support", "conditional", "measure")
STATEMENTS: dict[LevelName, str] = {  # those of the spectral levels, without a longer chain of imports
    "support": "g maps the variety that carries the data to itself",
    "conditional": "p(y | gx) = p(y | x)",
    "measure": "p(gx | y) = p(x | y)",
}
OTHER_LEVELS: dict[LevelName, str] = {
    "support": "a network is a function of x and says nothing on where x lies; use Spectral()",
    "measure": "a network of y given x says nothing on the distribution of x; use Spectral()",
}


@dataclass(frozen=True, eq=False)
class Proposal:
    """Generators that a method without a test of its own has found.

    Arguments:
        method: its name.
        seed: the seed of its networks.
        spans: orthonormal generators found by each network, shape ``(S, k, n, n)``.
        note: what a reader must know of how they were found.

    Example:
        >>> Proposal("LConv", 0, np.zeros((3, 0, 2, 2))).words
        'proposed by LConv (3 networks, seed 0)'
    """

    method: str
    seed: int
    spans: Float[np.ndarray, "S k n n"]
    note: str = field(default="", kw_only=True)

    @property
    def words(self) -> str:
        """Who proposed it."""
        networks, k = self.spans.shape[:2]
        many = f"{networks} networks" if networks > 1 else "1 network"
        spread = f", which differ by up to {disagreement(self.spans):.2g} rad" if networks > 1 and k else ""
        return f"proposed by {self.method} ({many}, seed {self.seed}{spread})" + (f"; {self.note}" if self.note else "")


def conditional_only(
    method: AbstractMethod, samples: Samples, propose: Callable[[str], Level], *, levels: tuple[LevelName, ...], seed: int, device: str
) -> Discovery:
    """The discovery of a method that knows the conditional level alone; the others are declined with the reason.

    Arguments:
        method: the method object.
        samples: rows.
        propose: makes the level on a device; a ``DiscoveryFailed`` that it raises becomes the reason of a declined one.
        levels: the levels asked for.
        seed: reproduces the run.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.

    Returns:
        The discovery.

    Example:
        >>> from physym import LieGG, Rep
        >>> rows = Samples(np.ones((5, 2)), rep_x=Rep("V", n=2))
        >>> def propose(device):
        ...     return Level("conditional", "nothing", None, reason=device)
        >>> conditional_only(LieGG(), rows, propose, levels=("measure",), seed=0, device="cpu")
        Discovery: no symmetry (measure level, not snapped) in ... ms
          measure: not applicable (a network of y given x says nothing on the distribution of x; use Spectral())
    """
    start = perf_counter()
    samples.refuse_images()
    found: dict[LevelName, Level] = {name: _declined(name, OTHER_LEVELS[name]) for name in levels if name in OTHER_LEVELS}
    used = "cpu" if device == "auto" else require_device(device)
    if "conditional" in levels:
        try:
            found["conditional"] = propose(used)
        except DiscoveryFailed as error:
            found["conditional"] = _declined("conditional", str(error))
    support, conditional, measure = (found.get(name) for name in ALL_LEVELS)
    headline = headline_of(found, levels)
    provenance = {"source": samples.source, "device": used, "units": samples.units}
    draft = Discovery(support, conditional, measure, headline=headline, method=method, seed=seed, provenance=provenance)
    return replace(draft, seconds=perf_counter() - start)


def _declined(name: LevelName, reason: str) -> Level:
    """A level that does not apply, with the reason."""
    return Level(name, STATEMENTS[name], None, reason=reason)


def refereed(
    samples: Samples,
    proposal: Proposal,
    *,
    level: LevelName = "conditional",
    referee: Spectral = DEFAULT_REFEREE,
    judge: Level | None = None,
) -> Level:
    """The level of a proposal: its generators, with the tests and the certificate of ``Spectral`` on the same rows.

    The proposal is confirmed where the calibrated test does not reject it, or where it lies within .1 rad of an algebra that is not
    rejected: a network finds a direction with an error that the test of many rows resolves.

    Arguments:
        samples: the rows, those that the networks saw included.
        proposal: the generators of each network.
        level: the level at which they are tested.
        referee: ``Spectral`` with its settings.
        judge: what the referee said at that level, where it was asked before.

    Returns:
        The level: ``tests`` are those of the referee, with the test of the proposed span in the place of its dimension where the two
        disagree; ``defect`` bounds the proposed span, which the same rows chose; NaN where it cannot be certified.

    Example:
        >>> from physym import Rep
        >>> from physym.algebra import so
        >>> x = np.random.default_rng(0).normal(size=(900, 3))
        >>> rows = Samples(x, rep_x=Rep("V", n=3), y=(x**2).sum(1) + 0.1 * np.random.default_rng(1).normal(size=900))
        >>> right = refereed(rows, Proposal("a guess", 0, so(3).basis[None] / 2**0.5))
        >>> wrong = refereed(rows, Proposal("a guess", 0, so(1, 2).basis[None] / 2**0.5))
        >>> right.status.name, right.defect < 0.1, wrong.status.name, wrong.p_value < 1e-6
        ('FOUND', True, 'NOT_CONFIRMED', True)
    """
    names = samples.coordinates if len(samples.coordinates) == proposal.spans.shape[-1] else ()
    algebra = agreed(proposal.spans, coordinates=names, source=f"{proposal.method}, {level} level of {samples.source}")
    judge = judge or judgement(samples, referee, level, seed=proposal.seed)
    draft = replace(judge, algebra=algebra, reason="", status=Status.NOT_CERTIFIED, defect=float("nan"), rows=judge.rows or len(samples))
    if judge.algebra is None or judge.equation is None:
        return replace(draft, tests=(), note=f"{proposal.words}; referee: not applicable ({judge.reason})")
    if not algebra.dimension:
        return replace(draft, status=Status.NO_SYMMETRY, note=f"{proposal.words}; referee: {_referee_words(judge, 0)}")
    return _judged(draft, judge, proposal)


def judgement(samples: Samples, referee: Spectral, level: LevelName, *, seed: int) -> Level:
    """What the referee says at a level; declined with the reason where it cannot say anything.

    Arguments:
        samples: rows.
        referee: ``Spectral`` with its settings.
        level: the level.
        seed: of the run.

    Returns:
        The level.

    Example:
        >>> from physym import Rep
        >>> judgement(Samples(np.ones((9, 2)), rep_x=Rep("V", n=2)), DEFAULT_REFEREE, "conditional", seed=0).algebra is None
        True
    """
    if samples.grid:
        return _declined(level, "the rows are images, and no calibrated test knows how a map of the plane moves their pixels")
    try:
        run = referee.run(samples, levels=(level,), seed=seed, device="cpu", progress=silent)
    except PhysymError as error:
        return _declined(level, str(error))
    return next(one for one in run.levels if one.name == level)


def _judged(draft: Level, judge: Level, proposal: Proposal) -> Level:
    """The draft with tests, certificate, status and note."""
    algebra, equation, found = draft.algebra, judge.equation, judge.algebra
    if algebra is None or equation is None or found is None:
        return draft
    angle = largest_angle(algebra, found)
    words = (
        f"{proposal.words}; largest angle to the algebra of Spectral {angle:.2g} rad; referee: {_referee_words(judge, algebra.dimension)}"
    )
    span = _span(algebra, equation)
    if span is None:
        beyond = f"{words}; a generator lies outside the space of matrices that the referee searched, so that it is not certified"
        return replace(draft, note=beyond, status=Status.NOT_CERTIFIED if angle <= AGREEMENT else Status.NOT_CONFIRMED)
    named, defect = named_test(equation, span), certified_defect(equation, span, alpha=draft.alpha)
    near = angle <= AGREEMENT
    if not near:
        others = [test for test in judge.tests if test.dimension != named.dimension]
        draft = replace(draft, tests=tuple(sorted([*others, named], key=lambda test: test.dimension)))
    if not near and named.rejected(alpha=draft.alpha):
        status = Status.NOT_CONFIRMED
    else:
        status = Status.FOUND if defect < 1 else Status.NOT_CERTIFIED
    return replace(draft, defect=defect, status=status, note=f"{words}; the proposed span itself p {p_text(named.p_value)}")


def _referee_words(judge: Level, proposed: int) -> str:
    """What the calibrated test says on the number of generators."""
    own = f"dimension {judge.dimension} not rejected" if judge.dimension else "no generator"
    test = next((test for test in judge.tests if test.dimension == proposed), None)
    return own + _refuted(test, judge)


def _refuted(test: DimensionTest | None, judge: Level) -> str:
    if test is None or test.dimension == judge.dimension:
        return ""
    return f", dimension {test.dimension} {'refuted' if test.rejected(alpha=judge.alpha) else 'not refuted'} (p {p_text(test.p_value)})"


def _span(algebra: LieAlgebra, equation: SymmetryEquation) -> Float[np.ndarray, "r s"] | None:
    """Orthonormal rows in the searched basis; None where a generator lies outside the searched space."""
    rows = np.linalg.qr(algebra.basis.reshape(algebra.dimension, algebra.n**2).T)[0].T
    flat = equation.searched.reshape(len(equation.searched), -1)
    if flat.shape[1] != rows.shape[1]:
        return None
    coefficients = rows @ np.linalg.pinv(flat)
    if np.abs(coefficients @ flat - rows).max(initial=0.0) > WITHIN:
        return None
    return np.asarray(np.linalg.qr(coefficients.T)[0].T)
