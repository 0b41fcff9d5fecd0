"""The measure level with any test functions: no mean of a function drifts along a symmetry, ``E[(Ax)·∇φ(x)] = 0``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from physym._typing import Bool, Float, Int
from physym.discovery.equation import WHITENING_FLOOR, SymmetryEquation
from physym.discovery.spectral.equations.families import FixedFunctions
from physym.discovery.spectral.statistics.features import block_sums

ENTRIES = 4_000_000  # of one chunk of drifts
RELATIVE = 1e-12  # round-off of an equation with noise
ROUND_OFF = 1e-10  # noise smaller than this, relative to that of drifts that do not cancel, is round-off


@dataclass(frozen=True, eq=False)
class Cloud:
    """Rows, the class and the block of each, and how they came by their coordinates.

    Arguments:
        x: rows, shape ``(N, d)``, with ``d = K·n``.
        classes: class of each row, shape ``(N,)``.
        blocks: block of each row, shape ``(N,)``.
        copies: number of vectors K in a row.
        whitened: x was given second moments 1 by the very rows, whose error is then counted.
        centred: x was given mean 0 by the very rows as well.

    Example:
        >>> Cloud(np.ones((4, 6)), np.zeros(4, dtype=int), np.arange(4), copies=2).n
        3
    """

    x: Float[np.ndarray, "N d"]
    classes: Int[np.ndarray, "N"]
    blocks: Int[np.ndarray, "N"]
    copies: int = 1
    whitened: bool = False
    centred: bool = False

    @property
    def n(self) -> int:
        """Number of coordinates of one vector."""
        return int(self.x.shape[1] // self.copies)


def drift_equation(
    cloud: Cloud, searched: Float[np.ndarray, "s m m"], functions: Sequence[FixedFunctions]
) -> tuple[SymmetryEquation, SymmetryEquation]:
    """``E[(Ax)·∇φ(x) | class] = 0`` for every test function φ, each class apart.

    The drift of every row is known exactly, so the errors follow from the rows; the functions need not be closed under the action.
    Rows of the equation are measured in the standard deviation of their function.

    Arguments:
        cloud: the rows.
        searched: orthonormal basis of the searched matrices, shape ``(s, n, n)``, or ``(s, n + 1, n + 1)`` for affine maps.
        functions: test functions; the bands of the first are the lowest.

    Returns:
        The equation, and the same equation with whitened rows in bands, for the tests.

    Example:
        >>> from physym.algebra import so
        >>> from physym.discovery.spectral.equations.harmonics import Harmonics
        >>> x = np.random.default_rng(0).normal(size=(4000, 3))
        >>> cloud = Cloud(x, np.zeros(4000, dtype=int), np.arange(4000) % 64)
        >>> equation, tested = drift_equation(cloud, so(3).basis / 2**0.5, [Harmonics().on(x)])
        >>> bool(np.linalg.norm(equation.matrix) < 0.5), tested.band_names[-1]
        (True, 'harmonics of degree 4')
    """
    count = int(cloud.blocks.max()) + 1
    bands, names = _bands(functions)
    parts = [_of_class(cloud, cloud.classes == label, searched, functions, count) for label in np.unique(cloud.classes)]
    matrix, influence = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts], axis=1)
    bessel = np.sqrt(count / max(count - 1, 1))
    bands = np.tile(bands, len(parts))
    equation = SymmetryEquation(matrix, bessel * influence, searched, bands=bands, band_names=names)
    whitened, rounding = _whitened(matrix, parts, bands)
    tested = SymmetryEquation(whitened @ matrix, whitened @ equation.influence, searched, rounding=rounding, bands=bands, band_names=names)
    return equation, tested


def _whitened(
    matrix: Float[np.ndarray, "m s"], parts: Sequence[tuple[np.ndarray, ...]], bands: Int[np.ndarray, "m"]
) -> tuple[Float[np.ndarray, "m m"], float]:
    """What whitens the rows, and the relative round-off of the whitened equation.

    Where rows and their images cancel, mean and noise are both round-off: a row that is nothing else is left out, and the floor of
    the equation says what round-off the others carry.
    """
    root = np.zeros((len(matrix), len(matrix)))
    size = len(matrix) // len(parts)
    noise, floors = np.zeros((2, len(matrix)))
    for place, (_, _, covariance, floor) in enumerate(parts):
        rows = slice(place * size, (place + 1) * size)
        own = band_root(covariance + np.diag(floor), bands[rows])
        root[rows, rows] = own
        noise[rows], floors[rows] = np.einsum("ij,jk,ik->i", own, covariance, own), own**2 @ floor
    value = root @ matrix
    empty = (noise < 0.5) & (np.abs(value).max(1) < 1)
    if not empty.all():
        root[empty], floors = 0.0, floors[~empty]
    largest = float(np.linalg.norm(root @ matrix, 2))
    return root, max(RELATIVE, float(np.sqrt(floors.mean())) / max(largest, np.finfo(float).tiny))


def band_root(covariance: Float[np.ndarray, "m m"], bands: Int[np.ndarray, "m"]) -> Float[np.ndarray, "m m"]:
    """R with ``R C Rᵀ = 1`` that never lets a higher band into a lower one.

    What a band shares with the lower ones is subtracted before it is whitened; directions that have next to no noise of their own are
    not amplified.

    Arguments:
        covariance: shape ``(m, m)``.
        bands: number of the band of each row, shape ``(m,)``.

    Returns:
        Shape ``(m, m)``.

    Example:
        >>> root = band_root(np.array([[4.0, 2.0], [2.0, 2.0]]), np.array([0, 1]))
        >>> root.round(9).tolist()
        [[0.5, 0.0], [-0.5, 1.0]]
    """
    size = np.sqrt(np.maximum(np.diag(covariance), np.finfo(float).tiny))
    relative = covariance / np.outer(size, size)
    root = np.zeros_like(relative)
    for band in np.unique(bands):
        mine, below = np.flatnonzero(bands == band), bands < band
        lower = root[below]
        part = np.zeros((len(mine), len(relative)))
        part[np.arange(len(mine)), mine] = 1.0
        part -= part @ relative @ lower.T @ lower
        values, vectors = np.linalg.eigh(part @ relative @ part.T)
        root[mine] = (vectors / np.sqrt(np.maximum(values, WHITENING_FLOOR * max(values[-1], 1.0)))).T @ part
    return np.asarray(root / size)


def _bands(functions: Sequence[FixedFunctions]) -> tuple[Int[np.ndarray, "m"], tuple[str, ...]]:
    """Bands of all functions, numbered one after the other, and their names."""
    names: tuple[str, ...] = ()
    bands = []
    for family in functions:
        bands.append(family.bands + len(names))
        names = (*names, *family.band_names)
    return np.concatenate(bands), names


def _of_class(
    cloud: Cloud, inside: Bool[np.ndarray, "N"], searched: Float[np.ndarray, "s a a"], functions: Sequence[FixedFunctions], count: int
) -> tuple[Float[np.ndarray, "m s"], Float[np.ndarray, "B m s"], Float[np.ndarray, "m m"], Float[np.ndarray, "m"]]:
    """Mean drift of one class, its influence by block, the covariance of its rows summed over columns, and how much of it is round-off."""
    n, rows = cloud.n, int(inside.sum())
    units = _units(n, affine=cloud.centred or searched.shape[1] > n)
    members = np.flatnonzero(inside)
    mean, square, drift, size = 0.0, 0.0, 0.0, 0.0
    for some in _chunks(members, functions, cloud.x.shape[1], len(units)):
        values, slopes = _evaluated(cloud.x[some], functions)
        mean, square = mean + values.sum(0) / rows, square + (values**2).sum(0) / rows
        drifts = slopes @ _velocities(cloud.x[some], units, cloud.copies)
        drift, size = drift + drifts.sum(0) / rows, size + (drifts**2).sum((0, 2)) / rows
    spread = np.sqrt(np.maximum(square - mean**2, 1e-12))[:, None]
    general = np.asarray(drift) / spread
    moved = _padded(searched, units.shape[1])
    matrix = general @ moved[:, :n].reshape(len(searched), -1).T
    influence = np.zeros((count, *matrix.shape))
    covariance = np.zeros((len(matrix),) * 2)
    for some in _chunks(np.arange(len(inside)) if cloud.whitened else members, functions, cloud.x.shape[1], len(searched)):
        deviation = np.zeros((len(some), *matrix.shape))
        mine = inside[some]
        velocities = _velocities(cloud.x[some[mine]], searched, cloud.copies)
        deviation[mine] = (_evaluated(cloud.x[some[mine]], functions)[1] @ velocities / spread - matrix) / rows
        if cloud.whitened:
            deviation += _frame_shift(cloud, some, moved, general)
        influence += block_sums(deviation, cloud.blocks[some], count)
        flat = deviation.transpose(1, 0, 2).reshape(len(matrix), -1)
        covariance += flat @ flat.T
    return matrix, influence, covariance, ROUND_OFF**2 / rows * np.asarray(size) / spread[:, 0] ** 2


def _frame_shift(
    cloud: Cloud, some: Int[np.ndarray, "c"], moved: Float[np.ndarray, "s f f"], general: Float[np.ndarray, "m q"]
) -> Float[np.ndarray, "c m s"]:
    """How each row moves the drifts through the frame that it helped to estimate.

    Second moments 1 + D and a mean t take z to ``z − Mz`` with ``M = (D/2, t)``. The drift of the drift along M is, for a symmetry B,
    that along the bracket: ``E[L_M L_B φ] = E[L_[B,M] φ]``, because ``E[L_B ψ] = 0`` for every ψ.
    """
    n, size = cloud.n, moved.shape[1]
    vectors = cloud.x[some].reshape(len(some), cloud.copies, n)
    everyone = cloud.x.reshape(-1, n)
    second = np.einsum("nki,nkj->nij", vectors, vectors) / cloud.copies
    unit = np.abs(everyone.T @ everyone / len(everyone) - np.eye(n)) < 1e-9  # between blocks of the search nothing is whitened
    motion = np.zeros((len(some), size, size))
    motion[:, :n, :n] = np.where(unit, second - np.eye(n), 0.0) / 2
    if cloud.centred:
        motion[:, :n, n] = vectors.mean(1)
    bracket = moved @ motion[:, None] - motion[:, None] @ moved
    return np.asarray(-(general @ bracket[:, :, :n].reshape(len(some), len(moved), -1).transpose(0, 2, 1)) / len(cloud.x))


def _units(n: int, *, affine: bool) -> Float[np.ndarray, "q f f"]:
    """One matrix unit for each entry of the first n rows."""
    size = n + 1 if affine else n
    units = np.zeros((n * size, size, size))
    units[np.arange(len(units)), np.arange(len(units)) // size, np.arange(len(units)) % size] = 1.0
    return units


def _padded(matrices: Float[np.ndarray, "s a a"], size: int) -> Float[np.ndarray, "s f f"]:
    return np.pad(matrices, ((0, 0), *[(0, size - matrices.shape[1])] * 2))


def _velocities(x: Float[np.ndarray, "N d"], matrices: Float[np.ndarray, "s a a"], copies: int) -> Float[np.ndarray, "N d s"]:
    """``Bx`` for each matrix, or ``Bx + b``, each vector of a row alike."""
    n = x.shape[1] // copies
    moved = np.einsum("nkj,sij->nkis", x.reshape(len(x), copies, n), matrices[:, :n, :n])
    if matrices.shape[1] > n:
        moved = moved + matrices[:, :n, n].T
    return np.asarray(moved.reshape(*x.shape, len(matrices)))


def _evaluated(
    x: Float[np.ndarray, "N d"], functions: Sequence[FixedFunctions]
) -> tuple[Float[np.ndarray, "N m"], Float[np.ndarray, "N m d"]]:
    parts = [family.evaluated(x) for family in functions]
    return np.concatenate([p[0] for p in parts], axis=1), np.concatenate([p[1] for p in parts], axis=1)


def _chunks(rows: Int[np.ndarray, "r"], functions: Sequence[FixedFunctions], d: int, columns: int) -> Iterator[Int[np.ndarray, "c"]]:
    """Row numbers, so few at a time that memory stays flat."""
    size = sum(len(family.bands) for family in functions)
    step = max(1, ENTRIES // (size * (d + columns)))
    for start in range(0, len(rows), step):
        yield rows[start : start + step]
