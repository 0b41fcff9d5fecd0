"""The exponential of many small matrices at once, with a gradient that costs as little as the value."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from physym._typing import Float
from physym.errors import InvalidData

SMALL_SQUARE = 1e-4  # below this a series replaces root, sine and cosine
SERIES_BELOW = 1.0  # a Taylor polynomial of degree 18 is exact to round-off for norms below
LARGEST_NORM = 700.0  # e^709 is the largest double
WEIGHTS = (  # Bader, Blanes, Casas (2019), eq. 16: of 1, A, A², A³ and A⁶ in the five factors
    (0.0, -1.00365581030144618291e-01, -8.02924648241156932449e-03, -8.92138498045729985177e-04, 0.0),
    (0.0, 3.97849749499645077844e-01, 1.36783778460411720168e00, 4.98289622525382669416e-01, -6.37898194594723280150e-04),
    (
        -1.09676396052962061844e01,
        1.68015813878906206114e00,
        5.71779846478865511061e-02,
        -6.98210122488052056106e-03,
        3.34975017086070470649e-05,
    ),
    (
        -9.04316832390810593223e-02,
        -6.76404519071381882256e-02,
        6.75961301770459654925e-02,
        2.95552570429315521194e-02,
        -1.39180257516060693404e-05,
    ),
    (0.0, 0.0, -9.23364619367118555360e-02, -1.69364939002081722752e-02, -1.40086798182036094347e-05),
)


class BeyondFloat64(InvalidData):
    """An exponential overflows, so that a loss would be no number.

    Example:
        >>> issubclass(BeyondFloat64, InvalidData)
        True
    """


def matrix_exponential(matrices: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch n n"]:
    """``exp(A)`` by scaling and squaring of a Taylor polynomial; in closed form for 2 × 2 matrices.

    ``torch.matrix_exp`` sorts the matrices by their norms and differentiates by way of matrices of twice the size. For n ≤ 16 one
    polynomial for all of them, differentiated step by step, is several times faster.

    Arguments:
        matrices: shape ``(..., n, n)``, float64 or float32.

    Returns:
        Shape ``(..., n, n)``.

    Raises:
        BeyondFloat64: an entry is NaN or infinite, or a norm is so large that the exponential overflows.

    References:
        C. Moler, C. Van Loan, SIAM Review 45 (2003) 3, method 3; P. Bader, S. Blanes, F. Casas, Mathematics 7 (2019) 1174, for the
        polynomial.

    Example:
        >>> turn = torch.tensor([[0.0, -math.pi / 2], [math.pi / 2, 0.0]], dtype=torch.float64)
        >>> matrix_exponential(turn).round(decimals=9).tolist()
        [[0.0, -1.0], [1.0, 0.0]]
    """
    largest = float(matrices.detach().abs().sum(-1).amax()) if matrices.numel() else 0.0
    if not largest < LARGEST_NORM:
        raise BeyondFloat64(
            f"the exponential of a matrix of norm {largest:.3g} is beyond float64; draw smaller coefficients or take smaller matrices"
        )
    if matrices.shape[-1] == 2:
        found: Tensor = _TwoByTwo.apply(matrices)  # type: ignore[no-untyped-call]
        return found
    squarings = max(0, math.ceil(math.log2(largest / SERIES_BELOW))) if largest > SERIES_BELOW else 0
    power: Tensor = _Squared.apply(matrices, squarings)  # type: ignore[no-untyped-call]
    return power


class _Squared(Function):
    """``exp(A) = (p(A/2^s))^(2^s)`` with p a polynomial in five products, and its derivative by the same products backwards."""

    @staticmethod
    def forward(ctx: Any, matrices: Tensor, squarings: int) -> Tensor:
        """Value."""
        shape = matrices.shape
        a = matrices.reshape(-1, *shape[-2:]) / 2**squarings
        weights = torch.tensor(WEIGHTS, dtype=a.dtype, device=a.device)
        a2 = a @ a
        a3 = a2 @ a
        one = torch.eye(a.shape[-1], dtype=a.dtype, device=a.device).expand_as(a)
        first, second, third, fourth, fifth = torch.tensordot(weights, torch.stack([one, a, a2, a3, a3 @ a3]), 1)
        a9 = torch.baddbmm(fourth, first, fifth)
        left = third + a9
        powers = [torch.baddbmm(second, left, a9)]
        for _ in range(squarings):
            powers.append(powers[-1] @ powers[-1])
        ctx.save_for_backward(a, a2, a3, first, fifth, a9, left, weights, *powers[:-1])
        ctx.squarings = squarings
        return powers[-1].reshape(shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Gradient with respect to the matrices."""
        a, a2, a3, first, fifth, a9, left, weights, *powers = ctx.saved_tensors
        g = gradient.reshape(a.shape)
        for power in reversed(powers):
            g = torch.baddbmm(g @ power.mT, power.mT, g)
        of_left = g @ a9.mT
        of_a9 = torch.baddbmm(of_left, left.mT, g)
        factors = torch.stack([of_a9 @ fifth.mT, g, of_left, of_a9, first.mT @ of_a9])
        _, of_a, of_a2, of_a3, of_a6 = torch.tensordot(weights.T, factors, 1)
        of_a3 = torch.baddbmm(torch.baddbmm(of_a3, of_a6, a3.mT), a3.mT, of_a6)
        of_a2 = torch.baddbmm(of_a2, of_a3, a.mT)
        of_a = torch.baddbmm(of_a, a2.mT, of_a3)
        of_a = torch.baddbmm(torch.baddbmm(of_a, of_a2, a.mT), a.mT, of_a2)
        return of_a.reshape(gradient.shape) / 2**ctx.squarings, None


