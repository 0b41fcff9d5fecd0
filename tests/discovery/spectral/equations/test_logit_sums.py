"""The logit from passes over the rows: that of all rows at once, from any start, with the same error."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import so
from physym.discovery.significance import dimension_tests
from physym.discovery.spectral.equations.logit_sums import Passes, logit_fit
from physym.discovery.spectral.equations.regression import fit_polynomial, function_equation
from physym.discovery.spectral.equations.sums import (
    RegressionSums,
    invariants_from_sums,
    least_squares,
    regression_equation,
    regression_sums,
)
from physym.discovery.spectral.statistics.features import Features
from physym.discovery.spectral.statistics.logit import LogitPass
from physym.discovery.spectral.statistics.rows import row_statistics
from physym.errors import DiscoveryFailed
from tests.discovery.calibration import GL3, binomial_limit

SETS = 200


def steep(rows: int, seed: int, *, strength: float = 2.0, breaking: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels of ``|x|²`` on an uneven cloud."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3)) * [1.0, 1.5, 0.5] + np.array([1.0, 0.0, 0.0])
    value = strength * ((x**2).sum(1) - 4 + breaking * x[:, 1])
    return x, (rng.uniform(size=rows) < 1 / (1 + np.exp(-value))).astype(np.int64)


SCALE = np.array([2.0, 2.0, 0.5])  # of parts and of the whole alike


def passes_over(x: np.ndarray, y: np.ndarray) -> Passes:
    return lambda c: LogitPass(c, (0, 1), SCALE, 2).sums(x, y)


def sums_and_passes(x: np.ndarray, y: np.ndarray) -> tuple[RegressionSums, Passes]:
    return regression_sums(row_statistics(x, scale=SCALE, labels=y), degree=2), passes_over(x, y)


def in_memory(x: np.ndarray, y: np.ndarray, sums: RegressionSums) -> np.ndarray:
    """Newton's method on the rows, the terms in the order of the sums."""
    features = Features.of(x, degree=2)
    psi = (features.psi - features.psi.mean(0)) / features.psi.std(0)
    fit = fit_polynomial(np.column_stack([np.ones(len(x)), psi]), y.astype(float), logit=True).coefficients
    place = {tuple(row): p for p, row in enumerate(features.powers.tolist())}
    return np.append(fit[0], fit[1:][[place[tuple(row)] for row in sums.powers[:-1].tolist()]])


@pytest.mark.parametrize("strength", [0.2, 1.0, 3.0])
def test_the_logit_is_that_of_the_rows(strength: float) -> None:
    x, y = steep(5000, 1, strength=strength)
    sums, passes = sums_and_passes(x, y)
    fit = logit_fit(sums, passes)
    assert fit.coefficients == pytest.approx(in_memory(x, y, sums), abs=1e-8)
    assert fit.passes <= 12
    ours = regression_equation(sums, fit, GL3)[0]
    theirs = function_equation(x, y.astype(float), np.arange(len(x)) % 64, GL3, degree=2, logit=True)[0]
    assert np.allclose(ours.svd[1], theirs.svd[1], rtol=1e-7)
    noise = [np.sqrt((equation.influence**2).sum((0, 1))) for equation in (ours, theirs)]
    assert np.allclose(noise[0], noise[1], rtol=0.25)  # other blocks


def test_left_out_blocks_move_the_fit_as_fitting_anew_does() -> None:
    x, y = steep(4000, 2, strength=1.0)
    sums, passes = sums_and_passes(x, y)
    fit = logit_fit(sums, passes)
    blocks = np.empty(len(x), dtype=np.int64)
    for label in (0, 1):  # each class goes to the blocks by turns
        blocks[y == label] = np.arange((y == label).sum()) % 64
    features = Features.of(x, degree=2)
    psi = np.column_stack([np.ones(len(x)), (features.psi - features.psi.mean(0)) / features.psi.std(0)])
    place = {tuple(row): p for p, row in enumerate(features.powers.tolist())}
    order = [0, *(1 + place[tuple(row)] for row in sums.powers[:-1].tolist())]
    anew = np.array([fit_polynomial(psi[blocks != b], y[blocks != b].astype(float), logit=True).coefficients[order] for b in range(64)])
    exact = np.sqrt(63 / 64) * (anew.mean(0) - anew)
    assert np.linalg.norm(fit.influence - exact) < 0.05 * np.linalg.norm(exact)


def test_a_pilot_changes_the_way_and_not_the_end() -> None:
    x, y = steep(20_000, 3)
    sums, passes = sums_and_passes(x, y)
    alone, led = logit_fit(sums, passes), logit_fit(sums, passes, pilot=passes_over(x[:4000], y[:4000]))
    assert led.coefficients == pytest.approx(alone.coefficients, abs=1e-9)
    assert led.passes < alone.passes
    one_class = y == 1
    poor = logit_fit(sums, passes, pilot=passes_over(x[one_class], y[one_class]))
    assert poor.coefficients == pytest.approx(alone.coefficients, abs=1e-9)
    few = logit_fit(sums, passes, pilot=passes_over(x[:30], y[:30]))
    assert few.coefficients == pytest.approx(alone.coefficients, abs=1e-9)


def test_confined_to_invariants_it_is_a_function_of_them() -> None:
    x, y = steep(4000, 4)
    sums, passes = sums_and_passes(x, y)
    within = invariants_from_sums(sums, so(3).basis)
    fit = logit_fit(sums, passes, within=within)
    assert fit.coefficients.shape == (2,)
    monomials = fit.coefficients @ fit.standard
    square = (sums.powers == 2).any(1)
    assert monomials[square] / sums.scale**2 == pytest.approx([2.0] * 3, rel=0.15)
    assert monomials[~square][:-1] == pytest.approx(0, abs=1e-9)


def test_separated_labels_have_no_logit() -> None:
    x, _ = steep(2000, 5)
    y = ((x**2).sum(1) > 4).astype(np.int64)
    with pytest.raises(DiscoveryFailed, match="separates the labels exactly"):
        logit_fit(*sums_and_passes(x, y))


def test_true_dimensions_are_rejected_at_the_nominal_rate_and_a_breaking_is_seen() -> None:
    found = []
    for seed in range(SETS):
        sums, passes = sums_and_passes(*steep(1500, 100 + seed, strength=1.0))
        found.append(dimension_tests(regression_equation(sums, logit_fit(sums, passes), GL3)[1])[2].p_value)
    rejected = np.array(found)
    for alpha in (0.01, 0.05):
        assert (rejected < alpha).mean() <= binomial_limit(alpha, SETS), (rejected < alpha).mean()
    assert (rejected < 0.5).mean() > 0.2
    sums, passes = sums_and_passes(*steep(4000, 6, breaking=0.5))
    assert dimension_tests(regression_equation(sums, logit_fit(sums, passes), GL3)[1])[2].p_value < 0.01


def test_the_mean_of_steep_labels_loses_what_the_logit_keeps() -> None:
    sums, passes = sums_and_passes(*steep(20_000, 7))
    assert dimension_tests(regression_equation(sums, logit_fit(sums, passes), GL3)[1])[2].p_value > 0.01
    assert dimension_tests(regression_equation(sums, least_squares(sums), GL3)[1])[2].p_value < 1e-6
