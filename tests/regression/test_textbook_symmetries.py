"""Every textbook symmetry is found: dimension, name and generators."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.textbook import Case, cases
from physym.algebra import principal_cosines
from physym.data.simulate import TEXTBOOK, TextbookDensity
from physym.discovery import Affine, Complex, Level, Spectral, discover

ROWS = 3000
FOUND = {case.what: case for case in cases(ROWS) if case.what != "superpotential"}
# quartic terms, and density moments, are known less well than quadratic functions; see benchmarks/textbook.py for more rows
LEAST = {"so(2) + so(3)": 0.99, "so(5) of two vectors": 0.9998}


def level_of(case: Case, seed: int) -> Level:
    level = "measure" if isinstance(case.data, TextbookDensity) else "conditional"
    return discover(case.data.make(case.rows, seed=seed, noise=case.noise), case.method, level=level).level  # type: ignore[arg-type]


@pytest.mark.parametrize("what", [what for what in FOUND if "so(5) of two" not in what and what != "density su(2)"])
def test_the_algebra_in_the_book_is_found(what: str) -> None:
    case = FOUND[what]
    for seed in range(2):
        level = level_of(case, seed)
        assert level.dimension == case.algebra.dimension
        assert level.identification is not None
        assert level.identification.name == case.name
        assert level.algebra is not None
        least = LEAST.get(what, 0.996 if what.startswith("density") else 0.9995)
        assert principal_cosines(level.algebra, case.algebra)[-1] ** 2 > least
        assert level.p_value > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("what", ["so(5) of two vectors", "density su(2)"])
def test_the_larger_ones_as_well(what: str) -> None:
    case = FOUND[what]
    level = level_of(case, 0)
    assert level.identification is not None
    assert level.identification.name == case.name
    assert level.algebra is not None
    assert principal_cosines(level.algebra, case.algebra)[-1] ** 2 > 0.9997


def test_all_ten_generators_of_a_noisy_five_vector() -> None:
    """O(5) with 10 % noise on 20,000 rows: cos² of every principal angle at least .9999."""
    case = FOUND["so(5)"]
    assert case.rows == 20_000
    assert case.noise == 0.1
    for seed in range(5):
        level = level_of(case, seed)
        assert level.algebra is not None
        assert level.dimension == 10
        assert (principal_cosines(level.algebra, case.algebra) ** 2).min() > 0.9999


def test_the_superpotential_has_the_complexified_group_and_its_unitary_part() -> None:
    """A holomorphic function that SU(2) keeps, SL(2,C) keeps as well; the norms |φ|² bring it back to SU(2)."""
    names = {}
    for name in ("sl(2,C)", "su(2)"):
        level = discover(TEXTBOOK[name].make(ROWS, seed=0, noise=0.05), Spectral(basis=Complex()), level="conditional").level
        assert level.identification is not None
        names[name] = (level.identification.name, level.dimension)
    assert names == {"sl(2,C)": ("so(1,3)", 6), "su(2)": ("su(2)", 3)}


@pytest.mark.parametrize("name", ["so(3)", "so(1,3)", "se(3)", "su(2)"])
def test_what_is_broken_by_ten_per_cent_is_not_found(name: str) -> None:
    case = TEXTBOOK[name]
    basis = Affine() if case.is_affine else Complex() if case.holomorphic else None
    level = discover(case.make(ROWS, seed=0, noise=0.1, breaking=0.1), Spectral(basis=basis), level="conditional").level
    test = level.tests[case.algebra.dimension - 1]
    assert test.rejected(alpha=1e-6)
    assert level.dimension < case.algebra.dimension
    assert not np.isclose(level.certify(case.algebra), 0, atol=0.09)
