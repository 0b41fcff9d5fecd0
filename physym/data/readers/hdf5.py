"""HDF5: the Top Tagging reference layout and LorentzNet's, through h5py alone; nothing is ever unpickled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from physym.data.readers.arrays import cartesian, parse_order
from physym.data.readers.base import RawJets, Request, near_misses, reading, refuse_unused, rounding_of
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
        if isinstance(file.get("table/table"), h5py.Dataset):
            yield from _table(file["table/table"], path, request)
        elif isinstance(file.get("Pmu"), h5py.Dataset):
            yield from _lorentznet(file, path, request)
        else:
            raise MissingField(
                f"{path}: neither a Top Tagging table ('table/table') nor a LorentzNet array ('Pmu'). {near_misses('Pmu', list(file))}"
            )


def _table(table: Any, path: Path, request: Request) -> Iterator[RawJets]:
    refuse_unused(request, str(path), "labels", "collection")
    slots, wanted = _check_table(table, path), _split(request, path)
    for start in range(0, len(table), request.chunk_size):
        rows = table[start : start + request.chunk_size]
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
    labels = None if name is None else np.asarray(file[name])
    if labels is not None:
        labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
        check_labels(labels, len(momenta), f"{path}: {name}")
    for start in range(0, len(momenta), request.chunk_size):
        rows = slice(start, start + request.chunk_size)
        chunk = momenta[rows]
        check_numbers(chunk, f"{path}: Pmu")
        yield _raw(chunk, None if labels is None else labels[rows], path, request)


def _raw(numbers: Any, labels: Any, path: Path, request: Request) -> RawJets:
    """A chunk without the slots that are empty in every jet of it; (E, px, py, pz) unless ``order`` says otherwise."""
    used = np.flatnonzero((numbers != 0).any((0, 2)))
    numbers = numbers[:, : int(used[-1]) + 1 if len(used) else 1]
    if request.order is None:
        return RawJets(numbers.astype(np.float64), rounding=rounding_of(numbers), labels=labels)
    momenta, rounding = cartesian(numbers, parse_order(request.order, str(path)))
    return RawJets(momenta, rounding=rounding or rounding_of(numbers), labels=labels)
