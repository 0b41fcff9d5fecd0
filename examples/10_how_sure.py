"""Not rejected is not symmetric: what data rule out about a symmetry that holds, and about one that is broken by 3 %."""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import physym
from physym.data.simulate import textbook

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))
ROWS = (500, 1000, 2000, 4000, 8000, 16_000)
BREAKING = (0.0, 0.03)
SEEDS = 6

case = textbook("so(1,3)")  # a function of m² of one four-vector, with 10 % noise


def level(rows: int, breaking: float, seed: int) -> physym.Level:
    """The conditional level of one data set."""
    return physym.discover(case.make(rows, seed=seed, noise=0.1, breaking=breaking), level="conditional").level


figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained", sharex=True)
for breaking, color in zip(BREAKING, ("C0", "C3"), strict=True):
    bounds, p_values = np.empty((len(ROWS), SEEDS)), np.empty((len(ROWS), SEEDS))
    for i, rows in enumerate(ROWS):
        for seed in range(SEEDS):
            found = level(rows, breaking, seed)
            bounds[i, seed] = 100 * found.certify(case.algebra)
            p_values[i, seed] = next(test.p_value for test in found.tests if test.dimension == 6)
    name = "so(1,3) holds" if breaking == 0 else f"so(1,3) broken by {100 * breaking:g} %"
    for i in (0, len(ROWS) - 1):
        p_text = f"p = {np.median(p_values[i]):.2g}"
        print(
            f"{name}, {ROWS[i]:6,} rows: {p_text}, a defect above {np.median(bounds[i]):.2g} % is ruled out (median of {SEEDS} data sets)"
        )
    axes[0].semilogx(ROWS, np.median(p_values, axis=1), "o-", color=color, label=name)
    axes[1].loglog(ROWS, np.median(bounds, axis=1), "o-", color=color, label=name)
    axes[1].fill_between(ROWS, bounds.min(1), bounds.max(1), color=color, alpha=0.15, linewidth=0)
axes[0].axhline(0.01, color="0.5", linewidth=1)
axes[0].set(xlabel="rows", ylabel="p-value of dimension 6", title="the test: is it rejected?")
axes[1].axhline(100 * BREAKING[1], color="C3", linewidth=1, linestyle="--", label="the true breaking")
axes[1].set(xlabel="rows", ylabel="defect ruled out at 99 %, %", title="the certificate: how large can a breaking be?")
axes[1].legend()
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "10_how_sure.png", dpi=120)
print(level(ROWS[-1], 0.0, 0).sentence)
