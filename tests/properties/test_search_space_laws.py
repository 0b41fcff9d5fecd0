"""discover ∘ transform = transform ∘ discover in every search space, for translations, changes of unit and general linear maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.algebra import LieAlgebra, Rep, se, so, span_distance
from physym.data import Samples
from physym.data.simulate import textbook, textbook_density
from physym.discovery import Affine, Complex, Level, LevelName, Spectral, Whitened, discover

SEEDS = st.integers(0, 10_000)


def affine_map(linear: np.ndarray, shift: np.ndarray) -> np.ndarray:
    n = len(shift)
    g = np.eye(n + 1)
    g[:n, :n], g[:n, n] = linear, shift
    return g


def rotation(n: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]


def moved(samples: Samples, g: np.ndarray) -> Samples:
    n = samples.n
    vectors = samples.vectors @ g[:n, :n].T + (g[:n, n] if len(g) > n else 0.0)
    return replace(samples, x=vectors.reshape(samples.x.shape))


def level_of(samples: Samples, level: LevelName, **settings: object) -> Level:
    return discover(samples, Spectral(**settings), level=level).level  # type: ignore[arg-type]


def agrees(here: Level, there: Level, g: np.ndarray, *, angle: float, defect: float = 1e-4) -> None:
    """The same tests and certificate, and generators conjugated by g."""
    assert here.algebra is not None
    assert there.algebra is not None
    assert here.dimension == there.dimension > 0
    conjugated = LieAlgebra(g @ here.algebra.basis @ np.linalg.inv(g))
    assert span_distance(there.algebra, conjugated) < angle
    assert [t.p_value for t in there.tests] == pytest.approx([t.p_value for t in here.tests], abs=1e-5)
    assert there.defect == pytest.approx(here.defect, rel=defect, nan_ok=True)


@settings(max_examples=4, deadline=None)
@given(SEEDS, st.sampled_from(["se(3)", "heisenberg(3)"]), st.sampled_from([1e-3, 1.0, 50.0]))
def test_functions_commute_with_motions_and_units(seed: int, name: str, unit: float) -> None:
    case = textbook(name)
    rows = case.make(1500, seed=seed, noise=0.05)
    g = affine_map(unit * rotation(case.n, seed), 3 * unit * np.random.default_rng(seed + 1).normal(size=case.n))
    here, there = (level_of(s, "conditional", basis=Affine(), degree=case.degree) for s in (rows, moved(rows, g)))
    # the angle between spans is that of matrices on (x, 1), which a unit far from the spread of the data stretches
    agrees(here, there, g, angle=1e-6 * max(unit, 1 / unit) ** 2)


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_a_sphere_anywhere_keeps_the_rotations_about_its_centre(seed: int) -> None:
    rng = np.random.default_rng(seed)
    v = rng.normal(size=(600, 3))
    v = v / np.linalg.norm(v, axis=1, keepdims=True) + 0.01 * rng.normal(size=v.shape)
    rows = Samples(v, rep_x=Rep("V", n=3))
    g = affine_map(2.0 * rotation(3, seed), 5 * rng.normal(size=3))
    here, there = (level_of(s, "support", basis=Affine(), noise_model="isotropic") for s in (rows, moved(rows, g)))
    assert here.identification is not None
    assert here.identification.name == "so(3)"
    assert there.algebra is not None
    centre = g[:3, 3]
    fixed = there.algebra.basis @ np.append(centre, 1.0)
    assert np.abs(fixed).max() < 0.02
    about_centre = LieAlgebra(g @ np.pad(so(3).basis, ((0, 0), (0, 1), (0, 1))) @ np.linalg.inv(g))
    assert span_distance(there.algebra, about_centre) < 0.01


@pytest.mark.parametrize("about_mean", [False, True])
@settings(max_examples=4, deadline=None)
@given(seed=SEEDS, squeeze=st.floats(1.0, 30.0))
def test_whitened_candidates_commute_with_every_linear_map(about_mean: bool, seed: int, squeeze: float) -> None:
    """Also for maps that are no rotation: the frame takes the map along, which gl(n) with its Euclidean norm does not.

    Only the certificate counts each monomial in its own spread, which differs from axis to axis.
    """
    rows = textbook_density("so(3)").make(1500, seed=seed)
    rng = np.random.default_rng(seed + 1)
    linear = rotation(3, seed) @ np.diag([1.0, squeeze, 1.0]) @ rotation(3, seed + 1)
    g = affine_map(linear, 4 * rng.normal(size=3)) if about_mean else linear
    space = Whitened(about_mean=about_mean)
    agrees(*(level_of(s, "measure", basis=space) for s in (rows, moved(rows, g))), g, angle=1e-5 * squeeze**2, defect=0.3)


def test_a_wrong_map_would_be_seen() -> None:
    rows = textbook_density("so(3)").make(1500, seed=0)
    g = np.diag([1.0, 2.0, 1.0])
    here, there = (level_of(s, "measure", basis=Whitened()) for s in (rows, moved(rows, g)))
    with pytest.raises(AssertionError):
        agrees(here, there, np.eye(3), angle=1e-2)


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_complex_searches_commute_with_unitary_maps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    u = np.linalg.qr(rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2)))[0]
    g = np.block([[u.real, -u.imag], [u.imag, u.real]])
    rows = textbook("su(2)").make(1200, seed=seed, noise=0.05)
    agrees(*(level_of(s, "conditional", basis=Complex()) for s in (rows, moved(rows, g))), g, angle=1e-6)


@pytest.mark.parametrize("name", ["so(3)", "so(1,3)", "sl(2,R)"])
def test_an_affine_search_of_a_function_without_translations_finds_the_linear_algebra(name: str) -> None:
    case = textbook(name)
    rows = case.make(3000, seed=0, noise=0.05)
    linear, affine = (level_of(rows, "conditional", basis=basis) for basis in (None, Affine()))
    assert linear.algebra is not None
    assert affine.algebra is not None
    padded = LieAlgebra(np.pad(linear.algebra.basis, ((0, 0), (0, 1), (0, 1))))
    assert span_distance(affine.algebra, padded) < 0.05


def test_a_user_given_affine_algebra_is_confirmed_and_certified() -> None:
    rows = textbook("se(3)").make(3000, seed=0, noise=0.05)
    level = level_of(rows, "conditional", basis=se(3))
    assert level.dimension == 6
    everything = level_of(rows, "conditional", basis=Affine())
    assert everything.certify(se(3)) < 0.05
    far = moved(rows, affine_map(1000 * np.eye(3), np.full(3, 5000.0)))
    assert level_of(far, "conditional", basis=Affine()).certify(se(3)) == pytest.approx(everything.certify(se(3)), rel=1e-3)


def test_errors_cover_the_scatter_of_whitened_generators() -> None:
    """Every rotation of so(3) is claimed, so all error lies in the frame: pulls of the generators about the true ones."""
    root = np.array([[1.0, 0.3, 0.0], [0.0, 0.7, -0.4], [0.2, 0.0, 1.5]])
    pulls = []
    for seed in range(30):
        rows = moved(textbook_density("so(3)").make(2000, seed=seed), root)
        found = level_of(rows, "measure", basis=Whitened()).algebra
        assert found is not None
        assert found.covariance is not None
        truth = (root @ so(3).basis @ np.linalg.inv(root)).reshape(3, 9)
        outside = np.eye(9) - np.linalg.pinv(truth) @ truth  # errors within the span are a choice of basis
        flat = found.basis.reshape(3, 9) @ outside
        blocks = found.covariance.reshape(3, 9, 3, 9)
        variance = sum(float(np.trace(outside @ blocks[a, :, a] @ outside)) for a in range(3))
        pulls.append((flat**2).sum() / variance)
    assert 0.75 < np.mean(pulls) < 1.35
