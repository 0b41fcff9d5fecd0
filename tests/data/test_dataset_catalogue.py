"""Data sets by name: every card is complete, every checksum holds, and without a network the sentence says so."""

from __future__ import annotations

import gzip
import hashlib
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from physym.data import Images, Jets, Molecules, Trajectories, describe_dataset, fetch_dataset, list_datasets, load
from physym.data.simulate import save_toptag, small_molecules, toy_jets
from physym.errors import CorruptFile, InvalidData, NetworkUnavailable, PhysymWarning, UnknownDataset

SECTIONS = ("Physics", "Columns", "Units", "Splits", "Licence", "DOI", "Citation", "Checksum", "How to load")


def missing_sections(card: str) -> list[str]:
    """Sections of a card that are absent or empty."""
    return [name for name in SECTIONS if not re.search(rf"^## {name}\n+[^#\s]", card, re.M)]


def test_the_catalogue_is_what_the_readme_promises() -> None:
    fetched = ("jetclass", "mnist", "qm9", "quark_gluon", "top_tagging")
    shipped = ("cms_open_nanoaod", "digits", "pythia_toptag", "small_molecules", "two_body")
    assert list_datasets() == tuple(sorted(fetched + shipped))
    assert tuple(name for name in list_datasets() if describe_dataset(name).sample is not None) == shipped


@pytest.mark.parametrize("name", list_datasets())
def test_every_card_has_every_section(name: str) -> None:
    assert missing_sections(describe_dataset(name).card) == []


def test_the_check_of_cards_finds_a_missing_section() -> None:
    card = describe_dataset("two_body").card
    assert missing_sections(card.replace("## Units", "## Scale")) == ["Units"]
    assert missing_sections(re.sub(r"## Units\n[^#]*", "## Units\n\n", card)) == ["Units"]


@pytest.mark.parametrize("name", list_datasets())
def test_samples_have_their_checksum_and_remote_files_say_where_they_are(name: str) -> None:
    dataset = describe_dataset(name)
    if dataset.sample is None:
        assert dataset.doi
        assert dataset.files
        assert all(file.url.startswith("https://") and file.split in dataset.splits for file in dataset.files)
    else:
        digest = hashlib.sha256(dataset.sample.read_bytes()).hexdigest()
        assert digest == dataset.sha256
        assert digest in dataset.card


def test_everything_shipped_stays_below_the_size_of_a_wheel() -> None:
    samples = [describe_dataset(name).sample for name in list_datasets()]
    assert sum(sample.stat().st_size for sample in samples if sample is not None) < 8e6


