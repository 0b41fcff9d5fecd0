"""LaTeX files: matrices with errors, brackets with signs, and text that cannot break out of its place."""

from __future__ import annotations

import re

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from physym.algebra import LieAlgebra, generator_names, invariant_metric, render
from physym.algebra.export import NamedMatrix, latex_text, math_name, pmatrix
from tests.algebra.export.cases_of_export import CASES, EXACT, MEASURED, exact_defects, floats
from tests.algebra.readers_of_exports import UnreadableError, check_latex, read_latex

NARROW = [name for name in MEASURED if CASES[name].n <= 4]


def bracket_table(text: str, algebra: LieAlgebra) -> dict[tuple[int, int, int], sympy.Expr]:
    """The displayed brackets ``[A, B] &= c C + …`` as constants of the generators, names with a minus sign undone."""
    names = [math_name(name.lstrip("-")) for name in generator_names(algebra)]
    signs = [-1 if name.startswith("-") else 1 for name in generator_names(algebra)]
    body = re.search(r"\\begin\{align\*\}\n(.*?)\n\\end\{align\*\}", text, flags=re.S)
    table = {}
    for line in body[1].split("\\\\\n") if body else []:
        left, right = line.split(" &= ")
        i, j = (names.index(name) for name in left.strip()[1:-1].split(", "))
        for k, name in enumerate(names):
            term = re.search(rf"(?:^|(?<= ))((?:[-+] ?)?(?:[^A-Z+]*?|\([^A-Z]*?\) ?\\, ?))(?:\\, )?{re.escape(name)}(?: |$)", right)
            if term:
                table[i, j, k] = coefficient(term[1]) * signs[i] * signs[j] * signs[k]
    return table


def coefficient(text: str) -> sympy.Expr:
    plain = text.replace("\\,", "").replace(" ", "")
    plain = re.sub(r"\\sqrt\{(\d+)\}", r"sqrt(\1)", plain)
    plain = re.sub(r"\\frac\{(.*?)\}\{(\d+)\}", r"((\1)/\2)", plain)
    return sympy.sympify(plain + "1" if plain in ("", "+", "-") else re.sub(r"(\d)(?=sqrt)", r"\1*", plain))


@pytest.mark.parametrize("name", CASES)
def test_matrices_read_back(name: str) -> None:
    algebra = CASES[name]
    shown = [(symbol, matrix) for symbol, matrix in read_latex(render(algebra, ".tex")) if symbol != "\\eta"]
    assert [symbol for symbol, _ in shown] == [math_name(generator) for generator in generator_names(algebra)]
    for index, (_, matrix) in enumerate(shown):
        if algebra.exact:
            assert sympy.simplify(matrix - algebra.exact[index]).is_zero_matrix
        else:  # two digits of the error are shown, and the value to the same decimal
            allowed = np.maximum(0.06 * algebra.errors[index], 1e-5 * np.abs(algebra.basis[index]).max())
            assert (np.abs(floats([matrix])[0] - algebra.basis[index]) <= allowed).all()


@pytest.mark.parametrize("name", NARROW)
def test_every_entry_carries_its_error(name: str) -> None:
    algebra, text = CASES[name], render(CASES[name], ".tex")
    body = text.split("\\begin{pmatrix}")[1].split("\\end{pmatrix}")[0]
    shown = [entry.split("\\pm")[1] for row in body.split("\\\\") for entry in row.split("&")]
    errors = [float(re.sub(r" \\times 10\^\{(-?\d+)\}", r"e\1", entry)) for entry in shown]
    np.testing.assert_allclose(errors, algebra.errors[0].ravel(), rtol=0.06)


@pytest.mark.parametrize("name", [name for name in EXACT if name != "sums of roots"])
def test_brackets_read_back(name: str) -> None:
    """Signs of names such as -J_y stand in the constants, so the table holds for the generators as written."""
    assert exact_defects(CASES[name], bracket_table(render(CASES[name], ".tex"), CASES[name])) == []


