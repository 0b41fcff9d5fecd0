"""The symmetry of a law of motion from runs: the equivariance of the next state, with and without noise."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import numpy as np

import physym
from benchmarks.table import Row, median_row
from physym.algebra import principal_cosines, so
from physym.data.simulate import pendulum, plane_oscillator, spring, three_body, two_body

NOISE = {0.0: "≤ 1e-6", 0.003: "≤ 1e-5", 0.01: "≤ 1e-5", 0.03: "≤ 1e-4", 0.1: "≤ 4e-3"}
ENSEMBLES = {
    "two bodies, eccentric": (lambda seed: two_body(200, seed=seed, eccentricity=0.5), 1),
    "two bodies, eccentric, in a field of .02": (lambda seed: two_body(200, seed=seed, eccentricity=0.5, field=(0.02, 0.0)), 0),
    "three bodies": (lambda seed: three_body(450, seed=seed), 1),
    "spring, all matrices": (lambda seed: spring(200, seed=seed), 2),
    "plane oscillator, all matrices": (lambda seed: plane_oscillator(200, seed=seed), 8),
    "pendulum, all matrices": (lambda seed: pendulum(200, seed=seed), 0),
}


def run(*, seeds: int = 10, ensemble_seeds: int = 5) -> list[Row]:
    """Distance 1 − cosine of the two-body algebra to so(2), its time, and the dimension of the ensembles."""
    orbits = physym.load("two_body", split="train")
    rows = []
    for blocks in (None, "full"):
        words = "2×2 blocks" if blocks is None else "8×8, modulo the annihilator of the span"
        for noise, aim in NOISE.items():
            found = [rotation(orbits, noise, seed, blocks) for seed in range(seeds if noise else 1)]
            gaps = np.array([gap for gap, _ in found])
            what = f"two_body, {words}, {100 * noise:g} % noise"
            aimed = aim if blocks is None else ""
            rows.append(Row(f"1 − cosine to so(2): {what}", float(gaps.mean()), float(gaps.std()), "mean ± spread", len(gaps), aimed))
            rows.append(Row("  the worst of the seeds", float(gaps.max()), 0.0, "", len(gaps), aimed))
            rows.append(Row("  runs with dimension 1", sum(d == 1 for _, d in found), 0.0, f"of {len(found)}", len(found), str(len(found))))
    samples = orbits.samples()
    rows.append(median_row("two_body, 2×2 blocks: seconds of one core", core_seconds(samples, repeats=9), "s", aim="≤ 0.15"))
    for name, (make, dimension) in ENSEMBLES.items():
        blocks = "full" if "all matrices" in name else None
        runs = [make(seed).samples(blocks=blocks) for seed in range(ensemble_seeds)]
        right = sum(physym.discover(samples, level="conditional").level.dimension == dimension for samples in runs)
        what = f"{name}: runs with dimension {dimension}"
        rows.append(Row(what, right, 0.0, f"of {ensemble_seeds}", ensemble_seeds, str(ensemble_seeds)))
    return rows


def core_seconds(samples: physym.Samples, *, repeats: int) -> np.ndarray:
    """Processor time of each run after the first, shape ``(repeats,)``: what one core spends, whatever else the machine does."""
    physym.discover(samples, level="conditional")
    seconds = np.empty(repeats)
    for i in range(repeats):
        start = process_time()
        physym.discover(samples, level="conditional")
        seconds[i] = process_time() - start
    return seconds


def rotation(orbits: physym.Trajectories, noise: float, seed: int, blocks: str | None) -> tuple[float, int]:
    """1 − cosine between the found generators and the common rotation of all vectors as actions on the span, and the dimension found."""
    rng = np.random.default_rng([seed, 7])
    size = noise * np.sqrt((orbits.states**2).mean((0, 1)))
    smeared = replace(orbits, states=orbits.states + size * rng.normal(size=orbits.states.shape))
    level = physym.discover(smeared.samples(blocks=blocks), level="conditional").level
    truth = physym.LieAlgebra(np.kron(np.eye(4), so(2).basis[0])[None])
    if not level.dimension:
        return float("nan"), 0
    cosines = principal_cosines(level.algebra, truth, support=orbits.states.reshape(-1, 8))
    return float(1 - cosines[0]), level.dimension
