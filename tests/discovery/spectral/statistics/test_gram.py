"""The fast statistics against a loop over vectors, and their algebra."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.algebra.monomials import evaluate, exponents
from physym.discovery.spectral.statistics.gram import gram_statistics, monomials_of_degree
from physym.errors import ShapeError


def slow_gram(vectors: np.ndarray, mask: np.ndarray, scale: float, degree: int, blocks: int) -> np.ndarray:
    """The definition, one vector at a time."""
    n = vectors.shape[2]
    powers = exponents(n + 1, (degree,))
    gram = np.zeros((blocks, len(powers), len(powers)))
    for i, row in enumerate(vectors):
        for vector, real in zip(row, mask[i], strict=True):
            norm = np.linalg.norm(vector)
            if real and norm > 0:
                psi = evaluate(np.append(vector, scale)[None] / norm, powers)[0]
                gram[i % blocks] += np.outer(psi, psi)
    return gram


def slow_drift(vectors: np.ndarray, mask: np.ndarray, scale: float, degree: int) -> np.ndarray:
    """The definition, one vector at a time; few rows are one chunk, so all of them count."""
    n = vectors.shape[2]
    powers = exponents(n + 1, (degree,))
    drift = np.zeros((len(powers), len(powers)))
    for vector in vectors[mask]:
        unit = np.append(vector, scale) / np.linalg.norm(vector)
        psi = evaluate(unit[None], powers)[0]
        drift += np.outer(psi, psi * (powers[:, :n] @ unit[:n] ** 2))
    return drift


@given(st.integers(1, 40), st.integers(1, 3), st.integers(2, 4), st.integers(1, 3), st.integers(0, 10_000))
def test_statistics_agree_with_the_definition(rows: int, copies: int, n: int, degree: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors, mask = rng.normal(size=(rows, copies, n)), rng.uniform(size=(rows, copies)) < 0.7
    fast = gram_statistics(vectors, scale=1.5, mask=mask, degree=degree, blocks=8)
    np.testing.assert_allclose(fast.gram, slow_gram(vectors, mask, 1.5, degree, 8), atol=1e-11)
    np.testing.assert_allclose(fast.drift, slow_drift(vectors, mask, 1.5, degree), atol=1e-10)
    assert fast.vectors == fast.drift_vectors == mask.sum()
    assert fast.clusters == rows


def test_many_chunks_equal_one_pass() -> None:
    vectors = np.random.default_rng(0).normal(size=(30_000, 1, 4))
    whole = gram_statistics(vectors, scale=1.0)
    parts = [gram_statistics(part, scale=1.0) for part in np.split(vectors, [64 * 100, 64 * 300])]
    merged = parts[2] + (parts[0] + parts[1])
    np.testing.assert_allclose(whole.gram, merged.gram, rtol=1e-12, atol=1e-10)
    assert merged.vectors == 30_000
    assert merged.drift_vectors > 7_000
    np.testing.assert_allclose(merged.drift, sum(part.drift for part in parts), rtol=1e-12)


def test_statistics_of_different_scale_do_not_merge() -> None:
    one = np.ones((8, 1, 4))
    with pytest.raises(ShapeError, match="cannot be merged"):
        _ = gram_statistics(one, scale=1.0) + gram_statistics(one, scale=2.0)


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 10_000))
def test_monomials_come_in_the_order_of_exponents(n: int, degree: int, seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(n, 1, 6))
    np.testing.assert_allclose(monomials_of_degree(x, degree)[:, 0], evaluate(x[:, 0].T, exponents(n, (degree,))).T, atol=1e-12)


def test_the_scale_of_the_momenta_does_not_matter() -> None:
    vectors = np.random.default_rng(1).normal(size=(100, 1, 4))
    np.testing.assert_allclose(gram_statistics(vectors, scale=1.0).gram, gram_statistics(1000 * vectors, scale=1000.0).gram, atol=1e-12)
