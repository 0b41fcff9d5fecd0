"""Fixtures that every test may use."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from physym import Jets

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("physym", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("physym")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Small matrices are slower on many threads; a test that imports torch runs it on one."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The shared data folder; what needs it is skipped, saying so, where it is missing."""
    folder = Path(os.environ.get("PHYSYM_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"needs the shared data folder ({folder} does not exist); set PHYSYM_SHARED to where it lies")
    return folder


@pytest.fixture(scope="session")
def sample_jets() -> Jets:
    """The 4,000 shipped jets of pythia_toptag."""
    from physym.data import Jets, load

    jets = load("pythia_toptag")
    if not isinstance(jets, Jets):
        pytest.fail(f"load('pythia_toptag') returned {type(jets).__name__}, not Jets")
    return jets
