"""What a network is fitted to: targets as columns, or 0/1 labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float
from physym.data import Samples
from physym.errors import DiscoveryFailed

FEWEST_ROWS = 100


@dataclass(frozen=True, eq=False)
class Target:
    """Targets of a network.

    Arguments:
        values: shape ``(N, q)``; 0 or 1 where ``logit``.
        logit: the network is the logit of the label.
        moving: the columns move by ``rep_y`` and not invariant.

    Example:
        >>> Target(np.zeros((3, 1)), True, False).values.shape
        (3, 1)
    """

    values: Float[np.ndarray, "N q"]
    logit: bool
    moving: bool


def target_of(samples: Samples) -> Target:
    """The targets of samples for a network.

    Arguments:
        samples: rows with y of shape ``(N,)`` or ``(N, q)``: two classes, numbers, or vectors that move by ``rep_y``.

    Returns:
        The columns.

    Raises:
        DiscoveryFailed: there is no y, it is constant or of more than two classes, or there are too few rows.

    Example:
        >>> from physym.algebra import Rep
        >>> rows = Samples(np.ones((200, 2)), rep_x=Rep("V", n=2), y=np.arange(200) % 2)
        >>> target_of(rows).logit
        True
    """
    if samples.y is None:
        raise DiscoveryFailed("the samples carry no labels or targets y")
    given = np.asarray(samples.y)
    if given.ndim > 2:
        raise DiscoveryFailed(f"y has shape {given.shape}; (N,) or (N, q) is needed")
    if len(samples) < FEWEST_ROWS:
        raise DiscoveryFailed(f"{len(samples)} rows; a network needs at least {FEWEST_ROWS}")
    moving = samples.rep_y is not None and bool(np.abs(samples.rep_y.drho(_generic(samples.rep_y.n))).max(initial=0.0) > 0)
    if samples.rep_y is not None and (given.ndim < 2 or given.shape[1] != samples.rep_y.dim) and moving:
        raise DiscoveryFailed(f"y has shape {given.shape}; {samples.rep_y!r} was expected to have {samples.rep_y.dim} columns")
    values, label = np.unique(given, return_inverse=True)
    if len(values) < 2:
        raise DiscoveryFailed("all rows carry the same y")
    if given.ndim == 1 and len(values) == 2:
        return Target(label.reshape(-1, 1).astype(np.float64), True, False)
    if np.issubdtype(given.dtype, np.integer) and given.ndim == 1:
        raise DiscoveryFailed(f"y has {len(values)} classes; give two classes, or a real-valued target")
    return Target(given.reshape(len(given), -1).astype(np.float64), False, moving)


def _generic(n: int) -> Float[np.ndarray, "n n"]:
    """A matrix with no entry zero and no two equal: it moves whatever any matrix moves."""
    return np.arange(1.0, n * n + 1).reshape(n, n) ** 1.5
