"""Row statistics against a plain Gram matrix, their merge, and the levels that they give beside those from the rows themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym import Rep, Samples, Spectral
from physym.algebra import evaluate, so
from physym.discovery.base import Level
from physym.discovery.significance import dimension_tests
from physym.discovery.spectral.equations.moment_sums import moments_from_sums
from physym.discovery.spectral.equations.regression import function_equation
from physym.discovery.spectral.equations.sums import regression_from_sums, regression_sums
from physym.discovery.spectral.levels.streamed import conditional_of, measure_of
from physym.discovery.spectral.statistics import rows as module
from physym.discovery.spectral.statistics.rows import coordinate_scale, row_statistics
from physym.errors import InvalidData, ShapeError
from tests.discovery.calibration import GL3, binomial_limit

RUNS = 300


def plain(x: np.ndarray, y: np.ndarray | None, powers: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Sum of z zᵀ, row by row from the definition."""
    z = evaluate(np.concatenate([x / scale, np.ones((len(x), 1))], axis=1), powers)
    z = z if y is None else np.concatenate([z, y[:, None]], axis=1)
    return z.T @ z


@pytest.mark.parametrize("degree", [1, 2, 3])
@pytest.mark.parametrize("target", [False, True])
def test_the_sums_are_what_they_say(degree: int, target: bool) -> None:
    rng = np.random.default_rng(0)
    x, scale = rng.normal(size=(517, 4)) * [1, 10, 0.1, 3], np.array([1.0, 8.0, 0.125, 4.0])
    y = rng.normal(size=517) if target else None
    labels = rng.integers(-1, 2, size=517)
    found = row_statistics(x, scale=scale, degree=degree, labels=labels, target=y, wide_degree=3)
    assert found.classes == (-1, 0, 1)
    assert found.rows == 517
    for place, label in enumerate(found.classes):
        inside = labels == label
        expected = plain(x[inside], None if y is None else y[inside], found.powers, scale)
        assert np.allclose(found.gram[place].sum(0), expected, rtol=1e-12, atol=1e-10)
        assert found.counts[place].sum() == inside.sum()
    # the constant of z counts the rows of each block, so no filling up of a block is counted
    constant = len(found.powers) - 1
    assert np.array_equal(found.gram[:, :, constant, constant], found.counts)
    assert np.array_equal(found.wide[:, -1, -1], found.counts.sum(1))


def test_every_block_holds_its_own_rows() -> None:
    x = np.arange(1.0, 131.0)[:, None]
    found = row_statistics(x, scale=np.ones(1), degree=1, blocks=64)
    assert found.gram[0, :, 0, 1].tolist() == [float(x[b::64].sum()) for b in range(64)]


def test_many_rows_at_a_time_or_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fits into the cache, and how rows are grouped, moves rows between blocks but not their sum."""
    rng = np.random.default_rng(1)
    x, labels = rng.normal(size=(3000, 3)), rng.integers(0, 2, size=3000)
    whole = row_statistics(x, scale=np.ones(3), labels=labels)
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 128)
    assert np.allclose(row_statistics(x, scale=np.ones(3), labels=labels).gram, whole.gram, rtol=1e-12, atol=1e-10)
    monkeypatch.setattr(module, "ROWS_PER_GROUP", 1000)
    other = row_statistics(x, scale=np.ones(3), labels=labels)
    assert np.allclose(other.gram.sum(1), whole.gram.sum(1), rtol=1e-12, atol=1e-10)


def test_scales_are_powers_of_two_and_move_rarely() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(5000, 3)) * [0.3, 3.1, 700.0]
    assert np.log2(coordinate_scale(x)).tolist() == [-2, 2, 9]
    assert np.array_equal(coordinate_scale(x[:500]), coordinate_scale(x[500:]))


def test_different_statistics_refuse_to_merge() -> None:
    x = np.random.default_rng(3).normal(size=(100, 3))
    first = row_statistics(x, scale=np.ones(3), wide_degree=3)
    others = (
        row_statistics(x, scale=np.array([1.0, 1.0, 2.0]), wide_degree=3),
        row_statistics(x, scale=np.ones(3), wide_degree=3, degree=1),
        row_statistics(x, scale=np.ones(3), wide_degree=3, blocks=32),
        row_statistics(x, scale=np.ones(3), wide_degree=3, target=x[:, 0]),
        row_statistics(x, scale=np.ones(3)),
    )
    for other in others:
        with pytest.raises(ShapeError, match="cannot be merged"):
            first + other
    with pytest.raises(InvalidData, match="labelled and of unlabelled"):
        first + row_statistics(x, scale=np.ones(3), wide_degree=3, labels=np.zeros(100, dtype=np.int64))


def test_what_does_not_fit_is_refused() -> None:
    x = np.ones((200, 3))
    with pytest.raises(ShapeError, match=r"scale has shape \(2,\)"):
        row_statistics(x, scale=np.ones(2))
    with pytest.raises(ShapeError, match=r"labels has shape \(5,\)"):
        row_statistics(x, scale=np.ones(3), labels=np.zeros(5, dtype=np.int64))
    with pytest.raises(InvalidData, match="200 values"):
        row_statistics(x, scale=np.ones(3), labels=np.arange(200))
    statistics = row_statistics(x, scale=np.ones(3))
    with pytest.raises(InvalidData, match="needs two"):
        regression_sums(statistics, degree=2)
    with pytest.raises(InvalidData, match="needs at least that"):
        regression_sums(row_statistics(x, scale=np.ones(3), target=x[:, 0]), degree=3)
    with pytest.raises(InvalidData, match="wide_degree=3"):
        moments_from_sums(statistics, GL3, degree=3)


def test_the_fit_is_that_of_the_rows() -> None:
    """Least squares from sums and from rows: one equation to round-off, errors that differ by the kind of jackknife only."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(2000, 3)) * [1.0, 20.0, 0.2]
    y = (x**2) @ [1.0, 0.0, 3.0] + rng.normal(size=2000)
    ours, _ = regression_from_sums(regression_sums(row_statistics(x, scale=coordinate_scale(x), target=y), degree=2), GL3)
    theirs, _ = function_equation(x, y, np.arange(2000) % 64, GL3, degree=2, logit=False)
    assert np.allclose(ours.svd[1], theirs.svd[1], rtol=1e-8)
    noise = [np.sqrt((equation.influence**2).sum((0, 1))) for equation in (ours, theirs)]
    assert np.allclose(noise[0], noise[1], rtol=0.1)
    assert ours.design is not None
    assert theirs.design is not None
    # the columns of H span the same functions, in bases that are turned against each other
    size = [np.linalg.norm(design, axis=(1, 2)) for design in (ours.design, theirs.design)]
    assert np.allclose(size[0], size[1], rtol=1e-6)


