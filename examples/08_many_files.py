"""Stream many files with two processes and a cache, add one more file, and watch the second run read only what is new."""

import os
import tempfile
from pathlib import Path

import h5py
import matplotlib.pyplot as plt
import numpy as np

import physym
from physym.data.simulate import toy_jets

FIGURES = Path(os.environ.get("PHYSYM_FIGURES", "figures"))
JETS = 20_000
FILES = 4


def write(folder: Path, number: int) -> Path:
    """A file of simulated jets with two constituents each."""
    jets = toy_jets(JETS, seed=number, constituents=2)
    path = folder / f"jets_{number}.h5"
    with h5py.File(path, "w") as out:
        out["Pmu"], out["is_signal"] = jets.four_momenta, jets.labels
    return path


def main() -> None:
    """Discover from one file more each time: the cache keeps the statistics of those before."""
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        folder, paths = Path(scratch), []
        for number in range(FILES):
            paths.append(write(folder, number))
            result = physym.discover_files(
                paths,
                level="all",
                workers=2,
                cache=folder / "cache",
            )
            found.append(result)
            print(f"{len(paths)} file(s), parts: {result.provenance['parts']}; {result.provenance['source']}")
    for level in found[-1].levels:
        print(level.sentence)
    draw(found)


def draw(found: list[physym.Discovery]) -> None:
    """What the data rule out, against the number of jets."""
    figure, axis = plt.subplots(figsize=(6, 3.6), layout="constrained")
    jets = JETS * np.arange(1, len(found) + 1)
    for name, marker in (("conditional", "s"), ("measure", "^")):  # on the support E² = p² is exact
        levels = [getattr(result, name) for result in found]
        label = f"{name}: {levels[-1].identification.name}"
        axis.loglog(jets, [100 * level.defect for level in levels], f"{marker}-", label=label)
    axis.loglog(jets, 10 * (jets / JETS) ** -0.5, color="0.6", linewidth=1, label="∝ 1/√N")
    axis.set(xlabel="jets", ylabel="defect ruled out at 99 %, %", title=f"{len(found)} files of {JETS:,} jets, one more in each run")
    axis.set_xticks(jets, [f"{n:,}" for n in jets], minor=False)
    axis.minorticks_off()
    axis.legend()
    FIGURES.mkdir(parents=True, exist_ok=True)
    figure.savefig(FIGURES / "08_many_files.png", dpi=120)


if __name__ == "__main__":  # every process imports this file first
    main()
