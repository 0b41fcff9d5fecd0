"""The method as a whole: which algebra each level finds, and when it declines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.algebra import LieAlgebra, Rep, closure_residual, dilation, extend, so, span_distance
from physym.data import Samples
from physym.discovery import Discovery, Spectral, Status, discover
from physym.errors import DiscoveryFailed, InvalidData
from tests.discovery.jets import MINKOWSKI, momenta, samples

LORENTZ = so(1, 3)
WEYL = extend(LORENTZ, dilation(4))


def support(vectors: np.ndarray) -> Discovery:
    return discover(samples(vectors), level="support")


def test_massless_vectors_have_the_lorentz_algebra_and_dilations() -> None:
    found = support(momenta(200, seed=0))
    assert found.algebra is not None
    assert span_distance(found.algebra, WEYL) < 1e-12
    assert found.status is Status.FOUND
    assert found.level.defect < 1e-9


def test_one_mass_removes_the_dilation() -> None:
    found = support(momenta(200, seed=0, mass=5.0))
    assert found.algebra is not None
    assert span_distance(found.algebra, LORENTZ) < 1e-9
    assert found.level.refuted is not None
    assert found.level.refuted.p_value < 1e-30


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_discovery_commutes_with_linear_maps(seed: int) -> None:
    """discover(M x) = M discover(x) M⁻¹: the result does not know which coordinates it was given."""
    rng = np.random.default_rng(seed)
    change = np.linalg.qr(rng.normal(size=(4, 4)))[0] * rng.uniform(0.5, 2, 4)
    vectors = momenta(100, seed=seed)
    found = discover(replace(samples(vectors @ change.T), coordinates=()), Spectral(), level="support").algebra
    assert found is not None
    expected = LieAlgebra(change @ WEYL.basis @ np.linalg.inv(change))
    assert span_distance(found, expected) < 1e-6


def test_boosted_jets_give_the_same_algebra() -> None:
    boost = np.eye(4)
    boost[0, 0] = boost[3, 3] = np.cosh(1.0)
    boost[0, 3] = boost[3, 0] = np.sinh(1.0)
    found = support(momenta(100, seed=1) @ boost.T).algebra
    assert found is not None
    assert span_distance(found, WEYL) < 1e-10


def test_the_order_of_rows_does_not_matter() -> None:
    vectors = momenta(300, seed=2) * (1 + 0.02 * np.random.default_rng([0, 1]).normal(size=(300, 2, 4)))
    one, other = support(vectors).algebra, support(vectors[::-1]).algebra
    assert one is not None
    assert other is not None
    assert span_distance(one, other) < 1e-9


def test_padding_and_masked_vectors_do_not_count() -> None:
    vectors = momenta(300, seed=3, copies=3)
    spoiled = vectors.copy()
    spoiled[::2, 2] = 77.0
    mask = np.ones((300, 3), dtype=bool)
    mask[::2, 2] = False
    found = discover(replace(samples(spoiled), mask=mask), level="support")
    assert found.algebra is not None
    assert span_distance(found.algebra, WEYL) < 1e-10
    assert found.level.rows == 750


def test_clusters_are_kept_together() -> None:
    """Copies of the same rows add nothing when they are declared to be one cluster."""
    vectors = momenta(400, seed=4) * (1 + 0.05 * np.random.default_rng([0, 1]).normal(size=(400, 2, 4)))
    copied = np.repeat(vectors, 4, axis=0)
    once = discover(samples(vectors), level="support").algebra
    naive = discover(samples(copied), level="support").algebra
    honest = discover(replace(samples(copied), cluster=np.repeat(np.arange(400), 4)), level="support").algebra
    assert once is not None
    assert naive is not None
    assert honest is not None
    assert span_distance(once, honest) < 1e-3  # the bias correction looks at a quarter of the rows
    total = {name: np.linalg.norm(a.errors) for name, a in (("once", once), ("naive", naive), ("honest", honest))}
    assert total["honest"] == pytest.approx(total["once"], rel=1e-2)
    assert total["naive"] < 0.7 * total["once"]


def test_the_errors_cover_the_truth() -> None:
    """Pull of the metric's entries over independent noisy sets."""
    pulls = []
    for seed in range(40):
        vectors = momenta(500, seed=seed) * (1 + 0.03 * np.random.default_rng([seed, 1]).normal(size=(500, 2, 4)))
        metric = support(vectors).metric
        assert metric is not None
        # compare directions: |det J| = 1 fixes the scale only up to the noise of all entries
        pulls.append((metric.matrix - MINKOWSKI)[np.triu_indices(4)] / metric.errors[np.triu_indices(4)])
    width = np.std(pulls)
    assert 0.8 < width < 1.25


