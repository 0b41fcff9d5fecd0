"""The sums over one part of the files, as they are merged, sent between processes and kept on disk."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from physym.discovery.spectral.statistics import GramStatistics, LogitStatistics, RowStatistics


@dataclass(frozen=True, eq=False)
class Partial:
    """What one part of the files adds to the result.

    Arguments:
        jets: number of jets.
        gram: sums of the support level, or None where it is not tested or there are no jets.
        rows: sums of the other two levels, or None.
        logit: sums of one step of a logistic regression, or None.
        kind: kind of mass convention, see ``MassConvention``; empty where there are no jets.
        masses: the convention in words.
        warnings: sentences that a reader must know; of those that differ in their numbers and in the file named first, the first.

    Example:
        >>> (Partial(3) + Partial(4, kind="pion", masses="pion mass")).jets
        7
    """

    jets: int
    gram: GramStatistics | None = None
    rows: RowStatistics | None = None
    logit: LogitStatistics | None = None
    kind: str = field(default="", kw_only=True)
    masses: str = field(default="", kw_only=True)
    warnings: tuple[str, ...] = field(default=(), kw_only=True)

    def __add__(self, other: Partial) -> Partial:
        kind, masses = self.kind or other.kind, self.masses or other.masses
        if kind and other.kind and kind != other.kind:
            kind, masses = "mixed", f"mixed masses (in one part {self.masses}, in another {other.masses})"
        return Partial(
            self.jets + other.jets,
            self.gram + other.gram if self.gram is not None and other.gram is not None else self.gram or other.gram,
            self.rows + other.rows if self.rows is not None and other.rows is not None else self.rows or other.rows,
            self.logit + other.logit if self.logit is not None and other.logit is not None else self.logit or other.logit,
            kind=kind,
            masses=masses,
            warnings=distinct((*self.warnings, *other.warnings)),
        )


def distinct(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """One sentence of each kind: a thousand parts have as many numbers to tell, but one thing to say.

    Example:
        >>> distinct(("a.h5: 3 of 10 rows are zero", "b.h5: 4 of 20 rows are zero"))
        ('a.h5: 3 of 10 rows are zero',)
    """
    kinds: dict[str, str] = {}
    for sentence in sentences:
        kinds.setdefault(re.sub(r"[\d.]+(e[+-]?\d+)?", "#", sentence.partition(": ")[2] or sentence), sentence)
    return tuple(kinds.values())
