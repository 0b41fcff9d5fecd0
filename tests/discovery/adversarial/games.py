"""Small games that the tests of this folder share."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from physym.algebra import LieAlgebra, Rep
from physym.data import Samples
from physym.discovery.adversarial import Coordinates, Dense, Normal, Optimisation
from physym.discovery.adversarial.base import CoefficientLaw, Critic, Features, Penalty
from physym.discovery.adversarial.game import Constraint, Game, Rules
from physym.discovery.adversarial.optimisation import Updates
from physym.discovery.adversarial.posing import problem_of
from physym.discovery.adversarial.problem import Problem
from physym.discovery.spectral import SearchSpace

QUICK = Optimisation(steps=40, batch=32)


def plane(rows: int = 300, *, n: int = 2, seed: int = 0, labels: bool = False) -> Samples:
    """y = |x|², or whether it is above 1, of standard normal x."""
    x = np.random.default_rng(seed).normal(size=(rows, n))
    y = (x**2).sum(1)
    return Samples(x, rep_x=Rep("V", n=n), y=(y > n).astype(int) if labels else y)


def rules_of(
    problem: Problem,
    *,
    features: Features | None = None,
    law: CoefficientLaw | None = None,
    channels: int = 1,
    constraint: Constraint = "orthonormal",
    one_channel: bool = True,
    incremental: bool = False,
    warm_up: float = 0.4,
    first_spread: float = 0.1,
    penalties: tuple[Penalty, ...] = (),
) -> Rules:
    """Rules with the defaults of the guarded form, but for features that need no fit."""
    return problem.rules(
        features=features or Coordinates(),
        law=law or Normal(0.4),
        channels=channels,
        constraint=constraint,
        one_channel=one_channel,
        incremental=incremental,
        warm_up=warm_up,
        first_spread=first_spread,
        penalties=penalties,
        seed=0,
    )


def game_of(
    samples: Samples | None = None,
    *,
    basis: LieAlgebra | SearchSpace | None = None,
    how: Optimisation = QUICK,
    critic: Critic | None = None,
    seeds: tuple[int, ...] = (0, 1),
    **settings: object,
) -> Game:
    """A game on the CPU; ``settings`` are those of ``rules_of``."""
    problem = problem_of(samples if samples is not None else plane(), basis, seed=0, device="cpu")
    return Game(rules_of(problem, **settings), how, critic or Dense((8, 8)), seeds)  # type: ignore[arg-type]


def watched(updates: Updates) -> list[list[Tensor]]:
    """The gradients that a player will be given, step by step."""
    seen: list[list[Tensor]] = []
    take = updates.take

    def noted(gradients: list[Tensor], factor: float) -> None:
        seen.append([gradient.clone() for gradient in gradients])
        take(gradients, factor)

    updates.take = noted  # type: ignore[method-assign]
    return seen
