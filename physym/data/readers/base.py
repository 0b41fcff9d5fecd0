"""What every reader is asked and what it gives back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from physym._typing import Float, Int, Shaped
from physym.errors import CorruptFile, InvalidData, PhysymError

FLOAT32_ROUNDING = 2.0**-24
FLOAT64_ROUNDING = 2.0**-53


@dataclass(frozen=True)
class Request:
    """What to read from a file: the options of ``load_jets`` that a reader may need.

    Arguments:
        tree: name of the TTree or RNTuple; None: the only one, or the one that holds jets.
        collection: prefix of the branches, for instance ``"Muon"``; None: the usual jet names.
        order: meaning of the last axis of a plain array, for instance ``"E,px,py,pz"``.
        labels: name of the branch that holds the labels; None: the usual names.
        split: ``"train"``, ``"validation"`` or ``"test"``, where the file tells them apart.
        chunk_size: jets (events in ROOT files) per chunk.
        rows: first row and the one after the last, for files that can be read in parts; None: all.

    Example:
        >>> Request(tree="Events").chunk_size
        10000
    """

    tree: str | None = None
    collection: str | None = None
    order: str | None = None
    labels: str | None = None
    split: str | None = None
    chunk_size: int = 10_000
    rows: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class RawJets:
    """One chunk as read, before it is checked: zero rows are padding.

    Arguments:
        four_momenta: (E, px, py, pz), shape ``(N, n, 4)``, in the units of the file.
        rounding: relative rounding of the stored numbers as it affects E² − |p|².
        labels: shape ``(N,)``, or None.
        note: what the reader left out or assumed; joins the source.

    Example:
        >>> import numpy as np
        >>> RawJets(np.ones((1, 1, 4)), rounding=2.0**-24).note
        ''
    """

    four_momenta: Float[np.ndarray, "N n 4"]
    rounding: float
    labels: Shaped[np.ndarray, "N"] | None = None
    note: str = ""


def refuse_unused(request: Request, where: str, *options: str) -> None:
    """Refuse options that a layout cannot follow, rather than answer another question than was asked.

    Arguments:
        request: what was asked for.
        where: file or origin, named in the sentence.
        options: names of fields of the request that mean nothing here.

    Raises:
        InvalidData: one of them was given.

    Example:
        >>> refuse_unused(Request(tree="Events"), "jets.root", "split")
    """
    for option in options:
        value = getattr(request, option)
        if value is not None:
            raise InvalidData(f"{where}: {option}={value!r} was asked for, but this layout knows no {option}; leave it out.")


def span(request: Request, total: int, where: str) -> tuple[int, int]:
    """The rows to read of a file that holds ``total``.

    Arguments:
        request: its ``rows``, or None for all.
        total: how many rows there are.
        where: file, named in the sentence.

    Returns:
        First row and the one after the last.

    Raises:
        InvalidData: rows that the file does not hold.

    Example:
        >>> span(Request(rows=(2, 5)), 10, "jets.h5"), span(Request(), 10, "jets.h5")
        ((2, 5), (0, 10))
    """
    first, last = request.rows or (0, total)
    if not 0 <= first <= last <= total:
        raise InvalidData(f"{where}: rows {first} to {last} were asked for; it holds {total}.")
    return first, last


def cut_evenly(total: int, rows: int) -> tuple[int, ...]:
    """Edges of parts of ``rows`` rows each, the last one perhaps shorter.

    Example:
        >>> cut_evenly(25, 10)
        (0, 10, 20, 25)
    """
    return (*range(0, total, rows), total)


def scatter(flat: Float[np.ndarray, "M 4"], counts: Int[np.ndarray, "N"]) -> Float[np.ndarray, "N n 4"]:
    """Jagged lists, one after the other, into a zero-padded array: one write per constituent, no Python loop.

    Arguments:
        flat: the constituents of all jets, shape ``(M, 4)``, jet after jet.
        counts: how many belong to each jet, shape ``(N,)``, summing to M.

    Returns:
        Shape ``(N, n, 4)`` with n the largest count (at least 1).

    Raises:
        InvalidData: the counts do not sum to the number of constituents.

    Example:
        >>> import numpy as np
        >>> scatter(np.arange(12.0).reshape(3, 4), np.array([2, 1]))[1, :, 0].tolist()
        [8.0, 0.0]
    """
    if int(counts.sum()) != len(flat):
        raise InvalidData(f"the counts of constituents sum to {int(counts.sum())}; expected {len(flat)}, the constituents present.")
    width = max(int(counts.max(initial=0)), 1)
    starts = np.cumsum(counts) - counts
    slots = np.arange(len(flat)) + np.repeat(np.arange(len(counts)) * width - starts, counts)
    out = np.zeros((len(counts) * width, 4))
    out[slots] = flat
    return out.reshape(len(counts), width, 4)


def near_misses(name: str, known: Iterable[str]) -> str:
    """A sentence with the names closest to ``name``, or with all of them when few.

    Example:
        >>> near_misses("part_enrgy", ["part_energy", "jet_pt", "label_QCD"])
        'Near misses: part_energy.'
    """
    names = list(known)
    close = get_close_matches(name, names, n=5, cutoff=0.6)
    if close:
        return f"Near misses: {', '.join(close)}."
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"Present: {shown or 'nothing'}."


def rounding_of(*columns: Shaped[np.ndarray, "..."]) -> float:
    """Relative rounding of the coarsest of some columns: 2⁻⁵³ when all are float64, shape ``(...)`` each.

    Example:
        >>> import numpy as np
        >>> rounding_of(np.ones(2), np.ones(2, np.float32)) == 2.0**-24
        True
    """
    return FLOAT64_ROUNDING if all(column.dtype == np.float64 for column in columns) else FLOAT32_ROUNDING


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Turn whatever a library raises on a broken file into a CorruptFile that names the file.

    Arguments:
        path: the file being read.
        what: what it claims to be, for instance ``"ROOT"``.

    Raises:
        CorruptFile: the library could not read the file.

    Example:
        >>> try:
        ...     with reading(Path("x.h5"), "HDF5"):
        ...         raise OSError("file signature not found")
        ... except CorruptFile as error:
        ...     print(str(error)[:31])
        x.h5: cannot be read as HDF5 (O
    """
    try:
        yield
    except (PhysymError, MemoryError, TypeError, NameError, AttributeError):
        raise  # a mistake in a program is no sign of a broken file
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        raise CorruptFile(
            f"{path}: cannot be read as {what} ({type(error).__name__}: {lines[0][:200]}). "
            "The file may be truncated or corrupt: compare its size and checksum with the source, or fetch it again."
        ) from error
