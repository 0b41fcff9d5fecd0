"""The algebra card as a LaTeX document."""

from __future__ import annotations

from physym._version import __version__
from physym.algebra.export import NamedMatrix, latex_text, math_name, pmatrix, write_latex
from physym.discovery import Discovery
from physym.report.card import discovery_sheet
from physym.report.table import LevelRow, level_rows

_PREAMBLE = r"""\documentclass{article}
\usepackage[a4paper, margin=25mm]{geometry}
\usepackage{amsmath,amssymb}
\allowdisplaybreaks
\begin{document}
"""
_SPECTRAL = r"""Vanishing polynomials (support), a regression (conditional) and moments (measure) of the data give one linear equation
per level; its solutions are counted by a test whose covariance comes from blocks of the data. """
_METHOD = r"""\paragraph{Method.} %sComputed with physym~\cite{physym}; whether data alone reveal the Lorentz group was asked
in~\cite{liegan}.
\begin{thebibliography}{9}
\bibitem{physym} The physym authors, \emph{physym: the symmetries of physics data}, version %s.
\bibitem{liegan} J.~Yang, R.~Walters, N.~Dehmamy and R.~Yu, \emph{Generative adversarial symmetry discovery}, ICML (2023), arXiv:2302.00236.
\end{thebibliography}
"""


def latex_card(discovery: Discovery) -> str:
    r"""A document with generators, metric, the table of levels, data and citations; it compiles as it is.

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
    identified = discovery.identification
    title = identified.name if identified is not None else "No symmetry"
    parts = [
        _PREAMBLE + f"\\section*{{{latex_text(title)}}}",
        latex_text(f"{discovery.level.sentence}. {discovery.status.value} {discovery.provenance.get('warning', '')}".strip()),
        *_algebra(discovery),
        levels_table(discovery),
        _data(discovery),
        _METHOD % (_SPECTRAL if type(discovery.method).__name__ == "Spectral" else "", latex_text(__version__)) + "\\end{document}",
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
    parts = [f"\\paragraph{{Generators,}} {latex_text(kind)}, acting on columns $({_vector(sheet.coordinates)})$:"]
    parts.append(f"% begin algebra\n{write_latex(sheet)}% end algebra")
    measured = discovery.metric
    if measured is not None:
        matrix = NamedMatrix("metric", measured.matrix, measured.errors)
        parts.append(f"\\paragraph{{Metric}} as measured: {latex_text(measured.statement)}.")
        parts.append(f"{{\\scriptsize\\setlength{{\\arraycolsep}}{{1pt}}\n\\[\n\\eta =\n{pmatrix(matrix)}\n\\]\n}}")
    return parts


def _vector(coordinates: tuple[str, ...]) -> str:
    """Coordinate names with their axes as indices: px becomes p_x."""
    split = [math_name(f"p_{name[1]}") if name in ("px", "py", "pz") else f"\\text{{{latex_text(name)}}}" for name in coordinates]
    return ", ".join(split) or "x"


def _data(discovery: Discovery) -> str:
    lines = [f"{key}: {value}" for key, value in discovery.provenance.items() if value and key != "warning"]
    lines.append(f"seed {discovery.seed}, {1000 * discovery.seconds:.1f} ms")
    return "\\paragraph{Data and run.} " + latex_text("; ".join(lines)) + "."