@pytest.mark.parametrize("name", ["signs", "fractions"])
def test_a_sign_lost_is_noticed(name: str) -> None:
    text = render(CASES[name], ".tex")
    wrong = re.sub(r"&= -", "&= ", text, count=1)
    assert wrong != text
    assert exact_defects(CASES[name], bracket_table(wrong, CASES[name])) != []


def test_the_signs_of_names_are_undone_in_the_brackets() -> None:
    """Textbook: [J_x, J_y] = J_z for generators of unit size, whichever way the given ones point."""
    shown = render(CASES["exact Lorentz and dilation"], ".tex")
    assert "-J_{y} =" in shown
    assert r"[J_{z}, J_{y}] &= -J_{x}" in shown
    assert r"[K_{x}, K_{y}] &= -J_{z}" in shown
    assert "[-" not in shown.split("align*")[1]


@pytest.mark.parametrize("name", MEASURED)
def test_measured_brackets_are_left_out(name: str) -> None:
    assert "align*" not in render(CASES[name], ".tex")


def test_the_metric_stands_last() -> None:
    metric = invariant_metric(CASES["signs"])
    symbol, matrix = read_latex(render(CASES["signs"], ".tex"))[-1]
    assert (symbol, matrix) == ("\\eta", sympy.diag(1, -1, -1, -1))
    np.testing.assert_allclose(floats([read_latex(render(metric, ".tex"))[0][1]])[0], metric.matrix, atol=1e-6)
    assert all(symbol != "\\eta" for symbol, _ in read_latex(render(CASES["nilpotent"], ".tex")))


@given(st.text(max_size=30))
def test_any_text_is_safe(text: str) -> None:
    shown = latex_text(text)
    check_latex(shown)
    assert shown.isascii()
    assert not re.search(r"(?<!\\)[%#&_]", shown)
    outside = re.sub(r"\$[^$]*\$", "", shown.replace(r"\$", ""))
    assert "$" not in outside
    assert "\\input" not in shown.replace(r"\textbackslash{}input", "")


@given(st.text(alphabet="abc XYZ019().,:;-+=/*'", max_size=30))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert latex_text(text) == " ".join(text.split())


@given(st.text(max_size=20), st.text(max_size=20))
def test_sources_and_coordinates_stay_in_comments(source: str, coordinate: str) -> None:
    plain = render(LieAlgebra(CASES["floats"].basis, source="a", coordinates=("x", "y", "z")), ".tex")
    strange = render(LieAlgebra(CASES["floats"].basis, source=source, coordinates=(coordinate, "y", "z")), ".tex")

    def code(text: str) -> list[str]:
        return [line for line in text.split("\n") if not line.startswith("%")]

    assert code(strange) == code(plain)


@given(value=st.floats(-1e3, 1e3), error=st.floats(1e-6, 10))
def test_an_entry_is_its_value_within_the_last_digit(value: float, error: float) -> None:
    text = pmatrix(NamedMatrix("J", np.array([[value]]), np.array([[error]])))
    (_, matrix), *_ = read_latex(f"\\[\nJ =\n{text}\n\\]")
    assert abs(float(matrix[0]) - value) <= 0.06 * error


def test_round_off_beside_ones_is_a_zero() -> None:
    turned = LieAlgebra(np.array([[[1e-17, -1.0], [1.0, -3e-16]]]))
    assert read_latex(render(turned, ".tex"))[0][1] == sympy.Matrix([[0, -1], [1, 0]])
    with_errors = LieAlgebra(turned.basis, covariance=1e-32 * np.eye(4))
    assert "10^{-16}" in render(with_errors, ".tex")


@pytest.mark.parametrize(("old", "new"), [(r"\end{pmatrix}", ""), (r"\begin{pmatrix}", ""), ("}", ""), (r"\]", "")])
def test_a_damaged_file_is_refused(old: str, new: str) -> None:
    lines = [line for line in render(CASES["measured"], ".tex").splitlines() if not line.startswith("%")]
    with pytest.raises(UnreadableError):
        read_latex("\n".join(lines).replace(old, new, 1))
