"""Linear changes of coordinates on monomials."""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.algebra import exponents


def substitution(matrix: Float[np.ndarray, "m m"], degree: int) -> Float[np.ndarray, "P P"]:
    """The matrix T with ``ψ(Mx) = T ψ(x)`` for the monomials ψ of one degree.

    Arguments:
        matrix: M, shape ``(m, m)``.
        degree: degree of the monomials, in the order of ``exponents(m, (degree,))``.

    Returns:
        Shape ``(P, P)``; each entry is a sum of products of entries of M, with no further rounding.

    Example:
        >>> substitution(np.array([[1.0, 1.0], [0.0, 2.0]]), 2).tolist()  # (x + y)², (x + y)·2y, 4y²
        [[1.0, 2.0, 1.0], [0.0, 2.0, 2.0], [0.0, 0.0, 4.0]]
    """
    m = len(matrix)
    found = np.ones((1, 1))
    lower = exponents(m, (0,))
    for k in range(1, degree + 1):
        powers = exponents(m, (k,))
        place = {tuple(row): p for p, row in enumerate(powers.tolist())}
        place_below = {tuple(row): p for p, row in enumerate(lower.tolist())}
        first = (powers > 0).argmax(1)
        # each monomial is a coordinate times one of lower degree
        rest = powers - np.eye(m, dtype=np.int64)[first]
        factor = found[[place_below[tuple(row)] for row in rest.tolist()]]
        found = np.zeros((len(powers), len(powers)))
        for j, unit in enumerate(np.eye(m, dtype=np.int64)):
            raised = [place[tuple(row)] for row in (lower + unit).tolist()]
            found[:, raised] += matrix[first, j][:, None] * factor
        lower = powers
    return found
