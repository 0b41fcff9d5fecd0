"""What is looked at before the work: data sets by name, destinations that can be written to."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from physym.data import Jets


def data_set(files: list[str]) -> Jets | None:
    """The shipped jets of a data set, or None when files were named.

    Arguments:
        files: what was named on the command line.

    Returns:
        The jets.

    Raises:
        UnknownDataset: a name that is nearly right.
        InvalidData: the data set holds no jets.

    Example:
        >>> data_set(["jets.root"]) is None
        True
    """
    from physym.data import Jets, describe_dataset, list_datasets, load
    from physym.errors import InvalidData

    if len(files) != 1 or Path(files[0]).exists() or Path(files[0]).suffix or Path(files[0]).parent != Path():
        return None
    if not get_close_matches(files[0], list_datasets(), cutoff=0.8):
        return None
    # a name that is nearly right is refused before anything is read, and data of another kind before they are fetched
    kind = describe_dataset(files[0]).kind
    jets = load(files[0]) if kind == "jets" else None
    if not isinstance(jets, Jets):
        raise InvalidData(f"{files[0]} holds no jets but {kind}; `physym datasets` says what each data set holds.")
    return jets


def check_folder(out: Path | None, option: str) -> None:
    """Refuse a bad destination before the work, not after it.

    Arguments:
        out: a folder that will be made, or None.
        option: the option that named it.

    Raises:
        InvalidData: a file is in the way, or the folder cannot be written to.

    Example:
        >>> check_folder(None, "--out")
    """
    from physym.errors import InvalidData

    if out is None:
        return
    nearest = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not nearest.is_dir():
        raise InvalidData(f"{option} {out}: {nearest} is a file; name a folder.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InvalidData(f"{option} {out}: the folder {nearest} cannot be written to; name another or change its permissions.")


def check_file(path: Path | None, option: str) -> None:
    """Refuse a file that cannot be written before the work, not after it.

    Arguments:
        path: a file that will be written, or None.
        option: the option that named it.

    Raises:
        InvalidData: it is a folder, or its folder is missing or cannot be written to.

    Example:
        >>> check_file(None, "--checkpoint")
    """
    from physym.errors import InvalidData

    if path is None:
        return
    if path.is_dir():
        raise InvalidData(f"{option} {path} is a folder; name a file, for instance {path / 'run.safetensors'}.")
    if not path.parent.is_dir():
        raise InvalidData(f"{option} {path}: the folder {path.parent} does not exist. Create it first.")
    check_folder(path.parent, option)
