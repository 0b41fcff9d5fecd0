"""Laws of the adversarial engine for random data, algebras and seeds."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from physym.algebra import LieAlgebra, Rep, dilation, extend, se, sl, so, sp, su
from physym.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from physym.data import Samples
from physym.discovery.adversarial import Coordinates, CosineSimilarity, Dense, LogSpectrum, Normal, finite_step
from physym.discovery.adversarial.actions import action_of
from physym.discovery.adversarial.base import Move
from physym.discovery.adversarial.draws import Draws
from physym.discovery.adversarial.exponential import matrix_exponential
from physym.discovery.adversarial.two_sample import rank_statistic
from physym.discovery.runs import trustworthy
from physym.discovery.spectral.search import search_of
from tests.discovery.adversarial.games import QUICK, game_of, plane, watched

SEEDS = st.integers(0, 10_000)
ALGEBRAS = (so(2), so(3), so(4), so(1, 3), so(2, 2), sl(2), sl(3), sp(4), su(2), se(2), se(3), extend(so(1, 3), dilation(4)))


def tensor(*shape: int, seed: int, size: float = 1.0) -> Tensor:
    return size * torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def real(algebra: LieAlgebra) -> Tensor:
    """The generators as real matrices."""
    return torch.from_numpy(np.ascontiguousarray(algebra.basis.real))


@settings(max_examples=30)
@given(SEEDS, st.sampled_from(ALGEBRAS), st.floats(1e-6, 2.0))
def test_exponentials_are_a_one_parameter_group(seed: int, algebra: LieAlgebra, size: float) -> None:
    element = torch.tensordot(tensor(4, algebra.dimension, seed=seed, size=size), real(algebra), 1)
    s, t = 0.3, -1.2
    together = matrix_exponential((s + t) * element)
    assert torch.allclose(matrix_exponential(s * element) @ matrix_exponential(t * element), together, rtol=1e-8, atol=1e-8)
    assert torch.allclose(matrix_exponential(element), torch.matrix_exp(element), rtol=1e-9, atol=1e-9)


@settings(max_examples=30)
@given(SEEDS, st.sampled_from([(3, 0), (4, 0), (1, 3), (2, 2), (1, 2)]), st.floats(0.01, 1.5))
def test_elements_of_an_orthogonal_group_keep_its_form(seed: int, signature: tuple[int, int], size: float) -> None:
    plus, minus = signature
    algebra = so(plus, minus) if minus else so(plus)
    form = torch.from_numpy(np.diag([1.0] * plus + [-1.0] * minus))
    g = matrix_exponential(torch.tensordot(tensor(5, algebra.dimension, seed=seed, size=size), real(algebra), 1))
    scale = float(g.abs().max()) ** 2
    assert float((g.transpose(1, 2) @ form @ g - form).abs().max()) < 1e-10 * scale
    broken = g + 0.1
    assert float((broken.transpose(1, 2) @ form @ broken - form).abs().max()) > 1e-3  # the checker itself


@settings(max_examples=25)
@given(SEEDS, st.sampled_from(["V", "2V + S", "V^2", "V + V*", "V^2 + 2V"]), st.integers(2, 3))
def test_actions_are_actions_of_the_group(seed: int, text: str, n: int) -> None:
    rep = Rep(text, n=n)
    samples = Samples(np.random.default_rng(seed).normal(size=(4, rep.dim)), rep_x=rep)
    action = action_of(samples, search_of(samples, None))
    a, rows = tensor(1, 4, n * n, seed=seed, size=0.4), torch.from_numpy(samples.x)[None]
    assert torch.allclose(action.move(a, action.move(-a, rows)), rows, atol=1e-9)
    assert torch.allclose(action.move(a, 2 * rows), 2 * action.move(a, rows), atol=1e-9)
    derivative = (action.move(1e-6 * a, rows) - action.move(-1e-6 * a, rows))[0] / 2e-6
    drho = rep.drho(np.einsum("bk,kij->bij", a[0].numpy(), search_of(samples, None).matrices))
    np.testing.assert_allclose(derivative, np.einsum("bij,bj->bi", drho, samples.x), atol=1e-6)


@settings(max_examples=15)
@given(SEEDS)
def test_the_first_step_of_a_turned_game_is_the_turned_first_step(seed: int) -> None:
    """Rows, generators and the first layer of the critic turned by one matrix: the losses and gradients stay."""
    frame = torch.linalg.qr(tensor(3, 3, seed=seed))[0]
    rep = Rep("V", n=3)
    samples = replace(plane(100, n=3, seed=seed), x=plane(100, n=3, seed=seed).x)
    turned = replace(samples, x=samples.x @ frame.numpy().T)
    assert turned.rep_x == rep
    how = replace(QUICK, clip=0.0)
    here, there = (game_of(one, how=how, seeds=(seed,), features=Coordinates(scaled=False), warm_up=0.0) for one in (samples, turned))
    basis = here.rules.matrices
    with torch.no_grad():
        moved = torch.einsum("ab,skbc,dc->skad", frame, torch.tensordot(here.coefficients, basis, 1), frame)
        there.coefficients.copy_(torch.einsum("skad,tad->skt", moved, basis))
        first, other = here.network.layers.layers[0], there.network.layers.layers[0]  # type: ignore[union-attr, index]
        other.weight[:, :3] = frame.float() @ first.weight[:, :3]  # type: ignore[operator, index]
    gradients = [watched(game.generator) for game in (here, there)]
    one, two = here.play(0, 40), there.play(0, 40)
    assert torch.allclose(one.generator, two.generator, atol=1e-5)
    assert torch.allclose(one.critic, two.critic, atol=1e-5)
    first, other = (torch.tensordot(seen[0][0], basis, 1) for seen in gradients)
    assert torch.allclose(torch.einsum("ab,skbc,dc->skad", frame, first, frame), other, atol=1e-5)


@settings(max_examples=10)
@given(st.permutations([0, 1, 2, 3]))
def test_the_order_of_the_seeds_does_not_matter(order: list[int]) -> None:
    here, there = game_of(seeds=(5, 6, 7, 8)), game_of(seeds=tuple(5 + place for place in order))
    for step in range(5):
        one, two = here.play(step, 5), there.play(step, 5)
        assert torch.allclose(one.generator[order], two.generator, atol=1e-6)
    assert torch.allclose(here.coefficients[order], there.coefficients, atol=1e-7)


@settings(max_examples=25)
@given(SEEDS, st.integers(1, 4), st.sampled_from(["orthonormal", "unit"]))
def test_projections_are_projections(seed: int, channels: int, constraint: str) -> None:
    game = game_of(plane(60, n=3), channels=channels, constraint=constraint)
    free = tensor(2, channels, 9, seed=seed)
    once = game.projected(free)
    assert torch.allclose(game.projected(once), once, atol=1e-12)
    assert torch.allclose(once.norm(dim=-1), torch.full((2, channels), 3**0.5, dtype=torch.float64))
    assert torch.allclose(game.projected(7 * free), once)  # the scale does not matter
    assert bool(((once * free).sum(-1) > 0).all())  # nor is a sign turned


@settings(max_examples=30)
@given(SEEDS, st.integers(2, 40), st.integers(2, 40))
def test_ranks_know_only_the_order(seed: int, h: int, j: int) -> None:
    a, b = tensor(2, h, seed=seed), tensor(2, j, seed=seed + 1)
    found = rank_statistic(a, b)
    assert torch.equal(found, rank_statistic(a**3 + 5, b**3 + 5))
    assert torch.equal(found, rank_statistic(a.flip(1), b[:, torch.randperm(j, generator=torch.Generator().manual_seed(seed))]))
    assert torch.allclose(found, -rank_statistic(b, a))
    largest = (h * j / 2) / (h * j * (h + j + 1) / 12) ** 0.5
    assert float(found.abs().max()) <= largest + 1e-12
    assert torch.allclose(rank_statistic(a + 100, b), torch.full((2,), largest, dtype=torch.float64))


@settings(max_examples=20)
@given(SEEDS, st.integers(0, 5000), st.integers(2, 60), st.integers(2, 60))
def test_draws_depend_on_seed_and_step_alone(seed: int, step: int, rows: int, batch: int) -> None:
    size = min(rows, batch)
    one, two = (Draws((seed, seed + 1), torch.arange(rows), size, 1, Normal()).at(step) for _ in range(2))
    assert torch.equal(one.moved, two.moved)
    assert torch.equal(one.noise, two.noise)
    for drawn in (*one.moved, *one.real):
        assert len(set(drawn.tolist())) == size  # no row twice in a batch


@settings(max_examples=25)
@given(SEEDS, st.floats(-3, 3))
def test_similarities_are_between_zero_and_their_weight(seed: int, weight: float) -> None:
    before, after = tensor(2, 5, 16, seed=seed), tensor(2, 5, 16, seed=seed + 1)
    for penalty in (CosineSimilarity(abs(weight)), LogSpectrum(abs(weight))):
        value = penalty(Move(torch.zeros(2, 1, 3, 3), before, after, (4, 4)))
        assert bool(((value >= 0) & (value <= abs(weight) + 1e-12)).all())
        same = penalty(Move(torch.zeros(2, 1, 3, 3), before, before, (4, 4)))
        assert torch.allclose(same, torch.full((2,), abs(weight), dtype=torch.float64))


@settings(max_examples=30)
@given(SEEDS, st.integers(2, 12), st.integers(2, 4))
def test_finite_steps_commute_with_changes_of_the_basis(seed: int, order: int, n: int) -> None:
    angle, g = 2 * np.pi / order, np.eye(n)
    g[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    frame = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]
    found = finite_step(frame @ g @ frame.T)
    assert found is not None
    assert found.order == order
    np.testing.assert_allclose(found.matrix, frame @ g @ frame.T, atol=1e-9)


@settings(max_examples=25)
@given(SEEDS, st.integers(3, 8), st.integers(1, 3))
def test_which_runs_count_does_not_depend_on_the_basis_or_the_order(seed: int, count: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    spans = np.linalg.qr(rng.normal(size=(count, 9, k)))[0].transpose(0, 2, 1)
    mixed = np.linalg.qr(rng.normal(size=(count, k, k)))[0] @ spans
    turn = np.linalg.qr(rng.normal(size=(9, 9)))[0]
    statistic = rng.normal(size=count)
    kept = trustworthy(spans.reshape(count, k, 3, 3), statistic)
    assert kept.any()
    assert np.array_equal(trustworthy(mixed.reshape(count, k, 3, 3), statistic), kept)
    assert np.array_equal(trustworthy((spans @ turn).reshape(count, k, 3, 3), statistic), kept)
    order = rng.permutation(count)
    assert np.array_equal(trustworthy(spans[order].reshape(count, k, 3, 3), statistic[order]), kept[order])


@settings(max_examples=25)
@given(SEEDS, st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=5), st.integers(0, 10**12), st.text(max_size=20))
def test_checkpoints_give_back_what_they_were_given(seed: int, shapes: list[tuple[int, int]], step: int, fingerprint: str) -> None:
    tensors = {f"tensor.{number}/x": tensor(*shape, seed=seed + number) for number, shape in enumerate(shapes)}
    with tempfile.TemporaryDirectory() as folder:
        path = save_checkpoint(Path(folder) / "a", Checkpoint(tensors, step, fingerprint))
        found = load_checkpoint(path, fingerprint=fingerprint)
    assert found.step == step
    assert set(found.tensors) == set(tensors)
    assert all(torch.equal(found.tensors[name], value) for name, value in tensors.items())


@settings(max_examples=15)
@given(SEEDS, st.integers(1, 3), st.integers(1, 4))
def test_grouped_networks_are_linear_in_the_seed_axis(seed: int, seeds: int, classes: int) -> None:
    """Two halves of the seeds give the two halves of the logits."""
    generators = [torch.Generator().manual_seed(seed + place) for place in range(2 * seeds)]
    whole = Dense((6,)).build(3, classes, generators)
    x = torch.randn(2 * seeds, 4, 3, generator=torch.Generator().manual_seed(seed))
    label = torch.randint(0, classes, (2 * seeds, 4), generator=torch.Generator().manual_seed(seed))
    for half in (slice(0, seeds), slice(seeds, None)):
        places = range(2 * seeds)[half]
        part = Dense((6,)).build(3, classes, [torch.Generator().manual_seed(seed + place) for place in places])
        assert torch.allclose(part(x[half], label[half]), whole(x, label)[half], atol=1e-6)
