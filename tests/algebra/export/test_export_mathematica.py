"""Mathematica files, read by sympy's own parser of the Wolfram Language."""

from __future__ import annotations

import re

import numpy as np
import pytest
import sympy
from sympy.parsing.mathematica import parse_mathematica

from physym.algebra import LieAlgebra, invariant_metric, render
from tests.algebra.export.cases_of_export import CASES, EXACT, MEASURED, exact_defects, floats
from tests.algebra.readers_of_exports import without_comments

NOTHING = sympy.Symbol("nothing")
NONEMPTY = [name for name, algebra in CASES.items() if algebra.dimension]


def definitions(text: str) -> dict[str, sympy.Basic]:
    """What ``Get`` defines: every ``symbol = value;``, comments left out."""
    found = {}
    for statement in without_comments(text, "wl").split(";"):
        symbol, _, value = statement.strip().partition(" = ")
        if value:
            # sympy's parser knows neither {} nor the notation 1.5*^-5 of floats, and reads one line at a time
            plain = re.sub(r"\*\^([-+]?\d+)", lambda m: f"*10.0^({int(m[1])})", " ".join(value.split())).replace("{}", "{nothing}")
            found[symbol] = parse_mathematica(plain)
    return found


def table(rules: sympy.Basic) -> dict[tuple[int, int, int], sympy.Expr]:
    """A SparseArray as ``f[i, j, k]`` counted from 0."""
    entries, _ = rules.args
    return {tuple(int(index) - 1 for index in rule.args[0]): rule.args[1] for rule in entries if rule != NOTHING}  # type: ignore[misc]


@pytest.mark.parametrize("name", NONEMPTY)
def test_generators_are_the_algebra(name: str) -> None:
    algebra, defined = CASES[name], definitions(render(CASES[name], ".wl"))
    if algebra.exact:
        assert [sympy.Matrix(m).applyfunc(sympy.nsimplify) for m in defined["generators"]] == [sympy.Matrix(m) for m in algebra.exact]
    np.testing.assert_allclose(floats(defined["generators"]), algebra.basis, rtol=1e-14)
    assert len(defined["names"].args) == algebra.dimension
    assert len([name for name in defined["coordinates"].args if name != NOTHING]) == len(algebra.coordinates)


@pytest.mark.parametrize("name", MEASURED)
def test_errors_are_those_of_the_algebra(name: str) -> None:
    defined = definitions(render(CASES[name], ".wl"))
    np.testing.assert_allclose(floats(defined["errors"]), CASES[name].errors, rtol=1e-14)


@pytest.mark.parametrize("name", EXACT)
def test_structure_constants_are_exact_and_antisymmetric(name: str) -> None:
    constants = definitions(render(CASES[name], ".wl"))["structureConstants"]
    found = table(constants)
    assert exact_defects(CASES[name], found) == []
    assert all(sympy.simplify(found[j, i, k] + value) == 0 for (i, j, k), value in found.items())
    assert constants.args[1] == sympy.Tuple(*[CASES[name].dimension] * 3)


def test_a_wrong_constant_is_noticed() -> None:
    text = render(CASES["fractions"], ".wl")
    found = table(definitions(text.replace("{1, 2, 3} -> -1", "{1, 2, 3} -> 1", 1))["structureConstants"])
    assert exact_defects(CASES["fractions"], found) == [(0, 1)]


@pytest.mark.parametrize("name", ["measured", "exact Lorentz and dilation"])
def test_the_metric_is_there(name: str) -> None:
    metric = invariant_metric(CASES[name])
    np.testing.assert_allclose(floats(definitions(render(CASES[name], ".wl"))["metric"]), metric.matrix, atol=1e-14)
    np.testing.assert_allclose(floats(definitions(render(metric, ".m"))["metric"]), metric.matrix, rtol=1e-14)
    assert "metric" not in definitions(render(CASES["measured, no metric"], ".wl"))


@pytest.mark.parametrize("source", ["a (* b", "*)", "(*) (*", "x *)\nQuit[]; (* y"])
def test_a_comment_ends_where_it_should(source: str) -> None:
    text = render(LieAlgebra(CASES["floats"].basis, source=source), ".wl")
    assert set(definitions(text)) == {"coordinates", "names", "generators", "structureConstants"}
    assert text.isascii()


@pytest.mark.parametrize("value", [1e-5, 1e30, -2e-300, 0.1, 3.0, 12345678.9])
def test_a_measured_number_is_never_written_as_an_exact_one(value: float) -> None:
    text = render(LieAlgebra(np.array([[[value]]])), ".wl")
    (number,) = re.findall(r"\{([-\d][^ {}]*)\}", text.split("generators = ")[1].split(";")[0])
    assert "." in number.split("*^")[0]
    assert float(number.replace("*^", "e")) == value


@pytest.mark.parametrize(("old", "new"), [("}", ""), ("{", "(")])
def test_the_reader_refuses_a_damaged_list(old: str, new: str) -> None:
    head, mark, tail = render(CASES["fractions"], ".wl").partition("generators = ")
    with pytest.raises((SyntaxError, ValueError, TypeError, RuntimeError)):
        floats(definitions(head + mark + tail.replace(old, new, 1))["generators"])
