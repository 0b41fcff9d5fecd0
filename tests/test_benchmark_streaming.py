"""The benchmark of streaming runs on few jets; its figures are not judged here."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import streaming
from physym.errors import InvalidData


def test_figures_of_decoded_rows() -> None:
    rows = streaming.decoded(3000, repeats=2, seed=0)
    assert [row.repeats for row in rows] == [2] * 4
    assert "45 monomials" in rows[0].what


def test_few_jets_are_streamed_compared_and_removed() -> None:
    with streaming.files_of_jets(4000, 1) as paths:
        assert len(paths) == 1
        rows = streaming.processes(paths, 1)
        assert rows[1].value <= 1e-12
        alone = streaming.alone(paths)
        assert alone["rows"] == 4000
        assert 20 < alone["peak"] < 4000  # MiB
    assert not paths[0].exists()


def test_every_function_gets_its_own_time_after_a_round_to_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 9.0, 9.0, 9.0, 10.0, 11.0, 20.0, 23.0])
    monkeypatch.setattr(streaming, "process_time", lambda: next(clock))
    np.testing.assert_array_equal(streaming.core_seconds([lambda: None, lambda: None], repeats=1), [[1.0], [3.0]])


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from collections import namedtuple

    usage = namedtuple("usage", "free")
    monkeypatch.setattr(streaming.shutil, "disk_usage", lambda path: usage(1))
    with pytest.raises(InvalidData, match="set TMPDIR"), streaming.files_of_jets(10, 1):
        pytest.fail("files were written")
