"""A discrete symmetry by training: the step of an order-7 rotation with LieGAN, made exact, beside the calibrated CyclicOrder."""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.linalg import expm

import physym
from physym.data.simulate import discrete_rotation
from physym.discovery.adversarial import IntegerGrid, Optimisation, StepSearch, finite_step

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))
K = 7

# y of three variables that turns by 2π/7 about the third axis leave unchanged, and no others; neither the axis nor the 7 is told
rows = discrete_rotation(8000, order=K, seed=0)
method = physym.LieGAN(
    generators=1,
    coefficients=IntegerGrid(),  # z is a whole number: one element and its powers, not a continuous group
    seeds=2,
    optimisation=Optimisation(steps=300),
    step_search=StepSearch(steps=250),
)
found = physym.discover(rows, method, level="conditional")
print(f"{found.level.statement}; {len(rows):,} rows")
print(found.level.note)

steps = found.runs.generators[:, 0]
angles = np.abs(np.linalg.eigvals(steps).imag).max(1)
for seed, angle, statistic in zip(found.runs.seeds, angles, found.runs.statistic, strict=True):
    print(f"seed {seed}: turn by {angle:.4f} rad (2π/{K} = {2 * np.pi / K:.4f}), held-out statistic {statistic:+.1f}")

# powers of the step as measured drift away; those of the exact element close
exact = finite_step(expm(found.algebra.basis[0]))
print(f"nearest exact element: order {exact.order if exact else 'none'}")
calibrated = physym.discover_discrete(rows, physym.CyclicOrder(), level="conditional")
print(f"CyclicOrder, with a test of every element: {calibrated.name} in one pass")

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
azimuth = np.arctan2(rows.x[:, 1], rows.x[:, 0])
left.plot(azimuth, rows.y / rows.x[:, 2], ".", markersize=2, color="0.6")
for power in range(K):
    left.axvline(np.angle(np.exp(1j * power * angles[0])), color="C0", linewidth=1)
left.set(xlabel="azimuth of x, rad", ylabel="y / x₃", title=f"the function, and turns by {K} powers of the step (blue)")
for name, element, marker in (("as trained", expm(found.algebra.basis[0]), "o"), ("exact", exact.matrix if exact else np.eye(3), "+")):
    orbit = np.array([np.linalg.matrix_power(element, power) @ [1.0, 0, 0] for power in range(2 * K)])
    right.plot(orbit[:, 0], orbit[:, 1], marker, markersize=9, fillstyle="none", label=name)
right.set(xlabel="x₁", ylabel="x₂", title="two rounds of (1, 0, 0) under the step", aspect="equal")
right.legend(loc="center")
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "12_discrete_step.png", dpi=120)
