"""Additive sufficient statistics of the conditional and measure levels: block copies of the Gram matrix of whole rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from physym._typing import Float, Int, Shaped
from physym.algebra import exponents
from physym.discovery.spectral.statistics.gram import exponents_count, monomials_of_degree
from physym.errors import InvalidData, ShapeError

ROWS_AT_ONCE = 8192  # their monomials stay in a core's cache
ROWS_PER_GROUP = 16 * ROWS_AT_ONCE  # rows are sorted into classes group by group
MOST_CLASSES = 100


@dataclass(frozen=True, eq=False)
class RowStatistics:
    """Sums of ``z zᵀ`` over the rows of each class, kept in blocks so that errors follow from the spread between blocks.

    z holds all monomials of degree ≤ ``degree`` of the row in units of ``scale``, the constant last, and behind it the target y where
    there is one. A label needs no column of its own, for it is constant within its class. Statistics with equal ``degree``,
    ``scale`` and ``wide_degree`` are merged by ``+``, in any order; a class that one of them has not seen counts as empty there.

    Arguments:
        gram: sums per class and block, shape ``(C, B, Q, Q)``.
        counts: rows per class and block, shape ``(C, B)``.
        wide: sums of ``φφᵀ`` over a part of the rows, with φ the monomials of degree ≤ ``wide_degree``, the constant last, shape
            ``(C, M, M)``; M = 0 where ``wide_degree`` is 0. They only set units, so a part of the rows is plenty.
        classes: label of each class, ascending; empty where the rows carry no labels, which makes them a single class.
        scale: unit of each coordinate of a row, shape ``(d,)``.
        degree: highest degree of the monomials.
        wide_degree: highest degree of φ.
        target: whether z ends with a target.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(100, 8))
        >>> parts = [row_statistics(rows, scale=np.ones(8), labels=np.arange(50) % 2) for rows in (x[:50], x[50:])]
        >>> (parts[0] + parts[1]).gram.shape, (parts[0] + parts[1]).rows
        ((2, 64, 45, 45), 100)
    """

    gram: Float[np.ndarray, "C B Q Q"]
    counts: Int[np.ndarray, "C B"]
    wide: Float[np.ndarray, "C M M"] = field(kw_only=True)
    classes: tuple[int, ...] = field(default=(), kw_only=True)
    scale: Float[np.ndarray, "d"] = field(kw_only=True)
    degree: int = field(kw_only=True)
    wide_degree: int = field(default=0, kw_only=True)
    target: bool = field(default=False, kw_only=True)

    @cached_property
    def powers(self) -> Int[np.ndarray, "P d1"]:
        """Exponents of the monomials in z, in the coordinates and the constant, shape ``(P, d + 1)``."""
        return exponents(len(self.scale) + 1, (self.degree,))

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.counts.sum())

    def __add__(self, other: RowStatistics) -> RowStatistics:
        mine, theirs = ((s.degree, s.wide_degree, s.target, s.gram.shape[1:], s.scale.tolist()) for s in (self, other))
        if mine != theirs:
            raise ShapeError(
                "row statistics of different degree, scale, target or number of blocks cannot be merged; collect both with equal settings."
            )
        if bool(self.classes) != bool(other.classes):
            raise InvalidData("statistics of labelled and of unlabelled rows cannot be merged; give files that all have labels, or none.")
        if self.classes == other.classes:
            left, right, classes = self, other, self.classes
        else:
            classes = tuple(sorted({*self.classes, *other.classes}))
            left, right = self._spread_over(classes), other._spread_over(classes)
        return RowStatistics(
            left.gram + right.gram,
            left.counts + right.counts,
            wide=left.wide + right.wide,
            classes=_few(classes),
            scale=self.scale,
            degree=self.degree,
            wide_degree=self.wide_degree,
            target=self.target,
        )

    def _spread_over(self, classes: tuple[int, ...]) -> RowStatistics:
        """The same sums with an empty place for every class that is not among them."""
        places = [classes.index(label) for label in self.classes]
        found = empty_rows(self, classes)
        found.gram[places], found.counts[places], found.wide[places] = self.gram, self.counts, self.wide
        return found


def empty_rows(like: RowStatistics, classes: tuple[int, ...]) -> RowStatistics:
    """Statistics of no rows, with the settings of others: zero of their sum.

    Arguments:
        like: statistics whose settings are taken.
        classes: labels of the classes.

    Returns:
        Sums that are all zero.

    Example:
        >>> some = row_statistics(np.ones((5, 2)), scale=np.ones(2))
        >>> empty_rows(some, ()).rows, (some + empty_rows(some, ())).rows
        (0, 5)
    """
    count = max(len(classes), 1)
    return RowStatistics(
        np.zeros((count, *like.gram.shape[1:])),
        np.zeros((count, like.counts.shape[1]), dtype=np.int64),
        wide=np.zeros((count, *like.wide.shape[1:])),
        classes=classes,
        scale=like.scale,
        degree=like.degree,
        wide_degree=like.wide_degree,
        target=like.target,
    )


def coordinate_scale(x: Float[np.ndarray, "N d"]) -> Float[np.ndarray, "d"]:
    """Unit of each coordinate: its root mean square rounded to a power of two, so that nearly the same rows give the same units.

    Arguments:
        x: rows, shape ``(N, d)``.

    Returns:
        Powers of two, shape ``(d,)``; 1 where a coordinate vanishes.

    Example:
        >>> coordinate_scale(np.array([[3.0, 0.0], [5.0, 0.0]])).tolist()
        [4.0, 1.0]
    """
    size = np.sqrt((x**2).mean(0))
    return np.asarray(2.0 ** np.round(np.log2(np.where(size > 0, size, 1.0))))


def row_statistics(
    x: Float[np.ndarray, "N d"],
    *,
    scale: Float[np.ndarray, "d"],
    degree: int = 2,
    labels: Int[np.ndarray, "N"] | None = None,
    target: Float[np.ndarray, "N"] | None = None,
    wide_degree: int = 0,
    blocks: int = 64,
) -> RowStatistics:
    """Collect the statistics of N independent rows in one pass.

    Within each class the rows go to the blocks by turns.

    Arguments:
        x: rows, shape ``(N, d)``, in the units of ``scale``.
        scale: unit of each coordinate, shape ``(d,)``; fixed before the first row, because sums in different units cannot be merged.
        degree: highest degree of the monomials, at least 1.
        labels: whole number of the class of each row, shape ``(N,)``; None: a single class.
        target: value y of each row, shape ``(N,)``; None: no column of z is a target.
        wide_degree: highest degree of the monomials that are summed over a part of the rows; 0: none are.
        blocks: number of block copies.

    Returns:
        Statistics that can be merged with those of other rows.

    Raises:
        ShapeError: scale, labels or target do not fit x.
        InvalidData: more than a hundred classes.

    Example:
        >>> row_statistics(np.ones((10, 2)), scale=np.ones(2), target=np.ones(10)).gram.shape
        (1, 64, 7, 7)
    """
    for name, given, expected in (("scale", scale, x.shape[1:]), ("labels", labels, x.shape[:1]), ("target", target, x.shape[:1])):
        if given is not None and given.shape != expected:
            raise ShapeError(f"{name} has shape {given.shape}; expected {expected} for rows of shape {x.shape}.")
    classes = () if labels is None else _few(tuple(np.unique(labels).tolist()))
    kernel = RowKernel(1 / scale, degree, wide_degree, blocks, target is not None)
    sums = kernel.empty(classes)
    for start in range(0, len(x), ROWS_PER_GROUP):
        group = slice(start, start + ROWS_PER_GROUP)
        rows, y = x[group], None if target is None else target[group]
        if labels is None or len(classes) == 1:
            kernel.add(rows, y, sums, 0)
            continue
        for place, label in enumerate(classes):
            inside = labels[group] == label
            kernel.add(rows[inside], None if y is None else y[inside], sums, place)
    return RowStatistics(
        sums.gram, sums.counts, wide=sums.wide, classes=classes, scale=scale, degree=degree, wide_degree=wide_degree, target=kernel.target
    )


def _few(classes: tuple[int, ...]) -> tuple[int, ...]:
    if len(classes) > MOST_CLASSES:
        raise InvalidData(f"the labels take {len(classes)} values; at most {MOST_CLASSES} classes are kept apart. Is this column a label?")
    return classes


@dataclass(frozen=True, eq=False)
class _Sums:
    """What a pass adds to, class by class."""

    gram: Float[np.ndarray, "C B Q Q"]
    counts: Int[np.ndarray, "C B"]
    wide: Float[np.ndarray, "C M M"]


class RowKernel:
    """The arithmetic of one pass. Its working memory is kept, because fresh pages cost more than the arithmetic.

    Example:
        >>> kernel = RowKernel(np.ones(2), 2, 0, 8, False)
        >>> kernel.fill(np.full((10, 2), 3.0), None).shape  # six monomials, eight blocks, two rows deep
        (6, 8, 2)
    """

    def __init__(self, inverse: Float[np.ndarray, "d"], degree: int, wide_degree: int, blocks: int, target: bool) -> None:
        self.inverse, self.degree, self.wide_degree, self.blocks, self.target = inverse, degree, wide_degree, blocks, target
        self.size = exponents_count(len(inverse) + 1, degree)
        self.unit: Shaped[np.ndarray, "..."] = np.empty(0)
        self.z: Shaped[np.ndarray, "..."] = np.empty(0)
        self.part = np.empty((blocks, self.size + target, self.size + target))
        self.at_once = blocks * max(1, ROWS_AT_ONCE // blocks)

    def empty(self, classes: tuple[int, ...]) -> _Sums:
        count = max(len(classes), 1)
        wide = exponents_count(len(self.inverse) + 1, self.wide_degree) if self.wide_degree else 0
        counts = np.zeros((count, self.blocks), dtype=np.int64)
        return _Sums(np.zeros((count, *self.part.shape)), counts, np.zeros((count, wide, wide)))

    def add(self, x: Float[np.ndarray, "N d"], y: Float[np.ndarray, "N"] | None, sums: _Sums, place: int) -> None:
        """Add rows of one class, the first of them to the wide sums as well."""
        for start in range(0, len(x), self.at_once):
            rows = self.fill(x[start : start + self.at_once], None if y is None else y[start : start + self.at_once]).transpose(1, 0, 2)
            sums.gram[place] += np.matmul(rows, rows.transpose(0, 2, 1), out=self.part)
            if self.wide_degree and start == 0:
                wide = monomials_of_degree(self.unit, self.wide_degree).reshape(sums.wide.shape[1], -1)
                sums.wide[place] += wide @ wide.T
        sums.counts[place] += np.bincount(np.arange(len(x)) % self.blocks, minlength=self.blocks)

    def fill(self, x: Float[np.ndarray, "N d"], y: Float[np.ndarray, "N"] | None) -> Float[np.ndarray, "Q B M"]:
        """z of at most ``at_once`` rows: row i lies in block i mod B; in an incomplete last round even the constant is zero."""
        count, d = x.shape
        depth = -(-count // self.blocks)
        missing = depth * self.blocks - count
        if self.unit.shape[1:] != (self.blocks, depth):
            self.unit, self.z = np.empty((d + 1, self.blocks, depth)), np.empty((self.size + self.target, self.blocks, depth))
        if missing:
            x = np.concatenate([x, np.zeros((missing, d))])
        np.multiply(x.reshape(depth, self.blocks, d).transpose(2, 1, 0), self.inverse[:, None, None], out=self.unit[:d])
        self.unit[d] = 1.0
        if missing:
            self.unit[d, self.blocks - missing :, -1] = 0.0
        monomials_of_degree(self.unit, self.degree, out=self.z[: self.size])
        if y is not None:
            padded = np.concatenate([y, np.zeros(missing)]) if missing else y
            self.z[self.size] = padded.reshape(depth, self.blocks).T
        return np.asarray(self.z)
