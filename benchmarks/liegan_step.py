"""One step of LieGAN against the recipe written as plain torch: the same rows, the same start, the same losses, in one process.

The plain recipe makes three full passes of the critic (moved rows for the generator; real and moved rows for the critic) and goes through a
DataLoader and one matrix exponential per row. Here one pass serves both players.

Reference: J. Yang et al., ICML 2023, arXiv 2302.00236.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import physym
from benchmarks.table import Row, median_row
from physym import LieGAN, Samples
from physym.discovery.adversarial.features import Coordinates
from physym.discovery.adversarial.game import Game, Precision
from physym.discovery.adversarial.plan import Plan
from physym.discovery.adversarial.posing import problem_of

BATCHES = 60
FIRST = 15  # in float32 round-off grows later, where the cosine of a penalty passes through zero and its sign is a matter of luck
SIDE_BY_SIDE = 10


@dataclass(frozen=True)
class Case:
    """Rows and the number of generators trained on them.

    Arguments:
        name: what they are.
        samples: the rows.
        channels: number of generators.
    """

    name: str
    samples: Samples
    channels: int


def cases() -> tuple[Case, ...]:
    """Jets with seven channels on 4 × 4 matrices, and two bodies with one on 8 × 8 (block-diagonal) ones."""
    jets = physym.load("pythia_toptag").samples(constituents=2)  # type: ignore[union-attr]
    orbits = physym.load("two_body", split="train").samples()  # type: ignore[union-attr]
    jets = replace(jets, x=jets.x / np.sqrt((jets.x**2).mean()))
    return Case("jets, 7 channels", jets, 7), Case("two bodies, 1 channel", orbits, 1)


def game_of(case: Case, *, seed: int = 0, side_by_side: int = 1, precision: Precision = "float32") -> Game:
    """A game with the setting of the paper, on coordinates of the size of one; the first of its seeds is the one that is asked for."""
    method = LieGAN.published(case.channels)
    problem = problem_of(case.samples, None, seed=seed, device="cpu")
    rules = problem.rules(
        features=Coordinates(scaled=False),
        law=method.coefficients,  # type: ignore[arg-type]
        channels=case.channels,
        constraint="free",
        one_channel=False,
        incremental=False,
        warm_up=0.0,
        first_spread=0.1,
        penalties=method.penalties,
        seed=seed,
    )
    seeds = tuple(range(seed, seed + side_by_side))
    saving = problem.saving(method, None, 1, seeds)
    plan = Plan(seeds, method.critic, method.optimisation, method.trials, saving, precision=precision)
    drawn = [
        torch.randn(case.channels, problem.action.size, dtype=torch.float64, generator=torch.Generator().manual_seed(one)) for one in seeds
    ]
    return plan.game(rules, start=0.1 * torch.stack(drawn))


class PlainCritic(nn.Module):
    """The critic of one seed as a plain module, with the weights of a game."""

    def __init__(self, game: Game) -> None:
        super().__init__()
        state = {name: value.detach()[0].clone() for name, value in game.network.named_parameters()}
        table = state.pop("table", None)
        self.embedding = nn.Embedding.from_pretrained(table, freeze=False) if table is not None else None
        layers: list[nn.Module] = []
        for i in range(len(state) // 2):
            weight, bias = state[f"layers.layers.{i}.weight"], state[f"layers.layers.{i}.bias"]
            linear = nn.Linear(*weight.shape)
            linear.weight, linear.bias = nn.Parameter(weight.T.contiguous()), nn.Parameter(bias[0])
            layers += [linear, nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Logits, shape ``(B, 1)``."""
        return self.layers(x if self.embedding is None else torch.cat([x, self.embedding(label)], 1))


