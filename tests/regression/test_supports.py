"""Supports other than the light cone: spheres, hyperboloids, ellipsoids, products, matrices of fixed rank, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from physym.algebra import LieAlgebra, Rep, dilation, direct_sum, extend, so, span_distance
from physym.data import Samples
from physym.discovery import Discovery, Spectral, Status, discover
from physym.discovery.spectral.equations.support import NoiseModel
from physym.errors import DiscoveryFailed
from physym.report import algebra_card


def support(x: np.ndarray, *, model: NoiseModel = "isotropic", degree: int = 2, noise: float | None = None, copies: int = 1) -> Discovery:
    """The support level of rows of vectors."""
    rep = Rep(f"{copies}V", n=x.shape[1] // copies)
    return discover(Samples(x, rep_x=rep), Spectral(noise_model=model, degree=degree, noise=noise), level="support")


def algebra_of(found: Discovery) -> LieAlgebra:
    assert found.algebra is not None
    return found.algebra


def name_of(found: Discovery) -> str:
    assert found.identification is not None
    return found.identification.name


def sphere(n: int, *, rows: int = 2000, noise: float = 0.0, radius: float = 1.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, n))
    return radius * (x / np.linalg.norm(x, axis=1, keepdims=True) + noise * rng.normal(size=x.shape))


def smeared(x: np.ndarray, noise: float, seed: int = 1) -> np.ndarray:
    """Relative noise on every coordinate."""
    return x * (1 + noise * np.random.default_rng(seed + 500).normal(size=x.shape))


def hyperboloid(n: int, *, mass: float, rows: int = 2000, seed: int = 0) -> np.ndarray:
    """One sheet: E² = p² + mass², mass 0 for the cone."""
    p = np.random.default_rng(seed).normal(size=(rows, n - 1))
    return np.concatenate([np.sqrt(mass**2 + (p**2).sum(1, keepdims=True)), p], axis=1)


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.05])
@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_spheres_with_isotropic_noise(n: int, noise: float) -> None:
    found = support(sphere(n, noise=noise))
    assert span_distance(algebra_of(found), so(n)) < 1e-9 + noise * n / 5
    assert found.status is Status.FOUND
    assert found.metric is not None
    np.testing.assert_allclose(found.metric.matrix, np.eye(n), atol=1e-9 + noise * n / 5)


@pytest.mark.parametrize("radius", [1e-3, 1.0, 1e4])
def test_the_radius_of_a_sphere_does_not_matter(radius: float) -> None:
    assert span_distance(algebra_of(support(sphere(3, radius=radius))), so(3)) < 1e-9


def test_concentric_spheres_have_a_polynomial_of_degree_four() -> None:
    """(|x|² − 1)(|x|² − 4) vanishes and nothing of lower degree does."""
    x = np.concatenate([sphere(3, seed=1, rows=500), sphere(3, seed=2, rows=500, radius=2.0)])
    x = np.random.default_rng(0).permutation(x)
    assert support(x).status is Status.NO_CONSTRAINT
    found = support(x, degree=4)
    assert span_distance(algebra_of(found), so(3)) < 1e-5


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.03])
@pytest.mark.parametrize("n", [2, 3, 4])
def test_mass_shells(n: int, noise: float) -> None:
    found = support(smeared(hyperboloid(n, mass=1.0), noise), model="relative")
    assert span_distance(algebra_of(found), so(1, n - 1)) < 1e-9 + 4 * np.linalg.norm(algebra_of(found).errors)
    assert span_distance(algebra_of(found), so(1, n - 1)) < 1e-9 + noise
    assert name_of(found) == {2: "so(1,1)", 3: "so(1,2)", 4: "so(1,3)"}[n] or n == 2
    assert found.metric is None or found.metric.signature in {(1, n - 1), (n - 1, 1)}


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.05])
def test_the_cone_in_three_dimensions(noise: float) -> None:
    found = support(smeared(hyperboloid(3, mass=0.0), noise), model="relative")
    assert name_of(found) == "so(1,2) ⊕ R"
    assert span_distance(algebra_of(found), extend(so(1, 2), dilation(3))) < 1e-9 + 0.3 * noise
    assert found.exact is not None


def test_a_hyperboloid_of_one_sheet() -> None:
    """Spacelike vectors: x₁² + x₂² = 1 + t²."""
    rng = np.random.default_rng(0)
    t, angle = rng.normal(size=1000), rng.uniform(0, 2 * np.pi, 1000)
    x = np.stack([t, np.sqrt(1 + t**2) * np.cos(angle), np.sqrt(1 + t**2) * np.sin(angle)], axis=1)
    assert span_distance(algebra_of(support(x)), so(1, 2)) < 1e-9


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("n", [3, 4])
def test_ellipsoids_under_random_linear_maps(n: int, seed: int) -> None:
    """so(n) in the frame of the ellipsoid, and a metric that is its quadratic form."""
    g = np.random.default_rng(seed).normal(size=(n, n))
    if np.linalg.cond(g) > 100:
        g = np.diag(np.arange(1.0, n + 1)) @ np.linalg.qr(g)[0]
    found = support(sphere(n, rows=500, seed=seed) @ g.T)
    inverse = np.linalg.inv(g)
    assert span_distance(algebra_of(found), LieAlgebra(g @ so(n).basis @ inverse)) < 1e-7
    assert found.metric is not None
    form = inverse.T @ inverse
    np.testing.assert_allclose(found.metric.matrix, form / np.linalg.det(form) ** (1 / n), atol=1e-6 * np.abs(form).max())


def test_an_ellipsoid_is_not_a_sphere() -> None:
    """The checker itself."""
    stretched = support(sphere(3) * np.array([1.0, 1.0, 1.5]))
    assert name_of(stretched) == name_of(support(sphere(3)))
    assert span_distance(algebra_of(stretched), so(3)) > 0.1


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_a_product_of_circles(noise: float) -> None:
    """A torus in four dimensions: one rotation for each circle, and none that mixes them."""
    rng = np.random.default_rng(0)
    x = np.concatenate([sphere(2, seed=1), sphere(2, seed=2)], axis=1)
    found = support(x + noise * rng.normal(size=x.shape))
    assert name_of(found) == "so(2) ⊕ so(2)"
    assert span_distance(algebra_of(found), direct_sum(so(2), so(2))) < 1e-9 + noise


def test_a_cylinder_has_shears_along_its_axis() -> None:
    """x² + y² = 1, z free: rotation, dilation of z, and z ↦ z + ax + by."""
    x = np.concatenate([sphere(2, seed=1), np.random.default_rng(5).normal(size=(2000, 1))], axis=1)
    found = algebra_of(support(x))
    assert found.dimension == 4
    assert np.abs(found.basis[:, :2, 2]).max() < 1e-9  # z moves nothing else


def test_pairs_of_vectors_share_one_generator() -> None:
    x = np.concatenate([sphere(3, seed=1), sphere(3, seed=2)], axis=1)
    found = support(x, copies=2)
    assert span_distance(algebra_of(found), so(3)) < 1e-9
    assert found.level.rows == 2 * len(x)


def test_complex_lines() -> None:
    """|z₁|² + |z₂|² = 1 and z₁ z̄₂ real: two complex numbers of one phase keep U(1) and the rotation that mixes them."""
    rng = np.random.default_rng(0)
    phase, angle = rng.uniform(0, 2 * np.pi, (2, 1500))
    x = np.stack(
        [np.cos(angle) * np.cos(phase), np.cos(angle) * np.sin(phase), np.sin(angle) * np.cos(phase), np.sin(angle) * np.sin(phase)], axis=1
    )
    found = algebra_of(support(x))
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    expected = LieAlgebra(np.stack([np.kron(np.eye(2), turn), np.kron(turn, np.eye(2))]))
    assert span_distance(found, expected) < 1e-8
    assert name_of(support(x)) == "so(2) ⊕ so(2)"


def test_matrices_of_determinant_one() -> None:
    """ad − bc = 1 is preserved by multiplication from both sides: sl(2) ⊕ sl(2), the split form so(2,2)."""
    m = np.random.default_rng(0).normal(size=(1500, 3))
    m = m[np.abs(m[:, 0]) > 0.3]
    found = support(np.column_stack([m, (1 + m[:, 1] * m[:, 2]) / m[:, 0]]), model="relative")
    assert name_of(found) == "sl(2,R) ⊕ sl(2,R)"
    assert found.metric is not None
    assert found.metric.signature == (2, 2)
    left = np.kron(np.array([[1.0, 0.0], [0.0, -1.0]]), np.eye(2))
    flat = algebra_of(found).basis.reshape(6, -1)
    projector = np.linalg.qr(flat.T)[0]
    assert np.linalg.norm(projector.T @ left.ravel()) == pytest.approx(np.linalg.norm(left), rel=1e-8)


def test_matrices_of_rank_one() -> None:
    """ad = bc: the cone over the same quadric, with the dilation."""
    a, b = np.random.default_rng(0).normal(size=(2, 1000, 2))
    found = support(np.einsum("ni,nj->nij", a, b).reshape(-1, 4), model="relative")
    assert name_of(found) == "sl(2,R) ⊕ sl(2,R) ⊕ R"


def test_curves() -> None:
    """y = x² scales with weights 1 and 2; xy = 1 with 1 and −1; y = x³ needs degree 3."""
    t = np.random.default_rng(0).normal(size=500)
    u = np.exp(np.random.default_rng(1).normal(size=500) / 2)
    for x, degree, weights in (([t, t**2], 2, [1, 2]), ([u, 1 / u], 2, [1, -1]), ([t, t**3], 3, [1, 3])):
        found = algebra_of(support(np.stack(x, axis=1), degree=degree))
        expected = LieAlgebra(np.diag(np.array(weights, dtype=float))[None])
        assert span_distance(found, expected) < 1e-6


def test_a_curve_without_linear_symmetry() -> None:
    """x³ + y³ = 1 has a finite group only."""
    t = np.random.default_rng(0).normal(size=500)
    found = support(np.stack([t, np.cbrt(1 - t**3)], axis=1), degree=3)
    assert algebra_of(found).dimension == 0
    assert found.status is Status.NO_SYMMETRY
    assert found.level.refuted is not None


@pytest.mark.parametrize("rows", [100, 500, 5000])
@pytest.mark.parametrize("n", [2, 3, 4])
def test_an_affine_plane_keeps_what_maps_it_to_itself(n: int, rows: int) -> None:
    """x₁ = 1: n² − n generators, none of which moves the first coordinate; squares of x₁ − 1 vanish twice over."""
    for seed in range(8):
        rest = np.random.default_rng(seed).normal(size=(rows, n - 1))
        found = algebra_of(support(np.column_stack([np.ones(rows), rest])))
        assert found.dimension == n * n - n
        assert np.abs(found.basis[:, 0]).max() < 1e-9


@pytest.mark.parametrize("radius", [0.1, 1.0, 700.0])
def test_isotropic_noise_is_told_and_taken_in_the_units_of_the_data(radius: float) -> None:
    x = sphere(3, noise=0.02, radius=radius)
    found = support(x)
    assert found.level.noise == pytest.approx(0.02 * radius, rel=0.05)
    assert found.level.noise_model == "isotropic"
    known = support(x, noise=0.02 * radius)
    assert span_distance(algebra_of(known), algebra_of(found)) < 1e-9
    assert support(x, noise=0.002 * radius).status is Status.NO_CONSTRAINT  # the checker itself
    assert f"isotropic noise {found.level.noise:.2g}" in " ".join(algebra_card(found).split())


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_vectors_in_a_subspace_are_refused_with_the_cure(rank: int) -> None:
    rng = np.random.default_rng(rank)
    x = rng.normal(size=(500, rank)) @ rng.normal(size=(rank, 4))
    with pytest.raises(DiscoveryFailed, match=rf"span only {rank} of 4 dimensions.*[Gg]ive .*more varied directions"):
        support(x)


def test_a_coordinate_that_is_always_zero_is_refused() -> None:
    with pytest.raises(DiscoveryFailed, match="span only 3 of 4"):
        support(np.concatenate([sphere(3), np.zeros((2000, 1))], axis=1))


def test_a_filled_ball_has_no_support() -> None:
    x = np.random.default_rng(0).normal(size=(1000, 3))
    found = support(x)
    assert found.status is Status.NO_CONSTRAINT
    assert found.algebra is None
    assert "no polynomial of degree ≤ 2" in found.level.reason


@pytest.mark.parametrize("blocks", [((0, 1), (2, 3)), ((0,), (1,), (2,), (3,)), ((0, 2), (1, 3))])
def test_blocks_keep_the_generators_that_fit_them(blocks: tuple[tuple[int, ...], ...]) -> None:
    """On a 3-sphere the block-diagonal part of so(4) is one so(2) for each pair, and nothing for single coordinates."""
    run = discover(Samples(sphere(4), rep_x=Rep("V", n=4), blocks=blocks), Spectral(noise_model="isotropic"), level="support")
    found = algebra_of(run)
    assert found.dimension == sum(len(block) == 2 for block in blocks)
    allowed = np.zeros((4, 4), dtype=bool)
    for block in blocks:
        allowed[np.ix_(block, block)] = True
    assert np.abs(found.basis[:, ~allowed]).max(initial=0.0) == 0
