"""GAP files, executed by a small interpreter of the few statements that they use."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

from physym.algebra import LieAlgebra, invariant_metric, render
from physym.errors import InvalidData
from tests.algebra.export.cases_of_export import CASES, EXACT, MEASURED, exact_defects, exactly, floats
from tests.algebra.readers_of_exports import without_comments

LOOP = "for entry in structureConstants do SetEntrySCTable(table, entry[1], entry[2], entry[3]); od"


class Table:
    """GAP's table of structure constants: counted from 1, coefficient before index, antisymmetric."""

    def __init__(self, dimension: int, zero: int, symmetry: str) -> None:
        if (zero, symmetry) != (0, "antisymmetric"):
            raise ValueError(f"another kind of table: {zero}, {symmetry}")
        self.dimension, self.entries = dimension, {}

    def set_entry(self, i: int, j: int, row: list[Any]) -> None:
        if not (1 <= i <= self.dimension and 1 <= j <= self.dimension and len(row) % 2 == 0):
            raise ValueError(f"no entry {i}, {j}: {row}")
        for coefficient, k in zip(row[::2], row[1::2], strict=True):
            if not 1 <= k <= self.dimension or (int(i) - 1, int(j) - 1, int(k) - 1) in self.entries:
                raise ValueError(f"no index {k}")
            self.entries[int(i) - 1, int(j) - 1, int(k) - 1] = coefficient


def read(text: str) -> dict[str, Any]:
    """``Read("algebra.g")``: assignments, one loop, and the calls that make an algebra."""
    space: dict[str, Any] = {"Sqrt": sympy.sqrt, "EmptySCTable": Table, "DefaultField": lambda _: "field", "Flat": lambda _: []}
    space |= {"Concatenation": lambda a, b: a + b, "LieAlgebraByStructureConstants": lambda field, table: table.entries}
    body = without_comments(text, "g")
    if LOOP in body:
        body = body.replace(LOOP, "run_loop()").replace(";;", ";")
        space["run_loop"] = lambda: [space["table"].set_entry(*entry) for entry in space["structureConstants"]]
    *statements, rest = body.split(";")
    if rest.strip():
        raise SyntaxError("a statement does not end")
    for statement in statements:
        symbol, mark, value = statement.strip().partition(" := ")
        # whole numbers are exact in GAP, numbers with a point are not
        number = re.sub(r'"[^"]*"|\d+\.\d*(?:e[-+]?\d+)?|(\d+)', lambda m: f"Integer({m[1]})" if m[1] else m[0], value if mark else symbol)
        result = eval(" ".join(number.split()), space | {"Integer": sympy.Integer})
        if mark:
            space[symbol] = result
    return space


@pytest.mark.parametrize("name", CASES)
def test_the_file_defines_the_generators(name: str) -> None:
    algebra, defined = CASES[name], read(render(CASES[name], ".g"))
    matrices = [sympy.Matrix(m) for m in defined.get("generators", [])]
    assert len(matrices) == algebra.dimension
    if algebra.exact:
        assert all(sympy.simplify(m - sympy.Matrix(e)).is_zero_matrix for m, e in zip(matrices, algebra.exact, strict=True))
    elif algebra.dimension:
        assert (np.array(defined["generators"], dtype=float) == algebra.basis).all()
    assert tuple(defined["coordinates"]) == algebra.coordinates


@pytest.mark.parametrize("name", MEASURED)
def test_measured_entries_stay_floats_and_bring_their_errors(name: str) -> None:
    defined = read(render(CASES[name], ".g"))
    assert all(isinstance(entry, float) for generator in defined["generators"] for row in generator for entry in row)
    assert (np.array(defined["errors"], dtype=float) == CASES[name].errors).all()
    assert "algebra" not in defined


@pytest.mark.parametrize("name", EXACT)
def test_the_abstract_algebra_is_the_algebra(name: str) -> None:
    assert exact_defects(CASES[name], read(render(CASES[name], ".g"))["algebra"]) == []


def test_the_metric_is_there() -> None:
    metric = invariant_metric(CASES["measured"])
    assert (floats([read(render(metric, ".g"))["metric"]])[0] == metric.matrix).all()
    assert (floats([read(render(CASES["measured"], ".g"))["metric"]])[0] == metric.matrix).all()
    assert read(render(CASES["signs"], ".g"))["metric"] == np.diag([1, -1, -1, -1]).tolist()
    assert "metric" not in read(render(CASES["nilpotent"], ".g"))


@pytest.mark.parametrize(
    "number",
    [
        sympy.Rational(-3, 7),
        sympy.sqrt(5),
        1 / sympy.sqrt(3),
        1 - sympy.sqrt(2) / 4,
        sympy.sqrt(sympy.Rational(2, 3)),
        sympy.sqrt(6) * 5 + 2,
    ],
)
def test_sums_of_roots_are_written_for_cyclotomics(number: sympy.Expr) -> None:
    defined = read(render(exactly(CASES["one generator"], number), ".g"))
    assert sympy.simplify(sympy.Matrix(defined["generators"][0]) - number * CASES["one generator"].exact[0]).is_zero_matrix


@pytest.mark.parametrize("number", [sympy.cbrt(2), sympy.sqrt(1 + sympy.sqrt(2)), sympy.pi])
def test_other_numbers_are_refused_with_a_way_out(number: sympy.Expr) -> None:
    with pytest.raises(InvalidData, match=r"\.py or \.json"):
        render(exactly(CASES["one generator"], number), ".g")


@pytest.mark.parametrize("value", [1e-300, 1e22, 1.0, -0.0, float(Fraction(1, 3))])
def test_every_float_has_a_point(value: float) -> None:
    defined = read(render(LieAlgebra(np.array([[[value]]])), ".g"))
    assert isinstance(defined["generators"][0][0][0], float)
    assert defined["generators"][0][0][0] == value


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("];\n", "]\n"),
        ("[1, 2, [", "[1, 9, ["),
        ("4]]", "4, 4]]"),
        ("4]]", "40]]"),
        ("generators := [", "generators := "),
        (" := [", " = ["),
    ],
)
def test_a_damaged_file_does_not_read(old: str, new: str) -> None:
    text = render(CASES["roots"], ".g")
    assert old in text
    with pytest.raises((SyntaxError, ValueError, TypeError, KeyError, NameError)):
        read(text.replace(old, new, 1))
