"""`discover_lorentz` against one epoch of the published adversarial recipe on the same jets."""

from __future__ import annotations

import numpy as np
import torch

import physym
from benchmarks.liegan_loop import one_epoch
from benchmarks.table import Row, interleaved, median_row


def run(*, jets: int = 4000, repeats: int = 5) -> list[Row]:
    """Seconds of both and their ratio; loading and imports are in neither."""
    torch.set_num_threads(1)
    sample = physym.load("pythia_toptag")[:jets]
    x = torch.from_numpy(np.ascontiguousarray(sample.four_momenta[:, :2])).float()
    # the recipe works on momenta of order one
    x, labels = x / x.norm(dim=-1).mean(), torch.from_numpy(sample.labels)
    ours, named, theirs = interleaved(
        [lambda: physym.discover_lorentz(sample), lambda: physym.discover_lorentz(sample).identification, lambda: one_epoch(x, labels)],
        repeats=repeats,
    )
    return [
        median_row(f"discover_lorentz, {len(sample):,} jets", 1e3 * ours, "ms"),
        median_row("discover_lorentz and the name of the algebra", 1e3 * named, "ms"),
        median_row("one epoch of the adversarial recipe (it runs 100)", 1e3 * theirs, "ms"),
        median_row("one epoch over discover_lorentz", theirs / ours, "×", aim="≥ 1000"),
        median_row("one epoch over discover_lorentz and the name", theirs / named, "×"),
    ]