def plain_losses(game: Game, steps: int) -> Iterator[tuple[float, float]]:
    """The recipe, step by step, from the start of a game and with its draws; yields both losses."""
    rules, how = game.rules, game.optimisation
    generators = nn.Parameter(torch.tensordot(game.coefficients.detach()[0], rules.matrices, 1))
    size, width = generators.shape[-1], rules.rows.moving.shape[1]
    critic, bce = PlainCritic(game), nn.BCEWithLogitsLoss()
    move = torch.optim.Adam([generators], lr=how.rate, betas=how.betas)
    judge = torch.optim.Adam(critic.parameters(), lr=how.critic_rate, betas=how.critic_betas)
    draws = [game.draws.at(step) for step in range(steps)]
    data = TensorDataset(rules.rows.moving, rules.rows.label)
    loader = DataLoader(data, batch_sampler=[draw.moved[0].tolist() for draw in draws])
    dtype = next(critic.parameters()).dtype
    inside = rules.matrices.abs().sum(0) > 0  # entries outside the blocks stay zero
    upper = torch.triu(torch.ones(len(generators), len(generators)), diagonal=1)
    for (x, label), draw in zip(loader, draws, strict=True):
        g = torch.matrix_exp(torch.einsum("bc,cij->bij", draw.noise[0], generators * inside))
        moved = torch.einsum("bij,bkj->bki", g, x.reshape(len(x), width // size, size)).reshape(len(x), width)
        real, fake = torch.ones(len(x), 1, dtype=dtype), torch.zeros(len(x), 1, dtype=dtype)
        flat = nn.functional.normalize(generators.flatten(1), dim=1)
        apart = 0.1 * ((flat @ flat.T).abs() * upper).sum() if len(generators) > 1 else 0.0
        alike = nn.functional.cosine_similarity(moved, x).mean().abs()
        loss = bce(critic(moved.to(dtype), label), real) + alike + apart
        move.zero_grad()
        loss.backward()
        move.step()
        second = (bce(critic(x.to(dtype), label), real) + bce(critic(moved.detach().to(dtype), label), fake)) / 2
        judge.zero_grad()
        second.backward()
        judge.step()
        yield float(loss.detach()), float(second.detach())


def our_losses(game: Game, steps: int) -> Iterator[tuple[float, float]]:
    """The same steps by the game."""
    for step in range(steps):
        losses = game.play(step, steps)
        yield float(losses.generator[0]), float(losses.critic[0])


def seconds_per_step(case: Case, *, repeats: int, steps: int) -> np.ndarray:
    """Of the plain recipe, of a game of one seed and of a game of ten (per seed), in turn, shape ``(3, repeats)``."""
    ways: tuple[tuple[Callable[[Game, int], Iterator[tuple[float, float]]], int], ...] = (
        (plain_losses, 1),
        (our_losses, 1),
        (our_losses, SIDE_BY_SIDE),
    )
    seconds = np.empty((len(ways), repeats))
    for repeat in range(-1, repeats):  # the first one warms up
        for place, (play, count) in enumerate(ways):
            game = game_of(case, seed=max(repeat, 0), side_by_side=count)
            start = perf_counter()
            list(play(game, steps))
            if repeat >= 0:
                seconds[place, repeat] = (perf_counter() - start) / steps / count
    return seconds


def difference_of_losses(case: Case, *, steps: int, precision: Precision) -> float:
    """The largest difference of both losses between the plain recipe and the game, from the same start."""
    one, two = (np.array(list(play(game_of(case, precision=precision), steps))) for play in (plain_losses, our_losses))
    return float(np.abs(one - two).max())


def run(*, repeats: int = 9, steps: int = BATCHES) -> list[Row]:
    """Ratios of the time per step, and how far the losses differ."""
    torch.set_num_threads(1)
    rows = []
    for case in cases():
        plain, alone, beside = seconds_per_step(case, repeats=repeats, steps=steps)
        rows += [
            median_row(f"{case.name}: a step of the plain recipe", 1e3 * plain, "ms"),
            median_row(f"{case.name}: a step of LieGAN, one seed", 1e3 * alone, "ms"),
            median_row(f"{case.name}: plain recipe over LieGAN, one seed", plain / alone, "×", aim="≥ 2"),
            median_row(f"{case.name}: plain recipe over LieGAN, per seed of {SIDE_BY_SIDE} side by side", plain / beside, "×", aim="≥ 2"),
        ]
        for precision, count in (("float64", steps), ("float32", FIRST)):
            gap = difference_of_losses(case, steps=count, precision=precision)  # type: ignore[arg-type]
            rows.append(Row(f"{case.name}: largest difference of the losses, {count} steps in {precision}", gap, 0.0, "", 1, "≤ 1e-5"))
    return rows
