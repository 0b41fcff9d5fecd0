"""IDX files: what was written comes back, and a damaged file is named."""

from __future__ import annotations

import gzip
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from physym.data.idx import TYPES, read_idx
from physym.errors import CorruptFile, MissingFile

CODES = {np.dtype(text).newbyteorder("="): code for code, text in TYPES.items()}


def idx(numbers: np.ndarray) -> bytes:
    """The bytes of an IDX file, written by the letter of its specification."""
    header = bytes([0, 0, CODES[numbers.dtype], numbers.ndim]) + b"".join(int(side).to_bytes(4, "big") for side in numbers.shape)
    return header + numbers.astype(numbers.dtype.newbyteorder(">")).tobytes()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", sorted(CODES, key=str), ids=str)
@given(st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_written_comes_back(dtype: np.dtype, packed: bool, tmp_path: Path, data: st.DataObject) -> None:
    numbers = data.draw(arrays(dtype, array_shapes(max_dims=4, max_side=4)))
    file = tmp_path / "numbers"
    file.write_bytes(gzip.compress(idx(numbers)) if packed else idx(numbers))
    found = read_idx(file)
    assert found.dtype == dtype
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, numbers)


def test_the_magic_numbers_are_those_of_mnist() -> None:
    """2051 for the pictures and 2049 for the labels, as the publisher states."""
    assert int.from_bytes(idx(np.zeros((1, 2, 2), np.uint8))[:4], "big") == 2051
    assert int.from_bytes(idx(np.zeros(1, np.uint8))[:4], "big") == 2049


@pytest.mark.parametrize("cut", [0, 1, 3, 4, 9, 15, 16, 20, 39])
def test_a_truncated_file_is_named(cut: int, tmp_path: Path) -> None:
    whole = idx(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
    assert len(whole) == 16 + prod((2, 3, 4))
    file = tmp_path / "cut"
    file.write_bytes(whole[:cut])
    with pytest.raises(CorruptFile, match="cut"):
        read_idx(file)


def test_a_longer_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(idx(np.zeros(3, np.uint8)) + b"\x00")
    with pytest.raises(CorruptFile, match=r"\(3,\) numbers in 3 bytes, and 4 follow"):
        read_idx(tmp_path / "long")


def test_an_absurd_header_takes_no_memory(tmp_path: Path) -> None:
    (tmp_path / "absurd").write_bytes(bytes([0, 0, 0x0E, 3]) + b"\xff" * 12 + b"\x00" * 8)
    with pytest.raises(CorruptFile, match="truncated"):
        read_idx(tmp_path / "absurd")


@pytest.mark.parametrize("content", [b"\x00\x00\x07\x01\x00\x00\x00\x01\x05", b"\x00\x00\x08\x00", b"\x01\x00\x08\x01\x00\x00\x00\x01\x05"])
def test_another_format_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(CorruptFile, match="an IDX file starts with 00 00"):
        read_idx(tmp_path / "other")


@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: packed[:12] + b"\xff\xff" + packed[14:]])
def test_a_damaged_archive_is_named(damage, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "bad.gz").write_bytes(damage(gzip.compress(idx(np.arange(200, dtype=np.uint8)))))
    with pytest.raises(CorruptFile, match=r"bad\.gz: cannot be unpacked"):
        read_idx(tmp_path / "bad.gz")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="none"):
        read_idx(tmp_path / "none")
