"""Small files of jets in every format, and work that goes wrong, for the tests of streaming."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np

from physym.data import Jets, Partition
from physym.data.simulate import toy_jets
from physym.discovery.streaming.collect import collect
from physym.discovery.streaming.partial import Partial
from physym.discovery.streaming.recipe import Recipe


def jets(rows: int, seed: int, *, constituents: int = 2, noise: float = 0.0, labels: bool = True) -> Jets:
    return toy_jets(rows, seed=seed, constituents=constituents, noise=noise, labels=labels)


def hdf5(path: Path, content: Jets) -> Path:
    import h5py

    with h5py.File(path, "w") as out:
        out["Pmu"] = content.four_momenta
        if content.labels is not None:
            out["is_signal"] = content.labels
    return path


def columns(content: Jets) -> dict[str, np.ndarray]:
    """E1, px1 … of each constituent, and the label."""
    found = {f"{name}{k}": content.four_momenta[:, k, i] for k in range(2) for i, name in enumerate(("E", "px", "py", "pz"))}
    return found | ({} if content.labels is None else {"label": content.labels})


def parquet(path: Path, content: Jets, *, group: int = 500) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns(content)), path, row_group_size=group)
    return path


def root(path: Path, content: Jets) -> Path:
    import uproot

    with uproot.recreate(path) as out:
        out["tree"] = columns(content)
    return path


def npz(path: Path, content: Jets) -> Path:
    with path.open("wb") as stream:  # a name would be given the suffix .npz
        np.savez(stream, p=content.four_momenta, label=content.labels)
    return path


def lethal_once(part: Partition, recipe: Recipe, *, marker: Path, victim: int) -> Partial:
    """Kill this process, as a system out of memory does, the first time that the part beginning at row ``victim`` is reached."""
    if part.rows is not None and part.rows[0] == victim and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return collect(part, recipe)


def lethal(part: Partition, recipe: Recipe, *, victim: int) -> Partial:
    """Kill this process whenever the part beginning at row ``victim`` is reached."""
    if part.rows is not None and part.rows[0] == victim:
        os.kill(os.getpid(), signal.SIGKILL)
    return collect(part, recipe)


def with_modules(part: Partition, recipe: Recipe) -> Partial:
    """The result carries what this process is like, where its warnings would stand."""
    import sys

    found = collect(part, recipe)
    return Partial(
        found.jets, warnings=(f"torch {'torch' in sys.modules}", f"threads {os.environ.get('OMP_NUM_THREADS')}", f"pid {os.getpid()}")
    )


def arrays_of(partial: Partial) -> list[np.ndarray]:
    gram, rows = partial.gram, partial.rows
    found = [] if gram is None else [gram.gram, gram.counts, gram.drift]
    return found + ([] if rows is None else [rows.gram, rows.counts, rows.wide])


def identical(one: Partial, other: Partial) -> bool:
    """Equal to the last bit."""
    mine, theirs = arrays_of(one), arrays_of(other)
    return one.jets == other.jets and len(mine) == len(theirs) and all(map(np.array_equal, mine, theirs))


def difference(one: Partial, other: Partial) -> float:
    """The largest relative difference of the sums."""
    pairs = zip(arrays_of(one), arrays_of(other), strict=True)
    return max(float(np.abs(a - b).max() / max(np.abs(a).max(), 1)) for a, b in pairs)
