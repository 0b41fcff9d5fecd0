"""Samples as tensors: what moves, what stays, and which rows are held out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from physym.algebra import Rep
from physym.data import Images, Samples
from physym.discovery.adversarial.base import Rows
from physym.discovery.adversarial.rows import FEWEST_ROWS, HELD_OUT, rows_of
from physym.discovery.spectral import Affine, Whitened
from physym.discovery.spectral.search import search_of
from physym.errors import DiscoveryFailed

RNG = np.random.default_rng(0)


def vectors(rows: int, *, copies: int = 1, n: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, copies * n))


def rows(samples: Samples, *, seed: int = 0) -> Rows:
    return rows_of(samples, search_of(samples, None), seed=seed)


@pytest.mark.parametrize(
    ("y", "classes", "targets"),
    [
        (None, 1, 0),
        (np.arange(100) % 2, 2, 0),
        (np.arange(100) % 7, 7, 0),
        ((np.arange(100) % 2).astype(float), 2, 0),  # two values are classes, whatever their type
        (np.where(np.arange(100) % 2, 1.0, -1.0), 2, 0),
        (np.arange(100) % 3 == 0, 2, 0),
        (np.linspace(0, 1, 100), 1, 1),
        ((np.arange(100) % 3).astype(float), 1, 1),
        (np.arange(300.0).reshape(100, 3), 1, 3),
        (np.arange(200).reshape(100, 2), 1, 2),
    ],
)
def test_classes_and_targets(y: np.ndarray | None, classes: int, targets: int) -> None:
    found = rows(Samples(vectors(100), rep_x=Rep("V", n=2), y=y))
    assert (found.classes, found.target.shape) == (classes, (100, targets))
    assert found.moving.dtype == torch.float64
    assert found.label.dtype == torch.int64
    assert int(found.label.max()) == classes - 1
    if y is not None and targets:
        np.testing.assert_array_equal(found.target.numpy().ravel(), np.asarray(y, dtype=float).ravel())


def test_labels_are_numbered_from_zero() -> None:
    y = np.array([6, -24, 6, 11] * 25)
    found = rows(Samples(vectors(100), rep_x=Rep("V", n=2), y=y))
    assert found.label[:4].tolist() == [1, 0, 1, 2]


def test_next_states_stand_beside_x() -> None:
    x, y = vectors(100, copies=2), vectors(100, copies=2, seed=1)
    found = rows(Samples(x, rep_x=Rep("2V", n=2), y=y, rep_y=Rep("2V", n=2)))
    assert (found.inputs, found.target.shape[1], found.classes) == (4, 0, 1)
    np.testing.assert_array_equal(found.moving, np.concatenate([x, y], axis=1))


@pytest.mark.parametrize(("text", "copies"), [("V", 1), ("3V", 3), ("2V + S", 0), ("V^2", 0)])
def test_copies_of_a_vector_are_counted(text: str, copies: int) -> None:
    rep = Rep(text, n=2)
    assert rows(Samples(np.ones((60, rep.dim)), rep_x=rep)).copies == copies


@pytest.mark.parametrize("seed", range(5))
def test_no_row_is_lost_and_none_is_on_both_sides(seed: int) -> None:
    found = rows(Samples(vectors(200), rep_x=Rep("V", n=2)), seed=seed)
    assert sorted([*found.held.tolist(), *found.kept.tolist()]) == list(range(200))
    assert len(found.held) == round(HELD_OUT * 200)


def test_the_seed_chooses_what_is_held_out() -> None:
    samples = Samples(vectors(200), rep_x=Rep("V", n=2))
    assert torch.equal(rows(samples, seed=3).held, rows(samples, seed=3).held)
    assert not torch.equal(rows(samples, seed=3).held, rows(samples, seed=4).held)


def test_clusters_are_held_out_as_a_whole() -> None:
    cluster = np.repeat(np.random.default_rng(0).permutation(40) * 3, 5)
    found = rows(Samples(vectors(200), rep_x=Rep("V", n=2), cluster=cluster))
    assert not set(cluster[found.held]) & set(cluster[found.kept])
    assert len(set(cluster[found.held])) == round(HELD_OUT * 40)


def test_padded_rows_are_left_out_of_everything() -> None:
    x, mask = vectors(100, copies=2), np.ones((100, 2), dtype=bool)
    mask[::4, 1] = False
    samples = Samples(x, rep_x=Rep("2V", n=2), y=np.arange(100.0), mask=mask, cluster=np.arange(100) // 2)
    found = rows(samples)
    assert len(found.moving) == len(found.target) == len(found.label) == 75
    np.testing.assert_array_equal(found.moving, x[mask.all(1)])
    np.testing.assert_array_equal(found.target[:, 0], np.arange(100.0)[mask.all(1)])
    assert max(*found.held.tolist(), *found.kept.tolist()) == 74


def test_rows_are_entered_into_the_frame_of_the_search() -> None:
    x = np.array([5.0, -3.0]) + vectors(200) * [10.0, 0.1]
    samples = Samples(x, rep_x=Rep("V", n=2))
    affine = rows_of(samples, search_of(samples, Affine()), seed=0)
    assert torch.allclose(affine.moving.mean(0), torch.zeros(2, dtype=torch.float64), atol=1e-12)
    whitened = rows_of(samples, search_of(samples, Whitened()), seed=0).moving
    assert torch.allclose(whitened.T @ whitened / 200, torch.eye(2, dtype=torch.float64), atol=1e-9)


def test_next_states_are_entered_into_the_same_frame() -> None:
    x = np.array([5.0, -3.0]) + vectors(200)
    still = Samples(x, rep_x=Rep("V", n=2), y=x.copy(), rep_y=Rep("V", n=2))
    for basis in (Affine(), Whitened()):
        found = rows_of(still, search_of(still, basis), seed=0)
        assert torch.equal(found.moving[:, :2], found.moving[:, 2:])  # nothing moved, so nothing may differ
        assert not np.allclose(found.moving[:, 2:], x)


def test_pictures_keep_their_grid() -> None:
    pixels = RNG.uniform(size=(60, 3, 4))
    found = rows(Images(pixels, labels=np.arange(60) % 10).samples())
    assert (found.grid, found.classes, found.copies) == ((3, 4), 10, 0)
    np.testing.assert_array_equal(found.moving, pixels.reshape(60, 12))


def test_another_device_keeps_every_field() -> None:
    found = rows(Samples(vectors(60), rep_x=Rep("V", n=2), y=np.arange(60.0)))
    moved = found.to("cpu")
    assert all(torch.equal(getattr(found, name), getattr(moved, name)) for name in ("moving", "target", "label", "held", "kept"))
    assert (moved.inputs, moved.classes, moved.copies, moved.grid) == (found.inputs, found.classes, found.copies, found.grid)


@pytest.mark.parametrize(("count", "clusters"), [(FEWEST_ROWS - 1, None), (0, None), (200, 7)])
def test_too_few_rows_or_clusters_are_refused(count: int, clusters: int | None) -> None:
    cluster = None if clusters is None else np.arange(count) % clusters
    samples = Samples(vectors(count), rep_x=Rep("V", n=2), cluster=cluster, source="two rows")
    with pytest.raises(DiscoveryFailed, match=r"^two rows: \d+ rows without padding in \d+ independent clusters.*Give more data"):
        rows(samples)


def test_rows_that_are_all_padded_are_refused() -> None:
    samples = Samples(vectors(100), rep_x=Rep("V", n=2), mask=np.zeros((100, 1), dtype=bool))
    with pytest.raises(DiscoveryFailed, match="0 rows without padding in 0 independent clusters"):
        rows(samples)


def test_the_fewest_rows_are_enough() -> None:
    found = rows(Samples(vectors(FEWEST_ROWS), rep_x=Rep("V", n=2)))
    assert len(found.held) >= 2  # half of them are moved and half are not
