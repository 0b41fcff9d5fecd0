"""The common span of several networks, and the error that their scatter shows."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import LieAlgebra, identify, principal_cosines, so, span_distance
from physym.discovery.network.agreement import agreed, disagreement, largest_angle


def noisy(truth: LieAlgebra, networks: int, size: float, *, seed: int) -> np.ndarray:
    """Orthonormal generators of a span that is off by ``size``, in any mixture, for each network."""
    rng = np.random.default_rng(seed)
    flat = np.linalg.qr(truth.basis.reshape(truth.dimension, -1).T)[0].T
    spans = []
    for _ in range(networks):
        moved = np.linalg.qr(rng.normal(size=(len(flat), len(flat))))[0] @ flat + size * rng.normal(size=flat.shape) / flat.shape[1] ** 0.5
        spans.append(np.linalg.qr(moved.T)[0].T.reshape(truth.basis.shape))
    return np.stack(spans)


@pytest.mark.parametrize("truth", [so(2), so(3), so(1, 3)])
def test_networks_that_agree_give_their_span(truth: LieAlgebra) -> None:
    found = agreed(noisy(truth, 4, 0.0, seed=0))
    assert span_distance(found, truth) < 1e-9
    assert np.allclose(np.linalg.norm(found.basis, axis=(1, 2)), 1)
    assert found.errors.max() < 1e-9
    assert disagreement(noisy(truth, 4, 0.0, seed=0)) < 1e-6


def test_many_networks_are_better_than_one() -> None:
    one, many = (np.mean([span_distance(agreed(noisy(so(3), n, 0.1, seed=seed)), so(3)) for seed in range(10)]) for n in (1, 16))
    assert many < 0.5 * one


def test_the_error_is_the_scatter_of_one_network() -> None:
    """What all networks share, as they saw the same rows, is not averaged away by asking more of them."""
    claimed, seen = [], []
    for seed in range(40):
        spans = noisy(so(3), 5, 0.1, seed=seed)
        claimed.append((agreed(spans).errors ** 2).sum())
        cosines = principal_cosines(LieAlgebra(spans[0]), so(3))
        seen.append((1 - cosines**2).sum())  # squared distance of the spans
    assert 0.7 < np.mean(claimed) / np.mean(seen) < 1.4


def test_one_network_shows_no_error() -> None:
    found = agreed(noisy(so(3), 1, 0.1, seed=1))
    assert found.covariance is None
    assert disagreement(noisy(so(3), 1, 0.1, seed=1)) == 0.0


def test_the_error_names_the_algebra() -> None:
    found = agreed(noisy(so(1, 3), 5, 0.05, seed=2))
    assert found.freedom == 4
    assert identify(found).name == "so(1,3)"


def test_the_mixture_of_a_network_does_not_matter() -> None:
    spans = noisy(so(3), 3, 0.1, seed=3)
    turn = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))[0]
    mixed = np.concatenate([np.tensordot(turn, spans[0], 1)[None], spans[1:]])
    here, there = agreed(spans), agreed(mixed)
    assert np.allclose(here.basis, there.basis)
    assert np.allclose(here.covariance, there.covariance)


def test_the_agreement_turns_with_the_networks() -> None:
    spans = noisy(so(3), 4, 0.1, seed=5)
    frame = np.linalg.qr(np.random.default_rng(6).normal(size=(3, 3)))[0]
    moved = agreed(frame @ spans @ frame.T)
    assert span_distance(moved, LieAlgebra(frame @ agreed(spans).basis @ frame.T)) < 1e-9
    assert np.isclose((moved.errors**2).sum(), (agreed(spans).errors ** 2).sum())


def test_no_generator_is_no_generator() -> None:
    found = agreed(np.zeros((3, 0, 2, 2)), coordinates=("x", "y"), source="nobody")
    assert found.dimension == 0
    assert (found.coordinates, found.source) == (("x", "y"), "nobody")
    assert disagreement(np.zeros((3, 0, 2, 2))) == 0.0


def test_the_largest_angle_is_that_of_the_spans() -> None:
    found = agreed(noisy(so(3), 1, 0.2, seed=7))
    assert np.isclose(largest_angle(found, so(3)), span_distance(found, so(3)))
    part = LieAlgebra(so(3).basis[:2])
    assert largest_angle(part, so(3)) < 1e-7  # each of its generators lies within
    assert np.isclose(largest_angle(so(3), part), np.pi / 2)
    assert largest_angle(LieAlgebra(np.zeros((0, 3, 3))), so(3)) == 0.0
