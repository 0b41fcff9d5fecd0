"""Shipped files are found beside a checkout and inside a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from physym import artefacts
from physym.errors import MissingFile


def test_a_checkout_has_its_folders_beside_the_package() -> None:
    assert artefacts.artefact("datasets", "pythia_toptag", "card.md").is_file()


@pytest.mark.parametrize("wheel", [True, False])
def test_a_wheel_has_them_inside(wheel: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "physym"
    folder = package / "_models" if wheel else package.parent / "models"
    (folder / "net").mkdir(parents=True)
    (folder / "net" / "card.md").write_text("x")
    package.mkdir(exist_ok=True)
    monkeypatch.setattr(artefacts, "_PACKAGE", package)
    assert artefacts.artefact_folder("models") == folder
    assert artefacts.artefact("models", "net", "card.md").read_text() == "x"


def test_what_is_not_shipped_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingFile, match=r"card.md, recipe.toml"):
        artefacts.artefact("datasets", "top_tagging", "sample.h5")
    monkeypatch.setattr(artefacts, "_PACKAGE", tmp_path / "physym")
    with pytest.raises(MissingFile, match="incomplete"):
        artefacts.artefact_folder("models")
