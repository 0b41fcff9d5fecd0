"""Files in, Jets out: the same jets from every format, lazily, with named errors on bad input."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from physym.data import Jets, concatenate, iterate_jets, load_jets
from physym.data.simulate import save_toptag, toy_jets
from physym.errors import CorruptFile, InvalidData, MissingField, MissingFile, PhysymError, PhysymWarning, ShapeError, UnitsError


def columns(jets: Jets) -> dict[str, object]:
    """Jets as jagged columns with JetClass names, float32 as files hold them."""
    import awkward as ak

    found: dict[str, object] = {}
    for index, name in enumerate(("energy", "px", "py", "pz")):
        flat = jets.four_momenta[..., index][jets.real].astype(np.float32)
        found[f"part_{name}"] = ak.unflatten(flat, jets.multiplicity)
    assert jets.labels is not None
    return found | {"label_QCD": jets.labels == 0, "label_Tbqq": jets.labels == 1}


def write_root(jets: Jets, path: Path, names: tuple[str, ...] = ()) -> Path:
    import uproot

    content = columns(jets)
    with uproot.recreate(path) as file:
        file["tree"] = {name: content[name] for name in names or content}
    return path


def write_parquet(jets: Jets, path: Path) -> Path:
    import awkward as ak

    ak.to_parquet(ak.zip(columns(jets), depth_limit=1), path, row_group_size=500)
    return path


WRITERS: dict[str, Callable[[Jets, Path], Path]] = {"h5": save_toptag, "root": write_root, "parquet": write_parquet}


@pytest.fixture(scope="module")
def files(sample_jets: Jets, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("jets")
    return {suffix: write(sample_jets, folder / f"jets.{suffix}") for suffix, write in WRITERS.items()}


def same(a: Jets, b: Jets) -> bool:
    """Equal momenta to the last bit, equal labels, equal rounding."""
    assert a.labels is not None
    assert b.labels is not None
    return bool(np.array_equal(a.four_momenta, b.four_momenta) and np.array_equal(a.labels, b.labels) and a.rounding == b.rounding)


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_gives_the_same_jets(suffix: str, files: dict[str, Path], sample_jets: Jets) -> None:
    assert same(load_jets(files[suffix]), sample_jets)


def test_awkward_in_memory_gives_the_same_jets(sample_jets: Jets) -> None:
    import awkward as ak

    content = columns(sample_jets)
    assert same(load_jets(ak.zip(content, depth_limit=1)), sample_jets)
    records = ak.zip({name: content[f"part_{name}"] for name in ("pz", "energy", "py", "px")})
    assert same(load_jets(records, labels=sample_jets.labels), sample_jets)


def test_numpy_and_torch_give_the_same_jets(sample_jets: Jets) -> None:
    import torch

    array = sample_jets.four_momenta.astype(np.float32)
    for given, order in ((array, "E,px,py,pz"), (array[..., [1, 2, 3, 0]], "px,py,pz,E"), (torch.tensor(array), "E,px,py,pz")):
        assert same(load_jets(given, order=order, labels=sample_jets.labels), sample_jets)


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("size", [1500, 4000])
def test_chunks_make_the_whole(suffix: str, size: int, files: dict[str, Path], sample_jets: Jets) -> None:
    chunks = list(iterate_jets(files[suffix], chunk_size=size))
    assert max(len(chunk) for chunk in chunks) <= size
    assert same(concatenate(chunks), sample_jets)


def test_iteration_is_lazy(tmp_path: Path) -> None:
    chunks = iterate_jets(tmp_path / "none.h5")  # nothing is opened yet
    with pytest.raises(MissingFile):
        next(chunks)


def test_iteration_stops_reading_when_it_is_left(files: dict[str, Path]) -> None:
    for path in files.values():
        assert len(next(iterate_jets(path, chunk_size=7))) == 7


def test_several_files_and_patterns_are_put_together(tmp_path: Path) -> None:
    parts = [toy_jets(5, seed=seed) for seed in (1, 2, 3)]
    paths = [save_toptag(part, tmp_path / f"part{i}.h5") for i, part in enumerate(parts)]
    whole = load_jets(paths)
    assert len(whole) == 15
    assert same(load_jets(str(tmp_path / "part*.h5")), whole)
    with pytest.raises(MissingFile, match="no such file"):
        load_jets([*paths, tmp_path / "part9.h5"])
    with pytest.raises(MissingFile):
        load_jets(str(tmp_path / "other*.h5"))
    with pytest.raises(MissingFile, match="no files"):
        load_jets([])


def test_leading_constituents_are_kept_after_sorting(files: dict[str, Path], sample_jets: Jets) -> None:
    few = load_jets(files["root"], constituents=3)
    assert np.array_equal(few.four_momenta, sample_jets.four_momenta[:, :3])


def test_labels_can_be_chosen(files: dict[str, Path], sample_jets: Jets) -> None:
    assert same(load_jets(files["root"], labels="label_Tbqq"), sample_jets)
    with pytest.raises(MissingField, match=r"no column 'label_top'.*label_"):
        load_jets(files["root"], labels="label_top")
    with pytest.raises(InvalidData, match="name the branch"):
        load_jets(files["root"], labels=[0, 1])


def test_units_are_converted_or_asked_for(sample_jets: Jets) -> None:
    array = sample_jets.four_momenta[:100] * 1e3
    with pytest.raises(UnitsError, match='units="MeV"'):
        load_jets(array, order="E,px,py,pz")
    np.testing.assert_allclose(load_jets(array, order="E,px,py,pz", units="MeV").four_momenta, sample_jets.four_momenta[:100], rtol=1e-12)


def test_jets_without_constituents_are_left_out_and_counted() -> None:
    import awkward as ak

    px = ak.Array([[3.0], [], [5.0, 8.0], []])
    jets = load_jets(ak.zip({"px": px, "py": 0 * px, "pz": 0 * px, "E": px}), labels=[1, 0, 0, 1])
    assert len(jets) == 2
    assert "2 without constituents left out" in jets.source
    assert jets.labels is not None
    assert jets.labels.tolist() == [1, 0]
    with pytest.raises(InvalidData, match=r"zero jets \(2 without constituents\)"):
        load_jets(ak.zip({"px": px, "py": 0 * px, "pz": 0 * px, "E": px})[[1, 3]])


def test_the_ordinary_sample_gives_no_warning_and_a_mixture_does(files: dict[str, Path]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_jets(files["root"])
        list(iterate_jets(files["root"], chunk_size=1000))
    pions = toy_jets(20, seed=1, mass=0.13957039).four_momenta
    with pytest.warns(PhysymWarning, match="pion mass"):
        load_jets(pions, order="E,px,py,pz")
    with pytest.warns(PhysymWarning) as record:
        list(iterate_jets(pions, order="E,px,py,pz", chunk_size=5))
    assert len(record) == 1  # once, not for each chunk


def test_arrays_need_an_order(sample_jets: Jets) -> None:
    array = sample_jets.four_momenta
    with pytest.raises(InvalidData, match=r"order=.*'E,px,py,pz'"):
        load_jets(array)
    with pytest.raises(InvalidData, match="does not name the four components"):
        load_jets(array, order="E,px,py")
    with pytest.raises(InvalidData, match="relative to the jet axis"):
        load_jets(array, order="deta,dphi,logpt,m")
    with pytest.raises(ShapeError):
        load_jets(array[0], order="E,px,py,pz")
    with pytest.raises(InvalidData, match="zero jets"):
        load_jets(array[:0], order="E,px,py,pz")
    with pytest.raises(InvalidData, match="one label for each jet"):
        load_jets(array, order="E,px,py,pz", labels=[0, 1])
    with pytest.raises(InvalidData, match="chunk_size"):
        load_jets(array, order="E,px,py,pz", chunk_size=0)


def test_a_missing_file_lists_its_neighbours(files: dict[str, Path]) -> None:
    with pytest.raises(MissingFile, match=r"jetz.root: no such file. Near misses: jets.root"):
        load_jets(files["root"].with_name("jetz.root"))


def test_a_wrong_tree_lists_the_trees(files: dict[str, Path]) -> None:
    with pytest.raises(MissingField, match=r"no tree 'Events'. Trees present: tree"):
        load_jets(files["root"], tree="Events")


def test_a_missing_branch_lists_near_misses(sample_jets: Jets, tmp_path: Path) -> None:
    import uproot

    content = columns(sample_jets[:10])
    content["part_enrgy"] = content.pop("part_energy")
    with uproot.recreate(tmp_path / "typo.root") as file:
        file["tree"] = content
    with pytest.raises(MissingField, match=r"missing E \(for instance part_energy\). Near misses: part_enrgy"):
        load_jets(tmp_path / "typo.root")


def test_relative_columns_are_recognised(tmp_path: Path) -> None:
    import awkward as ak

    relative = ak.Array({"part_deta": [[0.1, 0.2]], "part_dphi": [[0.1, 0.2]], "part_logptrel": [[-1.0, -2.0]]})
    with pytest.raises(InvalidData, match=r"relative to the jet axis are there \(part_deta"):
        load_jets(relative)


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("kept", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_truncated_files_are_corrupt_files(suffix: str, kept: float, files: dict[str, Path], tmp_path: Path) -> None:
    whole = files[suffix].read_bytes()
    broken = tmp_path / f"broken.{suffix}"
    broken.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(CorruptFile, match=rf"broken.{suffix}"):
        load_jets(broken)


@pytest.mark.parametrize("suffix", WRITERS)
def test_overwritten_bytes_never_crash(suffix: str, files: dict[str, Path], tmp_path: Path) -> None:
    whole = bytearray(files[suffix].read_bytes())
    rng = np.random.default_rng(0)
    refusals: list[tuple[str, str]] = []
    for trial in range(8):
        bytes_ = bytearray(whole)
        start = int(rng.integers(0, len(whole) - 4096))
        bytes_[start : start + 4096] = rng.bytes(4096)
        path = tmp_path / f"overwritten{trial}.{suffix}"
        path.write_bytes(bytes_)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                load_jets(path)
        except PhysymError as error:
            refusals.append((path.name, str(error)))
    assert all(name in sentence for name, sentence in refusals)


def test_unknown_formats_are_named(tmp_path: Path) -> None:
    (tmp_path / "jets.csv").write_text("E,px,py,pz\n")
    with pytest.raises(InvalidData, match="no known format"):
        load_jets(tmp_path / "jets.csv")
    with pytest.raises(InvalidData, match=r"format='rot' is not known.*root"):
        load_jets(tmp_path / "jets.csv", format="rot")
    (tmp_path / "jets.root").write_text("not found (404)")
    with pytest.raises(CorruptFile, match="promises root"):
        load_jets(tmp_path / "jets.root")


def test_shared_copies_give_the_shipped_jets(shared_data: Path, sample_jets: Jets) -> None:
    for suffix in ("h5", "root", "parquet"):
        assert same(load_jets(shared_data / "data" / "jets" / f"pythia_toptag_small.{suffix}"), sample_jets)
