"""NumPy files: EnergyFlow, L-GATr, flat constituents with counts, or a plain array with ``order``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from physym._typing import Float, Shaped
from physym.data.readers.arrays import cartesian, chunks, parse_order
from physym.data.readers.base import RawJets, Request, near_misses, reading, refuse_unused, rounding_of, scatter
from physym.data.readers.kinematics import four_momenta
from physym.data.validation import check_labels, check_numbers, check_shape
from physym.errors import CorruptFile, InvalidData, MissingField

_DEFAULT_ORDER = "E,px,py,pz"

PDG_MASS = {
    11: 0.00051099895, 13: 0.1056583755, 22: 0.0, 111: 0.1349768, 130: 0.497611, 211: 0.13957039, 310: 0.497611, 321: 0.493677,
    2112: 0.93956542, 2212: 0.93827209,
}  # fmt: skip
"""Masses in GeV of particles that reach a detector, by |PDG id| (Particle Data Group 2024)."""


def read(path: Path, request: Request) -> Iterator[RawJets]:
    """Jets of an .npz or .npy file, chunk by chunk; object arrays are refused, nothing is ever unpickled.

    The layout is told from the names of the arrays: ``X, y`` (EnergyFlow: pt, rapidity, φ and perhaps PDG id),
    ``kinematics_train, labels_train …`` (L-GATr), ``p4, n`` (flat constituents and counts); anything else needs ``request.order``.

    Arguments:
        path: the file.
        request: what to read; ``split`` selects among the splits of an L-GATr file.

    Returns:
        Chunks of at most ``request.chunk_size`` jets.

    Raises:
        CorruptFile: no readable NumPy file.
        MissingField: no layout fits.
        InvalidData: a plain array without ``order``.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "jets.npz"
        >>> np.savez(file, p4=np.array([[5.0, 3, 4, 0], [13.0, 5, 0, 12], [17.0, 8, 15, 0]]), n=np.array([2, 1]))
        >>> next(read(file, Request())).four_momenta.shape
        (2, 2, 4)
    """
    with reading(path, "npz"):
        content = np.load(path, allow_pickle=False)
    if isinstance(content, np.ndarray):
        refuse_unused(request, str(path), "split", "labels", "collection")
        yield from _plain(content, path, request)
        return
    with content as archive:
        # an archive decompresses an array as a whole each time it is asked, so ask once
        arrays = _Lazy(archive, path)
        names = set(archive.files)
        if {"p4", "n"} <= names:
            yield from _flat(arrays["p4"], arrays["n"], path, request)
        elif any(name.startswith("kinematics_") for name in names):
            yield from _lgatr(arrays, sorted(names), path, request)
        elif {"X", "y"} <= names and request.order is None:
            yield from _energyflow(arrays["X"], arrays["y"], path, request)
        else:
            yield from _named(arrays, sorted(names), path, request)


class _Lazy:
    def __init__(self, archive: Mapping[str, Any], path: Path) -> None:
        self._archive, self._path = archive, path

    def __getitem__(self, name: str) -> Shaped[np.ndarray, "..."]:
        try:
            return np.asarray(self._archive[name])
        except ValueError as error:
            raise CorruptFile(
                f"{self._path}: the array {name!r} cannot be read ({error}); object arrays hold pickles and are refused."
            ) from error
        except Exception as error:
            raise CorruptFile(
                f"{self._path}: the array {name!r} cannot be read ({error}). The file may be truncated: fetch it again."
            ) from error


def _flat(p4: Shaped[np.ndarray, "..."], counts: Shaped[np.ndarray, "..."], path: Path, request: Request) -> Iterator[RawJets]:
    refuse_unused(request, str(path), "split", "labels", "collection")
    check_numbers(p4, f"{path}: p4")
    if counts.dtype.kind not in "iu" or (counts < 0).any():
        raise InvalidData(f"{path}: the counts n are of type {counts.dtype} or negative; expected whole numbers of at least 0.")
    counts = counts.astype(np.int64)
    if p4.ndim != 2 or p4.shape[1] != 4 or counts.ndim != 1 or int(counts.sum()) != len(p4):
        raise InvalidData(
            f"{path}: p4 has shape {p4.shape} and n sums to {int(counts.sum())}; expected p4 (M, 4) and counts n that sum to M."
        )
    order = parse_order(request.order or _DEFAULT_ORDER, str(path))
    ends = np.cumsum(counts)
    for start in range(0, len(counts), request.chunk_size):
        some = counts[start : start + request.chunk_size]
        first = int(ends[start] - counts[start])
        momenta, rounding = cartesian(p4[None, first : first + int(some.sum())], order)
        yield RawJets(scatter(momenta[0], some), rounding=rounding or rounding_of(p4))


def _lgatr(arrays: _Lazy, names: list[str], path: Path, request: Request) -> Iterator[RawJets]:
    refuse_unused(request, str(path), "labels", "collection")
    order = parse_order(request.order or _DEFAULT_ORDER, str(path))
    short = {"validation": "val"}
    splits = [name.removeprefix("kinematics_") for name in names if name.startswith("kinematics_")]
    if request.split is not None:
        wanted = request.split if request.split in splits else short.get(request.split, request.split)
        if wanted not in splits:
            raise InvalidData(f"{path}: no split {request.split!r}; present: {', '.join(splits)}.")
        splits = [wanted]
    for split in splits:
        labels = arrays[f"labels_{split}"] if f"labels_{split}" in names else None
        momenta = arrays[f"kinematics_{split}"]
        _check(momenta, labels, f"{path}: kinematics_{split}")
        yield from chunks(momenta, order, request.chunk_size, labels)


def _check(momenta: Shaped[np.ndarray, "..."], labels: Shaped[np.ndarray, "..."] | None, where: str) -> None:
    check_numbers(momenta, where)
    check_shape(momenta, where)
    if labels is not None:
        check_labels(labels, len(momenta), where)


def _energyflow(X: Shaped[np.ndarray, "..."], y: Shaped[np.ndarray, "..."], path: Path, request: Request) -> Iterator[RawJets]:
    refuse_unused(request, str(path), "split", "labels", "collection")
    check_numbers(X, f"{path}: X")
    if X.ndim != 3 or X.shape[2] not in (3, 4):
        raise InvalidData(f"{path}: X has shape {X.shape}; expected (N, n, 3 or 4) with pt, rapidity, φ and perhaps the PDG id.")
    check_labels(y, len(X), f"{path}: y")
    for start in range(0, len(X), request.chunk_size):
        rows = slice(start, start + request.chunk_size)
        flat = X[rows].reshape(-1, X.shape[2])
        columns = {"pt": flat[:, 0], "rapidity": flat[:, 1], "phi": flat[:, 2]}
        if X.shape[2] == 4:
            columns["mass"] = _masses(flat[:, 3], path)
        momenta, rounding = four_momenta(columns)
        momenta[flat[:, 0] == 0] = 0.0
        note = "masses from PDG ids, label 1 = quark" if X.shape[2] == 4 else "massless, label 1 = quark"
        yield RawJets(momenta.reshape(-1, X.shape[1], 4), rounding=rounding, labels=y[rows], note=note)


def _masses(ids: Shaped[np.ndarray, "M"], path: Path) -> Float[np.ndarray, "M"]:
    if not np.isfinite(ids).all():
        raise InvalidData(f"{path}: NaN or infinite PDG ids in X[..., 3]; drop or repair these jets.")
    known, index = np.unique(np.abs(ids.astype(np.int64)), return_inverse=True)
    unknown = [int(i) for i in known if i != 0 and int(i) not in PDG_MASS]
    if unknown:
        raise InvalidData(
            f"{path}: PDG ids {unknown} have no mass in physym; expected ids of particles that reach a detector: {list(PDG_MASS)}."
        )
    return np.array([PDG_MASS.get(int(i), 0.0) for i in known])[index]


def _named(arrays: _Lazy, names: list[str], path: Path, request: Request) -> Iterator[RawJets]:
    """The one ``(N, n, 4)`` array of an archive, with the labels beside it."""
    loaded = {name: arrays[name] for name in names}
    found = [name for name, array in loaded.items() if array.ndim == 3 and array.shape[-1] == 4]
    wanted = request.collection or (found[0] if len(found) == 1 else None)
    if wanted not in found:
        asked = f"no (N, n, 4) array {request.collection!r}" if request.collection else f"{len(found)} arrays of shape (N, n, 4)"
        raise MissingField(
            f"{path}: {asked}; name one with collection=. Known layouts: X and y (EnergyFlow), kinematics_train and labels_train (L-GATr), "
            f"p4 and n. {near_misses(request.collection or 'X', names)}"
        )
    refuse_unused(request, str(path), "split")
    if request.labels is not None and request.labels not in loaded:
        raise MissingField(f"{path}: no array {request.labels!r} for the labels. {near_misses(request.labels, names)}")
    labels = next((loaded[name] for name in (request.labels, "y", "labels", "label", "is_signal") if name in loaded), None)
    _check(loaded[wanted], labels, f"{path}: {wanted}")
    yield from chunks(loaded[wanted], parse_order(request.order, str(path)), request.chunk_size, labels)


def _plain(array: Shaped[np.ndarray, "..."], path: Path, request: Request) -> Iterator[RawJets]:
    if array.ndim != 3 or array.shape[-1] != 4:
        raise InvalidData(f"{path}: the array has shape {array.shape}; expected (N, n, 4).")
    _check(array, None, str(path))
    yield from chunks(array, parse_order(request.order, str(path)), request.chunk_size, None)
