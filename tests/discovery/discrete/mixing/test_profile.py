"""The held-out test: its level under the null hypothesis, its power, and the bound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym.algebra import MatrixGroup, cyclic, dihedral, tetrahedral
from physym.discovery.discrete.mixing.profile import (
    continuous_p_value,
    element_profiles,
    group_profile,
    omnibus_p_value,
    quadratic_p_value,
    random_defect,
)
from physym.discovery.discrete.mixing.refine import conjugated, refined
from tests.discovery.discrete.mixing.clouds import cloud_and_truth, moments_of, random_orthogonal

ALPHA = 0.05


def p_values(group: MatrixGroup, degree: int, *, seeds: int, rows: int) -> np.ndarray:
    """p-values of the true group, of an element refined on the rows, and of that element with the error of the group."""
    found = []
    for seed in range(seeds):
        z, truth, _ = cloud_and_truth(group, rows, 500 + seed)
        moments = moments_of(z, degree=degree)
        element = element_profiles(moments, refined(moments, truth[1:2]), alpha=ALPHA)[0]
        elements, projector, slope = conjugated(moments, truth)
        whole = group_profile(moments, projector, slope, order=group.order, alpha=ALPHA)
        member = element_profiles(moments, elements[1:2], alpha=ALPHA, of_group=True)[0]
        found.append([whole.p_value, element.p_value, member.p_value])
    return np.array(found)


@pytest.mark.parametrize(("group", "degree"), [(dihedral(4), 8), (cyclic(3), 9), (tetrahedral(reflections=True), 5)], ids=str)
def test_a_true_symmetry_is_rejected_at_most_alpha(group: MatrixGroup, degree: int) -> None:
    seeds = 50
    rejected = (p_values(group, degree, seeds=seeds, rows=1000) < ALPHA).mean(0)
    assert rejected.max() <= ALPHA + 2.6 * np.sqrt(ALPHA * (1 - ALPHA) / seeds)


def test_wrong_elements_are_rejected() -> None:
    z, _, _ = cloud_and_truth(dihedral(4), 3000, 1)
    moments = moments_of(z, degree=8)
    guesses = random_orthogonal(2, 5, 12)
    wrong = [g for g in guesses if np.linalg.norm(np.linalg.matrix_power(g, 4) - np.eye(2)) > 0.5]
    assert wrong
    assert max(profile.p_value for profile in element_profiles(moments, np.array(wrong), alpha=ALPHA)) < 1e-6


def test_the_errors_of_the_guess_drop_out_to_first_order() -> None:
    """Turning an element by a small angle changes the statistic by the square of it, as the derivative is projected off."""
    z, truth, _ = cloud_and_truth(dihedral(4), 4000, 2)
    moments = moments_of(z, degree=6)
    best = refined(moments, truth[1:2], steps=10)

    def defect(angle: float) -> float:
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        profile = element_profiles(moments, best @ turn, alpha=ALPHA)[0]
        return float(profile.p_value)

    assert abs(np.log(defect(0.003) / defect(0.0))) < 0.2


def test_the_bound_covers_the_defect() -> None:
    """The defect of a wrong element, known from 60,000 rows, lies below U of 1,500 rows in at least 1 − alpha of the clouds."""
    group = dihedral(4)
    z, truth, _ = cloud_and_truth(group, 60_000, 7)
    many = moments_of(z, degree=6)
    angle = 0.06
    wrong = truth[1:2] @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    image = many.moved(wrong, many.mean[None])[0, 0] - many.mean
    slope = many.moved(wrong, many.turned())[0]
    along = slope / np.linalg.norm(slope)
    rest = image - along.T @ (along @ image)
    true = float(np.linalg.norm(rest) / np.sqrt(2 * (many.mean**2).sum()))
    rng, covered = np.random.default_rng(0), []
    for _ in range(60):
        moments = moments_of(z[rng.choice(len(z), 1500, replace=False)], degree=6)
        covered.append(element_profiles(moments, wrong, alpha=ALPHA)[0].bound >= true)
    assert np.mean(covered) >= 1 - ALPHA - 2.6 * np.sqrt(ALPHA * (1 - ALPHA) / 60)


def test_the_bound_shrinks_with_the_rows() -> None:
    bounds = []
    for rows in (1000, 16_000):
        z, truth, _ = cloud_and_truth(tetrahedral(reflections=True), rows, 11)
        moments = moments_of(z, degree=4)
        bounds.append(element_profiles(moments, refined(moments, truth[1:2]), alpha=ALPHA)[0].bound)
    assert bounds[1] < 0.6 * bounds[0]


def test_the_group_bound_is_the_mean_over_its_elements() -> None:
    """Σ_g |D(g) m − m|² = 2 |G| |m − P m|²."""
    z, truth, _ = cloud_and_truth(dihedral(4), 3000, 12)
    moments = moments_of(z, degree=6)
    _, projector, _ = conjugated(moments, truth, steps=0)
    images = moments.moved(truth, moments.mean[None])[:, 0] - moments.mean
    outside = moments.mean - projector @ moments.mean
    assert (images**2).sum() == pytest.approx(2 * len(truth) * float(outside @ outside), rel=1e-6)


def test_no_structure_gives_no_bound() -> None:
    moments = moments_of(np.random.default_rng(3).normal(size=(2000, 2)), degree=6)
    assert random_defect(moments, alpha=0.01) <= 0.01
    profile = element_profiles(replace(moments, mean=0 * moments.mean), np.diag([1.0, -1.0])[None], alpha=ALPHA)[0]
    assert np.isnan(profile.bound)
    assert profile.p_value == 1


def test_bands_that_cannot_break_have_p_one() -> None:
    """−1 leaves even degrees alone, whatever the data: no rounding may reject it there."""
    moments = moments_of(np.random.default_rng(4).gamma(2.0, size=(1000, 2)), degree=4)
    profile = element_profiles(moments, -np.eye(2)[None], alpha=ALPHA)[0]
    assert profile.bands[1] == pytest.approx(1)
    assert profile.bands[3] == pytest.approx(1)
    assert profile.bands[0] < 1e-4


def test_the_p_value_of_a_quadratic_form_is_exact_for_equal_variances() -> None:
    from scipy.stats import chi2

    assert quadratic_p_value(np.zeros(2), np.zeros((2, 2))) == 1
    for length in (0.5, 1.0, 2.0, 3.0):
        value = np.full(3, length)
        assert quadratic_p_value(value, 0.3 * np.eye(3)) == pytest.approx(chi2.sf(float(value @ value) / 0.3, 3), rel=0.03)


def test_the_tail_is_right_for_uneven_variances() -> None:
    """Against 400,000 draws, where a scaled χ² would reject four times too often at 0.1 %."""
    from scipy.special import gammaincc

    variances = 1 / np.arange(1, 30) ** 2
    draws = (np.random.default_rng(0).normal(size=(400_000, 29)) ** 2 @ variances) ** 0.5
    for nominal in (0.01, 0.001):
        cut = float(np.quantile(draws, 1 - nominal))
        assert quadratic_p_value(np.array([cut, *np.zeros(28)]), np.diag(variances)) == pytest.approx(nominal, rel=0.1)
    mean, square = variances.sum(), (variances**2).sum()
    assert gammaincc(mean**2 / square / 2, cut**2 * mean / square / 2) < nominal / 2  # the checker sees the light tail


def test_a_continuous_symmetry_is_told_from_a_finite_one() -> None:
    rng = np.random.default_rng(5)
    radii = np.where(rng.uniform(size=8000) < 0.5, 1.0, 2.0) + 0.05 * rng.normal(size=8000)
    angle = rng.uniform(0, 2 * np.pi, size=8000)
    ring = radii[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert continuous_p_value(moments_of(ring[:4000], degree=6), moments_of(ring[4000:], degree=6)) > 1e-3
    z, _, _ = cloud_and_truth(dihedral(4), 8000, 6)
    assert continuous_p_value(moments_of(z[:4000], degree=6), moments_of(z[4000:], degree=6)) < 1e-6


def test_many_small_defects_show_in_the_sum() -> None:
    """Each moment off by 1.5 of its errors, all independent: no band stands out, all together do."""
    z, truth, _ = cloud_and_truth(cyclic(3), 3000, 9)
    moments = moments_of(z, degree=14, radial=4)
    _, projector, slope = conjugated(moments, truth)
    noise = 1e-3
    off = (np.eye(moments.size) - projector) @ (1.5 * noise * np.sign(moments.mean))
    shifted = replace(moments, mean=projector @ moments.mean + off, covariance=noise**2 * np.eye(moments.size))
    assert group_profile(shifted, projector, slope, order=3, alpha=ALPHA).p_value > 0.01
    assert omnibus_p_value(shifted, projector, slope) < 1e-5
    within = replace(shifted, mean=projector @ moments.mean)
    assert omnibus_p_value(within, projector, slope) == 1


def test_the_omnibus_test_keeps_its_level() -> None:
    group, found = dihedral(4), []
    for seed in range(60):
        z, truth, _ = cloud_and_truth(group, 1000, 900 + seed)
        moments = moments_of(z, degree=8)
        _, projector, slope = conjugated(moments, truth)
        found.append(omnibus_p_value(moments, projector, slope) < ALPHA)
    assert np.mean(found) <= ALPHA + 2.6 * np.sqrt(ALPHA * (1 - ALPHA) / 60)
