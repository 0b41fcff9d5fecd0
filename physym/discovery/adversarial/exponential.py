"""The exponential of many small matrices at once, with a gradient that costs as little as the value."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from physym._typing import Float
from physym.errors import InvalidData

SERIES_BELOW = 0.35  # a Taylor polynomial of degree 12 is exact to round-off for norms below
LARGEST_NORM = 700.0  # e^709 is the largest double


def matrix_exponential(matrices: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch n n"]:
    """``exp(A)`` by scaling and squaring of a Taylor polynomial; in closed form for 2 × 2 matrices.

    ``torch.matrix_exp`` sorts the matrices by their norms and differentiates by way of matrices of twice the size. For n ≤ 16 one
    polynomial for all of them, differentiated step by step, is several times faster.

    Arguments:
        matrices: shape ``(..., n, n)``, float64 or float32.

    Returns:
        Shape ``(..., n, n)``.

    Raises:
        InvalidData: an entry is NaN or infinite, or a norm is so large that the exponential overflows.

    References:
        C. Moler, C. Van Loan, SIAM Review 45 (2003) 3, method 3; M. Paterson, L. Stockmeyer, SIAM J. Comput. 2 (1973) 60.

    Example:
        >>> turn = torch.tensor([[0.0, -math.pi / 2], [math.pi / 2, 0.0]], dtype=torch.float64)
        >>> matrix_exponential(turn).round(decimals=9).tolist()
        [[0.0, -1.0], [1.0, 0.0]]
    """
    largest = float(matrices.detach().abs().sum(-1).amax()) if matrices.numel() else 0.0
    if not largest < LARGEST_NORM:
        raise InvalidData(
            f"the exponential of a matrix of norm {largest:.3g} is beyond float64; draw smaller coefficients or take smaller matrices."
        )
    if matrices.shape[-1] == 2:
        return _of_two_by_two(matrices)
    squarings = max(0, math.ceil(math.log2(largest / SERIES_BELOW))) if largest > SERIES_BELOW else 0
    power = _series(matrices / 2**squarings)
    for _ in range(squarings):
        power = power @ power
    return power


def _series(a: Tensor) -> Tensor:
    """``Σ_{k ≤ 12} a^k / k!`` with five products (Paterson–Stockmeyer)."""
    one = torch.eye(a.shape[-1], dtype=a.dtype, device=a.device)
    a2 = a @ a
    a3 = a2 @ a
    a4 = a2 @ a2
    c = [1.0 / math.factorial(k) for k in range(13)]
    top = c[8] * one + c[9] * a + c[10] * a2 + c[11] * a3 + c[12] * a4
    middle = c[4] * one + c[5] * a + c[6] * a2 + c[7] * a3 + a4 @ top
    return c[0] * one + c[1] * a + c[2] * a2 + c[3] * a3 + a4 @ middle


def _of_two_by_two(a: Tensor) -> Tensor:
    """``e^t (C + S M)`` with t the half trace and M the traceless part, whose square is ``q`` times the unit matrix."""
    half = (a[..., 0, 0] + a[..., 1, 1]) / 2
    across = (a[..., 0, 0] - a[..., 1, 1]) / 2
    upper, lower = a[..., 0, 1], a[..., 1, 0]
    q = across**2 + upper * lower
    # near q = 0 both branches are replaced by their series, as the derivative of the root is infinite there
    small = q.abs() < 1e-4
    positive, negative = torch.where(q > 1e-4, q, 1.0).sqrt(), torch.where(q < -1e-4, -q, 1.0).sqrt()
    even = torch.where(q > 0, torch.cosh(positive), torch.cos(negative))
    odd = torch.where(q > 0, torch.sinh(positive) / positive, torch.sin(negative) / negative)
    even = torch.where(small, 1 + q / 2 * (1 + q / 12 * (1 + q / 30)), even)
    odd = torch.where(small, 1 + q / 6 * (1 + q / 20 * (1 + q / 42)), odd)
    rows = (torch.stack([even + odd * across, odd * upper], -1), torch.stack([odd * lower, even - odd * across], -1))
    return torch.stack(rows, -2) * half.exp()[..., None, None]
