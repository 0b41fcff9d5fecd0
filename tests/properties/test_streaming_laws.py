"""Additive statistics: order and grouping of the parts change nothing but round-off, and nothing at all for counts."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.discovery.spectral.statistics import GramStatistics, RowStatistics, gram_statistics, row_statistics
from physym.discovery.spectral.statistics.rows import empty_rows
from physym.discovery.streaming.partial import Partial

SIZES = st.lists(st.integers(1, 90), min_size=2, max_size=6)


def drawn(sizes: list[int], seed: int) -> list[RowStatistics]:
    """Statistics of several parts; not every part holds every class."""
    rng = np.random.default_rng(seed)
    return [
        row_statistics(rng.normal(size=(n, 3)), scale=np.ones(3), labels=rng.integers(0, 3, size=n), wide_degree=3, blocks=8) for n in sizes
    ]


def assert_close(one: RowStatistics, other: RowStatistics) -> None:
    assert one.classes == other.classes
    assert np.array_equal(one.counts, other.counts)
    for a, b in ((one.gram, other.gram), (one.wide, other.wide)):
        assert np.abs(a - b).max(initial=0) <= 1e-12 * np.abs(a).max(initial=1)


@given(sizes=SIZES, seed=st.integers(0, 2**32 - 1), data=st.data())
def test_rows_merge_in_any_order_and_grouping(sizes: list[int], seed: int, data: st.DataObject) -> None:
    parts = drawn(sizes, seed)
    whole = reduce(add, parts)
    assert_close(whole, reduce(add, data.draw(st.permutations(parts))))
    cut = data.draw(st.integers(1, len(parts) - 1))
    assert_close(whole, reduce(add, parts[:cut]) + reduce(add, parts[cut:]))
    assert whole.rows == sum(sizes)


@given(sizes=SIZES, seed=st.integers(0, 2**32 - 1))
def test_no_rows_are_zero(sizes: list[int], seed: int) -> None:
    for part in drawn(sizes, seed):
        assert_close(part, part + empty_rows(part, part.classes))
        assert_close(part, empty_rows(part, part.classes) + part)


@given(sizes=SIZES, seed=st.integers(0, 2**32 - 1))
def test_parts_of_whole_rounds_give_the_blocks_of_the_whole(sizes: list[int], seed: int) -> None:
    """Parts of a multiple of B rows put every row into the block that it has in the whole."""
    x = np.random.default_rng(seed).normal(size=(8 * sum(sizes), 2))
    edges = 8 * np.cumsum([0, *sizes])
    parts = [row_statistics(x[i:j], scale=np.ones(2), blocks=8) for i, j in pairwise(edges)]
    assert_close(reduce(add, parts), row_statistics(x, scale=np.ones(2), blocks=8))


@given(sizes=SIZES, seed=st.integers(0, 2**32 - 1), data=st.data())
def test_partials_merge_like_their_statistics(sizes: list[int], seed: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    grams: list[GramStatistics] = [gram_statistics(rng.normal(size=(n, 2, 3)), scale=1.0, blocks=8) for n in sizes]
    parts = [Partial(n, gram, rows, kind="pion") for n, gram, rows in zip(sizes, grams, drawn(sizes, seed), strict=True)]
    parts.insert(data.draw(st.integers(0, len(parts))), Partial(0))
    whole = reduce(add, parts)
    assert (whole.jets, whole.kind) == (sum(sizes), "pion")
    assert whole.gram is not None
    assert whole.gram.vectors == 2 * sum(sizes)
    other = reduce(add, data.draw(st.permutations(parts)))
    assert other.gram is not None
    assert whole.gram.gram == pytest.approx(other.gram.gram, rel=1e-12, abs=1e-12)


def test_the_law_fails_for_sums_in_different_units() -> None:
    """What a wrong merge would look like: the same rows in other units do not add up."""
    x = np.random.default_rng(0).normal(size=(80, 2))
    right = row_statistics(x, scale=np.ones(2), blocks=8)
    wrong = row_statistics(x, scale=np.full(2, 2.0), blocks=8)
    with pytest.raises(AssertionError):
        assert_close(right, wrong)
