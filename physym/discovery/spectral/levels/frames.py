"""From the frame in which matrices were searched back to the coordinates of the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physym._typing import Float, Int
from physym.algebra import LieAlgebra, bracket, canonical_basis
from physym.data import Samples
from physym.discovery.base import Level
from physym.discovery.spectral.frame import Search
from physym.discovery.spectral.statistics.features import block_sums


def in_data_coordinates(level: Level, samples: Samples, search: Search, *, motion: Float[np.ndarray, "B f f"] | None = None) -> Level:
    """A level with its matrices on the coordinates of the samples, which ``search.entered`` had replaced.

    Arguments:
        level: the level as it was found in the frame.
        samples: the samples as they were given.
        search: the search with its frame.
        motion: error of the frame due to each block, shape ``(B, f, f)``; it counts as independent of that of the generators.

    Returns:
        The level, with generators on ``(x, 1)`` where the search is affine.

    Example:
        >>> from physym.algebra import LieAlgebra, Rep
        >>> level = Level("measure", "p(gx) = p(x)", LieAlgebra(np.array([[[0.0, -1.0], [1.0, 0.0]]])), searched=np.zeros((0, 2, 2)))
        >>> ellipse = Search(np.zeros((0, 2, 2)), np.diag([2.0, 1.0]), whitened=True)
        >>> rows = Samples(np.ones((5, 2)), rep_x=Rep("V", n=2))
        >>> in_data_coordinates(level, rows, ellipse).algebra.basis.round(3).tolist()
        [[[0.0, -0.97], [0.243, 0.0]]]
    """
    if level.algebra is None:
        return level
    names = (*samples.coordinates, "1") if samples.coordinates and search.is_affine(samples.n) else samples.coordinates
    if search.frame is None:
        return replace(level, algebra=replace(level.algebra, coordinates=names))
    size = len(search.frame)
    inner = _widened(level.algebra, size)
    if motion is not None and inner.covariance is not None:
        turned = bracket(motion[:, None], inner.basis[None]).reshape(len(motion), -1)
        inner = replace(inner, covariance=inner.covariance + turned.T @ turned)
    back = np.kron(search.frame, np.linalg.inv(search.frame).T)
    found = replace(_conjugated(inner, back), coordinates=names)
    equation = level.equation
    if equation is not None:
        equation = replace(equation, searched=_apply(back, _padded(equation.searched, size)))
    return replace(
        level,
        algebra=canonical_basis(found) if found.dimension else found,
        searched=_apply(back, _padded(level.searched, size)),
        equation=equation,
    )


def frame_motion(samples: Samples, blocks: Int[np.ndarray, "N"], search: Search) -> Float[np.ndarray, "B f f"]:
    """How each block of rows moves the whitening frame that it helped to estimate: ``W → W(1 + motion)``.

    Arguments:
        samples: the rows in the frame.
        blocks: block of each row, shape ``(N,)``.
        search: the search with that frame.

    Returns:
        Shape ``(B, n, n)``, or ``(B, n + 1, n + 1)`` about the mean.

    Example:
        >>> from physym.algebra import Rep
        >>> rows = Samples(np.array([[1.0], [-1.0]]), rep_x=Rep("V", n=1))
        >>> frame_motion(rows, np.array([0, 1]), Search(np.zeros((0, 1, 1)), np.eye(1), whitened=True)).ravel().tolist()
        [0.0, 0.0]
    """
    n, count = samples.n, int(blocks.max()) + 1
    second = np.einsum("nki,nkj->nij", samples.vectors, samples.vectors) / samples.copies
    unit = np.abs(second.mean(0) - np.eye(n)) < 1e-9  # between the blocks of a block-diagonal search nothing is whitened
    motion = np.zeros((count, n + 1, n + 1))
    motion[:, :n, :n] = block_sums(np.where(unit, second - np.eye(n), 0.0), blocks, count) / (2 * len(samples))
    motion[:, :n, n] = block_sums(samples.vectors.mean(1), blocks, count) / len(samples)
    size = n + 1 if search.is_affine(n) else n
    return np.asarray(np.sqrt(count / max(count - 1, 1)) * motion[:, :size, :size])


def _padded(matrices: Float[np.ndarray, "s m m"], size: int) -> Float[np.ndarray, "s f f"]:
    """Linear maps as maps on ``(z, 1)`` where the frame is affine."""
    return np.pad(matrices, ((0, 0), *[(0, size - matrices.shape[1])] * 2))


def _widened(algebra: LieAlgebra, size: int) -> LieAlgebra:
    """The algebra acting on ``(z, 1)`` where the frame is affine."""
    if algebra.n == size:
        return algebra
    place = np.zeros((size, size), dtype=bool)
    place[: algebra.n, : algebra.n] = True
    places = np.flatnonzero(np.tile(place.ravel(), algebra.dimension))
    covariance = None
    if algebra.covariance is not None:
        covariance = np.zeros((algebra.dimension * size**2,) * 2)
        covariance[np.ix_(places, places)] = algebra.covariance
    return replace(algebra, basis=_padded(algebra.basis, size), covariance=covariance, exact=(), coordinates=())


def _apply(back: Float[np.ndarray, "p p"], matrices: Float[np.ndarray, "s f f"]) -> Float[np.ndarray, "s f f"]:
    return np.asarray(matrices.reshape(len(matrices), len(back)) @ back.T).reshape(matrices.shape)


def _conjugated(algebra: LieAlgebra, back: Float[np.ndarray, "p p"]) -> LieAlgebra:
    """The algebra with every generator sent through ``back``, and its covariance."""
    k, size = algebra.dimension, len(back)
    covariance = algebra.covariance
    if covariance is not None:
        half = (covariance.reshape(k * size * k, size) @ back.T).reshape(k, size, k * size)
        covariance = (back @ half).reshape(k * size, k * size)
    return replace(algebra, basis=_apply(back, algebra.basis), covariance=covariance, exact=(), coordinates=())
