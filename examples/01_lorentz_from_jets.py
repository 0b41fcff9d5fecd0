"""From simulated jets to so(1,3) ⊕ R: name, exact generators, metric with errors, LaTeX and a figure."""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import physym

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))

jets = physym.load("pythia_toptag")
found = physym.discover_lorentz(jets)
print(found)

# the seven generators as they come out of the data, each entry with a standard error
algebra, metric = found.algebra, found.metric
print(f"\nlargest standard error of an entry: {algebra.errors.max():.1e}, from {found.level.rows:,} constituents")
print(
    "metric:", ", ".join(f"{value:+.6f} ± {error:.1g}" for value, error in zip(np.diag(metric.matrix), np.diag(metric.errors), strict=True))
)

# the same algebra with exact entries: integers where the error bars allow nothing else
exact = physym.snap(algebra)
print(f"exact metric: {np.diag(physym.invariant_metric(exact).matrix).round(12)}")

with tempfile.TemporaryDirectory() as folder:
    latex = physym.export(exact, Path(folder) / "algebra.tex")
    print(f"\nLaTeX, first lines:\n{''.join(Path(latex).read_text().splitlines(keepends=True)[:6])}")

figure, axes = plt.subplots(1, algebra.dimension + 1, figsize=(2 * (algebra.dimension + 1), 2.4), layout="constrained")
panels = [*exact.basis, metric.matrix]
titles = [*(f"$L_{i + 1}$" for i in range(algebra.dimension)), "metric"]
for axis, panel, title in zip(axes, panels, titles, strict=True):
    axis.imshow(panel, cmap="RdBu_r", vmin=-np.abs(panel).max(), vmax=np.abs(panel).max())
    axis.set(title=title, xticks=range(4), yticks=range(4), xticklabels=algebra.coordinates, yticklabels=algebra.coordinates)
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "01_lorentz_from_jets.png", dpi=120)
