"""Bounds on the breaking: never below the truth more often than stated, and as tight as the statement allows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.algebra import LieAlgebra, Rep, dilation, so
from physym.data import Samples
from physym.discovery import Level, Spectral, discover
from physym.discovery.certificate import certified_defect, largest_variance
from physym.discovery.equation import SymmetryEquation
from physym.errors import InvalidData

BLOCKS, ROWS, SEARCHED = 48, 14, 6
SPAN = np.eye(SEARCHED)[3:]
ALPHA = 0.05


def truth(defect: float) -> np.ndarray:
    """H with three directions of size about one and three of the given relative defect."""
    rng = np.random.default_rng(11)
    columns = np.linalg.qr(rng.normal(size=(ROWS, SEARCHED)))[0]
    return columns * np.array([1.3, 1.0, 0.8, defect, defect, defect])


def draw(matrix: np.ndarray, noise: float, seed: int, *, design: float = 0.0) -> SymmetryEquation:
    """An estimate of H: a mean over blocks, each with the same noise in other directions of other size."""
    rng = np.random.default_rng(seed)
    sizes = np.geomspace(0.2, 1.0, ROWS)[:, None]
    blocks = noise * sizes * rng.normal(size=(BLOCKS, ROWS, SEARCHED))
    share = np.sqrt(BLOCKS / (BLOCKS - 1)) / BLOCKS
    estimate = matrix + blocks.mean(0)
    moved = None
    if design:
        parts = design * rng.normal(size=(BLOCKS, ROWS, ROWS))
        parts = (parts + parts.transpose(0, 2, 1)) / 2
        values, vectors = np.linalg.eigh(np.eye(ROWS) + parts.mean(0))
        estimate = vectors @ (np.sqrt(np.maximum(values, 0))[:, None] * (vectors.T @ estimate))
        columns = np.linalg.qr(estimate)[0]
        moved = columns.T @ (share * (parts - parts.mean(0))) @ columns
    influence = share * (blocks - blocks.mean(0))
    return SymmetryEquation(estimate, influence, np.eye(9).reshape(9, 3, 3)[:SEARCHED], design=moved)


def relative(matrix: np.ndarray, span: np.ndarray) -> float:
    return float(np.linalg.norm(matrix @ span.T, 2) / np.sqrt((matrix**2).sum() / SEARCHED))


def binomial_limit(runs: int) -> float:
    return ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / runs)


@pytest.mark.parametrize("noise", [0.3, 3.0, 10.0])
@pytest.mark.parametrize("defect", [0.01, 0.1, 0.5])
def test_a_named_span_is_falsely_certified_at_most_at_the_stated_rate(noise: float, defect: float) -> None:
    h = truth(defect)
    true = relative(h, SPAN)
    bounds = np.array([certified_defect(draw(h, noise, seed), SPAN, alpha=ALPHA, chosen=False) for seed in range(150)])
    assert (bounds < true).mean() <= binomial_limit(150)


def test_an_error_of_the_norm_itself_is_counted() -> None:
    """Without noise in H the bound must still allow for the norm, an average over a sample; without that term it fails often."""
    h = truth(0.3)
    single = SPAN[:1]
    true = relative(h, single)
    known, ignored = 0, 0
    for seed in range(150):
        equation = draw(h, 1e-3, seed, design=1.0)
        known += certified_defect(equation, single, alpha=ALPHA, chosen=False) < true
        blind = SymmetryEquation(equation.matrix, equation.influence, equation.searched)
        ignored += certified_defect(blind, single, alpha=ALPHA, chosen=False) < true
    assert known / 150 <= binomial_limit(150)
    assert ignored / 150 > binomial_limit(150)


def test_a_norm_that_is_not_known_at_all_certifies_nothing() -> None:
    equation = draw(truth(0.3), 0.1, 0, design=50.0)
    assert not certified_defect(equation, SPAN, alpha=ALPHA, chosen=False) < 1


@pytest.mark.parametrize("seed", range(5))
def test_naming_the_span_pays(seed: int) -> None:
    equation = draw(truth(0.0), 0.3, seed)
    assert certified_defect(equation, SPAN, alpha=ALPHA, chosen=False) < certified_defect(equation, SPAN, alpha=ALPHA)


@pytest.mark.parametrize("noise", [0.3, 1.0])
def test_the_named_bound_is_far_narrower_than_the_ellipsoid_of_scheffe(noise: float) -> None:
    """Scheffé's bound covers every direction of the noise; one quantile suffices. Width: what is added to the measured defect."""
    from scipy.special import chdtri

    ratios = []
    for seed in range(20):
        equation = draw(truth(0.0), noise, seed)
        spread = equation.influence @ SPAN.T
        scale = relative(equation.matrix, SPAN) / np.linalg.norm(equation.matrix @ SPAN.T, 2)
        widest = np.sqrt(largest_variance(spread, np.eye(3)))
        ellipsoid = np.sqrt(chdtri(np.linalg.matrix_rank(spread.reshape(BLOCKS, -1)), ALPHA)) * widest * scale
        width = certified_defect(equation, SPAN, alpha=ALPHA, chosen=False) - relative(equation.matrix, SPAN)
        ratios.append(ellipsoid / width)
    assert np.median(ratios) > 2.5


