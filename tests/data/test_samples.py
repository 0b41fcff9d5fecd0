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
