"""The held-out statistic against SciPy's, and whether it tells what it should."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import kstest, mannwhitneyu
from torch import Tensor

from physym.discovery.adversarial import Normal
from physym.discovery.adversarial.two_sample import rank_statistic
from tests.discovery.adversarial.games import game_of, plane

TURN = torch.tensor([0.0, -1.0, 1.0, 0.0], dtype=torch.float64)
STRETCH = torch.tensor([1.0, 0.0, 0.0, -1.0], dtype=torch.float64)


def drawn(h: int, j: int, *, whole: int = 0, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Two samples for three seeds; ``whole``: many ties among so many values."""
    rng = np.random.default_rng(seed)
    real, moved = rng.normal(0.3, 1, size=(3, h)), rng.normal(size=(3, j))
    if whole:
        real, moved = np.round(whole * real) / whole, np.round(whole * moved) / whole
    return torch.from_numpy(real), torch.from_numpy(moved)


@pytest.mark.parametrize(("h", "j"), [(5, 5), (20, 31), (200, 100), (1, 7)])
@pytest.mark.parametrize("whole", [0, 1, 4])
def test_it_is_u_of_mann_and_whitney(h: int, j: int, whole: int) -> None:
    real, moved = drawn(h, j, whole=whole)
    for found, one, two in zip(rank_statistic(real, moved), real, moved, strict=True):
        u = mannwhitneyu(one.numpy(), two.numpy()).statistic
        assert float(found) == pytest.approx((u - h * j / 2) / math.sqrt(h * j * (h + j + 1) / 12), abs=1e-12)


def test_it_is_the_normal_approximation_of_scipy_without_ties() -> None:
    real, moved = drawn(40, 50)
    for found, one, two in zip(rank_statistic(real, moved), real, moved, strict=True):
        p = mannwhitneyu(one.numpy(), two.numpy(), alternative="greater", method="asymptotic", use_continuity=False).pvalue
        assert 0.5 * math.erfc(float(found) / math.sqrt(2)) == pytest.approx(p, rel=1e-9)


def test_equal_logits_say_nothing() -> None:
    """A saturated critic gives ties only."""
    assert rank_statistic(torch.zeros(2, 30), torch.zeros(2, 40)).tolist() == [0.0, 0.0]


def test_it_changes_its_sign_with_the_samples_and_not_with_a_monotonic_map() -> None:
    real, moved = drawn(30, 30)
    assert torch.allclose(rank_statistic(real, moved), -rank_statistic(moved, real))
    assert torch.equal(rank_statistic(real, moved), rank_statistic(real.exp(), moved.exp()))
    assert torch.equal(rank_statistic(real.float(), moved.float()), rank_statistic(real.float().double(), moved.float().double()))


@pytest.mark.parametrize(("h", "j"), [(30, 30), (10, 60)])
def test_without_a_difference_it_is_standard_normal(h: int, j: int) -> None:
    generator = torch.Generator().manual_seed(0)
    found = rank_statistic(torch.randn(4000, h, generator=generator), torch.randn(4000, j, generator=generator)).numpy()
    assert kstest(found, "norm").pvalue > 1e-3
    assert np.std(found) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("shift", [0.5, 1.0, 3.0])
def test_it_grows_with_the_difference(shift: float) -> None:
    generator = torch.Generator().manual_seed(0)
    real, moved = (torch.randn(200, 50, generator=generator) for _ in range(2))
    found = rank_statistic(real + shift, moved)
    assert float(found.mean()) > 5 * shift - 1 if shift < 3 else float(found.min()) > 7
    assert kstest(found.numpy(), "norm").pvalue < 1e-6  # the checker of the test above


def test_a_trained_critic_tells_a_stretch_and_not_a_turn() -> None:
    game = game_of(plane(2000), seeds=(0,), law=Normal(1.0), warm_up=0.0)
    for step in range(150):
        with torch.no_grad():
            game.coefficients.copy_(STRETCH.expand(1, 1, 4))  # the generator is held where it is wrong
        game.play(step, 200)
    told, not_told = (rank_statistic(*game.held_out_logits(one.expand(1, 1, 4))) for one in (STRETCH, TURN))
    assert float(told) > 6
    assert abs(float(not_told)) < 4


def test_logits_are_those_of_held_out_rows_at_full_spread() -> None:
    game = game_of(plane(400), channels=2, warm_up=1.0, first_spread=0.01)
    coefficients = game.coefficients.detach()
    real, moved = game.held_out_logits(coefficients)
    held = game.rules.rows.held
    assert real.shape[1] + moved.shape[1] == len(held)
    nowhere = game.held_out_logits(1e-9 * coefficients)[1]
    x = game.rules.features(game.rules.rows.moving[held[1::2]], game.rules.rows.target[held[1::2]]).float()
    assert torch.allclose(nowhere[0], game.network(x.expand(2, -1, -1), torch.zeros(2, len(x), dtype=torch.long))[0], atol=1e-5)
    assert not torch.allclose(nowhere, moved, atol=1e-3)  # the spread does not follow the warm-up
    assert not moved.requires_grad


def test_the_same_elements_are_drawn_at_every_check() -> None:
    game = game_of(channels=2)
    one, two = (game.held_out_logits(game.coefficients.detach()) for _ in range(2))
    assert torch.equal(one[1], two[1])
    alone = game_of(channels=2, seeds=(1,))
    assert torch.allclose(alone.held_out_logits(alone.coefficients.detach())[1][0], one[1][1], atol=1e-6)
