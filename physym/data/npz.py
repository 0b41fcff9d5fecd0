"""Archives of NumPy arrays, read without unpickling, and the rows of one of their splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from physym._typing import Int, Shaped
from physym.errors import CorruptFile, MissingField, MissingFile, ShapeError


def read_npz(path: Path) -> dict[str, Shaped[np.ndarray, "..."]]:
    """All arrays of an .npz file by name.

    Arguments:
        path: the file.

    Returns:
        Arrays of any shape ``(...)``; pickled objects are refused.

    Raises:
        MissingFile: no such file.
        CorruptFile: no readable .npz file, or one that holds pickled objects.

    Example:
        >>> from physym.artefacts import artefact
        >>> sorted(read_npz(artefact("datasets", "digits", "sample.npz")))
        ['labels', 'pixels', 'split']
    """
    if not path.is_file():
        raise MissingFile(f"{path}: no such file.")
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except Exception as error:
        raise CorruptFile(f"{path}: cannot be read as npz ({error}). It may be truncated: fetch it again.") from error


def chosen_rows(arrays: dict[str, Shaped[np.ndarray, "..."]], split: str | None, path: Path, *, count: int) -> Int[np.ndarray, "M"]:
    """Which rows of a file belong to a split, told by its array ``split`` with a name for each row.

    Arguments:
        arrays: what the file holds.
        split: name of the split; None: all rows.
        path: the file, named in the sentence.
        count: number of rows N.

    Returns:
        Indices in the order of the file, shape ``(M,)``.

    Raises:
        MissingField: there is no such split.
        ShapeError: the array ``split`` does not have one name for each row.

    Example:
        >>> chosen_rows({"split": np.array(["train", "test", "train"])}, "train", Path("some.npz"), count=3).tolist()
        [0, 2]
    """
    if split is None:
        return np.arange(count)
    names = arrays.get("split", np.zeros(count, dtype="U1"))
    if names.shape != (count,):
        raise ShapeError(f"{path}: the array 'split' has shape {names.shape}; expected ({count},), a name for each row.")
    rows = np.flatnonzero(names == split)
    if not len(rows):
        known = ", ".join(str(name) for name in np.unique(names) if str(name)) or "none"
        raise MissingField(f"{path}: no split {split!r}; present: {known}.")
    return rows
