"""Grouped critics against one plain torch network per seed with the same weights."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from physym.discovery.adversarial import Convolutional, Dense, PermutationInvariant
from physym.discovery.adversarial.base import Critic
from physym.discovery.adversarial.critics import SLOPE, GroupedLinear, PictureCritic, SetCritic
from physym.errors import InvalidData, ShapeError

SEEDS, BATCH = 3, 5
CRITICS: tuple[Critic, ...] = (Dense((7, 6), embedding=3), PermutationInvariant(2, (7, 6), 3), Convolutional((4, 4), (3, 5), 2))
FEATURES = {Dense: 4, PermutationInvariant: 8, Convolutional: 16}


def streams(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def built(critic: Critic, classes: int = 1) -> nn.Module:
    return critic.build(FEATURES[type(critic)], classes, streams(*range(SEEDS)))


def inputs(critic: Critic, classes: int = 1) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(9)
    features = torch.randn(SEEDS, BATCH, FEATURES[type(critic)], generator=generator)
    return features, torch.randint(0, classes, (SEEDS, BATCH), generator=generator)


def linear(layer: GroupedLinear, seed: int) -> nn.Linear:
    """One seed's layer as torch has it."""
    plain = nn.Linear(layer.weight.shape[1], layer.weight.shape[2])
    with torch.no_grad():
        plain.weight.copy_(layer.weight[seed].T)
        plain.bias.copy_(layer.bias[seed, 0])
    return plain


def perceptron(layers: nn.ModuleList, seed: int) -> nn.Sequential:
    parts: list[nn.Module] = []
    for layer in layers:
        parts += [linear(layer, seed), nn.LeakyReLU(SLOPE)]  # type: ignore[arg-type]
    return nn.Sequential(*parts[:-1])


def embedded(network: nn.Module, label: Tensor, seed: int) -> Tensor:
    table = network.table
    return torch.zeros(len(label), 0) if table is None else nn.functional.embedding(label, table[seed])  # type: ignore[arg-type, index]


def plainly(network: nn.Module, features: Tensor, label: Tensor, seed: int) -> Tensor:
    """The logits of one seed by layers of torch, row by row where vectors are summed."""
    extra = embedded(network, label, seed)
    if isinstance(network, SetCritic):
        each, after = perceptron(network.each.layers, seed), perceptron(network.summed.layers, seed)
        vectors = features.reshape(len(features), network.copies, -1)
        total = torch.stack([nn.functional.leaky_relu(each(row), SLOPE).sum(0) for row in vectors])
        return after(torch.cat([total, extra], 1))[:, 0]
    if isinstance(network, PictureCritic):
        h = features.reshape(-1, 1, *network.grid)
        for kernel, bias in zip(network.kernels, network.biases, strict=True):
            layer = nn.Conv2d(kernel.shape[2], kernel.shape[1], 3, stride=2, padding=1)
            with torch.no_grad():
                layer.weight.copy_(kernel[seed])
                layer.bias.copy_(bias[seed])  # type: ignore[union-attr]
            h = nn.functional.leaky_relu(layer(h), SLOPE)
        return linear(network.last, seed)(torch.cat([h.flatten(1), extra], 1))[:, 0]
    return perceptron(network.layers.layers, seed)(torch.cat([features, extra], 1))[:, 0]  # type: ignore[union-attr, arg-type]


@pytest.mark.parametrize("classes", [1, 4])
@pytest.mark.parametrize("critic", CRITICS, ids=lambda c: type(c).__name__)
def test_a_grouped_critic_is_one_network_per_seed(critic: Critic, classes: int) -> None:
    assert isinstance(critic, Critic)
    network, (features, label) = built(critic, classes), inputs(critic, classes)
    logits = network(features, label)
    assert logits.shape == (SEEDS, BATCH)
    for seed in range(SEEDS):
        assert torch.allclose(logits[seed], plainly(network, features[seed], label[seed], seed), atol=1e-6)


@pytest.mark.parametrize("critic", CRITICS, ids=lambda c: type(c).__name__)
def test_the_weights_of_another_seed_do_not_do(critic: Critic) -> None:
    """The checker itself."""
    network, (features, label) = built(critic), inputs(critic)
    logits = network(features, label)
    assert not torch.allclose(logits[0], plainly(network, features[0], label[0], 1), atol=1e-3)


