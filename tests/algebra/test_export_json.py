"""Reading an algebra back: a file is data, never code, and a damaged one is named with its cure."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from physym.algebra import LieAlgebra, export, generator_names, invariant_metric, load_algebra
from physym.algebra.catalogue import so
from physym.algebra.export.exact import brackets, exact_metric, parse_exact
from physym.algebra.export.naming import textbook_generators
from physym.errors import CorruptFile, InvalidData, MissingFile

ROTATION = sympy.ImmutableMatrix([[0, -1], [1, 0]])


@pytest.fixture
def written(tmp_path: Path) -> Path:
    algebra = LieAlgebra(
        np.array([[[0.0, -1.0], [1.0, 0.0]]]), covariance=0.01 * np.eye(4), coordinates=("x", "y"), source="a circle", exact=(ROTATION,)
    )
    return export(algebra, tmp_path / "so2.json")


def rewrite(path: Path, **changes: Any) -> None:
    """Change fields of the file; None of a name that ends in ``_gone`` removes the field."""
    fields = json.loads(path.read_text())
    for key, value in changes.items():
        if value is ...:
            del fields[key]
        else:
            fields[key] = value
    path.write_text(json.dumps(fields))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"basis": ...}, "field 'basis' is missing"),
        ({"covariance": ...}, "field 'covariance' is missing"),
        ({"basis": [[[0.0, -1.0], [1.0]]]}, "rectangular"),
        ({"basis": [[0.0, -1.0], [1.0, 0.0]], "exact": []}, "one square matrix per generator"),
        ({"basis": [[[0.0, -1.0], [math.nan, 0.0]]], "exact": []}, "NaN"),
        ({"basis": "many"}, "rectangular"),
        ({"basis": None, "exact": []}, "square matrix"),
        ({"covariance": [[1.0]]}, "covariance has shape"),
        ({"coordinates": ["x"]}, "coordinate names"),
        ({"coordinates": [1, 2]}, "must be text"),
        ({"source": 3}, "must be text"),
        ({"exact": [[["0", "1"], ["1", "0"]]]}, "do not agree"),
        ({"exact": [[["0", "-1"]]]}, "do not agree"),
        ({"exact": [[["0", "__import__('os').abort()"], ["1", "0"]]]}, "not an exact number"),
        ({"exact": [[[0, -1], [1, 0]]]}, "so2.json is damaged"),
    ],
)
def test_a_damaged_file_is_named_with_its_cure(written: Path, changes: dict[str, Any], words: str) -> None:
    load_algebra(written)
    rewrite(written, **changes)
    with pytest.raises(CorruptFile, match=r"so2\.json is damaged") as caught:
        load_algebra(written)
    assert words in str(caught.value)
    assert "physym.export" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("", "is not JSON"),
        ("[1, 2]", "not an algebra of physym"),
        ("{}", "not an algebra of physym"),
        ('{"format": "GeoJSON"}', "'GeoJSON'"),
        ('{"format": "physym/lie-algebra", "version": 99}', "Update physym"),
    ],
)
def test_a_foreign_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "foreign.json"
    path.write_text(text)
    with pytest.raises(CorruptFile, match="foreign") as caught:
        load_algebra(path)
    assert words in str(caught.value)


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(CorruptFile, match="is not JSON"):
        load_algebra(tmp_path / "binary.json")


def test_a_metric_is_not_an_algebra(tmp_path: Path) -> None:
    path = export(invariant_metric(so(3)), tmp_path / "metric.json")
    with pytest.raises(CorruptFile, match="holds an invariant metric"):
        load_algebra(path)


def test_a_missing_file_lists_its_neighbours(written: Path) -> None:
    with pytest.raises(MissingFile, match=r"so3\.json does not exist.*so2\.json"):
        load_algebra(written.with_name("so3.json"))


def test_the_file_holds_what_a_reader_needs(written: Path) -> None:
    fields = json.loads(written.read_text())
    assert fields["exact"] == [[["0", "-1"], ["1", "0"]]]
    assert fields["name"]
    assert fields["metric"] == [[1.0, 0.0], [0.0, 1.0]]
    assert any("columns" in line for line in fields["conventions"])


@given(st.integers(-99, 99), st.integers(1, 99), st.integers(1, 20))
def test_exact_numbers_survive_as_text(numerator: int, denominator: int, root: int) -> None:
    number = sympy.Rational(numerator, denominator) * sympy.sqrt(root) + 1
    assert sympy.simplify(parse_exact(str(number)) - number) == 0


@pytest.mark.parametrize(
    "text", ["", "x", "1.5", "9**9**9", "exp(1)", "(1).real", "1/0", "sqrt(-1)", "[1]", "True", "sqrt(2, 3)", "(" * 400, "1" * 600]
)
def test_nothing_but_exact_numbers_is_read(text: str) -> None:
    with pytest.raises(InvalidData, match=r"not an exact number|not a finite real number"):
        parse_exact(text)


def test_an_exact_span_that_does_not_close_has_no_structure_constants() -> None:
    x, y = (sympy.ImmutableMatrix(3, 3, [round(float(e)) for e in m.flat]) for m in so(3).basis[:2])
    span = LieAlgebra(so(3).basis[:2], exact=(x, y))
    assert brackets(span) == {}


def test_a_metric_that_is_not_preserved_is_not_called_exact() -> None:
    algebra = LieAlgebra(np.array([[[0.0, -1.0], [1.0, 0.0]]]), exact=(ROTATION,))
    assert exact_metric(algebra, np.eye(2)) == sympy.eye(2)
    assert exact_metric(algebra, np.diag([1.0, -1.0])) is None
    assert exact_metric(LieAlgebra(algebra.basis), np.eye(2)) is None


@given(st.permutations(range(7)), st.lists(st.sampled_from([-2.0, -1.0, 0.5, 3.0]), min_size=7, max_size=7))
def test_names_follow_the_generators(order: list[int], scales: list[float]) -> None:
    textbook = textbook_generators()
    known = list(textbook)
    basis = np.stack([scale * textbook[known[index]] for index, scale in zip(order, scales, strict=True)])
    names = generator_names(LieAlgebra(basis, coordinates=("E", "px", "py", "pz")))
    assert names == tuple(("-" if scale < 0 else "") + known[index] for index, scale in zip(order, scales, strict=True))


def test_names_are_not_given_away() -> None:
    four = ("E", "px", "py", "pz")
    textbook = textbook_generators()
    mixed = LieAlgebra((textbook["J_x"] + textbook["K_y"])[None], coordinates=four)
    assert generator_names(mixed) == ("L_1",)
    twice = LieAlgebra(np.stack([textbook["J_x"], -2 * textbook["J_x"]]), coordinates=four)
    assert generator_names(twice) == ("L_1", "L_2")
    assert generator_names(LieAlgebra(np.zeros((1, 4, 4)), coordinates=four)) == ("L_1",)
    assert generator_names(LieAlgebra(textbook["J_x"][None], coordinates=("px", "py", "pz", "E"))) == ("L_1",)
    spread = 0.1 * np.eye(16)
    rough = LieAlgebra((textbook["J_x"] + 0.05 * textbook["K_y"])[None], coordinates=four, covariance=spread**2)
    assert generator_names(rough) == ("J_x",)


def test_textbook_generators_obey_the_textbook() -> None:
    named = textbook_generators()

    def commutator(a: str, b: str) -> Any:
        return named[a] @ named[b] - named[b] @ named[a]

    assert (commutator("J_x", "J_y") == named["J_z"]).all()
    assert (commutator("J_x", "K_y") == named["K_z"]).all()
    assert (commutator("K_x", "K_y") == -named["J_z"]).all()
