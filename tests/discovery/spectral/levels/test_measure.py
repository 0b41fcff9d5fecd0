"""The measure level with test functions: what it reports, and that no linear mixing of the data matters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym.algebra import LieAlgebra, Rep, span_distance
from physym.data import Samples
from physym.discovery import Spectral, discover
from physym.discovery.base import Level
from physym.discovery.spectral.equations.families import Family, Polynomials
from physym.discovery.spectral.equations.fourier import Fourier
from physym.discovery.spectral.equations.harmonics import Harmonics
from physym.discovery.spectral.spaces import Affine, Whitened

STRETCH = np.array([[1.0, 8.0, 0.0], [0.0, 20.0, 1.0], [0.1, 0.0, 0.2]])


def level(x: np.ndarray, **settings: object) -> Level:
    return discover(Samples(x, rep_x=Rep("V", n=x.shape[1])), Spectral(**settings), level="measure").level  # type: ignore[arg-type]


@pytest.mark.parametrize("family", [Polynomials(3), Harmonics(), Fourier(count=6)], ids=lambda family: type(family).__name__)
def test_mixing_the_coordinates_changes_no_p_value_and_takes_the_generators_along(family: Family) -> None:
    x = np.random.default_rng(0).normal(size=(2000, 3))
    plain, mixed = level(x, test_functions=family), level(x @ STRETCH.T, test_functions=family)
    assert plain.dimension == mixed.dimension == 3
    if not isinstance(family, Fourier):  # whose frequencies are drawn anew in the round coordinates, up to a rotation
        assert mixed.p_value == pytest.approx(plain.p_value, rel=1e-3)
    assert plain.algebra is not None
    assert mixed.algebra is not None
    carried = STRETCH @ plain.algebra.basis @ np.linalg.inv(STRETCH)
    if isinstance(family, Harmonics):
        assert span_distance(LieAlgebra(carried), replace(mixed.algebra, coordinates=())) < 1e-3


def test_the_level_says_what_was_tested_with_a_p_value_for_each_band() -> None:
    x = np.random.default_rng(1).normal(size=(2000, 2))
    found = level(x, test_functions=(Polynomials(3), Harmonics((3, 4), 1)))
    assert "polynomials of degree ≤ 3; harmonics of x/|x| of degree 3, 4" in found.sentence
    assert found.bands == ("degree ≤ 2", "degree 3", "harmonics of degree 3", "harmonics of degree 4")
    test = found.tests[found.dimension - 1]
    assert len(test.bands) == len(found.bands)
    assert all(0 < p <= 1 for p in test.bands)


def test_the_band_of_a_breaking_has_the_smallest_p_value() -> None:
    rng = np.random.default_rng(2)
    angle = rng.uniform(0, 2 * np.pi, 8000)
    angle = angle[rng.uniform(size=8000) * 1.4 < 1 + 0.4 * np.cos(4 * angle)]
    x = np.sqrt(rng.chisquare(2, size=(len(angle), 1))) * np.column_stack([np.cos(angle), np.sin(angle)])
    test = level(x, test_functions=Harmonics((1, 2, 3, 4, 5)), basis=Whitened()).tests[0]
    assert test.rejected(alpha=0.01)
    assert int(np.argmin(test.bands)) == 2


@pytest.mark.parametrize("space", [Whitened(), Whitened(about_mean=True), Affine()], ids=repr)
def test_other_spaces_of_matrices_take_test_functions_as_well(space: object) -> None:
    x = np.random.default_rng(3).normal(size=(3000, 2))
    if space != Whitened():
        x = x + 5.0
    found = level(x, test_functions=Harmonics((0, 1, 2, 3)), basis=space)
    assert found.dimension == 1


def test_too_few_rows_for_so_many_functions() -> None:
    found = level(np.random.default_rng(4).normal(size=(100, 3)), test_functions=Harmonics())
    assert found.algebra is None
    assert "49 test functions in 3 coordinates need at least 196" in found.reason
