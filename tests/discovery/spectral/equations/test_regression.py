"""The conditional level: fits, their errors, and the equation."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra.monomials import evaluate, exponents
from physym.discovery.significance import dimension_tests
from physym.discovery.spectral.equations.regression import fit_polynomial, function_equation
from physym.discovery.spectral.statistics.features import block_sums
from physym.errors import DiscoveryFailed

GL2 = np.eye(4).reshape(4, 2, 2)
ROTATION = np.array([[[0.0, -1.0], [1.0, 0.0]]]) / np.sqrt(2)


def design(seed: int, rows: int = 500) -> np.ndarray:
    return np.concatenate([np.ones((rows, 1)), np.random.default_rng(seed).normal(size=(rows, 3))], axis=1)


@pytest.mark.parametrize("logit", [False, True])
def test_the_influence_is_the_effect_of_leaving_a_row_out(logit: bool) -> None:
    """Against the slow way: fit again without the row."""
    psi = design(0, 120)
    rng = np.random.default_rng(1)
    value = psi @ np.array([0.2, 1.0, -0.5, 0.0])
    y = (rng.uniform(size=120) < 1 / (1 + np.exp(-value))).astype(float) if logit else value + rng.normal(size=120)
    fit = fit_polynomial(psi, y, logit=logit)
    for row in (3, 50):
        kept = np.arange(120) != row
        without = fit_polynomial(psi[kept], y[kept], logit=logit)
        np.testing.assert_allclose(fit.coefficients - without.coefficients, fit.influence[row], rtol=0.15 if logit else 1e-4, atol=5e-4)


@pytest.mark.parametrize("logit", [False, True])
def test_the_errors_predict_the_spread(logit: bool) -> None:
    truth = np.array([0.2, 1.0, -0.5, 0.3])
    fits = []
    for seed in range(60):
        psi = design(seed)
        rng = np.random.default_rng(1000 + seed)
        noise = np.abs(psi[:, 1]) * rng.normal(size=500)  # heteroscedastic on purpose
        y = (rng.uniform(size=500) < 1 / (1 + np.exp(-psi @ truth))).astype(float) if logit else psi @ truth + noise
        fits.append(fit_polynomial(psi, y, logit=logit))
    spread = np.std([f.coefficients for f in fits], axis=0, ddof=1)
    claimed = np.sqrt(np.mean([(f.influence**2).sum(0) for f in fits], axis=0))
    np.testing.assert_allclose(spread, claimed, rtol=0.35)


def test_separable_labels_are_refused_with_the_cure() -> None:
    psi = design(0)
    with pytest.raises(DiscoveryFailed, match="separates the labels"):
        fit_polynomial(psi, (psi[:, 1] > 0).astype(float), logit=True)


def test_the_equation_is_the_change_of_the_fitted_function() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    y = x[:, 0] ** 2 + 0.3 * x[:, 1]
    equation, _ = function_equation(x, y, np.arange(400) % 64, GL2, degree=2, logit=False)
    matrix = rng.normal(size=(2, 2))
    moved = x @ matrix.T
    change = 2 * x[:, 0] * moved[:, 0] + 0.3 * moved[:, 1]
    assert np.linalg.norm(equation.matrix @ matrix.ravel()) == pytest.approx(np.sqrt((change**2).mean()), rel=1e-5)


def test_the_null_rate_of_an_invariant_logit() -> None:
    p_values = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(600, 2))
        y = (rng.uniform(size=600) < 1 / (1 + np.exp(1 - (x**2).sum(1)))).astype(float)
        _, whitened = function_equation(x, y, np.arange(600) % 64, GL2, degree=2, logit=True)
        p_values.append(dimension_tests(whitened)[0].p_value)
    for alpha in (0.01, 0.05, 0.1):
        assert (np.array(p_values) < alpha).mean() < alpha + 3 * np.sqrt(alpha * (1 - alpha) / 150)


def test_a_broken_logit_is_rejected() -> None:
    """The checker itself: an elliptic logit is not invariant under rotations."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 2))
    y = (rng.uniform(size=2000) < 1 / (1 + np.exp(1 - x[:, 0] ** 2 - 0.2 * x[:, 1] ** 2))).astype(float)
    _, whitened = function_equation(x, y, np.arange(2000) % 64, ROTATION, degree=2, logit=True)
    assert dimension_tests(whitened)[0].p_value < 1e-3


def test_collinear_monomials_do_not_matter() -> None:
    """On the light cone E² is p²: the split between them is free and must not enter the result."""
    rng = np.random.default_rng(0)
    p = rng.normal(size=(500, 2))
    cone = np.concatenate([np.linalg.norm(p, axis=1, keepdims=True), p], axis=1)
    psi = evaluate(cone, exponents(3, (1, 2)))
    y = psi @ rng.normal(size=psi.shape[1])
    rotation = np.zeros((1, 3, 3))
    rotation[0, 1, 2], rotation[0, 2, 1] = -1, 1
    equation, _ = function_equation(cone, y, np.arange(500) % 64, rotation / np.sqrt(2), degree=2, logit=False)
    again, _ = function_equation(
        cone, y + 5 * (cone[:, 0] ** 2 - (p**2).sum(1)), np.arange(500) % 64, rotation / np.sqrt(2), degree=2, logit=False
    )
    np.testing.assert_allclose(equation.matrix, again.matrix, atol=1e-8)


def test_block_sums_with_empty_blocks() -> None:
    values = np.arange(12.0).reshape(6, 2)
    blocks = np.array([0, 3, 0, 3, 1, 5])
    expected = np.stack([values[blocks == b].sum(0) for b in range(7)])
    np.testing.assert_allclose(block_sums(values, blocks, 7), expected)
