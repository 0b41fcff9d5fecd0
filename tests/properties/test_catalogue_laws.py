"""The catalogue against Cartan's classification, written down here a second time: no number below comes from the package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from physym.algebra import LieAlgebra, bracket, change_of_basis, gl, heisenberg, iso, null_space, se, sl, so, sp, span_distance, su, unitary


@dataclass(frozen=True)
class Facts:
    """What the books say: size of the matrices, numbers of compact, non-compact and null directions of the Killing form, rank."""

    size: int
    compact: int
    boosts: int
    null: int
    rank: int

    @property
    def dimension(self) -> int:
        return self.compact + self.boosts + self.null


def orthogonal(p: int, q: int) -> Facts:
    """so(p,q), p + q > 2: maximal compact so(p) ⊕ so(q); rank ⌊n/2⌋."""
    return Facts(p + q, p * (p - 1) // 2 + q * (q - 1) // 2, p * q, 0, (p + q) // 2)


def affine(p: int, q: int) -> Facts:
    """so(p,q) ⋉ Rⁿ: translations are null; a generic element commutes with ⌊(n + 1)/2⌋ independent ones."""
    n = p + q
    inside = Facts(2, 0, 1, 0, 1) if (p, q) == (1, 1) else orthogonal(p, q)
    return Facts(n + 1, inside.compact, inside.boosts, n, (n + 1) // 2)


CARTAN: list[tuple[LieAlgebra, Facts]] = [
    *((so(p, q), orthogonal(p, q)) for p, q in ((3, 0), (0, 4), (5, 0), (6, 0), (1, 2), (3, 1), (2, 2), (2, 3), (4, 1), (3, 3))),
    *((sl(n), Facts(n, n * (n - 1) // 2, (n - 1) * (n + 2) // 2, 0, n - 1)) for n in (2, 3, 4, 5)),
    *((sl(n, field="C"), Facts(2 * n, n * n - 1, n * n - 1, 0, 2 * (n - 1))) for n in (2, 3)),
    *((sp(n), Facts(2 * n, n * n, n * (n + 1), 0, n)) for n in (1, 2, 3)),
    *((su(n), Facts(2 * n, n * n - 1, 0, 0, n - 1)) for n in (2, 3, 4)),
    *((unitary(n), Facts(2 * n, n * n - 1, 0, 1, n)) for n in (1, 2, 3)),
    *((gl(n), Facts(n, n * (n - 1) // 2, (n - 1) * (n + 2) // 2, 1, n)) for n in (1, 2, 3)),
    *((se(n), affine(n, 0)) for n in (3, 4)),
    *((iso(p, q), affine(p, q)) for p, q in ((1, 1), (1, 2), (1, 3), (2, 2))),
    *((heisenberg(2 * m + 1), Facts(m + 2, 0, 0, 2 * m + 1, 2 * m)) for m in (1, 2, 3)),
]
NAMES = [algebra.source for algebra, _ in CARTAN]
EVERYONE = pytest.mark.parametrize(("algebra", "facts"), CARTAN, ids=NAMES)
drawn = st.sampled_from([algebra for algebra, _ in CARTAN if algebra.dimension <= 10])


def signature(algebra: LieAlgebra) -> tuple[int, int, int]:
    """Negative, positive and zero eigenvalues of the Killing form."""
    values = np.linalg.eigvalsh(algebra.killing_form)
    tiny = 1e-9 * max(1.0, np.abs(values).max())
    return int((values < -tiny).sum()), int((values > tiny).sum()), int((np.abs(values) <= tiny).sum())


def rank_of(algebra: LieAlgebra) -> int:
    """Dimension of what commutes with a generic element."""
    generic = np.tensordot(np.random.default_rng(0).normal(size=algebra.dimension), algebra.basis, axes=1)
    brackets = bracket(generic[None], algebra.basis).reshape(algebra.dimension, -1)
    return algebra.dimension - int(np.linalg.matrix_rank(brackets, tol=1e-9))


def derived(algebra: LieAlgebra) -> LieAlgebra:
    """The span of all brackets."""
    return commutators(algebra, algebra)


def commutators(a: LieAlgebra, b: LieAlgebra) -> LieAlgebra:
    rows = bracket(a.basis[:, None], b.basis[None]).reshape(-1, a.n**2)
    _, values, right = np.linalg.svd(rows, full_matrices=False)
    return LieAlgebra(right[values > 1e-9].reshape(-1, a.n, a.n))


def combination(algebra: LieAlgebra, seed: int) -> np.ndarray:
    coefficients = np.random.default_rng(seed).normal(size=algebra.dimension)
    return np.asarray(np.tensordot(coefficients / np.linalg.norm(coefficients), algebra.basis, axes=1))


@EVERYONE
def test_dimension_rank_and_signature(algebra: LieAlgebra, facts: Facts) -> None:
    assert (algebra.dimension, algebra.n) == (facts.dimension, facts.size)
    assert signature(algebra) == (facts.compact, facts.boosts, facts.null)
    assert rank_of(algebra) == facts.rank
    disguised = change_of_basis(algebra, seed=7, conjugate=True)
    assert signature(disguised) == signature(algebra)
    assert rank_of(disguised) == facts.rank


def test_the_facts_tell_neighbours_apart() -> None:
    """Testing the test: real forms of one complex algebra share dimension and rank, but not the signature."""
    for one, other in ((so(4), so(2, 2)), (su(2), sl(2)), (so(2, 3), so(4, 1)), (su(4), sl(4))):
        assert (one.dimension, rank_of(one)) == (other.dimension, rank_of(other))
        assert signature(one) != signature(other)


# Killing form over the trace form of the defining matrices: n − 2 for so, 2n for sl, 2n + 2 for sp(2n,R); a real pair doubles a trace
RATIOS = [
    *((so(p, q), p + q - 2) for p, q in ((3, 0), (1, 2), (1, 3), (2, 3))),
    *((sl(n), 2 * n) for n in (2, 3, 4)),
    *((sp(n), 2 * n + 2) for n in (1, 2, 3)),
    *((su(n), n) for n in (2, 3, 4)),  # 2n over the complex numbers
    (sl(2, field="C"), 4),
    (sl(3, field="C"), 6),
]


@pytest.mark.parametrize(("algebra", "ratio"), RATIOS, ids=lambda part: getattr(part, "source", str(part)))
def test_the_killing_form_is_a_multiple_of_the_trace_form(algebra: LieAlgebra, ratio: float) -> None:
    trace_form = np.einsum("aij,bji->ab", algebra.basis, algebra.basis)
    np.testing.assert_allclose(algebra.killing_form, ratio * trace_form, atol=1e-9)


def test_the_killing_form_of_gl_knows_the_trace() -> None:
    n, algebra = 3, gl(3)
    traces = np.einsum("aii->a", algebra.basis)
    expected = 2 * n * np.einsum("aij,bji->ab", algebra.basis, algebra.basis) - 2 * np.outer(traces, traces)
    np.testing.assert_allclose(algebra.killing_form, expected, atol=1e-10)


@pytest.mark.parametrize(
    ("algebra", "series"),
    [
        (so(1, 3), [6, 6]),
        (su(2), [3, 3]),
        (gl(3), [9, 8, 8]),
        (unitary(3), [9, 8, 8]),
        (se(3), [6, 6]),
        (se(2), [3, 2, 0]),
        (iso(1, 1), [3, 2, 0]),
        (iso(1, 3), [10, 10]),
        (heisenberg(5), [5, 1, 0]),
    ],
    ids=lambda part: getattr(part, "source", ""),
)
def test_derived_series(algebra: LieAlgebra, series: list[int]) -> None:
    for dimension in series:
        assert algebra.dimension == dimension
        algebra = derived(algebra)


@given(m=st.integers(1, 4), seed=st.integers(0, 99))
def test_heisenberg_is_nilpotent_of_two_steps(m: int, seed: int) -> None:
    algebra = heisenberg(2 * m + 1)
    centre = derived(algebra)
    assert centre.dimension == 1
    assert commutators(algebra, centre).dimension == 0
    x, y = combination(algebra, seed), combination(algebra, seed + 1)
    assert not np.any(x @ x @ x)
    # Baker, Campbell and Hausdorff stop at the first bracket
    np.testing.assert_allclose(expm(x) @ expm(y), expm(x + y + bracket(x, y) / 2), atol=1e-12)


@given(p=st.integers(0, 4), q=st.integers(0, 3), seed=st.integers(0, 999))
def test_so_and_iso_preserve_intervals(p: int, q: int, seed: int) -> None:
    if p + q < 2:
        return
    eta = np.diag([1.0] * p + [-1.0] * q)
    g = expm(combination(so(p, q), seed))
    np.testing.assert_allclose(g.T @ eta @ g, eta, atol=1e-11)
    assert np.isclose(np.linalg.det(g), 1)
    moved = expm(combination(iso(p, q), seed))
    np.testing.assert_array_equal(moved[-1], np.eye(p + q + 1)[-1])  # affine: the last coordinate stays 1
    x, y = np.random.default_rng(seed).normal(size=(2, p + q))
    difference = (moved @ np.append(x, 1) - moved @ np.append(y, 1))[:-1]
    assert np.isclose(difference @ eta @ difference, (x - y) @ eta @ (x - y), atol=1e-10)


@given(n=st.integers(1, 3), seed=st.integers(0, 999))
def test_sp_preserves_poisson_brackets(n: int, seed: int) -> None:
    omega = np.block([[np.zeros((n, n)), np.eye(n)], [-np.eye(n), np.zeros((n, n))]])
    g = expm(combination(sp(n), seed))
    np.testing.assert_allclose(g.T @ omega @ g, omega, atol=1e-11)


@given(n=st.integers(2, 4), seed=st.integers(0, 999))
def test_su_preserves_the_complex_structure_and_the_hermitian_form(n: int, seed: int) -> None:
    times_i = np.block([[np.zeros((n, n)), -np.eye(n)], [np.eye(n), np.zeros((n, n))]])
    for algebra, determinant_is_one in ((su(n), True), (unitary(n), False)):
        g = expm(combination(algebra, seed))
        np.testing.assert_allclose(g @ times_i, times_i @ g, atol=1e-12)
        np.testing.assert_allclose(g.T @ g, np.eye(2 * n), atol=1e-12)
        matrix = g[:n, :n] + 1j * g[n:, :n]
        np.testing.assert_allclose(matrix.conj().T @ matrix, np.eye(n), atol=1e-12)
        assert np.isclose(abs(np.linalg.det(matrix)), 1)
        assert np.isclose(np.linalg.det(matrix), 1) or not determinant_is_one


FORMS: dict[str, tuple[Callable[[], LieAlgebra], np.ndarray]] = {
    "so(1,3)": (lambda: so(1, 3), np.diag([1.0, -1, -1, -1])),
    "so(2,2)": (lambda: so(2, 2), np.diag([1.0, 1, -1, -1])),
    "sp(4,R)": (lambda: sp(2), np.kron([[0.0, 1], [-1, 0]], np.eye(2))),
    "su(2)": (lambda: su(2), np.eye(4)),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_algebra_is_all_that_preserves_its_form(name: str) -> None:
    """Solving LᵀB + BL = 0 over gl(n) gives so(p,q) and sp(2n) back, and more than su(2): so(4)."""
    build, form = FORMS[name]
    n = len(form)
    units = np.eye(n * n).reshape(-1, n, n)
    solutions = null_space((np.swapaxes(units, 1, 2) @ form + form @ units).reshape(n * n, -1).T).basis
    found = LieAlgebra(solutions.T.reshape(-1, n, n))
    if name == "su(2)":
        assert found.dimension == 6
    else:
        assert span_distance(found, build()) < 1e-13


@settings(max_examples=30)
@given(algebra=drawn, seed=st.integers(0, 999))
def test_trace_and_determinant(algebra: LieAlgebra, seed: int) -> None:
    generator = combination(algebra, seed)
    assert np.isclose(np.linalg.det(expm(generator)), np.exp(np.trace(generator)))
    assert np.isclose(np.trace(generator), 0) or algebra.source.startswith("gl")
