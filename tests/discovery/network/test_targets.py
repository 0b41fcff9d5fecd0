"""What a network is fitted to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physym import Rep, Samples
from physym.discovery.network.targets import FEWEST_ROWS, target_of
from physym.errors import DiscoveryFailed

X = np.random.default_rng(0).normal(size=(200, 2))
ROWS = Samples(X, rep_x=Rep("V", n=2), y=X[:, 0])


def test_numbers_are_columns() -> None:
    found = target_of(ROWS)
    assert found.values.shape == (200, 1)
    assert not found.logit
    assert not found.moving
    assert target_of(replace(ROWS, y=X)).values.shape == (200, 2)


@pytest.mark.parametrize("labels", [np.arange(200) % 2, np.where(X[:, 0] > 0, 7.0, -1.0), np.where(X[:, 0] > 0, "top", "qcd")])
def test_two_values_are_a_label(labels: np.ndarray) -> None:
    found = target_of(replace(ROWS, y=labels))
    assert found.logit
    assert set(found.values.ravel()) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("rep_y", "width", "moving"), [(Rep("V", n=2), 2, True), (Rep("2S", n=2), 2, False), (None, 2, False), (Rep("V V*", n=2), 4, True)]
)
def test_vectors_move_and_scalars_do_not(rep_y: Rep | None, width: int, moving: bool) -> None:
    y = np.random.default_rng(1).normal(size=(200, width))
    assert target_of(replace(ROWS, y=y, rep_y=rep_y)).moving is moving


@pytest.mark.parametrize(
    ("y", "rep_y", "message"),
    [
        (None, None, "no labels or targets"),
        (np.ones((200, 2, 2)), None, r"\(N,\) or \(N, q\)"),
        (np.ones(200), None, "the same y"),
        (np.arange(200) % 4, None, "4 classes"),
        (X, Rep("2V", n=2), "expected to have 4 columns"),
        (X[:, 0], Rep("V", n=2), "expected to have 2 columns"),
    ],
)
def test_what_cannot_be_fitted_is_refused(y: np.ndarray | None, rep_y: Rep | None, message: str) -> None:
    with pytest.raises(DiscoveryFailed, match=message):
        target_of(replace(ROWS, y=y, rep_y=rep_y))


def test_few_rows_are_refused() -> None:
    few = FEWEST_ROWS - 1
    with pytest.raises(DiscoveryFailed, match=f"{few} rows; a network needs at least {FEWEST_ROWS}"):
        target_of(Samples(X[:few], rep_x=Rep("V", n=2), y=X[:few, 0]))
