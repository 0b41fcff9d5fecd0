"""Functions of which a finite group or a group of complex matrices is all that leaves them unchanged: the tasks of the LieGAN paper."""

from __future__ import annotations

import numpy as np

from physym import _rng
from physym._typing import Float
from physym.algebra import Rep
from physym.data.samples import Samples
from physym.data.simulate.textbook import superpotential_of
from physym.errors import InvalidData


def discrete_rotation(n: int, *, order: int, seed: int | np.random.Generator, noise: int | float = 0.0) -> Samples:
    """``y = x₃ / (1 + (atan2(x₂, x₁) mod 2π/k)) + noise`` with x ~ N(0, 1₃): a turn by 2π/k about the third axis leaves it unchanged.

    The function jumps wherever the angle passes a multiple of 2π/k, so turns by any other angle, and reflections, change it.

    Arguments:
        n: number of rows; the paper has 20,000.
        order: k, at least 2.
        seed: seed or generator; x comes first from its stream, so it is the same at every noise.
        noise: standard deviation of the Gaussian noise on y, relative to that of the function, which is ``(1 + 2π/k)^(−1/2)``.

    Returns:
        Samples of one vector of three coordinates.

    Raises:
        InvalidData: no rows, an order below 2, or a negative noise.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), the task of discrete rotation.

    Example:
        >>> rows = discrete_rotation(100, order=7, seed=0)
        >>> rows.x.shape, rows.rep_x
        ((100, 3), Rep('V', n=3))
    """
    _require("discrete_rotation", n, noise)
    if order < 2:
        raise InvalidData(f"discrete_rotation(order={order}); expected at least 2, for a turn by 2π is none.")
    rng = _rng.generator(seed)
    x = rng.normal(size=(n, 3))
    sector = 2 * np.pi / order
    y = x[:, 2] / (1 + np.mod(np.arctan2(x[:, 1], x[:, 0]), sector))
    y = y + noise / np.sqrt(1 + sector) * rng.normal(size=n)
    return Samples(x, rep_x=Rep("V", n=3), y=y, source=f"discrete rotation of order {order}, noise {noise:g}")


def symmetric_in_three(x: Float[np.ndarray, "*batch 5"]) -> Float[np.ndarray, "*batch"]:
    """``f(x) = x₁x₂x₃ + (x₁ + x₂ + x₃) x₄ + x₄² x₅``: permutations of x₁, x₂, x₃ leave it unchanged, and no other linear map near 1 does.

    No larger group of signed permutations preserves it either, and no continuous group of linear or affine maps. The product
    x₁x₂x₃ is what tells a cyclic permutation from other turns about (1, 1, 1), which the second term would allow.

    Arguments:
        x: shape ``(..., 5)``.

    Returns:
        Shape ``(...)``; for standard normal x the mean is 0 and the variance 7.

    Example:
        >>> symmetric_in_three(np.array([[1.0, 2, 3, 1, 0], [3.0, 1, 2, 1, 0], [2.0, 1, 1, 3, 0]])).tolist()
        [12.0, 12.0, 14.0]
    """
    first = x[..., :3]
    return np.asarray(first.prod(-1) + first.sum(-1) * x[..., 3] + x[..., 3] ** 2 * x[..., 4])


def partial_permutation(n: int, *, seed: int | np.random.Generator, noise: int | float = 0.0) -> Samples:
    """``y = f(x) + noise`` with x ~ N(0, 1₅) and ``f = symmetric_in_three``, unchanged exactly by the permutations of the first three.

    Arguments:
        n: number of rows.
        seed: seed or generator; x comes first from its stream, so it is the same at every noise.
        noise: standard deviation of the Gaussian noise on y, relative to that of the function, √7.

    Returns:
        Samples of one vector of five coordinates.

    Raises:
        InvalidData: no rows, or a negative noise.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), poses the task; this function is our own.

    Example:
        >>> partial_permutation(100, seed=0).x.shape
        (100, 5)
    """
    _require("partial_permutation", n, noise)
    rng = _rng.generator(seed)
    x = rng.normal(size=(n, 5))
    y = symmetric_in_three(x) + noise * np.sqrt(7) * rng.normal(size=n)
    return Samples(x, rep_x=Rep("V", n=5), y=y, source=f"partial permutation, noise {noise:g}")


def superpotential(n: int, *, seed: int | np.random.Generator, noise: int | float = 0.0) -> Samples:
    """The superpotential ``W = w + w²/4``, ``w = ε(φ₁, φ₂)``, of two complex doublets that one complex 2 × 2 matrix moves.

    W alone is unchanged by SL(2,C). The doublets are standard normal, a distribution that U(2) preserves and nothing larger, so
    p(φ, W) is preserved by SU(2). ``textbook("superpotential")`` is Re W of the same function with real 4 × 4 matrices.

    Arguments:
        n: number of rows.
        seed: seed or generator; the doublets come first from its stream, so they are the same at every noise.
        noise: standard deviation of the Gaussian noise on Re W and Im W, relative to theirs, √10.

    Returns:
        Samples with two complex vectors per row, each stored as (Re, Im), and y = (Re W, Im W) of shape ``(n, 2)``, invariant.

    Raises:
        InvalidData: no rows, or a negative noise.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), poses the task for a holomorphic function of two doublets; this one is our own.

    Example:
        >>> rows = superpotential(100, seed=0)
        >>> rows.rep_x, rows.rep_y, rows.y.shape
        (Rep('2C', n=2), Rep('2S', n=2), (100, 2))
    """
    _require("superpotential", n, noise)
    rng = _rng.generator(seed)
    doublets = rng.normal(size=(n, 2, 4))
    w = superpotential_of(doublets)
    y = np.stack([w.real, w.imag], axis=1) + noise * np.sqrt(10) * rng.normal(size=(n, 2))
    return Samples(
        doublets.reshape(n, 8), rep_x=Rep("2C", n=2), y=y, rep_y=Rep("2S", n=2), source=f"superpotential of two doublets, noise {noise:g}"
    )


def _require(name: str, n: int, noise: int | float) -> None:
    if n < 1 or not 0 <= noise < np.inf:
        raise InvalidData(f"{name}(n={n}, noise={noise}); expected at least one row and a noise of at least 0.")
