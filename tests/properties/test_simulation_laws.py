"""Laws of the simulations: clustering against a slow anti-kT, symmetries of the detector, momentum, windows, seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.data.simulate import Detector, toy_jets
from physym.data.simulate.toptag import PT_WINDOW, RADIUS, _leading_jet

HALF_TURN, MIRROR = np.diag([1.0, -1.0, -1.0, 1.0]), np.diag([1.0, 1.0, 1.0, -1.0])


def polar(p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pt = np.hypot(p[:, 1], p[:, 2])
    return pt, np.arcsinh(p[:, 3] / pt), np.arctan2(p[:, 2], p[:, 1])


def turn(angle: float) -> np.ndarray:
    out = np.eye(4)
    out[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return out


def massless(pt: np.ndarray, eta: np.ndarray, phi: np.ndarray) -> np.ndarray:
    p = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)
    return np.column_stack([np.linalg.norm(p, axis=1), p])


def spray(seed: int, pt: float = 600.0, particles: int = 12) -> np.ndarray:
    """A dijet event with soft particles around: two collimated sprays, back to back."""
    rng = np.random.default_rng(seed)
    axis_eta, axis_phi = rng.uniform(-2.6, 2.6, 2), rng.uniform(-np.pi, np.pi) + np.array([0, np.pi])
    parts = []
    for share, eta, phi in zip((1.0, 0.9), axis_eta, axis_phi, strict=True):
        fractions = rng.dirichlet(np.ones(particles))
        parts.append(massless(share * pt * fractions, eta + 0.15 * rng.normal(size=particles), phi + 0.15 * rng.normal(size=particles)))
    parts.append(massless(rng.exponential(1.0, 10) + 0.1, rng.uniform(-2.5, 2.5, 10), rng.uniform(-np.pi, np.pi, 10)))
    return np.concatenate(parts)


def slow_anti_kt(particles: np.ndarray, radius: float) -> list[tuple[frozenset[int], np.ndarray]]:
    """The oracle: anti-kT by its definition, every pair compared in every step, E-scheme, rapidity distances."""
    live = [(frozenset([i]), p) for i, p in enumerate(particles)]
    jets = []
    while live:
        pt2 = np.array([p[1] ** 2 + p[2] ** 2 for _, p in live])
        y = np.array([np.arctanh(p[3] / p[0]) for _, p in live])
        phi = np.array([np.arctan2(p[2], p[1]) for _, p in live])
        around = np.angle(np.exp(1j * (phi[:, None] - phi)))
        distance = np.minimum(1 / pt2[:, None], 1 / pt2) * ((y[:, None] - y) ** 2 + around**2) / radius**2
        distance[np.diag_indices(len(live))] = 1 / pt2
        i, j = np.unravel_index(int(np.argmin(distance)), distance.shape)
        if i == j:
            jets.append(live.pop(int(i)))
        else:
            merged = (live[i][0] | live[j][0], live[i][1] + live[j][1])
            live = [item for k, item in enumerate(live) if k not in (i, j)] + [merged]
    return sorted(jets, key=lambda jet: -np.hypot(jet[1][1], jet[1][2]))


def members(jet: np.ndarray, event: np.ndarray) -> frozenset[int]:
    """Which particles of the event the constituents are."""
    return frozenset(int(np.flatnonzero((event == p).all(1))[0]) for p in jet)


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.floats(500.0, 750.0))
def test_the_leading_jet_is_that_of_a_slow_anti_kt(seed: int, pt: float) -> None:
    pytest.importorskip("fastjet")
    event = spray(seed, pt)
    inside, momentum = slow_anti_kt(event, RADIUS)[0]
    jet_pt, eta, _ = polar(momentum[None])
    wanted = PT_WINDOW[0] <= jet_pt[0] <= PT_WINDOW[1] and abs(eta[0]) < 2
    found = _leading_jet(event)
    assert (found is not None) == wanted
    if found is not None:
        assert members(found, event) == inside
        np.testing.assert_allclose(found.sum(0), momentum, rtol=1e-12, atol=1e-9)


def test_the_slow_anti_kt_conserves_momentum_and_depends_on_the_radius() -> None:
    event = spray(7)
    jets = slow_anti_kt(event, RADIUS)
    assert sorted(index for inside, _ in jets for index in inside) == list(range(len(event)))
    np.testing.assert_allclose(sum(momentum for _, momentum in jets), event.sum(0), rtol=1e-10, atol=1e-9)
    assert len(slow_anti_kt(event, 0.1)) > len(jets) > len(slow_anti_kt(event, 3.0))
    assert slow_anti_kt(event, 0.1)[0][0] != jets[0][0], "another radius would be seen by the comparison"


@settings(max_examples=15)
@given(st.integers(0, 2**31), st.floats(-3.0, 3.0))
def test_clustering_commutes_with_rotations_mirrors_and_permutations(seed: int, angle: float) -> None:
    pytest.importorskip("fastjet")
    event = spray(seed)
    order = np.random.default_rng(seed).permutation(len(event))
    whole = _leading_jet(event)
    for image in (event @ turn(angle).T, event @ MIRROR.T, event[order]):
        found = _leading_jet(image)
        assert (found is None) == (whole is None)
        if found is not None and whole is not None:
            same = members(found, image) if image is not event else frozenset()
            original = frozenset(int(order[i]) for i in same) if np.array_equal(image, event[order]) else same
            assert original == members(whole, event)


# the detector


def muons(seed: int, n: int = 40) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return massless(rng.exponential(50, n) + 2, rng.uniform(-2.4, 2.4, n), rng.uniform(-np.pi, np.pi, n))


def seen(momenta: np.ndarray, kind: int, charge: float, seed: int) -> np.ndarray:
    n = len(momenta)
    return Detector().measure(momenta, np.full(n, kind), np.full(n, charge), rng=np.random.default_rng(seed))


@given(st.integers(0, 2**31), st.floats(-np.pi, np.pi))
def test_muons_are_measured_alike_in_every_direction_around_the_beam(seed: int, angle: float) -> None:
    truth = muons(seed)
    straight = seen(truth, 13, -1.0, seed)
    np.testing.assert_allclose(seen(truth @ turn(angle).T, 13, -1.0, seed), straight @ turn(angle).T, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(seen(truth @ MIRROR.T, 13, -1.0, seed), straight @ MIRROR.T, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(seen(truth, -13, 1.0, seed), straight, rtol=1e-12)


def test_a_boost_along_the_beam_is_no_symmetry_of_the_detector() -> None:
    truth = muons(3)
    boost = np.eye(4)
    boost[[0, 0, 3, 3], [0, 3, 0, 3]] = np.cosh(1.5), np.sinh(1.5), np.sinh(1.5), np.cosh(1.5)
    moved = seen(truth @ boost.T, 13, -1.0, 3)
    straight = seen(truth, 13, -1.0, 3)
    assert moved.shape != straight.shape or not np.allclose(moved, straight @ boost.T, rtol=1e-3)


@given(st.integers(0, 2**31), st.integers(1, 35), st.sampled_from([22, 130, 211]))
def test_one_particle_turned_by_whole_cells_is_measured_alike(seed: int, cells: int, kind: int) -> None:
    # in the middle of a cell of both calorimeters, and neutral so that nothing bends
    middle = np.array([17.5 * np.pi / 180])
    truth = massless(np.array([60.0]), np.array([0.353]), middle)
    angle = cells * np.pi / 18
    straight, turned = seen(truth, kind, 0.0, seed), seen(truth @ turn(angle).T, kind, 0.0, seed)
    np.testing.assert_allclose(turned, straight @ turn(angle).T, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("kind", "charge"), [(22, 0.0), (211, 1.0), (130, 0.0), (11, -1.0)])
@pytest.mark.parametrize("change", [HALF_TURN, MIRROR, turn(0.7)], ids=["half turn", "mirror", "turn"])
def test_sums_over_many_particles_have_the_symmetry_of_the_detector(kind: int, charge: float, change: np.ndarray) -> None:
    rng = np.random.default_rng(kind)
    n = 3000
    truth = massless(np.full(n, 40.0), np.abs(rng.normal(0.8, 0.4, n)), rng.uniform(0, 1, n))
    # one particle per event would be slow; far more cells than particles keep them apart
    first, second = (seen(p, kind, charge, seed) for p, seed in ((truth, 1), (truth @ change.T, 2)))
    totals = [measured.sum(0) for measured in (first @ change.T, second)]
    errors = [np.sqrt((measured**2).sum(0)) for measured in (first @ change.T, second)]
    assert (np.abs(totals[0] - totals[1]) < 5 * np.hypot(*errors) + 1e-9).all()
    if change is MIRROR:
        unmoved = np.abs(first.sum(0) - totals[1])[3]
        assert unmoved > 5 * np.hypot(*errors)[3], "the comparison sees a mirror that was forgotten"


@given(st.integers(0, 2**31))
def test_equal_seeds_measure_equally_and_others_do_not(seed: int) -> None:
    truth = spray(seed)
    ids, charges = np.tile([211, 22], len(truth) // 2 + 1)[: len(truth)], np.tile([1.0, 0.0], len(truth) // 2 + 1)[: len(truth)]
    first, again, other = (Detector().measure(truth, ids, charges, rng=np.random.default_rng(s)) for s in (seed, seed, seed + 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_allclose(first[:, 0] ** 2, (first[:, 1:] ** 2).sum(1), rtol=1e-9)


# toy jets


@given(st.integers(0, 2**31), st.floats(50, 500), st.floats(0, 300), st.integers(1, 30), st.sampled_from([0.0, 0.13957039, 5.0]))
def test_toy_jets_lie_in_their_window_on_their_shell(seed: int, low: float, width: float, constituents: int, mass: float) -> None:
    jets = toy_jets(6, seed=seed, pt_window=(low, low + width), constituents=constituents, mass=mass)
    p = jets.four_momenta
    scalar = np.hypot(p[..., 1], p[..., 2]).sum(1)
    # the least pT of a constituent adds at most 1e-3 of the lower edge
    assert (scalar > low * (1 - 1e-9)).all()
    assert (scalar < (low + width) + 1.001e-3 * low).all()
    m2 = p[..., 0] ** 2 - (p[..., 1:] ** 2).sum(-1)
    np.testing.assert_allclose(m2, mass**2, atol=1e-9 * (p[..., 0] ** 2).max())
    vector_sum = np.hypot(jets.momenta[:, 1], jets.momenta[:, 2])
    assert (vector_sum <= scalar * (1 + 1e-12)).all()


@given(st.integers(0, 2**31))
def test_seeds_of_toy_jets_are_numbers_or_generators(seed: int) -> None:
    first, again = toy_jets(3, seed=seed), toy_jets(3, seed=np.random.default_rng(seed))
    assert np.array_equal(first.four_momenta, again.four_momenta)
    assert not np.array_equal(first.four_momenta, toy_jets(3, seed=seed + 1).four_momenta)
    assert toy_jets(3, seed=seed, labels=False).labels is None


@settings(max_examples=5)
@given(st.integers(0, 2**31))
def test_toy_jets_are_uniform_around_the_beam_and_mirror_symmetric(seed: int) -> None:
    jets = toy_jets(2000, seed=seed, constituents=3)
    axis = jets.momenta
    pt, eta, phi = polar(axis)
    unit = axis[:, 1:3] / pt[:, None]
    assert (np.abs(unit.mean(0)) < 5 / np.sqrt(2 * 2000)).all()
    assert abs(np.sign(eta).mean()) < 5 / np.sqrt(2000)
    quarter = np.histogram(phi, bins=4, range=(-np.pi, np.pi))[0]
    assert (np.abs(quarter - 500) < 5 * np.sqrt(500)).all()
