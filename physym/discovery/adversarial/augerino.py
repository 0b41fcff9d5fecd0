"""`Augerino`: how far each generator may move rows before a network that is averaged over these moves fits y less well."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import ClassVar

import numpy as np
import torch

from physym._settings import are_widths, is_object, whole
from physym._typing import Bool, Float
from physym.algebra import LieAlgebra
from physym.data import Samples
from physym.discovery.adversarial.augmented import Augmented, Fitted, Question, fit_augmented
from physym.discovery.adversarial.extents import LearnableUniform
from physym.discovery.adversarial.optimisation import Optimisation
from physym.discovery.adversarial.posing import problem_of
from physym.discovery.adversarial.problem import Problem
from physym.discovery.base import Discovery, Level, LevelName, headline_of
from physym.discovery.network.agreement import disagreement
from physym.discovery.network.referee import OTHER_LEVELS, Proposal, refereed
from physym.discovery.references import BENTON_2020, KLEIBERGEN_2006, YANG_2023, Explanation
from physym.discovery.runs import Runs, unit_generators
from physym.discovery.spectral import Affine, Spectral
from physym.discovery.spectral.levels.common import declined
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed, InvalidData
from physym.progress import Progress

DEFAULT = Optimisation(steps=3000, batch=256, rate=1e-2, critic_rate=3e-3, betas=(0.9, 0.999), critic_betas=(0.9, 0.999), average=0.0)
FAR = 0.3  # rad between the spans of seeds, beyond which they disagree
SURE = 3.0  # standard errors by which a mean width must lie above its start


@dataclass(frozen=True)
class Augerino:
    """Train a network f together with the extent of random moves over which it is averaged, on ``error − λ ‖w‖``.

    A baseline for functions y of x. With ``algebra`` it is Augerino: the generators are given, and the width w of each is learned. One
    that is a symmetry costs nothing, so that the regulariser lengthens it; one that is none costs error and shrinks. As the
    regulariser keeps every width a little above 0, a generator counts as a symmetry where its width, averaged over the seeds, has
    grown beyond its start by three standard errors. Mixtures of the given generators are not looked for. Without ``algebra`` it is
    Augerino+: ``generators`` matrices are learned as well, orthonormal and of length √n, and as many of them are proposed as have grown.

    Targets that move with x are fitted by ``g f(g⁻¹x)``, others by ``f(gx)``, labels by cross-entropy. ``Spectral`` judges the outcome;
    it cannot judge pictures. ``Discovery.runs`` holds the generators of each seed, and in ``norms`` their widths relative to the start.

    Arguments:
        algebra: given generators: n × n, affine (n + 1) × (n + 1), or affine maps of the plane for pictures; None: Augerino+.
        generators: number of learned generators of Augerino+.
        width: where each width starts, in units of the generator: z is uniform in [−w, w].
        weight: λ.
        longest: largest width; turns beyond π repeat what shorter ones did.
        hidden: widths of the hidden layers of f.
        optimisation: steps and batches; ``rate`` of widths and generators, ``critic_rate`` of f.
        seeds: number of runs side by side.
        referee: the calibrated test that judges; its ``basis`` names the matrices that Augerino+ searches.

    Raises:
        InvalidData: a setting lies outside its range.

    References:
        G. Benton, M. Finzi, P. Izmailov, A. Wilson, NeurIPS 2020 (arXiv 2010.11882), eqs. 5–7; Augerino+: J. Yang, R. Walters,
        N. Dehmamy, R. Yu, ICML 2023 (arXiv 2302.00236), section 5.

    Example:
        >>> from physym import Rep, discover
        >>> from physym.algebra import so
        >>> x = np.random.default_rng(0).normal(size=(500, 2))
        >>> rows = Samples(x, rep_x=Rep("V", n=2), y=np.tanh((x**2).sum(1)))
        >>> quick = Augerino(so(2), seeds=2, hidden=(32,), optimisation=Optimisation(steps=300, rate=2e-2, critic_rate=1e-2, average=0.0))
        >>> found = discover(rows, quick, level="conditional")
        >>> found.identification.name, bool((found.runs.norms > 1).all())
        ('so(2)', True)
    """

    algebra: LieAlgebra | None = None
    generators: int = 1
    width: float = 0.3
    weight: float = 0.01
    longest: float = math.pi
    hidden: tuple[int, ...] = (128, 128)
    optimisation: Optimisation = DEFAULT
    seeds: int = 5
    referee: Spectral = field(default_factory=Spectral)

    explanation: ClassVar[Explanation] = Explanation(
        "A network was trained together with the extent of random moves over which it is averaged; moves that cost no error grew. The "
        "calibrated test of Spectral judged the generators that had grown.",
        (BENTON_2020, YANG_2023, KLEIBERGEN_2006),
    )

    def __post_init__(self) -> None:
        if self.algebra is not None and not isinstance(self.algebra, LieAlgebra):
            given = type(self.algebra).__name__
            raise InvalidData(
                f"algebra is {given}; expected a LieAlgebra, or None to learn generators (in the search space of the referee)."
            )
        if not whole(self.generators) or not whole(self.seeds) or not are_widths(self.hidden):
            raise InvalidData(
                f"generators={self.generators!r}, seeds={self.seeds!r}, hidden={self.hidden!r}; expected whole numbers, at least 1 of each "
                "and of each layer."
            )
        if not is_object(self.optimisation, Optimisation):
            raise InvalidData(f"optimisation={self.optimisation!r}; expected Optimisation(…).")
        if not 0 < self.width < self.longest < float("inf") or not self.weight >= 0:
            raise InvalidData(
                f"width={self.width}, longest={self.longest}, weight={self.weight}; expected 0 < width < longest and a weight ≥ 0."
            )

    @property
    def name(self) -> str:
        """``"Augerino"``, or ``"Augerino+"`` where the generators are learned."""
        return "Augerino+" if self.algebra is None else "Augerino"

    def run(self, samples: Samples, *, levels: tuple[LevelName, ...], seed: int, device: str, progress: Progress) -> Discovery:
        """Train for the conditional level; support and measure are declined with the reason."""
        start = perf_counter()
        said: dict[LevelName, Level] = {name: declined(name, OTHER_LEVELS[name]) for name in levels if name in OTHER_LEVELS}
        runs, provenance = None, {"source": samples.source, "device": device, "units": samples.units}
        if "conditional" in levels:
            problem = problem_of(samples, self.referee.basis if self.algebra is None else self.algebra, seed=seed, device=device)
            provenance["device"] = problem.device
            fitted, seeds = self._fitted(problem, seed, progress)
            runs = self._runs(problem, fitted, seeds)
            said["conditional"] = self._level(problem, fitted, runs, seed)
            provenance["training"] = runs.sentence
        return Discovery(
            said.get("support"),
            said.get("conditional"),
            said.get("measure"),
            headline=headline_of(said, levels),
            method=self,
            seed=seed,
            seconds=perf_counter() - start,
            provenance=provenance,
            runs=runs,
        )

    def _fitted(self, problem: Problem, seed: int, progress: Progress) -> tuple[Fitted, tuple[int, ...]]:
        rows, search = problem.rows, problem.search
        if rows.classes < 2 and not rows.target.shape[1] and rows.moving.shape[1] == rows.inputs:
            raise DiscoveryFailed(f"{problem.samples.source}: {self.name} fits y as a function of x, and the samples carry no y.")
        if self.algebra is None and self.generators > len(search.matrices):
            raise InvalidData(f"generators={self.generators}; the searched space has only {len(search.matrices)} dimensions.")
        given = None
        if self.algebra is not None:
            inner = search.inward(self.algebra.basis).reshape(self.algebra.dimension, -1)
            given = torch.from_numpy(inner @ np.linalg.pinv(search.matrices.reshape(len(search.matrices), -1))).to(problem.device)
        channels = self.generators if given is None else len(given)
        length = math.sqrt(search.matrices.shape[-1])
        law = LearnableUniform(self.width)
        question = Question(rows, problem.action, given, channels, length, law, self.weight, self.longest)
        seeds = tuple(range(seed * self.seeds, (seed + 1) * self.seeds))
        return fit_augmented(Augmented(question, self.hidden, self.optimisation, seeds), progress=progress, name=self.name), seeds

    def _runs(self, problem: Problem, fitted: Fitted, seeds: tuple[int, ...]) -> Runs:
        found, paths = (unit_generators(problem.outward(value.cpu().numpy())) for value in (fitted.generators, fitted.paths))
        return Runs(
            seeds,
            found,
            np.ones(len(seeds), dtype=bool),
            norms=fitted.widths.cpu().numpy() / self.width,
            losses=fitted.losses.cpu().numpy(),
            paths=paths,
            law=fitted.law,
            steps=fitted.steps,
            total=fitted.steps,
            seconds=fitted.seconds,
        )

    def _level(self, problem: Problem, fitted: Fitted, runs: Runs, seed: int) -> Level:
        widths, samples = fitted.widths.cpu().numpy(), problem.samples
        right = "of held-out labels" if problem.rows.classes > 1 else "of held-out y"
        words = f"{_words(widths)}; the averaged network gets {_share(float(fitted.explained.min()))} {right}"
        proposal = Proposal(self.name, seed, self._proposed(runs.generators, widths), note=words)
        judge = (
            replace(self.referee, basis=Affine()) if problem.search.is_affine(samples.n) and self.referee.basis is None else self.referee
        )
        level = refereed(samples, proposal, referee=judge)
        if not proposal.spans.shape[1]:
            return replace(level, status=Status.NO_SYMMETRY)
        return replace(level, status=Status.SEEDS_DISAGREE) if disagreement(proposal.spans) > FAR else level

    def _proposed(self, generators: Float[np.ndarray, "S k n n"], widths: Float[np.ndarray, "S k"]) -> Float[np.ndarray, "S r n n"]:
        """Orthonormal generators of each seed whose extents have grown."""
        if self.algebra is not None:
            chosen = generators[:, grown(widths, self.width)]
        else:
            count = int(np.median((widths > self.width).sum(1)))
            order = np.argsort(-widths, axis=1)[:, :count]
            chosen = np.take_along_axis(generators, order[..., None, None], axis=1)
        seeds, k, n, _ = chosen.shape
        flat = chosen.reshape(seeds, k, n * n).transpose(0, 2, 1)
        return np.asarray(np.linalg.qr(flat)[0].transpose(0, 2, 1).reshape(seeds, k, n, n))


def grown(widths: Float[np.ndarray, "S k"], start: float) -> Bool[np.ndarray, "k"]:
    """Which widths have grown: the mean over the seeds lies above the start by three standard errors.

    Arguments:
        widths: learned, shape ``(S, k)``.
        start: where they started.

    Returns:
        Shape ``(k,)``, true or false.

    Example:
        >>> grown(np.array([[3.1, 0.1], [3.0, 0.4]]), 0.3).tolist()
        [True, False]
    """
    error = widths.std(0, ddof=1) / np.sqrt(len(widths)) if len(widths) > 1 else np.zeros(widths.shape[1])
    return np.asarray(widths.mean(0) - SURE * error > start)


def _share(explained: float) -> str:
    """In per cent; a network that is worse than the mean of y gets nothing right."""
    return f"{100 * explained:.3g} %" if explained > 0 else "nothing"


def _words(widths: Float[np.ndarray, "S k"]) -> str:
    scatter = widths.std(0, ddof=1) if len(widths) > 1 else np.full(widths.shape[1], np.nan)
    each = [f"{mean:.3g}" + (f" ± {error:.1g}" if np.isfinite(error) else "") for mean, error in zip(widths.mean(0), scatter, strict=True)]
    return f"widths {', '.join(each)} ({'mean ± scatter of ' if len(widths) > 1 else ''}{len(widths)} run{'' if len(widths) == 1 else 's'})"
