"""The measure level from sums: that of the rows, whatever mixes the coordinates, at its nominal rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym.algebra import LieAlgebra, Rep, so, span_distance
from physym.data import Samples
from physym.discovery import Spectral, discover
from physym.discovery.base import Level
from physym.discovery.spectral.equations.moment_sums import moments_from_sums
from physym.discovery.spectral.levels.streamed import measure_of
from physym.discovery.spectral.statistics.rows import coordinate_scale, row_statistics
from tests.discovery.calibration import binomial_limit

STRETCH = np.array([[1.0, 8.0, 0.0], [0.0, 20.0, 1.0], [0.1, 0.0, 0.2]])
CLOUDS = 200
Blocks = tuple[tuple[int, ...], ...]


def streamed(x: np.ndarray, *, n: int = 3, labels: np.ndarray | None = None, degree: int = 3, blocks: Blocks = ()) -> Level:
    sums = row_statistics(x, scale=coordinate_scale(x), degree=(degree + 1) // 2, wide_degree=degree, labels=labels)
    what = Samples(x[:0], rep_x=Rep(f"{x.shape[1] // n}V", n=n), blocks=blocks)
    return measure_of(sums, what, Spectral(measure_degree=degree))


def in_memory(x: np.ndarray, *, n: int = 3, labels: np.ndarray | None = None, degree: int = 3, blocks: Blocks = ()) -> Level:
    rows = Samples(x, rep_x=Rep(f"{x.shape[1] // n}V", n=n), y=labels, blocks=blocks)
    return discover(rows, Spectral(measure_degree=degree), level="measure").level


def p_values(level: Level) -> list[float]:
    return [test.p_value for test in level.tests]


@pytest.mark.parametrize(
    ("shape", "settings"),
    [
        ((2000, 3), {}),
        ((2000, 3), {"degree": 4}),
        ((2000, 6), {}),
        ((2000, 4), {"n": 4, "blocks": ((0, 1), (2, 3))}),
    ],
    ids=["degree 3", "degree 4", "two vectors", "blocks"],
)
def test_one_class_in_one_part_is_what_memory_gives(shape: tuple[int, int], settings: dict[str, object]) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=shape)
    if shape[1] == 3:
        x = x @ rng.normal(size=(3, 3)).T
    ours, theirs = streamed(x, **settings), in_memory(x, **settings)  # type: ignore[arg-type]
    assert ours.dimension == theirs.dimension > 0
    assert p_values(ours) == pytest.approx(p_values(theirs), rel=1e-8)
    assert ours.algebra is not None
    assert theirs.algebra is not None
    assert ours.algebra.basis == pytest.approx(theirs.algebra.basis, abs=1e-9)
    assert ours.algebra.covariance == pytest.approx(theirs.algebra.covariance, rel=1e-6, abs=1e-12)
    assert ours.equation is not None
    assert theirs.equation is not None
    assert ours.equation.svd[1] == pytest.approx(theirs.equation.svd[1], rel=1e-8)
    # memory takes four times as many blocks for the certificate, and counts the error of the units
    assert ours.defect == pytest.approx(theirs.defect, rel=0.1)


def test_other_blocks_and_other_weights_change_little() -> None:
    """With labels the rows of each class go to the blocks by turns; beyond 8192 rows the weights come from a part of them."""
    rng = np.random.default_rng(2)
    for rows, labels in ((2000, rng.integers(0, 2, 2000)), (20_000, None)):
        x = rng.normal(size=(rows, 3)) * [1.0, 2.0, 3.0]
        ours, theirs = streamed(x, labels=labels), in_memory(x, labels=labels)
        assert ours.dimension == theirs.dimension == 3
        assert p_values(ours) == pytest.approx(p_values(theirs), abs=0.1)
        assert ours.defect == pytest.approx(theirs.defect, rel=0.1)


def test_no_linear_mixing_of_the_coordinates_matters() -> None:
    x = np.random.default_rng(3).normal(size=(2000, 3))
    plain, mixed = streamed(x), streamed(x @ STRETCH.T)
    assert p_values(mixed) == pytest.approx(p_values(plain), rel=1e-3)
    assert plain.algebra is not None
    assert mixed.algebra is not None
    root = np.linalg.inv(STRETCH) @ mixed.algebra.basis @ STRETCH
    assert span_distance(LieAlgebra(root), replace(plain.algebra, coordinates=(), covariance=None)) < 1e-6


def test_true_dimensions_of_ellipsoids_are_rejected_at_the_nominal_rate() -> None:
    """Rotations of clouds mixed at random, however ill-conditioned: the dimension is three, and only alpha of the tests say less."""
    found = []
    for seed in range(CLOUDS):
        mixing, cloud = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
        level = streamed(cloud.normal(size=(1000, 3)) @ mixing.normal(size=(3, 3)).T)
        found.append(level.tests[2].p_value)
    rejected = np.array(found)
    for alpha in (0.01, 0.05):
        assert (rejected < alpha).mean() <= binomial_limit(alpha, CLOUDS), (rejected < alpha).mean()
    assert (rejected < 0.5).mean() > 0.3


def test_a_cloud_without_rotations_is_refused_them() -> None:
    x = np.random.default_rng(4).exponential(size=(3000, 3)) - 1.0
    assert streamed(x @ STRETCH.T).dimension == 0


def test_what_is_known_of_the_frame_matters() -> None:
    """Testing the test: with the frame's error left out the equation has other errors."""
    x = np.random.default_rng(5).normal(size=(1000, 3)) + np.array([0.0, 0.0, 2.0])
    sums = row_statistics(x, scale=coordinate_scale(x), wide_degree=3)
    values, vectors = np.linalg.eigh(x.T @ x / 1000)
    root = (vectors * np.sqrt(values)) @ vectors.T
    rotations = so(3).basis / np.sqrt(2)
    known = moments_from_sums(sums, rotations, degree=3, frame=root)[0]
    estimated = moments_from_sums(sums, rotations, degree=3, frame=root, whitened=np.ones((3, 3), dtype=bool))[0]
    assert np.array_equal(known.matrix, estimated.matrix)
    assert not np.allclose((known.influence**2).sum(0), (estimated.influence**2).sum(0), rtol=0.05)


def test_flat_clouds_are_searched_in_their_own_coordinates_and_the_note_says_so() -> None:
    x = np.random.default_rng(6).normal(size=(1000, 3))
    flat = streamed(x * [1.0, 1.0, 0.0])
    assert "span only 2 of 3" in flat.note
    assert flat.searched.shape == (9, 3, 3)
    thin = x @ np.array([[1.0, 1.0, 1.0], [0.0, 1e-4, 0.0], [0.0, 0.0, 1e-4]])
    assert "too flat" in streamed(thin).note
    assert streamed(x * [1.0, 1e-4, 1e4]).note == ""  # a matter of units only
