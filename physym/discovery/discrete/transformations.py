"""Transformations that can be named beforehand: parity, sign flips, exchanges, time reversal, and any matrix of the user's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from physym._typing import Float
from physym.data import Samples
from physym.discovery.discrete.targets import targets
from physym.errors import MissingField, ShapeError

MOST_EXCHANGES = 6


@dataclass(frozen=True, eq=False)
class Transformation:
    """One linear transformation of a row and its target: ``(x, y) → (g x, g' y)``, or ``(g y, g' x)`` where they trade places.

    Arguments:
        name: what it is.
        matrix: g, acting on a whole row x as a column, shape ``(d, d)``.
        target: g', shape ``(m, m)``; None where y is invariant.
        exchanges: whether x and y trade places, as state and next state do when time runs backwards.

    Raises:
        ShapeError: a matrix is not square or not of finite numbers, or x and y trade places without a g' of the same size.

    Example:
        >>> Transformation("parity", -np.eye(3))
        Transformation parity: 3 × 3
    """

    name: str
    matrix: Float[np.ndarray, "d d"]
    target: Float[np.ndarray, "m m"] | None = field(default=None, kw_only=True)
    exchanges: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        for matrix in (self.matrix, *([] if self.target is None else [self.target])):
            if np.ndim(matrix) != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():
                raise ShapeError(f"transformation {self.name!r} has a matrix of shape {np.shape(matrix)}; expected square and finite.")
        if self.exchanges and (self.target is None or self.target.shape != self.matrix.shape):
            raise ShapeError(f"transformation {self.name!r} exchanges x and y; expected a target matrix of the same size as the matrix.")

    @property
    def pair(self) -> Float[np.ndarray, "p p"]:
        """The matrix by which the pair (x, y) moves, shape ``(d + m, d + m)``; g itself where y is invariant."""
        if self.target is None:
            return self.matrix
        d, m = len(self.matrix), len(self.target)
        whole = np.zeros((d + m, d + m))
        rows, columns = (slice(0, d), slice(d, None)) if not self.exchanges else (slice(d, None), slice(0, d))
        whole[:d, rows], whole[d:, columns] = self.matrix, self.target
        return whole

    def __repr__(self) -> str:
        size = f"{len(self.matrix)} × {len(self.matrix)}"
        return f"Transformation {self.name}: {size}" + (", x and y trade places" if self.exchanges else "")


def on_vectors(samples: Samples, name: str, matrix: Float[np.ndarray, "n n"]) -> Transformation:
    """A matrix that moves every vector of a row, and the targets where they are vectors too.

    Arguments:
        samples: gives the representations.
        name: what it is.
        matrix: shape ``(n, n)``.

    Returns:
        The transformation of the whole row.

    Example:
        >>> from physym.algebra import Rep
        >>> rows = Samples(np.ones((2, 4)), rep_x=Rep("2V", n=2))
        >>> on_vectors(rows, "swap of axes", np.array([[0.0, 1.0], [1.0, 0.0]])).matrix.shape
        (4, 4)
    """
    if np.shape(matrix) != (samples.n, samples.n):
        raise ShapeError(f"{name}: the matrix has shape {np.shape(matrix)}; expected {(samples.n, samples.n)} for one vector.")
    copies = targets(samples).vectors
    target = np.kron(np.eye(copies), matrix) if copies else None
    return Transformation(name, np.kron(np.eye(samples.copies), np.asarray(matrix, dtype=np.float64)), target=target)


def sign_flip(samples: Samples, coordinates: tuple[str, ...], *, name: str = "") -> Transformation:
    """The named coordinates change sign: a reflection, or the reversal of charges.

    Raises:
        MissingField: a coordinate is not among the names of the samples.

    Example:
        >>> from physym.algebra import Rep
        >>> rows = Samples(np.ones((2, 2)), rep_x=Rep("V", n=2), coordinates=("p", "charge"))
        >>> sign_flip(rows, ("charge",), name="charge conjugation").matrix.diagonal().tolist()
        [1.0, -1.0]
    """
    missing = [c for c in coordinates if c not in samples.coordinates]
    if missing or not coordinates:
        raise MissingField(f"no coordinate {', '.join(missing) or 'was named'}; present: {', '.join(samples.coordinates) or 'no names'}.")
    signs = np.array([-1.0 if c in coordinates else 1.0 for c in samples.coordinates])
    return on_vectors(samples, name or f"sign flip of {', '.join(coordinates)}", np.diag(signs))


def parity(samples: Samples) -> Transformation:
    """Every spatial coordinate changes sign; an energy or time (a coordinate named ``E`` or ``t``) does not.

    Example:
        >>> from physym.algebra import Rep
        >>> rows = Samples(np.ones((2, 4)), rep_x=Rep("V", n=4), coordinates=("E", "px", "py", "pz"))
        >>> parity(rows).matrix.diagonal().tolist()
        [1.0, -1.0, -1.0, -1.0]
    """
    names = samples.coordinates or ("",) * samples.n
    return on_vectors(samples, "parity", np.diag([1.0 if name in ("E", "t") else -1.0 for name in names]))


def exchange_vectors(samples: Samples, first: int, second: int) -> Transformation:
    """Two vectors of a row trade places, such as the two leading constituents of a jet; counted from 0.

    Raises:
        ShapeError: there are no such vectors.

    Example:
        >>> from physym.algebra import Rep
        >>> exchange_vectors(Samples(np.ones((2, 2)), rep_x=Rep("2V", n=1)), 0, 1).matrix.tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    if not 0 <= first < samples.copies or not 0 <= second < samples.copies or first == second:
        raise ShapeError(f"exchange of vectors {first} and {second}; expected two different numbers below {samples.copies}.")
    order = np.arange(samples.copies)
    order[[first, second]] = second, first
    return Transformation(f"exchange of vectors {first + 1} and {second + 1}", np.kron(np.eye(samples.copies)[order], np.eye(samples.n)))


