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


def test_the_folder_inside_the_package_goes_before_the_one_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "physym"
    for folder, text in ((package / "_datasets", "wheel"), (tmp_path / "datasets", "checkout")):
        (folder / "set").mkdir(parents=True)
        (folder / "set" / "card.md").write_text(text)
    monkeypatch.setattr(artefacts, "_PACKAGE", package)
    assert artefacts.artefact("datasets", "set", "card.md").read_text() == "wheel"
    (package / "_datasets" / "set" / "card.md").unlink()
    with pytest.raises(MissingFile, match="none"):  # never half from one place and half from the other
        artefacts.artefact("datasets", "set", "card.md")


@pytest.mark.parametrize(("name", "file"), [("pythia_toptag", "smaple.h5"), ("no_such_set", "card.md"), ("pythia_toptag", "")])
def test_a_file_that_is_not_shipped_or_a_folder_is_refused(name: str, file: str) -> None:
    with pytest.raises(MissingFile, match="is not shipped"):
        artefacts.artefact("datasets", name, file)


def test_every_data_set_has_its_card_and_recipe() -> None:
    folders = [folder for folder in artefacts.artefact_folder("datasets").iterdir() if folder.is_dir()]
    assert folders
    for folder in folders:
        for file in ("card.md", "recipe.toml"):
            assert artefacts.artefact("datasets", folder.name, file) == folder / file
