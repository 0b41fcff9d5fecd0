"""The error bars that a result shows are those that its scatter has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import physym

MINKOWSKI = np.diag([1.0, -1.0, -1.0, -1.0])


@pytest.mark.parametrize("noise", [0.01, 0.05])
def test_the_metric_lies_within_its_error_bars(sample_jets: physym.Jets, noise: float) -> None:
    pulls = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        rows = sample_jets[rng.permutation(len(sample_jets))[:2000]].samples()
        found = physym.discover(replace(rows, x=rows.x * (1 + noise * rng.normal(size=rows.x.shape))), level="support")
        assert found.metric is not None
        # off-diagonal entries and the spatial diagonal; the energy follows from |det J| = 1
        entries = np.triu_indices(4)
        deviations, errors = (found.metric.matrix - MINKOWSKI)[entries], found.metric.errors[entries]
        assert (errors > 0).all()
        pulls.append(deviations / errors)
    assert 0.7 < np.sqrt(np.mean(np.square(pulls))) < 1.4


def test_wrong_error_bars_would_be_seen() -> None:
    pulls = np.random.default_rng(0).normal(size=(10, 10)) * 3
    assert not 0.7 < np.sqrt(np.mean(np.square(pulls))) < 1.4
