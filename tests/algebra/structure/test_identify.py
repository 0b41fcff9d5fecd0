"""Identification: names, structure, robustness, and spans that are no algebra."""

import numpy as np
import pytest

from physym.algebra import (
    LieAlgebra,
    bracket,
    change_of_basis,
    dilation,
    direct_sum,
    extend,
    gl,
    heisenberg,
    identify,
    iso,
    se,
    sl,
    so,
    sp,
    su,
    unitary,
)

CATALOGUE = {
    "so(2)": [so(2)],
    "R": [dilation(4), gl(1)],
    "R^2": [direct_sum(dilation(1), dilation(2))],
    "so(2) ⊕ R": [extend(so(2), dilation(2))],
    "so(2) ⊕ so(2)": [direct_sum(so(2), so(2))],
    "so(3)": [so(3)],
    "su(2)": [su(2)],
    "so(1,2)": [so(1, 2), so(2, 1)],
    "sl(2,R)": [sl(2), sp(1)],
    "so(3) ⊕ so(3)": [so(4)],
    "so(1,3)": [so(1, 3), so(3, 1), sl(2, field="C")],
    "sl(2,R) ⊕ sl(2,R)": [so(2, 2)],
    "so(3) ⊕ sl(2,R)": [direct_sum(so(3), sl(2))],
    "so(1,3) ⊕ so(3)": [direct_sum(so(1, 3), so(3))],
    "su(3)": [su(3)],
    "sl(3,R)": [sl(3)],
    "so(5)": [so(5)],
    "so(1,4)": [so(1, 4)],
    "so(2,3)": [so(2, 3)],
    "sp(4,R)": [sp(2)],
    "so(6)": [so(6)],
    "so(1,5)": [so(1, 5)],
    "so(2,4)": [so(2, 4)],
    "so(3,3)": [so(3, 3)],
    "su(4)": [su(4)],
    "sl(4,R)": [sl(4)],
    "so(1,3) ⊕ R": [extend(so(1, 3), dilation(4))],
    "so(3) ⊕ R": [extend(so(3), dilation(3))],
    "sl(2,R) ⊕ R": [gl(2)],
    "sl(3,R) ⊕ R": [gl(3)],
    "su(2) ⊕ so(2)": [unitary(2)],
    "su(3) ⊕ so(2)": [unitary(3)],
    "su(3) ⊕ su(2) ⊕ so(2)": [direct_sum(su(3), su(2), so(2))],
    "se(2)": [se(2)],
    "se(3)": [se(3)],
    "se(4)": [se(4)],
    "se(5)": [se(5)],
    "iso(1,1)": [iso(1, 1)],
    "iso(1,2)": [iso(1, 2)],
    "iso(1,3)": [iso(1, 3)],
    "iso(1,4)": [iso(1, 4)],
    "iso(2,2)": [iso(2, 2)],
    "iso(1,3) ⊕ so(2)": [direct_sum(iso(1, 3), so(2))],
    "se(3) ⊕ R": [direct_sum(se(3), dilation(1))],
    "heisenberg(3)": [heisenberg(3)],
    "heisenberg(5)": [heisenberg(5)],
    "heisenberg(7)": [heisenberg(7)],
    "heisenberg(3) ⊕ R": [direct_sum(heisenberg(3), dilation(2))],
    "so(3) ⊕ heisenberg(3)": [direct_sum(so(3), heisenberg(3))],
}
CASES = [(name, algebra) for name, algebras in CATALOGUE.items() for algebra in algebras]
IDS = [f"{name}-{algebra.source}" for name, algebra in CASES]


@pytest.mark.parametrize(("name", "algebra"), CASES, ids=IDS)
def test_textbook_basis_is_named(name: str, algebra: LieAlgebra) -> None:
    found = identify(algebra)
    assert found.name == name
    assert found.closed
    assert found.dimension == algebra.dimension == found.levi_dimension + found.radical_dimension
    assert sum(found.killing_signature) == found.dimension
    assert len(repr(found).splitlines()) <= 3


@pytest.mark.parametrize(("name", "algebra"), CASES, ids=IDS)
def test_name_survives_a_noisy_change_of_basis(name: str, algebra: LieAlgebra) -> None:
    exact = identify(algebra)
    for seed in range(3):
        found = identify(change_of_basis(algebra, seed=seed, conjugate=True, error=0.01))
        assert found.name == name
        assert found.killing_signature == exact.killing_signature
        assert found.derived_series == exact.derived_series


@pytest.mark.slow
@pytest.mark.parametrize(("name", "algebra"), CASES, ids=IDS)
def test_names_are_right_in_nearly_all_changes_of_basis(name: str, algebra: LieAlgebra) -> None:
    seeds = range(100, 120 if algebra.dimension < 15 else 106)
    wrong = [s for s in seeds if identify(change_of_basis(algebra, seed=s, conjugate=True, error=0.01)).name != name]
    assert len(wrong) <= 1, f"wrong for seeds {wrong}"


@pytest.mark.parametrize("error", [0.05, 0.14, 0.28])
def test_lorentz_signature_survives_large_errors(error: float) -> None:
    for seed in range(20):
        found = identify(change_of_basis(so(1, 3), seed=seed, error=error))
        assert (found.name, found.killing_signature) == ("so(1,3)", (3, 3, 0))


