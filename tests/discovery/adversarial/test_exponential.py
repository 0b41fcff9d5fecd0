"""The exponential against those of torch and SciPy, its gradient, and the laws of the exponential."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import expm
from torch import Tensor

from physym.discovery.adversarial.exponential import LARGEST_NORM, SERIES_BELOW, matrix_exponential
from physym.errors import InvalidData

SIZES = (1, 2, 3, 4, 5, 8, 12, 16)


def matrices(n: int, *, norm: float, seed: int, count: int = 7, dtype: torch.dtype = torch.float64) -> Tensor:
    """Random matrices whose largest row sum is ``norm``."""
    drawn = torch.randn(count, n, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (drawn * (norm / drawn.abs().sum(-1).amax(-1))[:, None, None]).to(dtype)


def off(found: Tensor, truth: Tensor) -> float:
    """Largest error relative to the size of each matrix."""
    size = truth.abs().amax((-1, -2), keepdim=True)
    return float(((found - truth).abs() / size).max())


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("norm", [1e-8, 1e-4, 0.1, SERIES_BELOW, 0.36, 1.0, 3.0, 10.0])
def test_it_is_the_exponential_of_torch(n: int, norm: float) -> None:
    a = matrices(n, norm=norm, seed=n)
    assert off(matrix_exponential(a), torch.matrix_exp(a)) < 1e-12


@pytest.mark.parametrize("n", SIZES)
def test_large_norms_lose_no_more_than_squaring_must(n: int) -> None:
    """Eight squarings double round-off eight times; the oracle of SciPy does the same."""
    a = matrices(n, norm=60.0, seed=n)
    truth = torch.from_numpy(np.stack([expm(one) for one in a.numpy()]))
    assert off(matrix_exponential(a), truth) < 1e-9


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("norm", [1e-8, 0.1, 1.0, 5.0])
def test_single_precision_is_kept_and_exact_to_its_round_off(n: int, norm: float) -> None:
    a = matrices(n, norm=norm, seed=n, dtype=torch.float32)
    found = matrix_exponential(a)
    assert found.dtype == torch.float32
    assert off(found.double(), torch.matrix_exp(a.double())) < 1e-5


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("norm", [1e-3, 0.3, 2.0])
def test_the_gradient_is_that_of_finite_differences(n: int, norm: float) -> None:
    a = matrices(n, norm=norm, seed=10 + n, count=2).requires_grad_()
    assert torch.autograd.gradcheck(matrix_exponential, (a,))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("norm", [1e-6, 0.5, 4.0])
def test_the_gradient_is_that_of_torch(n: int, norm: float) -> None:
    a = matrices(n, norm=norm, seed=20 + n)
    upstream = matrices(n, norm=1.0, seed=30 + n)
    gradients = []
    for exponential in (matrix_exponential, torch.matrix_exp):
        leaf = a.clone().requires_grad_()
        gradients.append(torch.autograd.grad(exponential(leaf), leaf, upstream)[0])
    assert off(*gradients) < 1e-10


@pytest.mark.parametrize("q", [0.0, 1e-15, 9.99e-5, 1e-4, 1.01e-4, 1e-3, -1e-15, -9.99e-5, -1e-4, -1.01e-4, -1e-3])
def test_two_by_two_is_exact_on_both_sides_of_every_threshold(q: float) -> None:
    """``across² + upper · lower = q``, value and gradient."""
    for across, upper in ((0.0, 1.0), (0.3, 2.0), (0.01, 0.05)):
        a = torch.tensor([[across + 0.2, upper], [(q - across**2) / upper, -across + 0.2]], dtype=torch.float64)
        assert off(matrix_exponential(a), torch.matrix_exp(a)) < 1e-14
        upstream = torch.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=torch.float64)
        gradients = []
        for exponential in (matrix_exponential, torch.matrix_exp):
            leaf = a.clone().requires_grad_()
            gradients.append(torch.autograd.grad(exponential(leaf), leaf, upstream)[0])
        assert off(*gradients) < 1e-11


@pytest.mark.parametrize("threshold", [1e-4, -1e-4])
def test_value_and_gradient_are_continuous_across_the_threshold(threshold: float) -> None:
    values, gradients = [], []
    for side in (1 - 1e-10, 1 + 1e-10):
        leaf = torch.tensor([[0.0, 1.0], [threshold * side, 0.0]], dtype=torch.float64, requires_grad=True)
        value = matrix_exponential(leaf)
        values.append(value.detach())
        gradients.append(torch.autograd.grad(value.sum(), leaf)[0])
    assert off(*values) < 1e-13
    assert off(*gradients) < 1e-11


def test_the_zero_matrix_has_a_finite_gradient() -> None:
    """The derivative of the root is infinite at q = 0, and must not be met."""
    leaf = torch.zeros(3, 2, 2, dtype=torch.float64, requires_grad=True)
    value = matrix_exponential(leaf)
    assert torch.equal(value, torch.eye(2, dtype=torch.float64).expand(3, 2, 2))
    assert torch.equal(torch.autograd.grad(value.sum(), leaf)[0], torch.ones(3, 2, 2, dtype=torch.float64))


@pytest.mark.parametrize("n", [2, 3, 4, 7])
def test_a_nilpotent_matrix_gives_a_polynomial(n: int) -> None:
    a = torch.diag(torch.full((n - 1,), 1.5, dtype=torch.float64), 1)
    truth, power = torch.eye(n, dtype=torch.float64), torch.eye(n, dtype=torch.float64)
    for k in range(1, n):
        power = power @ a / k
        truth = truth + power
    assert off(matrix_exponential(a), truth) < 1e-13


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("norm", [0.2, 2.0])
def test_laws_of_the_exponential(n: int, norm: float) -> None:
    a = matrices(n, norm=norm, seed=40 + n)
    g, one = matrix_exponential(a), torch.eye(n, dtype=torch.float64)
    assert torch.allclose(g @ matrix_exponential(-a), one.expand_as(g), atol=1e-11)
    assert torch.allclose(torch.linalg.det(g), a.diagonal(dim1=1, dim2=2).sum(1).exp(), rtol=1e-10)
    assert torch.allclose(matrix_exponential(a.transpose(1, 2)), g.transpose(1, 2), rtol=1e-11, atol=1e-12)
    assert torch.allclose(matrix_exponential(0.3 * a) @ matrix_exponential(0.7 * a), g, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_antisymmetric_matrices_give_rotations(n: int) -> None:
    a = matrices(n, norm=3.0, seed=50 + n)
    g = matrix_exponential(a - a.transpose(1, 2))
    assert torch.allclose(g @ g.transpose(1, 2), torch.eye(n, dtype=torch.float64).expand_as(g), atol=1e-11)
    assert not torch.allclose(matrix_exponential(a) @ matrix_exponential(a).transpose(1, 2), torch.eye(n, dtype=torch.float64), atol=0.1)


def test_conjugation_passes_through() -> None:
    a, frame = matrices(4, norm=2.0, seed=60), matrices(4, norm=1.0, seed=61) + 2 * torch.eye(4, dtype=torch.float64)
    inverse = torch.linalg.inv(frame)
    assert torch.allclose(matrix_exponential(frame @ a @ inverse), frame @ matrix_exponential(a) @ inverse, rtol=1e-9, atol=1e-9)


def test_a_large_matrix_beside_small_ones_does_not_spoil_them() -> None:
    """All share the number of squarings of the largest."""
    a = torch.cat([matrices(3, norm=1e-3, seed=70), matrices(3, norm=40.0, seed=71)])
    assert off(matrix_exponential(a)[:7], torch.matrix_exp(a[:7])) < 1e-13


def test_leading_axes_are_kept() -> None:
    a = matrices(3, norm=1.0, seed=80, count=6)
    assert torch.equal(matrix_exponential(a.reshape(2, 3, 1, 3, 3)), matrix_exponential(a).reshape(2, 3, 1, 3, 3))
    assert matrix_exponential(torch.zeros(0, 3, 3)).shape == (0, 3, 3)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf"), LARGEST_NORM, 1e300])
def test_what_overflows_is_refused_with_a_sentence(n: int, wrong: float) -> None:
    a = torch.zeros(4, n, n, dtype=torch.float64)
    a[2, 0, 0] = wrong
    with pytest.raises(InvalidData, match=r"is beyond float64; draw smaller coefficients"):
        matrix_exponential(a)


def test_just_below_the_limit_is_finite() -> None:
    a = torch.full((1, 1, 1), 0.99 * LARGEST_NORM, dtype=torch.float64)
    assert bool(torch.isfinite(matrix_exponential(a)).all())
