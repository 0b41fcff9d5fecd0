"""Families without symmetry: every seed is another law, and none of them has a generator at the stated degree."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import action, evaluate, exponents
from physym.data.simulate import NO_SYMMETRY, NoSymmetry, no_symmetry
from physym.errors import InvalidData, UnknownDataset

CASES = list(NO_SYMMETRY.values())
NAMES = list(NO_SYMMETRY)
DENSITY_CASES = [case for case in CASES if not case.conditional]


def smallest_change(case: NoSymmetry, degree: int, seed: int, rows: int = 60_000) -> float:
    """Smallest singular value of ``R(A) m`` over all matrices, with whitened rows and moments in units of their spread."""
    x = case.make(rows, seed=seed).x
    root = np.linalg.cholesky(x.T @ x / rows)
    z = np.linalg.solve(root, x.T).T
    powers = exponents(case.n, range(1, degree + 1))
    psi = evaluate(z, powers)
    moves = action(np.eye(case.n**2).reshape(-1, case.n, case.n), powers)
    return float(np.linalg.svd(moves @ psi.mean(0) / psi.std(0), compute_uv=False)[-1])


@pytest.mark.parametrize("case", DENSITY_CASES, ids=lambda case: case.name)
def test_moments_of_the_stated_degree_see_that_there_is_none(case: NoSymmetry) -> None:
    assert np.median([smallest_change(case, case.degree, seed) for seed in range(5)]) > 0.02


@pytest.mark.parametrize("order", [4, 5, 6])
def test_lower_moments_take_a_cyclic_cloud_for_a_round_one(order: int) -> None:
    case = no_symmetry(f"C{order} cloud")
    below = [smallest_change(case, order - 1, seed) for seed in range(3)]
    at = [smallest_change(case, order, seed) for seed in range(3)]
    assert 3 * max(below) < min(at)


def test_a_quadratic_function_always_keeps_a_rotation() -> None:
    """Why the degree of the random functions is 3 and more: the best quadric of a quartic is symmetric under some so(2)."""
    case = no_symmetry("random quartic")
    x = np.random.default_rng(0).normal(size=(5000, 3))
    samples = case.make(5000, seed=0)

    def smallest(degree: int) -> float:
        powers = exponents(3, range(degree + 1))
        c = np.linalg.lstsq(evaluate(samples.x, powers), samples.y, rcond=None)[0]
        moves = action(np.eye(9).reshape(9, 3, 3), powers)
        values = np.linalg.svd(np.stack([evaluate(x, powers) @ (move.T @ c) for move in moves]), compute_uv=False)
        return float(values[-1] / values[0])

    assert smallest(2) < 1e-9
    assert smallest(4) > 1e-2


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_seed_is_another_law_and_the_same_seed_the_same_rows(case: NoSymmetry) -> None:
    here, again, other = (case.make(200, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(here.x, again.x)
    if case.conditional:
        assert not np.allclose(np.asarray(here.y), np.asarray(other.y))
    else:
        assert not np.allclose(here.x.mean(0), other.x.mean(0), atol=1e-3)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_labels_come_with_the_conditional_families_only(case: NoSymmetry) -> None:
    assert (case.make(20, seed=0).y is not None) == case.conditional


def test_counts_are_discrete_and_heavy_tails_are_heavy() -> None:
    counts = no_symmetry("counts").make(2000, seed=0).x
    assert all(len(np.unique(column.round(9))) < 15 for column in counts.T)
    tails = no_symmetry("heavy tails").make(50_000, seed=0).x
    standard = (tails - tails.mean(0)) / tails.std(0)
    assert ((standard**4).mean(0) > 3.5).all()


@pytest.mark.parametrize("order", [3, 7])
def test_a_cyclic_cloud_has_its_rotation(order: int) -> None:
    """Moments of degree ≤ k agree with those of the turned cloud within their error."""
    x = no_symmetry(f"C{order} cloud").make(40_000, seed=0).x
    angle = 2 * np.pi / order
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    powers = exponents(2, range(1, order + 1))
    here, turned = evaluate(x, powers), evaluate(x @ turn.T, powers)
    pulls = (here - turned).mean(0) / ((here - turned).std(0) / np.sqrt(len(x)))
    assert np.abs(pulls).max() < 4.5
    half = np.array([[np.cos(angle / 2), -np.sin(angle / 2)], [np.sin(angle / 2), np.cos(angle / 2)]])
    other = evaluate(x @ half.T, powers)
    assert np.abs((here - other).mean(0) / ((here - other).std(0) / np.sqrt(len(x)))).max() > 10


@pytest.mark.parametrize("arguments", [{"rows": 0}, {"rows": 5, "noise": -1.0}])
def test_impossible_requests_are_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(InvalidData, match="expected"):
        no_symmetry("counts").make(seed=0, **arguments)  # type: ignore[arg-type]


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownDataset, match="C5 cloud"):
        no_symmetry("blobs")
