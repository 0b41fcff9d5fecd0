"""Molecules as text: plain and extended xyz, and the files of QM9, one by one or in a tar archive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from physym._typing import Float, Int
from physym.data.elements import atomic_number
from physym.errors import CorruptFile, MissingFile

QM9_UNITS = {
    **dict.fromkeys(("A", "B", "C"), "GHz"),
    "mu": "D",
    "alpha": "a0^3",
    **dict.fromkeys(("homo", "lumo", "gap"), "Ha"),
    "r2": "a0^2",
    **dict.fromkeys(("zpve", "U0", "U", "H", "G"), "Ha"),
    "Cv": "cal/(mol K)",
}
"""The 15 properties of a QM9 molecule in the order of its second line, after the tag ``gdb`` and the number, with their units."""

QM9_LAST_LINES = 3
"""Frequencies, SMILES and InChI follow the atoms of a QM9 molecule."""

_PAIR = re.compile(r"(\w+)=(\"[^\"]*\"|\S+)")
_DEFAULT_COLUMNS = (0, 1)  # where the species and the first coordinate stand


@dataclass(frozen=True, eq=False)
class Frame:
    """One molecule of a file.

    Arguments:
        numbers: atomic numbers, shape ``(K,)``.
        positions: shape ``(K, 3)``, in the unit of the file.
        targets: numbers that the comment line states, by name.
        units: their units, where the format defines them.

    Example:
        >>> Frame(np.array([2]), np.zeros((1, 3)), {"energy": -2.9}).targets["energy"]
        -2.9
    """

    numbers: Int[np.ndarray, "K"]
    positions: Float[np.ndarray, "K 3"]
    targets: dict[str, float] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)


def read_xyz(path: Path) -> list[Frame]:
    """All molecules of an xyz file, or of the xyz files in a tar archive (in the order of their names).

    Arguments:
        path: an .xyz or .extxyz file, or an archive of them, compressed or not.

    Returns:
        One frame per molecule, in the order of the file.

    Raises:
        MissingFile: no such file.
        CorruptFile: a line is not what the format says, the file ends too early, or it holds no molecule.

    References:
        R. Ramakrishnan et al., Sci. Data 1 (2014) 140022, table 2, for QM9; the specification of extended xyz, github.com/libAtoms/extxyz.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     file = Path(folder) / "helium.xyz"
        ...     _ = file.write_text("1\\nenergy=-2.9 pbc=\\"F F F\\"\\nHe 0 0 1.5\\n")
        ...     read_xyz(file)[0].targets
        {'energy': -2.9}
    """
    if not path.is_file():
        raise MissingFile(f"{path}: no such file.")
    found = [frame for name, text in _texts(path) for frame in _frames(text, name)]
    if not found:
        raise CorruptFile(f"{path}: holds no molecule; expected xyz: the number of atoms, a comment, and a line for each atom.")
    return found


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """Names and texts: the file itself, or the members of an archive."""
    import tarfile

    try:
        if not tarfile.is_tarfile(path):
            yield str(path), path.read_text(encoding="utf-8")
            return
        with tarfile.open(path) as archive:
            texts = {}
            for member in archive:  # in the order of the archive, for it can be read forwards only
                stream = archive.extractfile(member) if member.name.endswith((".xyz", ".extxyz")) else None
                if stream is not None:
                    texts[f"{path}: {member.name}"] = stream.read().decode("utf-8")
        yield from sorted(texts.items())
    except (tarfile.TarError, EOFError, OSError, UnicodeDecodeError) as error:
        raise CorruptFile(f"{path}: cannot be read as xyz ({error}). It may be truncated: fetch it again.") from error


def _frames(text: str, name: str) -> Iterator[Frame]:
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        if not lines[at].strip().isdecimal() or not int(lines[at]):
            raise CorruptFile(f"{name}: line {at + 1} is {lines[at][:40]!r}; expected the number of atoms of a molecule.")
        atoms = int(lines[at])
        end = at + 2 + atoms
        if len(lines) < end:
            raise CorruptFile(f"{name}: line {at + 1} states {atoms} atoms and the file ends after {len(lines)} lines; fetch it again.")
        of_qm9 = lines[at + 1].startswith("gdb")
        yield _frame(lines[at:end], name, at, of_qm9)
        at = end + (QM9_LAST_LINES if of_qm9 else 0)


def _frame(lines: list[str], name: str, at: int, of_qm9: bool) -> Frame:
    comment = lines[1]
    species, first = _DEFAULT_COLUMNS if of_qm9 else _columns(comment)
    numbers, positions = [], []
    for row, line in enumerate(lines[2:], start=at + 3):
        words = line.split()
        try:
            numbers.append(atomic_number(words[species]))
            positions.append([_number(words[first + axis]) for axis in range(3)])
        except (IndexError, ValueError) as error:  # InvalidData is a ValueError
            raise CorruptFile(f"{name}: line {row} is {line[:60]!r}; expected an element and three coordinates ({error}).") from error
    targets = _qm9_targets(comment, name, at + 2) if of_qm9 else _targets(comment)
    return Frame(np.array(numbers), np.array(positions), targets, dict(QM9_UNITS) if of_qm9 else {})


def _number(text: str) -> float:
    """A number; QM9 writes some exponents as Mathematica does: ``-2.1*^-6``."""
    return float(text.replace("*^", "e"))


def _columns(comment: str) -> tuple[int, int]:
    """Where extended xyz says that the species and the first coordinate stand."""
    stated = dict(_PAIR.findall(comment)).get("Properties", "").strip('"').split(":")
    place, found = 0, {}
    for name, width in zip(stated[::3], stated[2::3], strict=False):
        found[name.lower()] = place
        place += int(width) if width.isdecimal() else 1
    species = next((found[name] for name in ("species", "z", "numbers") if name in found), _DEFAULT_COLUMNS[0])
    return species, next((found[name] for name in ("pos", "positions") if name in found), _DEFAULT_COLUMNS[1])


def _targets(comment: str) -> dict[str, float]:
    """Single numbers among the pairs ``name=value`` of extended xyz."""
    found = {}
    for name, value in _PAIR.findall(comment):
        try:
            found[name] = float(value.strip('"'))
        except ValueError:
            continue  # texts, flags and lists (Lattice, Properties, pbc) are no targets
    return found


def _qm9_targets(comment: str, name: str, line: int) -> dict[str, float]:
    values = comment.split()[2:]
    try:
        return {key: _number(value) for key, value in zip(QM9_UNITS, values, strict=True)}
    except ValueError as error:
        raise CorruptFile(f"{name}: line {line} should be 'gdb', a number and {len(QM9_UNITS)} properties of QM9 ({error}).") from error
