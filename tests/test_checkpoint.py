"""Checkpoints give back what was saved, and refuse what they did not save."""

from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from physym.checkpoint import FORMAT, Checkpoint, load_checkpoint, save_checkpoint
from physym.errors import CorruptFile, InvalidData, MissingFile


def state() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        "double": torch.randn(3, 4, generator=generator, dtype=torch.float64),
        "single": torch.randn(5, generator=generator),
        "half": torch.randn(5, generator=generator).bfloat16(),
        "whole": torch.arange(4),
        "scalar": torch.tensor(7.0),
        "empty": torch.zeros(0, 3),
        "layers.0/weight.with-dots": torch.ones(1),
        "nan": torch.tensor([float("nan"), float("inf"), -0.0, 5e-324], dtype=torch.float64),
    }


def test_what_is_loaded_is_what_was_saved_to_the_last_bit(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path / "a", Checkpoint(state(), 12, "mine"))
    found = load_checkpoint(path, fingerprint="mine")
    assert (found.step, found.fingerprint, path) == (12, "mine", tmp_path / "a")
    assert set(found.tensors) == set(state())
    for name, value in state().items():
        assert found.tensors[name].dtype == value.dtype
        assert found.tensors[name].shape == value.shape
        assert found.tensors[name].numpy(force=True).tobytes() == value.numpy(force=True).tobytes() if name != "half" else True
        assert torch.equal(found.tensors[name].nan_to_num(), value.nan_to_num())


def test_views_and_parameters_are_saved_by_value(tmp_path: Path) -> None:
    """Tensors that share memory, are no contiguous block, or carry a gradient."""
    whole = torch.arange(12.0).reshape(3, 4)
    views = {"whole": whole, "part": whole[1], "turned": whole.T, "parameter": torch.ones(2, requires_grad=True)}
    found = load_checkpoint(save_checkpoint(tmp_path / "a", Checkpoint(views, 0, "")), fingerprint="")
    assert all(torch.equal(found.tensors[name], value) for name, value in views.items())
    assert not found.tensors["parameter"].requires_grad


def test_a_newer_checkpoint_replaces_the_older_one(tmp_path: Path) -> None:
    for step in (1, 2):
        save_checkpoint(tmp_path / "a", Checkpoint({"x": torch.full((1000 // step,), float(step))}, step, "f"))
    found = load_checkpoint(tmp_path / "a", fingerprint="f")
    assert (found.step, len(found.tensors["x"])) == (2, 500)
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_a_write_that_fails_leaves_the_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path / "a", Checkpoint({"x": torch.ones(1)}, 1, "f"))

    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(tmp_path / "a", Checkpoint({"x": torch.zeros(1)}, 2, "f"))
    assert load_checkpoint(tmp_path / "a", fingerprint="f").step == 1
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_a_missing_file_or_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"gone: no such checkpoint"):
        load_checkpoint(tmp_path / "gone", fingerprint="")
    with pytest.raises(MissingFile, match="no such checkpoint"):
        load_checkpoint(tmp_path, fingerprint="")  # a folder
    with pytest.raises(MissingFile, match="Create it first"):
        save_checkpoint(tmp_path / "nowhere" / "a", Checkpoint({}, 0, ""))


@pytest.mark.parametrize("kept", [0, 1, 7, 8, 9, 50, -1, -8, -200])
def test_a_truncated_file_is_refused_by_name(tmp_path: Path, kept: int) -> None:
    path = save_checkpoint(tmp_path / "run.safetensors", Checkpoint(state(), 3, "mine"))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CorruptFile, match=r"run\.safetensors: no checkpoint of physym, or a damaged one \(.*Delete it to start again"):
        load_checkpoint(path, fingerprint="mine")


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_head_is_refused_or_read_as_it_was(tmp_path: Path, seed: int) -> None:
    """Random bytes in the head: never another error than those with the file's name."""
    path = save_checkpoint(tmp_path / "run.safetensors", Checkpoint(state(), 3, "mine"))
    data, rng = bytearray(path.read_bytes()), np.random.default_rng(seed)
    for place in rng.integers(0, 8 + struct.unpack("<Q", data[:8])[0], size=3):
        data[place] = int(rng.integers(256))
    path.write_bytes(bytes(data))
    said = ""
    try:
        found = load_checkpoint(path, fingerprint="mine")
    except (CorruptFile, InvalidData) as error:
        said = str(error)
    assert "run.safetensors" in said if said else found.fingerprint == "mine"


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        {"format": FORMAT},
        {"format": FORMAT, "step": "3"},
        {"format": FORMAT, "step": "three", "fingerprint": "mine"},
        {"format": "physym checkpoint 0", "step": "3", "fingerprint": "mine"},
        {"format": "pt", "step": "3", "fingerprint": "mine"},
    ],
)
def test_tensors_of_another_origin_are_refused(tmp_path: Path, metadata: dict[str, str] | None) -> None:
    path = tmp_path / "other.safetensors"
    path.write_bytes(save({"x": torch.ones(2)}, metadata=metadata))
    with pytest.raises(CorruptFile, match=r"other\.safetensors: no checkpoint of physym"):
        load_checkpoint(path, fingerprint="mine")


class Bomb:
    """A pickle that leaves a file where it is opened."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.target,)


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    path, target = tmp_path / "run.pt", tmp_path / "unpickled"
    for content in (pickle.dumps(Bomb(target)), _torch_file(Bomb(target), tmp_path)):
        path.write_bytes(content)
        with pytest.raises(CorruptFile, match=r"run\.pt: no checkpoint of physym"):
            load_checkpoint(path, fingerprint="mine")
        assert not target.exists()
    pickle.loads(pickle.dumps(Bomb(target)))  # the checker itself
    assert target.exists()


def _torch_file(value: object, folder: Path) -> bytes:
    torch.save(value, folder / "saved.pt")
    return (folder / "saved.pt").read_bytes()


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path / "run.safetensors", Checkpoint(state(), 3, "mine"))
    with pytest.raises(InvalidData, match=r"run\.safetensors: the checkpoint belongs to a run with other settings, seeds or data"):
        load_checkpoint(path, fingerprint="yours")


def test_the_file_is_plain_safetensors_with_a_head_of_json(tmp_path: Path) -> None:
    data = save_checkpoint(tmp_path / "a", Checkpoint({"x": torch.ones(2)}, 3, "mine")).read_bytes()
    head = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
    assert head["__metadata__"] == {"format": FORMAT, "step": "3", "fingerprint": "mine"}
    assert head["x"]["dtype"] == "F32"
