"""Files appear whole or not at all, and name the version that wrote them."""

from __future__ import annotations

import os
import re
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


def physym_version() -> str:
    """The version of this physym, which written files name.

    Returns:
        For instance ``"0.1.0"``.

    Example:
        >>> import physym
        >>> physym_version() == physym.__version__
        True
    """
    # read, not imported: lower layers never import the package's face, and metadata may be of another copy
    text = (Path(__file__).parent / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, flags=re.M)
    return found[1] if found else "unknown"
