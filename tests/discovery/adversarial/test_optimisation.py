"""Adam side by side is Adam one by one; clipping, decay and the settings."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from physym.discovery.adversarial import Optimisation
from physym.discovery.adversarial.optimisation import Updates
from physym.errors import InvalidData

STEPS = 12


def gradients(shape: tuple[int, ...], *, size: float = 1.0, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [size * torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(STEPS)]


def start(seeds: int, *, seed: int = 1) -> Tensor:
    return torch.randn(seeds, 3, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_hand(value: Tensor, drawn: list[Tensor], rate: float, betas: tuple[float, float], clip: float) -> Tensor:
    """Adam's equations for one seed."""
    first, second = torch.zeros_like(value), torch.zeros_like(value)
    for step, gradient in enumerate(drawn, 1):
        g = gradient * min(1.0, clip / float(gradient.norm())) if clip else gradient
        first = betas[0] * first + (1 - betas[0]) * g
        second = betas[1] * second + (1 - betas[1]) * g**2
        factor = 0.5 * (1 + math.cos(math.pi * (step - 1) / STEPS))
        value = value - rate * factor * (first / (1 - betas[0] ** step)) / ((second / (1 - betas[1] ** step)).sqrt() + 1e-8)
    return value


@pytest.mark.parametrize("clip", [0.0, 0.5, 5.0])
@pytest.mark.parametrize("betas", [(0.5, 0.99), (0.9, 0.999), (0.0, 0.9)])
def test_every_seed_takes_the_steps_of_adam(clip: float, betas: tuple[float, float]) -> None:
    value = start(4).requires_grad_()
    updates, how = Updates({"w": value}, 0.1, betas, clip), Optimisation()
    drawn = gradients((4, 3, 2), size=3.0)
    for step, gradient in enumerate(drawn):
        updates.take([gradient], how.factor(step, STEPS))
    for seed in range(4):
        truth = by_hand(start(4)[seed], [gradient[seed] for gradient in drawn], 0.1, betas, clip)
        assert torch.allclose(value[seed], truth, atol=1e-9)


def test_a_large_gradient_of_one_seed_does_not_shorten_that_of_another() -> None:
    one, two = (start(2).requires_grad_() for _ in range(2))
    players = [Updates({"w": value}, 0.1, (0.5, 0.99), 1.0) for value in (one, two)]
    for gradient in gradients((2, 3, 2)):
        louder = gradient.clone()
        louder[1] *= 1e6
        players[0].take([gradient], 1.0)
        players[1].take([louder], 1.0)
    assert torch.equal(one[0], two[0])
    assert not torch.equal(one[1], two[1])


def test_the_norm_that_is_clipped_is_that_of_all_parameters_of_a_player() -> None:
    first, second = (torch.zeros(1, 2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    updates = Updates({"a": first, "b": second}, 0.1, (0.0, 0.0), 1.0)
    updates.take([torch.tensor([[3.0, 0.0]], dtype=torch.float64), torch.tensor([[0.0, 4.0]], dtype=torch.float64)], 1.0)
    # without memory the first moment is the gradient that was taken
    assert updates.state()["a/mean"].tolist() == [pytest.approx([0.6, 0.0])]
    assert updates.state()["b/mean"].tolist() == [pytest.approx([0.0, 0.8])]


def test_a_gradient_of_zero_is_no_division_by_zero() -> None:
    value = torch.ones(1, 2, dtype=torch.float64, requires_grad=True)
    Updates({"w": value}, 0.1, (0.5, 0.99), 1.0).take([torch.zeros(1, 2, dtype=torch.float64)], 1.0)
    assert value.tolist() == [[1.0, 1.0]]


def test_a_restored_player_goes_on_as_if_nothing_had_happened() -> None:
    drawn = gradients((2, 3, 2))
    through, before, after = (start(2).requires_grad_() for _ in range(3))
    whole = Updates({"w": through}, 0.1, (0.5, 0.99), 1.0)
    for gradient in drawn:
        whole.take([gradient], 1.0)
    first = Updates({"w": before}, 0.1, (0.5, 0.99), 1.0)
    for gradient in drawn[:5]:
        first.take([gradient], 1.0)
    state = {name: value.clone() for name, value in first.state().items()}
    assert set(state) == {"w", "w/count", "w/mean", "w/square"}
    second = Updates({"w": after}, 0.1, (0.5, 0.99), 1.0)
    second.restore(state)
    for gradient in drawn[5:]:
        second.take([gradient], 1.0)
    assert torch.equal(after, through)


def test_without_its_moments_it_would_not() -> None:
    """The checker itself."""
    drawn = gradients((1, 3, 2))
    value, fresh = (start(1).requires_grad_() for _ in range(2))
    first = Updates({"w": value}, 0.1, (0.5, 0.99), 0.0)
    for gradient in drawn[:5]:
        first.take([gradient], 1.0)
    second = Updates({"w": fresh}, 0.1, (0.5, 0.99), 0.0)
    nothing = {name: torch.zeros_like(value) for name, value in first.state().items()}
    second.restore(nothing | {"w": first.state()["w"].clone()})
    assert torch.equal(value, fresh)
    for gradient in drawn[5:]:
        first.take([gradient], 1.0)
        second.take([gradient], 1.0)
    assert not torch.allclose(value, fresh, atol=1e-3)


def test_a_restored_state_is_a_copy() -> None:
    value = start(1).requires_grad_()
    first = Updates({"w": value}, 0.1, (0.5, 0.99), 0.0)
    first.take(gradients((1, 3, 2))[:1], 1.0)
    state = {name: moment.clone() for name, moment in first.state().items()}
    again = Updates({"w": start(1).requires_grad_()}, 0.1, (0.5, 0.99), 0.0)
    again.restore(state)
    kept = {name: moment.clone() for name, moment in state.items()}
    again.take(gradients((1, 3, 2))[1:2], 1.0)
    assert all(torch.equal(state[name], kept[name]) for name in state)


def test_the_rate_falls_along_half_a_cosine() -> None:
    how = Optimisation()
    assert [how.factor(step, 100) for step in (0, 50)] == pytest.approx([1.0, 0.5])
    assert 0 < how.factor(99, 100) < 0.001
    assert Optimisation(cosine=False).factor(99, 100) == 1.0


@pytest.mark.parametrize(("rows", "batch", "per_epoch"), [(100, 64, 2), (128, 64, 2), (129, 64, 3), (10, 64, 1), (0, 64, 1)])
def test_passes_over_the_rows_are_counted_in_batches(rows: int, batch: int, per_epoch: int) -> None:
    assert Optimisation(batch=batch).steps_per_epoch(rows) == per_epoch
    assert Optimisation(epochs=7, batch=batch).total(rows) == 7 * per_epoch
    assert Optimisation(steps=5, batch=batch).total(rows) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"epochs": -1},
        {"batch": 1},
        {"rate": 0.0},
        {"rate": float("nan")},
        {"critic_rate": -1.0},
        {"critic_rate": 10.0},
        {"clip": -1.0},
        {"average": 1.0},
        {"average": -0.1},
        {"betas": (0.5, 1.0)},
        {"critic_betas": (-0.1, 0.9)},
    ],
)
def test_settings_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidData, match=f"{next(iter(wrong))}=.*expected"):
        Optimisation(**wrong)  # type: ignore[arg-type]
