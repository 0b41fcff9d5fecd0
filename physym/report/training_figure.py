"""One figure of a training: losses, the held-out statistic, and the path of the generators to their end, for each seed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from physym.discovery import Discovery
from physym.errors import InvalidData
from physym.report.training import angles_to, run_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NEAREST = 1e-4  # rad: nearer to the end than this is drawn here, as a logarithmic axis has no zero
MOST_NAMED = 10  # seeds in the legend


def training_figure(discovery: Discovery) -> Figure:
    """Losses, held-out statistic and distance to the result, for each seed of a trained method; what was not recorded is left out.

    Arguments:
        discovery: the outcome of a run of a trained method.

    Returns:
        A matplotlib figure that belongs to no window. Runs that do not count are grey.

    Raises:
        InvalidData: nothing was trained.

    Example:
        >>> from physym.algebra import LieAlgebra
        >>> from physym.discovery import Level, Runs
        >>> turn = np.array([[0.0, -1.0], [1.0, 0.0]]) / 2**0.5
        >>> runs = Runs((0, 1), np.stack([turn, -turn])[:, None], np.ones(2, dtype=bool), losses=np.full((4, 2, 2), math.log(2)))
        >>> len(training_figure(Discovery(support=Level("support", "", LieAlgebra(turn[None])), runs=runs)).axes)
        1
    """
    from matplotlib.figure import Figure

    runs = discovery.runs
    if runs is None:
        raise InvalidData("nothing was trained in this run, so there is no training to draw; algebra_figure shows what was found.")
    colours = [f"C{i % 10}" if kept else "0.7" for i, kept in enumerate(runs.kept)]
    drawn = [
        draw
        for draw, known in (
            (_losses, runs.losses.size),
            (_statistics, runs.statistic.size),
            (_paths, runs.paths.size and discovery.level.dimension),
        )
        if known
    ]
    figure = Figure(figsize=(4.2 * max(len(drawn), 1), 3.4), dpi=160, layout="constrained", facecolor="white")
    for axis, draw in zip(figure.subplots(1, max(len(drawn), 1), squeeze=False)[0], drawn, strict=False):
        draw(axis, discovery, colours)
    figure.suptitle(f"{discovery.title}: {runs.sentence}", fontsize=10)
    return figure


def _losses(axis: Axes, discovery: Discovery, colours: list[str]) -> None:
    runs = discovery.runs
    if runs is None:
        return
    checks = np.arange(1, len(runs.losses) + 1)
    for i, colour in enumerate(colours):
        axis.plot(checks, runs.losses[:, 0, i], color=colour, linewidth=1.2, label="generator" if i == 0 else None)
        axis.plot(checks, runs.losses[:, 1, i], color=colour, linewidth=1.2, linestyle="--", label="critic" if i == 0 else None)
    axis.axhline(math.log(2), color="0.3", linewidth=0.8, linestyle=":", label="ln 2")
    if runs.losses.min() > 0:  # penalties may make a loss negative
        axis.set_yscale("log")
    axis.set(xlabel="check", ylabel="loss", title="losses: ln 2 where nothing is told apart")
    axis.legend(fontsize=8)


def _statistics(axis: Axes, discovery: Discovery, colours: list[str]) -> None:
    rows = run_rows(discovery)
    axis.axhspan(-2, 2, color="0.9", linewidth=0)
    axis.axhline(0, color="0.5", linewidth=0.8)
    for place, (row, colour) in enumerate(zip(rows, colours, strict=True)):
        axis.plot(place, row.statistic, "o", color=colour, markerfacecolor=colour if row.counts else "white")
    if len(rows) <= MOST_NAMED:
        axis.set_xticks(range(len(rows)), [str(row.seed) for row in rows])
    else:
        axis.set_xticks([])
    axis.margins(x=0.15, y=0.2)
    axis.set(xlabel="seed", ylabel="standard deviations", title="held-out rows: moved against real")


def _paths(axis: Axes, discovery: Discovery, colours: list[str]) -> None:
    runs = discovery.runs
    if runs is None:
        return
    angles = np.maximum(angles_to(runs.paths, discovery.algebra), NEAREST)
    checks = np.arange(1, len(angles) + 1)
    for i, (seed, colour) in enumerate(zip(runs.seeds, colours, strict=True)):
        counts = "" if runs.kept[i] else ", does not count"
        axis.semilogy(checks, angles[:, i], color=colour, linewidth=1.2, label=f"seed {seed}{counts}")
    if len(runs.seeds) <= MOST_NAMED:
        axis.legend(fontsize=8)
    axis.set(xlabel="check", ylabel="largest angle, rad", title="path of the generators to the result")
