"""LieAlgebra: brackets, structure constants, the Killing form, and what the constructor refuses."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import LieAlgebra, bracket, heisenberg, so, su
from physym.errors import InvalidData, ShapeError


def test_bracket_is_bilinear_antisymmetric_and_broadcasts() -> None:
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 4, 4))
    assert np.allclose(bracket(a, b), -bracket(b, a))
    assert np.allclose(bracket(2 * a + c, b), 2 * bracket(a, b) + bracket(c, b))
    stack = rng.normal(size=(5, 4, 4))
    table = bracket(stack[:, None], stack[None])
    assert table.shape == (5, 5, 4, 4)
    assert np.allclose(table[1, 3], stack[1] @ stack[3] - stack[3] @ stack[1])


def test_structure_constants_of_so3_are_the_levi_civita_symbol() -> None:
    generators = np.zeros((3, 3, 3))
    epsilon = np.zeros((3, 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        epsilon[i, j, k], epsilon[j, i, k] = 1.0, -1.0
    generators = -epsilon  # (L_i)_jk = −ε_ijk
    assert np.allclose(LieAlgebra(generators).structure_constants, epsilon)


def test_killing_form_of_so3_is_minus_two_and_of_a_nilpotent_algebra_zero() -> None:
    assert np.allclose(so(3).killing_form, -2 * np.eye(3))
    assert np.allclose(heisenberg(5).killing_form, 0)


def test_killing_form_is_the_trace_of_the_squared_adjoint() -> None:
    algebra = su(3)
    adjoint = np.swapaxes(algebra.structure_constants, 1, 2)  # ad_i in columns: [L_i, L_j] = f_ij^k L_k
    by_trace = np.einsum("iab,jba->ij", adjoint, adjoint)
    assert np.allclose(algebra.killing_form, by_trace)


def test_errors_are_the_square_roots_of_the_diagonal() -> None:
    covariance = np.diag(np.arange(1.0, 5.0) ** 2)
    algebra = LieAlgebra(np.ones((1, 2, 2)), covariance=covariance)
    assert algebra.errors.tolist() == [[[1.0, 2.0], [3.0, 4.0]]]
    assert not LieAlgebra(np.ones((1, 2, 2))).errors.any()


def test_the_trivial_algebra_is_allowed() -> None:
    nothing = LieAlgebra(np.zeros((0, 4, 4)))
    assert (nothing.dimension, nothing.n) == (0, 4)
    assert nothing.structure_constants.shape == (0, 0, 0)
    assert nothing.killing_form.shape == (0, 0)


def test_repr_names_size_source_and_error() -> None:
    text = repr(LieAlgebra(so(3).basis, covariance=0.01 * np.eye(27), source="a fit"))
    assert "3 generators of size 3×3" in text
    assert "± 1.0e-01" in text
    assert "a fit" in text
    assert len(text.splitlines()) <= 3


@pytest.mark.parametrize("shape", [(4, 4), (2, 3, 4), (1, 1, 2, 2)])
def test_a_basis_of_the_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="expected"):
        LieAlgebra(np.zeros(shape))  # type: ignore[arg-type]


def test_values_and_fields_that_do_not_fit_are_refused() -> None:
    broken = np.eye(3)[None].copy()
    broken[0, 0, 1] = np.nan
    with pytest.raises(InvalidData, match="NaN"):
        LieAlgebra(broken)
    with pytest.raises(ShapeError, match="covariance"):
        LieAlgebra(np.eye(3)[None], covariance=np.eye(3))
    with pytest.raises(ShapeError, match="coordinate names"):
        LieAlgebra(np.eye(3)[None], coordinates=("x", "y"))
    with pytest.raises(ShapeError, match="exact"):
        LieAlgebra(np.eye(3)[None], exact=(None, None))  # type: ignore[arg-type]


def test_an_algebra_is_a_frozen_value() -> None:
    algebra = so(3)
    with pytest.raises(AttributeError):
        algebra.source = "changed"  # type: ignore[misc]
