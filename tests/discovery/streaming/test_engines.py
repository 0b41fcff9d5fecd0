"""Parts are worked on in this process or in several; a killed process loses nothing, and what kills its process is named."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from physym.data import Partition, partitions
from physym.discovery.streaming.collect import collect
from physym.discovery.streaming.engines import in_processes, in_this_process
from physym.discovery.streaming.merge import merged
from physym.discovery.streaming.recipe import Head, Reading, Recipe, head_of
from physym.errors import CorruptFile, DiscoveryFailed, InvalidData
from tests.discovery.streaming import files

ROWS = 400


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Partition]:
    folder = tmp_path_factory.mktemp("engines")
    return partitions([files.hdf5(folder / f"{seed}.h5", files.jets(1000, seed)) for seed in (1, 2)], rows=ROWS)


@pytest.fixture(scope="module")
def recipe(parts: list[Partition]) -> Recipe:
    head = head_of(parts[0], Reading())
    assert isinstance(head, Head)
    return Recipe(row_degree=2, wide_degree=3, labelled=True, gram_scale=head.gram_scale, row_scale=head.row_scale)


def test_the_number_of_processes_changes_nothing(parts: list[Partition], recipe: Recipe) -> None:
    work = partial(collect, recipe=recipe)
    alone = merged(parts, work, in_this_process)
    assert alone.total.jets == 2000
    # a sum over rows is rounded in another order where linear algebra runs on another number of threads
    assert files.difference(alone.total, merged(parts, work, partial(in_processes, workers=2)).total) < 1e-12


def test_a_killed_process_loses_nothing(parts: list[Partition], recipe: Recipe, tmp_path: Path) -> None:
    marker = tmp_path / "killed"
    work = partial(files.lethal_once, recipe=recipe, marker=marker, victim=ROWS)
    found = merged(parts, work, partial(in_processes, workers=2))
    assert marker.exists()  # the kill did happen
    assert files.difference(found.total, merged(parts, partial(collect, recipe=recipe), in_this_process).total) < 1e-12


def test_a_part_that_kills_every_process_is_named(parts: list[Partition], recipe: Recipe) -> None:
    some = parts[:3]
    with pytest.raises(DiscoveryFailed, match=f"rows {ROWS} to {2 * ROWS - 1}: the process that works on it was lost 3 times"):
        merged(some, partial(files.lethal, recipe=recipe, victim=ROWS), partial(in_processes, workers=2))


def test_processes_import_no_torch_and_use_one_thread(parts: list[Partition], recipe: Recipe) -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    said = merged(parts, partial(files.with_modules, recipe=recipe), partial(in_processes, workers=2)).total.warnings
    assert {"torch False", "threads 1"} <= set(said)
    assert f"pid {os.getpid()}" not in said
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_an_error_in_a_process_arrives_as_it_is(tmp_path: Path, recipe: Recipe) -> None:
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"\x89HDF\r\n\x1a\n and then nothing")
    with pytest.raises(CorruptFile, match=r"broken\.h5"):
        dict(in_processes({0: Partition(broken, "hdf5")}, partial(collect, recipe=recipe), 2))
    bare = files.hdf5(tmp_path / "bare.h5", files.jets(100, 3, labels=False))
    with pytest.raises(InvalidData, match=r"bare\.h5.*no labels"):
        dict(in_processes({0: Partition(bare, "hdf5")}, partial(collect, recipe=recipe), 2))
