"""Which permutations of the coordinates leave weight matrices unchanged."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from physym._typing import Float, Int
from physym.errors import DiscoveryFailed

MOST_COORDINATES = 8
CHUNK = 2048


def all_permutations(coordinates: int) -> Int[np.ndarray, "g d"]:
    """Every permutation of the coordinates but the identity: ``(P x)_i = x_order[i]``.

    Arguments:
        coordinates: their number d.

    Returns:
        Orders, shape ``(d! − 1, d)``.

    Raises:
        DiscoveryFailed: there are more than 8 coordinates, or only one.

    Example:
        >>> all_permutations(3)[0].tolist()
        [0, 2, 1]
    """
    if not 1 < coordinates <= MOST_COORDINATES:
        raise DiscoveryFailed(
            f"x has {coordinates} coordinates; every permutation is tried, for 2 to {MOST_COORDINATES} of them. "
            "Name the permutations that you expect and test them with Candidates(elements=…)."
        )
    return np.array(list(permutations(range(coordinates))))[1:]


def changes(weights: Float[np.ndarray, "T s s"], orders: Int[np.ndarray, "g d"]) -> Float[np.ndarray, "g"]:
    """How far each permutation is from ``P W Pᵀ = W``: the root-mean-square change over the tasks, 1 for unrelated matrices.

    Arguments:
        weights: W of each task, shape ``(T, s, s)``; where s exceeds d, the first ``s − d`` rows and columns stay.
        orders: permutations of d coordinates, shape ``(g, d)``.

    Returns:
        ``‖P W Pᵀ − W‖ / (√2 ‖W‖)``, shape ``(g,)``.

    Example:
        >>> changes(np.diag([1.0, 1.0, 0.0])[None], np.array([[1, 0, 2], [0, 2, 1]])).round(3).tolist()
        [0.0, 0.707]
    """
    fixed = weights.shape[1] - orders.shape[1]
    whole = np.concatenate([np.tile(np.arange(fixed), (len(orders), 1)), orders + fixed], axis=1)
    size = float((weights**2).sum())
    found = np.empty(len(orders))
    for i in range(0, len(orders), CHUNK):
        part = whole[i : i + CHUNK]
        overlap = sum(np.einsum("gij,ij->g", one[part[:, :, None], part[:, None]], one) for one in weights)
        found[i : i + CHUNK] = 1 - np.asarray(overlap) / max(size, np.finfo(float).tiny)
    return np.sqrt(np.maximum(found, 0.0))


def cycles(order: Int[np.ndarray, "d"]) -> str:
    """A permutation in cycle notation, counted from 1.

    Arguments:
        order: ``(P x)_i = x_order[i]``, shape ``(d,)``.

    Returns:
        For instance ``"(1 2)(3 4 5)"``.

    Example:
        >>> cycles(np.array([1, 0, 2])), cycles(np.array([1, 2, 0]))
        ('(1 2)', '(1 2 3)')
    """
    left, words = set(range(len(order))), ""
    while left:
        start = place = min(left)
        cycle = []
        while place in left:
            left.remove(place)
            cycle.append(place)
            place = int(order[place])
        words += f"({' '.join(str(i + 1) for i in cycle)})" if len(cycle) > 1 and cycle[0] == start else ""
    return words
