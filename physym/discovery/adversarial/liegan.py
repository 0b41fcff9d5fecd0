"""`LieGAN`: generators of a symmetry by a game of two networks, as published and in a form that does not fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import ClassVar

from physym._settings import is_object, whole
from physym.algebra import LieAlgebra
from physym.data import Samples
from physym.discovery.adversarial.base import CoefficientLaw, Critic, Features, Penalty
from physym.discovery.adversarial.coefficients import IntegerGrid, Normal
from physym.discovery.adversarial.critics import Dense
from physym.discovery.adversarial.features import Coordinates, informative_features
from physym.discovery.adversarial.game import Constraint, Precision
from physym.discovery.adversarial.loop import ctrl_c
from physym.discovery.adversarial.optimisation import Optimisation
from physym.discovery.adversarial.penalties import ChannelCosine, CosineSimilarity
from physym.discovery.adversarial.plan import Plan, Trials
from physym.discovery.adversarial.posing import problem_of
from physym.discovery.adversarial.problem import Problem
from physym.discovery.adversarial.stages import train
from physym.discovery.adversarial.steps import StepSearch, find_steps
from physym.discovery.adversarial.verdict import Trained, discovery_of, judged_first
from physym.discovery.base import Discovery, LevelName
from physym.discovery.references import KLEIBERGEN_2006, YANG_2023, Explanation
from physym.discovery.spectral import SearchSpace, Spectral, Whitened
from physym.errors import InvalidData
from physym.progress import Progress

PARTS: tuple[tuple[str, type, str], ...] = (
    ("coefficients", CoefficientLaw, "a law such as Normal(0.4), or None"),
    ("critic", Critic, "a critic such as Dense()"),
    ("features", Features, "features such as Coordinates(), or None"),
    ("optimisation", Optimisation, "Optimisation(…)"),
    ("trials", Trials, "Trials(…)"),
    ("step_search", StepSearch, "StepSearch(…)"),
    ("referee", Spectral, "Spectral(…)"),
)
SPREADS = {"pictures": 0.4, "states": 2.0, "rows": 0.4}  # of the coefficients where the user names no law


@dataclass(frozen=True)
class LieGAN:
    """Find generators by a game: ``g = exp(Σ z_c L_c)`` moves rows, and a critic tells moved rows from real ones.

    The paper trains ``L`` freely, with regularisers against the identity and between channels, and keeps the last state:
    ``LieGAN.published()``. The defaults here cannot collapse: generators have a fixed length and are orthonormal, each element moves
    along one of them, the spread of z grows from small to full, the critic sees features in which a broken structure stands out,
    several seeds with several starts are trained side by side, and what is kept is decided on held-out rows. The loss mixes the three
    statements of symmetry; the calibrated tests of ``Spectral`` at the level that was asked for say which of them holds.

    Arguments:
        generators: number of channels; None: the dimension that the referee does not reject.
        coefficients: law of z; None: normal, of a spread that suits the rows. ``IntegerGrid()`` looks for a discrete step.
        critic: layers of the critic.
        features: what the critic sees; None: what is most informative for these rows.
        constraint: ``"orthonormal"``, ``"unit"`` or ``"free"`` generators.
        one_channel: each element moves along one generator, in turn; False: along all at once.
        incremental: generators are trained one after the other, each orthogonal to those before.
        warm_up: share of the steps over which the spread grows, from ``first_spread`` of it.
        first_spread: relative spread at the start.
        penalties: further terms of the generator's loss.
        optimisation: steps, batches, rates.
        trials: short starts of each seed, the best of which goes on.
        step_search: where discrete steps are looked for.
        seeds: number of runs side by side.
        basis: matrices to search, as for ``Spectral``; None: all, or block-diagonal where the samples say so; for discrete steps the
            rotations after whitening, among which every finite group lies that preserves the spread of x.
        referee: the calibrated method that counts and judges.
        warm_start: start from the algebra of the referee.
        checkpoint: file in which the state is kept and from which an interrupted run goes on; None: none.
        checkpoint_every: steps between two of them.
        compiled: compile the critic with ``torch.compile``.
        precision: in which the critic works, ``"bfloat16"``, ``"float32"`` or ``"float64"``; geometry is always in float64.

    Raises:
        InvalidData: a setting lies outside its range.

    References:
        J. Yang, R. Walters, N. Dehmamy, R. Yu, ICML 2023 (arXiv 2302.00236), eqs. 5–8.

    Example:
        >>> import numpy as np
        >>> from physym import Rep, discover
        >>> x = np.random.default_rng(0).normal(size=(400, 2)) * [1.0, 0.5]
        >>> rows = Samples(x, rep_x=Rep("V", n=2), y=x[:, 0] ** 2 + 4 * x[:, 1] ** 2)
        >>> method = LieGAN(generators=1, seeds=2, optimisation=Optimisation(steps=60), trials=Trials(starts=1))
        >>> found = discover(rows, method, level="conditional")
        >>> found.runs.generators.shape
        (2, 1, 2, 2)
    """

    generators: int | None = None
    coefficients: CoefficientLaw | None = None
    critic: Critic = field(default_factory=Dense)
    features: Features | None = None
    constraint: Constraint = "orthonormal"
    one_channel: bool = True
    incremental: bool = False
    warm_up: float = 0.4
    first_spread: float = 0.1
    penalties: tuple[Penalty, ...] = ()
    optimisation: Optimisation = field(default_factory=Optimisation)
    trials: Trials = field(default_factory=Trials)
    step_search: StepSearch = field(default_factory=StepSearch)
    seeds: int = 5
    basis: LieAlgebra | SearchSpace | None = None
    referee: Spectral = field(default_factory=Spectral)
    warm_start: bool = False
    checkpoint: str | Path | None = None
    checkpoint_every: int = 500
    compiled: bool = False
    precision: Precision = "float32"

    explanation: ClassVar[Explanation] = Explanation(
        "Generators were trained in a game: group elements exp(Σ z L) move rows, and a second network tells moved rows from real ones. "
        "The loss mixes the three statements of symmetry, so the calibrated tests of Spectral judged the generators at each level.",
        (YANG_2023, KLEIBERGEN_2006),
    )

    def __post_init__(self) -> None:
        for name, kind, example in PARTS:
            if getattr(self, name) is not None or name not in ("coefficients", "features"):
                _require_part(name, getattr(self, name), kind, example)
        if not isinstance(self.penalties, (tuple, list)) or not all(callable(one) and not isinstance(one, type) for one in self.penalties):
            raise InvalidData(f"penalties={self.penalties!r}; expected a tuple such as (CosineSimilarity(),).")
        if self.generators is not None and not whole(self.generators):
            raise InvalidData(
                f"generators={self.generators!r}; expected at least 1, or None for as many as the referee finds, in whole numbers."
            )
        self._check_choices()

    def _check_choices(self) -> None:
        """Choices by name, numbers and shares within their ranges."""
        if self.constraint not in ("orthonormal", "unit", "free"):
            raise InvalidData(f"constraint={self.constraint!r}; expected 'orthonormal', 'unit' or 'free'.")
        if self.incremental and self.constraint != "orthonormal":
            raise InvalidData(f"incremental=True with constraint={self.constraint!r}; one after the other, generators must be orthonormal.")
        if self.precision not in ("bfloat16", "float32", "float64"):
            raise InvalidData(f"precision={self.precision!r}; expected 'bfloat16', 'float32' or 'float64'.")
        if not whole(self.seeds) or not whole(self.checkpoint_every):
            raise InvalidData(
                f"seeds={self.seeds!r}, checkpoint_every={self.checkpoint_every!r}; expected at least 1 of each, in whole numbers."
            )
        if not 0 <= self.warm_up <= 1 or not 0 < self.first_spread <= 1:
            raise InvalidData(f"warm_up={self.warm_up}, first_spread={self.first_spread}; expected shares of the steps and of the spread.")

    @classmethod
    def published(
        cls,
        generators: int = 1,
        *,
        coefficients: CoefficientLaw | None = None,
        similarity: float = 1.0,
        overlap: float = 0.1,
        epochs: int = 100,
    ) -> LieGAN:
        """The setting of the paper: one run, free generators, regularisers, 512 × 512 critic on raw coordinates, the last state kept.

        Arguments:
            generators: number of channels.
            coefficients: law of z; None: N(0, 1).
            similarity: λ of the cosine between moved and real rows.
            overlap: η of the cosines between channels.
            epochs: passes over the rows.

        Returns:
            The method; change a field with ``dataclasses.replace``.

        Example:
            >>> LieGAN.published(7).optimisation.batch
            64
        """
        apart: tuple[Penalty, ...] = (ChannelCosine(overlap),) if generators > 1 and overlap else ()
        return cls(
            generators=generators,
            coefficients=coefficients or Normal(1.0),
            critic=Dense((512, 512), embedding=32),
            features=Coordinates(scaled=False),
            constraint="free",
            one_channel=False,
            warm_up=0.0,
            penalties=((CosineSimilarity(similarity),) if similarity else ()) + apart,
            optimisation=PUBLISHED if epochs == PUBLISHED.epochs else _with_epochs(epochs),
            trials=Trials(starts=1),
            seeds=1,
        )

    @property
    def _discrete(self) -> bool:
        """Whether a discrete step is looked for in two stages; elements of finite groups are rotations after whitening."""
        return isinstance(self.coefficients, IntegerGrid) and self.constraint != "free"

    def run(self, samples: Samples, *, levels: tuple[LevelName, ...], seed: int, device: str, progress: Progress) -> Discovery:
        """Train, and let the referee judge what was found at every level; the first one named that applies is the headline."""
        start = perf_counter()
        compact = self._discrete and self.basis is None and not samples.grid
        problem = problem_of(samples, Whitened() if compact else self.basis, seed=seed, device=device)
        judged = judged_first(problem.samples, self.referee, self.basis, levels, seed)
        trained = self._trained(problem, judged.dimension, judged.algebra, seed, progress)
        return discovery_of(self, problem, judged, trained, levels=levels, seed=seed, start=start)

    def _trained(self, problem: Problem, dimension: int, known: LieAlgebra | None, seed: int, progress: Progress) -> Trained:
        channels = self.generators or max(1, dimension)
        if channels > problem.action.size:
            raise InvalidData(f"generators={channels}; the searched space has only {problem.action.size} dimensions.")
        law = self.coefficients or Normal(SPREADS[problem.kind])
        discrete = self._discrete
        rules = problem.rules(
            features=self.features or informative_features(problem.rows),
            law=self.step_search.direction_law if discrete else law,
            channels=channels,
            constraint=self.constraint,
            one_channel=self.one_channel,
            incremental=self.incremental,
            warm_up=self.warm_up,
            first_spread=self.first_spread,
            penalties=self.penalties,
            seed=seed,
        )
        seeds = tuple(range(seed * self.seeds, (seed + 1) * self.seeds))
        saving = problem.saving(self, self.checkpoint, self.checkpoint_every, seeds)
        plan = Plan(seeds, self.critic, self.optimisation, self.trials, saving, self.compiled, self.precision)
        start = problem.start(known, channels, len(seeds)) if self.warm_start else None
        with ctrl_c() as asked:
            played, game = train(rules, plan, start=start, progress=progress, name="LieGAN", asked=asked)
            if discrete and not played.interrupted:
                played = find_steps(rules, plan, played, self.step_search, progress=progress, name="LieGAN", asked=asked)
        return Trained(played, rules, seeds, law.describe(game.learned if not discrete else {}), discrete)


PUBLISHED = Optimisation(
    epochs=100,
    batch=64,
    rate=1e-3,
    critic_rate=2e-4,
    betas=(0.5, 0.999),
    critic_betas=(0.9, 0.999),
    clip=0.0,
    cosine=False,
    average=0.0,
    paired=True,
    keep_last=True,
)


def _require_part(name: str, value: object, kind: type, example: str) -> None:
    if not is_object(value, kind):
        raise InvalidData(f"{name}={value!r}; expected {example}, an object and not the class.")


def _with_epochs(epochs: int) -> Optimisation:
    from dataclasses import replace

    return replace(PUBLISHED, epochs=epochs)
