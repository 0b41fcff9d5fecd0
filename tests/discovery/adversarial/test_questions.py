"""What a sceptical user asks of the methods that train, of rows and search spaces: a right answer, or one sentence with the cure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from physym.algebra import LieAlgebra, Rep, so
from physym.data import Samples
from physym.discovery import (
    discover,
)
from physym.discovery.adversarial import (
    Augerino,
)
from physym.discovery.spectral import Affine, BlockDiagonal, Complex, Whitened
from tests.discovery.adversarial.questions import (
    AUGERINO,
    ONE,
    SYMMETRYGAN,
    V,
    X,
    Y,
    answered,
    normal,
    plane,
    refused,
)

# --- rows ---

BROKEN = [
    (lambda: plane(np.where(X > 2, np.nan, X)), "x holds NaN or infinite values (first in row"),
    (lambda: plane(np.where(X > 2, -np.inf, X)), "x holds NaN or infinite values"),
    (lambda: plane(y=np.where(Y > 2, np.nan, Y)), "y holds NaN or infinite values"),
    (lambda: plane(np.full((200, 2), "a")), "x holds values that are no numbers"),
    (lambda: plane(X + 1j), "x holds complex numbers; give real and imaginary parts"),
    (lambda: plane(y=Y + 1j), "y holds complex numbers"),
    (lambda: plane(y=np.array([None, 1.0] * 100)), "y holds values of several kinds"),
    (lambda: plane(1e160 * X), "x is as large as"),
    (lambda: plane(1e-160 * X), "give it in other units"),
    (lambda: plane(y=1e160 * Y), "y is as large as"),
    (lambda: plane(y=1e-160 * Y), "give it in other units"),
    (lambda: plane(X[:, 0], rep=Rep("V", n=1)), "x has shape (200,); expected (N, 1)"),
    (lambda: plane(X[:, :0], rep=Rep("V", n=0)), "n = 0"),
    (lambda: plane(y=Y[:50]), "y has 50 rows; expected 200"),
    (lambda: plane(y=1.0), "y has no rows"),
    (lambda: plane(normal(200, 4), rep=Rep("V", n=4), blocks=((0, 1), (1, 2, 3))), "must name each of the 4 coordinates once"),
]


@pytest.mark.parametrize(("make", "words"), BROKEN, ids=[words for _, words in BROKEN])
def test_broken_rows_never_reach_a_method(make: Callable[[], Samples], words: str) -> None:
    refused(make, words)


FEW = [
    (lambda: plane(X[:0], Y[:0]), "holds no rows"),
    (lambda: plane(X[:39], Y[:39]), "39 rows without padding"),
    (lambda: plane(cluster=np.arange(200) % 7), "in 7 independent clusters"),
    (lambda: plane(cluster=np.where(np.arange(200) < 7, np.arange(200), 7)), "clusters of similar size"),
    (lambda: plane(0 * X), "x is zero throughout"),
    (lambda: plane(normal(200, 3), rep=Rep("3S", n=2)), "hold scalars only"),
    (lambda: plane(normal(200, 4), rep=Rep("2V", n=2), mask=np.eye(2, dtype=bool)[np.zeros(200, dtype=int)]), "0 rows without padding"),
    (lambda: plane(normal(200, 4), rep=Rep("C*", n=2)), "only copies of C"),
    (lambda: plane(y=normal(200, 3), rep_y=Rep("V", n=3)), "give the same n"),
    (lambda: plane(y=np.full((200, 2), "a"), rep_y=V), "leave rep_y out"),
    (lambda: plane(y=Y, rep_y=V), "y has shape (200,); expected (200, 2)"),
]


@pytest.mark.parametrize("method", [ONE, AUGERINO, SYMMETRYGAN], ids=["LieGAN", "Augerino", "SymmetryGAN"])
@pytest.mark.parametrize(("make", "words"), FEW, ids=[words for _, words in FEW])
def test_rows_that_cannot_be_trained_on_are_refused(make: Callable[[], Samples], words: str, method: Any) -> None:
    refused(lambda: discover(make(), method, level="conditional"), words)


class Table:
    """An array as tables give it away: no ``ndim``, no ``dtype``."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.asarray(self.values, dtype)

    def __len__(self) -> int:
        return len(self.values)


KINDS: list[Any] = [*(X.astype(kind) for kind in (np.float32, np.float16, object)), (5 * X).astype(int), X > 0]
KINDS += [X.tolist(), Table(X), torch.tensor(X)]


@pytest.mark.parametrize("x", KINDS, ids=["float32", "float16", "object", "int", "bool", "list", "table", "torch"])
def test_every_kind_of_array_is_read(x: Any) -> None:
    rows = plane(x, Table(Y))
    assert rows.x.dtype == np.float64
    assert isinstance(rows.y, np.ndarray)
    answered(rows)


