"""The measured sections of a model's card, written from its configuration and its figures; the other sections are prose."""

from __future__ import annotations

import re
from typing import Any

from physym._numbers import p_text, rounded


def with_measured_sections(card: str, config: dict[str, Any], metrics: dict[str, Any]) -> str:
    """A card whose sections "How it was found" and "Figures" say what was measured.

    Arguments:
        card: the card, with these two headings.
        config: content of ``config.json``.
        metrics: content of ``metrics.json``.

    Returns:
        The card.

    Raises:
        ValueError: a heading is missing.
    """
    for heading, body in (("How it was found", how_it_was_found(config, metrics)), ("Figures", figures(metrics))):
        start, end = bounds(card, heading)
        card = f"{card[:start]}\n{body}\n\n{card[end:]}"
    return card


def bounds(card: str, heading: str) -> tuple[int, int]:
    """Where the text of a section begins and ends."""
    found = re.search(rf"^## {re.escape(heading)}\n", card, re.M)
    if found is None:
        raise ValueError(f'the card has no section "{heading}"')
    following = re.compile(r"^## ", re.M).search(card, found.end())
    return found.end(), len(card) if following is None else following.start()


def how_it_was_found(config: dict[str, Any], metrics: dict[str, Any]) -> str:
    """Command, settings, seeds, hardware."""
    versions = ", ".join(f"{name} {config['versions'][name]}" for name in ("physym", "torch", "numpy"))
    seeds = config["seeds"]
    return "\n".join(
        (
            "```sh",
            config["command"],
            "```",
            f"- Method: `{config['call']}`, {config['level']} level; every setting is in `config.json`.",
            f"- Seed {config['seed']}, whose {len(seeds)} runs have the seeds {seeds[0]} to {seeds[-1]}. They were trained side by side.",
            f"- Hardware: one core, {metrics['processor']}; {metrics['seconds of one core']:.0f} s for all seeds, "
            f"{metrics['seconds of one core per seed']:.1f} s for each, tests of the referee included.",
            f"- Python {config['python']}, {versions}; {metrics['date'][:10]}.",
        )
    )


def figures(metrics: dict[str, Any]) -> str:
    """What was measured of each seed, of their common algebra, and what the calibrated tests say."""
    seeds = len(metrics["seeds"])
    lines = [f"Mean ± standard deviation over {seeds} seeds.", "", "| figure | mean ± spread | worst seed |", "|---|---|---|"]
    for name, figure in metrics["figures"].items():
        mean, spread = rounded(figure["mean"], figure["spread"])
        worst = min(figure["values"]) if "cosine" in name else max(figure["values"])
        lines.append(f"| {name} | {mean} ± {spread} | {worst:.6g} |")
    return "\n".join([*lines, "", *common(metrics), *tested(metrics)])


def common(metrics: dict[str, Any]) -> list[str]:
    """On the common algebra of the seeds, beside that of Spectral."""
    algebra, kept, spectral = metrics["common algebra"], metrics["kept"], metrics["Spectral on the same data"]
    who = f"all {len(kept)} seeds" if all(kept) else f"the {sum(kept)} of {len(kept)} seeds that count"
    exact = "They snap to exact entries." if algebra["exact entries"] == "snapped" else f"Not snapped: {algebra['exact entries']}"
    off, other = algebra["angle to the textbook algebra (rad)"], spectral["angle to the textbook algebra (rad)"]
    return [
        f"`algebra.json` is the common span of {who}: {algebra['name']}, dimension {algebra['dimension']}, with a largest standard error",
        f"of an entry of {algebra['largest standard error of an entry']:.2g}. {exact}",
        f"Largest angle to the textbook algebra: {off:.2g} rad; of `Spectral` on the same data {other:.2g} rad, in "
        f"{spectral['seconds of one core']:.2g} s of one core.",
        "",
    ]


def tested(metrics: dict[str, Any]) -> list[str]:
    """What the calibrated tests of the referee say."""
    referee, dimension = metrics["referee"], metrics["common algebra"]["dimension"]
    values, alpha, rows = referee["p-values"], referee["alpha"], f"{referee['rows']:,} {referee['unit']}"
    at, exact = f"at {100 * (1 - alpha):g} %", referee["textbook algebra"]
    verdicts = [f"of dimension {n}: p {p_text(values[str(n)])}" for n in (dimension, dimension + 1) if str(n) in values]
    return [
        f"Tested by `Spectral` at the {referee['level']} level: {referee['statement']}; {referee['tested']}, {rows}.",
        f"- Some algebra {'; '.join(verdicts)}. Below {alpha:g} is rejected.",
        f"- These generators as they stand: p {p_text(referee['p-value of these generators'])}, {bound(referee['certified defect'])} {at}.",
        f"- The textbook {exact}, named beforehand: {bound(referee['certified defect of the textbook algebra'])} {at}.",
    ]


def bound(defect: float | None) -> str:
    """A certified defect in words."""
    return "no defect certified" if defect is None or not defect < 1 else f"relative defect < {100 * defect:.2g} %"
