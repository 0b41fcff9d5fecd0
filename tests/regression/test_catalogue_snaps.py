"""Every textbook algebra up to dimension 15 snaps to itself, with exact closure, from a mixture of its generators."""

from __future__ import annotations

import pytest

from benchmarks.catalogue import textbook
from physym.algebra import LieAlgebra, change_of_basis, closure_residual, snap, span_distance
from physym.errors import SnapRejected

ALGEBRAS = textbook()


@pytest.mark.parametrize("algebra", ALGEBRAS, ids=[a.source for a in ALGEBRAS])
def test_a_mixture_snaps_back_exactly(algebra: LieAlgebra) -> None:
    exact = snap(change_of_basis(algebra, seed=1))
    assert len(exact.exact) == algebra.dimension
    assert span_distance(exact, algebra) < 1e-12
    assert closure_residual(exact) < 1e-15
    rows = [list(matrix) for matrix in exact.exact]
    from sympy import Matrix

    brackets = [list(a * b - b * a) for i, a in enumerate(exact.exact) for b in exact.exact[:i]]
    assert Matrix(rows + brackets[:40]).rank() == algebra.dimension  # sympy's own rank, on the first brackets


def test_an_algebra_in_a_generic_frame_does_not_snap() -> None:
    """The checker itself: conjugated generators have no simple entries, and none are invented."""
    with pytest.raises(SnapRejected):
        snap(change_of_basis(ALGEBRAS[4], seed=3, conjugate=True), error=1e-9)