def test_the_shipped_jets_are_what_the_card_says(sample_jets: Jets) -> None:
    assert len(sample_jets) == 4000
    assert sample_jets.labels is not None
    assert sample_jets.labels.sum() == 2000
    momenta = sample_jets.momenta
    mass = (momenta[:, 0] ** 2 - (momenta[:, 1:] ** 2).sum(1)) ** 0.5
    for label, multiplicity, median in ((0, 47, 69), (1, 61, 172)):
        chosen = sample_jets.labels == label
        assert sample_jets.multiplicity[chosen].mean() == pytest.approx(multiplicity, abs=0.5)
        assert sorted(mass[chosen])[chosen.sum() // 2] == pytest.approx(median, abs=0.5)


def test_splits_make_the_whole() -> None:
    counts = {split: len(load("pythia_toptag", split=split)) for split in ("train", "validation", "test")}
    assert counts == {"train": 2409, "validation": 779, "test": 812}


def test_the_cms_jets_warn_of_their_masses() -> None:
    with pytest.warns(PhysymWarning, match="pion mass"):
        jets = load("cms_open_nanoaod")
    assert isinstance(jets, Jets)
    assert len(jets) == 86
    assert 0.5 < jets.mass_convention.pion < 0.65


def test_trajectories_load_by_name() -> None:
    orbits = load("two_body")
    assert isinstance(orbits, Trajectories)
    assert len(orbits) == 814 + 790


def test_digits_load_by_name_and_split() -> None:
    whole, train, test = (load("digits", split=split) for split in (None, "train", "test"))
    assert isinstance(whole, Images)
    assert isinstance(train, Images)
    assert isinstance(test, Images)
    assert (len(train), len(test), whole.grid) == (1437, 360, (8, 8))
    assert np.array_equal(np.concatenate([train.pixels, test.pixels]), whole.pixels)
    assert whole.labels is not None
    assert np.bincount(whole.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # as the publisher counts them
    assert (whole.pixels.min(), whole.pixels.max()) == (0.0, 16.0)
    assert (whole.pixels == np.round(whole.pixels)).all()


def test_molecules_load_by_name_and_split() -> None:
    whole, test = load("small_molecules"), load("small_molecules", split="test")
    assert isinstance(whole, Molecules)
    assert isinstance(test, Molecules)
    assert (len(whole), len(test), whole.formulas) == (4000, 1000, ("H2O",))
    assert whole.target_units == {"energy": "kcal/mol"}
    assert np.array_equal(whole[3000:].positions, test.positions)


def test_the_recipe_makes_the_shipped_molecules_again() -> None:
    shipped = load("small_molecules")
    recipe = tomllib.loads((describe_dataset("small_molecules").folder / "recipe.toml").read_text(encoding="utf-8"))["simulator"]
    made = small_molecules(
        recipe["n"],
        kind=recipe["kind"],
        seed=recipe["seed"],
        temperature=recipe["temperature"],
        spread=tuple(recipe["spread"]),
        tilt=recipe["tilt"],
        sweeps=recipe["sweeps"],
    )
    assert isinstance(shipped, Molecules)
    np.testing.assert_allclose(made.positions, shipped.positions, rtol=0, atol=1e-10)
    np.testing.assert_allclose(made.targets["energy"], shipped.targets["energy"], rtol=0, atol=1e-8)
    other = small_molecules(5, kind="water", seed=1)
    assert not np.allclose(other.positions, shipped.positions[:5], atol=1e-3)


def test_kinds_are_those_that_can_be_loaded() -> None:
    assert {describe_dataset(name).kind for name in list_datasets()} == {"jets", "trajectories", "images", "molecules"}


def test_unknown_names_list_near_misses() -> None:
    with pytest.raises(UnknownDataset, match=r"Did you mean pythia_toptag"):
        load("pythia_toptags")
    with pytest.raises(UnknownDataset, match="load_jets"):
        describe_dataset("qqqq")


def test_unknown_splits_list_the_splits() -> None:
    with pytest.raises(InvalidData, match="train, validation, test"):
        load("pythia_toptag", split="dev")
    with pytest.raises(InvalidData, match="train, test"):
        fetch_dataset("two_body", split="dev")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache that is empty and a network that answers nothing."""
    import pooch

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", refuse)
    monkeypatch.setenv("PHYSYM_DATA_DIR", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize("name", ["top_tagging", "jetclass", "quark_gluon", "mnist", "qm9"])
def test_without_a_network_the_sentence_says_so_and_nothing_is_written(name: str, offline: Path) -> None:
    with pytest.raises(NetworkUnavailable, match="Nothing was written"):
        load(name, split=describe_dataset(name).splits[0])
    assert list(offline.rglob("*")) == []


def test_a_file_with_another_checksum_is_refused(offline: Path) -> None:
    file = offline / "cache" / "top_tagging" / "test.h5"
    file.parent.mkdir(parents=True)
    save_toptag(toy_jets(4, seed=1), file)
    with pytest.raises((NetworkUnavailable, CorruptFile)):
        load("top_tagging", split="test")
    assert file.is_file()


def test_pictures_put_there_by_hand_are_not_taken_for_those_of_the_recipe(offline: Path) -> None:
    """The checksums of the four files are known, so others of that name are fetched again."""
    from tests.data.test_idx import idx

    folder = offline / "cache" / "mnist"
    folder.mkdir(parents=True)
    for file in describe_dataset("mnist").files:
        (folder / file.name).write_bytes(gzip.compress(idx(np.zeros((2, 28, 28) if "images" in file.name else 2, dtype=np.uint8))))
    with pytest.raises((NetworkUnavailable, CorruptFile)):
        load("mnist", split="test")


@pytest.mark.parametrize(("split", "count"), [("train", 3), ("test", 2), (None, 5)])
def test_pictures_and_labels_of_a_split_come_together(
    split: str | None, count: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the recipe lists for a split are pictures and labels in the same order."""
    from tests.data.test_idx import idx

    paths = []
    for file in describe_dataset("mnist").files:
        many, path = 3 if file.split == "train" else 2, tmp_path / file.name
        numbers = np.full((many, 28, 28), many) if "images" in file.name else np.full(many, many)
        path.write_bytes(gzip.compress(idx(numbers.astype(np.uint8))))
        paths += [path] if split in (None, file.split) else []
    monkeypatch.setattr("physym.data.catalogue.fetch_dataset", lambda name, split: tuple(paths))
    pictures = load("mnist", split=split)
    assert isinstance(pictures, Images)
    assert len(pictures) == count
    assert pictures.labels is not None
    assert (pictures.labels == pictures.pixels[:, 0, 0]).all()


def test_a_file_put_there_by_hand_is_used(offline: Path) -> None:
    file = offline / "cache" / "quark_gluon" / "QG_jets.npz"
    file.parent.mkdir(parents=True)
    rng = np.random.default_rng(0)
    X = np.stack([rng.uniform(1, 100, (6, 4)), rng.normal(size=(6, 4)), rng.normal(size=(6, 4)), np.full((6, 4), 211.0)], axis=-1)
    np.savez(file, X=X, y=np.arange(6) % 2)
    with pytest.warns(PhysymWarning, match="pion"):
        jets = load("quark_gluon")
    assert len(jets) == 6


def test_repr_of_a_data_set_is_short() -> None:
    assert len(repr(describe_dataset("jetclass")).splitlines()) <= 3
