"""`Molecules`: positions of atoms with their elements, and quantities that belong to the whole molecule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from os import PathLike
from pathlib import Path

import numpy as np

from physym._typing import Bool, Float, Int, PathOrPaths, Shaped
from physym.algebra import Rep
from physym.data.elements import SYMBOLS, formula
from physym.data.npz import chosen_rows, read_npz
from physym.data.samples import Samples
from physym.data.xyz import Frame, read_xyz
from physym.errors import InvalidData, MissingField, MissingFile, ShapeError, UnitsError

ANGSTROM_PER_UNIT = {"Å": 1.0, "nm": 10.0, "bohr": 0.529177210903}
COORDINATES = ("x", "y", "z")

CLOSEST_ATOMS = 0.3
"""Å: no two atoms of a molecule are that close (H₂: 0.74), so smaller distances are not in Å."""

POSITION_NAMES = ("positions", "R", "pos", "coordinates", "coords")
NUMBER_NAMES = ("numbers", "Z", "z", "atomic_numbers", "nuclear_charges", "charges")
"""Names that archives of molecules use for the two arrays; what is found first is read."""


@dataclass(frozen=True, eq=False)
class Molecules:
    """Molecules of one size or padded to one, with targets by name.

    Arguments:
        positions: of the atoms, shape ``(N, K, 3)``, in ``units``; held in Å, and 0 where there is no atom.
        numbers: atomic numbers, shape ``(N, K)``, or ``(K,)`` where all molecules have the same atoms; 0 is padding.
        targets: a number per molecule by name, each of shape ``(N,)``.
        target_units: units of the targets by name.
        units: unit of the positions that are given: ``"Å"``, ``"nm"`` or ``"bohr"``.
        rounding: relative rounding of the stored numbers, 2⁻²⁴ for float32 and 2⁻⁵³ for float64.
        source: where the molecules come from.

    Raises:
        ShapeError: the fields do not fit each other.
        InvalidData: NaN, atoms that are no elements, or a molecule without atoms.
        UnitsError: an unknown unit, or distances that no molecule has in it.

    Example:
        >>> hydrogen = Molecules(np.array([[[0.0, 0, 0], [0, 0, 0.74]]]), np.array([1, 1]), {"energy": np.array([-1.17])})
        >>> len(hydrogen), hydrogen.formulas, hydrogen.samples().rep_x
        (1, ('H2',), Rep('2V', n=3))
    """

    positions: Float[np.ndarray, "N K 3"]
    numbers: Shaped[np.ndarray, "*N K"]
    targets: dict[str, Float[np.ndarray, "N"]] = field(default_factory=dict)
    target_units: dict[str, str] = field(default_factory=dict, kw_only=True)
    units: str = field(default="Å", kw_only=True)
    rounding: float = field(default=2.0**-53, kw_only=True)
    source: str = field(default="memory", kw_only=True)

    def __post_init__(self) -> None:
        if self.units not in ANGSTROM_PER_UNIT:
            raise UnitsError(f"{self.source}: units={self.units!r} is not known; expected one of {', '.join(ANGSTROM_PER_UNIT)}.")
        positions = np.asarray(self.positions, dtype=np.float64)
        if positions.ndim != 3 or positions.shape[2] != 3 or 0 in positions.shape:
            raise ShapeError(f"{self.source}: positions have shape {positions.shape}; expected (N molecules, K atoms, 3), none of them 0.")
        numbers = _checked_numbers(self.numbers, positions.shape[:2], self.source)
        real = numbers > 0
        if not np.isfinite(positions[real]).all():
            first = int(np.flatnonzero((real & ~np.isfinite(positions).all(2)).any(1))[0])
            raise InvalidData(f"{self.source}: NaN or infinite positions (first in molecule {first}); drop or repair these molecules.")
        positions = np.where(real[..., None], positions, 0.0) * ANGSTROM_PER_UNIT[self.units]
        _check_distances(positions, real, self.units, self.source)
        targets = {name: _checked_target(name, value, len(positions), self.source) for name, value in self.targets.items()}
        if not set(self.target_units) <= set(targets):
            strange = ", ".join(sorted(set(self.target_units) - set(targets)))
            raise ShapeError(
                f"{self.source}: units are stated for {strange}, which are no targets; there are {', '.join(targets) or 'none'}."
            )
        settled = {"positions": positions, "numbers": numbers, "targets": targets, "units": "Å"}
        for name, value in settled.items():
            object.__setattr__(self, name, value)

    @property
    def real(self) -> Bool[np.ndarray, "N K"]:
        """Which slots hold an atom, shape ``(N, K)``."""
        return np.asarray(self.numbers > 0)

    @property
    def formulas(self) -> tuple[str, ...]:
        """The different sum formulas, sorted."""
        kinds = np.unique(np.sort(self.numbers, axis=1), axis=0)
        return tuple(sorted(formula(kind) for kind in kinds))

    def target(self, name: str) -> Float[np.ndarray, "N"]:
        """One target by name, shape ``(N,)``, in ``target_units[name]``.

        Raises:
            MissingField: there is no such target; near misses are listed.
        """
        if name not in self.targets:
            near = get_close_matches(name, self.targets, n=3, cutoff=0.4)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise MissingField(f"{self.source}: no target {name!r}.{hint} Present: {', '.join(self.targets) or 'none'}.")
        return self.targets[name]

    def samples(self, *, target: str | None = None) -> Samples:
        """The atoms as rows that discovery searches: one matrix moves all of them.

        A row does not say which elements its atoms are, so give molecules of one kind, or of kinds that the target tells apart.

        Arguments:
            target: which target is y; None: the only one there is, or no y where there is none.

        Returns:
            Samples with ``rep_x`` K copies of the vector of space, masked where a slot is padding, and the target as invariant y.

        Raises:
            MissingField: there is no such target, or there are several and none is named.

        Example:
            >>> from physym.data.simulate import small_molecules
            >>> rows = small_molecules(5, kind="water", seed=0).samples(target="energy")
            >>> rows.x.shape, rows.rep_x, rows.units
            ((5, 9), Rep('3V', n=3), 'Å')
        """
        if target is None and len(self.targets) > 1:
            raise MissingField(f"{self.source}: there are {len(self.targets)} targets; name one with target=: {', '.join(self.targets)}.")
        name = target if target is not None else next(iter(self.targets), None)
        count, atoms = self.numbers.shape
        return Samples(
            self.positions.reshape(count, -1),
            rep_x=Rep(f"{atoms}V", n=3),
            y=None if name is None else self.target(name),
            mask=None if self.real.all() else self.real,
            units=self.units,
            coordinates=COORDINATES,
            source=self.source if name is None else f"{self.source}, y = {name} [{self.target_units.get(name, '') or 'unit not stated'}]",
            rounding=self.rounding,
        )

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, index: slice | Sequence[int] | Shaped[np.ndarray, "..."]) -> Molecules:
        rows = np.arange(len(self))[index]
        targets = {name: value[rows] for name, value in self.targets.items()}
        return replace(self, positions=self.positions[rows], numbers=self.numbers[rows], targets=targets)

    def __repr__(self) -> str:
        kinds, atoms = self.formulas, self.real.sum(1)
        named = ", ".join(kinds) if len(kinds) <= 5 else f"{len(kinds)} formulas"
        targets = ", ".join(f"{name} [{self.target_units.get(name, '') or '?'}]" for name in self.targets) or "none"
        sizes = f"{atoms.max()}" if atoms.min() == atoms.max() else f"{atoms.min()} to {atoms.max()}"
        return f"Molecules: {len(self):,} of {sizes} atoms ({named}), positions in Å\n  targets: {targets}\n  source: {self.source}"


def load_molecules(paths: PathOrPaths, *, split: str | None = None, units: str = "Å") -> Molecules:
    """Read molecules from .npz, xyz, extended xyz, or the raw files of QM9, also inside a tar archive.

    An .npz file holds positions ``(N, K, 3)`` (``R``, ``pos``, ``coordinates`` …) and atomic numbers ``(N, K)`` or ``(K,)`` (``Z``,
    ``numbers``, ``charges`` …), see ``POSITION_NAMES`` and ``NUMBER_NAMES``; every other numeric array of shape ``(N,)`` or ``(N, 1)``
    is a target, ``unit_NAME`` its unit, and ``split (N,)`` names the split of each molecule. Other arrays (forces) are left out.
    The comment line of extended xyz holds targets as ``energy=-1.5``; those that some molecule lacks are left out.

    Arguments:
        paths: a file; or several xyz files, whose molecules are put together.
        split: keep only the molecules of this split of an .npz file; None: all.
        units: unit of the positions in the file.

    Returns:
        Molecules, padded to the largest of them.

    Raises:
        MissingFile: no such file.
        CorruptFile: a file cannot be read.
        MissingField: an array or the split is not there.
        ShapeError: arrays that do not fit each other.
        InvalidData: see ``Molecules``.
        UnitsError: see ``Molecules``.

    Example:
        >>> from physym.artefacts import artefact
        >>> load_molecules(artefact("datasets", "small_molecules", "sample.npz"), split="test").positions.shape
        (1000, 3, 3)
    """
    files = [Path(paths)] if isinstance(paths, (str, PathLike)) else [Path(path) for path in paths]
    missing = [file for file in files if not file.is_file()]
    if missing or not files:
        raise MissingFile(f"{missing[0] if missing else 'no path at all'}: no such file.")
    if len(files) == 1 and files[0].suffix == ".npz":
        return _from_npz(files[0], split, units)
    if split is not None:
        raise MissingField(f"{files[0]}: xyz files know no splits; leave split={split!r} out and choose molecules by their number.")
    source = str(files[0]) if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"
    return _padded([frame for file in files for frame in read_xyz(file)], units, source)


def _padded(frames: list[Frame], units: str, source: str) -> Molecules:
    largest = max(len(frame.numbers) for frame in frames)
    positions, numbers = np.zeros((len(frames), largest, 3)), np.zeros((len(frames), largest), dtype=np.int64)
    for row, frame in enumerate(frames):
        positions[row, : len(frame.numbers)], numbers[row, : len(frame.numbers)] = frame.positions, frame.numbers
    common = [name for name in frames[0].targets if all(name in frame.targets for frame in frames)]
    targets = {name: np.array([frame.targets[name] for frame in frames]) for name in common}
    stated = {name: unit for name, unit in frames[0].units.items() if name in targets}
    return Molecules(positions, numbers, targets, target_units=stated, units=units, source=source)


def _from_npz(file: Path, split: str | None, units: str) -> Molecules:
    arrays = read_npz(file)
    place = next((name for name in POSITION_NAMES if name in arrays), None)
    kind = next((name for name in NUMBER_NAMES if name in arrays), None)
    if place is None or kind is None:
        expected = f"positions ({', '.join(POSITION_NAMES)}) and atomic numbers ({', '.join(NUMBER_NAMES)})"
        raise MissingField(f"{file}: expected {expected}; present: {', '.join(arrays) or 'nothing'}.")
    positions, numbers = arrays[place], arrays[kind]
    if positions.ndim != 3 or positions.dtype.kind not in "fiu":
        raise ShapeError(f"{file}: {place} is {positions.dtype} of shape {positions.shape}; expected numbers (N molecules, K atoms, 3).")
    count = len(positions)
    rows = chosen_rows(arrays, split, file, count=count)
    found = {
        name: array.reshape(-1) for name, array in arrays.items() if array.shape in {(count,), (count, 1)} and array.dtype.kind in "fiu"
    }
    found = {name: array[rows].astype(np.float64) for name, array in found.items() if name not in (place, kind, "split")}
    return Molecules(
        positions[rows],
        numbers[rows] if numbers.ndim == 2 else numbers,
        found,
        target_units={name: str(arrays[f"unit_{name}"]) for name in found if f"unit_{name}" in arrays},
        units=units,
        rounding=2.0**-24 if positions.dtype == np.float32 else 2.0**-53,
        source=f"{file}" + (f" [{split}]" if split else ""),
    )


def _checked_numbers(given: Shaped[np.ndarray, "..."], shape: tuple[int, ...], source: str) -> Int[np.ndarray, "N K"]:
    numbers = np.asarray(given)
    if numbers.shape not in (shape, shape[1:]):
        raise ShapeError(
            f"{source}: numbers have shape {numbers.shape}; expected {shape}, or {shape[1:]} where all molecules have the same."
        )
    if numbers.dtype.kind not in "iu" and not (numbers.dtype.kind == "f" and (numbers == np.round(numbers)).all()):
        raise InvalidData(f"{source}: atomic numbers of type {numbers.dtype} that are not whole; give 6 for carbon and 0 for padding.")
    numbers = np.broadcast_to(numbers.astype(np.int64), shape).copy()
    if numbers.min() < 0 or numbers.max() > len(SYMBOLS):
        raise InvalidData(f"{source}: atomic numbers from {numbers.min()} to {numbers.max()}; expected 1 to {len(SYMBOLS)}, 0 for padding.")
    empty = ~(numbers > 0).any(1)
    if empty.any():
        raise InvalidData(f"{source}: {int(empty.sum())} molecules have no atom (first: molecule {int(np.argmax(empty))}); drop them.")
    return numbers


def _checked_target(name: str, given: Shaped[np.ndarray, "..."], count: int, source: str) -> Float[np.ndarray, "N"]:
    value = np.asarray(given)
    if value.shape != (count,) or value.dtype.kind not in "fiu":
        raise ShapeError(f"{source}: target {name} is {value.dtype} of shape {value.shape}; expected ({count},), a number per molecule.")
    if not np.isfinite(value).all():
        first = int(np.flatnonzero(~np.isfinite(value))[0])
        raise InvalidData(f"{source}: target {name} is NaN or infinite (first in molecule {first}); drop these molecules.")
    return value.astype(np.float64)


def _check_distances(positions: Float[np.ndarray, "N K 3"], real: Bool[np.ndarray, "N K"], units: str, source: str) -> None:
    """Distances within the first hundred molecules can be distances of atoms."""
    some, atoms = positions[:100], real[:100]
    apart = np.linalg.norm(some[:, :, None] - some[:, None], axis=3)
    pairs = atoms[:, :, None] & atoms[:, None] & ~np.eye(positions.shape[1], dtype=bool)
    closest = np.where(pairs, apart, np.inf).min((1, 2))
    closest = closest[np.isfinite(closest)]
    if len(closest) and np.median(closest) < CLOSEST_ATOMS:
        raise UnitsError(
            f"{source}: the closest atoms of a molecule are {np.median(closest):.3g} Å apart if the positions are in {units}, closer than "
            "any two atoms are; they look like nm. Say so with units='nm', and they are converted to Å."
        )
