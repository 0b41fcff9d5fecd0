"""Where shipped data sets and models lie: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from physym.errors import MissingFile

_PACKAGE = Path(__file__).resolve().parent


def artefact_folder(kind: Literal["datasets", "models"]) -> Path:
    """The folder of shipped data sets or models.

    Arguments:
        kind: ``"datasets"`` or ``"models"``.

    Returns:
        ``physym/_datasets`` of an installed wheel, else the folder ``datasets`` beside the package of a checkout.

    Raises:
        MissingFile: neither exists, so the installation is incomplete.

    Example:
        >>> (artefact_folder("datasets") / "pythia_toptag" / "card.md").is_file()
        True
    """
    inside, beside = _PACKAGE / f"_{kind}", _PACKAGE.parent / kind
    for folder in (inside, beside):
        if folder.is_dir():
            return folder
    raise MissingFile(f"no folder of {kind}: neither {inside} nor {beside} exists. The installation is incomplete; install physym again.")


def artefact(kind: Literal["datasets", "models"], name: str, file: str) -> Path:
    """One shipped file.

    Arguments:
        kind: ``"datasets"`` or ``"models"``.
        name: folder of the data set or model, for instance ``"pythia_toptag"``.
        file: file in that folder, for instance ``"card.md"``.

    Returns:
        The path of an existing file.

    Raises:
        MissingFile: the file is not shipped.

    Example:
        >>> artefact("datasets", "pythia_toptag", "recipe.toml").name
        'recipe.toml'
    """
    path = artefact_folder(kind) / name / file
    if not path.is_file():
        raise MissingFile(f"{path} is not shipped. Files of {name}: {', '.join(sorted(p.name for p in path.parent.glob('*'))) or 'none'}.")
    return path
