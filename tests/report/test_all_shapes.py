"""Cards, figures and LaTeX for every number of generators and every size of matrix, without a warning."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

from physym.algebra import LieAlgebra
from physym.algebra.catalogue import dilation, direct_sum, extend, gl, heisenberg, se, sl, so, sp, su
from physym.discovery import DimensionTest, Discovery, Level
from physym.report import algebra_card, algebra_figure, figure_png, latex_card
from physym.report.card import WIDTH
from tests.algebra.readers_of_exports import check_latex
from tests.report.discoveries import measured

SHAPES = {
    "k = 0, n = 2": LieAlgebra(np.zeros((0, 2, 2))),
    "k = 0, n = 8": LieAlgebra(np.zeros((0, 8, 8))),
    "k = 1, n = 2": so(2),
    "k = 1, n = 5": dilation(5),
    "k = 3, n = 3": so(3),
    "k = 3, n = 4": su(2),
    "k = 3, n = 6": direct_sum(so(3), LieAlgebra(np.zeros((0, 3, 3)))),
    "k = 4, n = 2": gl(2),
    "k = 6, n = 4": so(1, 3),
    "k = 5, n = 7": direct_sum(so(3), so(2), so(2)),
    "k = 7, n = 4": extend(so(1, 3), dilation(4)),
    "k = 8, n = 3": sl(3),
    "k = 8, n = 6": su(3),
    "k = 10, n = 4": sp(2),
    "k = 15, n = 4": sl(4),
    "k = 15, n = 6": so(6),
    "se(2)": se(2),
    "heisenberg": heisenberg(3),
}


def discovery(algebra: LieAlgebra, error: float, *, coordinates: tuple[str, ...] = ()) -> Discovery:
    """A made-up discovery of this algebra with errors of this size; 0 for none known."""
    noisy = measured(algebra, error) if error and algebra.dimension else algebra
    held = LieAlgebra(noisy.basis, covariance=noisy.covariance, coordinates=coordinates, source="made up")
    tests = tuple(DimensionTest(r, 0.5 if r <= algebra.dimension else 1e-12, 1.0, True) for r in range(1, algebra.n**2 + 1))
    return Discovery(support=Level("support", "made up", held, tests=tests, rows=100, defect=0.01))


def panels(found: Discovery) -> int:
    """Axes that show a matrix."""
    return sum(bool(axis.images) for axis in algebra_figure(found).axes)


@pytest.mark.parametrize("error", [0.0, 1e-7, 1e-3])
@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_has_a_card_and_a_paper(name: str, error: float) -> None:
    found = discovery(SHAPES[name], error)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        card, text = algebra_card(found), latex_card(found)
    assert all(len(line) <= WIDTH for line in card.splitlines())
    assert not re.search(r"\b(nan|inf|None)\b", card.replace("noise=None, basis=None", ""))
    check_latex(text)
    assert text.count(r"\begin{pmatrix}") == text.count(r"\end{pmatrix}")
    assert f"dimension {SHAPES[name].dimension}" in " ".join(card.split())


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_has_a_figure_without_a_warning(name: str) -> None:
    found = discovery(SHAPES[name], 1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        png = figure_png(algebra_figure(found))
    assert png.startswith(b"\x89PNG")
    assert panels(found) == SHAPES[name].dimension + (found.metric is not None)


@pytest.mark.parametrize("n", range(2, 9))
def test_the_figure_of_a_dilation_in_every_size(n: int) -> None:
    """One generator and no metric: one panel with n rows and n names."""
    found = discovery(dilation(n), 0.0)
    axis = next(axis for axis in algebra_figure(found).axes if axis.images)
    assert np.asarray(axis.images[0].get_array()).shape == (n, n)
    assert len(axis.get_xticklabels()) == len(axis.get_yticklabels()) == n


@pytest.mark.parametrize("names", [("$a", "b_1", "c%", "d&"), ("E", "px", "py", "pz"), ("x y", "θ", "#", "{")])
def test_names_of_coordinates_may_hold_any_character(names: tuple[str, ...]) -> None:
    found = discovery(so(1, 3), 0.0, coordinates=names)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert figure_png(algebra_figure(found)).startswith(b"\x89PNG")
    check_latex(latex_card(found))
    assert f"∂{names[0]}" in algebra_card(found)


@pytest.mark.parametrize("text", ["50 % of {jets}_1 & $more$", "C:\\data\\a#b.root", "~/x^2.h5", "größe_λ"])
def test_provenance_may_hold_any_character(text: str) -> None:
    found = Discovery(support=Level("support", "made up", so(3), rows=10), provenance={"source": text, "warning": text})
    check_latex(latex_card(found))
    assert text in algebra_card(found)


def test_a_brace_that_is_not_escaped_would_be_seen() -> None:
    """The checker itself."""
    from tests.algebra.readers_of_exports import UnreadableError

    with pytest.raises(UnreadableError):
        check_latex(latex_card(discovery(so(3), 0.0)).replace(r"\end{document}", "{"))


def test_a_longer_algebra_has_more_panels() -> None:
    assert panels(discovery(sl(4), 0.0)) > panels(discovery(so(3), 0.0)) > panels(discovery(SHAPES["k = 0, n = 2"], 0.0)) == 0
