"""Archives are read without unpickling, and the rows of a split are those that bear its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from physym.data.npz import chosen_rows, read_npz
from physym.errors import CorruptFile, MissingField, MissingFile, ShapeError

NAMES = np.array(["train", "test", "train", "validation"])


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", a=np.arange(3), b=np.array("text"))
    found = read_npz(tmp_path / "some.npz")
    assert sorted(found) == ["a", "b"]
    assert found["a"].tolist() == [0, 1, 2]
    assert str(found["b"]) == "text"


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "pickled.npz", a=np.array([{"any": "object"}], dtype=object))
    with pytest.raises(CorruptFile, match=r"pickled\.npz"):
        read_npz(tmp_path / "pickled.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"text"])
def test_other_files_are_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "other.npz").write_bytes(content)
    with pytest.raises(CorruptFile, match=r"other\.npz: cannot be read as npz"):
        read_npz(tmp_path / "other.npz")
    with pytest.raises(MissingFile):
        read_npz(tmp_path / "none.npz")


def test_splits_make_the_whole() -> None:
    rows = [chosen_rows({"split": NAMES}, name, Path("f"), count=4) for name in ("train", "test", "validation")]
    assert [part.tolist() for part in rows] == [[0, 2], [1], [3]]
    assert chosen_rows({"split": NAMES}, None, Path("f"), count=4).tolist() == [0, 1, 2, 3]
    assert chosen_rows({}, None, Path("f"), count=2).tolist() == [0, 1]


def test_what_is_no_split_is_named() -> None:
    with pytest.raises(MissingField, match="present: test, train, validation"):
        chosen_rows({"split": NAMES}, "dev", Path("f"), count=4)
    with pytest.raises(MissingField, match="present: none"):
        chosen_rows({}, "train", Path("f"), count=4)
    with pytest.raises(ShapeError, match=r"expected \(5,\)"):
        chosen_rows({"split": NAMES}, "train", Path("f"), count=5)
