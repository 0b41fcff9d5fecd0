"""`discover_lorentz` against one epoch of the published adversarial recipe on the same jets."""

from __future__ import annotations

import numpy as np
import torch

import physym
from benchmarks.liegan_loop import one_epoch
from benchmarks.table import Row, interleaved, median_row


def run(*, jets: int = 4000, copies: int = 300, repeats: int = 7) -> list[Row]:
    """Times of both and their ratio; loading and imports are in neither.

    The reference data set of top tagging holds 1.2 million training jets. That size is made of ``copies`` of the sample, and the epoch,
    whose time is proportional to the number of its batches, is scaled from the sample.
    """
    torch.set_num_threads(1)
    sample = physym.load("pythia_toptag")[:jets].leading(2)
    x = torch.from_numpy(np.ascontiguousarray(sample.four_momenta)).float()
    # the recipe works on momenta of order one
    x, labels = x / x.norm(dim=-1).mean(), torch.from_numpy(sample.labels)
    large = physym.Jets(np.tile(sample.four_momenta, (copies, 1, 1)), mask=np.tile(sample.real, (copies, 1)), source="copies of the sample")
    ours, named, theirs, ours_large = interleaved(
        [
            lambda: physym.discover_lorentz(sample),
            lambda: physym.discover_lorentz(sample).identification,
            lambda: one_epoch(x, labels),
            lambda: physym.discover_lorentz(large),
        ],
        repeats=repeats,
    )
    return [
        median_row(f"discover_lorentz, {len(sample):,} jets", 1e3 * ours, "ms"),
        median_row("  and the name of the algebra", 1e3 * named, "ms"),
        median_row("one epoch of the adversarial recipe (it runs 100)", 1e3 * theirs, "ms"),
        median_row(f"one epoch over discover_lorentz, {len(sample):,} jets", theirs / ours, "×", aim="≥ 1000"),
        median_row(f"discover_lorentz, {len(large):,} jets", 1e3 * ours_large, "ms"),
        median_row(f"one epoch (scaled) over discover_lorentz, {len(large):,} jets", copies * theirs / ours_large, "×", aim="≥ 1000"),
    ]
