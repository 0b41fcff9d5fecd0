"""Errors of a plane and of its rotations against slow oracles: simulated errors, a regression done again, the scatter over samples."""

from __future__ import annotations

import numpy as np
import pytest

from physym._typing import Float
from physym.discovery.discrete.cyclic.agreement import raw_rotation
from physym.discovery.discrete.cyclic.charges import PlaneRows, charge_functions
from physym.discovery.discrete.cyclic.cylinder import rotation_errors, rotation_in_plane, tilted
from physym.discovery.discrete.cyclic.plane import _axes_of, refined_plane
from tests.discovery.discrete.mixing.clouds import random_orthogonal
from tests.discovery.discrete.samples import rotation_samples


def plane_rows(k: int, seed: int, *, rows: int = 2000, n: int = 3) -> PlaneRows:
    samples = rotation_samples(k, seed, rows=rows, n=n)
    return PlaneRows(samples.x[:, None], np.asarray(samples.y).reshape(rows, 1))


def simulated(
    axes: Float[np.ndarray, "n n"], angle: float, tilt: Float[np.ndarray, "m m"], angle_error: float, *, draws: int = 20_000
) -> Float[np.ndarray, "n n"]:
    """Root-mean-square deviation of the entries of rotations whose angle and plane are drawn, shape ``(n, n)``."""
    rng, off = np.random.default_rng(0), len(axes) - 2
    here, total = rotation_in_plane(axes, angle), np.zeros_like(axes)
    tilts = rng.normal(size=(draws, len(tilt))) @ np.linalg.cholesky(tilt).T
    for step, turn in zip(tilts, angle_error * rng.normal(size=draws), strict=True):
        total += (rotation_in_plane(tilted(axes, step.reshape(2, off)), angle + turn) - here) ** 2
    return np.asarray(np.sqrt(total / draws))


@pytest.mark.parametrize("angle", [np.pi / 2, 2 * np.pi / 3, np.pi, 1.0])
@pytest.mark.parametrize("axes", [np.eye(3), random_orthogonal(3, 0)[0], random_orthogonal(4, 1)[0]])
def test_rotation_errors_are_the_spread_of_simulated_rotations(angle: float, axes: np.ndarray) -> None:
    """Entries that are stationary at first order included; 20,000 draws know a mean square to 4 √(8/20,000) even there."""
    size = 2 * (len(axes) - 2)
    half = np.random.default_rng(5).normal(size=(size, size))
    tilt = 1e-5 * (half @ half.T + 0.3 * np.eye(size))
    stated, seen = rotation_errors(axes, angle, tilt, angle_error=3e-3), simulated(axes, angle, tilt, 3e-3)
    assert np.allclose(stated**2, seen**2, rtol=0.08, atol=1e-16)
    assert not np.allclose((1.1 * stated) ** 2, seen**2, rtol=0.08, atol=1e-16)  # and the comparison can fail


def test_a_known_rotation_has_no_error_and_an_unknown_angle_an_infinite_one() -> None:
    assert not rotation_errors(random_orthogonal(3, 0)[0], 1.0, np.zeros((2, 2))).any()
    unknown = rotation_errors(np.eye(3), 1.0, np.zeros((2, 2)), angle_error=float("inf"))
    assert np.isinf(unknown[:2, :2]).all()
    assert not unknown[2].any()


@pytest.mark.parametrize("rows", [700, 3000])
def test_tilt_slopes_follow_the_regression_that_is_learned_again(rows: int) -> None:
    """Against the regression solved anew about the tilted plane; a regression held fixed overstates the slope by about R/N."""
    data, step = plane_rows(4, 0, rows=rows), 1e-5
    plain = charge_functions(data, np.eye(3), highest=6, conditional=True)
    functions = plain.with_waves(data, np.eye(3), 4)
    here = functions.mean(data, np.eye(3))
    again = []
    for tilt in step * np.eye(2):
        moved = tilted(np.eye(3), tilt.reshape(2, 1))
        again.append((plain.with_waves(data, moved, 4).mean(data, moved) - here) / step)
    slope = functions.tilts(data, np.eye(3), here, fitted_here=True)
    held = functions.tilts(data, np.eye(3), here)
    assert np.abs(slope - np.stack(again, axis=1)).max() < 1e-3 * np.abs(slope).max()
    along = float((held * slope).sum() / (slope**2).sum())
    share = len(functions.coefficients) / rows
    assert 1 + share / 2 < along < 1 + 5 * share


def test_stated_covariance_of_the_plane_is_its_scatter() -> None:
    """30 planes have 60 tilts, whose mean squared pull lies within 1 ± 4 √(2/60). The errors of more charges fail it."""
    pulls, wrong = [], []
    for seed in range(30):
        data = plane_rows(6, seed)
        axes, tilt = refined_plane(data, np.eye(3), highest=6, order=6, conditional=True)
        _, other = refined_plane(data, axes, highest=24, order=6, conditional=True)
        off = axes[:2, 2]
        pulls.append(off @ np.linalg.solve(tilt.covariance, off) / 2)
        wrong.append(off @ np.linalg.solve(other.covariance, off) / 2)
    limit = 4 * np.sqrt(2 / (2 * len(pulls)))
    assert abs(np.mean(pulls) - 1) < limit
    assert np.mean(wrong) - 1 > limit


def test_stated_error_of_the_angle_is_its_scatter() -> None:
    """A plane that is known: 100 angles, of pulls within 1 ± 4 √(2/100), down to 0.7 less for the floor of the variance."""
    pulls = []
    for seed in range(100):
        data = plane_rows(4, seed, rows=1000, n=2)
        functions = charge_functions(data, np.eye(2), highest=12, conditional=True)
        raw, errors = raw_rotation(data, np.eye(2), functions, order=4, tilts=False, conditional=True)
        pulls.append(raw[0, 0] ** 2 / errors[0, 0] ** 2)
    assert 0.7 - 4 * np.sqrt(2 / len(pulls)) * 0.7 < np.mean(pulls) < 1 + 4 * np.sqrt(2 / len(pulls))


def test_neither_sign_nor_round_off_of_a_generator_turns_its_axes() -> None:
    for n in (3, 4, 5):
        for seed in range(5):
            plane = random_orthogonal(n, seed)[0][:2]
            generator = np.outer(plane[0], plane[1]) - np.outer(plane[1], plane[0])
            noise = np.random.default_rng(seed).normal(size=(n, n))
            one, other, third = (_axes_of(g) for g in (generator, -generator, generator + 1e-15 * (noise - noise.T)))
            assert np.allclose(one[:2], other[:2], atol=1e-9)
            assert np.allclose(one[:2], third[:2], atol=1e-9)
            assert np.allclose(one @ one.T, np.eye(n), atol=1e-12)
            assert np.allclose(one[:2].T @ one[:2], plane.T @ plane, atol=1e-9)
