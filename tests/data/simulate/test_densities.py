"""Textbook densities: group elements are uniform, moments are unchanged by the algebra and by nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import action, evaluate, exponents
from physym.data.simulate import DENSITIES, TextbookDensity, textbook_density
from physym.data.simulate.densities import random_rotations, random_special_unitaries
from physym.discovery.spectral.statistics.features import copies_of
from physym.errors import InvalidData, UnknownDataset

CASES = list(DENSITIES.values())
NAMES = list(DENSITIES)
ROWS = 40_000


def moment_changes(case: TextbookDensity, generators: np.ndarray, *, breaking: float = 0.0) -> np.ndarray:
    """``R(A) m`` in units of the standard error of each moment, shape ``(k, P)``."""
    x = case.make(ROWS, seed=1, breaking=breaking).x
    powers = exponents(x.shape[1], range(1, case.degree + 1))
    psi = evaluate(x, powers)
    moves = action(copies_of(generators, case.copies), powers)
    errors = np.stack([(psi @ move.T).std(0) for move in moves]) / np.sqrt(ROWS)
    return np.asarray(moves @ psi.mean(0) / np.maximum(errors, 1e-12))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_algebra_keeps_the_moments(case: TextbookDensity) -> None:
    changes = moment_changes(case, case.algebra.basis)
    assert np.abs(changes).max() < 5.5
    assert (changes**2).mean() < 1.5


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_rows_that_are_not_turned_are_seen(case: TextbookDensity) -> None:
    assert (moment_changes(case, case.algebra.basis, breaking=0.2) ** 2).mean() > 5


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_nothing_else_keeps_them(case: TextbookDensity) -> None:
    n = case.n
    flat = np.linalg.svd(case.algebra.basis.reshape(case.algebra.dimension, -1))[2]
    others = flat[case.algebra.dimension :].reshape(-1, n, n)
    x = case.make(ROWS, seed=2).x
    powers = exponents(x.shape[1], range(1, case.degree + 1))
    psi = evaluate(x / np.sqrt((x**2).mean()), powers)
    changes = (action(copies_of(others, case.copies), powers) @ psi.mean(0)) / psi.std(0)
    assert np.linalg.svd(changes, compute_uv=False)[-1] > 0.05


@pytest.mark.parametrize("n", [2, 3, 5])
def test_rotations_are_uniform(n: int) -> None:
    """E[g] = 0 and E[g_ij g_kl] = δ_ik δ_jl / n: the moments of Haar measure (for n = 2 only up to second order in pairs)."""
    g = random_rotations(n)(20_000, np.random.default_rng(0))
    np.testing.assert_allclose(g @ g.transpose(0, 2, 1), np.broadcast_to(np.eye(n), g.shape), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(g), 1, atol=1e-12)
    assert np.abs(g.mean(0)).max() < 0.03
    np.testing.assert_allclose((g**2).mean(0), np.full((n, n), 1 / n), atol=0.02)


def test_special_unitaries_are_uniform_and_commute_with_i() -> None:
    g = random_special_unitaries(20_000, np.random.default_rng(0))
    i_times = np.kron(np.array([[0.0, -1.0], [1.0, 0.0]]), np.eye(2))
    np.testing.assert_allclose(g @ i_times, i_times @ g, atol=1e-12)
    complex_form = g[:, :2, :2] + 1j * g[:, 2:, :2]
    np.testing.assert_allclose(np.linalg.det(complex_form), 1, atol=1e-12)
    assert np.abs(g.mean(0)).max() < 0.03


def test_noise_keeps_the_symmetry_and_smears_the_rows() -> None:
    case = textbook_density("so(3)")
    exact, noisy = case.make(5000, seed=0).x, case.make(5000, seed=0, noise=0.2).x
    assert (noisy - exact).std() == pytest.approx(0.2 * np.sqrt((exact**2).mean()), rel=0.05)


@pytest.mark.parametrize("arguments", [{"rows": 0}, {"rows": 5, "noise": -1.0}, {"rows": 5, "breaking": 1.5}])
def test_impossible_requests_are_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(InvalidData, match="expected"):
        textbook_density("so(3)").make(seed=0, **arguments)  # type: ignore[arg-type]


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownDataset, match=r"su\(2\)"):
        textbook_density("so(1,3)")
