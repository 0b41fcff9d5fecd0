"""From a finished game to a discovery: one algebra with the scatter of its seeds, judged at every level by the calibrated tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from physym._typing import Bool, Float
from physym.algebra import LieAlgebra
from physym.data import Samples
from physym.discovery.adversarial.snapped import finite_step
from physym.discovery.adversarial.two_sample import EXCESS
from physym.discovery.base import AbstractMethod, Discovery, Level, LevelName, headline_of
from physym.discovery.network.agreement import disagreement
from physym.discovery.network.referee import Proposal, judgement, refereed
from physym.discovery.runs import Runs, trustworthy, unit_generators
from physym.discovery.spectral import SearchSpace, Spectral
from physym.discovery.spectral.levels.common import declined
from physym.discovery.status import Status

if TYPE_CHECKING:
    from physym.discovery.adversarial.game import Rules
    from physym.discovery.adversarial.loop import Played
    from physym.discovery.adversarial.problem import Problem

SHRUNK = 0.3  # length of a free generator relative to its start, below which it has collapsed
ALIKE = 0.1  # smallest singular value of unit generators, below which some are nearly the same
FAR = 0.3  # rad between the spans of seeds that are believed, beyond which they disagree
LONGER = 1.2  # ratio of the lengths of a step in two runs, beyond which they are two steps
NEAR_TURN, NEAR_ERRORS = 0.02, 3.0  # rad, or errors of the angle, within which a step is taken for an element of finite order
NO_TURN = 1e-6  # rad
LARGEST_ERROR = 0.05  # rad: with a larger error of the angle many orders would do
ELSEWHERE = "the loss compares the distributions of moved and real rows, and the calibrated test has nothing to say here"


@dataclass(frozen=True, eq=False)
class Judged:
    """What the referee said before the training.

    Arguments:
        levels: by name.
        dimension: of the first level that applies; 0 where none does.
        algebra: of that level.

    Example:
        >>> Judged({}, 0, None).dimension
        0
    """

    levels: dict[LevelName, Level]
    dimension: int
    algebra: LieAlgebra | None


@dataclass(frozen=True, eq=False)
class Trained:
    """A finished game.

    Arguments:
        played: what it left behind.
        rules: what was played for.
        seeds: of its runs.
        law: of the coefficients, in words.
        discrete: generators are steps, of which whole multiples count.

    Example:
        >>> Trained.__dataclass_fields__["discrete"].type
        'bool'
    """

    played: Played
    rules: Rules
    seeds: tuple[int, ...]
    law: str
    discrete: bool


def judged_first(
    samples: Samples, referee: Spectral, basis: LieAlgebra | SearchSpace | None, levels: tuple[LevelName, ...], seed: int
) -> Judged:
    """Ask the referee at every level.

    Arguments:
        samples: the rows.
        referee: the calibrated method.
        basis: matrices to search; None: those of the referee.
        levels: the levels asked for.
        seed: of the run.

    Returns:
        What it said.

    Example:
        >>> from physym import Rep
        >>> angle = np.linspace(0, 6, 200)
        >>> circle = Samples(np.stack([np.cos(angle), np.sin(angle)], axis=1), rep_x=Rep("V", n=2))
        >>> judged_first(circle, Spectral(noise_model="isotropic"), None, ("support",), 0).dimension
        1
    """
    asked = referee if basis is None else replace(referee, basis=basis)
    said = {name: judgement(samples, asked, name, seed=seed) for name in levels}
    first = next((level for level in said.values() if level.algebra is not None), None)
    return Judged(said, 0 if first is None else first.dimension, None if first is None else first.algebra)


def discovery_of(
    method: AbstractMethod, problem: Problem, judged: Judged, trained: Trained, *, levels: tuple[LevelName, ...], seed: int, start: float
) -> Discovery:
    """The discovery of a finished game.

    Arguments:
        method: the method object.
        problem: rows and searched matrices.
        judged: what the referee said.
        trained: the game.
        levels: the levels asked for.
        seed: of the run.
        start: when it began, by ``time.perf_counter``.

    Returns:
        The discovery, with the runs of all seeds.

    Example:
        >>> discovery_of.__name__
        'discovery_of'
    """
    runs = runs_of(problem, trained)
    found = _levels(problem, judged, runs, trained, levels, seed, type(method).__name__)
    return Discovery(
        support=found.get("support"),
        conditional=found.get("conditional"),
        measure=found.get("measure"),
        headline=headline_of(found, levels),
        method=method,
        seed=seed,
        seconds=perf_counter() - start,
        provenance={
            "source": problem.samples.source,
            "device": problem.device,
            "units": problem.samples.units,
            "training": runs.sentence,
        },
        runs=runs,
    )


def runs_of(problem: Problem, trained: Trained) -> Runs:
    """The record of all seeds, on the coordinates of the data."""
    played = trained.played
    raw, paths = (problem.outward(value.detach().cpu().numpy()) for value in (played.coefficients, played.snapshots))
    inner = played.coefficients.detach().cpu().norm(dim=-1).numpy()
    first = played.start.detach().cpu().norm(dim=-1).numpy()
    norms = inner / np.maximum(first, np.finfo(float).tiny)
    statistic = played.statistic.cpu().numpy()
    kept = _directions_kept(raw, statistic)
    if trained.discrete and kept.any():
        kept &= statistic <= statistic[kept].min() + EXCESS  # a step that held-out rows tell from none is none
    return Runs(
        trained.seeds,
        raw if trained.discrete else unit_generators(raw),
        kept,
        statistic=statistic,
        norms=norms,
        losses=played.losses.detach().cpu().numpy(),
        paths=unit_generators(paths),
        law=trained.law,
        steps=played.steps,
        total=played.total,
        seconds=played.seconds,
    )


def _directions_kept(raw: Float[np.ndarray, "S k n n"], statistic: Float[np.ndarray, "S"]) -> Bool[np.ndarray, "S"]:
    """Runs near most others; a run with a vanished generator never counts."""
    alive = np.linalg.norm(raw, axis=(2, 3)).min(1) > 0
    kept = alive.copy()
    if alive.sum() > 2:
        kept[alive] = trustworthy(_orthonormal(raw[alive]), statistic[alive])
    return np.asarray(kept)


def _levels(
    problem: Problem, judged: Judged, runs: Runs, trained: Trained, levels: tuple[LevelName, ...], seed: int, method: str
) -> dict[LevelName, Level]:
    """Every level with the proposal judged; where the referee can judge nowhere, the statement on distributions carries it."""
    believed = runs.generators[runs.kept] if runs.kept.any() else runs.generators[:0]
    able = [name for name in levels if judged.levels[name].algebra is not None]
    home = able or ["measure" if "measure" in levels else levels[0]]
    found: dict[LevelName, Level] = {}
    for name in levels:
        if name not in home or not len(believed):
            reason = judged.levels[name].reason or ELSEWHERE
            found[name] = declined(name, reason if len(believed) else Status.COLLAPSED.value, status=_status(runs, trained, None))
            continue
        proposal = Proposal(method, seed, _orthonormal(believed), note=runs.sentence)
        level = refereed(problem.samples, proposal, level=name, judge=judged.levels[name])
        if trained.discrete:
            level = replace(_as_step(level, believed, runs, judged.levels[name]), status=_status_of_steps(runs))
        found[name] = replace(level, status=_status(runs, trained, level.status))
    return found


def _status(runs: Runs, trained: Trained, judged: Status | None) -> Status:
    """What went wrong in training comes before what the referee says."""
    if runs.interrupted:
        return Status.INTERRUPTED
    if not runs.kept.any() or (trained.rules.constraint == "free" and runs.norms[runs.kept].min(initial=1.0) < SHRUNK):
        return Status.COLLAPSED
    flat = unit_generators(runs.generators[runs.kept]).reshape(int(runs.kept.sum()), runs.generators.shape[1], -1)
    if np.linalg.svd(flat, compute_uv=False).min() < ALIKE:
        return Status.REDUNDANT
    spans = _orthonormal(runs.generators[runs.kept])
    if runs.kept.sum() * 2 <= len(runs.kept) or (len(spans) > 1 and disagreement(spans) > FAR):
        return Status.SEEDS_DISAGREE
    lengths = np.linalg.norm(runs.generators[runs.kept], axis=(2, 3))
    if trained.discrete and (lengths.max(0) > LONGER * lengths.min(0)).any():
        return Status.SEEDS_DISAGREE
    return judged or Status.FOUND


def _status_of_steps(runs: Runs) -> Status:
    """A step that held-out rows tell from none in every run is refuted; of another one no calibrated test says more."""
    return Status.STEP_REFUTED if runs.statistic[runs.kept].min() > EXCESS else Status.STEP


def _as_step(level: Level, steps: Float[np.ndarray, "S k n n"], runs: Runs, judge: Level) -> Level:
    """A level whose generators are steps: only whole multiples are meant, and what the referee says of continuous ones stands beside."""
    signs = np.where((steps * steps[:1]).sum((2, 3), keepdims=True) < 0, -1.0, 1.0)
    aligned = steps * signs
    mean = aligned.mean(0)
    spread = (aligned - mean).reshape(len(aligned), -1)
    covariance = spread.T @ spread / max(len(aligned) * (len(aligned) - 1), 1) if len(aligned) > 1 else None
    algebra = LieAlgebra(
        mean, covariance=covariance, freedom=max(len(aligned) - 1, 1), coordinates=level.algebra.coordinates if level.algebra else ()
    )
    words = "; ".join(_step_words(step, aligned[:, place]) for place, step in enumerate(mean))
    what = "a discrete step" if len(mean) == 1 else f"{len(mean)} discrete steps"
    note = f"{what}, of which whole multiples count: {words}; {_beside(judge)}; {runs.sentence}"
    return replace(
        level, statement=f"{level.statement} for g = exp(nL), n whole", algebra=algebra, tests=(), defect=float("nan"), note=note
    )


def _step_words(step: Float[np.ndarray, "n n"], each: Float[np.ndarray, "S n n"]) -> str:
    """By how much a step turns, with the scatter of the runs, or stretches where it turns nothing."""
    from scipy.linalg import expm

    angles, stretches = (np.abs(part).max(-1) for part in (np.linalg.eigvals(each).imag, np.linalg.eigvals(each).real))
    turns = bool(angles.max() > NO_TURN)
    sizes = angles if turns else stretches
    error = float(np.std(sizes, ddof=1)) if len(sizes) > 1 else 0.0
    spread = f" ± {error:.1g}" if len(sizes) > 1 else ""
    eigenvalues = np.linalg.eigvals(step)
    if not turns:
        return f"exp(L) stretches, by up to e^({float(np.abs(eigenvalues.real).max()):.4f}{spread}), and turns nothing"
    element = expm(step)
    exact = finite_step(element)
    missed = abs(_turned(exact.matrix) - _turned(element)) if exact is not None else np.inf
    near = missed <= max(NEAR_ERRORS * error, NEAR_TURN) and error <= LARGEST_ERROR
    order = f", an element of order {exact.order}" if exact is not None and near else ""
    return f"exp(L) turns by {float(np.abs(eigenvalues.imag).max()):.4f}{spread} rad{order}"


def _beside(judge: Level) -> str:
    """What the referee says of continuous symmetries, of which a step says nothing."""
    if judge.dimension:
        name = f"{judge.title}, dimension {judge.dimension}"
        return f"the referee finds a continuous symmetry here ({name}, not rejected), of which the step may be one element"
    if judge.algebra is None:
        return "whether it belongs to a continuous symmetry is not tested"
    return "the referee finds no continuous symmetry here"


def _turned(element: Float[np.ndarray, "n n"]) -> float:
    """The largest angle by which an element turns (rad)."""
    return float(np.abs(np.angle(np.linalg.eigvals(element))).max())


def _orthonormal(generators: Float[np.ndarray, "S k n n"]) -> Float[np.ndarray, "S k n n"]:
    seeds, k, n, _ = generators.shape
    flat = generators.reshape(seeds, k, n * n).transpose(0, 2, 1)
    return np.asarray(np.linalg.qr(flat)[0].transpose(0, 2, 1).reshape(seeds, k, n, n))
