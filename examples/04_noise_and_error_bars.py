"""Smear every component of every constituent and watch the metric: how far it is off, and whether its error bars say so."""

import os
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import physym

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))
MINKOWSKI = np.diag([1.0, -1.0, -1.0, -1.0])
NOISE = (0.0, 0.01, 0.02, 0.05, 0.1)
SEEDS = 5

rows = physym.load("pythia_toptag")[:2000].samples(constituents=2)

defects, pulls = [], []
for noise in NOISE:
    cosines, deviations = [], []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        smeared = replace(rows, x=rows.x * (1 + noise * rng.normal(size=rows.x.shape)))
        found = physym.discover(smeared, level="support")
        metric = found.metric
        cosines.append((metric.matrix * MINKOWSKI).sum() / np.linalg.norm(metric.matrix) / 2)
        # the diagonal says whether the error bars cover the truth; det J is fixed, so three of the four are free
        error = np.diag(metric.errors)
        deviations += list((np.diag(metric.matrix - MINKOWSKI) / np.where(error > 0, error, np.inf))[1:])
    defects.append(1 - np.mean(cosines))
    pulls.append(np.sqrt(np.mean(np.square(deviations))))
    name = found.identification.name if found.identification else "no symmetry"
    off = f"1 − cosine of the metric {defects[-1]:.1e} (mean of {SEEDS} runs)"
    print(f"noise {100 * noise:4.0f} %: {name}, {off}, rms deviation {pulls[-1]:.1f} standard errors")

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
left.plot(np.array(NOISE) * 100, np.maximum(defects, 1e-16), "o-")
left.set(
    xlabel="noise per component, %", ylabel="1 − cosine to diag(1, −1, −1, −1)", yscale="log", title="2,000 jets, two constituents each"
)
right.plot(np.array(NOISE) * 100, pulls, "s-", color="C1")
right.axhline(1, color="0.5", linewidth=1)
right.set(
    xlabel="noise per component, %", ylabel="rms deviation, standard errors", title="do the error bars cover the truth?", ylim=(0, None)
)
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "04_noise_and_error_bars.png", dpi=120)
