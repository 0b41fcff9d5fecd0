"""Families of test functions for the measure level, and the polynomials among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from physym._typing import Float, Int
from physym.algebra import evaluate, exponents
from physym.errors import InvalidData

SECOND = 2


@runtime_checkable
class FixedFunctions(Protocol):
    """Functions φ(x), fixed once the rows are known.

    Example:
        >>> isinstance(Polynomials(degree=2).on(np.ones((5, 2))), FixedFunctions)
        True
    """

    @property
    def bands(self) -> Int[np.ndarray, "m"]:
        """Number of the band of each function, shape ``(m,)``, the lowest first."""
        ...

    @property
    def band_names(self) -> tuple[str, ...]:
        """The bands in words."""
        ...

    def evaluated(self, x: Float[np.ndarray, "N d"]) -> tuple[Float[np.ndarray, "N m"], Float[np.ndarray, "N m d"]]:
        """Values ``(N, m)`` and gradients ``(N, m, d)`` at rows x."""
        ...


@runtime_checkable
class Family(Protocol):
    """A family of test functions, as a setting.

    Example:
        >>> isinstance(Polynomials(), Family)
        True
    """

    def size(self, d: int) -> int:
        """Number of functions of d coordinates."""
        ...

    def on(self, x: Float[np.ndarray, "N d"]) -> FixedFunctions:
        """The functions in units that suit the rows, shape ``(N, d)``."""
        ...

    @property
    def words(self) -> str:
        """What is tested, in words."""
        ...


@dataclass(frozen=True)
class Polynomials:
    """Monomials of degree 1 … ``degree``: moments of the distribution.

    Sharp where tails are light. Polynomials of degree below k cannot tell k-fold symmetry from a rotation.

    Arguments:
        degree: highest degree. Second moments alone are preserved by every ``S^{1/2} so(n) S^{-1/2}``, so 3 is the lowest that tells.

    Raises:
        InvalidData: the degree is below 1.

    Example:
        >>> Polynomials(degree=2).on(np.ones((5, 2))).band_names
        ('degree ≤ 2',)
    """

    degree: int = 3

    def __post_init__(self) -> None:
        if self.degree < 1:
            raise InvalidData(f"Polynomials(degree={self.degree}): a degree of 1 or more is needed.")

    def size(self, d: int) -> int:
        """Number of monomials of d coordinates."""
        return len(exponents(d, range(1, self.degree + 1)))

    @property
    def words(self) -> str:
        """What is tested, in words."""
        return f"polynomials of degree ≤ {self.degree}"

    def on(self, x: Float[np.ndarray, "N d"]) -> Monomials:
        """Monomials in units of the root mean square of each coordinate."""
        scale = np.sqrt((x**2).mean(0))
        return Monomials(exponents(x.shape[1], range(1, self.degree + 1)), np.where(scale > 0, scale, 1.0))


@dataclass(frozen=True, eq=False)
class Monomials:
    """Monomials in units of each coordinate's own scale.

    Arguments:
        powers: exponents, shape ``(m, d)``.
        scale: shape ``(d,)``.

    Example:
        >>> Monomials(np.array([[2]]), np.array([2.0])).evaluated(np.array([[4.0]]))[1].tolist()
        [[[2.0]]]
    """

    powers: Int[np.ndarray, "m d"]
    scale: Float[np.ndarray, "d"]

    @property
    def bands(self) -> Int[np.ndarray, "m"]:
        """Degrees up to 2 share a band: whitening absorbs what degree 2 alone could tell of a rotation."""
        return np.asarray(np.maximum(self.powers.sum(1) - SECOND, 0))

    @property
    def band_names(self) -> tuple[str, ...]:
        """The degrees."""
        return degree_names(int(self.powers.sum(1).max()))

    def evaluated(self, x: Float[np.ndarray, "N d"]) -> tuple[Float[np.ndarray, "N m"], Float[np.ndarray, "N m d"]]:
        """Values and gradients."""
        units = x / self.scale
        slopes = [
            evaluate(units, np.maximum(self.powers - np.eye(len(self.scale), dtype=np.int64)[i], 0)) * (self.powers[:, i] / self.scale[i])
            for i in range(len(self.scale))
        ]
        return evaluate(units, self.powers), np.stack(slopes, axis=2)


def degree_names(highest: int, *, prefix: str = "degree") -> tuple[str, ...]:
    """Names of the bands of degree ≤ 2, 3, 4, …

    Arguments:
        highest: the highest degree.
        prefix: what the degree is one of.

    Returns:
        One name per band.

    Example:
        >>> degree_names(4)
        ('degree ≤ 2', 'degree 3', 'degree 4')
    """
    return (f"{prefix} ≤ {min(SECOND, highest)}", *(f"{prefix} {degree}" for degree in range(SECOND + 1, highest + 1)))
