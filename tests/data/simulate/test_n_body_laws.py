"""Laws of the simulated bodies: Newton's equations by finite differences, time reversal, Kepler's laws, rotations, seeds."""

from __future__ import annotations

import numpy as np
import pytest

from physym.data.simulate import three_body, two_body
from physym.data.simulate.n_body import _run
from physym.data.trajectories import Trajectories
from physym.errors import InvalidData

Bodies = tuple[np.ndarray, np.ndarray]


def bodies(runs: Trajectories) -> Bodies:
    """Positions and momenta, each of shape ``(N, T, K, 2)``, from the names of the columns."""
    count = len(runs.columns) // 4
    q, p = (np.stack([[runs.column(f"{kind}{k + 1}{axis}") for axis in "xy"] for k in range(count)]) for kind in "qp")
    return q.transpose(2, 3, 0, 1), p.transpose(2, 3, 0, 1)


def pull(q: np.ndarray) -> np.ndarray:
    """The oracle: Newton's attraction pair by pair, bodies of mass 1, shape ``(..., K, 2)``."""
    force = np.zeros_like(q)
    for a in range(q.shape[-2]):
        for b in range(q.shape[-2]):
            if a != b:
                apart = q[..., b, :] - q[..., a, :]
                force[..., a, :] += apart / np.linalg.norm(apart, axis=-1, keepdims=True) ** 3
    return force


def energy(q: np.ndarray, p: np.ndarray) -> np.ndarray:
    total = (p**2).sum((-1, -2)) / 2
    for a in range(q.shape[-2]):
        for b in range(a):
            total = total - 1 / np.linalg.norm(q[..., a, :] - q[..., b, :], axis=-1)
    return np.asarray(total)


def spin(q: np.ndarray, p: np.ndarray) -> np.ndarray:
    return np.asarray((q[..., 0] * p[..., 1] - q[..., 1] * p[..., 0]).sum(-1))


