"""How long a user waits before anything happens."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.table import Row, interleaved, median_row

HELP = "import sys; sys.argv = ['physym', '--help']; from physym.cli import main; main()"


def run(*, repeats: int = 7) -> list[Row]:
    """Seconds of fresh interpreters."""

    def python(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.DEVNULL)

    verbs = "import physym; physym.discover_lorentz; physym.load_jets; physym.identify"
    shown, package, everything, torch = interleaved(
        [lambda: python(HELP), lambda: python("import physym"), lambda: python(verbs), lambda: python("import torch")], repeats=repeats
    )
    return [
        median_row("physym --help", shown, "s", aim="≤ 0.5"),
        median_row("import physym", package, "s"),
        median_row("import physym and its verbs", everything, "s"),
        median_row("import torch", torch, "s"),
        median_row("import physym over import torch", package / torch, "×", aim="≤ 1.1"),
        median_row("import physym and its verbs over import torch", everything / torch, "×", aim="≤ 1.1"),
    ]
