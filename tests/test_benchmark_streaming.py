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
        assert rows[1].value == 0.0
        alone = streaming.alone(paths)
        assert alone["rows"] == 4000
        assert 20 < alone["peak"] < 4000  # MiB
    assert not paths[0].exists()


def test_processor_time_counts_work_only() -> None:
    import time

    work, sleep = streaming.core_seconds([lambda: np.linalg.svd(np.ones((200, 200))), lambda: time.sleep(0.05)], repeats=1)
    assert sleep[0] < 0.04
    assert work[0] > 0


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from collections import namedtuple

    usage = namedtuple("usage", "free")
    monkeypatch.setattr(streaming.shutil, "disk_usage", lambda path: usage(1))
    with pytest.raises(InvalidData, match="set TMPDIR"), streaming.files_of_jets(10, 1):
        pytest.fail("files were written")
