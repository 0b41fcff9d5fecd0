"""Parquet files through pyarrow, row group by row group."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from physym.data.readers.base import RawJets, Request, reading, refuse_unused
from physym.data.readers.tables import build, plan


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
        for batch in file.iter_batches(batch_size=request.chunk_size, columns=list(chosen.columns)):
            yield build(chosen, {name: ak.from_arrow(batch.column(name)) for name in chosen.columns}, str(path))


def _item(kind: object) -> object:
    return getattr(kind, "value_type", kind)
