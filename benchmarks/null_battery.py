"""Is the significance true? Data without symmetry must not seem to have one, and a symmetry that is there must not be refuted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.table import Row
from physym.algebra import LieAlgebra, Rep, evaluate, exponents
from physym.data import Samples
from physym.data.simulate.densities import DENSITIES, TextbookDensity
from physym.data.simulate.no_symmetry import NO_SYMMETRY, NoSymmetry
from physym.data.simulate.textbook import TEXTBOOK, TextbookFunction
from physym.discovery import Affine, Complex, Level, Spectral, discover
from physym.errors import DiscoveryFailed

ALPHAS = (0.01, 0.05)
ROWS = 4000
CERTIFIED = 0.3  # of the defect of a random direction: below this a claim counts as certified, as for finite groups


@dataclass(frozen=True)
class Run:
    """One data set with what is true of it."""

    level: str
    samples: Samples
    method: Spectral
    truth: LieAlgebra | None


def without_symmetry(case: NoSymmetry, seeds: range, rows: int) -> Iterator[Run]:
    """Data sets of a family without symmetry, tested at the lowest degree that can tell."""
    method = Spectral(degree=case.degree, measure_degree=max(3, case.degree), alpha=ALPHAS[0])
    for seed in seeds:
        yield Run("conditional" if case.conditional else "measure", case.make(rows, seed=seed), method, None)


def cubic_surfaces(seeds: range, rows: int) -> Iterator[Run]:
    """Points of a random cubic surface in three dimensions, which no linear map preserves, with 0.1 % noise."""
    powers = exponents(3, range(4))
    for seed in seeds:
        law, draw, smear = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3))
        coefficients = law.normal(size=len(powers))
        direction = draw.normal(size=(4 * rows, 3))
        by_degree = np.stack([np.where(powers.sum(1) == d, coefficients, 0.0) for d in (3, 2, 1, 0)])
        ray = evaluate(direction, powers) @ by_degree.T
        roots = [np.roots(row) for row in ray]
        real = [(u, r.real) for u, found in zip(direction, roots, strict=True) for r in found if abs(r.imag) < 1e-12 and 0.1 < abs(r) < 3]
        x = np.array([u * r for u, r in real])[:rows]
        x = x * (1 + 1e-3 * smear.normal(size=x.shape))
        yield Run("support", Samples(x, rep_x=Rep("V", n=3)), Spectral(degree=3, alpha=ALPHAS[0]), None)


def with_symmetry(case: TextbookFunction | TextbookDensity, seeds: range, rows: int) -> Iterator[Run]:
    """Data sets with a textbook symmetry; functions with 10 % noise."""
    if isinstance(case, TextbookDensity):
        method = Spectral(measure_degree=max(2, case.degree), alpha=ALPHAS[0])
    else:
        space = Affine() if case.is_affine else Complex() if case.holomorphic else None
        method = Spectral(degree=case.degree, alpha=ALPHAS[0], basis=space)
    level = "measure" if isinstance(case, TextbookDensity) else "conditional"
    for seed in seeds:
        yield Run(level, case.make(rows, seed=seed, noise=0.1 if level == "conditional" else 0.0), method, case.algebra)


def solved(run: Run) -> Level:
    """The level of one data set."""
    try:
        return discover(run.samples, run.method, level=run.level).level  # type: ignore[arg-type]
    except DiscoveryFailed as error:
        return Level(run.level, "", None, reason=str(error))  # type: ignore[arg-type]


def claims(name: str, runs: Iterator[Run]) -> list[Row]:
    """How often a symmetry is claimed where there is none: kept by the test, and certified."""
    levels = [solved(run) for run in runs]
    kept = [level.dimension > 0 for level in levels]
    certified = [level.dimension > 0 and level.defect <= CERTIFIED for level in levels]
    return [
        _share(f"no symmetry, {name}: {what}", found, aim)
        for what, found, aim in (
            ("symmetry not rejected at α = .01", kept, "≤ 1 where the data have the power"),
            (f"certified at {100 * CERTIFIED:g} %", certified, "≤ 1"),
        )
    ]


def rejections(name: str, runs: Iterator[Run]) -> list[Row]:
    """How often the true dimension is refuted, and how often it is found exactly."""
    p_values, right = [], []
    for run in runs:
        level = solved(run)
        dimension = run.truth.dimension
        p_values.append(next((test.p_value for test in level.tests if test.dimension == dimension), np.nan))
        right.append(level.dimension == dimension)
    found = np.array(p_values)
    rows = [_share(f"{name}: true dimension refuted at α = {alpha:g}", found < alpha, f"≤ {100 * alpha:g}") for alpha in ALPHAS]
    rows.append(_share(f"{name}: the dimension is right", right, ""))
    rows.append(Row(f"{name}: not tested", int(np.isnan(found).sum()), 0.0, "data sets", len(found), "0"))
    return rows


def _share(what: str, hits: list[bool] | np.ndarray, aim: str) -> Row:
    rate = float(np.mean(hits))
    return Row(what, 100 * rate, 100 * float(np.sqrt(max(rate * (1 - rate), 1 / len(hits) ** 2) / len(hits))), "%", len(hits), aim)


def run(
    *,
    seeds: int = 100,
    rows: int = ROWS,
    no_symmetry: tuple[str, ...] = tuple(NO_SYMMETRY),
    textbook: tuple[str, ...] = tuple(TEXTBOOK),
    densities: tuple[str, ...] = tuple(DENSITIES),
    surfaces: bool = True,
) -> list[Row]:
    """Every family; seeds are 0 … seeds − 1."""
    table = []
    for name in no_symmetry:
        table += claims(name, without_symmetry(NO_SYMMETRY[name], range(seeds), rows))
    if surfaces:
        table += claims("cubic surface", cubic_surfaces(range(seeds), rows // 2))
    for name in textbook:
        table += rejections(f"function of {name}", with_symmetry(TEXTBOOK[name], range(seeds), rows))
    for name in densities:
        table += rejections(f"density with {name}", with_symmetry(DENSITIES[name], range(seeds), rows))
    return table + pooled(table)


def pooled(table: list[Row]) -> list[Row]:
    """All families of one kind together."""
    found = []
    for kind, starts in (("all without symmetry", "no symmetry, "), ("all functions", "function of "), ("all densities", "density with ")):
        rows = [row for row in table if row.what.startswith(starts) and row.unit == "%" and row.aim]
        for ending in dict.fromkeys(row.what.split(": ", 1)[1] for row in rows):
            parts = [row for row in rows if row.what.endswith(f": {ending}")]
            total = sum(row.repeats for row in parts)
            rate = sum(row.value * row.repeats for row in parts) / total / 100
            error = 100 * float(np.sqrt(max(rate * (1 - rate), 1 / total**2) / total))
            found.append(Row(f"{kind}: {ending}", 100 * rate, error, "%", total, parts[0].aim.split(" where")[0]))
    return found
