"""Adjoint representations, derivations and monomials: what the structure constants must do, in exact arithmetic where that is possible."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from physym.algebra import LieAlgebra, bracket, change_of_basis, gl, heisenberg, iso, null_space, se, sl, so, sp, su, unitary
from physym.algebra.canonical import mix
from physym.algebra.monomials import action, evaluate, exponents
from physym.errors import ShapeError

CATALOGUE = [so(3), so(1, 2), so(1, 3), so(2, 2), su(2), unitary(2), sl(2), sl(3), sp(2), gl(2), se(2), se(3), iso(1, 1), heisenberg(5)]
catalogue = st.sampled_from(CATALOGUE)


def adjoint(algebra: LieAlgebra) -> np.ndarray:
    """``(ad_i)_kj = f_ij^k``, one matrix per generator."""
    return np.swapaxes(algebra.structure_constants, 1, 2)


def exact_constants(algebra: LieAlgebra) -> dict[tuple[int, int], list[Fraction]]:
    """Constants of generators with whole entries, by sympy's exact elimination."""
    columns = sympy.Matrix([[int(e) for e in m.ravel()] for m in algebra.basis]).T
    found = {}
    for i, first in enumerate(algebra.basis.astype(int)):
        for j, second in enumerate(algebra.basis.astype(int)):
            target = sympy.Matrix([int(e) for e in (first @ second - second @ first).ravel()])
            solution = (columns.T * columns).LUsolve(columns.T * target)
            assert columns * solution == target
            found[i, j] = [Fraction(int(x.p), int(x.q)) for x in solution]
    return found


@pytest.mark.parametrize("algebra", [so(1, 2), su(2), sl(2), sl(3), sp(1), se(2), heisenberg(3), gl(2), iso(1, 1)], ids=lambda a: a.source)
def test_structure_constants_are_the_exact_ones(algebra: LieAlgebra) -> None:
    for (i, j), row in exact_constants(algebra).items():
        np.testing.assert_allclose(algebra.structure_constants[i, j], [float(x) for x in row], atol=1e-13)


@given(algebra=catalogue, seed=st.integers(0, 999))
def test_the_adjoint_is_a_representation(algebra: LieAlgebra, seed: int) -> None:
    mixed = change_of_basis(algebra, seed=seed, conjugate=True)
    ad, f = adjoint(mixed), mixed.structure_constants
    scale = max(1.0, np.abs(ad).max() ** 2)
    np.testing.assert_allclose(bracket(ad[:, None], ad[None]), np.einsum("ijk,kab->ijab", f, ad), atol=1e-9 * scale)
    np.testing.assert_allclose(np.einsum("iab,jba->ij", ad, ad), mixed.killing_form, atol=1e-9 * scale)


@settings(max_examples=40)
@given(algebra=catalogue, seed=st.integers(0, 999))
def test_the_group_acts_on_its_algebra_by_the_exponential_of_the_adjoint(algebra: LieAlgebra, seed: int) -> None:
    """``g L_j g⁻¹ = Σ_k (exp ad_x)_kj L_k`` for ``g = exp x``; and it leaves the Killing form alone."""
    x = np.random.default_rng(seed).normal(size=algebra.dimension)
    x /= max(1.0, np.linalg.norm(x))
    g = expm(np.tensordot(x, algebra.basis, axes=1))
    matrix = expm(np.tensordot(x, adjoint(algebra), axes=1))
    np.testing.assert_allclose(g @ algebra.basis @ np.linalg.inv(g), np.einsum("kj,kab->jab", matrix, algebra.basis), atol=1e-9)
    np.testing.assert_allclose(matrix.T @ algebra.killing_form @ matrix, algebra.killing_form, atol=1e-8)


def test_the_law_notices_the_transposed_adjoint() -> None:
    x = np.array([0.3, -0.2, 0.5])
    g = expm(np.tensordot(x, se(2).basis, axes=1))
    wrong = expm(np.tensordot(x, adjoint(se(2)), axes=1)).T
    assert not np.allclose(g @ se(2).basis @ np.linalg.inv(g), np.einsum("kj,kab->jab", wrong, se(2).basis), atol=0.05)


# derivations of the algebra, dim Der = dim − dim centre + outer ones; semisimple algebras have inner ones only
DERIVATIONS = [
    (so(3), 3),
    (so(1, 3), 6),
    (su(2), 3),
    (sl(3), 8),
    (gl(2), 4),
    (se(2), 4),
    (se(3), 7),
    (heisenberg(3), 6),
    (heisenberg(5), 15),
]


