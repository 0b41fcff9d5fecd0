"""`Samples`: the only thing that discovery sees. Nothing after it knows the word "jet"."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from physym._typing import Bool, Float, Int, Shaped
from physym.algebra.representation import Rep
from physym.errors import InvalidData, ShapeError


@dataclass(frozen=True, eq=False)
class Samples:
    """Rows of data with the representation that a symmetry would act by.

    Arguments:
        x: inputs, shape ``(N, rep_x.dim)``, float64, in ``units``.
        rep_x: how the searched group acts on x; ``Rep("2V", n=4)`` is two four-vectors moved by the same matrix.
        y: labels, targets or next states, shape ``(N,)`` or ``(N, rep_y.dim)``, or None.
        rep_y: how the group acts on y; None stands for invariant y.
        mask: which copies of the vector are real and not padding, shape ``(N, copies)``, or None when all are.
        cluster: rows of one cluster (an event, a trajectory) are not independent, shape ``(N,)``; None: each row is its own.
        blocks: index blocks of the coordinates; generators are searched block-diagonal on them. Empty: no restriction.
        units: unit of x, for instance ``"GeV"``.
        coordinates: names of the n coordinates of one vector.
        source: where the rows come from.
        rounding: relative rounding error of the stored numbers: 2⁻²⁴ for float32 files, 2⁻⁵³ for float64.
        grid: height H and width W where a row of x is an image, in reading order; empty otherwise. The searched group then moves the
            plane of the picture by affine 3 × 3 matrices on (u, v, 1), see ``plane``, and ``rep_x`` is H·W scalars: ``Rep("64S", n=2)``.

    Raises:
        ShapeError: the fields do not fit each other.
        InvalidData: x or y holds NaN or infinite values.

    Example:
        >>> import numpy as np
        >>> rows = Samples(np.ones((5, 8)), rep_x=Rep("2V", n=4), units="GeV")
        >>> len(rows), rows.copies, rows.n
        (5, 2, 4)
    """

    x: Float[np.ndarray, "N d"]
    rep_x: Rep = field(kw_only=True)
    y: Shaped[np.ndarray, "N ..."] | None = field(default=None, kw_only=True)
    rep_y: Rep | None = field(default=None, kw_only=True)
    mask: Bool[np.ndarray, "N copies"] | None = field(default=None, kw_only=True)
    cluster: Int[np.ndarray, "N"] | None = field(default=None, kw_only=True)
    blocks: tuple[tuple[int, ...], ...] = field(default=(), kw_only=True)
    units: str = field(default="", kw_only=True)
    coordinates: tuple[str, ...] = field(default=(), kw_only=True)
    source: str = field(default="memory", kw_only=True)
    rounding: float = field(default=2.0**-53, kw_only=True)
    grid: tuple[int, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        x = _real(self.x)
        if x.ndim != 2 or x.shape[1] != self.rep_x.dim:
            raise ShapeError(f"x has shape {x.shape}; expected (N, {self.rep_x.dim}), the dimension of {self.rep_x!r}.")
        _require_numbers("x", x)
        for name, value in (("y", self.y), ("mask", self.mask), ("cluster", self.cluster)):
            if value is None:
                continue
            rows = _target(value) if name == "y" else np.asarray(value, dtype=bool if name == "mask" else None)
            if rows.shape[:1] != x.shape[:1]:
                raise ShapeError(f"{name} has {len(rows) if rows.ndim else 'no'} rows; expected {len(x)}, one for each row of x.")
            object.__setattr__(self, name, rows)
        if self.y is not None and np.issubdtype(self.y.dtype, np.inexact):
            _require_numbers("y", self.y)
        if self.mask is not None and self.mask.shape != (len(x), self.copies):
            raise ShapeError(f"mask has shape {self.mask.shape}; expected {(len(x), self.copies)}: one entry per vector.")
        if self.coordinates and len(self.coordinates) != self.n:
            raise ShapeError(f"{len(self.coordinates)} coordinate names for vectors of dimension {self.n}.")
        if sorted(i for block in self.blocks for i in block) != list(range(self.n)) and self.blocks:
            raise ShapeError(f"blocks {self.blocks} must name each of the {self.n} coordinates once.")
        self._check_grid()
        object.__setattr__(self, "x", x)

    def _check_grid(self) -> None:
        """The grid, where there is one, has two positive sides and one scalar per pixel."""
        if not len(self.grid):
            return
        if len(self.grid) != 2 or not all(isinstance(side, (int, np.integer)) and side > 0 for side in self.grid):
            raise ShapeError(f"grid={self.grid}; expected height and width of an image in pixels, two positive whole numbers.")
        pixels = int(self.grid[0]) * int(self.grid[1])
        if self.rep_x != Rep(f"{pixels}S", n=2):
            raise ShapeError(
                f"grid={self.grid} with {self.rep_x!r}; an image of {self.grid[0]} × {self.grid[1]} pixels holds {pixels} scalars over a "
                f"plane: give rep_x=Rep('{pixels}S', n=2) and x of shape (N, {pixels})."
            )
        object.__setattr__(self, "grid", (int(self.grid[0]), int(self.grid[1])))

    @property
    def n(self) -> int:
        """Dimension of one vector."""
        return int(self.rep_x.n)

    @property
    def copies(self) -> int:
        """How many vectors a row holds: K when ``rep_x`` is K copies of V.

        Raises:
            ShapeError: the rows are images, or ``rep_x`` is not a number of copies of the vector.
        """
        self.refuse_images()
        copies = self.rep_x.copies_of_vector
        if copies is None:
            raise ShapeError(f"{self.rep_x!r} is not a number of copies of the vector V; give x as copies of one vector.")
        return copies

    @property
    def vectors(self) -> Float[np.ndarray, "N copies n"]:
        """x as vectors, shape ``(N, copies, n)``."""
        return self.x.reshape(len(self.x), self.copies, self.n)

    @property
    def plane(self) -> Float[np.ndarray, "pixels 2"]:
        """Where the pixels of an image lie: (u, v) of their centres in the order of the columns of x, shape ``(H·W, 2)``.

        u grows to the right and v upwards, so that ``[[0, −1], [1, 0]]`` turns a square picture counter-clockwise; the centres of the
        pixels at the rim lie at ±1. (Where H and W differ, u and v have different units and a turn of the picture is not orthogonal.)

        Raises:
            ShapeError: the rows are no images.
        """
        if not self.grid:
            raise ShapeError(f"{self.source}: the rows are no images, so they lie in no plane; state grid=(height, width) where they are.")
        # odd numbers over the largest one: exactly as far to the left as to the right, and 0 for a single row
        down, across = ((2 * np.arange(side) - (side - 1)) / max(side - 1, 1) for side in self.grid)
        u, v = np.meshgrid(across, down[::-1])
        return np.stack([u.ravel(), v.ravel()], axis=1)

    @property
    def moves_y(self) -> bool:
        """Whether y is a vector that the group moves along with x.

        Raises:
            ShapeError: y does not fit its representation.
        """
        if self.rep_y is None or self.y is None or {factors for _, factors in self.rep_y.terms} == {(("S", 1),)}:
            return False
        if self.rep_y.n != self.rep_x.n:
            raise ShapeError(f"y moves as {self.rep_y!r} and x as {self.rep_x!r}; one group has matrices of one size: give the same n.")
        if not np.issubdtype(self.y.dtype, np.number):
            raise ShapeError(f"y holds {self.y.dtype} and moves as {self.rep_y!r}; give numbers, or leave rep_y out where y holds labels.")
        if np.shape(self.y) != (len(self), self.rep_y.dim):
            raise ShapeError(f"y has shape {np.shape(self.y)}; expected {(len(self), self.rep_y.dim)}, as it moves by {self.rep_y!r}.")
        return True

    def refuse_images(self) -> None:
        """Refuse rows that are images: for methods that move the vectors in a row, of which an image has none.

        A map of the plane moves pixels and leaves their values alone, so no matrix on the values could ever be refuted.

        Raises:
            ShapeError: the rows are images.

        Example:
            >>> Samples(np.ones((5, 6)), rep_x=Rep("2V", n=3)).refuse_images()
        """
        if self.grid:
            raise ShapeError(
                f"{self.source}: the rows are images of {self.grid[0]} × {self.grid[1]} pixels. A linear map of the plane moves the pixels "
                "and not their values, which are scalars, so this method has no vectors to move. Use LieGAN, which moves the picture."
            )

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        target = "no y" if self.y is None else f"y {self.y.shape}"
        return f"Samples: {len(self)} rows of {self.rep_x!r} in {self.units or 'natural units'}, {target}\n  source: {self.source}"


def _real(x: object) -> Float[np.ndarray, "N d"]:
    """Inputs as float64, or the sentence that says why they are none."""
    given = np.asarray(x)
    if np.iscomplexobj(given):
        raise InvalidData("x holds complex numbers; give real and imaginary parts as columns, with rep_x such as Rep('C', n=2).")
    try:
        return given.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise InvalidData(f"x holds values that are no numbers ({error}); give an array of numbers, shape (N, d).") from error


def _target(y: object) -> Shaped[np.ndarray, "N ..."]:
    """Labels or targets as an array of one kind."""
    given = np.asarray(y)
    if given.dtype == object:  # as tables keep their text
        given = np.array(given.tolist())
    if given.dtype == object or np.iscomplexobj(given):
        kind = "complex numbers" if given.dtype != object else "values of several kinds"
        raise InvalidData(f"y holds {kind}; give real numbers, or labels that are all numbers or all text.")
    return given


def _require_numbers(name: str, values: Float[np.ndarray, "N ..."]) -> None:
    """Finite numbers, neither so large nor so small that their squares leave float64."""
    # the square of finite numbers is finite but for overflow, so most arrays need no mask
    flat = values.reshape(-1).astype(np.float64, copy=False)
    square = float(np.vdot(flat, flat))
    if not np.isfinite(square) and not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(1))[0])
        raise InvalidData(f"{name} holds NaN or infinite values (first in row {row}); drop or repair these rows.")
    if not np.isfinite(square) or (square < np.finfo(float).tiny and values.any()):
        largest = float(np.abs(values).max())
        raise InvalidData(f"{name} is as large as {largest:.1e}, whose square is no number of float64; give it in other units.")
