"""The equation of equivariance: exact solutions, frames, spans, and a calibrated test on noisy runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym.algebra import Rep, principal_cosines, so
from physym.algebra.lie_algebra import LieAlgebra
from physym.discovery.significance import dimension_tests
from physym.discovery.spectral.equations.equivariance import Equivariance, VectorRows, equivariance_equation
from physym.discovery.spectral.equations.weighting import in_units_of_noise
from physym.discovery.spectral.statistics.span import seen_combinations
from physym.errors import DiscoveryFailed


def gl(n: int) -> np.ndarray:
    return np.eye(n * n).reshape(n * n, n, n)


def independent(x: np.ndarray, y: np.ndarray, rep_x: Rep, rep_y: Rep, *, degree: int = 3) -> Equivariance:
    """Rows without time."""
    rows = VectorRows(x, y, x, np.arange(len(x)) % 64, len(x))
    searched = gl(rep_x.n)
    return equivariance_equation(rows, searched, rep_x.drho(searched), rep_y.drho(searched), degree=degree)


@pytest.mark.parametrize(
    ("text_x", "text_y", "function"),
    [
        ("V", "V", lambda a: a[:, :3] * (a[:, :3] ** 2).sum(1, keepdims=True)),
        ("2V", "V", lambda a: np.cross(a[:, :3], a[:, 3:])),
        ("2V", "S + V", lambda a: np.hstack([(a[:, :3] * a[:, 3:]).sum(1, keepdims=True), np.cross(a[:, :3], a[:, 3:])])),
        ("2V", "V + S", lambda a: np.hstack([a[:, :3] * (a[:, 3:] ** 2).sum(1, keepdims=True), (a[:, :3] ** 2).sum(1, keepdims=True)])),
    ],
)
def test_rotations_of_every_kind_of_target(text_x: str, text_y: str, function: object) -> None:
    rep_x, rep_y = Rep(text_x, n=3), Rep(text_y, n=3)
    x = np.random.default_rng(0).normal(size=(1500, rep_x.dim))
    y = function(x)  # type: ignore[operator]
    found = independent(x, y + 0.1 * np.random.default_rng(1).normal(size=y.shape), rep_x, rep_y)
    equation = in_units_of_noise(found.equation)
    assert [test.p_value > 0.01 for test in dimension_tests(equation)[:4]] == [True, True, True, False]
    assert principal_cosines(equation.algebra(3), so(3)).min() > 0.9999


def test_the_defect_is_that_of_the_map() -> None:
    """Against a finite difference of the true map along a random matrix."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 2))

    def field(z: np.ndarray) -> np.ndarray:
        return np.stack([z[:, 0] ** 2 - z[:, 1], z[:, 0] * z[:, 1] + z[:, 0]], axis=1)

    found = independent(x, field(x), Rep("V", n=2), Rep("V", n=2), degree=2)
    matrix, step = rng.normal(size=(2, 2)), 1e-6
    change = (field(x + step * x @ matrix.T) - field(x - step * x @ matrix.T)) / (2 * step) - field(x) @ matrix.T
    expected = np.sqrt(((change / np.sqrt((field(x) ** 2).mean(0))) ** 2).mean(0).sum())
    assert np.linalg.norm(found.equation.matrix @ matrix.ravel()) == pytest.approx(expected, rel=1e-6)


def test_the_solution_moves_with_the_frame() -> None:
    """In coordinates ``Tx`` the symmetry is ``TAT⁻¹``."""
    rng = np.random.default_rng(0)
    x, frame = rng.normal(size=(800, 2)), np.array([[1.0, 0.4], [0.0, 2.0]])
    y = x * (x**2).sum(1, keepdims=True)
    rotation = LieAlgebra(frame @ so(2).basis @ np.linalg.inv(frame))
    found = independent(x @ frame.T, y @ frame.T, Rep("V", n=2), Rep("V", n=2))
    assert principal_cosines(in_units_of_noise(found.equation).algebra(1), rotation).min() > 1 - 1e-9