@pytest.mark.parametrize("critic", CRITICS, ids=lambda c: type(c).__name__)
def test_a_seed_does_not_know_of_the_others(critic: Critic) -> None:
    """The same weights, logits and gradients whether it is built alone or among others."""
    features, label = inputs(critic, 4)
    together, alone = built(critic, 4), critic.build(FEATURES[type(critic)], 4, streams(1))
    for one, all_of_them in zip(alone.parameters(), together.parameters(), strict=True):
        assert torch.equal(one[0], all_of_them[1])
    both = together(features, label)
    assert torch.allclose(alone(features[1:2], label[1:2])[0], both[1], atol=1e-6)
    gradients = torch.autograd.grad(both[1].sum(), list(together.parameters()))
    for gradient in gradients:
        assert not gradient[0].any()
        assert not gradient[2].any()
        assert gradient[1].any()


@pytest.mark.parametrize("critic", CRITICS, ids=lambda c: type(c).__name__)
def test_the_class_of_a_row_matters_where_there_are_classes(critic: Critic) -> None:
    features, label = inputs(critic, 4)
    network = built(critic, 4)
    assert not torch.allclose(network(features, label), network(features, (label + 1) % 4), atol=1e-4)
    single = built(critic)
    assert single.table is None
    assert torch.equal(single(features, label), single(features, (label + 1) % 4))


@pytest.mark.parametrize("critic", CRITICS, ids=lambda c: type(c).__name__)
def test_weights_follow_their_generator_and_not_the_global_one(critic: Critic) -> None:
    torch.manual_seed(0)
    one = built(critic, 2)
    torch.manual_seed(1)
    two = built(critic, 2)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    # each draws its own weights (biases of convolutions start at zero)
    assert all(not torch.equal(a[0], a[1]) for a in one.parameters() if a.any())


def test_linear_layers_start_as_those_of_torch() -> None:
    """Uniform within ±1/√inputs."""
    layer = GroupedLinear(400, 500, streams(0))
    bound = 400**-0.5
    assert 0.999 * bound < float(layer.weight.detach().abs().max()) <= bound
    assert float(layer.weight.detach().std()) == pytest.approx(bound / 3**0.5, rel=0.01)
    assert float(nn.Linear(400, 500).weight.detach().std()) == pytest.approx(bound / 3**0.5, rel=0.01)


@pytest.mark.parametrize("copies", [1, 2, 4])
def test_the_order_of_vectors_does_not_matter(copies: int) -> None:
    network = PermutationInvariant(copies, (6, 5)).build(8, 3, streams(0, 1))
    x = torch.randn(2, 9, 8, generator=torch.Generator().manual_seed(2))
    label = torch.randint(0, 3, (2, 9), generator=torch.Generator().manual_seed(3))
    order = torch.randperm(copies, generator=torch.Generator().manual_seed(4))
    shuffled = x.reshape(2, 9, copies, -1)[:, :, order].reshape(2, 9, 8)
    assert torch.allclose(network(x, label), network(shuffled, label), atol=1e-6)
    assert not torch.allclose(network(x, label), network(x.flip(-1), label), atol=1e-3)  # within a vector it does


def test_the_sum_over_vectors_is_no_mean() -> None:
    """Two copies of a vector are told from one."""
    network = PermutationInvariant(2, (6,)).build(4, 1, streams(0))
    x = torch.randn(1, 3, 2, generator=torch.Generator().manual_seed(2))
    label = torch.zeros(1, 3, dtype=torch.long)
    assert not torch.allclose(network(torch.cat([x, x], 2), label), network(torch.cat([x, 0 * x], 2), label), atol=1e-3)


def test_odd_pictures_fit() -> None:
    network = Convolutional((5, 7), (3, 4)).build(35, 1, streams(0))
    assert network(torch.zeros(1, 2, 35), torch.zeros(1, 2, dtype=torch.long)).shape == (1, 2)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Dense(()),
        lambda: Dense((0,)),
        lambda: Dense((8,), embedding=0),
        lambda: PermutationInvariant(2, ()),
        lambda: Convolutional((4, 4), ()),
        lambda: Convolutional((4, 4), (3,), 0),
    ],
)
def test_bad_layers_are_refused(make: object) -> None:
    with pytest.raises(InvalidData, match="expected at least one layer, each of at least one unit"):
        make()  # type: ignore[operator]


def test_critics_that_do_not_fit_the_features_are_refused() -> None:
    with pytest.raises(InvalidData, match="expected the number of vectors in a row"):
        PermutationInvariant(0)
    with pytest.raises(ShapeError, match="7 features cannot be shared out among 2 vectors"):
        PermutationInvariant(2).build(7, 1, streams(0))
    with pytest.raises(ShapeError, match=r"was given 15 features; expected one per pixel: use Pixels\(blur=0\)"):
        Convolutional((4, 4)).build(15, 1, streams(0))
