"""Parts of files hold every row once, in order, whatever the format."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from physym.data import Jets, Partition, iterate_jets, partitions
from physym.errors import InvalidData, MissingFile
from tests.discovery.streaming import files

Writer = Callable[[Path, Jets], Path]


@pytest.mark.parametrize("write", [files.hdf5, files.root, files.parquet])
@pytest.mark.parametrize("rows", [1, 300, 500, 10_000])
def test_parts_put_together_are_the_file(write: Writer, rows: int, tmp_path: Path) -> None:
    content = files.jets(7 if rows == 1 else 1234, 1)
    path = write(tmp_path / "jets.any", content)
    parts = partitions(path, rows=rows)
    edges = [part.rows or (0, 0) for part in parts]
    assert edges[0][0] == 0
    assert edges[-1][1] == len(content)
    assert all(a[1] == b[0] for a, b in pairwise(edges))
    chunks = [jets for part in parts for jets in iterate_jets(part.path, rows=part.rows, chunk_size=130)]
    assert np.array_equal(np.concatenate([jets.four_momenta for jets in chunks]), content.four_momenta)
    labels = [jets.labels for jets in chunks if jets.labels is not None]
    assert content.labels is not None
    assert np.array_equal(np.concatenate(labels), content.labels)


def test_formats_without_parts_are_a_part_each(tmp_path: Path) -> None:
    path = files.npz(tmp_path / "jets.npz", files.jets(50, 1))
    assert partitions(path, rows=10) == [Partition(path, "npz")]
    with pytest.raises(InvalidData, match="npz files are read as a whole"):
        next(iterate_jets(path, rows=(0, 10), order="E,px,py,pz"))


def test_files_keep_their_order(tmp_path: Path) -> None:
    paths = [files.hdf5(tmp_path / f"{name}.h5", files.jets(20, 1)) for name in "cab"]
    assert [part.path for part in partitions(paths, rows=100)] == paths
    assert [part.path.stem for part in partitions(str(tmp_path / "*.h5"), rows=100)] == ["a", "b", "c"]
    assert str(partitions(paths[0], rows=15)[1]) == f"{paths[0]}, rows 15 to 19"


def test_parquet_is_cut_between_row_groups_only(tmp_path: Path) -> None:
    path = files.parquet(tmp_path / "jets.parquet", files.jets(1000, 1), group=300)
    assert [part.rows for part in partitions(path, rows=400)] == [(0, 600), (600, 1000)]
    with pytest.raises(InvalidData, match="do not begin and end with a row group"):
        next(iterate_jets(path, rows=(0, 400)))


def test_wrong_rows_are_refused(tmp_path: Path) -> None:
    path = files.hdf5(tmp_path / "jets.h5", files.jets(20, 1))
    for rows in ((0, 21), (-1, 5), (6, 5)):
        with pytest.raises(InvalidData, match="it holds 20"):
            next(iterate_jets(path, rows=rows))
    with pytest.raises(InvalidData, match="of a single file"):
        next(iterate_jets([path, path], rows=(0, 5)))
    with pytest.raises(InvalidData, match="names no files"):
        partitions(np.ones((1, 1, 4)))  # type: ignore[arg-type]
    with pytest.raises(MissingFile):
        partitions(tmp_path / "none.h5")
