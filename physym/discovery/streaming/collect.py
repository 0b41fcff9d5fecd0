"""From one part of the files to its sums."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from physym._typing import Bool, Float, Int
from physym.data import Jets, MassConvention, Partition, Samples
from physym.discovery.spectral.statistics import (
    CHUNKS_PER_DRIFT,
    ROWS_AT_ONCE,
    ROWS_PER_GROUP,
    LogitPass,
    gram_statistics,
    row_statistics,
)
from physym.discovery.streaming.partial import Partial, distinct
from physym.discovery.streaming.recipe import Recipe
from physym.errors import InvalidData, PhysymWarning


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
    said = distinct(tuple(str(w.message) for w in caught if issubclass(w.category, PhysymWarning)))
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
        >>> jets = np.arange(1.0, 6.0)[:, None, None] * np.array([5.0, 3, 4, 0])  # without labels there is nothing to fit
        >>> at = LogitPass(np.zeros(5), (0, 1), np.ones(4), 1)
        >>> collect_logit(jets, Recipe(Reading(constituents=1, order="E,px,py,pz")), at).jets
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
