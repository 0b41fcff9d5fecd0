"""Algebras of every kind that a writer must serve: exact, with roots, measured with errors, without a metric, degenerate."""

from __future__ import annotations

import numpy as np
import sympy

from physym.algebra import LieAlgebra
from physym.algebra.catalogue import dilation, direct_sum, extend, heisenberg, se, sl, so, su

FOUR = ("E", "px", "py", "pz")


def exactly(algebra: LieAlgebra, scale: sympy.Expr | int = 1) -> LieAlgebra:
    """The algebra with exact entries, its own times ``scale``."""
    exact = tuple(sympy.ImmutableMatrix(m.astype(int).tolist()) * scale for m in algebra.basis)
    floats = np.array([m.tolist() for m in exact], dtype=float).reshape(algebra.basis.shape)
    return LieAlgebra(floats, coordinates=algebra.coordinates, source=algebra.source, exact=exact)


def measured(algebra: LieAlgebra, error: float, seed: int = 0) -> LieAlgebra:
    """The algebra with noise of different size in every entry, and the covariance of it."""
    rng = np.random.default_rng(seed)
    sizes = error * np.exp(0.5 * rng.normal(size=algebra.basis.size))
    basis = algebra.basis + (sizes * rng.normal(size=sizes.size)).reshape(algebra.basis.shape)
    return LieAlgebra(basis, covariance=np.diag(sizes**2), coordinates=algebra.coordinates, source="simulated")


def lorentz_named() -> LieAlgebra:
    """Generators that point the other way round and are stretched, so that names carry signs."""
    factors = np.array([1.0, -2, 1, 1, 1, -3])
    return exactly(LieAlgebra(so(1, 3).basis * factors[:, None, None], coordinates=FOUR))


CASES = {
    "exact Lorentz and dilation": exactly(extend(so(1, 3), dilation(4))),
    "signs": lorentz_named(),
    "roots": exactly(so(1, 3), sympy.sqrt(3) / 3),
    "fractions": exactly(su(2), sympy.Rational(-1, 2)),
    "sums of roots": exactly(so(3), 1 + sympy.sqrt(2)),
    "measured": measured(so(1, 3), 1e-3),
    "measured, no metric": measured(sl(2), 1e-2),
    "measured, tiny errors": measured(so(3), 1e-11),
    "measured, huge units": LieAlgebra(1e30 * so(3).basis, covariance=1e54 * np.eye(27)),
    "six coordinates": measured(direct_sum(so(3), so(1, 2)), 1e-4),
    "floats": se(2),
    "nilpotent": exactly(heisenberg(5)),
    "abelian": exactly(LieAlgebra(np.stack([np.diag([1.0, 0.0]), np.diag([0.0, 1.0])]))),
    "one generator": exactly(so(2)),
    "empty": LieAlgebra(np.zeros((0, 2, 2))),
}
EXACT = [name for name, algebra in CASES.items() if algebra.exact]
MEASURED = [name for name, algebra in CASES.items() if algebra.covariance is not None]


def floats(matrices: object) -> np.ndarray:
    """Lists of matrices, or one, as numbers."""
    listed = [m.tolist() if hasattr(m, "tolist") else m for m in matrices] if isinstance(matrices, list | tuple) else matrices
    return np.array(listed, dtype=float)


def exact_defects(algebra: LieAlgebra, table: dict[tuple[int, int, int], sympy.Expr]) -> list[tuple[int, int]]:
    """Pairs i < j whose bracket is not what a table ``f[i, j, k]`` says, in exact arithmetic."""
    wrong = []
    for i, first in enumerate(algebra.exact):
        for j in range(i + 1, algebra.dimension):
            rest = first * algebra.exact[j] - algebra.exact[j] * first
            for k, generator in enumerate(algebra.exact):
                rest -= table.get((i, j, k), sympy.Integer(0)) * generator
            if not rest.applyfunc(sympy.simplify).is_zero_matrix:
                wrong.append((i, j))
    return wrong
