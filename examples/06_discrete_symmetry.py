"""Finite symmetries: the order of a discrete rotation, which exchanges and reflections jets and two bodies allow, and how sure."""

import os
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import physym
from physym.discovery import Candidates, CyclicOrder, discover_discrete, exchange_bodies, parity, time_reversal

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))
K = 7

# a function of three variables that a turn by 2π/7 about some axis leaves alone; neither the axis nor the 7 is told
rng = np.random.default_rng(0)
x = rng.normal(size=(5000, 3))
y = x[:, 2] / (1 + np.mod(np.arctan2(x[:, 1], x[:, 0]), 2 * np.pi / K))
axes = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
samples = physym.Samples(x @ axes.T, rep_x=physym.Rep("V", n=3), y=y)
found = discover_discrete(samples, CyclicOrder(), level="conditional")
angle = np.degrees(np.arccos((np.trace(found.raw[0]) - 1) / 2))
print(found)
print(f"  angle before it is snapped: {angle:.3f}°, exact: {360 / K:.3f}°\n")

# the two leading constituents of jets: reflections are symmetries of their density, the exchange is not (they are ordered in pT)
jets = physym.load("pythia_toptag").samples(constituents=2)
reflections = discover_discrete(replace(jets, y=None))
print(reflections)
for test in (*reflections.tests[1:], *reflections.rejected):
    print(f"  {test}")

# state and next state of two bodies: the bodies may trade places; no orbit is traversed both ways, so time reversal is not tested
bodies = physym.load("two_body")
pairs = replace(bodies, states=bodies.states[::4]).samples(blocks="full")
candidates = Candidates((exchange_bodies(pairs, "1", "2"), parity(pairs), time_reversal(pairs)))
motion = discover_discrete(pairs, candidates, level="conditional")
print(f"\n{motion}")

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
charges = np.array([test.charge for test in found.charges])
strength = np.array([test.strength for test in found.charges])
left.bar(charges, strength, color=np.where(charges % K == 0, "C1", "0.7"))
left.axhline(1, color="0.3", linewidth=1, linestyle=":", label="expected from noise")
left.set(
    xlabel="charge m under rotations of the plane", ylabel="strength / noise", title=f"seen: multiples of {K}, so C{K} ({len(x):,} rows)"
)
left.legend()
shown = [*reflections.tests[1:5], *reflections.rejected]
bounds = [test.bound for test in shown]
right.barh([test.name for test in shown], bounds, color=["C3" if test.rejected else "C0" for test in shown])
right.axvline(0.3, color="0.3", linewidth=1, linestyle=":")
right.set(xlabel="U, defect ruled out at 99 %; random maps: 1", title="jets: not rejected (blue), rejected (red)")
right.invert_yaxis()
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "06_discrete_symmetry.png", dpi=120)
