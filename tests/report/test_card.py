"""The card says what went into it, and nothing that did not."""

from __future__ import annotations

import re

import numpy as np
import pytest
import sympy

from physym._numbers import p_text
from physym.algebra.export import NamedMatrix, textbook_generators
from physym.discovery import DimensionTest, Level, Status
from physym.report import algebra_card, level_rows
from physym.report.card import WIDTH, discovery_sheet, vector_field
from tests.report.discoveries import ALL, lorentz, measured, no_metric, nothing, zero

FOUR = ("E", "px", "py", "pz")


@pytest.mark.parametrize("name", ALL)
def test_every_discovery_has_a_card_that_fits_a_terminal(name: str) -> None:
    card = algebra_card(ALL[name]())
    wide = [line for line in card.splitlines() if len(line) > WIDTH]
    assert not wide
    assert "nan" not in card.lower().replace("resonan", "")
    assert card.endswith("\n")


def test_the_card_names_algebra_generators_and_metric() -> None:
    card = algebra_card(lorentz())
    assert card.startswith("so(1,3) ⊕ R")
    for line in ("J_z = px ∂py − py ∂px", "K_x = px ∂E + E ∂px", "D   = E ∂E + px ∂px + py ∂py + pz ∂pz", "diag(1, -1, -1, -1)"):
        assert line in card, line


def test_the_card_says_what_was_tested_on_how_much_and_how_sure_it_is() -> None:
    card = re.sub(r"\s+", " ", algebra_card(lorentz()))
    for words in (
        "8,000 constituents (4,000 independent), polynomials of degree ≤ 2, relative noise 1e-08",
        "7: p = 0.43",
        "8–16: p < 1e-9 refuted",
        "1–6: p = 0.9 but no subalgebra",
        "a defect above 0.26 % is ruled out at 99 % confidence",
        "no useful bound: the limit, 165 %",
        "not asked for",
        "seed 7, 12.3 ms",
        "jets_50%.root",
        Status.FOUND.value,
        "Warning: mixed masses: read the guide",
    ):
        assert words in card, words


def test_other_levels_show_their_generators_too() -> None:
    assert "so(2), dimension 1 (J_z)" in algebra_card(lorentz()) or "dimension 1 (J_" in algebra_card(lorentz())


def test_a_rough_measurement_shows_its_errors_and_why_it_is_not_exact() -> None:
    from physym.algebra import LieAlgebra
    from physym.algebra.catalogue import so
    from physym.discovery import Discovery

    algebra = measured(so(1, 3), 1e-3)
    stretched = LieAlgebra(1.234567 * algebra.basis, covariance=1e-12 * np.eye(algebra.basis.size), coordinates=FOUR)
    found = Discovery(support=Level("support", "made up", stretched, rows=100))
    card = algebra_card(found)
    if found.exact is None:
        assert "measured and not exact" in card
        assert "±" in card


def test_no_metric_is_said_in_words() -> None:
    assert "preserves no non-degenerate symmetric form" in algebra_card(no_metric())


def test_nothing_found_is_said_in_words() -> None:
    assert algebra_card(nothing()).startswith("No symmetry")
    assert "not applicable: there are 3 jets" in algebra_card(nothing())
    assert discovery_sheet(nothing()) is None
    assert discovery_sheet(zero()) is None
    assert "no symmetry, dimension 0" in algebra_card(zero())


@pytest.mark.parametrize("name", sorted(textbook_generators()))
def test_a_vector_field_is_the_generator(name: str) -> None:
    """Read the text back as a derivation and compare L x with it."""
    matrix = textbook_generators()[name]
    text = vector_field(NamedMatrix(name, matrix, np.zeros((4, 4))), FOUR)
    read = np.zeros((4, 4))
    for sign, source, target in re.findall(r"(−?) ?(E|p[xyz]) ∂(E|p[xyz])", text):
        read[FOUR.index(target), FOUR.index(source)] = -1 if sign else 1
    assert (read == matrix).all()


def test_vector_fields_with_factors() -> None:
    exact = sympy.ImmutableMatrix([[0, -sympy.sqrt(2) / 2], [sympy.Rational(1, 2), 0]])
    floats = np.array(exact.tolist(), dtype=float)
    assert vector_field(NamedMatrix("L", floats, np.zeros((2, 2)), exact), ()) == "1/2 x1 ∂x2 − √2/2 x2 ∂x1"
    assert vector_field(NamedMatrix("L", floats, 0.01 * np.ones((2, 2))), ()) == "(0.500 ± 0.010) x1 ∂x2 − (0.707 ± 0.010) x2 ∂x1"
    assert vector_field(NamedMatrix("L", floats, np.ones((2, 2))), ()) == "0"


def test_p_values_of_neighbours_are_kept() -> None:
    tests = tuple(DimensionTest(r + 1, p, 1.0, True) for r, p in enumerate((0.5, 0.5, 0.04, 1e-3)))
    from physym.algebra.catalogue import dilation
    from physym.discovery import Discovery

    rows = level_rows(Discovery(support=Level("support", "", dilation(2), tests=tests, rows=9)))
    assert rows[0].p_values == ("1–2: p = 0.5", "3: p = 0.04", "4: p = 0.001 refuted")
    assert rows[0].breaking == "no bound can be certified"
    assert [row.name for row in rows] == ["support", "conditional", "measure"]


def test_p_values_below_the_resolution_are_not_given_digits() -> None:
    assert p_text(9e-10) == "< 1e-9"
    assert p_text(1.0) == "= 1"
