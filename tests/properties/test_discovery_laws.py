"""Laws of discovery: it commutes with changes of coordinates and units, and does not care how the rows are arranged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import physym
from physym.algebra import LieAlgebra, Rep, dilation, extend, so, span_distance

SIZES = [(2, 1), (1, 3), (2, 2), (4, 1)]


def metric(p: int, q: int) -> np.ndarray:
    """diag(+1 … +1, −1 … −1)."""
    return np.diag([1.0] * p + [-1.0] * q)


def on_a_quadric(p: int, q: int, *, mass: float, rows: int, seed: int) -> np.ndarray:
    """Points with ``xᵀ J x = mass²``: directions at random on both spheres, radii that fulfil the equation."""
    rng = np.random.default_rng(seed)
    spheres = [rng.normal(size=(rows, k)) for k in (p, q)]
    plus, minus = (s / np.linalg.norm(s, axis=1, keepdims=True) for s in spheres)
    radius = np.exp(rng.normal(size=(rows, 1)))
    return np.concatenate([plus * np.sqrt(radius**2 + mass**2), minus * radius], axis=1)


def support(x: np.ndarray, *, copies: int = 1, mask: np.ndarray | None = None) -> physym.Discovery:
    """Discovery at the support level of rows that hold so many vectors."""
    n = x.shape[1] // copies
    samples = physym.Samples(x, rep_x=Rep(f"{copies}V" if copies > 1 else "V", n=n), mask=mask)
    return physym.discover(samples, level="support")


def algebra_of(found: physym.Discovery) -> LieAlgebra:
    """The headline algebra, which must be there."""
    assert found.algebra is not None
    return found.algebra


def conjugated(algebra: LieAlgebra, g: np.ndarray) -> LieAlgebra:
    """``g L g⁻¹`` for every generator."""
    return LieAlgebra(g @ algebra.basis @ np.linalg.inv(g))


def coordinates(n: int, seed: int) -> np.ndarray:
    """A random well-conditioned matrix."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.normal(size=(n, n)))[0] for _ in range(2))
    return left * np.exp(rng.uniform(-0.5, 0.5, size=n)) @ right


@pytest.mark.parametrize(("p", "q"), SIZES)
def test_a_cone_has_its_pseudo_rotations_and_the_dilation(p: int, q: int) -> None:
    found = support(on_a_quadric(p, q, mass=0.0, rows=400, seed=1))
    assert span_distance(algebra_of(found), extend(so(p, q), dilation(p + q))) < 1e-6


@pytest.mark.parametrize(("p", "q"), SIZES)
def test_a_mass_shell_has_no_dilation(p: int, q: int) -> None:
    found = support(on_a_quadric(p, q, mass=1.0, rows=400, seed=2))
    assert span_distance(algebra_of(found), so(p, q)) < 1e-6
    assert found.metric is not None
    assert np.allclose(found.metric.matrix, metric(p, q), atol=1e-6)


def test_the_laws_would_see_a_wrong_algebra() -> None:
    found = support(on_a_quadric(1, 3, mass=1.0, rows=400, seed=2))
    assert span_distance(algebra_of(found), so(4)) > 0.5


@pytest.mark.parametrize("mass", [0.0, 1.0])
@settings(max_examples=8)
@given(seed=st.integers(0, 1000))
def test_discovery_commutes_with_changes_of_coordinates(mass: float, seed: int) -> None:
    x, g = on_a_quadric(1, 3, mass=mass, rows=300, seed=seed), coordinates(4, seed)
    moved = algebra_of(support(x @ g.T))
    assert span_distance(moved, conjugated(algebra_of(support(x)), g)) < 1e-5


@settings(max_examples=5)
@given(seed=st.integers(0, 1000))
def test_the_metric_moves_as_a_form(seed: int) -> None:
    x, g = on_a_quadric(1, 3, mass=1.0, rows=300, seed=seed), coordinates(4, seed)
    before, after = support(x).metric, support(x @ g.T).metric
    assert before is not None
    assert after is not None
    inverse = np.linalg.inv(g)
    expected = inverse.T @ before.matrix @ inverse
    cosine = (expected * after.matrix).sum() / np.linalg.norm(expected) / np.linalg.norm(after.matrix)
    assert abs(cosine) == pytest.approx(1, abs=1e-8)
    assert after.signature in {(1, 3), (3, 1)}


@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e3])
def test_units_do_not_matter(factor: float) -> None:
    x = on_a_quadric(1, 3, mass=1.0, rows=300, seed=5)
    assert span_distance(algebra_of(support(factor * x)), so(1, 3)) < 1e-6


def test_the_order_of_the_rows_does_not_matter() -> None:
    x = on_a_quadric(1, 3, mass=0.0, rows=300, seed=6)
    shuffled = np.random.default_rng(0).permutation(len(x))
    assert span_distance(algebra_of(support(x)), algebra_of(support(x[shuffled]))) < 1e-9


def test_two_vectors_to_a_row_are_two_rows() -> None:
    x = on_a_quadric(1, 3, mass=0.0, rows=400, seed=7)
    apart, together = support(x), support(x.reshape(200, 8), copies=2)
    assert apart.algebra is not None
    assert span_distance(apart.algebra, algebra_of(together)) < 1e-9
    assert apart.level.rows == together.level.rows == 400


def test_padding_does_not_count() -> None:
    x = on_a_quadric(1, 3, mass=1.0, rows=300, seed=8)
    garbage = np.random.default_rng(0).normal(size=x.shape)
    mask = np.tile([True, False], (len(x), 1))
    padded = support(np.concatenate([x, garbage], axis=1), copies=2, mask=mask)
    assert span_distance(algebra_of(padded), so(1, 3)) < 1e-6


@settings(max_examples=5)
@given(seed=st.integers(0, 1000))
def test_data_without_structure_claim_nothing(seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(500, 4))
    found = support(x)
    assert found.algebra is None
    assert found.status is physym.Status.NO_CONSTRAINT


def test_a_run_is_reproducible() -> None:
    x = on_a_quadric(1, 3, mass=1.0, rows=300, seed=9)
    one, two = algebra_of(support(x)), algebra_of(support(x))
    assert np.array_equal(one.basis, two.basis)
    assert np.array_equal(one.errors, two.errors)


@pytest.mark.parametrize("p", [2, 3, 4])
def test_a_sphere_has_its_rotations(p: int) -> None:
    rng = np.random.default_rng(p)
    x = rng.normal(size=(300, p))
    found = support(x / np.linalg.norm(x, axis=1, keepdims=True))
    assert span_distance(algebra_of(found), so(p)) < 1e-6
    assert found.identification is not None
    assert found.identification.name == physym.identify(so(p)).name