def test_many_noisy_jets_have_no_bias_of_second_order() -> None:
    """Without the correction the entries are off by about σ², 2.5e-3 here."""
    vectors = momenta(200_000, seed=0) * (1 + 0.05 * np.random.default_rng([0, 1]).normal(size=(200_000, 2, 4)))
    metric = support(vectors).metric
    assert metric is not None
    np.testing.assert_allclose(metric.matrix, MINKOWSKI, atol=1.5e-3)


@pytest.mark.parametrize("noise", [0.05, 0.1])
def test_large_noise_on_many_jets_does_not_refute_the_truth(noise: float) -> None:
    """The bias that is left, of fourth order in the noise, exceeds the statistical error here; the error bars must cover it."""
    vectors = momenta(50_000, seed=0) * (1 + noise * np.random.default_rng([0, 1]).normal(size=(50_000, 2, 4)))
    found = support(vectors)
    assert found.algebra is not None
    assert found.algebra.dimension == 7
    assert found.metric is not None
    assert np.abs((found.metric.matrix - MINKOWSKI) / found.metric.errors).max() < 4


def test_the_true_dimension_is_rejected_at_the_nominal_rate() -> None:
    p_values = []
    for seed in range(200):
        vectors = momenta(200, seed=seed) * (1 + 0.05 * np.random.default_rng([seed, 1]).normal(size=(200, 2, 4)))
        level = support(vectors).level
        p_values.append(next(test.p_value for test in level.tests if test.dimension == 7))
    for alpha in (0.01, 0.05, 0.1):
        assert (np.array(p_values) < alpha).mean() < alpha + 3 * np.sqrt(alpha * (1 - alpha) / 200)


def test_a_scalar_function_of_the_mass() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 4))
    q = np.einsum("ni,ij,nj->n", x, MINKOWSKI, x)
    y = q + 0.2 * q**2
    y = y + 0.01 * y.std() * rng.normal(size=1000)
    found = discover(Samples(x, rep_x=Rep("V", n=4), y=y), Spectral(degree=4), level="conditional")
    assert found.algebra is not None
    assert found.headline == "conditional"
    assert span_distance(found.algebra, LORENTZ) < 0.01
    assert found.level.defect < 0.05


def test_a_round_cloud_at_the_measure_level() -> None:
    x = np.random.default_rng(0).normal(size=(4000, 3))
    found = discover(Samples(x, rep_x=Rep("V", n=3)), level="measure")
    assert found.algebra is not None
    assert span_distance(found.algebra, so(3)) < 0.1
    assert found.support is None


def test_a_cloud_has_no_support_and_the_next_level_answers() -> None:
    x = np.random.default_rng(0).normal(size=(4000, 3))
    found = discover(Samples(x, rep_x=Rep("V", n=3)))
    assert found.support is not None
    assert found.support.status is Status.NO_CONSTRAINT
    assert found.support.algebra is None
    assert "vanishes" in found.support.reason
    assert found.conditional is not None
    assert "no labels" in found.conditional.reason
    assert found.headline == "measure"


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (None, "no labels"),
        (np.zeros(300, dtype=np.int64), "same y"),
        (np.arange(300) % 3, "3 classes"),
        (np.zeros((300, 2)), "not seen to depend on x"),
    ],
)
def test_the_conditional_level_says_why_it_does_not_apply(y: np.ndarray | None, words: str) -> None:
    level = discover(samples(momenta(300, seed=0), y), level="conditional").conditional
    assert level is not None
    assert level.algebra is None
    assert words in level.reason
    assert words in level.sentence


