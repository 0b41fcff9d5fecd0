"""Discoveries made up from the catalogue, so that a card can be compared with what went into it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physym.algebra import LieAlgebra, extend
from physym.algebra.catalogue import dilation, direct_sum, heisenberg, so
from physym.discovery import DimensionTest, Discovery, Level, Runs, Spectral, Status
from physym.discovery.base import WHOLE_STEPS


def measured(algebra: LieAlgebra, error: float, seed: int = 0) -> LieAlgebra:
    """The algebra with noise of a known size on every entry."""
    noise = error * np.random.default_rng(seed).normal(size=algebra.basis.shape)
    size = algebra.basis.size
    return LieAlgebra(algebra.basis + noise, covariance=error**2 * np.eye(size), coordinates=algebra.coordinates, source="made up")


def lorentz(error: float = 1e-6) -> Discovery:
    """so(1,3) ⊕ R on the support, a rotation for the labels, no measure level."""
    tests = (
        *(DimensionTest(r, 0.9, 1.0, False) for r in range(1, 7)),
        DimensionTest(7, 0.43, 5.0, True),
        *(DimensionTest(r, 0.0, 1e6, False) for r in range(8, 17)),
    )
    support = Level(
        "support",
        "g maps the variety to itself",
        measured(extend(so(1, 3), dilation(4)), error),
        tests=tests,
        defect=0.0026,
        rows=8000,
        clusters=4000,
        unit="constituents",
        noise=1e-8,
    )
    rotation = LieAlgebra(so(1, 3).basis[3:4], coordinates=so(1, 3).coordinates)
    conditional = Level(
        "conditional", "p(y | gx) = p(y | x)", rotation, tests=(DimensionTest(1, 0.2, 1.0, True),), defect=1.65, rows=4000, unit="jets"
    )
    return Discovery(
        support=support,
        conditional=conditional,
        seed=7,
        seconds=0.0123,
        provenance={"source": "jets_50%.root", "masses": "massless", "warning": "mixed masses: read the guide"},
    )


def no_metric() -> Discovery:
    """An algebra that preserves no form."""
    return Discovery(support=Level("support", "made up", measured(heisenberg(3), 1e-6), rows=10, status=Status.NO_CLEAR_GAP))


def eight() -> Discovery:
    """Rotations of four planes: matrices too wide for a page."""
    planes = direct_sum(so(2), so(2), so(2), so(2))
    return Discovery(support=Level("support", "x' = F(x)", measured(planes, 1e-3), rows=800, unit="steps"))


def nothing() -> Discovery:
    """A run whose level did not apply."""
    return Discovery(
        measure=Level("measure", "p(gx) = p(x)", None, reason="there are 3 jets", status=Status.NO_SYMMETRY), headline="measure"
    )


def zero() -> Discovery:
    """A run that tested everything and found no generator."""
    empty = LieAlgebra(np.zeros((0, 4, 4)))
    return Discovery(support=Level("support", "made up", empty, tests=(DimensionTest(1, 1e-4, 50.0, True),), rows=500))


def trained(status: Status = Status.FOUND, *, step: bool = False, kept: tuple[bool, ...] = (True, True, True)) -> Discovery:
    """A rotation that three seeds of a trained method found, .02 rad apart; or the step of a rotation of order 7."""
    turn = np.array([[0.0, -1.0], [1.0, 0.0]]) * (2 * np.pi / 7 if step else 2**-0.5)
    stretch = np.diag([1.0, -1.0]) * np.linalg.norm(turn) / 2**0.5
    ends = np.stack([turn + angle * stretch for angle in (-0.02, 0.0, 0.02)])[:, None]
    seeds = len(ends)
    path = np.stack([ends + (1 - share) * stretch for share in np.linspace(0.2, 1, 5)])
    losses = np.full((5, 2, seeds), np.log(2))
    statement = f"p(y | gx) = p(y | x) {WHOLE_STEPS}" if step else "p(y | gx) = p(y | x)"
    algebra = LieAlgebra(turn[None], covariance=1e-6 * np.eye(4), freedom=2, coordinates=("u", "v"))
    level = Level("conditional", statement, algebra, rows=900, status=status, note="proposed by a game")
    if not step:
        level = replace(level, tests=(DimensionTest(1, 1e-8 if status is Status.NOT_CONFIRMED else 0.4, 1.0, True),), defect=0.02)
    if status is Status.COLLAPSED:
        level = replace(level, algebra=None, reason=status.value, tests=())
    total = 2000 if status is Status.INTERRUPTED else 500
    runs = Runs(
        (3, 4, 5),
        ends,
        np.array(kept),
        statistic=np.array([-0.5, 0.1, 12.0]),
        norms=np.full((seeds, 1), 0.04 if status is Status.COLLAPSED else 1.0),
        losses=losses,
        paths=path,
        law="z ~ N(0, 0.4²)",
        steps=500,
        total=total,
        seconds=4.2,
    )
    provenance = {"source": "rows", "training": runs.sentence}
    return Discovery(conditional=level, headline="conditional", runs=runs, method=Spectral(), provenance=provenance)


ALL = {
    "lorentz": lorentz,
    "no metric": no_metric,
    "eight": eight,
    "nothing": nothing,
    "zero": zero,
    "trained": trained,
    "step": lambda: trained(Status.STEP, step=True),
    "collapsed": lambda: trained(Status.COLLAPSED, kept=(False, False, False)),
    "not confirmed": lambda: trained(Status.NOT_CONFIRMED),
}
