"""Networks averaged over random elements are equivariant to first principles, and their loss is that of the paper."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from physym.algebra import LieAlgebra, Rep, so
from physym.data import Samples
from physym.discovery.adversarial import LearnableUniform, Optimisation
from physym.discovery.adversarial.augmented import Augmented, Question, fit_augmented
from physym.discovery.adversarial.posing import problem_of
from physym.discovery.adversarial.problem import Problem
from physym.errors import DiscoveryFailed
from physym.progress import silent

QUICK = Optimisation(steps=30, batch=16, rate=1e-2, critic_rate=5e-3, average=0.0)
TURN = np.array([[0.0, -1.0], [1.0, 0.0]])


def rows_of(count: int = 200, *, moving: bool = False, labels: bool = False) -> Samples:
    """y = |x|², whether it is large, or x turned by a quarter."""
    x = np.random.default_rng(0).normal(size=(count, 2))
    if moving:
        return Samples(x, rep_x=Rep("V", n=2), y=x @ TURN.T, rep_y=Rep("V", n=2))
    y = (x**2).sum(1)
    return Samples(x, rep_x=Rep("V", n=2), y=np.digitize(y, [1.0, 2.0]) if labels else y)


def model_of(
    samples: Samples, *, given: bool = True, channels: int = 1, seeds: tuple[int, ...] = (0, 1), weight: float = 0.01, width: float = 0.3
) -> tuple[Augmented, Problem]:
    """A model at its start, along rotations or along generators to be learned."""
    problem = problem_of(samples, None, seed=0, device="cpu")
    flat = torch.from_numpy(TURN.reshape(1, 4) @ np.linalg.pinv(problem.search.matrices.reshape(4, 4)))
    law = LearnableUniform(width)
    question = Question(problem.rows, problem.action, flat if given else None, channels, math.sqrt(2), law, weight, math.pi)
    return Augmented(question, (16,), QUICK, seeds), problem


# --- outputs ---


def plain(model: Augmented, x: np.ndarray) -> np.ndarray:
    """f(x) of every seed, with nothing moved."""
    rows = torch.from_numpy(np.concatenate([x, np.zeros((len(x), model.question.rows.moving.shape[1] - 2))], axis=1))
    still = torch.zeros(len(model.seeds), len(x), model.question.channels, dtype=torch.float64)
    return model.outputs(rows.expand(len(model.seeds), -1, -1), still).detach().numpy()


def test_a_row_is_moved_before_the_network_sees_it() -> None:
    model, _ = model_of(rows_of())
    x = np.random.default_rng(1).normal(size=(5, 2))
    noise = 2 * torch.rand(2, 5, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 1
    seen = model.outputs(torch.from_numpy(x).expand(2, -1, -1), noise).detach().numpy()
    for seed in range(2):
        moved = np.stack([expm(0.3 * float(noise[seed, i, 0]) * TURN) @ x[i] for i in range(5)])
        assert np.allclose(seen[seed], plain(model, moved)[seed], atol=1e-5)


def test_a_target_that_moves_is_moved_back() -> None:
    model, problem = model_of(rows_of(moving=True))
    noise = 2 * torch.rand(2, 5, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 1
    rows = problem.rows.moving[:5]
    seen = model.outputs(rows.expand(2, -1, -1), noise).detach().numpy()
    for seed in range(2):
        for i in range(5):
            g = expm(0.3 * float(noise[seed, i, 0]) * TURN)
            back = np.linalg.inv(g) @ rows[i, :2].numpy()
            assert np.allclose(seen[seed, i], g @ plain(model, back[None])[seed, 0], atol=1e-5)


@pytest.mark.parametrize("moving", [False, True])
def test_averaged_over_the_whole_group_the_network_is_equivariant(moving: bool) -> None:
    model, _ = model_of(rows_of(moving=moving), seeds=(0,), width=math.pi)
    many = 24
    noise = torch.linspace(-1, 1, many + 1, dtype=torch.float64)[:-1, None, None]

    def mean(x: np.ndarray) -> np.ndarray:
        row = torch.from_numpy(np.concatenate([x, 0 * x]) if moving else x)
        return np.asarray(torch.stack([model.outputs(row[None, None], one[None]) for one in noise]).mean(0).detach()[0, 0])

    x, g = np.array([0.7, -1.2]), expm(2 * math.pi * 5 / many * TURN)
    there = mean(g @ x)
    assert np.allclose(there, g @ mean(x) if moving else mean(x), atol=1e-4)
    skew = expm(0.4 * np.array([[0.0, 1.0], [1.0, 0.0]]))
    assert not np.allclose(mean(skew @ x), skew @ mean(x) if moving else mean(x), atol=1e-4)  # the test of the test


# --- loss ---


def test_the_loss_is_the_squared_error_in_units_of_the_spread() -> None:
    model, problem = model_of(rows_of())
    index = torch.arange(10).expand(2, -1)
    y = problem.rows.target[index]
    assert model.error(y, index).tolist() == [0.0, 0.0]
    spread = float(problem.rows.target[problem.rows.kept].std(correction=0))
    assert model.error(y + 2 * spread, index).tolist() == pytest.approx([4.0, 4.0])


def test_the_loss_of_labels_is_the_cross_entropy() -> None:
    model, problem = model_of(rows_of(labels=True))
    index = torch.arange(10).expand(2, -1)
    assert model.question.outputs == 3
    assert model.error(torch.zeros(2, 10, 3), index).tolist() == pytest.approx([math.log(3)] * 2)
    sure = 50.0 * torch.nn.functional.one_hot(problem.rows.label[index], 3).double()
    assert float(model.error(sure, index).max()) < 1e-6


def test_the_regulariser_is_minus_the_norm_of_the_widths() -> None:
    for weight in (0.0, 0.5):
        model, _ = model_of(rows_of(), weight=weight)
        assert model.step(0, 30)[1].tolist() == pytest.approx([-0.3 * weight] * 2)


def test_the_regulariser_lengthens_and_an_error_shortens() -> None:
    lazy, _ = model_of(rows_of(), weight=100.0)
    strict, _ = model_of(replace(rows_of(), y=50 * rows_of().x[:, 0]), weight=0.0)
    for model, longer in ((lazy, True), (strict, False)):
        for step in range(30):
            model.step(step, 1000)
        assert ((model.widths > 0.3) == longer).all()


def test_no_width_passes_the_limit() -> None:
    model, _ = model_of(rows_of(), weight=100.0, width=3.1)
    for step in range(30):
        model.step(step, 1000)
    assert float(model.widths.detach().max()) == pytest.approx(math.pi)


# --- generators ---


def test_given_generators_stay_as_they_are() -> None:
    model, problem = model_of(rows_of())
    for step in range(5):
        model.step(step, 30)
    assert np.allclose(np.tensordot(model.generators.numpy(), problem.search.matrices, 1), TURN)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_learned_generators_are_orthonormal_up_to_their_length(channels: int) -> None:
    model, _ = model_of(rows_of(), given=False, channels=channels)
    first = model.generators.detach()
    for step in range(5):
        model.step(step, 30)
    for frame in (first, model.generators.detach()):
        assert torch.allclose(frame @ frame.transpose(1, 2), 2 * torch.eye(channels, dtype=torch.float64).expand(2, -1, -1))
    assert not torch.allclose(first, model.generators.detach())


# --- the loop ---


def test_a_training_keeps_its_record() -> None:
    model, _ = model_of(rows_of(), given=False, channels=2)
    seen: list[int] = []
    found = fit_augmented(model, progress=lambda name, done, total: seen.append(done), name="Augerino")
    assert found.steps == 30
    assert seen[-1] == 30
    assert found.paths.shape == (len(seen), 2, 2, 4)
    assert found.losses.shape == (len(seen), 2, 2)
    assert torch.equal(found.paths[-1], found.generators)
    assert torch.equal(found.widths, model.widths)
    assert found.law.startswith("z uniform in [−w, w] with learned w = ")
    assert found.losses[-1, 0].mean() < found.losses[0, 0].mean()


def test_runs_side_by_side_do_not_know_of_each_other() -> None:
    pair, single = (fit_augmented(model_of(rows_of(), seeds=seeds)[0], progress=silent, name="Augerino") for seeds in ((3, 4), (4,)))
    assert torch.allclose(pair.widths[1], single.widths[0], atol=1e-6)
    assert not torch.allclose(pair.widths[0], pair.widths[1], atol=1e-9)


@pytest.mark.parametrize("labels", [False, True])
def test_what_is_explained_is_a_share(labels: bool) -> None:
    model, _ = model_of(rows_of(labels=labels), width=1e-3)
    before = model.explained()
    for step in range(400):
        model.step(step, 400)
    after = model.explained()
    assert ((after > before + 0.2) & (after <= 1)).all()


def test_a_loss_that_is_no_number_names_its_step() -> None:
    model, _ = model_of(rows_of())
    real = model.step
    model.step = lambda number, total: real(number, total) * (float("nan") if number >= 12 else 1.0)  # type: ignore[method-assign]
    with pytest.raises(DiscoveryFailed, match=r"Augerino: the loss is NaN or infinite at step 13\. Lower rate and critic_rate"):
        fit_augmented(model, progress=silent, name="Augerino")


def test_elements_beyond_float64_name_the_step() -> None:
    model, _ = model_of(rows_of(), width=3.0)
    huge = Question(**{**vars(model.question), "generators": model.question.generators * 1e4})  # type: ignore[operator]
    with pytest.raises(DiscoveryFailed, match=r"at step 1 \(the exponential of a matrix of norm .* start from a smaller width"):
        fit_augmented(Augmented(huge, (8,), QUICK, (0,)), progress=silent, name="Augerino")


def test_columns_that_do_not_vary_do_no_harm() -> None:
    x = np.random.default_rng(0).normal(size=(200, 3)) * [1.0, 1.0, 0.0]
    problem = problem_of(Samples(x, rep_x=Rep("V", n=3), y=x[:, 0]), LieAlgebra(so(3).basis[2:]), seed=0, device="cpu")
    question = Question(problem.rows, problem.action, None, 1, 1.0, LearnableUniform())
    found = fit_augmented(Augmented(question, (8,), QUICK, (0,)), progress=silent, name="Augerino")
    assert bool(torch.isfinite(found.losses).all())