def test_labels_computed_from_x_are_called_out() -> None:
    vectors = momenta(300, seed=0)
    y = (vectors[:, 0, 1] > 0).astype(np.int64)
    level = discover(samples(vectors, y), level="conditional").conditional
    assert level is not None
    assert "separates" in level.reason


def test_too_few_rows_are_called_out() -> None:
    found = discover(samples(momenta(5, seed=0), np.array([0, 1, 0, 1, 0])))
    assert all(level.algebra is None and level.reason for level in found.levels)


def test_broken_symmetry_is_not_found() -> None:
    """The checker itself: an elliptic cone E² = 2px² + py² + pz² + pxpy has its own algebra, not the Lorentz one."""
    vectors = momenta(300, seed=0)
    p = vectors[..., 1:]
    vectors[..., 0] = np.sqrt(2 * p[..., 0] ** 2 + p[..., 1] ** 2 + p[..., 2] ** 2)
    found = support(vectors).algebra
    assert found is not None
    assert found.dimension == 7
    assert span_distance(found, WEYL) > 0.1


def test_blocks_restrict_the_search() -> None:
    vectors = momenta(200, seed=0)
    found = discover(replace(samples(vectors), blocks=((0,), (1, 2, 3))), level="support").algebra
    assert found is not None
    assert found.dimension == 4  # so(3) and the dilation; boosts mix the blocks
    assert np.abs(found.basis[:, 0, 1:]).max() == 0


def test_a_basis_restricts_the_search() -> None:
    found = discover(samples(momenta(200, seed=0)), Spectral(basis=so(4)), level="support").algebra
    assert found is not None
    assert span_distance(found, so(3)) < 1e-9 if found.n == 3 else found.dimension == 3


def test_the_result_is_closed_and_reproducible() -> None:
    vectors = momenta(500, seed=0) * (1 + 0.05 * np.random.default_rng([1, 1]).normal(size=(500, 2, 4)))
    one, two = support(vectors), support(vectors)
    assert one.algebra is not None
    assert two.algebra is not None
    np.testing.assert_array_equal(one.algebra.basis, two.algebra.basis)
    assert closure_residual(one.algebra) < 1e-10


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"degree": 0}, "degree is 0"), ({"alpha": 0.7}, "alpha is 0.7"), ({"blocks": 3}, "blocks is 3"), ({"noise": -1.0}, "noise is -1")],
)
def test_settings_out_of_range_are_named(settings: dict[str, float], words: str) -> None:
    with pytest.raises(InvalidData, match=words):
        Spectral(**settings)  # type: ignore[arg-type]


def test_unknown_levels_and_devices_are_named() -> None:
    rows = samples(momenta(20, seed=0))
    with pytest.raises(DiscoveryFailed, match="no level 'suport'"):
        discover(rows, level="suport")  # type: ignore[arg-type]
    with pytest.raises(DiscoveryFailed, match="no device 'tpu'"):
        discover(rows, device="tpu")
    with pytest.raises(InvalidData, match="3×3 matrices; the vectors have 4"):
        discover(rows, Spectral(basis=so(3)))


def test_no_rows_are_named() -> None:
    with pytest.raises(DiscoveryFailed, match="no rows"):
        discover(Samples(np.zeros((0, 4)), rep_x=Rep("V", n=4)))


def test_coordinates_of_very_different_size_are_warned_about() -> None:
    vectors = momenta(100, seed=0)
    assert "warning" not in support(vectors).provenance
    assert "similar size" in support(vectors * np.array([1, 1, 1, 1e-5])).provenance["warning"]


def test_degenerate_data_leave_the_other_levels_their_say() -> None:
    flat = momenta(1000, seed=0)
    flat[..., 3] = 0.0
    y = np.random.default_rng(0).integers(0, 2, 1000)
    for level in ("support", "conditional"):
        with pytest.raises(DiscoveryFailed, match="span only 3 of 4"):
            discover(samples(flat, y), level=level)  # type: ignore[arg-type]
    found = discover(samples(flat, y))
    assert found.support is not None
    assert found.support.status is Status.DEGENERATE
    assert found.conditional is not None
    assert "span only 3 of 4" in found.conditional.reason
    assert found.headline == "measure"
    assert "pz is zero throughout" in found.provenance["warning"]
