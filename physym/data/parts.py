"""Files cut into parts that can be read, worked on and repeated one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from os import PathLike
from pathlib import Path

from physym.data.loading import named_files
from physym.data.readers import Request, cuts_of, detect_format, reader_for
from physym.errors import InvalidData


@dataclass(frozen=True)
class Partition:
    """A part of a file.

    Arguments:
        path: the file.
        format: a key of ``physym.data.readers.FORMATS``.
        rows: first row and the one after the last; None: the whole file, whose number of rows is not known beforehand.

    Example:
        >>> str(Partition(Path("jets.h5"), "hdf5", (0, 1000)))
        'jets.h5, rows 0 to 999'
    """

    path: Path
    format: str
    rows: tuple[int, int] | None = None

    def __str__(self) -> str:
        return str(self.path) if self.rows is None else f"{self.path}, rows {self.rows[0]} to {self.rows[1] - 1}"


def partitions(
    paths: str | PathLike[str] | Sequence[str | PathLike[str]], *, rows: int = 2**19, format: str | None = None, tree: str | None = None
) -> list[Partition]:
    """Cut files into parts of about ``rows`` rows, without reading any of them.

    ROOT trees and HDF5 arrays are cut anywhere and Parquet files between row groups; other files are a part each.

    Arguments:
        paths: a file, a pattern with ``*``, or a list of files.
        rows: rows (entries of ROOT trees) of a part.
        format: a key of ``physym.data.readers.FORMATS``; None: told from the content.
        tree: TTree or RNTuple to read.

    Returns:
        The parts in the order of the files and of their rows.

    Raises:
        MissingFile: a file does not exist.
        CorruptFile: a file cannot be read.
        InvalidData: no files were named, or ``rows`` is not positive.

    Example:
        >>> import h5py, numpy as np, tempfile
        >>> file = Path(tempfile.mkdtemp()) / "jets.h5"
        >>> with h5py.File(file, "w") as out:
        ...     out["Pmu"] = np.ones((5, 2, 4))
        >>> [part.rows for part in partitions(file, rows=3)]
        [(0, 3), (3, 5)]
    """
    if rows < 1:
        raise InvalidData(f"rows={rows}; expected at least 1.")
    files = named_files(paths)
    if files is None:
        raise InvalidData(f"{type(paths).__name__} names no files; give a path, a pattern such as 'jets_*.root', or a list of paths.")
    found: list[Partition] = []
    for path in files:
        name = format or detect_format(path)
        reader_for(name)  # an unknown format is refused before anything is read
        cuts = cuts_of(path, name, Request(tree=tree), rows)
        found += [Partition(path, name)] if cuts is None else [Partition(path, name, part) for part in pairwise(cuts)]
    return found
