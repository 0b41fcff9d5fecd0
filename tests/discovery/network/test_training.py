"""Networks are fitted from a seed, and learn what can be learned."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from physym.discovery.network.training import Training, fit, perceptron, train_network
from physym.errors import InvalidData

FAST = Training(hidden=(16,), epochs=60)


def data(rows: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A smooth function of three coordinates of different size."""
    x = np.random.default_rng(seed).normal(size=(rows, 3)) * [1.0, 10.0, 0.1] + [0.0, 5.0, 0.0]
    return x, 100 + 20 * np.tanh(x[:, 0]) + x[:, 1]


def said(network: torch.nn.Module, x: np.ndarray) -> np.ndarray:
    """Values of the network."""
    with torch.no_grad():
        return np.asarray(network(torch.from_numpy(x)))


def test_it_learns_targets_of_any_scale() -> None:
    x, y = data(800, seed=0)
    network = train_network(x, y, logit=False, seed=0, training=FAST)
    new_x, new_y = data(500, seed=1)
    assert ((said(network, new_x) - new_y) ** 2).mean() < 0.02 * new_y.var()


def test_it_learns_a_logit() -> None:
    x = np.random.default_rng(2).normal(size=(3000, 2))
    y = (np.random.default_rng(3).uniform(size=3000) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(float)
    network = train_network(x, y, logit=True, seed=0, training=FAST)
    new_x = np.random.default_rng(4).normal(size=(500, 2))
    assert np.abs(said(network, new_x) - 2 * new_x[:, 0]).mean() < 0.5


def test_the_seed_decides_and_the_global_one_is_left_alone() -> None:
    x, y = data(200, seed=5)
    torch.manual_seed(7)
    expected = torch.randn(3)
    torch.manual_seed(7)
    one, two, other = (train_network(x, y, logit=False, seed=seed, training=Training((8,), 5)) for seed in (0, 0, 1))
    assert torch.equal(torch.randn(3), expected)
    assert np.array_equal(said(one, x), said(two, x))
    assert not np.array_equal(said(one, x), said(other, x))


def test_it_stops_before_it_learns_noise() -> None:
    x = np.random.default_rng(6).normal(size=(300, 3))
    y = np.random.default_rng(7).normal(size=300)
    network = train_network(x, y, logit=False, seed=0, training=Training((64, 64), 200))
    assert said(network, x).var() < 0.5  # noise learned by heart would have variance 1


def test_a_constant_coordinate_is_no_division_by_zero() -> None:
    x, y = data(100, seed=8)
    x[:, 2] = 3.0
    assert np.isfinite(said(train_network(x, y, logit=False, seed=0, training=Training((4,), 3)), x)).all()


@pytest.mark.parametrize(("hidden", "epochs"), [((), 10), ((0,), 10), ((8,), 0)])
def test_settings_are_checked(hidden: tuple[int, ...], epochs: int) -> None:
    with pytest.raises(InvalidData):
        Training(hidden, epochs)


def test_several_targets_are_learned_at_once() -> None:
    x, y = data(800, seed=9)
    both = np.stack([y, 3.0 * x[:, 2]], axis=1)
    network = train_network(x, both, logit=False, seed=0, training=FAST)
    assert said(network, x).shape == (800, 2)
    assert (((said(network, x) - both) ** 2).mean(0) < 0.05 * both.var(0)).all()


def test_one_column_is_the_same_as_none() -> None:
    x, y = data(200, seed=10)
    one, two = (train_network(x, target, logit=False, seed=0, training=Training((8,), 5)) for target in (y, y[:, None]))
    assert np.array_equal(said(one, x), said(two, x))
    assert said(two, x).shape == (200,)


def test_a_constant_target_is_no_division_by_zero() -> None:
    x, y = data(100, seed=11)
    network = train_network(x, np.stack([y, np.full(100, 5.0)], axis=1), logit=False, seed=0, training=Training((4,), 3))
    assert np.isfinite(said(network, x)).all()


def test_rows_may_have_more_axes() -> None:
    network = perceptron(torch.randn(50, 3, generator=torch.Generator().manual_seed(0)), (4,), torch.Generator().manual_seed(1), outputs=2)
    x = torch.randn(5, 7, 3, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(network(x)[1, 2], network(x[1, 2][None])[0])
    assert network.embedding(x).shape == (5, 7, 4)


def test_the_best_weights_are_kept() -> None:
    module = torch.nn.Linear(1, 1, bias=False).double()
    with torch.no_grad():
        module.weight.fill_(0.0)
    best = fit(
        module, lambda part: (module.weight - 0.1).square().mean(), 10, Training(epochs=30, rate=0.05), torch.Generator().manual_seed(0)
    )
    assert np.isclose((module.weight - 0.1).square().mean().item(), best)
    assert best < 1e-3


def test_held_out_rows_are_not_trained_on() -> None:
    module, seen, held = torch.nn.Linear(1, 1).double(), set[int](), set[int]()

    def loss(part: torch.Tensor) -> torch.Tensor:
        (seen if torch.is_grad_enabled() else held).update(part.tolist())
        return module.weight.square().mean()

    fit(module, loss, 40, Training(epochs=2), torch.Generator().manual_seed(0))
    assert len(held) == 6
    assert seen == set(range(40)) - held
