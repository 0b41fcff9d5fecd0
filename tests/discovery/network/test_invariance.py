"""The polarization matrix finds what a network of known symmetry does not see, and nothing more."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from physym.algebra import LieAlgebra, closure_residual, identify, so, span_distance
from physym.discovery import Polarization, polarization
from physym.errors import DiscoveryFailed, InvalidData, ShapeError

GL2, GL3, GL4 = (np.eye(n * n).reshape(n * n, n, n) for n in (2, 3, 4))


class Function(nn.Module):
    """A network that is a written-down function; its weight makes it float32, as trained networks are."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function
        self.weight = nn.Parameter(torch.ones((), dtype=torch.float32))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The function times one."""
        return self.weight * self.function(x)


def mass(x: torch.Tensor) -> torch.Tensor:
    """A function of the invariant mass of one four-vector."""
    return torch.tanh(x[:, 0] ** 2 - (x[:, 1:4] ** 2).sum(1))


def pair_mass(x: torch.Tensor) -> torch.Tensor:
    """A function of the invariant mass of two four-vectors."""
    return mass(x[:, :4] + x[:, 4:])


def rows(count: int, width: int, *, seed: int) -> np.ndarray:
    """Normal rows."""
    return np.random.default_rng(seed).normal(size=(count, width))


@pytest.mark.parametrize(("function", "width"), [(mass, 4), (pair_mass, 8)])
def test_an_invariant_network_shows_its_group(function: Callable[[torch.Tensor], torch.Tensor], width: int) -> None:
    found = polarization(Function(function), rows(500, width, seed=0), GL4)
    assert found.dimension == 6
    assert span_distance(found.algebra(), so(1, 3)) < 1e-6
    assert closure_residual(found.algebra()) < 1e-6
    assert identify(found.algebra()).name == "so(1,3)"
    assert found.defect()[0] < 1e-6


def test_a_generic_network_shows_none() -> None:
    network = Function(lambda x: torch.sin(x[:, 0] + 2 * x[:, 1] * x[:, 2]) + x[:, 1] ** 3)
    found = polarization(network, rows(500, 3, seed=1), GL3)
    assert found.dimension == 0
    assert "no clear gap" in found.sentence


@pytest.mark.parametrize("breaking", [0.003, 0.03])
def test_the_defect_is_the_size_of_the_breaking(breaking: float) -> None:
    x = rows(4000, 3, seed=2)
    whole = polarization(Function(lambda x: (x**2).sum(1)), x, GL3)
    broken = polarization(Function(lambda x: (x**2).sum(1) + breaking * x[:, 0]), x, GL3)
    # rotations of unit norm move x₁ by ‖(Ax)₁‖ = 1/√2 at most; the scale is that of a random matrix
    expected = breaking / np.sqrt(2) / np.sqrt(np.trace(whole.matrix) / 9)
    delta, error = broken.defect(3)
    assert delta == pytest.approx(expected, rel=0.1)
    assert 0 < error < 0.1 * delta


def test_the_error_of_the_defect_is_that_of_other_rows() -> None:
    network = Function(lambda x: (x**2).sum(1) + 0.1 * x[:, 0])
    found = [polarization(network, rows(500, 3, seed=seed), GL3).defect(3) for seed in range(100, 160)]
    values, errors = np.array(found).T
    assert 0.6 < errors.mean() / values.std(ddof=1) < 1.6


def test_an_equivariant_network_shows_its_group() -> None:
    network = Function(lambda x: x * torch.exp(-(x**2).sum(1, keepdim=True)))
    x = rows(400, 3, seed=3)
    follows = polarization(network, x, GL3, searched_y=GL3)
    assert follows.dimension == 3
    assert span_distance(follows.algebra(), so(3)) < 1e-6
    assert polarization(network, x, GL3).dimension == 0  # as a function it changes


def test_the_matrix_is_the_one_of_the_paper() -> None:
    x = rows(50, 2, seed=4)
    network = Function(lambda x: x[:, 0] ** 2 + 3 * x[:, 1])
    gradient = np.stack([2 * x[:, 0], np.full(50, 3.0)], axis=1)
    outer = np.einsum("ni,nj->nij", gradient, x).reshape(50, 4)
    assert np.allclose(polarization(network, x, GL2).matrix, outer.T @ outer / 50)


def test_the_spectrum_does_not_depend_on_the_basis() -> None:
    x = rows(200, 3, seed=5)
    turn = np.linalg.qr(rows(9, 9, seed=6))[0]
    network = Function(lambda x: torch.sin(x[:, 0] * x[:, 1]) + x[:, 2])
    one = polarization(network, x, GL3)
    other = polarization(network, x, np.tensordot(turn, GL3, 1))
    assert np.allclose(one.spectrum, other.spectrum)


def test_the_network_is_left_as_it_was() -> None:
    network = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.BatchNorm1d(8), nn.Linear(8, 1)).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    one, two = (polarization(network, rows(50, 3, seed=7), GL3).matrix for _ in range(2))
    assert np.array_equal(one, two)  # no dropout
    assert network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(p.grad is None and p.requires_grad and p.dtype is torch.float32 for p in network.parameters())


@pytest.mark.parametrize(
    ("network", "error", "message"),
    [
        (Function(lambda x: x.sum()[None]), ShapeError, r"expected \(N,\) or \(N, q\)"),
        (Function(lambda x: x.detach().sum(1)), InvalidData, "no gradient"),
        (Function(lambda x: x.sum(1) / 0), InvalidData, "NaN or infinite"),
        (Function(lambda x: 0 * x.sum(1)), DiscoveryFailed, "does not depend on x"),
    ],
)
def test_a_useless_network_is_refused(network: nn.Module, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        polarization(network, rows(20, 3, seed=8), GL3)


def test_shapes_are_checked() -> None:
    network = Function(lambda x: x.sum(1))
    with pytest.raises(ShapeError, match="no whole number"):
        polarization(network, rows(20, 4, seed=9), GL3)
    with pytest.raises(ShapeError, match="searched_y"):
        polarization(network, rows(20, 3, seed=9), GL3, searched_y=GL3)


def test_it_prints_what_holds_of_the_network_only() -> None:
    found = polarization(Function(mass), rows(500, 4, seed=10), GL4)
    assert isinstance(found, Polarization)
    assert "network itself is invariant under 6 generators" in repr(found)
    assert isinstance(found.algebra(2), LieAlgebra)
    assert found.algebra(2).dimension == 2
