"""Every experiment of the LieGAN paper: its figure, that of the public release, ours, and spectral discovery on the same data.

The figures of the paper and of reruns of its public code are quoted (see ``QUOTED``), all others are measured here. Settings were chosen on
method seeds below 1,000 and on other data seeds than those used here.

Reference: J. Yang, R. Walters, N. Dehmamy, R. Yu, "Generative adversarial symmetry discovery", ICML 2023, arXiv 2302.00236.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from time import process_time

import numpy as np
import torch
from scipy.linalg import expm

import physym
from benchmarks.table import Row
from physym import Affine, Augerino, Discovery, LConv, LieAlgebra, LieGAN, Samples, Spectral, SymmetryGAN, discover
from physym.algebra import dilation, extend, invariant_metric, se, so, span_distance, su, unitary
from physym.data.simulate import discrete_rotation, partial_permutation, small_molecules, superpotential, three_body
from physym.discovery.adversarial import Dense, IntegerGrid, Normal, Optimisation, Quadratics, Trials, finite_step
from physym.discovery.adversarial.posing import problem_of
from physym.errors import NoInvariantForm

TURN = np.array([[0.0, -1.0], [1.0, 0.0]])
CONE = extend(so(1, 3), dilation(4))
MINKOWSKI = np.diag([1.0, -1.0, -1.0, -1.0])
SEED = 2026  # of the methods and of the data

QUOTED = {  # what, paper, public release (the file it ships, or a rerun of its code)
    "two bodies, 2×2 blocks: cosine to so(2)": (0.9998, 0.9968),
    "two bodies, 4×4 blocks: cosine on the data's support": (None, 0.9999),
    "top tagging: cosine of the metric": (None, 0.99751),
    "two bodies: Augerino+, cosine to so(2)": (0.4880, 0.674),
    "two bodies: SymmetryGAN, angle of the element": (90.0, 90.0),
    "discrete rotation, k = 6: mean absolute error": (0.012, 0.034),
    "discrete rotation, k = 7: mean absolute error": (0.003, 0.0068),
    "discrete rotation, k = 8: mean absolute error": (0.011, 0.049),
}


@dataclass(frozen=True)
class Timed:
    """A discovery and the seconds of one core that it took.

    Arguments:
        found: the discovery.
        seconds: of the processor.
    """

    found: Discovery
    seconds: float


def timed(samples: Samples, method: object, level: str, *, seed: int = SEED) -> Timed:
    """Run a method and count processor seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = process_time()
        found = discover(samples, method, level=level, seed=seed)  # type: ignore[arg-type]
        return Timed(found, process_time() - start)


def rows_of(what: str, unit: str, ours: np.ndarray, run: Timed, *, aim: str, spectral: tuple[float, float] | None) -> list[Row]:
    """Quoted figures, those of every seed of LieGAN, and that of spectral discovery with its seconds."""
    seeds = len(ours)
    paper, release = QUOTED.get(what, (None, None))
    found = [
        Row(f"{what}: {who}", value, 0.0, unit, 1) for who, value in (("paper", paper), ("public release", release)) if value is not None
    ]
    worst = ours.min() if "cosine" in what else ours.max()
    found += [
        Row(f"{what}: LieGAN", float(ours.mean()), float(ours.std()), f"{unit}, mean ± spread", seeds),
        Row(f"  {what}: LieGAN, worst seed", float(worst), 0.0, unit, seeds, aim),
        Row(f"  {what}: LieGAN, seconds of one core per seed", run.seconds / seeds, 0.0, "s", seeds),
    ]
    if spectral is not None:
        value, seconds = spectral
        found += [Row(f"{what}: Spectral", value, 0.0, unit, 1), Row(f"  {what}: Spectral, seconds of one core", seconds, 0.0, "s", 1)]
    return found


def blocks_of_turns(count: int) -> LieAlgebra:
    """One rotation of all positions and momenta."""
    return LieAlgebra(np.kron(np.eye(count), TURN)[None])


