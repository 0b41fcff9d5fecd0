"""Meta-learned sharing of weights, ``vec(W) = U v``: U for all tasks, v for each of them after a few gradient steps."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from physym._typing import Float
from physym.errors import InvalidData

LARGEST_GRADIENT = 1.0
FIRST_STEP = -2.0  # logarithm of the size of the inner steps before any is learned


@dataclass(frozen=True, eq=False)
class Tasks:
    """Regressions of one form on the same rows, each with a weight matrix W of its own.

    The prediction is ``W x`` for targets that move as x does, and ``(1, x)ᵀ W (1, x)`` with symmetric W for invariant ones: under a
    permutation P of the coordinates both turn W into ``P W Pᵀ``, and no two W predict the same.

    Arguments:
        x: rows, shape ``(N, d)``.
        y: targets of T tasks, shape ``(T, N, d)`` where they move, ``(T, N, 1)`` where they are invariant.
        moving: which of the two.

    Example:
        >>> tasks = Tasks(np.ones((9, 3)), np.zeros((4, 9, 1)), moving=False)
        >>> tasks.basis.shape  # 10 symmetric matrices of size 4
        (10, 4, 4)
    """

    x: Float[np.ndarray, "N d"]
    y: Float[np.ndarray, "T N q"]
    moving: bool = field(kw_only=True)

    @property
    def basis(self) -> Float[np.ndarray, "p s s"]:
        """Orthonormal basis of the weight matrices, shape ``(p, s, s)``."""
        size = self.x.shape[1] + (not self.moving)
        units = np.eye(size * size).reshape(size, size, size, size)
        if self.moving:
            return units.reshape(-1, size, size)
        upper, lower = np.triu_indices(size)
        pairs = units[upper, lower] + units[lower, upper]
        return np.asarray(pairs / np.linalg.norm(pairs, axis=(1, 2), keepdims=True))

    def features(self) -> Float[np.ndarray, "N f"]:
        """What each output is linear in: x itself, or the products of two of ``(1, x)``, shape ``(N, f)``."""
        if self.moving:
            return self.x
        lifted = np.concatenate([np.ones((len(self.x), 1)), self.x], axis=1)
        return np.asarray(np.einsum("na,pab,nb->np", lifted, self.basis, lifted, optimize=True))


@dataclass(frozen=True)
class MetaTraining:
    """How U is learned.

    Arguments:
        rank: length of v; more than there are independent equivariant maps does no harm.
        inner: gradient steps on v for each task.
        steps: steps on U.
        batch: rows for the inner steps, and as many others for the outer one.
        rate: highest learning rate of U.

    Raises:
        InvalidData: a setting lies outside its range.

    Example:
        >>> MetaTraining(rank=8).inner
        3
    """

    rank: int = 16
    inner: int = 3
    steps: int = 800
    batch: int = 64
    rate: float = 0.01

    def __post_init__(self) -> None:
        for name in ("rank", "inner", "steps", "batch"):
            if getattr(self, name) < 1:
                raise InvalidData(f"{name} is {getattr(self, name)}; at least 1 is needed.")
        if not self.rate > 0:
            raise InvalidData(f"rate is {self.rate}; a positive number is needed, for instance 0.01.")


@dataclass(frozen=True, eq=False)
class Reparametrisation:
    """What meta-learning found.

    Arguments:
        sharing: U, shape ``(p, r)``, in the basis of the tasks.
        weights: W of each task after its inner steps on all rows, shape ``(T, s, s)``.
        error: mean squared error of the tasks relative to their variance.

    Example:
        >>> Reparametrisation(np.eye(4), np.stack([np.eye(2), np.ones((2, 2))]), 0.1).used(1).shape
        (1, 4)
    """

    sharing: Float[np.ndarray, "p r"]
    weights: Float[np.ndarray, "T s s"]
    error: float

    def used(self, dimension: int) -> Float[np.ndarray, "m p"]:
        """Orthonormal rows that span the part of range(U) which the tasks use most, shape ``(dimension, s·s)``."""
        return np.linalg.svd(self.weights.reshape(len(self.weights), -1), full_matrices=False)[2][:dimension]


class _Learner(torch.nn.Module):
    """U, the first v and the size of the inner steps."""

    def __init__(self, parameters: int, rank: int, generator: torch.Generator) -> None:
        super().__init__()
        self.sharing = torch.nn.Parameter(torch.randn(parameters, rank, generator=generator, dtype=torch.float64) / parameters**0.5)
        self.start = torch.nn.Parameter(torch.zeros(rank, dtype=torch.float64))
        self.log_step = torch.nn.Parameter(torch.tensor(FIRST_STEP, dtype=torch.float64))

    def adapted(self, gram: torch.Tensor, cross: torch.Tensor, steps: int) -> torch.Tensor:
        """``vec(W) = U v`` of each task, shape ``(T, o, f)``, after gradient steps on the squared error that the moments stand for."""
        tasks, outputs, features = cross.shape
        v = self.start.expand(tasks, -1)
        for _ in range(steps):
            slope = (v @ self.sharing.T).reshape(tasks, outputs, features) @ gram - cross
            v = v - self.log_step.exp() * (slope.reshape(tasks, -1) @ self.sharing)
        return (v @ self.sharing.T).reshape(tasks, outputs, features)


def meta_learned(tasks: Tasks, training: MetaTraining, *, seed: int) -> Reparametrisation:
    """Learn U such that a few gradient steps on v fit each task.

    Inner loop ``v ← v − η ∂/∂v L(U v)`` on one batch of rows, outer loop ``U ← U − β ∂/∂U L(U v)`` on another, through the inner one.
    U, the first v and η are learned.

    Arguments:
        tasks: the regressions.
        training: how it is trained.
        seed: of the first U and of the batches.

    Returns:
        U and the weights of each task.

    References:
        A. Zhou, T. Knowles, C. Finn, ICLR 2021 (arXiv 2007.02933), the reparametrisation ``vec(W) = U v`` and its meta-training.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(200, 3))
        >>> y = np.stack([x, 2 * x, -x])  # each task is a multiple of the unit matrix
        >>> found = meta_learned(Tasks(x, y, moving=True), MetaTraining(rank=4, steps=200), seed=0)
        >>> found.error < 0.05, bool(np.abs(found.used(1).reshape(3, 3) ** 2 - np.eye(3) / 3).max() < 0.05)
        (True, True)
    """
    generator = torch.Generator().manual_seed(seed)
    features, goal = torch.from_numpy(tasks.features()), torch.from_numpy(tasks.y.copy())
    learner = _Learner(goal.shape[2] * features.shape[1], training.rank, generator)
    optimiser = torch.optim.Adam(learner.parameters(), lr=training.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, training.rate, total_steps=training.steps + 1)
    for _ in range(training.steps):
        drawn = torch.randperm(len(features), generator=generator)[: 2 * training.batch]
        half = len(drawn) // 2
        inner, outer = (_moments(features[part], goal[:, part]) for part in (drawn[:half], drawn[half:]))
        loss = _error(learner.adapted(*inner, training.inner), *outer, goal[:, drawn[half:]]).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learner.parameters(), LARGEST_GRADIENT)
        optimiser.step()
        schedule.step()
    return _adapted_to_all(learner, tasks, training.inner)


def _adapted_to_all(learner: _Learner, tasks: Tasks, steps: int) -> Reparametrisation:
    """The weights of each task after its inner steps on all rows."""
    features, goal = torch.from_numpy(tasks.features()), torch.from_numpy(tasks.y.copy())
    with torch.no_grad():
        gram, cross = _moments(features, goal)
        weights = learner.adapted(gram, cross, steps)
        error = (_error(weights, gram, cross, goal) / goal.square().sum(2).mean(1)).mean()
    matrices = np.tensordot(weights.reshape(len(goal), -1).numpy(), tasks.basis, 1)
    return Reparametrisation(learner.sharing.detach().numpy(), matrices, float(error))


def _moments(features: torch.Tensor, goal: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """``E[φφᵀ]``, shape ``(f, f)``, and ``E[y φᵀ]`` of each task, shape ``(T, o, f)``."""
    return features.T @ features / len(features), goal.transpose(1, 2) @ features / len(features)


def _error(weights: torch.Tensor, gram: torch.Tensor, cross: torch.Tensor, goal: torch.Tensor) -> torch.Tensor:
    """Mean squared error of each task from its moments, shape ``(T,)``."""
    explained = (weights * (weights @ gram - 2 * cross)).sum((1, 2))
    return explained + goal.square().sum(2).mean(1)
