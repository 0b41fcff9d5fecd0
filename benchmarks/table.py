"""Rows of the benchmark table, how they are timed, printed and stored."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter

import numpy as np

from physym import __version__


@dataclass(frozen=True)
class Row:
    """One measured figure.

    Arguments:
        what: what was measured.
        value: the figure; a median where it is a time or a ratio of times.
        error: half the distance between its 16th and 84th percentile over the repeats, or its standard error.
        unit: unit of the figure.
        repeats: how many repeats or seeds it comes from.
        aim: what it should reach, in words; empty where it is for information.
    """

    what: str
    value: float
    error: float
    unit: str
    repeats: int
    aim: str = ""


def interleaved(functions: Sequence[Callable[[], object]], *, repeats: int) -> np.ndarray:
    """Seconds of every function at every repeat, shape ``(len(functions), repeats)``; interleaved, so all see the same load."""
    for function in functions:
        function()
    seconds = np.empty((len(functions), repeats))
    for j in range(repeats):
        for i, function in enumerate(functions):
            start = perf_counter()
            function()
            seconds[i, j] = perf_counter() - start
    return seconds


def median_row(what: str, values: np.ndarray, unit: str, *, aim: str = "") -> Row:
    """The median of repeats, with its spread."""
    low, middle, high = np.quantile(values, [0.16, 0.5, 0.84])
    return Row(what, float(middle), float(high - low) / 2, unit, len(values), aim)


def surroundings() -> dict[str, object]:
    """Hardware and versions that a figure depends on."""
    model = platform.processor()
    information = Path("/proc/cpuinfo")
    if information.exists():
        model = next((line.split(":")[1].strip() for line in information.read_text().splitlines() if line.startswith("model name")), model)
    versions = {"physym": __version__}
    for package in ("numpy", "scipy", "torch", "awkward", "sympy"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
        "python": platform.python_version(),
        "versions": versions,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def show(name: str, rows: Sequence[Row]) -> None:
    """Print the rows of one benchmark."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=name, title_justify="left")
    for column, justify in (
        ("figure", "left"),
        ("value", "right"),
        ("±", "right"),
        ("unit", "left"),
        ("repeats", "right"),
        ("aim", "left"),
    ):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(row.what, f"{row.value:.6g}", f"{row.error:.2g}", row.unit, str(row.repeats), row.aim)
    Console(width=140).print(table)


def save(name: str, rows: Sequence[Row], folder: Path) -> Path:
    """Write the rows of one benchmark as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    content = {"benchmark": name, "rows": [asdict(row) for row in rows], **surroundings()}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
