"""Parquet: lists of structs beside lists of numbers."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from physym.data import iterate_jets, load_jets
from physym.errors import MissingField

pytestmark = pytest.mark.filterwarnings("ignore::physym.errors.PhysymWarning")


@pytest.mark.parametrize("names", [("E", "px", "py", "pz"), ("pz", "E", "py", "px")])
def test_lists_of_structs_are_read_by_name(names: tuple[str, ...], tmp_path: Path) -> None:
    values = {"E": 5.0, "px": 3.0, "py": 4.0, "pz": 0.0}
    particle = {name: values[name] for name in names}
    second = {name: 2 * value for name, value in particle.items()}
    table = pa.table({"event": [1, 2], "particles": [[particle, second], [second]], "label": [1, 0]})
    pq.write_table(table, tmp_path / "a.parquet")
    jets = load_jets(tmp_path / "a.parquet")
    assert jets.four_momenta[0, :, 0].tolist() == [10.0, 5.0]
    assert jets.multiplicity.tolist() == [2, 1]
    assert jets.labels is not None
    assert jets.labels.tolist() == [1, 0]


def test_row_groups_stream(tmp_path: Path) -> None:
    columns = {name: [[float(k + 1)] for k in range(50)] for name in ("pt", "eta", "phi", "mass")}
    pq.write_table(
        pa.table({name: columns[name] if name in ("pt", "mass") else [[0.1]] * 50 for name in columns}),
        tmp_path / "a.parquet",
        row_group_size=7,
    )
    assert sum(len(jets) for jets in iterate_jets(tmp_path / "a.parquet", chunk_size=7)) == 50


def test_columns_that_make_no_momentum_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"weight": [1.0]}), tmp_path / "a.parquet")
    with pytest.raises(MissingField, match="Present: weight"):
        load_jets(tmp_path / "a.parquet")