TARGETS: dict[str, Any] = {
    "constant": np.ones(200),
    "one class": np.ones(200, dtype=int),
    "three classes": np.digitize(Y, [1, 3]),
    "strings": np.where(Y > 2, "signal", "background"),
    "objects": np.where(Y > 2, "signal", "background").astype(object),
    "bools": Y > 2,
    "negative classes": np.where(Y > 2, -1, 7),
    "many classes": np.arange(200),
    "column": Y[:, None],
    "three axes": np.ones((200, 2, 2)) * Y[:, None, None],
    "list": Y.tolist(),
    "small": 1e-12 * Y,
    "large": 1e12 * Y,
    "none": None,
}


@pytest.mark.parametrize("name", TARGETS)
def test_every_kind_of_target_gets_an_answer(name: str) -> None:
    found = answered(plane(y=TARGETS[name]), level="all")
    if name in ("constant", "one class", "none", "many classes"):
        assert found.conditional is not None
        assert not found.conditional.status.reliable or not found.conditional.tests, "nothing is confirmed that cannot be tested"


@pytest.mark.parametrize(
    "x", [X * [1.0, 0.0], X * [0.0, 1.0] + [3.0, 0.0], 1e-12 * X, 1e12 * X, X * [1e-6, 1e6], np.repeat(X[:2], 100, axis=0)]
)
def test_columns_of_every_size_get_an_answer(x: np.ndarray) -> None:
    answered(plane(x, (x**2).sum(1)), level="all")


def test_one_coordinate_has_no_rotations() -> None:
    found = answered(plane(X[:, :1], rep=Rep("V", n=1)), level="all")
    assert found.measure is not None
    assert "no rotations" in found.measure.reason


@pytest.mark.parametrize("count", [40, 41])
def test_forty_rows_are_enough(count: int) -> None:
    answered(plane(X[:count], Y[:count]))
    answered(plane(cluster=np.arange(200) % 8))


def test_padded_vectors_are_left_out() -> None:
    mask = np.ones((200, 2), dtype=int)  # of zeros and ones, as files have them
    mask[:100, 1] = 0
    rows = plane(normal(200, 4), rep=Rep("2V", n=2), mask=mask)
    assert rows.mask is not None
    assert rows.mask.dtype == bool
    answered(rows, level="all")


@pytest.mark.parametrize("text", ["V^2", "2V + S", "V*", "C", "V + V*", "V^2 + V + 2S", "2V^2"])
def test_every_representation_is_moved(text: str) -> None:
    rep = Rep(text, n=2)
    rows = plane(normal(200, rep.dim), rep=rep)
    found = answered(rows, level="all")
    assert found.runs is not None
    answered(rows, AUGERINO)


@pytest.mark.parametrize("text", ["V", "S", "V^2", "2V", "V*", "C"])
def test_y_may_move_by_every_representation(text: str) -> None:
    rep = Rep(text, n=2)
    answered(plane(y=normal(200, rep.dim), rep_y=rep), level="all")


def test_generators_keep_to_the_blocks() -> None:
    found = answered(plane(normal(200, 4), rep=Rep("V", n=4), blocks=((0,), (1, 2, 3))))
    assert found.runs is not None
    assert not found.runs.generators[:, 0, 0, 1:].any()


# --- search spaces ---

TWICE = LieAlgebra(np.stack([so(2).basis[0], 2 * so(2).basis[0]]))
BASES: list[tuple[Any, str]] = [
    (so(3), "the basis holds 3×3 matrices; the vectors have 2 coordinates"),
    (BlockDiagonal(((0, 1), (2,))), "there is no coordinate 2"),
    ("so(2)", "expected a LieAlgebra"),
    (np.eye(2)[None], "expected a LieAlgebra"),
    (Affine, "expected a LieAlgebra"),
    (LieAlgebra(np.zeros((1, 2, 2))), "only 0 are independent"),
    (LieAlgebra(np.zeros((0, 2, 2))), "the basis holds 0 matrices"),
    (TWICE, "only 1 are independent"),
]


@pytest.mark.parametrize(("basis", "words"), BASES, ids=[words for _, words in BASES])
def test_wrong_bases_are_refused_by_every_method(basis: Any, words: str) -> None:
    refused(lambda: discover(plane(), replace(ONE, basis=basis), level="conditional"), words)
    refused(lambda: discover(plane(), replace(SYMMETRYGAN, basis=basis), level="conditional"), words)
    if isinstance(basis, LieAlgebra):
        refused(lambda: discover(plane(), replace(AUGERINO, algebra=basis), level="conditional"), words)
    else:
        refused(lambda: Augerino(basis), "expected a LieAlgebra")


@pytest.mark.parametrize("basis", [Affine(), Complex(), Whitened(), BlockDiagonal(((0,), (1,))), so(2)])
def test_every_search_space_gets_an_answer(basis: Any) -> None:
    answered(plane(), replace(ONE, basis=basis))


def test_complex_maps_need_pairs() -> None:
    refused(lambda: discover(plane(normal(200, 3), rep=Rep("V", n=3)), replace(ONE, basis=Complex()), level="measure"), "odd number")
    refused(lambda: discover(plane(X * [1, 0]), replace(ONE, basis=Whitened()), level="measure"), "cannot be whitened")
