"""Files of the full reference sets, fetched with pooch into the user's cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from physym.errors import CorruptFile, NetworkUnavailable


@dataclass(frozen=True)
class RemoteFile:
    """A file of a data set on the network.

    Arguments:
        url: where it lies.
        split: the split that it holds.
        sha256: checksum, or empty when it is not recorded.
        md5: the checksum that Zenodo and figshare publish, used when there is no sha256.
        filename: under which it is kept, where the last part of the URL is a mere number; empty: that part.

    Example:
        >>> RemoteFile("https://zenodo.org/record/2603256/files/test.h5", "test").name
        'test.h5'
    """

    url: str
    split: str = ""
    sha256: str = ""
    md5: str = ""
    filename: str = ""

    @property
    def checksum(self) -> str | None:
        """``"sha256:…"`` or ``"md5:…"``; None when nothing is recorded."""
        return f"sha256:{self.sha256}" if self.sha256 else f"md5:{self.md5}" if self.md5 else None

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.filename or self.url.split("?")[0].rsplit("/", 1)[-1]


def cache_folder() -> Path:
    """Where fetched files are kept: the cache folder of the system, or ``PHYSYM_DATA_DIR``.

    Example:
        >>> isinstance(cache_folder(), Path)
        True
    """
    import os

    import pooch

    return Path(os.environ.get("PHYSYM_DATA_DIR") or pooch.os_cache("physym"))


def fetch_files(dataset: str, files: Sequence[RemoteFile]) -> tuple[Path, ...]:
    """Local copies of files, fetched where they are not there yet and checked against their checksums.

    Arguments:
        dataset: name of the data set; files are kept in a folder of that name.
        files: what to fetch.

    Returns:
        Paths; for a tar archive those of the files in it.

    Raises:
        NetworkUnavailable: no network answers; nothing was written.
        CorruptFile: what came does not have the checksum of the recipe.

    Example:
        >>> fetch_files("none", [])
        ()
    """
    import pooch

    folder = cache_folder() / dataset
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    paths: list[Path] = []
    for file in files:
        processor = pooch.Untar() if file.name.endswith(".tar") else None
        try:
            got = pooch.retrieve(file.url, known_hash=file.checksum, fname=file.name, path=folder, processor=processor)
        except ValueError as error:
            raise CorruptFile(
                f"{file.url}: what was fetched does not match the checksum of the recipe ({error}). Fetch it again."
            ) from error
        except Exception as error:
            _remove_empty(made)
            raise NetworkUnavailable(
                f"{dataset} is not on this machine and {file.url} cannot be reached ({type(error).__name__}). Nothing was written. "
                f"Fetch it where there is a network and put it at {folder / file.name}, or work offline with one of the samples that are "
                "shipped: load('pythia_toptag'), load('digits') …"
            ) from error
        paths += [Path(path) for path in (sorted(got) if isinstance(got, list) else [got])]
    return tuple(paths)


def _remove_empty(folders: Sequence[Path]) -> None:
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
