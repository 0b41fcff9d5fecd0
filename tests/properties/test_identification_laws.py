"""Laws of identification: what a name, a canonical basis and an exact algebra may not depend on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.algebra import (
    LieAlgebra,
    canonical_basis,
    casimirs,
    change_of_basis,
    dilation,
    extend,
    heisenberg,
    identify,
    irreducible_decomposition,
    iso,
    se,
    sl,
    snap,
    so,
    span_distance,
    su,
)

SMALL = [so(3), so(1, 2), so(1, 3), extend(so(1, 3), dilation(4)), su(2), su(3), sl(2), sl(3), se(2), se(3), iso(1, 3), heisenberg(3)]
algebras = st.sampled_from(SMALL)
seeds = st.integers(0, 2**20)


@settings(max_examples=40)
@given(algebra=algebras, seed=seeds)
def test_name_and_structure_are_invariant_under_a_change_of_basis(algebra: LieAlgebra, seed: int) -> None:
    first, second = identify(algebra), identify(change_of_basis(algebra, seed=seed, conjugate=True))
    for field in (
        "name",
        "killing_signature",
        "derived_series",
        "lower_central_series",
        "rank",
        "centre_dimension",
        "nilradical_dimension",
    ):
        assert getattr(first, field) == getattr(second, field)


@settings(max_examples=25)
@given(algebra=algebras, seed=seeds, power=st.integers(-6, 6))
def test_units_of_the_generators_do_not_matter(algebra: LieAlgebra, seed: int, power: int) -> None:
    measured = change_of_basis(algebra, seed=seed, error=0.003)
    scale = 10.0**power
    scaled = LieAlgebra(scale * measured.basis, covariance=scale**2 * measured.covariance)
    assert identify(scaled).name == identify(measured).name


@settings(max_examples=25)
@given(algebra=algebras, seed=seeds)
def test_canonical_basis_is_idempotent(algebra: LieAlgebra, seed: int) -> None:
    once = canonical_basis(change_of_basis(algebra, seed=seed))
    twice = canonical_basis(once)
    assert span_distance(once, twice) < 1e-7
    assert np.allclose((once.basis**4).sum(), (twice.basis**4).sum(), atol=1e-6)


@settings(max_examples=20)
@given(algebra=algebras, seed=seeds)
def test_snapping_is_idempotent_and_inverts_a_noisy_mixture(algebra: LieAlgebra, seed: int) -> None:
    found = snap(change_of_basis(algebra, seed=seed, error=0.004))
    assert span_distance(found, algebra) < 1e-9
    assert span_distance(snap(found), algebra) < 1e-9
    assert identify(found).name == identify(algebra).name


@settings(max_examples=20)
@given(algebra=algebras, seed=seeds)
def test_irreducible_pieces_fill_the_space(algebra: LieAlgebra, seed: int) -> None:
    found = irreducible_decomposition(change_of_basis(algebra, seed=seed, conjugate=True))
    assert sum(p.dimension * p.multiplicity for p in found.pieces) == algebra.n
    assert found.name == irreducible_decomposition(algebra).name


@pytest.mark.parametrize("seed", range(5))
def test_number_of_casimirs_is_invariant(seed: int) -> None:
    for algebra in (so(1, 3), iso(1, 3), su(3)):
        assert len(casimirs(change_of_basis(algebra, seed=seed, conjugate=True))) == len(casimirs(algebra))
