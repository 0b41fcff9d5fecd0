"""From a trained network to the symmetry equation of ``E[y | x]``: what the network got wrong is measured on the data and put right."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import comb

import numpy as np

from physym._typing import Float, Int
from physym.algebra.monomials import evaluate, exponents
from physym.discovery.equation import SymmetryEquation, row_whitened
from physym.discovery.network.gradients import Response
from physym.discovery.spectral.statistics.features import block_sums, copies_of

LOWEST_DEGREE = 2
INDEPENDENT = 1e-6  # relative size below which a combination of features counts as zero on the data
LARGEST_LEVERAGE = 0.95
CHUNK = 2048


def degrees_of_tests(coordinates: int, searched: int, n: int) -> tuple[int, ...]:
    """Highest degree of each band of test functions: 2, and more until they outnumber the unknowns.

    With fewer test functions than unknowns some matrix always seems to be a symmetry.

    Arguments:
        coordinates: number of coordinates of a row.
        searched: number of searched matrices.
        n: dimension of one vector, kept as a margin.

    Returns:
        Growing degrees, one per band.

    Example:
        >>> degrees_of_tests(8, 16, 4), degrees_of_tests(4, 16, 4)
        ((2,), (2, 3))
    """
    highest = LOWEST_DEGREE
    while comb(coordinates + highest, highest) < searched + n:
        highest += 1
    return tuple(range(LOWEST_DEGREE, highest + 1))


@dataclass(frozen=True, eq=False)
class _Corrected:
    """The network with its error regressed out: its gradient, its residuals, and how the equation answers to each row.

    ``moves`` is ``E[w (B x)·∇φ]``, shape ``(m, s, F)``; ``features`` φ are orthonormal, shape ``(N, F)``.
    """

    gradient: Float[np.ndarray, "N d"]
    residual: Float[np.ndarray, "N"]
    features: Float[np.ndarray, "N F"]
    moves: Float[np.ndarray, "m s F"]


@dataclass(frozen=True, eq=False)
class _Data:
    """Rows with what each searched matrix does to them, and the network on them."""

    x: Float[np.ndarray, "N d"]
    y: Float[np.ndarray, "N"]
    network: Response
    moved: Float[np.ndarray, "N s d"]

    @property
    def scale(self) -> Float[np.ndarray, "d"]:
        size = np.sqrt((self.x**2).mean(0))
        return np.asarray(np.where(size > 0, size, 1.0))


def debiased_equation(
    x: Float[np.ndarray, "N d"],
    y: Float[np.ndarray, "N"],
    network: Response,
    blocks: Int[np.ndarray, "N"],
    searched: Float[np.ndarray, "s n n"],
) -> tuple[SymmetryEquation, SymmetryEquation]:
    """``E[w_j(x) (B_k x)·∇f(x)]`` for the true ``f = E[y | x]`` and orthonormal polynomials w, from a network that never saw y of its rows.

    A network is biased by its regularisation, and its gradient more so. The bias of a linear functional of f is the mean of α(x) times
    the network's error, with α the Riesz representer of the functional. Here y is regressed on polynomials one degree above the
    test functions and on the network itself, and the gradient of that fit is tested: this adds ``E[α (y − f)]`` with α projected on
    those features, so what is left is a product of two errors, of α and of f, both outside their span. One degree above is
    what calibration takes: with features of the degree of the test functions the true symmetry was rejected far too often, because α
    holds the score ``∇log p(x)``, whose degree is one or more.

    Arguments:
        x: rows of K vectors each, shape ``(N, d)``, with ``d = K·n``.
        y: targets or 0/1 labels, shape ``(N,)``.
        network: its prediction of y, one output, for each row from a network that was trained without that row.
        blocks: block of each row, shape ``(N,)``.
        searched: orthonormal basis of the searched matrices on one vector, shape ``(s, n, n)``.

    Returns:
        The equation of the test functions of degree ≤ 2, where H a is the projection of the change of f on them in the root-mean-square
        norm, for certificates: the noise of higher degrees would drown them; and the equation of all bands, each with whitened
        rows, for the tests.

    References:
        V. Chernozhukov, W. Newey, R. Singh, Econometrica 90 (2022) 967 (automatic debiased machine learning), eq. 2.5 and section 3;
        J. MacKinnon, H. White, J. Econometrics 29 (1985) 305, eq. 11, for the leverage.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(500, 2))
        >>> guess = Response((x**2).sum(1, keepdims=True) + 0.1 * x[:, :1], 2 * x[:, None] + np.array([[[0.1, 0.0]]]))  # a biased one
        >>> rotation = np.array([[[0.0, -1.0], [1.0, 0.0]]]) / 2**0.5
        >>> equation, _ = debiased_equation(x, (x**2).sum(1), guess, np.arange(500) % 64, rotation)
        >>> bool(np.linalg.norm(equation.matrix) < 1e-9)
        True
    """
    moved = np.einsum("sij,nj->nsi", copies_of(searched, x.shape[1] // searched.shape[1]), x, optimize=True)
    data = _Data(x, y, network, moved)
    degrees = degrees_of_tests(x.shape[1], len(searched), searched.shape[1])
    weights = _orthonormal_polynomials(data, degrees[-1])
    edges = (0, *(comb(x.shape[1] + degree, degree) for degree in degrees))
    bands = [
        _band_equation(data, weights[:, start:stop], blocks, searched, degree + 1)
        for degree, (start, stop) in zip(degrees, pairwise(edges), strict=True)
        if weights[:, start:stop].size
    ]
    return bands[0][0], _stacked([row_whitened(*band) for band in bands], degrees)


def _stacked(bands: list[SymmetryEquation], degrees: tuple[int, ...]) -> SymmetryEquation:
    """One equation from those of all bands."""
    names = tuple(f"degree ≤ {degree}" if degree == degrees[0] else f"degree {degree}" for degree in degrees[: len(bands)])
    return SymmetryEquation(
        np.concatenate([band.matrix for band in bands]),
        np.concatenate([band.influence for band in bands], axis=1),
        bands[0].searched,
        rounding=bands[0].rounding,
        bands=np.repeat(np.arange(len(bands)), [len(band.matrix) for band in bands]) if len(bands) > 1 else None,
        band_names=names if len(bands) > 1 else (),
    )


def _orthonormal_polynomials(data: _Data, degree: int) -> Float[np.ndarray, "N m"]:
    """Polynomials orthonormal over the rows, low degrees first; those that vanish on the data are zero."""
    powers = exponents(data.x.shape[1], range(degree + 1))
    columns, triangle = np.linalg.qr(evaluate(data.x / data.scale, powers))
    seen = np.abs(np.diag(triangle)) > INDEPENDENT * np.sqrt(len(data.x))
    return np.asarray(columns * seen * np.sqrt(len(data.x)))


def _band_equation(
    data: _Data, weights: Float[np.ndarray, "N m"], blocks: Int[np.ndarray, "N"], searched: Float[np.ndarray, "s n n"], degree: int
) -> tuple[SymmetryEquation, Float[np.ndarray, "m m"]]:
    """The rows of one band of test functions and the covariance of its rows, with features of degree ≤ ``degree``."""
    fit = _corrected(data, weights, degree)
    change = np.einsum("nsd,nd->ns", data.moved, fit.gradient, optimize=True)
    matrix = weights.T @ change / len(weights)
    # H is a regression of the change on w: its error over x is that of the residuals of this regression
    left = change - weights @ matrix
    count = int(blocks.max()) + 1
    noise = block_sums(fit.features * fit.residual[:, None], blocks, count)
    sums = fit.moves @ noise.T
    influence = (np.moveaxis(sums, 2, 0) + _products(weights, left, blocks, count)) / len(weights)
    influence = np.sqrt(count / max(count - 1, 1)) * (influence - influence.mean(0))
    equation = SymmetryEquation(matrix, influence, searched, rounding=1e-9)
    return equation, _row_covariance(fit, weights, left)


def _products(
    weights: Float[np.ndarray, "N m"], left: Float[np.ndarray, "N s"], blocks: Int[np.ndarray, "N"], count: int
) -> Float[np.ndarray, "B m s"]:
    """``Σ w_j left_k`` over the rows of each block."""
    order = np.argsort(blocks, kind="stable")
    parts = np.split(order, np.searchsorted(blocks[order], np.arange(1, count)))
    return np.stack([weights[part].T @ left[part] for part in parts])


def _row_covariance(fit: _Corrected, weights: Float[np.ndarray, "N m"], left: Float[np.ndarray, "N s"]) -> Float[np.ndarray, "m m"]:
    """Covariance of the rows of H, summed over its columns."""
    m, s, _ = fit.moves.shape
    total = np.zeros((m, m))
    flat = fit.moves.reshape(m * s, -1).T
    for i in range(0, len(weights), CHUNK):
        part = slice(i, i + CHUNK)
        rows = ((fit.features[part] * fit.residual[part, None]) @ flat).reshape(-1, m, s) + weights[part, :, None] * left[part, None]
        table = rows.transpose(1, 0, 2).reshape(m, -1)
        total += table @ table.T
    return total / len(weights) ** 2


def _corrected(data: _Data, weights: Float[np.ndarray, "N m"], degree: int) -> _Corrected:
    """Regress y on polynomials and the network, and collect what the equation needs of that fit."""
    x, rows = data.x, len(data.x)
    powers = exponents(x.shape[1], range(degree + 1))
    raw = np.concatenate([evaluate(x / data.scale, powers), data.network.values], axis=1)
    size = np.sqrt((raw**2).mean(0))
    size = np.where(size > 0, size, 1.0)
    _, values, right = np.linalg.svd(raw / size, full_matrices=False)
    seen = values > INDEPENDENT * values[0]
    to_orthonormal = (right[seen].T / values[seen]) * np.sqrt(rows) / size[:, None]
    features = raw @ to_orthonormal
    coefficients = features.T @ data.y / rows
    leverage = np.minimum((features**2).mean(1) * features.shape[1] / rows, LARGEST_LEVERAGE)
    s, m = data.moved.shape[1], weights.shape[1]
    moves, gradient = np.zeros((m, s * raw.shape[1])), np.empty_like(x)
    for i in range(0, rows, CHUNK):
        part = slice(i, i + CHUNK)
        slopes = np.concatenate([polynomial_gradient(x[part], data.scale, powers), data.network.jacobian[part]], axis=1)
        gradient[part] = np.einsum("nfd,f->nd", slopes, to_orthonormal @ coefficients, optimize=True)
        along = data.moved[part] @ slopes.transpose(0, 2, 1)
        moves += weights[part].T @ along.reshape(len(along), -1)
    residual = (data.y - features @ coefficients) / (1 - leverage)
    return _Corrected(gradient, residual, features, moves.reshape(m, s, -1) @ to_orthonormal / rows)


def polynomial_gradient(
    x: Float[np.ndarray, "N d"], scale: Float[np.ndarray, "d"], powers: Int[np.ndarray, "P d"]
) -> Float[np.ndarray, "N P d"]:
    """Gradients of the monomials of ``x / scale``.

    Arguments:
        x: rows, shape ``(N, d)``.
        scale: unit of each coordinate, shape ``(d,)``.
        powers: exponents, shape ``(P, d)``.

    Returns:
        Shape ``(N, P, d)``.

    Example:
        >>> polynomial_gradient(np.array([[3.0, 2.0]]), np.ones(2), np.array([[2, 1]])).tolist()
        [[[12.0, 9.0]]]
    """
    columns = []
    for j in range(x.shape[1]):
        lower = powers.copy()
        lower[:, j] = np.maximum(lower[:, j] - 1, 0)
        columns.append(evaluate(x / scale, lower) * powers[:, j] / scale[j])
    return np.stack(columns, axis=2)
