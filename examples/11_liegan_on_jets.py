"""Adversarial discovery on jets: LieGAN from two seeds beside Spectral, how near it comes, and what the calibrated test says of it."""

import os
from pathlib import Path

import numpy as np

import physym
from physym.discovery.adversarial import Optimisation
from physym.report import training_figure

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))
STEPS = 1000

jets = physym.load("pythia_toptag")
spectral = physym.discover_lorentz(jets)
liegan = physym.discover_lorentz(jets, method=physym.LieGAN(seeds=2, optimisation=Optimisation(steps=STEPS)))
print(f"{len(jets):,} jets, two leading constituents, support level (E² = p² is preserved)")
for name, found in (("Spectral", spectral), ("LieGAN", liegan)):
    eta, errors = np.diag(found.metric.matrix), np.diag(found.metric.errors)
    metric = ", ".join(f"{value:+.4f} ± {error:.0e}" for value, error in zip(eta, errors, strict=True))
    print(f"{name:>9}: {found.title}, {found.seconds:.2f} s, metric {metric}")

# what the critic of the game cannot say, the calibrated test does
print(f"{liegan.status.value} {liegan.level.note}.")
truth = physym.algebra.extend(physym.algebra.so(1, 3), physym.algebra.dilation(4))
for seed, row in zip(liegan.runs.seeds, liegan.runs.cosines(truth), strict=True):
    print(f"seed {seed}: 1 − the smallest of seven principal cosines to so(1,3) ⊕ R is {1 - row.min():.0e}")
print(f"LieGAN took {liegan.seconds / spectral.seconds:.0f} times as long as Spectral")

figure = training_figure(liegan)
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "11_liegan_on_jets.png", dpi=120)
