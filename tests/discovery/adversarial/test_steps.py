"""Discrete steps: where the starts lie, which of them counts, and that no optimum has anything to do but with the data."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from physym.algebra import LieAlgebra, Rep
from physym.checkpoint import Saving
from physym.data import Samples
from physym.discovery.adversarial import CosineSimilarity, Dense, LieGAN, Optimisation, StepSearch, Trials
from physym.discovery.adversarial.base import Move
from physym.discovery.adversarial.game import Game
from physym.discovery.adversarial.loop import Played
from physym.discovery.adversarial.plan import Plan
from physym.discovery.adversarial.posing import problem_of
from physym.discovery.adversarial.steps import SHORTEST, Signs, _shortest, find_steps
from physym.discovery.adversarial.two_sample import EXCESS
from physym.errors import InvalidData
from physym.progress import silent
from tests.discovery.adversarial.games import rules_of

SPURIOUS = (0.4485, 1.0885)  # optima of the regulariser in the public code, whatever the data
GRID = torch.arange(-10, 10, dtype=torch.float64)  # that of the public code


def similarity(x: Tensor, angle: float, grid: Tensor = GRID) -> float:
    """|mean cos(gx, x)| over the grid, with g a turn of the first two coordinates."""
    c, s = torch.cos(grid * angle)[:, None], torch.sin(grid * angle)[:, None]
    moved = x.expand(len(grid), -1, -1).clone()
    moved[..., 0], moved[..., 1] = c * x[:, 0] - s * x[:, 1], s * x[:, 0] + c * x[:, 1]
    flat = moved.reshape(1, -1, x.shape[1])
    return float(CosineSimilarity(1.0)(Move(torch.zeros(1, 1, 3, 3), x.repeat(len(grid), 1)[None], flat)))


def minima(x: Tensor, grid: Tensor = GRID) -> list[float]:
    """Local minima between .2 and 1.4 rad."""
    angles = np.arange(0.2, 1.4, 2e-3)
    values = np.array([similarity(x, float(angle), grid) for angle in angles])
    return [float(angles[i]) for i in range(1, len(angles) - 1) if values[i] < min(values[i - 1], values[i + 1])]


def space(rows: int = 200) -> Tensor:
    return torch.randn(rows, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_regulariser_of_the_paper_has_optima_that_know_nothing_of_the_data() -> None:
    """x ~ N(0, 1₃), z from −10 to 9: y and so k do not enter, and a learned angle stays where the regulariser has its minimum."""
    found = minima(space())
    assert found == pytest.approx(list(SPURIOUS), abs=3e-3)
    for spurious in SPURIOUS:
        around = np.linspace(spurious - 1.5e-3, spurious + 1.5e-3, 61)
        best = float(around[np.argmin([similarity(space(), float(angle)) for angle in around])])
        assert best == pytest.approx(spurious, abs=5e-4)
        assert min(abs(2 * math.pi / order - spurious) for order in range(2, 13)) > 0.03  # the order of no task


def test_with_the_symmetric_grid_the_optima_are_others_and_as_meaningless() -> None:
    found = minima(space(), torch.arange(-10, 11, dtype=torch.float64))
    assert found == pytest.approx([0.4283, 1.0393], abs=3e-3)


def test_the_guarded_form_has_no_such_term() -> None:
    assert LieGAN().penalties == ()
    assert any(isinstance(penalty, CosineSimilarity) for penalty in LieGAN.published().penalties)


def wave(x: Tensor, order: int) -> Tensor:
    """``x₃ + r cos kφ``, which turns by 2π/k leave."""
    return x[..., 2] + torch.hypot(x[..., 0], x[..., 1]) * torch.cos(order * torch.atan2(x[..., 1], x[..., 0]))


def trained_from(order: int, angle: float, *, steps: int = 150) -> list[float]:
    """Angles where three seeds end that play with z = ±1 from one start."""
    x = torch.randn(1500, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    samples = Samples(x.numpy(), rep_x=Rep("V", n=3), y=wave(x, order).numpy())
    turn = np.zeros((1, 3, 3))
    turn[0, 0, 1], turn[0, 1, 0] = -1.0, 1.0
    problem = problem_of(samples, LieAlgebra(turn), seed=0, device="cpu")

    def features(moved: Tensor, target: Tensor) -> Tensor:
        return torch.cat([moved, torch.asinh((target - wave(moved, order)[..., None]) / 0.1)], -1)

    rules = replace(rules_of(problem, law=Signs(), constraint="free", warm_up=0.0), features=features)
    unit = float(np.abs(np.linalg.eigvals(problem.search.matrices[0])).max())
    start = torch.full((3, 1, 1), angle / unit, dtype=torch.float64)
    game = Game(rules, Optimisation(steps=steps, batch=64, rate=1e-2), Dense((32, 32)), (0, 1, 2), start)
    for step in range(steps):
        game.play(step, steps)
    return (game.coefficients.detach().flatten().abs() * unit).tolist()


@pytest.mark.parametrize(("order", "start"), [(5, 1.0885), (6, 1.0885), (7, 1.0885), (13, 0.4485), (15, 0.4485)])
def test_from_there_our_loss_pulls_to_the_symmetry_of_the_data(order: int, start: float) -> None:
    """The same start ends at another angle for every k: up for k = 5 and 13, down for 6, 7 and 15."""
    assert trained_from(order, start) == pytest.approx([2 * math.pi / order] * 3, abs=2e-3)


def test_signs_are_both_and_nothing_else() -> None:
    drawn = Signs().noise((4000,), torch.Generator().manual_seed(0))
    assert drawn.unique().tolist() == [-1.0, 1.0]
    assert abs(float(drawn.mean())) < 0.08


def chosen(statistic: list[float], angle: list[float]) -> int:
    return int(_shortest(torch.tensor([[statistic]]), torch.tensor([[angle]])).item())


def test_the_shortest_step_that_is_not_told_apart_counts() -> None:
    assert chosen([0.0, 0.1, 9.0], [2.5, 1.25, 0.6]) == 1  # twice the step is a symmetry too, half of it is none
    assert chosen([0.0, EXCESS + 0.1], [2.5, 1.25]) == 0
    assert chosen([0.0, EXCESS - 0.1], [2.5, 1.25]) == 1


def test_the_identity_is_no_step() -> None:
    assert chosen([-5.0, 0.0], [SHORTEST / 2, 1.25]) == 1
    assert chosen([-5.0, -6.0], [SHORTEST / 2, 0.0]) == -1


def test_of_starts_that_reached_the_same_step_the_best_counts() -> None:
    assert chosen([1.0, -1.0, 0.0], [1.25, 1.26, 2.5]) == 1
    assert chosen([1.0, -1.0, 0.0], [1.25, 1.45, 2.5]) == 0  # further away than a tenth: another step


def test_starts_lie_evenly() -> None:
    search = StepSearch(shortest=0.5, longest=2.5, starts=5)
    assert search.angles.tolist() == pytest.approx([0.5, 1.0, 1.5, 2.0, 2.5])
    assert StepSearch(spread=0.7).direction_law.spread == 0.7


@pytest.mark.parametrize("steps", [1, 3])
def test_the_starts_of_a_search_turn_by_their_angles(steps: int) -> None:
    """Before they learn: angles of the group elements, for a rotation in space whose length is not √2."""
    x = torch.randn(400, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    samples = Samples(x.numpy(), rep_x=Rep("V", n=3), y=wave(x, 5).numpy())
    rules = rules_of(problem_of(samples, None, seed=0, device="cpu"))
    turn = torch.zeros(3, 3, dtype=torch.float64)
    turn[0, 1], turn[1, 0] = -3.0, 3.0
    coefficients = torch.einsum("sij,ij->s", rules.matrices, turn).expand(2, 1, 9)
    nothing = torch.zeros(1, 2)
    direction = Played(coefficients, torch.zeros(2), coefficients, coefficients[None], nothing, torch.zeros(1, 2, 2), {}, 10, 10, 0.0)
    search = StepSearch(shortest=0.5, longest=2.0, starts=4, steps=steps, batch=16, rate=1e-9)
    plan = Plan((0, 1), Dense((8,)), Optimisation(), Trials(1), Saving())
    found = find_steps(rules, plan, direction, search, progress=silent, name="A game")
    g = torch.matrix_exp(torch.tensordot(found.coefficients[:, 0], rules.matrices, 1))
    angles = torch.linalg.eigvals(g).angle().abs().amax(-1)
    for angle in angles.tolist():
        assert min(abs(angle - start) for start in search.angles) < 1e-6
    assert (found.steps, found.total) == (10 + steps, 10 + steps)
    assert torch.equal(found.snapshots, direction.snapshots)


@pytest.mark.parametrize("wrong", [{"shortest": 0.0}, {"shortest": 4.0}, {"starts": 1}, {"steps": 0}, {"spread": 0.0}])
def test_settings_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidData, match=r"expected 0 < shortest < longest|expected at least 2 starts"):
        StepSearch(**wrong)  # type: ignore[arg-type]
