"""`Samples` refuses what does not fit together."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import Rep
from physym.data import Samples
from physym.errors import InvalidData, ShapeError

X = np.ones((5, 8))
TWO = Rep("2V", n=4)


def test_vectors_split_a_row_into_its_copies() -> None:
    x = np.arange(16.0).reshape(2, 8)
    samples = Samples(x, rep_x=TWO)
    assert samples.vectors.shape == (2, 2, 4)
    np.testing.assert_array_equal(samples.vectors[1, 0], [8, 9, 10, 11])
    assert "2 rows" in repr(samples)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"y": np.zeros(4)}, "y has 4 rows"),
        ({"mask": np.ones((5, 3), dtype=bool)}, "mask has shape"),
        ({"cluster": np.zeros(6, dtype=np.int64)}, "cluster has 6 rows"),
        ({"coordinates": ("E", "px")}, "2 coordinate names"),
        ({"blocks": ((0, 1), (2,))}, "each of the 4 coordinates once"),
    ],
)
def test_fields_that_do_not_fit_are_named(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        Samples(X, rep_x=TWO, **fields)  # type: ignore[arg-type]


def test_wrong_width_names_the_representation() -> None:
    with pytest.raises(ShapeError, match="expected \\(N, 8\\)"):
        Samples(np.ones((5, 7)), rep_x=TWO)


def test_not_a_number_is_named_by_its_row() -> None:
    x = X.copy()
    x[3, 2] = np.nan
    with pytest.raises(InvalidData, match="row 3"):
        Samples(x, rep_x=TWO)


def test_copies_of_a_sum_with_scalars_are_refused() -> None:
    with pytest.raises(ShapeError, match="copies of the vector"):
        _ = Samples(np.ones((2, 5)), rep_x=Rep("V + S", n=4)).copies


PICTURES = Rep("6S", n=2)


def test_a_grid_makes_rows_images_over_the_plane() -> None:
    pictures = Samples(np.ones((5, 6)), rep_x=PICTURES, grid=(2, 3))
    assert (pictures.n, pictures.grid) == (2, (2, 3))
    assert pictures.plane.tolist() == [[-1, 1], [0, 1], [1, 1], [-1, -1], [0, -1], [1, -1]]
    assert not np.abs(PICTURES.drho(np.ones((2, 2)))).any(), "no map of the plane changes a value"


@pytest.mark.parametrize(("grid", "corner"), [((1, 6), [-1.0, 0.0]), ((6, 1), [0.0, 1.0]), ((3, 2), [-1.0, 1.0])])
def test_the_plane_is_symmetric_and_starts_at_the_top_left(grid: tuple[int, int], corner: list[float]) -> None:
    plane = Samples(np.ones((1, 6)), rep_x=PICTURES, grid=grid).plane
    assert plane[0].tolist() == corner
    np.testing.assert_array_equal(plane, -plane[::-1])
    lengths = np.abs(plane).max(0)
    assert lengths.tolist() == [float(grid[1] > 1), float(grid[0] > 1)]


def test_a_turn_of_the_plane_is_counter_clockwise() -> None:
    """The generator [[0, −1], [1, 0]] turns the pixel at the right rim to the top."""
    picture = Samples(np.ones((1, 9)), rep_x=Rep("9S", n=2), grid=(3, 3))
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
    right, top = picture.plane.reshape(3, 3, 2)[1, 2], picture.plane.reshape(3, 3, 2)[0, 1]
    assert (quarter @ right).tolist() == top.tolist()


@pytest.mark.parametrize(
    ("grid", "rep", "words"),
    [
        ((6,), PICTURES, "two positive whole numbers"),
        ((1, 2, 3), PICTURES, "two positive whole numbers"),
        ((0, 6), PICTURES, "two positive whole numbers"),
        ((-2, -3), PICTURES, "two positive whole numbers"),
        ((2.0, 3.0), PICTURES, "two positive whole numbers"),
        ((2, 2), PICTURES, r"rep_x=Rep\('4S', n=2\)"),
        ((2, 3), Rep("3V", n=2), r"rep_x=Rep\('6S', n=2\)"),
        ((2, 3), Rep("6S", n=3), r"rep_x=Rep\('6S', n=2\)"),
    ],
)
def test_a_grid_that_does_not_fit_is_refused(grid: tuple[int, ...], rep: Rep, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        Samples(np.ones((5, 6)), rep_x=rep, grid=grid)


def test_images_have_no_vectors_and_the_sentence_names_the_cure() -> None:
    pictures = Samples(np.ones((5, 6)), rep_x=PICTURES, grid=(2, 3), source="some file")
    for ask in (lambda: pictures.copies, lambda: pictures.vectors, pictures.refuse_images):
        with pytest.raises(ShapeError, match=r"some file: .*2 × 3 pixels.*Use LieGAN"):
            ask()


def test_rows_without_a_grid_are_no_images() -> None:
    Samples(X, rep_x=TWO).refuse_images()
    with pytest.raises(ShapeError, match=r"state grid=\(height, width\)"):
        _ = Samples(X, rep_x=TWO).plane
    with pytest.raises(ShapeError, match="copies of the vector"):  # scalars without a grid get the other sentence
        _ = Samples(np.ones((5, 6)), rep_x=PICTURES).copies
