"""Harmonic polynomials: Laplace's equation, orthogonality on the sphere, and settings that make no sense."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from physym.algebra import evaluate, exponents
from physym.discovery.spectral.equations.families import Family, FixedFunctions, Polynomials
from physym.discovery.spectral.equations.fourier import Fourier
from physym.discovery.spectral.equations.harmonics import Harmonics, harmonic_polynomials
from physym.errors import InvalidData


@pytest.mark.parametrize("d", [2, 3, 5])
@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4])
def test_as_many_harmonics_as_the_dimension_of_the_representation(d: int, degree: int) -> None:
    lower = comb(d + degree - 3, d - 1) if degree >= 2 else 0
    assert harmonic_polynomials(d, degree).shape[1] == comb(d + degree - 1, d - 1) - lower


@pytest.mark.parametrize("degree", [2, 3, 4])
def test_harmonics_solve_the_equation_of_laplace(degree: int) -> None:
    x = np.random.default_rng(degree).normal(size=(20, 3))
    step, powers, table = 1e-3, exponents(3, (degree,)), harmonic_polynomials(3, degree)

    def laplacian(coefficients: np.ndarray) -> np.ndarray:
        shifted = [evaluate(x + sign * step * np.eye(3)[i], powers) for i in range(3) for sign in (1, -1)]
        return (sum(shifted) - 6 * evaluate(x, powers)) @ coefficients / step**2

    assert np.abs(laplacian(table)).max() < 1e-5
    assert np.abs(laplacian(np.eye(len(powers)))).max() > 1  # plain monomials do not


def test_harmonics_are_orthogonal_on_the_sphere_with_equal_size() -> None:
    u = np.random.default_rng(0).normal(size=(400_000, 4))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    values = evaluate(u, exponents(4, (3,))) @ harmonic_polynomials(4, 3)
    gram = values.T @ values / len(u)
    np.testing.assert_allclose(gram / gram[0, 0], np.eye(len(gram)), atol=0.03)


@pytest.mark.parametrize("family", [Polynomials(3), Harmonics(), Harmonics((1, 3), 1), Fourier(3)], ids=repr)
@pytest.mark.parametrize("d", [2, 3, 4])
def test_a_family_has_as_many_functions_as_it_says(family: Family, d: int) -> None:
    x = np.random.default_rng(d).normal(size=(30, d))
    functions = family.on(x)
    assert isinstance(functions, FixedFunctions)
    values, slopes = functions.evaluated(x)
    assert values.shape == (30, family.size(d)) == (30, len(functions.bands))
    assert slopes.shape == (*values.shape, d)
    assert set(functions.bands) == set(range(len(functions.band_names)))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Polynomials(0),
        lambda: Harmonics(()),
        lambda: Harmonics((1, 1)),
        lambda: Harmonics((-1,)),
        lambda: Harmonics((0,), 1),
        lambda: Harmonics((1,), 0),
        lambda: Fourier(0),
        lambda: Fourier(widths=()),
        lambda: Fourier(widths=(1.0, -1.0)),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: object) -> None:
    with pytest.raises(InvalidData, match="="):
        wrong()  # type: ignore[operator]


def test_frequencies_follow_their_seed() -> None:
    x = np.random.default_rng(0).normal(size=(20, 2))
    first, again, other = (Fourier(seed=seed).on(x).evaluated(x)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1
