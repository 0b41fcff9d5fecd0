"""Cylinder coordinates about a plane: one angle that turns, and everything else as it looks from the turning frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float

ERROR_STEP = 1e-4  # rad; slopes to 1e-8, curvatures to 1e-4


@dataclass(frozen=True, eq=False)
class Cylinder:
    """Rows in coordinates of which a rotation of the plane moves the angle alone.

    Arguments:
        angle: azimuth of the leading vector, rad, shape ``(N,)``.
        radius: its length in the plane, shape ``(N,)``.
        invariants: its coordinates off the plane and, of the other vectors, all coordinates in the frame turned back by the angle,
            shape ``(N, q)``.
        targets: the targets, turned back as well where they are vectors, shape ``(N, t)``.

    Example:
        >>> turned = cylinder(np.array([[[0.0, 2.0, 5.0]]]), np.zeros((1, 0)), np.eye(3), vectors=0)
        >>> turned.angle / np.pi, turned.radius, turned.invariants
        (array([0.5]), array([2.]), array([[5.]]))
    """

    angle: Float[np.ndarray, "N"]
    radius: Float[np.ndarray, "N"]
    invariants: Float[np.ndarray, "N q"]
    targets: Float[np.ndarray, "N t"]


def cylinder(
    x: Float[np.ndarray, "N copies n"], targets: Float[np.ndarray, "N t"], axes: Float[np.ndarray, "n n"], *, vectors: int
) -> Cylinder:
    """Cylinder coordinates of rows about a plane.

    Arguments:
        x: vectors, shape ``(N, copies, n)``; the angle is that of the first.
        targets: shape ``(N, t)``.
        axes: orthonormal rows, the first two of which span the plane, shape ``(n, n)``.
        vectors: how many vectors the targets are; 0 where they do not turn.

    Returns:
        Coordinates that a rotation of all vectors in the plane leaves alone, but for the angle.

    Example:
        >>> x = np.array([[[1.0, 0.0], [3.0, 4.0]]])
        >>> quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
        >>> a, b = (cylinder(v, np.zeros((1, 0)), np.eye(2), vectors=0) for v in (x, x @ quarter.T))
        >>> bool(np.allclose(a.invariants, b.invariants)), float(b.angle[0] - a.angle[0]) / np.pi
        (True, 0.5)
    """
    seen = x @ axes.T
    angle = np.arctan2(seen[:, 0, 1], seen[:, 0, 0])
    others = _turned_back(seen[:, 1:], angle).reshape(len(x), -1)
    moved = targets
    if vectors:
        moved = _turned_back(targets.reshape(len(x), vectors, -1) @ axes.T, angle).reshape(len(x), -1)
    return Cylinder(angle, np.hypot(seen[:, 0, 0], seen[:, 0, 1]), np.concatenate([seen[:, 0, 2:], others], axis=1), moved)


def tilted(axes: Float[np.ndarray, "n n"], tilt: Float[np.ndarray, "2 m"]) -> Float[np.ndarray, "n n"]:
    """The axes after the plane is tilted towards the ``m = n − 2`` directions off it.

    Arguments:
        axes: orthonormal rows, the first two of which span the plane, shape ``(n, n)``.
        tilt: small angles (rad), shape ``(2, n − 2)``.

    Returns:
        Orthonormal rows, shape ``(n, n)``.

    Example:
        >>> float(tilted(np.eye(3), np.array([[0.1], [0.0]]))[0, 2].round(3))
        0.1
    """
    half = np.zeros_like(axes)
    half[:2, 2:] = tilt / 2
    skew = half - half.T
    # Cayley's map: an exact rotation, equal to the exponential to second order
    return np.asarray(np.linalg.solve(np.eye(len(axes)) - skew, np.eye(len(axes)) + skew) @ axes)


def rotation_in_plane(axes: Float[np.ndarray, "n n"], angle: float) -> Float[np.ndarray, "n n"]:
    """The rotation by ``angle`` (rad) of the plane spanned by the first two rows of ``axes``, shape ``(n, n)``.

    Example:
        >>> rotation_in_plane(np.eye(3), np.pi).round(12).diagonal().tolist()
        [-1.0, -1.0, 1.0]
    """
    u, v = axes[0], axes[1]
    still = np.eye(len(axes)) - np.outer(u, u) - np.outer(v, v)
    return np.asarray(still + np.cos(angle) * (np.outer(u, u) + np.outer(v, v)) + np.sin(angle) * (np.outer(v, u) - np.outer(u, v)))


def rotation_errors(
    axes: Float[np.ndarray, "n n"], angle: float, tilt: Float[np.ndarray, "m m"], *, angle_error: float = 0.0
) -> Float[np.ndarray, "n n"]:
    """Root-mean-square errors of a rotation whose angle and plane are uncertain, to second order in their errors.

    The first order alone says nothing where an entry is stationary: a quarter turn has the entry ``sin θ = 1``, which an error δ of the
    angle changes by ``δ²/2``, and the diagonal entry of the axis is largest just where it should be.

    Arguments:
        axes: orthonormal rows, the first two of which span the plane, shape ``(n, n)``.
        angle: rad.
        tilt: covariance of the ``m = 2 (n − 2)`` tilts of the plane (rad²), shape ``(m, m)``; ``(0, 0)`` for a plane that is known.
        angle_error: standard error of the angle, rad; infinite where it is unknown.

    Returns:
        ``√(J C Jᵀ + ½ tr(H C H C) + ¼ (tr H C)²)`` of each entry with its slopes J and curvatures H, shape ``(n, n)``.

    Example:
        >>> rotation_errors(np.eye(2), np.pi / 2, np.zeros((0, 0)), angle_error=0.01).round(6).tolist()
        [[0.01, 8.7e-05], [8.7e-05, 0.01]]
        >>> rotation_errors(np.eye(3), 1.0, np.zeros((2, 2))).any()
        np.False_
    """
    covariance = np.zeros((1 + len(tilt), 1 + len(tilt)))
    covariance[0, 0] = angle_error**2 if np.isfinite(angle_error) else 0.0
    covariance[1:, 1:] = tilt

    def moved(step: Float[np.ndarray, "p"]) -> Float[np.ndarray, "n n"]:
        plane = tilted(axes, step[1:].reshape(2, -1)) if len(tilt) else axes
        return rotation_in_plane(plane, angle + step[0])

    steps, here = ERROR_STEP * np.eye(len(covariance)), rotation_in_plane(axes, angle)
    once = np.stack([moved(step) - here for step in steps])
    bend = np.stack([[moved(a + b) - here - x - y for b, y in zip(steps, once, strict=True)] for a, x in zip(steps, once, strict=True)])
    slope = (once - np.einsum("aajk->ajk", bend) / 2) / ERROR_STEP
    scaled = np.einsum("ab,bcjk->acjk", covariance, bend / ERROR_STEP**2)
    square = np.einsum("ajk,ab,bjk->jk", slope, covariance, slope)
    square = square + np.einsum("abjk,bajk->jk", scaled, scaled) / 2 + np.einsum("aajk->jk", scaled) ** 2 / 4
    unknown = not np.isfinite(angle_error)
    return np.where(unknown & (once[0] != 0), np.inf, np.sqrt(np.maximum(square, 0.0)))


def _turned_back(vectors: Float[np.ndarray, "N m n"], angle: Float[np.ndarray, "N"]) -> Float[np.ndarray, "N m n"]:
    """Vectors in axes coordinates, rotated by −angle in the plane of the first two."""
    turn = np.exp(-1j * angle)[:, None] * (vectors[..., 0] + 1j * vectors[..., 1])
    return np.concatenate([turn.real[..., None], turn.imag[..., None], vectors[..., 2:]], axis=-1)
