"""Three different statements of symmetry on the same jets: support, conditional and measure are not the same question."""

import os
from pathlib import Path

import matplotlib.pyplot as plt

import physym

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))

jets = physym.load("pythia_toptag")
found = physym.discover_lorentz(jets, level="all")

# support: the cone E² = p² is preserved, labels unused
# conditional: is the probability of "top" given the momenta preserved? The pT window and the detector break most of it
# measure: is the distribution of the momenta preserved? Only compact groups can do that
for level in found.levels:
    print(level.sentence)
    for test in level.tests[: level.dimension + 2]:
        verdict = "rejected" if test.rejected(alpha=level.alpha) else "not rejected"
        verdict += ", does not close" if test.closes is False else ""
        print(f"    at least {test.dimension:2d} generators: p = {test.p_value:.2g}, {verdict}")

figure, axes = plt.subplots(1, len(found.levels), figsize=(4 * len(found.levels), 3), layout="constrained", sharey=True)
for axis, level in zip(axes, found.levels, strict=True):
    tests = level.tests[:9]
    axis.semilogy([test.dimension for test in tests], [max(test.p_value, 1e-12) for test in tests], "o", color="C0")
    axis.axhline(level.alpha, color="C3", linewidth=1, label=f"α = {level.alpha:g}")
    name = level.identification.name if level.identification else "none"
    axis.set(title=f"{level.name}: {name}", xlabel="at least so many generators", xticks=range(1, 10), ylim=(3e-13, 3))
axes[0].set_ylabel("p-value (below 1e-12: at the bottom)")
axes[-1].legend()
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "02_three_statements.png", dpi=120)
