"""Is every textbook symmetry found: its dimension, its name, and the angle to the generators in the book?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.table import Row
from physym.algebra import LieAlgebra, principal_cosines, unitary
from physym.data.simulate import DENSITIES, TEXTBOOK, TextbookDensity, TextbookFunction
from physym.discovery import Affine, Complex, Level, Spectral, Whitened, discover

NAMES = {
    "so(2)": "so(2)",
    "so(3)": "so(3)",
    "so(4)": "so(3) ⊕ so(3)",
    "so(5)": "so(5)",
    "so(5) of two vectors": "so(5)",
    "so(1,3)": "so(1,3)",
    "so(2,1)": "so(1,2)",
    "so(2) + so(3)": "so(3) ⊕ so(2)",
    "sl(2,R)": "sl(2,R)",
    "sl(3,R)": "sl(3,R)",
    "sl(2,C)": "so(1,3)",  # isomorphic as real algebras
    "superpotential": "so(1,3)",
    "su(2)": "su(2)",
    "heisenberg(3)": "heisenberg(3)",
    "se(3)": "se(3)",
    "iso(1,3)": "iso(1,3)",
}


@dataclass(frozen=True)
class Case:
    """One data set, how it is searched, and what must come out."""

    what: str
    data: TextbookFunction | TextbookDensity
    method: Spectral
    rows: int
    noise: float
    algebra: LieAlgebra
    name: str
    aim: str = ""


def cases(rows: int) -> list[Case]:
    """Every textbook set, with 10 % noise."""
    found = [_function(case, rows) for case in TEXTBOOK.values()]
    found += [_density(case, rows) for case in DENSITIES.values()]
    w = TEXTBOOK["sl(2,C)"]
    within = Spectral(basis=unitary(2))  # gauge transformations are unitary: within u(2) the superpotential leaves su(2)
    su2 = TEXTBOOK["su(2)"].algebra
    found.append(Case("superpotential within u(2)", w, within, rows, 0.1, su2, "su(2)", "su(2) exactly"))
    return found


def _function(case: TextbookFunction, rows: int) -> Case:
    basis = Affine() if case.is_affine else Complex() if case.holomorphic else None
    many = {"so(5)": 20_000, "so(5) of two vectors": 100_000}.get(case.name, rows)
    aim = "all 10, cos² ≥ .9999, ≤ 5 s" if case.name in ("so(5)", "so(5) of two vectors") else ""
    return Case(case.name, case, Spectral(basis=basis, degree=case.degree), many, 0.1, case.algebra, NAMES[case.name], aim)


def _density(case: TextbookDensity, rows: int) -> Case:
    method = Spectral(basis=Whitened(), measure_degree=max(3, case.degree))
    return Case(f"density {case.name}", case, method, 4 * rows, 0.1, case.algebra, NAMES[case.name])


def run(*, rows: int = 5000, seeds: int = 10) -> list[Row]:
    """Runs with the right dimension and name, the smallest cos² of the principal angles, the certified defect, and seconds."""
    table = []
    for case in cases(rows):
        level = "measure" if isinstance(case.data, TextbookDensity) else "conditional"
        results = []
        for seed in range(seeds):
            samples = case.data.make(case.rows, seed=seed, noise=case.noise)
            result = discover(samples, case.method, level=level)  # type: ignore[arg-type]
            results.append((result.level, result.seconds))
        table += _rows(case, results)
    return table


def _rows(case: Case, results: list[tuple[Level, float]]) -> list[Row]:
    right = [level for level, _ in results if level.dimension == case.algebra.dimension and level.identification.name == case.name]  # type: ignore[union-attr]
    what = f"{case.what}, {case.rows:,} rows, degree {results[0][0].degree}"
    n = len(results)
    rows = [Row(f"{what}: {case.name}, dimension {case.algebra.dimension}", len(right), 0.0, f"of {n} runs", n, f"{n}")]
    if right:
        squares = np.array([principal_cosines(level.algebra, case.algebra)[-1] ** 2 for level in right if level.algebra is not None])
        rows.append(Row("  cos² of the largest principal angle", squares.mean(), squares.std(), "mean ± spread", len(right), case.aim))
        rows.append(Row("  its smallest value", squares.min(), 0.0, "", len(right), case.aim))
        defects = np.array([level.defect for level in right])
        rows.append(Row("  certified defect, chosen by the data", np.median(defects), defects.std(), "at 99 %", len(right)))
    seconds = np.array([seconds for _, seconds in results])
    rows.append(Row("  time of one run", float(np.median(seconds)), float(seconds.std()), "s", n))
    return rows
