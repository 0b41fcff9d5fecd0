"""A run that is killed at any point goes on from its checkpoint and ends where it would have ended, to the last bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_twenty_kills_change_no_bit(tmp_path: Path, root: Path) -> None:
    program = root / "tests" / "discovery" / "adversarial" / "killing.py"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    ran = subprocess.run(
        [sys.executable, str(program), str(tmp_path), str(KILLS), "1"], capture_output=True, text=True, env=environment, check=False
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["kills"] == KILLS
    assert set(said["found"]) == {said["truth"]}
    assert not list(tmp_path.glob("*.trials"))
