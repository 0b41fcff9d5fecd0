"""The record of several runs: which of them count, and what it says of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym.algebra import LieAlgebra, so
from physym.discovery.runs import Runs, trustworthy


def spans(count: int, *, size: float, seed: int, truth: LieAlgebra | None = None) -> np.ndarray:
    """Orthonormal generators near one span, mixed within it."""
    truth, rng = truth or so(3), np.random.default_rng(seed)
    flat = np.linalg.qr(truth.basis.reshape(truth.dimension, -1).T)[0].T
    found = []
    for _ in range(count):
        moved = np.linalg.qr(rng.normal(size=(len(flat), len(flat))))[0] @ flat + size * rng.normal(size=flat.shape)
        found.append(np.linalg.qr(moved.T)[0].T.reshape(truth.basis.shape))
    return np.stack(found)


def elsewhere(*, seed: int, k: int = 3, n: int = 3) -> np.ndarray:
    flat = np.linalg.qr(np.random.default_rng(seed).normal(size=(n * n, k)))[0].T
    return flat.reshape(1, k, n, n)


def runs(generators: np.ndarray, *, kept: np.ndarray | None = None, steps: int = 100, total: int = 100, law: str = "z ~ N(0, 1²)") -> Runs:
    count = len(generators)
    return Runs(tuple(range(count)), generators, np.ones(count, dtype=bool) if kept is None else kept, steps=steps, total=total, law=law)


@pytest.mark.parametrize("size", [0.0, 1e-6, 0.02])
@pytest.mark.parametrize("count", [3, 5, 20])
def test_runs_that_agree_all_count(size: float, count: int) -> None:
    assert trustworthy(spans(count, size=size, seed=0), np.zeros(count)).all()


@pytest.mark.parametrize("bad", [1, 2])
def test_runs_that_ended_elsewhere_do_not(bad: int) -> None:
    """And which basis a run has of its span does not matter."""
    found = np.concatenate([spans(5, size=0.01, seed=0), *(elsewhere(seed=seed) for seed in range(bad))])
    assert trustworthy(found, np.zeros(5 + bad)).tolist() == [True] * 5 + [False] * bad


def test_the_order_of_the_runs_does_not_matter() -> None:
    found = np.concatenate([spans(4, size=0.01, seed=0), elsewhere(seed=1)])
    order = np.random.default_rng(0).permutation(5)
    assert np.array_equal(trustworthy(found[order], np.zeros(5)), trustworthy(found, np.zeros(5))[order])


def test_between_two_camps_the_held_out_rows_decide() -> None:
    one, two = spans(2, size=0.0, seed=0), np.repeat(elsewhere(seed=1), 2, axis=0)
    both = np.concatenate([one, two])
    first, second = (trustworthy(both, np.array(statistic)) for statistic in ([0.0, 0.1, 5.0, 5.1], [5.0, 5.1, 0.0, 0.1]))
    assert first[:2].all()
    assert second[2:].all()


def test_a_single_run_counts() -> None:
    assert trustworthy(elsewhere(seed=0), np.zeros(1)).tolist() == [True]


def test_small_distances_are_never_too_far() -> None:
    """A run that is exact to 1e-12 does not cast out others that are off by .01."""
    exact, near = np.repeat(spans(1, size=0.0, seed=0), 4, axis=0), spans(1, size=0.01, seed=1)
    both = np.concatenate([exact, near])
    assert trustworthy(both, np.zeros(5)).all()
    assert not trustworthy(both, np.zeros(5), floor=1e-6)[4]


def test_cosines_are_those_of_the_spans() -> None:
    found = np.concatenate([spans(1, size=0.0, seed=0), elsewhere(seed=2)])
    cosines = runs(found).cosines(so(3))
    assert cosines.shape == (2, 3)
    assert np.allclose(cosines[0], 1)
    flat = np.linalg.qr(so(3).basis.reshape(3, 9).T)[0]
    assert np.allclose(cosines[1], np.linalg.svd(elsewhere(seed=2)[0].reshape(3, 9) @ flat, compute_uv=False))


@pytest.mark.parametrize("k", [1, 2, 5])
def test_cosines_of_spans_of_other_size(k: int) -> None:
    cosines = runs(elsewhere(seed=0, k=k)).cosines(so(3))
    assert cosines.shape == (1, min(k, 3))
    assert ((cosines >= 0) & (cosines <= 1 + 1e-12)).all()


def test_on_a_support_only_maps_of_the_data_are_compared() -> None:
    """What a generator does off the plane of the data does not count against it."""
    turn = np.zeros((3, 3))
    turn[0, 1], turn[1, 0] = -1.0, 1.0
    beside = turn.copy()
    beside[:, 2] = 5.0
    rows = np.random.default_rng(0).normal(size=(50, 3)) * [1, 1, 0]
    one = runs(beside[None, None] / np.linalg.norm(beside))
    assert one.cosines(LieAlgebra(turn[None]), support=rows)[0, 0] == pytest.approx(1.0)
    assert one.cosines(LieAlgebra(turn[None]))[0, 0] < 0.3


def test_the_sentence_says_how_many_count_and_how_far_they_came() -> None:
    five = runs(spans(5, size=0.0, seed=0), steps=1500, total=1500)
    assert five.sentence == "5 runs, 1,500 steps each, z ~ N(0, 1²)"
    assert repr(five) == "Runs: 5 runs, 1,500 steps each, z ~ N(0, 1²)"
    assert not five.interrupted
    four = replace(five, kept=np.array([True, True, False, True, True]), law="")
    assert four.sentence == "4 of 5 runs count, 1,500 steps each"
    early = replace(five, steps=70)
    assert early.interrupted
    assert early.sentence == "5 runs, interrupted after 70 of 1,500 steps, z ~ N(0, 1²)"
    assert runs(spans(1, size=0.0, seed=0)).sentence.startswith("1 run, 100 steps")
