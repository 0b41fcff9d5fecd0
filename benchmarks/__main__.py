"""Run benchmarks by name, print one table and write ``benchmarks/results/NAME.json``."""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from pathlib import Path

NAMES = (
    "support_statistics",
    "discover_lorentz",
    "startup",
    "loading",
    "noise",
    "catalogue",
    "textbook",
    "dynamics",
    "discrete",
    "finite_groups",
    "measure_power",
    "null_battery",
    "certificates",
    "liegg",
    "liegan",
    "liegan_step",
    "streaming",
)
RESULTS = Path(__file__).resolve().parent / "results"


def main(arguments: list[str] | None = None) -> None:
    """Parse the names and run them; without names, all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the JSON files")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"no benchmark called {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"  # before numpy is imported, so that a figure is per core
    from benchmarks.table import save, show

    for name in options.names or NAMES:
        rows = import_module(f"benchmarks.{name}").run()
        show(name, rows)
        save(name, rows, options.out)


if __name__ == "__main__":
    main()
