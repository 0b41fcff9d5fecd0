"""Statistics of finished parts on disk, so that a repeated run reads only what is new."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from physym._files import write_atomically
from physym.data import Partition
from physym.discovery.spectral.statistics import GramStatistics, LogitStatistics, RowStatistics
from physym.discovery.streaming.partial import Partial
from physym.errors import CorruptFile, PhysymWarning

Checksum = Literal["content", "quick"]
LAYOUT = 1
"""Version of the statistics and of their files: entries of another version are not found."""

_MEBIBYTE = 1 << 20


def checksum_of(path: Path, kind: Checksum) -> str:
    """What tells one file from another: SHA-256 of its content, or of its size, time of change, first and last mebibyte.

    Arguments:
        path: an existing file.
        kind: ``"content"`` reads all of it; ``"quick"`` misses a change in the middle that keeps size and time.

    Returns:
        Sixty-four hexadecimal digits.

    Raises:
        CorruptFile: the file cannot be read.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "a"
        >>> _ = file.write_bytes(b"jets")
        >>> checksum_of(file, "content")[:8], checksum_of(file, "quick") == checksum_of(file, "content")
        ('4b29228f', False)
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            if kind == "content":
                while block := stream.read(_MEBIBYTE):
                    digest.update(block)
            else:
                state = path.stat()
                digest.update(f"{state.st_size} {state.st_mtime_ns}".encode())
                digest.update(stream.read(_MEBIBYTE))
                stream.seek(max(state.st_size - _MEBIBYTE, 0))
                digest.update(stream.read(_MEBIBYTE))
    except OSError as error:
        raise CorruptFile(f"{path}: cannot be read ({error.strerror}); check its permissions.") from error
    return digest.hexdigest()


@dataclass(frozen=True)
class Cache:
    """A folder with one file of statistics for each finished part.

    Its files hold numbers and text, never pickles, and a checksum of their own content.

    Arguments:
        folder: where the files are; made when the first one is stored.
        recipe: text that differs where the sums would.

    Example:
        >>> import tempfile
        >>> cache = Cache(Path(tempfile.mkdtemp()), "recipe")
        >>> part = Partition(Path("jets.npz"), "npz")
        >>> cache.store(part, "checksum", Partial(5)).suffix, cache.load(part, "checksum").jets
        ('.npz', 5)
    """

    folder: Path
    recipe: str

    def path(self, part: Partition, checksum: str) -> Path:
        """Where the statistics of a part of a file with this checksum are; the name of the file itself plays no role."""
        key = json.dumps([LAYOUT, checksum, part.format, part.rows, self.recipe])
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.npz"

    def store(self, part: Partition, checksum: str, partial: Partial) -> Path:
        """Write the statistics of a part: whole or not at all."""
        arrays = _to_arrays(partial)
        stream = io.BytesIO()
        np.savez(stream, **arrays, checksum=np.array(_digest(arrays)))
        self.folder.mkdir(parents=True, exist_ok=True)
        return write_atomically(self.path(part, checksum), stream.getvalue())

    def load(self, part: Partition, checksum: str) -> Partial | None:
        """The statistics of a part; None, with a warning that names the file, where they are damaged."""
        path = self.path(part, checksum)
        try:
            with np.load(path, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            stored = str(arrays.pop("checksum"))
            if stored != _digest(arrays):
                raise ValueError("its content does not match its checksum")
            return _from_arrays(arrays)
        except Exception as error:  # whatever a damaged file may raise
            sentence = f"{path}: damaged cache entry ({error}); {part} is read again."
            warnings.warn(sentence, PhysymWarning, stacklevel=3)
            return None


def _digest(arrays: dict[str, Any]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape};".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _to_arrays(partial: Partial) -> dict[str, Any]:
    said = {"jets": partial.jets, "kind": partial.kind, "masses": partial.masses, "warnings": partial.warnings}
    arrays: dict[str, Any] = {}
    gram, rows, logit = partial.gram, partial.rows, partial.logit
    if gram is not None:
        arrays |= {"gram": gram.gram, "counts": gram.counts, "drift": gram.drift}
        said["of_gram"] = {"drift_vectors": gram.drift_vectors, "vectors": gram.vectors, "degree": gram.degree, "scale": gram.scale}
    if rows is not None:
        arrays |= {"row_gram": rows.gram, "row_counts": rows.counts, "wide": rows.wide, "scale": rows.scale}
        said["of_rows"] = {"classes": rows.classes, "degree": rows.degree, "wide_degree": rows.wide_degree, "target": rows.target}
    if logit is not None:
        arrays |= {"logit_gram": logit.gram, "logit_score": logit.score}
        said["of_logit"] = {"loss": logit.loss, "wrong": logit.wrong}
    return arrays | {"said": np.array(json.dumps(said))}


def _from_arrays(arrays: dict[str, Any]) -> Partial:
    said = json.loads(str(arrays["said"]))
    gram = rows = logit = None
    if "of_gram" in said:
        gram = GramStatistics(arrays["gram"], arrays["counts"], drift=arrays["drift"], **said["of_gram"])
    if "of_rows" in said:
        of_rows = said["of_rows"] | {"classes": tuple(said["of_rows"]["classes"])}
        rows = RowStatistics(arrays["row_gram"], arrays["row_counts"], wide=arrays["wide"], scale=arrays["scale"], **of_rows)
    if "of_logit" in said:
        logit = LogitStatistics(arrays["logit_gram"], arrays["logit_score"], **said["of_logit"])
    return Partial(said["jets"], gram, rows, logit, kind=said["kind"], masses=said["masses"], warnings=tuple(said["warnings"]))
