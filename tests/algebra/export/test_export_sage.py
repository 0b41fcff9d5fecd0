"""Sage files, executed with a stand-in for the few names of Sage that they use."""

from __future__ import annotations

import io
import tokenize
from typing import Any

import numpy as np
import pytest
import sympy

from physym.algebra import invariant_metric, render
from tests.algebra.export.cases_of_export import CASES, EXACT, MEASURED, exact_defects, floats


class FieldError(TypeError):
    """An entry does not lie in the field of its matrix."""


def matrix(field: str, rows: list[list[Any]]) -> sympy.Matrix:
    """Sage's ``matrix(QQ | AA | RDF, rows)``: entries must lie in the field, rows be equally long."""
    if len({len(row) for row in rows}) != 1:
        raise ValueError("rows of different length")
    for entry in (entry for row in rows for entry in row):
        number = sympy.sympify(entry)
        fits = {"QQ": number.is_Rational, "AA": number.is_algebraic, "RDF": number.is_Float}[field]
        if not fits:
            raise FieldError(f"{entry} is not in {field}")
    return sympy.Matrix(rows)


def lie_algebra(field: str, table: dict[tuple[str, str], dict[str, Any]], names: list[str]) -> dict[tuple[int, int, int], sympy.Expr]:
    """Sage's ``LieAlgebra(field, table, names)``, which checks the Jacobi identity."""
    k = len(names)
    f = np.full((k, k, k), sympy.Integer(0), dtype=object)
    for (a, b), row in table.items():
        for c, value in row.items():
            number = sympy.sympify(value)
            if field == "QQ" and not number.is_Rational:
                raise FieldError(f"{value} is not in QQ")
            i, j, m = names.index(a), names.index(b), names.index(c)
            f[i, j, m], f[j, i, m] = number, -number
    nested = np.einsum("ijm,mkl->ijkl", f, f)
    jacobi = nested + nested.transpose(1, 2, 0, 3) + nested.transpose(2, 0, 1, 3)
    if any(sympy.simplify(entry) != 0 for entry in jacobi.ravel()):
        raise ValueError("the Jacobi identity fails")
    return {(i, j, m): f[i, j, m] for i, j, m in np.ndindex(k, k, k) if i < j and f[i, j, m] != 0}


def load(text: str) -> dict[str, Any]:
    """Sage's ``load``: whole numbers become exact, then Python runs."""
    tokens = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        whole = token.type == tokenize.NUMBER and token.string.isdigit()
        tokens += [(tokenize.NAME, "S"), (tokenize.OP, "("), token[:2], (tokenize.OP, ")")] if whole else [token[:2]]
    space: dict[str, Any] = {"S": sympy.Integer, "sqrt": sympy.sqrt, "matrix": matrix, "LieAlgebra": lie_algebra}
    space |= {field: field for field in ("QQ", "AA", "RDF")}
    exec(tokenize.untokenize(tokens), space)
    return space


@pytest.mark.parametrize("name", CASES)
def test_the_file_runs_and_defines_the_generators(name: str) -> None:
    algebra, defined = CASES[name], load(render(CASES[name], ".sage"))
    assert len(defined.get("generators", [])) == algebra.dimension
    if algebra.exact:
        assert all(sympy.simplify(m - sympy.Matrix(e)).is_zero_matrix for m, e in zip(defined["generators"], algebra.exact, strict=True))
    elif algebra.dimension:
        assert (floats(defined["generators"]) == algebra.basis).all()
        assert len(defined["names"]) == algebra.dimension
    assert list(defined["coordinates"]) == list(algebra.coordinates)


@pytest.mark.parametrize("name", MEASURED)
def test_errors_come_along(name: str) -> None:
    assert (floats(load(render(CASES[name], ".sage"))["errors"]) == CASES[name].errors).all()
    assert "algebra" not in load(render(CASES[name], ".sage"))  # measured constants do not obey Jacobi exactly


@pytest.mark.parametrize("name", EXACT)
def test_the_abstract_algebra_is_the_algebra(name: str) -> None:
    assert exact_defects(CASES[name], load(render(CASES[name], ".sage"))["algebra"]) == []


@pytest.mark.parametrize("name", ["measured", "signs"])
def test_the_metric_is_there(name: str) -> None:
    metric = invariant_metric(CASES[name])
    np.testing.assert_allclose(floats([load(render(CASES[name], ".sage"))["metric"]])[0], metric.matrix, atol=1e-14)
    assert (floats([load(render(metric, ".sage"))["metric"]])[0] == metric.matrix).all()


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("matrix(AA", "matrix(QQ", FieldError),
        ("(0, 1): {3: ", "(0, 1): {2: ", ValueError),
        ("[0, sqrt(3)/3, 0, 0]", "[0, sqrt(3)/3, 0]", ValueError),
        ("LieAlgebra(AA", "LieAlgebra(QQ", FieldError),
        ("]),", "),", tokenize.TokenError),
    ],
)
def test_a_damaged_file_does_not_load(old: str, new: str, error: type[Exception]) -> None:
    text = render(CASES["roots"], ".sage")
    assert old in text
    with pytest.raises(error):
        load(text.replace(old, new, 1))
