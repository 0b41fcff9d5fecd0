"""The Top Tagging layout and LorentzNet's, without unpickling."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from physym.data import Jets, load_jets
from physym.data.simulate import save_toptag, toy_jets
from physym.errors import InvalidData, MissingField


@pytest.fixture(scope="module")
def toy() -> Jets:
    momenta = toy_jets(30, seed=5, constituents=4).four_momenta.astype(np.float32)
    return Jets(momenta, labels=np.arange(30) % 2)


def test_saving_and_loading_is_the_identity(toy: Jets, tmp_path: Path) -> None:
    jets = load_jets(save_toptag(toy, tmp_path / "a.h5"))
    assert np.array_equal(jets.four_momenta, toy.four_momenta)
    assert np.array_equal(jets.labels, toy.labels)  # type: ignore[arg-type]


def test_a_pickle_in_the_attributes_is_never_opened(toy: Jets, tmp_path: Path) -> None:
    # the column names of a pandas table are a pickle; this one would end the process
    path = save_toptag(toy, tmp_path / "a.h5")
    with h5py.File(path, "r+") as file:
        file["table/table"].attrs["values_block_0_kind"] = np.bytes_(b"cos\n_exit\n(I1\ntR.")
        file["table"].attrs["non_index_axes"] = np.bytes_(b"cos\n_exit\n(I1\ntR.")
    assert len(load_jets(path)) == 30


@pytest.mark.parametrize(("split", "value"), [("train", 0), ("test", 1), ("validation", 2)])
def test_splits_follow_ttv(split: str, value: int, toy: Jets, tmp_path: Path) -> None:
    path = save_toptag(toy, tmp_path / "a.h5")
    ttv = np.arange(30) % 3
    with h5py.File(path, "r+") as file:
        rows = file["table/table"][:]
        rows["values_block_1"][:, 0] = ttv
        file["table/table"][:] = rows
    for size in (4, 100):
        assert np.array_equal(load_jets(path, split=split, chunk_size=size).four_momenta, toy.four_momenta[ttv == value])


def test_an_unknown_split_is_refused(toy: Jets, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="train, test, validation"):
        load_jets(save_toptag(toy, tmp_path / "a.h5"), split="dev")


def test_another_layout_is_refused_in_words(tmp_path: Path) -> None:
    for name, blocks in (("few", {"values_block_0": 806, "values_block_1": 2}), ("flags", {"values_block_0": 804, "values_block_1": 3})):
        table = np.zeros(3, dtype=[(block, "<f4", (size,)) for block, size in blocks.items()])
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file["table/table"] = table
        with pytest.raises(InvalidData, match="804 in the reference"):
            load_jets(tmp_path / f"{name}.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["table/table"] = np.zeros(3, dtype=[("values_block_0", "<f4", (804,)), ("values_blok_1", "<i8", (2,))])
    with pytest.raises(MissingField, match="Near misses: values_blok_1"):
        load_jets(tmp_path / "other.h5")
    with h5py.File(tmp_path / "images.h5", "w") as file:
        file["images"] = np.zeros((2, 3))
    with pytest.raises(MissingField, match=r"neither a Top Tagging table.*Present: images"):
        load_jets(tmp_path / "images.h5")


def test_lorentznet(toy: Jets, tmp_path: Path) -> None:
    path = tmp_path / "lorentznet.h5"
    with h5py.File(path, "w") as file:
        file["Pmu"] = np.concatenate([toy.four_momenta, np.zeros((30, 9, 4))], axis=1)
        file["is_signal"], file["Nobj"] = toy.labels, toy.multiplicity
        file["label"], file["mass"] = np.ones((30, 13)), np.zeros((30, 13))
    for size in (8, 100):
        jets = load_jets(path, chunk_size=size)
        assert np.array_equal(jets.four_momenta, toy.four_momenta)
        assert np.array_equal(jets.labels, toy.labels)  # type: ignore[arg-type]
    with pytest.raises(MissingField, match=r"no data set 'signal'.*is_signal"):
        load_jets(path, labels="signal")
    with h5py.File(path, "r+") as file:
        del file["Pmu"]
        file["Pmu"] = np.zeros((30, 4))
    with pytest.raises(InvalidData, match="Pmu has shape"):
        load_jets(path)


def test_jets_with_too_many_constituents_are_not_saved(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="200 slots"):
        save_toptag(toy_jets(3, seed=1, constituents=201), tmp_path / "a.h5")
    assert not (tmp_path / "a.h5").exists()
