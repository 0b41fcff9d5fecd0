"""discover ∘ transform = transform ∘ discover at every level, additive statistics, and levels that nest."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from physym.algebra import LieAlgebra, Rep, dilation, extend, so, span_distance
from physym.data import Jets, Samples
from physym.discovery import Discovery, Level, LevelName, Spectral, discover, discover_lorentz
from physym.discovery.spectral.statistics.gram import GramStatistics, gram_statistics
from tests.discovery.jets import MINKOWSKI, momenta, samples

WEYL = extend(so(1, 3), dilation(4))
SEEDS = st.integers(0, 10_000)
LEVELS: tuple[LevelName, ...] = ("support", "conditional", "measure")


def smeared(seed: int, *, jets: int = 300, noise: float = 0.03) -> np.ndarray:
    """Massless pairs with relative noise, shape ``(jets, 2, 4)``."""
    return momenta(jets, seed=seed) * (1 + noise * np.random.default_rng(seed + 20_000).normal(size=(jets, 2, 4)))


def found(vectors: np.ndarray, y: np.ndarray | None = None, level: LevelName = "support", **settings: float) -> Level:
    """The level of vectors with shape ``(N, K, n)``, without names of coordinates."""
    rows = Samples(vectors.reshape(len(vectors), -1), rep_x=Rep(f"{vectors.shape[1]}V", n=vectors.shape[2]), y=y)
    return discover(rows, Spectral(**settings), level=level).level  # type: ignore[arg-type]


def algebra_of(level: Level) -> LieAlgebra:
    assert level.algebra is not None
    return level.algebra


def conjugated(algebra: LieAlgebra, g: np.ndarray) -> LieAlgebra:
    """``g L g⁻¹``."""
    return LieAlgebra(g @ algebra.basis @ np.linalg.inv(g))


def lorentz_transformation(seed: int, *, rapidity: float = 1.0) -> np.ndarray:
    """exp of a random element of so(1,3)."""
    return np.asarray(expm(np.tensordot(rapidity * np.random.default_rng(seed).uniform(-1, 1, 6), so(1, 3).basis, 1)))


def rotation(n: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]


def cloud(seed: int, *, rows: int = 1500) -> np.ndarray:
    """A cloud in 3-D that only rotations about its third axis preserve, shape ``(rows, 1, 3)``."""
    x = np.random.default_rng(seed).normal(size=(rows, 1, 3))
    x[..., 2] = np.exp(x[..., 2] / 2)
    return x


def target(x: np.ndarray, seed: int) -> np.ndarray:
    """A noisy function of the radius in the first two coordinates and of the third."""
    rng = np.random.default_rng(seed + 20_000)
    return np.asarray((x[:, 0, :2] ** 2).sum(-1) + 0.5 * x[:, 0, 2] + 0.1 * rng.normal(size=len(x)))


@settings(max_examples=8)
@given(SEEDS)
def test_lorentz_transformations_leave_the_algebra_of_massless_jets(seed: int) -> None:
    """The cone is mapped to itself, so the algebra is the same; without noise that is exact."""
    g = lorentz_transformation(seed)
    np.testing.assert_allclose(g.T @ MINKOWSKI @ g, MINKOWSKI, atol=1e-9)
    assert span_distance(algebra_of(found(momenta(100, seed=seed) @ g.T)), WEYL) < 1e-8


@settings(max_examples=8)
@given(SEEDS)
def test_discovery_commutes_with_rotations_about_every_axis(seed: int) -> None:
    g = np.eye(4)
    g[1:, 1:] = rotation(3, seed)
    x = momenta(150, seed=seed, mass=5.0)
    assert span_distance(algebra_of(found(x @ g.T)), conjugated(algebra_of(found(x)), g)) < 1e-8


def test_a_map_that_is_not_lorentz_moves_the_algebra() -> None:
    """The checker itself: stretched momenta have another algebra, conjugated by the stretch."""
    g = np.diag([1.0, 1.3, 1.0, 1.0])
    moved = algebra_of(found(momenta(100, seed=0) @ g.T))
    assert span_distance(moved, WEYL) > 0.1
    assert span_distance(moved, conjugated(WEYL, g)) < 1e-8


@settings(max_examples=8)
@given(SEEDS, st.permutations(range(4)))
def test_permuted_coordinates_permute_the_algebra_and_its_errors(seed: int, order: list[int]) -> None:
    """Relative noise makes no difference between coordinates: the estimate is the same bit of physics, entry by entry."""
    x, p = smeared(seed), np.eye(4)[order]
    here, there = found(x), found(x @ p.T)
    assert span_distance(algebra_of(there), conjugated(algebra_of(here), p)) < 1e-7
    assert there.dimension == here.dimension
    assert there.p_value == pytest.approx(here.p_value, abs=1e-6)
    assert there.noise == pytest.approx(here.noise, rel=1e-9)


@settings(max_examples=6)
@given(SEEDS, st.sampled_from([2.0**-10, 0.125, 8.0, 1024.0]))
def test_scale_changes_by_powers_of_two_change_nothing_at_all(seed: int, factor: float) -> None:
    x = smeared(seed)
    here, there = found(x), found(factor * x)
    assert span_distance(algebra_of(there), algebra_of(here)) < 1e-9
    assert there.defect == pytest.approx(here.defect, rel=1e-6)
    assert there.p_value == pytest.approx(here.p_value, abs=1e-6)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_units_do_not_matter_at_any_level(level: LevelName, factor: float) -> None:
    """GeV → TeV and GeV → MeV."""
    x = cloud(1) if level != "support" else smeared(1)
    y = target(x, 1) if level == "conditional" else None
    here, there = found(x, y, level), found(factor * x, y, level)
    assert here.dimension == there.dimension > 0
    assert span_distance(algebra_of(there), algebra_of(here)) < (1e-7 if level != "support" else 2e-3)
    assert there.defect == pytest.approx(here.defect, rel=1e-5 if level != "support" else 0.2, nan_ok=True)


@pytest.mark.parametrize("level", ["conditional", "measure"])
@settings(max_examples=6)
@given(seed=SEEDS, stretched=st.booleans())
def test_labels_and_moments_commute_with_permutations_and_rescalings(level: LevelName, seed: int, stretched: bool) -> None:
    rng = np.random.default_rng(seed)
    g = np.eye(3)[rng.permutation(3)] * (np.exp(rng.normal(size=3)) if stretched else 1.0)
    x = cloud(seed)
    y = target(x, seed) if level == "conditional" else None
    here, there = found(x, y, level), found(x @ g.T, y, level)
    assert there.dimension == here.dimension == 1
    distance = span_distance(algebra_of(there), conjugated(algebra_of(here), g))
    # stretched, the smallest singular vectors are those of another norm, and the spans agree within their errors only
    assert distance < (0.15 if stretched else 1e-6)
    if not stretched:
        assert [t.p_value for t in there.tests] == pytest.approx([t.p_value for t in here.tests], abs=1e-6)


@settings(max_examples=6)
@given(SEEDS)
def test_the_order_of_constituents_within_a_jet_does_not_matter(seed: int) -> None:
    x = smeared(seed)
    swapped = np.where(np.random.default_rng(seed).uniform(size=(len(x), 1, 1)) < 0.5, x, x[:, ::-1])
    here, there = found(x), found(swapped)
    assert span_distance(algebra_of(there), algebra_of(here)) < 1e-9
    assert there.defect == pytest.approx(here.defect, rel=1e-7)
    assert [t.p_value for t in there.tests] == pytest.approx([t.p_value for t in here.tests], abs=1e-7)


@settings(max_examples=6)
@given(SEEDS)
def test_jets_in_any_order_give_the_same_exact_algebra(seed: int) -> None:
    x = momenta(120, seed=seed)
    order = np.random.default_rng(seed).permutation(len(x))
    one, other = discover_lorentz(Jets(x)), discover_lorentz(Jets(x)[order])
    assert one.exact is not None
    assert other.exact is not None
    assert one.exact.exact == other.exact.exact


@pytest.mark.parametrize("level", ["conditional", "measure"])
def test_the_order_of_rows_moves_a_p_value_by_its_own_error_only(level: LevelName) -> None:
    """Other rows share a block after a permutation, so errors move a little and estimates not at all."""
    x = cloud(4)
    y = target(x, 4) if level == "conditional" else None
    order = np.random.default_rng(0).permutation(len(x))
    here, there = found(x, y, level), found(x[order], None if y is None else y[order], level)
    np.testing.assert_allclose(there.spectrum, here.spectrum, rtol=1e-6, atol=1e-7)
    assert there.dimension == here.dimension
    assert there.p_value == pytest.approx(here.p_value, abs=0.2)


@pytest.mark.parametrize("times", [2, 3])
def test_duplicated_constituents_change_nothing_but_the_count(times: int) -> None:
    """Copies within a jet belong to its cluster: estimate and errors stay, as no information was added."""
    x = smeared(5, jets=400)
    once, copied = found(x), found(np.concatenate([x] * times, axis=1))
    assert copied.rows == times * once.rows
    assert copied.clusters == once.clusters
    assert span_distance(algebra_of(copied), algebra_of(once)) < 1e-3
    np.testing.assert_allclose(algebra_of(copied).errors, algebra_of(once).errors, rtol=0.02, atol=1e-6)
    assert copied.defect == pytest.approx(once.defect, rel=0.02)


def test_copies_as_rows_of_their_own_would_make_the_errors_too_small() -> None:
    """The checker itself."""
    x = smeared(5, jets=400)
    assert np.linalg.norm(algebra_of(found(np.repeat(x, 4, axis=0))).errors) < 0.7 * np.linalg.norm(algebra_of(found(x)).errors)


def test_labels_may_be_renamed() -> None:
    """p(y | x) does not know what the two classes are called."""
    x = cloud(6, rows=2000)
    value = (x[:, 0, :2] ** 2).sum(-1) - 2
    y = (np.random.default_rng(7).uniform(size=len(x)) < 1 / (1 + np.exp(-value))).astype(np.int64)
    one, swapped, named = (found(x, labels, "conditional") for labels in (y, 1 - y, 7 + 5 * y))
    np.testing.assert_allclose(swapped.spectrum, one.spectrum, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(named.spectrum, one.spectrum)
    assert named.tests == one.tests


@pytest.mark.parametrize(("slope", "offset"), [(3.0, 0.0), (1.0, 40.0), (-0.5, 2.0)])
def test_targets_may_change_their_unit_and_origin(slope: float, offset: float) -> None:
    x = cloud(7)
    y = target(x, 7)
    here, there = found(x, y, "conditional"), found(x, slope * y + offset, "conditional")
    assert span_distance(algebra_of(there), algebra_of(here)) < 1e-5
    assert there.defect == pytest.approx(here.defect, rel=1e-3)
    assert there.p_value == pytest.approx(here.p_value, abs=1e-3)


@settings(max_examples=25)
@given(rows=st.integers(1, 60), cuts=st.lists(st.integers(0, 59), max_size=4), seed=SEEDS, degree=st.integers(1, 3))
def test_statistics_add_over_every_split(rows: int, cuts: list[int], seed: int, degree: int) -> None:
    """The Gram matrix of all rows is the sum over any partition, whatever block a row lands in."""
    x = np.random.default_rng(seed).normal(size=(rows, 2, 3))
    parts = [gram_statistics(part, scale=1.5, degree=degree, blocks=8) for part in np.split(x, sorted(c for c in cuts if c <= rows))]
    whole, merged = gram_statistics(x, scale=1.5, degree=degree, blocks=8), reduce(add, parts)
    assert_same_totals(merged, whole)


@settings(max_examples=25)
@given(SEEDS, st.permutations(range(4)))
def test_merging_is_associative_and_commutative(seed: int, order: list[int]) -> None:
    rng = np.random.default_rng(seed)
    a, b, c, d = (gram_statistics(rng.normal(size=(int(rng.integers(1, 30)), 1, 4)), scale=1.0, blocks=8) for _ in range(4))
    left, right = ((a + b) + c) + d, a + (b + (c + d))
    shuffled = reduce(add, [(a, b, c, d)[i] for i in order])
    for other in (right, shuffled):
        np.testing.assert_allclose(other.gram, left.gram, rtol=1e-13, atol=1e-13)
        np.testing.assert_array_equal(other.counts, left.counts)
        assert_same_totals(other, left)


@settings(max_examples=10)
@given(SEEDS)
def test_statistics_forget_masked_vectors_and_keep_their_clusters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, mask = rng.normal(size=(40, 3, 3)), rng.uniform(size=(40, 3)) < 0.6
    hidden, absent = gram_statistics(x, scale=1.0, mask=mask), gram_statistics(np.where(mask[..., None], x, 0.0), scale=1.0)
    np.testing.assert_array_equal(hidden.gram, absent.gram)
    assert hidden.vectors == absent.vectors == int(mask.sum())
    assert hidden.clusters == absent.clusters == 40


def assert_same_totals(one: GramStatistics, other: GramStatistics) -> None:
    """Totals, and the numbers of rows behind them; blocks may be dealt out differently."""
    np.testing.assert_allclose(one.gram.sum(0), other.gram.sum(0), rtol=1e-12, atol=1e-11)
    np.testing.assert_allclose(one.drift, other.drift, rtol=1e-12, atol=1e-11)
    assert (one.vectors, one.drift_vectors, one.clusters) == (other.vectors, other.drift_vectors, other.clusters)


def test_totals_tell_a_missing_row() -> None:
    """The checker itself."""
    x = np.random.default_rng(0).normal(size=(40, 1, 3))
    with pytest.raises(AssertionError):
        assert_same_totals(gram_statistics(x, scale=1.0), gram_statistics(x[1:], scale=1.0))


def flag(seed: int, *, degree: int = 3) -> Discovery:
    """Massless pairs whose labels depend on pT and on the pair mass only."""
    x = momenta(3000, seed=seed)
    pair = x.sum(1)
    value = (pair**2 @ np.diag(MINKOWSKI)) / 2e4 + (x[:, 0, 1] ** 2 + x[:, 0, 2] ** 2) / 2e4 - 1.0
    y = (np.random.default_rng(seed + 20_000).uniform(size=len(x)) < 1 / (1 + np.exp(-value))).astype(np.int64)
    return discover(replace(samples(x, y), coordinates=()), Spectral(measure_degree=degree))


@pytest.mark.parametrize("seed", range(3))
def test_levels_nest(seed: int) -> None:
    """What preserves p(y | x) is sought inside what preserves the support; a measure is preserved by compact generators only."""
    run = flag(seed)
    assert run.support is not None
    assert run.conditional is not None
    assert run.measure is not None
    assert run.measure.dimension <= run.conditional.dimension <= run.support.dimension == 7
    outer = np.linalg.qr(algebra_of(run.support).basis.reshape(7, -1).T)[0]
    inner = algebra_of(run.conditional).basis.reshape(run.conditional.dimension, -1)
    np.testing.assert_allclose(inner @ outer @ outer.T, inner, atol=1e-6)
    assert len(run.conditional.searched) == 7
    eigenvalues = np.linalg.eigvals(algebra_of(run.measure).basis)
    assert np.abs(eigenvalues.real).max(initial=0.0) < 0.2 * np.abs(eigenvalues.imag).max(initial=1.0)


def test_moments_of_degree_two_are_too_blind_for_the_flag() -> None:
    """The checker itself: second moments alone accept S^½ so(n) S^−½, more than the labels do, so the flag needs degree 3."""
    run = flag(0, degree=2)
    assert run.measure is not None
    assert run.conditional is not None
    assert run.measure.dimension > run.conditional.dimension
