"""Checkpoints of long work: tensors in a safetensors file that appears whole or not at all, and never unpickles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from physym._files import write_atomically
from physym.errors import CorruptFile, InvalidData, MissingFile

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = "physym checkpoint 1"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state of work at one step.

    Arguments:
        tensors: by name.
        step: number of steps done.
        fingerprint: of the settings and the data; a run continues only a state with its own.

    Example:
        >>> Checkpoint({}, 3, "abc").step
        3
    """

    tensors: Mapping[str, Tensor]
    step: int
    fingerprint: str


@dataclass(frozen=True)
class Saving:
    """Where and when the state is kept.

    Arguments:
        path: the checkpoint file, continued from where it exists; None: nothing is kept.
        every: steps between two checkpoints.
        fingerprint: of settings and data.

    Example:
        >>> Saving().path is None
        True
    """

    path: Path | None = None
    every: int = 500
    fingerprint: str = ""


def save_checkpoint(path: str | PathLike[str], checkpoint: Checkpoint) -> Path:
    """Write a checkpoint; a reader sees the old file or the new one.

    Arguments:
        path: the file; its folder must exist.
        checkpoint: the state.

    Returns:
        The path written.

    Raises:
        MissingFile: the folder does not exist.

    Example:
        >>> import tempfile, torch
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = save_checkpoint(Path(folder) / "run.safetensors", Checkpoint({"x": torch.ones(2)}, 3, "abc"))
        ...     load_checkpoint(path, fingerprint="abc").tensors["x"].tolist()
        [1.0, 1.0]
    """
    from safetensors.torch import save

    about = {"format": FORMAT, "step": str(checkpoint.step), "fingerprint": checkpoint.fingerprint}
    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in checkpoint.tensors.items()}
    return write_atomically(path, save(tensors, metadata=about))


def load_checkpoint(path: str | PathLike[str], *, fingerprint: str) -> Checkpoint:
    """Read a checkpoint that belongs to a run.

    Arguments:
        path: the file.
        fingerprint: of the run that continues.

    Returns:
        The checkpoint.

    Raises:
        MissingFile: no such file.
        CorruptFile: it is no checkpoint, or is damaged.
        InvalidData: it belongs to other settings or other data.

    Example:
        >>> load_checkpoint("nowhere.safetensors", fingerprint="")
        Traceback (most recent call last):
            ...
        physym.errors.MissingFile: nowhere.safetensors: no such checkpoint.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    file = Path(path)
    if not file.is_file():
        raise MissingFile(f"{file}: no such checkpoint.")
    data = file.read_bytes()
    try:
        tensors = load(data)
        about = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
        if about["format"] != FORMAT:
            raise KeyError(about["format"])
        step, owner = int(about["step"]), str(about["fingerprint"])
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise CorruptFile(f"{file}: no checkpoint of physym, or a damaged one ({error}). Delete it to start again.") from error
    if owner != fingerprint:
        raise InvalidData(
            f"{file}: the checkpoint belongs to a run with other settings, seeds or data. Name another file, or delete this one."
        )
    return Checkpoint(tensors, step, owner)
