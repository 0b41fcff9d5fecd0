"""Images are refused by every method that moves vectors, with the cure; molecules are rows like any other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym.data import Images, Molecules, load
from physym.data.simulate import partial_permutation
from physym.discovery import (
    Affine,
    Candidates,
    CyclicOrder,
    LieGG,
    LinearMixing,
    Spectral,
    Transformation,
    discover,
    discover_discrete,
)
from physym.discovery.base import AbstractMethod, LevelName
from physym.discovery.discrete.base import DiscreteMethod
from physym.errors import ShapeError

CURE = r"images of 4 × 4 pixels.*Use LieGAN"


@pytest.fixture(scope="module")
def pictures() -> Images:
    rng = np.random.default_rng(0)
    return Images(rng.random((200, 4, 4)), labels=rng.integers(2, size=200))


@pytest.mark.parametrize("level", ["all", "support", "conditional", "measure"])
@pytest.mark.parametrize("method", [Spectral(), Spectral(basis=Affine()), LieGG()], ids=["Spectral", "Spectral(Affine)", "LieGG"])
def test_no_level_takes_images(method: AbstractMethod, level: LevelName, pictures: Images) -> None:
    with pytest.raises(ShapeError, match=CURE):
        discover(pictures.samples(), method, level=level)


@pytest.mark.parametrize("target", ["none", "vector"])
def test_nor_with_other_targets(target: str, pictures: Images) -> None:
    rows = replace(pictures.samples(), y=None if target == "none" else np.ones((200, 2)))
    with pytest.raises(ShapeError, match=CURE):
        discover(rows)


@pytest.mark.parametrize("level", ["conditional", "measure"])
@pytest.mark.parametrize("method", [Candidates(), CyclicOrder(), LinearMixing()], ids=lambda method: type(method).__name__)
def test_no_discrete_search_takes_images(method: DiscreteMethod, level: str, pictures: Images) -> None:
    with pytest.raises(ShapeError, match=CURE):
        discover_discrete(pictures.samples(), method, level=level)  # type: ignore[arg-type]


def test_without_the_grid_the_same_rows_are_taken_or_refused_for_what_they_are(pictures: Images) -> None:
    """The check is about the grid: sixteen numbers that are said to be vectors are searched."""
    from physym.algebra import Rep

    rows = replace(pictures.samples(), grid=(), rep_x=Rep("8V", n=2))
    assert discover(rows, level="measure").measure is not None


def test_a_matrix_on_the_pixels_can_be_tested() -> None:
    """Mirrored digits are other pictures; mirrored noise is noise."""
    mirror = np.eye(64).reshape(8, 8, 64)[:, ::-1].reshape(64, 64)
    named = Candidates((Transformation("mirror", mirror),))
    digits = load("digits")
    assert isinstance(digits, Images)
    assert [test.name for test in discover_discrete(digits.samples(), named).rejected] == ["mirror"]
    noise = Images(np.random.default_rng(0).normal(size=(1500, 8, 8)))
    assert not discover_discrete(noise.samples(), named).rejected


def test_the_shipped_molecules_have_the_motions_of_space() -> None:
    """se(3) from 3,000 conformations, by polynomials of degree 4 in the positions."""
    molecules = load("small_molecules", split="train")
    assert isinstance(molecules, Molecules)
    found = discover(molecules.samples(), Spectral(basis=Affine(), degree=4), level="conditional")
    assert found.identification is not None
    assert found.identification.name == "se(3)"
    assert found.level.refuted is not None
    assert found.level.refuted.dimension == 7


def test_their_positions_alone_have_none() -> None:
    molecules = load("small_molecules")
    assert isinstance(molecules, Molecules)
    found = discover(replace(molecules.samples(), y=None), Spectral(basis=Affine()), level="measure")
    assert found.level.dimension == 0


def test_the_partial_permutation_has_no_continuous_symmetry() -> None:
    found = discover(partial_permutation(4000, seed=0, noise=0.05), Spectral(degree=3), level="conditional")
    assert found.level.dimension == 0
    assert found.level.algebra is not None
