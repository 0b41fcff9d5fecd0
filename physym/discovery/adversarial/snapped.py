"""A discrete step made exact: the signed permutation, or the rotation by rational parts of a turn, that lies nearest to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float

NEAR_WHOLE = 0.25  # entries this near to whole numbers may be those of a permutation
NEAR_PART = 0.05  # rad by which an angle may miss a rational part of a turn
TELLS = 0.01  # rad: a larger order must lie nearer by this to be preferred to a smaller one
HIGHEST_ORDER = 16
UNMOVED = 0.05  # rad: smaller angles count as none


@dataclass(frozen=True, eq=False)
class FiniteStep:
    """An exact element of finite order near a measured one.

    Arguments:
        matrix: the element, shape ``(n, n)``.
        order: smallest number of times it gives the identity.

    Example:
        >>> FiniteStep(-np.eye(2), 2).order
        2
    """

    matrix: Float[np.ndarray, "n n"]
    order: int


def finite_step(element: Float[np.ndarray, "n n"]) -> FiniteStep | None:
    """The exact element of finite order that a measured one lies near.

    The element is made orthogonal and its angles become multiples of 2π/k, for the smallest k for which they lie about as near as for
    any. A signed permutation is preferred, unless it lies more than twice as far away.

    Arguments:
        element: measured, shape ``(n, n)``.

    Returns:
        The exact element, or None where none of order ≤ 16 is near.

    Example:
        >>> turn = 2 * np.pi / 7 + 0.01
        >>> found = finite_step(np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]))
        >>> found.order, float(round(found.matrix[1, 0] - np.sin(2 * np.pi / 7), 12))
        (7, 0.0)
    """
    left, _, right = np.linalg.svd(element)
    turned, whole = _nearest_turn(left @ right), np.round(element)
    if np.abs(element - whole).max() >= NEAR_WHOLE or not np.array_equal(np.abs(whole) @ np.abs(whole).T, np.eye(len(whole))):
        return turned
    if turned is not None and np.linalg.norm(element - whole) > 2 * np.linalg.norm(element - turned.matrix):
        return turned
    order = _order(whole)
    return None if order == 1 else FiniteStep(whole, order)


def _nearest_turn(orthogonal: Float[np.ndarray, "n n"]) -> FiniteStep | None:
    from scipy.linalg import schur

    form, basis = schur(orthogonal, output="real")
    angles, place = [], 0
    blocks: list[tuple[int, int]] = []
    while place < len(form):
        size = 2 if place + 1 < len(form) and abs(form[place + 1, place]) > 1e-9 else 1
        block = form[place : place + size, place : place + size]
        angles.append(float(np.arctan2(block[-1, 0], block[0, 0])) if size == 2 else (0.0 if block[0, 0] > 0 else np.pi))
        blocks.append((place, size))
        place += size
    exact = _parts_of_a_turn(np.array(angles))
    if exact is None:
        return None
    turned, order = exact
    ideal = np.zeros_like(form)
    for (start, size), angle in zip(blocks, turned, strict=True):
        cos, sin = np.cos(angle), np.sin(angle)
        ideal[start : start + size, start : start + size] = [[cos, -sin], [sin, cos]] if size == 2 else np.sign(cos)
    return FiniteStep(basis @ ideal @ basis.T, order)


def _parts_of_a_turn(angles: Float[np.ndarray, "m"]) -> tuple[Float[np.ndarray, "m"], int] | None:
    """Angles rounded to multiples of 2π/k for the smallest k that serves all about as well as any, and k."""
    found = []
    for order in range(2, HIGHEST_ORDER + 1):
        part = 2 * np.pi / order
        nearest = np.round(angles / part) * part
        missed = float(np.abs(angles - nearest).max(initial=0.0))
        if missed < NEAR_PART and np.abs(nearest).max(initial=0.0) > UNMOVED:
            found.append((missed, order, nearest))
    if not found or np.abs(angles).max(initial=0.0) < UNMOVED:
        return None
    best = min(missed for missed, _, _ in found)
    return next((nearest, order) for missed, order, nearest in found if missed <= best + TELLS)


def _order(element: Float[np.ndarray, "n n"]) -> int:
    power, order = element, 1
    while not np.array_equal(power, np.eye(len(element))):
        power, order = power @ element, order + 1
    return order
