"""Pairs of an embedding lie along orbits, and the generators regressed on them are judged."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from physym import Discovery, Rep, Samples, Spectral, discover
from physym.algebra import LieAlgebra, se, so, span_distance
from physym.discovery.base import AbstractMethod
from physym.discovery.network import EmbeddingSymmetry
from physym.discovery.network.embedding import below_gap
from physym.discovery.network.orbits import Orbits, Pairing, orbits
from physym.discovery.network.training import Training, train_network
from physym.discovery.status import Status
from physym.errors import DiscoveryFailed, InvalidData

QUICK = EmbeddingSymmetry(hidden=(16, 16), epochs=100, anchors=400, seeds=1)
GL2, GL3, GL4 = (np.eye(n * n).reshape(n * n, n, n) for n in (2, 3, 4))
TURN = np.array([[0.0, -1.0], [1.0, 0.0]]) / np.sqrt(2)


def normal_rows(count: int, width: int, *, seed: int = 0) -> np.ndarray:
    """Normal rows."""
    return np.random.default_rng(seed).normal(size=(count, width))


def pairs(x: np.ndarray, values: np.ndarray, *, seed: int = 0, pairing: Pairing | None = None) -> Orbits:
    """Pairs for an embedding that is known."""
    return orbits(x, values.reshape(len(x), -1), pairing or Pairing(anchors=400), rng=np.random.default_rng(seed))


def span(found: Orbits, searched: np.ndarray, dimension: int) -> LieAlgebra:
    """The matrices that move rows least off their orbits."""
    return found.polarization(searched, searched).algebra(dimension)


def round_rows(rows: int, *, seed: int, breaking: float = 0.0, frame: np.ndarray | None = None) -> Samples:
    """y = tanh(|x|²/2 − 1) + |x|²/4 in the plane with 5 % noise, seen in another frame."""
    rng, noise = (np.random.default_rng([seed, stream]) for stream in (0, 1))
    x = rng.normal(size=(rows, 2))
    square = (x**2).sum(1)
    y = np.tanh(square / 2 - 1) + square / 4 + breaking * x[:, 0] + 0.05 * noise.normal(size=rows)
    return Samples(x if frame is None else x @ frame.T, rep_x=Rep("V", n=2), y=y)


def found_in(rows: Samples, method: AbstractMethod = QUICK, *, seed: int = 0) -> Discovery:
    """The conditional level."""
    return discover(rows, method, level="conditional", seed=seed)


def angle(found: Discovery, truth: LieAlgebra) -> float:
    """Largest principal angle to the truth."""
    assert found.algebra is not None
    return span_distance(found.algebra, truth)


# --- pairs and orbits ---


@pytest.mark.parametrize(("truth", "signs", "largest"), [(so(2), (1, 1), 0.05), (so(3), (1, 1, 1), 0.15), (so(1, 2), (1, -1, -1), 0.2)])
def test_a_perfect_embedding_shows_the_group(truth: LieAlgebra, signs: tuple[int, ...], largest: float) -> None:
    x = normal_rows(3000, truth.n, seed=1)
    found = pairs(x, (x**2 * signs).sum(1), pairing=Pairing(anchors=800))
    searched = np.eye(truth.n**2).reshape(-1, truth.n, truth.n)
    spectrum = found.polarization(searched, searched).spectrum
    assert found.dimension == truth.n - 1
    assert below_gap(spectrum, 1.5) == truth.dimension
    assert span_distance(span(found, searched, truth.dimension), truth) < largest


def test_a_wrong_embedding_does_not() -> None:
    x = normal_rows(2000, 2, seed=2)
    found = pairs(x, x[:, 0] + 0.5 * x[:, 1] ** 2)
    assert span_distance(span(found, GL2, 1), so(2)) > 0.2


def test_displacements_lie_along_the_orbit() -> None:
    x = normal_rows(3000, 2, seed=3)
    found = pairs(x, (x**2).sum(1))
    outward = found.x / np.linalg.norm(found.x, axis=1, keepdims=True)
    along = np.abs(np.einsum("api,ai->ap", found.displacements, outward)).mean()
    assert along < 0.3 * np.linalg.norm(found.displacements, axis=2).mean()
    assert np.median(np.abs((found.across[:, 0] * outward).sum(1))) > 0.98


def test_orbits_of_a_smaller_group_are_smaller() -> None:
    x = normal_rows(4000, 3, seed=4)
    radius, height = (x[:, :2] ** 2).sum(1), x[:, 2]
    found = pairs(x, np.stack([radius, height], axis=1), pairing=Pairing(anchors=400, neighbours=200, share=0.05))
    assert found.dimension == 1
    assert found.across.shape == (400, 2, 3)
    moves = np.zeros((3, 3))
    moves[:2, :2] = TURN
    assert span_distance(span(found, GL3, 1), LieAlgebra(moves[None])) < 0.15


def test_shares_add_up() -> None:
    x = normal_rows(500, 4, seed=5)
    found = pairs(x, x[:, 0])
    assert np.isclose(found.shares.sum(), 1)
    assert (np.diff(found.shares) >= 0).all()


def slow_form(found: Orbits, searched: np.ndarray) -> np.ndarray:
    """Row by row."""
    total = np.zeros((len(searched), len(searched)))
    for x, across in zip(found.x, found.across, strict=True):
        for i, first in enumerate(searched):
            for j, second in enumerate(searched):
                total[i, j] += sum((normal @ first @ x) * (normal @ second @ x) for normal in across)
    return total / len(found.x)


def test_the_regression_is_its_equation() -> None:
    x = normal_rows(300, 2, seed=6)
    found = pairs(x, (x**2).sum(1), pairing=Pairing(anchors=50, neighbours=20))
    fast = found.polarization(GL2, GL2)
    assert np.allclose(fast.matrix, slow_form(found, GL2))
    assert np.allclose(fast.blocks.mean(0), fast.matrix)


def test_pairs_are_the_nearest() -> None:
    x, pairing = normal_rows(60, 2, seed=7), Pairing(anchors=10, neighbours=12, share=0.25)
    embedding = normal_rows(60, 3, seed=8)
    found = orbits(x, embedding, pairing, rng=np.random.default_rng(0))
    for row, displacements in zip(found.x, found.displacements, strict=True):
        number = int(np.argmin(((x - row) ** 2).sum(1)))
        near = np.argsort(((x - row) ** 2).sum(1))[1:13]
        same = near[np.argsort(((embedding[near] - embedding[number]) ** 2).sum(1))[:3]]
        assert np.allclose(np.sort((x[same] - row)[:, 0]), np.sort(displacements[:, 0]))


@pytest.mark.parametrize("turn", [np.eye(3)[[2, 0, 1]], np.linalg.qr(normal_rows(3, 3, seed=9))[0]])
def test_orbits_turn_with_the_data(turn: np.ndarray) -> None:
    x = normal_rows(1000, 3, seed=10)
    values = (x[:, :2] ** 2).sum(1) + 0.5 * x[:, 2]
    here, there = pairs(x, values), pairs(x @ turn.T, values)
    moved = LieAlgebra(turn @ span(here, GL3, 2).basis @ turn.T)
    assert span_distance(span(there, GL3, 2), moved) < 1e-6


def test_the_unit_of_the_embedding_does_not_matter() -> None:
    x = normal_rows(500, 2, seed=11)
    here, there = (pairs(x, size * (x**2).sum(1)) for size in (1.0, 1e4))
    assert np.array_equal(here.displacements, there.displacements)


def test_too_few_rows_make_no_pairs() -> None:
    with pytest.raises(DiscoveryFailed, match="64 neighbours need more"):
        pairs(normal_rows(64, 2), np.zeros(64))


def test_repeated_rows_are_no_division_by_zero() -> None:
    x = np.repeat(normal_rows(5, 2), 40, axis=0)
    assert np.isfinite(pairs(x, x[:, 0], pairing=Pairing(anchors=20, neighbours=10)).shares).all()


def test_the_embedding_is_the_last_hidden_layer() -> None:
    x = normal_rows(200, 2, seed=12)
    network = train_network(x, x[:, 0], logit=False, seed=0, training=Training((8, 5), 3))
    with torch.no_grad():
        inside = network.embedding(torch.from_numpy(x))
        whole = network.offset + network.scale * network.layers[-1](inside)[:, 0]
        assert inside.shape == (200, 5)
        assert torch.allclose(whole, network(torch.from_numpy(x)))


@pytest.mark.parametrize(
    ("spectrum", "count"),
    [([0.1, 0.1, 0.5], 2), ([0.1, 0.2, 0.21], 1), ([0.1, 0.12, 0.14], 0), ([0.0, 0.0, 1.0], 2), ([1.0], 0), ([0.0, 1.0, 9.0], 1)],
)
def test_the_number_is_that_below_the_gap(spectrum: list[float], count: int) -> None:
    assert below_gap(np.array(spectrum), 1.5) == count


# --- method ---


def test_it_is_a_method() -> None:
    assert isinstance(EmbeddingSymmetry(), AbstractMethod)
    assert replace(EmbeddingSymmetry(), gap=2.0).gap == 2.0


def test_a_rotation_is_found_and_judged() -> None:
    found = found_in(round_rows(2000, seed=0), replace(QUICK, anchors=1000))
    assert found.algebra is not None
    assert found.algebra.dimension == 1
    assert angle(found, so(2)) < 0.25
    assert np.isclose(np.linalg.norm(found.algebra.basis[0]), 1)
    assert "proposed by EmbeddingSymmetry (1 network, seed 0)" in found.level.note
    assert "a gap of" in found.level.note
    assert found.level.defect < 1
    assert found.level.tests


def test_what_is_broken_is_not_confirmed() -> None:
    found = found_in(round_rows(1000, seed=1, breaking=2.0), replace(QUICK, generators=1))
    assert found.status is Status.NOT_CONFIRMED
    assert found.level.p_value < 0.01


def test_without_a_gap_there_is_no_generator() -> None:
    found = found_in(round_rows(600, seed=2), replace(QUICK, gap=50.0, epochs=20))
    assert found.status is Status.NO_SYMMETRY
    assert found.level.dimension == 0
    assert "no gap of 50" in found.level.note
    assert found.identification is None


def test_labels_are_classified() -> None:
    rows = round_rows(2500, seed=3)
    assert rows.y is not None
    labels = (np.asarray(rows.y) > 0.4).astype(np.int64)
    assert angle(found_in(replace(rows, y=labels), replace(QUICK, generators=1)), so(2)) < 0.3


def test_generators_turn_with_the_data() -> None:
    frame = np.array([[0.8, -0.6], [0.6, 0.8]]) @ np.diag([1.5, 1.0])
    truth = LieAlgebra(frame @ TURN[None] @ np.linalg.inv(frame))
    found = found_in(round_rows(2000, seed=4, frame=frame), replace(QUICK, generators=1))
    assert angle(found, truth) < 0.3


def test_names_of_the_coordinates_are_kept() -> None:
    rows = replace(round_rows(300, seed=5), coordinates=("px", "py"))
    found = found_in(rows, replace(QUICK, generators=1, epochs=5))
    assert found.algebra is not None
    assert found.algebra.coordinates == ("px", "py")


def test_several_targets_share_the_orbits() -> None:
    rows = round_rows(1500, seed=6)
    square = (rows.x**2).sum(1)
    found = found_in(replace(rows, y=np.stack([np.tanh(square), square], axis=1)), replace(QUICK, generators=1))
    assert angle(found, so(2)) < 0.3


def test_the_seed_decides() -> None:
    rows, quick = round_rows(300, seed=7), replace(QUICK, generators=1, epochs=10)
    bases = [found.algebra.basis for seed in (0, 0, 1) if (found := found_in(rows, quick, seed=seed)).algebra is not None]
    assert np.array_equal(bases[0], bases[1])
    assert not np.array_equal(bases[0], bases[2])


def test_seeds_give_the_error() -> None:
    found = found_in(round_rows(1000, seed=8), replace(QUICK, generators=1, seeds=3, epochs=40))
    assert found.algebra is not None
    assert found.algebra.freedom == 2
    assert 0 < found.algebra.errors.max() < 0.5


def test_support_and_measure_are_declined_with_a_reason() -> None:
    found = discover(round_rows(200, seed=9), replace(QUICK, generators=1, epochs=2))
    assert found.support is not None
    assert found.measure is not None
    assert "use Spectral()" in found.support.reason
    assert "use Spectral()" in found.measure.reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"y": None}, "no labels"),
        ({"y": np.zeros(200)}, "the same y"),
        ({"y": np.arange(200) % 3}, "3 classes"),
        ({"y": np.ones((200, 2)) * np.arange(200)[:, None], "rep_y": Rep("V", n=2)}, "rows of one orbit share y only where y is invariant"),
    ],
)
def test_what_cannot_be_learned_is_declined(change: dict[str, object], reason: str) -> None:
    level = found_in(replace(round_rows(200, seed=10), **change)).level  # type: ignore[arg-type]
    assert level.algebra is None
    assert re.search(reason, level.reason)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"generators": 0}, "None to read their number"),
        ({"gap": 1.0}, "gap is 1"),
        ({"share": 0.0}, "share is 0"),
        ({"share": 1.5}, "share is 1.5"),
        ({"seeds": 0}, "seeds is 0"),
        ({"anchors": 0}, "anchors is 0"),
        ({"hidden": ()}, "hidden"),
    ],
)
def test_settings_are_checked(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        EmbeddingSymmetry(**settings)  # type: ignore[arg-type]


def test_the_searched_space_limits_the_generators() -> None:
    with pytest.raises(InvalidData, match="only 1 matrices"):
        found_in(round_rows(200, seed=11), replace(QUICK, generators=2, referee=Spectral(basis=so(2))))
    with pytest.raises(InvalidData, match="affine"):
        found_in(round_rows(200, seed=11), replace(QUICK, referee=Spectral(basis=se(2))))
