"""Samples as tensors: the columns that the group moves, the targets and labels that it leaves, and which rows are held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from physym.data import Samples
from physym.discovery.adversarial.base import Rows
from physym.discovery.spectral.frame import Search
from physym.errors import DiscoveryFailed

HELD_OUT = 0.15
FEWEST_ROWS = 40
FEWEST_KEPT, FEWEST_HELD = 10, 4


def rows_of(samples: Samples, search: Search, *, seed: int) -> Rows:
    """Samples as tensors, in the coordinates of the search.

    Arguments:
        samples: rows; those with padded vectors are left out.
        search: the matrices with their frame.
        seed: chooses the held-out clusters.

    Returns:
        The rows.

    Raises:
        DiscoveryFailed: fewer than 40 rows without padding, fewer than 8 clusters, or clusters so uneven that one holds nearly all rows.

    Example:
        >>> from physym.algebra import Rep
        >>> from physym.discovery.spectral.search import search_of
        >>> samples = Samples(np.ones((100, 2)), rep_x=Rep("V", n=2), y=np.linspace(0, 1, 100))
        >>> rows_of(samples, search_of(samples, None), seed=0).target.shape
        torch.Size([100, 1])
    """
    whole = np.ones(len(samples), dtype=bool) if samples.mask is None else samples.mask.all(1)
    cluster = np.arange(len(samples)) if samples.cluster is None else samples.cluster
    cluster = np.unique(cluster[whole], return_inverse=True)[1]
    clusters = int(cluster.max(initial=-1)) + 1
    if whole.sum() < FEWEST_ROWS or clusters < 8:
        raise DiscoveryFailed(
            f"{samples.source}: {int(whole.sum())} rows without padding in {clusters} independent clusters; adversarial training with "
            f"held-out rows needs at least {FEWEST_ROWS} rows in 8 clusters. Give more data, or use Spectral()."
        )
    x = samples.x if samples.grid else search.entered(samples).x
    together = samples.moves_y
    moving = np.concatenate([x, _next_states(samples, search)], axis=1) if together else x
    label, target = (None, None) if together else _label_and_target(samples)
    order = np.random.default_rng(seed).permutation(clusters)
    held = np.isin(cluster, order[: max(1, round(HELD_OUT * clusters))])
    require_enough(samples.source, kept=int((~held).sum()), held=int(held.sum()))
    count = len(samples)
    return Rows(
        torch.from_numpy(np.ascontiguousarray(moving[whole])),
        x.shape[1],
        torch.from_numpy((np.zeros((count, 0)) if target is None else target)[whole]),
        torch.from_numpy((np.zeros(count, dtype=np.int64) if label is None else label)[whole]),
        1 if label is None else int(label.max()) + 1,
        samples.rep_x.copies_of_vector or 0,
        torch.from_numpy(np.flatnonzero(held)),
        torch.from_numpy(np.flatnonzero(~held)),
        samples.grid,
    )


def require_enough(source: str, *, kept: int, held: int) -> None:
    """Refuse a split in which a player is trained on next to nothing, or judged on it.

    Raises:
        DiscoveryFailed: fewer than 10 rows are trained on, or fewer than 4 held out.

    Example:
        >>> require_enough("memory", kept=34, held=6)
    """
    if kept < FEWEST_KEPT or held < FEWEST_HELD:
        raise DiscoveryFailed(
            f"{source}: the split by clusters leaves {kept} rows to train on and {held} held out; at least {FEWEST_KEPT} and {FEWEST_HELD} "
            "are needed. Give more rows, or clusters of similar size, or use Spectral()."
        )


def _next_states(samples: Samples, search: Search) -> np.ndarray:
    """y that moves along with x, in the same coordinates as x."""
    y = np.asarray(samples.y, dtype=np.float64)
    if search.frame is None or samples.rep_y is None:
        return y
    return search.entered(replace(samples, x=y, rep_x=samples.rep_y, y=None, rep_y=None, mask=None)).x


def _label_and_target(samples: Samples) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Classes where y holds whole numbers or two values, else real targets."""
    if samples.y is None:
        return None, None
    y = np.asarray(samples.y)
    values, number = np.unique(y, return_inverse=True)
    if y.ndim == 1 and (len(values) == 2 or not np.issubdtype(y.dtype, np.inexact)):
        return number.astype(np.int64), None
    return None, y.reshape(len(y), -1).astype(np.float64)
