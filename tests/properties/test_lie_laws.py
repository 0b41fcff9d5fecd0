"""Laws of Lie algebras, on algebras that hypothesis draws: sums of textbook algebras in a random basis of a random frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from physym.algebra import (
    LieAlgebra,
    Rep,
    bracket,
    change_of_basis,
    closure_residual,
    dilation,
    direct_sum,
    extend,
    gl,
    heisenberg,
    invariant_metric,
    principal_cosines,
    refine,
    se,
    sl,
    so,
    sp,
    span_distance,
    su,
)

SMALL = [so(2), so(3), so(1, 2), so(1, 3), su(2), sl(2), sp(1), gl(2), se(2), heisenberg(3), dilation(1), extend(so(1, 3), dilation(4))]
METRIC = [so(3), so(1, 2), so(1, 3), so(2, 2), su(2), extend(so(1, 3), dilation(4)), extend(so(3), dilation(3))]


@st.composite
def algebras(draw: st.DrawFn, choices: list[LieAlgebra] = SMALL, most: int = 2) -> LieAlgebra:
    """A direct sum of one or two algebras, in a random basis and frame."""
    parts = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=most))
    whole = parts[0] if len(parts) == 1 else direct_sum(*parts)
    return change_of_basis(whole, seed=draw(st.integers(0, 10_000)), conjugate=draw(st.booleans()))


def jacobi_defect(f: np.ndarray) -> float:
    """Σ over cyclic permutations of [[i, j], k], from structure constants."""
    nested = np.einsum("ijm,mkl->ijkl", f, f)
    return float(np.abs(nested + nested.transpose(1, 2, 0, 3) + nested.transpose(2, 0, 1, 3)).max(initial=0.0))


def invariance_defect(f: np.ndarray, form: np.ndarray) -> float:
    """B([x, y], z) + B(y, [x, z]) over all basis elements."""
    left = np.einsum("xym,mz->xyz", f, form)
    return float(np.abs(left + np.swapaxes(left, 1, 2)).max(initial=0.0))


@given(algebra=algebras())
def test_structure_constants_are_antisymmetric_and_satisfy_jacobi(algebra: LieAlgebra) -> None:
    f = algebra.structure_constants
    scale = max(1.0, float(np.abs(f).max())) ** 2
    assert np.allclose(f, -np.swapaxes(f, 0, 1), atol=1e-10)
    assert jacobi_defect(f) < 1e-9 * scale
    assert np.allclose(bracket(algebra.basis[:, None], algebra.basis[None]), np.einsum("ijk,kab->ijab", f, algebra.basis), atol=1e-9)


def test_the_jacobi_check_fails_on_a_span_that_does_not_close() -> None:
    broken = LieAlgebra(so(4).basis[:4] + 0.3 * np.random.default_rng(0).normal(size=(4, 4, 4)))
    assert jacobi_defect(broken.structure_constants) > 1e-3


@given(algebra=algebras())
def test_the_killing_form_is_symmetric_and_ad_invariant(algebra: LieAlgebra) -> None:
    form = algebra.killing_form
    scale = max(1.0, float(np.abs(algebra.structure_constants).max())) ** 3
    assert np.allclose(form, form.T, atol=1e-9)
    assert invariance_defect(algebra.structure_constants, form) < 1e-8 * scale


def test_the_invariance_check_fails_on_another_form() -> None:
    assert invariance_defect(so(3).structure_constants, np.diag([1.0, 2.0, 3.0])) > 0.1


@given(algebra=algebras(), seed=st.integers(0, 100))
def test_the_killing_form_follows_a_change_of_basis(algebra: LieAlgebra, seed: int) -> None:
    mixing = np.random.default_rng(seed).normal(size=(algebra.dimension,) * 2) + 3 * np.eye(algebra.dimension)
    mixed = LieAlgebra(np.einsum("ab,bij->aij", mixing, algebra.basis))
    scale = max(1.0, np.abs(algebra.killing_form).max()) * np.linalg.norm(mixing) ** 2
    if np.linalg.cond(mixing) < 50:
        assert np.allclose(mixed.killing_form, mixing @ algebra.killing_form @ mixing.T, atol=1e-9 * scale)


@given(algebra=algebras())
def test_the_killing_signature_is_that_of_the_textbook_basis(algebra: LieAlgebra) -> None:
    """Sylvester: a mixing and a conjugation never change the numbers of compact and non-compact directions."""
    again = change_of_basis(algebra, seed=1, conjugate=True)
    for one, other in zip(*(np.linalg.eigvalsh(a.killing_form) for a in (algebra, again)), strict=True):
        assert (one > 1e-7) == (other > 1e-7)
        assert (one < -1e-7) == (other < -1e-7)


@given(algebra=algebras())
def test_a_lie_algebra_closes_in_every_basis(algebra: LieAlgebra) -> None:
    assert closure_residual(algebra) < 1e-12


@given(algebra=algebras(METRIC, most=1), time=st.floats(-1, 1), seed=st.integers(0, 100))
def test_finite_transformations_preserve_the_invariant_metric(algebra: LieAlgebra, time: float, seed: int) -> None:
    metric = invariant_metric(algebra)
    generator = np.einsum("a,aij->ij", np.random.default_rng(seed).normal(size=algebra.dimension), algebra.basis)
    generator /= max(1.0, np.linalg.norm(generator, ord=2))
    g = expm(time * generator)
    factor = np.exp(2 * time * np.trace(generator) / algebra.n)  # 1 unless the algebra dilates
    assert np.allclose(g.T @ metric.matrix @ g, factor * metric.matrix, atol=1e-9 * np.linalg.norm(metric.matrix) * np.exp(2))
    assert metric.conformal or np.isclose(factor, 1)


@given(algebra=algebras(METRIC, most=1), seed=st.integers(0, 100))
def test_the_metric_moves_with_the_frame(algebra: LieAlgebra, seed: int) -> None:
    """J → S⁻ᵀ J S⁻¹ under x → S x, up to the convention of sign and scale; the signature up to an overall sign."""
    rng = np.random.default_rng(seed)
    frame = np.linalg.qr(rng.normal(size=(algebra.n,) * 2))[0] * np.exp(rng.uniform(-0.5, 0.5, algebra.n))
    back = np.linalg.inv(frame)
    before, after = invariant_metric(algebra), invariant_metric(LieAlgebra(frame @ algebra.basis @ back))
    if len(before.forms) == 1:
        expected = back.T @ before.matrix @ back
        cosine = (expected * after.matrix).sum() / np.linalg.norm(expected) / np.linalg.norm(after.matrix)
        assert abs(cosine) > 1 - 1e-9
    assert set(before.signature) == set(after.signature)


@given(algebra=algebras(), text=st.sampled_from(["V", "2V + S", "V*", "V^2", "V V*"]), seed=st.integers(0, 100))
def test_exp_after_drho_is_rho_after_exp(algebra: LieAlgebra, text: str, seed: int) -> None:
    rep = Rep(text, n=algebra.n)
    generator = np.einsum("a,aij->ij", np.random.default_rng(seed).normal(size=algebra.dimension), algebra.basis)
    generator /= max(1.0, np.linalg.norm(generator, ord=2))
    moved = rep.rho(expm(generator))
    assert np.allclose(expm(rep.drho(generator)), moved, atol=1e-9 * np.abs(moved).max())


@given(algebra=algebras(), text=st.sampled_from(["V*", "V^2", "V V*", "C", "C C~"]))
def test_a_representation_has_the_structure_constants_of_its_algebra(algebra: LieAlgebra, text: str) -> None:
    image = Rep(text, n=algebra.n).drho(algebra.basis)
    f = algebra.structure_constants
    scale = max(1.0, np.abs(image).max() ** 2)
    assert np.allclose(bracket(image[:, None], image[None]), np.einsum("ijk,kab->ijab", f, image), atol=1e-9 * scale)


@given(algebra=algebras(), seed=st.integers(0, 100))
def test_a_group_element_maps_the_algebra_to_itself(algebra: LieAlgebra, seed: int) -> None:
    generator = np.einsum("a,aij->ij", np.random.default_rng(seed).normal(size=algebra.dimension), algebra.basis)
    generator /= max(1.0, np.linalg.norm(generator, ord=2))
    g = expm(generator)
    conjugated = LieAlgebra(g @ algebra.basis @ np.linalg.inv(g))
    assert span_distance(algebra, conjugated) < 1e-6
    assert principal_cosines(algebra, conjugated).min() > 1 - 1e-11


@pytest.mark.parametrize("algebra", SMALL, ids=lambda algebra: algebra.source)
def test_refine_commutes_with_rotations_of_the_frame(algebra: LieAlgebra) -> None:
    """refine ∘ conjugate = conjugate ∘ refine for orthogonal frames, in which isotropic errors stay isotropic."""
    noisy = LieAlgebra(change_of_basis(algebra, seed=5, error=0.01).basis)
    turn = np.linalg.qr(np.random.default_rng(6).normal(size=(algebra.n,) * 2))[0]
    turned = LieAlgebra(turn @ noisy.basis @ turn.T)
    expected = turn @ refine(noisy).basis @ turn.T
    assert np.linalg.norm(refine(turned).basis - expected) < 0.05 * np.linalg.norm(expected - turned.basis) + 1e-9
