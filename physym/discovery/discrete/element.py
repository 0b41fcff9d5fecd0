"""`ElementTest`: one element of a finite group, whether the data reject it, and the defect that they rule out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from physym._numbers import p_text
from physym._typing import Float
from physym.errors import ShapeError

DiscreteLevelName = Literal["conditional", "measure"]

DOUBTFUL_BELOW = 0.05  # of all rows: costs one true certificate in twenty, and never a group
CERTIFIED_BELOW = 0.3  # random blobs at N = 1,000 leave unrefuted false groups, but none with a bound below this


@dataclass(frozen=True, eq=False)
class ElementTest:
    """The held-out test of one discrete transformation ``x → g x``, ``y → g' y``.

    Arguments:
        name: what the element is, for instance ``"parity"`` or ``"rotation by 2π/7"``.
        matrix: g, shape ``(d, d)``, acting on a row of x as a column.
        order: the smallest power that is the identity; 0 where no power up to the tested one is.
        p_value: p-value of "the element is a symmetry" on rows that had no part in its estimate; it allows for the error of g; NaN where it
            cannot be tested, for the reason in ``note``.
        defect: defect ‖D(g)‖ relative to the root-mean-square defect of random elements; NaN where the scale is not resolved.
        bound: U, the relative defect that the held-out rows rule out exceeding at 1 − alpha; NaN where nothing can be certified.
        alpha: significance of the test; ``bound`` holds at 1 − alpha.
        ceiling: the largest bound that counts as certified.
        errors: standard error of each entry of g, shape ``(d, d)``; None for an element that was given and not estimated.
        target: g', shape ``(m, m)``; None where y is invariant.
        exchanges: x and y trade places as well (time reversal): the pair ``(x, y)`` goes to ``(g y, g' x)``.
        note: what a reader must know besides, for instance that rows were reweighted.

    Raises:
        ShapeError: g or g' is not square, or the errors have another shape than g.

    Example:
        >>> parity = ElementTest("parity", -np.eye(2), order=2, p_value=0.4, defect=0.02, bound=0.08)
        >>> parity
        ElementTest parity: certified at U = 0.08 (p = 0.4)
        >>> parity.rejected, parity.certified
        (False, True)
    """

    name: str
    matrix: Float[np.ndarray, "d d"]
    order: int = field(kw_only=True)
    p_value: float = field(kw_only=True)
    defect: float = field(default=float("nan"), kw_only=True)
    bound: float = field(default=float("nan"), kw_only=True)
    alpha: float = field(default=0.01, kw_only=True)
    ceiling: float = field(default=CERTIFIED_BELOW, kw_only=True)
    errors: Float[np.ndarray, "d d"] | None = field(default=None, kw_only=True)
    target: Float[np.ndarray, "m m"] | None = field(default=None, kw_only=True)
    exchanges: bool = field(default=False, kw_only=True)
    note: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        for name, value in (("matrix", self.matrix), ("target", self.target)):
            if value is not None and (np.ndim(value) != 2 or np.shape(value)[0] != np.shape(value)[1]):
                raise ShapeError(f"{name} of element {self.name!r} has shape {np.shape(value)}; expected a square matrix.")
        if self.errors is not None and np.shape(self.errors) != np.shape(self.matrix):
            raise ShapeError(f"errors of element {self.name!r} have shape {np.shape(self.errors)}; expected {np.shape(self.matrix)}.")

    @property
    def rejected(self) -> bool:
        """Whether the data contradict the element at ``alpha``."""
        return self.p_value < self.alpha

    @property
    def certified(self) -> bool:
        """Whether the element is not rejected and its bound is below the ceiling."""
        return not self.rejected and self.bound <= self.ceiling

    @property
    def verdict(self) -> str:
        """The verdict in words: ``"rejected"``, ``"not tested"``, ``"not rejected"`` or, which says most, ``"certified at U = …"``."""
        if self.rejected:
            return "rejected"
        if np.isnan(self.p_value):
            return "not tested"
        return f"certified at U = {self.bound:.2g}" if self.certified else "not rejected"

    def __repr__(self) -> str:
        return f"ElementTest {self.name}: {self.verdict}" + ("" if np.isnan(self.p_value) else f" (p {p_text(self.p_value)})")


@dataclass(frozen=True, eq=False)
class GroupTest:
    """One held-out test of all elements of a group at once, which needs no correction for their number.

    Arguments:
        p_value: p-value of "the whole group is a symmetry", with the error of its matrices.
        defect: root-mean-square defect over the elements but the identity, relative to random elements; NaN where the scale
            is not resolved.
        bound: U, the value of ``defect`` that the held-out rows rule out exceeding at 1 − alpha; NaN where nothing can be certified.
        alpha: significance of the test; ``bound`` holds at 1 − alpha.
        ceiling: the largest bound that counts as certified.
        p_all: p-value on all rows, those that proposed the group included: too large on average, so it can only refuse a certificate.

    Example:
        >>> GroupTest(p_value=0.3, defect=0.02, bound=0.1).certified, GroupTest(p_value=0.3, bound=0.5).certified
        (True, False)
    """

    p_value: float = field(kw_only=True)
    defect: float = field(default=float("nan"), kw_only=True)
    bound: float = field(default=float("nan"), kw_only=True)
    alpha: float = field(default=0.01, kw_only=True)
    ceiling: float = field(default=CERTIFIED_BELOW, kw_only=True)
    p_all: float = field(default=1.0, kw_only=True)

    @property
    def certified(self) -> bool:
        """Whether the group is not rejected, its bound is below the ceiling, and all rows together cast no doubt on it."""
        return self.p_value >= self.alpha and self.bound <= self.ceiling and self.p_all >= max(self.alpha, DOUBTFUL_BELOW)
