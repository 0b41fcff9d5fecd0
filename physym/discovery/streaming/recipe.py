"""What is read from every part of the files and what is summed over it, fixed before the first row."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from physym._typing import Bool, Float, Int
from physym.data import Jets, Partition, Samples, iterate_jets
from physym.discovery.spectral.levels import typical_scale
from physym.discovery.spectral.statistics import coordinate_scale
from physym.errors import PhysymWarning

Batch = tuple[Float[np.ndarray, "N d"], Bool[np.ndarray, "N K"], Int[np.ndarray, "N"] | None]


@dataclass(frozen=True)
class Reading:
    """How files become rows: the options of ``load_jets``, and how many constituents make a row.

    Arguments:
        constituents: leading constituents of a jet that make a row.
        tree, collection, units, order, labels, split, resolution: see ``physym.data.load_jets``.
        chunk_size: jets that are decoded at a time; the sums do not depend on it.

    Example:
        >>> Reading(units="MeV").constituents
        2
    """

    constituents: int = 2
    tree: str | None = None
    collection: str | None = None
    units: str = "GeV"
    order: str | None = None
    labels: str | None = None
    split: str | None = None
    resolution: float = 0.0
    chunk_size: int = 16_384

    def jets(self, part: Any) -> Iterator[Jets]:
        """Jets of a part, chunk by chunk; a part is a ``Partition``, or an array that ``iterate_jets`` takes."""
        whole = not isinstance(part, Partition)
        return iterate_jets(
            part if whole else part.path,
            chunk_size=self.chunk_size,
            format=None if whole else part.format,
            tree=self.tree,
            collection=self.collection,
            units=self.units,
            order=self.order,
            labels=self.labels,
            split=self.split,
            resolution=self.resolution,
            rows=None if whole else part.rows,
        )

    def batches(self, chunks: Iterator[Samples], rows: int) -> Iterator[Batch]:
        """The rows of many chunks in batches of exactly ``rows``, the last one perhaps smaller: x, mask and labels.

        The sums add up batch by batch, so they do not depend on how many rows are decoded at a time.
        """
        waiting: list[Samples] = []
        for chunk in chunks:
            waiting.append(chunk)
            if sum(map(len, waiting)) >= rows:
                x, mask, labels = _joined(waiting)
                whole = len(x) - len(x) % rows
                for start in range(0, whole, rows):
                    inside = slice(start, start + rows)
                    yield x[inside], mask[inside], None if labels is None else labels[inside]
                # copies, so that the batches can be freed
                rest = None if labels is None else labels[whole:].copy()
                waiting = [Samples(x[whole:].copy(), rep_x=chunk.rep_x, mask=mask[whole:].copy(), y=rest)]
        if sum(map(len, waiting)):
            yield _joined(waiting)


def _joined(chunks: list[Samples]) -> Batch:
    masks = [np.ones((len(c), c.copies), dtype=bool) if c.mask is None else c.mask for c in chunks]
    labels = None if chunks[-1].y is None else np.concatenate([np.asarray(c.y, dtype=np.int64) for c in chunks])
    return np.concatenate([c.x for c in chunks]), np.concatenate(masks), labels


@dataclass(frozen=True)
class Recipe:
    """What is summed over every part.

    Arguments:
        reading: how files become rows.
        gram_degree: degree of the monomials of one vector; 0: the support level is not tested.
        row_degree: degree of the monomials of whole rows; 0: only the support level is tested.
        wide_degree: degree of the moments of the measure level; 0: it is not tested.
        blocks: number of block copies.
        labelled: whether rows are kept apart by their label.
        gram_scale: unit of a constant beside a vector, in GeV.
        row_scale: unit of each coordinate of a row, in GeV.

    Example:
        >>> Recipe().key == Recipe(reading=Reading(chunk_size=100)).key, Recipe().key == Recipe(blocks=32).key
        (True, False)
    """

    reading: Reading = field(default_factory=Reading)
    gram_degree: int = 2
    row_degree: int = 0
    wide_degree: int = 0
    blocks: int = 64
    labelled: bool = False
    gram_scale: float = 1.0
    row_scale: tuple[float, ...] = ()

    @property
    def key(self) -> str:
        """Text that differs where the sums would."""
        fields = asdict(self)
        del fields["reading"]["chunk_size"]
        return json.dumps(fields, sort_keys=True)


@dataclass(frozen=True)
class Head:
    """What the first rows tell about all of them.

    Arguments:
        gram_scale: a typical norm of a vector, a power of two.
        row_scale: unit of each coordinate of a row, powers of two.
        labelled: whether the rows carry labels.

    Example:
        >>> Head(8.0, (4.0, 4.0, 4.0, 1.0), False).labelled
        False
    """

    gram_scale: float
    row_scale: tuple[float, ...]
    labelled: bool


def head_of(part: Any, reading: Reading) -> Head | None:
    """The units in which sums are kept, from the first rows of a part: powers of two, so that similar rows give the same units.

    Arguments:
        part: a ``Partition`` or an array.
        reading: how it becomes rows.

    Returns:
        What its first chunk tells; None where the part holds no jets.

    Example:
        >>> head_of(np.array([[[5.0, 3.0, 4.0, 0.0]]]), Reading(constituents=1, order="E,px,py,pz"))
        Head(gram_scale=8.0, row_scale=(4.0, 4.0, 4.0, 1.0), labelled=False)
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhysymWarning)  # they come again when the part is summed over
        jets = next(reading.jets(part), None)
    if jets is not None:
        rows = jets.samples(constituents=reading.constituents)
        return Head(typical_scale(rows.vectors), tuple(coordinate_scale(rows.x).tolist()), rows.y is not None)
    return None
