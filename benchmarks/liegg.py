"""LieGG, plain and calibrated, against spectral discovery and plain least squares: the same data, one thread, accuracy and seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import process_time

import numpy as np
import torch
from torch import nn

from benchmarks.table import Row
from physym import LieGG, Rep, Samples, Spectral, discover
from physym.algebra import LieAlgebra, extend, so
from physym.algebra.monomials import action, evaluate, exponents
from physym.discovery import polarization
from physym.discovery.network.training import train_network

NO_DIMENSION = -1
RICHER = 4


@dataclass(frozen=True)
class Case:
    """Data of a known symmetry.

    Arguments:
        name: what they are.
        draw: seed to samples.
        truth: their generators.
        searched: basis of the matrices that plain methods search: the symmetries of the support, shape ``(s, n, n)``.
        degree: of the polynomials of ``Spectral`` and of least squares.
        moving: the targets are vectors that turn with x, as for ``x' = F(x)``.
    """

    name: str
    draw: Callable[[int], Samples]
    truth: LieAlgebra
    searched: np.ndarray
    degree: int = 2
    moving: bool = False


@dataclass(frozen=True)
class Outcome:
    """cos² of the span of the true dimension to the truth, the dimension a method chose, and its seconds of processor time."""

    cosine: float
    dimension: int
    seconds: float


def so5(seed: int, *, rows: int = 1500) -> Samples:
    """sin |x| − |x|³/2 of one five-vector with 10 % noise."""
    x, noise = (np.random.default_rng([seed, stream]).normal(size=(rows, width)) for stream, width in ((0, 5), (1, 1)))
    size = np.linalg.norm(x, axis=1)
    value = np.sin(size) - size**3 / 2
    return Samples(x, rep_x=Rep("V", n=5), y=value + 0.1 * value.std() * noise[:, 0])


def mass(seed: int, *, rows: int = 1500) -> Samples:
    """m²/2 + tanh m² of one four-vector with 1 % noise."""
    x, noise = (np.random.default_rng([seed, stream]).normal(size=(rows, width)) for stream, width in ((2, 4), (3, 1)))
    square = x[:, 0] ** 2 - (x[:, 1:] ** 2).sum(1)
    value = square / 2 + np.tanh(square)
    return Samples(x, rep_x=Rep("V", n=4), y=value + 0.01 * value.std() * noise[:, 0])


def jets(seed: int, *, rows: int = 4000) -> Samples:
    """Labels drawn from the invariant mass of two massless constituents."""
    rng = np.random.default_rng([seed, 4])
    phi = rng.uniform(-np.pi, np.pi, (rows, 1)) + 0.3 * rng.normal(size=(rows, 2))
    eta = rng.uniform(-1, 1, (rows, 1)) + 0.3 * rng.normal(size=(rows, 2))
    pt = rng.uniform(20, 100, (rows, 2))
    p = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)
    x = np.concatenate([np.linalg.norm(p, axis=-1, keepdims=True), p], axis=-1)
    total = x.sum(1)
    square = total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(1)
    chance = 1 / (1 + np.exp(2 - square / 500))
    y = (np.random.default_rng([seed, 5]).uniform(size=rows) < chance).astype(np.int64)
    return Samples(x.reshape(rows, 8), rep_x=Rep("2V", n=4), y=y, units="GeV")


def flow(seed: int, *, rows: int = 1000) -> Samples:
    """x' = (1 − |x|²) x in space with 5 % noise: dynamics that turn with x."""
    x, noise = (np.random.default_rng([seed, stream]).normal(size=(rows, 3)) for stream in (6, 7))
    value = (1 - (x**2).sum(1, keepdims=True)) * x
    return Samples(x, rep_x=Rep("V", n=3), y=value + 0.05 * value.std() * noise, rep_y=Rep("V", n=3))


def elementary(n: int) -> np.ndarray:
    """All matrices, shape ``(n², n, n)``."""
    return np.eye(n * n).reshape(n * n, n, n)


CONE = extend(so(1, 3), LieAlgebra(np.eye(4)[None])).basis  # what the cone E² = p² allows
CASES = (
    Case("so(5), 10 % noise", so5, so(5), elementary(5)),
    Case("so(1,3), f(m²), 1 % noise", mass, so(1, 3), elementary(4)),
    Case("so(1,3), labels from m₁₂", jets, so(1, 3), CONE / np.linalg.norm(CONE, axis=(1, 2), keepdims=True)),
    Case("so(3), x' = F(x), 5 % noise", flow, so(3), elementary(3), degree=3, moving=True),
)


def cos2(found: np.ndarray, truth: LieAlgebra) -> float:
    """Mean squared principal cosine between two spans of matrices."""
    one, two = (np.linalg.qr(basis.reshape(len(basis), -1).T)[0] for basis in (found, truth.basis))
    return float(np.linalg.norm(one.T @ two) ** 2 / truth.dimension)


def spectral(case: Case, samples: Samples, seed: int) -> tuple[np.ndarray, int]:
    """Spectral discovery at the conditional level."""
    return _conditional(case, samples, seed, Spectral(degree=case.degree))