class _TwoByTwo(Function):
    """``e^t (C + S M)`` with t the half trace and M the traceless part, whose square is ``q`` times the unit matrix."""

    @staticmethod
    def forward(ctx: Any, a: Tensor) -> Tensor:
        """Value."""
        half, across = (a[..., 0, 0] + a[..., 1, 1]) / 2, (a[..., 0, 0] - a[..., 1, 1]) / 2
        upper, lower = a[..., 0, 1], a[..., 1, 0]
        q = across.square() + upper * lower
        small = q.abs() < SMALL_SQUARE
        root = torch.where(small, 1.0, q.abs()).sqrt()
        even = torch.where(q > 0, torch.cosh(root), torch.cos(root))
        odd = torch.where(q > 0, torch.sinh(root), torch.sin(root)) / root
        even = torch.where(small, 1 + q / 2 * (1 + q / 12 * (1 + q / 30)), even)
        odd = torch.where(small, 1 + q / 6 * (1 + q / 20 * (1 + q / 42)), odd)
        size = half.exp()
        ctx.save_for_backward(across, upper, lower, q, small, size * even, size * odd)
        even, odd = size * even, size * odd
        return torch.stack([even + odd * across, odd * upper, odd * lower, even - odd * across], -1).reshape(a.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Gradient: ``C′ = S/2`` and ``S′ = (C − S)/2q``."""
        across, upper, lower, q, small, even, odd = ctx.saved_tensors
        g00, g01, g10, g11 = gradient.reshape(*gradient.shape[:-2], 4).unbind(-1)
        trace, along = g00 + g11, (g00 - g11) * across + g01 * upper + g10 * lower
        size = even / torch.where(small, 1 + q / 2 * (1 + q / 12), 1.0)  # e^t where q is small, unused elsewhere
        slope = torch.where(small, size * (1 + q / 10 * (1 + q / 28)) / 6, (even - odd) / torch.where(small, 1.0, 2 * q))
        of_q = trace * odd / 2 + along * slope
        of_half = trace * even + along * odd
        of_across = (g00 - g11) * odd + 2 * across * of_q
        found = [(of_half + of_across) / 2, g01 * odd + lower * of_q, g10 * odd + upper * of_q, (of_half - of_across) / 2]
        return torch.stack(found, -1).reshape(gradient.shape)
