"""One step of the game is one step written out plainly, and the rules hold after every step."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from physym.algebra import Rep
from physym.data import Samples
from physym.discovery.adversarial import (
    ChannelCosine,
    Coordinates,
    CosineSimilarity,
    Dense,
    GaussianMixture,
    GeneratorNorm,
    LearnableNormal,
    Normal,
    Optimisation,
)
from physym.discovery.adversarial.game import Game, Losses
from physym.discovery.adversarial.liegan import PUBLISHED
from tests.discovery.adversarial.games import QUICK, game_of, plane, watched

STEPS = 40


class Plain:
    """The recipe of the paper for one seed: three passes of the critic, one exponential per row, binary cross-entropy, two Adams."""

    def __init__(self, game: Game, seed: int, *, similarity: float, overlap: float) -> None:
        self.game, self.seed, self.similarity, self.overlap = game, seed, similarity, overlap
        how, layers = game.optimisation, []
        for grouped in game.network.layers.layers:  # type: ignore[union-attr]
            layer = nn.Linear(grouped.weight.shape[1], grouped.weight.shape[2])
            layer.weight.data, layer.bias.data = grouped.weight[seed].T.detach().clone(), grouped.bias[seed, 0].detach().clone()
            layers += [layer, nn.LeakyReLU(0.2)]
        self.critic = nn.Sequential(*layers[:-1])
        table = game.network.table
        self.embedding = None if table is None else nn.Embedding.from_pretrained(table[seed].detach().clone(), freeze=False)  # type: ignore[index]
        self.matrices = torch.tensordot(game.coefficients[seed], game.rules.matrices, 1).detach().clone().requires_grad_()
        self.generator_adam = torch.optim.Adam([self.matrices], lr=how.rate, betas=how.betas)
        judged = [*self.critic.parameters(), *(self.embedding.parameters() if self.embedding else [])]
        self.critic_adam = torch.optim.Adam(judged, lr=how.critic_rate, betas=how.critic_betas)

    def logits(self, x: Tensor, y: Tensor, label: Tensor) -> Tensor:
        seen = torch.cat([x, y], 1).float()
        return self.critic(torch.cat([seen, self.embedding(label)], 1) if self.embedding else seen)[:, 0]

    def step(self, number: int) -> tuple[float, float]:
        draw, rows = self.game.draws.at(number), self.game.rules.rows
        place = draw.moved[self.seed]
        x, y, label = rows.moving[place], rows.target[place], rows.label[place]
        z = self.game.rules.law.coefficients(draw.noise, {})[self.seed]
        g = torch.stack([torch.matrix_exp((one[:, None, None] * self.matrices).sum(0)) for one in z])
        moved = torch.stack([element @ row for element, row in zip(g, x, strict=True)])
        bce, one, zero = nn.BCEWithLogitsLoss(), torch.ones(len(x)), torch.zeros(len(x))
        self.generator_adam.zero_grad()
        generator = bce(self.logits(moved, y, label), one)
        generator = generator + self.similarity * nn.functional.cosine_similarity(moved, x, dim=1).mean().abs()
        for i in range(len(self.matrices)):
            for j in range(i):
                pair = self.matrices[i].flatten(), self.matrices[j].flatten()
                generator = generator + self.overlap * nn.functional.cosine_similarity(*pair, dim=0).abs()
        generator.backward()
        self.generator_adam.step()
        self.critic_adam.zero_grad()
        critic = (bce(self.logits(x, y, label), one) + bce(self.logits(moved.detach(), y, label), zero)) / 2
        critic.backward()
        self.critic_adam.step()
        return float(generator.detach()), float(critic.detach())


def published(samples: Samples, *, channels: int, faster: float = 1.0) -> Game:
    how = replace(PUBLISHED, epochs=0, steps=STEPS, batch=16, rate=faster * PUBLISHED.rate, critic_rate=faster * PUBLISHED.critic_rate)
    return game_of(
        samples,
        how=how,
        critic=Dense((16, 16), embedding=3),
        seeds=(4, 7),
        features=Coordinates(scaled=False),
        law=Normal(0.5),
        channels=channels,
        constraint="free",
        one_channel=False,
        warm_up=0.0,
        penalties=(CosineSimilarity(0.7), ChannelCosine(0.3)),
    )


@pytest.mark.parametrize("labels", [False, True])
@pytest.mark.parametrize(("n", "channels"), [(2, 1), (3, 2)])
@pytest.mark.parametrize("faster", [1.0, 10.0])
def test_a_step_is_the_step_of_the_paper(n: int, channels: int, labels: bool, faster: float) -> None:
    game = published(plane(n=n, labels=labels), channels=channels, faster=faster)
    plain = [Plain(game, seed, similarity=0.7, overlap=0.3) for seed in range(2)]
    for step in range(STEPS):
        losses = game.play(step, STEPS)
        for seed, one in enumerate(plain):
            generator, critic = one.step(step)
            assert float(losses.generator[seed]) == pytest.approx(generator, abs=1e-5)
            assert float(losses.critic[seed]) == pytest.approx(critic, abs=1e-5)
    matrices = torch.tensordot(game.coefficients.detach(), game.rules.matrices, 1)
    for seed, one in enumerate(plain):
        assert torch.allclose(matrices[seed], one.matrices.detach(), atol=1e-4)
        for layer, grouped in zip(one.critic[::2], game.network.layers.layers, strict=True):  # type: ignore[union-attr, arg-type]
            assert torch.allclose(layer.weight, grouped.weight[seed].T, atol=1e-4)


def test_another_weight_is_another_step() -> None:
    """The checker itself: the recipe with half the regulariser drifts away."""
    game = published(plane(), channels=1)
    plain = Plain(game, 0, similarity=0.35, overlap=0.3)
    ours = [float(game.play(step, STEPS).generator[0]) for step in range(STEPS)]
    assert max(abs(a - plain.step(step)[0]) for step, a in enumerate(ours)) > 1e-2


@pytest.mark.parametrize("shift", [0.0, -20.0, -60.0, -120.0, 60.0])
def test_one_backward_pass_serves_both_even_where_the_critic_is_saturated(shift: float) -> None:
    """The generator's gradient is recovered from the critic's, whose weight of a moved row is e⁻⁶⁰ there, by the ratio of the two."""
    game = game_of(how=replace(QUICK, clip=0.0), channels=2, one_channel=False, law=LearnableNormal(0.4))
    with torch.no_grad():
        game.network.layers.layers[-1].bias += shift  # type: ignore[union-attr, operator]
    draw, rules = game.draws.at(0), game.rules
    before = rules.rows.moving[draw.moved]
    fake = rules.features(rules.action.move(game.elements(draw.noise, 0, 40), before), rules.rows.target[draw.moved])
    logits = game.network(fake.float(), rules.rows.label[draw.moved])
    parameters = list(game.generator.parameters.values())
    truth = torch.autograd.grad(softplus(-logits).mean(1).sum(), parameters)
    judged = list(game.judge.parameters.values())
    seen = game.network(
        torch.cat([rules.features(rules.rows.moving, rules.rows.target)[draw.real], fake.detach()], 1).float(), torch.zeros(2, 64)
    )
    real, moved = seen.chunk(2, 1)
    critic = torch.autograd.grad(((softplus(-real) + softplus(moved)).mean(1) / 2).sum(), judged)
    generator, judge = watched(game.generator), watched(game.judge)
    game.play(0, 40)
    for one, found in zip(truth, generator[0], strict=True):
        assert bool(one.any()) or shift == 60.0  # where the critic is fooled entirely nothing is left to gain
        assert torch.allclose(found, one, rtol=1e-4, atol=1e-9)
    for one, found in zip(critic, judge[0], strict=True):
        assert torch.allclose(found, one, rtol=1e-4, atol=1e-7)


def play(game: Game, steps: int = STEPS) -> list[Losses]:
    return [game.play(step, steps) for step in range(steps)]


@pytest.mark.parametrize("paired", [False, True])
def test_a_seed_does_not_know_of_the_others(paired: bool) -> None:
    how = replace(QUICK, paired=paired)
    alone, among = (game_of(how=how, seeds=seeds, channels=2) for seeds in ((3,), (2, 3, 4)))
    for one, all_of_them in zip(play(alone), play(among), strict=True):
        assert torch.allclose(one.generator[0], all_of_them.generator[1], atol=1e-5)
        assert torch.allclose(one.critic[0], all_of_them.critic[1], atol=1e-5)
    assert torch.allclose(alone.coefficients[0], among.coefficients[1], atol=1e-6)
    assert torch.allclose(alone.average[0], among.average[1], atol=1e-6)
    assert not torch.allclose(among.coefficients[0], among.coefficients[1], atol=1e-2)


@pytest.mark.parametrize("channels", [1, 3, 9])
def test_generators_are_orthonormal_after_every_step(channels: int) -> None:
    game = game_of(plane(n=3), channels=channels)
    for step in range(15):
        game.play(step, 15)
        gram = game.coefficients @ game.coefficients.transpose(1, 2)
        assert torch.allclose(gram, 3 * torch.eye(channels, dtype=torch.float64).expand_as(gram), atol=1e-12)  # length √3


def test_generators_of_fixed_length_may_overlap() -> None:
    game = game_of(plane(n=3), channels=3, constraint="unit")
    play(game, 15)
    assert torch.allclose(game.coefficients.norm(dim=-1), torch.full((2, 3), math.sqrt(3), dtype=torch.float64))
    gram = game.coefficients @ game.coefficients.transpose(1, 2)
    assert float((gram - gram.diagonal(dim1=1, dim2=2).diag_embed()).detach().abs().max()) > 1e-3


def test_free_generators_change_their_length() -> None:
    game = game_of(constraint="free")
    first = game.coefficients.detach().norm(dim=-1)
    play(game)
    assert not torch.allclose(game.coefficients.norm(dim=-1), first, atol=1e-3)


def test_the_projection_keeps_what_is_allowed_and_the_span() -> None:
    game = game_of(plane(n=3), channels=3)
    free = torch.randn(2, 3, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    once = game.projected(free)
    assert torch.allclose(game.projected(once), once)
    # the first generator keeps its direction and its sign, and all of them their span
    assert torch.allclose(once[:, 0] / math.sqrt(3), torch.nn.functional.normalize(free[:, 0], dim=-1))
    assert torch.linalg.matrix_rank(torch.cat([once, free], 1)).tolist() == [3, 3]


def test_incremental_generators_stay_when_their_turn_is_over() -> None:
    total, game = 60, game_of(plane(n=3), channels=3, incremental=True, how=replace(QUICK, average=0.9))
    history = []
    for step in range(total):
        game.play(step, total)
        history.append(game.coefficients.detach().clone())
    for done in (1, 2):
        later = torch.stack([one[:, :done] for one in history[20 * done :]])
        assert float((later - later[:1]).abs().max()) < 1e-6
        assert float((history[20 * done][:, done] - history[20 * (done + 1) - 1][:, done]).norm(dim=-1).min()) > 1e-3  # the next one moves
    gram = history[-1] @ history[-1].transpose(1, 2)
    assert torch.allclose(gram, 3 * torch.eye(3, dtype=torch.float64).expand_as(gram), atol=1e-9)
    assert [game.newest(step, total) for step in (0, 19, 20, 40, 59)] == [0, 0, 1, 2, 2]


def test_incremental_elements_move_along_the_newest_generator_only() -> None:
    game = game_of(plane(n=3), channels=3, incremental=True, warm_up=0.0)
    found = game.elements(game.draws.at(0).noise, 30, 60).detach()
    unit = game.coefficients[:, 1:2].detach() / math.sqrt(3)
    assert torch.allclose(found, (found * unit).sum(-1, keepdim=True) * unit)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_one_channel_moves_along_one_generator_in_turn(channels: int) -> None:
    game = game_of(plane(n=3), channels=channels, warm_up=0.0)
    z = game.elements(game.draws.at(0).noise, 0, 10).detach() @ game.coefficients.detach().transpose(1, 2) / 3
    for row in range(z.shape[1]):
        along = z[:, row].abs() > 1e-9
        assert along.sum(1).tolist() == [1, 1]
        assert bool(along[:, row % channels].all())
    assert torch.allclose(
        z.gather(2, (torch.arange(32) % channels).expand(2, 32)[..., None])[..., 0].std(), torch.tensor(0.4).double(), rtol=0.3
    )


def test_all_channels_at_once_where_that_is_asked() -> None:
    game = game_of(plane(n=3), channels=3, one_channel=False, warm_up=0.0)
    noise = game.draws.at(0).noise
    assert torch.allclose(game.elements(noise, 0, 10), 0.4 * noise @ game.coefficients)


def test_the_spread_grows_from_small_to_full() -> None:
    game = game_of(warm_up=0.5, first_spread=0.01)
    noise = game.draws.at(0).noise
    full = (0.4 * noise @ game.coefficients).norm()
    shares = [float((game.elements(noise, step, 100).norm() / full).detach()) for step in (0, 25, 50, 99)]
    assert shares == pytest.approx([0.01, 0.1, 1.0, 1.0])


@pytest.mark.parametrize("law", [LearnableNormal(0.3), GaussianMixture(peaks=3, reach=0.5, width=0.1)])
def test_a_learned_law_learns(law: LearnableNormal | GaussianMixture) -> None:
    game = game_of(law=law, one_channel=False, channels=2)
    first = {name: value.detach().clone() for name, value in game.learned.items()}
    play(game)
    assert set(first) == set(law.parameters(1, 1))
    assert all(not torch.allclose(first[name], value) for name, value in game.learned.items())


def test_a_penalty_is_part_of_the_loss_and_of_the_gradient() -> None:
    """A reward for length makes free generators grow; its value is added to the loss."""
    plain, longer = (game_of(constraint="free", penalties=penalties) for penalties in ((), (GeneratorNorm(5.0),)))
    one, two = plain.play(0, 40), longer.play(0, 40)
    length = torch.tensordot(game_of(constraint="free").coefficients.detach(), plain.rules.matrices, 1).flatten(2).norm(dim=-1).sum(1)
    assert torch.allclose(two.generator, one.generator - 5 * length, atol=1e-6)
    play(longer)
    assert bool((longer.coefficients.norm(dim=-1) > plain.coefficients.norm(dim=-1)).all())


def test_the_average_runs_behind() -> None:
    how = replace(QUICK, average=0.8)
    game, truth = game_of(how=how), None
    truth = game.coefficients.detach().clone()
    for step in range(10):
        game.play(step, 10)
        truth = 0.8 * truth + 0.2 * game.coefficients.detach()
    assert torch.allclose(game.average, truth)
    last = game_of(how=replace(QUICK, average=0.0))
    last.play(0, 10)
    assert torch.equal(last.average, last.coefficients)


@pytest.mark.parametrize(
    "settings", [{}, {"law": LearnableNormal(), "channels": 2}, {"constraint": "free", "penalties": (CosineSimilarity(),)}]
)
def test_a_restored_game_goes_on_bit_for_bit(settings: dict[str, object]) -> None:
    through, first, second = (game_of(**settings) for _ in range(3))  # type: ignore[arg-type]
    play(through)
    for step in range(17):
        first.play(step, STEPS)
    second.restore({name: value.clone() for name, value in first.state().items()})
    for step in range(17, STEPS):
        second.play(step, STEPS)
    assert torch.equal(through.coefficients, second.coefficients)
    assert torch.equal(through.average, second.average)
    assert all(torch.equal(a, b) for a, b in zip(through.network.parameters(), second.network.parameters(), strict=True))
    assert set(through.state()) == set(second.state())


def test_a_given_start_is_where_it_starts() -> None:
    start = torch.tensor([[[0.0, -1.0, 1.0, 0.0]], [[1.0, 0.0, 0.0, 1.0]]], dtype=torch.float64)
    game = game_of()
    started = Game(game.rules, QUICK, Dense((8,)), (0, 1), start)
    assert torch.allclose(started.coefficients, start)  # of length √2 already


def test_the_critic_in_half_precision_leaves_the_geometry_alone() -> None:
    whole, half = (Game(game_of().rules, QUICK, Dense((8,)), (0,), precision=precision) for precision in ("float32", "bfloat16"))
    one, two = whole.play(0, 40), half.play(0, 40)
    assert half.coefficients.dtype == torch.float64
    assert torch.allclose(one.critic, two.critic, atol=0.05)
    assert not torch.equal(one.critic, two.critic)
    play(half, 5)
    assert bool(torch.isfinite(half.coefficients).all())


def test_fewer_rows_than_a_batch_are_one_batch() -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    game = game_of(Samples(x, rep_x=Rep("V", n=2)), how=Optimisation(steps=3, batch=1000))
    assert game.draws.at(0).moved.shape == (2, 42)  # 8 of 50 rows are held out
    assert bool(torch.isfinite(game.play(0, 3).critic).all())
