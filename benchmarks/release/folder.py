"""The folder of a released model: settings, figures, algebra and generators of every seed, and the measured sections of its card."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, fields, is_dataclass, replace
from math import isfinite
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from benchmarks.release.card import with_measured_sections
from benchmarks.release.liegan import Release
from benchmarks.table import surroundings
from physym import Discovery, LieAlgebra
from physym.algebra import export, span_distance
from physym.data import describe_dataset
from physym.discovery import Runs
from physym.errors import DiscoveryFailed


@dataclass(frozen=True, eq=False)
class Outcome:
    """A finished training.

    Arguments:
        found: the discovery.
        algebra: that of its headline, whose source names the data set and no file.
        runs: the generators of every seed.
        seconds: of the processor, the tests of the referee included.
    """

    found: Discovery
    algebra: LieAlgebra
    runs: Runs
    seconds: float


def write_folder(release: Release, folder: Path) -> list[Path]:
    """Train a model and write its files; the sections of ``card.md`` that are measured are replaced, the others stay.

    Arguments:
        release: which model.
        folder: holds ``card.md``; the other files are written there.

    Returns:
        The paths written.

    Raises:
        FileNotFoundError: there is no card.
        DiscoveryFailed: the training gave no algebra.
    """
    from safetensors.numpy import save_file

    card = (folder / "card.md").read_text(encoding="utf-8")
    outcome = train(release)
    around = surroundings()
    config, metrics = config_of(release, outcome, around), metrics_of(release, outcome, around)
    texts = {"config.json": as_json(config), "metrics.json": as_json(metrics), "card.md": with_measured_sections(card, config, metrics)}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    export(outcome.algebra, folder / "algebra.json")
    arrays = {"generators": outcome.runs.generators, "statistic": outcome.runs.statistic, "seeds": np.array(outcome.runs.seeds)}
    save_file({key: np.ascontiguousarray(value) for key, value in arrays.items()}, folder / "weights.safetensors")
    return [folder / name for name in (*texts, "algebra.json", "weights.safetensors")]


def train(release: Release) -> Outcome:
    """Run the method on one core and count its seconds."""
    import torch

    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = process_time()
        found = release.find(release)
        seconds = process_time() - start
    if found.algebra is None or found.runs is None:
        raise DiscoveryFailed(f"{release.name}: no algebra to release ({found.status.value})")
    source = f"{type(release.method).__name__}, {found.headline} level of {release.data}"
    return Outcome(found, replace(found.algebra, source=source), found.runs, seconds)


def config_of(release: Release, outcome: Outcome, around: dict[str, Any]) -> dict[str, Any]:
    """What is needed to train the same model again."""
    return {
        "model": release.name,
        "command": f"python -m benchmarks.release {release.name}",
        "dataset": release.dataset,
        "split": release.split,
        "level": release.level,
        "seed": release.seed,
        "seeds": list(outcome.runs.seeds),
        "method": settings(release.method),
        "python": around["python"],
        "versions": around["versions"],
    }


def metrics_of(release: Release, outcome: Outcome, around: dict[str, Any]) -> dict[str, Any]:
    """Figures of every seed, what the referee said, and what it cost."""
    found, runs, level = outcome.found, outcome.runs, outcome.found.level
    figures = release.figures(runs.generators) | {"held-out statistic": runs.statistic}
    dataset = describe_dataset(release.dataset)
    return {
        "model": release.name,
        "data": {
            "dataset": release.dataset,
            "split": release.split,
            "file": dataset.sample and dataset.sample.name,
            "sha256": dataset.sha256,
        },
        "seeds": list(runs.seeds),
        "kept": runs.kept.tolist(),
        "figures": {name: with_spread(values) for name, values in figures.items()},
        "common algebra": {
            "name": level.title,
            "dimension": outcome.algebra.dimension,
            "angle to the textbook algebra (rad)": span_distance(outcome.algebra, release.truth),
            "largest standard error of an entry": largest_error(outcome.algebra),
            "exact entries": found.exact_reason or "snapped",
        },
        "referee": {
            "level": level.name,
            "statement": level.statement,
            "tested": level.tested or f"degree ≤ {level.degree}",
            "rows": level.rows,
            "unit": level.unit,
            "alpha": level.alpha,
            "p-values": {str(test.dimension): test.p_value for test in level.tests},
            "certified defect": finite(level.defect),
            "certified defect of the textbook algebra": finite(level.certify(release.truth)),
            "textbook algebra": release.truth_name,
            "status": found.status.value,
            "note": level.note,
        },
        "seconds of one core": outcome.seconds,
        "seconds of one core per seed": outcome.seconds / len(runs.seeds),
        "processor": around["processor"],
        "date": around["date"],
    }


def with_spread(values: np.ndarray) -> dict[str, Any]:
    """A figure of every seed with mean and standard deviation."""
    return {"values": values.tolist(), "mean": float(values.mean()), "spread": float(values.std(ddof=1)) if len(values) > 1 else 0.0}


def largest_error(algebra: LieAlgebra) -> float | None:
    """Largest standard error of an entry of the basis."""
    return None if algebra.covariance is None else float(np.sqrt(np.diag(algebra.covariance).max()))


def finite(value: float) -> float | None:
    """JSON knows no NaN."""
    return float(value) if isfinite(value) else None


def settings(value: Any) -> Any:
    """A method object as JSON: its class and every field, the defaults spelled out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {"class": type(value).__name__} | {field.name: settings(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [settings(item) for item in value]
    return value


def as_json(content: dict[str, Any]) -> str:
    """JSON that a person can read."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
