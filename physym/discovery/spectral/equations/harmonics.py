"""Test functions of the direction of x: harmonics by degree, times bounded functions of its length."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np

from physym._typing import Float, Int
from physym.algebra import evaluate, exponents, null_space
from physym.discovery.spectral.equations.families import SECOND
from physym.discovery.spectral.statistics.scatter import shape_root
from physym.errors import InvalidData


@dataclass(frozen=True)
class Harmonics:
    """Harmonic polynomials of the direction x/|x|, degree by degree, times polynomials of a bounded function of |x|.

    All of them are bounded, so heavy tails do no harm. Directions and lengths are those after the shape of the cloud has been made
    round, so an ellipsoidal cloud is tested as well as a round one. Any fixed function would do: ``E[(Ax)·∇φ(x)] = 0`` holds for all of
    them at once, so the error of that shape moves the equation of a true symmetry to second order only.
    Of a breaking of degree k that error lets a little into the lower degrees, so a k-fold cloud can be told from a round one by
    harmonics of degrees below k; Polynomials keep the degrees apart.

    Arguments:
        degrees: degrees of the harmonics; degree 0, functions of the length alone, tells dilations from rotations.
        radial: number of functions of the length t = r²/(r² + median²) for each harmonic: 1, 2t − 1, … (Legendre).

    Raises:
        InvalidData: a degree is negative or repeated, or there is no radial function.

    Example:
        >>> Harmonics(degrees=(1, 2)).on(np.random.default_rng(0).normal(size=(50, 3))).band_names
        ('harmonics of degree ≤ 2',)
    """

    degrees: tuple[int, ...] = (0, 1, 2, 3, 4)
    radial: int = 2

    def __post_init__(self) -> None:
        if not self.degrees or min(self.degrees) < 0 or len(set(self.degrees)) < len(self.degrees):
            raise InvalidData(f"Harmonics(degrees={self.degrees}): give different degrees from 0 upwards, for instance (0, 1, 2, 3, 4).")
        if self.radial < 1 or (self.radial == 1 and max(self.degrees) == 0):
            raise InvalidData(f"Harmonics(radial={self.radial}): one function of the length or more is needed, two for degree 0 alone.")

    @property
    def words(self) -> str:
        """What is tested, in words."""
        return f"harmonics of x/|x| of degree {', '.join(map(str, sorted(self.degrees)))} with {self.radial} functions of |x|"

    def size(self, d: int) -> int:
        """Number of functions of d coordinates."""
        return sum(self._count(degree) * harmonic_polynomials(d, degree).shape[1] for degree in self.degrees)

    def _count(self, degree: int) -> int:
        return self.radial - (degree == 0)  # the constant does not count

    def on(self, x: Float[np.ndarray, "N d"]) -> DirectionFunctions:
        """The functions on the cloud made round."""
        coefficients = {degree: harmonic_polynomials(x.shape[1], degree) for degree in sorted(self.degrees)}
        found = {degree: table for degree, table in coefficients.items() if table.shape[1] and self._count(degree)}
        return DirectionFunctions(np.linalg.inv(shape_root(x)), found, self.radial)


def harmonic_polynomials(d: int, degree: int) -> Float[np.ndarray, "P h"]:
    """Orthonormal harmonic polynomials of one degree, on the monomials of that degree.

    Arguments:
        d: number of coordinates.
        degree: the degree.

    Returns:
        Coefficients, shape ``(P, h)``; the columns have equal mean square on the sphere and are orthogonal there.

    References:
        S. Axler, P. Bourdon, W. Ramey, Harmonic Function Theory (2001), theorem 5.14, for the inner product.

    Example:
        >>> [harmonic_polynomials(3, degree).shape[1] for degree in range(5)]
        [1, 3, 5, 7, 9]
    """
    powers = exponents(d, (degree,))
    # in the monomials divided by √(α!) the inner product of harmonics on the sphere is the plain one
    weight = np.sqrt(np.array([np.prod([factorial(int(k)) for k in row]) for row in powers], dtype=np.float64))
    if degree < SECOND:
        return np.eye(len(powers))
    lower = {tuple(row): place for place, row in enumerate(exponents(d, (degree - SECOND,)).tolist())}
    laplacian = np.zeros((len(lower), len(powers)))
    for column, row in enumerate(powers.tolist()):
        for i, k in enumerate(row):
            if k >= SECOND:
                laplacian[lower[(*row[:i], k - SECOND, *row[i + 1 :])], column] += k * (k - 1)
    return np.asarray(null_space(laplacian / weight).basis / weight[:, None])


@dataclass(frozen=True, eq=False)
class DirectionFunctions:
    """``Y(u) P(2t − 1)`` with ``u = z/|z|``, ``t = |z|²/(|z|² + d)`` and ``z = inverse · x``.

    Arguments:
        inverse: from the data to the round cloud, shape ``(d, d)``.
        coefficients: harmonic polynomials of each degree on the monomials of that degree, each of shape ``(P, h)``.
        radial: number of Legendre polynomials.

    Example:
        >>> DirectionFunctions(np.eye(2), {1: np.eye(2)}, 1).evaluated(np.array([[0.0, 3.0]]))[0].tolist()
        [[0.0, 1.0]]
    """

    inverse: Float[np.ndarray, "d d"]
    coefficients: dict[int, np.ndarray]
    radial: int

    def _parts(self) -> list[tuple[int, int]]:
        """Degree and number of the radial function of each group of functions, in order."""
        return [(degree, i) for degree in self.coefficients for i in range(degree == 0, self.radial)]

    @property
    def bands(self) -> Int[np.ndarray, "m"]:
        """Degrees up to 2 share a band: making the cloud round absorbs what degree 2 alone could tell of a rotation."""
        degrees = np.concatenate([np.full(self.coefficients[degree].shape[1], degree) for degree, _ in self._parts()])
        return np.asarray(np.unique(np.maximum(degrees, SECOND), return_inverse=True)[1])

    @property
    def band_names(self) -> tuple[str, ...]:
        """The degrees."""
        low = [degree for degree in self.coefficients if degree <= SECOND]
        names = [f"harmonics of degree ≤ {max(low)}"] if low else []
        return (*names, *(f"harmonics of degree {degree}" for degree in self.coefficients if degree > SECOND))

    def evaluated(self, x: Float[np.ndarray, "N d"]) -> tuple[Float[np.ndarray, "N m"], Float[np.ndarray, "N m d"]]:
        """Values and gradients; where x = 0, which has no direction, both are zero."""
        z = x @ self.inverse.T
        length = np.sqrt((z**2).sum(1))
        inside = np.where(length > 0, length, 1.0)
        u = z / inside[:, None]
        square = length**2 / x.shape[1]
        t, slope = square / (1 + square), 2 * inside / x.shape[1] / (1 + square) ** 2
        values, gradients = [], []
        for degree, i in self._parts():
            legendre = np.polynomial.Legendre.basis(i)
            weight, turned = legendre(2 * t - 1), 2 * legendre.deriv()(2 * t - 1) * slope
            y, along = _harmonic(u, self.coefficients[degree], degree)
            values.append(y * weight[:, None])
            gradients.append(along * (weight / inside)[:, None, None] + (y * turned[:, None])[:, :, None] * u[:, None])
        present = length > 0
        gradient = np.concatenate(gradients, axis=1) @ self.inverse
        return np.concatenate(values, axis=1) * present[:, None], gradient * present[:, None, None]


def _harmonic(u: np.ndarray, coefficients: np.ndarray, degree: int) -> tuple[Float[np.ndarray, "N h"], Float[np.ndarray, "N h d"]]:
    """Values of harmonics at unit vectors u, and their gradient along the sphere, ``∇Y − degree · Y u``."""
    d = u.shape[1]
    powers = exponents(d, (degree,))
    y = evaluate(u, powers) @ coefficients
    if not degree:
        return y, np.zeros((*y.shape, d))
    lower = exponents(d, (degree - 1,))
    place = {tuple(row): number for number, row in enumerate(lower.tolist())}
    slopes = np.zeros((d, len(lower), len(powers)))
    for column, row in enumerate(powers.tolist()):
        for i, k in enumerate(row):
            if k:
                slopes[i, place[(*row[:i], k - 1, *row[i + 1 :])], column] = k
    gradient = np.stack([evaluate(u, lower) @ (slope @ coefficients) for slope in slopes], axis=2)
    return y, np.asarray(gradient - degree * y[:, :, None] * u[:, None])
