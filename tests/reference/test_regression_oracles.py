"""Fits and sums beside slow oracles: each block left out in turn, two-stage least squares by its definition, row-by-row sums."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import exponents, so
from physym.discovery.spectral.equations.families import Polynomials
from physym.discovery.spectral.equations.fourier import Fourier
from physym.discovery.spectral.equations.moment_sums import moments_from_sums
from physym.discovery.spectral.equations.sums import jackknife, least_squares, regression_sums
from physym.discovery.spectral.equations.vector_fit import fit_vector
from physym.discovery.spectral.statistics.logit import LogitPass
from physym.discovery.spectral.statistics.rows import coordinate_scale, row_statistics
from physym.discovery.spectral.statistics.span import block_products, carried_span, seen_combinations, whitened
from physym.discovery.spectral.statistics.substitution import substitution
from physym.errors import DiscoveryFailed, InvalidData, ShapeError


def monomial(row: np.ndarray, power: list[int]) -> float:
    """A monomial by its definition, one factor at a time."""
    value = 1.0
    for x, k in zip(row.tolist(), power, strict=True):
        for _ in range(k):
            value *= x
    return value


def design(x: np.ndarray, powers: np.ndarray) -> np.ndarray:
    return np.array([[monomial(row, power) for power in powers.tolist()] for row in x])


# least squares from sums


@pytest.mark.parametrize(("degree", "blocks"), [(1, 5), (2, 8), (3, 16)])
def test_least_squares_from_sums_and_every_block_left_out(degree: int, blocks: int) -> None:
    rng = np.random.default_rng(degree)
    x, scale = rng.normal(size=(240, 2)) * [1.0, 5.0], np.array([1.0, 4.0])
    y = np.sin(x[:, 0]) + 0.3 * rng.normal(size=240)
    sums = regression_sums(row_statistics(x, scale=scale, target=y, degree=degree, blocks=blocks), degree=degree)
    fit = least_squares(sums)
    psi = design(x / scale, sums.powers)
    # the terms of the fit span the same functions, so fitted values can be compared
    direct = np.linalg.lstsq(psi, y, rcond=None)[0]
    np.testing.assert_allclose(fit.coefficients @ fit.standard, direct, atol=1e-6)
    block = np.arange(240) % blocks
    left_out = np.stack([np.linalg.lstsq(psi[block != b], y[block != b], rcond=None)[0] for b in range(blocks)])
    np.testing.assert_allclose(fit.influence @ fit.standard, jackknife(left_out), atol=1e-6)


def test_terms_of_the_fit_have_mean_zero_and_variance_one() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 3)) + 2
    sums = regression_sums(row_statistics(x, scale=np.ones(3), target=x[:, 0], degree=2), degree=2)
    terms = design(x, sums.powers) @ least_squares(sums).standard.T
    np.testing.assert_allclose(terms.mean(0), np.eye(len(terms.T))[0], atol=1e-9)
    np.testing.assert_allclose(terms[:, 1:].var(0), 1, atol=1e-9)


@pytest.mark.parametrize("lower", [1, 2])
def test_a_lower_degree_is_that_of_its_own_statistics(lower: int) -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(130, 2)), rng.normal(size=130)
    high, low = (regression_sums(row_statistics(x, scale=np.ones(2), target=y, degree=d), degree=lower) for d in (3, lower))
    np.testing.assert_array_equal(high.powers, low.powers)
    np.testing.assert_allclose(high.gram, low.gram, atol=1e-12)
    np.testing.assert_allclose(high.cross, low.cross, atol=1e-12)


def test_the_second_of_two_labels_is_one() -> None:
    rng = np.random.default_rng(3)
    x, labels = rng.normal(size=(130, 2)), rng.integers(3, 5, size=130)
    sums = regression_sums(row_statistics(x, scale=np.ones(2), labels=labels), degree=2)
    np.testing.assert_allclose(sums.cross.sum(0), design(x, sums.powers).T @ (labels == 4), atol=1e-10)


def test_the_jackknife_of_a_mean_is_its_textbook_error() -> None:
    values = np.random.default_rng(4).normal(size=40)
    left_out = np.array([[np.delete(values, i).mean()] for i in range(40)])
    assert (jackknife(left_out) ** 2).sum() == pytest.approx(values.var(ddof=1) / 40)
    assert jackknife(left_out).sum() == pytest.approx(0, abs=1e-12)


def test_what_the_statistics_do_not_hold_is_refused_with_the_cure() -> None:
    x = np.random.default_rng(5).normal(size=(50, 2))
    plain = row_statistics(x, scale=np.ones(2))
    with pytest.raises(InvalidData, match=r"hold degree 2; a fit of degree 3 .* collect them anew"):
        regression_sums(plain, degree=3)
    with pytest.raises(InvalidData, match="hold 0 classes; a fit needs two, or a target"):
        regression_sums(plain, degree=2)
    with pytest.raises(InvalidData, match="wide_degree=3"):
        moments_from_sums(plain, so(2).basis, degree=3)


# two-stage least squares


@pytest.mark.parametrize("seed", range(3))
def test_two_stage_least_squares_by_its_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, noise = rng.normal(size=(600, 3)), 0.4 * rng.normal(size=(2, 600, 3))
    psi, probe = truth + noise[0], truth + noise[1]
    y = truth @ rng.normal(size=(3, 2)) + 0.1 * rng.normal(size=(600, 2))
    first = probe @ np.linalg.lstsq(probe, psi, rcond=None)[0]
    second = np.linalg.lstsq(first, y, rcond=None)[0].T
    block = np.arange(600) % 12
    fit = fit_vector(psi, y, probe, block)
    np.testing.assert_allclose(fit.coefficients, second, atol=1e-9)
    assert np.abs(fit.coefficients - np.linalg.lstsq(psi, y, rcond=None)[0].T).max() > 0.02, "plain least squares is another estimate"
    solved = [np.linalg.solve(probe[block != b].T @ psi[block != b], probe[block != b].T @ y[block != b]).T for b in range(12)]
    wanted = jackknife(np.stack(solved).reshape(12, -1)).reshape(fit.influence.shape)
    np.testing.assert_allclose(fit.influence, wanted, atol=0.02 * np.abs(wanted).max())


@pytest.mark.parametrize("seed", range(3))
def test_a_fit_moves_with_linear_changes_of_all_three(seed: int) -> None:
    rng = np.random.default_rng(seed)
    psi, extra, y, block = rng.normal(size=(300, 3)), 0.2 * rng.normal(size=(300, 3)), rng.normal(size=(300, 2)), np.arange(300) % 10
    y = psi @ rng.normal(size=(3, 2)) + 0.05 * y
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    mix, lens = rng.normal(size=(3, 3)) + 2 * np.eye(3), rng.normal(size=(2, 2))
    first = fit_vector(psi, y, psi + extra, block)
    second = fit_vector(psi @ turn.T, y @ lens.T, (psi + extra) @ mix.T, block)
    np.testing.assert_allclose(second.coefficients, lens @ first.coefficients @ turn.T, atol=1e-9)
    np.testing.assert_allclose(second.influence, lens @ first.influence @ turn.T, atol=1e-9)
    np.testing.assert_allclose(second.root @ second.root.T, turn @ first.root @ first.root.T @ turn.T, atol=1e-9)


def test_rows_and_block_numbers_in_any_order_give_the_same_fit() -> None:
    rng = np.random.default_rng(7)
    psi, block = rng.normal(size=(200, 2)), np.arange(200) % 8
    y = psi + 0.1 * rng.normal(size=(200, 2))
    order, names = rng.permutation(200), rng.permutation(8)
    first, second = fit_vector(psi, y, psi, block), fit_vector(psi[order], y[order], psi[order], names[block[order]])
    np.testing.assert_allclose(second.coefficients, first.coefficients, atol=1e-12)
    np.testing.assert_allclose(second.influence[names], first.influence, atol=1e-12)


# spans


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_span_is_that_of_the_singular_vectors_and_moves_with_rotations(rank: int) -> None:
    rng = np.random.default_rng(rank)
    x = rng.normal(size=(200, rank)) @ rng.normal(size=(rank, 4))
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    block = np.arange(200) % 16
    span, moved = carried_span(x, x, block), carried_span(x @ turn.T, x @ turn.T, block)
    exact = np.linalg.svd(x, full_matrices=False)[2][:rank]
    np.testing.assert_allclose(span.columns @ span.columns.T, exact.T @ exact, atol=1e-9)
    np.testing.assert_allclose(moved.columns @ moved.columns.T, turn @ exact.T @ exact @ turn.T, atol=1e-9)
    np.testing.assert_allclose(span.columns.T @ span.off, 0, atol=1e-12)
    np.testing.assert_allclose(span.root @ span.root.T, span.columns.T @ (x.T @ x / 200) @ span.columns, atol=1e-9)


def test_block_products_and_whitening_row_by_row() -> None:
    rng = np.random.default_rng(0)
    left, right, block = rng.normal(size=(50, 2)), rng.normal(size=(50, 3)), rng.integers(0, 6, size=50)
    found = np.zeros((int(block.max()) + 1, 2, 3))
    for a, b, k in zip(left, right, block, strict=True):
        found[k] += np.outer(a, b) / 50
    np.testing.assert_allclose(block_products(left, right, block), found, atol=1e-14)
    flat = np.column_stack([left, left @ [1.0, 2.0], np.zeros(50)])
    white = whitened(flat)
    assert white.shape == (50, 2)
    np.testing.assert_allclose(white.T @ white / 50, np.eye(2), atol=1e-9)
    np.testing.assert_allclose(white @ np.linalg.lstsq(white, flat, rcond=None)[0], flat, atol=1e-9)


def test_combinations_that_are_seen_are_the_row_space() -> None:
    moved = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    kept = seen_combinations(moved)
    assert kept.shape == (2, 3)
    np.testing.assert_allclose(kept @ kept.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(kept @ np.array([1.0, -1.0, 0.0]), 0, atol=1e-12)


# rows and their sums


@pytest.mark.parametrize(("rows", "blocks", "degree"), [(1, 4, 1), (7, 16, 2), (50, 7, 2), (33, 1, 3)])
def test_row_statistics_one_row_at_a_time(rows: int, blocks: int, degree: int) -> None:
    rng = np.random.default_rng(rows)
    x, y, labels, scale = rng.normal(size=(rows, 2)), rng.normal(size=rows), rng.integers(0, 2, size=rows), np.array([2.0, 0.5])
    found = row_statistics(x, scale=scale, degree=degree, labels=labels, target=y, blocks=blocks)
    gram, counts, turn = np.zeros_like(found.gram), np.zeros_like(found.counts), dict.fromkeys(found.classes, 0)
    for row, value, label in zip(x, y, labels.tolist(), strict=True):
        z = np.append(design(np.append(row / scale, 1.0)[None], found.powers)[0], value)
        place, block = found.classes.index(label), turn[label] % blocks
        gram[place, block] += np.outer(z, z)
        counts[place, block] += 1
        turn[label] += 1
    np.testing.assert_allclose(found.gram, gram, atol=1e-12)
    np.testing.assert_array_equal(found.counts, counts)


def test_shapes_that_do_not_fit_are_named() -> None:
    x = np.ones((4, 2))
    for name, wrong in (("scale", {"scale": np.ones(3)}), ("labels", {"labels": np.zeros(3, int)}), ("target", {"target": np.zeros(5)})):
        with pytest.raises(ShapeError, match=rf"{name} has shape \("):
            row_statistics(x, **{"scale": np.ones(2), **wrong})


@pytest.mark.parametrize("power", [-40, -3, 0, 5, 60])
def test_scales_follow_powers_of_two(power: int) -> None:
    x = np.random.default_rng(0).normal(size=(50, 3))
    np.testing.assert_array_equal(coordinate_scale(x * 2.0**power), coordinate_scale(x) * 2.0**power)


@pytest.mark.parametrize("m", [1, 2, 3])
@pytest.mark.parametrize("degree", [0, 1, 2, 4])
def test_substitutions_multiply_and_act_row_by_row(m: int, degree: int) -> None:
    rng = np.random.default_rng(degree)
    a, b, x = rng.normal(size=(m, m)), rng.normal(size=(m, m)), rng.normal(size=(4, m))
    powers = exponents(m, (degree,))
    np.testing.assert_allclose(design(x @ a.T, powers), design(x, powers) @ substitution(a, degree).T, atol=1e-9)
    np.testing.assert_allclose(substitution(a @ b, degree), substitution(a, degree) @ substitution(b, degree), atol=1e-9)
    np.testing.assert_array_equal(substitution(np.eye(m), degree), np.eye(len(powers)))


def test_logit_sums_row_by_row_are_the_derivatives_of_the_likelihood() -> None:
    rng = np.random.default_rng(0)
    x, y, c, blocks = rng.normal(size=(41, 2)), rng.integers(0, 2, size=41), rng.normal(size=6), 8
    found = LogitPass(c, (0, 1), np.ones(2), 2, blocks).sums(x, y)
    psi = design(np.column_stack([x, np.ones(41)]), exponents(3, (2,)))

    def loss(at: np.ndarray) -> float:
        p = 1 / (1 + np.exp(-psi @ at))
        return float(-np.log(np.where(y == 1, p, 1 - p)).sum())

    assert found.loss == pytest.approx(loss(c))
    slope = np.array([(loss(c + 1e-6 * e) - loss(c - 1e-6 * e)) / 2e-6 for e in np.eye(6)])
    np.testing.assert_allclose(found.score.sum(0), -slope, atol=1e-6)
    units = 1e-4 * np.eye(6)
    curve = [[(loss(c + h + k) - loss(c + h - k) - loss(c - h + k) + loss(c - h - k)) / 4e-8 for k in units] for h in units]
    np.testing.assert_allclose(found.gram.sum(0), curve, atol=1e-4)
    assert found.wrong == int(((2 * y - 1) * (psi @ c) <= 0).sum())


def test_a_hopeless_fit_and_an_empty_family_are_refused() -> None:
    rng = np.random.default_rng(9)
    with pytest.raises(DiscoveryFailed, match=r"known to 10 %\. Use more or cleaner rows"):
        fit_vector(rng.normal(size=(30, 1)), 1e3 * rng.normal(size=(30, 1)), rng.normal(size=(30, 1)), np.arange(30) % 5)
    for wrong, name in (
        (lambda: Polynomials(degree=0), "degree=0"),
        (lambda: Fourier(count=0), "count=0"),
        (lambda: Fourier(widths=()), "widths"),
    ):
        with pytest.raises(InvalidData, match=name):
            wrong()
