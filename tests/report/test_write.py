"""A card is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from physym import report
from physym._files import write_atomically
from physym.algebra import load_algebra
from physym.errors import InvalidData, MissingFile, SnapRejected
from physym.report import write_card
from tests.report.discoveries import lorentz, nothing


def test_the_four_files(tmp_path: Path) -> None:
    found = lorentz()
    paths = write_card(found, tmp_path / "new" / "report")
    assert sorted(path.name for path in paths) == ["algebra.json", "algebra.png", "algebra.tex", "card.txt"]
    assert sorted(p.name for p in (tmp_path / "new" / "report").iterdir()) == sorted(p.name for p in paths)
    assert found.exact is not None
    assert load_algebra(tmp_path / "new" / "report" / "algebra.json").exact == found.exact.exact


def test_without_a_generator_there_is_no_algebra_file(tmp_path: Path) -> None:
    assert sorted(path.name for path in write_card(nothing(), tmp_path)) == ["algebra.png", "algebra.tex", "card.txt"]


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("mine")
    with pytest.raises(InvalidData, match="report is a file"):
        write_card(lorentz(), tmp_path / "report")
    assert (tmp_path / "report").read_text() == "mine"


def test_a_failure_while_rendering_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise SnapRejected("made up")

    monkeypatch.setattr(report.write, "algebra_figure", fail)
    with pytest.raises(SnapRejected):
        write_card(lorentz(), tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_writing_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    write_atomically(tmp_path / "a.txt", "old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("made up")))
    with pytest.raises(OSError, match="made up"):
        write_atomically(tmp_path / "a.txt", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_missing_folder_and_one_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="nowhere"):
        write_atomically(tmp_path / "nowhere" / "a.txt", "")
    if Path("/proc").is_dir():
        with pytest.raises(OSError, match=r"cannot be written.*/proc/a\.txt"):
            write_atomically("/proc/a.txt", "")
