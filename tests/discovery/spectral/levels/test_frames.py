"""From the frame of a search back to the data: generators, names, errors; and the error of a whitening frame."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import LieAlgebra, Rep, se, so, span_distance
from physym.data import Samples
from physym.data.simulate import textbook_density
from physym.discovery import Level, Spectral, Whitened, discover
from physym.discovery.spectral.equations.moments import moment_equation
from physym.discovery.spectral.frame import Search
from physym.discovery.spectral.levels.frames import frame_motion, in_data_coordinates
from physym.discovery.spectral.statistics.features import Features

FRAME = np.array([[2.0, 0.3, 0, 1.0], [0, 1.5, 0.2, -3], [0.1, 0, 0.7, 2], [0, 0, 0, 1]])
ROWS = Samples(np.ones((5, 3)), rep_x=Rep("V", n=3), coordinates=("x", "y", "z"))


def level(algebra: LieAlgebra) -> Level:
    return Level("conditional", "p(y | gx) = p(y | x)", algebra, searched=algebra.basis)


def test_generators_and_their_errors_are_conjugated() -> None:
    rng = np.random.default_rng(0)
    scatter = 1e-3 * rng.normal(size=(200, 6 * 16))
    inner = LieAlgebra(se(3).basis, covariance=np.cov(scatter.T))
    found = in_data_coordinates(level(inner), ROWS, Search(se(3).basis, FRAME)).algebra
    assert found is not None
    inverse = np.linalg.inv(FRAME)
    assert span_distance(found, LieAlgebra(FRAME @ se(3).basis @ inverse)) < 1e-9
    assert found.coordinates == ("x", "y", "z", "1")
    # the whole covariance, in an invariant: tr(C P) with P the pull-back of the unit metric, under the mixing to the canonical basis
    moved = FRAME @ scatter.reshape(200, 6, 4, 4) @ inverse
    mixing = found.basis.reshape(6, 16) @ np.linalg.pinv((FRAME @ se(3).basis @ inverse).reshape(6, 16))
    expected = np.einsum("ab,rbij->raij", mixing, moved).reshape(200, -1)
    assert found.covariance is not None
    np.testing.assert_allclose(found.covariance, np.cov(expected.T), rtol=1e-6, atol=1e-12)


def test_rotations_about_the_centre_of_the_frame() -> None:
    frame = np.eye(4)
    frame[:3, 3] = (1.0, -2.0, 0.5)
    found = in_data_coordinates(level(so(3)), ROWS, Search(so(3).basis, frame, whitened=True)).algebra
    assert found is not None
    assert found.n == 4
    np.testing.assert_allclose(found.basis @ frame[:, 3], 0, atol=1e-12)


def test_without_a_frame_nothing_changes() -> None:
    inner = level(so(3))
    found = in_data_coordinates(inner, ROWS, Search(so(3).basis))
    assert found.algebra is not None
    np.testing.assert_array_equal(found.algebra.basis, so(3).basis)
    assert found.algebra.coordinates == ("x", "y", "z")


def test_the_motion_of_the_frame_is_that_of_the_square_root() -> None:
    """Leaving rows out moves ``F`` to ``F(1 − motion)``, up to a rotation: compare ``F Fᵀ``."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6400, 3)) @ np.array([[1.0, 0.2, 0], [0, 2, 0.1], [0.3, 0, 0.5]]) + 1
    rows = Samples(x, rep_x=Rep("V", n=3))
    search = Whitened().search(rows)
    blocks = np.arange(6400) % 64
    motion = frame_motion(search.entered(rows), blocks, search) / np.sqrt(64 / 63)
    assert search.frame is not None
    kept = x[blocks != 5]
    without = kept.T @ kept / len(kept)
    change = search.frame @ (-2 * motion[5] * 64 / 63) @ search.frame.T
    np.testing.assert_allclose(without - search.frame @ search.frame.T, change, atol=1e-3 * np.abs(change).max() + 1e-6)


@pytest.mark.parametrize("about_mean", [False, True])
def test_whitened_candidates_are_refuted_at_the_nominal_rate(about_mean: bool) -> None:
    root = np.array([[1.0, 0.3, 0.0], [0.0, 0.7, -0.4], [0.2, 0.0, 1.5]])
    p_values = []
    for seed in range(80):
        x = textbook_density("so(3)").make(1200, seed=seed).x @ root.T + (np.array([1.0, 2.0, 3.0]) if about_mean else 0.0)
        method = Spectral(basis=Whitened(about_mean=about_mean), measure_degree=4)
        p_values.append(discover(Samples(x, rep_x=Rep("V", n=3)), method, level="measure").level.tests[2].p_value)
    for alpha in (0.01, 0.05, 0.1):
        assert (np.array(p_values) < alpha).mean() < alpha + 3 * np.sqrt(alpha * (1 - alpha) / 80)


def test_the_error_of_the_frame_enters_the_equation() -> None:
    """Scatter of the moments' drift over seeds, for a cloud that is not round, against the influence with and without the frame."""
    turns = so(3).basis / np.sqrt(2)
    blocks, classes = np.arange(400) % 64, np.zeros(400, dtype=np.int64)
    found, counted, ignored = [], [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        # unit second moments in the mean, so that the symmetric root turns the frame by no more than it must
        x = np.stack([(rng.gamma(4, size=400) - 4) / 2, np.sqrt(3) * rng.uniform(-1, 1, 400), rng.normal(size=400)], axis=1)
        rows = Samples(x, rep_x=Rep("V", n=3))
        z = Whitened().search(rows).entered(rows).x
        with_frame, without = (moment_equation(z, classes, blocks, turns, degree=3, copies=1, whitened=w)[0] for w in (True, False))
        unit = Features.of(z, degree=3).psi.std(0)[:, None]  # rows are measured in it, but its own error is no part of H
        found.append(with_frame.matrix * unit)
        counted.append((with_frame.influence**2).sum(0) * unit**2)
        ignored.append((without.influence**2).sum(0) * unit**2)
    scatter = np.var(found, axis=0)[9:].sum()
    assert np.mean(counted, axis=0)[9:].sum() == pytest.approx(scatter, rel=0.15)
    assert np.mean(ignored, axis=0)[9:].sum() > 1.15 * scatter
    # second moments are 1 whatever the rows, so no block moves them
    assert np.abs(counted)[:, 3:9].max() < 1e-20
    assert np.abs(ignored)[:, 3:9].max() > 1e-6
