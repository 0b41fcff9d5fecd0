"""The null space of a measured matrix: one noise-aware solver for metrics, symmetries and invariants alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from physym._typing import Float
from physym.errors import InvalidData, ShapeError

CLEAR_GAP = 10.0  # a ratio that neighbouring singular values of a generic matrix of some ten columns rarely reach


@dataclass(frozen=True, eq=False)
class NullSpace:
    """Directions that a matrix sends to zero, and how clearly they stand apart from the rest.

    Arguments:
        basis: orthonormal columns that span the null space, shape ``(k, r)``, the most certain direction last.
        singular_values: all k of them in descending order, shape ``(k,)``; zeros are added where the matrix has fewer rows.
        gap: ratio of the smallest kept to the largest null value, both at least the numerical floor; 1 at full rank,
            infinite for a zero matrix.
        clear: whether the cut is beyond doubt; read ``verdict`` where it is not.
        bound: the size below which values were taken as null (the noise, or the numerical floor).
        noisy: whether the cut was made at the noise rather than at the gap.

    Example:
        >>> import numpy as np
        >>> null_space(np.array([[1.0, 0.0], [1e-3, 1e-3]])).verdict
        'dimension 1 by a gap of 1.0e+03'
    """

    basis: Float[np.ndarray, "k r"]
    singular_values: Float[np.ndarray, "k"]
    gap: float
    clear: bool
    bound: float
    noisy: bool

    @property
    def dimension(self) -> int:
        """Number of null directions r."""
        return int(self.basis.shape[1])

    @property
    def verdict(self) -> str:
        """The result as a sentence."""
        if not len(self.singular_values):
            return "dimension 0: the matrix has no columns"
        if np.isinf(self.gap):
            return f"dimension {self.dimension}: the matrix is zero"
        if self.noisy and self.dimension and self._largest_null > self.bound:
            size = f"a singular value of {self._largest_null:.1e}, above the noise {self.bound:.1e}"
            return f"no clear gap: dimension {self.dimension} takes in {size}"
        if self.noisy and self.dimension == len(self.singular_values):
            return f"dimension {self.dimension}: all singular values lie below the noise {self.bound:.1e}"
        if self.noisy and self.clear:
            return f"dimension {self.dimension}: that many singular values lie below the noise {self.bound:.1e}, the next is well above it"
        if self.noisy:
            nearest = f"the next singular value, {self.singular_values[-self.dimension - 1]:.1e}, is less than twice that"
            return f"no clear gap: dimension {self.dimension} at the noise {self.bound:.1e}, but {nearest}"
        if self.clear and self.dimension:
            everything = ": the whole space" if self.dimension == len(self.singular_values) else ""
            return f"dimension {self.dimension} by a gap of {self.gap:.1e}{everything}"
        if self.clear:
            return f"dimension 0: the smallest singular value is {self.singular_values[-1]:.1e} of a largest {self.singular_values[0]:.1e}"
        return f"no clear gap: the ratio at dimension {self.dimension} is only {self.gap:.1f}"

    @property
    def _largest_null(self) -> float:
        return float(self.singular_values[-self.dimension])

    def __repr__(self) -> str:
        return f"NullSpace: {self.verdict}"


def null_space(
    matrix: Float[np.ndarray, "m k"],
    *,
    noise: float | Float[np.ndarray, "m k"] | None = None,
    dimension: int | None = None,
    scale: float | None = None,
    least_gap: float = CLEAR_GAP,
) -> NullSpace:
    """Solve ``H a = 0`` for a matrix that is known up to round-off or up to a stated error.

    With no noise stated the cut sits at the largest ratio of neighbouring singular values, those below the numerical
    floor ``max(m, k)·ε·σ_max`` counting as equal; a largest ratio below ``least_gap`` means that there is no null space.
    With noise stated every value below the operator norm of such noise is null.

    Arguments:
        matrix: H, shape ``(m, k)``.
        noise: standard error of the entries of H, one number or shape ``(m, k)``, the errors being independent.
        dimension: the dimension, where it is known; the cut is then only judged.
        scale: singular value of a direction that is certainly not null. Needed to tell a matrix that is all noise
            from one of full rank; without it the largest singular value serves.
        least_gap: smallest ratio that counts as a gap.

    Returns:
        The null space with its spectrum and a verdict.

    Raises:
        ShapeError: ``matrix`` is not two-dimensional, or ``dimension`` lies outside 0 … k.
        InvalidData: an entry is NaN or infinite.

    References:
        Operator norm of independent errors: Bandeira and van Handel, Ann. Probab. 44 (2016) 2479, Theorem 1.1.

    Example:
        >>> import numpy as np
        >>> found = null_space(np.array([[1.0, 1.0], [1.0, 1.001]]), noise=0.01)
        >>> found.dimension, found.clear
        (1, True)
    """
    rows, columns = _checked(matrix, dimension)
    if columns == 0:
        return NullSpace(np.zeros((0, 0)), np.zeros(0), 1.0, True, 0.0, noise is not None)
    square = np.linalg.qr(matrix, mode="r") if rows > 2 * columns else matrix
    _, found, right = np.linalg.svd(square, full_matrices=rows < columns)
    values = np.zeros(columns)
    values[: len(found)] = found
    top = max(values.item(0), scale or 0.0)
    floor = max(rows, columns) * np.finfo(float).eps * top
    bound = floor if noise is None else max(floor, _operator_norm(noise, rows, columns))
    ladder = [scale or values.item(0), *np.maximum(values, floor).tolist()]
    ratios = [above / below if below > 0 else 1.0 for above, below in pairwise(ladder)]
    cut = _cut(values, ratios, bound=None if noise is None else bound, least_gap=least_gap, zero=top == 0)
    if dimension is not None:
        cut = columns - dimension
    clear = _is_clear(cut, ladder, ratios, bound=None if noise is None else bound, least_gap=least_gap)
    gap = np.inf if top == 0 else ratios[cut] if cut < columns else 1.0
    return NullSpace(right[cut:].T, values, gap, clear, float(bound), noise is not None)


def _checked(matrix: Float[np.ndarray, "..."], dimension: int | None) -> tuple[int, int]:
    if matrix.ndim != 2:
        raise ShapeError(f"matrix has shape {matrix.shape}; expected (m, k): one equation per row.")
    if not np.isfinite(matrix).all():
        raise InvalidData("the matrix holds NaN or infinite entries; its null space is not defined.")
    rows, columns = matrix.shape
    if dimension is not None and not 0 <= dimension <= columns:
        raise ShapeError(f"dimension={dimension} of a null space in {columns} columns; expected 0 to {columns}.")
    return rows, columns


def _operator_norm(noise: float | Float[np.ndarray, "m k"], rows: int, columns: int) -> float:
    """Size that the operator norm of independent Gaussian errors practically never exceeds."""
    if isinstance(noise, np.ndarray) and noise.ndim:
        by_row, by_column = np.sqrt((noise**2).sum(1).max(initial=0.0)), np.sqrt((noise**2).sum(0).max(initial=0.0))
        return float(by_row + by_column + 3 * noise.max(initial=0.0))
    return float(noise) * float(np.sqrt(rows) + np.sqrt(columns) + 3)


def _cut(values: Float[np.ndarray, "k"], ratios: list[float], *, bound: float | None, least_gap: float, zero: bool) -> int:
    """Number of singular values that are kept."""
    if zero:
        return 0
    if bound is not None:
        return int((values > bound).sum())
    best = max(range(len(ratios)), key=ratios.__getitem__)
    return best if ratios[best] >= least_gap else len(ratios)


def _is_clear(cut: int, ladder: list[float], ratios: list[float], *, bound: float | None, least_gap: float) -> bool:
    if bound is not None:
        all_below = cut == len(ratios) or ladder[cut + 1] <= bound  # fails only where the dimension was given
        return all_below and (cut == 0 or ladder[cut] > 2 * bound)
    if ladder[0] == 0:
        return True
    if cut == len(ratios):  # full rank: clear while no ratio comes near to a gap
        return max(ratios) < least_gap / 2
    others = [ratio for place, ratio in enumerate(ratios) if place != cut]
    return ratios[cut] >= least_gap and ratios[cut] >= 2 * max(others, default=0.0)
