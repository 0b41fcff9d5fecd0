"""Find the rotation symmetry of two bodies from their orbits alone, and see how noise on every coordinate blurs it."""

import os
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import physym
from physym.algebra import principal_cosines

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))
NOISE = (0.01, 0.02, 0.05, 0.1)
SEEDS = 5

orbits = physym.load("two_body", split="train")
found = physym.discover(orbits.samples())
print(found)
for level in found.levels:
    print(" ", level.sentence)

rotation = physym.LieAlgebra(np.kron(np.eye(4), [[0.0, -1.0], [1.0, 0.0]])[None])


def off_by(noise: float, seed: int) -> float:
    """1 − cosine of the rotation to the algebra found in smeared orbits; noise in shares of each coordinate's root mean square."""
    size = noise * np.sqrt((orbits.states**2).mean((0, 1)))
    smeared = replace(orbits, states=orbits.states + size * np.random.default_rng(seed).normal(size=orbits.states.shape))
    algebra = physym.discover(smeared.samples(), level="conditional").algebra
    return 1 - principal_cosines(algebra, rotation)[0]


gaps = np.array([[off_by(noise, seed) for seed in range(SEEDS)] for noise in NOISE])
for noise, row in zip(NOISE, gaps, strict=True):
    print(f"noise {100 * noise:4.1f} %: 1 − cosine to so(2) {row.mean():.1e} ± {row.std():.0e} ({SEEDS} seeds)")

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
for run in range(0, len(orbits), 60):
    left.plot(orbits.column("q1x")[run], orbits.column("q1y")[run], linewidth=0.8)
left.set(xlabel="q1x", ylabel="q1y", title="body 1: split by angle", aspect="equal")
image = middle.imshow(found.algebra.basis[0], cmap="RdBu", vmin=-0.4, vmax=0.4)
middle.set_xticks(range(8), orbits.columns, rotation=90)
middle.set_yticks(range(8), orbits.columns)
middle.set_title(f"the generator: {found.identification.name}")
figure.colorbar(image, ax=middle, shrink=0.8)
right.errorbar(100 * np.array(NOISE), gaps.mean(1), yerr=gaps.std(1) / np.sqrt(SEEDS), fmt="o-")
right.set(
    xscale="log", yscale="log", xlabel="noise per coordinate, %", ylabel="1 − cosine to so(2)", title=f"mean of {SEEDS} runs and its error"
)
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "05_two_body.png", dpi=120)
