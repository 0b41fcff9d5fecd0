"""The tasks of the LieGAN paper: what is said to leave each function unchanged does, and nothing larger does."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.optimize import least_squares

from physym.algebra import su
from physym.data import Samples
from physym.data.simulate import discrete_rotation, partial_permutation, superpotential, textbook
from physym.data.simulate.functions import symmetric_in_three
from physym.data.simulate.textbook import superpotential_of
from physym.errors import InvalidData

MAKERS = {
    "rotation": lambda n, seed, noise=0.0: discrete_rotation(n, order=7, seed=seed, noise=noise),
    "permutation": lambda n, seed, noise=0.0: partial_permutation(n, seed=seed, noise=noise),
    "superpotential": lambda n, seed, noise=0.0: superpotential(n, seed=seed, noise=noise),
}


def about_the_axis(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1.0]])


def by_definition(x: np.ndarray, order: int) -> np.ndarray:
    """The formula of the paper, one row after the other."""
    values = []
    for first, second, third in x:
        angle = np.arctan2(second, first)
        while angle < 0:
            angle += 2 * np.pi / order
        while angle >= 2 * np.pi / order:
            angle -= 2 * np.pi / order
        values.append(third / (1 + angle))
    return np.array(values)


def share_changed(x: np.ndarray, matrix: np.ndarray, order: int) -> float:
    """Share of the rows at which the discrete rotation takes another value after a map."""
    return float((np.abs(by_definition(x @ matrix.T, order) - by_definition(x, order)) > 1e-6).mean())


@pytest.mark.parametrize("order", [2, 5, 6, 7, 8])
def test_a_turn_by_one_sector_and_no_other_keeps_the_discrete_rotation(order: int) -> None:
    rows = discrete_rotation(300, order=order, seed=order)
    np.testing.assert_allclose(rows.y, by_definition(rows.x, order), atol=1e-9)
    for steps in range(order):
        assert share_changed(rows.x, about_the_axis(2 * np.pi * steps / order), order) < 0.01  # but for rounding at the jumps
    for wrong in (np.pi / order, 2 * np.pi / (order + 1), 0.1):
        assert share_changed(rows.x, about_the_axis(wrong), order) > 0.3
    for mirror in ([1.0, -1, 1], [1.0, 1, -1], [-1.0, -1, -1]):
        assert share_changed(rows.x, np.diag(mirror), order) > 0.3


def test_three_first_variables_may_be_permuted_and_nothing_else() -> None:
    """Of all 3,840 signed permutations of five coordinates, six keep the function."""
    x = np.random.default_rng(0).normal(size=(50, 5))
    kept = []
    for order in permutations(range(5)):
        for signs in product((1.0, -1.0), repeat=5):
            if np.allclose(symmetric_in_three(x[:, order] * np.array(signs)), symmetric_in_three(x)):
                kept.append((order, signs))
    assert len(kept) == 6
    assert all(order[3:] == (3, 4) and min(signs) == 1 for order, signs in kept)


def test_no_continuous_group_keeps_the_partial_permutation() -> None:
    """No affine generator: the smallest change along 30 directions is 6 % of the largest."""
    x, step = np.random.default_rng(1).normal(size=(500, 5)), 1e-5
    moves = [x @ unit.T for unit in np.eye(25).reshape(25, 5, 5)] + [np.broadcast_to(unit, x.shape) for unit in np.eye(5)]

    def smallest(value) -> float:  # type: ignore[no-untyped-def]
        changes = np.stack([(value(x + step * move) - value(x - step * move)) / (2 * step) for move in moves])
        values = np.linalg.svd(changes, compute_uv=False)
        return float(values[-1] / values[0])

    assert smallest(symmetric_in_three) > 0.05
    assert smallest(lambda z: (z**2).sum(-1)) < 1e-8, "the check sees a function that has one"
    assert smallest(lambda z: z[..., :3].sum(-1) * z[..., 3] + z[..., 3] ** 2 * z[..., 4]) < 1e-8, "without x₁x₂x₃ it turns about (1, 1, 1)"


def test_every_linear_map_that_keeps_the_partial_permutation_permutes() -> None:
    """Solved from random starts: whatever matrix satisfies f(Mx) = f(x) is one of the six."""
    x = np.random.default_rng(2).normal(size=(60, 5))
    wanted = symmetric_in_three(x)
    found = 0
    for seed in range(10):
        start = np.eye(5)[np.random.default_rng(seed).permutation(5)].ravel() + np.random.default_rng(seed).normal(size=25) / 2
        solved = least_squares(lambda m: symmetric_in_three(x @ m.reshape(5, 5).T) - wanted, start)
        if solved.cost < 1e-18:
            matrix = solved.x.reshape(5, 5).round(6)
            assert set(np.unique(matrix + 0.0)) == {0.0, 1.0}
            assert matrix[3, 3] == matrix[4, 4] == 1
            found += 1
    assert found >= 2


def test_the_superpotential_is_kept_by_complex_matrices_of_determinant_one() -> None:
    """SL(2,C) keeps W, by the representation of the samples; of these SU(2) keeps the normal law as well."""
    rows = superpotential(40, seed=0)
    rng = np.random.default_rng(1)
    g = rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))
    g /= np.sqrt(np.linalg.det(g))
    phase = np.exp(0.3j) * np.eye(2)

    def moved(matrix: np.ndarray) -> np.ndarray:
        w = superpotential_of((rows.x @ rows.rep_x.rho(matrix).T).reshape(-1, 2, 4))
        return np.stack([w.real, w.imag], axis=1)

    np.testing.assert_allclose(moved(g), rows.y, rtol=1e-8, atol=1e-9)
    assert np.abs(moved(phase) - rows.y).max() > 0.1
    real = expm(np.tensordot([0.3, -1.0, 0.7], su(2).basis, 1))  # 4 × 4, on (Re, Im)
    unitary = real[:2, :2] + 1j * real[2:, :2]
    np.testing.assert_allclose(unitary.conj().T @ unitary, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(moved(unitary), rows.y, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(rows.rep_x.rho(unitary) @ rows.rep_x.rho(unitary).T, np.eye(8), atol=1e-12)
    assert np.abs(rows.rep_x.rho(g) @ rows.rep_x.rho(g).T - np.eye(8)).max() > 0.1


def test_it_is_the_superpotential_of_the_textbook() -> None:
    rows, case = superpotential(30, seed=3), textbook("superpotential")
    assert rows.y is not None
    np.testing.assert_allclose(rows.y[:, 0], case.value(rows.x.reshape(-1, 2, 4)), rtol=1e-12)
    assert rows.rep_x.dim == 8


def test_the_superpotential_is_holomorphic() -> None:
    """Cauchy and Riemann: multiplying a direction by i multiplies the change of W by i."""
    rng, step = np.random.default_rng(4), 1e-5
    x, direction = rng.normal(size=(2, 20, 2, 4))
    turned = np.concatenate([-direction[..., 2:], direction[..., :2]], axis=-1)
    along, across = ((superpotential_of(x + step * d) - superpotential_of(x - step * d)) / (2 * step) for d in (direction, turned))
    np.testing.assert_allclose(across, 1j * along, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_noise_is_relative_to_the_function_and_leaves_the_rows_alone(make) -> None:  # type: ignore[no-untyped-def]
    exact, noisy = make(40_000, 5), make(40_000, 5, 0.2)
    np.testing.assert_array_equal(exact.x, noisy.x)
    noise = (noisy.y - exact.y).reshape(40_000, -1)
    np.testing.assert_allclose(noise.std(0) / exact.y.reshape(40_000, -1).std(0), 0.2, rtol=0.06)
    assert abs(np.corrcoef(noise[:, 0], exact.x[:, 0])[0, 1]) < 0.03


@pytest.mark.parametrize(
    ("make", "spread"),
    [(MAKERS["rotation"], (1 + 2 * np.pi / 7) ** -0.5), (MAKERS["permutation"], 7**0.5), (MAKERS["superpotential"], 10**0.5)],
    ids=MAKERS,
)
def test_the_stated_spreads_are_right(make, spread: float) -> None:  # type: ignore[no-untyped-def]
    y = make(400_000, 6).y.reshape(400_000, -1)
    np.testing.assert_allclose(y.std(0), spread, rtol=0.02)
    np.testing.assert_allclose(y.mean(0), 0, atol=0.03)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_one_seed_is_one_data_set(make) -> None:  # type: ignore[no-untyped-def]
    here, again, other = make(20, 7), make(20, 7), make(20, 8)
    np.testing.assert_array_equal(here.x, again.x)
    np.testing.assert_array_equal(here.y, again.y)
    assert (here.x != other.x).all()
    assert isinstance(here, Samples)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(("n", "noise"), [(0, 0.0), (5, -0.1), (5, np.nan)])
def test_impossible_requests_are_refused(make, n: int, noise: float) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidData, match="expected at least one row"):
        make(n, 0, noise)


def test_a_rotation_needs_an_order() -> None:
    with pytest.raises(InvalidData, match=r"order=1.*at least 2"):
        discrete_rotation(5, order=1, seed=0)
