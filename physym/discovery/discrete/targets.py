"""Targets y as columns: labels by class, numbers in units of their spread, vectors that turn with x."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float
from physym.data import Samples
from physym.errors import DiscoveryFailed, ShapeError

MOST_CLASSES = 10


@dataclass(frozen=True, eq=False)
class Targets:
    """Targets as float64 columns.

    Arguments:
        columns: shape ``(N, t)``; ``t = 0`` where there are none.
        vectors: how many copies of the vector of x the columns are; 0 where they do not move with x.
        labels: whether the columns are indicators of classes.

    Example:
        >>> Targets(np.zeros((5, 0))).columns.shape
        (5, 0)
    """

    columns: Float[np.ndarray, "N t"]
    vectors: int = 0
    labels: bool = False


def targets(samples: Samples) -> Targets:
    """The targets of samples as columns.

    Whole numbers with at most ten values count as classes, each of which becomes an indicator (one is left out: they add up to one).
    Other numbers are centred and measured in units of their spread. Vectors of ``rep_y`` are kept as they are.

    Arguments:
        samples: N rows.

    Returns:
        Columns of shape ``(N, t)``.

    Raises:
        ShapeError: y has more than two axes, or other columns than ``rep_y`` says.
        DiscoveryFailed: y is constant, holds NaN, or moves by a representation that is not a number of copies of the vector.

    Example:
        >>> from physym.algebra import Rep
        >>> rows = Samples(np.ones((4, 2)), rep_x=Rep("V", n=2), y=np.array([0, 1, 1, 0]))
        >>> targets(rows).columns.ravel().tolist()
        [1.0, 0.0, 0.0, 1.0]
    """
    if samples.y is None:
        return Targets(np.zeros((len(samples), 0)))
    given = np.asarray(samples.y)
    if given.ndim > 2:
        raise ShapeError(f"y has shape {given.shape}; a discrete search takes (N,) or (N, t).")
    moving = not _invariant(samples)
    if (given.ndim == 1 and given.dtype.kind in "biu") or given.dtype.kind in "US":
        classes = np.unique(given)
        if len(classes) == 1:
            raise DiscoveryFailed(
                f"all {len(given)} labels are {classes[0].item()!r}; a symmetry of a constant says nothing. Give more classes."
            )
        if len(classes) <= MOST_CLASSES or given.dtype.kind in "US":
            return Targets((given[:, None] == classes[:-1]).astype(np.float64), labels=True)
    columns = given.reshape(len(given), -1).astype(np.float64)
    if not np.isfinite(columns).all():
        raise DiscoveryFailed("y holds NaN or infinite values; drop or repair these rows.")
    if not moving:
        spread = columns.std(0)
        if not (spread > 1e-12 * np.abs(columns).max()).any():
            raise DiscoveryFailed("y is constant; a symmetry of a constant says nothing. Give targets that vary.")
        return Targets((columns - columns.mean(0))[:, spread > 0] / spread[spread > 0])
    copies = None if samples.rep_y is None else samples.rep_y.copies_of_vector
    if copies is None or columns.shape[1] != copies * samples.n:
        raise DiscoveryFailed(f"y moves by {samples.rep_y!r}; a discrete search takes invariant targets or copies of the vector of x.")
    return Targets(columns, vectors=copies)


def _invariant(samples: Samples) -> bool:
    return samples.rep_y is None or bool(np.abs(samples.rep_y.drho(np.eye(samples.rep_y.n))).max(initial=0.0) == 0)
