"""Six methods on one data set, each through the same call: what they find, how far off it is, what the calibrated test says, seconds."""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import physym
from physym.algebra import LieAlgebra, so
from physym.discovery.adversarial import Augerino, Optimisation

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))
ROWS, NOISE = 3000, 0.1

# y depends on the length of x in coordinates that nobody is told: a rotation, disguised by a linear map
rng = np.random.default_rng(0)
hidden = rng.normal(size=(ROWS, 2))
y = (hidden**2).sum(1)
y += NOISE * y.std() * rng.normal(size=ROWS)
mixing = np.array([[1.0, 0.4], [0.0, 0.8]])
rows = physym.Samples(hidden @ mixing.T, rep_x=physym.Rep("V", n=2), y=y, source="a disguised rotation")
truth = LieAlgebra(mixing @ so(2).basis @ np.linalg.inv(mixing))

short = {"hidden": (16, 16), "epochs": 60}
METHODS = {
    "Spectral": physym.Spectral(),
    "LieGG": physym.LieGG(folds=2, **short),
    "LieGAN": physym.LieGAN(generators=1, seeds=2, optimisation=Optimisation(steps=300)),
    "Augerino+": Augerino(hidden=(32,), seeds=2, optimisation=Optimisation(steps=1000, rate=2e-2, critic_rate=1e-2)),
    "LConv": physym.LConv(layers=2, kernels=4, hidden=(16,), epochs=60, seeds=2),
    "EmbeddingSymmetry": physym.EmbeddingSymmetry(seeds=2, generators=1, **short),
}
print(f"{ROWS:,} rows, {100 * NOISE:g} % noise; does p(y | gx) = p(y | x) hold?")
print(f"{'method':<18}{'found':<12}{'off by (rad)':>13}{'p':>9}{'status':>16}{'seconds':>9}")
outcome = {}
for name, method in METHODS.items():
    found = physym.discover(rows, method, level="conditional")
    angle = physym.span_distance(found.algebra, truth) if found.algebra is not None and found.algebra.dimension == 1 else np.pi / 2
    outcome[name] = (angle, found)
    print(f"{name:<18}{found.level.title:<12}{angle:>13.4f}{found.level.p_value:>9.2g}{found.status.words:>16}{found.seconds:>9.2f}")

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained", sharey=True)
names, colours = list(outcome), ["C0" if found.status.reliable else "C3" for _, found in outcome.values()]
left.barh(names, [max(angle, 1e-4) for angle, _ in outcome.values()], color=colours)
left.set(xscale="log", xlim=(1e-3, 2), xlabel="angle to the true generator, rad", title=f"{ROWS:,} rows, {100 * NOISE:g} % noise")
left.invert_yaxis()
right.barh(names, [found.seconds for _, found in outcome.values()], color=colours)
right.set(xscale="log", xlim=(1e-2, 1e2), xlabel="seconds on one core", title="the same call for each; red: rejected by the test")
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "13_baselines.png", dpi=120)
