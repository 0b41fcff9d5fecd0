"""Discrete steps: a direction first, with continuous coefficients, then how far along it one step goes, from several starts.

With z on an integer grid the loss has many minima along the direction, most of which have nothing to do with the data, and the
similarity regulariser of the paper adds its own. So the direction is found with continuous coefficients; then a population of steps
of different length plays with the coefficients ±1 alone, and the shortest step that held-out rows do not tell from none is kept.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from physym._settings import whole
from physym._typing import Float
from physym.discovery.adversarial.base import Parameters
from physym.discovery.adversarial.coefficients import Normal
from physym.discovery.adversarial.game import Rules
from physym.discovery.adversarial.loop import Played, played
from physym.discovery.adversarial.plan import Plan
from physym.discovery.adversarial.two_sample import EXCESS
from physym.errors import InvalidData
from physym.progress import Progress

STANDS = 1e-6  # largest eigenvalue of a unit generator, below which it has none
SHORTEST = 0.15  # rad: shorter steps have run into the identity


@dataclass(frozen=True)
class StepSearch:
    """How the length of a discrete step is found.

    Arguments:
        shortest, longest: angles (rad) between which the starts lie, evenly; a start finds a step within about 20 % of it.
        starts: how many.
        steps: of the optimiser.
        batch: rows in a batch.
        rate: learning rate.
        spread: of the continuous coefficients while the direction is sought.

    Raises:
        InvalidData: a setting lies outside its range.

    Example:
        >>> StepSearch().angles.round(2).tolist()[:3]
        [0.45, 0.7, 0.95]
    """

    shortest: float = 0.45
    longest: float = 3.2
    starts: int = 12
    steps: int = 800
    batch: int = 128
    rate: float = 1e-2
    spread: float = 2.0

    def __post_init__(self) -> None:
        if not 0 < self.shortest < self.longest < float("inf") or not 0 < self.spread < float("inf"):
            raise InvalidData(f"{self!r}: expected 0 < shortest < longest and a positive spread.")
        if not whole(self.starts, 2) or not whole(self.steps) or not whole(self.batch, 2):
            raise InvalidData(f"{self!r}: expected at least 2 starts, 1 step and 2 rows in a batch, in whole numbers.")

    @property
    def angles(self) -> Float[np.ndarray, "starts"]:
        """Where the starts lie."""
        return np.linspace(self.shortest, self.longest, self.starts)

    @property
    def direction_law(self) -> Normal:
        """The continuous law with which the direction is found."""
        return Normal(self.spread)


@dataclass(frozen=True)
class Signs:
    """z = ±1: a step or its inverse.

    Example:
        >>> Signs().noise((100,), torch.Generator().manual_seed(0)).unique().tolist()
        [-1.0, 1.0]
    """

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Float[Tensor, "..."]:
        """Random signs."""
        return 2 * torch.randint(0, 2, shape, generator=generator).double() - 1

    def parameters(self, seeds: int, channels: int) -> Parameters:
        """Nothing is learned."""
        return {}

    def coefficients(self, noise: Float[Tensor, "S B k"], parameters: Parameters) -> Float[Tensor, "S B k"]:
        """The signs themselves."""
        return noise

    def describe(self, parameters: Parameters) -> str:
        """The law in words."""
        return "z = ±1"


def find_steps(
    rules: Rules,
    plan: Plan,
    direction: Played,
    search: StepSearch,
    *,
    progress: Progress,
    name: str,
    asked: threading.Event | None = None,
) -> Played:
    """The shortest steps along known directions that held-out rows do not tell from none.

    Arguments:
        rules: what is played for.
        plan: how; its seeds are those of ``direction``.
        direction: the run that found the directions, k per seed.
        search: where steps are looked for.
        progress: called at each check.
        name: of the work.
        asked: set by Ctrl-C where the caller listens for it; None: this stage listens itself.

    Returns:
        The run with its generators replaced by steps: ``exp(n L)`` for whole n. A direction along which no start became a step has zeros.

    Raises:
        DiscoveryFailed: a loss is no number.
        InvalidData: a direction has no eigenvalue but zero, so that a step along it has no angle.

    Example:
        >>> find_steps.__name__
        'find_steps'
    """
    seeds, channels, size = direction.coefficients.shape
    angles = torch.as_tensor(search.angles, dtype=torch.float64, device=direction.coefficients.device)
    # a generator of length √m turns by one radian where it turns everything; one that turns a single plane has length √2
    unit = direction.coefficients / direction.coefficients.norm(dim=-1, keepdim=True)
    largest = torch.linalg.eigvals(torch.tensordot(unit, rules.matrices, 1).to(torch.complex128)).abs().amax(-1)
    if not bool((largest > STANDS).all()):
        raise InvalidData(
            "IntegerGrid() looks for steps by their angle, and a generator that was found neither turns nor stretches anything; search "
            "rotations (basis=None), or take another law of the coefficients."
        )
    starts = unit[:, :, None] / largest[..., None, None] * angles[:, None]
    alone = replace(rules, law=Signs(), channels=1, constraint="free", warm_up=0.0, penalties=(), incremental=False)
    how = replace(plan.optimisation, steps=search.steps, epochs=0, batch=search.batch, rate=search.rate)
    count = channels * search.starts
    population = tuple(seed * count + place for seed in plan.seeds for place in range(count))
    game = plan.game(alone, start=starts.reshape(-1, 1, size), seeds=population, how=how)
    found = played(game, progress=progress, name=f"{name}, steps", asked=asked)
    turned = torch.linalg.eigvals(torch.tensordot(found.coefficients[:, 0], rules.matrices, 1).to(torch.complex128)).abs().amax(-1)
    shape = (seeds, channels, search.starts)
    place = _shortest(found.statistic.reshape(shape), turned.reshape(shape))
    steps = found.coefficients.reshape(*shape, size).gather(2, place.clamp_min(0)[..., None, None].expand(-1, -1, 1, size))[:, :, 0]
    statistic = found.statistic.reshape(shape).gather(2, place.clamp_min(0)[..., None])[..., 0].amax(1)
    steps = torch.where((place >= 0)[..., None], steps, torch.zeros_like(steps))
    return replace(
        direction, coefficients=steps, statistic=statistic, steps=direction.steps + found.steps, total=direction.total + found.total
    )


def _shortest(statistic: Float[Tensor, "S k M"], angle: Float[Tensor, "S k M"]) -> Tensor:
    """Number of the shortest step that is not told apart; −1 where every start ran into the identity."""
    real = angle > SHORTEST
    best = torch.where(real, statistic, torch.inf).amin(2, keepdim=True)
    good = real & (statistic <= best + EXCESS)
    # starts that reached the same step differ by their noise only: of those within a tenth of the shortest the best one counts
    shortest = torch.where(good, angle, torch.inf).amin(2, keepdim=True)
    same = good & (angle <= 1.1 * shortest)
    place = torch.where(same, statistic, torch.inf).argmin(2)
    return torch.where(good.any(2), place, torch.full_like(place, -1))
