"""Thermal conformations of small molecules in a closed-form potential: harmonic bonds and angles about one central atom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym import _rng
from physym._typing import Float, Int
from physym.data.molecules import Molecules
from physym.errors import InvalidData, UnknownDataset

BOLTZMANN = 0.001987204259
"""kcal/(mol K): the molar gas constant."""

SWEEPS = 1000  # the mean energy is that of equilibrium after 200
STEP = 0.025  # Å at 300 K, of every coordinate: a quarter to a third of the moves are accepted
TETRAHEDRAL = float(np.degrees(np.arccos(-1 / 3)))


@dataclass(frozen=True, eq=False)
class Hydride:
    """A central atom with m equal hydrogens and the potential ``Σ k_b (r − r₀)² + Σ k_a (θ − θ₀)²`` over all bonds and angles.

    The energy depends on distances and angles only, so rotations, translations, reflections and exchanges of hydrogens leave it
    unchanged; nothing else that is linear does.

    Arguments:
        name: name of the molecule.
        numbers: atomic numbers, the central atom first, shape ``(m + 1,)``.
        bond: length r₀ in Å.
        bond_constant: k_b in kcal/(mol Å²).
        angle: θ₀ in degrees.
        angle_constant: k_a in kcal/(mol rad²).
        reference: where the constants come from.

    Example:
        >>> water = MOLECULES["water"]
        >>> water.geometry.shape, round(float(water.energy(water.geometry)), 9)
        ((3, 3), 0.0)
    """

    name: str
    numbers: Int[np.ndarray, "K"]
    bond: float
    bond_constant: float
    angle: float
    angle_constant: float
    reference: str

    @property
    def geometry(self) -> Float[np.ndarray, "K 3"]:
        """Positions of least energy, central atom at the origin, axis along z, shape ``(K, 3)``, Å."""
        hydrogens = len(self.numbers) - 1
        cosine = np.cos(np.deg2rad(self.angle))
        if hydrogens == 4:
            corners = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
        else:
            # m directions at one angle to the axis: their mutual cosine is h² + s² cos(2π/m) with h² + s² = 1
            sine = np.sqrt((1 - cosine) / (1 - np.cos(2 * np.pi / hydrogens)))
            turn = 2 * np.pi * np.arange(hydrogens) / hydrogens
            corners = np.stack([sine * np.cos(turn), sine * np.sin(turn), np.full(hydrogens, np.sqrt(1 - sine**2))], axis=1)
        return np.concatenate([np.zeros((1, 3)), self.bond * corners])

    def energy(self, positions: Float[np.ndarray, "*batch K 3"]) -> Float[np.ndarray, "*batch"]:
        """Potential energy in kcal/mol.

        Arguments:
            positions: central atom first, shape ``(..., K, 3)``, Å.

        Returns:
            Shape ``(...)``; zero at ``geometry``.
        """
        bonds = positions[..., 1:, :] - positions[..., :1, :]
        lengths = np.linalg.norm(bonds, axis=-1)
        first, second = np.triu_indices(bonds.shape[-2], 1)
        cosines = (bonds[..., first, :] * bonds[..., second, :]).sum(-1) / (lengths[..., first] * lengths[..., second])
        angles = np.arccos(np.clip(cosines, -1.0, 1.0))
        stretch = self.bond_constant * ((lengths - self.bond) ** 2).sum(-1)
        return np.asarray(stretch + self.angle_constant * ((angles - np.deg2rad(self.angle)) ** 2).sum(-1))


MOLECULES: dict[str, Hydride] = {
    molecule.name: molecule
    for molecule in (
        Hydride(
            "water",
            np.array([8, 1, 1]),
            0.9572,
            450.0,
            104.52,
            55.0,
            "TIP3P: W. L. Jorgensen et al., J. Chem. Phys. 79 (1983) 926; CHARMM22: A. MacKerell et al., J. Phys. Chem. B 102 (1998) 3586",
        ),
        Hydride(
            "ammonia",
            np.array([7, 1, 1, 1]),
            1.010,
            434.0,
            106.4,
            43.6,
            "OPLS-AA for amines: R. C. Rizzo, W. L. Jorgensen, J. Am. Chem. Soc. 121 (1999) 4827",
        ),
        Hydride(
            "methane",
            np.array([6, 1, 1, 1, 1]),
            1.090,
            340.0,
            TETRAHEDRAL,
            35.0,
            "AMBER: W. D. Cornell et al., J. Am. Chem. Soc. 117 (1995) 5179, with the exact tetrahedral angle",
        ),
    )
}


def small_molecules(
    n: int,
    *,
    kind: str = "water",
    seed: int | np.random.Generator,
    temperature: int | float = 300.0,
    spread: tuple[int | float, int | float, int | float] = (0.2, 0.12, 0.06),
    tilt: int | float = 0.3,
    sweeps: int = SWEEPS,
) -> Molecules:
    """Independent thermal conformations of one small molecule, placed unevenly, with the potential energy as target.

    Each conformation is the end of a Metropolis chain of its own in all 3K coordinates. It is then turned onto the geometry of least
    energy, tilted by a random rotation that prefers small angles, and moved to a centre drawn from a Gaussian whose spread
    differs along x, y and z. So the distribution of positions has no symmetry of space, while the energy has all of them: what is
    found in these data is a symmetry of p(energy | positions). Bonds vary by 0.03 Å, so the wider the molecules are spread and tilted,
    the finer is what a method must see.

    Arguments:
        n: number of conformations.
        kind: one of ``MOLECULES``: ``"water"``, ``"ammonia"``, ``"methane"``.
        seed: seed or generator; shape and place have streams of their own.
        temperature: in K.
        spread: standard deviation of the centroid along x, y and z, Å.
        tilt: standard deviation of each component of the rotation vector, rad; 0: no molecule is turned.
        sweeps: moves of each chain.

    Returns:
        Molecules with the target ``energy`` in kcal/mol.

    Raises:
        UnknownDataset: no such molecule.
        InvalidData: no conformation, no sweep, or a temperature, spread or tilt that is negative or not finite.

    References:
        N. Metropolis et al., J. Chem. Phys. 21 (1953) 1087; W. Kabsch, Acta Cryst. A 32 (1976) 922, for the fit onto the geometry;
        the constants: see ``MOLECULES[kind].reference``.

    Example:
        >>> water = small_molecules(4, kind="water", seed=0)
        >>> water.positions.shape, water.formulas, water.target_units
        ((4, 3, 3), ('H2O',), {'energy': 'kcal/mol'})
    """
    if kind not in MOLECULES:
        raise UnknownDataset(f"no molecule {kind!r}; there are {', '.join(MOLECULES)}.")
    settings = (temperature, *spread, tilt)
    if n < 1 or sweeps < 1 or not all(0 <= value < np.inf for value in settings) or not temperature:
        raise InvalidData(
            f"small_molecules(n={n}, temperature={temperature}, spread={spread}, tilt={tilt}, sweeps={sweeps}); expected at least one "
            "conformation and one sweep, a temperature above 0 K, and nothing negative or infinite."
        )
    molecule = MOLECULES[kind]
    shape, place = _rng.generator(seed).spawn(2)
    conformations = _aligned(_thermal(molecule, n, temperature, sweeps, shape), molecule.geometry)
    turned = np.einsum("nij,nkj->nki", rotations(tilt * place.normal(size=(n, 3))), conformations)
    positions = turned + (np.asarray(spread) * place.normal(size=(n, 3)))[:, None]
    return Molecules(
        positions,
        molecule.numbers,
        {"energy": molecule.energy(positions)},
        target_units={"energy": "kcal/mol"},
        source=f"{kind} at {temperature:g} K, simulated",
    )


def rotations(vectors: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3 3"]:
    """Rotation matrices about the axes and by the angles of rotation vectors.

    Arguments:
        vectors: direction: axis, length: angle in rad, shape ``(N, 3)``.

    Returns:
        Shape ``(N, 3, 3)``.

    References:
        O. Rodrigues, J. Math. Pures Appl. 5 (1840) 380.

    Example:
        >>> rotations(np.array([[0.0, 0.0, np.pi / 2]]))[0].round(9).tolist()
        [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    angle = np.linalg.norm(vectors, axis=1)[:, None, None]
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    cross = np.stack([np.stack([zero, -z, y], axis=1), np.stack([z, zero, -x], axis=1), np.stack([-y, x, zero], axis=1)], axis=1)
    # sinc keeps both factors exact at angle 0: sin(a)/a and (1 − cos a)/a² = sinc²(a/2)/2
    return np.asarray(np.eye(3) + np.sinc(angle / np.pi) * cross + np.sinc(angle / (2 * np.pi)) ** 2 / 2 * cross @ cross)


def _thermal(molecule: Hydride, n: int, temperature: int | float, sweeps: int, rng: np.random.Generator) -> Float[np.ndarray, "N K 3"]:
    """The last states of n Metropolis chains that start at the least energy."""
    heat = BOLTZMANN * temperature
    step = STEP * np.sqrt(temperature / 300)
    here = np.repeat(molecule.geometry[None], n, axis=0)
    energy = molecule.energy(here)
    for _ in range(sweeps):
        there = here + step * rng.normal(size=here.shape)
        fresh = molecule.energy(there)
        accepted = rng.exponential(size=n) > (fresh - energy) / heat
        here[accepted], energy[accepted] = there[accepted], fresh[accepted]
    return here


def _aligned(positions: Float[np.ndarray, "N K 3"], geometry: Float[np.ndarray, "K 3"]) -> Float[np.ndarray, "N K 3"]:
    """Centred on the centroid and turned such that the atoms lie nearest to those of the geometry."""
    centred = positions - positions.mean(1, keepdims=True)
    u, _, v = np.linalg.svd(np.einsum("nki,kj->nij", centred, geometry - geometry.mean(0)))
    v[:, 2] *= np.linalg.det(u @ v)[:, None]  # a rotation and no reflection
    return np.asarray(centred @ (u @ v))