@given(st.integers(0, 10_000))
def test_the_largest_variance_beats_every_random_pair(seed: int) -> None:
    """A slow oracle: no pair of directions out of many has a larger variance, and it is at most that of the whole noise."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(7, 4, 3)) * rng.gamma(1.0, size=(1, 4, 1))
    found = largest_variance(noise, np.concatenate([np.eye(3), rng.normal(size=(4, 3))]))
    u, a = rng.normal(size=(400, 4)), rng.normal(size=(400, 3))
    u, a = u / np.linalg.norm(u, axis=1, keepdims=True), a / np.linalg.norm(a, axis=1, keepdims=True)
    assert ((np.einsum("bmr,km,kr->kb", noise, u, a) ** 2).sum(1) <= found * (1 + 1e-9)).all()
    assert found <= np.linalg.eigvalsh(noise.reshape(7, -1) @ noise.reshape(7, -1).T)[-1] * (1 + 1e-9)


@pytest.mark.parametrize("chosen", [True, False])
def test_the_bound_does_not_depend_on_units_or_bases(chosen: bool) -> None:
    equation = draw(truth(0.1), 0.3, 3)
    here = certified_defect(equation, SPAN, alpha=ALPHA, chosen=chosen)
    larger = SymmetryEquation(1e3 * equation.matrix, 1e3 * equation.influence, equation.searched)
    assert certified_defect(larger, SPAN, alpha=ALPHA, chosen=chosen) == pytest.approx(here, rel=1e-9)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    assert certified_defect(equation, turn @ SPAN, alpha=ALPHA, chosen=chosen) == pytest.approx(here, rel=1e-3)


def test_a_subtracted_bias_is_tighter_where_the_noise_fills_many_directions() -> None:
    """200 equal rows of noise: the plain bound carries all of it, the other subtracts its mean."""
    rng = np.random.default_rng(0)
    matrix = np.zeros((200, SEARCHED))
    matrix[:SEARCHED] = np.diag([30.0, 30, 30, 0, 0, 0])
    influence = rng.normal(size=(400, 200, SEARCHED)) / 20
    equation = SymmetryEquation(matrix + rng.normal(size=matrix.shape), influence, np.eye(9).reshape(9, 3, 3)[:SEARCHED])
    plain = relative(equation.matrix, SPAN)
    assert certified_defect(equation, SPAN, alpha=ALPHA, chosen=False) < plain


def level() -> Level:
    x = np.random.default_rng(0).normal(size=(3000, 3))
    y = (x**2).sum(1) + 0.1 * np.random.default_rng(1).normal(size=3000)
    return discover(Samples(x, rep_x=Rep("V", n=3), y=y), Spectral(), level="conditional").level


def test_a_level_certifies_what_the_user_names() -> None:
    found = level()
    assert found.certify(so(3)) < found.defect
    assert found.certify(so(3), alpha=1e-4) > found.certify(so(3))
    assert found.certify(dilation(3)) > 0.5  # the dilation changes |x|²


@pytest.mark.parametrize(
    ("algebra", "words"), [(so(4), "shape"), (LieAlgebra(np.ones((1, 3, 3))), "outside the space")], ids=["other dimension", "outside"]
)
def test_what_was_not_searched_cannot_be_certified(algebra: LieAlgebra, words: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 3))
    rows = Samples(x, rep_x=Rep("V", n=3), y=(x**2).sum(1) + 0.1 * rng.normal(size=500))
    found = discover(rows, Spectral(basis=so(3)), level="conditional").level
    with pytest.raises(InvalidData, match=words):
        found.certify(algebra)


def test_a_level_without_an_equation_says_so() -> None:
    with pytest.raises(InvalidData, match="too few rows"):
        Level("measure", "", None, reason="too few rows").certify(so(3))
