"""The same sums on a Dask cluster: equal to one process, and nothing is lost with a worker."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from physym.data import Partition, partitions
from physym.discovery import Discovery, discover_files
from physym.discovery.streaming.collect import collect
from physym.discovery.streaming.engines import in_this_process, on_cluster
from physym.discovery.streaming.merge import merged
from physym.discovery.streaming.recipe import Recipe
from physym.errors import CorruptFile, InvalidData
from tests.discovery.streaming import files

pytestmark = pytest.mark.dask
distributed = pytest.importorskip("distributed", reason="needs the extra 'dask'")

RECIPE = Recipe(row_degree=2, wide_degree=3, labelled=True, gram_scale=256.0, row_scale=(128.0,) * 8)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster")
    for seed in (1, 2):
        content = files.jets(1200, seed)
        files.hdf5(folder / f"{seed}.h5", content)
        files.root(folder / f"{seed}.root", content)
        files.parquet(folder / f"{seed}.parquet", content, group=400)
    return folder


@pytest.fixture(scope="module")
def parts(folder: Path) -> list[Partition]:
    return partitions(sorted(folder.glob("*.h5")), rows=400)


def largest_difference(one: Discovery, other: Discovery) -> float:
    """Of the matrices of the three equations, in units of their largest entry."""
    pairs = zip(one.levels, other.levels, strict=True)
    return max(float(np.abs(a.equation.matrix - b.equation.matrix).max() / np.abs(a.equation.matrix).max()) for a, b in pairs)


def test_a_cluster_gives_what_one_process_gives(client: Any, parts: list[Partition]) -> None:
    work = partial(collect, recipe=RECIPE)
    ours, alone = merged(parts, work, partial(on_cluster, client=client)), merged(parts, work, in_this_process)
    assert ours.total.jets == 2400
    assert files.difference(ours.total, alone.total) <= 1e-12


def test_discovery_on_a_cluster(client: Any, folder: Path, tmp_path: Path) -> None:
    paths = sorted(folder.glob("*.h5"))
    alone = discover_files(paths, level="all", rows=400)
    ours = discover_files(paths, level="all", rows=400, client=client, cache=tmp_path)
    assert largest_difference(ours, alone) <= 1e-12
    assert ours.identification.name == "so(1,3) ⊕ R"
    again = discover_files(paths, level="all", rows=400, client=client, cache=tmp_path)
    assert again.provenance["parts"] == "6, 6 of them from the cache"


def test_a_killed_worker_of_the_cluster_loses_nothing(client: Any, parts: list[Partition], tmp_path: Path) -> None:
    marker = tmp_path / "killed"
    work = partial(files.lethal_once, recipe=RECIPE, marker=marker, victim=400)
    found = merged(parts, work, partial(on_cluster, client=client))
    assert marker.exists()
    assert files.difference(found.total, merged(parts, partial(collect, recipe=RECIPE), in_this_process).total) <= 1e-12


def test_an_error_on_the_cluster_arrives_as_it_is(client: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"\x89HDF\r\n\x1a\n and then nothing")
    with pytest.raises(CorruptFile, match=r"broken\.h5"):
        dict(on_cluster({0: Partition(broken, "hdf5")}, partial(collect, recipe=RECIPE), client))


def test_collections_of_uproot_and_dask_awkward(client: Any, folder: Path) -> None:
    """What uproot.dask and dask-awkward read lazily is summed where it lies."""
    dask_awkward = pytest.importorskip("dask_awkward", reason="needs the extra 'dask'")
    import uproot

    reference = discover_files([folder / "1.root", folder / "2.root"], level="all")
    from_root = uproot.dask([{folder / f"{seed}.root": "tree"} for seed in (1, 2)], open_files=False)  # open files cannot be sent
    from_parquet = dask_awkward.from_parquet([str(folder / f"{seed}.parquet") for seed in (1, 2)])
    for collection in (from_root, from_parquet):
        found = discover_files(collection, level="all", client=client)
        assert [level.rows for level in found.levels] == [level.rows for level in reference.levels]
        assert largest_difference(found, reference) <= 1e-9  # Parquet and ROOT keep the numbers, parts may differ
        assert found.provenance["source"] == "2,400 jets"
    with pytest.raises(InvalidData, match="give client="):
        discover_files(from_root)