def p_values(seed: int, breaking: float, rows: int = 2000) -> tuple[float, float, float]:
    """Of so(3) for a function, for labels and for a cloud; broken along x₁ by ``breaking``."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3))
    value = (x**2).sum(1) + breaking * x[:, 0]
    labels = (rng.uniform(size=rows) < 1 / (1 + np.exp(3 - value))).astype(np.int64)
    of_target = row_statistics(x, scale=np.ones(3), target=value + 0.5 * rng.normal(size=rows))
    of_labels = row_statistics(x, scale=np.ones(3), labels=labels)
    of_cloud = row_statistics(x + np.array([breaking, 0, 0]), scale=np.ones(3), wide_degree=3)
    equations = (
        regression_from_sums(regression_sums(of_target, degree=2), GL3)[1],
        regression_from_sums(regression_sums(of_labels, degree=2), GL3)[1],
        moments_from_sums(of_cloud, GL3, degree=3)[1],
    )
    first, second, third = (dimension_tests(equation)[2].p_value for equation in equations)
    return first, second, third


def test_true_dimensions_are_rejected_at_the_nominal_rate() -> None:
    found = np.array([p_values(seed, 0.0) for seed in range(RUNS)])
    for alpha in (0.01, 0.05):
        assert ((found < alpha).mean(0) <= binomial_limit(alpha, RUNS)).all(), (found < alpha).mean(0)
    assert ((found < 0.5).mean(0) > 0.3).all()  # and not because nothing is ever rejected


def test_a_breaking_is_seen() -> None:
    found = np.array([p_values(seed, 0.4) for seed in range(20)])
    assert ((found < 0.01).mean(0) >= 0.9).all(), found


def level(x: np.ndarray, y: np.ndarray, *, labels: bool) -> Level:
    statistics = row_statistics(x, scale=np.ones(3), labels=y) if labels else row_statistics(x, scale=np.ones(3), target=y)
    return conditional_of(statistics, Samples(x[:0], rep_x=Rep("V", n=3)), Spectral(), None)


def test_a_whole_algebra_is_asked_again_beyond_its_ideal() -> None:
    """A weak dependence on |x|²: rotations stay and the dilation goes, as from the rows."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(4000, 3))
    y = 0.05 * (x**2).sum(1) + rng.normal(size=4000)
    statistics = row_statistics(x, scale=np.ones(3), target=y)
    what = Samples(x[:0], rep_x=Rep("V", n=3))
    similar = so(3).basis
    basis = np.concatenate([similar, np.eye(3)[None]])
    method = replace(Spectral(), basis=type(so(3))(basis))
    found = conditional_of(statistics, what, method, None)
    assert found.dimension == 3
    assert found.tests[-1].dimension == 4
    assert found.tests[-1].rejected(alpha=0.01)


def test_levels_decline_with_a_reason() -> None:
    x = np.random.default_rng(6).normal(size=(300, 3))
    three, one = np.arange(300) % 3, np.zeros(300, dtype=np.int64)
    assert "3 classes" in level(x, three, labels=True).reason
    assert "all rows carry the same y" in level(x, one, labels=True).reason
    assert "30 rows" in level(x[:30], x[:30, 0], labels=False).reason
    what = Samples(x[:0], rep_x=Rep("V", n=3))
    assert "no labels" in conditional_of(row_statistics(x, scale=np.ones(3)), what, Spectral(), None).reason
    assert "30 independent rows" in measure_of(row_statistics(x[:30], scale=np.ones(3), wide_degree=3), what, Spectral()).reason


def test_well_separated_classes_lose_symmetry_and_the_note_says_so() -> None:
    """A known limit: on an uneven cloud the mean of a steep logit of |x|² is no polynomial, so rotations are rejected, with a note."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(20_000, 3)) * [1.0, 1.5, 0.5] + np.array([1.0, 0.0, 0.0])
    logit = 2 * ((x**2).sum(1) - 4)
    labels = (rng.uniform(size=len(x)) < 1 / (1 + np.exp(-logit))).astype(np.int64)
    found = level(x, labels, labels=True)
    by_logit, _ = function_equation(x, labels.astype(float), np.arange(len(x)) % 64, GL3, degree=2, logit=True)
    assert dimension_tests(by_logit)[2].p_value > 0.01
    assert found.dimension < 3
    assert "lost" in found.note
