"""Finite groups under random linear mixing: how often they are exact, how often a true element is refused, what is found where none is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from benchmarks.table import Row, median_row
from physym.algebra import MatrixGroup, cyclic, dihedral, direct_product, karcher_refined, octahedral, permutations, tetrahedral
from physym.data import Samples
from physym.data.simulate.clouds import random_blobs, symmetric_cloud
from physym.discovery import DiscreteDiscovery, LinearMixing, discover_discrete
from physym.discovery.discrete.mixing.method import Search
from physym.discovery.discrete.mixing.profile import element_profiles, group_profile
from physym.discovery.discrete.mixing.refine import conjugated, refined

NEAR = 0.5  # Frobenius distance of an element to the truth after un-mixing; the nearest wrong elements of D4 are 1.4 away
GROUPS: dict[str, tuple[MatrixGroup, int]] = {
    "D4": (dihedral(4), 5000),
    "T_d": (tetrahedral(reflections=True), 5000),
    "O_h": (octahedral(reflections=True), 20000),
    "S3 × Z2": (direct_product(permutations(3), permutations(2)), 5000),
    **{f"C{k}": (cyclic(k), 5000) for k in range(3, 13)},
}
BLOB_ROWS = (1000, 2000, 3000, 4000, 5000)
BLOBS = {2: 400, 3: 400, 5: 200}  # clouds by dimension


@dataclass(frozen=True, eq=False)
class Trial:
    """One run on a cloud with a known group."""

    found: DiscreteDiscovery
    exact: bool
    error: float
    seconds: float
    group_p: float
    element_p: float


def run(*, seeds: int = 100, blobs: Mapping[int, int] = BLOBS, groups: Mapping[str, tuple[MatrixGroup, int]] = GROUPS) -> list[Row]:
    """Exact and closed groups of ``seeds`` clouds for each group, then verdicts on clouds without symmetry."""
    rows: list[Row] = []
    for name, (group, count) in groups.items():
        rows += group_rows(name, [trial(group, count, seed) for seed in range(seeds)], group.n, count)
    for n, clouds in blobs.items():
        rows += blob_rows(n, clouds)
    return rows


def trial(group: MatrixGroup, count: int, seed: int) -> Trial:
    """Search the group of one cloud; it is exact if names and orders agree and each element lies near the truth after un-mixing."""
    cloud, mixing = symmetric_cloud(group, count, seed=10_000 + seed)
    start = perf_counter()
    found = discover_discrete(cloud, LinearMixing(), seed=seed)
    seconds = perf_counter() - start
    elements = np.linalg.inv(mixing) @ found.group.elements @ mixing
    distance = np.linalg.norm(elements[:, None] - group.elements[None], axis=(2, 3))
    # one element for each, no product off by more than rounding, and the same name
    near = found.order == group.order and len(np.unique(distance.argmin(1))) == group.order and float(distance.min(1).max()) < NEAR
    exact = bool(near and found.name == group.name and found.group.closure_defect < 1e-9)
    return Trial(found, exact, float(distance.min(1).max()), seconds, *true_p_values(cloud, mixing, group, seed))


def true_p_values(cloud: Samples, mixing: np.ndarray, group: MatrixGroup, seed: int) -> tuple[float, float]:
    """Held-out p-values of the true group, and of one true element that was estimated on the proposing half."""
    search = Search.of(cloud, LinearMixing(), seed)
    held_out = search.moments(~search.proposing)
    left, _, right = np.linalg.svd(search.frame.inverse @ mixing @ group.elements @ np.linalg.inv(mixing) @ search.frame.root)
    truth = karcher_refined(MatrixGroup(left @ right, tolerance=0.1), orthogonal=True).elements  # the whitening is not exact
    element = refined(held_out, refined(search.first, truth[1 + seed % (group.order - 1)][None]))
    _, projector, slope = conjugated(held_out, truth)
    whole = group_profile(held_out, projector, slope, order=group.order, alpha=0.01)
    return whole.p_value, element_profiles(held_out, element, alpha=0.01)[0].p_value


def group_rows(name: str, trials: list[Trial], n: int, count: int) -> list[Row]:
    """How often the group was exact and certified, how far its elements were off, how long it took."""
    seeds = len(trials)
    exact = [t for t in trials if t.exact]
    share = len(exact) / seeds
    what = f"{name}, {n}-D, N = {count:,}"
    rows = [
        Row(
            f"{what}: exact and closed",
            len(exact),
            float(np.sqrt(share * (1 - share) * seeds)),
            f"of {seeds}",
            seeds,
            f"≥ {0.95 * seeds:g}",
        ),
        Row("  certified among them", sum(t.found.certified for t in exact), 0.0, f"of {len(exact)}", len(exact)),
    ]
    if exact:
        rows.append(median_row("  bound U", np.array([t.found.bound for t in exact]), "", aim="≤ .3 is certified"))
        rows.append(median_row("  largest distance of an element", np.array([t.error for t in exact]), "Frobenius"))
    for alpha in (0.01, 0.05):
        for kind, values in (("group", [t.group_p for t in trials]), ("estimated element", [t.element_p for t in trials])):
            refused = float((np.array(values) < alpha).mean())
            error = float(np.sqrt(max(refused * (1 - refused), alpha * (1 - alpha)) / seeds))
            rows.append(Row(f"  true {kind} rejected at {alpha:g}", refused, error, "share", seeds, f"≤ {alpha:g}"))
    rows.append(median_row("  time", np.array([t.seconds for t in trials]), "s"))
    return rows


def blob_rows(n: int, blobs: int) -> list[Row]:
    """Verdicts on clouds without symmetry."""
    found = []
    for seed in range(blobs):
        cloud = random_blobs(n, BLOB_ROWS[seed % len(BLOB_ROWS)], seed=1_000_000 * n + seed)
        found.append(discover_discrete(cloud, LinearMixing(), seed=seed))
    certified = sum(f.certified for f in found)
    unrefuted = sum(f.order > 1 and not f.certified for f in found)
    share = unrefuted / blobs
    what = f"random blobs, {n}-D, N = 1,000 … 5,000"
    rows = [
        Row(f"{what}: certified groups", certified, 0.0, f"of {blobs}", blobs, "0"),
        Row("  not rejected, not certified", share, float(np.sqrt(share * (1 - share) / blobs)), "share", blobs),
    ]
    bounds = [f.bound for f in found if f.order > 1 and np.isfinite(f.bound)]
    return [*rows, Row("  smallest bound U of a group", min(bounds), 0.0, "", len(bounds))] if bounds else rows
