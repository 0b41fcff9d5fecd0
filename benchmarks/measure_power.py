"""Test functions of the measure level: how often a true symmetry is rejected, and how small a breaking is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from benchmarks.table import Row
from physym.algebra import so
from physym.discovery.significance import dimension_tests
from physym.discovery.spectral.equations.drift import Cloud, drift_equation
from physym.discovery.spectral.equations.families import Family, Polynomials
from physym.discovery.spectral.equations.fourier import Fourier
from physym.discovery.spectral.equations.harmonics import Harmonics
from physym.discovery.spectral.statistics.scatter import shape_root

FAMILIES: dict[str, tuple[Family, ...]] = {
    "polynomials": (Polynomials(3),),
    "harmonics": (Harmonics(),),
    "low harmonics": (Harmonics(degrees=(0, 1, 2, 3)),),
    "Fourier": (Fourier(count=8),),
    "harmonics and Fourier": (Harmonics(), Fourier(count=8, widths=(1.0,))),
}
OMNIBUS = (Fourier(count=24, widths=(1.0,)),)
CLOUDS = ("Gaussian", "Student t, 3 dof", "ellipsoid")
ALPHAS = (0.01, 0.05)
ROUND = CLOUDS[:2]  # mixing changes no p-value, so the ellipsoid is looked at only once for each number of dimensions
Cells = tuple[tuple[int, int, tuple[str, ...], tuple[str, ...]], ...]  # dimensions, rows, clouds, families
Points = tuple[tuple[str, float, int, int], ...]  # breaking, its size, rows, seeds
CELLS: Cells = (
    (2, 1000, ROUND, tuple(FAMILIES)),
    (2, 1000, CLOUDS[2:], ("harmonics",)),
    (3, 1000, ROUND, tuple(FAMILIES)),
    (3, 1000, CLOUDS[2:], ("harmonics",)),
    (4, 1000, ROUND, ("polynomials", "low harmonics")),
    (3, 3000, ROUND, ("polynomials", "harmonics")),
    (5, 1000, ROUND[:1], ("polynomials", "low harmonics")),
    (3, 10_000, ROUND[:1], ("polynomials", "harmonics")),
)
TURNING = "octupole turning over with |x|"
POINTS: Points = (
    *(("cubic", 0.3, rows, 100) for rows in (1000, 3000, 10_000)),
    *(("octupole", 0.3, rows, 100) for rows in (300, 1000, 3000)),
    *((TURNING, 0.3, rows, 100) for rows in (1000, 3000)),
    *(("cubic", 0.1, rows, 30) for rows in (10_000, 30_000)),
    ("octupole", 0.1, 10_000, 30),
    ("octupole", 0.03, 100_000, 30),
    ("cubic", 0.03, 200_000, 10),
    ("octupole", 0.01, 1_000_000, 8),
)


def cloud(kind: str, rows: int, n: int, seed: int) -> np.ndarray:
    """Rows with the symmetry so(n), or so(n) after an unknown linear mixing."""
    draw, mix = (np.random.default_rng(stream) for stream in np.random.SeedSequence([n, rows, seed]).spawn(2))
    x = draw.normal(size=(rows, n))
    if kind.startswith("Student"):
        x /= np.sqrt(draw.chisquare(3, size=(rows, 1)) / 3)
    return x @ mix.normal(size=(n, n)) if kind == "ellipsoid" else x


def shape_of(kind: str, x: np.ndarray) -> np.ndarray:
    """A function of the rows between −1 and 1 that no rotation of space preserves."""
    r = np.linalg.norm(x, axis=1)
    u = x / r[:, None]
    octupole = np.sqrt(27) * u.prod(1)
    cubic = ((u**4).sum(1) - 0.6) / 0.4
    return {"octupole": octupole, "cubic": cubic, "octupole turning over with |x|": octupole * np.tanh(4 * (r - 1.54))}[kind]


def broken(kind: str, rows: int, breaking: float, seed: int) -> np.ndarray:
    """A Gaussian in three dimensions times ``1 + breaking · shape``."""
    draw = np.random.default_rng(np.random.SeedSequence([3, rows, seed, 99]))
    x = draw.normal(size=(3 * rows, 3))
    kept = draw.uniform(size=len(x)) * (1 + breaking) < 1 + breaking * shape_of(kind, x)
    return x[kept][:rows]


def p_value(x: np.ndarray, families: tuple[Family, ...], *, bands: bool = True, named: bool = False) -> float:
    """Of the dimension of so(n): among all of gl(n), or of so(n) named beforehand."""
    n = x.shape[1]
    z = x if named else x @ np.linalg.inv(shape_root(x)).T
    searched = so(n).basis / np.sqrt(2) if named else np.eye(n * n).reshape(-1, n, n)
    rows = Cloud(z, np.zeros(len(z), dtype=np.int64), np.arange(len(z)) % 64)
    tested = drift_equation(rows, searched, [family.on(z) for family in families])[1]
    return dimension_tests(tested if bands else replace(tested, bands=None))[n * (n - 1) // 2 - 1].p_value


def calibration(kind: str, n: int, rows: int, name: str, sets: int) -> list[Row]:
    """How often the true dimension is rejected."""
    p = np.array([p_value(cloud(kind, rows, n, seed), FAMILIES[name]) for seed in range(sets)])
    found = []
    for alpha in ALPHAS:
        rate = float((p < alpha).mean())
        what = f"so({n}), {kind}, N = {rows:,}: rejected at {alpha:g}, {name}"
        found.append(Row(what, 100 * rate, 100 * np.sqrt(rate * (1 - rate) / sets), "%", sets, f"≤ {100 * alpha:g}"))
    return found


TESTS: dict[str, tuple[tuple[Family, ...], bool]] = {
    "harmonics, smallest p of the bands": (FAMILIES["harmonics"], True),
    "Fourier, omnibus": (OMNIBUS, False),
    "polynomials of degree 3": (FAMILIES["polynomials"], True),
}


@cache
def critical(name: str, rows: int, sets: int) -> float:
    """The p-value below which 5 % of round clouds fall: a test that is too careful gets its level back."""
    families, bands = TESTS[name]
    seeds = range(10_000, 10_000 + sets)
    return float(np.quantile([p_value(cloud("Gaussian", rows, 3, s), families, bands=bands, named=True) for s in seeds], 0.05))


def power_curve(
    kind: str, breaking: float, counts: tuple[int, ...], *, seeds: int = 40, null_sets: int = 200, most: int = 3000
) -> dict[str, np.ndarray]:
    """Shares of sets in which so(3), broken, is rejected, by test, as the test stands at 5 % and at an equal true level of 5 %.

    The level is made equal on round clouds of as many rows, or of ``most`` where there are more. Returns one array of shape ``(c, 2)`` for
    each test; its first column holds the nominal, its second the equal level.
    """
    curves = {}
    for name, (families, bands) in TESTS.items():
        found = []
        for rows in counts:
            p = np.array([p_value(broken(kind, rows, breaking, seed), families, bands=bands, named=True) for seed in range(seeds)])
            found.append([(p < 0.05).mean(), (p < critical(name, min(rows, most), null_sets)).mean()])
        curves[name] = np.array(found)
    return curves


def power_rows(kind: str, breaking: float, rows: int, *, seeds: int, null_sets: int) -> list[Row]:
    """The figures of one point of the power curve."""
    found = []
    for name, shares in power_curve(kind, breaking, (rows,), seeds=seeds, null_sets=null_sets).items():
        for how, share in zip(("nominal", "equal"), shares[0], strict=True):
            what = f"so(3) broken by {100 * breaking:g} %, {kind}, N = {rows:,}: detected at 5 % ({how} level), {name}"
            found.append(Row(what, 100 * float(share), 100 * float(np.sqrt(share * (1 - share) / seeds)), "%", seeds))
    return found


def run(*, sets: int = 300, null_sets: int = 200, cells: Cells = CELLS, points: Points = POINTS) -> list[Row]:
    """The calibration of every cell, then the power at every point; about 25 minutes of one core."""
    return [*calibration_table(sets=sets, cells=cells), *power_table(null_sets=null_sets, points=points)]


def calibration_table(*, sets: int, cells: Cells = CELLS) -> Iterator[Row]:
    """How often the true dimension is rejected, cell by cell."""
    for n, rows, kinds, names in cells:
        for kind in kinds:
            for name in names:
                yield from calibration(kind, n, rows, name, sets)


def power_table(*, null_sets: int, points: Points = POINTS) -> Iterator[Row]:
    """How often a breaking is noticed, point by point."""
    for kind, breaking, rows, seeds in points:
        yield from power_rows(kind, breaking, rows, seeds=seeds, null_sets=null_sets)
