"""Jets streamed from files: memory, throughput, processes, a Dask cluster, and a process that is killed on the way."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from benchmarks.table import Row, interleaved, median_row
from physym.data.simulate import toy_jets
from physym.discovery import Discovery, discover_files
from physym.discovery.spectral.statistics import row_statistics
from physym.errors import InvalidData

BYTES_PER_JET = 9 * 8  # two four-momenta and a label
ROWS_OF_A_FILE = 1_000_000
ROWS_OF_A_PART = 2**18
_ALONE = """
import json, sys
from physym.discovery import discover_files
found = discover_files(sys.argv[2:], level=sys.argv[1], rows=2**18)
# not ru_maxrss: it begins with the memory of the process that started this one
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
peak = int(status["VmHWM"].split()[0]) / 1024
print(json.dumps({"peak": peak, "seconds": found.seconds, "rows": found.levels[-1].rows, "name": found.identification.name}))
"""


def run(*, jets: int = 10_000_000, fewer: int = 1_000_000, repeats: int = 3, statistics_rows: int = 1_000_000, seed: int = 0) -> list[Row]:
    """All figures; files of simulated jets are written to a temporary folder and removed."""
    rows = decoded(statistics_rows, repeats=2 * repeats + 1, seed=seed)
    with files_of_jets(jets, seed) as paths:
        few = paths[: max(1, fewer // ROWS_OF_A_FILE)]
        rows += memory(few, paths, jets)
        rows += processes(paths, repeats)
        rows += cluster(few)
        rows += loss(few)
    return rows


def decoded(count: int, *, repeats: int, seed: int) -> list[Row]:
    """Statistics of rows in memory, against a bare Gram matrix of as many ready columns."""
    rng = np.random.default_rng(seed)
    x, labels = rng.normal(size=(count, 8)), rng.integers(0, 2, size=count)
    size = row_statistics(x[:64], scale=np.ones(8)).gram.shape[-1]
    monomials = rng.normal(size=(count, size))
    one, two, moments, bare = core_seconds(
        [
            lambda: row_statistics(x, scale=np.ones(8)),
            lambda: row_statistics(x, scale=np.ones(8), labels=labels),
            lambda: row_statistics(x, scale=np.ones(8), labels=labels, wide_degree=3),
            lambda: monomials.T @ monomials,
        ],
        repeats=repeats,
    )
    unit = "M jets/s per core"
    return [
        median_row(f"statistics of {size} monomials, decoded jets", count / one / 1e6, unit, aim="≥ 1.5"),
        median_row("  the same by two classes", count / two / 1e6, unit, aim="≥ 1.5"),
        median_row("  the same with moments of degree 3", count / moments / 1e6, unit),
        median_row(f"  time over a bare Gram matrix of {size} ready columns", one / bare, "×"),
    ]


def core_seconds(functions: Sequence[Callable[[], object]], *, repeats: int) -> np.ndarray:
    """Processor time of every function at every repeat, shape ``(len(functions), repeats)``: what other programs use does not count."""
    seconds = np.empty((len(functions), repeats))
    for j in range(-1, repeats):  # the first round warms up
        for i, function in enumerate(functions):
            start = process_time()
            function()
            seconds[i, j] = process_time() - start
    return seconds


def memory(few: list[Path], many: list[Path], jets: int) -> list[Row]:
    """Peak memory of a process of its own with few and with many files, all levels."""
    small, large = (alone(paths) for paths in (few, many))
    if (large["rows"], large["name"]) != (jets, small["name"]):
        raise InvalidData(f"{large['rows']} of {jets} jets were read, as {large['name']} and {small['name']}.")
    return [
        Row(f"peak memory, {small['rows']:,} jets", small["peak"], 0.0, "MiB", 1),
        Row(f"peak memory, {large['rows']:,} jets", large["peak"], 0.0, "MiB", 1),
        Row("  ratio of the two", large["peak"] / small["peak"], 0.0, "", 1, "≤ 1.1"),
        Row("all levels, from HDF5 files to the card, one process", jets / large["seconds"] / 1e6, 0.0, "M jets/s", 1),
    ]


def alone(paths: list[Path]) -> dict[str, Any]:
    """Peak memory (MiB) and seconds of a fresh process that streams the files."""
    command = [sys.executable, "-c", _ALONE, "all", *map(str, paths)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(output)
    return found


def processes(paths: list[Path], repeats: int) -> list[Row]:
    """Two processes against one, and whether they agree."""
    found: dict[int, Discovery] = {}

    def stream(workers: int) -> None:
        found[workers] = discover_files(paths, level="all", workers=workers, rows=ROWS_OF_A_PART)

    one, two = interleaved([lambda: stream(1), lambda: stream(2)], repeats=repeats)
    return [
        median_row("one process over two, same files", one / two, "×"),
        Row("  largest relative difference of their equations", difference(found[1], found[2]), 0.0, "", 1, "≤ 1e-12"),
    ]


def cluster(paths: list[Path]) -> list[Row]:
    """A Dask cluster of two workers against this process."""
    if find_spec("distributed") is None:
        return [Row("Dask, two workers: not installed (extra 'dask')", float("nan"), 0.0, "", 0, "≤ 1e-12")]
    from distributed import Client, LocalCluster

    here = discover_files(paths, level="all", rows=ROWS_OF_A_PART)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as workers, Client(workers) as client:
        there = discover_files(paths, level="all", client=client, rows=ROWS_OF_A_PART)
    what = "Dask, two workers: largest relative difference from one process"
    return [Row(what, difference(here, there), 0.0, "", 1, "≤ 1e-12")]


def loss(paths: list[Path]) -> list[Row]:
    """Kill a process after the first part: what is missing at the end?"""
    killed: list[int] = []

    def kill(step: str, done: int, total: int | None) -> None:
        if step == "jets" and not killed:
            victim = multiprocessing.active_children()[0].pid
            if victim is not None:
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

    whole = discover_files(paths, level="all", rows=ROWS_OF_A_PART)
    start = perf_counter()
    found = discover_files(paths, level="all", workers=2, rows=ROWS_OF_A_PART, progress=kill)
    lost = whole.levels[-1].rows - found.levels[-1].rows
    return [
        Row("a process killed on the way: jets lost", float(lost), 0.0, f"of {whole.levels[-1].rows:,}", len(killed), "0"),
        Row("  largest relative difference of the equations", difference(whole, found), 0.0, "", len(killed), "≤ 1e-12"),
        Row("  seconds with the loss", perf_counter() - start, 0.0, "s", len(killed)),
    ]


def difference(one: Discovery, other: Discovery) -> float:
    """Largest difference of H at any level, relative to its largest entry."""
    pairs = [(a.equation, b.equation) for a, b in zip(one.levels, other.levels, strict=True)]
    return max(float(np.abs(a.matrix - b.matrix).max() / np.abs(a.matrix).max()) for a, b in pairs if a is not None and b is not None)


@contextmanager
def files_of_jets(jets: int, seed: int) -> Iterator[list[Path]]:
    """HDF5 files of simulated jets, two constituents each, in a temporary folder."""
    import h5py

    free, needed = shutil.disk_usage(tempfile.gettempdir()).free, jets * BYTES_PER_JET
    if free < 2 * needed:
        raise InvalidData(f"{tempfile.gettempdir()}: {free >> 20} MiB free, {needed >> 19} needed; set TMPDIR or take fewer jets.")
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, start in enumerate(range(0, jets, ROWS_OF_A_FILE)):
            content = toy_jets(min(ROWS_OF_A_FILE, jets - start), seed=seed + number, constituents=2)
            paths.append(Path(folder) / f"jets_{number:03d}.h5")
            with h5py.File(paths[-1], "w") as out:
                out["Pmu"], out["is_signal"] = content.four_momenta, content.labels
        yield paths