def dynamics(seeds: int) -> list[Row]:
    """Two bodies in small and large blocks, three bodies."""
    orbits = physym.load("two_body", split="train")
    halves = ((0, 1, 4, 5), (2, 3, 6, 7))
    three = three_body(450, seed=SEED).samples()
    cases = (
        ("two bodies, 2×2 blocks: cosine to so(2)", orbits.samples(), blocks_of_turns(4), False, "≥ .9999 on every seed"),
        ("two bodies, 4×4 blocks: cosine on the data's support", orbits.samples(blocks=halves), blocks_of_turns(4), True, "≥ .9999"),
        ("three bodies, 2×2 blocks: cosine to so(2)", three, blocks_of_turns(6), False, "≥ .999"),
    )
    found = []
    for what, samples, truth, on_support, aim in cases:
        support = samples.x[::50] if on_support else None
        run = timed(samples, LieGAN(generators=1, seeds=seeds, optimisation=Optimisation(steps=2500)), "conditional")
        exact = timed(samples, Spectral(), "conditional")
        algebra = exact.found.level.algebra
        best = 0.0
        if algebra is not None and algebra.dimension:
            best = float(physym.algebra.principal_cosines(algebra, truth, support=support).max())
        found += rows_of(what, "", run.found.runs.cosines(truth, support=support)[:, 0], run, aim=aim, spectral=(best, exact.seconds))
        if what.startswith("two bodies, 2×2"):
            norms = run.found.runs.norms
            found.append(
                Row(
                    "  two bodies, 2×2 blocks: LieGAN, length of L at the end over the start",
                    float(norms.min()),
                    0.0,
                    "×",
                    seeds,
                    "within 10 %",
                )
            )
    return found


def published(epochs: int = 100) -> list[Row]:
    """The setting of the paper, one seed: what it keeps at the end."""
    run = timed(physym.load("two_body", split="train").samples(), LieGAN.published(1, epochs=epochs), "conditional")
    cosines = [largest_cosine(path[0], blocks_of_turns(4)) for path in run.found.runs.paths]
    what = "two bodies, 2×2 blocks, setting of the paper run here"
    return [
        Row(f"{what}: cosine at the end", cosines[-1], 0.0, "", 1),
        Row(f"{what}: best cosine on the way", max(cosines), 0.0, "", 1),
        Row(f"{what}: length of L at the end over the start", float(run.found.runs.norms.min()), 0.0, "×", 1),
        Row(f"{what}: seconds of one core", run.seconds, 0.0, "s", 1),
    ]


def largest_cosine(basis: np.ndarray, truth: LieAlgebra) -> float:
    """Largest principal cosine of a span to a known one."""
    return float(physym.algebra.principal_cosines(LieAlgebra(basis), truth).max())


def steps(seeds: int, orders: tuple[int, ...] = (5, 6, 7, 8, 9), rows: int = 20_000) -> list[Row]:
    """Rotations by 2π/k, found as steps on an integer grid."""
    found = []
    for order in orders:
        samples = discrete_rotation(rows, order=order, seed=SEED + order)
        method = LieGAN(
            generators=1, coefficients=IntegerGrid(10), critic=Dense((48, 48)), seeds=seeds, optimisation=Optimisation(steps=800)
        )
        run = timed(samples, method, "conditional")
        truth = expm(np.pad(2 * np.pi / order * TURN, ((0, 1), (0, 1))))
        elements = [expm(one[0]) for one in run.found.runs.generators]
        errors = np.array([min(np.abs(g - truth).mean(), np.abs(g - truth.T).mean()) for g in elements])
        angles = np.array([np.abs(np.linalg.eigvals(one[0]).imag).max() for one in run.found.runs.generators])
        start = process_time()
        exact = physym.discover_discrete(samples, physym.CyclicOrder(), level="conditional", seed=SEED)
        spectral = min(np.abs(exact.raw[0] - truth).mean(), np.abs(exact.raw[0] - truth.T).mean()) if len(exact.raw) else np.nan
        what = f"discrete rotation, k = {order}: mean absolute error"
        found += rows_of(what, "", errors, run, aim="", spectral=(float(spectral), process_time() - start))
        within = int((np.abs(angles - 2 * np.pi / order) < 0.01).sum())
        found.append(Row(f"  discrete rotation, k = {order}: LieGAN, angle within .01 rad", within, 0.0, f"of {seeds}", seeds, "≥ 9 of 10"))
    return found


def permutation(seeds: int, rows: int = 20_000) -> list[Row]:
    """A function symmetric in the first three of five variables.

    With 6 starts per seed 9 of 10 seeds were right; the number was raised to 10, and what is shown comes from other data and seeds.
    """
    samples = partial_permutation(rows, seed=SEED + 1)
    critic, how = Dense((48, 48)), Optimisation(steps=1000)
    method = LieGAN(generators=1, coefficients=IntegerGrid(10), critic=critic, seeds=seeds, trials=Trials(starts=10), optimisation=how)
    run = timed(samples, method, "conditional", seed=SEED + 1)
    exact = sum(is_three_cycle(one[0]) for one in run.found.runs.generators)
    reported = run.found.algebra is not None and is_three_cycle(run.found.algebra.basis[0])
    return [
        Row("partial permutation: LieGAN, a three-cycle exactly after snapping", float(exact), 0.0, f"of {seeds}", seeds, "all"),
        Row("  partial permutation: LieGAN, the reported step is exact after snapping", float(reported), 0.0, "1 if right", 1, "1"),
        Row("  partial permutation: LieGAN, seconds of one core per seed", run.seconds / seeds, 0.0, "s", seeds),
    ]


