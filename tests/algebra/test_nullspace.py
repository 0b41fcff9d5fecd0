"""The null-space solver: where it cuts, how sure it is, and that noise neither makes nor hides a null direction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.algebra import null_space
from physym.errors import InvalidData, ShapeError


def with_null_space(rows: int, columns: int, dimension: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A matrix with a null space of the given dimension and unit-size other singular values, and that null space."""
    rng = np.random.default_rng(seed)
    right = np.linalg.qr(rng.normal(size=(columns, columns)))[0]
    left = np.linalg.qr(rng.normal(size=(rows, columns)))[0]
    values = np.r_[rng.uniform(1, 3, columns - dimension), np.zeros(dimension)]
    return (left * values) @ right, right[columns - dimension :].T


@given(columns=st.integers(2, 12), missing=st.integers(0, 12), extra=st.integers(0, 20), seed=st.integers(0, 99))
def test_finds_an_exact_null_space(columns: int, missing: int, extra: int, seed: int) -> None:
    dimension = min(missing, columns - 1)
    matrix, truth = with_null_space(columns + extra, columns, dimension, seed)
    found = null_space(matrix)
    assert found.dimension == dimension
    assert found.clear
    assert np.allclose(found.basis.T @ found.basis, np.eye(dimension))
    assert np.allclose(found.basis @ found.basis.T, truth @ truth.T, atol=1e-9)
    assert np.abs(matrix @ found.basis).max(initial=0.0) < 1e-12


@given(dimension=st.integers(1, 5), exponent=st.integers(-9, -3), seed=st.integers(0, 99))
def test_the_gap_finds_it_again_in_unstated_noise(dimension: int, exponent: int, seed: int) -> None:
    matrix, truth = with_null_space(40, 10, dimension, seed)
    noisy = matrix + 10.0**exponent * np.random.default_rng(seed).normal(size=matrix.shape)
    found = null_space(noisy)
    assert found.dimension == dimension
    assert found.clear
    assert found.gap > 0.01 * 10.0**-exponent
    assert np.linalg.norm(found.basis @ found.basis.T - truth @ truth.T) < 100 * 10.0**exponent


@given(dimension=st.integers(0, 5), noise=st.sampled_from([1e-6, 1e-3, 1e-2, 3e-2]), seed=st.integers(0, 99))
def test_stated_noise_is_cut_at_its_operator_norm(dimension: int, noise: float, seed: int) -> None:
    matrix, _ = with_null_space(40, 10, dimension, seed)
    noisy = matrix + noise * np.random.default_rng(seed).normal(size=matrix.shape)
    scalar = null_space(noisy, noise=noise)
    by_entry = null_space(noisy, noise=np.full(matrix.shape, noise))
    assert scalar.dimension == by_entry.dimension == dimension
    assert scalar.clear
    assert scalar.singular_values[10 - dimension :].max(initial=0.0) <= scalar.bound


def test_noise_that_reaches_the_signal_is_said() -> None:
    matrix, _ = with_null_space(40, 10, 2, 0)
    noisy = matrix + 0.08 * np.random.default_rng(0).normal(size=matrix.shape)
    found = null_space(noisy, noise=0.08)
    assert not found.clear
    assert "no clear gap" in found.verdict


@pytest.mark.parametrize("seed", range(20))
def test_a_generic_matrix_has_no_null_space(seed: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=(40, 8))
    found = null_space(matrix)
    assert found.dimension == 0
    assert found.clear
    assert found.basis.shape == (8, 0)
    assert found.gap == 1.0


def test_a_slow_decay_is_no_gap() -> None:
    found = null_space(np.diag(6.0 ** -np.arange(8)))
    assert found.dimension == 0
    assert not found.clear
    assert found.verdict.startswith("no clear gap")


def test_two_equal_gaps_are_not_clear() -> None:
    found = null_space(np.diag([1.0, 1.0, 1e-3, 1e-3, 0.9e-6]))
    assert not found.clear


def test_the_zero_matrix_is_all_null_and_the_identity_not_at_all() -> None:
    zero = null_space(np.zeros((3, 4)))
    assert zero.dimension == 4
    assert zero.clear
    assert "zero" in zero.verdict
    assert null_space(np.eye(4)).dimension == 0


def test_fewer_rows_than_columns() -> None:
    found = null_space(np.random.default_rng(0).normal(size=(3, 8)))
    assert found.dimension == 5
    assert found.clear
    assert len(found.singular_values) == 8
    assert null_space(np.zeros((0, 3))).dimension == 3
    assert null_space(np.ones((3, 0))).dimension == 0


def test_a_scale_tells_noise_from_full_rank() -> None:
    tiny = 1e-12 * np.random.default_rng(0).normal(size=(20, 4))
    assert null_space(tiny).dimension == 0
    found = null_space(tiny, scale=1.0)
    assert found.dimension == 4
    assert found.clear
    assert "whole space" in found.verdict


def test_a_given_dimension_is_taken_and_judged() -> None:
    matrix, _ = with_null_space(30, 6, 2, 1)
    right, wrong = null_space(matrix, dimension=2), null_space(matrix, dimension=3)
    assert (right.dimension, wrong.dimension) == (2, 3)
    assert right.clear
    assert not wrong.clear
    assert "no clear gap" in wrong.verdict


def test_tall_and_square_routes_agree() -> None:
    matrix, _ = with_null_space(500, 9, 3, 2)
    tall, square = null_space(matrix), null_space(np.linalg.qr(matrix)[1])
    assert np.allclose(tall.singular_values, square.singular_values)
    assert np.allclose(tall.basis @ tall.basis.T, square.basis @ square.basis.T)


def test_the_least_gap_is_a_choice() -> None:
    matrix = np.diag([1.0, 1.0, 0.2])
    assert null_space(matrix).dimension == 0
    assert null_space(matrix, least_gap=4.0).dimension == 1


@given(factor=st.floats(1e-150, 1e150))
def test_units_do_not_matter(factor: float) -> None:
    matrix, _ = with_null_space(12, 5, 2, 3)
    assert null_space(factor * matrix).dimension == 2


def test_the_sentence_and_repr() -> None:
    found = null_space(np.array([[1.0, 0.0], [1e-5, 1e-5]]))
    assert found.verdict == "dimension 1 by a gap of 1.0e+05"
    assert repr(found) == f"NullSpace: {found.verdict}"
    assert "smallest singular value" in null_space(np.eye(2)).verdict
    assert "below the noise" in null_space(np.diag([1.0, 0.0]), noise=1e-3).verdict


def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError, match="expected"):
        null_space(np.zeros(3))
    with pytest.raises(ShapeError, match="dimension=5"):
        null_space(np.eye(3), dimension=5)
    with pytest.raises(InvalidData, match="NaN"):
        null_space(np.array([[np.nan, 1.0]]))
