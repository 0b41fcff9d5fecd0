"""Every example runs as a user runs it: no arguments, no network, a printed result and a figure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).resolve().parent.parent / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(path: Path, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PHYSYM_FIGURES": str(tmp_path),
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(path.parent.parent),
        "no_proxy": "",
        "https_proxy": "http://127.0.0.1:9",  # nothing answers there: an example that needs the network fails
    }
    run = subprocess.run([sys.executable, str(path)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert len(run.stdout.splitlines()) >= 3
    figures = list(tmp_path.glob("*.png"))
    assert [figure.stem for figure in figures] == [path.stem]
    assert figures[0].read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    assert "sys.argv" not in text
    assert text.startswith('"""')


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4
