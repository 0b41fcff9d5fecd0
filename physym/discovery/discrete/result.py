"""What `discover_discrete` returns: a finite group with a held-out verdict on every element."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from physym._numbers import p_text
from physym._typing import Float, Int
from physym.algebra import MatrixGroup
from physym.discovery.discrete.element import DiscreteLevelName, ElementTest, GroupTest
from physym.errors import InvalidData


class DiscreteStatus(Enum):
    """How a discrete search went, in the sentence that a user reads and that names the cure.

    Example:
        >>> DiscreteStatus.CERTIFIED.value
        'Every element is not rejected, and its defect is bounded below that of random elements.'
    """

    CERTIFIED = "Every element is not rejected, and its defect is bounded below that of random elements."
    NOT_CERTIFIED = (
        "No element is rejected, but a defect near that of a random element is not ruled out for at least one of them. "
        "Use more data before you rely on the group."
    )
    TRIVIAL = "Every candidate but the identity is rejected: no discrete symmetry among those that were tested."
    CONTINUOUS = (
        "No charge was seen up to the highest one tested, so the order is not determined: the data look symmetric under every rotation "
        "of the plane at this resolution. Raise the highest charge or use more data, and run discover for the continuous symmetry."
    )
    NO_PLANE = (
        "No plane of rotation could be told from the low-degree moments. Name the plane, use more data, "
        "or search under linear mixing with LinearMixing."
    )
    NOT_APPLICABLE = "The data cannot answer the question; the reason is given beside."


@dataclass(frozen=True, eq=False)
class ChargeTest:
    """Whether the data carry charge m under rotations of the plane, i.e. change like ``e^{imθ}``.

    Arguments:
        charge: m.
        p_value: p-value of "no charge m", on the rows that proposed the order.
        strength: size of the moments of charge m in units of their standard error.

    Example:
        >>> ChargeTest(7, 1e-12, 9.5)
        ChargeTest(charge=7, p_value=1e-12, strength=9.5)
    """

    charge: int
    p_value: float
    strength: float


@dataclass(frozen=True, eq=False)
class DiscreteDiscovery:
    """A finite symmetry group of data, with what was tested and how sure it is.

    Arguments:
        group: the group that is claimed, at least the identity; its matrices have shape ``(g, d, d)``.
        tests: one held-out test per element of the group, in its order: first the identity, with p = 1 and bound 0.
        joint: one test of all elements at once, where the method has it; p-value, bound and verdict of the group are then its.
        level: ``"conditional"`` (p(y | gx) = p(y | x) or F(gx) = g'F(x)) or ``"measure"`` (p(gx | y) = p(x | y)).
        statement: the sentence that was tested.
        status: how it went.
        reason: why the question could not be answered; empty otherwise.
        rejected: elements that were proposed and that the data reject.
        dropped: elements that could not be tested, or are not rejected but form no group with the others; the reason is in ``note``.
        charges: for cyclic orders, the test of each charge.
        raw: generators as estimated from the data before any snapping, shape ``(r, n, n)``; empty where nothing was estimated.
        raw_errors: standard errors of their entries, shape ``(r, n, n)``.
        features: degree and kind of the test functions, in words.
        rows: number of rows used.
        held_out: how many of them tested and had no part in the proposal.
        clusters: number of independent clusters among the rows.
        unit: what a row is, in words.
        alpha: significance of the tests, and 1 − confidence of the bounds.
        method: the method object that ran (a ``DiscreteMethod``).
        seed: the seed that reproduces the run.
        seconds: wall-clock time.
        notes: sentences that a reader must know besides.

    Raises:
        InvalidData: there is not one test per element.

    Example:
        >>> from physym.algebra import cyclic
        >>> tests = tuple(ElementTest(f"g{i}", g, order=i + 1, p_value=1 - i / 2, bound=i / 10) for i, g in enumerate(cyclic(2).elements))
        >>> found = DiscreteDiscovery(cyclic(2), tests, rows=500, unit="jets")
        >>> found
        DiscreteDiscovery: C2, order 2, certified at U = 0.1
          measure: p(gx | y) = p(x | y); smallest p = 0.5 of 1 elements at alpha = 0.01 (500 jets)
    """

    group: MatrixGroup
    tests: tuple[ElementTest, ...]
    joint: GroupTest | None = field(default=None, kw_only=True)
    level: DiscreteLevelName = field(default="measure", kw_only=True)
    statement: str = field(default="p(gx | y) = p(x | y)", kw_only=True)
    status: DiscreteStatus = field(default=DiscreteStatus.CERTIFIED, kw_only=True)
    reason: str = field(default="", kw_only=True)
    rejected: tuple[ElementTest, ...] = field(default=(), kw_only=True)
    dropped: tuple[ElementTest, ...] = field(default=(), kw_only=True)
    charges: tuple[ChargeTest, ...] = field(default=(), kw_only=True)
    raw: Float[np.ndarray, "r n n"] = field(default_factory=lambda: np.zeros((0, 1, 1)), kw_only=True)
    raw_errors: Float[np.ndarray, "r n n"] = field(default_factory=lambda: np.zeros((0, 1, 1)), kw_only=True)
    features: str = field(default="", kw_only=True)
    rows: int = field(default=0, kw_only=True)
    held_out: int = field(default=0, kw_only=True)
    clusters: int = field(default=0, kw_only=True)
    unit: str = field(default="rows", kw_only=True)
    alpha: float = field(default=0.01, kw_only=True)
    method: object | None = field(default=None, kw_only=True)
    seed: int = field(default=0, kw_only=True)
    seconds: float = field(default=0.0, kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        if len(self.tests) != self.group.order:
            raise InvalidData(f"{len(self.tests)} tests for {self.group.order} elements; expected one per element, the identity included.")

    @property
    def name(self) -> str:
        """Name of the group, for instance ``"C7"``, ``"T_d"`` or ``"S3 × Z2"``; ``"C1"`` is the identity alone."""
        return "C1" if self.order == 1 else self.group.name

    @property
    def order(self) -> int:
        """Number of elements."""
        return self.group.order

    @property
    def table(self) -> Int[np.ndarray, "g g"]:
        """Multiplication table, shape ``(g, g)``."""
        return self.group.table

    @property
    def p_value(self) -> float:
        """p-value of the group: that of the joint test, else the smallest of the elements times their number (Bonferroni)."""
        if self.joint is not None:
            return self.joint.p_value
        others = self._others
        return min(1.0, len(others) * min(test.p_value for test in others)) if others else 1.0

    @property
    def bound(self) -> float:
        """U: that of the joint test, else the largest bound of the elements; NaN where there is none, or for the identity alone."""
        if self.joint is not None:
            return self.joint.bound
        return float(np.max([test.bound for test in self._others])) if self._others else float("nan")

    @property
    def certified(self) -> bool:
        """Whether the group has more than the identity and is certified by the joint test, else in every element."""
        if self.joint is not None:
            return bool(self._others) and self.joint.certified
        return bool(self._others) and all(test.certified for test in self._others)

    @property
    def verdict(self) -> str:
        """The verdict on the whole group: ``"not rejected"`` or ``"certified at U = …"``; empty for the identity alone."""
        if not self._others:
            return ""
        return f"certified at U = {self.bound:.2g}" if self.certified else "not rejected"

    @property
    def closing_none(self) -> list[ElementTest]:
        """Dropped elements that were tested and not rejected, but form no group with the others."""
        return [test for test in self.dropped if not np.isnan(test.p_value)]

    @property
    def _others(self) -> tuple[ElementTest, ...]:
        return self.tests[1:]  # a MatrixGroup holds its identity first

    @property
    def sentence(self) -> str:
        """What holds, at which level, what was rejected, and on how many rows."""
        if self.status is DiscreteStatus.NOT_APPLICABLE:
            return f"{self.level}: not applicable ({self.reason})"
        parts = [f"{self.level}: {self.statement}"]
        if self._others:
            smallest = min(test.p_value for test in self._others)
            joint = "" if self.joint is None else f"p {p_text(self.joint.p_value)} for all at once, "
            parts.append(f"{joint}smallest p {p_text(smallest)} of {len(self._others)} elements at alpha = {self.alpha:g}")
        else:
            parts.append(self.status.value if not self.reason else self.reason)
        if self.rejected:
            shown = ", ".join(f"{test.name} (p {p_text(test.p_value)})" for test in self.rejected[:4])
            parts.append(f"rejected: {shown}" + (f" and {len(self.rejected) - 4} more" if len(self.rejected) > 4 else ""))
        for words, tests in (("not tested", [t for t in self.dropped if np.isnan(t.p_value)]), ("not closing", self.closing_none)):
            if tests:
                parts.append(f"{words}: {', '.join(t.name for t in tests[:4])}" + (f" and {len(tests) - 4} more" if len(tests) > 4 else ""))
        size = f"{self.rows:,} {self.unit}" + (f", {self.held_out:,} held out" if self.held_out else "")
        return "; ".join(parts) + f" ({self.features + ', ' if self.features else ''}{size})"

    def __repr__(self) -> str:
        verdict = f", {self.verdict}" if self.verdict else ""
        return f"DiscreteDiscovery: {self.name}, order {self.order}{verdict}\n  {self.sentence}"
