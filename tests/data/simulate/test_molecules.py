"""Small molecules: the energy has the symmetries of space and no others, the chains are thermal, and the places are uneven."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.spatial.transform import Rotation

from physym.data.simulate import MOLECULES, Hydride, small_molecules
from physym.data.simulate.molecules import BOLTZMANN, _aligned, rotations
from physym.errors import InvalidData, UnknownDataset

KINDS = list(MOLECULES)
CASES = list(MOLECULES.values())


def shaken(molecule: Hydride, seed: int, rows: int = 30, size: float = 0.1) -> np.ndarray:
    """Random shapes near that of least energy."""
    return molecule.geometry + size * np.random.default_rng(seed).normal(size=(rows, len(molecule.numbers), 3))


def slow_energy(molecule: Hydride, positions: np.ndarray) -> float:
    """The oracle: one molecule, one bond and one angle after the other."""
    total = 0.0
    hydrogens = range(1, len(molecule.numbers))
    for i in hydrogens:
        total += molecule.bond_constant * (np.linalg.norm(positions[i] - positions[0]) - molecule.bond) ** 2
        for j in range(1, i):
            a, b = positions[i] - positions[0], positions[j] - positions[0]
            angle = np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)
            total += molecule.angle_constant * (angle - np.deg2rad(molecule.angle)) ** 2
    return float(total)


def changes_along(molecule: Hydride, x: np.ndarray) -> np.ndarray:
    """How the energy changes along each affine map of space, shape ``(12, rows)``."""
    step = 1e-5
    moves = [x @ unit.T for unit in np.eye(9).reshape(9, 3, 3)] + [np.broadcast_to(unit, x.shape) for unit in np.eye(3)]
    return np.stack([(molecule.energy(x + step * move) - molecule.energy(x - step * move)) / (2 * step) for move in moves])


@pytest.mark.parametrize("molecule", CASES, ids=KINDS)
def test_the_energy_is_that_of_the_slow_oracle(molecule: Hydride) -> None:
    x = shaken(molecule, 0)
    np.testing.assert_allclose(molecule.energy(x), [slow_energy(molecule, one) for one in x], rtol=1e-9)
    assert molecule.energy(x[0]).shape == ()
    np.testing.assert_array_equal(molecule.energy(x.reshape(5, 6, -1, 3)).ravel(), molecule.energy(x))


@pytest.mark.parametrize("molecule", CASES, ids=KINDS)
def test_the_geometry_has_the_bonds_and_angles_of_the_table_and_least_energy(molecule: Hydride) -> None:
    bonds = molecule.geometry[1:] - molecule.geometry[0]
    np.testing.assert_allclose(np.linalg.norm(bonds, axis=1), molecule.bond, rtol=1e-12)
    cosines = (bonds @ bonds.T / molecule.bond**2)[np.triu_indices(len(bonds), 1)]
    np.testing.assert_allclose(np.rad2deg(np.arccos(cosines)), molecule.angle, rtol=1e-9)
    assert molecule.energy(molecule.geometry) < 1e-20
    assert (molecule.energy(shaken(molecule, 1, size=1e-3)) > 0).all()


@pytest.mark.parametrize("molecule", CASES, ids=KINDS)
@given(seed=st.integers(0, 10_000))
def test_the_energy_is_unchanged_by_motions_reflections_and_exchanges(molecule: Hydride, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = shaken(molecule, seed, rows=4)
    g = np.linalg.qr(rng.normal(size=(3, 3)))[0]  # of either determinant
    np.testing.assert_allclose(molecule.energy(x @ g.T + 5 * rng.normal(size=3)), molecule.energy(x), rtol=1e-8, atol=1e-10)
    order = [0, *(1 + rng.permutation(len(molecule.numbers) - 1))]
    np.testing.assert_allclose(molecule.energy(x[:, order]), molecule.energy(x), rtol=1e-10)


@pytest.mark.parametrize("molecule", CASES, ids=KINDS)
def test_nothing_else_that_is_affine_keeps_the_energy(molecule: Hydride) -> None:
    """The null space of all derivatives has the dimension of se(3), and no exchange with the central atom is allowed."""
    x = shaken(molecule, 2, rows=300)
    values = np.linalg.svd(changes_along(molecule, x), compute_uv=False)
    assert (values < 1e-6 * values[0]).sum() == 6
    assert values[-7] > 1e-2 * values[0]
    kept = [p for p in permutations(range(len(molecule.numbers))) if np.allclose(molecule.energy(x[:, list(p)]), molecule.energy(x))]
    assert all(p[0] == 0 for p in kept)
    assert len(kept) == np.prod(range(1, len(molecule.numbers)))


def test_that_check_sees_an_energy_with_fewer_symmetries() -> None:
    water = MOLECULES["water"]

    class Pulled(Hydride):
        def energy(self, positions: np.ndarray) -> np.ndarray:
            return np.asarray(water.energy(positions) + positions[..., 0, 2])

    pulled = Pulled("pulled", water.numbers, water.bond, water.bond_constant, water.angle, water.angle_constant, "none")
    with pytest.raises(AssertionError):
        test_nothing_else_that_is_affine_keeps_the_energy(pulled)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("temperature", [150, 600])
def test_equipartition(kind: str, temperature: int) -> None:
    """``⟨Σ x·∂E/∂x⟩ = (3K − 3) kT``, exact for every potential of relative coordinates; and ``⟨E⟩ ≈ (3K − 6)/2 kT`` for a stiff one."""
    molecule, heat = MOLECULES[kind], BOLTZMANN * temperature
    made = small_molecules(3000, kind=kind, seed=5, temperature=temperature)
    x, step = made.positions - made.positions.mean(1, keepdims=True), 1e-5
    virial = (molecule.energy(x * (1 + step)) - molecule.energy(x * (1 - step))) / (2 * step)
    atoms = x.shape[1]
    assert abs(virial.mean() / heat - (3 * atoms - 3)) < 4 * virial.std() / heat / np.sqrt(len(x))
    energy = made.target("energy") / heat
    assert energy.mean() == pytest.approx((3 * atoms - 6) / 2, abs=4 * energy.std() / np.sqrt(len(x)) + 0.02 * atoms)


def test_bonds_and_angles_of_water_follow_their_exact_laws() -> None:
    """In the coordinates (r₁, r₂, θ) the measure is ``r₁² r₂² sin θ``, so all three are independent."""
    water, temperature = MOLECULES["water"], 1200
    heat = BOLTZMANN * temperature
    made = small_molecules(6000, kind="water", seed=6, temperature=temperature).positions
    bonds = made[:, 1:] - made[:, :1]
    lengths = np.linalg.norm(bonds, axis=2)
    angle = np.arccos((bonds[:, 0] * bonds[:, 1]).sum(1) / lengths.prod(1))

    def mean(power: int, constant: float, rest: float, weight: object, low: float, high: float) -> float:
        def density(value: float) -> float:
            return weight(value) * float(np.exp(-constant * (value - rest) ** 2 / heat))  # type: ignore[operator, no-any-return]

        return float(quad(lambda value: value**power * density(value), low, high)[0] / quad(density, low, high)[0])

    theta = np.deg2rad(water.angle)
    for power in (1, 2):
        expected = mean(power, water.bond_constant, water.bond, lambda r: r**2, 0.5, 1.5)
        assert abs((lengths**power).mean() - expected) < 4 * (lengths**power).std() / np.sqrt(lengths.size)
        expected = mean(power, water.angle_constant, theta, np.sin, 0.0, np.pi)
        assert abs((angle**power).mean() - expected) < 4 * (angle**power).std() / np.sqrt(len(angle))
    assert abs(np.corrcoef(lengths.T)[0, 1]) < 4 / np.sqrt(len(angle))
    assert abs(np.corrcoef(lengths[:, 0], angle)[0, 1]) < 4 / np.sqrt(len(angle))


def test_a_chain_that_is_too_short_is_not_thermal() -> None:
    """So the two tests above can fail."""
    early = small_molecules(500, kind="methane", seed=5, sweeps=3).target("energy")
    assert early.mean() < 0.5 * 4.5 * BOLTZMANN * 300


@pytest.mark.parametrize("kind", KINDS)
def test_the_target_is_the_energy_of_the_positions(kind: str) -> None:
    made = small_molecules(20, kind=kind, seed=0, sweeps=50)
    np.testing.assert_allclose(made.target("energy"), MOLECULES[kind].energy(made.positions), rtol=1e-12)
    assert made.target_units == {"energy": "kcal/mol"}
    assert made.samples().copies == len(MOLECULES[kind].numbers)


def test_places_and_orientations_are_uneven() -> None:
    """The distribution of positions has no symmetry of space: else a method that reads p(x) would succeed as well."""
    made = small_molecules(4000, kind="ammonia", seed=1, spread=(0.5, 0.3, 0.1), tilt=0.3, sweeps=100)
    centre = made.positions.mean(1)
    np.testing.assert_allclose(centre.std(0), [0.5, 0.3, 0.1], rtol=0.06)
    np.testing.assert_allclose(centre.mean(0), 0, atol=4 * 0.5 / np.sqrt(4000))
    axis = (made.positions - centre[:, None])[:, 1:].mean(1)
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    assert axis[:, 2].mean() > 0.85, "a uniform orientation has 0"
    wild = small_molecules(500, kind="ammonia", seed=1, tilt=20.0, sweeps=100).positions
    axis = wild[:, 1:].mean(1) - wild[:, 0]
    # a turn by a random angle about a random axis: E[cos α + (1 − cos α) u_z²] = 1/3, so some preference is always left
    assert (axis / np.linalg.norm(axis, axis=1, keepdims=True))[:, 2].mean() == pytest.approx(1 / 3, abs=0.1)


def test_without_spread_and_tilt_molecules_stay_at_the_origin() -> None:
    made = small_molecules(50, kind="methane", seed=2, spread=(0, 0, 0), tilt=0, sweeps=100).positions
    np.testing.assert_allclose(made.mean(1), 0, atol=1e-12)
    assert np.abs(made - MOLECULES["methane"].geometry).max() < 0.4


def test_one_seed_is_one_data_set_and_the_place_does_not_change_the_shape() -> None:
    here, again, other = (small_molecules(8, seed=seed, sweeps=50) for seed in (3, 3, 4))
    np.testing.assert_array_equal(here.positions, again.positions)
    assert (here.positions != other.positions).all()
    elsewhere = small_molecules(8, seed=3, sweeps=50, spread=(9, 9, 9), tilt=2)
    np.testing.assert_allclose(here.target("energy"), elsewhere.target("energy"), rtol=1e-9)


@given(st.integers(0, 1000))
def test_rotations_are_those_of_scipy(seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(5, 3)) * np.array([1e-9, 1e-3, 1.0, 3.0, 10.0])[:, None]
    np.testing.assert_allclose(rotations(vectors), Rotation.from_rotvec(vectors).as_matrix(), atol=1e-12)
    np.testing.assert_array_equal(rotations(np.zeros((1, 3)))[0], np.eye(3))


@pytest.mark.parametrize("molecule", CASES, ids=KINDS)
def test_alignment_undoes_every_motion_and_keeps_the_hand(molecule: Hydride) -> None:
    shape = shaken(molecule, 7, size=0.02)
    centred = _aligned(shape, molecule.geometry)
    moved = shape @ rotations(np.array([[0.5, -2.0, 1.0]]))[0].T + [3.0, 1.0, -2.0]
    np.testing.assert_allclose(_aligned(moved, molecule.geometry), centred, atol=1e-9)
    np.testing.assert_allclose(molecule.energy(centred), molecule.energy(shape), rtol=1e-9)
    hand = np.linalg.det(shape[:, 1:4] - shape[:, :1]) if shape.shape[1] > 3 else np.ones(1)
    after = np.linalg.det(centred[:, 1:4] - centred[:, :1]) if shape.shape[1] > 3 else np.ones(1)
    np.testing.assert_allclose(after, hand, rtol=1e-8)


@pytest.mark.parametrize(
    "arguments",
    [{"n": 0}, {"temperature": 0}, {"temperature": -1.0}, {"tilt": -0.1}, {"tilt": np.inf}, {"spread": (1.0, -1.0, 1.0)}, {"sweeps": 0}],
)
def test_impossible_requests_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(InvalidData, match="expected at least one conformation"):
        small_molecules(**({"n": 3, "seed": 0} | arguments))  # type: ignore[arg-type]


def test_an_unknown_molecule_lists_the_known_ones() -> None:
    with pytest.raises(UnknownDataset, match="water, ammonia, methane"):
        small_molecules(3, kind="benzene", seed=0)
