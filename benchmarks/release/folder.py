"""The folder of a released model: settings, figures, algebra and generators of every seed, and the measured sections of its card."""

from __future__ import annotations

import json
import warnings
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from math import isfinite
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from benchmarks.release.card import with_measured_sections
from benchmarks.release.liegan import Release
from benchmarks.table import surroundings
from physym import Discovery, LieAlgebra, Spectral
from physym.algebra import export, span_distance
from physym.data import describe_dataset
from physym.discovery import AbstractMethod, Level, Runs
from physym.discovery.significance import named_test
from physym.errors import DiscoveryFailed


@dataclass(frozen=True, eq=False)
class Outcome:
    """A finished training.

    Arguments:
        found: the discovery.
        algebra: that of its headline, whose source names the data set and no file.
        runs: the generators of every seed.
        seconds: of the processor, the tests of the referee included.
        spectral: what ``Spectral`` finds on the same data.
        spectral_seconds: of the processor.
    """

    found: Discovery
    algebra: LieAlgebra
    runs: Runs
    seconds: float
    spectral: Discovery
    spectral_seconds: float


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
    from safetensors.numpy import save

    card = (folder / "card.md").read_text(encoding="utf-8")
    outcome = train(release)
    around = surroundings()
    config, metrics = config_of(release, outcome, around), metrics_of(release, outcome, around)
    texts = {"config.json": as_json(config), "metrics.json": as_json(metrics), "card.md": with_measured_sections(card, config, metrics)}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    export(outcome.algebra, folder / "algebra.json")
    arrays = {"generators": outcome.runs.generators, "statistic": outcome.runs.statistic, "seeds": np.array(outcome.runs.seeds)}
    (folder / "weights.safetensors").write_bytes(save({key: np.ascontiguousarray(value) for key, value in arrays.items()}))
    return [folder / name for name in (*texts, "algebra.json", "weights.safetensors")]


def train(release: Release) -> Outcome:
    """Run the method on one core and count its seconds."""
    import torch

    torch.set_num_threads(1)
    found, seconds = timed(release, release.method)
    spectral, spectral_seconds = timed(release, Spectral())
    if found.algebra is None or found.runs is None:
        raise DiscoveryFailed(f"{release.name}: no algebra to release ({found.status.value})")
    source = f"{type(release.method).__name__}, {found.headline} level of {release.data}"
    covariance = None if found.algebra.covariance is None else short(found.algebra.covariance)
    algebra = replace(found.algebra, source=source, covariance=covariance)
    return Outcome(found, algebra, found.runs, seconds, spectral, spectral_seconds)


def timed(release: Release, method: AbstractMethod) -> tuple[Discovery, float]:
    """A discovery and the seconds of one core that it took."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = process_time()
        found = release.find(release, method)
        return found, process_time() - start


def short(covariance: np.ndarray) -> np.ndarray:
    """A covariance to nine digits: no error is known better, and the file is half as long."""
    return np.array([[float(f"{entry:.8e}") for entry in row] for row in covariance])


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
        "call": call(release.method),
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
            "angle to the textbook algebra (rad)": angle(outcome.algebra, release.truth),
            "largest standard error of an entry": largest_error(outcome.algebra),
            "exact entries": found.exact_reason or "snapped",
        },
        "Spectral on the same data": {
            "angle to the textbook algebra (rad)": angle(outcome.spectral.algebra, release.truth),
            "seconds of one core": outcome.spectral_seconds,
        },
        "referee": referee_of(release, outcome),
        "seconds of one core": outcome.seconds,
        "seconds of one core per seed": outcome.seconds / len(runs.seeds),
        "processor": around["processor"],
        "date": around["date"],
    }


def referee_of(release: Release, outcome: Outcome) -> dict[str, Any]:
    """What the calibrated tests say at the headline level."""
    level = outcome.found.level
    return {
        "level": level.name,
        "statement": level.statement,
        "tested": level.tested or f"degree ≤ {level.degree}",
        "rows": level.rows,
        "unit": level.unit,
        "alpha": level.alpha,
        "p-values": {str(test.dimension): test.p_value for test in level.tests},
        "p-value of these generators": p_value(level, outcome.algebra),
        "certified defect": finite(level.defect),
        "certified defect of the textbook algebra": finite(level.certify(release.truth)),
        "textbook algebra": release.truth_name,
        "status": outcome.found.status.value,
        "note": level.note,
    }


def with_spread(values: np.ndarray) -> dict[str, Any]:
    """A figure of every seed with mean and standard deviation."""
    return {"values": values.tolist(), "mean": float(values.mean()), "spread": float(values.std(ddof=1)) if len(values) > 1 else 0.0}


def largest_error(algebra: LieAlgebra) -> float | None:
    """Largest standard error of an entry of the basis."""
    return None if algebra.covariance is None else float(np.sqrt(np.diag(algebra.covariance).max()))


def angle(algebra: LieAlgebra | None, truth: LieAlgebra) -> float | None:
    """Angle between two spans (rad)."""
    return None if algebra is None else float(span_distance(algebra, truth))


def finite(value: float) -> float | None:
    """JSON knows no NaN."""
    return float(value) if isfinite(value) else None


def p_value(level: Level, algebra: LieAlgebra) -> float | None:
    """p-value of the generators as they stand, by the test of the referee."""
    if level.equation is None:
        return None
    flat = level.equation.searched.reshape(len(level.equation.searched), -1)
    coefficients = algebra.basis.reshape(algebra.dimension, -1) @ np.linalg.pinv(flat)
    return named_test(level.equation, np.linalg.qr(coefficients.T)[0].T).p_value


def call(value: Any) -> str:
    """A method object as the call that makes it, without the fields that have their default."""
    if not is_dataclass(value):
        return repr(value)
    given = [
        f"{field.name}={call(getattr(value, field.name))}"
        for field in fields(value)
        if getattr(value, field.name) != (field.default if field.default_factory is MISSING else field.default_factory())
    ]
    return f"{type(value).__name__}({', '.join(given)})"


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
