"""Train released models by name with their frozen settings, on one core, and write their folders."""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from pathlib import Path

WHERE = {"liegan_two_body": "liegan", "liegan_toptag": "liegan"}  # model -> module that knows its settings
MODELS = Path(__file__).resolve().parents[2] / "models"


def main(arguments: list[str] | None = None) -> None:
    """Parse the names and train them; without names, all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.release", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(WHERE)} (default: all)")
    parser.add_argument("--out", type=Path, default=MODELS, help="folder in which the folders of the models lie, with their card.md")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(WHERE))
    if unknown:
        parser.error(f"no model called {', '.join(unknown)}; there are: {', '.join(WHERE)}")
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"  # before numpy is imported, so that seconds are those of one core
    from benchmarks.release.folder import write_folder

    for name in options.names or WHERE:
        release = import_module(f"benchmarks.release.{WHERE[name]}").RELEASES[name]
        for path in write_folder(release, options.out / name):
            print(f"wrote {path}")


if __name__ == "__main__":
    main()
