"""Equations in units of their noise: the span is invariant, quiet directions are not mistaken for symmetries."""

from __future__ import annotations

import numpy as np

from physym.discovery.equation import SymmetryEquation
from physym.discovery.significance import dimension_tests
from physym.discovery.spectral.equations.weighting import in_units_of_noise

SIZES = np.array([1.0, 1.0, 1e-2])  # of the noise along each direction


def noisy(seed: int, defects: np.ndarray) -> SymmetryEquation:
    """``H = diag(defects)`` on top of 47 empty rows, with noise of very different size along the directions."""
    rng = np.random.default_rng(seed)
    exact = np.zeros((50, 3))
    exact[np.arange(3), np.arange(3)] = defects
    noise = 0.05 * rng.normal(size=(64, 50, 3)) * SIZES
    return SymmetryEquation(exact + noise.sum(0), noise, np.eye(9).reshape(9, 3, 3)[:3])


def test_a_quiet_direction_is_not_mistaken_for_a_symmetry() -> None:
    """The third direction has a defect that is small but certain; the first has none, hidden in more noise."""
    defects = np.array([0.0, 30.0, 2.0])
    plain, fair = [], []
    for seed in range(20):
        equation = noisy(seed, defects)
        plain.append(abs(equation.algebra(1).basis[0, 0, 0]))
        fair.append(abs(in_units_of_noise(equation).algebra(1).basis[0, 0, 0]))
    assert np.median(fair) > 0.9
    assert np.median(plain) < 0.5  # the checker itself


def test_the_true_dimension_is_not_rejected_too_often() -> None:
    p_values = np.array([dimension_tests(in_units_of_noise(noisy(seed, np.array([0.0, 30.0, 2.0]))))[0].p_value for seed in range(300)])
    for alpha in (0.01, 0.05):
        assert (p_values < alpha).mean() < alpha + 3.1 * np.sqrt(alpha * (1 - alpha) / 300)


def test_larger_dimensions_are_rejected() -> None:
    assert dimension_tests(in_units_of_noise(noisy(0, np.array([0.0, 30.0, 2.0]))))[1].p_value < 1e-6


def test_generators_stay_orthonormal() -> None:
    basis = in_units_of_noise(noisy(0, np.array([0.0, 0.0, 1.0]))).algebra(2).basis.reshape(2, -1)
    np.testing.assert_allclose(basis @ basis.T, np.eye(2), atol=1e-12)


def test_exact_equations_keep_their_null_space() -> None:
    equation = SymmetryEquation(np.diag([1.0, 0.0, 2.0]), np.zeros((8, 3, 3)), np.eye(9).reshape(9, 3, 3)[:3])
    tests = dimension_tests(in_units_of_noise(equation))
    assert [test.p_value > 0.01 for test in tests] == [True, False, False]
