"""Fitted maps and their symmetry equations move with linear changes of inputs and targets, and know nothing of order or names."""

from __future__ import annotations

import numpy as np
import pytest

from physym.data.simulate import textbook_density
from physym.discovery.spectral.equations.equivariance import Equivariance, VectorRows, equivariance_equation
from physym.discovery.spectral.equations.moment_sums import moments_from_sums
from physym.discovery.spectral.statistics.rows import row_statistics

GL2 = np.eye(4).reshape(4, 2, 2)
TURN = np.array([[0.0, -1.0], [1.0, 0.0]])
X = np.random.default_rng(0).normal(size=(400, 2))
Y = X * (1 + (X**2).sum(1, keepdims=True)) + 0.05 * np.random.default_rng(1).normal(size=(400, 2))
BLOCKS = np.arange(400) % 20


def solved(x: np.ndarray, y: np.ndarray, blocks: np.ndarray = BLOCKS, searched: np.ndarray = GL2) -> Equivariance:
    return equivariance_equation(VectorRows(x, y, x, blocks, 400), searched, searched, searched, degree=3)


def sizes(found: Equivariance) -> np.ndarray:
    return np.linalg.svd(found.equation.matrix)[1]


def line(found: Equivariance) -> np.ndarray:
    basis = found.equation.algebra(1).basis[0]
    return np.asarray(basis / np.linalg.norm(basis))


def test_the_least_defect_is_the_rotation() -> None:
    assert abs((line(solved(X, Y)) * TURN).sum()) / np.sqrt(2) > 0.999
    assert abs((line(solved(X, Y * [1.0, 3.0])) * TURN).sum()) / np.sqrt(2) < 0.95, "another law has another symmetry"


@pytest.mark.parametrize("stretch", [(2.0, 0.5), (10.0, 10.0), (1.0, -3.0)])
def test_units_of_the_coordinates_conjugate_the_solution(stretch: tuple[float, float]) -> None:
    unit = np.diag(stretch)
    moved = line(solved(X @ unit, Y @ unit))
    wanted = unit @ TURN @ np.linalg.inv(unit)
    assert abs((moved * wanted).sum()) / np.linalg.norm(wanted) > 0.999


@pytest.mark.parametrize("seed", range(3))
def test_order_of_rows_names_of_blocks_and_basis_of_the_search_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    order, names, turn = rng.permutation(400), rng.permutation(20), np.linalg.qr(rng.normal(size=(4, 4)))[0]
    first = solved(X, Y)
    for other in (
        solved(X[order], Y[order], BLOCKS[order]),
        solved(X, Y, names[BLOCKS]),
        solved(X, Y, searched=np.tensordot(turn, GL2, 1)),
    ):
        np.testing.assert_allclose(sizes(other), sizes(first), rtol=1e-8)
        noise = [(found.equation.influence**2).sum() for found in (first, other)]
        assert noise[1] == pytest.approx(noise[0], rel=1e-8)


@pytest.mark.parametrize("factor", [1e-5, 1e4])
def test_the_unit_of_the_targets_does_not_matter(factor: float) -> None:
    np.testing.assert_allclose(sizes(solved(X, factor * Y)), sizes(solved(X, Y)), rtol=1e-7)


def test_moments_do_not_depend_on_how_rows_were_merged() -> None:
    parts = [row_statistics(X[i : i + 100], scale=np.ones(2), wide_degree=3, blocks=20) for i in range(0, 400, 100)]
    whole = row_statistics(X, scale=np.ones(2), wide_degree=3, blocks=20)
    merged = parts[3] + (parts[1] + parts[0]) + parts[2]
    for one, other in zip(*(moments_from_sums(s, GL2, degree=3) for s in (whole, merged)), strict=True):
        np.testing.assert_allclose(other.matrix, one.matrix, atol=1e-9)
        np.testing.assert_allclose(other.influence, one.influence, atol=1e-9)
        np.testing.assert_allclose(one.influence.sum(0), 0, atol=1e-9)


@pytest.mark.parametrize("name", ["so(3)", "so(2) + so(3)", "su(2)"])
def test_turning_rows_keeps_their_lengths(name: str) -> None:
    case = textbook_density(name)
    turned, still = (case.make(200, seed=3, breaking=breaking) for breaking in (0.0, 1.0))
    np.testing.assert_allclose(np.linalg.norm(turned.vectors, axis=2), np.linalg.norm(still.vectors, axis=2), rtol=1e-12)
    assert np.abs(turned.x - still.x).max() > 0.1
    partly = case.make(200, seed=3, breaking=0.3)
    share = (partly.x == still.x).all(1).mean()
    assert abs(share - 0.3) < 5 * np.sqrt(0.21 / 200)