def spectral_richer(case: Case, samples: Samples, seed: int) -> tuple[np.ndarray, int]:
    """The same with polynomials of degree 4, which lie nearer to these functions and still not on them."""
    return _conditional(case, samples, seed, Spectral(degree=RICHER))


def calibrated(case: Case, samples: Samples, seed: int) -> tuple[np.ndarray, int]:
    """LieGG with cross-fitted networks and the debiased test."""
    return _conditional(case, samples, seed, LieGG(folds=3))


def _conditional(case: Case, samples: Samples, seed: int, method: Spectral | LieGG) -> tuple[np.ndarray, int]:
    level = discover(samples, method, level="conditional", seed=seed).conditional
    if level is None or level.algebra is None or level.equation is None:
        return np.zeros((1, *case.truth.basis.shape[1:])), NO_DIMENSION
    if level.dimension == case.truth.dimension:
        return level.algebra.basis, level.dimension
    return np.tensordot(level.equation.span(case.truth.dimension), level.equation.searched, 1), level.dimension


class Stack(nn.Module):
    """Several networks of one output as one of several."""

    def __init__(self, networks: list[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Outputs ``(N, q)``."""
        return torch.stack([network(x) for network in self.networks], dim=1)


def plain(case: Case, samples: Samples, seed: int) -> tuple[np.ndarray, int]:
    """One network per output on all rows, its polarization matrix, and the largest gap."""
    target = np.asarray(samples.y, dtype=np.float64).reshape(len(samples), -1)
    logit = np.issubdtype(np.asarray(samples.y).dtype, np.integer)
    networks: list[nn.Module] = [train_network(samples.x, column.copy(), logit=logit, seed=seed) for column in target.T]
    found = polarization(Stack(networks), samples.x, case.searched, searched_y=case.searched if case.moving else None)
    return found.algebra(case.truth.dimension).basis, found.dimension


def least_squares(case: Case, samples: Samples, seed: int) -> tuple[np.ndarray, int]:
    """Coefficients of a polynomial by least squares, and the matrices that change them least; no weights, no test."""
    powers = exponents(samples.x.shape[1], range(1, case.degree + 1))
    psi = evaluate(samples.x, powers)
    target = np.asarray(samples.y, dtype=np.float64).reshape(len(samples), -1)
    coefficients = np.linalg.lstsq(psi - psi.mean(0), target - target.mean(0), rcond=None)[0]
    big = np.stack([np.kron(np.eye(samples.copies), matrix) for matrix in case.searched])
    moved = np.einsum("spq,po->sqo", action(big, powers), coefficients)
    if case.moving:
        moved = moved - np.einsum("sou,qu->sqo", case.searched, coefficients)
    _, values, right = np.linalg.svd(moved.reshape(len(moved), -1).T)
    values = np.concatenate([values, np.zeros(len(right) - len(values))])[::-1]
    floor = 1e-12 * max(values[-1], np.finfo(float).tiny)
    gap = int((np.maximum(values[1:], floor) / np.maximum(values[:-1], floor)).argmax()) + 1
    return np.tensordot(right[-case.truth.dimension :], case.searched, 1), gap


METHODS = {
    "Spectral": spectral,
    "Spectral, degree 4": spectral_richer,
    "LieGG, plain": plain,
    "LieGG, calibrated": calibrated,
    "least squares": least_squares,
}


def measured(case: Case, seed: int) -> dict[str, Outcome]:
    """Every method on the same data."""
    samples, outcomes = case.draw(seed), {}
    for name, method in METHODS.items():
        if (case.moving and method is calibrated) or (method is spectral_richer and (case.moving or samples.copies > 1)):
            continue  # one target per row; a polynomial of degree 4 in eight coordinates needs more rows
        start = process_time()
        basis, dimension = method(case, samples, seed)
        outcomes[name] = Outcome(cos2(basis, case.truth), dimension, process_time() - start)
    return outcomes


def run(*, seeds: int = 3, cases: tuple[Case, ...] = CASES) -> list[Row]:
    """1 − cos² of the span to the truth, right dimensions, and seconds as a ratio to ``Spectral`` in the same process."""
    torch.set_num_threads(1)
    rows = []
    for case in cases:
        discover(case.draw(0), Spectral(degree=case.degree), level="conditional")  # imports are not timed
        outcomes = [measured(case, seed) for seed in range(1, seeds + 1)]
        for name in outcomes[0]:
            defects = np.array([1 - outcome[name].cosine for outcome in outcomes])
            right = sum(outcome[name].dimension == case.truth.dimension for outcome in outcomes)
            ratios = np.array([outcome[name].seconds / outcome["Spectral"].seconds for outcome in outcomes])
            rows.append(Row(f"{case.name}: {name}, 1 − cos²", float(defects.mean()), float(defects.std()), "mean ± spread", seeds))
            rows.append(Row(f"  {name}, dimension right", float(right), 0.0, f"of {seeds}", seeds))
            if name != "Spectral":
                rows.append(Row(f"  {name}, seconds", float(np.median(ratios)), float(ratios.std()), "× Spectral", seeds))
    return rows


if __name__ == "__main__":
    for row in run():
        print(row)
