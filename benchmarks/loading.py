"""From jagged constituents to a padded array: the scatter path against ``ak.pad_none``."""

from __future__ import annotations

import awkward as ak
import numpy as np

import physym
from benchmarks.table import Row, interleaved, median_row
from physym.data.readers.base import scatter


def run(*, jets: int = 4000, repeats: int = 9) -> list[Row]:
    """Seconds of both on the constituents of the shipped jets; both give the same array."""
    sample = physym.load("pythia_toptag")[:jets]
    counts = sample.multiplicity
    flat = sample.four_momenta[sample.real]
    jagged = [ak.unflatten(np.ascontiguousarray(flat[:, i]), counts) for i in range(4)]
    width = int(counts.max())

    def padded() -> np.ndarray:
        columns = [ak.to_numpy(ak.fill_none(ak.pad_none(column, width, clip=True), 0.0)) for column in jagged]
        return np.stack(columns, axis=-1)

    def scattered() -> np.ndarray:
        return scatter(np.stack([ak.to_numpy(ak.flatten(column)) for column in jagged], axis=-1), ak.to_numpy(ak.num(jagged[0])))

    if not np.array_equal(padded(), scattered()):
        raise RuntimeError("the two paths give different jets; their times cannot be compared")
    ours, theirs = interleaved([scattered, padded], repeats=repeats)
    return [
        median_row(f"scatter, {len(sample):,} jets of up to {width} constituents", 1e3 * ours, "ms"),
        median_row("ak.pad_none and ak.fill_none", 1e3 * theirs, "ms"),
        median_row("ak.pad_none over scatter", theirs / ours, "×"),
    ]
