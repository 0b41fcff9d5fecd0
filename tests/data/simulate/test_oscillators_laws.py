"""Laws of springs, the pendulum and the integrator: periods, flows, time reversal, symmetries that hold and that do not."""

from __future__ import annotations

import numpy as np
import pytest

from physym.data.simulate import pendulum, plane_oscillator, spring
from physym.data.simulate.integrate import integrate
from physym.errors import InvalidData

MAKERS = {"spring": spring, "pendulum": pendulum, "plane": plane_oscillator}


def flow(matrix: np.ndarray, start: np.ndarray, span: float, points: int = 2) -> np.ndarray:
    return integrate(lambda x: x @ matrix.T, start, span=span, points=points)[0]


def swing(start: np.ndarray, span: float, points: int = 2) -> np.ndarray:
    return integrate(lambda x: np.stack([2 * x[:, 1], -3 * np.sin(x[:, 0])], axis=1), start, span=span, points=points)[0]


@pytest.mark.parametrize("seed", range(4))
def test_a_linear_flow_is_the_exponential_of_its_matrix(seed: int) -> None:
    from scipy.linalg import expm

    rng = np.random.default_rng(seed)
    matrix, start = rng.normal(size=(4, 4)), rng.normal(size=(5, 4))
    np.testing.assert_allclose(flow(matrix, start, 1.0)[:, -1], start @ expm(matrix).T, atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_flows_compose_and_reverse(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix, start = rng.normal(size=(3, 3)), rng.normal(size=(4, 3))
    halfway = flow(matrix, start, 0.4)[:, -1]
    np.testing.assert_allclose(flow(matrix, halfway, 0.6)[:, -1], flow(matrix, start, 1.0)[:, -1], atol=1e-7)
    np.testing.assert_allclose(flow(-matrix, halfway, 0.4)[:, -1], start, atol=1e-7)


def test_a_small_run_is_as_exact_beside_a_large_one() -> None:
    start = np.array([[1e-3, 0.0], [100.0, 0.0]])
    matrix = np.array([[0.0, 2.0], [-2.0, 0.0]])
    found = flow(matrix, start, np.pi, 5)
    np.testing.assert_allclose(found[0, -1], start[0], atol=1e-7)
    np.testing.assert_allclose(found[1, -1], start[1], atol=1e-5)


def test_times_are_equal_from_zero_to_the_last() -> None:
    found, step = integrate(lambda x: np.ones_like(x), np.zeros((2, 1)), span=3.0, points=7)
    np.testing.assert_allclose(found[0, :, 0], np.linspace(0, 3, 7), atol=1e-12)
    assert step == 0.5


def test_a_blow_up_is_told_with_its_time() -> None:
    with np.errstate(all="ignore"), pytest.raises(InvalidData, match=r"solver stopped at t = .*collided"):
        integrate(lambda x: x**2, np.ones((1, 1)), span=2.0, points=50)


@pytest.mark.parametrize("wrong", [{"span": 0.0, "points": 5}, {"span": float("nan"), "points": 5}, {"span": 1.0, "points": 1}])
def test_times_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidData, match=r"points=.* span="):
        integrate(lambda x: x, np.ones((1, 1)), **wrong)


def test_the_spring_returns_after_its_period() -> None:
    states = spring(8, seed=1, span=np.pi, points=5).states
    np.testing.assert_allclose(states[:, -1], states[:, 0], atol=1e-7)
    np.testing.assert_allclose(states[:, 2], -states[:, 0], atol=1e-7)
    np.testing.assert_allclose(states[:, 1], states[:, 0] @ np.array([[0.0, -1.0], [1.0, 0.0]]), atol=1e-7)


@pytest.mark.parametrize("matrix", [np.array([[2.0, -0.7], [0.7, 2.0]]), -np.eye(2)])
def test_the_flow_of_the_spring_commutes_with_rotations_and_dilations(matrix: np.ndarray) -> None:
    states = spring(6, seed=2).states
    law = np.array([[0.0, 2.0], [-2.0, 0.0]])
    np.testing.assert_allclose(flow(law, states[:, 0] @ matrix.T, 3, 30), states @ matrix.T, atol=1e-7)


def test_a_shear_does_not_commute_with_the_spring() -> None:
    states = spring(6, seed=2).states
    shear = np.array([[1.0, 0.5], [0.0, 1.0]])
    assert np.abs(flow(np.array([[0.0, 2.0], [-2.0, 0.0]]), states[:, 0] @ shear.T, 3, 30) - states @ shear.T).max() > 0.1


def test_the_period_of_the_pendulum_is_the_elliptic_integral() -> None:
    from scipy.special import ellipk

    # H = 3(1 − cos q) + p² with q̇ = 2p, so q̈ = −6 sin q
    for amplitude in (0.1, 1.0, 2.5):
        start = np.array([[amplitude, 0.0]])
        period = 4 * ellipk(np.sin(amplitude / 2) ** 2) / np.sqrt(6)
        np.testing.assert_allclose(swing(start, period)[:, -1], start, atol=1e-6)
        np.testing.assert_allclose(swing(start, period / 2)[:, -1], -start, atol=1e-6)


def test_reflections_commute_with_the_pendulum_and_rotations_do_not() -> None:
    states = pendulum(6, seed=3, span=2, points=9).states
    np.testing.assert_allclose(swing(-states[:, 0], 2, 9), -states, atol=1e-7)
    turn = np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    assert np.abs(swing(states[:, 0] @ turn.T, 2, 9) - states @ turn.T).max() > 0.05


def test_reversed_momenta_lead_the_pendulum_back() -> None:
    states = pendulum(6, seed=4, span=2, points=9).states
    mirror = np.array([1.0, -1.0])
    np.testing.assert_allclose(swing(states[:, -1] * mirror, 2, 9)[:, ::-1] * mirror, states, atol=1e-6)


@pytest.mark.parametrize("anisotropy", [0.0, 0.5, 3.0])
def test_energies_along_both_axes_are_conserved(anisotropy: float) -> None:
    runs = plane_oscillator(10, seed=5, anisotropy=anisotropy)
    for axis, stiffness in (("x", 1.0), ("y", 1.0 + anisotropy)):
        share = runs.column(f"p{axis}") ** 2 + stiffness * runs.column(f"q{axis}") ** 2
        assert np.ptp(share, axis=1).max() < 1e-6
    turning = runs.column("qx") * runs.column("py") - runs.column("qy") * runs.column("px")
    assert (np.ptp(turning, axis=1).max() < 1e-6) == (anisotropy == 0.0)


def test_complex_linear_maps_commute_with_the_isotropic_oscillator() -> None:
    rng = np.random.default_rng(0)
    real, imaginary = rng.normal(size=(2, 2, 2))
    matrix = np.block([[real, -imaginary], [imaginary, real]])
    law = np.block([[np.zeros((2, 2)), 2 * np.eye(2)], [-2 * np.eye(2), np.zeros((2, 2))]])
    states = plane_oscillator(4, seed=6, span=2, points=7).states
    np.testing.assert_allclose(flow(law, states[:, 0] @ matrix.T, 2, 7), states @ matrix.T, atol=1e-6)
    wrong = np.block([[real, imaginary], [imaginary, real]])
    assert np.abs(flow(law, states[:, 0] @ wrong.T, 2, 7) - states @ wrong.T).max() > 0.1


@pytest.mark.parametrize("name", MAKERS)
def test_seeds_name_the_runs(name: str) -> None:
    make = MAKERS[name]
    first, same = make(4, seed=1), make(4, seed=np.random.default_rng(1))
    np.testing.assert_array_equal(first.states, same.states)
    assert not np.array_equal(first.states, make(4, seed=2).states)
    assert first.states.shape == (4, len(first.states[0]), len(first.columns))


@pytest.mark.parametrize(("name", "low", "high"), [("spring", 0.1, 1.0), ("pendulum", 1.3, 2.3)])
def test_runs_start_on_their_ring_in_every_direction(name: str, low: float, high: float) -> None:
    start = MAKERS[name](400, seed=7, span=0.1, points=2).states[:, 0]
    radius = np.hypot(*start.T)
    assert low <= radius.min()
    assert radius.max() <= high
    # uniform in the radius, not in the area
    assert abs(radius.mean() - (low + high) / 2) < 5 * (high - low) / np.sqrt(12 * 400)
    assert np.abs((start / radius[:, None]).mean(0)).max() < 5 / np.sqrt(2 * 400)
