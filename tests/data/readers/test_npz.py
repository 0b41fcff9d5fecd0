"""NumPy files in the layouts that other projects write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from physym.data import Jets, load_jets
from physym.data.simulate import toy_jets
from physym.errors import CorruptFile, InvalidData, MissingField


@pytest.fixture(scope="module")
def toy() -> Jets:
    return toy_jets(30, seed=5, constituents=4)


def save(folder: Path, **arrays: np.ndarray) -> Path:
    path = folder / "jets.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def test_flat_constituents_with_counts(toy: Jets, tmp_path: Path) -> None:
    path = save(tmp_path, p4=toy.four_momenta.reshape(-1, 4), n=np.full(30, 4))
    for size in (7, 100):
        assert np.array_equal(load_jets(path, chunk_size=size).four_momenta, toy.four_momenta)
    with pytest.raises(InvalidData, match="n sums to 120"):
        load_jets(save(tmp_path, p4=toy.four_momenta.reshape(-1, 4)[:-1], n=np.full(30, 4)))


@pytest.mark.parametrize("split", [None, "train", "test", "validation"])
def test_lgatr(split: str | None, toy: Jets, tmp_path: Path) -> None:
    assert toy.labels is not None
    parts = {"train": slice(0, 20), "test": slice(20, 25), "val": slice(25, 30)}
    content = {f"kinematics_{name}": toy.four_momenta[rows] for name, rows in parts.items()}
    content |= {f"labels_{name}": toy.labels[rows] for name, rows in parts.items()}
    jets = load_jets(save(tmp_path, **content), split=split)
    rows = {None: np.arange(30), "train": np.arange(20), "test": np.arange(20, 25), "validation": np.arange(25, 30)}[split]
    assert jets.labels is not None
    assert sorted(jets.four_momenta[:, 0, 0]) == sorted(toy.four_momenta[rows, 0, 0])
    assert jets.labels.sum() == toy.labels[rows].sum()
    with pytest.raises(InvalidData, match="present: test, train, val"):
        load_jets(tmp_path / "jets.npz", split="dev")


def energyflow(toy: Jets, ids: bool) -> np.ndarray:
    """pt, rapidity, φ (and PDG id) of massless or pion constituents."""
    E, px, py, pz = np.moveaxis(toy.four_momenta, -1, 0)
    columns = [np.hypot(px, py), np.arctanh(pz / E), np.arctan2(py, px)]
    return np.stack([*columns, np.full_like(px, -211.0)] if ids else columns, axis=-1)


@pytest.mark.parametrize(("ids", "mass", "kind"), [(False, 0.0, "massless"), (True, 0.13957039, "pion")])
@pytest.mark.filterwarnings("ignore::physym.errors.PhysymWarning")
def test_energyflow(ids: bool, mass: float, kind: str, tmp_path: Path) -> None:
    toy = toy_jets(30, seed=5, constituents=4, mass=mass)
    X = np.concatenate([energyflow(toy, ids), np.zeros((30, 2, 4 if ids else 3))], axis=1)
    jets = load_jets(save(tmp_path, X=X, y=toy.labels))  # type: ignore[arg-type]
    np.testing.assert_allclose(jets.four_momenta[:, :4], toy.four_momenta, rtol=1e-9, atol=1e-9)
    assert jets.multiplicity.tolist() == [4] * 30
    assert jets.mass_convention.kind == kind
    assert "label 1 = quark" in jets.source


def test_energyflow_refuses_what_it_does_not_know(toy: Jets, tmp_path: Path) -> None:
    X = energyflow(toy, ids=True)
    X[0, 0, 3] = 1000021
    with pytest.raises(InvalidData, match="1000021"):
        load_jets(save(tmp_path, X=X, y=np.zeros(30)))
    with pytest.raises(InvalidData, match="rapidity"):
        load_jets(save(tmp_path, X=X[..., :2], y=np.zeros(30)))


def test_plain_arrays_need_an_order(toy: Jets, tmp_path: Path) -> None:
    assert toy.labels is not None
    path = save(tmp_path, jets=toy.four_momenta[..., [1, 2, 3, 0]], y=toy.labels)
    with pytest.raises(InvalidData, match="order="):
        load_jets(path)
    jets = load_jets(path, order="px,py,pz,E")
    assert np.array_equal(jets.four_momenta, toy.four_momenta)
    assert np.array_equal(jets.labels, toy.labels)  # type: ignore[arg-type]
    np.save(tmp_path / "jets.npy", toy.four_momenta)
    assert np.array_equal(load_jets(tmp_path / "jets.npy", order="E,px,py,pz").four_momenta, toy.four_momenta)
    np.save(tmp_path / "flat.npy", toy.four_momenta[0])
    with pytest.raises(InvalidData, match=r"expected \(N, n, 4\)"):
        load_jets(tmp_path / "flat.npy", order="E,px,py,pz")


def test_several_arrays_must_be_named(toy: Jets, tmp_path: Path) -> None:
    path = save(tmp_path, a=toy.four_momenta, b=toy.four_momenta[:10])
    with pytest.raises(MissingField, match="collection="):
        load_jets(path, order="E,px,py,pz")
    assert len(load_jets(path, order="E,px,py,pz", collection="b")) == 10
    with pytest.raises(MissingField, match=r"no .* 'c'"):
        load_jets(path, order="E,px,py,pz", collection="c")


def test_pickles_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path, p4=np.array([[1], [2, 3]], dtype=object), n=np.array([2]))
    with pytest.raises(CorruptFile, match=r"p4.*pickle"):
        load_jets(path)


def test_polar_arrays_make_padding_of_zero_rows(toy: Jets) -> None:
    _, px, py, pz = np.moveaxis(toy.four_momenta, -1, 0)
    pt = np.hypot(px, py)
    polar = np.stack([pt, np.arcsinh(pz / pt), np.arctan2(py, px), 0 * pt], axis=-1)
    polar[:, 3] = 0
    jets = load_jets(polar, order="pt,eta,phi,m")
    assert jets.multiplicity.tolist() == [3] * 30
    np.testing.assert_allclose(jets.four_momenta[:, :3], toy.four_momenta[:, :3], rtol=1e-12, atol=1e-10)
