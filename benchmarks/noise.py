"""How well the metric is found when every component of every constituent is smeared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import physym
from benchmarks.table import Row

AIMS = {0.0: "≥ .99999", 0.01: "≥ .99999", 0.05: "≥ .9998", 0.1: "≥ .999"}
MINKOWSKI = np.diag([1.0, -1.0, -1.0, -1.0])


def run(*, jets: int = 2000, seeds: int = 10, levels: tuple[float, ...] = tuple(AIMS)) -> list[Row]:
    """Cosine between the discovered metric and diag(1, −1, −1, −1), over random halves of the sample with fresh noise."""
    sample = physym.load("pythia_toptag")
    rows = []
    for level in levels:
        values = [cosine(sample, jets, level, seed) for seed in range(seeds)]
        found = np.array([value for value in values if np.isfinite(value)])
        what = f"metric cosine, {jets:,} jets, {100 * level:g} % noise"
        if len(found):
            rows.append(Row(what, float(found.mean()), float(found.std()), "mean ± spread", seeds, AIMS.get(level, "")))
            rows.append(Row(f"  the worst of the seeds, {100 * level:g} %", float(found.min()), 0.0, "", seeds, AIMS.get(level, "")))
        rows.append(Row(f"  runs with a metric, {100 * level:g} %", len(found), 0.0, f"of {seeds}", seeds, f"{seeds}"))
    return rows


def cosine(sample: physym.Jets, jets: int, level: float, seed: int) -> float:
    """Cosine of one run, NaN where no metric was found."""
    rng = np.random.default_rng(seed)
    rows = sample[rng.permutation(len(sample))[:jets]].samples()
    smeared = replace(rows, x=rows.x * (1 + level * rng.normal(size=rows.x.shape)))
    metric = physym.discover(smeared, level="support").metric
    if metric is None:
        return float("nan")
    return float(abs((metric.matrix * MINKOWSKI).sum()) / np.linalg.norm(metric.matrix) / 2)
