"""The measure level: moments, their errors and the equation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from physym.algebra import bracket
from physym.discovery.significance import dimension_tests
from physym.discovery.spectral.equations.moments import moment_equation
from physym.discovery.spectral.statistics.features import copies_of

GL3 = np.eye(9).reshape(9, 3, 3)


def blocks(rows: int) -> np.ndarray:
    return np.arange(rows) % 64


def test_copies_act_on_each_vector_alike() -> None:
    rng = np.random.default_rng(0)
    matrix, x = rng.normal(size=(1, 3, 3)), rng.normal(size=(2, 3))
    np.testing.assert_allclose(copies_of(matrix, 2)[0] @ x.ravel(), (x @ matrix[0].T).ravel())


def test_copies_keep_brackets() -> None:
    a, b = np.random.default_rng(1).normal(size=(2, 1, 3, 3))
    np.testing.assert_allclose(bracket(copies_of(a, 2), copies_of(b, 2)), copies_of(bracket(a, b), 2), atol=1e-12)


def test_rotations_of_a_round_cloud_are_found_at_the_nominal_rate() -> None:
    p_values = []
    for seed in range(150):
        x = np.random.default_rng(seed).normal(size=(1500, 3))
        _, whitened = moment_equation(x, np.zeros(1500, dtype=np.int64), blocks(1500), GL3, degree=3)
        p_values.append(dimension_tests(whitened)[2].p_value)
    for alpha in (0.01, 0.05, 0.1):
        assert (np.array(p_values) < alpha).mean() < alpha + 3 * np.sqrt(alpha * (1 - alpha) / 150)


def test_a_dilation_never_preserves_a_measure() -> None:
    x = np.random.default_rng(0).normal(size=(3000, 3))
    dilation = np.eye(3)[None] / np.sqrt(3)
    _, whitened = moment_equation(x, np.zeros(3000, dtype=np.int64), blocks(3000), dilation, degree=2)
    assert dimension_tests(whitened)[0].p_value < 1e-9


def test_second_moments_alone_cannot_refute_a_rotation() -> None:
    """A cube has the second moments of a ball; its fourth moments tell them apart."""
    x = np.random.default_rng(0).uniform(-1, 1, size=(20_000, 3))
    at = {d: moment_equation(x, np.zeros(20_000, dtype=np.int64), blocks(20_000), GL3, degree=d)[1] for d in (2, 4)}
    assert dimension_tests(at[2])[2].p_value > 0.01
    assert dimension_tests(at[4])[0].p_value < 1e-6


def test_classes_are_tested_apart() -> None:
    """Two classes shifted against each other: the mixture of a balanced pair hides what each class shows."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 4000)
    x = rng.normal(size=(4000, 2))
    x[:, 0] *= np.where(label == 1, 2.0, 1.0)
    x[:, 1] *= np.where(label == 1, 1.0, 2.0)
    rotation = np.array([[[0.0, -1.0], [1.0, 0.0]]]) / np.sqrt(2)
    _, mixed = moment_equation(x, np.zeros(4000, dtype=np.int64), blocks(4000), rotation, degree=2)
    _, apart = moment_equation(x, label, blocks(4000), rotation, degree=2)
    assert dimension_tests(mixed)[0].p_value > 0.01
    assert dimension_tests(apart)[0].p_value < 1e-9


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_the_equation_is_the_drift_of_the_moments(degree: int) -> None:
    rng = np.random.default_rng(degree)
    x = rng.normal(size=(64, 3)) + 1
    matrix = rng.normal(size=(3, 3))
    equation, _ = moment_equation(x, np.zeros(64, dtype=np.int64), blocks(64), matrix[None], degree=degree)
    scale = np.sqrt((x**2).mean(0))
    from physym.algebra.monomials import evaluate, exponents

    powers = exponents(3, range(1, degree + 1))
    step = 1e-6
    moments = [evaluate((x + sign * step * x @ matrix.T) / scale, powers).mean(0) for sign in (1, -1)]
    spread = evaluate(x / scale, powers).std(0) * np.array([max(1.0, math.factorial(d) / 2) for d in powers.sum(1)])
    np.testing.assert_allclose(equation.matrix[:, 0], (moments[0] - moments[1]) / (2 * step) / spread, atol=1e-6)
