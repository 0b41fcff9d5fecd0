"""Bring your own generators: name them, make them exact, find their invariants, and hand them to a computer algebra system."""

import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import physym
from physym.algebra import change_of_basis, direct_sum, se, so, su

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))

# generators as a measurement would give them: mixed at random, in random coordinates, with an error of 1 %
textbook = {"so(1,3)": so(1, 3), "su(3)": su(3), "se(3)": se(3), "so(3) ⊕ so(2)": direct_sum(so(3), so(2))}
measured = {name: change_of_basis(algebra, seed=7, conjugate=True, error=0.01) for name, algebra in textbook.items()}

for name, algebra in measured.items():
    found = physym.identify(algebra)
    print(f"{name}: identified as {found.name}; dimension {algebra.dimension}, Killing signature {found.killing_signature}")

# a basis whose coordinates are the textbook ones can be made exact
boosted = change_of_basis(so(1, 3), seed=7, error=0.01)
exact = physym.snap(boosted)
print(f"\nsnapped: {exact}")
print(f"angle between the spans, measured and exact: {physym.span_distance(boosted, exact):.3f} rad")
print(f"metric of the exact algebra: {np.diag(physym.invariant_metric(exact).matrix)}")
print(f"invariants of degree 2: {physym.invariants(exact, 2)}")

with tempfile.TemporaryDirectory() as folder:
    for suffix in ("tex", "py", "wl", "sage", "g", "json"):
        path = Path(physym.export(exact, Path(folder) / f"algebra.{suffix}"))
        print(f"algebra.{suffix}: {len(path.read_text()):,} characters")

figure, axes = plt.subplots(1, len(measured), figsize=(3 * len(measured), 3), layout="constrained")
for axis, (name, algebra) in zip(axes, measured.items(), strict=True):
    form = algebra.killing_form
    axis.imshow(form, cmap="RdBu_r", vmin=-np.abs(form).max(), vmax=np.abs(form).max())
    axis.set(title=f"Killing form of {name}", xticks=[], yticks=[])
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "03_identify_your_algebra.png", dpi=120)
