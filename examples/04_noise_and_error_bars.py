"""Smear every component of every constituent and watch the metric: how far it is off, and whether its error bars say so."""

import os
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import physym

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))
MINKOWSKI = np.diag([1.0, -1.0, -1.0, -1.0])
NOISE = (0.001, 0.01, 0.02, 0.05, 0.1)
SEEDS = 8


def smeared(jets: physym.Jets, noise: float, seed: int) -> physym.Samples:
    """Two constituents each of 2,000 random jets, every component multiplied by 1 + noise · N(0, 1)."""
    rng = np.random.default_rng(seed)
    rows = jets[rng.permutation(len(jets))[:2000]].samples(constituents=2)
    return replace(rows, x=rows.x * (1 + noise * rng.normal(size=rows.x.shape)))


jets = physym.load("pythia_toptag")
entries = np.triu_indices(4)
defects, pulls = [], []
for noise in NOISE:
    found = [physym.discover(smeared(jets, noise, seed), level="support") for seed in range(SEEDS)]
    right = [f for f in found if f.identification is not None and f.identification.name == "so(1,3) ⊕ R" and f.metric is not None]
    matrices = np.array([f.metric.matrix for f in right])
    errors = np.array([f.metric.errors for f in right])
    cosines = (matrices * MINKOWSKI).sum((1, 2)) / np.linalg.norm(matrices, axis=(1, 2)) / 2
    deviations = ((matrices - MINKOWSKI) / errors)[:, *entries]
    defects.append(1 - cosines.mean())
    pulls.append(np.sqrt((deviations**2).mean()))
    off = f"1 − cosine of the metric {defects[-1]:.1e}, rms deviation {pulls[-1]:.2f} standard errors"
    print(f"noise {100 * noise:4.1f} %: so(1,3) ⊕ R in {len(right)} of {SEEDS} runs, {off}")

figure, (left, right_axis) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
percent = 100 * np.array(NOISE)
left.loglog(percent, defects, "o-")
left.set(xlabel="noise per component, %", ylabel="1 − cosine to diag(1, −1, −1, −1)", title=f"2,000 jets, mean of {SEEDS} runs")
right_axis.semilogx(percent, pulls, "s-", color="C1")
right_axis.axhline(1, color="0.5", linewidth=1)
right_axis.set(xlabel="noise per component, %", ylabel="rms deviation, standard errors", title="do the error bars cover the truth?")
right_axis.set_ylim(0, 2)
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "04_noise_and_error_bars.png", dpi=120)
