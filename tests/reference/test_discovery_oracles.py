"""Slow, readable oracles beside the fast kernels of discovery."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from physym.algebra.monomials import exponents
from physym.discovery.certificate import certified_defect
from physym.discovery.equation import SymmetryEquation, row_whitened
from physym.discovery.significance import dimension_tests
from physym.discovery.spectral.equations.moments import moment_equation
from physym.discovery.spectral.equations.regression import fit_polynomial, function_equation
from physym.discovery.spectral.equations.support import VanishingPolynomials, support_equation, vanishing_polynomials
from physym.discovery.spectral.statistics.gram import GramStatistics, gram_statistics
from tests.discovery.jets import MINKOWSKI, momenta

SCALE = 64.0


def gl(n: int) -> np.ndarray:
    return np.eye(n * n).reshape(n * n, n, n)


def slow_monomials(x: torch.Tensor, powers: np.ndarray) -> torch.Tensor:
    """Products of coordinates one factor at a time, shape ``(N, P)``; differentiable."""
    columns = []
    for row in powers.tolist():
        column = torch.ones_like(x[:, 0])
        for i, power in enumerate(row):
            for _ in range(power):
                column = column * x[:, i]
        columns.append(column)
    return torch.stack(columns, dim=1)


def moved(x: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """A x for each vector of each row."""
    n = len(matrix)
    return (x.reshape(-1, n) @ matrix.T).reshape(x.shape)


def slow_function_gram(x: np.ndarray, y: np.ndarray, n: int, degree: int) -> np.ndarray:
    """E[(∇F·Ax)(∇F·Bx)] for all elementary A, B, with F the least-squares polynomial and ∇F by automatic differentiation."""
    inputs = torch.tensor(x / np.sqrt((x**2).mean(0)), requires_grad=True)
    powers = exponents(x.shape[1], range(degree + 1))
    psi = slow_monomials(inputs, powers)
    coefficients = np.linalg.lstsq(psi.detach().numpy(), y, rcond=None)[0]
    (gradient,) = torch.autograd.grad((psi @ torch.tensor(coefficients)).sum(), inputs)
    slope = gradient.numpy() / np.sqrt((x**2).mean(0))
    changes = [(slope * moved(torch.tensor(x), torch.tensor(a)).numpy()).sum(1) for a in gl(n)]
    return np.array(changes) @ np.array(changes).T / len(x)


@pytest.mark.parametrize(("copies", "n", "degree"), [(1, 2, 4), (1, 3, 2), (1, 4, 3), (2, 3, 2), (3, 2, 2)])
def test_the_function_equation_is_the_gradient_of_the_fit(copies: int, n: int, degree: int) -> None:
    """HᵀH = E[(∇F·Ax)(∇F·Bx)], the matrix whose null space LieGG asks for."""
    rng = np.random.default_rng(copies + n)
    x = rng.normal(size=(600, copies * n)) * np.exp(rng.normal(size=copies * n)) + 0.3
    y = np.sin(x[:, 0]) + x[:, 1] * x[:, -1] + 0.1 * rng.normal(size=600)
    equation, _ = function_equation(x, y, np.arange(600) % 64, gl(n), degree=degree, logit=False)
    expected = slow_function_gram(x, y, n, degree)
    np.testing.assert_allclose(equation.matrix.T @ equation.matrix, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_the_gradient_oracle_sees_another_degree() -> None:
    """The checker itself."""
    x = np.random.default_rng(0).normal(size=(300, 2))
    y = x[:, 0] ** 3 + x[:, 1]
    equation, _ = function_equation(x, y, np.arange(300) % 64, gl(2), degree=2, logit=False)
    gram = equation.matrix.T @ equation.matrix
    np.testing.assert_allclose(gram, slow_function_gram(x, y, 2, 2), rtol=1e-4, atol=1e-5)
    assert np.abs(gram - slow_function_gram(x, y, 2, 3)).max() > 0.1 * np.abs(gram).max()


@pytest.mark.parametrize(("copies", "degree", "classes"), [(1, 3, 1), (2, 2, 1), (1, 2, 3)])
def test_the_moment_equation_is_a_derivative_along_the_flow(copies: int, degree: int, classes: int) -> None:
    """d/dt E[ψ(exp(tA) x) | class] at t = 0, by forward-mode automatic differentiation."""
    rng = np.random.default_rng(degree)
    x, label = rng.normal(size=(200, 3 * copies)) + 0.5, rng.integers(0, classes, 200)
    searched = np.linalg.qr(rng.normal(size=(9, 4)))[0].T.reshape(4, 3, 3)
    equation, _ = moment_equation(x, label, np.arange(200) % 16, searched, degree=degree)
    powers = exponents(x.shape[1], range(1, degree + 1))
    scale = torch.tensor(np.sqrt((x**2).mean(0)))
    series = torch.tensor([max(1.0, math.factorial(d) / 2) for d in powers.sum(1)])
    expected = []
    for number in range(classes):
        inside = torch.tensor(x[label == number])
        spread = slow_monomials(inside / scale, powers).std(0, correction=0) * series
        columns = []
        for a in torch.tensor(searched):

            def mean(t: torch.Tensor, a: torch.Tensor = a, rows: torch.Tensor = inside) -> torch.Tensor:
                return slow_monomials(moved(rows, torch.linalg.matrix_exp(t * a)) / scale, powers).mean(0)

            columns.append(torch.func.jacfwd(mean)(torch.zeros((), dtype=torch.float64)) / spread)
        expected.append(torch.stack(columns, dim=1))
    np.testing.assert_allclose(equation.matrix, torch.cat(expected).numpy(), atol=1e-10)


def smeared_statistics(seed: int, *, rows: int = 400, noise: float = 0.03, mass: float = 0.0) -> tuple[np.ndarray, GramStatistics]:
    vectors = momenta(rows, seed=seed, mass=mass)
    vectors = vectors * (1 + noise * np.random.default_rng(seed + 20_000).normal(size=vectors.shape))
    return vectors, gram_statistics(vectors, scale=SCALE)


def slow_rows(vectors: np.ndarray, powers: np.ndarray) -> torch.Tensor:
    """Monomials of (x, scale), each row divided by |x|², shape ``(N, P)``."""
    flat = torch.tensor(vectors.reshape(-1, 4))
    lifted = torch.cat([flat, torch.full((len(flat), 1), SCALE, dtype=torch.float64)], dim=1)
    return slow_monomials(lifted, powers) / (flat**2).sum(1, keepdim=True)


@pytest.mark.parametrize("mass", [0.0, 20.0])
def test_the_support_equation_is_the_derivative_of_the_polynomial(mass: float) -> None:
    """(Ax)·∇ν by automatic differentiation, less the part along ν found by a fit of monomials, in the norm of the data."""
    vectors, statistics = smeared_statistics(3, mass=mass)
    found = vanishing_polynomials(statistics)
    equation = support_equation(statistics, found, gl(4))
    psi = slow_rows(vectors, statistics.powers)
    nu = torch.tensor(found.coefficients[:, 0])
    flat = torch.tensor(vectors.reshape(-1, 4), requires_grad=True)
    lifted = torch.cat([flat, torch.full((len(flat), 1), SCALE, dtype=torch.float64)], dim=1)
    (gradient,) = torch.autograd.grad((slow_monomials(lifted, statistics.powers) @ nu).sum(), flat)
    norm = (flat.detach() ** 2).sum(1)
    changes = []
    for a in torch.tensor(gl(4)):
        change = (gradient * moved(flat.detach(), a)).sum(1) / norm
        coefficients = torch.linalg.lstsq(psi, change[:, None]).solution[:, 0]
        changes.append(psi @ (coefficients - nu * (nu @ coefficients)))
    stacked = torch.stack(changes)
    expected = (stacked @ stacked.T / len(norm)).numpy()
    np.testing.assert_allclose(equation.matrix.T @ equation.matrix, expected, atol=1e-8 * np.abs(expected).max())


@pytest.mark.parametrize("seed", range(3))
def test_newton_finds_the_maximum_of_the_likelihood(seed: int) -> None:
    """Against two general optimisers, which know nothing but the value and the gradient."""
    rng = np.random.default_rng(seed)
    psi = np.concatenate([np.ones((400, 1)), rng.normal(size=(400, 4))], axis=1)
    truth = rng.normal(size=5)
    y = (rng.uniform(size=400) < 1 / (1 + np.exp(-psi @ truth))).astype(np.float64)
    newton = fit_polynomial(psi, y, logit=True).coefficients

    def loss(c: np.ndarray) -> float:
        value = psi @ c
        return float((np.logaddexp(0, value) - y * value).sum())

    by_scipy = minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-8}).x
    np.testing.assert_allclose(newton, by_scipy, atol=2e-4)
    np.testing.assert_allclose(newton, slow_logit(psi, y), atol=1e-5)
    assert loss(newton) <= loss(by_scipy) + 1e-9
    assert loss(newton + 0.01) > loss(newton)  # and it is a maximum, not a plateau


def slow_logit(psi: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Logistic regression by torch's limited-memory BFGS with a line search."""
    design, label = torch.tensor(psi), torch.tensor(y)
    c = torch.zeros(psi.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([c], max_iter=500, tolerance_grad=1e-12, tolerance_change=1e-15, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(design @ c, label, reduction="sum")
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)
    return c.detach().numpy()


def slow_noise_square(c: np.ndarray, vectors: np.ndarray, powers: np.ndarray, model: str) -> float:
    """Taubin's ratio Σ ν(x)² / Σ |noise-weighted ∇ν(x)|², by automatic differentiation of ν row by row."""
    flat = torch.tensor(vectors.reshape(-1, vectors.shape[-1]), requires_grad=True)
    lifted = torch.cat([flat, torch.full((len(flat), 1), SCALE, dtype=torch.float64)], dim=1)
    values = slow_monomials(lifted, powers) @ torch.tensor(c)
    (gradient,) = torch.autograd.grad(values.sum(), flat)
    weight = 1 / (flat.detach() ** 2).sum(1)
    spread = gradient * (flat.detach() if model == "relative" else SCALE)
    return float(((values.detach() * weight) ** 2).sum() / ((spread * weight[:, None]) ** 2).sum())


@pytest.mark.parametrize("model", ["relative", "isotropic"])
def test_the_pencil_is_the_minimum_of_taubins_ratio(model: str) -> None:
    """Brute force from random starts comes no lower than the smallest generalised eigenvalue, and reaches it."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 1, 2)) * 100
    x = np.concatenate([np.linalg.norm(x, axis=2, keepdims=True), x], axis=2) * (1 + 0.05 * rng.normal(size=(150, 1, 3)))
    statistics = gram_statistics(x, scale=SCALE)
    smallest = vanishing_polynomials(statistics, model=model).noise[0] ** 2  # type: ignore[arg-type]

    def ratio(c: np.ndarray) -> float:
        return slow_noise_square(c, x, statistics.powers, model)

    best = min(
        minimize(ratio, rng.normal(size=10) / np.sqrt(np.diag(statistics.gram.sum(0))), method="BFGS", options={"maxiter": 400}).fun
        for _ in range(4)
    )
    assert best >= smallest * (1 - 1e-6)
    assert best == pytest.approx(smallest, rel=0.02)


def slow_p_value(equation: SymmetryEquation, dimension: int, *, draws: int = 4000) -> float:
    """Parametric bootstrap: draw H from its noise about the nearest matrix that has the null space, and repeat the estimate."""
    left, values, right = equation.svd
    kept = len(values) - dimension
    nearest = (left[:, :kept] * values[:kept]) @ right[:kept]
    multipliers = np.random.default_rng(0).normal(size=(draws, len(equation.influence)))
    copies = nearest + np.tensordot(multipliers, equation.influence, 1)
    repeated = np.linalg.svd(copies, compute_uv=False)
    observed = (values[kept:] ** 2).sum()
    return float(((repeated[:, kept:] ** 2).sum(1) >= observed).mean())


@pytest.mark.parametrize("noise", [0.02, 0.1])
def test_p_values_agree_with_a_parametric_bootstrap(noise: float) -> None:
    """At the true dimension 2 of 5, for observations near and far from the null."""
    truth = np.zeros((12, 5))
    truth[:3, :3] = np.diag([3.0, 2.0, 1.0])
    maps = np.random.default_rng(99).normal(size=(8, 12, 5)) / np.sqrt(60)
    pairs = []
    for seed in range(30):
        copies = truth + noise * np.tensordot(np.random.default_rng(seed).normal(size=(64, 8)), maps, 1)
        found = SymmetryEquation(copies.mean(0), (copies - copies.mean(0)) / np.sqrt(64 * 63), gl(3)[:5])
        pairs.append((dimension_tests(found)[1].p_value, slow_p_value(found, 2)))
    fast, slow = np.array(pairs).T
    assert np.abs(fast - slow).max() < 0.08
    assert np.corrcoef(fast, slow)[0, 1] > 0.98


def test_the_bootstrap_refutes_what_is_not_there() -> None:
    """The checker itself: three generators where there are two."""
    truth = np.zeros((12, 5))
    truth[:3, :3] = np.eye(3)
    noise = np.random.default_rng(0).normal(size=(64, 12, 5)) * 1e-3
    found = SymmetryEquation(truth, noise - noise.mean(0), gl(3)[:5])
    assert slow_p_value(found, 3, draws=500) == 0
    assert slow_p_value(found, 2, draws=500) > 0.5


def test_the_noise_norm_of_a_certificate_is_a_quantile() -> None:
    """δ* of an exactly symmetric span is the 1 − α/2 quantile of ‖noise‖ over the lower limit of the scale, drawn the long way."""
    rng = np.random.default_rng(1)
    influence = rng.normal(size=(64, 6, 4)) * 0.01
    influence -= influence.mean(0)
    equation = SymmetryEquation(np.diag([2.0, 2.0, 2.0, 0.0]).repeat(2, 0)[:6] / np.sqrt(2), influence, gl(2))
    span = equation.span(1)
    draws = np.tensordot(rng.normal(size=(20_000, 64)), influence, 1)
    norms = np.linalg.norm(draws, 2, axis=(1, 2))
    bound = certified_defect(equation, span, alpha=0.1)
    claimed = float(np.linalg.norm(equation.matrix @ span.T, 2))
    scale = np.linalg.norm(equation.matrix) / 2
    slow = (claimed + np.quantile(norms, 0.95)) / scale
    assert 0.95 * slow < bound < 1.5 * slow


def slow_influence(vectors: np.ndarray, block: int, reference: VanishingPolynomials) -> np.ndarray:
    """How the polynomial moves when a block is left out and everything is computed again."""
    kept = np.arange(len(vectors)) % 64 != block
    again = vanishing_polynomials(gram_statistics(vectors[kept], scale=SCALE)).coefficients[:, 0]
    nu = reference.coefficients[:, 0]
    again = again * np.sign(again @ nu)
    return nu - again / (again @ nu)


@pytest.mark.parametrize("rows", [150, 1200])
def test_the_influence_of_a_block_is_the_effect_of_leaving_it_out(rows: int) -> None:
    vectors, statistics = smeared_statistics(5, rows=rows)
    found = vanishing_polynomials(statistics)
    slow = np.array([slow_influence(vectors, b, found) for b in range(64)])
    fast = found.influence[:-1, :, 0]  # the last entry is no block but the correction of the bias
    assert np.linalg.norm(fast - slow) < 0.1 * np.linalg.norm(slow)
    assert np.linalg.norm(fast[::-1] - slow) > 0.5 * np.linalg.norm(slow)  # the checker itself: each block has its own


def light_cone(powers: np.ndarray) -> np.ndarray:
    """Coefficients of E² − p² among the monomials, unit norm."""
    nu = np.zeros(len(powers))
    for p, row in enumerate(powers.tolist()):
        if 2 in row[:4]:
            nu[p] = MINKOWSKI[row.index(2), row.index(2)]
    return nu / np.linalg.norm(nu)


def test_the_bias_of_second_order_is_removed() -> None:
    """A large Monte Carlo: the mean of many estimates meets the truth; the pencil alone misses it by many of its errors."""
    corrected, plain = [], []
    for seed in range(250):
        vectors, statistics = smeared_statistics(1000 + seed, rows=4000, noise=0.06)
        found = vanishing_polynomials(statistics)
        powers = statistics.powers
        truth = light_cone(powers)
        corrected.append(found.coefficients[:, 0] * np.sign(found.coefficients[:, 0] @ truth) - truth)
        # the pencil alone leaves out the drift of 1/|x| and the curvature
        nu = slow_pencil(vectors, powers)
        plain.append(nu * np.sign(nu @ truth) - truth)

    def worst(errors: list[np.ndarray]) -> float:
        mean, spread = np.mean(errors, 0), np.std(errors, 0, ddof=1) / np.sqrt(len(errors))
        quadratic = [p for p, row in enumerate(powers.tolist()) if 2 in row[:4]]
        return float(np.abs(mean / spread)[quadratic].max())

    assert worst(corrected) < 4
    assert worst(plain) > 10


def slow_pencil(vectors: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """The smallest generalised eigenvector of (G, W) by scipy, with W from automatic differentiation."""
    from scipy.linalg import eigh

    flat = torch.tensor(vectors.reshape(-1, 4))
    psi = slow_rows(vectors, powers)
    weights = torch.zeros((len(powers), len(powers)), dtype=torch.float64)
    for mu in range(4):
        scaled = psi * torch.tensor(powers[:, mu], dtype=torch.float64)  # x_μ ∂_μ of a monomial is its exponent times itself
        weights += scaled.T @ scaled
    keep = slice(0, len(powers) - 1)
    gram = (psi.T @ psi).numpy()
    reduced = gram[keep, keep] - np.outer(gram[keep, -1], gram[-1, keep]) / gram[-1, -1]
    head = eigh(reduced / len(flat), weights[keep, keep].numpy() / len(flat))[1][:, 0]
    nu = np.append(head, -gram[-1, keep] @ head / gram[-1, -1])
    return np.asarray(nu / np.linalg.norm(nu))


def test_whitening_is_a_change_of_units_of_the_noise() -> None:
    """Whitened rows have unit noise: the sum of the covariances of the columns becomes the identity."""
    rng = np.random.default_rng(2)
    influence = rng.normal(size=(64, 5, 3)) * np.array([1.0, 2.0, 5.0, 0.1, 0.5])[:, None]
    covariance = np.einsum("bms,bns->mn", influence, influence)
    whitened = row_whitened(SymmetryEquation(rng.normal(size=(5, 3)), influence, gl(2)[:3]), covariance)
    np.testing.assert_allclose(np.einsum("bms,bns->mn", whitened.influence, whitened.influence), np.eye(5), atol=1e-9)
