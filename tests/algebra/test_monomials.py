"""The action on monomials against the definition ``(Ax)·∇ψ``."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.algebra import bracket
from physym.algebra.monomials import action, evaluate, exponents


@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 10_000))
def test_action_is_the_derivative_along_the_flow(n: int, degree: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, matrix = rng.normal(size=(3, n)), rng.normal(size=(n, n))
    powers = exponents(n, range(degree + 1))
    step = 1e-6
    moved = (evaluate(x + step * x @ matrix.T, powers) - evaluate(x - step * x @ matrix.T, powers)) / (2 * step)
    np.testing.assert_allclose(evaluate(x, powers) @ action(matrix[None], powers)[0].T, moved, atol=1e-6)


@given(st.integers(2, 4), st.integers(1, 3), st.integers(0, 10_000))
def test_action_is_a_homomorphism_of_lie_algebras(n: int, degree: int, seed: int) -> None:
    a, b = np.random.default_rng(seed).normal(size=(2, n, n))
    powers = exponents(n, (degree,))
    ra, rb = action(np.stack([a, b]), powers)
    np.testing.assert_allclose(bracket(ra, rb), action(bracket(a, b)[None], powers)[0], atol=1e-9)


@pytest.mark.parametrize(("n", "degree", "count"), [(4, 2, 10), (8, 2, 36), (5, 2, 15), (3, 4, 15)])
def test_number_of_monomials(n: int, degree: int, count: int) -> None:
    assert len(exponents(n, (degree,))) == count


def test_a_wrong_matrix_is_told_from_a_symmetry() -> None:
    """The checker itself: a shear is not a symmetry of x² + y²."""
    shear = np.array([[[0.0, 1.0], [0.0, 0.0]]])
    circle = np.array([1.0, 0.0, 1.0])
    assert np.abs(circle @ action(shear, exponents(2, (2,)))[0]).max() == 2.0
