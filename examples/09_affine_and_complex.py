"""Beyond linear maps: motions of space from distances, rotations about an unknown centre, SU(2) from a superpotential, an oblique cloud."""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import physym
from physym import Affine, Complex, Rep, Samples, Spectral, Whitened, discover
from physym.algebra import principal_cosines, unitary
from physym.data.simulate import textbook, textbook_density

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))


def show(what: str, found: physym.Discovery) -> physym.LieAlgebra:
    """One line per discovery; returns its algebra."""
    assert found.algebra is not None
    assert found.identification is not None
    bound = f"defect < {100 * found.level.defect:.2g} % at {100 * (1 - found.level.alpha):g} %"
    print(f"{what}: {found.identification.name}, dimension {found.level.dimension}, {bound}, {found.level.rows:,} {found.level.unit}")
    return found.algebra


# A function of the distances between three points, with 10 % noise: six affine generators, on (x, y, z, 1)
distances = textbook("se(3)")
motions = show(
    "distances of three points", discover(distances.make(5000, seed=0, noise=0.1), Spectral(basis=Affine()), level="conditional")
)
print(f"  largest 1 − cos² to the textbook se(3): {1 - principal_cosines(motions, distances.algebra)[-1] ** 2:.1e}")

# Points of a noisy circle whose centre is not told: x → Ax + b turns about it
rng = np.random.default_rng(1)
centre, angle = np.array([3.0, -1.0]), rng.uniform(0, 2 * np.pi, 400)
points = centre + 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.05 * rng.normal(size=(400, 2))
circle = Samples(points, rep_x=Rep("V", n=2), coordinates=("x", "y"))
turning = show("a circle somewhere", discover(circle, Spectral(basis=Affine(), noise_model="isotropic"), level="support"))
turn = turning.basis[0]
draws = rng.multivariate_normal(turn.ravel(), turning.covariance, size=500).reshape(-1, 3, 3)
fixed = np.linalg.solve(draws[:, :2, :2], -draws[:, :2, 2:])[..., 0]
(x, y), (dx, dy) = fixed.mean(0), fixed.std(0)
print(f"  it turns about ({x:.3f} ± {dx:.3f}, {y:.3f} ± {dy:.3f}); the circle was drawn about (3, −1)")

# W = ε(φ₁, φ₂) of two complex doublets is holomorphic: SL(2,C) among all complex maps (the same real algebra as so(1,3)), SU(2)
# among the unitary ones, and SU(2) among all as soon as norms |φ|² enter
w = textbook("sl(2,C)").make(5000, seed=0, noise=0.1)
show("superpotential, complex maps", discover(w, Spectral(basis=Complex()), level="conditional"))
show("superpotential, unitary maps", discover(w, Spectral(basis=unitary(2)), level="conditional"))
show(
    "with |φ|² added, complex maps",
    discover(textbook("su(2)").make(5000, seed=0, noise=0.1), Spectral(basis=Complex()), level="conditional"),
)

# A cloud that is round in unknown oblique coordinates about an unknown centre: the candidates are S^½ so(n) S^−½
oblique = np.array([[1.0, 0.9], [0.0, 0.6]])
cloud = textbook_density("so(2)").make(5000, seed=0).x @ oblique.T + np.array([4.0, 2.0])
found = discover(Samples(cloud, rep_x=Rep("V", n=2)), Spectral(basis=Whitened(about_mean=True)), level="measure")
flow = show("an oblique cloud", found).basis[0]

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for axis, rows, generator, title in (
    (left, points, turn, "rotation about the centre"),
    (right, cloud[:1500], flow, "rotation after whitening"),
):
    axis.plot(*rows.T, ".", color="0.6", markersize=3)
    low, high = rows.min(0) - 0.3, rows.max(0) + 0.3
    grid = np.stack(np.meshgrid(*np.linspace(low, high, 14).T), axis=-1).reshape(-1, 2)
    axis.quiver(*grid.T, *(grid @ generator[:2, :2].T + generator[:2, 2]).T, color="C0", width=0.004)
    axis.set(title=title, xlabel="x", ylabel="y", aspect="equal")
FIGURES.mkdir(parents=True, exist_ok=True)
figure.savefig(FIGURES / "09_affine_and_complex.png", dpi=120)
