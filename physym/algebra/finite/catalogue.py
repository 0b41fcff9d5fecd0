"""The finite groups of the textbooks as matrices: rotations, reflections, permutations and their direct products."""

from __future__ import annotations

from itertools import permutations as arrangements

import numpy as np

from physym._typing import Float
from physym.algebra.finite.matrix_group import MatrixGroup, generated_group
from physym.errors import ShapeError

GOLDEN = (1 + np.sqrt(5)) / 2


def rotation(angle: float) -> Float[np.ndarray, "2 2"]:
    """Rotation of the plane by ``angle`` (radian), shape ``(2, 2)``.

    Example:
        >>> rotation(0.0).tolist()
        [[1.0, -0.0], [0.0, 1.0]]
    """
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def cyclic(k: int, n: int = 2) -> MatrixGroup:
    """C_k: the rotations by 2π/k in the plane of the first two coordinates of n.

    Arguments:
        k: the order, at least 1.
        n: dimension of the space, at least 2.

    Returns:
        k matrices, shape ``(k, n, n)``.

    Raises:
        ShapeError: k or n is too small.

    Example:
        >>> cyclic(7).name, cyclic(3, n=3).order
        ('C7', 3)
    """
    if k < 1 or n < 2:
        raise ShapeError(f"cyclic({k}, n={n}); expected an order of at least 1 in at least 2 dimensions.")
    elements = np.tile(np.eye(n), (k, 1, 1))
    elements[:, :2, :2] = [rotation(2 * np.pi * j / k) for j in range(k)]
    return MatrixGroup(elements, source=f"cyclic({k}, n={n})")


def dihedral(k: int) -> MatrixGroup:
    """D_k: the 2k symmetries of the regular k-gon in the plane, shape ``(2k, 2, 2)``.

    Raises:
        ShapeError: k < 1.

    Example:
        >>> dihedral(4).order, dihedral(4).name
        (8, 'D4')
    """
    turns = cyclic(k).elements
    return MatrixGroup(np.concatenate([turns, turns @ np.diag([1.0, -1.0])]), source=f"dihedral({k})")


def tetrahedral(*, reflections: bool = False) -> MatrixGroup:
    """T, the 12 rotations of the tetrahedron, or T_d, its 24 symmetries, shape ``(12, 3, 3)`` or ``(24, 3, 3)``.

    Example:
        >>> tetrahedral().name, tetrahedral(reflections=True).name
        ('T', 'T_d')
    """
    mirror = [_SWAP] if reflections else []
    return generated_group(np.array([_AROUND, _HALF_TURN, *mirror]), source=f"tetrahedral(reflections={reflections})")


def pyritohedral() -> MatrixGroup:
    """T_h = T × {±1}, the 24 symmetries of a pyritohedron, shape ``(24, 3, 3)``.

    Example:
        >>> pyritohedral().name
        'T_h'
    """
    return generated_group(np.array([_AROUND, _HALF_TURN, -np.eye(3)]), source="pyritohedral()")


def octahedral(*, reflections: bool = False) -> MatrixGroup:
    """O, the 24 rotations of the cube, or O_h, its 48 symmetries, shape ``(24, 3, 3)`` or ``(48, 3, 3)``.

    Example:
        >>> octahedral().name, octahedral(reflections=True).name
        ('O', 'O_h')
    """
    mirror = [-np.eye(3)] if reflections else []
    return generated_group(np.array([_AROUND, _QUARTER_TURN, *mirror]), source=f"octahedral(reflections={reflections})")


def icosahedral(*, reflections: bool = False) -> MatrixGroup:
    """I, the 60 rotations of the icosahedron, or I_h, its 120 symmetries, shape ``(60, 3, 3)`` or ``(120, 3, 3)``.

    Example:
        >>> icosahedral().name, icosahedral(reflections=True).name
        ('I', 'I_h')
    """
    axis = np.array([0.0, 1.0, GOLDEN]) / np.sqrt(1 + GOLDEN**2)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    fifth = np.eye(3) + np.sin(0.4 * np.pi) * cross + (1 - np.cos(0.4 * np.pi)) * cross @ cross
    mirror = [-np.eye(3)] if reflections else []
    return generated_group(np.array([fifth, _AROUND, *mirror]), source=f"icosahedral(reflections={reflections})")


def permutations(n: int) -> MatrixGroup:
    """S_n: all permutations of n coordinates, shape ``(n!, n, n)``.

    Raises:
        ShapeError: n is not between 1 and 6.

    Example:
        >>> permutations(4).order
        24
    """
    if not 1 <= n <= 6:
        raise ShapeError(f"permutations({n}); expected 1 to 6 coordinates, for the group has n! elements.")
    return MatrixGroup(np.array([np.eye(n)[list(order)] for order in arrangements(range(n))]), source=f"permutations({n})")


def direct_product(*groups: MatrixGroup) -> MatrixGroup:
    """The direct product, each factor acting on its own coordinates: block-diagonal matrices.

    Arguments:
        groups: matrices of shapes ``(g_i, n_i, n_i)``.

    Returns:
        Shape ``(Π g_i, Σ n_i, Σ n_i)``.

    Example:
        >>> direct_product(permutations(3), permutations(2)).name
        'S3 × Z2'
    """
    blocks = np.ones((1, 0, 0))
    for group in groups:
        left, right = blocks.shape[1], group.n
        joined = np.zeros((len(blocks), group.order, left + right, left + right))
        joined[:, :, :left, :left] = blocks[:, None]
        joined[:, :, left:, left:] = group.elements
        blocks = joined.reshape(-1, left + right, left + right)
    return MatrixGroup(blocks, source=" × ".join(group.source or group.name for group in groups))


_AROUND = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])  # a third of a turn about (1, 1, 1)
_HALF_TURN = np.diag([-1.0, -1.0, 1.0])
_QUARTER_TURN = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
_SWAP = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1]])
