"""Statistics of the support level against a bare Gram matrix of as many columns."""

from __future__ import annotations

import numpy as np

from benchmarks.table import Row, interleaved, median_row
from physym.discovery.spectral.statistics.gram import gram_statistics


def run(*, vectors: int = 1_000_000, repeats: int = 9, seed: int = 0) -> list[Row]:
    """Four-vectors per second on one core, and the ratio to ``X.T @ X`` of the same number of monomials."""
    rng = np.random.default_rng(seed)
    momenta = rng.normal(size=(vectors, 3)) * 50
    x = np.concatenate([np.linalg.norm(momenta, axis=1, keepdims=True), momenta], axis=1)[:, None]
    monomials = rng.normal(size=(vectors, gram_statistics(x[:64], scale=50.0).gram.shape[1]))
    ours, bare = interleaved([lambda: gram_statistics(x, scale=50.0), lambda: monomials.T @ monomials], repeats=repeats)
    return [
        median_row("support statistics, degree 2", vectors / ours / 1e6, "M four-vectors/s per core", aim="≥ 5"),
        median_row(f"bare Gram matrix of {monomials.shape[1]} ready columns", vectors / bare / 1e6, "M rows/s per core"),
        median_row("time over the bare Gram matrix", ours / bare, "×", aim="≤ 2"),
    ]
