"""`discover_lorentz` on the shipped jets: the figures that README quotes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym.algebra import so, span_distance
from physym.data import Jets
from physym.discovery import Discovery, discover_lorentz
from tests.discovery.jets import MINKOWSKI, metric_cosine


def assert_exact(found: Discovery) -> None:
    assert found.identification is not None
    assert found.identification.name == "so(1,3) ⊕ R"
    assert found.algebra is not None
    assert found.algebra.dimension == 7
    assert found.exact is not None, found.exact_reason
    assert found.metric is not None
    np.testing.assert_allclose(found.metric.matrix, MINKOWSKI, atol=1e-6)


def test_the_4000_sample_jets(sample_jets: Jets) -> None:
    found = discover_lorentz(sample_jets)
    assert_exact(found)
    assert found.level.rows == 8000
    assert found.level.refuted is not None
    assert found.level.refuted.p_value < 1e-50


def test_twelve_jets_suffice(sample_jets: Jets) -> None:
    for start in range(0, 120, 12):
        assert_exact(discover_lorentz(sample_jets[start : start + 12]))


def test_exact_entries_are_exact(sample_jets: Jets) -> None:
    exact = discover_lorentz(sample_jets).exact
    assert exact is not None
    assert {float(entry) for matrix in exact.exact for entry in matrix} <= {-1.0, 0.0, 1.0}
    np.testing.assert_array_equal(exact.basis, np.array([np.array(m.tolist(), dtype=float) for m in exact.exact]))


@pytest.mark.parametrize(("noise", "cosine"), [(0.01, 0.99999), (0.05, 0.9998), (0.10, 0.999)])
def test_multiplicative_noise_on_2000_jets(sample_jets: Jets, noise: float, cosine: float) -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        kept = sample_jets[rng.permutation(len(sample_jets))[:2000]]
        smeared = smear(kept, noise, rng)
        found = discover_lorentz(smeared)
        assert found.metric is not None
        assert metric_cosine(found.metric.matrix) >= cosine
        assert found.level.noise == pytest.approx(noise, rel=0.1)


def smear(jets: Jets, noise: float, rng: np.random.Generator) -> Jets:
    """Every coordinate of the two leading constituents multiplied by 1 + noise."""
    vectors = jets.four_momenta[:, :2]
    return Jets(vectors * (1 + noise * rng.normal(size=vectors.shape)), resolution=noise)


@pytest.mark.parametrize("mass", [0.13957, 5.0])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_one_mass_for_all_constituents_removes_the_dilation(sample_jets: Jets, mass: float) -> None:
    momenta = sample_jets.four_momenta[:, :2].copy()
    momenta[..., 0] = np.sqrt(mass**2 + (momenta[..., 1:] ** 2).sum(-1))
    jets = Jets(momenta)
    found = discover_lorentz(jets)
    assert found.identification is not None
    assert found.identification.name == "so(1,3)"
    assert found.level.refuted is not None
    assert found.level.refuted.p_value < 1e-9
    assert found.metric is not None
    np.testing.assert_allclose(found.metric.matrix, MINKOWSKI, atol=1e-6)


def test_the_conditional_level_keeps_rotations_about_the_beam(sample_jets: Jets) -> None:
    found = discover_lorentz(sample_jets, level="conditional")
    level = found.conditional
    assert level is not None
    assert level.algebra is not None
    lorentz = so(1, 3)
    flat = np.linalg.qr(level.algebra.basis.reshape(level.dimension, -1).T)[0]
    kept = [float(np.linalg.norm(flat.T @ (m / np.linalg.norm(m)).ravel())) for m in (*lorentz.basis, np.eye(4))]
    rotation_z = np.zeros((4, 4))
    rotation_z[1, 2], rotation_z[2, 1] = -1, 1
    assert np.linalg.norm(flat.T @ rotation_z.ravel()) / np.sqrt(2) > 0.99
    assert kept[-1] < 0.2  # the dilation is rejected
    for axis in (1, 2):  # and so are the transverse boosts
        boost = np.zeros((4, 4))
        boost[0, axis] = boost[axis, 0] = 1
        assert np.linalg.norm(flat.T @ boost.ravel()) / np.sqrt(2) < 0.2
    assert found.support is not None


def test_the_measure_level_keeps_rotations_about_the_beam_alone(sample_jets: Jets) -> None:
    level = discover_lorentz(sample_jets, level="measure").measure
    assert level is not None
    assert level.algebra is not None
    assert level.dimension == 1
    assert abs(level.algebra.basis[0, 1, 2] - level.algebra.basis[0, 2, 1]) / np.sqrt(2) > 0.99 * np.linalg.norm(level.algebra.basis[0])


@pytest.mark.parametrize("slope", [1.5, 6.0])
@pytest.mark.parametrize("jets", [1000, 2000, 4000])
def test_labels_drawn_from_the_pair_mass_give_the_lorentz_algebra(sample_jets: Jets, jets: int, slope: float) -> None:
    """The slope is that of the logit in interquartile ranges of m₁₂²: from a weak to a strong dependence."""
    for seed in range(4):
        rng = np.random.default_rng([jets, seed])
        kept = sample_jets[rng.permutation(len(sample_jets))[:jets]]
        mass2 = kept.four_momenta[:, :2].sum(1) ** 2 @ np.diag(MINKOWSKI)
        lower, middle, upper = np.quantile(mass2, [0.25, 0.5, 0.75])
        value = slope * (mass2 - middle) / (upper - lower)
        labels = (rng.uniform(size=jets) < 1 / (1 + np.exp(-value))).astype(np.int64)
        level = discover_lorentz(replace(kept, labels=labels), level="conditional").conditional
        assert level is not None
        assert level.identification is not None
        assert level.identification.name == "so(1,3)"
        assert level.algebra is not None
        assert span_distance(level.algebra, so(1, 3)) < 1e-6
        assert level.refuted is not None
        assert level.refuted.dimension == 7
        assert level.refuted.p_value < 0.01


def test_shuffled_labels_are_symmetric_under_everything_and_certify_nothing(sample_jets: Jets) -> None:
    """The checker itself: labels that carry no information refute nothing, and the card must say so."""
    labels = np.random.default_rng(0).permutation(np.asarray(sample_jets.labels))
    level = discover_lorentz(replace(sample_jets, labels=labels), level="conditional").conditional
    assert level is not None
    assert not level.defect < 1
    assert "no defect certified" in level.sentence


def test_all_levels_carry_the_flag(sample_jets: Jets) -> None:
    found = discover_lorentz(sample_jets, level="all")
    assert [level.name for level in found.levels] == ["support", "conditional", "measure"]
    assert [level.dimension for level in found.levels] == sorted((level.dimension for level in found.levels), reverse=True)
    assert found.headline == "support"
    assert "masses" in found.provenance
