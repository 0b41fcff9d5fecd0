"""Finite symmetry groups: the order of C_k, its angle before snapping, and how often a group is claimed where there is none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import physym
from benchmarks.table import Row, median_row
from physym.data.simulate import discrete_rotation
from physym.discovery import CyclicOrder, DiscreteDiscovery, discover_discrete

PUBLISHED = {6: 0.012, 7: 0.003, 8: 0.011}  # LieGAN, arXiv 2302.00236, table of the discrete rotation


def run(*, seeds: int = 100, sharp_seeds: int = 10, null_sets: int = 60, first: int = 0) -> list[Row]:
    """Orders at N = 1,000, raw matrices at N = 20,000, and false groups among functions and clouds without symmetry.

    ``first`` is the first seed; the stored table is that of seeds 0 to 99.
    """
    every, sharp, empty = (range(first, first + count) for count in (seeds, sharp_seeds, null_sets))
    rows = []
    for k in range(3, 13):
        right = [rotation(k, 1000, seed).order == k for seed in every]
        rows.append(_share(f"C{k} function of 3-D, plane unknown, N = 1,000: order right", right, "≥ .99"))
    for k in (3, 5, 6, 8, 12):
        right = [cloud(k, 1000, seed).order == k for seed in every]
        rows.append(_share(f"C{k} cloud, N = 1,000: order right", right, "≥ .99"))
    for k, published in PUBLISHED.items():
        errors = np.array([raw_error(k, 20_000, seed) for seed in sharp])
        rows.append(
            median_row(f"C{k}, raw matrix (not snapped), N = 20,000: mean absolute error", errors, "", aim=f"≤ .001 (LieGAN {published})")
        )
        rows.append(Row("  the worst of the seeds", float(errors.max()), 0.0, "", sharp_seeds, "≤ .001"))
    for name, make in NULLS.items():
        found = [make(seed) for seed in empty]
        rows.append(_share(f"{name} without symmetry, N = 1,000: certified group", [f.certified for f in found], "0"))
        rows.append(_share("  a group not rejected (certified or not)", [f.order > 1 for f in found]))
    return rows


def rotation(k: int, rows: int, seed: int) -> DiscreteDiscovery:
    """One run on LieGAN's discrete rotation, free of noise; the plane is not given."""
    samples = discrete_rotation(rows, order=k, seed=np.random.default_rng([seed, k]))
    return discover_discrete(samples, CyclicOrder(), level="conditional", seed=seed)


def cloud(k: int, rows: int, seed: int) -> DiscreteDiscovery:
    """One run on a cloud in the plane: a lopsided blob and its k − 1 images."""
    rng = np.random.default_rng([seed, k, 1])
    centre, skew = rng.uniform(0.8, 1.2), rng.uniform(0.5, 1.5)
    angle = skew * rng.exponential(0.12 * 6 / k, size=rows) + 2 * np.pi * rng.integers(k, size=rows) / k
    radius = centre + 0.1 * rng.normal(size=rows)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return discover_discrete(physym.Samples(x, rep_x=physym.Rep("V", n=2)), CyclicOrder(), seed=seed)


def raw_error(k: int, rows: int, seed: int) -> float:
    """Mean absolute error of the nine entries of the rotation at the angle of best agreement; NaN where the order was wrong.

    Angle and plane are estimated from the data and nothing is snapped; a rotation and its inverse count as the same generator.
    """
    found = rotation(k, rows, seed)
    if found.order != k:
        return float("nan")
    truth = np.eye(3)
    truth[:2, :2] = physym.algebra.cyclic(k).elements[1]
    return float(min(np.abs(found.raw[0] - matrix).mean() for matrix in (truth, truth.T)))


def random_function(seed: int) -> DiscreteDiscovery:
    """A random cubic of two or three variables."""
    first, second = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    n = 2 + seed % 2
    x = second.normal(size=(1000, n))
    cubic = np.einsum("ni,nj,nk,ijk->n", x, x, x, first.normal(size=(n, n, n))) / n**2
    y = x @ first.normal(size=n) + np.einsum("ni,ij,nj->n", x, first.normal(size=(n, n)), x) / n + cubic
    return discover_discrete(physym.Samples(x, rep_x=physym.Rep("V", n=n), y=y), CyclicOrder(), level="conditional", seed=seed)


def random_blobs(seed: int) -> np.ndarray:
    """A mixture of five blobs in the plane, shape ``(1000, 2)``."""
    rng = np.random.default_rng([seed, 2])
    centres, widths, which = 1.5 * rng.normal(size=(5, 2)), 0.3 + rng.random(5), rng.integers(5, size=1000)
    return np.asarray(centres[which] + widths[which][:, None] * rng.normal(size=(1000, 2)))


def cyclic_of_blobs(seed: int) -> DiscreteDiscovery:
    """Cyclic orders of random blobs."""
    return discover_discrete(physym.Samples(random_blobs(seed), rep_x=physym.Rep("V", n=2)), CyclicOrder(), seed=seed)


def candidates_of_blobs(seed: int) -> DiscreteDiscovery:
    """Parity and reflections of random blobs."""
    samples = physym.Samples(random_blobs(seed), rep_x=physym.Rep("V", n=2), coordinates=("u", "v"))
    return discover_discrete(samples, seed=seed)


NULLS: dict[str, Callable[[int], DiscreteDiscovery]] = {
    "random cubics (CyclicOrder)": random_function,
    "random blobs (CyclicOrder)": cyclic_of_blobs,
    "random blobs (Candidates)": candidates_of_blobs,
}


def _share(what: str, hits: list[bool], aim: str = "") -> Row:
    """A share with its binomial standard error (that of one more hit and one more miss, so it is never zero)."""
    count = len(hits)
    smooth = (sum(hits) + 1) / (count + 2)
    return Row(what, sum(hits) / count, float(np.sqrt(smooth * (1 - smooth) / count)), "share", count, aim)
