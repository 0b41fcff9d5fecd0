"""Searched matrices, frames and merged parts: counts, brackets, changes of coordinates, bad names."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import LieAlgebra, Rep, se, so
from physym.data import Samples
from physym.discovery.spectral.frame import affine_frame, whitening_frame, whitening_root
from physym.discovery.spectral.search import orthonormal, search_of, searched_matrices
from physym.discovery.spectral.spaces import Affine, BlockDiagonal, Complex, SearchSpace, Whitened, mixing, turns
from physym.discovery.streaming.partial import Partial, distinct
from physym.errors import DiscoveryFailed, InvalidData

NAMES = ("a", "b", "c", "d")
X = np.random.default_rng(0).normal(size=(40, 8)) * np.tile([1.0, 2.0, 0.5, 3.0], 2) + 0.3
ROWS = Samples(X, rep_x=Rep("2V", n=4), coordinates=NAMES)
SPACES: list[tuple[SearchSpace, int]] = [
    (BlockDiagonal(((0, 1), (2, 3))), 8),
    (BlockDiagonal((("d",), ("a", "b", "c"))), 10),
    (Affine(), 20),
    (Complex(), 8),
    (Complex((("a", "b"), ("c", "d"))), 8),
    (Whitened(), 6),
    (Whitened(about_mean=True), 6),
]


def inside(matrices: np.ndarray, space: np.ndarray) -> float:
    """Largest part of matrices outside the span of orthonormal ones."""
    flat, basis = matrices.reshape(len(matrices), -1), space.reshape(len(space), -1)
    return float(np.abs(flat - flat @ basis.T @ basis).max())


@pytest.mark.parametrize(("space", "count"), SPACES, ids=str)
def test_every_space_is_an_orthonormal_lie_algebra(space: SearchSpace, count: int) -> None:
    found = space.search(ROWS).matrices
    flat = found.reshape(len(found), -1)
    assert len(found) == count
    np.testing.assert_allclose(flat @ flat.T, np.eye(count), atol=1e-12)
    brackets = found[:, None] @ found - found @ found[:, None]
    assert inside(brackets.reshape(-1, *found.shape[1:]), found) < 1e-12


def test_matrices_that_do_not_close_would_be_seen() -> None:
    shears = np.zeros((2, 3, 3))
    shears[0, 0, 1], shears[1, 1, 2] = 1.0, 1.0
    assert inside((shears[:1] @ shears[1:]) - shears[1:] @ shears[:1], shears) > 0.5


def test_frames_lead_in_and_out() -> None:
    for space in (Affine(), Whitened(), Whitened(about_mean=True)):
        search = space.search(ROWS)
        assert search.frame is not None
        z = search.entered(ROWS).vectors
        size = len(search.frame)
        padded = z if size == 4 else np.concatenate([z, np.ones((*z.shape[:2], 1))], axis=2)
        np.testing.assert_allclose((padded @ search.frame.T)[..., :4], ROWS.vectors, atol=1e-10)
        matrices = np.pad(search.matrices, ((0, 0), *[(0, size - search.matrices.shape[1])] * 2))
        np.testing.assert_allclose(search.frame @ search.inward(matrices) @ np.linalg.inv(search.frame), matrices, atol=1e-10)


@pytest.mark.parametrize("about_mean", [False, True])
def test_whitened_rows_have_unit_second_moments(about_mean: bool) -> None:
    z = Whitened(about_mean=about_mean).search(ROWS).entered(ROWS).vectors.reshape(-1, 4)
    np.testing.assert_allclose(z.T @ z / len(z), np.eye(4), atol=1e-9)
    assert bool(np.abs(z.mean(0)).max() < 1e-9) == about_mean


def test_only_moments_within_blocks_are_whitened() -> None:
    rows = Samples(X, rep_x=Rep("2V", n=4), blocks=((0, 1), (2, 3)))
    frame = whitening_frame(rows, mixing(rows), about_mean=False)
    assert not frame[:2, 2:].any()
    assert len(turns(mixing(rows))) == 2
    moments = rows.vectors.reshape(-1, 4).T @ rows.vectors.reshape(-1, 4) / 80
    np.testing.assert_allclose((frame @ frame)[:2, :2], moments[:2, :2], atol=1e-12)


@pytest.mark.parametrize("factor", [1e-6, 1e5])
def test_frames_follow_units_and_affine_ones_follow_shifts(factor: float) -> None:
    large = Samples(factor * X, rep_x=Rep("2V", n=4))
    np.testing.assert_allclose(affine_frame(large)[:4], factor * affine_frame(ROWS)[:4], rtol=1e-9)
    moments = np.cov(X.T)
    allowed = np.ones((8, 8), dtype=bool)
    np.testing.assert_allclose(whitening_root(factor**2 * moments, allowed), factor * whitening_root(moments, allowed), rtol=1e-6)
    moved = affine_frame(Samples(X + 7, rep_x=Rep("2V", n=4)))
    np.testing.assert_allclose(moved - affine_frame(ROWS), np.pad(np.full((4, 1), 7.0), ((0, 1), (4, 0))), atol=1e-9)


def test_a_cloud_on_a_line_cannot_be_whitened() -> None:
    line = Samples(np.outer(np.arange(1.0, 9.0), [1.0, 2.0]), rep_x=Rep("V", n=2))
    with pytest.raises(DiscoveryFailed, match=r"span only 1 of 2 dimensions.*more varied directions"):
        Whitened().search(line)


def test_masked_vectors_stay_zero_and_do_not_count() -> None:
    mask = np.ones((40, 2), dtype=bool)
    mask[::3, 1] = False
    padded = np.where(mask[..., None], ROWS.vectors, 0.0).reshape(40, 8)
    rows = Samples(padded, rep_x=Rep("2V", n=4), mask=mask)
    real = Samples(ROWS.vectors[mask], rep_x=Rep("V", n=4))
    np.testing.assert_allclose(affine_frame(rows), affine_frame(real), atol=1e-12)
    search = Affine().search(rows)
    assert not search.entered(rows).vectors[~mask].any()
    assert "padding" in search.inapplicable(rows)
    assert not search.inapplicable(real)


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        (BlockDiagonal(((0, 1), (1, 2, 3))), "names coordinate 1 twice"),
        (BlockDiagonal(((0, 1), (3,))), "leaves out coordinate 2"),
        (BlockDiagonal((("a", "z"),)), r"no coordinate 'z'; the samples name a, b, c, d"),
        (BlockDiagonal(((0, 4),)), "no coordinate 4; the vectors have coordinates 0 to 3"),
        (BlockDiagonal(((-1, 0),)), "no coordinate -1"),
        (Complex(((0, 1),)), "must name each of the 4 coordinates once"),
        (Complex(((0, 0), (1, 2))), "must name each of the 4 coordinates once"),
    ],
)
def test_wrong_coordinates_are_named(space: SearchSpace, sentence: str) -> None:
    with pytest.raises(InvalidData, match=sentence):
        space.search(ROWS)


def test_a_basis_acts_on_the_vectors_or_on_the_vectors_and_one() -> None:
    with pytest.raises(InvalidData, match=r"holds 3×3 matrices; the vectors have 4 coordinates, so give 4×4"):
        search_of(ROWS, so(3))
    with pytest.raises(InvalidData, match="affine or whitened maps"):
        searched_matrices(ROWS, Affine())
    planar = Samples(X[:, :3], rep_x=Rep("V", n=3))
    assert search_of(planar, se(3)).is_affine(3)
    assert not search_of(planar, so(3)).is_affine(3)
    scaled = LieAlgebra(np.array([5.0, -2.0, 0.1])[:, None, None] * so(3).basis)
    np.testing.assert_allclose(np.abs(orthonormal(scaled.basis)), np.abs(orthonormal(so(3).basis)), atol=1e-12)


# merged parts


def test_merged_parts_keep_kinds_counts_and_one_sentence_of_each_kind() -> None:
    parts = [
        Partial(3, kind="pion", masses="pion mass", warnings=("a.h5: 3 of 10 rows are zero",)),
        Partial(0),
        Partial(4, kind="massless", masses="no mass", warnings=("b.h5: 4 of 2e+3 rows are zero", "b.h5: no labels")),
        Partial(2, kind="pion", masses="pion mass"),
    ]
    left = ((parts[0] + parts[1]) + parts[2]) + parts[3]
    right = parts[0] + (parts[1] + (parts[2] + parts[3]))
    for whole in (left, right, parts[3] + parts[2] + parts[1] + parts[0]):
        assert (whole.jets, whole.kind) == (9, "mixed")
        assert len(whole.warnings) == 2
    assert left.warnings == right.warnings == ("a.h5: 3 of 10 rows are zero", "b.h5: no labels")
    assert (parts[0] + parts[1]).masses == (parts[1] + parts[0]).masses == "pion mass"


def test_distinct_sentences_are_a_projection() -> None:
    sentences = ("x: 1 of 2", "y: 3 of 4", "plain 7", "plain 8", "x: other")
    once = distinct(sentences)
    assert once == ("x: 1 of 2", "plain 7", "x: other")
    assert distinct(once) == once
    assert distinct((*sentences, *sentences)) == once
