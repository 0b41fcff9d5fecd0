"""Finite groups with the names that the textbooks give them, for the tests."""

from __future__ import annotations

import numpy as np

from physym.algebra import (
    MatrixGroup,
    cyclic,
    dihedral,
    direct_product,
    generated_group,
    icosahedral,
    octahedral,
    permutations,
    pyritohedral,
    tetrahedral,
)


def dicyclic(n: int) -> MatrixGroup:
    """Dic_n of order 4n: complex 2 × 2 matrices diag(ζ, ζ̄) and [[0, −1], [1, 0]] as real pairs."""
    turn, angle = np.zeros((4, 4)), np.pi / n
    for block, sign in ((0, 1), (2, -1)):
        c, s = np.cos(angle), sign * np.sin(angle)
        turn[block : block + 2, block : block + 2] = [[c, -s], [s, c]]
    swap = np.kron(np.array([[0.0, -1.0], [1.0, 0.0]]), np.eye(2))
    return generated_group(np.array([turn, swap]))


def alternating(n: int) -> MatrixGroup:
    """The even permutations of n coordinates."""
    elements = permutations(n).elements
    return MatrixGroup(elements[np.linalg.det(elements) > 0])


def frobenius(p: int, k: int) -> MatrixGroup:
    """The maps x → a x + b of the integers modulo p with a in the subgroup of order k, as permutation matrices."""
    root = next(g for g in range(2, p) if len({pow(g, i, p) for i in range(p)}) == p - 1)
    factor = pow(root, (p - 1) // k, p)
    shift, scale = np.eye(p)[[(i + 1) % p for i in range(p)]], np.eye(p)[[factor * i % p for i in range(p)]]
    return generated_group(np.array([shift, scale]))


def schoenflies(kind: str, k: int) -> MatrixGroup:
    """An axial point group of 3 × 3 matrices from the generators of the character tables."""
    c, s = np.cos(2 * np.pi / k), np.sin(2 * np.pi / k)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    h, v, two = np.diag([1.0, 1, -1]), np.diag([1.0, -1, 1]), np.diag([1.0, -1, -1])
    half, quarter = np.cos(np.pi / k), np.sin(np.pi / k)
    improper = np.array([[half, -quarter, 0], [quarter, half, 0], [0, 0, -1]])
    generators = {"C": [turn], "Ch": [turn, h], "Cv": [turn, v], "D": [turn, two], "Dh": [turn, two, h], "S": [improper]}
    generators["Dd"] = [improper, two]
    return generated_group(np.array(generators[kind]))


PLANE = [(cyclic(k), f"C{k}") for k in range(1, 13)] + [(dihedral(k), f"D{k}") for k in range(1, 13)]
SPACE = [
    (tetrahedral(), "T"),
    (tetrahedral(reflections=True), "T_d"),
    (pyritohedral(), "T_h"),
    (octahedral(), "O"),
    (octahedral(reflections=True), "O_h"),
    (icosahedral(), "I"),
    (icosahedral(reflections=True), "I_h"),
    (schoenflies("Ch", 1), "C_s"),
    (generated_group(-np.eye(3)[None]), "C_i"),
    *((schoenflies("C", k), f"C{k}") for k in range(1, 9)),
    *((schoenflies("Ch", k), f"C_{k}h") for k in range(2, 9)),
    *((schoenflies("Cv", k), f"C_{k}v") for k in range(2, 9)),
    *((schoenflies("D", k), f"D{k}") for k in range(2, 9)),
    *((schoenflies("Dh", k), f"D_{k}h") for k in range(2, 9)),
    *((schoenflies("Dd", k), f"D_{k}d") for k in range(2, 7)),
    *((schoenflies("S", k), f"S_{2 * k} (rotation-reflection)") for k in range(2, 6)),
]
ABSTRACT = [
    *((permutations(n), f"S{n}") for n in (4, 5, 6)),
    *((alternating(n), f"A{n}") for n in (4, 5)),
    (direct_product(permutations(3), permutations(2)), "S3 × Z2"),
    (direct_product(permutations(3), permutations(3)), "S3 × S3"),
    (direct_product(permutations(4), permutations(2)), "S4 × Z2"),
    (direct_product(permutations(2), permutations(2)), "Z2 × Z2"),
    (direct_product(*[permutations(2)] * 4), "Z2 × Z2 × Z2 × Z2"),
    (direct_product(cyclic(4), cyclic(2)), "C4 × Z2"),
    (direct_product(cyclic(3), cyclic(4)), "C12"),
    (direct_product(cyclic(3), cyclic(6)), "C6 × C3"),
    (direct_product(dihedral(4), cyclic(2)), "D4 × Z2"),
    (direct_product(dihedral(5), cyclic(3)), "D5 × C3"),
    (direct_product(dicyclic(2), cyclic(2)), "Q8 × Z2"),
    (dicyclic(2), "Q8"),
    (dicyclic(3), "Dic3"),
    (dicyclic(5), "Dic5"),
    (frobenius(5, 4), "order 20, not named"),
    (frobenius(7, 3), "order 21, not named"),
]
CATALOGUE = [*PLANE, *SPACE, *ABSTRACT]
