"""The cache finds what is the same, misses what differs, and reads again, with a warning, what is damaged."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from physym.data import Partition, partitions
from physym.discovery.streaming.cache import Cache, checksum_of
from physym.discovery.streaming.collect import collect
from physym.discovery.streaming.engines import in_this_process
from physym.discovery.streaming.merge import Merged, merged
from physym.discovery.streaming.partial import Partial
from physym.discovery.streaming.recipe import Reading, Recipe
from physym.errors import CorruptFile, PhysymWarning
from tests.discovery.streaming import files

RECIPE = Recipe(row_degree=2, wide_degree=3, labelled=True, gram_scale=256.0, row_scale=(128.0,) * 8)


@pytest.fixture
def parts(tmp_path: Path) -> list[Partition]:
    return partitions([files.hdf5(tmp_path / f"{seed}.h5", files.jets(300, seed)) for seed in (1, 2)], rows=200)


def run(parts: list[Partition], folder: Path, recipe: Recipe = RECIPE) -> Merged:
    return merged(parts, partial(collect, recipe=recipe), in_this_process, cache=Cache(folder, recipe.key))


def test_what_is_stored_comes_back_to_the_last_bit(parts: list[Partition], tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", RECIPE.key)
    said = replace(collect(parts[0], RECIPE), warnings=("a „sentence“ with ±",))
    cache.store(parts[0], "sum", said)
    found = cache.load(parts[0], "sum")
    assert found is not None
    assert files.identical(found, said)
    assert (found.kind, found.masses, found.warnings) == (said.kind, said.masses, said.warnings)
    assert found.rows is not None
    assert found.rows.classes == (0, 1)


def test_a_repeated_run_reads_nothing(parts: list[Partition], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(parts, tmp_path / "cache")
    assert first.reused == 0

    def refuse(part: Partition) -> Partial:
        pytest.fail(f"{part} was read again")

    second = merged(parts, refuse, in_this_process, cache=Cache(tmp_path / "cache", RECIPE.key))
    assert second.reused == len(parts)
    assert files.identical(first.total, second.total)


def test_a_new_file_is_all_that_is_read(parts: list[Partition], tmp_path: Path) -> None:
    run(parts, tmp_path / "cache")
    more = [*parts, *partitions(files.hdf5(tmp_path / "3.h5", files.jets(300, 3)), rows=200)]
    found = run(more, tmp_path / "cache")
    assert (found.reused, found.parts) == (len(parts), len(parts) + 2)
    assert files.identical(found.total, run(more, tmp_path / "another").total)


def test_a_copy_is_the_same_file(parts: list[Partition], tmp_path: Path) -> None:
    run(parts, tmp_path / "cache")
    copy = tmp_path / "copy.h5"
    copy.write_bytes(parts[0].path.read_bytes())
    assert run(partitions(copy, rows=200), tmp_path / "cache").reused == 2


def test_changed_content_or_settings_are_not_found(parts: list[Partition], tmp_path: Path) -> None:
    run(parts, tmp_path / "cache")
    for other in (
        replace(RECIPE, blocks=32),
        replace(RECIPE, reading=Reading(constituents=2, resolution=0.1)),
        replace(RECIPE, gram_scale=1.0),
    ):
        assert run(parts, tmp_path / "cache", other).reused == 0
    assert run(parts, tmp_path / "cache", replace(RECIPE, reading=Reading(chunk_size=7))).reused == len(parts)  # changes no sum
    files.hdf5(parts[0].path, files.jets(300, 9))
    assert run(parts, tmp_path / "cache").reused == 2


@pytest.mark.parametrize("damage", ["flipped", "short", "empty", "foreign"])
def test_a_damaged_entry_is_named_and_read_again(parts: list[Partition], tmp_path: Path, damage: str) -> None:
    whole = run(parts, tmp_path / "cache")
    entry = sorted((tmp_path / "cache").iterdir())[0]
    content = bytearray(entry.read_bytes())
    if damage == "flipped":
        with np.load(entry) as archive:
            arrays = {name: archive[name].copy() for name in archive.files}
        arrays["gram"][3, 2, 1] += 1.0  # a valid file with a wrong number: only the checksum tells
        np.savez(entry, **arrays)
    else:
        entry.write_bytes({"short": bytes(content[:-100]), "empty": b"", "foreign": b"no statistics"}[damage])
    with pytest.warns(PhysymWarning, match=rf"{entry.name}: damaged cache entry .*h5, rows"):
        again = run(parts, tmp_path / "cache")
    assert files.identical(whole.total, again.total)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(parts, tmp_path / "cache")  # the entry was written anew


def test_objects_are_never_unpickled(parts: list[Partition], tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", RECIPE.key)
    path = cache.store(parts[0], "sum", Partial(1))
    with path.open("wb") as stream:
        np.savez(stream, said=np.array([Path("a")], dtype=object), checksum=np.array("x"))
    with pytest.warns(PhysymWarning, match="damaged"):
        assert cache.load(parts[0], "sum") is None


def test_the_quick_checksum_sees_size_time_and_both_ends(tmp_path: Path) -> None:
    file = tmp_path / "a"
    size = 3 << 20
    content = bytearray(size)

    def sums() -> tuple[str, str]:
        file.write_bytes(content)
        os.utime(file, ns=(10**18, 10**18))
        return checksum_of(file, "content"), checksum_of(file, "quick")

    first = sums()
    for place, seen in ((0, True), (size - 1, True), (size // 2, False)):
        content[place] = 1
        found = sums()
        assert found[0] != first[0]
        assert (found[1] != first[1]) is seen, place
        content[place] = 0
    assert sums() == first
    os.utime(file, ns=(10**18, 10**18 + 1))
    assert checksum_of(file, "quick") != first[1]
    with pytest.raises(CorruptFile, match="cannot be read"):
        checksum_of(tmp_path, "content")
