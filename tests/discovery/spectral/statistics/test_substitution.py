"""Monomials after a linear change of coordinates: the definition, the group law, the generator."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import action, evaluate, exponents
from physym.discovery.spectral.statistics.substitution import substitution


@pytest.mark.parametrize(("m", "degree"), [(1, 3), (2, 1), (3, 3), (4, 4), (5, 0)])
def test_the_monomials_of_the_image_are_the_image_of_the_monomials(m: int, degree: int) -> None:
    rng = np.random.default_rng(m)
    matrix, x = rng.normal(size=(m, m)), rng.normal(size=(20, m))
    powers = exponents(m, (degree,))
    assert np.allclose(evaluate(x @ matrix.T, powers), evaluate(x, powers) @ substitution(matrix, degree).T, rtol=1e-12)
    assert not np.allclose(substitution(matrix + np.eye(m), degree + 1), substitution(matrix, degree + 1))


def test_it_is_a_representation_with_the_action_as_its_generator() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 3, 3))
    assert np.allclose(substitution(one @ two, 3), substitution(one, 3) @ substitution(two, 3), rtol=1e-12)
    step = 1e-6
    slope = (substitution(np.eye(3) + step * one, 3) - substitution(np.eye(3) - step * one, 3)) / (2 * step)
    assert np.allclose(slope, action(one[None], exponents(3, (3,)))[0], atol=1e-8)
