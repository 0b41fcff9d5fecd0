"""Parquet files through pyarrow, row group by row group."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from physym.data.readers.base import RawJets, Request, reading, refuse_unused, span
from physym.data.readers.tables import build, plan
from physym.errors import InvalidData


def read(path: Path, request: Request) -> Iterator[RawJets]:
    """Jets of a Parquet file, chunk by chunk; only the columns that are needed are read.

    Arguments:
        path: the file.
        request: what to read.

    Returns:
        Chunks of at most ``request.chunk_size`` rows.

    Raises:
        CorruptFile: no readable Parquet file.
        MissingField: columns that make no four-momentum; near misses are listed.

    Example:
        >>> import pyarrow as pa, pyarrow.parquet as pq, tempfile
        >>> file = Path(tempfile.mkdtemp()) / "jets.parquet"
        >>> pq.write_table(pa.table({name: [[3.0, 1.0], [2.0]] for name in ("pt", "eta", "phi", "mass")}), file)
        >>> next(read(file, Request())).four_momenta.shape
        (2, 2, 4)
    """
    import awkward as ak
    import pyarrow as pa
    import pyarrow.parquet as pq

    refuse_unused(request, str(path), "split")
    with reading(path, "Parquet"), pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        vectors = [column.name for column in schema if pa.types.is_nested(column.type) and pa.types.is_struct(_item(column.type))]
        chosen = plan(schema.names, request, str(path), vectors=vectors)
        groups = _groups(file, request, path)
        for batch in file.iter_batches(batch_size=request.chunk_size, row_groups=groups, columns=list(chosen.columns)):
            yield build(chosen, {name: ak.from_arrow(batch.column(name)) for name in chosen.columns}, str(path))


def cuts(path: Path, request: Request, rows: int) -> tuple[int, ...]:
    """Edges of row groups at which the file may be cut into parts of at least ``rows`` rows, from 0 to the number of rows.

    Raises:
        CorruptFile: no readable Parquet file.

    Example:
        >>> import pyarrow as pa, pyarrow.parquet as pq, tempfile
        >>> file = Path(tempfile.mkdtemp()) / "jets.parquet"
        >>> pq.write_table(pa.table({"pt": [1.0] * 5}), file, row_group_size=1)
        >>> cuts(file, Request(), 2)
        (0, 2, 4, 5)
    """
    import pyarrow.parquet as pq

    with reading(path, "Parquet"), pq.ParquetFile(path) as file:
        edges, found = _edges(file), [0]
        for edge in edges[1:]:
            if edge - found[-1] >= rows or edge == edges[-1]:
                found.append(edge)
        return tuple(found)


def _edges(file: Any) -> list[int]:
    return [0, *accumulate(file.metadata.row_group(i).num_rows for i in range(file.num_row_groups))]


def _groups(file: Any, request: Request, path: Path) -> list[int]:
    """The row groups that make up the rows asked for."""
    edges = _edges(file)
    first, last = span(request, edges[-1], str(path))
    if not {first, last} <= set(edges):
        raise InvalidData(f"{path}: rows {first} to {last} do not begin and end with a row group; `cuts` gives the row numbers that do.")
    return [i for i, (start, stop) in enumerate(pairwise(edges)) if first <= start and stop <= last]


def _item(kind: object) -> object:
    return getattr(kind, "value_type", kind)
