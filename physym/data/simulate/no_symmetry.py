"""Data without any continuous symmetry: what a calibrated method must not be fooled by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from physym import _rng
from physym._typing import Float
from physym.algebra import Rep, evaluate, exponents
from physym.data.samples import Samples
from physym.errors import InvalidData, UnknownDataset

Law = Callable[[int, int, np.random.Generator, np.random.Generator], tuple[np.ndarray, np.ndarray | None]]


@dataclass(frozen=True, eq=False)
class NoSymmetry:
    """A family of random laws none of which has a continuous linear symmetry; every seed is another law.

    Arguments:
        name: name of the family.
        law: from rows, n, the generator of the law and that of the rows to ``x`` of shape ``(N, n)`` and y or None.
        n: number of coordinates.
        degree: lowest degree of polynomials (or moments) that can tell; below it the data look symmetric and are not. A polynomial
            of degree 2, for instance, is always unchanged by the rotations of its quadratic form that keep its linear part.
        conditional: the statement is about p(y | x), not about p(x).

    Example:
        >>> case = no_symmetry("Gaussian mixture")
        >>> case.make(50, seed=0).x.shape, bool((case.make(50, seed=0).x == case.make(50, seed=1).x).any())
        ((50, 3), False)
    """

    name: str
    law: Law = field(kw_only=True)
    n: int = field(default=3, kw_only=True)
    degree: int = field(default=3, kw_only=True)
    conditional: bool = field(default=False, kw_only=True)

    def make(self, rows: int, *, seed: int | np.random.Generator, noise: float = 0.1) -> Samples:
        """A random law of the family and rows that follow it.

        Arguments:
            rows: how many.
            seed: seed or generator; law, rows and noise have streams of their own.
            noise: standard deviation of the Gaussian noise on y, relative to that of the function; without y of no effect.

        Returns:
            Samples of one vector.

        Raises:
            InvalidData: no rows, or a negative noise.

        Example:
            >>> no_symmetry("random quartic").make(20, seed=3).y.shape
            (20,)
        """
        if rows < 1 or not 0 <= noise < np.inf:
            raise InvalidData(f"make(rows={rows}, noise={noise}): expected at least one row and a noise of at least 0.")
        law, draw, smear = _rng.generator(seed).spawn(3)
        x, y = self.law(rows, self.n, law, draw)
        if y is not None:
            y = y / max(float(y.std()), float(np.finfo(float).tiny)) + noise * smear.normal(size=rows)
        return Samples(x, rep_x=Rep("V", n=self.n), y=y, source=f"{self.name}, no continuous symmetry")


def no_symmetry(name: str) -> NoSymmetry:
    """The family of this name.

    Arguments:
        name: one of ``NO_SYMMETRY``, for instance ``"C5 cloud"``.

    Returns:
        The family.

    Raises:
        UnknownDataset: there is none of that name; the sentence lists them.

    Example:
        >>> no_symmetry("C5 cloud").degree
        5
    """
    if name not in NO_SYMMETRY:
        raise UnknownDataset(f"no family {name!r}; there are {', '.join(NO_SYMMETRY)}.")
    return NO_SYMMETRY[name]


def _quartic(rows: int, n: int, law: np.random.Generator, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A polynomial of degree 4 with random coefficients, of equal weight in every degree."""
    x = draw.normal(size=(rows, n))
    powers = exponents(n, range(1, 5))
    coefficients = law.normal(size=len(powers))
    size = np.sqrt(np.array([_mean_square(row) for row in powers]))
    return x, evaluate(x, powers) @ (coefficients / size)


def _mean_square(row: np.ndarray) -> float:
    """E[ψ²] of a monomial of standard normal coordinates: the product of (2k − 1)!!."""
    return float(np.prod([np.prod(np.arange(1, 2 * k, 2)) for k in row]))


def _bent(rows: int, n: int, law: np.random.Generator, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The arc tangent of a random cubic of coordinates with different spreads: no polynomial fits it exactly."""
    x = draw.normal(size=(rows, n)) * np.exp(law.normal(size=n) / 3)
    powers = exponents(n, range(1, 4))
    return x, np.arctan(evaluate(x, powers) @ law.normal(size=len(powers)))


def _mixture(rows: int, n: int, law: np.random.Generator, draw: np.random.Generator) -> tuple[np.ndarray, None]:
    """Four Gaussian clouds with random centres, shapes and weights."""
    centres, shapes = 2 * law.normal(size=(4, n)), law.normal(size=(4, n, n)) / np.sqrt(n)
    which = draw.choice(4, size=rows, p=law.dirichlet(np.full(4, 5.0)))
    return centres[which] + np.einsum("rij,rj->ri", shapes[which], draw.normal(size=(rows, n))), None


def _points(rows: int, n: int, law: np.random.Generator, draw: np.random.Generator) -> tuple[np.ndarray, None]:
    """Six points of random weight, each blurred by 5 % of their distance."""
    points = law.normal(size=(6, n))
    which = draw.choice(6, size=rows, p=law.dirichlet(np.full(6, 5.0)))
    return points[which] + 0.05 * draw.normal(size=(rows, n)), None


def _heavy(rows: int, n: int, law: np.random.Generator, draw: np.random.Generator) -> tuple[np.ndarray, None]:
    """Independent coordinates with tails like t⁻⁷ … t⁻⁸, skewed, in random oblique axes."""
    freedom = law.uniform(6, 7, size=n)
    skewed = np.stack([draw.standard_t(nu, size=rows) + draw.exponential(size=rows) for nu in freedom], axis=1)
    return skewed @ (np.eye(n) + law.normal(size=(n, n)) / 3).T, None


def _discrete(rows: int, n: int, law: np.random.Generator, draw: np.random.Generator) -> tuple[np.ndarray, None]:
    """Counts and codes: Poisson numbers of random mean, shifted to their mean."""
    mean = law.uniform(0.3, 2.0, size=n)
    return draw.poisson(mean, size=(rows, n)) - mean, None


def _cyclic(order: int) -> Law:
    """A cloud with exactly the rotations by multiples of 2π/k."""

    def law(rows: int, n: int, law: np.random.Generator, draw: np.random.Generator) -> tuple[Float[np.ndarray, "N n"], None]:
        centre, spread = law.normal(size=n) + 2.0, 0.3 * np.exp(law.normal(size=n) / 3)
        x = centre + spread * draw.normal(size=(rows, n))
        angle = 2 * np.pi * draw.integers(order, size=rows) / order
        c, s = np.cos(angle), np.sin(angle)
        return np.stack([c * x[:, 0] - s * x[:, 1], s * x[:, 0] + c * x[:, 1]], axis=1), None

    return law


NO_SYMMETRY: dict[str, NoSymmetry] = {
    case.name: case
    for case in (
        NoSymmetry("random quartic", law=_quartic, degree=4, conditional=True),
        NoSymmetry("bent cubic", law=_bent, degree=3, conditional=True),
        NoSymmetry("Gaussian mixture", law=_mixture),
        NoSymmetry("few points", law=_points),
        NoSymmetry("heavy tails", law=_heavy),
        NoSymmetry("counts", law=_discrete),
        *(NoSymmetry(f"C{k} cloud", law=_cyclic(k), n=2, degree=k) for k in range(3, 8)),
    )
}