def test_only_the_action_on_the_span_is_searched() -> None:
    q = np.random.default_rng(0).normal(size=(800, 2))
    y = q * (q**2).sum(1, keepdims=True)
    found = independent(np.hstack([q, -q]), np.hstack([y, -y]), Rep("V", n=4), Rep("V", n=4))
    assert found.span.shape == (4, 2)
    assert found.unseen == 8  # 4 × 2 of the 16 entries act off the span
    generator = in_units_of_noise(found.equation).algebra(1)
    truth = LieAlgebra(np.kron(np.eye(2), so(2).basis[0])[None])
    assert principal_cosines(generator, truth, support=found.span).min() > 1 - 1e-9
    off = np.linalg.svd(found.span)[0][:, 2:]
    np.testing.assert_allclose(generator.basis[0] @ off, 0, atol=1e-9)
    np.testing.assert_allclose(off.T @ generator.basis[0], 0, atol=1e-6)


def circling(runs: int, seed: int, *, noise: float, pull: float = 0.0, flat: float = 1.0, rows: int = 4) -> VectorRows:
    """Runs of ``z → e^{i/2} (1 − (.03 + .02i)|z|²) z`` plus a constant pull, seen with noise, with the state before as probe."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=runs) + 1j * flat * rng.normal(size=runs)
    states = [z]
    for _ in range(rows + 1):
        z = np.exp(0.5j) * (1 - (0.03 + 0.02j) * np.abs(z) ** 2) * z + pull
        states.append(z)
    seen = np.stack([np.stack(states, 1).real, np.stack(states, 1).imag], axis=2)
    seen = seen + noise * np.random.default_rng([seed, 1]).normal(size=seen.shape)
    x, y, probe = (seen[:, k : k + rows].reshape(-1, 2) for k in (1, 2, 0))
    return VectorRows(x, y, probe, np.repeat(np.arange(runs) % 64, rows), runs, shared=True)


def first_p_value(rows: VectorRows) -> float:
    """Of the rotation alone."""
    rotation = so(2).basis / np.sqrt(2)
    found = equivariance_equation(rows, rotation, rotation, rotation, degree=3)
    return dimension_tests(in_units_of_noise(found.equation))[0].p_value


@pytest.mark.parametrize("noise", [0.02, 0.2])
def test_a_true_rotation_is_not_rejected_too_often(noise: float) -> None:
    p_values = np.array([first_p_value(circling(100, seed, noise=noise)) for seed in range(200)])
    for alpha in (0.01, 0.05, 0.1):
        assert (p_values < alpha).mean() < alpha + 3.1 * np.sqrt(alpha * (1 - alpha) / 200)


def test_a_broken_rotation_is_rejected() -> None:
    """The checker itself."""
    assert np.median([first_p_value(circling(400, seed, noise=0.05, pull=0.1)) for seed in range(5)]) < 1e-6


def test_the_probe_frees_the_algebra_of_the_noise() -> None:
    """Without it the short side of an elongated cloud shrinks more than the long one, and the rotation is rejected."""
    rows = circling(6000, 0, noise=0.3, flat=0.5, rows=1)
    assert first_p_value(rows) > 1e-3
    assert first_p_value(replace(rows, probe=rows.x)) < 1e-6


def test_too_few_rows_and_unexplained_targets_are_refused() -> None:
    x = np.random.default_rng(0).normal(size=(400, 2))
    with pytest.raises(DiscoveryFailed, match="a linear map of 2 coordinates needs at least 12"):
        independent(x[:9], x[:9], Rep("V", n=2), Rep("V", n=2))
    with pytest.raises(DiscoveryFailed, match="not seen to depend on x"):
        independent(x, np.random.default_rng(1).normal(size=(400, 2)), Rep("V", n=2), Rep("V", n=2))


def test_the_degree_follows_from_the_rows() -> None:
    x = np.random.default_rng(0).normal(size=(39, 2))
    assert independent(x, x, Rep("V", n=2), Rep("V", n=2)).degree == 2  # 6 coefficients need 24 rows, 10 need 40


def test_matrices_that_move_nothing_are_left_out() -> None:
    kept = seen_combinations(np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]]))
    np.testing.assert_allclose(np.abs(kept), [[np.sqrt(0.5), np.sqrt(0.5), 0.0]], atol=1e-12)
