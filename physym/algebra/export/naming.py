"""Names that a physicist gives to generators."""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.algebra.lie_algebra import LieAlgebra

_AXES = "xyz"
_FOUR_MOMENTUM = ("e", "px", "py", "pz")


def textbook_generators() -> dict[str, Float[np.ndarray, "n n"]]:
    """Rotations ``J_i``, boosts ``K_i`` and the dilation ``D`` acting on columns ``(E, px, py, pz)``.

    Returns:
        Matrices of shape ``(4, 4)`` by name; ``exp(θ J_z)`` turns px into py and ``exp(η K_z)`` raises E of a particle along +z.

    Example:
        >>> textbook_generators()["K_z"][0].tolist()
        [0.0, 0.0, 0.0, 1.0]
    """
    named: dict[str, Float[np.ndarray, "n n"]] = {}
    for axis in range(3):
        first, second = 1 + (axis + 1) % 3, 1 + (axis + 2) % 3
        rotation, boost = np.zeros((4, 4)), np.zeros((4, 4))
        rotation[second, first], rotation[first, second] = 1.0, -1.0
        boost[0, axis + 1] = boost[axis + 1, 0] = 1.0
        named[f"J_{_AXES[axis]}"], named[f"K_{_AXES[axis]}"] = rotation, boost
    named["D"] = np.eye(4)
    return dict(sorted(named.items(), key=lambda item: ("JKD".index(item[0][0]), item[0])))


def generator_names(algebra: LieAlgebra, *, tolerance: float = 0.02) -> tuple[str, ...]:
    """Name each generator: ``J_x … K_z, D`` where it is a multiple of one of these on a four-momentum, else ``L_1, L_2, …``.

    Arguments:
        algebra: generators; names other than ``L_a`` are given only where the coordinates are ``(E, px, py, pz)``.
        tolerance: largest angle to the textbook generator, in rad; twice the generator's own relative error where that is more.

    Returns:
        One name per generator, all different; a minus sign in front says that the generator points the other way.

    Example:
        >>> basis = np.stack([2.0 * textbook_generators()["J_z"], -textbook_generators()["K_x"]])
        >>> generator_names(LieAlgebra(basis, coordinates=("E", "px", "py", "pz")))
        ('J_z', '-K_x')
        >>> generator_names(LieAlgebra(basis))
        ('L_1', 'L_2')
    """
    plain = tuple(f"L_{a + 1}" for a in range(algebra.dimension))
    if tuple(name.lower().replace("_", "") for name in algebra.coordinates) != _FOUR_MOMENTUM:
        return plain
    named = textbook_generators()
    names = []
    for matrix, spread, fallback in zip(algebra.basis, algebra.errors, plain, strict=True):
        names.append(fallback)
        relative = float(np.linalg.norm(spread) / max(np.linalg.norm(matrix), np.finfo(float).tiny))
        angle = min(max(tolerance, 2 * relative), 0.5)
        for name, textbook in named.items():
            norms = np.linalg.norm(matrix) * np.linalg.norm(textbook)
            cosine = float(np.vdot(matrix, textbook)) / norms if norms else 0.0
            if abs(cosine) >= np.cos(angle):
                names[-1] = name if cosine > 0 else f"-{name}"
    return tuple(names) if len({name.lstrip("-") for name in names}) == len(names) else plain
