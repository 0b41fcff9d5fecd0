"""The catalogue: every algebra closes, has its textbook dimension and Killing signature, and preserves what it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from physym.algebra import (
    LieAlgebra,
    bracket,
    change_of_basis,
    closure_residual,
    dilation,
    direct_sum,
    extend,
    gl,
    heisenberg,
    iso,
    se,
    sl,
    so,
    sp,
    span_distance,
    su,
    unitary,
)
from physym.errors import ShapeError

# algebra, dimension, matrix size, Killing signature (+, −, 0)
TEXTBOOK = [
    (so(2), 1, 2, (0, 0, 1)),
    (so(3), 3, 3, (0, 3, 0)),
    (so(4), 6, 4, (0, 6, 0)),
    (so(5), 10, 5, (0, 10, 0)),
    (so(6), 15, 6, (0, 15, 0)),
    (so(1, 1), 1, 2, (0, 0, 1)),
    (so(1, 2), 3, 3, (2, 1, 0)),
    (so(1, 3), 6, 4, (3, 3, 0)),
    (so(2, 2), 6, 4, (4, 2, 0)),
    (so(1, 4), 10, 5, (4, 6, 0)),
    (so(2, 3), 10, 5, (6, 4, 0)),
    (so(2, 4), 15, 6, (8, 7, 0)),
    (su(2), 3, 4, (0, 3, 0)),
    (su(3), 8, 6, (0, 8, 0)),
    (su(4), 15, 8, (0, 15, 0)),
    (unitary(1), 1, 2, (0, 0, 1)),
    (unitary(2), 4, 4, (0, 3, 1)),
    (unitary(3), 9, 6, (0, 8, 1)),
    (sl(2), 3, 2, (2, 1, 0)),
    (sl(3), 8, 3, (5, 3, 0)),
    (sl(4), 15, 4, (9, 6, 0)),
    (sl(2, field="C"), 6, 4, (3, 3, 0)),
    (sp(1), 3, 2, (2, 1, 0)),
    (sp(2), 10, 4, (6, 4, 0)),
    (gl(2), 4, 2, (2, 1, 1)),
    (gl(3), 9, 3, (5, 3, 1)),
    (se(2), 3, 3, (0, 1, 2)),
    (se(3), 6, 4, (0, 3, 3)),
    (iso(1, 3), 10, 5, (3, 3, 4)),
    (heisenberg(3), 3, 3, (0, 0, 3)),
    (heisenberg(5), 5, 4, (0, 0, 5)),
    (dilation(4), 1, 4, (0, 0, 1)),
    (extend(so(1, 3), dilation(4)), 7, 4, (3, 3, 1)),
    (direct_sum(so(3), su(2)), 6, 7, (0, 6, 0)),
]
NAMES = [algebra.source for algebra, *_ in TEXTBOOK]


@pytest.mark.parametrize(("algebra", "dimension", "size", "signature"), TEXTBOOK, ids=NAMES)
def test_textbook_facts(algebra: LieAlgebra, dimension: int, size: int, signature: tuple[int, int, int]) -> None:
    assert (algebra.dimension, algebra.n) == (dimension, size)
    assert np.linalg.matrix_rank(algebra.basis.reshape(dimension, -1)) == dimension
    assert closure_residual(algebra) < 1e-14
    eigenvalues = np.linalg.eigvalsh(algebra.killing_form)
    plus, minus = int((eigenvalues > 1e-9).sum()), int((eigenvalues < -1e-9).sum())
    assert (plus, minus, dimension - plus - minus) == signature


@pytest.mark.parametrize("algebra", [algebra for algebra, *_ in TEXTBOOK], ids=NAMES)
def test_entries_are_the_textbook_ones(algebra: LieAlgebra) -> None:
    assert set(np.unique(algebra.basis)) <= {-1.0, 0.0, 1.0}
    assert algebra.source
    assert algebra.covariance is None


def test_closure_check_notices_a_missing_generator() -> None:
    assert closure_residual(LieAlgebra(so(1, 3).basis[:5])) > 0.1


@pytest.mark.parametrize(("p", "q"), [(1, 3), (3, 1), (2, 2), (0, 3), (4, 0)])
def test_so_preserves_its_form(p: int, q: int) -> None:
    form = np.diag([1.0] * p + [-1.0] * q)
    basis = so(p, q).basis
    assert np.array_equal(np.swapaxes(basis, 1, 2) @ form, -form @ basis)


def test_lorentz_generators_are_boosts_then_rotations_in_e_px_py_pz() -> None:
    lorentz = so(1, 3)
    assert lorentz.coordinates == ("E", "px", "py", "pz")
    boost_x, _, boost_z, rotation_z, _, rotation_x = lorentz.basis
    assert boost_x[0, 1] == boost_x[1, 0] == boost_z[0, 3] == boost_z[3, 0] == 1
    assert (rotation_z[2, 1], rotation_z[1, 2]) == (1, -1)
    assert np.array_equal(rotation_x @ [0, 0, 1, 0], [0, 0, 0, 1])  # y turns into z


def test_sp_preserves_the_symplectic_form() -> None:
    omega = np.block([[np.zeros((2, 2)), np.eye(2)], [-np.eye(2), np.zeros((2, 2))]])
    basis = sp(2).basis
    assert np.array_equal(np.swapaxes(basis, 1, 2) @ omega, -omega @ basis)


@pytest.mark.parametrize("algebra", [su(3), unitary(2)], ids=["su(3)", "u(2)"])
def test_unitary_generators_are_antisymmetric_and_commute_with_i(algebra: LieAlgebra) -> None:
    m = algebra.n // 2
    times_i = np.block([[np.zeros((m, m)), -np.eye(m)], [np.eye(m), np.zeros((m, m))]])
    assert np.array_equal(algebra.basis, -np.swapaxes(algebra.basis, 1, 2))
    assert not bracket(algebra.basis, times_i[None]).any()


def test_su_is_traceless_over_the_complex_numbers() -> None:
    algebra = su(3)
    complex_trace = np.trace(algebra.basis[:, :3, :3], axis1=1, axis2=2), np.trace(algebra.basis[:, 3:, :3], axis1=1, axis2=2)
    assert not np.any(complex_trace)


def test_translations_commute_and_move_points() -> None:
    algebra = se(3)
    translations = algebra.basis[3:]
    assert not bracket(translations[:, None], translations[None]).any()
    assert np.array_equal(translations[1] @ [5, 6, 7, 1], [0, 1, 0, 0])
    assert iso(1, 3).coordinates[-1] == "1"


def test_heisenberg_has_one_central_bracket() -> None:
    p1, p2, q1, q2, z = heisenberg(5).basis
    assert np.array_equal(bracket(p1, q1), z)
    assert np.array_equal(bracket(p2, q2), z)
    for a, b in ((p1, q2), (p1, p2), (q1, q2), (z, p1), (z, q1)):
        assert not bracket(a, b).any()


def test_a_direct_sum_commutes_across_blocks() -> None:
    both = direct_sum(so(3), dilation(1), so(2))
    assert both.basis.shape == (5, 6, 6)
    assert not bracket(both.basis[:3, None], both.basis[None, 3:]).any()
    assert both.source == "so(3) ⊕ dilation(1) ⊕ so(2)"


def test_a_change_of_basis_keeps_the_span_and_a_conjugation_the_structure() -> None:
    lorentz = so(1, 3)
    mixed = change_of_basis(lorentz, seed=3)
    assert span_distance(lorentz, mixed) < 1e-13
    assert not np.allclose(lorentz.basis, mixed.basis)
    conjugated = change_of_basis(lorentz, seed=3, conjugate=True)
    assert span_distance(lorentz, conjugated) > 0.1
    assert closure_residual(conjugated) < 1e-13
    assert conjugated.coordinates == ()
    eigenvalues = np.linalg.eigvalsh(conjugated.killing_form)
    assert ((eigenvalues > 0).sum(), (eigenvalues < 0).sum()) == (3, 3)


def test_a_change_of_basis_is_well_conditioned_and_follows_its_seed() -> None:
    rng_free = change_of_basis(so(4), seed=8).basis
    assert np.array_equal(rng_free, change_of_basis(so(4), seed=8).basis)
    assert not np.array_equal(rng_free, change_of_basis(so(4), seed=9).basis)
    for seed in range(10):
        values = np.linalg.svd(change_of_basis(so(4), seed=seed).basis.reshape(6, -1), compute_uv=False)
        assert values[0] / values[-1] <= 4 + 1e-9


def test_errors_have_the_stated_size_and_covariance() -> None:
    pulls = []
    for seed in range(30):
        noisy, clean = (change_of_basis(so(1, 3), seed=seed, error=error) for error in (0.01, 0.0))
        pulls.append((noisy.basis - clean.basis) / noisy.errors)
        relative = np.linalg.norm(noisy.basis - clean.basis, axis=(1, 2)) / np.linalg.norm(clean.basis, axis=(1, 2))
        assert 0.004 < relative.mean() < 0.016
    assert abs(np.std(pulls) - 1) < 0.05
    assert clean.covariance is None


def test_an_existing_covariance_is_carried_along() -> None:
    measured = LieAlgebra(so(3).basis, covariance=1e-4 * np.eye(27))
    rng = np.random.default_rng(0)
    moved = change_of_basis(measured, seed=1, conjugate=True)
    samples = [
        change_of_basis(LieAlgebra(so(3).basis + 1e-2 * rng.normal(size=(3, 3, 3))), seed=1, conjugate=True).basis.ravel()
        for _ in range(3000)
    ]
    assert moved.covariance is not None
    assert np.allclose(np.cov(np.array(samples).T), moved.covariance, atol=0.15 * moved.covariance.max())


def test_bad_arguments_are_refused() -> None:
    for wrong in (lambda: so(0), lambda: gl(0), lambda: su(1), lambda: heisenberg(4), lambda: heisenberg(1), lambda: sl(2, field="H")):
        with pytest.raises(ShapeError, match="expected"):
            wrong()
    with pytest.raises(ShapeError, match="direct_sum"):
        extend(so(3), dilation(4))


@pytest.mark.parametrize("compose", [extend, direct_sum])
def test_composed_algebras_keep_the_errors_of_their_parts(compose: Callable[[LieAlgebra, LieAlgebra], LieAlgebra]) -> None:
    measured = replace(change_of_basis(so(3), seed=0, error=0.01), freedom=20.0)
    exact = dilation(3)
    for first, second in ((measured, exact), (exact, measured), (measured, measured)):
        whole = compose(first, second)
        assert whole.freedom == 20.0
        norms = [np.linalg.norm(part.errors) for part in (first, second)]
        np.testing.assert_allclose(np.linalg.norm(whole.errors), np.hypot(*norms))
        np.testing.assert_allclose(np.linalg.norm(whole.errors[: first.dimension]), norms[0], atol=1e-15)
        assert not whole.errors[whole.basis == 0].any() or compose is extend  # padding is exact
    assert compose(exact, exact).covariance is None
