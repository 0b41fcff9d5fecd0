"""Names that need torch load it, and nothing else does."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from physym import Rep, Samples, discovery
from physym.discovery.network.method import _folds


def loads(module: str, code: str) -> bool:
    """Whether a fresh interpreter has a module after ``code``."""
    code += f"\nimport sys; print({module!r} in sys.modules)"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()[-1] == "True"


def test_discovery_without_networks_does_not_load_torch() -> None:
    assert not loads("torch", "import physym; physym.discover; physym.Spectral")
    assert loads("numpy", "import physym; physym.discover")


def test_the_face_lists_its_names() -> None:
    assert {"LieGG", "Polarization", "polarization"} <= set(discovery.__all__)
    for name in discovery.__all__:
        assert getattr(discovery, name) is not None
    with pytest.raises(AttributeError, match=r"'LieGAG'.*LieGG"):
        discovery.LieGAG  # type: ignore[attr-defined]  # noqa: B018


def test_clusters_are_not_split_between_folds() -> None:
    cluster = np.repeat(np.arange(30) * 7, 4)
    rows = Samples(np.ones((120, 2)), rep_x=Rep("V", n=2), cluster=cluster)
    fold = _folds(rows, 5, 0)
    assert set(fold) == set(range(5))
    assert all(len(set(fold[cluster == one])) == 1 for one in set(cluster))


def test_folds_are_of_equal_size_and_follow_the_seed() -> None:
    rows = Samples(np.ones((103, 2)), rep_x=Rep("V", n=2))
    counts = np.bincount(_folds(rows, 5, 0))
    assert counts.max() - counts.min() <= 1
    assert np.array_equal(_folds(rows, 5, 0), _folds(rows, 5, 0))
    assert not np.array_equal(_folds(rows, 5, 0), _folds(rows, 5, 1))
