"""`SymmetryGAN`: one group element as a free matrix, by a game of two players."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import ClassVar

import numpy as np

from physym._settings import is_object, whole
from physym._typing import Float
from physym.algebra import LieAlgebra
from physym.checkpoint import Saving
from physym.data import Samples
from physym.discovery.adversarial.actions import VectorAction
from physym.discovery.adversarial.base import Critic, Features, Penalty
from physym.discovery.adversarial.critics import Dense
from physym.discovery.adversarial.elements import Once, moving, random_elements, span_projector, transformations, turns
from physym.discovery.adversarial.features import informative_features
from physym.discovery.adversarial.loop import Played, played
from physym.discovery.adversarial.optimisation import Optimisation
from physym.discovery.adversarial.plan import Plan, Trials
from physym.discovery.adversarial.posing import problem_of
from physym.discovery.adversarial.problem import Problem
from physym.discovery.adversarial.rows import require_enough
from physym.discovery.base import Discovery, LevelName
from physym.discovery.discrete.candidates import Candidates
from physym.discovery.discrete.element import DiscreteLevelName
from physym.discovery.discrete.evidence import halves
from physym.discovery.discrete.result import DiscreteDiscovery
from physym.discovery.references import DESAI_2022, Explanation
from physym.discovery.runs import Runs
from physym.discovery.spectral import SearchSpace
from physym.discovery.spectral.levels.common import declined
from physym.discovery.status import Status
from physym.errors import InvalidData, PhysymError
from physym.progress import Progress

ALPHA = 0.01
CONTINUOUS = "the elements close in no finite group, as those of a continuous one would: for its generators use LieGAN or Spectral"


@dataclass(frozen=True)
class SymmetryGAN:
    """Find single elements of a symmetry group by a game: a matrix g moves rows, and a critic tells moved rows from real ones.

    A baseline. Each seed starts from a random element and ends at one element g, which is no Lie algebra; so the levels hold no algebra
    and say what was found in words. ``Discovery.runs.generators`` holds g of each seed, shape ``(S, 1, n, n)``, and
    ``Discovery.discrete`` its test: the players see one half of the clusters only, and ``Candidates`` tests the distinct elements on the
    other half, as exact elements of finite order (at most 16) where they lie near one. Elements of a continuous group that different
    seeds find usually close in no finite group; they are then listed in ``discrete.closing_none`` where they are not rejected.

    The generator's loss is the form of the paper's that does not saturate. The identity preserves everything, so a run may end
    there; a penalty such as ``CosineSimilarity()`` keeps it away, and then chooses which element of a continuous group is found: the
    one that makes moved rows least alike real ones, which in a plane is the turn by π/2.

    Arguments:
        critic: layers of the critic.
        features: what the critic sees; None: what is most informative for these rows. The paper uses ``Coordinates()``.
        penalties: further terms of the generator's loss; the paper has none.
        optimisation: steps, batches, rates.
        seeds: number of runs side by side, each from a start of its own.
        basis: matrices whose span holds g; None: all, or block-diagonal where the samples say so.
        candidates: how the elements are tested; its own ``elements`` are replaced by those that were found.

    Raises:
        InvalidData: a setting lies outside its range, or the basis holds no group of linear maps.

    References:
        K. Desai, B. Nachman, J. Thaler, Phys. Rev. D 105 (2022) 096031 (arXiv 2112.05722), section III.

    Example:
        >>> from physym import Rep, discover
        >>> x = np.random.default_rng(0).normal(size=(600, 2))
        >>> method = SymmetryGAN(seeds=2, optimisation=Optimisation(steps=40, batch=64))
        >>> found = discover(Samples(x, rep_x=Rep("V", n=2)), method, level="measure")
        >>> found.algebra is None, found.runs.generators.shape, found.discrete.level
        (True, (2, 1, 2, 2), 'measure')
    """

    critic: Critic = field(default_factory=Dense)
    features: Features | None = None
    penalties: tuple[Penalty, ...] = ()
    optimisation: Optimisation = field(default_factory=Optimisation)
    seeds: int = 5
    basis: LieAlgebra | SearchSpace | None = None
    candidates: Candidates = field(default_factory=Candidates)

    explanation: ClassVar[Explanation] = Explanation(
        "Single group elements were trained in a game against a network that tells moved rows from real ones; a test on held-out rows "
        "judged them.",
        (DESAI_2022,),
    )

    def __post_init__(self) -> None:
        if not whole(self.seeds):
            raise InvalidData(f"seeds={self.seeds!r}; expected at least 1, in whole numbers.")
        if not is_object(self.optimisation, Optimisation):
            raise InvalidData(f"optimisation={self.optimisation!r}; expected Optimisation(…).")

    def run(self, samples: Samples, *, levels: tuple[LevelName, ...], seed: int, device: str, progress: Progress) -> Discovery:
        """Train on one half of the clusters and test the elements on the other; every level is declined with what was found."""
        start = perf_counter()
        problem = self._problem(samples, seed, device)
        seeds = tuple(range(seed * self.seeds, (seed + 1) * self.seeds))
        runs = self._trained(problem, seeds, seed, progress)
        conditional = "conditional" in levels and problem.samples.y is not None
        discrete, why = self._tested(problem.samples, runs, conditional, seed, progress)
        words = _words(problem.samples, runs)
        status = _status(runs, discrete)
        reason = f"SymmetryGAN finds single elements and no algebra: {words}; see Discovery.discrete for their test and Discovery.runs"
        said = {name: declined(name, f"{reason}{f'; {why}' if why else ''}", status=status) for name in levels}
        return Discovery(
            said.get("support"),
            said.get("conditional"),
            said.get("measure"),
            headline=levels[0],
            method=self,
            seed=seed,
            seconds=perf_counter() - start,
            provenance={
                "source": samples.source,
                "device": problem.device,
                "units": samples.units,
                "training": runs.sentence,
                "elements": words,
            },
            discrete=None if discrete is None else replace(discrete, notes=(*discrete.notes, words)),
            runs=runs,
        )

    def _problem(self, samples: Samples, seed: int, device: str) -> Problem:
        """Rows of the proposing half, moved by the searched matrices themselves."""
        if samples.grid:
            raise InvalidData("SymmetryGAN moves rows by a matrix, and these rows are pictures: use LieGAN, which moves the plane.")
        problem = problem_of(samples, self.basis, seed=seed, device=device)
        reps = (problem.samples.rep_x, *((problem.samples.rep_y,) if problem.samples.moves_y else ()))
        if problem.search.is_affine(problem.samples.n) or any(rep is None or rep.copies_of_vector is None for rep in reps):
            raise InvalidData(f"SymmetryGAN searches linear maps of copies of the vector V; x is {samples.rep_x!r}, basis {self.basis!r}.")
        proposing = halves(problem.samples, seed)[0]
        mask = problem.samples.mask
        known = proposing if mask is None else proposing[mask.all(1)]
        rows = problem.rows
        kept, held = (index[known[index.cpu().numpy()]] for index in (rows.kept, rows.held))
        require_enough(f"{samples.source}, the half of the clusters that SymmetryGAN trains on", kept=len(kept), held=len(held))
        if not isinstance(problem.action, VectorAction):
            raise InvalidData(f"SymmetryGAN moves rows of vectors; {type(problem.action).__name__} moves something else.")
        return replace(problem, rows=replace(rows, kept=kept, held=held), action=replace(problem.action, direct=True))

    def _trained(self, problem: Problem, seeds: tuple[int, ...], seed: int, progress: Progress) -> Runs:
        rules = problem.rules(
            features=self.features or informative_features(problem.rows),
            law=Once(),
            channels=1,
            constraint="free",
            one_channel=True,
            incremental=False,
            warm_up=0.0,
            first_spread=1.0,
            penalties=self.penalties,
            seed=seed,
        )
        plan = Plan(seeds, self.critic, self.optimisation, Trials(starts=1), Saving())
        game = plan.game(rules, start=random_elements(problem.search.matrices, seeds))
        return _runs(problem, seeds, played(game, progress=progress, name="SymmetryGAN"))

    def _tested(
        self, samples: Samples, runs: Runs, conditional: bool, seed: int, progress: Progress
    ) -> tuple[DiscreteDiscovery | None, str]:
        """The test of the elements that moved, or why there is none."""
        if not runs.kept.any():
            return None, ""
        seeds = tuple(one for one, kept in zip(runs.seeds, runs.kept, strict=True) if kept)
        try:
            method = replace(self.candidates, elements=transformations(runs.generators[runs.kept, 0], seeds, samples))
            level: DiscreteLevelName = "conditional" if conditional else "measure"
            found = method.run(samples, level=level, alpha=ALPHA, seed=seed, progress=progress)
        except PhysymError as error:
            return None, f"not tested: {error}"
        return replace(found, method=method, seed=seed), CONTINUOUS if len(found.closing_none) > 1 else ""


def _runs(problem: Problem, seeds: tuple[int, ...], finished: Played) -> Runs:
    """The record of all seeds; a run counts where its element is not near the identity."""
    found, paths = (problem.outward(value.detach().cpu().numpy()) for value in (finished.coefficients, finished.snapshots))
    still = np.eye(found.shape[-1]) - span_projector(problem.search.matrices)  # nothing moves directions that do not occur in the data
    found, paths = found + still, paths + still
    return Runs(
        seeds,
        found,
        moving(found[:, 0]),
        statistic=finished.statistic.cpu().numpy(),
        losses=finished.losses.detach().cpu().numpy(),
        paths=paths,
        law=Once().describe({}),
        steps=finished.steps,
        total=finished.total,
        seconds=finished.seconds,
    )


def _words(samples: Samples, runs: Runs) -> str:
    """What the elements do, seed by seed where these differ."""
    if not runs.kept.any():
        return "every run ended at the identity"
    elements: Float[np.ndarray, "S n n"] = runs.generators[runs.kept, 0]
    together = turns(elements, samples)
    at_rest = f"; {int((~runs.kept).sum())} of {len(runs.seeds)} runs ended at the identity" if not runs.kept.all() else ""
    several = f"mean ± scatter of {len(elements)} runs" if len(elements) > 1 else "1 run"
    told = f"g turns {', '.join(map(repr, together))} ({several}, up to inverses)"
    if len(elements) > 1:
        each = [float(turns(one[None], samples)[0].angle) for one in elements]
        told += f", the runs by {', '.join(f'{angle:.1f}°' for angle in each)}"
    return told + at_rest


def _status(runs: Runs, discrete: DiscreteDiscovery | None) -> Status:
    if runs.interrupted:
        return Status.INTERRUPTED
    if not runs.kept.any():
        return Status.COLLAPSED
    alive = [] if discrete is None else [*discrete.tests[1:], *discrete.closing_none]
    if not alive:
        return Status.NOT_CONFIRMED if discrete is not None and discrete.rejected else Status.NOT_CERTIFIED
    return Status.FOUND if any(test.certified for test in alive) else Status.NOT_CERTIFIED
