"""The adversarial engine against slow and readable oracles: distributions, the held-out statistic and the loss at its optimum."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad
from scipy.linalg import expm
from scipy.stats import rankdata
from torch.nn.functional import softplus

from physym.algebra import Rep, so
from physym.data import Samples
from physym.discovery.adversarial import CosineSimilarity, Dense, IntegerGrid, Normal
from physym.discovery.adversarial.actions import action_of
from physym.discovery.adversarial.base import Move
from physym.discovery.adversarial.two_sample import rank_statistic
from physym.discovery.spectral.search import search_of
from tests.discovery.adversarial.games import game_of, plane


def test_the_mean_cosine_of_a_turn_is_its_integral() -> None:
    """⟨cos(gx, x)⟩ = 1/3 + 2/3 cos θ for x ~ N(0, 1₃) and a turn of two coordinates: ⟨r²/|x|²⟩ = 2/3, by the integral over the sphere."""
    share = dblquad(lambda theta, phi: math.sin(theta) ** 3 / (4 * math.pi), 0, 2 * math.pi, 0, math.pi)[0]
    assert share == pytest.approx(2 / 3)
    x = torch.randn(1, 100_000, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for angle in (0.3, 1.0, 2.0, 3.0):
        g = torch.eye(3, dtype=torch.float64)
        g[0, 0] = g[1, 1] = math.cos(angle)
        g[1, 0], g[0, 1] = math.sin(angle), -math.sin(angle)
        found = float(CosineSimilarity(1.0)(Move(torch.zeros(1, 1, 3, 3), x, x @ g.T)))
        assert found == pytest.approx(abs(1 - share + share * math.cos(angle)), abs=5e-3)


def test_the_minima_of_the_regulariser_are_those_of_the_dirichlet_kernel() -> None:
    """Σ cos zθ over −10 … 9 in closed form; its extrema, and so the recorded .4485 and 1.0885, depend on the grid alone."""
    angles = np.linspace(0.2, 1.4, 120_001)
    plainly = sum(np.cos(z * angles) for z in range(-10, 10)) / 20
    closed = (np.sin(9.5 * angles) / np.sin(angles / 2) + np.cos(10 * angles)) / 20
    np.testing.assert_allclose(plainly, closed, atol=1e-12)
    value = np.abs(1 / 3 + 2 / 3 * closed)
    minima = [float(angles[i]) for i in range(1, len(angles) - 1) if value[i] < min(value[i - 1], value[i + 1])]
    assert minima == pytest.approx([0.4486, 1.0883], abs=1e-4)
    # without a coordinate that stays, the absolute value has its minima at the zeros instead: multiples of π/10
    flat = np.abs(closed)
    zeros = [float(angles[i]) for i in range(1, len(angles) - 1) if flat[i] < min(flat[i - 1], flat[i + 1])]
    assert zeros[:3] == pytest.approx([math.pi / 10, 2 * math.pi / 10, 3 * math.pi / 10], abs=1e-3)


def test_the_loss_cannot_rank_runs() -> None:
    """At equilibrium both losses are ln 2, for a right generator as for a wrong one whose critic has learned nothing."""
    game = game_of()
    with torch.no_grad():
        for parameter in game.network.parameters():
            parameter.zero_()
    losses = game.play(0, 40)
    assert torch.allclose(losses.generator, torch.full((2,), math.log(2), dtype=losses.generator.dtype))
    assert torch.allclose(losses.critic, torch.full((2,), math.log(2), dtype=losses.critic.dtype))


def test_the_losses_are_binary_cross_entropies() -> None:
    game = game_of()
    draw, rules = game.draws.at(0), game.rules
    moved = rules.action.move(game.elements(draw.noise, 0, 40), rules.rows.moving[draw.moved]).detach()
    fake = rules.features(moved, rules.rows.target[draw.moved]).float()
    true = rules.features(rules.rows.moving, rules.rows.target)[draw.real].float()
    label = torch.zeros(2, 32, dtype=torch.long)
    probabilities = [torch.sigmoid(game.network(part, label)).detach() for part in (true, fake)]
    losses = game.play(0, 40)
    real, moved_p = probabilities
    assert torch.allclose(losses.critic, -(real.log().mean(1) + (1 - moved_p).log().mean(1)) / 2, atol=1e-6)
    assert torch.allclose(losses.generator.float(), -moved_p.log().mean(1), atol=1e-6)  # not the saturating log(1 − D)


def test_the_logit_of_a_trained_critic_is_a_logarithm_of_densities() -> None:
    """Rows x ~ N(0, 1) moved by a stretch e^s are N(0, e^{2s}): the best critic is log p − log q, a parabola."""
    x = np.random.default_rng(0).normal(size=(4000, 1))
    game = game_of(Samples(x, rep_x=Rep("V", n=1)), seeds=(0,), critic=Dense((32, 32)), law=Normal(1e-9), warm_up=0.0)
    stretch, generator = 0.5, torch.Generator().manual_seed(0)
    adam = torch.optim.Adam(game.network.parameters(), lr=5e-3)
    for _ in range(1500):
        real, moved = (torch.randn(1, 512, 1, generator=generator) * size for size in (1.0, math.exp(stretch)))
        logits = game.network(torch.cat([real, moved], 1), torch.zeros(1, 1024, dtype=torch.long))
        loss = (softplus(-logits[:, :512]) + softplus(logits[:, 512:])).mean()
        adam.zero_grad()
        torch.autograd.backward(loss)
        adam.step()
    grid = torch.linspace(-2, 2, 41)[None, :, None]
    truth = stretch - grid[..., 0] ** 2 / 2 * (1 - math.exp(-2 * stretch))
    assert float((game.network(grid, torch.zeros(1, 41, dtype=torch.long)) - truth).abs().mean().detach()) < 0.15


@pytest.mark.parametrize("whole", [False, True])
def test_u_counts_pairs(whole: bool) -> None:
    """Of all pairs those in which the real row has the larger logit, ties half."""
    generator = torch.Generator().manual_seed(0)
    real, moved = torch.randn(3, 17, generator=generator), torch.randn(3, 23, generator=generator)
    if whole:
        real, moved = real.round(), moved.round()
    pairs = (real[:, :, None] > moved[:, None]).double() + 0.5 * (real[:, :, None] == moved[:, None]).double()
    truth = (pairs.sum((1, 2)) - 17 * 23 / 2) / math.sqrt(17 * 23 * 41 / 12)
    assert torch.allclose(rank_statistic(real, moved), truth)
    ranks = rankdata(torch.cat([real, moved], 1).numpy(), axis=1)[:, :17].sum(1) - 17 * 18 / 2
    np.testing.assert_allclose(ranks, pairs.sum((1, 2)))


@pytest.mark.parametrize("order", [3, 4, 7])
def test_whole_multiples_of_a_step_are_powers(order: int) -> None:
    """z on the integer grid: exp(zL) = exp(L)^z, and the order brings every row back."""
    samples = plane(50)
    turn = 2 * math.pi / order * np.array([[0.0, -1.0], [1.0, 0.0]])
    search = search_of(samples, None)
    a = torch.from_numpy(turn.ravel() @ np.linalg.pinv(search.matrices.reshape(4, 4)))
    z = IntegerGrid().noise((1, 50, 1), torch.Generator().manual_seed(0))
    moved = action_of(samples, search).move(z * a, torch.from_numpy(samples.x)[None])[0]
    for row, power, found in zip(samples.x, z[0, :, 0].tolist(), moved, strict=True):
        np.testing.assert_allclose(found, np.linalg.matrix_power(expm(turn), int(power) % order) @ row, atol=1e-9)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_moved_rows_of_a_symmetric_law_have_the_same_law(n: int) -> None:
    """Rotations of normal rows: second moments and fourth moments stay within their errors."""
    x = np.random.default_rng(0).normal(size=(40_000, n))
    samples = Samples(x, rep_x=Rep("V", n=n))
    search = search_of(samples, so(n))
    a = torch.randn(1, 40_000, len(search.matrices), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    moved = action_of(samples, search).move(a, torch.from_numpy(x)[None])[0].numpy()
    np.testing.assert_allclose(moved.T @ moved / len(x), np.eye(n), atol=0.03)
    np.testing.assert_allclose((moved**4).mean(0), np.full(n, 3.0), atol=0.2)
    np.testing.assert_allclose((moved**2).sum(1), (x**2).sum(1), rtol=1e-9)
