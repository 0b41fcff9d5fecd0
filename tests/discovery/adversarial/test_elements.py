"""Single elements start inside the searched group, are told apart from the identity, and become exact where they may."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from physym.algebra import LieAlgebra, Rep, so
from physym.data import Samples
from physym.discovery.adversarial.elements import MOVED, Once, Turn, moving, random_elements, span_projector, transformations, turns
from physym.discovery.spectral import BlockDiagonal, Complex
from physym.discovery.spectral.search import search_of
from physym.errors import InvalidData

PLANE = Samples(np.ones((3, 2)), rep_x=Rep("V", n=2), coordinates=("x", "y"))


def turn(angle: float) -> np.ndarray:
    """Counter-clockwise, in degrees."""
    return np.asarray(expm(np.radians(angle) * np.array([[0.0, -1.0], [1.0, 0.0]])))


def units(n: int) -> np.ndarray:
    """All matrix units."""
    return np.eye(n * n).reshape(n * n, n, n)


def started(matrices: np.ndarray, count: int = 6) -> np.ndarray:
    """Matrices of the starts."""
    return np.tensordot(random_elements(matrices, tuple(range(count)))[:, 0].numpy(), matrices, 1)


# --- the law ---


def test_one_element_is_drawn_whatever_the_generator() -> None:
    law = Once()
    first, second = (law.noise((2, 3, 1), torch.Generator().manual_seed(seed)) for seed in (0, 1))
    assert torch.equal(first, second)
    assert torch.equal(law.coefficients(first, {}), torch.ones(2, 3, 1, dtype=torch.float64))
    assert law.parameters(2, 1) == {}
    assert law.describe({}) == "one element g for all rows"


# --- starts ---


@pytest.mark.parametrize("n", [2, 3, 5])
def test_starts_are_nearly_orthogonal_and_keep_the_sense_of_space(n: int) -> None:
    for element in started(units(n)):
        assert np.linalg.det(element) > 0
        assert np.abs(np.log(np.linalg.svd(element)[1])).max() < 0.5


def test_starts_turn_by_angles_all_over_the_circle() -> None:
    found = started(units(2), 200)
    angles = np.abs([np.arctan2(g[1, 0] - g[0, 1], g[0, 0] + g[1, 1]) for g in found])
    counts = np.histogram(angles, bins=4, range=(0, np.pi))[0]
    assert counts.min() > 25  # 50 are expected


def test_starts_differ_from_seed_to_seed_and_are_reproduced() -> None:
    first, again = random_elements(units(3), (0, 1)), random_elements(units(3), (0, 1))
    assert torch.equal(first, again)
    assert float((first[0] - first[1]).abs().max()) > 0.1
    assert torch.equal(first[1], random_elements(units(3), (1,))[0])  # whatever runs beside it


def test_starts_keep_blocks_and_complex_structure() -> None:
    rows = Samples(np.random.default_rng(0).normal(size=(50, 4)), rep_x=Rep("V", n=4))
    blocks = BlockDiagonal(((0, 1), (2, 3))).search(rows).matrices
    for element in started(blocks):
        assert not element[:2, 2:].any()
        assert not element[2:, :2].any()
    matrices = search_of(rows, Complex()).matrices
    squares = [i for i in (np.kron(np.eye(2), turn(90)), np.kron(turn(90), np.eye(2))) if np.allclose(matrices @ i, i @ matrices)]
    assert len(squares) == 1
    for element in started(matrices):
        assert np.allclose(element @ squares[0], squares[0] @ element)


@pytest.mark.parametrize("algebra", [so(3), so(1, 3), LieAlgebra(np.array([[[0.0, 1.0], [0.0, 0.0]]]))])
def test_a_span_without_a_group_is_refused(algebra: LieAlgebra) -> None:
    with pytest.raises(InvalidData, match="holds no group: give one with the unit matrix"):
        random_elements(algebra.basis, (0,))


def test_directions_that_the_data_lack_are_left_out() -> None:
    onto = np.diag([1.0, 1.0, 0.0])
    matrices = (units(3) @ onto)[np.abs(units(3) @ onto).sum((1, 2)) > 0]
    assert np.allclose(span_projector(matrices), onto)
    assert np.allclose(span_projector(units(3)), np.eye(3))
    found = started(matrices)
    assert np.allclose(found @ onto, found)
    assert (np.linalg.svd(found)[1][:, 1] > 0.5).all()


# --- what counts as the identity ---


@pytest.mark.parametrize(("angle", "moves"), [(0.0, False), (3.0, False), (10.0, True), (180.0, True)])
def test_an_element_near_the_identity_moves_nothing(angle: float, moves: bool) -> None:
    assert moving(turn(angle)[None]).tolist() == [moves]


def test_the_border_is_a_root_mean_square() -> None:
    beside = np.eye(4)[None] * np.array([1 - 0.9 * MOVED, 1 + 1.1 * MOVED])[:, None, None]
    assert moving(beside).tolist() == [False, True]


# --- words ---


def test_angles_are_read_with_their_sign_block_by_block() -> None:
    rows = Samples(np.ones((3, 4)), rep_x=Rep("V", n=4), blocks=((0, 1), (2, 3)))
    element = np.zeros((1, 4, 4))
    element[0, :2, :2], element[0, 2:, 2:] = turn(40), 1.1 * turn(-70)
    first, second = turns(element, rows)
    assert (first.block, second.block) == (("1", "2"), ("3", "4"))
    assert first.angle == pytest.approx(40)
    assert second.angle == pytest.approx(-70)
    assert np.isnan(first.scatter)
    assert second.stretch == pytest.approx(0.1)


def test_an_element_and_its_inverse_are_one() -> None:
    (both,) = turns(np.stack([turn(88), turn(-92), turn(90)]), PLANE)
    assert both.angle == pytest.approx(90)
    assert both.scatter == pytest.approx(2)


def test_the_mean_of_angles_goes_round_the_circle() -> None:
    (around,) = turns(np.stack([turn(179), turn(-177)]), PLANE)  # up to inverses: 179 and 177
    assert around.angle == pytest.approx(178)
    assert around.scatter == pytest.approx(np.sqrt(2))


def test_a_block_of_three_tells_its_largest_angle() -> None:
    rows = Samples(np.ones((3, 3)), rep_x=Rep("V", n=3))
    element = np.eye(3)
    element[1:, 1:] = turn(-25)
    assert turns(element[None], rows)[0].angle == pytest.approx(25)


def test_a_reflection_turns_by_half_a_circle() -> None:
    assert turns(np.diag([1.0, -1.0])[None], PLANE)[0].angle == pytest.approx(180)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (Turn(("x", "y"), 90.02, 0.03, 0.0), "(x, y) by 90.02° ± 0.03°"),
        (Turn(("x", "y"), 90.0, 0.3, 0.01), "(x, y) by 90.0° ± 0.3°"),
        (Turn(("x", "y"), 41.25, float("nan"), 0.0), "(x, y) by 41.2°"),
        (Turn(("q",), 0.0, 1.0, 0.25), "(q) by 0.0° ± 1.0°, stretched by up to 25 %"),
    ],
)
def test_words_of_a_turn(made: Turn, words: str) -> None:
    assert repr(made) == words


# --- exact transformations ---


def test_an_element_near_a_finite_order_becomes_exact() -> None:
    (one,) = transformations((turn(91) * 1.01)[None], (3,), PLANE)
    assert one.name == "element of order 4 (seed 3)"
    assert np.allclose(one.matrix, turn(90))


def test_elements_of_several_seeds_are_joined_where_they_are_the_same() -> None:
    found = transformations(np.stack([turn(90), turn(121), turn(89), turn(-90)]), (0, 1, 2, 3), PLANE)
    assert [one.name for one in found] == ["element of order 4 (seeds 0, 2)", "element of order 3 (seed 1)", "element of order 4 (seed 3)"]


def test_an_element_of_no_finite_order_is_tested_as_found() -> None:
    small = turn(7)
    (one,) = transformations(small[None], (0,), PLANE)
    assert one.name == "element as found (seed 0)"
    assert np.array_equal(one.matrix, small)


def test_an_element_that_keeps_an_ellipse_is_not_made_a_rotation() -> None:
    frame = np.diag([2.0, 1.0])
    ellipse = frame @ turn(90) @ np.linalg.inv(frame)
    (one,) = transformations(ellipse[None], (0,), PLANE)
    assert np.array_equal(one.matrix, ellipse)


def test_a_boost_is_not_made_a_rotation() -> None:
    boost = expm(0.8 * np.array([[0.0, 1.0], [1.0, 0.0]]))
    (one,) = transformations(boost[None], (0,), PLANE)
    assert re.match("element as found", one.name)


def test_targets_that_are_vectors_move_along() -> None:
    rows = Samples(np.ones((3, 4)), rep_x=Rep("2V", n=2), y=np.ones((3, 2)), rep_y=Rep("V", n=2))
    (one,) = transformations(turn(90)[None], (0,), rows)
    assert one.target is not None
    assert np.allclose(one.matrix, np.kron(np.eye(2), turn(90)))
    assert np.allclose(one.target, turn(90))
