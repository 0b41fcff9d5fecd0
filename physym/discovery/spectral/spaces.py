"""Spaces of matrices that can be searched: affine maps, complex ones, block-diagonal ones, rotations after whitening."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from physym._typing import Bool, Float
from physym.algebra import null_space, so
from physym.data import Samples
from physym.discovery.spectral.frame import Search, affine_frame, whitening_frame
from physym.errors import InvalidData


@runtime_checkable
class SearchSpace(Protocol):
    """A space of matrices to search, fixed once the samples are known.

    Example:
        >>> isinstance(Affine(), SearchSpace)
        True
    """

    def search(self, samples: Samples, frame: Float[np.ndarray, "m m"] | None = None) -> Search:
        """The matrices for these samples; ``frame`` replaces the frame of affine maps that the samples suggest."""
        ...


@dataclass(frozen=True)
class BlockDiagonal:
    """Matrices that mix coordinates of one block only.

    Arguments:
        blocks: names or numbers of the coordinates of each block; every coordinate once.

    Example:
        >>> from physym.algebra import Rep
        >>> BlockDiagonal(((0, 1), (2,))).search(Samples(np.ones((5, 3)), rep_x=Rep("V", n=3))).matrices.shape
        (5, 3, 3)
    """

    blocks: tuple[tuple[int | str, ...], ...]

    def search(self, samples: Samples, frame: Float[np.ndarray, "m m"] | None = None) -> Search:
        """The matrix units within the blocks."""
        number = np.full(samples.n, -1)
        for block, members in enumerate(self.blocks):
            for place in _places(samples, members):
                if number[place] >= 0:
                    raise InvalidData(f"BlockDiagonal names coordinate {place} twice; every coordinate belongs to one block.")
                number[place] = block
        if (number < 0).any():
            raise InvalidData(f"BlockDiagonal leaves out coordinate {int(np.argmin(number))}; give it a block of its own.")
        return Search(_units(number[:, None] == number))


@dataclass(frozen=True)
class Affine:
    """Maps ``x → Ax + b``: rotations about any point, translations, shears, stretches.

    The discovered generators are ``(n + 1) × (n + 1)`` matrices on ``(x, 1)`` with last row zero, in the units of x. While
    searching, lengths are measured from the mean in units of the spread, so that linear maps and translations weigh alike.

    Example:
        >>> from physym.algebra import Rep
        >>> Affine().search(Samples(np.ones((5, 3)), rep_x=Rep("V", n=3))).matrices.shape
        (12, 4, 4)
    """

    def search(self, samples: Samples, frame: Float[np.ndarray, "m m"] | None = None) -> Search:
        """The linear matrix units, within the blocks of the samples, and all translations."""
        linear = np.pad(_units(mixing(samples)), ((0, 0), (0, 1), (0, 1)))
        n = samples.n
        shifts = np.zeros((n, n + 1, n + 1))
        shifts[np.arange(n), np.arange(n), n] = 1.0
        return Search(np.concatenate([linear, shifts]), affine_frame(samples) if frame is None else frame)


@dataclass(frozen=True)
class Complex:
    """Matrices that are linear over the complex numbers, for coordinates that are real and imaginary parts.

    Arguments:
        pairs: names or numbers of the real and the imaginary part of each complex coordinate; empty: the first half of the
            coordinates holds the real, the second half the imaginary parts, as the complex algebras of ``physym.algebra`` have it.

    Example:
        >>> from physym.algebra import Rep
        >>> Complex().search(Samples(np.ones((5, 8)), rep_x=Rep("2V", n=4))).matrices.shape  # gl(2,C)
        (8, 4, 4)
    """

    pairs: tuple[tuple[int | str, int | str], ...] = ()

    def search(self, samples: Samples, frame: Float[np.ndarray, "m m"] | None = None) -> Search:
        """The matrices that commute with multiplication by i, within the blocks of the samples."""
        n = samples.n
        if n % 2:
            raise InvalidData(f"Complex() needs real and imaginary parts in pairs; the vectors have {n} coordinates, an odd number.")
        pairs = [_places(samples, pair) for pair in self.pairs] or [(i, n // 2 + i) for i in range(n // 2)]
        if sorted(place for pair in pairs for place in pair) != list(range(n)) or any(len(pair) != 2 for pair in pairs):
            raise InvalidData(f"Complex(pairs={self.pairs}) must name each of the {n} coordinates once, in pairs (real, imaginary).")
        i_times = np.zeros((n, n))
        for real, imaginary in pairs:
            i_times[imaginary, real], i_times[real, imaginary] = 1.0, -1.0
        units = _units(mixing(samples))
        commuting = null_space((units @ i_times - i_times @ units).reshape(len(units), -1).T).basis
        return Search(np.tensordot(commuting.T, units, 1))


@dataclass(frozen=True)
class Whitened:
    """The only linear maps that can preserve a distribution with second moments S: ``S^{1/2} so(n) S^{-1/2}``.

    Of use at the measure level, and only there. S is estimated from the data, and its error enters the tests.

    Arguments:
        about_mean: S is the covariance, and the maps turn about the mean: ``(n + 1) × (n + 1)`` matrices on ``(x, 1)``.

    Example:
        >>> from physym.algebra import Rep
        >>> x = np.random.default_rng(0).normal(size=(50, 3))
        >>> Whitened().search(Samples(x, rep_x=Rep("V", n=3))).matrices.shape
        (3, 3, 3)
    """

    about_mean: bool = field(default=False, kw_only=True)

    def search(self, samples: Samples, frame: Float[np.ndarray, "m m"] | None = None) -> Search:
        """Rotations, within the blocks of the samples, in the frame in which the second moments are the unit matrix."""
        allowed = mixing(samples)
        return Search(turns(allowed), whitening_frame(samples, allowed, about_mean=self.about_mean), whitened=True)


def _places(samples: Samples, members: tuple[int | str, ...]) -> tuple[int, ...]:
    """Numbers of coordinates that are given by name or number."""
    places = []
    for member in members:
        if isinstance(member, str) and member not in samples.coordinates:
            known = ", ".join(samples.coordinates) or "none; give numbers"
            raise InvalidData(f"there is no coordinate {member!r}; the samples name {known}.")
        place = samples.coordinates.index(member) if isinstance(member, str) else member
        if not 0 <= place < samples.n:
            raise InvalidData(f"there is no coordinate {place}; the vectors have coordinates 0 to {samples.n - 1}.")
        places.append(place)
    return tuple(places)


def turns(allowed: Bool[np.ndarray, "n n"]) -> Float[np.ndarray, "s n n"]:
    """Orthonormal rotations within the blocks.

    Arguments:
        allowed: which entries may differ from zero, shape ``(n, n)``.

    Returns:
        Shape ``(s, n, n)``.

    Example:
        >>> turns(np.ones((3, 3), dtype=bool)).shape
        (3, 3, 3)
    """
    found = so(len(allowed)).basis / np.sqrt(2)
    return np.asarray(found[(np.abs(found) * ~allowed).sum((1, 2)) == 0])


def mixing(samples: Samples) -> Bool[np.ndarray, "n n"]:
    """Which entries the blocks of the samples allow to differ from zero.

    Arguments:
        samples: rows of vectors of n coordinates.

    Returns:
        Shape ``(n, n)``.

    Example:
        >>> from physym.algebra import Rep
        >>> mixing(Samples(np.ones((5, 2)), rep_x=Rep("V", n=2), blocks=((0,), (1,)))).tolist()
        [[True, False], [False, True]]
    """
    block = np.zeros(samples.n, dtype=np.int64)
    for number, members in enumerate(samples.blocks):
        block[list(members)] = number
    return np.asarray(block[:, None] == block)


def _units(allowed: Bool[np.ndarray, "n n"]) -> Float[np.ndarray, "s n n"]:
    """One matrix unit for every entry that is allowed."""
    n = len(allowed)
    return np.asarray(np.eye(n * n).reshape(n * n, n, n)[allowed.ravel()])
