"""Which reader a file needs, told from its first bytes and its keys, not from its name."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

from physym.data.readers.base import RawJets, Request, near_misses
from physym.errors import CorruptFile, InvalidData

FORMATS = {
    "root": "TTree or RNTuple: JetClass names, NanoAOD PF candidates, Px/Py/Pz/E, pt/eta/phi/mass, TLorentzVector",
    "hdf5": "Top Tagging table (pandas layout) or LorentzNet (Pmu)",
    "parquet": "jagged columns with the same names as in ROOT",
    "npz": "EnergyFlow (X, y), L-GATr (kinematics_*, labels_*), constituents (p4, n), or an (N, n, 4) array with order=",
    "lhe": "Les Houches events; the outgoing particles of an event are its constituents",
}
"""Name of each format and what it reads."""

IN_PARTS = ("root", "hdf5", "parquet")
"""Formats whose files can be read in parts; the others are read as a whole."""

_MAGIC = {b"root": "root", b"\x89HDF\r\n\x1a\n": "hdf5", b"PAR1": "parquet", b"PK\x03\x04": "npz", b"\x93NUMPY": "npz", b"<LesHou": "lhe"}
_GZIP = b"\x1f\x8b"
_SUFFIX = {
    ".root": "root", ".h5": "hdf5", ".hdf5": "hdf5", ".parquet": "parquet", ".npz": "npz", ".npy": "npz", ".lhe": "lhe", ".lhe.gz": "lhe"
}  # fmt: skip


@runtime_checkable
class Reader(Protocol):
    """What a reader module offers: ``read``, chunk by chunk."""

    def __call__(self, path: Path, request: Request) -> Iterator[RawJets]: ...


def detect_format(path: Path) -> str:
    """The format of a file from its first bytes; the suffix only helps to say what is wrong.

    Arguments:
        path: an existing file.

    Returns:
        A key of ``FORMATS``.

    Raises:
        CorruptFile: the content is not what the suffix promises, or the file is empty.
        InvalidData: neither content nor suffix is known.

    Example:
        >>> import numpy as np, tempfile
        >>> file = Path(tempfile.mkdtemp()) / "jets.npz"
        >>> np.savez(file, p4=np.ones((2, 4)), n=np.array([2]))
        >>> detect_format(file)
        'npz'
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError as error:
        raise CorruptFile(f"{path}: cannot be opened ({error.strerror}); check its permissions.") from error
    promised = next((name for suffix, name in _SUFFIX.items() if path.name.lower().endswith(suffix)), None)
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return name
    if b"<LesHouchesEvents" in head or (head.startswith(_GZIP) and promised == "lhe"):
        return "lhe"
    if head.startswith(_GZIP):
        raise InvalidData(f"{path}: compressed with gzip, which only LHE files (.lhe.gz) may be; unpack it first: gunzip '{path.name}'.")
    if promised is not None:
        state = "is empty" if not head else f"starts with {head[:8]!r}"
        raise CorruptFile(
            f"{path}: the name promises {promised} but the file {state}. It is truncated, or no {promised} file: fetch it again."
        )
    raise InvalidData(f"{path}: no known format. Expected one of {', '.join(FORMATS)}; name it with format=.")


def cuts_of(path: Path, format: str, request: Request, rows: int) -> tuple[int, ...] | None:
    """Row numbers at which a file can be cut into parts, where its format can be read in parts.

    Arguments:
        path: an existing file.
        format: a key of ``FORMATS``.
        request: what to read.
        rows: about how many rows a part should have.

    Returns:
        Ascending row numbers from 0 to the number of rows; None for formats that are read as a whole.

    Raises:
        CorruptFile: the file cannot be read.

    Example:
        >>> cuts_of(Path("jets.npz"), "npz", Request(), 100) is None
        True
    """
    if format not in IN_PARTS:
        return None
    return cast("tuple[int, ...]", import_module(f"physym.data.readers.{format}").cuts(path, request, rows))


def reader_for(name: str) -> Reader:
    """The reader of a format; its module is imported only now.

    Arguments:
        name: a key of ``FORMATS``.

    Returns:
        The function ``read(path, request)`` of that format.

    Raises:
        InvalidData: the format is not known.

    Example:
        >>> reader_for("npz").__name__
        'read'
    """
    if name not in FORMATS:
        raise InvalidData(f"format={name!r} is not known; expected one of {', '.join(FORMATS)}. {near_misses(name, FORMATS)}")
    return cast(Reader, import_module(f"physym.data.readers.{name}").read)
