"""Seeds are passed, never global."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from physym._rng import generator


@given(st.integers(0, 2**63))
def test_equal_seeds_give_equal_numbers(seed: int) -> None:
    assert np.array_equal(generator(seed).normal(size=5), generator(seed).normal(size=5))


def test_a_generator_passes_through() -> None:
    rng = np.random.default_rng(1)
    assert generator(rng) is rng
    first, second = generator(rng).normal(), generator(rng).normal()
    assert first != second


def test_the_global_state_is_left_alone() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    generator(3).normal(size=100)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
