"""The detector: massless output, no neutrinos, energies right on average, tracks sharper than towers."""

from __future__ import annotations

import numpy as np
import pytest

from physym.data.simulate import Detector
from physym.errors import ShapeError


def particles(n: int, energy: float, seed: int = 0) -> np.ndarray:
    """Massless particles of one energy, spread over the barrel."""
    rng = np.random.default_rng(seed)
    eta, phi = rng.uniform(-1.4, 1.4, n), rng.uniform(-np.pi, np.pi, n)
    pt = energy / np.cosh(eta)
    return np.stack([np.full(n, energy), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)


def measure(n: int, energy: float, kind: int, charge: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed + 1)
    return Detector().measure(particles(n, energy, seed), np.full(n, kind), np.full(n, charge), rng=rng)


@pytest.mark.parametrize(("kind", "charge"), [(22, 0.0), (211, 1.0), (130, 0.0), (11, -1.0), (13, -1.0)])
def test_constituents_are_massless(kind: int, charge: float) -> None:
    seen = measure(200, 30.0, kind, charge)
    np.testing.assert_allclose(seen[:, 0] ** 2, (seen[:, 1:] ** 2).sum(1), rtol=1e-12)
    assert len(seen)


@pytest.mark.parametrize(("kind", "charge", "tolerance"), [(22, 0.0, 0.02), (211, 1.0, 0.05), (130, 0.0, 0.06), (11, -1.0, 0.03)])
def test_energy_is_right_on_average(kind: int, charge: float, tolerance: float) -> None:
    seen = measure(400, 50.0, kind, charge)
    assert seen[:, 0].sum() == pytest.approx(400 * 50.0, rel=tolerance)


def test_neutrinos_and_nothing_leave_nothing() -> None:
    assert len(measure(50, 100.0, 12, 0.0)) == 0
    assert Detector().measure(np.zeros((0, 4)), np.zeros(0, np.int64), np.zeros(0), rng=np.random.default_rng(0)).shape == (0, 4)


def test_muons_are_seen_as_tracks_alone() -> None:
    seen = measure(1000, 50.0, 13, -1.0)
    assert len(seen) == pytest.approx(990, abs=15)  # efficiency 99 %
    assert np.std(seen[:, 0] / 50) < 0.03


def test_photons_keep_their_direction_within_a_cell() -> None:
    truth = particles(1, 100.0, 3)
    seen = Detector().measure(truth, np.array([22]), np.zeros(1), rng=np.random.default_rng(0))
    cosine = (seen[0, 1:] @ truth[0, 1:]) / np.linalg.norm(seen[0, 1:]) / np.linalg.norm(truth[0, 1:])
    assert np.arccos(min(cosine, 1.0)) < 0.05


def test_neutral_hadrons_are_measured_worse_than_photons() -> None:
    spread = {kind: np.std(measure(300, 50.0, kind, 0.0)[:, 0]) for kind in (22, 130)}
    assert spread[130] > 3 * spread[22]


def test_a_photon_behind_a_track_is_found_as_an_excess() -> None:
    electron, photon = particles(1, 20.0, 7), particles(1, 60.0, 7)
    # without a field both meet the same cell
    detector = Detector(field=0.0)
    seen = detector.measure(
        np.concatenate([electron, photon]), np.array([11, 22]), np.array([-1.0, 0.0]), rng=np.random.default_rng(2)
    )  # fmt: skip
    assert len(seen) in (1, 2)  # two with a track (95 %), one tower without
    assert seen[:, 0].sum() == pytest.approx(80, rel=0.1)


def test_equal_seeds_measure_equally() -> None:
    assert np.array_equal(measure(100, 20.0, 211, 1.0), measure(100, 20.0, 211, 1.0))


def test_arguments_must_fit() -> None:
    with pytest.raises(ShapeError, match="2 momenta, 1 ids"):
        Detector().measure(particles(2, 5.0), np.array([22]), np.zeros(2), rng=np.random.default_rng(0))
