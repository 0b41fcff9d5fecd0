"""Exact numbers near measured ones: recovered under errors, never invented, refused where the error bar is too small."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from physym.algebra.rounding import REACH, Surd, nearest_exact

SIMPLE = [0, 1, -1, Fraction(1, 2), Fraction(-1, 2), 2, -2, Fraction(1, 3), Fraction(2, 3), Fraction(3, 2), Fraction(1, 4), 3]
NUMBERS = [Surd(Fraction(x)) for x in SIMPLE]
NUMBERS += [Surd(Fraction(sign, 2), radicand) for sign in (1, -1) for radicand in (2, 3)] + [Surd(Fraction(1, 3), 3), Surd(Fraction(1), 2)]
numbers = st.sampled_from(NUMBERS)


def nearest(value: float, error: float) -> Surd | None:
    found = nearest_exact(np.array([value]), np.array([error]))
    return None if found is None else found[0]


@given(number=numbers, error=st.sampled_from([1e-9, 1e-6, 1e-4, 1e-3, 5e-3]), pull=st.floats(-2.5, 2.5))
def test_textbook_numbers_are_found_within_the_error(number: Surd, error: float, pull: float) -> None:
    found = nearest(float(number) + pull * error, error)
    assert found is not None
    assert float(found) == pytest.approx(float(number), abs=1e-12)


@given(number=numbers, error=st.sampled_from([1e-7, 1e-5, 1e-4]), sign=st.sampled_from([-1, 1]))
def test_four_standard_errors_are_the_reach(number: Surd, error: float, sign: int) -> None:
    assert nearest(float(number) + 0.99 * sign * REACH * error, error) is not None
    assert nearest(float(number) + 1.01 * sign * REACH * error, error) is None


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (0.7071, 1e-4, Surd(Fraction(1, 2), 2)),
        (0.7071, 1e-6, None),  # √2/2 is 6.8 standard errors away
        (0.7, 1e-3, None),  # 7/10 is no number of a textbook generator, √2/2 seven standard errors away
        (0.7, 5e-3, Surd(Fraction(1, 2), 2)),
        (0.0012, 1e-3, Surd(Fraction(0))),
        (0.0012, 1e-4, None),  # never 1/833
        (0.866, 1e-3, Surd(Fraction(1, 2), 3)),
        (0.57735, 1e-5, Surd(Fraction(1, 3), 3)),
        (0.3333, 1e-4, Surd(Fraction(1, 3))),
        (0.3333, 1e-6, None),
        (1.4142, 1e-4, Surd(Fraction(1), 2)),
        (0.98, 1e-3, None),
        (0.98, 0.02, Surd(Fraction(1))),
        (3.14159, 1e-4, None),
        (-0.5, 1e-8, Surd(Fraction(-1, 2))),
        (100.0, 0.1, None),  # of order one only
    ],
)
def test_traps(value: float, error: float, expected: Surd | None) -> None:
    assert nearest(value, error) == expected


@pytest.mark.parametrize(("value", "simple"), [(0.49, Fraction(1, 2)), (0.98, Fraction(1)), (0.04, Fraction(0)), (1.9, Fraction(2))])
def test_the_simpler_number_wins_where_the_error_allows_several(value: float, simple: Fraction) -> None:
    """At ± .1 a dozen fractions lie within reach; nobody should read 12/25."""
    assert nearest(value, 0.1) == Surd(simple)


@given(st.lists(st.tuples(numbers, st.floats(-2, 2)), min_size=1, max_size=12))
def test_every_entry_is_judged_on_its_own(entries: list[tuple[Surd, float]]) -> None:
    truth = np.array([float(number) for number, _ in entries])
    errors = np.linspace(1e-5, 1e-3, len(entries))
    values = truth + errors * np.array([pull for _, pull in entries])
    found = nearest_exact(values, errors)
    assert found is not None
    np.testing.assert_allclose([float(number) for number in found], truth, atol=1e-12)
    assert found == [nearest(v, e) for v, e in zip(values, errors, strict=True)]
    values[-1] += 0.0173  # no number of the table lies there
    assert nearest_exact(np.append(values, 0.9137), np.append(errors, 1e-6)) is None


@given(value=st.floats(-3, 3), error=st.floats(1e-6, 0.3))
def test_signs_are_alike_and_the_answer_is_within_reach(value: float, error: float) -> None:
    up, down = nearest(value, error), nearest(-value, error)
    assert (up is None) == (down is None)
    if up is not None and down is not None:
        assert float(up) == -float(down)
        assert abs(float(up) - value) <= REACH * error + 1e-12


@given(value=st.floats(-3, 3))
def test_a_wider_error_never_makes_the_number_more_complicated(value: float) -> None:
    """Complexity as a person counts it: numerator plus denominator, and the root."""

    def size(number: Surd | None) -> float:
        return np.inf if number is None else abs(number.fraction.numerator) + number.fraction.denominator + 2 * (number.radicand > 1)

    sizes = [size(nearest(value, error)) for error in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)]
    assert sizes[-1] <= 3  # zero, or ±1
    assert all(later <= earlier for earlier, later in pairwise(sizes))


def test_a_random_number_is_seldom_exact() -> None:
    """The rate of accidents at small errors is the density of the table times the reach, a few per cent."""
    values = np.random.default_rng(0).uniform(-1, 1, 2000)
    rates = {error: np.mean([nearest(value, error) is not None for value in values]) for error in (1e-6, 1e-4, 1e-3)}
    assert rates[1e-6] < 0.003
    assert rates[1e-4] < 0.05
    assert rates[1e-3] < 0.4


def test_an_error_of_zero_means_round_off() -> None:
    assert nearest(0.1 + 0.2 - 0.3, 0.0) == Surd(Fraction(0))
    assert nearest(np.sqrt(0.5), 0.0) == Surd(Fraction(1, 2), 2)
    assert nearest(0.5 + 1e-7, 0.0) is None


def test_arrays_of_any_shape_are_read_row_by_row() -> None:
    matrix = np.array([[0.0, -0.70711], [0.70711, 1.0]])
    found = nearest_exact(matrix, np.full((2, 2), 1e-4))
    assert found is not None
    np.testing.assert_allclose(np.reshape([float(number) for number in found], (2, 2)), matrix, atol=1e-4)
    assert nearest_exact(np.zeros((0, 2)), np.zeros((0, 2))) == []


@given(number=numbers)
def test_the_symbol_is_the_float(number: Surd) -> None:
    exact = number.sympy()
    assert float(exact) == pytest.approx(float(number), rel=1e-15, abs=0)
    assert sympy.simplify(exact**2 - sympy.Rational(number.fraction.numerator, number.fraction.denominator) ** 2 * number.radicand) == 0