@pytest.mark.parametrize(
    ("algebra", "rank", "derived", "lower", "centre", "nilradical"),
    [
        (so(1, 3), 2, (6,), (6,), 0, 0),
        (extend(so(1, 3), dilation(4)), 3, (7, 6), (7, 6), 1, 1),
        (se(2), 1, (3, 2, 0), (3, 2), 0, 2),
        (se(3), 2, (6,), (6,), 0, 3),
        (iso(1, 3), 2, (10,), (10,), 0, 4),
        (heisenberg(5), 5, (5, 1, 0), (5, 1, 0), 1, 5),
        (sl(4), 3, (15,), (15,), 0, 0),
        (unitary(3), 3, (9, 8), (9, 8), 1, 1),
    ],
)
def test_structure(algebra: LieAlgebra, rank: int, derived: tuple[int, ...], lower: tuple[int, ...], centre: int, nilradical: int) -> None:
    found = identify(algebra)
    assert (found.rank, found.derived_series, found.lower_central_series) == (rank, derived, lower)
    assert (found.centre_dimension, found.nilradical_dimension) == (centre, nilradical)


def test_killing_signature_agrees_with_the_killing_form() -> None:
    for _, algebra in CASES:
        killing = algebra.killing_form
        values = np.linalg.eigvalsh((killing + killing.T) / 2)
        tolerance = 1e-9 * max(np.abs(values).max(), 1)
        slow = (int((values > tolerance).sum()), int((values < -tolerance).sum()), int((np.abs(values) <= tolerance).sum()))
        assert identify(algebra).killing_signature == slow, algebra.source


def test_aliases() -> None:
    assert "so(4)" in identify(so(4)).aliases
    assert "so(2,2)" in identify(so(2, 2)).aliases
    assert "gl(3,R)" in identify(gl(3)).aliases
    assert "u(2)" in identify(unitary(2)).aliases
    assert "sl(2,C)" in identify(so(1, 3)).aliases
    assert "so(3)" in identify(su(2)).aliases


def test_semidirect_fallback() -> None:
    generators = np.zeros((7, 4, 4))
    generators[:3, :3, :3] = so(3).basis
    generators[3, :3, :3] = np.eye(3)
    generators[4:, :3, 3] = np.eye(3)
    assert identify(LieAlgebra(generators)).name == "(so(3) ⊕ R) ⋉ R^3"


def test_slow_light_is_still_lorentz() -> None:
    """Coordinates in which the speed of light is 50: nearly the Galilei algebra, and still so(1,3)."""
    scale = np.diag([50.0, 1.0, 1.0, 1.0])
    assert identify(LieAlgebra(scale @ so(1, 3).basis @ np.linalg.inv(scale))).name == "so(1,3)"


def test_euclidean_motions_are_not_taken_for_their_deformations() -> None:
    """Near se(3) lie so(4) and so(1,3); a 1 % error reaches them, so the degenerate name must win."""
    without = [LieAlgebra(change_of_basis(se(3), seed=s, error=0.01).basis) for s in range(5)]
    assert {identify(algebra).name for algebra in without} == {"se(3)"}


def test_random_span_does_not_close() -> None:
    found = identify(LieAlgebra(np.random.default_rng(0).normal(size=(4, 4, 4))))
    assert not found.closed
    assert "not close" in found.evidence[0]


def test_a_span_that_misses_closure_by_more_than_its_errors_says_so() -> None:
    bent = so(1, 3).basis.copy()
    bent[0, 0, 0] += 0.2
    sure = LieAlgebra(bent, covariance=1e-8 * np.eye(bent.size))
    found = identify(sure)
    assert not found.closed
    assert "NOT close" in found.evidence[0]
    assert identify(LieAlgebra(bent, covariance=1e-2 * np.eye(bent.size))).closed


def test_dependent_generators_and_no_generators() -> None:
    doubled = LieAlgebra(np.concatenate([so(3).basis, so(3).basis[:1]]))
    assert identify(doubled).name == "so(3)"
    assert identify(LieAlgebra(np.zeros((0, 3, 3)))).dimension == 0
    assert identify(LieAlgebra(np.zeros((1, 3, 3)))).dimension == 0


def test_evidence_is_sentences_with_gaps() -> None:
    evidence = identify(change_of_basis(se(3), seed=0, conjugate=True, error=0.01)).evidence
    assert any("gap" in sentence for sentence in evidence)
    assert all(sentence.endswith(".") for sentence in evidence)


def test_spiral_is_not_a_rotation() -> None:
    spiral = np.array([[[0.3, -1.0], [1.0, 0.3]]])
    assert identify(LieAlgebra(spiral)).name == "R"


def test_structure_of_closed_span_is_consistent() -> None:
    """The oracle for the derived algebra: the rank of all brackets."""
    for _, algebra in CASES:
        b = algebra.basis
        rank = np.linalg.matrix_rank(bracket(b[:, None], b[None]).reshape(-1, algebra.n**2), tol=1e-9)
        series = identify(algebra).derived_series
        assert (series[1] if len(series) > 1 else series[0]) == rank, algebra.source