def exchange_bodies(samples: Samples, first: str, second: str) -> Transformation:
    """Two bodies trade places in all named coordinates: with ``"1"`` and ``"2"``, q1x with q2x, p1x with p2x and so on.

    Raises:
        MissingField: the names do not pair up.

    Example:
        >>> from physym.algebra import Rep
        >>> rows = Samples(np.ones((2, 4)), rep_x=Rep("V", n=4), coordinates=("q1", "q2", "p1", "p2"))
        >>> exchange_bodies(rows, "1", "2").matrix.argmax(1).tolist()
        [1, 0, 3, 2]
    """
    marks = {first: second, second: first}
    names = ["".join(marks.get(letter, letter) for letter in name) for name in samples.coordinates]
    if sorted(names) != sorted(samples.coordinates) or tuple(names) == samples.coordinates:
        raise MissingField(
            f"bodies {first!r} and {second!r} cannot trade places: the coordinates {', '.join(samples.coordinates) or '(none named)'} "
            "do not pair up under that exchange of names."
        )
    order = [samples.coordinates.index(name) for name in names]
    return on_vectors(samples, f"exchange of bodies {first} and {second}", np.eye(samples.n)[order])


def time_reversal(samples: Samples, momenta: tuple[str, ...] = (), *, after: Transformation | None = None) -> Transformation:
    """Time runs backwards: momenta change sign, and state and next state trade places, ``F(T F(x)) = T x``.

    Arguments:
        samples: x is the state and y the next state, of the same representation.
        momenta: coordinates that change sign; empty: those whose names start with p or v.
        after: a transformation of space that goes with it, such as a reflection; None: none.

    Returns:
        The transformation of the pair (x, y).

    Raises:
        ShapeError: y is not a state like x.
        MissingField: no coordinate looks like a momentum.

    Example:
        >>> from physym.algebra import Rep
        >>> rows = Samples(np.ones((2, 2)), rep_x=Rep("V", n=2), y=np.ones((2, 2)), rep_y=Rep("V", n=2), coordinates=("q", "p"))
        >>> time_reversal(rows).exchanges, time_reversal(rows).matrix.diagonal().tolist()
        (True, [1.0, -1.0])
    """
    chosen = momenta or tuple(name for name in samples.coordinates if name[:1] in ("p", "v"))
    shape = None if samples.y is None else samples.y.shape
    if shape != samples.x.shape:
        raise ShapeError(f"time reversal needs the next state as y, of shape {samples.x.shape}; got {shape}.")
    flip = sign_flip(samples, chosen, name="time reversal").matrix
    matrix = flip if after is None else flip @ after.matrix
    name = "time reversal" if after is None else f"time reversal with {after.name}"
    return Transformation(name, matrix, target=matrix, exchanges=True)


def standard_transformations(samples: Samples) -> tuple[Transformation, ...]:
    """What can be asked of any samples: parity, the flip of each named axis, exchanges of vectors and bodies, time reversal.

    Arguments:
        samples: rows whose names of coordinates say what is what.

    Returns:
        Candidates, none of them twice.

    Example:
        >>> from physym.algebra import Rep
        >>> rows = Samples(np.ones((2, 4)), rep_x=Rep("2V", n=2), coordinates=("px", "py"))
        >>> [t.name for t in standard_transformations(rows)]
        ['parity', 'sign flip of px', 'sign flip of py', 'exchange of vectors 1 and 2']
    """
    found = [parity(samples)] if samples.n > 1 or samples.copies == 1 else []
    spatial = [name for name in samples.coordinates if name not in ("E", "t")]
    if 1 < len(spatial) <= 3:
        found += [sign_flip(samples, (name,)) for name in spatial]
    found += [exchange_vectors(samples, i, j) for i, j in combinations(range(min(samples.copies, MOST_EXCHANGES)), 2)]
    for first, second in combinations("123", 2):
        try:
            found.append(exchange_bodies(samples, first, second))
        except MissingField:
            continue
    if samples.y is not None and samples.rep_y is not None and np.shape(samples.y) == samples.x.shape:
        momenta = tuple(name for name in samples.coordinates if name[:1] in ("p", "v"))
        if momenta and len(momenta) < samples.n:
            found.append(time_reversal(samples))
    return tuple(found)
