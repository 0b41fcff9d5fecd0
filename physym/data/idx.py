"""IDX, the format of MNIST: a big-endian header with the type and the lengths of the axes, and the numbers after it."""

from __future__ import annotations

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np

from physym._typing import Shaped
from physym.errors import CorruptFile, MissingFile

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""NumPy types by the third byte of the file."""

GZIP = b"\x1f\x8b"


def read_idx(path: Path) -> Shaped[np.ndarray, "..."]:
    """The array in an IDX file, compressed with gzip or not.

    Arguments:
        path: the file; whether it is compressed is told from its content.

    Returns:
        An array of the shape that the header states, ``(N, H, W)`` for images and ``(N,)`` for labels, in the byte order of the machine.

    Raises:
        MissingFile: no such file.
        CorruptFile: no IDX file, or fewer or more numbers than the header states.

    References:
        Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits, "File formats".

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     file = Path(folder) / "labels-idx1-ubyte"
        ...     _ = file.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
        ...     read_idx(file).tolist()
        [7, 8, 9]
    """
    content = _content(path)
    if len(content) < 4 or content[:2] != b"\x00\x00" or content[2] not in TYPES or not content[3]:
        raise CorruptFile(f"{path}: starts with {content[:4].hex(' ') or 'nothing'}; an IDX file starts with 00 00, a type and a rank.")
    rank, kind = content[3], np.dtype(TYPES[content[2]])
    start = 4 + 4 * rank
    if len(content) < start:
        raise CorruptFile(f"{path}: ends within its header of {start} bytes; it may be truncated: fetch it again.")
    shape = tuple(int(side) for side in np.frombuffer(content[4:start], dtype=">u4"))
    stated, found = prod(shape) * kind.itemsize, len(content) - start
    if stated != found:
        cure = "it may be truncated: fetch it again" if found < stated else "it may be two files in one: fetch it again"
        raise CorruptFile(f"{path}: the header states {shape} numbers in {stated:,} bytes, and {found:,} follow; {cure}.")
    numbers = np.frombuffer(content[start:], dtype=kind)
    return numbers.reshape(shape).astype(kind.newbyteorder("="))


def _content(path: Path) -> bytes:
    """The bytes of a file, unpacked where it is compressed."""
    if not path.is_file():
        raise MissingFile(f"{path}: no such file.")
    content = path.read_bytes()
    if content[:2] != GZIP:
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise CorruptFile(f"{path}: cannot be unpacked ({error}). It may be truncated: fetch it again.") from error