def rotation(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def again(q: np.ndarray, p: np.ndarray, *, span: float, points: int, push: np.ndarray | None = None) -> Bodies:
    """The same law from other initial states."""
    return bodies(_run(q, p, np.zeros(q.shape[1:]) if push is None else push, span, points, "again"))


RUNS = {
    "two": two_body(6, seed=3, eccentricity=0.5, span=2, points=401),
    "three": three_body(6, seed=4, span=1, points=401),
}


@pytest.mark.parametrize("name", RUNS)
def test_positions_and_momenta_follow_newtons_equations(name: str) -> None:
    q, p = bodies(RUNS[name])
    step = RUNS[name].dt
    for path, rate in ((q, p), (p, pull(q))):
        slope = (path[:, :-4] - 8 * path[:, 1:-3] + 8 * path[:, 3:-1] - path[:, 4:]) / (12 * step)
        np.testing.assert_allclose(slope, rate[:, 2:-2], atol=2e-5)


def test_the_difference_sees_another_law() -> None:
    q, p = bodies(RUNS["two"])
    slope = (p[:, 2:] - p[:, :-2]) / (2 * RUNS["two"].dt)
    assert np.abs(slope - 1.1 * pull(q)[:, 1:-1]).max() > 1e-2


@pytest.mark.parametrize("name", RUNS)
def test_reversed_momenta_lead_back(name: str) -> None:
    q, p = bodies(RUNS[name])
    span = RUNS[name].dt * (q.shape[1] - 1)
    back_q, back_p = again(q[:, -1], -p[:, -1], span=span, points=q.shape[1])
    np.testing.assert_allclose(back_q[:, ::-1], q, atol=1e-6)
    np.testing.assert_allclose(-back_p[:, ::-1], p, atol=1e-6)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("angle", [0.3, 2.0, -1.1])
def test_turned_states_have_turned_orbits(name: str, angle: float) -> None:
    q, p = bodies(RUNS[name])
    turn = rotation(angle)
    moved = again(q[:, 0] @ turn.T, p[:, 0] @ turn.T, span=RUNS[name].dt * 100, points=101)
    np.testing.assert_allclose(moved[0], q[:, :101] @ turn.T, atol=1e-7)
    np.testing.assert_allclose(moved[1], p[:, :101] @ turn.T, atol=1e-7)


@pytest.mark.parametrize("name", RUNS)
def test_mirrored_shifted_and_exchanged_states_have_such_orbits(name: str) -> None:
    q, p = bodies(RUNS[name])
    mirror, shift, order = np.diag([1.0, -1.0]), np.array([0.7, -0.2]), np.roll(np.arange(q.shape[2]), 1)
    span = RUNS[name].dt * 100
    for start_q, start_p, wanted in (
        (q[:, 0] @ mirror, p[:, 0] @ mirror, q[:, :101] @ mirror),
        (q[:, 0] + shift, p[:, 0], q[:, :101] + shift),
        (q[:, 0, order], p[:, 0, order], q[:, :101, order]),
    ):
        np.testing.assert_allclose(again(start_q, start_p, span=span, points=101)[0], wanted, atol=1e-7)


def test_a_boost_adds_its_velocity() -> None:
    q, p = bodies(RUNS["three"])
    drift, times = np.array([0.4, 0.1]), RUNS["three"].dt * np.arange(101)
    moved, _ = again(q[:, 0], p[:, 0] + drift, span=times[-1], points=101)
    np.testing.assert_allclose(moved, q[:, :101] + times[:, None, None] * drift, atol=1e-7)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_keplers_third_law_scales_lengths_times_and_speeds(factor: float) -> None:
    q, p = bodies(RUNS["three"])
    span = RUNS["three"].dt * 200
    big_q, big_p = again(factor * q[:, 0], p[:, 0] / factor**0.5, span=factor**1.5 * span, points=201)
    np.testing.assert_allclose(big_q, factor * q[:, :201], atol=1e-6)
    np.testing.assert_allclose(big_p, p[:, :201] / factor**0.5, atol=1e-6)


def test_circles_close_after_the_period_of_kepler() -> None:
    # the force on each is 1/(2r)², so the angular velocity is (4 r³)^(-1/2)
    start, first = bodies(two_body(1, seed=9, orbit_noise=0.0, span=1, points=2))
    radius = float(np.linalg.norm(start[0, 0, 0]))
    q, p = again(start[:, 0], first[:, 0], span=2 * np.pi * (4 * radius**3) ** 0.5, points=5)
    np.testing.assert_allclose(q[:, -1], q[:, 0], atol=1e-6)
    np.testing.assert_allclose(q[:, 2], -q[:, 0], atol=1e-6)
    np.testing.assert_allclose(p[:, -1], p[:, 0], atol=1e-6)


def test_ellipses_have_a_constant_runge_lenz_vector_of_the_eccentricity() -> None:
    runs = two_body(20, seed=5, eccentricity=0.6, orbit_noise=0.0, span=8, points=30)
    q, p = bodies(runs)
    relative, velocity = q[:, :, 0] - q[:, :, 1], p[:, :, 0] - p[:, :, 1]
    turning = relative[..., 0] * velocity[..., 1] - relative[..., 1] * velocity[..., 0]
    # two masses of 1 fall as one around a mass of 2
    lenz = np.stack([velocity[..., 1], -velocity[..., 0]], -1) * turning[..., None] / 2
    lenz = lenz - relative / np.linalg.norm(relative, axis=-1, keepdims=True)
    assert np.ptp(lenz, axis=1).max() < 1e-6
    eccentricity = np.linalg.norm(lenz, axis=-1)[:, 0]
    assert eccentricity.max() <= 0.6
    assert eccentricity.max() > 0.3


@pytest.mark.parametrize("field", [(0.2, 0.0), (0.0, -0.3)])
def test_a_field_keeps_the_energy_with_its_potential_and_breaks_the_spin(field: tuple[float, float]) -> None:
    q, p = bodies(two_body(8, seed=6, field=field, span=1, points=20))
    potential = (q[:, :, 1] - q[:, :, 0]) @ np.array(field)
    assert np.ptp(energy(q, p) + potential, axis=1).max() < 1e-6
    assert np.ptp(energy(q, p), axis=1).max() > 1e-3
    assert np.ptp(spin(q, p), axis=1).max() > 1e-3
    np.testing.assert_allclose(q.sum(2), 0, atol=1e-9)


def test_three_bodies_without_noise_stay_on_an_equilateral_triangle() -> None:
    q, p = bodies(three_body(5, seed=7, velocity_noise=0.0, span=1, points=12))
    sides = np.stack([np.linalg.norm(q[:, :, a] - q[:, :, b], axis=-1) for a, b in ((0, 1), (1, 2), (2, 0))])
    np.testing.assert_allclose(sides, np.broadcast_to(sides[0, :, :1], sides.shape), atol=1e-6)
    np.testing.assert_allclose(p.sum(2), 0, atol=1e-9)
    radius = np.linalg.norm(q[:, 0], axis=-1)
    assert radius.min() >= 0.9
    assert radius.max() <= 1.2


def test_virial_theorem_on_circles() -> None:
    q, p = bodies(two_body(10, seed=8, orbit_noise=0.0, span=1, points=3))
    kinetic = (p**2).sum((-1, -2)) / 2
    np.testing.assert_allclose(energy(q, p), -kinetic, rtol=1e-7)


def test_times_do_not_depend_on_how_many_are_asked_for() -> None:
    coarse, fine = (two_body(4, seed=2, span=3, points=points) for points in (4, 31))
    np.testing.assert_allclose(fine.states[:, ::10], coarse.states, atol=1e-7)
    assert coarse.dt == pytest.approx(10 * fine.dt)


def test_runs_do_not_disturb_each_other() -> None:
    q, p = bodies(RUNS["two"])
    alone = again(q[2:3, 0], p[2:3, 0], span=1, points=11)[0]
    together = again(q[:, 0], p[:, 0], span=1, points=11)[0]
    np.testing.assert_allclose(alone[0], together[2], atol=1e-7)


def test_seeds_are_numbers_or_generators() -> None:
    for make in (two_body, three_body):
        first, same = make(3, seed=11, span=1, points=3), make(3, seed=np.random.default_rng(11), span=1, points=3)
        np.testing.assert_array_equal(first.states, same.states)
        assert not np.array_equal(first.states, make(3, seed=12, span=1, points=3).states)


@pytest.mark.parametrize("wrong", [{"eccentricity": -0.1}, {"eccentricity": float("nan")}, {"span": 0}, {"span": -1.0}, {"span": np.inf}])
def test_wrong_settings_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidData, match=next(iter(wrong))):
        two_body(2, seed=0, **wrong)
    for field in ("span", "points"):
        with pytest.raises(InvalidData, match=f"{field}="):
            three_body(2, seed=0, **{field: 0})
