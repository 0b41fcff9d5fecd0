"""Bracket tables written out by hand, and the accidental isomorphisms by explicit intertwiners."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from physym.algebra import (
    LieAlgebra,
    bracket,
    closure_residual,
    dilation,
    extend,
    gl,
    heisenberg,
    invariant_metric,
    iso,
    principal_cosines,
    se,
    sl,
    so,
    sp,
    span_distance,
    su,
    unitary,
)

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
FOUR = np.concatenate([np.eye(2)[None], PAULI])  # σ_μ
ETA = np.diag([1.0, -1, -1, -1])

LORENTZ_TABLE = """
Jx Jy Jz | Jy Jz Jx | Jz Jx Jy
Jx Ky Kz | Jy Kz Kx | Jz Kx Ky | Jy Kx -Kz | Jz Ky -Kx | Jx Kz -Ky
Kx Ky -Jz | Ky Kz -Jx | Kz Kx -Jy
Jx Kx 0 | Jy Ky 0 | Jz Kz 0
"""
POINCARE_TABLE = f"""{LORENTZ_TABLE}
Jx Py Pz | Jy Pz Px | Jz Px Py | Jy Px -Pz | Jz Py -Px | Jx Pz -Py
Jx Px 0 | Jy Py 0 | Jz Pz 0 | Jx H 0 | Jy H 0 | Jz H 0
Kx H Px | Ky H Py | Kz H Pz | Kx Px H | Ky Py H | Kz Pz H
Kx Py 0 | Kx Pz 0 | Ky Px 0 | Ky Pz 0 | Kz Px 0 | Kz Py 0
H Px 0 | H Py 0 | H Pz 0 | Px Py 0 | Py Pz 0 | Pz Px 0
"""


def violations(table: str, named: dict[str, np.ndarray]) -> list[str]:
    """Entries ``a b c`` of a table of brackets ``[a, b] = c`` that the matrices do not obey."""
    wrong = []
    for entry in table.replace("\n", "|").split("|"):
        if entry.strip():
            a, b, c = entry.split()
            expected = 0 * named[a] if c == "0" else (-1 if c.startswith("-") else 1) * named[c.lstrip("-")]
            wrong += [] if np.array_equal(bracket(named[a], named[b]), expected) else [entry.strip()]
    return wrong


def lorentz(basis: np.ndarray) -> dict[str, np.ndarray]:
    """Names of the generators of ``so(1, 3)`` in the order of the catalogue; the fifth turns z towards x backwards."""
    kx, ky, kz, jz, minus_jy, jx = basis
    return {"Jx": jx, "Jy": -minus_jy, "Jz": jz, "Kx": kx, "Ky": ky, "Kz": kz}


def test_so13_obeys_the_table_of_the_books() -> None:
    assert violations(LORENTZ_TABLE, lorentz(so(1, 3).basis)) == []


def test_the_poincare_algebra_obeys_its_table() -> None:
    algebra = iso(1, 3)
    h, px, py, pz = algebra.basis[6:]
    named = lorentz(algebra.basis[:6]) | {"H": h, "Px": px, "Py": py, "Pz": pz}
    assert violations(POINCARE_TABLE, named) == []


def test_the_table_notices_the_other_signature() -> None:
    """Testing the test: in so(4) two "boosts" give a rotation with the opposite sign."""
    wrong = violations(LORENTZ_TABLE, lorentz(so(4).basis))
    assert "Kx Ky -Jz" in wrong
    assert violations("Jx Jy -Jz", lorentz(so(1, 3).basis)) == ["Jx Jy -Jz"]


def test_su2_is_twice_the_spin_matrices() -> None:
    real, imaginary, diagonal = su(2).basis
    half = {"X": imaginary, "Y": real, "Z": diagonal}  # i σ_x, i σ_y, i σ_z
    for name, sigma in zip("XYZ", PAULI, strict=True):
        np.testing.assert_array_equal(half[name], real_pair(1j * sigma))
    doubled = {name: -2 * matrix for name, matrix in half.items()}
    assert violations("X Y dZ | Y Z dX | Z X dY", half | {f"d{name}": matrix for name, matrix in doubled.items()}) == []


@pytest.mark.parametrize("algebra", [sl(2), LieAlgebra(sp(1).basis[[1, 2, 0]])], ids=["sl(2,R)", "sp(2,R)"])
def test_sl2_has_raising_and_lowering_matrices(algebra: LieAlgebra) -> None:
    e, f, h = algebra.basis
    assert violations("e f h | h e 2e | f h 2f", {"e": e, "f": f, "h": h, "2e": 2 * e, "2f": 2 * f}) == []


def real_pair(matrix: np.ndarray) -> np.ndarray:
    return np.block([[matrix.real, -matrix.imag], [matrix.imag, matrix.real]])


def complex_matrices(algebra: LieAlgebra) -> np.ndarray:
    """Real pairs read as complex matrices."""
    m = algebra.n // 2
    return np.asarray(algebra.basis[:, :m, :m] + 1j * algebra.basis[:, m:, :m])


def isomorphic(first: LieAlgebra, second: LieAlgebra) -> bool:
    """Whether the generators correspond one to one: the same structure constants."""
    return bool(np.allclose(first.structure_constants, second.structure_constants, atol=1e-10))


def test_so3_is_su2_and_the_group_covers_twice() -> None:
    spin = LieAlgebra(np.array([real_pair(-0.5j * sigma) for sigma in PAULI]))
    rotations = LieAlgebra(so(3).basis[[2, 1, 0]] * np.array([1.0, -1, 1])[:, None, None])  # about x, y, z
    assert span_distance(spin, su(2)) < 1e-14
    assert isomorphic(spin, rotations)
    assert not isomorphic(spin, LieAlgebra(rotations.basis[[1, 0, 2]]))  # a left-handed triple
    angles = np.array([0.3, -1.1, 0.7])
    u = expm(-0.5j * np.tensordot(angles, PAULI, axes=1))
    turned = np.array([[0.5 * np.trace(a @ u @ b @ u.conj().T).real for b in PAULI] for a in PAULI])
    np.testing.assert_allclose(turned, expm(np.tensordot(angles, rotations.basis, axes=1)), atol=1e-12)
    full_turn = expm(2 * np.pi * spin.basis[0])
    np.testing.assert_allclose(full_turn, -np.eye(4), atol=1e-12)
    np.testing.assert_allclose(expm(2 * np.pi * rotations.basis[0]), np.eye(3), atol=1e-12)


def on_hermitian(generators: np.ndarray, sign: int = 1) -> LieAlgebra:
    """``X → AX + XA†`` on Hermitian matrices ``X = x^μ σ_μ``; sign −1 gives ``AX − XA†``."""
    moved = [[[0.5 * np.trace(s @ (a @ t + sign * t @ a.conj().T)).real for t in FOUR] for s in FOUR] for a in generators]
    return LieAlgebra(np.array(moved))


def test_sl2c_is_the_lorentz_algebra() -> None:
    spinors = sl(2, field="C")
    vectors = on_hermitian(complex_matrices(spinors))
    assert span_distance(vectors, so(1, 3)) < 1e-14
    assert isomorphic(spinors, vectors)
    assert not isomorphic(spinors, on_hermitian(complex_matrices(spinors), sign=-1))


@given(seed=st.integers(0, 999))
def test_the_determinant_of_a_hermitian_matrix_is_the_mass(seed: int) -> None:
    rng = np.random.default_rng(seed)
    coefficients, p = rng.normal(size=6) / 2, rng.normal(size=4)
    spinors = sl(2, field="C")
    g = expm(np.tensordot(coefficients, complex_matrices(spinors), axes=1))
    moved = g @ np.tensordot(p, FOUR, axes=1) @ g.conj().T
    assert np.isclose(np.linalg.det(moved).real, p @ ETA @ p, atol=1e-9)
    boosted = expm(np.tensordot(coefficients, on_hermitian(complex_matrices(spinors)).basis, axes=1)) @ p
    np.testing.assert_allclose(np.tensordot(boosted, FOUR, axes=1), moved, atol=1e-10)


def two_sided(left: LieAlgebra, frame: np.ndarray) -> tuple[LieAlgebra, LieAlgebra]:
    """``X → AX`` and ``X → −XA`` on 2 × 2 matrices, in an orthonormal frame of them (rows are flattened matrices)."""
    columns = [np.array([np.kron(a, np.eye(2)) for a in left.basis]), np.array([-np.kron(np.eye(2), a.T) for a in left.basis])]
    return LieAlgebra(frame @ columns[0] @ frame.T), LieAlgebra(frame @ columns[1] @ frame.T)


def test_so22_is_sl2_plus_sl2() -> None:
    """The determinant of a real 2 × 2 matrix has signature (2, 2) and is kept by sl(2) from the left and from the right."""
    frame = np.array([[1.0, 0, 0, 1], [0, 1, -1, 0], [1, 0, 0, -1], [0, 1, 1, 0]]) / np.sqrt(2)
    left, right = two_sided(sl(2), frame)
    np.testing.assert_allclose(bracket(left.basis[:, None], right.basis[None]), 0, atol=1e-15)
    assert isomorphic(left, sl(2))
    assert isomorphic(right, sl(2))
    both = extend(left, right)
    assert span_distance(both, so(2, 2)) < 1e-14
    assert span_distance(both, so(4)) > 1


def test_so4_is_su2_plus_su2_by_quaternions() -> None:
    """Self-dual and anti-self-dual rotations commute; each three are a copy of su(2)."""
    rotations = {pair: matrix for pair, matrix in zip(combinations(range(4), 2), so(4).basis, strict=True)}
    triples = [
        LieAlgebra(
            np.array([rotations[0, 1] + s * rotations[2, 3], rotations[0, 2] - s * rotations[1, 3], rotations[0, 3] + s * rotations[1, 2]])
        )
        for s in (1, -1)
    ]
    assert not bracket(triples[0].basis[:, None], triples[1].basis[None]).any()
    for triple in triples:
        assert closure_residual(triple) < 1e-14
        np.testing.assert_allclose(triple.killing_form, -8 * np.eye(3), atol=1e-12)
    assert span_distance(extend(*triples), so(4)) < 1e-14


PAIRS = list(combinations(range(4), 2))


def on_bivectors(algebra: LieAlgebra) -> LieAlgebra:
    """The action on Λ²R⁴ with basis e_i ∧ e_j, i < j."""
    result = np.zeros((algebra.dimension, 6, 6))
    for column, (i, j) in enumerate(PAIRS):
        bivector = np.zeros((4, 4))
        bivector[i, j], bivector[j, i] = 1, -1
        moved = algebra.basis @ bivector + bivector @ np.swapaxes(algebra.basis, 1, 2)
        result[:, :, column] = np.array([moved[:, a, b] for a, b in PAIRS]).T
    return LieAlgebra(result)


def wedge() -> np.ndarray:
    """The form ``ω ∧ ω′`` on bivectors: the permutation signs of (i, j, k, m)."""
    form = np.zeros((6, 6))
    for i, j, k, m in permutations(range(4)):
        if i < j and k < m:
            order = np.eye(4)[[i, j, k, m]]
            form[PAIRS.index((i, j)), PAIRS.index((k, m))] = round(np.linalg.det(order))
    return form


def test_sl4_is_so33_on_bivectors() -> None:
    bivectors = on_bivectors(sl(4))
    assert isomorphic(bivectors, sl(4))
    metric = invariant_metric(bivectors)
    assert metric.signature == (3, 3)
    np.testing.assert_allclose(metric.matrix / metric.matrix[0, 5], wedge(), atol=1e-12)
    values, frame = np.linalg.eigh(wedge())
    frame = frame[:, np.argsort(-values)]
    assert span_distance(LieAlgebra(frame.T @ bivectors.basis @ frame), so(3, 3)) < 1e-13


def test_sp4_is_so23_on_bivectors_without_the_symplectic_one() -> None:
    omega = np.zeros(6)
    omega[PAIRS.index((0, 2))] = omega[PAIRS.index((1, 3))] = 1 / np.sqrt(2)
    bivectors = on_bivectors(sp(2))
    np.testing.assert_allclose(bivectors.basis @ omega, 0, atol=1e-14)
    rest = np.linalg.svd(omega[None])[2][1:]
    five = LieAlgebra(rest @ bivectors.basis @ rest.T)
    assert isomorphic(five, sp(2))
    values, frame = np.linalg.eigh(rest @ wedge() @ rest.T)
    order = np.argsort(-values)
    p = int((values > 0).sum())
    assert {p, 5 - p} == {2, 3}
    assert span_distance(LieAlgebra(frame[:, order].T @ five.basis @ frame[:, order]), so(p, 5 - p)) < 1e-13


def test_su4_and_so6_have_equal_invariants() -> None:
    one, other = su(4), so(6)
    assert one.dimension == other.dimension == 15
    spectra = [np.sort(np.linalg.eigvals(adjoint(algebra)).imag.round(8)) for algebra in (one, other)]
    assert all((spectrum == 0).sum() == 3 for spectrum in spectra)  # both have rank 3
    assert all(np.linalg.eigvalsh(algebra.killing_form).max() < 0 for algebra in (one, other))  # and are compact


def adjoint(algebra: LieAlgebra) -> np.ndarray:
    coefficients = np.random.default_rng(3).normal(size=algebra.dimension)
    return np.asarray(np.tensordot(coefficients, algebra.structure_constants, axes=1).T)


@pytest.mark.parametrize("algebra", [so(1, 2), sl(2), sp(1)], ids=["so(1,2)", "sl(2,R)", "sp(2,R)"])
def test_three_names_of_one_algebra_share_their_adjoint(algebra: LieAlgebra) -> None:
    image = LieAlgebra(np.swapaxes(algebra.structure_constants, 1, 2))
    assert isomorphic(image, algebra)
    metric = invariant_metric(image)  # the Killing form, of signature (2, 1) up to a sign
    assert set(metric.signature) == {1, 2}
    ratio = metric.matrix / algebra.killing_form.flat[np.abs(algebra.killing_form).argmax()]
    np.testing.assert_allclose(ratio / ratio.flat[np.abs(ratio).argmax()], normalised(algebra.killing_form), atol=1e-9)


def normalised(form: np.ndarray) -> np.ndarray:
    return np.asarray(form / form.flat[np.abs(form).argmax()])


def test_unitary_is_orthogonal_and_symplectic() -> None:
    """u(n) = so(2n) ∩ sp(2n,R): as many principal cosines are 1 as u(n) has dimensions."""
    for n in (1, 2, 3):
        cosines = principal_cosines(so(2 * n), sp(n))
        assert (cosines > 1 - 1e-12).sum() == unitary(n).dimension == n * n
        assert principal_cosines(unitary(n), so(2 * n)).min() > 1 - 1e-12
        assert principal_cosines(unitary(n), sp(n)).min() > 1 - 1e-12


def test_families_meet_where_they_should() -> None:
    for one, other in (
        (unitary(1), so(2)),
        (gl(1), dilation(1)),
        (sp(1), sl(2)),
        (se(3), iso(3)),
        (extend(sl(3), dilation(3)), gl(3)),
        (extend(su(2), LieAlgebra(real_pair(1j * np.eye(2))[None])), unitary(2)),
        (heisenberg(3), LieAlgebra(np.eye(9).reshape(9, 3, 3)[[1, 2, 5]])),
    ):
        assert span_distance(one, other) < 1e-14
    assert span_distance(su(2), LieAlgebra(so(4).basis[:3])) > 0.5


@given(n=st.integers(2, 4), epsilon=st.floats(1e-4, 0.5))
def test_rotations_contract_to_euclidean_motions(n: int, epsilon: float) -> None:
    """Inönü and Wigner: on a sphere of radius 1/ε, so(n + 1) is se(n) up to the angle ε²."""
    scale = np.diag([1.0] * n + [epsilon])
    sphere = LieAlgebra(scale @ so(n + 1).basis @ np.linalg.inv(scale))
    assert np.isclose(span_distance(sphere, se(n)), np.arctan(epsilon**2), rtol=1e-6)
