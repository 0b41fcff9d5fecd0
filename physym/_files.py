"""Files appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from physym.errors import MissingFile


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write a file so that a reader sees the old content or the new, never a part of it.

    Arguments:
        path: where to write; the folder must exist.
        content: text (stored as UTF-8) or bytes.

    Returns:
        The path written.

    Raises:
        MissingFile: the folder does not exist.
        OSError: the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_atomically(Path(folder) / "card.txt", "so(1,3)").read_text()
        'so(1,3)'
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise MissingFile(f"cannot write {target}: the folder {target.parent} does not exist. Create it first.")
    data = content.encode("utf-8") if isinstance(content, str) else content
    # beside the target, because a rename is atomic only within one file system
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise OSError(error.errno, f"cannot be written ({error.strerror})", str(target)) from error  # the name that was asked for
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
    return target
