"""LaTeX: a snippet for a paper, one pmatrix per generator."""

from __future__ import annotations

from typing import Any

import numpy as np

from physym._numbers import concise, latex_plus_minus
from physym.algebra.export.sheet import NamedMatrix, Sheet

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": "$<$",
    ">": "$>$",
    "|": r"$\mid$",
    "–": "--",
    "±": r"$\pm$",
    "⊕": r"$\oplus$",
    "⋉": r"$\ltimes$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": "$-$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "≈": r"$\approx$",
    "→": r"$\to$",
    "Σ": r"$\Sigma$",
    "δ": r"$\delta$",
    "α": r"$\alpha$",
    "χ": r"$\chi$",
    "ρ": r"$\rho$",
    "η": r"$\eta$",
    "°": r"$^\circ$",
    "∣": r"$\mid$",
    "²": "$^2$",
    "ᵀ": r"$^{\mathsf T}$",
}


def write_latex(sheet: Sheet) -> str:
    r"""The sheet as a LaTeX snippet for ``\input``; it needs amsmath and amssymb.

    Arguments:
        sheet: what to write.

    Returns:
        The text: conventions as comments, then generators, brackets and metric in displayed mathematics.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> from physym.algebra.export.describe import sheet_of_algebra
        >>> r"\begin{pmatrix}" in write_latex(sheet_of_algebra(so(2)))
        True
    """
    comments = (
        sheet.title,
        "Written by physym. To compile this file alone, put around it:",
        r"\documentclass{article} \usepackage{amsmath,amssymb} \allowdisplaybreaks \begin{document} ... \end{document}",
        *sheet.conventions,
    )
    lines = [f"% {' '.join(comment.split())}" for comment in comments]
    if sheet.generators:
        # plain \[ … \] displays break across pages and need no alignment of wide matrices
        lines += [part for generator in sheet.generators for part in _display(math_name(generator.name), generator)]
    if sheet.brackets and not any(generator.has_errors for generator in sheet.generators):
        lines += _brackets(sheet)
    if sheet.metric is not None:
        lines += _display("\\eta", sheet.metric)
    return "\n".join(lines) + "\n"


def math_name(name: str) -> str:
    r"""A generator's name for mathematics mode.

    Arguments:
        name: for instance ``"-J_x"`` or ``"L_12"``.

    Returns:
        For instance ``-J_{x}``.

    Example:
        >>> math_name("-J_x"), math_name("D")
        ('-J_{x}', 'D')
    """
    letter, _, index = name.partition("_")
    return f"{letter}_{{{index}}}" if index else letter


def latex_text(text: str) -> str:
    r"""Plain text for LaTeX: special characters escaped, mathematical signs in mathematics mode.

    Arguments:
        text: anything; what LaTeX's standard fonts lack becomes ``?``.

    Returns:
        The text, safe outside mathematics mode.

    Example:
        >>> print(latex_text("so(1,3) ⊕ R: 5 % of jet_1"))
        so(1,3) $\oplus$ R: 5 \% of jet\_1
    """
    characters = (_SPECIAL.get(c, c if c.isascii() and c.isprintable() else "?") for c in " ".join(text.split()))
    return "".join(characters)


def pmatrix(matrix: NamedMatrix) -> str:
    r"""A matrix in a ``pmatrix`` environment, one row per line.

    Arguments:
        matrix: of shape ``(n, n)``.

    Returns:
        Exact entries where they are known, else values with errors.

    Example:
        >>> import numpy as np
        >>> print(pmatrix(NamedMatrix("J", np.diag([1.0, -1.0]), np.zeros((2, 2)))))
        \begin{pmatrix}
        1 & 0 \\
        0 & -1
        \end{pmatrix}
    """
    rows = " \\\\\n".join(" & ".join(row) for row in _entries(matrix))
    return f"\\begin{{pmatrix}}\n{rows}\n\\end{{pmatrix}}"


def _entries(matrix: NamedMatrix) -> list[list[str]]:
    if matrix.exact is not None:
        rows: list[list[Any]] = matrix.exact.tolist()
        return [[_latex(entry) for entry in row] for row in rows]
    values, errors = matrix.values, matrix.errors
    if not matrix.has_errors:
        # without errors six digits are shown, so round-off beside entries of order one is a zero
        values, errors = np.where(np.abs(values) < 1e-9 * np.abs(values).max(initial=0.0), 0.0, values), np.zeros_like(values)
    # beyond four columns value ± error is wider than a page, value(error) is not
    write = latex_plus_minus if len(values) <= 4 or not matrix.has_errors else concise
    return [list(map(write, row, spread)) for row, spread in zip(values.tolist(), errors.tolist(), strict=True)]


def _latex(number: Any) -> str:
    if isinstance(number, float):
        return latex_plus_minus(number, 0.0)
    from sympy import latex

    return str(latex(number))


def _display(symbol: str, matrix: NamedMatrix) -> list[str]:
    """A displayed equation, smaller where values with errors would not fit the width of a page."""
    lines = ["\\[", f"{symbol} =", pmatrix(matrix), "\\]"]
    if not matrix.has_errors or len(matrix.values) < 4:
        return lines
    size = r"\footnotesize\setlength{\arraycolsep}{2pt}" if len(matrix.values) <= 6 else r"\tiny\setlength{\arraycolsep}{1pt}"
    return [f"{{{size}", *lines, "}"]


def _brackets(sheet: Sheet) -> list[str]:
    """The non-zero brackets; signs of names such as -J_y are moved into the constants."""
    lines = ["\\begin{align*}"]
    signs = [-1 if generator.name.startswith("-") else 1 for generator in sheet.generators]
    names = [math_name(generator.name.lstrip("-")) for generator in sheet.generators]
    last = len(sheet.brackets) - 1
    for index, ((i, j), row) in enumerate(sheet.brackets.items()):
        terms = [f"{_coefficient(signs[i] * signs[j] * signs[k] * value)}{names[k]}" for k, value in row]
        right = " + ".join(terms).replace("+ -", "- ")
        lines.append(f"[{names[i]}, {names[j]}] &= {right}" + (" \\\\" if index < last else ""))
    return [*lines, "\\end{align*}"]


def _coefficient(value: Any) -> str:
    text = _latex(value)
    if text in ("1", "-1"):
        return text[:-1]
    single = isinstance(value, float) or not value.is_Add
    return f"{text if single else f'({text})'} \\, "
