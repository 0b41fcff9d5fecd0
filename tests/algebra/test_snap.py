"""Snapping: exact entries, exact closure, the χ² test, and what must be refused."""

import numpy as np
import pytest
import sympy

from physym.algebra import (
    LieAlgebra,
    canonical_basis,
    change_of_basis,
    closure_residual,
    dilation,
    extend,
    gl,
    heisenberg,
    iso,
    refine,
    se,
    sl,
    snap,
    so,
    sp,
    span_distance,
    su,
    unitary,
)
from physym.algebra.rounding import Surd, nearest_exact
from physym.algebra.snap import closes_exactly, span_test
from physym.errors import SnapRejected

TEXTBOOK = [so(3), so(1, 3), extend(so(1, 3), dilation(4)), so(2, 2), su(2), su(3), sl(2), sl(3), sp(2), gl(2), se(2), se(3), iso(1, 3)]
TEXTBOOK += [heisenberg(3), heisenberg(5), unitary(2)]


@pytest.mark.parametrize("algebra", TEXTBOOK, ids=lambda a: a.source)
def test_textbook_bases_are_recovered_exactly(algebra: LieAlgebra) -> None:
    for seed in range(2):
        found = snap(change_of_basis(algebra, seed=seed, error=0.01))
        assert span_distance(found, algebra) < 1e-9
        assert closure_residual(found) < 1e-14
        assert len(found.exact) == found.dimension
        for matrix, floats in zip(found.exact, found.basis, strict=True):
            assert np.array_equal(np.array(matrix.tolist(), dtype=np.float64), floats)


def test_exact_brackets_close_in_sympy() -> None:
    """A slow oracle: every bracket of the exact generators is a combination of them, solved by sympy."""
    exact = snap(change_of_basis(so(1, 3), seed=2, error=0.05)).exact
    span = sympy.Matrix.hstack(*(m.reshape(16, 1) for m in exact))
    for i in range(6):
        for j in range(i):
            commutator = (exact[i] * exact[j] - exact[j] * exact[i]).reshape(16, 1)
            assert span.row_join(commutator).rank() == 6


@pytest.mark.parametrize("error", [0.08, 0.14, 0.28])
def test_metric_first_snapping_is_exact_at_large_errors(error: float) -> None:
    algebra = extend(so(1, 3), dilation(4))
    for seed in range(10):
        assert span_distance(snap(change_of_basis(algebra, seed=seed, error=error)), algebra) < 1e-9


def test_refined_estimate_snaps_too() -> None:
    for seed in range(5):
        measured = canonical_basis(refine(change_of_basis(so(1, 3), seed=seed, error=0.05)))
        assert span_distance(snap(measured), so(1, 3)) < 1e-9


def test_canonical_names_and_order() -> None:
    found = snap(change_of_basis(extend(so(1, 3), dilation(4)), seed=4, error=0.02))
    j_x, _, j_z, k_x = (np.array(m.tolist(), dtype=float) for m in found.exact[:4])
    assert j_x[3, 2] == 1
    assert j_x[2, 3] == -1
    assert j_z[2, 1] == 1
    assert k_x[0, 1] == k_x[1, 0] == 1
    assert found.exact[6] == sympy.eye(4)
    assert found.source.endswith("snapped")


def test_units_of_the_coordinates_survive() -> None:
    """Time in other units: the metric diag(4, −1, −1, −1) is snapped as such, not to ±1."""
    scale = np.diag([0.5, 1.0, 1.0, 1.0])
    algebra = LieAlgebra(scale @ so(1, 3).basis @ np.linalg.inv(scale))
    found = snap(change_of_basis(algebra, seed=0, error=0.002))
    assert span_distance(found, algebra) < 1e-9
    assert span_distance(found, so(1, 3)) > 0.1


def test_a_perturbed_metric_beyond_its_error_is_not_forced_to_signs() -> None:
    scale = np.diag(np.sqrt([1.03, 0.98, 1.01, 0.97]))
    exact = np.linalg.inv(scale) @ so(1, 3).basis @ scale
    sure = LieAlgebra(exact, covariance=1e-10 * np.eye(exact.size))
    unsure = LieAlgebra(exact, covariance=1e-3 * np.eye(exact.size))
    assert span_distance(snap(unsure), so(1, 3)) < 1e-9
    try:
        found = snap(sure)
    except SnapRejected:
        return
    assert span_distance(found, LieAlgebra(exact)) < 1e-3


def test_rejects_what_no_simple_algebra_explains() -> None:
    measured = change_of_basis(so(1, 3), seed=0, conjugate=True, error=0.0)
    with pytest.raises(SnapRejected, match=r"χ²|simple numbers"):
        snap(measured)
    with pytest.raises(SnapRejected, match="no generators"):
        snap(LieAlgebra(np.zeros((0, 2, 2))))


def test_span_test_is_calibrated_and_sees_a_wrong_span() -> None:
    p_values = [span_test(change_of_basis(so(1, 3), seed=s, error=0.05), so(1, 3).basis).p_value for s in range(200)]
    assert 0.4 < np.mean(p_values) < 0.6
    assert np.mean(np.array(p_values) < 0.05) < 0.12
    assert span_test(change_of_basis(so(4), seed=0, error=0.05), so(1, 3).basis).p_value < 1e-9
    with pytest.raises(SnapRejected, match="covariance"):
        span_test(so(3), so(3).basis)


def test_closure_checker_fails_on_a_wrong_input() -> None:
    half = [Surd(sympy_free, 1) for sympy_free in map(_fraction, np.ravel(so(3).basis[0]))]
    other = [Surd(x, 1) for x in map(_fraction, np.ravel(so(3).basis[1]))]
    third = [Surd(x, 1) for x in map(_fraction, np.ravel(so(3).basis[2]))]
    assert closes_exactly([half, other, third], 3)
    assert not closes_exactly([half, other], 3)
    assert closes_exactly([[Surd(x.fraction, 2) for x in half], other, third], 3)


def test_rounding_never_invents_fractions() -> None:
    assert nearest_exact(np.array([0.7071]), np.array([1e-7])) is None
    found = nearest_exact(np.array([0.70710678, 0.0012, 0.8660, -0.5, 0.33]), np.array([1e-7, 1e-3, 1e-3, 1e-3, 0.01]))
    assert found is not None
    assert [(str(x.fraction), x.radicand) for x in found] == [("1/2", 2), ("0", 1), ("1/2", 3), ("-1/2", 1), ("1/3", 1)]
    assert nearest_exact(np.array([0.95]), np.array([0.1]))[0] == Surd(_fraction(1.0))  # type: ignore[index]


def _fraction(x: float):
    from fractions import Fraction

    return Fraction(x)
