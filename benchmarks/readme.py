"""Put the stored figures into the tables of README.md and docs/adversarial.md: ``python -m benchmarks.readme``."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEGLIGIBLE = 1e-12  # a difference from 1 below this is round-off
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
    "null_battery": (
        "all without symmetry: certified at 30 %",
        "all functions: true dimension refuted at α = 0.01",
        "all densities: true dimension refuted at α = 0.01",
    ),
    "certificates": (
        "so(1,3) as a function, N = 5,000, 1 % noise, degree 4: certified at 1 %",
        "so(3) as a Gaussian density, N = 20,000, degree 3: certified at 5 %",
    ),
    "measure_power": (
        "so(3) broken by 30 %, cubic, N = 3,000: detected at 5 % (equal level), harmonics, smallest p of the bands",
        "so(3) broken by 30 %, cubic, N = 3,000: detected at 5 % (equal level), Fourier, omnibus",
    ),
    "dynamics": (
        "1 − cosine to so(2): two_body, 2×2 blocks, 0 % noise",
        "1 − cosine to so(2): two_body, 2×2 blocks, 1 % noise",
        "1 − cosine to so(2): two_body, 2×2 blocks, 10 % noise",
        "two_body, 2×2 blocks: seconds of one core",
    ),
    "discrete": ("C6, raw matrix (not snapped), N = 20,000: mean absolute error",),
    "finite_groups": (
        "T_d, 3-D, N = 5,000: exact and closed",
        "S3 × Z2, 5-D, N = 5,000: exact and closed",
        "O_h, 3-D, N = 20,000: exact and closed",
    ),
    "liegan": (
        "  two bodies, 2×2 blocks: cosine to so(2): LieGAN, worst seed",
        "  discrete rotation, k = 7: LieGAN, angle within .01 rad",
        "  top tagging: cosine of the metric: LieGAN, worst seed",
    ),
    "liegan_step": (
        "jets, 7 channels: plain recipe over LieGAN, one seed",
        "jets, 7 channels: plain recipe over LieGAN, per seed of 10 side by side",
    ),
    "streaming": (
        "statistics of 45 monomials, decoded jets",
        "  ratio of the two",
        "Dask, two workers: largest relative difference from one process",
    ),
}
RENAMED = {
    "  ratio of the two": "peak memory at 10,000,000 jets over that at 1,000,000",
    "  two bodies, 2×2 blocks: cosine to so(2): LieGAN, worst seed": "LieGAN, two bodies: cosine to so(2), worst seed",
    "  discrete rotation, k = 7: LieGAN, angle within .01 rad": "LieGAN, step of a rotation by 2π/7: angle within .01 rad",
    "  top tagging: cosine of the metric: LieGAN, worst seed": "LieGAN, pythia-toptag: cosine of the metric, worst seed",
    "jets, 7 channels: plain recipe over LieGAN, one seed": "a step of the published recipe over one of LieGAN, one seed",
    "jets, 7 channels: plain recipe over LieGAN, per seed of 10 side by side": "the same, per seed of ten side by side",
}


def table(results: Path = ROOT / "benchmarks" / "results") -> str:
    """The Markdown table of the chosen figures."""
    lines = ["| figure | measured | repeats | command |", "|---|---|---|---|"]
    for name, chosen in CHOSEN.items():
        rows = {row["what"]: row for row in json.loads((results / f"{name}.json").read_text(encoding="utf-8"))["rows"]}
        for what in chosen:
            row = rows[what]
            value = (near_one(row["value"]) if name == "liegan" else "") or rounded(row["value"], row["error"])
            shown = f"{value} {row['unit'].removesuffix('mean ± spread')}".strip()
            lines.append(f"| {RENAMED.get(what, what)} | {shown} | {row['repeats']} | `python -m benchmarks {name}` |")
    rows = json.loads((results / "catalogue.json").read_text(encoding="utf-8"))["rows"]
    worst = min(row["value"] for row in rows)
    lines += worst_of_many(results)
    what = f"{len(rows)} algebras up to dimension 15, recognised in a random basis with 1 % error (the worst of them)"
    lines.append(f"| {what} | {worst:.0f} of {rows[0]['repeats']} | {rows[0]['repeats']} each | `python -m benchmarks catalogue` |")
    return "\n".join(lines)


def worst_of_many(results: Path) -> list[str]:
    """Rows that stand for a family of figures, of which the worst is shown."""
    lines = []
    for name, ending, what, unit in (
        ("discrete", "plane unknown, N = 1,000: order right", "order of C_k, k = 3 … 12, from 1,000 rows (the worst k)", 100),
        ("finite_groups", "2-D, N = 5,000: exact and closed", "D4 and C_k, k = 3 … 12, under 30 % linear mixing (the worst)", 1),
    ):
        rows = [row for row in json.loads((results / f"{name}.json").read_text(encoding="utf-8"))["rows"] if row["what"].endswith(ending)]
        worst = min(row["value"] for row in rows) * unit
        lines.append(f"| {what} | {worst:.0f} of 100 | 100 each | `python -m benchmarks {name}` |")
    return lines


def experiments(results: Path = ROOT / "benchmarks" / "results") -> str:
    """The Markdown table of the experiments of the LieGAN paper, a row each."""
    rows = {row["what"]: row for row in json.loads((results / "liegan.json").read_text(encoding="utf-8"))["rows"]}
    lines = [
        "| experiment | paper | public release | LieGAN, mean ± spread (worst) | Spectral | seconds per seed / Spectral | seeds |",
        "|---|---|---|---|---|---|---|",
    ]
    for what, row in rows.items():
        if not what.endswith(": LieGAN"):
            continue
        name = what.removesuffix(": LieGAN")
        quoted = [figure(rows.get(f"{name}: {who}")) for who in ("paper", "public release")]
        worst = figure(rows.get(f"  {name}: LieGAN, worst seed"))
        seconds = " / ".join(
            seconds_of(rows.get(f"  {name}: {who}")) for who in ("LieGAN, seconds of one core per seed", "Spectral, seconds of one core")
        )
        ours = f"{spread(row)} ({worst})"
        lines.append(
            f"| {name} | {quoted[0]} | {quoted[1]} | {ours} | {figure(rows.get(f'{name}: Spectral'))} | {seconds} | {row['repeats']} |"
        )
    return "\n".join(lines)


def figure(row: dict[str, float] | None) -> str:
    """A figure with three digits, of a number near 1 those of the difference; a dash where there is none."""
    if row is None or row["value"] != row["value"]:
        return "–"
    return near_one(row["value"]) or f"{row['value']:.3g}"


def spread(row: dict[str, float]) -> str:
    """A figure with its spread."""
    close = near_one(row["value"])
    return f"{close} ± {row['error']:.0e}" if close else rounded(row["value"], row["error"])


def near_one(value: float) -> str:
    """What is missing to 1, where that is little; else empty."""
    missing = 1 - value
    return f"1 − {missing:.1e}" if NEGLIGIBLE < missing < 5e-3 else ""


def seconds_of(row: dict[str, float] | None) -> str:
    """Seconds with two digits."""
    return "–" if row is None else f"{row['value']:.2g}"


def rounded(value: float, error: float) -> str:
    """Value ± error, the error with one digit, the value to the same place."""
    if error <= 0:
        return f"{value:.4g}"
    if abs(value) < 1e-3:
        return f"{value:.1e} ± {error:.0e}"
    shown = f"{error:.0e}"
    decimals = max(0, -int(shown.split("e")[1]))
    return f"{value:.{decimals}f} ± {float(shown):.{decimals}f}"


def main() -> None:
    """Rewrite the table."""
    for page, content in (("README.md", table()), ("docs/adversarial.md", experiments())):
        path = ROOT / page
        before, rest = path.read_text(encoding="utf-8").split(START)
        after = rest.split(END)[1]
        path.write_text(f"{before}{START}\n{content}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
