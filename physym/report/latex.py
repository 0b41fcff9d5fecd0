"""The algebra card as a LaTeX document."""

from __future__ import annotations

import math

from physym._version import __version__
from physym.algebra.export import NamedMatrix, latex_text, math_name, pmatrix, write_latex
from physym.discovery import Discovery, Reference, explanation_of
from physym.report.card import discovery_sheet, headline, shown_provenance, shows_metric
from physym.report.table import LevelRow, level_rows
from physym.report.training import STATISTIC, run_columns, run_rows, run_sentence

_PREAMBLE = r"""\documentclass{article}
\usepackage[a4paper, margin=25mm]{geometry}
\usepackage{amsmath,amssymb}
\allowdisplaybreaks
\begin{document}
"""
_OURS = Reference("physym", "The physym authors", "physym: the symmetries of physics data", f"version {__version__}")


def latex_card(discovery: Discovery) -> str:
    r"""A document with generators, metric, the tables of levels and of training runs, data and citations; it compiles as it is.

    Arguments:
        discovery: the outcome of a run.

    Returns:
        LaTeX that needs amsmath, amssymb and geometry. What stands between the marks ``begin algebra`` and ``end algebra`` can be
        copied into a paper.

    Example:
        >>> from physym.discovery import Level
        >>> r"\end{document}" in latex_card(Discovery(support=Level("support", "", None, reason="no data")))
        True
    """
    parts = [
        _PREAMBLE + f"\\section*{{{latex_text(headline(discovery))}}}",
        latex_text(f"{discovery.level.sentence}. {discovery.status.value} {discovery.provenance.get('warning', '')}".strip()),
        *_algebra(discovery),
        levels_table(discovery),
        *_training(discovery),
        _data(discovery),
        _method(discovery) + "\\end{document}",
    ]
    return "\n\n".join(parts) + "\n"


def levels_table(discovery: Discovery) -> str:
    r"""What each level says, as a plain ``tabular``.

    Arguments:
        discovery: the outcome of a run.

    Returns:
        The table: what was tested and found, on how much data, with which p-values and bound.

    Example:
        >>> from physym.discovery import Level
        >>> table = levels_table(Discovery(support=Level("support", "", None, reason="no data")))
        >>> table.count(r"\hline")
        5
    """
    columns = r"\begin{tabular}{l p{33mm} p{30mm} p{36mm} p{24mm}}"
    head = "Level & Found & On & p-values by dimension & Breaking \\\\"
    rows = [_row(row) for row in level_rows(discovery)]
    body = " \\\\\n\\hline\n".join(rows)
    begin = "\\begingroup\\footnotesize\\setlength{\\tabcolsep}{4pt}\\raggedright"
    return f"{begin}\n\\noindent{columns}\n\\hline\n{head}\n\\hline\n{body} \\\\\n\\hline\n\\end{{tabular}}\\endgroup"


def _row(row: LevelRow) -> str:
    found = f"{row.algebra}: {row.statement}" if row.tested else row.algebra
    cells = (found, row.sample, "; ".join(row.p_values), row.breaking)
    # raggedright takes over the end of the line, and a row must give it back
    ragged = [f"\\raggedright\\let\\\\\\tabularnewline {latex_text(cell)}" for cell in cells]
    return " & ".join([row.name, *ragged])


def _algebra(discovery: Discovery) -> list[str]:
    sheet = discovery_sheet(discovery)
    if sheet is None:
        return []
    kind = "exact" if discovery.exact is not None else f"measured ({discovery.exact_reason})"
    what = "Steps" if discovery.level.discrete else "Generators"
    parts = [f"\\paragraph{{{what},}} {latex_text(kind)}, acting on columns $({_vector(sheet.coordinates)})$:"]
    parts.append(f"% begin algebra\n{write_latex(sheet)}% end algebra")
    measured = discovery.metric
    if measured is not None and shows_metric(discovery):
        matrix = NamedMatrix("metric", measured.matrix, measured.errors)
        parts.append(f"\\paragraph{{Metric}} as measured: {latex_text(measured.statement)}.")
        parts.append(f"{{\\scriptsize\\setlength{{\\arraycolsep}}{{1pt}}\n\\[\n\\eta =\n{pmatrix(matrix)}\n\\]\n}}")
    return parts


def _vector(coordinates: tuple[str, ...]) -> str:
    """Coordinate names with their axes as indices: px becomes p_x."""
    split = [math_name(f"p_{name[1]}") if name in ("px", "py", "pz") else f"\\text{{{latex_text(name)}}}" for name in coordinates]
    return ", ".join(split) or "x"


def _data(discovery: Discovery) -> str:
    lines = [f"{key}: {value}" for key, value in shown_provenance(discovery)]
    lines.append(f"seed {discovery.seed}, {1000 * discovery.seconds:.1f} ms")
    return "\\paragraph{Data and run.} " + latex_text("; ".join(lines)) + "."


def _training(discovery: Discovery) -> list[str]:
    """The runs of a trained method, seed by seed."""
    rows = run_rows(discovery)
    if not rows:
        return []
    head, *body = [" & ".join(latex_text(cell) for cell in line) for line in (run_columns(rows), *(row.cells for row in rows))]
    columns = "r" * len(rows[0].cells)
    lines = " \\\\\n".join(body)
    table = f"\\noindent\\begin{{tabular}}{{{columns}}}\n\\hline\n{head} \\\\\n\\hline\n{lines} \\\\\n\\hline\n\\end{{tabular}}"
    words = f"{run_sentence(discovery)}. " + ("" if math.isnan(rows[0].statistic) else f"{STATISTIC[0].upper()}{STATISTIC[1:]}.")
    return [f"\\paragraph{{Training.}} {latex_text(words.strip())}", f"\\begingroup\\footnotesize\n{table}\\endgroup"]


def _method(discovery: Discovery) -> str:
    """What the method did, with a bibliography."""
    said = explanation_of(discovery.method)
    cited = f"~\\cite{{{','.join(reference.key for reference in said.references)}}}" if said.references else ""
    sentence = latex_text(said.sentence.removesuffix(".")) + f"{cited}. " if said.sentence else f"See{cited}. " if cited else ""
    items = "\n".join(_bibitem(reference) for reference in (_OURS, *said.references))
    return (
        f"\\paragraph{{Method.}} {sentence}Computed with physym~\\cite{{physym}}.\n"
        f"\\begin{{thebibliography}}{{9}}\n{items}\n\\end{{thebibliography}}\n"
    )


def _bibitem(reference: Reference) -> str:
    authors, title, published = (latex_text(text) for text in (reference.authors, reference.title, reference.published))
    return f"\\bibitem{{{reference.key}}} {authors.replace('. ', '.~')}, \\emph{{{title}}}, {published}{latex_text(reference.preprint)}."