def is_three_cycle(step: np.ndarray) -> bool:
    """Whether the exact element near ``exp(step)`` exchanges the first three variables in a cycle and leaves the others."""
    truth, near = np.eye(5)[[1, 2, 0, 3, 4]], finite_step(expm(step))
    return near is not None and (np.array_equal(near.matrix, truth) or np.array_equal(near.matrix, truth.T))


def doublets(seeds: int, rows: int = 20_000) -> list[Row]:
    """The superpotential of two complex doublets, three complex channels."""
    samples = superpotential(rows, seed=SEED)
    run = timed(samples, LieGAN(generators=3, coefficients=Normal(3.0), seeds=seeds, optimisation=Optimisation(steps=1500)), "conditional")
    angles = np.arccos(np.clip(run.found.runs.cosines(su(2)).min(1), -1, 1))
    real = problem_of(samples, None, seed=0, device="cpu").samples  # pairs of real coordinates
    exact = timed(real, Spectral(basis=unitary(2)), "conditional")
    algebra = exact.found.level.algebra
    off = float(span_distance(algebra, su(2))) if algebra is not None and algebra.dimension == 3 else float("nan")
    what = "SU(2) superpotential: angle to su(2)"
    name = run.found.identification.name if run.found.identification else "nothing"
    return [
        *rows_of(what, "rad", angles, run, aim="≤ .05 rad", spectral=(off, exact.seconds)),
        Row(
            "  SU(2) superpotential: LieGAN, angle of the common span",
            span_distance(run.found.algebra, su(2)),
            0.0,
            "rad",
            seeds,
            "≤ .05 rad",
        ),
        Row(f"  SU(2) superpotential: LieGAN names it {name}", float(name == "su(2)"), 0.0, "1 if right", 1, "1"),
    ]


def metric_cosines(generators: np.ndarray) -> np.ndarray:
    """Cosine of the invariant metric of each seed to diag(1, −1, −1, −1); 0 where there is none."""
    found = []
    for basis in generators:
        try:
            matrix = invariant_metric(LieAlgebra(basis)).matrix
        except NoInvariantForm:
            matrix = np.zeros((4, 4))
        found.append(float((matrix * MINKOWSKI).sum() / max(np.linalg.norm(matrix), 1e-300) / 2))
    return np.array(found)


def jets(seeds: int) -> list[Row]:
    """Two leading constituents of pythia-toptag, and jets whose constituents have masses."""
    method = LieGAN(generators=7, seeds=seeds, optimisation=Optimisation(steps=800, rate=3e-2))
    found = []
    cases: tuple[tuple[str, str, Callable[[], physym.Jets]], ...] = (
        ("top tagging", "≥ .9998", lambda: physym.load("pythia_toptag")),  # type: ignore[dict-item, return-value]
        ("CMS jets with massive constituents", "", lambda: physym.load("cms_open_nanoaod")),  # type: ignore[dict-item, return-value]
    )
    for name, aim, read in cases:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            samples = read().samples(constituents=2)
        run, exact = timed(samples, method, "support"), timed(samples, Spectral(), "support")
        cosines = run.found.runs.cosines(CONE).min(1)
        metrics = metric_cosines(run.found.runs.generators)
        best = exact.found.metric
        spectral = (
            float((best.matrix * MINKOWSKI).sum() / np.linalg.norm(best.matrix) / 2) if best is not None else float("nan"),
            exact.seconds,
        )
        found += rows_of(f"{name}: smallest principal cosine to so(1,3) ⊕ R", "", cosines, run, aim="≥ .999" if aim else "", spectral=None)
        found += rows_of(f"{name}: cosine of the metric", "", metrics, run, aim=aim, spectral=spectral)
        common = float(physym.algebra.principal_cosines(run.found.algebra, CONE).min()) if run.found.algebra is not None else 0.0
        count = int(run.found.runs.kept.sum())
        found.append(
            Row(f"  {name}: LieGAN, smallest principal cosine of the common span of the {count} runs that count", common, 0.0, "", seeds)
        )
    return found


def pictures(seeds: int) -> list[Row]:
    """Digits turned by up to ±45°: which motion of the plane the generator is."""
    samples = physym.load("digits").rotated(45.0, seed=SEED).samples()  # type: ignore[union-attr]
    method = LieGAN(generators=1, critic=Dense((64, 64), embedding=8), seeds=seeds, optimisation=Optimisation(steps=1000))
    run = timed(samples, method, "measure")
    generators = run.found.runs.generators[:, 0]
    turn = np.zeros((3, 3))
    turn[:2, :2] = TURN
    cosines = np.abs((generators * turn).sum((1, 2))) / np.sqrt(2)
    shifts = np.linalg.norm(generators[:, :2, 2], axis=1)
    return [
        *rows_of("rotated digits: cosine to the rotation", "", cosines, run, aim="rotation ≫ translation", spectral=None),
        Row(
            "  rotated digits: LieGAN, translation over rotation",
            float((shifts / cosines).mean()),
            float((shifts / cosines).std()),
            "mean ± spread",
            seeds,
            "≪ 1",
        ),
    ]