@pytest.mark.parametrize(("algebra", "count"), DERIVATIONS, ids=lambda part: getattr(part, "source", str(part)))
def test_derivations(algebra: LieAlgebra, count: int) -> None:
    """``D[x, y] = [Dx, y] + [x, Dy]``: gl(2) scales its centre, se(n) its translations, Heisenberg has sp(2m), scalings and inner ones."""
    f, k = algebra.structure_constants, algebra.dimension
    eye = np.eye(k)
    # unknown D_mn: the part along e_n of the image of e_m
    first = np.einsum("ijm,kn->ijkmn", f, eye)
    second = np.einsum("njk,im->ijkmn", f, eye)
    third = np.einsum("ink,jm->ijkmn", f, eye)
    system = (first - second - third).reshape(k**3, k * k)
    assert null_space(system, least_gap=1e4).dimension == count


@given(algebra=catalogue, seed=st.integers(0, 999))
def test_mixing_twice_is_mixing_by_the_product(algebra: LieAlgebra, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, algebra.dimension, algebra.dimension))
    measured = LieAlgebra(algebra.basis, covariance=np.diag(rng.uniform(1, 2, algebra.basis.size)), freedom=7.0)
    twice, once = mix(mix(measured, a), b), mix(measured, b @ a)
    np.testing.assert_allclose(twice.basis, once.basis, atol=1e-10)
    np.testing.assert_allclose(np.asarray(twice.covariance), np.asarray(once.covariance), atol=1e-9)
    assert twice.freedom == 7.0


@given(n=st.integers(1, 4), degree=st.integers(0, 4))
def test_monomials_are_counted_once_each(n: int, degree: int) -> None:
    powers = exponents(n, (degree,))
    assert len(powers) == len({tuple(row) for row in powers.tolist()}) == comb(n + degree - 1, degree)
    assert (powers.sum(1) == degree).all()


@settings(max_examples=30)
@given(n=st.integers(1, 3), degree=st.integers(1, 3), seed=st.integers(0, 999))
def test_the_action_integrates_to_substitution(n: int, degree: int, seed: int) -> None:
    """``ψ(e^A x) = exp(R(A)) ψ(x)``: polynomials of moved points."""
    rng = np.random.default_rng(seed)
    matrix, x = 0.5 * rng.normal(size=(n, n)), rng.normal(size=(4, n))
    powers = exponents(n, (degree,))
    moved = evaluate(x @ expm(matrix).T, powers)
    np.testing.assert_allclose(evaluate(x, powers) @ expm(action(matrix[None], powers)[0]).T, moved, atol=1e-9)


def test_the_action_is_that_of_sympy() -> None:
    """Derivatives of every monomial of two variables up to degree 3, symbolically."""
    x, y = sympy.symbols("x y")
    matrix = np.array([[2.0, -3.0], [5.0, 7.0]])
    powers = exponents(2, (1, 2, 3))
    monomials = [x ** int(a) * y ** int(b) for a, b in powers]
    for row, monomial in zip(action(matrix[None], powers)[0], monomials, strict=True):
        flow = (2 * x - 3 * y) * sympy.diff(monomial, x) + (5 * x + 7 * y) * sympy.diff(monomial, y)
        assert sympy.expand(flow - sum(sympy.nsimplify(c) * m for c, m in zip(row, monomials, strict=True))) == 0


# invariant polynomials of degree d: powers of x·x for so, none for sl, sp and gl
COUNTS = [(so(3), 2, 1), (so(3), 3, 0), (so(3), 4, 1), (so(1, 3), 4, 1), (su(2), 4, 1), (sl(3), 3, 0), (sp(2), 2, 0), (gl(2), 2, 0)]


@pytest.mark.parametrize(("algebra", "degree", "count"), COUNTS, ids=lambda part: getattr(part, "source", str(part)))
def test_the_number_of_invariant_polynomials(algebra: LieAlgebra, degree: int, count: int) -> None:
    stack = action(algebra.basis, exponents(algebra.n, (degree,)))
    assert null_space(np.swapaxes(stack, 1, 2).reshape(-1, stack.shape[-1])).dimension == count


@pytest.mark.parametrize("size", [(26, 26), (27, 9), (3, 3, 3)])
def test_a_covariance_of_other_size_is_refused(size: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="covariance has shape"):
        LieAlgebra(so(3).basis, covariance=np.zeros(size))
