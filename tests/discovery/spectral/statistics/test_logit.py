"""One step of a logistic regression: the sums are derivatives of the loss, they add up, and each row lies in its block."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import evaluate, exponents
from physym.discovery.spectral.statistics import rows as module
from physym.discovery.spectral.statistics.logit import LogitPass, LogitStatistics
from physym.discovery.spectral.statistics.rows import row_statistics

SCALE = np.array([1.0, 8.0, 0.125])


def cloud(rows: int = 517, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, 3)) * SCALE, rng.integers(4, 6, size=rows)


def at(coefficients: np.ndarray, degree: int = 2) -> LogitPass:
    return LogitPass(coefficients, (4, 5), SCALE, degree)


def some_coefficients(degree: int = 2) -> np.ndarray:
    return np.random.default_rng(1).normal(size=len(exponents(4, (degree,)))) / 3


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_the_sums_are_what_they_say(degree: int) -> None:
    x, labels = cloud()
    c = some_coefficients(degree)
    found = at(c, degree).sums(x, labels)
    psi = evaluate(np.column_stack([x / SCALE, np.ones(len(x))]), exponents(4, (degree,)))
    y, p = (labels == 5).astype(float), 1 / (1 + np.exp(-psi @ c))
    assert np.allclose(found.gram.sum(0), (psi.T * (p * (1 - p))) @ psi, rtol=1e-12, atol=1e-12)
    assert np.allclose(found.score.sum(0), psi.T @ (y - p), rtol=1e-10, atol=1e-10)
    assert found.loss == pytest.approx(-np.log(np.where(y == 1, p, 1 - p)).sum(), rel=1e-12)
    assert found.wrong == ((p >= 0.5) != (y == 1)).sum()


def test_score_and_gram_are_the_derivatives_of_the_loss() -> None:
    x, labels = cloud()
    c, step = some_coefficients(), 1e-5 * np.random.default_rng(2).normal(size=10)
    here, ahead, behind = (at(c + k * step).sums(x, labels) for k in (0, 1, -1))
    assert ahead.loss - behind.loss == pytest.approx(-2 * here.score.sum(0) @ step, rel=1e-5)
    assert np.allclose(ahead.score - behind.score, -2 * here.gram @ step, rtol=1e-3, atol=1e-9)


def test_rows_lie_in_the_blocks_of_the_first_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a logit of zero every row weighs a quarter; many rows at a time or few."""
    x, labels = cloud(1000)
    first = row_statistics(x, scale=SCALE, labels=labels)
    found = at(np.zeros(10)).sums(x, labels)
    assert np.allclose(found.gram, first.gram.sum(0) / 4, rtol=1e-12)
    assert found.loss == pytest.approx(1000 * np.log(2), rel=1e-12)
    c = some_coefficients()
    whole = at(c).sums(x, labels)
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 64)
    few = at(c).sums(x, labels)
    assert np.allclose(few.gram, whole.gram, rtol=1e-10, atol=1e-12)
    assert np.allclose(few.score, whole.score, rtol=1e-10, atol=1e-12)


def test_parts_add_up() -> None:
    x, labels = cloud(640)
    c = some_coefficients()
    whole = at(c).sums(x, labels)
    parts = at(c).sums(x[:320], labels[:320]) + at(c).sums(x[320:], labels[320:])
    assert np.allclose(whole.gram.sum(0), parts.gram.sum(0), rtol=1e-12, atol=1e-12)
    assert np.allclose(whole.score.sum(0), parts.score.sum(0), rtol=1e-12, atol=1e-10)
    assert (whole.loss, whole.wrong) == (pytest.approx(parts.loss, rel=1e-12), parts.wrong)


def test_no_rows_and_huge_logits_are_no_trouble() -> None:
    nothing = at(np.zeros(10)).sums(np.zeros((0, 3)), np.zeros(0, dtype=np.int64))
    assert isinstance(nothing, LogitStatistics)
    assert (nothing.loss, nothing.wrong, np.abs(nothing.gram).max()) == (0.0, 0, 0.0)
    x, labels = cloud(50)
    steep = at(1e6 * some_coefficients()).sums(x, labels)
    assert np.isfinite(steep.loss)
    assert np.isfinite(steep.gram).all()
