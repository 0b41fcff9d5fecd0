"""The debiased test keeps its size whatever a network gets wrong, and sees what the data break."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from physym.algebra import so
from physym.algebra.monomials import evaluate, exponents
from physym.discovery.certificate import certified_defect
from physym.discovery.equation import SymmetryEquation
from physym.discovery.network.debiased import debiased_equation, degrees_of_tests, polynomial_gradient
from physym.discovery.network.gradients import Response, as_probability
from physym.discovery.significance import dimension_tests
from physym.errors import ShapeError
from tests.discovery.calibration import binomial_limit

GL3 = np.eye(9).reshape(9, 3, 3)
ROWS = 600


@dataclass(frozen=True)
class Data:
    """Rows, their targets, the true function and its gradient."""

    x: np.ndarray
    y: np.ndarray
    truth: Response


def round_function(seed: int, *, breaking: float = 0.0, labels: bool = False) -> Data:
    """tanh(|x|²/2 − 1) + breaking · x₁, with noise, or as a probability."""
    rng, noise = (np.random.default_rng([seed, stream]) for stream in (0, 1))
    x = rng.normal(size=(ROWS, 3))
    value = np.tanh((x**2).sum(1) / 2 - 1)
    gradient = (1 - value**2)[:, None] * x
    value = value + breaking * x[:, 0]
    gradient[:, 0] += breaking
    if labels:
        value, gradient = (0.5 + 0.3 * value), 0.3 * gradient
        return Data(x, (noise.uniform(size=ROWS) < value).astype(float), Response(value[:, None], gradient[:, None]))
    return Data(x, value + 0.1 * noise.normal(size=ROWS), Response(value[:, None], gradient[:, None]))


def wrong_network(truth: Response, x: np.ndarray) -> Response:
    """What regularisation does: a function too small, that leans on coordinates, with ripples that no polynomial describes."""
    values = 0.8 * truth.values[:, 0] + 0.1 * x[:, 0] * x[:, 1] - 0.05 * x[:, 2] + 0.02 * np.sin(3 * x[:, 0])
    gradient = 0.8 * truth.jacobian[:, 0]
    gradient[:, 0] += 0.1 * x[:, 1] + 0.06 * np.cos(3 * x[:, 0])
    gradient[:, 1] += 0.1 * x[:, 0]
    gradient[:, 2] -= 0.05
    return Response(values[:, None], gradient[:, None])


def naive_equation(data: Data, network: Response) -> SymmetryEquation:
    """The same averages with the network taken at its word."""
    weights = np.linalg.qr(evaluate(data.x, exponents(3, range(3))))[0] * np.sqrt(ROWS)
    change = network.along(data.x, GL3)[:, 0]
    rows = weights[:, :, None] * change[:, None]
    blocks = rows.reshape(ROWS // 10, 10, *rows.shape[1:]).sum(1) / ROWS
    return SymmetryEquation(rows.mean(0), blocks - blocks.mean(0), GL3)


def p_value(seed: int, *, breaking: float = 0.0, labels: bool = False, perfect: bool = False) -> float:
    """Of three generators."""
    data = round_function(seed, breaking=breaking, labels=labels)
    network = data.truth if perfect else wrong_network(data.truth, data.x)
    return dimension_tests(debiased_equation(data.x, data.y, network, np.arange(ROWS) % 64, GL3)[1])[2].p_value


@pytest.mark.parametrize(("labels", "perfect"), [(False, False), (False, True), (True, False)])
def test_a_true_symmetry_is_rejected_at_most_alpha(labels: bool, perfect: bool) -> None:
    runs = 60
    p_values = np.array([p_value(seed, labels=labels, perfect=perfect) for seed in range(runs)])
    for alpha in (0.01, 0.05):
        assert (p_values < alpha).mean() <= binomial_limit(alpha, runs)


def test_a_network_taken_at_its_word_fails_that_test() -> None:
    rejected = []
    for seed in range(20):
        data = round_function(seed)
        rejected.append(dimension_tests(naive_equation(data, wrong_network(data.truth, data.x)))[2].p_value < 0.01)
    assert np.mean(rejected) > 0.9


@pytest.mark.parametrize(("labels", "breaking"), [(False, 0.5), (True, 1.0)])
def test_breaking_is_seen_though_the_network_hides_it(labels: bool, breaking: float) -> None:
    rejected = []
    for seed in range(20):
        data = round_function(seed, breaking=breaking, labels=labels)
        hiding = round_function(seed, labels=labels).truth  # a network built to be round
        _, whitened = debiased_equation(data.x, data.y, hiding, np.arange(ROWS) % 64, so(3).basis / np.sqrt(2))
        rejected.append(dimension_tests(whitened)[2].p_value < 0.01)
    assert np.mean(rejected) > 0.8


def test_polynomial_errors_of_the_network_change_nothing() -> None:
    data = round_function(0)
    shift = Response(
        (data.x[:, 0] ** 2 * data.x[:, 1])[:, None],
        np.stack([2 * data.x[:, 0] * data.x[:, 1], data.x[:, 0] ** 2, 0 * data.x[:, 0]], 1)[:, None],
    )
    moved = Response(2 * data.truth.values + shift.values, 2 * data.truth.jacobian + shift.jacobian)
    one, other = (debiased_equation(data.x, data.y, n, np.arange(ROWS) % 64, GL3)[0] for n in (data.truth, moved))
    assert np.allclose(one.matrix, other.matrix, atol=1e-9)
    assert np.allclose(one.influence, other.influence, atol=1e-9)


def test_the_influences_are_the_scatter_of_the_estimate() -> None:
    rotations = so(3).basis.reshape(3, 9) / np.sqrt(2)
    found, claimed = [], []
    for seed in range(60):
        data = round_function(seed)
        equation, _ = debiased_equation(data.x, data.y, wrong_network(data.truth, data.x), np.arange(ROWS) % 64, GL3)
        found.append(((equation.matrix @ rotations.T) ** 2).sum())  # zero but for noise
        claimed.append(((equation.influence @ rotations.T) ** 2).sum())
    assert 0.7 < np.mean(found) / np.mean(claimed) < 1.2


def test_rows_of_one_cluster_count_once() -> None:
    data = round_function(1)
    network = wrong_network(data.truth, data.x)
    single, _ = debiased_equation(data.x, data.y, network, np.arange(ROWS) % 60, GL3)
    four = [np.repeat(part, 4, axis=0) for part in (data.x, data.y, network.values, network.jacobian)]
    copied, _ = debiased_equation(four[0], four[1], Response(four[2], four[3]), np.repeat(np.arange(ROWS) % 60, 4), GL3)
    assert np.allclose(single.matrix.T @ single.matrix, copied.matrix.T @ copied.matrix, atol=1e-9)
    ratio = np.linalg.norm(copied.influence) / np.linalg.norm(single.influence)
    assert 0.8 < ratio < 1.05  # smaller only by the leverage of each row


def test_the_certificate_covers_the_breaking() -> None:
    data = round_function(2)
    equation, _ = debiased_equation(data.x, data.y, data.truth, np.arange(ROWS) % 64, GL3)
    span = np.linalg.qr(so(3).basis.reshape(3, 9).T)[0].T
    assert certified_defect(equation, span, alpha=0.05, chosen=False) < 1
    broken = round_function(2, breaking=3.0)
    worse, _ = debiased_equation(broken.x, broken.y, broken.truth, np.arange(ROWS) % 64, GL3)
    assert not certified_defect(worse, span, alpha=0.05, chosen=False) < 0.5


def test_there_are_more_test_functions_than_unknowns() -> None:
    from math import comb

    for n, copies in ((2, 1), (3, 1), (4, 1), (5, 1), (4, 2)):
        highest = degrees_of_tests(n * copies, n * n, n)[-1]
        assert comb(n * copies + highest, highest) > n * n


def test_gradients_of_monomials_are_differences() -> None:
    x = np.random.default_rng(3).normal(size=(20, 3))
    scale, powers, step = np.array([1.0, 2.0, 3.0]), exponents(3, range(4)), 1e-6
    found = polynomial_gradient(x, scale, powers)
    for j, unit in enumerate(step * np.eye(3)):
        assert np.allclose(
            found[:, :, j], (evaluate((x + unit) / scale, powers) - evaluate((x - unit) / scale, powers)) / (2 * step), atol=1e-7
        )


def test_probabilities_have_the_gradient_of_differences() -> None:
    rng = np.random.default_rng(4)
    values, jacobian, step = rng.normal(size=(10, 2)), rng.normal(size=(10, 2, 3)), 1e-6
    found = as_probability(Response(values, jacobian))
    ahead = as_probability(Response(values + step * jacobian[:, :, 1], jacobian))
    assert np.allclose((ahead.values - found.values) / step, found.jacobian[:, :, 1], atol=1e-5)
    with pytest.raises(ShapeError, match="3 outputs"):
        as_probability(Response(np.zeros((1, 3)), np.zeros((1, 3, 2))))