def molecules(seeds: int) -> list[Row]:
    """Tumbling water molecules and their energy, six affine channels."""
    samples = small_molecules(4000, kind="water", seed=SEED, spread=(1.0, 0.6, 0.3), tilt=1.0).samples(target="energy")
    features = Quadratics(projective=False, floor=1e-6)
    method = LieGAN(
        generators=6, basis=Affine(), features=features, coefficients=Normal(0.3), seeds=seeds, optimisation=Optimisation(steps=1500)
    )
    run, exact = timed(samples, method, "conditional"), timed(samples, Spectral(basis=Affine(), degree=4), "conditional")
    algebra = exact.found.level.algebra
    best = float(physym.algebra.principal_cosines(algebra, se(3)).min()) if algebra is not None and algebra.dimension == 6 else float("nan")
    name = run.found.identification.name if run.found.identification else "nothing"
    what = "molecules: smallest principal cosine to se(3)"
    return [
        *rows_of(what, "", run.found.runs.cosines(se(3)).min(1), run, aim="", spectral=(best, exact.seconds)),
        Row(f"  molecules: LieGAN names it {name}", float(name == "se(3)"), 0.0, "1 if right", 1, "1"),
    ]


def baselines(seeds: int) -> list[Row]:
    """Augerino+, SymmetryGAN and LConv on the orbits of two bodies, reported as they come out."""
    samples, truth = physym.load("two_body", split="train").samples(), blocks_of_turns(4)  # type: ignore[union-attr]
    found = []
    learned = timed(samples, Augerino(seeds=seeds), "conditional")
    what = "two bodies: Augerino+, cosine to so(2)"
    found += [Row(f"{what}: {who}", value, 0.0, "", 1) for who, value in zip(("paper", "public release"), QUOTED[what], strict=True)]  # type: ignore[arg-type]
    cosines = learned.found.runs.cosines(truth)[:, 0]
    found.append(Row(f"{what}: Augerino+ here", float(cosines.mean()), float(cosines.std()), "mean ± spread", seeds))
    found.append(Row("  two bodies: Augerino+, seconds of one core per seed", learned.seconds / seeds, 0.0, "s", seeds))
    element = timed(samples, SymmetryGAN(seeds=seeds), "conditional")
    what = "two bodies: SymmetryGAN, angle of the element"
    found += [Row(f"{what}: {who}", value, 0.0, "degrees", 1) for who, value in zip(("paper", "public release"), QUOTED[what], strict=True)]  # type: ignore[arg-type]
    turns = [np.degrees(np.abs(np.angle(np.linalg.eigvals(g[0]))).max()) for g in element.found.runs.generators]
    found.append(Row(f"{what}: SymmetryGAN here", float(np.mean(turns)), float(np.std(turns)), "degrees, mean ± spread", seeds))
    off = [np.abs(g[0].T @ g[0] - np.eye(8)).max() for g in element.found.runs.generators]
    found.append(
        Row(
            "  two bodies: SymmetryGAN, distance of the element from a rotation",
            float(np.median(off)),
            float(np.std(off)),
            "median ± spread",
            seeds,
        )
    )
    found.append(Row("  two bodies: SymmetryGAN, seconds of one core per seed", element.seconds / seeds, 0.0, "s", seeds))
    layers = timed(samples, LConv(), "conditional")
    best = float(physym.algebra.principal_cosines(layers.found.algebra, truth).max())
    found.append(Row("two bodies: LConv, cosine to so(2)", best, 0.0, "", 1))
    found.append(Row("  two bodies: LConv, seconds of one core", layers.seconds, 0.0, "s", 1))
    return found


PARTS: dict[str, Callable[[int], list[Row]]] = {
    "dynamics": dynamics,
    "steps": steps,
    "permutation": permutation,
    "doublets": doublets,
    "jets": jets,
    "pictures": pictures,
    "molecules": molecules,
    "baselines": baselines,
}


def run(*, seeds: int = 10, parts: tuple[str, ...] = tuple(PARTS), epochs: int = 100) -> list[Row]:
    """All parts."""
    torch.set_num_threads(1)
    found = [row for part in parts for row in PARTS[part](seeds)]
    return found + (published(epochs) if epochs else [])
