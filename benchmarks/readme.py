"""Put the stored figures into the table of README.md: ``python -m benchmarks.readme``."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START, END = "<!-- measured -->", "<!-- end of measured -->"

CHOSEN = {
    "support_statistics": ("support statistics, degree 2", "time over the bare Gram matrix"),
    "discover_lorentz": (
        "discover_lorentz, 4,000 jets",
        "one epoch over discover_lorentz, 4,000 jets",
        "discover_lorentz, 1,200,000 jets",
        "one epoch (scaled) over discover_lorentz, 1,200,000 jets",
    ),
    "startup": ("physym --help", "import physym over import torch", "import physym and its verbs over import torch"),
    "loading": ("ak.pad_none over scatter",),
    "noise": tuple(f"metric cosine, 2,000 jets, {level} % noise" for level in (1, 5, 10)),
}


def table(results: Path = ROOT / "benchmarks" / "results") -> str:
    """The Markdown table of the chosen figures."""
    lines = ["| figure | measured | repeats | command |", "|---|---|---|---|"]
    for name, chosen in CHOSEN.items():
        rows = {row["what"]: row for row in json.loads((results / f"{name}.json").read_text(encoding="utf-8"))["rows"]}
        for what in chosen:
            row = rows[what]
            figure = f"{rounded(row['value'], row['error'])} {row['unit'].removesuffix('mean ± spread')}".strip()
            lines.append(f"| {what} | {figure} | {row['repeats']} | `python -m benchmarks {name}` |")
    rows = json.loads((results / "catalogue.json").read_text(encoding="utf-8"))["rows"]
    worst = min(row["value"] for row in rows)
    what = f"{len(rows)} algebras up to dimension 15, recognised in a random basis with 1 % error (the worst of them)"
    lines.append(f"| {what} | {worst:.0f} of {rows[0]['repeats']} | {rows[0]['repeats']} each | `python -m benchmarks catalogue` |")
    return "\n".join(lines)


def rounded(value: float, error: float) -> str:
    """Value ± error, the error with one digit, the value to the same place."""
    if error <= 0:
        return f"{value:g}"
    shown = f"{error:.0e}"
    decimals = max(0, -int(shown.split("e")[1]))
    return f"{value:.{decimals}f} ± {float(shown):.{decimals}f}"


def main() -> None:
    """Rewrite the table."""
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(START)
    after = rest.split(END)[1]
    path.write_text(f"{before}{START}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
