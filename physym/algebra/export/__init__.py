"""Algebras and metrics as files for other programs: LaTeX, sympy, Mathematica, Sage, GAP, JSON."""

from physym.algebra.export.describe import sheet_of_algebra, sheet_of_metric
from physym.algebra.export.latex import latex_text, math_name, pmatrix, write_latex
from physym.algebra.export.load import load_algebra
from physym.algebra.export.naming import generator_names, textbook_generators
from physym.algebra.export.sheet import NamedMatrix, Sheet
from physym.algebra.export.write import export, render

__all__ = [
    "NamedMatrix",
    "Sheet",
    "export",
    "generator_names",
    "latex_text",
    "load_algebra",
    "math_name",
    "pmatrix",
    "render",
    "sheet_of_algebra",
    "sheet_of_metric",
    "textbook_generators",
    "write_latex",
]
