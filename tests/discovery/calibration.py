"""Symmetry equations of every level from data whose symmetry is known and can be broken by degrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from physym.algebra import so
from physym.discovery.equation import SymmetryEquation
from physym.discovery.significance import dimension_tests
from physym.discovery.spectral.equations.moments import moment_equation
from physym.discovery.spectral.equations.regression import function_equation
from physym.discovery.spectral.equations.support import support_equation, vanishing_polynomials
from physym.discovery.spectral.statistics.gram import gram_statistics

GL3 = np.eye(9).reshape(9, 3, 3)
Pair = tuple[SymmetryEquation, SymmetryEquation]


def regression(rows: int, breaking: float, seed: int) -> Pair:
    """E[y | x] = |x|² + breaking · x₁."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3))
    y = (x**2).sum(1) + breaking * x[:, 0] + 0.5 * rng.normal(size=rows)
    return function_equation(x, y, np.arange(rows) % 64, GL3, degree=2, logit=False)


def logit(rows: int, breaking: float, seed: int) -> Pair:
    """log p/(1 − p) = |x|² + breaking · x₁ − 2."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3))
    value = (x**2).sum(1) + breaking * x[:, 0] - 2
    y = (rng.uniform(size=rows) < 1 / (1 + np.exp(-value))).astype(np.float64)
    return function_equation(x, y, np.arange(rows) % 64, GL3, degree=2, logit=True)


def moments(rows: int, breaking: float, seed: int) -> Pair:
    """A round cloud about (breaking, 0, 0)."""
    x = np.random.default_rng(seed).normal(size=(rows, 3))
    x[:, 0] += breaking
    return moment_equation(x, np.zeros(rows, dtype=np.int64), np.arange(rows) % 64, GL3, degree=2)


def support(rows: int, breaking: float, seed: int) -> Pair:
    """E² = p² + breaking, p in the plane, with 3 % relative noise: the cone and its mass shells."""
    rng = np.random.default_rng(seed)
    p = rng.normal(size=(rows, 1, 2))
    energy = np.sqrt((p**2).sum(-1, keepdims=True) + breaking)
    x = np.concatenate([energy, p], axis=-1) * (1 + 0.03 * rng.normal(size=(rows, 1, 3)))
    statistics = gram_statistics(x, scale=1.0)
    equation = support_equation(statistics, vanishing_polynomials(statistics, noise=0.03), GL3)
    return equation, equation


def directions(*matrices: np.ndarray) -> np.ndarray:
    """Orthonormal rows that span the matrices, shape ``(r, 9)``."""
    return np.linalg.qr(np.stack([m.ravel() for m in matrices]).T)[0].T


@dataclass(frozen=True)
class Ladder:
    """One level: how to draw an equation, its exact generators without breaking, and how many rows are enough."""

    draw: Callable[[int, float, int], Pair]
    exact: np.ndarray
    rows: int

    def p_value(self, breaking: float, seed: int, *, rows: int = 0) -> float:
        """Of the dimension that is exact without breaking."""
        return dimension_tests(self.draw(rows or self.rows, breaking, seed)[1])[len(self.exact) - 1].p_value


LADDERS = {
    "regression": Ladder(regression, directions(*so(3).basis), 300),
    "logit": Ladder(logit, directions(*so(3).basis), 800),
    "moments": Ladder(moments, directions(*so(3).basis), 400),
    "support": Ladder(support, directions(*so(1, 2).basis, np.eye(3)), 200),
}


def relative_defect(equation: SymmetryEquation, span: np.ndarray) -> float:
    """sup ‖Ha‖ over the span, in units of the root-mean-square defect of a random direction."""
    return float(np.linalg.norm(equation.matrix @ span.T, 2) / (np.linalg.norm(equation.matrix) / np.sqrt(equation.matrix.shape[1])))


def binomial_limit(rate: float, runs: int) -> float:
    """The share of runs that a nominal rate exceeds with probability about 1e-3."""
    return rate + 3.1 * np.sqrt(rate * (1 - rate) / runs)
