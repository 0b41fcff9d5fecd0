"""Data sets by name: a card, a recipe and, where small enough, a sample that works without a network."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from physym.artefacts import artefact_folder
from physym.data.fetching import RemoteFile, fetch_files
from physym.data.images import Images, load_images
from physym.data.jets import Jets
from physym.data.loading import load_jets
from physym.data.molecules import Molecules, load_molecules
from physym.data.trajectories import Trajectories, load_trajectories
from physym.errors import InvalidData, UnknownDataset


@dataclass(frozen=True)
class Dataset:
    """What the folder of a data set says about it.

    Arguments:
        name: name under which ``load`` knows it.
        title: one line.
        kind: ``"jets"``, ``"trajectories"``, ``"images"`` or ``"molecules"``.
        licence: licence of the data.
        doi: digital object identifier, or an empty string.
        splits: names of the splits that can be asked for.
        sample: the shipped file, or None when the data must be fetched.
        sha256: checksum of the sample, or an empty string.
        files: what is fetched when there is no sample.
        folder: where card and recipe lie.

    Example:
        >>> describe_dataset("two_body").kind
        'trajectories'
    """

    name: str
    title: str
    kind: str
    licence: str
    doi: str
    splits: tuple[str, ...]
    sample: Path | None
    sha256: str
    files: tuple[RemoteFile, ...]
    folder: Path

    @property
    def card(self) -> str:
        """The text of card.md."""
        return (self.folder / "card.md").read_text(encoding="utf-8")

    def __repr__(self) -> str:
        where = "works offline" if self.sample else "fetched on first use"
        splits = ", ".join(self.splits) or "none"
        return f"Dataset {self.name}: {self.title}\n  {self.kind}, {where}; splits: {splits}; {self.licence}; doi {self.doi or 'none'}"


def list_datasets() -> tuple[str, ...]:
    """Names of all data sets that ``load`` knows.

    Returns:
        The names, sorted.

    Example:
        >>> "pythia_toptag" in list_datasets()
        True
    """
    return tuple(sorted(path.parent.name for path in artefact_folder("datasets").glob("*/recipe.toml")))


def describe_dataset(name: str) -> Dataset:
    """What is known about a data set, without reading its data.

    Arguments:
        name: one of ``list_datasets()``.

    Returns:
        Dataset.

    Raises:
        UnknownDataset: no data set of that name; near misses are listed.

    Example:
        >>> describe_dataset("top_tagging").doi
        '10.5281/zenodo.2603256'
    """
    known = list_datasets()
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Files are read by load_jets(path)."
        raise UnknownDataset(f"no data set {name!r}. {hint} Known: {', '.join(known)}.")
    folder = artefact_folder("datasets") / name
    recipe: dict[str, Any] = tomllib.loads((folder / "recipe.toml").read_text(encoding="utf-8"))
    sample = recipe.get("sample")
    return Dataset(
        name=name,
        title=recipe["title"],
        kind=recipe["kind"],
        licence=recipe["licence"],
        doi=recipe.get("doi", ""),
        splits=tuple(recipe.get("splits", ())),
        sample=folder / sample["file"] if sample else None,
        sha256=sample["sha256"] if sample else "",
        files=tuple(RemoteFile(**entry) for entry in recipe.get("files", ())),
        folder=folder,
    )


def load(name: str, *, split: str | None = None) -> Jets | Trajectories | Images | Molecules:
    """Load a data set by name: the shipped sample, or the full set that is fetched on first use.

    Arguments:
        name: one of ``list_datasets()``.
        split: one of the data set's splits, for instance ``"train"``; None: everything there is.

    Returns:
        Jets, Trajectories, Images or Molecules, by the kind of the data set.

    Raises:
        UnknownDataset: no data set of that name.
        InvalidData: the data set has no such split.
        NetworkUnavailable: it must be fetched and no network answers; nothing was written.

    Example:
        >>> len(load("pythia_toptag")), len(load("two_body", split="train"))
        (4000, 814)
        >>> load("digits").grid, load("small_molecules").formulas
        ((8, 8), ('H2O',))
    """
    dataset = describe_dataset(name)
    if split is not None and split not in dataset.splits:
        raise InvalidData(f"{name} has no split {split!r}; expected one of {', '.join(dataset.splits) or 'none: leave split out'}.")
    # a shipped sample holds all splits; what is fetched are the files of the one that was asked for
    paths, within = ([dataset.sample], split) if dataset.sample is not None else (list(fetch_dataset(name, split=split)), None)
    if dataset.kind == "trajectories":
        return load_trajectories(paths[0], split=within)
    if dataset.kind == "images":
        return load_images(paths, split=within)
    if dataset.kind == "molecules":
        return load_molecules(paths, split=within)
    return load_jets([str(path) for path in paths], split=within)


def fetch_dataset(name: str, *, split: str | None = None) -> tuple[Path, ...]:
    """Local files of a data set, fetched on first use; stream large ones with ``iterate_jets``.

    Arguments:
        name: one of ``list_datasets()``.
        split: only the files of one split; None: all.

    Returns:
        Paths of the files (of the unpacked files for archives).

    Raises:
        UnknownDataset: no data set of that name.
        InvalidData: the data set has no such split.
        NetworkUnavailable: no network answers; nothing was written.

    Example:
        >>> [path.name for path in fetch_dataset("two_body")]
        ['sample.npz']
    """
    dataset = describe_dataset(name)
    if split is not None and split not in dataset.splits:
        raise InvalidData(f"{name} has no split {split!r}; expected one of {', '.join(dataset.splits) or 'none: leave split out'}.")
    if dataset.sample is not None:
        return (dataset.sample,)
    return fetch_files(name, [file for file in dataset.files if split in (None, file.split)])
