"""Polynomial invariants, Casimir operators and irreducible pieces."""

import numpy as np
import pytest
import sympy

from physym.algebra import (
    LieAlgebra,
    canonical_basis,
    casimirs,
    change_of_basis,
    dilation,
    direct_sum,
    extend,
    heisenberg,
    invariants,
    irreducible_decomposition,
    iso,
    killing_casimir,
    se,
    sl,
    so,
    sp,
    su,
)
from physym.errors import ShapeError


def _derivative(polynomial: sympy.Expr, matrix: np.ndarray, names: tuple[str, ...]) -> sympy.Expr:
    """The slow oracle ``(Lx)·∇p``."""
    x = [sympy.Symbol(name, real=True) for name in names]
    moved = [sum(sympy.nsimplify(matrix[i, j]) * x[j] for j in range(len(x))) for i in range(len(x))]
    return sympy.expand(sum(sympy.diff(polynomial, x[i]) * moved[i] for i in range(len(x))))


@pytest.mark.parametrize(("algebra", "degree", "count"), [(so(1, 3), 2, 1), (so(3), 2, 1), (so(3), 3, 0), (so(1, 3), 4, 1), (su(2), 2, 1)])
def test_invariants_are_annihilated_by_every_generator(algebra: LieAlgebra, degree: int, count: int) -> None:
    found = invariants(algebra, degree)
    names = algebra.coordinates or tuple(f"x{i + 1}" for i in range(algebra.n))
    assert len(found.absolute) == count
    assert found.exact
    for polynomial in found.absolute:
        assert all(_derivative(polynomial, matrix, names) == 0 for matrix in algebra.basis)


def test_dilation_makes_the_invariant_relative() -> None:
    found = invariants(extend(so(1, 3), dilation(4)), 2)
    assert found.absolute == ()
    e, x, y, z = (sympy.Symbol(s, real=True) for s in ("E", "px", "py", "pz"))
    assert found.relative == (e**2 - x**2 - y**2 - z**2,)
    assert "up to a factor" in repr(found)


def test_measured_generators_give_the_same_exact_invariant() -> None:
    measured = change_of_basis(so(1, 3), seed=0, error=0.02)
    assert invariants(measured, 2).absolute == invariants(so(1, 3), 2).absolute


def test_no_invariants_where_there_are_none() -> None:
    assert invariants(sl(2), 2).absolute == ()
    assert invariants(sp(2), 2).absolute == ()
    with pytest.raises(ShapeError, match="degree"):
        invariants(so(3), 0)


@pytest.mark.parametrize(
    ("algebra", "count"),
    [(so(3), 1), (so(1, 3), 2), (so(4), 2), (iso(1, 3), 1), (su(3), 1), (extend(so(1, 3), dilation(4)), 3), (se(3), 2)],
)
def test_casimirs_commute_with_everything(algebra: LieAlgebra, count: int) -> None:
    found = casimirs(algebra)
    assert len(found) == count
    for casimir in found:
        commutators = casimir.matrix @ algebra.basis - algebra.basis @ casimir.matrix
        assert np.abs(commutators).max() < 1e-9
        invariance = np.einsum("cad,db->cab", np.swapaxes(algebra.structure_constants, 1, 2), casimir.tensor)
        assert np.abs(invariance + np.swapaxes(invariance, 1, 2)).max() < 1e-9


def test_lorentz_casimirs_are_the_textbook_ones() -> None:
    first, second = casimirs(canonical_basis(so(1, 3)))
    assert np.allclose(first.tensor, np.diag([1, 1, 1, -1, -1, -1]), atol=1e-9)  # J² − K²
    assert np.allclose(np.abs(second.tensor[:3, 3:]), np.eye(3), atol=1e-9)  # J·K


def test_killing_casimir() -> None:
    assert killing_casimir(heisenberg(3)) is None
    casimir = killing_casimir(so(1, 3))
    assert casimir is not None
    assert np.allclose(casimir.matrix, casimir.matrix[0, 0] * np.eye(4))
    assert "Casimir" in repr(casimir)


@pytest.mark.parametrize(
    ("algebra", "name", "kind"),
    [
        (so(1, 3), "(½,½)", "real"),
        (sl(2, field="C"), "(½,0)⊕(0,½)", "complex"),
        (so(3), "V", "real"),
        (su(2), "(½)", "quaternionic"),
        (su(3), "F", "complex"),
        (so(2, 4), "V", "real"),
        (so(4), "(½)⊗(½)", "real"),
    ],
)
def test_irreducible_representations(algebra: LieAlgebra, name: str, kind: str) -> None:
    for given in (algebra, change_of_basis(algebra, seed=1, conjugate=True, error=0.01)):
        found = irreducible_decomposition(given)
        assert (found.name, found.pieces[0].kind, found.direct) == (name, kind, True)


def test_multiplicities_and_invariance_of_the_subspaces() -> None:
    twice = np.zeros((3, 7, 7))
    twice[:, :6, :6] = np.kron(np.eye(2), so(3).basis)
    frame = np.eye(7) + 0.2 * np.random.default_rng(0).normal(size=(7, 7))
    algebra = LieAlgebra(frame @ twice @ np.linalg.inv(frame))
    found = irreducible_decomposition(algebra)
    assert found.name == "2·V ⊕ 1"
    for piece in found.pieces:
        for rows in piece.subspaces:
            images = algebra.basis @ rows.T
            stacked = np.concatenate([rows.T[None].repeat(3, 0), images], axis=2)
            assert all(np.linalg.matrix_rank(m, tol=1e-6) == piece.dimension for m in stacked)


def test_indecomposable_is_said() -> None:
    found = irreducible_decomposition(se(3))
    assert (found.name, found.direct) == ("V ⊕ 1", False)
    assert "composition factors" in found.sentence
    assert irreducible_decomposition(direct_sum(so(3), so(2))).direct
    assert irreducible_decomposition(LieAlgebra(np.zeros((0, 3, 3)))).name == "3·1"
