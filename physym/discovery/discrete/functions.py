"""Test functions of whole rows: polynomials of low degree and random waves of whitened, bounded coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float, Int
from physym.algebra import evaluate, exponents

SMALLEST_WIDTH = 1e-3  # directions narrower than this, relative to the widest, are not stretched further
BOUND = 3.0  # whitened coordinates are bent to stay below this
FREQUENCIES = (0.7, 1.5)
NEWTON_STEPS = 12
ODDS_RIDGES = (1e-3, 1e-2, 1e-1)
RIDGES = (1e-6, 1e-4, 1e-2, 1e-1, 1.0)  # per row, of functions with unit spread


@dataclass(frozen=True, eq=False)
class RowFunctions:
    """Bounded functions of a row, learned on the proposing half.

    Arguments:
        root: whitening matrix, shape ``(d, d)``: rows times it have unit covariance.
        powers: monomials, shape ``(P, d)``.
        waves: frequencies of random waves, shape ``(W, d)``; each gives a cosine and a sine.
        mean: mean of each function, shape ``(F,)``.
        spread: spread of each function, shape ``(F,)``.

    Example:
        >>> rows = np.random.default_rng(0).normal(size=(300, 2))
        >>> functions = row_functions(rows, degree=2, waves=3, seed=0)
        >>> functions(rows).shape, functions.bands.tolist()
        ((300, 11), [1, 1, 2, 2, 2, 9, 9, 9, 9, 9, 9])
    """

    root: Float[np.ndarray, "d d"]
    powers: Int[np.ndarray, "P d"]
    waves: Float[np.ndarray, "W d"]
    mean: Float[np.ndarray, "F"]
    spread: Float[np.ndarray, "F"]

    @property
    def bands(self) -> Int[np.ndarray, "F"]:
        """Band of each function, shape ``(F,)``: its degree, or 9 for a wave."""
        return np.concatenate([self.powers.sum(1), np.full(2 * len(self.waves), 9)])

    @property
    def description(self) -> str:
        """Degree and number of waves in words."""
        waves = f" and {len(self.waves)} random waves" if len(self.waves) else ""
        return f"polynomials of degree ≤ {int(self.powers.sum(1).max())}{waves}"

    def __call__(self, rows: Float[np.ndarray, "N d"]) -> Float[np.ndarray, "N F"]:
        """Values of shape ``(N, F)``, with mean 0 and spread 1 on the rows that they were learned from."""
        return np.asarray((self._raw(rows) - self.mean) / self.spread)

    def _raw(self, rows: Float[np.ndarray, "N d"]) -> Float[np.ndarray, "N F"]:
        white = rows @ self.root
        white = white / np.sqrt(1 + (white / BOUND) ** 2)
        phase = white @ self.waves.T
        return np.concatenate([evaluate(white, self.powers), np.cos(phase), np.sin(phase)], axis=1)


def row_functions(rows: Float[np.ndarray, "N d"], *, degree: int, waves: int, seed: int, most: int = 300) -> RowFunctions:
    """Learn whitening and scales from rows; the degree falls until there are at most ``most`` functions.

    Arguments:
        rows: shape ``(N, d)``.
        degree: highest degree of the polynomials.
        waves: number of random waves.
        seed: of the waves.
        most: largest number of functions.

    Returns:
        The functions.

    Example:
        >>> row_functions(np.random.default_rng(0).normal(size=(99, 9)), degree=4, waves=0, seed=0, most=60).bands.max().item()
        2
    """
    d = rows.shape[1]
    values, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    width = np.sqrt(np.maximum(values, 0))
    root = vectors / np.maximum(width, SMALLEST_WIDTH * max(float(width[-1]), np.finfo(float).tiny))
    fitting = [k for k in range(1, degree + 1) if len(exponents(d, range(1, k + 1))) <= most - 2 * waves]
    powers = exponents(d, range(1, max(fitting, default=1) + 1))
    draws = np.random.default_rng(seed).standard_normal((waves, d)) / np.sqrt(max(d, 1))
    scaled = draws * np.resize(FREQUENCIES, waves)[:, None] * np.sqrt(2.0)
    draft = RowFunctions(root, powers, scaled, np.zeros(1), np.ones(1))
    sample = draft._raw(rows)
    spread = sample.std(0)
    return RowFunctions(root, powers, scaled, sample.mean(0), np.where(spread > 1e-9, spread, 1.0))


def fitted(functions: Float[np.ndarray, "N F"], goal: Float[np.ndarray, "N t"]) -> Float[np.ndarray, "F1 t"]:
    """Ridge regression of ``goal`` on functions and a constant; the penalty is the one that predicts every other row best.

    Arguments:
        functions: shape ``(N, F)``.
        goal: shape ``(N, t)``.

    Returns:
        Coefficients, the constant last, shape ``(F + 1, t)``.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(500, 1))
        >>> fitted(x, 2 * x + 1).ravel().round(3).tolist()
        [2.0, 1.0]
    """
    design = np.concatenate([functions, np.ones((len(functions), 1))], axis=1)
    held = [((design[::2] @ _ridge(design[1::2], goal[1::2], ridge) - goal[::2]) ** 2).sum() for ridge in RIDGES]
    return _ridge(design, goal, RIDGES[int(np.argmin(held))])


def _ridge(design: Float[np.ndarray, "N F"], goal: Float[np.ndarray, "N t"], ridge: float) -> Float[np.ndarray, "F t"]:
    penalty = np.full(design.shape[1], ridge * len(design))
    penalty[-1] = 1e-12 * len(design)  # the constant comes last and is free
    return np.asarray(np.linalg.solve(design.T @ design + np.diag(penalty), design.T @ goal))


def origin_probability(here: Float[np.ndarray, "N F"], there: Float[np.ndarray, "N F"]) -> Float[np.ndarray, "F1"]:
    """Logistic regression that tells rows ``here`` from rows ``there``; the penalty is the one that tells every other row best.

    Arguments:
        here: functions of the rows as they are, shape ``(N, F)``.
        there: functions of the moved rows, shape ``(N, F)``.

    Returns:
        Coefficients of the log-odds of "here", the constant last, shape ``(F + 1,)``.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> weights = origin_probability(rng.normal(size=(900, 1)) + 1, rng.normal(size=(900, 1)))
        >>> bool(0.8 < weights[0] < 1.2)
        True
    """
    losses = []
    for ridge in ODDS_RIDGES:
        weights = _logistic(here[1::2], there[1::2], ridge)
        right = (odds(_with_one(here[::2]), weights), 1 - odds(_with_one(there[::2]), weights))
        losses.append(-np.log(np.concatenate(right)).mean())
    return _logistic(here, there, ODDS_RIDGES[int(np.argmin(losses))])


def _logistic(here: Float[np.ndarray, "N F"], there: Float[np.ndarray, "N F"], ridge: float) -> Float[np.ndarray, "F1"]:
    """Newton's method with a penalty per row."""
    design = _with_one(np.concatenate([here, there]))
    label = np.repeat([1.0, 0.0], [len(here), len(there)])
    penalty = np.full(design.shape[1], ridge * len(design))
    penalty[-1] = 1e-6
    weights = np.zeros(design.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = odds(design, weights)
        slope = design.T @ (chance - label) + penalty * weights
        step = np.linalg.solve((design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty), slope)
        weights = weights - step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < 1e-4:
            break
    return weights


def _with_one(values: Float[np.ndarray, "N F"]) -> Float[np.ndarray, "N F1"]:
    return np.concatenate([values, np.ones((len(values), 1))], axis=1)


def odds(design: Float[np.ndarray, "N F"], weights: Float[np.ndarray, "F"]) -> Float[np.ndarray, "N"]:
    """Probability of "here" for each row of the design, shape ``(N,)``.

    Example:
        >>> odds(np.ones((1, 1)), np.zeros(1)).tolist()
        [0.5]
    """
    return np.asarray(1 / (1 + np.exp(-np.clip(design @ weights, -30, 30))))
