"""The conditional level: matrices that leave p(y | x) unchanged, tested on a fitted logit or regression function."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from physym._typing import Float, Int
from physym.discovery.equation import SymmetryEquation, row_whitened
from physym.discovery.spectral.statistics.features import Features, block_sums
from physym.errors import DiscoveryFailed

RIDGE = 1e-8  # per row: only decides directions that the data leave open, such as E² − p² of massless vectors
NEWTON_STEPS = 50
VISIBLE = 1e-10  # second moments below this share of the largest are constant on the data


@dataclass(frozen=True, eq=False)
class PolynomialFit:
    """A polynomial fitted to y, with the influence of every row on its coefficients.

    Arguments:
        coefficients: shape ``(P,)``, the constant first.
        influence: change of the coefficients due to each row (jackknife, HC3), shape ``(N, P)``.

    Example:
        >>> import numpy as np
        >>> psi = np.stack([np.ones(50), np.linspace(-1, 1, 50)], axis=1)
        >>> fit_polynomial(psi, psi @ np.array([1.0, 2.0]), logit=False).coefficients.round(6).tolist()
        [1.0, 2.0]
    """

    coefficients: Float[np.ndarray, "P"]
    influence: Float[np.ndarray, "N P"]


def fit_polynomial(psi: Float[np.ndarray, "N P"], y: Float[np.ndarray, "N"], *, logit: bool) -> PolynomialFit:
    """Least squares for a regression function, Newton's method for the logit of a 0/1 label.

    Arguments:
        psi: standardised monomials, the constant first, shape ``(N, P)``.
        y: targets, shape ``(N,)``; 0 or 1 when ``logit``.
        logit: fit ``log p/(1 − p)`` instead of ``E[y | x]``.

    Returns:
        Coefficients and influences. Each influence is the change when the row is left out (HC3, with leverage h: ``1/(1 − h)``).

    Raises:
        DiscoveryFailed: the labels can be separated exactly.

    References:
        J. MacKinnon, H. White, J. Econometrics 29 (1985) 305, eq. 11, for HC3.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> psi = np.stack([np.ones(4000), rng.normal(size=4000)], axis=1)
        >>> y = (rng.uniform(size=4000) < 1 / (1 + np.exp(-psi[:, 1]))).astype(float)
        >>> bool(abs(fit_polynomial(psi, y, logit=True).coefficients[1] - 1) < 0.2)
        True
    """
    penalty = RIDGE * len(y)
    coefficients = np.zeros(psi.shape[1])
    loss = _loss(psi @ coefficients, y, logit)
    for _ in range(NEWTON_STEPS):
        mean, weight = _mean_and_weight(psi @ coefficients, logit)
        inverse = np.linalg.inv((psi.T * weight) @ psi + penalty * np.eye(psi.shape[1]))
        step = inverse @ (psi.T @ (y - mean) - penalty * coefficients)
        trial = _loss(psi @ (coefficients + step), y, logit)
        while trial > loss + 1e-9 * abs(loss) and np.abs(step).max() > 1e-12:
            step = step / 2
            trial = _loss(psi @ (coefficients + step), y, logit)
        coefficients, loss = coefficients + step, trial
        if not logit or np.abs(psi @ step).max() < 1e-6:
            break
    if logit and ((2 * y - 1) * (psi @ coefficients) > 0).all():
        raise DiscoveryFailed(
            "a polynomial of the tested degree separates the labels exactly, so the logit is infinite and its symmetry undefined. "
            "Lower the degree with Spectral(degree=…), use more data, or check that y is not computed from x."
        )
    mean, weight = _mean_and_weight(psi @ coefficients, logit)
    moved = psi @ inverse
    leverage = np.minimum(weight * np.einsum("np,np->n", moved, psi), 0.99)
    return PolynomialFit(coefficients, moved * ((y - mean) / (1 - leverage))[:, None])


def _mean_and_weight(value: Float[np.ndarray, "N"], logit: bool) -> tuple[Float[np.ndarray, "N"], Float[np.ndarray, "N"]]:
    """E[y | x] and its derivative by the fitted value."""
    if not logit:
        return value, np.ones(len(value))
    mean = 1 / (1 + np.exp(-np.clip(value, -500, 500)))
    return mean, mean * (1 - mean)


def _loss(value: Float[np.ndarray, "N"], y: Float[np.ndarray, "N"], logit: bool) -> float:
    """Negative log-likelihood: of a Bernoulli label for a logit, of a unit Gaussian otherwise."""
    return float((np.logaddexp(0, value) - y * value).sum() if logit else ((y - value) ** 2).sum() / 2)


def function_equation(
    x: Float[np.ndarray, "N d"],
    y: Float[np.ndarray, "N"],
    blocks: Int[np.ndarray, "N"],
    searched: Float[np.ndarray, "s n n"],
    *,
    degree: int,
    logit: bool,
    within: Float[np.ndarray, "P q"] | None = None,
    copies: int | None = None,
) -> tuple[SymmetryEquation, SymmetryEquation]:
    """``G^{1/2} R(A)ᵀ c = 0`` for the polynomial ``cᵀψ`` of degree ≤ ``degree`` fitted to y.

    Arguments:
        x: rows, shape ``(N, d)``, with ``d = K·n``.
        y: targets, shape ``(N,)``.
        blocks: block of each row, shape ``(N,)``.
        searched: orthonormal basis of the searched matrices on one vector, shape ``(s, n, n)``.
        degree: highest degree of the polynomial.
        logit: y is a 0/1 label and the logit is fitted.
        within: columns of coefficients of ``Features`` to whose span the polynomial is confined, shape ``(P, q)``; None: no limit.
        copies: number of vectors in a row, needed for affine matrices; None: as the size of the matrices says.

    Returns:
        The equation with one row per monomial, where H a is the root-mean-square change of the fitted function, and the
        same equation with whitened rows, for the tests.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(500, 2))
        >>> rotation = np.array([[[0.0, -1.0], [1.0, 0.0]]]) / 2**0.5
        >>> equation, whitened = function_equation(x, (x**2).sum(1), np.arange(500) % 64, rotation, degree=2, logit=False)
        >>> bool(np.linalg.norm(equation.matrix) < 1e-6)
        True
    """
    features = Features.of(x, degree=degree, copies=copies)
    columns = np.eye(features.psi.shape[1]) if within is None else within
    psi = features.psi if within is None else features.psi @ within
    spread = np.maximum(psi.std(0), 1e-12)
    fit = fit_polynomial(np.concatenate([np.ones((len(x), 1)), (psi - psi.mean(0)) / spread], axis=1), y, logit=logit)
    count = int(blocks.max()) + 1
    sums = block_sums(fit.influence, blocks, count)
    sums = np.sqrt(count / max(count - 1, 1)) * (sums - sums.mean(0))
    change = features.change(searched) @ (columns / spread)
    matrix = (change @ fit.coefficients[1:]).T
    influence = np.einsum("spq,bq->bps", change, sums[:, 1:])
    design = _sampling_of_rows(features.reached(searched), matrix, blocks, count)
    equation = SymmetryEquation(matrix, influence, searched, rounding=1e-9, design=design)
    noise = fit.influence[:, 1:]
    moved = change @ (noise.T @ noise) @ change.transpose(0, 2, 1)
    return equation, row_whitened(equation, moved.sum(0))


def _sampling_of_rows(
    psi: Float[np.ndarray, "N P"], matrix: Float[np.ndarray, "P s"], blocks: Int[np.ndarray, "N"], count: int
) -> Float[np.ndarray, "B r r"]:
    """How each block moves G, an average over a sample as well, as seen by the columns of ``H = G^{1/2} X``.

    ``G^{-1/2} dG G^{-1/2}`` in an orthonormal basis of those columns: the relative change of every ``‖Ha‖²``.
    """
    values, vectors = np.linalg.eigh(psi.T @ psi / len(psi))
    seen = values > VISIBLE * values[-1]
    inverse = np.where(seen, 1 / np.sqrt(np.where(seen, values, 1.0)), 0.0)[:, None] * vectors.T
    order = np.argsort(blocks, kind="stable")
    unit = (psi @ (inverse.T @ np.linalg.qr(matrix)[0]))[order]  # rows of unit second moment
    edges = np.searchsorted(blocks[order], np.arange(count + 1))
    moments = np.stack([unit[i:j].T @ unit[i:j] for i, j in pairwise(edges)]) / len(psi)
    share = np.diff(edges) / len(psi)
    return np.asarray(moments - share[:, None, None] * moments.sum(0))
