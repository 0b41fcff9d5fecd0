"""Numbers are written with as many digits as their errors deserve."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym._numbers import concise, latex_plus_minus, plus_minus, rounded


@given(st.floats(-1e3, 1e3), st.floats(1e-11, 10))
def test_rounding_costs_less_than_the_error_tells(value: float, error: float) -> None:
    number, spread = rounded(value, error)
    assert abs(float(number) - value) <= 0.051 * error + 1e-12
    assert float(spread) == pytest.approx(error, rel=0.051)


@given(st.floats(-1e3, 1e3))
def test_without_an_error_six_digits_are_kept(value: float) -> None:
    number, spread = rounded(value, 0.0)
    assert spread == ""
    assert float(number) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("error", [0.0, math.nan, math.inf, -1.0])
def test_an_unknown_error_is_not_shown(error: float) -> None:
    assert plus_minus(2.0, error) == "2"


@given(st.floats(-1e3, 1e3), st.floats(1e-9, 10))
def test_the_short_form_says_the_same(value: float, error: float) -> None:
    number, spread = concise(value, error).removesuffix(")").split("(")
    decimals = len(number.partition(".")[2])
    assert abs(float(number) - value) <= 0.051 * error + 1e-12
    assert int(spread) / 10**decimals == pytest.approx(error, rel=0.051)


def test_an_error_that_rounds_up_gets_no_third_digit() -> None:
    assert plus_minus(1.0, 0.000999) == "1.0000 ± 0.0010"


def test_minus_zero_is_zero() -> None:
    assert plus_minus(-0.0, 0.0) == "0"
    assert plus_minus(-1e-9, 0.1).startswith("0.00")


def test_latex_has_no_letter_e() -> None:
    assert latex_plus_minus(1.0, 2e-8) == r"1 \pm 2.0 \times 10^{-8}"
    assert latex_plus_minus(3e-12, 0.0) == r"3 \times 10^{-12}"
