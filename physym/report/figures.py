"""One figure of an algebra: every generator and the metric as annotated heat-maps."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np

from physym._numbers import rounded
from physym.algebra.export import NamedMatrix, Sheet, math_name
from physym.discovery import Discovery
from physym.report.card import SIGNIFICANT, discovery_sheet, exact_text, headline, shows_metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL = 2.35  # inches
COLOURS = "RdBu_r"
LARGEST_ANNOTATED = 6


def algebra_figure(discovery: Discovery) -> Figure:
    """Heat-maps of the generators (exact where they were snapped) and of the measured metric with its errors.

    Arguments:
        discovery: the outcome of a run.

    Returns:
        A matplotlib figure that belongs to no window; blue is negative, white zero and red positive.

    Example:
        >>> from physym.discovery import Level
        >>> figure = algebra_figure(Discovery(support=Level("support", "", None, reason="no data")))
        >>> len(figure.axes)
        1
    """
    from matplotlib.figure import Figure

    sheet = discovery_sheet(discovery)
    panels = _panels(discovery, sheet)
    columns = min(4, max(1, len(panels)))
    rows = max(1, math.ceil(len(panels) / columns))
    size = PANEL * max(1.0, max((len(panel.values) for panel in panels), default=4) / 6)
    figure = Figure(figsize=(max(size * columns, 4.6), size * rows + 0.75), dpi=160, layout="constrained", facecolor="white")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[len(panels) :]:
        axis.axis("off")
    for axis, panel in zip(axes, panels, strict=False):
        _heat_map(axis, panel, sheet.coordinates if sheet is not None else ())
    figure.suptitle(_title(discovery), fontsize=11)
    return figure


def figure_png(figure: Figure) -> bytes:
    """A figure as the content of a PNG file.

    Arguments:
        figure: any matplotlib figure.

    Returns:
        The bytes.

    Example:
        >>> from matplotlib.figure import Figure
        >>> figure_png(Figure(figsize=(1, 1)))[1:4]
        b'PNG'
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    FigureCanvasAgg(figure)  # the canvas registers itself with the figure, which then draws without a window
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _panels(discovery: Discovery, sheet: Sheet | None) -> list[NamedMatrix]:
    if sheet is None:
        return []
    metric = discovery.metric if shows_metric(discovery) else None
    measured = [] if metric is None else [NamedMatrix("metric", metric.matrix, metric.errors)]
    return [*sheet.generators, *measured]


def _title(discovery: Discovery) -> str:
    level = discovery.level
    if discovery.identification is None:
        return f"{headline(discovery)} at the {level.name} level"
    kind = "exact entries" if discovery.exact is not None else "measured entries"
    return f"{headline(discovery)}: {level.name} level, {level.rows:,} {level.unit}, {kind}"


def _heat_map(axis: Axes, panel: NamedMatrix, coordinates: tuple[str, ...]) -> None:
    n = len(panel.values)
    largest = float(np.abs(panel.values).max(initial=0.0)) or 1.0
    axis.imshow(panel.values, cmap=COLOURS, vmin=-1.2 * largest, vmax=1.2 * largest, interpolation="nearest")
    labels = [_label(name) for name in coordinates] or [f"$x_{{{i + 1}}}$" for i in range(n)]
    axis.set_xticks(range(n), labels, fontsize=8)
    axis.set_yticks(range(n), labels, fontsize=8)
    axis.tick_params(length=0, pad=2)
    # thin white lines part the cells, so that neighbours of one colour stay countable
    axis.set_xticks(np.arange(n - 1) + 0.5, minor=True)
    axis.set_yticks(np.arange(n - 1) + 0.5, minor=True)
    axis.grid(which="minor", color="white", linewidth=1.5)
    axis.tick_params(which="minor", length=0)
    for spine in axis.spines.values():
        spine.set(color="0.75", linewidth=0.8)
    axis.set_title(_name(panel), fontsize=10)
    if n <= LARGEST_ANNOTATED:
        _annotate(axis, panel, largest)
    elif panel.exact is not None:
        _annotate(axis, panel, largest, zeros=False)


def _name(panel: NamedMatrix) -> str:
    if panel.name == "metric":
        return r"metric $\eta$"
    return f"${math_name(panel.name)}$"


def _label(name: str) -> str:
    """Momentum components get their axis as an index; other names stay as they are."""
    return (
        f"$p_{name[1]}$" if name in ("px", "py", "pz") else f"${name}$" if len(name) == 1 and name.isalpha() else name.replace("$", r"\$")
    )


def _annotate(axis: Axes, panel: NamedMatrix, largest: float, *, zeros: bool = True) -> None:
    """Write every entry, or every one but zeros; what cannot be told from zero is grey."""
    cells = [cell for cell in np.ndindex(panel.values.shape) if zeros or panel.values[cell]]
    texts = {cell: _entry(panel, *cell) for cell in cells}
    size = min(map(_font_size, texts.values()), default=6.0)
    for (i, j), text in texts.items():
        magnitude = abs(float(panel.values[i, j]))
        noise = 0.0 if panel.exact is not None else SIGNIFICANT * float(panel.errors[i, j])
        colour = "white" if magnitude > 0.6 * largest else "0.55" if magnitude <= max(noise, 1e-9 * largest) else "0.15"
        axis.text(j, i, text, color=colour, fontsize=size, ha="center", va="center", linespacing=1.05)


def _entry(panel: NamedMatrix, i: int, j: int) -> str:
    if panel.exact is not None:
        return exact_text(panel.exact[i, j])
    value, error = float(panel.values[i, j]), float(panel.errors[i, j])
    number, spread = rounded(value, error)
    if not spread:
        return f"{value if abs(value) > 1e-9 else 0:.3g}".replace("-", "−")
    if "e" not in spread and len(number.lstrip("-")) <= 7:
        return f"{number}\n±{spread}".replace("-", "−")
    # a cell has room for the value to four decimals and for the size of its error
    mantissa, _, exponent = f"{error:.0e}".partition("e")
    return f"{round(value, 4) + 0.0:.4f}\n±{mantissa}e{int(exponent)}".replace("-", "−")


def _font_size(text: str) -> float:
    longest = max(map(len, text.split("\n")))
    return 9.0 if longest <= 3 else 7.5 if longest <= 5 else 6.2 if longest <= 7 else 5.4
