"""Elements: symbols and numbers are inverse to each other, and formulas follow Hill."""

from __future__ import annotations

import numpy as np
import pytest

from physym.data.elements import SYMBOLS, atomic_number, formula
from physym.errors import InvalidData


def test_there_are_118_different_symbols_and_known_ones_stand_in_their_place() -> None:
    assert len(SYMBOLS) == len(set(SYMBOLS)) == 118
    noble = {"He": 2, "Ne": 10, "Ar": 18, "Kr": 36, "Xe": 54, "Rn": 86, "Og": 118}
    assert {symbol: SYMBOLS.index(symbol) + 1 for symbol in noble} == noble


def test_numbers_invert_symbols() -> None:
    for number, symbol in enumerate(SYMBOLS, start=1):
        assert atomic_number(symbol) == atomic_number(symbol.lower()) == atomic_number(str(number)) == number


@pytest.mark.parametrize("text", ["", "X", "Hx", "0", "119", "-1", "1.0", "C1"])
def test_what_is_no_element_is_refused(text: str) -> None:
    with pytest.raises(InvalidData, match="no element"):
        atomic_number(text)


@pytest.mark.parametrize(
    ("symbols", "text"),
    [("O H H", "H2O"), ("H H H N", "H3N"), ("C H H H H", "CH4"), ("Na Cl", "ClNa"), ("Br H H C O H", "CH3BrO"), ("C", "C")],
)
def test_formulas_follow_hill_in_any_order(symbols: str, text: str) -> None:
    numbers = np.array([atomic_number(symbol) for symbol in symbols.split()])
    for seed in range(4):
        padded = np.concatenate([numbers, np.zeros(2, dtype=np.int64)])
        assert formula(np.random.default_rng(seed).permutation(padded)) == text
