"""`load_jets` and `iterate_jets`: files or arrays in, checked `Jets` out."""

from __future__ import annotations

import glob
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from physym._typing import Shaped
from physym.data.jets import Jets, concatenate
from physym.data.readers import IN_PARTS, RawJets, Request, detect_format, near_misses, reader_for
from physym.data.validation import check_distinct, check_labels
from physym.errors import InvalidData, MissingFile, PhysymWarning


def load_jets(
    paths: Any,
    *,
    format: str | None = None,
    tree: str | None = None,
    collection: str | None = None,
    units: str = "GeV",
    constituents: int | None = None,
    order: str | None = None,
    labels: str | Shaped[np.ndarray, "..."] | Sequence[int] | None = None,
    split: str | None = None,
    resolution: float = 0.0,
    chunk_size: int = 10_000,
) -> Jets:
    """Read jets from files of any known format, or from arrays in memory.

    Arguments:
        paths: a file, a pattern with ``*``, a list of files; or an awkward array of records, or an ``(N, n, 4)`` array.
        format: a key of ``physym.data.readers.FORMATS``; None: told from the content.
        tree: TTree or RNTuple to read; None: the one that holds jets.
        collection: which objects, for instance ``"FatJet"`` (its candidates) or ``"Muon"``; None: the usual jet names.
        units: unit of the file: ``"GeV"``, ``"MeV"`` or ``"TeV"``; the jets are held in GeV.
        constituents: keep at most that many leading constituents of each jet; None: all.
        order: meaning of the last axis of a plain array, for instance ``"E,px,py,pz"`` or ``"pt,eta,phi,m"``.
        labels: name of the label branch, or the labels themselves for arrays in memory, shape ``(N,)``.
        split: ``"train"``, ``"validation"`` or ``"test"`` where the file tells them apart.
        resolution: relative resolution of measured momenta, see ``Jets``.
        chunk_size: jets (events in ROOT files) that are read at a time.

    Returns:
        Jets with constituents sorted by pT; jets without any constituent are left out, and the source says how many.

    Raises:
        MissingFile: a file does not exist.
        CorruptFile: a file cannot be read.
        MissingField: a tree, branch or column is not there; near misses are listed.
        InvalidData: see ``Jets``.
        UnitsError: the numbers look like MeV.

    Example:
        >>> import numpy as np
        >>> array = np.array([[[3.0, 4.0, 0.0, 5.0]], [[8.0, 15.0, 0.0, 17.0]]])
        >>> load_jets(array, order="px,py,pz,E", labels=[1, 0]).four_momenta[0, 0].tolist()
        [5.0, 3.0, 4.0, 0.0]
    """
    named = labels if isinstance(labels, str) else None
    given = None if labels is None or named is not None else _array_of_labels(labels)
    request = Request(tree, collection, order, named, split, chunk_size)
    parts: list[Jets] = []
    empty, source = 0, ""
    for raw, source in _chunks(paths, format, request, given):
        jets, dropped = _checked(raw, source, units, resolution, constituents)
        parts, empty = parts + ([jets] if jets else []), empty + dropped
    if not parts:
        raise InvalidData(
            f"{source or paths}: zero jets{f' ({empty} without constituents)' if empty else ''}; check the selection or the file."
        )
    whole = concatenate(parts)
    check_distinct(whole.four_momenta, whole.source)
    if whole.labels is None and any(part.labels is not None for part in parts):
        bare = next(part.source for part in parts if part.labels is None)
        warnings.warn(f"labels are left out, for {bare} has none; load labelled files on their own.", PhysymWarning, stacklevel=2)
    if empty:
        whole = replace(whole, source=f"{whole.source} ({empty} without constituents left out)")
    _warn(whole)
    return whole


def iterate_jets(
    paths: Any,
    *,
    chunk_size: int = 10_000,
    format: str | None = None,
    tree: str | None = None,
    collection: str | None = None,
    units: str = "GeV",
    constituents: int | None = None,
    order: str | None = None,
    labels: str | None = None,
    split: str | None = None,
    resolution: float = 0.0,
    rows: tuple[int, int] | None = None,
) -> Iterator[Jets]:
    """Read jets chunk by chunk, so that memory stays flat in the number of jets; arguments as in ``load_jets``.

    Arguments:
        paths: a file, a pattern with ``*``, a list of files, or an array in memory.
        chunk_size: jets (events in ROOT files) per chunk.
        format: see ``load_jets``.
        tree: see ``load_jets``.
        collection: see ``load_jets``.
        units: see ``load_jets``.
        constituents: see ``load_jets``.
        order: see ``load_jets``.
        labels: name of the label branch.
        split: see ``load_jets``.
        resolution: see ``load_jets``.
        rows: first row of the file and the one after the last, as ``partitions`` gives them; None: all rows.

    Returns:
        An iterator of Jets; nothing is opened before its first step.

    Raises:
        PhysymError: as ``load_jets``, at the step that meets the problem.

    Example:
        >>> import numpy as np
        >>> array = np.arange(1.0, 6.0)[:, None, None] * np.array([5.0, 3, 4, 0])
        >>> [len(jets) for jets in iterate_jets(array, order="E,px,py,pz", chunk_size=2)]
        [2, 2, 1]
    """
    request = Request(tree, collection, order, labels, split, chunk_size, rows)
    first = True
    for raw, source in _chunks(paths, format, request, None):
        jets, _ = _checked(raw, source, units, resolution, constituents)
        if jets is not None:
            if first:
                _warn(jets)
            first = False
            yield jets


