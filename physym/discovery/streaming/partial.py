"""The sums over one part of the files, as they are merged, sent between processes and kept on disk."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from physym._typing import Bool, Float, Int
from physym.data import Jets, MassConvention, Partition, Samples
from physym.discovery.spectral.statistics import (
    CHUNKS_PER_DRIFT,
    ROWS_AT_ONCE,
    ROWS_PER_GROUP,
    GramStatistics,
    LogitPass,
    LogitStatistics,
    RowStatistics,
    gram_statistics,
    row_statistics,
)
from physym.discovery.streaming.recipe import Recipe
from physym.errors import InvalidData, PhysymWarning


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
            warnings=_distinct((*self.warnings, *other.warnings)),
        )


def collect(part: Any, recipe: Recipe) -> Partial:
    """Read one part and sum over it; memory does not grow with the number of rows.

    Arguments:
        part: a ``Partition``, or an array that ``iterate_jets`` takes.
        recipe: what to read and to sum.

    Returns:
        The sums. Warnings are not issued but returned, because this may run in another process.

    Raises:
        PhysymError: the part cannot be read.
        InvalidData: it has no labels although rows are to be kept apart by them.

    Example:
        >>> import numpy as np
        >>> from physym.discovery.streaming.recipe import Reading
        >>> jets = np.arange(1.0, 6.0)[:, None, None] * np.array([5.0, 3, 4, 0])
        >>> collect(jets, Recipe(Reading(constituents=1, order="E,px,py,pz"))).gram.vectors
        5
    """
    found = Partial(0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        seen: list[MassConvention] = []
        chunks = _samples(recipe.reading.jets(part), recipe.reading.constituents, seen)
        for x, mask, labels in recipe.reading.batches(chunks, rows_per_batch(recipe)):
            _check_labels(labels is not None, part, recipe)
            found += _summed(x, mask, labels if recipe.labelled else None, recipe)
    said = _distinct(tuple(str(w.message) for w in caught if issubclass(w.category, PhysymWarning)))
    convention = seen[0] if seen else None
    kind, masses = ("", "") if convention is None else (convention.kind, convention.sentence)
    return Partial(found.jets, found.gram, found.rows, kind=kind, masses=masses, warnings=said)


def collect_logit(part: Any, recipe: Recipe, at: LogitPass) -> Partial:
    """Read one part again, for one step of a logistic regression.

    Arguments:
        part: a ``Partition``, or an array that ``iterate_jets`` takes.
        recipe: how the part was read and summed before.
        at: what to sum, and at which coefficients.

    Returns:
        The sums, in the blocks of those that were collected before. What there is to warn of was said then.

    Raises:
        PhysymError: the part cannot be read.
        InvalidData: it has no labels.

    Example:
        >>> import numpy as np
        >>> from physym.discovery.streaming.recipe import Reading
        >>> jets = np.zeros((0, 1, 4))
        >>> at = LogitPass(np.zeros(5), (0, 1), np.ones(4), 1)
        >>> collect_logit(jets, Recipe(Reading(constituents=1, order="E,px,py,pz"), labelled=True), at).jets
        0
    """
    found = Partial(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhysymWarning)
        chunks = _samples(recipe.reading.jets(part), recipe.reading.constituents, [])
        for x, _, labels in recipe.reading.batches(chunks, rows_per_batch(recipe)):
            _check_labels(labels is not None, part, recipe)
            if labels is not None:
                found += Partial(len(x), logit=at.sums(x, labels))
    return found


def _distinct(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """One sentence of each kind: a thousand parts have as many numbers to tell, but one thing to say."""
    kinds: dict[str, str] = {}
    for sentence in sentences:
        kinds.setdefault(re.sub(r"[\d.]+(e[+-]?\d+)?", "#", sentence.partition(": ")[2] or sentence), sentence)
    return tuple(kinds.values())


def rows_per_batch(recipe: Recipe) -> int:
    """Rows that are summed at a time: a whole number of the rounds in which the statistics take a part of their rows for a second sum.

    Example:
        >>> rows_per_batch(Recipe())
        131072
    """
    vectors = recipe.blocks * max(1, ROWS_AT_ONCE // (recipe.blocks * recipe.reading.constituents))
    return max(CHUNKS_PER_DRIFT * vectors, ROWS_PER_GROUP)


def _check_labels(there: bool, part: Any, recipe: Recipe) -> None:
    where = part if isinstance(part, Partition) else "memory"
    if recipe.labelled and not there:
        raise InvalidData(f"{where}: no labels, which the first file has; give files that all have labels, or name them with labels=.")
    if recipe.row_degree and there and not recipe.labelled:
        warnings.warn(f"labels are left out, for the first file has none and {where} has; give labelled files alone.", PhysymWarning, 2)


def _samples(chunks: Iterator[Jets], constituents: int, seen: list[MassConvention]) -> Iterator[Samples]:
    for jets in chunks:
        if not seen:
            seen.append(jets.mass_convention)
        yield jets.samples(constituents=constituents)


def _summed(x: Float[np.ndarray, "N d"], mask: Bool[np.ndarray, "N K"], labels: Int[np.ndarray, "N"] | None, recipe: Recipe) -> Partial:
    gram = rows = None
    if recipe.gram_degree:
        vectors = x.reshape(len(x), recipe.reading.constituents, -1)
        gram = gram_statistics(vectors, scale=recipe.gram_scale, mask=mask, degree=recipe.gram_degree, blocks=recipe.blocks)
    if recipe.row_degree:
        scale = np.array(recipe.row_scale)
        rows = row_statistics(x, scale=scale, degree=recipe.row_degree, labels=labels, wide_degree=recipe.wide_degree, blocks=recipe.blocks)
    return Partial(len(x), gram, rows)
