"""The null-space solver beside exact arithmetic, and the rates at which its verdict errs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.algebra import NullSpace, null_space


def integers_of_rank(rows: int, columns: int, rank: int, seed: int) -> np.ndarray:
    """A product of two integer matrices; its rank is at most ``rank``, and exact arithmetic says which."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.integers(-3, 4, size=(rows, rank)) @ rng.integers(-3, 4, size=(rank, columns)), dtype=float)


def exact_null_space(matrix: np.ndarray) -> np.ndarray:
    """Orthonormal columns from fractions, by Gauss elimination."""
    vectors = sympy.Matrix(matrix.astype(int).tolist()).nullspace()
    if not vectors:
        return np.zeros((matrix.shape[1], 0))
    return np.linalg.qr(np.array(sympy.Matrix.hstack(*vectors).tolist(), dtype=float))[0]


def projector(basis: np.ndarray) -> np.ndarray:
    return np.asarray(basis @ basis.T)


def with_values(values: list[float], rows: int, seed: int) -> np.ndarray:
    """A matrix of known singular values in random directions."""
    rng, k = np.random.default_rng(seed), len(values)
    left, right = np.linalg.qr(rng.normal(size=(rows, k)))[0], np.linalg.qr(rng.normal(size=(k, k)))[0]
    return np.asarray((left * values) @ right)


@settings(max_examples=60)
@given(rows=st.integers(1, 9), columns=st.integers(2, 7), rank=st.integers(1, 6), seed=st.integers(0, 999))
def test_the_rank_of_integer_matrices_is_exact(rows: int, columns: int, rank: int, seed: int) -> None:
    matrix = integers_of_rank(rows, columns, rank, seed)
    truth = exact_null_space(matrix)
    found = null_space(matrix, least_gap=1e6)  # whole numbers have no noise: a ratio of 10 proves nothing
    assert found.dimension == truth.shape[1]
    np.testing.assert_allclose(projector(found.basis), projector(truth), atol=1e-9)


def test_the_oracle_sees_a_wrong_null_space() -> None:
    matrix = integers_of_rank(6, 5, 3, 0)
    other = null_space(integers_of_rank(6, 5, 3, 1))
    assert not np.allclose(projector(other.basis), projector(exact_null_space(matrix)), atol=1e-3)
    matrix[0, 0] += 1
    assert exact_null_space(matrix).shape[1] == null_space(matrix).dimension == 1


@given(seed=st.integers(0, 999), factor=st.floats(1e-8, 1e8), noise=st.sampled_from([None, 1e-3]))
def test_verdicts_do_not_depend_on_units_order_or_frame(seed: int, factor: float, noise: float | None) -> None:
    rng = np.random.default_rng(seed)
    matrix = with_values([2.0, 1.0, 0.5, 0.0, 0.0], 12, seed) + (noise or 0) * rng.normal(size=(12, 5))
    plain = null_space(matrix, noise=noise)
    columns, rows = rng.permutation(5), rng.permutation(12)
    turned = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    scaled = null_space(factor * matrix, noise=None if noise is None else factor * noise)
    permuted = null_space(matrix[rows][:, columns], noise=noise)
    framed = null_space(turned @ matrix, noise=noise)
    for other in (scaled, permuted, framed):
        assert (other.dimension, other.clear) == (plain.dimension, plain.clear) == (2, True)
    np.testing.assert_allclose(projector(scaled.basis), projector(plain.basis), atol=1e-9)
    np.testing.assert_allclose(projector(permuted.basis), projector(plain.basis)[columns][:, columns], atol=1e-9)
    np.testing.assert_allclose(projector(framed.basis), projector(plain.basis), atol=1e-9)
    np.testing.assert_allclose(scaled.singular_values, factor * plain.singular_values, rtol=1e-9, atol=1e-12 * factor)


@given(seed=st.integers(0, 999))
def test_empty_and_repeated_equations_add_nothing(seed: int) -> None:
    matrix = with_values([2.0, 1.0, 0.0], 6, seed)
    longer = np.concatenate([matrix, np.zeros((40, 3)), matrix])
    assert null_space(longer).dimension == 1
    np.testing.assert_allclose(projector(null_space(longer).basis), projector(null_space(matrix).basis), atol=1e-9)
    np.testing.assert_allclose(null_space(longer).singular_values, np.sqrt(2) * null_space(matrix).singular_values, atol=1e-12)


@given(seed=st.integers(0, 999), columns=st.integers(2, 6))
def test_more_equations_never_enlarge_the_null_space(seed: int, columns: int) -> None:
    matrix = integers_of_rank(8, columns, 3, seed)
    sizes = [null_space(matrix[:rows], least_gap=1e6).dimension for rows in range(9)]
    assert sizes[0] == columns
    assert all(after <= before for before, after in pairwise(sizes))