def _chunks(paths: Any, format: str | None, request: Request, labels: Shaped[np.ndarray, "..."] | None) -> Iterator[tuple[RawJets, str]]:
    """Raw chunks with the name of their source, from files or from memory."""
    if request.chunk_size < 1:
        raise InvalidData(f"chunk_size={request.chunk_size}; expected at least 1.")
    files = named_files(paths)
    if request.rows is not None and (files is None or len(files) != 1):
        raise InvalidData("rows= names rows of a single file; give one file, or leave it out.")
    if files is None:
        # awkward arrays carry a layout and a behaviour (tensors only a layout); anything else is turned into a NumPy array
        module = "records" if hasattr(paths, "layout") and hasattr(paths, "behavior") else "arrays"
        reader = import_module(f"physym.data.readers.{module}").read
        for raw in reader(paths, request, labels):
            yield raw, _noted("memory", raw.note)
        return
    if labels is not None:
        raise InvalidData("labels were given as an array for files; name the branch that holds them, or load first and replace them.")
    for path in files:
        name = format or detect_format(path)
        if request.rows is not None and name not in IN_PARTS:
            raise InvalidData(f"{path}: rows= was asked for, but {name} files are read as a whole; leave it out.")
        for raw in reader_for(name)(path, request):
            yield raw, _noted(str(path), raw.note)


def named_files(paths: Any) -> list[Path] | None:
    """The files that were named, existing and in order; None when arrays were given.

    Arguments:
        paths: a file, a pattern with ``*``, a list of files, or an array in memory.

    Returns:
        Paths of existing files; those that match a pattern are sorted.

    Raises:
        MissingFile: a file does not exist, or a folder was named.

    Example:
        >>> named_files(np.ones((2, 1, 4))) is None
        True
    """
    given = [paths] if isinstance(paths, (str, PathLike)) else paths
    if not isinstance(given, (list, tuple)) or not all(isinstance(item, (str, PathLike)) for item in given):
        return None
    found: list[Path] = []
    for item in given:
        name = fspath(item)
        matches = sorted(glob.glob(name)) if any(c in name for c in "*?[") and not Path(name).exists() else [name]
        found += [Path(match) for match in matches]
        folder = next((match for match in matches if Path(match).is_dir()), None)
        if folder is not None:
            raise MissingFile(f"{folder}: this is a folder, not a file; name the files in it, for instance '{Path(folder) / '*.root'}'.")
        if not matches or not Path(matches[0]).is_file():
            near = [p.name for p in Path(name).parent.glob("*")] if Path(name).parent.is_dir() else []
            raise MissingFile(f"{name}: no such file. {near_misses(Path(name).name, near)}")
    if not found:
        raise MissingFile("no files were named; give a path, a pattern such as 'jets_*.root', or a list of paths.")
    return found


def _array_of_labels(labels: Any) -> Shaped[np.ndarray, "..."]:
    try:
        return np.asarray(labels)
    except ValueError as error:
        raise InvalidData(f"memory: the labels are no array ({error}); expected one whole number for each jet.") from error


def _checked(raw: RawJets, source: str, units: str, resolution: float, constituents: int | None) -> tuple[Jets | None, int]:
    """Validated jets of a chunk and how many were left out because they hold no constituent."""
    kept = (raw.four_momenta != 0).any((1, 2))
    if not kept.any():
        return None, len(kept)
    everything = bool(kept.all())
    if raw.labels is not None and len(raw.labels) != len(kept):
        check_labels(np.asarray(raw.labels), len(kept), source)
    jets = Jets(
        raw.four_momenta if everything else raw.four_momenta[kept],
        labels=raw.labels if raw.labels is None or everything else raw.labels[kept],
        units=units,
        rounding=raw.rounding,
        resolution=resolution,
        source=source,
        subset=True,
    )
    return jets if constituents is None else jets.leading(constituents), int((~kept).sum())


def _noted(source: str, note: str) -> str:
    return f"{source} ({note})" if note else source


def _warn(jets: Jets) -> None:
    text = jets.mass_convention.warning
    if text:
        warnings.warn(f"{jets.source}: {text}", PhysymWarning, stacklevel=3)
