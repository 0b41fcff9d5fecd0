"""The scatter, the hints and the guard that every reader uses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.data.readers import detect_format, near_misses, reader_for, scatter
from physym.data.readers.base import reading, rounding_of
from physym.errors import CorruptFile, InvalidData, MissingField


def slow_scatter(flat: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The same with loops: the oracle."""
    out = np.zeros((len(counts), max(int(counts.max(initial=0)), 1), 4))
    position = 0
    for jet, count in enumerate(counts):
        for slot in range(count):
            out[jet, slot] = flat[position]
            position += 1
    return out


@given(st.lists(st.integers(0, 6), max_size=20))
def test_scatter_agrees_with_its_oracle(counts: list[int]) -> None:
    n = np.array(counts, dtype=np.int64)
    flat = np.arange(4.0 * n.sum()).reshape(-1, 4) + 1
    assert np.array_equal(scatter(flat, n), slow_scatter(flat, n))


def test_scatter_refuses_counts_that_do_not_fit() -> None:
    with pytest.raises(InvalidData, match=r"sum to 3; expected 2"):
        scatter(np.ones((2, 4)), np.array([1, 2]))


def test_near_misses_fall_back_on_what_is_there() -> None:
    assert near_misses("part_px", ["part_py", "zzz"]) == "Near misses: part_py."
    assert near_misses("abc", ["x1", "y2"]) == "Present: x1, y2."
    assert near_misses("abc", []) == "Present: nothing."
    assert near_misses("abc", [f"x{i}" for i in range(20)]).endswith("….")


def test_rounding_is_that_of_the_coarsest_column() -> None:
    assert rounding_of(np.ones(2), np.ones(2)) == 2.0**-53
    assert rounding_of(np.ones(2), np.ones(2, np.float16)) == 2.0**-24


def test_the_guard_names_the_file_but_lets_other_errors_through() -> None:
    def run(error: Exception) -> None:
        with reading(Path("a.root"), "ROOT"):
            raise error

    with pytest.raises(CorruptFile, match=r"a.root: cannot be read as ROOT \(IndexError"):
        run(IndexError("x"))
    with pytest.raises(MissingField):
        run(MissingField("no branch"))
    with pytest.raises(TypeError):  # a mistake in our own code is no sign of a broken file
        run(TypeError("x"))


@pytest.mark.parametrize(
    ("head", "found"),
    [(b"root\x00", "root"), (b"\x89HDF\r\n\x1a\n", "hdf5"), (b"PAR1", "parquet"), (b"PK\x03\x04", "npz"), (b"\x93NUMPY", "npz")],
)
def test_content_decides_the_format_not_the_name(head: bytes, found: str, tmp_path: Path) -> None:
    path = tmp_path / "misleading.dat"
    path.write_bytes(head + bytes(100))
    assert detect_format(path) == found
    assert reader_for(found).__module__ == f"physym.data.readers.{found}"


def test_les_houches_files_are_recognised_plain_and_zipped(tmp_path: Path) -> None:
    (tmp_path / "a.lhe").write_text('<?xml version="1.0"?>\n<LesHouchesEvents version="1.0">')
    (tmp_path / "b.lhe.gz").write_bytes(b"\x1f\x8b" + bytes(10))
    assert detect_format(tmp_path / "a.lhe") == detect_format(tmp_path / "b.lhe.gz") == "lhe"