@pytest.mark.parametrize(
    ("smallest", "dimension", "clear"),
    [(1 / 3, 0, True), (1 / 4.9, 0, True), (1 / 5.1, 0, False), (1 / 9.9, 0, False), (1 / 10.1, 1, True)],
)
def test_the_verdict_flips_at_the_least_gap(smallest: float, dimension: int, clear: bool) -> None:
    """Ten times apart is a gap; between five and ten nobody should be sure; below five there is none."""
    found = null_space(with_values([1.0, 1.0, smallest], 8, 0))
    assert (found.dimension, found.clear) == (dimension, clear)
    assert ("no clear gap" in found.verdict) == (not clear)


@pytest.mark.parametrize(("runner_up", "clear"), [(0.1, True), (0.07, True), (0.04, False)])
def test_a_gap_must_be_twice_the_next_one(runner_up: float, clear: bool) -> None:
    """Values 1, r, r/30: the step to r is a rival of the step from it."""
    found = null_space(with_values([1.0, runner_up, runner_up / 30], 8, 0))
    assert (found.dimension, found.clear) == (1, clear)


@pytest.mark.parametrize(("times", "dimension", "clear"), [(0.98, 2, True), (1.02, 1, False), (1.98, 1, False), (2.02, 1, True)])
def test_the_verdict_flips_at_the_stated_noise(times: float, dimension: int, clear: bool) -> None:
    bound = null_space(np.ones((8, 3)), noise=1e-3).bound
    found = null_space(with_values([1.0, times * bound, 0.0], 8, 0), noise=1e-3)
    assert (found.dimension, found.clear) == (dimension, clear)


@pytest.mark.parametrize(("rows", "columns"), [(6, 3), (10, 10), (60, 10), (200, 16)])
def test_pure_noise_is_called_so_at_the_nominal_rate(rows: int, columns: int) -> None:
    """The bound √m + √k + 3 is passed by the norm of noise with a probability below exp(−9/2) = 1.1 %."""
    rng = np.random.default_rng(rows)
    found = [null_space(0.1 * rng.normal(size=(rows, columns)), noise=0.1, scale=1.0) for _ in range(300)]
    assert np.mean([result.dimension < columns for result in found]) <= 0.011 + 2 * np.sqrt(0.011 / 300)
    largest = np.median([result.singular_values[0] for result in found])
    assert found[0].bound < 2.3 * largest  # and the bound is not idle


def test_noise_stated_too_small_is_not_null() -> None:
    """Testing the test: with half the true error most of the noise counts as signal."""
    rng = np.random.default_rng(0)
    found = [null_space(0.1 * rng.normal(size=(60, 10)), noise=0.03, scale=1.0).dimension for _ in range(20)]
    assert np.mean(found) < 5


@pytest.mark.parametrize("noise", [1e-8, 1e-5, 1e-3, 1e-2])
def test_the_dimension_survives_a_sweep_of_noise(noise: float) -> None:
    rng = np.random.default_rng(3)
    errors: list[NullSpace] = []
    for seed in range(40):
        matrix = with_values([3.0, 2.0, 1.0, 0.0, 0.0], 20, seed)
        sizes = noise * np.exp(0.5 * rng.normal(size=matrix.shape))  # every entry has an error of its own
        errors.append(null_space(matrix + sizes * rng.normal(size=matrix.shape), noise=sizes))
    assert {(found.dimension, found.clear) for found in errors} == {(2, True)}


@given(seed=st.integers(0, 999), dimension=st.integers(0, 5))
def test_the_basis_is_orthonormal_and_ends_with_the_most_certain(seed: int, dimension: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=(9, 5))
    found = null_space(matrix, dimension=dimension)
    np.testing.assert_allclose(found.basis.T @ found.basis, np.eye(dimension), atol=1e-12)
    sizes = np.linalg.norm(matrix @ found.basis, axis=0)
    np.testing.assert_allclose(sizes, found.singular_values[5 - dimension :], atol=1e-12)
    assert np.all(np.diff(sizes) <= 1e-12)


def test_a_matrix_of_noise_alone_is_said_to_be_so() -> None:
    """There is no next singular value that could stand above the noise."""
    found = null_space(0.1 * np.random.default_rng(0).normal(size=(20, 3)), noise=0.1, scale=1.0)
    assert found.dimension == 3
    assert "all singular values lie below the noise" in found.verdict
    assert "the next" not in found.verdict


@pytest.mark.parametrize(("dimension", "clear", "words"), [(0, False, "less than twice"), (1, True, "below the noise")])
@pytest.mark.parametrize("values", [[1.0, 0.5, 0.0], [1.0, 1.0, 5e-4]])
def test_a_dimension_that_is_given_is_judged_by_the_noise(values: list[float], dimension: int, clear: bool, words: str) -> None:
    found = null_space(np.diag(values), noise=1e-3, dimension=dimension)
    assert (found.dimension, found.clear) == (dimension, clear)
    assert words in found.verdict


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_dimension_that_takes_in_a_signal_is_not_clear(dimension: int) -> None:
    found = null_space(np.diag([1.0, 0.5, 0.0]), noise=1e-3, dimension=dimension)
    assert not found.clear
    assert "above the noise" in found.verdict
