"""HDF5: the Top Tagging reference layout and LorentzNet's, through h5py alone; nothing is ever unpickled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from physym.data.readers.arrays import cartesian, parse_order
from physym.data.readers.base import RawJets, Request, cut_evenly, near_misses, reading, refuse_unused, rounding_of, span
from physym.data.validation import check_labels, check_numbers
from physym.errors import InvalidData, MissingField

SPLITS = {"train": 0, "test": 1, "validation": 2}
"""Values of the column ttv of the Top Tagging reference data set."""


def read(path: Path, request: Request) -> Iterator[RawJets]:
    """Jets of an HDF5 file, chunk by chunk.

    The names of the columns of a pandas table are a pickled attribute, so they are not read: the layout is checked instead.

    Arguments:
        path: the file.
        request: what to read; ``split`` selects rows of a Top Tagging table by its column ttv.

    Returns:
        Chunks of at most ``request.chunk_size`` jets.

    Raises:
        CorruptFile: no readable HDF5 file.
        MissingField: neither of the two layouts.

    Example:
        >>> import h5py, tempfile
        >>> file = Path(tempfile.mkdtemp()) / "jets.h5"
        >>> with h5py.File(file, "w") as out:
        ...     out["Pmu"], out["is_signal"] = np.ones((3, 2, 4)), np.array([0, 1, 1])
        >>> next(read(file, Request())).labels.tolist()
        [0, 1, 1]
    """
    import h5py

    with reading(path, "HDF5"), h5py.File(path, "r") as file:
        if _layout(file, path) == "table/table":
            yield from _table(file["table/table"], path, request)
        else:
            yield from _lorentznet(file, path, request)


def cuts(path: Path, request: Request, rows: int) -> tuple[int, ...]:
    """Row numbers at which the file may be cut into parts of about ``rows`` rows, from 0 to the number of rows.

    Raises:
        CorruptFile: no readable HDF5 file.
        MissingField: neither of the two layouts.

    Example:
        >>> import h5py, tempfile
        >>> file = Path(tempfile.mkdtemp()) / "jets.h5"
        >>> with h5py.File(file, "w") as out:
        ...     out["Pmu"] = np.ones((5, 2, 4))
        >>> cuts(file, Request(), 2)
        (0, 2, 4, 5)
    """
    import h5py

    with reading(path, "HDF5"), h5py.File(path, "r") as file:
        return cut_evenly(len(file[_layout(file, path)]), rows)


def _layout(file: Any, path: Path) -> str:
    """The data set that holds the jets."""
    import h5py

    for name in ("table/table", "Pmu"):
        if isinstance(file.get(name), h5py.Dataset) and file[name].ndim:
            return name
    raise MissingField(
        f"{path}: neither a Top Tagging table ('table/table') nor a LorentzNet array ('Pmu'). {near_misses('Pmu', list(file))}"
    )


def _table(table: Any, path: Path, request: Request) -> Iterator[RawJets]:
    refuse_unused(request, str(path), "labels", "collection")
    slots, wanted = _check_table(table, path), _split(request, path)
    first, last = span(request, len(table), str(path))
    for start in range(first, last, request.chunk_size):
        rows = table[start : min(start + request.chunk_size, last)]
        flags = rows["values_block_1"]
        kept = slice(None) if wanted is None else flags[:, 0] == wanted
        numbers, flags = rows["values_block_0"][kept], flags[kept]
        check_numbers(numbers, f"{path}: values_block_0")
        momenta = numbers[:, : 4 * slots].reshape(len(numbers), slots, 4)
        if len(momenta):
            yield _raw(momenta, flags[:, 1].astype(np.int64), path, request)


def _check_table(table: Any, path: Path) -> int:
    """Constituent slots of a pandas table in the reference layout: 4 numbers each, then four of truth, then ttv and the label."""
    names = table.dtype.names or ()
    for block in ("values_block_0", "values_block_1"):
        if block not in names:
            raise MissingField(f"{path}: the table has no {block}; it is not in the Top Tagging layout. {near_misses(block, names)}")
    numbers, flags = table.dtype["values_block_0"].shape, table.dtype["values_block_1"].shape
    if len(numbers) != 1 or numbers[0] < 8 or numbers[0] % 4 or flags != (2,):
        raise InvalidData(
            f"{path}: values_block_0 holds {numbers} and values_block_1 {flags} columns; expected 4 n + 4 "
            "(E, PX, PY, PZ of n constituents, then of the truth top; 804 in the reference) and 2 (ttv, is_signal_new)."
        )
    return int(numbers[0]) // 4 - 1


def _split(request: Request, path: Path) -> int | None:
    if request.split is None:
        return None
    if request.split not in SPLITS:
        raise InvalidData(f"{path}: split={request.split!r} is not known; expected one of {', '.join(SPLITS)}.")
    return SPLITS[request.split]


def _lorentznet(file: Any, path: Path, request: Request) -> Iterator[RawJets]:
    refuse_unused(request, str(path), "split", "collection")
    momenta = file["Pmu"]
    if momenta.ndim != 3 or momenta.shape[-1] != 4:
        raise InvalidData(f"{path}: Pmu has shape {momenta.shape}; expected (N, n, 4) with (E, px, py, pz).")
    if request.labels is not None and request.labels not in file:
        raise MissingField(f"{path}: no data set {request.labels!r} for the labels. {near_misses(request.labels, list(file))}")
    name = next((name for name in (request.labels, "is_signal", "labels") if name and name in file), None)
    labels = None if name is None else file[name]
    if labels is not None and labels.shape not in ((len(momenta),), (len(momenta), 1)):
        check_labels(np.asarray(labels), len(momenta), f"{path}: {name}")
    first, last = span(request, len(momenta), str(path))
    for start in range(first, last, request.chunk_size):
        rows = slice(start, min(start + request.chunk_size, last))
        chunk = momenta[rows]
        check_numbers(chunk, f"{path}: Pmu")
        some = None if labels is None else np.asarray(labels[rows]).reshape(-1)
        if some is not None:
            check_labels(some, len(chunk), f"{path}: {name}")
        yield _raw(chunk, some, path, request)


def _raw(numbers: Any, labels: Any, path: Path, request: Request) -> RawJets:
    """A chunk without the slots that are empty in every jet of it; (E, px, py, pz) unless ``order`` says otherwise."""
    used = np.flatnonzero((numbers != 0).any((0, 2)))
    numbers = numbers[:, : int(used[-1]) + 1 if len(used) else 1]
    if request.order is None:
        return RawJets(numbers.astype(np.float64), rounding=rounding_of(numbers), labels=labels)
    momenta, rounding = cartesian(numbers, parse_order(request.order, str(path)))
    return RawJets(momenta, rounding=rounding or rounding_of(numbers), labels=labels)
