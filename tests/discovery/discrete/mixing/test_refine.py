"""Gauss–Newton on O(n): it finds what it should from nearby, and states its errors."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import MatrixGroup, cyclic, dihedral, direct_product, octahedral, permutations, tetrahedral
from physym.data.simulate.clouds import symmetric_cloud
from physym.discovery.discrete.mixing.propose import defects
from physym.discovery.discrete.mixing.refine import conjugated, entry_errors, refined, solved, turns
from physym.discovery.discrete.mixing.whitening import Whitening
from tests.discovery.discrete.mixing.clouds import cloud_and_truth, moments_of, random_orthogonal, whitened_truth

CASES = [(dihedral(4), 8), (tetrahedral(reflections=True), 4), (direct_product(permutations(3), permutations(2)), 3)]


def turned(n: int, size: float, seed: int) -> np.ndarray:
    """A random rotation by about ``size``."""
    angles = np.random.default_rng(seed).normal(size=(1, n * (n - 1) // 2))
    return np.asarray(turns(size * angles / np.linalg.norm(angles))[0])


def exact_cloud(group: MatrixGroup, seed: int) -> np.ndarray:
    """Points that the group permutes exactly: whole orbits."""
    points = np.random.default_rng(seed).gamma(2.0, size=(40, group.n))
    return np.concatenate([points @ g.T for g in group.elements])


@pytest.mark.parametrize(("group", "degree"), CASES, ids=lambda value: getattr(value, "name", None))
def test_an_exact_symmetry_is_found_to_rounding(group: MatrixGroup, degree: int) -> None:
    x = exact_cloud(group, 0)
    truth = whitened_truth(group, np.eye(group.n), Whitening.of(x))
    moments = moments_of(x, degree=degree)
    guesses = truth[1:] @ turned(group.n, 0.1, 1)
    found = refined(moments, guesses, steps=10)
    assert defects(moments, found).max() < 1e-16 * (moments.mean**2).sum() + 1e-18
    assert np.allclose(found, truth[1:], atol=1e-6)
    assert defects(moments, guesses).min() > 1e-4 * (moments.mean**2).sum()  # the guess itself is no symmetry


def test_refined_elements_stay_orthogonal() -> None:
    moments = moments_of(np.random.default_rng(0).gamma(2.0, size=(400, 3)), degree=4)
    start = random_orthogonal(3, 1, 20)
    found = refined(moments, start)
    assert np.allclose(found @ found.transpose(0, 2, 1), np.eye(3), atol=1e-12)
    assert np.allclose(np.linalg.det(found), np.linalg.det(start))


@pytest.mark.parametrize(("group", "degree"), CASES, ids=lambda value: getattr(value, "name", None))
def test_a_conjugate_group_is_turned_back(group: MatrixGroup, degree: int) -> None:
    x = exact_cloud(group, 2)
    truth = whitened_truth(group, np.eye(group.n), Whitening.of(x))
    moments, turn = moments_of(x, degree=degree), turned(group.n, 0.1, 3)
    found, projector, slope = conjugated(moments, turn @ truth @ turn.T, steps=12)
    assert np.allclose(found, truth, atol=1e-6)
    assert np.allclose(projector @ projector, projector, atol=1e-7)
    assert np.allclose(projector @ moments.mean, moments.mean, atol=1e-7)
    assert slope.shape == (group.n * (group.n - 1) // 2, moments.size)


def test_the_slope_of_a_conjugation() -> None:
    group = octahedral().elements
    moments, step = moments_of(np.random.default_rng(1).gamma(2.0, size=(300, 3)), degree=4), 1e-5
    _, _, slope = conjugated(moments, group, steps=0)
    for a in range(3):
        found = []
        for sign in (step, -step):
            turn = turns(sign * np.eye(3)[a][None])[0]
            found.append(moments.mean - conjugated(moments, turn @ group @ turn.T, steps=0)[1] @ moments.mean)
        assert np.allclose((found[0] - found[1]) / (2 * step), slope[a], atol=1e-6)


def test_a_step_is_never_long_and_a_blind_direction_is_left_alone() -> None:
    slope = np.array([[[1e-3, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]])
    angles = solved(slope, np.array([[5.0, 1.0, 1.0]]))[0]
    assert np.linalg.norm(angles) <= 0.3 + 1e-12
    assert np.allclose(angles[1:], 0)


def test_turns_are_rotations() -> None:
    angles = np.random.default_rng(0).normal(size=(5, 6)) * 0.2
    found = turns(angles)
    assert found.shape == (5, 4, 4)
    assert np.allclose(found @ found.transpose(0, 2, 1), np.eye(4))
    assert np.allclose(turns(-angles) @ found, np.eye(4))


@pytest.mark.parametrize("group", [dihedral(4), cyclic(5)], ids=lambda group: group.name)
def test_errors_of_the_entries(group: MatrixGroup) -> None:
    """Pulls of the un-whitened elements over fresh clouds have spread one: conjugation and whitening are both in."""
    pulls = []
    for seed in range(60):
        z, truth, frame = cloud_and_truth(group, 2000, seed)
        moments = moments_of(z, degree=group.order if group.name == "D4" else 5)
        found, projector, slope = conjugated(moments, truth)
        root = frame.root @ moments.whitening.root
        errors = entry_errors(moments, found, projector, slope, root)[1]
        x, mixing = symmetric_cloud(group, 2000, seed=seed)
        exact = mixing @ group.elements[1] @ np.linalg.inv(mixing)
        pulls.append(((root @ found[1] @ np.linalg.inv(root) - exact) / errors).ravel())
        assert len(x) == 2000
    spread = np.sqrt(np.mean(np.square(pulls)))
    assert 0.8 < spread < 1.25, spread


def test_errors_without_the_whitening_would_be_too_small() -> None:
    """Rotations of the plane have no conjugates, so all of the error of C5 is that of the whitening."""
    z, truth, frame = cloud_and_truth(cyclic(5), 2000, 3)
    moments = moments_of(z, degree=5)
    found, projector, slope = conjugated(moments, truth)
    assert np.abs(slope).max() < 1e-9
    errors = entry_errors(moments, found, projector, slope, frame.root)
    assert errors[1].min() > 1e-3
    assert errors[0].max() < 1e-12
