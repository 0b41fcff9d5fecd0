"""A file that was cut off or overwritten is a corrupt file: never a crash, and never fewer jets without a word."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from physym.data import Jets, load_jets
from physym.data.simulate import save_toptag, toy_jets
from physym.errors import CorruptFile, PhysymError

pytestmark = pytest.mark.filterwarnings("ignore::physym.errors.PhysymWarning")

JETS = 30
TOY = toy_jets(JETS, seed=4, constituents=5)
COLUMNS = {name: ak.unflatten(TOY.four_momenta[..., index].ravel(), np.full(JETS, 5)) for index, name in enumerate(("E", "px", "py", "pz"))}


def tree(path: Path) -> None:
    import uproot

    with uproot.recreate(path) as file:
        file.mktree("tree", {name: "var * float64" for name in COLUMNS})
        file["tree"].extend(COLUMNS)


def ntuple(path: Path) -> None:
    import uproot

    with uproot.recreate(path) as file:
        file.mkrntuple("events", COLUMNS)


def lhe(path: Path) -> None:
    event = "<event>\n 1 1 1.0 1. 0.0078 0.118\n 11 1 0 0 0 0 {px} 4. 12. 13. 0. 0. 9.\n</event>\n"
    head = "<LesHouchesEvents version='1.0'>\n<init>\n 2212 2212 7000. 7000. 0 0 0 0 3 1\n 1. 1. 1. 1\n</init>\n"
    text = head + "".join(event.format(px=3.0 + k) for k in range(JETS)) + "</LesHouchesEvents>\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


WRITERS: dict[str, Callable[[Path], object]] = {
    "tree.root": tree,
    "ntuple.root": ntuple,
    "jets.parquet": lambda path: ak.to_parquet(ak.zip(COLUMNS, depth_limit=1), path),
    "jets.h5": lambda path: save_toptag(TOY, path),
    "jets.npz": lambda path: np.savez(path, p4=TOY.four_momenta.reshape(-1, 4), n=np.full(JETS, 5)),
    "jets.npy": lambda path: np.save(path, TOY.four_momenta),
    "jets.lhe": lhe,
    "jets.lhe.gz": lhe,
}


def load(path: Path) -> Jets:
    return load_jets(path, order="E,px,py,pz") if path.suffix == ".npy" else load_jets(path)


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Bytes of one good file of each format."""
    folder = tmp_path_factory.mktemp("good")
    for name, write in WRITERS.items():
        write(folder / name)
        assert len(load(folder / name)) == JETS, name
    return {name: (folder / name).read_bytes() for name in WRITERS}


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_is_cut_anywhere_is_corrupt(name: str, contents: dict[str, bytes], tmp_path: Path) -> None:
    content = contents[name]
    # the closing tag of an LHE file holds no event, so a file without it is read
    end = len(content) - (len(b"</LesHouchesEvents>\n") if name == "jets.lhe" else 0)
    cuts = [*np.linspace(0, end - 1, 40).astype(int), *range(end - 8, end)]
    for cut in cuts:
        (tmp_path / name).write_bytes(content[:cut])
        with pytest.raises(CorruptFile, match=name):
            load(tmp_path / name)


@pytest.mark.parametrize("name", ["tree.root", "ntuple.root"])
def test_root_files_that_lost_nothing_but_their_last_bytes_are_told_by_their_header(
    name: str, contents: dict[str, bytes], tmp_path: Path
) -> None:
    content = contents[name]
    (tmp_path / name).write_bytes(content[:-1])
    with pytest.raises(CorruptFile, match=rf"truncated, {len(content) - 1:,} of {len(content):,} bytes"):
        load(tmp_path / name)
    (tmp_path / name).write_bytes(content + b"\0" * 100)  # but more bytes than promised hurt nobody
    assert len(load(tmp_path / name)) == JETS


@pytest.mark.parametrize("name", WRITERS)
def test_overwritten_bytes_end_in_an_error_of_physym_or_in_jets(name: str, contents: dict[str, bytes], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(25):
        content = np.frombuffer(contents[name], dtype=np.uint8).copy()
        content[rng.integers(0, len(content), 6)] ^= 0xFF
        (tmp_path / name).write_bytes(content.tobytes())
        with suppress(PhysymError):  # any other exception fails the test
            refused += 1
            assert len(load(tmp_path / name)) <= JETS
            refused -= 1
    assert refused or name == "jets.h5", "most of a compressed table is data, in which every byte counts"


@pytest.mark.parametrize("name", ["jets.root", "jets.h5", "jets.parquet", "jets.npz", "jets.npy", "jets.lhe"])
@pytest.mark.parametrize("content", [b"", b"\n", b"E,px,py,pz\n1,0,0,1\n", b"<html>404 Not Found</html>"])
def test_what_a_failed_download_leaves_is_told_by_the_name(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CorruptFile, match="empty" if not content else "starts with"):
        load(tmp_path / name)


def test_a_format_that_was_forced_on_another_file_says_what_is_wrong(contents: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "jets").write_bytes(contents["jets.h5"])
    assert len(load_jets(tmp_path / "jets")) == JETS
    for wrong in ("root", "parquet", "npz", "lhe"):
        with pytest.raises(CorruptFile, match="cannot be read as"):
            load_jets(tmp_path / "jets", format=wrong)
