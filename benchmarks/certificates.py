"""How often a certificate is false: bounds on the breaking against the true breaking, over thousands of data sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from benchmarks.table import Row, median_row
from physym.algebra import LieAlgebra, Rep, so
from physym.data import Samples
from physym.discovery import Level, Spectral, discover
from physym.discovery.certificate import largest_variance

ALPHA = 0.05
POPULATION = 400_000
TRUTH_SEED = 999_983


@dataclass(frozen=True)
class Case:
    """A family of data sets whose symmetry can be broken by degrees.

    Arguments:
        name: what it is.
        make: rows, breaking, noise (0: none), seed → samples.
        algebra: the symmetry at zero breaking.
        level: the level tested.
        rows: rows of one data set.
        breaking: the sizes of breaking that make up the cells.
        degree: highest degree tested.
        share: of the runs of the other cells; less where a run takes long.
    """

    name: str
    make: Callable[[int, float, float, int], Samples]
    algebra: LieAlgebra
    level: str
    rows: int
    breaking: tuple[float, ...]
    degree: int = 2
    share: float = 1.0


def streams(seed: int) -> tuple[np.random.Generator, np.random.Generator]:
    """Independent streams for rows and noise."""
    first, second = np.random.SeedSequence(seed).spawn(2)
    return np.random.default_rng(first), np.random.default_rng(second)


def function(rows: int, breaking: float, noise: float, seed: int) -> Samples:
    """f(m²) of one four-vector, quadratic in m²; 1 % noise; the breaking adds p_x²."""
    draw, smear = streams(seed)
    x = draw.normal(size=(rows, 4))
    mass = x[:, 0] ** 2 - (x[:, 1:] ** 2).sum(1)
    y = mass + breaking * x[:, 1] ** 2
    return Samples(x, rep_x=Rep("V", n=4), y=y + noise * 0.01 * y.std() * smear.normal(size=rows))


def misspecified(rows: int, breaking: float, noise: float, seed: int) -> Samples:
    """A function that no polynomial of the tested degree equals: sin and exp of the radius, and of one coordinate."""
    draw, smear = streams(seed)
    x = draw.normal(size=(rows, 3))
    y = np.sin(2 * np.linalg.norm(x, axis=1)) + np.exp(-(x**2).sum(1)) + breaking * np.tanh(3 * x[:, 0])
    return Samples(x, rep_x=Rep("V", n=3), y=y + noise * 0.2 * smear.normal(size=rows))


def logit(rows: int, breaking: float, noise: float, seed: int) -> Samples:
    """0/1 labels whose log-odds are |x|² − 3; the breaking adds x₁."""
    draw, smear = streams(seed)
    x = draw.normal(size=(rows, 3))
    odds = (x**2).sum(1) - 3 + breaking * x[:, 0]
    return Samples(x, rep_x=Rep("V", n=3), y=(smear.uniform(size=rows) < 1 / (1 + np.exp(-odds))).astype(np.int64))


def clustered(rows: int, breaking: float, noise: float, seed: int) -> Samples:
    """Trajectories of 10 states: the rows of one are turned a little from step to step and share their noise."""
    draw, smear = streams(seed)
    runs = rows // 10
    start = draw.normal(size=(runs, 1, 3))
    angle = 0.2 * np.arange(10)
    turns = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    x = np.concatenate([np.einsum("ijt,rj->rti", turns, start[:, 0, :2]), np.repeat(start[..., 2:], 10, axis=1)], axis=2)
    y = (x**2).sum(2) + breaking * x[..., 2]
    y = y + noise * (0.3 * smear.normal(size=(runs, 1)) + 0.1 * smear.normal(size=(runs, 10)))
    cluster = np.repeat(np.arange(runs), 10)
    return Samples(x.reshape(-1, 3), rep_x=Rep("V", n=3), y=y.ravel(), cluster=cluster)


def density(rows: int, breaking: float, noise: float, seed: int) -> Samples:
    """A round cloud with heavier tails than a Gaussian; the breaking stretches one axis and shifts it."""
    draw, _ = streams(seed)
    x = draw.normal(size=(rows, 3)) * draw.uniform(0.5, 1.5, size=(rows, 1))
    x[:, 0] = x[:, 0] * (1 + breaking) + breaking / 2
    return Samples(x, rep_x=Rep("V", n=3))


def gaussian(rows: int, breaking: float, noise: float, seed: int) -> Samples:
    """A Gaussian cloud, one axis stretched by the breaking."""
    x = streams(seed)[0].normal(size=(rows, 3))
    x[:, 0] *= 1 + breaking
    return Samples(x, rep_x=Rep("V", n=3))


CASES = (
    Case("function of m², so(1,3)", function, so(1, 3), "conditional", 1000, (0.0, 0.02, 0.1, 0.3)),
    Case("function of m², so(1,3), degree 4", function, so(1, 3), "conditional", 1000, (0.0, 0.1), 4, 0.25),
    Case("misspecified function, so(3)", misspecified, so(3), "conditional", 1000, (0.0, 0.1, 0.3)),
    Case("misspecified function, so(3), degree 3", misspecified, so(3), "conditional", 1000, (0.0, 0.3), 3),
    Case("logit, so(3)", logit, so(3), "conditional", 2000, (0.0, 0.1, 0.3)),
    Case("trajectories, so(3)", clustered, so(3), "conditional", 2000, (0.0, 0.1, 0.3)),
    Case("Gaussian density, so(3)", gaussian, so(3), "measure", 2000, (0.0, 0.1, 0.3)),
    Case("density with tails, so(3)", density, so(3), "measure", 2000, (0.0, 0.1, 0.3)),
)


def solved(case: Case, rows: int, breaking: float, noise: float, seed: int) -> Level:
    """The level of one data set."""
    method = Spectral(degree=case.degree, alpha=ALPHA)
    return discover(case.make(rows, breaking, noise, seed), method, level=case.level).level  # type: ignore[arg-type]


@cache
def population(case: Case, breaking: float) -> Level:
    """The same level of so many rows that noise does not matter."""
    return solved(case, POPULATION, breaking, 0.0 if case.make is not logit else 1.0, TRUTH_SEED)


def relative_defect(truth: Level, algebra: LieAlgebra) -> float:
    """``sup ‖Ha‖/s`` over an algebra, with the true H."""
    h = truth.equation.matrix
    return float(np.linalg.norm(h @ coordinates(truth, algebra).T, 2) / np.sqrt((h**2).sum() / h.shape[1]))


def coordinates(level: Level, algebra: LieAlgebra) -> np.ndarray:
    """Orthonormal rows that span an algebra in the basis, orthonormal in its own frame, that the level solved for."""
    flat = level.equation.searched.reshape(len(level.equation.searched), -1)
    rows = algebra.basis.reshape(algebra.dimension, -1) @ np.linalg.pinv(flat)
    return np.linalg.qr(rows.T)[0].T


def false_rates(case: Case, breaking: float, runs: int, first_seed: int) -> dict[str, int]:
    """Numbers of false certifications: of the textbook algebra at 1.0 and 1.05 times its defect, and of what the data chose."""
    truth = population(case, breaking)
    true = relative_defect(truth, case.algebra)
    count = {"textbook 1.00": 0, "textbook 1.05": 0, "chosen": 0, "certified below 1": 0}
    for seed in range(first_seed, first_seed + runs):
        level = solved(case, case.rows, breaking, 1.0, seed)
        bound = level.certify(case.algebra)
        count["textbook 1.00"] += bool(bound < true)
        count["textbook 1.05"] += bool(bound < true / 1.05)
        count["certified below 1"] += bool(bound < 1)
        if level.dimension:
            count["chosen"] += bool(level.defect < relative_defect(truth, level.algebra))
    return count


PROMISED = (
    ("so(1,3) as a function, N = 5,000, 1 % noise, degree 2", CASES[0], 5000, 0.01),
    ("so(1,3) as a function, N = 5,000, 1 % noise, degree 4", CASES[1], 5000, 0.01),
    ("so(3) as a Gaussian density, N = 20,000, degree 3", CASES[-2], 20_000, 0.05),
    ("so(3) as a density with tails, N = 20,000, degree 3", CASES[-1], 20_000, 0.05),
)


def promised(runs: int) -> list[Row]:
    """How often the promised certificates are reached, and their width beside that of the ellipsoid of Scheffé."""
    rows = []
    for name, case, size, limit in PROMISED:
        levels = [solved(case, size, 0.0, 1.0, seed) for seed in range(runs)]
        bounds = np.array([level.certify(case.algebra) for level in levels])
        share = float((bounds <= limit).mean())
        rows.append(
            Row(
                f"{name}: certified at {100 * limit:g} %", 100 * share, 100 * np.sqrt(share * (1 - share) / runs), "% of runs", runs, "≥ 95"
            )
        )
        rows.append(median_row(f"{name}: δ* of the named algebra", 100 * bounds, "%"))
        rows.append(median_row(f"{name}: δ* of the chosen span", 100 * np.array([level.defect for level in levels]), "%"))
        ratios = np.array([ellipsoid_over_width(level, case.algebra, bound) for level, bound in zip(levels, bounds, strict=True)])
        rows.append(median_row(f"{name}: Scheffé ellipsoid over our width", ratios, "×", aim="≥ 2.5"))
    return rows


def ellipsoid_over_width(level: Level, algebra: LieAlgebra, bound: float) -> float:
    """What Scheffé's ellipsoid adds to the measured defect, over what ours adds; both in units of the same scale."""
    from scipy.special import chdtri

    equation = level.equation
    span = coordinates(level, algebra)
    noise = equation.influence @ span.T
    directions = np.linalg.matrix_rank(noise.reshape(len(noise), -1))
    widest = np.sqrt(chdtri(directions, ALPHA) * largest_variance(noise, np.eye(len(span))))
    scale = np.sqrt((equation.matrix**2).sum() / equation.matrix.shape[1])
    measured = np.linalg.norm(equation.matrix @ span.T, 2)
    return float(widest / (bound * scale - measured))


def run(*, runs: int = 600, promises: int = 100) -> list[Row]:
    """Every case and breaking with seeds 0 … runs − 1; then the promised certificates."""
    rows, total = [], 0
    for case in CASES:
        for breaking in case.breaking:
            number = max(int(case.share * runs), 1)
            count = false_rates(case, breaking, number, 0)
            total += number
            true = relative_defect(population(case, breaking), case.algebra)
            what = f"{case.name}, breaking {breaking:g} (true defect {100 * true:.2g} %)" if breaking else f"{case.name}, no breaking"
            for kind in ("textbook 1.00", "textbook 1.05", "chosen") if breaking else ("chosen",):
                rate = count[kind] / number
                error = 100 * float(np.sqrt(max(rate * (1 - rate), 1 / number**2) / number))
                rows.append(Row(f"{what}: false, {kind}", 100 * rate, error, "%", number, f"≤ {100 * ALPHA:g}"))
    rows.append(Row("data sets in all", total, 0.0, "", 1, "≥ 10,000"))
    return rows + promised(promises)
