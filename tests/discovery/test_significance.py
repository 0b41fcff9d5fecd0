"""Tests and certificates on equations whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.discovery.certificate import certified_defect
from physym.discovery.equation import SymmetryEquation, row_whitened
from physym.discovery.significance import dimension_tests, named_test

BLOCKS = 48


def equation(truth: np.ndarray, noise: float, seed: int) -> SymmetryEquation:
    """An estimate of ``truth`` from the mean of independent noisy copies, one per block."""
    rng = np.random.default_rng(seed)
    m, s = truth.shape
    # rows and columns share noise, as they do when H is linear in few estimated coefficients
    maps = np.random.default_rng(99).normal(size=(6, m, s)) / np.sqrt(m * s)
    copies = truth + noise * np.tensordot(rng.normal(size=(BLOCKS, 6)), maps, 1)
    mean = copies.mean(0)
    influence = (copies - mean) / np.sqrt(BLOCKS * (BLOCKS - 1))
    basis = np.eye(9).reshape(9, 3, 3)[:s]
    return SymmetryEquation(mean, influence, basis)


TRUTH = np.zeros((12, 5))
TRUTH[:3, :3] = np.diag([3.0, 2.0, 1.0])  # two of five directions are symmetries


def test_the_true_dimension_is_rejected_at_the_nominal_rate() -> None:
    p_values = np.array([dimension_tests(equation(TRUTH, 0.3, seed))[1].p_value for seed in range(400)])
    for alpha in (0.01, 0.05, 0.1):
        assert (p_values < alpha).mean() < alpha + 3 * np.sqrt(alpha * (1 - alpha) / 400)
    assert (p_values < 0.5).mean() > 0.25  # and the test is not so conservative that it says nothing


def test_a_larger_dimension_is_rejected() -> None:
    p_values = [dimension_tests(equation(TRUTH, 0.3, seed))[2].p_value for seed in range(50)]
    assert max(p_values) < 1e-3


def test_exact_equations_count_round_off_as_zero() -> None:
    exact = SymmetryEquation(TRUTH + 1e-15, np.zeros((8, 12, 5)), np.eye(9).reshape(9, 3, 3)[:5])
    assert [test.p_value > 0.01 for test in dimension_tests(exact)] == [True, True, False, False, False]


def true_defect(span: np.ndarray) -> float:
    scale = np.sqrt((TRUTH**2).sum() / TRUTH.shape[1])
    return float(np.linalg.norm(TRUTH @ span.T, 2) / scale)


@pytest.mark.parametrize("noise", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("dimension", [2, 3])
def test_certificates_are_false_at_most_at_the_nominal_rate(noise: float, dimension: int) -> None:
    """For spans chosen by the same data, symmetric ones (2) and broken ones (3) alike."""
    false = 0
    for seed in range(200):
        found = equation(TRUTH, noise, seed)
        bound = certified_defect(found, found.span(dimension), alpha=0.05)
        false += bool(bound < true_defect(found.span(dimension)))
    assert false / 200 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_certificates_tighten_with_the_data() -> None:
    bounds = [certified_defect(f := equation(TRUTH, noise, 0), f.span(2), alpha=0.05) for noise in (1e-3, 1e-2, 1e-1)]
    assert bounds[0] < 0.1 * bounds[2]
    assert bounds == sorted(bounds)


def test_a_collapsed_equation_certifies_nothing() -> None:
    """Pure noise preserves everything and proves nothing."""
    collapsed = equation(0 * TRUTH, 1.0, 0)
    assert np.isnan(certified_defect(collapsed, collapsed.span(5), alpha=0.05))


def test_the_plug_in_value_would_be_falsely_certified() -> None:
    """The checker itself: without the noise term the bound fails often, so the test above can fail."""
    false = 0
    for seed in range(200):
        found = equation(TRUTH, 0.5, seed)
        span = found.span(3)
        scale = np.sqrt((found.matrix**2).sum() / 5)
        false += bool(np.linalg.norm(found.matrix @ span.T, 2) / scale < true_defect(span))
    assert false / 200 > 0.2


def test_whitening_helps_against_noisy_rows() -> None:
    truth = TRUTH.copy()
    truth[4, 3] = 0.05  # a small defect in a quiet row …
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(BLOCKS, 12, 5)) / BLOCKS
    noise[:, 6:] *= 30  # … beside loud rows
    noise[:, :6] *= 0.02
    noise -= noise.mean(0)
    loud = SymmetryEquation(truth, noise, np.eye(9).reshape(9, 3, 3)[:5])
    rows = np.einsum("bms,bns->mn", noise, noise)
    assert dimension_tests(loud)[1].p_value > 0.1
    assert dimension_tests(row_whitened(loud, rows))[1].p_value < 1e-3


@given(st.integers(0, 1000))
def test_the_algebra_does_not_depend_on_the_searched_basis(seed: int) -> None:
    found = equation(TRUTH, 0.1, seed)
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(5, 5)))[0]
    turned = SymmetryEquation(found.matrix @ turn.T, found.influence @ turn.T, np.tensordot(turn, found.searched, 1))
    p, q = (e.algebra(2).basis.reshape(2, -1) for e in (found, turned))
    np.testing.assert_allclose(p.T @ p, q.T @ q, atol=1e-9)
    assert dimension_tests(turned)[1].p_value == pytest.approx(dimension_tests(found)[1].p_value, rel=1e-6)
    np.testing.assert_allclose(found.algebra(2).errors.shape, (2, 3, 3))


def test_the_covariance_predicts_the_motion_of_the_span() -> None:
    spans = [equation(TRUTH, 0.2, seed).algebra(2) for seed in range(200)]
    exact = np.zeros((9, 9))
    exact[3, 3] = exact[4, 4] = 1
    outside = [np.linalg.norm(s.basis.reshape(2, -1) @ (np.eye(9) - exact)) ** 2 for s in spans]
    claimed = [np.trace(s.covariance) for s in spans]
    assert np.mean(claimed) == pytest.approx(np.mean(outside), rel=0.2)


def test_a_band_that_the_null_directions_follow_has_no_say() -> None:
    """Two rows see the kept directions only; whatever noise they have can be explained by a motion of the null directions."""
    truth = np.zeros((6, 3))
    truth[0, 0], truth[1, 1] = 1.0, 2.0
    rng = np.random.default_rng(0)
    noise = 1e-3 * rng.normal(size=(64, 6, 3))
    bands = np.array([0, 0, 1, 1, 1, 1])
    equation = SymmetryEquation(truth + noise.sum(0), noise, np.eye(9).reshape(9, 3, 3)[:3], bands=bands, band_names=("low", "high"))
    test = dimension_tests(equation)[0]
    assert test.bands[0] == 1.0
    assert 1e-3 < test.bands[1] < 1.0
    broken = SymmetryEquation(truth + 1e-1 * np.eye(6, 3, -3), noise, equation.searched, bands=bands, band_names=("low", "high"))
    assert dimension_tests(broken)[0].bands[1] < 1e-3


def test_the_smallest_of_the_bands_finds_what_the_omnibus_drowns() -> None:
    """A breaking in three quiet rows beside many loud ones."""
    rng = np.random.default_rng(1)
    truth = np.zeros((43, 2))
    truth[0, 0], truth[1, 1] = 1.0, 0.02
    sizes = np.where(np.arange(43) < 3, 1e-3, 0.1)[:, None]
    noise = sizes * rng.normal(size=(64, 43, 2)) / 8
    bands = (np.arange(43) >= 3).astype(int)
    searched = np.eye(4).reshape(4, 2, 2)[:2]
    whole = dimension_tests(SymmetryEquation(truth, noise, searched))[0].p_value
    parted = dimension_tests(SymmetryEquation(truth, noise, searched, bands=bands, band_names=("quiet", "loud")))[0].p_value
    assert whole > 0.5
    assert parted < 1e-3


def test_a_named_span_is_rejected_at_the_nominal_rate() -> None:
    p_values = np.array([named_test(equation(TRUTH, 0.3, seed), np.eye(5)[3:]).p_value for seed in range(400)])
    for alpha in (0.01, 0.05, 0.1):
        assert (p_values < alpha).mean() < alpha + 3 * np.sqrt(alpha * (1 - alpha) / 400)
    assert (p_values < 0.5).mean() > 0.25


def test_a_wrong_span_is_rejected_though_its_dimension_is_not() -> None:
    found = equation(TRUTH, 0.05, 0)
    assert named_test(found, np.eye(5)[2:4]).p_value < 1e-6
    assert dimension_tests(found)[1].p_value > 0.01
    assert named_test(found, np.eye(5)[2:4]).dimension == 2


def test_a_named_span_may_be_given_in_any_mixture() -> None:
    found, turn = equation(TRUTH, 0.3, 1), np.array([[0.6, 0.8], [-0.8, 0.6]])
    here, there = (named_test(found, span) for span in (np.eye(5)[3:], turn @ np.eye(5)[3:]))
    assert np.isclose(here.p_value, there.p_value)
    assert np.isclose(here.statistic, there.statistic)
