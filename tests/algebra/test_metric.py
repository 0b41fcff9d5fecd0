"""Invariant metrics: the equation they solve, the conventions, the errors, and when there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.algebra import (
    LieAlgebra,
    change_of_basis,
    dilation,
    direct_sum,
    extend,
    gl,
    heisenberg,
    invariant_metric,
    iso,
    se,
    sl,
    so,
    sp,
    su,
)
from physym.errors import NoInvariantForm

MINKOWSKI = np.diag([1.0, -1.0, -1.0, -1.0])
LORENTZ_AND_DILATION = extend(so(1, 3), dilation(4))


def rotations_on_space() -> LieAlgebra:
    """so(3) on the last three of four coordinates."""
    return LieAlgebra(np.pad(so(3).basis, ((0, 0), (1, 0), (1, 0))))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))


@pytest.mark.parametrize(("p", "q"), [(3, 0), (1, 1), (1, 2), (1, 3), (2, 2), (3, 2)])
def test_so_gives_its_metric(p: int, q: int) -> None:
    metric = invariant_metric(so(p, q))
    assert np.allclose(metric.matrix, np.diag([1.0] * p + [-1.0] * q), atol=1e-13)
    assert metric.signature == (p, q)
    assert metric.residual < 1e-14
    assert not metric.conformal
    assert metric.forms.shape == (1, p + q, p + q) if p + q > 2 else True


@given(p=st.integers(1, 3), q=st.integers(0, 2), seed=st.integers(0, 50), dilate=st.booleans())
def test_the_metric_is_invariant_in_every_frame(p: int, q: int, seed: int, dilate: bool) -> None:
    algebra = so(p, q) if p + q > 1 else dilation(1)
    algebra = extend(algebra, dilation(p + q)) if dilate else algebra
    algebra = change_of_basis(algebra, seed=seed, conjugate=True)
    metric = invariant_metric(algebra)
    for generator in algebra.basis:
        factor = 2 * np.trace(generator) / algebra.n
        defect = generator.T @ metric.matrix + metric.matrix @ generator - factor * metric.matrix
        assert np.linalg.norm(defect) < 1e-10 * np.linalg.norm(generator) * np.linalg.norm(metric.matrix)
    assert np.isclose(abs(np.linalg.det(metric.matrix)), 1)
    assert np.allclose(metric.matrix, metric.matrix.T)
    assert sum(metric.signature) == algebra.n


def test_a_dilation_leaves_a_conformal_metric_and_says_so() -> None:
    metric = invariant_metric(LORENTZ_AND_DILATION)
    assert np.allclose(metric.matrix, MINKOWSKI, atol=1e-13)
    assert metric.conformal
    assert "up to a factor" in metric.statement
    assert "up to a factor" not in invariant_metric(so(1, 3)).statement


def test_a_dilating_boost_is_seen_as_conformal() -> None:
    spiral = LieAlgebra(np.array([[[0.1, -1.0], [1.0, 0.1]]]))
    metric = invariant_metric(spiral)
    assert metric.conformal
    assert metric.signature == (2, 0)


def test_sign_and_scale_convention() -> None:
    flipped = invariant_metric(so(3, 1))  # signature (+,+,+,−) stays, as J[0, 0] > 0
    assert np.allclose(np.diag(flipped.matrix), [1, 1, 1, -1])
    reversed_order = LieAlgebra(so(1, 3).basis[:, ::-1, ::-1])  # (pz, py, px, E): now the energy is last
    assert np.allclose(np.diag(invariant_metric(reversed_order).matrix), [1, 1, 1, -1])
    light_cone = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2)
    in_light_cone = LieAlgebra(light_cone @ so(1, 1).basis @ light_cone)
    matrix = invariant_metric(in_light_cone).matrix
    assert abs(matrix[0, 0]) < 1e-12
    assert matrix[0, 1] > 0
    assert np.isclose(abs(np.linalg.det(matrix)), 1)


def test_all_independent_forms_are_returned() -> None:
    metric = invariant_metric(rotations_on_space())
    assert metric.forms.shape == (2, 4, 4)
    expected = np.array([np.diag([1.0, 0, 0, 0]), np.diag([0, 1.0, 1, 1]) / np.sqrt(3)])
    projector = np.einsum("aij,akl->ijkl", expected, expected)
    flat = np.linalg.qr(metric.forms.reshape(2, 16).T)[0]
    assert np.allclose(flat @ flat.T, projector.reshape(16, 16))
    assert np.allclose(metric.matrix, np.eye(4))  # compact, so the Euclidean member
    assert "2 independent forms" in metric.statement


def test_two_copies_of_a_four_vector_have_three_forms() -> None:
    copies = LieAlgebra(np.stack([np.kron(np.eye(2), generator) for generator in so(1, 3).basis]))
    metric = invariant_metric(copies)
    assert len(metric.forms) == 3
    assert metric.signature == (2, 6)
    assert np.allclose(metric.matrix, np.kron(np.eye(2), MINKOWSKI))


@pytest.mark.parametrize(
    "algebra", [gl(3), sl(3), sp(2), se(3), iso(1, 3), heisenberg(3), direct_sum(dilation(1), so(3))], ids=lambda a: a.source
)
def test_algebras_without_a_metric_say_so(algebra: LieAlgebra) -> None:
    with pytest.raises(NoInvariantForm, match="form"):
        invariant_metric(algebra)


def test_degenerate_families_are_named_as_such() -> None:
    with pytest.raises(NoInvariantForm, match="degenerate"):
        invariant_metric(se(3))


@pytest.mark.parametrize("seed", range(20))
def test_random_generators_have_no_metric(seed: int) -> None:
    rng = np.random.default_rng(seed)
    with pytest.raises(NoInvariantForm):
        invariant_metric(LieAlgebra(rng.normal(size=(rng.integers(2, 8), 4, 4))))


@pytest.mark.parametrize("dilate", [False, True])
@pytest.mark.parametrize(("error", "least_cosine"), [(0.01, 0.9999), (0.05, 0.998), (0.15, 0.98)])
def test_a_noisy_lorentz_algebra_keeps_its_metric(dilate: bool, error: float, least_cosine: float) -> None:
    clean = LORENTZ_AND_DILATION if dilate else so(1, 3)
    for seed in range(10):
        noisy = change_of_basis(clean, seed=seed, error=error)
        for algebra in (noisy, LieAlgebra(noisy.basis)):
            metric = invariant_metric(algebra)
            assert metric.signature == (1, 3)
            assert metric.conformal == dilate
            assert cosine(metric.matrix, MINKOWSKI) > least_cosine
            assert 0.02 * error < metric.residual < 2 * error


@pytest.mark.parametrize("dilate", [False, True])
def test_the_errors_cover(dilate: bool) -> None:
    clean = LORENTZ_AND_DILATION if dilate else so(1, 3)
    upper = np.triu_indices(4)
    pulls = []
    for seed in range(150):
        metric = invariant_metric(change_of_basis(clean, seed=seed, error=0.01))
        pulls.append(((metric.matrix - MINKOWSKI) / metric.errors)[upper])
    assert abs(np.std(pulls) - 1) < 0.08
    assert np.abs(np.mean(pulls, axis=0)).max() < 0.35


def test_the_answer_does_not_depend_on_the_basis_of_the_span() -> None:
    noisy = change_of_basis(so(1, 3), seed=1, error=0.05)
    mixed = LieAlgebra(np.einsum("ab,bij->aij", np.random.default_rng(2).normal(size=(6, 6)), noisy.basis))
    assert np.allclose(invariant_metric(LieAlgebra(noisy.basis)).matrix, invariant_metric(mixed).matrix)


def test_compact_groups_give_the_euclidean_metric() -> None:
    for algebra in (su(2), su(3), so(5)):
        assert np.allclose(invariant_metric(algebra).matrix, np.eye(algebra.n))


def test_the_trivial_algebra_preserves_everything() -> None:
    metric = invariant_metric(LieAlgebra(np.zeros((0, 3, 3))))
    assert len(metric.forms) == 6
    assert metric.signature == (3, 0)


def test_repr_is_short_and_carries_errors_and_names() -> None:
    metric = invariant_metric(LieAlgebra(so(1, 3).basis, covariance=1e-6 * np.eye(96), coordinates=("E", "px", "py", "pz")))
    text = repr(metric)
    assert len(text.splitlines()) <= 3
    assert "±" in text
    assert "E, px, py, pz" in text
    assert "(1, -1, -1, -1)" in text


def test_dilations_with_a_covariance_have_a_conformal_metric() -> None:
    measured = replace(dilation(2), covariance=1e-6 * np.eye(4))
    metric = invariant_metric(measured)
    assert metric.conformal
    assert np.isfinite(metric.errors).all()
