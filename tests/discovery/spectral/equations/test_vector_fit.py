"""Fits of vector maps: exactness, jackknife, and freedom from the bias of noisy inputs."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import evaluate, exponents
from physym.discovery.spectral.equations.vector_fit import fit_vector
from physym.errors import DiscoveryFailed

CUBIC = exponents(2, range(4))


def truth() -> np.ndarray:
    """F(x) = (x₁ − .3 x₂ + .2 x₁³, x₂ + .1 x₁²)."""
    index = {tuple(row): p for p, row in enumerate(CUBIC.tolist())}
    c = np.zeros((2, len(CUBIC)))
    c[0, index[1, 0]], c[0, index[0, 1]], c[0, index[3, 0]] = 1.0, -0.3, 0.2
    c[1, index[0, 1]], c[1, index[2, 0]] = 1.0, 0.1
    return c


def test_an_exact_map_is_found_exactly() -> None:
    x = np.random.default_rng(0).normal(size=(300, 2))
    psi = evaluate(x, CUBIC)
    np.testing.assert_allclose(fit_vector(psi, psi @ truth().T, psi, np.arange(300) % 30).coefficients, truth(), atol=1e-9)


def test_the_influence_is_the_effect_of_leaving_a_block_out() -> None:
    """Against the slow way: fit again without the block."""
    rng = np.random.default_rng(0)
    psi, blocks = evaluate(rng.normal(size=(400, 2)), CUBIC), np.arange(400) % 20
    y = psi @ truth().T + rng.normal(size=(400, 2)) * 0.1
    fit = fit_vector(psi, y, psi, blocks)
    left_out = []
    for block in range(20):
        kept = blocks != block
        left_out.append(np.linalg.lstsq(psi[kept], y[kept], rcond=None)[0].T)
    moved = fit.coefficients - np.array(left_out)
    np.testing.assert_allclose(fit.influence, np.sqrt(19 / 20) * (moved - moved.mean(0)), rtol=1e-6, atol=1e-9)


def test_collinear_monomials_are_left_out() -> None:
    q = np.random.default_rng(0).normal(size=(300, 1))
    psi = np.hstack([q, -q])
    fit = fit_vector(psi, 2 * q, psi, np.arange(300) % 30)
    np.testing.assert_allclose(fit.coefficients, [[1.0, -1.0]], atol=1e-9)  # the smallest solution
    assert fit.root.shape == (2, 1)


def test_instruments_remove_the_bias_of_noise() -> None:
    """E[y | noisy x] shrinks; the instrumented fit is the true map smeared once: x³ → x³ − 3σ²x."""
    sigma = 0.3
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40000, 1))
    one, other = sigma * rng.normal(size=(2, 40000, 1))
    powers = exponents(1, range(4))
    y = x**3
    blocks = np.arange(40000) % 64
    instrumented = fit_vector(evaluate(x + one, powers), y, evaluate(x + other, powers), blocks)
    errors = np.sqrt((instrumented.influence**2).sum(0))
    assert (np.abs(instrumented.coefficients - np.array([[0.0, -3 * sigma**2, 0.0, 1.0]])) < 4.5 * errors).all()
    shrunk = fit_vector(evaluate(x + one, powers), y, evaluate(x + one, powers), blocks)
    assert shrunk.coefficients[0, 3] < 0.85  # the checker itself: plain least squares is far off


def test_the_errors_predict_the_spread() -> None:
    fits = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        psi = evaluate(rng.normal(size=(500, 2)), exponents(2, range(2)))
        run = np.arange(500) // 5
        y = psi[:, 1:] + 0.3 * rng.normal(size=(100, 2))[run] + 0.1 * rng.normal(size=(500, 2))  # errors shared within a run
        fits.append(fit_vector(psi, y, psi, run % 50))
    spread = np.std([fit.coefficients for fit in fits], axis=0, ddof=1)
    claimed = np.sqrt(np.mean([(fit.influence**2).sum(0) for fit in fits], axis=0))
    np.testing.assert_allclose(spread, claimed, rtol=0.35)


def test_a_hopeless_fit_is_refused() -> None:
    rng = np.random.default_rng(0)
    psi = rng.normal(size=(20, 1))
    with pytest.raises(DiscoveryFailed, match="known to 10 %"):
        fit_vector(psi, 100 * rng.normal(size=(20, 1)), psi, np.arange(20) % 10)
