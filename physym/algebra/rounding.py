"""Exact numbers near measured ones: 0, ±1, ±1/2, ±√2/2, ±√3/2 and small fractions, under the error bar."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from physym._typing import Float

if TYPE_CHECKING:
    import sympy

REACH = 4.0  # standard errors within which an exact number is looked for


@dataclass(frozen=True)
class Surd:
    """The number ``fraction · √radicand``.

    Example:
        >>> float(Surd(Fraction(1, 2), 2))
        0.7071067811865476
    """

    fraction: Fraction
    radicand: int = 1

    def __float__(self) -> float:
        return float(self.fraction) * float(np.sqrt(self.radicand))

    def sympy(self) -> sympy.Expr:
        """The number as a sympy expression."""
        import sympy

        rational = sympy.Rational(self.fraction.numerator, self.fraction.denominator)
        return rational if self.radicand == 1 else rational * sympy.sqrt(self.radicand)


@lru_cache
def _table() -> tuple[tuple[Surd, ...], Float[np.ndarray, "t"], Float[np.ndarray, "t"]]:
    """Numbers, their values and their complexities (in units of the penalised squared deviation)."""
    rows: dict[Surd, float] = {Surd(Fraction(0)): 0.0}
    for radicand, extra in ((1, 0.0), (2, 3.0), (3, 3.0)):
        for q in range(1, 7):
            for p in range(1, 13):
                number = Surd(Fraction(p, q), radicand)
                if number.fraction.denominator == q and p <= 4 * q:
                    cost = 1.5 * (p + q - 2) + extra
                    rows[number], rows[Surd(-number.fraction, radicand)] = cost, cost
    numbers = tuple(rows)
    return numbers, np.array([float(x) for x in numbers]), np.array([rows[x] for x in numbers])


def nearest_exact(values: Float[np.ndarray, "*shape"], errors: Float[np.ndarray, "*shape"]) -> list[Surd] | None:
    """The simplest exact number within the error bar of each value.

    Arguments:
        values: measured numbers, any shape, of order one.
        errors: their standard errors, the same shape.

    Returns:
        One number per value in order, or None where some value has no simple number within four standard errors.

    Example:
        >>> import numpy as np
        >>> [str(x.fraction) + "√" + str(x.radicand) for x in nearest_exact(np.array([0.7071, 0.0012]), np.array([2e-4, 1e-3]))]
        ['1/2√2', '0√1']
        >>> nearest_exact(np.array([0.7071]), np.array([1e-9])) is None  # never 7071/10000
        True
    """
    numbers, table, costs = _table()
    x, e = np.ravel(values), np.maximum(np.ravel(errors), 1e-9)
    deviation = np.abs(x[:, None] - table) / e[:, None]
    score = np.where(deviation <= REACH, deviation**2 + costs, np.inf)
    best = np.argmin(score, axis=1)
    if not np.isfinite(score[np.arange(len(x)), best]).all():
        return None
    return [numbers[i] for i in best]
