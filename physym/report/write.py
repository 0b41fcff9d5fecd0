"""`write_card`: a discovery as files."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from physym._files import write_atomically
from physym.algebra import render
from physym.discovery import Discovery
from physym.errors import InvalidData
from physym.report.card import algebra_card
from physym.report.figures import algebra_figure, figure_png
from physym.report.latex import latex_card
from physym.report.training_figure import training_figure


def write_card(discovery: Discovery, folder: str | PathLike[str]) -> tuple[Path, ...]:
    """Write card.txt, algebra.tex, algebra.png, algebra.json where there is a generator, and training.png where one was trained.

    A proposal that is not to be relied on, and the steps of a discrete group, have no algebra.json: such a file could not say so.
    Everything is rendered before anything is written, so a failure leaves the folder as it was.

    Arguments:
        discovery: the outcome of a run.
        folder: where to write; made where it does not exist.

    Returns:
        The paths written.

    Raises:
        InvalidData: ``folder`` is a file.

    Example:
        >>> import tempfile
        >>> from physym.discovery import Level
        >>> nothing = Discovery(support=Level("support", "", None, reason="no data"))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     [path.name for path in write_card(nothing, folder)]
        ['card.txt', 'algebra.tex', 'algebra.png']
    """
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise InvalidData(f"{target} is a file; name a folder for the card.")
    contents: dict[str, str | bytes] = {"card.txt": algebra_card(discovery), "algebra.tex": latex_card(discovery)}
    algebra = discovery.exact if discovery.exact is not None else discovery.algebra
    if algebra is not None and algebra.dimension and discovery.status.reliable and not discovery.level.discrete:
        contents["algebra.json"] = render(algebra, ".json")
    contents["algebra.png"] = figure_png(algebra_figure(discovery))
    if discovery.runs is not None:
        contents["training.png"] = figure_png(training_figure(discovery))
    target.mkdir(parents=True, exist_ok=True)
    return tuple(write_atomically(target / name, content) for name, content in contents.items())
