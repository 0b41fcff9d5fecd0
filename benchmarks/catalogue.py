"""Every algebra of the catalogue up to dimension 15 in random bases with errors: how often is it recognised?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.table import Row
from physym.algebra import (
    LieAlgebra,
    change_of_basis,
    dilation,
    direct_sum,
    extend,
    gl,
    heisenberg,
    identify,
    iso,
    se,
    sl,
    so,
    sp,
    su,
    unitary,
)
from physym.errors import PhysymError


def textbook() -> tuple[LieAlgebra, ...]:
    """The algebras of the catalogue, and the sums of them that physics meets, up to dimension 15."""
    rotations = [so(p, q) for p in range(1, 7) for q in range(p + 1) if 2 <= p + q <= 6]
    lorentz = extend(so(1, 3), dilation(4))
    simple = [su(2), su(3), su(4), sl(2), sl(3), sl(4), sl(2, field="C"), sp(1), sp(2)]
    solvable = [*(heisenberg(k) for k in range(3, 16, 2)), dilation(2), dilation(4)]
    inhomogeneous = [iso(1, 1), iso(1, 2), iso(1, 3), iso(2, 2), iso(1, 4), iso(2, 3)]
    affine = [se(2), se(3), se(4), se(5), *inhomogeneous, gl(2), gl(3), unitary(2), unitary(3)]
    sums = [lorentz, direct_sum(so(3), so(3)), direct_sum(su(2), su(3)), direct_sum(so(1, 3), so(2)), direct_sum(so(3), heisenberg(3))]
    return tuple(a for a in (*rotations, so(1, 3), *simple, *solvable, *affine, *sums) if 1 <= a.dimension <= 15)


def run(*, changes: int = 100, error: float = 0.01, algebras: Sequence[LieAlgebra] = ()) -> list[Row]:
    """How many of the random changes of basis get the name of the textbook basis."""
    rows = []
    for algebra in algebras or textbook():
        name = identify(algebra).name
        right = sum(recognised(algebra, name, error, seed) for seed in range(changes))
        share = right / changes
        spread = changes * float(np.sqrt(share * (1 - share) / changes))
        what = f"{algebra.source} → {name}, dimension {algebra.dimension}"
        rows.append(Row(what, right, spread, f"of {changes}", changes, f"≥ {0.99 * changes:g}"))
    return rows


def recognised(algebra: LieAlgebra, name: str, error: float, seed: int) -> bool:
    """Whether one disguised copy is named right; a refusal counts as wrong."""
    try:
        return identify(change_of_basis(algebra, seed=seed, conjugate=True, error=error)).name == name
    except PhysymError:
        return False
